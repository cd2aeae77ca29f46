"""The page of dependencies names each of them, with its licence."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_that_users_install_has_a_reason_and_a_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    wanted = {
        re.split(r"[<>=~ ;\[]", text)[0] for text in project["dependencies"] + optional["dask"] + optional["parquet"]
    }
    why, licences = (ROOT / "docs" / "dependencies.md").read_text().split("## Licences")
    named = set(re.findall(r"^\| ([\w-]+) \| \S", licences, re.MULTILINE))
    assert {name.lower() for name in wanted} <= {name.lower() for name in named}
    assert [name for name in wanted if name.lower() not in why.lower() and name != "typing-extensions"] == []
