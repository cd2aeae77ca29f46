from collections import Counter

import pytest
from support import lines

from sim.api import load_route
from sim.inputs.bundle import bundled
from sim.inputs.inventory import catalogue_heads, catalogue_numbers
from sim.inputs.library import load_library
from sim.rollup.assumptions import numbers
from sim.study.load import load_scenario

TWO = """
name: two
title: two mills of one name
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - id: first
    title: Mill
    equipment: vessel
    size: 2 m3
    batch: 100 kg
    recipe: {LiCl: 1 kg}
    duration: 10 h
    power: {run: 20 kW, idle: 2 kW}
    failures: [{after: exponential(600) h, repair: 4 h}, {after: 10 t, repair: 3 h}]
    loss: [{per: start, amount: 1 kg}, {per: clean, amount: 2 kg}]
  - id: second
    title: Mill
    equipment: vessel
    size: 2 m3
    duration: 5 h
    power: 3 kW
    cooling: {fraction: 0.5, at: 15 degC}
    failures: [{after: exponential(600) h, repair: 4 h}]
    next: ship
"""


def alike(found):
    return [title for title, count in Counter(number.title for number in found).items() if count > 1]


@pytest.mark.parametrize("name", bundled("routes"))
def test_no_two_numbers_of_a_bundled_route_and_of_what_it_uses_have_the_same_title(name):
    assert alike(numbers(load_route(name))) == []


def test_no_two_numbers_of_a_chain_have_the_same_title():
    found = load_scenario("chains").lines
    assert any("/" in step.id for line in found for step in line.route.steps)
    assert [alike(numbers(line)) for line in found] == [[] for _ in found]


def test_a_title_says_of_which_step_or_entry_it_is_and_what():
    titles = {number.title: f"{number.where}.{number.quantity}" for number in numbers(lines.resolved(TWO))}
    assert titles["Mill (second): cooling temperature"] == "route.two.steps.second.cooling.at"
    assert titles["vessel: reference size"] == "equipment.vessel.price.at"
    assert titles["vessel: price"] == "equipment.vessel.price.value"
    assert titles["Mill (first): power"] == "route.two.steps.first.power.run"
    assert titles["Mill (first): power when idle"] == "route.two.steps.first.power.idle"
    assert titles["Mill (first): LiCl weighed in"] == "route.two.steps.first.recipe.LiCl"
    assert titles["installation factor of solids"] == "economics.install.solids"


def test_items_of_a_list_are_counted_only_where_there_are_several():
    titles = {number.title for number in numbers(lines.resolved(TWO)) if number.where.startswith("route")}
    assert {
        "Mill (first): run to failure (failure 1)",
        "Mill (first): time to repair (failure 2)",
        "Mill (first): loss per event (event 2)",
        "Mill (second): run to failure",
    } <= titles


def test_keys_of_a_chain_are_told_with_their_route_behind():
    chain = next(line for line in load_scenario("chains").lines if len(line.route.segments) > 1)
    first = next(iter(chain.route.segments))
    assert f"staff maintenance ({first.replace('_', ' ')})" in {number.title for number in numbers(chain)}


def test_entries_of_the_catalogue_are_short_and_no_two_are_called_alike():
    heads = catalogue_heads(load_library())
    assert len(set(heads.values())) == len(heads)
    assert heads["materials", "Li2S"] == "lithium sulfide"
    assert heads["materials", "Li2S_bulk"] == "lithium sulfide, bulk grade"
    assert heads["rooms", "dry_room_40"] == "dry room, dew point -40 degC"
    assert heads["equipment", "isolator_dosing"] == "argon isolator with loss-in-weight…"


def test_no_title_holds_a_unit_or_a_raw_key():
    for number in catalogue_numbers(load_library()):
        assert "_" not in number.title.partition(": ")[2], number.title
        assert "[" not in number.title, number.title
