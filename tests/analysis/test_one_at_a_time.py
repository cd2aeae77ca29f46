import math
from functools import cache

import pytest
from support import lines

from sim.analysis import responses
from sim.analysis.one_at_a_time import influence
from sim.flowsheet.streams import FlowsheetError
from sim.inputs.laws import Law
from sim.plant.line import design
from sim.results.tables import Tables
from sim.rollup.assumptions import numbers
from sim.rollup.costs import expected_cost
from sim.study.load import load_scenario

PRICED = {"price": {"value": "5 USD/kg", "range": ["3 USD/kg", "10 USD/kg"], "year": 2023, "source": "fair"}}


def toy(**changes):
    text = lines.ONE_STEP.replace("machines: 2", "machines: auto").replace("operators: 1", "operators: 0")
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new} # ", 1)
    catalogue = lines.library(LiCl={**lines.GUESS, **PRICED})
    return lines.resolved(text, catalogue, target_per_year=5e4, horizon_h=8760.0)


@cache
def film():
    return next(line for line in load_scenario("five_routes").lines if line.name == "dry_ptfe")


def row(frame, words):
    return frame.set_index("title").loc[words]


def test_a_price_moves_the_cost_by_what_is_bought_and_tied_up():
    line = toy()
    found = row(influence(line), "LiCl: price")
    # a kg is bought per kg shipped; 15 % of the year's purchases and the 10 h of a charge are carried at 8 %
    slope = 1.0 + 0.15 * 0.08 + 10.0 / 8760.0 * 0.08
    assert found["cost_high"] - found["cost"] == pytest.approx(5.0 * slope)
    assert found["cost"] - found["cost_low"] == pytest.approx(2.0 * slope)
    assert found["swing_usd_per_unit"] == pytest.approx(7.0 * slope)
    assert (found["low"], found["value"], found["high"]) == (3.0, 5.0, 10.0)
    assert found["grade"] == "C"


def test_the_cost_is_that_of_the_expected_ledger():
    line = toy()
    cost, items = expected_cost(line)
    assert cost == pytest.approx(math.fsum(item.usd_per_year for item in items) / 5e4)
    assert influence(line)["cost"].tolist() == [pytest.approx(cost)]


def test_machines_follow_the_number():
    # 500 operations of 10 h are 5,000 h a year: one machine; of 20 h they are 10,000 h at 85 %: two
    line = toy(duration="{value: 10 h, range: [8 h, 20 h]}")
    found = row(influence(line), "mill: duration")
    longer = design(line, {("route", "steps", 0, "duration"): 20.0})
    assert (line.sizing.steps["mill"].machines, longer.sizing.steps["mill"].machines) == (1, 2)
    assert found["cost_high"] == pytest.approx(expected_cost(longer)[0])
    one, two = (
        sum(item.usd_per_year for item in expected_cost(plant)[1] if item.category == "capital")
        for plant in (line, longer)
    )
    assert two == pytest.approx(2.0 * one)


@pytest.mark.parametrize("number", [n for n in numbers(film()) if n.value.low is not None][::6], ids=lambda n: n.where)
def test_working_out_only_what_changes_gives_the_cost_of_working_out_all(number):
    assert number.value.high is not None
    found = _film_influence().set_index(["where", "quantity"]).loc[[(number.where, number.quantity)]]
    whole = expected_cost(design(film(), {number.path: number.value.high}))[0]
    assert found["cost_high"].iloc[0] == pytest.approx(whole, rel=1e-9)


@cache
def _film_influence():
    return influence(film())


def test_every_number_with_a_range_is_a_row_and_the_largest_swing_comes_first():
    frame = _film_influence()
    ranged = [number for number in numbers(film()) if number.value.low is not None]
    assert list(frame.columns) == Tables.influence.names[:-1]
    assert len(frame) == len(ranged)
    assert not frame[["where", "quantity"]].duplicated().any()
    assert frame["swing_usd_per_unit"].is_monotonic_decreasing
    assert ((frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"])).all()
    ends = frame[["cost_low", "cost", "cost_high"]]
    assert frame["swing_usd_per_unit"].tolist() == pytest.approx((ends.max(axis=1) - ends.min(axis=1)).tolist())


def test_what_is_in_no_cost_moves_none():
    emissions = _film_influence().query("quantity == 'gwp'")
    assert len(emissions) > 3
    assert (emissions["swing_usd_per_unit"] == 0.0).all()


def test_the_price_of_a_material_is_that_in_force():
    study = load_scenario("five_routes", overrides=["prices=at_scale"])
    line = next(line for line in study.lines if line.name == "dry_ptfe")
    found = row(influence(line), "lithium carbonate: price")
    assert (found["low"], found["value"], found["high"]) == (7.0, 8.4, 30.0)


def test_a_price_that_is_worked_out_is_moved_by_its_roots_and_its_conversion():
    study = load_scenario("five_routes", overrides=["prices=at_scale"])
    line = next(line for line in study.lines if line.name == "dry_ptfe")
    table = influence(line)
    carbonate, conversion = (
        row(table, name) for name in ("lithium carbonate: price", "argyrodite electrolyte Li6PS5Cl: conversion")
    )
    # a kg of electrolyte holds 0.428 Li2S and 0.158 LiCl, 1.608 and 0.872 kg of carbonate each, over 0.97 and 0.90
    factor = (0.42797 * 1.60836 + 0.15797 * 0.87153) / 0.97 / 0.90
    per_usd = (conversion["cost_high"] - conversion["cost_low"]) / (60.0 - 20.0)
    assert (carbonate["cost_high"] - carbonate["cost_low"]) / (30.0 - 7.0) == pytest.approx(factor * per_usd, rel=1e-3)
    assert "argyrodite electrolyte Li6PS5Cl: price" not in set(table["title"])


def test_an_end_that_does_not_fit_is_listed_with_its_reason():
    text = lines.ONE_STEP.replace(
        "    duration: 10 h",
        "    split: {waste: {LiCl: {value: 0.1, range: [0.05, 0.7]}}, by_product: {LiCl: 0.4}}\n    duration: 10 h",
    )
    found = row(influence(lines.resolved(text, target_per_year=1e4, horizon_h=8760.0)), "mill: LiCl to waste")
    assert math.isnan(found["cost_high"])
    assert math.isnan(found["swing_usd_per_unit"])
    assert found["cost_low"] < found["cost"]
    assert found["note"] == "the fractions of LiCl that leave add up to 1.1, more than 1"


def test_a_line_without_expected_values_says_why_beside_every_number():
    text = lines.ONE_STEP.replace(
        "    duration: 10 h",
        "    loss: [{per: lot, amount: {value: 100 kg, range: [1 kg, 200 kg]}}]\n    duration: 10 h",
    )
    frame = influence(lines.resolved(text, horizon_h=8760.0))
    assert frame["cost"].isna().all()
    assert set(frame["note"]) == {"as much is lost per event as an operation makes"}


def test_scatter_is_stretched_to_the_new_mean():
    line = design(toy(duration="triangular(8, 10, 12) h"), {("route", "steps", 0, "duration"): 20.0})
    assert line.route.steps[0].duration.law == Law("triangular", (16.0, 20.0, 24.0))
    assert line.graph.steps["mill"].duration.value == 20.0


def test_an_entry_of_the_catalogue_stays_sound():
    with pytest.raises(ValueError, match=r"the fractions add up to 1\.05, not 1"):
        design(lines.resolved(lines.WET), {("materials", "soda", "assay", "soda"): 0.85})


def test_shares_that_no_longer_add_up_are_an_error():
    line = lines.resolved(lines.WET)
    exits = ("route", "steps", 1, "recover", "THF")
    with pytest.raises(FlowsheetError, match=r"recycle, purge and vent of THF add up to 1\.05, not 1"):
        design(line, {(*exits, "recycle"): 0.95, (*exits, "purge"): 0.06, (*exits, "vent"): 0.04})


def test_exits_that_stay_share_what_one_that_moves_leaves():
    # 6 and 4 % of 10 % become 3 and 2 % of 5 %
    moved = design(lines.resolved(lines.WET), {("route", "steps", 1, "recover", "THF", "recycle"): 0.95})
    exits = moved.route.steps[1].recover["THF"]
    assert (exits.purge.value, exits.vent.value) == pytest.approx((0.03, 0.02))
    assert moved.flowsheet.imbalance < 1e-9


def test_titles_are_plain_words():
    titles = set(_film_influence()["title"])
    assert {
        "heated calender of 4-6 rolls: price",
        "Calender film: web speed",
        "wage",
        "installation factor of turnkey",
    } <= titles


def test_all_ends_are_few_questions(monkeypatch):
    asked = []
    monkeypatch.setattr(responses, "design", lambda *given: asked.append(1) or design(*given))
    found = influence(film())

    # one by one they would be two for every number
    assert 0 < len(asked) < 5 < len(found)
