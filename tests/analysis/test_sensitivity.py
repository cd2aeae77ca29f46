from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support import lines

from sim.analysis.one_at_a_time import influence
from sim.analysis.sensitivity import break_even, break_even_map, reach, sensitivity
from sim.errors import InputError
from sim.plant.line import design
from sim.results.ties import tie as crossing
from sim.rollup.costs import expected_cost, price_slope
from sim.rollup.expected import expected

PRICED = {"price": {"value": "5 USD/kg", "range": ["1 USD/kg", "40 USD/kg"], "year": 2023, **lines.GUESS}}
LICL = ("materials", "LiCl", "price")


def toy(name="toy", **changes):
    text = lines.ONE_STEP.replace("name: toy", f"name: {name}").replace("machines: 2", "machines: auto")
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new} # ", 1)
    return lines.resolved(text, lines.library(LiCl={**lines.GUESS, **PRICED}), target_per_year=5e4, horizon_h=8760.0)


@cache
def plain():
    return toy(duration="{value: 10 h, range: [5 h, 30 h]}")


@cache
def careful():
    """Return a line that loses nothing where the plain one loses a tenth, but is slow."""
    return toy("careful", duration="28 h")


@cache
def wasteful():
    return toy("wasteful", duration="{value: 10 h, range: [5 h, 30 h]}\n    yield: 0.9")


def named(line, name):
    return replace(line, name=name)


@cache
def pair():
    return named(wasteful(), "wasteful"), named(careful(), "careful")


def test_two_lines_are_equal_where_their_straight_lines_of_a_price_cross():
    one, other = pair()
    found = break_even(one, other, "materials.LiCl.price", low=0.0, high=200.0)
    price = crossing(*(price_slope(line, expected(line), "LiCl") for line in (one, other)))
    assert len(found) == 1
    row = found.iloc[0]
    assert row["value"] == pytest.approx(price, rel=1e-6)
    # who wastes more of it wins while it is cheap
    assert (row["cheaper_below"], row["cheaper_above"]) == ("wasteful", "careful")
    for line in (one, other):
        assert expected_cost(design(line, {LICL: row["value"]}))[0] == pytest.approx(row["cost"], rel=1e-6)


def test_where_one_line_is_always_cheaper_there_is_no_break_even():
    one, other = pair()
    assert break_even(one, other, "materials.LiCl.price", low=0.0, high=1.0).empty


def test_a_map_is_zero_where_the_lines_are_equal():
    one, other = pair()
    price = break_even(one, other, "materials.LiCl.price", low=0.0, high=200.0)["value"].iloc[0]
    found = break_even_map(one, other, ("materials.LiCl.price", "route.wasteful.steps.mill.duration"), steps=5)
    assert len(found) == 25
    assert (found["x"].min(), found["x"].max(), found["y"].max()) == (1.0, 40.0, 30.0)
    row = found[found["y"] == 5.0].sort_values("x")
    # ever more waste of an ever dearer salt
    assert row["difference"].is_monotonic_decreasing
    assert price > 0.0


def test_a_number_without_range_needs_both_ends():
    one, other = pair()
    path = "route.careful.steps.mill.duration"
    with pytest.raises(InputError, match=f"'{path}' has no range: say where to look"):
        break_even(one, other, path)
    with pytest.raises(
        InputError, match=r"unknown number 'materials.LiCl.prise' \(did you mean 'materials.LiCl.price'"
    ):
        break_even(one, other, "materials.LiCl.prise")
    # slower is dearer, with more machines, until the waste of the other is the lesser evil
    found = break_even(one, other, path, low=5.0, high=100.0)
    assert len(found) == 1
    assert found["cheaper_below"].iloc[0] == "careful"


def test_what_must_be_true_is_the_end_of_a_straight_line():
    line = plain()
    now = expected_cost(line)[0]
    slope = price_slope(line, expected(line), "LiCl").slope
    found = reach(line, now - 2.0 * slope).set_index("parameter")
    assert found.attrs["now"] == pytest.approx(now)
    # from 5 USD/kg down by 2
    assert found["needed"]["materials.LiCl.price"] == pytest.approx(3.0, rel=1e-4)
    ends = influence(line).set_index("quantity")
    assert found["at_low"]["materials.LiCl.price"] == pytest.approx(ends["cost_low"]["price"])
    assert found["at_high"]["route.toy.steps.mill.duration"] == pytest.approx(ends["cost_high"]["duration"])


def test_all_numbers_at_their_good_ends_are_the_best_there_is():
    line = plain()
    found = reach(line, 0.01)
    assert found["needed"].isna().all()
    best = design(line, {LICL: 1.0, ("route", "steps", 0, "duration"): 5.0})
    assert found["together"].is_monotonic_decreasing
    assert found["together"].iloc[-1] == pytest.approx(expected_cost(best)[0])


def test_a_goal_that_is_met_already_needs_nothing():
    assert reach(plain(), 1e6)["needed"].isna().all()


@pytest.mark.parametrize("method", ["morris", "sobol", "spearman"])
def test_the_dear_salt_matters_more_than_the_time(method):
    found = sensitivity(plain(), method=method, samples=16, seed=0)
    first = found.iloc[0]
    assert first["parameter"] == "materials.LiCl.price"
    assert first["title"] == "LiCl: price"
    assert set(found["parameter"]) <= {"materials.LiCl.price", "route.toy.steps.mill.duration"}
    assert (found["low"] <= found["value"] + 1e-12).all()


def test_elementary_effects_are_those_of_the_price():
    found = sensitivity(plain(), method="morris", samples=4).set_index("parameter")
    line = plain()
    slope = price_slope(line, expected(line), "LiCl").slope
    # a step of 2/3 of the unit interval, from 0 or 1/3 of the quantiles of triangular(1, 5, 40)
    quantile = [1.0, 40.0 - np.sqrt(2 / 3 * 39 * 35), 40.0 - np.sqrt(1 / 3 * 39 * 35), 40.0]
    effects = [1.5 * slope * (quantile[at + 2] - quantile[at]) for at in (0, 1)]
    assert min(effects) * 0.99 <= found["value"]["materials.LiCl.price"] <= max(effects) * 1.01


@pytest.mark.parametrize("method", ["sobol", "morris", "spearman"])
def test_what_nothing_moves_has_no_row(method):
    # in expected values no lead time grows
    assert sensitivity(plain(), kpi="lead_time_growth", method=method, samples=16).empty


def test_unknown_words_are_errors_with_a_hint():
    with pytest.raises(InputError, match=r"unknown method 'sobel' \(did you mean 'sobol'"):
        sensitivity(plain(), method="sobel")
    with pytest.raises(InputError, match="unknown indicator 'cost'"):
        reach(plain(), 1.0, kpi="cost")
