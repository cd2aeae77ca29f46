"""The order of lines under doubt, against closed forms and against planted examples."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import sim
from sim.analysis import order
from sim.results import chances, least
from sim.results.tables import Tables
from sim.study.parameters import DOUBT, Parameter

N = 4096


def line(name, cost, *, numbers=None, groups=None, base=100.0):
    """Return a line of which each number moves the cost by itself, from low over 0 to high."""
    numbers = numbers or {}
    parameters = tuple(Parameter(path, "1", (groups or {}).get(path, ("", "")), {name: None}) for path in numbers)
    rows = [
        (path.rpartition(".")[0], path.rpartition(".")[2], path, "1", -1.0, 0.0, 1.0, "D", "s", base - slope, base, base + slope, 2 * abs(slope), "", name)
        for path, (slope, _) in numbers.items()
    ]  # fmt: skip
    influence = pd.DataFrame(rows, columns=Tables.influence.names)
    values = np.column_stack([draws for _, draws in numbers.values()]) if numbers else np.empty((len(cost), 0))
    response = SimpleNamespace(line=SimpleNamespace(name=name), parameters=parameters)
    return order.Sampled(response, values, np.asarray(cost, dtype=float), 1.0, influence)


def uniform(seed):
    """Return draws of an even law from -1 to 1."""
    return np.random.default_rng(seed).permutation(np.linspace(-1.0, 1.0, N))


def test_chances_add_up_to_one_and_equal_lines_share_them():
    cost = np.random.default_rng(1).normal(10.0, 1.0, (500, 2))
    shares = least(np.column_stack([cost, cost[:, 0]]))
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == shares[2]
    assert shares[1] == pytest.approx(float((cost[:, 1] < cost[:, 0]).mean()))


def test_permuting_the_lines_permutes_the_chances():
    cost = np.random.default_rng(2).normal([3.0, 2.0, 2.5], 1.0, (400, 3))
    shares = least(cost)
    assert least(cost[:, [2, 0, 1]]).tolist() == shares[[2, 0, 1]].tolist()


def test_samples_that_fail_in_one_line_count_for_none():
    cost = np.array([[1.0, 2.0], [np.nan, 0.0], [3.0, 2.0]])
    assert least(cost).tolist() == [0.5, 0.5]
    assert chances({"a": cost[:, 0], "b": cost[:, 1]}, {"a": 1, "b": 1})["samples"].tolist() == [2, 2]


def test_the_line_that_is_cheapest_most_often_comes_first_and_others_by_their_median():
    low, middle, high = (np.full(64, value) for value in (1.0, 2.0, 3.0))
    lines = [line("c", high), line("b", middle), line("a", low), line("x", low)]
    (group,) = order.comparable(lines, {"a": "powder", "b": "powder", "c": "powder", "x": "film"})
    assert [one.name for one in group] == ["a", "b", "c"]


def test_shares_of_a_sum_of_independent_numbers_are_those_of_their_variances():
    x, y, z = (uniform(seed) for seed in (1, 2, 3))
    # the difference is 3 x - 2 y + z: shares of 9, 4 and 1 in 14
    a = line("a", 100.0 + 2 * y, numbers={"n.y": (2.0, y)})
    b = line("b", 101.0 + 3 * x + z, numbers={"n.x": (3.0, x), "n.z": (1.0, z)})
    found = order.deciding([[a, b]]).set_index("parameter")
    for key, share in (("n.x", 9 / 14), ("n.y", 4 / 14), ("n.z", 1 / 14)):
        assert found.loc[key, "share"] == pytest.approx(share, abs=0.03)
        assert found.loc[key, "low"] < share < found.loc[key, "high"]
    # more of y makes a dearer, so it helps b; more of x makes b dearer
    assert found.loc["n.y", "effect"] < 0.0 < found.loc["n.x", "effect"]


def test_a_number_that_both_lines_share_alike_does_not_move_their_difference():
    x, y = uniform(4), uniform(5)
    a = line("a", 100.0 + 5 * x, numbers={"n.x": (5.0, x)})
    b = line("b", 100.5 + 5 * x + y, numbers={"n.x": (5.0, x), "n.y": (1.0, y)})
    found = order.deciding([[a, b]])
    assert found["parameter"].tolist() == ["n.y"]
    assert found["share"].iloc[0] == pytest.approx(1.0)


def test_numbers_of_one_common_factor_count_as_one():
    x, y = uniform(6), uniform(7)
    groups = {"n.x": ("capital", ""), "n.y": ("capital", "")}
    a = line("a", np.full(N, 100.0))
    b = line("b", 101.0 + x + y, numbers={"n.x": (1.0, x), "n.y": (1.0, y)}, groups=groups)
    (row,) = order.deciding([[a, b]]).itertuples()
    assert (row.parameter, row.title, row.numbers) == ("capital", "prices of equipment", 2)


def test_knowing_a_number_is_worth_what_theory_says():
    """Two lines differ by x + s y, both normal: blind, each is the cheaper one half of the time.

    Once x is known the line is named by its sign, and it is right with E[Phi(|x| / s)] = 1/2 + atan(1 / s) / pi.
    """
    random = np.random.default_rng(8)
    x, y, s = random.normal(size=N), random.normal(size=N), 0.5
    table = np.column_stack([np.zeros(N), x + s * y])
    best = table <= table.min(axis=1, keepdims=True)
    found = order._known(x, best)
    assert found == pytest.approx(0.5 + np.arctan(1 / s) / np.pi, abs=0.02)
    assert order._known(random.normal(size=N), best) == pytest.approx(0.5, abs=0.02)
    assert norm.cdf(0.0) == 0.5


def test_crossings_are_found_between_points_with_their_direction():
    points = np.array([0.0, 1.0, 2.0, 3.0])
    assert order._crossings(points, np.array([-1.0, 1.0, 1.0, -3.0])) == [(0.5, True), (2.25, False)]
    assert order._crossings(points, np.array([1.0, np.nan, -1.0, -1.0])) == []


SCENARIO = """name: planted
title: planted
lines:
  - {name: milled, route: ball_milling, target: 500 t/y}
  - {name: wet, route: wet_thf, target: 500 t/y}
horizon: 8 week
warm_up: 2 week
replications: 1
price_axis: {material: THF, low: 1 USD/kg, high: 40 USD/kg}
set:
  materials.THF.price: {value: 2.5 USD/kg, range: [1 USD/kg, 40 USD/kg]}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Two powders, one of which needs a solvent whose price may be anything."""
    path = tmp_path_factory.mktemp("planted") / "planted.yaml"
    path.write_text(SCENARIO)
    return sim.run(sim.load_scenario(path))


def test_an_order_that_flips_at_a_known_price_is_reported_with_that_price(planted):
    row = planted.switches[planted.switches["parameter"] == "materials.THF.price"].iloc[0]
    rows = planted.prices.set_index("line")
    rise = rows["slope_kg_per_unit"]["wet"] - rows["slope_kg_per_unit"]["milled"]
    price = (rows["intercept_usd_per_unit"]["milled"] - rows["intercept_usd_per_unit"]["wet"]) / rise
    assert row["switch"] == pytest.approx(price, rel=0.01)  # the samples are carried over from expected values
    assert row["cheaper_above"] == "milled"


def test_a_run_says_between_what_every_cost_lies_and_who_is_the_cheapest(planted):
    spread = planted.uncertainty[planted.uncertainty["kpi"] == "cost_per_unit"].set_index("line")
    assert (spread["samples"] > 0.8 * DOUBT.samples).all()
    assert (spread["p10"] < spread["p50"]).all()
    assert (spread["p50"] < spread["p90"]).all()
    drawn = planted.chances[planted.chances["price_set"] == ""]
    assert drawn["chance_cheapest"].sum() == pytest.approx(1.0)
    beats = planted.beats[planted.beats["kpi"] == "cost_per_unit"].iloc[0]
    chance = drawn.set_index("line")["chance_cheapest"][beats["line_a"]]
    assert chance == pytest.approx(beats["probability"])


def test_samples_stand_to_the_run_as_expected_values_do(planted):
    """With every number as it is, a sample would be the run itself."""
    rows = planted.uncertainty[planted.uncertainty["kpi"] == "cost_per_unit"]
    expected = planted.influence.groupby("line")["cost"].first()
    for row in rows.itertuples():
        assert row.ratio * expected[row.line] == pytest.approx(row.run, rel=1e-9)


def test_a_run_without_doubt_has_no_samples(tmp_path):
    path = tmp_path / "planted.yaml"
    path.write_text(SCENARIO + "doubt: off\n")
    results = sim.run(sim.load_scenario(path))
    assert results.uncertainty.empty
    assert "uncertainty" not in results.manifest


@pytest.mark.slow
def test_five_routes_beat_each_other_as_often_as_when_every_plan_is_simulated():
    def beats(name):
        rows = sim.run(sim.load_scenario(name, replications=1), jobs=2).beats
        rows = rows[rows["kpi"] == "cost_per_unit"]
        return {(row.line_a, row.line_b): row.probability for row in rows.itertuples()}

    doubt, simulated = beats("five_routes"), beats("how_sure")
    assert doubt.keys() == simulated.keys()
    for pair, chance in doubt.items():
        # how_sure holds all but a few of the numbers that change plans
        assert chance == pytest.approx(simulated[pair], abs=0.08), pair
