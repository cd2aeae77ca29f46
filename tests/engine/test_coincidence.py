"""Instants that coincide but for roundings are one instant: closing time, expiry, pitch, set-up, the horizon."""

import math

import numpy as np
import pytest

from sim.engine import COINCIDENCE_H, SHIP, Clean, Failure, Kind, Outlet, Phase, Plan, PlanBuffer, PlanStep, simulate
from sim.inputs import Law, Plant
from sim.plant.calendars import open_hours, plant_calendar

WEEK_H = 168.0
PATTERNS = [(7, 1), (7, 2), (7, 3), (5, 1), (5, 2), (6, 3)]
"""Days a week, shifts a day."""
PARTS = [1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 17, 24, 30, 48, 96, 480]
"""Into how many operations a shift is divided."""


def fixed(hours):
    return Law("fixed", (hours,))


def step(name, hours, *, to=(SHIP,), **extra):
    outlets = (Outlet(tuple(to), 1.0),)
    return PlanStep(
        f"r/{name}", charge_max=1.0, charge_min=1.0, phases=(Phase("run", fixed(hours)),), outlets=outlets, **extra
    )


def rows(plan, kind, step=0):
    log = simulate(plan, seed=0, replication=0).rows
    return log[(log["kind"] == kind) & (log["step"] == step)]


def pattern(days, shifts, weeks):
    return plant_calendar(Plant(days_per_week=days, shifts_per_day=shifts, estimate="made up"), weeks * WEEK_H)


@pytest.mark.parametrize(("days", "shifts"), PATTERNS)
def test_a_first_step_makes_open_time_over_duration_on_every_pattern_for_every_duration_that_divides_the_shift(
    days, shifts
):
    for parts in PARTS:
        hours = 8.0 * shifts / parts
        calendar = pattern(days, shifts, 1)
        plan = Plan("l", 0.0, WEEK_H, (step("mix", hours),), calendars=(calendar,))
        assert len(rows(plan, Kind.START)) == round(open_hours(calendar, 0.0, WEEK_H) / hours), parts


@pytest.mark.parametrize(("days", "shifts"), PATTERNS)
def test_a_line_of_equal_steps_makes_as_much_from_its_second_week_on(days, shifts):
    for parts in (1, 3, 5, 7, 12, 24):
        hours = 8.0 * shifts / parts
        calendar = pattern(days, shifts, 4)
        line = (
            step("a", hours, to=(0,)),
            step("b", hours, to=(1,), inlets=((0, 1.0),)),
            step("c", hours, inlets=((1, 1.0),)),
        )
        buffers = (PlanBuffer("b", 1, 2.0), PlanBuffer("c", 2, 2.0))
        plan = Plan("l", WEEK_H, 3 * WEEK_H, line, buffers, calendars=(calendar,))
        shipped = rows(plan, Kind.SHIP, step=2)
        inside = shipped[shipped["time_h"] >= WEEK_H]
        assert len(inside) == round(open_hours(calendar, WEEK_H, 4 * WEEK_H) / hours), parts


@pytest.mark.parametrize("pause", [False, True])
@pytest.mark.parametrize("hours", [0.333333333, 8.0 / 3.0, 0.1, 1.6, 1.0 / 3.0 + 1e-9])
def test_a_duration_typed_with_nine_digits_still_divides_the_shift(hours, pause):
    plan = Plan("l", 0.0, WEEK_H, (step("mix", hours, pause=pause),), calendars=(pattern(7, 1, 1),))
    assert len(rows(plan, Kind.START)) == 7 * round(8.0 / hours)


def test_what_ends_at_closing_time_but_for_a_rounding_is_logged_at_closing_time():
    plan = Plan("l", 0.0, 24.0, (step("mix", 8.0 / 3.0),), calendars=(pattern(7, 1, 1),))
    assert rows(plan, Kind.FINISH)["time_h"][-1] == 8.0


def test_a_duration_longer_than_the_tolerance_past_the_shift_is_another_duration():
    plan = Plan("l", 0.0, 24.0, (step("mix", (8.0 - 30 * COINCIDENCE_H) / 3),), calendars=(pattern(7, 1, 1),))
    assert len(rows(plan, Kind.START)) == 4


@pytest.mark.parametrize("hours", [0.1, 0.7, 1.0 / 3.0, 0.333333333])
def test_nothing_that_is_due_at_the_horizon_happens(hours):
    charges = 24
    plan = Plan("l", 0.0, charges * hours, (step("mix", hours),))
    assert len(rows(plan, Kind.START)) == charges
    assert len(rows(plan, Kind.FINISH)) == charges - 1


@pytest.mark.parametrize("hours", [0.1, 0.7, 1.0 / 3.0, 0.333333333])
def test_what_is_due_at_the_end_of_the_warm_up_belongs_to_the_window(hours):
    plan = Plan("l", 24 * hours, 24 * hours, (step("mix", hours),))
    assert int(np.sum(rows(plan, Kind.FINISH)["time_h"] >= plan.warm_up_h)) == 24


@pytest.mark.parametrize("hours", [0.1, 0.3, 1.0 / 3.0, 0.7])
def test_a_lot_whose_wait_ends_when_the_machine_gets_free_is_taken_and_not_scrapped(hours):
    line = (step("a", hours, to=(0,)), step("b", 7 * hours, inlets=((0, 1.0),)))
    plan = Plan("l", 0.0, 200.0, line, (PlanBuffer("b", 1, 1.0, max_wait_h=7 * hours),))
    assert not len(rows(plan, Kind.SCRAP, step=1))
    assert len(rows(plan, Kind.SHIP, step=1)) > 20


@pytest.mark.parametrize("hours", [0.1, 0.3, 1.0 / 3.0, 0.7])
def test_a_kiln_takes_a_lot_whenever_the_pitch_is_over(hours):
    line = (step("kiln", 3 * hours, slots=3, pitch_h=hours),)
    starts = rows(Plan("l", 0.0, 300 * hours, line), Kind.START)["time_h"]
    assert starts == pytest.approx(np.arange(300) * hours)


@pytest.mark.parametrize("hours", [0.1, 0.3, 1.0 / 3.0, 0.7])
def test_an_operation_that_follows_another_is_not_set_up_because_of_a_rounding(hours):
    # two ways to the same instants, by different sums of durations
    line = (step("a", 3 * hours, to=(0,)), PlanStep(
        "r/b", charge_max=1.0, charge_min=1.0, inlets=((0, 1.0),), setup_h=fixed(0.0),
        phases=(Phase("load", fixed(hours)), Phase("run", fixed(2 * hours))), outlets=(Outlet((SHIP,), 1.0),),
    ))  # fmt: skip
    plan = Plan("l", 0.0, 200.0, line, (PlanBuffer("b", 1, 1.0),))
    assert len(rows(plan, Kind.SETUP, step=1)) == 1


def test_a_failure_due_at_the_end_of_an_operation_comes_with_the_next():
    mode = Failure("hours", fixed(0.3), fixed(1.0))
    plan = Plan("l", 0.0, 3.0, (step("a", 0.1, failures=(mode,)),))
    assert rows(plan, Kind.FINISH)["time_h"][:4] == pytest.approx([0.1, 0.2, 0.3, 1.4])


def test_cleanings_and_drawn_failures_leave_no_alarm_just_beside_a_switch():
    calendar = pattern(7, 1, 20)
    mode = Failure("hours", Law("exponential", (5.0,)), fixed(8.0 / 3.0))
    clean = Clean(3, fixed(1.0 / 3.0))
    plan = Plan("l", 0.0, 20 * WEEK_H, (step("a", 1.0 / 3.0, failures=(mode,), clean=clean),), calendars=(calendar,))
    times = simulate(plan, seed=0, replication=0).rows["time_h"]
    marks = np.array([0.0, *calendar.switches_h, math.inf])
    gap = np.min(np.abs(times[:, None] - marks[None, :-1]), axis=1)
    assert not np.any((gap > 0.0) & (gap <= COINCIDENCE_H))
