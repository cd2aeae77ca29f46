"""Sweeps: grids, points, fitted machines, and what the table says of them."""

from pathlib import Path

import pandas as pd
import pytest

from sim import api
from sim.analysis.sweep import Sweeps, check, described
from sim.errors import InputError
from sim.inputs.axes import points, values
from sim.inputs.questions import Axis, Sweep
from sim.reporting.figures.sweeps import sweep_curves
from sim.reporting.sweeps import section
from sim.study.load import load_scenario

ROUTES = Path(__file__).parents[1] / "routes"
BASE = (ROUTES / "base_scenario.yaml").read_text().replace("route: base.yaml", f"route: {ROUTES / 'base.yaml'}")


@pytest.fixture
def scenario(tmp_path):
    """Return a function that writes the small scenario with a sweep, and loads it."""

    def load(sweep="", **more):
        path = tmp_path / "s.yaml"
        path.write_text(BASE.replace("horizon: 1 y", "horizon: 4 week\nreplications: 2\n" + sweep + "\nhorizon_: 0"))
        path.write_text(path.read_text().replace("\nhorizon_: 0", ""))
        return load_scenario(path, **more)

    return load


def sweep_table(study, **how):
    return Sweeps().ask(study, **how).table


def axis(**given):
    return Axis.model_validate(given)


def test_a_logarithmic_axis_has_equal_ratios_and_a_linear_one_equal_steps():
    # 1, 10, 100: each ten times the one before; 20, 40, 60: each 20 more
    assert values(axis(**{"from": "1 t/y", "to": "100 t/y", "points": 3, "spacing": "log"})) == [
        "1 t/y",
        "10 t/y",
        "100 t/y",
    ]
    assert values(axis(**{"from": "20 USD/kg", "to": "60 USD/kg", "points": 3})) == [
        "20 USD/kg",
        "40 USD/kg",
        "60 USD/kg",
    ]
    assert values(axis(**{"from": 1, "to": 3, "points": 3})) == [1, 2, 3]


def test_two_axes_make_a_grid_of_all_their_combinations():
    sweep = Sweep.model_validate({"over": {"region": ["US", "CN"], "a.target": ["50 t/y", "100 t/y", "150 t/y"]}})

    assert len(points(sweep)) == 6
    assert points(sweep)[1] == {"region": "US", "a.target": "100 t/y"}


def test_every_point_is_the_scenario_with_that_value_set(scenario):
    study = scenario("sweep: {over: {materials.Li2S.price: [20 USD/kg, 60 USD/kg]}, by: expected}")
    table = sweep_table(study).set_index("materials.Li2S.price")

    for price in (20.0, 60.0):
        alone = scenario(
            "sweep: {over: {a.target: [99 t/y, 100 t/y]}, by: expected}",
            overrides=[f"materials.Li2S.price={price} USD/kg"],
        )
        expected = sweep_table(alone).query("`a.target` == 100")["cost_per_unit"].iloc[0]
        assert table["cost_per_unit"][price] == expected
    assert table["cost_per_unit"][60.0] > table["cost_per_unit"][20.0]


def test_a_point_where_only_wages_change_ships_what_the_run_does(scenario):
    sweep = "sweep: {over: {economics.wage: [20 USD/h, 40 USD/h]}}"
    results = api.run(scenario(sweep, warm_up="auto", horizon="8 week"), ranges=False)
    point = results.tables["sweep"].query("point == 1").iloc[0]
    run = results.kpis.groupby("kpi")["value"].mean()

    assert results.manifest["scenario"]["warm_up_h"] < 0.5 * 8 * 168.0  # found by the run, not half of the horizon
    assert point["throughput"] == run["throughput"]
    assert point["lead_time"] == run["lead_time"]


def test_points_that_differ_in_prices_only_share_their_events(scenario):
    study = scenario("sweep: {over: {materials.Li2S.price: [20 USD/kg, 60 USD/kg]}}")
    runs = []
    table = sweep_table(study, progress=lambda done, total: runs.append(done))

    assert len(runs) == 3  # one pilot run and two replications serve both points
    assert table["throughput"].nunique() == 1
    assert table["cost_per_unit"].nunique() == 2


def test_a_target_is_swept_with_the_machines_that_it_needs(scenario):
    study = scenario(
        "sweep: {over: {'*.target': {from: 100 t/y, to: 1600 t/y, points: 3, spacing: log}}, by: expected}"
    )
    table = sweep_table(study)

    assert list(table["*.target"]) == [100.0, 400.0, 1600.0]
    assert table["machines"].is_monotonic_increasing
    assert table["machines"].iloc[-1] > table["machines"].iloc[0]
    assert list(table["throughput"]) == pytest.approx([1e5, 4e5, 1.6e6], rel=1e-3)


def test_words_are_swept_as_words(scenario):
    table = sweep_table(scenario("sweep: {over: {region: [US, CN]}, by: expected}"))

    assert list(table["region"]) == ["US", "CN"]
    assert table["cost_per_unit"].nunique() == 2


def test_simulated_points_stand_beside_the_expected_ones(scenario):
    table = sweep_table(scenario("sweep: {over: {a.target: [50 t/y, 100 t/y]}, by: expected, simulate: [2]}"))

    assert list(table["by"]) == ["expected", "expected", "simulation"]
    assert table["a.target"].iloc[2] == 100.0
    assert table["cost_per_unit_ci"].notna().tolist() == [False, False, True]


def test_the_table_is_the_same_in_one_process_and_in_two(scenario):
    study = scenario("sweep: {over: {a.target: [50 t/y, 100 t/y, 150 t/y]}, by: expected, simulate: [1]}")

    pd.testing.assert_frame_equal(sweep_table(study, jobs=1), sweep_table(study, jobs=2))


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("{over: {a.target: {from: 9 t/y, to: 3 t/y, points: 3}}}", "an axis goes from a smaller to a larger value, found 9 t/y to 3 t/y"),
        ("{over: {a.target: {from: 1 t/y, to: 3 kg/y, points: 3}}}", "both ends of an axis are in one unit, found '1 t/y' and '3 kg/y'"),
        ("{over: {a.target: {from: 1 t/y, to: 3 t/y, points: 1}}}", "'points': expected at least 2, found 1"),
        ("{over: {a.target: [1 t/y]}}", "'a.target': expected at least 2 of them, found 1"),
        ("{over: {seed: [1, 2]}}", "'seed' is the same at all points of a sweep"),
        ("{over: {b.target: [1 t/y, 2 t/y]}}", "'b.target' hits nothing: no 'b'"),
        ("{over: {a.target: {from: 1 t/y, to: 3 t/y, points: 100}, materials.Li2S.price: {from: 1 USD/kg, to: 2 USD/kg, points: 11}}}", "the grid has 1100 points, 1000 are the most"),
        ("{over: {a.target: [1 t/y, 2 t/y]}, by: expected, simulate: [3]}", "there is no point 3: the grid has 2"),
        ("{over: {a.target: [1 t/y, 2 t/y]}, lines: [b]}", "there is no line 'b'"),
        ("{over: {a.target: {from: 0 t/y, to: 3 t/y, points: 3, spacing: log}}}", "equal ratios begin above 0, found 0 t/y"),
    ],
)  # fmt: skip
def test_a_sweep_that_makes_no_sense_is_refused_at_its_place(scenario, sweep, message):
    with pytest.raises(InputError) as caught:
        scenario(f"sweep: {sweep}")

    (issue,) = caught.value.issues
    assert message in issue.text
    assert issue.line == BASE.splitlines().index("horizon: 1 y") + 3


def test_a_path_that_hits_nothing_is_found_before_anything_runs(scenario):
    study = scenario("sweep: {over: {a.steps.dry.durration: [1 h, 2 h]}}")
    with pytest.raises(InputError) as caught:
        check(study)

    (issue,) = caught.value.issues
    assert "hits nothing: no 'durration'" in issue.text
    assert "a.steps.dry.durration = 1 h" in issue.text
    assert issue.line == BASE.splitlines().index("horizon: 1 y") + 3


def test_an_axis_of_the_command_line_replaces_the_sweep_of_the_scenario(scenario, tmp_path):
    scenario("sweep: {over: {region: [US, CN]}}")
    study = api.load_sweep(tmp_path / "s.yaml", ["a.target=50 t/y:200 t/y:3:log", "region=US,CN"], expected=True)

    assert study.scenario.sweep[0].by == "expected"
    assert len(sweep_table(study)) == 6
    with pytest.raises(InputError, match="expected PATH=LOW:HIGH:N"):
        api.load_sweep(tmp_path / "s.yaml", ["a.target=50 t/y"])


# -- machines that fit the target --------------------------------------------------------------------------------------


def fitted(scenario, target):
    return scenario(overrides=["sizes=target", f"a.target={target}"]).lines[0]


def test_a_machine_that_would_stand_idle_is_taken_as_small_as_keeps_it_busy(scenario):
    small, written = fitted(scenario, "2 t/y"), scenario(overrides=["a.target=2 t/y"]).lines[0]
    allowed = written.library.economics.machine_utilisation.value

    shrunk = [
        name for name, size in small.sizing.steps.items() if size.charge < 0.999 * written.sizing.steps[name].charge
    ]
    assert shrunk
    assert max(small.sizing.steps[name].load for name in shrunk) == pytest.approx(allowed, rel=1e-6)
    for name in shrunk:
        # operations take as long as before, and the charge is smaller by the same factor as the machine
        new, old = small.sizing.steps[name], written.sizing.steps[name]
        assert new.operation_h == pytest.approx(old.operation_h, rel=0.02)
        if new.size is not None and old.size_unit not in ("1", "m"):
            assert new.size / old.size == pytest.approx(new.charge / old.charge, rel=0.02)


def test_streams_do_not_change_with_the_size_of_machines(scenario):
    small, written = fitted(scenario, "2 t/y"), scenario(overrides=["a.target=2 t/y"]).lines[0]

    for name, flow in written.flowsheet.steps.items():
        assert small.flowsheet.steps[name].expected == pytest.approx(flow.expected, rel=1e-9)
        assert small.flowsheet.steps[name].feeds == pytest.approx(flow.feeds, rel=1e-9)


def test_where_all_machines_are_busy_nothing_becomes_smaller_and_nothing_larger(scenario):
    big, written = fitted(scenario, "20000 t/y"), scenario(overrides=["a.target=20000 t/y"]).lines[0]

    for name, size in written.sizing.steps.items():
        assert big.sizing.steps[name].charge <= size.charge * (1 + 1e-9)
    assert any(big.sizing.steps[name].charge == size.charge for name, size in written.sizing.steps.items())


# -- figure and section ------------------------------------------------------------------------------------------------


def coloured(study):
    return {line.name: "#1c5a62" for line in study.lines}


def test_a_sweep_is_drawn_and_told(scenario):
    study = scenario(
        "sizes: target\nsweep: {over: {'*.target': {from: 1 t/y, to: 1000 t/y, points: 4, spacing: log}}, by: expected, simulate: [4]}"
    )
    table, (sweep,) = sweep_table(study), described(study)

    figure = sweep_curves(table, sweep, coloured(study))
    assert [axes.get_xscale() for axes in figure.axes] == ["log"] * 3
    assert [axes.get_yscale() for axes in figure.axes] == ["log"] * 3
    told = section(table, sweep)
    assert "at 1 t/y" in told["sentences"][0]
    assert "at 1000 t/y" in told["sentences"][0]
    assert any("of 1 simulated point " in text for text in told["sentences"])
    assert len(told["table"]["rows"]) == 4


def test_rings_stand_where_a_size_is_off_its_price(scenario):
    study = scenario(
        "sizes: target\nsweep: {over: {'*.target': {from: 0.1 t/y, to: 1000 t/y, points: 5, spacing: log}}, by: expected}"
    )
    table, (sweep,) = sweep_table(study), described(study)
    off = table[table["out_of_range"] > 0]

    assert 0 < len(off) < len(table)
    assert (off["outside"] != "").all()
    rings = [
        line
        for line in sweep_curves(table, sweep, coloured(study)).axes[0].lines
        if line.get_markerfacecolor() == "none"
    ]
    assert sorted(rings[0].get_xdata()) == sorted(off["*.target"])


def test_a_grid_of_words_and_numbers_is_drawn_with_a_panel_for_each_line(scenario):
    study = scenario(
        "sweep: {over: {region: [US, CN], materials.Li2S.price: [20 USD/kg, 60 USD/kg, 90 USD/kg]}, by: expected}"
    )
    table, (sweep,) = sweep_table(study), described(study)

    assert len(sweep_curves(table, sweep, coloured(study)).axes[0].lines) >= 2
    assert "cheapest" in section(table, sweep)["sentences"][0]


def test_a_sweep_survives_being_written_and_read(scenario, tmp_path):
    study = scenario("sweep: {over: {region: [US, CN]}, by: expected}")
    results = api.run(study, ranges=False)
    api.save(results, tmp_path / "out", report=False)
    again = api.load_run(tmp_path / "out")

    pd.testing.assert_frame_equal(again.sweep, results.sweep, check_dtype=False)
    assert again.manifest["sweeps"] == results.manifest["sweeps"]
