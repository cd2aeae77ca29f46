"""How many people a line needs so that its machines hardly wait for them."""

import pytest
from support import lines

from sim.engine import simulate
from sim.plant.people import Demand, Station, fewest, waits
from sim.rollup.ledger import reduce

YEAR_H = 8000.0


def station(machines, load=0.5):
    return Station(machines, load, machines * YEAR_H)


def needed(demands, stations, **options):
    return fewest(demands, stations, **{"open_h": YEAR_H, "utilisation": 0.75, "spare": 0.15, **options})


def test_a_machine_does_not_wait_for_its_own_operator():
    demands = [Demand("a", 1, 1000.0, 8.0)]
    assert waits(demands, {"a": station(1)}, number=1, open_h=YEAR_H) == {"a": 0.0}
    assert needed(demands, {"a": station(1, 1.0)}) == 1


def test_two_steps_with_one_operator_wait_for_each_other():
    demands = [Demand("a", 1, 1000.0, 2.0), Demand("b", 1, 2000.0, 1.0)]
    found = waits(demands, {"a": station(1), "b": station(1)}, number=1, open_h=YEAR_H)
    # b is held for 2,000 of 8,000 h: a chance of a quarter in the odds 1 : 4, for 0.75 h, as half of the time is held
    assert found["a"] == pytest.approx(1000 * 0.2 * 0.75 / 0.5)
    with_two = waits(demands, {"a": station(1), "b": station(1)}, number=2, open_h=YEAR_H)
    assert with_two["a"] < 0.1 * found["a"]


def test_no_more_operators_are_needed_than_all_machines_can_ask_for_together():
    demands = [Demand("a", 2, 1000.0, 8.0), Demand("b", 1, 1000.0, 8.0)]
    assert needed(demands, {"a": station(1, 1.0), "b": station(1, 1.0)}) == 3


def test_no_fewer_are_needed_than_one_request_asks_for_or_than_are_busy():
    assert needed([Demand("a", 3, 1.0, 1.0)], {"a": station(1)}) == 3
    assert needed([Demand("a", 1, 24_000.0, 1.0)], {"a": station(40)}) >= 4
    assert needed([], {}) == 0


def test_a_step_that_is_held_up_by_one_who_holds_long_gets_operators():
    # two people at a coater all day, and short handlings elsewhere: on average 2.2 are busy, so three seem enough
    coater, oven = Demand("coater", 2, 1000.0, 7.2), Demand("oven", 2, 1000.0, 0.2)
    assert needed([coater, oven], {"coater": station(1, 0.9), "oven": station(4, 0.85)}) == 4


COATED = """
name: coated
title: a coater that keeps two people, before ovens that need two now and then
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - {id: coat, machines: 1, batch: 10 kg, recipe: {LiCl: 1 kg}, duration: 6.8 h, operators: 2, failures: []}
  - {id: bake, machines: 2, batch: 10 kg, phases: {load: 30 min, unload: 30 min}, duration: 12 h, operators: 2,
     failures: []}
  - {id: pack, machines: 1, duration: 1 h, operators: 1, next: ship, failures: []}
"""


def test_the_sized_line_ships_its_target_where_those_who_are_busy_on_average_would_not():
    target = 8760 / 8.0 * 10
    line = lines.resolved(COATED, target_per_year=target, warm_up_h=1000.0, horizon_h=8760.0)
    assert line.sizing.operators > 2.2 / 0.75
    shipped = reduce(simulate(line.plan, seed=1, replication=0), line).shipped
    assert shipped == pytest.approx(target, rel=0.01)


def test_without_a_target_the_operators_follow_the_machines():
    route = lines.ONE_STEP.replace("machines: 2", "machines: 6")
    line = lines.resolved(route, horizon_h=8760.0)
    assert line.sizing.operators == 6
    shipped = reduce(simulate(line.plan, seed=1, replication=0), line).shipped
    assert shipped == pytest.approx(6 * 100 * 876, rel=0.01)


def test_without_a_target_they_follow_the_slowest_step_or_the_release():
    two = lines.ONE_STEP.replace("machines: 2", "machines: 6").replace(
        "    next: ship", "  - {id: pack, machines: 1, duration: 10 h, next: ship}"
    )
    # six mills before a station that lets one charge through in 10 h: one mill is busy
    assert lines.resolved(two, horizon_h=1000.0).sizing.operators <= 2
    slow = lines.ONE_STEP.replace("machines: 2", "machines: 6").replace(
        "next: ship", "next: ship\n    release: {interval: 10 h}"
    )
    assert lines.resolved(slow, horizon_h=1000.0).sizing.operators <= 2


def test_machines_that_wait_for_a_glovebox_become_more():
    text = lines.ONE_STEP.replace("    machines: 2\n", "    resources: {box: 1}\n").replace(
        "operators: 1", "operators: 0"
    )
    target = 0.8 * 8760 / 10 * 100 * 3
    many, few = (
        lines.resolved(text.replace("steps:", f"places: {{box: {number}}}\nsteps:"), target_per_year=target)
        for number in (40, 3)
    )
    assert few.sizing.steps["mill"].machines > many.sizing.steps["mill"].machines
