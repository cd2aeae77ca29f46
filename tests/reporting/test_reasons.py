"""Why two runs differ, held to bridges made by hand."""

import pytest

import sim
from sim.errors import SimError

LINES = ("metathesis", "dry_ptfe")


def run(*overrides, **changed):
    how = {"replications": 3, "lines": LINES, "doubt": False, **changed}
    return sim.run(sim.load_scenario("five_routes", overrides=list(overrides), **how))


@pytest.fixture(scope="module")
def before():
    return run()


@pytest.fixture(scope="module")
def after():
    return run("metathesis.steps.anneal.duration=20 h", "economics.wage=25 USD/h")


def test_the_inputs_that_differ_are_those_that_were_changed(before, after):
    metathesis, membrane = sim.why(before, after).lines
    assert [(moved.path, moved.before, moved.after) for moved in metathesis.inputs] == [
        ("route.metathesis.steps.anneal.duration", "16 h", "20 h"),
        ("economics.wage", "30 USD/h", "25 USD/h"),
    ]
    assert [moved.path for moved in membrane.inputs] == ["economics.wage"]


def test_bridges_are_the_differences_of_the_cost_tables_and_add_up(before, after):
    for found in sim.why(before, after).lines:
        for by, parts in (("category", found.by_category), ("step", found.by_step)):
            old, new = (
                run.costs[run.costs["line"] == found.line].groupby(by)["usd_per_unit"].sum() for run in (before, after)
            )
            for key, usd in parts.items():
                assert usd == pytest.approx(new.get(key, 0.0) - old.get(key, 0.0), abs=1e-12)
            assert parts.sum() == pytest.approx(found.after - found.before, abs=1e-9)
    assert sim.why(before, after).lines[1].by_category.index[0] == "labour"


def test_what_a_change_does_is_told_apart_from_chance(before, after):
    text = str(sim.why(before, after))
    assert "more than chance" in text
    same = sim.why(before, run()).lines[0]
    assert (same.chance.low, same.chance.high, same.inputs) == (0.0, 0.0, ())
    another = str(sim.why(before, run(seed=7)))
    assert "scenario: seed: " in another
    assert "may be chance" in another


def test_of_single_replications_chance_is_not_known(before):
    single = run(replications=1)
    assert "of single replications nobody can say what of that is chance" in str(sim.why(single, single))


def test_runs_that_cannot_be_set_beside_each_other_are_refused(before):
    other = run(lines=("ball_milling",), replications=1)
    with pytest.raises(SimError, match="no line of one name"):
        sim.why(before, other)
    with pytest.raises(SimError, match="run both in one currency"):
        sim.why(before, run(currency="EUR", replications=1))
