"""The page about results names the tables, columns and keys that a run writes."""

import re
from pathlib import Path

import pytest

import sim
from sim.results.folder import TABLES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "results.md").read_text(encoding="utf-8")
SMALL = Path(__file__).parent.parent / "cli" / "data" / "small.yaml"


@pytest.fixture(scope="module")
def results():
    return sim.run(sim.load_scenario(SMALL, replications=1))


def columns(name):
    """Names in the first column of a section's table."""
    section = PAGE.split(f"## `{name}`\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def test_every_table_has_a_section():
    assert {f"{name}.csv" for name in TABLES} == set(re.findall(r"^## `(\w+\.csv)`", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", TABLES)
def test_columns_of_a_table_are_those_on_the_page(results, name):
    assert columns(f"{name}.csv") == set(results.tables[name].columns)


def test_keys_of_the_manifest_are_those_on_the_page(results):
    assert columns("manifest.json") == set(results.manifest)


def test_states_and_categories_are_those_on_the_page(results):
    for table, column in (("machines", "state"), ("costs", "category"), ("energy", "use"), ("materials", "direction")):
        section = PAGE.split(f"## `{table}.csv`\n")[1].split("\n## ")[0]
        for word in results.tables[table][column].unique():
            assert re.search(rf"\b{word}\b", section), (table, word)
