"""CITATION.cff says of the program what the package says of itself."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_what_is_cited_is_the_package_as_it_is_declared() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["title"] == project["name"]
    assert cited["abstract"] == project["description"]
    assert [author["name"] for author in cited["authors"]] == [author["name"] for author in project["authors"]]
    for field in ("version", "license", "keywords"):
        assert cited[field] == project[field]
