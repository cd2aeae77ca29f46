"""People by shift, repairs on shift, and charges that wait only so long."""

import math

import pytest

from sim.engine import (
    ALWAYS_OPEN,
    SHIP,
    Calendar,
    Failure,
    Kind,
    Outlet,
    Phase,
    Plan,
    PlanBuffer,
    PlanResource,
    PlanStep,
    simulate,
)
from sim.inputs import Law
from sim.rollup import closure

DAY = Calendar("day", True, (8.0, 24.0, 32.0, 48.0, 56.0, 72.0))


def fixed(hours):
    return Law("fixed", (hours,))


def step(name, hours, *, charge=1.0, to=(SHIP,), crew=0, **extra):
    phases = (Phase("run", fixed(hours), resources=((0, crew),) if crew else ()),)
    extra.setdefault("charge_min", charge)
    return PlanStep(f"r/{name}", charge_max=charge, phases=phases, outlets=(Outlet(tuple(to), 1.0),), **extra)


def starts(plan, index=0):
    log = simulate(plan, seed=0, replication=0)
    assert closure.explain(log) == []
    rows = log.rows[(log.rows["kind"] == Kind.START) & (log.rows["step"] == index)]
    return [(round(float(row["time_h"]), 9), round(float(row["amount"]), 9)) for row in rows]


# -- the longest wait for a charge -------------------------------------------------------------------------------------


def firing(start_after_h, *, every_h=2.5, charge=4.0, end_h=30.0, fire_h=2.0, calendars=(ALWAYS_OPEN,), **extra):
    fire = step("fire", fire_h, charge=charge, inlets=((0, 1.0),), start_after_h=start_after_h, **extra)
    return Plan(
        "l", 0.0, end_h, (step("make", every_h, to=(0,)), fire), (PlanBuffer("b", 1, 9.0),), calendars=calendars
    )


def test_a_charge_starts_when_its_first_lot_has_waited_as_long_as_it_may():
    # lots at 2.5, 5, 7.5, 10 ...; the first of 2.5 may wait until 8.5, the one of 10 until 16
    assert starts(firing(6.0), 1)[:3] == [(8.5, 3.0), (16.0, 3.0), (23.5, 3.0)]


def test_a_full_charge_starts_before():
    assert starts(firing(20.0), 1)[:2] == [(10.0, 4.0), (20.0, 4.0)]


def test_without_a_longest_wait_the_charge_waits_until_it_is_full():
    assert starts(firing(math.inf), 1) == starts(firing(1000.0), 1)


def test_a_lot_that_comes_at_the_very_instant_goes_in():
    assert starts(firing(5.0), 1)[0] == (7.5, 3.0)
    assert starts(firing(3 * 0.1, every_h=0.1), 1)[0] == (0.4, 4.0)
    assert starts(firing(2 * 0.1, every_h=0.1), 1)[0] == (0.3, 3.0)


def test_what_may_wait_no_longer_starts_as_soon_as_a_machine_is_free():
    # full at 10 for 11 h; the lot of 12.5 may wait until 14.5, and at 21 there are four
    assert starts(firing(2.0, fire_h=11.0, end_h=40.0), 1)[:3] == [(4.5, 1.0), (15.5, 4.0), (26.5, 4.0)]


def test_in_closed_hours_it_starts_when_the_shift_begins():
    shift = Calendar("late", False, (9.0,))
    assert starts(firing(6.0, calendars=(ALWAYS_OPEN, shift), calendar=1), 1)[0] == (9.0, 3.0)


def test_of_a_merge_as_much_starts_as_all_inlets_have():
    join = step("join", 1.0, charge=8.0, inlets=((0, 1.0), (1, 0.5)), start_after_h=6.0)
    line = (step("a", 2.0, charge=2.0, to=(0,)), step("b", 3.0, to=(1,)), join)
    plan = Plan("l", 0.0, 12.0, line, (PlanBuffer("x", 2, 20.0), PlanBuffer("y", 2, 20.0)))
    # the lot of 2 h may wait until 8 h: then four lots of 2 are there, but only two of 1
    assert starts(plan, 2)[0] == (8.0, 4.0)


def test_a_lot_expires_after_the_charge_had_its_chance():
    fire = step("fire", 1.0, charge=4.0, inlets=((0, 1.0),), start_after_h=6.0)
    buffer = PlanBuffer("b", 1, 9.0, max_wait_h=6.0)
    assert starts(Plan("l", 0.0, 20.0, (step("make", 2.5, to=(0,)), fire), (buffer,)), 1)[0] == (8.5, 3.0)


# -- people by shift ---------------------------------------------------------------------------------------------------


def test_at_night_as_many_machines_run_as_there_are_people():
    people = PlanResource("operators", 3, 0, changes=((8.0, 1), (24.0, 3)))
    plan = Plan("l", 0.0, 32.0, (step("mill", 4.0, crew=1, machines=3),), resources=(people,))
    by_hour = [time for time, _ in starts(plan)]
    assert by_hour == [0.0] * 3 + [4.0] * 3 + [8.0, 12.0, 16.0, 20.0] + [24.0] * 3 + [28.0] * 3


def test_who_works_when_the_shift_changes_keeps_its_people():
    people = PlanResource("operators", 2, 0, changes=((8.0, 1),))
    plan = Plan("l", 0.0, 24.0, (step("mill", 5.0, crew=1, machines=2),), resources=(people,))
    # both go on until 10 h, then one at a time
    assert [time for time, _ in starts(plan)] == [0.0, 0.0, 5.0, 5.0, 10.0, 15.0, 20.0]


def test_who_wants_more_than_there_are_at_night_waits_for_the_day_and_holds_nobody_up():
    people = PlanResource("operators", 2, 0, changes=((8.0, 1), (24.0, 2)))
    plan = Plan("l", 0.0, 30.0, (step("press", 6.0, crew=2), step("mill", 2.0, crew=1)), resources=(people,))
    assert [time for time, _ in starts(plan)] == [0.0, 24.0]
    assert [time for time, _ in starts(plan, 1)][:4] == [6.0, 8.0, 10.0, 12.0]


# -- repairs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calendar", "up_h"), [(-1, 11.0), (1, 27.0)])
def test_a_repair_goes_on_only_on_shift_if_its_mode_says_so(calendar, up_h):
    # down from 7 h: four hours later, or one hour of this shift and three of the next
    mode = Failure("hours", fixed(7.0), fixed(4.0), calendar=calendar)
    mill = step("mill", 8.0, failures=(mode,), calendar=1)
    log = simulate(Plan("l", 0.0, 28.0, (mill,), calendars=(ALWAYS_OPEN, DAY)), seed=0, replication=0).rows
    assert log[log["kind"] == Kind.UP]["time_h"].tolist() == [up_h]
