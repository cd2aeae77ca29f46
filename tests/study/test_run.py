"""What a run refuses to give."""

import pytest
from support.runs import HEAD, POWDER, TAIL, inside

import sim
from sim.errors import SimulationError


def scenario(tmp_path, text):
    path = tmp_path / "lines.yaml"
    path.write_text(HEAD + text + TAIL)
    return path


def test_a_line_that_ships_nothing_in_its_window_is_an_error_that_says_so(tmp_path):
    path = scenario(tmp_path, POWDER)
    study = sim.load_scenario(path, horizon="1 h", warm_up="0 h", replications=1)
    with pytest.raises(SimulationError, match="nothing is shipped in the window from 0 h to 1 h by 'powder'"):
        sim.run(study, ranges=False)


def test_the_command_says_it_in_one_line_and_exits_with_3(tmp_path):
    path = scenario(tmp_path, POWDER)
    done = inside("run", path, "--set", "horizon=1 h", "--set", "warm_up=0 h", "--out", tmp_path / "out", "--no-report")
    assert done.exit_code == 3
    assert done.output.count("\n") == 1
    assert not (tmp_path / "out" / "kpis.csv").exists()


def test_an_auxiliary_of_which_there_is_none_costs_nothing_and_needs_no_air(tmp_path):
    none, without = (
        sim.run(sim.load_scenario(scenario(tmp_path, POWDER.replace("}", text)), replications=1))
        for text in (", set: {auxiliaries: {h2s_scrubber: {value: 0, estimate: none}}}}", "}")
    )
    assert none.kpis["value"].equals(without.kpis["value"])
    assert "open_hall" not in set(none.h2s["room"]) - set(without.h2s["room"])
