"""What passes the check runs: thousands of edits of routes and scenarios, each checked and then run for real."""

import math

import pytest
from support.mutants import mutant

import sim
from sim import api
from sim.errors import DeadlockError, InputError, SimulationError

FAST, ALL = 150, 2000


@pytest.mark.parametrize("seed", [*range(FAST), *(pytest.param(n, marks=pytest.mark.slow) for n in range(FAST, ALL))])
def test_an_edit_that_passes_the_check_runs_and_has_every_indicator(seed, tmp_path):
    path = mutant(seed, every=seed >= FAST and seed % 4 == 0).written(tmp_path)
    try:
        api.check(str(path))
    except InputError as error:
        assert all(issue.line >= 1 and issue.text for issue in error.issues)
        with pytest.raises(InputError):
            sim.run(path)
        return
    try:
        found = sim.run(path)
    except DeadlockError as error:
        assert error.step or error.text
        return
    except SimulationError as error:
        assert str(error).startswith("nothing is shipped in the window")
        return
    values = dict(zip(found.kpis["kpi"], found.kpis["value"], strict=True))
    assert len(values) > 20
    values.pop("lead_time_growth")  # few lots have none
    assert [name for name, value in values.items() if not math.isfinite(value)] == []
    assert found.influence["cost"].notna().all()


def test_about_half_of_the_edits_pass_the_check(tmp_path):
    passed = 0
    for seed in range(60):
        try:
            api.check(str(mutant(seed).written(tmp_path)))
        except InputError:
            continue
        passed += 1
    assert 20 <= passed <= 50
