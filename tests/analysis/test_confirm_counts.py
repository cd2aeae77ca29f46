"""Machine counts that the simulation confirms, the worth of one more, and the cheapest plant."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim import api
from sim.analysis.bottleneck import bottlenecks
from sim.analysis.confirm_counts import confirmed
from sim.analysis.evaluators import simulation
from sim.analysis.search import optimise, sure_output
from sim.errors import InputError, SimError
from sim.plant.line import design
from sim.reporting import terminal
from sim.reporting.figures.worth import worth_of_one_more
from sim.results.folder import Results
from sim.study.load import load_scenario

ROUTES = Path(__file__).parents[1] / "routes"
BASE = (ROUTES / "base_scenario.yaml").read_text().replace("route: base.yaml", f"route: {ROUTES / 'base.yaml'}")
QUICK = ("horizon: 1 y", "horizon: 8 week\nreplications: 3")


@pytest.fixture
def scenario(tmp_path):
    """Return a function that writes the small scenario, with a block and short runs, and loads it."""

    def load(block="", **more):
        path = tmp_path / "s.yaml"
        path.write_text(BASE.replace(*QUICK) + "\n" + block + "\n")
        return load_scenario(path, **more)

    return load


OFTEN_DOWN = "[{after: exponential(30) h, repair: exponential(30) h, estimate: made up}]"
TIGHT = (
    "economics.machine_utilisation=1.0",
    "a.target=53 t/y",  # reactor 0.89 and dryer 0.99 loaded in expected values, repairs included
    f"a.steps.react.failures={OFTEN_DOWN}",
    f"a.steps.dry.failures={OFTEN_DOWN}",
)


def tight(scenario, *more):
    """Return a study of one reactor and one dryer, each down half of the time: seldom do both run, so it is short."""
    return scenario(overrides=[*TIGHT, *more])


# -- variants ----------------------------------------------------------------------------------------------------------


def test_a_variant_without_changes_is_the_same_plant(scenario):
    line = scenario().lines[0]

    assert design(line, machines={}).plan == line.plan
    assert design(line, machines={}).sizing == line.sizing


def test_one_more_operator_is_one_more_post(scenario):
    line = scenario(overrides=["a.steps.dry.operators=1"]).lines[0]
    more = design(line, machines={}, operators=line.sizing.operators + 1)

    assert more.plan.resources[0].capacity == line.plan.resources[0].capacity + 1
    assert more.sizing.posts == line.sizing.posts + 1
    # a post of all open hours takes open hours / paid hours people
    people = line.sizing.open_hours_per_year / line.library.economics.paid_hours.value
    assert more.sizing.people - line.sizing.people == pytest.approx(people)


def test_fewer_shifts_close_the_plant(scenario):
    line = scenario().lines[0]

    assert design(line, machines={}, shifts=1).sizing.open_hours_per_year == pytest.approx(
        line.sizing.open_hours_per_year / 3
    )


# -- confirmed counts --------------------------------------------------------------------------------------------------


def test_a_plant_that_ships_its_target_keeps_its_machines(scenario):
    study = scenario()
    found, table = confirmed(study, simulation(study))

    assert found.lines[0].machines == study.lines[0].machines
    assert (table["machines"] == table["machines_expected"]).all()
    assert (table["output"] >= 0.99).all()


def test_a_plant_that_falls_short_gets_machines_where_it_is_busiest_and_says_why(scenario):
    study = tight(scenario)
    found, table = confirmed(study, simulation(study))
    added = table[table["machines"] > table["machines_expected"]]

    assert len(added)
    assert table["output_expected_counts"].iloc[0] < 0.99
    assert table["output"].iloc[0] > table["output_expected_counts"].iloc[0]
    assert added["why"].str.contains("short, busy").all()
    assert found.lines[0].machines[added["step"].iloc[0]] == added["machines"].iloc[0]
    # shares of the open hours add up to one
    states = ["run", "setup", "clean", "down", "blocked", "starved", "waiting"]
    assert table[states].sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_given_counts_are_never_raised(scenario):
    study = tight(scenario)
    fixed = [f"a.steps.{name}.machines={number}" for name, number in study.lines[0].machines.items()]
    study = tight(scenario, *fixed)
    _, table = confirmed(study, simulation(study))

    assert (table["given"] == 1).all()
    assert (table["machines"] == table["machines_expected"]).all()
    assert table["why"].str.contains("still .* short").any()


# -- bottlenecks -------------------------------------------------------------------------------------------------------


def test_a_machine_is_worth_most_at_the_busiest_step_and_the_idle_ones_are_not_tried(scenario):
    # two dryers would serve 200 t/y, there is one: the second nearly doubles the output
    study = scenario(overrides=["a.target=200 t/y", "a.steps.dry.machines=1"], seed=1)
    table = bottlenecks(study.lines[0], simulation(study))
    machines = table[(table["change"] == "machine") & (table["screened"] == 0)]

    busiest = machines.loc[machines["busy"].idxmax()]
    assert machines["gain"].max() == busiest["gain"]
    assert busiest["step"] == "dry"
    assert busiest["gain_low"] > 0.0
    assert busiest["cost_change_high"] < 0.0
    assert table.loc[table["screened"] == 1, "gain"].isna().all()
    assert set(table["change"]) == {"machine", "buffer"}  # nobody is needed, and the plant is open around the clock


def test_gains_are_paired_differences_at_capacity(scenario):
    study = tight(scenario)
    table = bottlenecks(study.lines[0], simulation(study))
    tried = table[table["screened"] == 0]

    # the output with the change less the gain is the same plant for all changes
    assert np.ptp(tried["output"] - tried["gain"]) < 1e-6


# -- the cheapest plant ------------------------------------------------------------------------------------------------


def test_the_sure_output_is_the_one_sided_prediction_bound():
    # mean 10, s 1, n 3: t(0.95, 2) = 2.920, so 10 - 2.920 x sqrt(1 + 1/3) = 6.628
    values = np.array([9.0, 10.0, 11.0])

    assert sure_output(values) == pytest.approx(10.0 - stats.t.ppf(0.95, 2) * np.sqrt(4 / 3))
    assert sure_output(np.full(5, 7.0)) == 7.0


def test_the_search_finds_a_plant_that_serves_and_is_no_dearer(scenario):
    study = scenario(overrides=["a.target=400 t/y"], seed=1)
    found = optimise(study.lines[0], simulation(study), seed=1, trials=8)

    assert found.found is not None
    assert found.found.meets
    assert found.found.cost <= found.auto.cost or not found.auto.meets
    assert found.simulated <= 9


def test_the_same_seed_finds_the_same_plant(scenario):
    study = scenario(overrides=["a.target=400 t/y"], seed=3)
    first, again = (optimise(study.lines[0], simulation(study), seed=3, trials=4) for _ in range(2))

    assert first == again


def test_a_line_without_target_cannot_be_optimised(scenario):
    study = scenario()
    line = load_scenario(study.request.wanted, overrides=["a.target=null"]).lines[0]
    with pytest.raises(SimError, match="no target"):
        optimise(line, simulation(study), seed=1)


# -- blocks of a scenario ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", ["bottleneck: [b]", "optimise: [b]"])
def test_a_block_that_names_no_line_is_refused_at_its_place(scenario, block):
    with pytest.raises(InputError, match="there is no line 'b'"):
        scenario(block)


@pytest.mark.slow
def test_all_blocks_reach_tables_manifest_and_report(scenario, tmp_path):
    study = scenario("confirm: true\nbottleneck: [a]\noptimise: [a]\nsweep: {over: {region: [US, CN]}, by: expected}")
    results = api.run(study, ranges=False)
    api.save(results, tmp_path / "out")
    again = api.load_run(tmp_path / "out")

    for name in ("sizing", "bottleneck", "optimum", "sweep"):
        assert len(again.tables[name]) == len(results.tables[name]) > 0
    assert (tmp_path / "out" / "report.pdf").stat().st_size > 10_000
    assert again.manifest["optimised"][0]["line"] == "a"
    assert "released at capacity" in terminal.bottlenecks(again.bottleneck)


def test_the_worth_of_one_more_is_drawn_with_its_interval():
    rows = [
        ("a", "dry", "machine", 1, 2, "kg", 0.9, 120.0, 20.0, 15.0, 25.0, 9.0, -1.0, -1.5, -0.5, 0),
        ("a", "", "operator", 1, 2, "kg", np.nan, 101.0, 1.0, -2.0, 4.0, 10.0, 0.1, -0.2, 0.4, 0),
        ("a", "mix", "machine", 1, 2, "kg", 0.1, *[np.nan] * 8, 1),
    ]
    table = Results.bottleneck.frame(rows)
    left, right = worth_of_one_more(table, {"dry": "Dryer"}).axes

    # what was not tried is not drawn; 20 of 120 less 20 is a fifth
    assert [label.get_text() for label in left.get_yticklabels()] == [
        "Dryer: one more machine",
        "Whole line: one more operator",
    ]
    assert left.containers[0].lines[0].get_xdata() == pytest.approx([20.0])
    assert right.get_xlabel() == "Change of unit cost [USD/kg]"
