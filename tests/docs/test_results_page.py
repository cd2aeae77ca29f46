"""What a run writes is what is declared, and so what the page about results says."""

import re
from pathlib import Path

import pytest

import sim
from sim.results import KPIS, TABLES, unknown_kpi

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "results.md").read_text(encoding="utf-8")
SMALL = Path(__file__).parent.parent / "cli" / "data" / "small.yaml"


@pytest.fixture(scope="module")
def results():
    return sim.run(sim.load_scenario(SMALL, replications=1))


def test_a_run_has_every_table_that_is_declared_for_all_runs(results):
    doubted = {name for name, table in TABLES.items() if table.when.startswith("a `doubt`")}
    assert set(results.tables) == {name for name, table in TABLES.items() if not table.when} | doubted


@pytest.mark.parametrize("table", [table for table in TABLES.values() if not table.when], ids=lambda table: table.name)
def test_a_table_holds_what_is_declared(results, table):
    found = results.tables[table.name]
    assert not found.duplicated(list(table.key or table.names)).any()
    for column in table.columns:
        values = found[column.name]
        kind = {"text": "object", "number": "float", "count": "int"}[column.kind]
        assert str(values.dtype).startswith((kind, "str")) or found.empty, column.name
        assert not column.words or set(values) <= set(column.words), column.name


def test_every_indicator_of_a_run_is_declared(results):
    assert [name for name in results.kpis["kpi"].unique() if unknown_kpi(name)] == []
    assert set(KPIS) - {"conductivity", "area_resistance", "yield_", "yield_key"} <= set(results.kpis["kpi"])


def test_keys_of_the_manifest_are_those_on_the_page(results):
    section = PAGE.split("## `manifest.json`\n")[1]
    assert set(results.manifest) <= set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_the_replay_is_as_long_as_the_scenario_says():
    results = sim.run(sim.load_scenario(SMALL, replications=1, replay="30 h"))
    begin = results.replay["start_h"].min()
    assert results.replay["end_h"].max() == begin + 30.0
    assert results.traffic["time_h"].between(begin, begin + 30.0).all()
