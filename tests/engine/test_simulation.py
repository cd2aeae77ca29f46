"""The rules of the engine, one short story each."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.engine import simulate
from sim.engine.log import Kind
from sim.engine.plan import (
    ALWAYS_OPEN,
    SHIP,
    WASTE,
    Calendar,
    Clean,
    Failure,
    Inspection,
    Loss,
    Outlet,
    Phase,
    Plan,
    PlanBuffer,
    PlanResource,
    PlanStep,
    PlanTank,
    Release,
)
from sim.errors import DeadlockError
from sim.inputs.laws import Law
from sim.rollup import closure

INF = math.inf


def fixed(value):
    return Law("fixed", (value,))


def step(name, hours=1.0, *, to=(SHIP,), factor=1.0, lot_size=INF, charge=1.0, **extra):
    """Return a step that takes *hours*; without inlets it is a source."""
    extra.setdefault("phases", (Phase("run", fixed(hours)),))
    extra.setdefault("outlets", (Outlet(tuple(to), factor, lot_size),))
    extra.setdefault("charge_min", charge)
    return PlanStep(f"r/{name}", charge_max=charge, **extra)


def plan(*steps, buffers=(), end_h=20.0, **extra):
    return Plan("line", 0.0, end_h, steps, tuple(buffers), **extra)


def story(line, *kinds, seed=0):
    """Return (time, kind, step, amount) of the rows of some kinds, after checking that the log adds up."""
    log = simulate(line, seed=seed, replication=0)
    assert closure.explain(log) == []
    names = [item.name.split("/")[1] for item in line.steps]
    return [
        (round(float(row["time_h"]), 9), Kind(row["kind"]).name, names[row["step"]], round(float(row["amount"]), 9))
        for row in log.rows
        if row["kind"] in kinds
    ]


def times(line, kind, name, seed=0):
    return [row[0] for row in story(line, kind, seed=seed) if row[2] == name]


# -- charges and lots --------------------------------------------------------------------------------------------------


def test_a_charge_waits_until_it_is_full():
    line = plan(
        step("mix", to=(0,)),
        step("fire", 2.0, charge=3.0, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("b", 1, 4.0)],
        end_h=7.0,
    )
    assert story(line, Kind.START, Kind.SHIP)[:6] == [
        (0.0, "START", "mix", 1.0),
        (1.0, "START", "mix", 1.0),
        (2.0, "START", "mix", 1.0),
        (3.0, "START", "mix", 1.0),
        (3.0, "START", "fire", 3.0),
        (4.0, "START", "mix", 1.0),
    ]


def test_charge_min_allows_less():
    fire = step("fire", 2.0, charge=3.0, charge_min=1.0, inlets=((0, 1.0),))
    line = plan(step("mix", to=(0,)), fire, buffers=[PlanBuffer("b", 1, 4.0)], end_h=6.0)
    starts = [row for row in story(line, Kind.START) if row[2] == "fire"]
    assert starts == [(1.0, "START", "fire", 1.0), (3.0, "START", "fire", 2.0), (5.0, "START", "fire", 2.0)]


def test_a_gathered_lot_has_the_weighted_birth_and_a_cut_lot_that_of_the_whole():
    line = plan(
        step("mix", 1.0, to=(0,), charge=2.0), step("cut", 0.5, charge=3.0, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("b", 1, 9.0)], end_h=3.6,
    )  # fmt: skip
    births = [row[3] for row in story(line, Kind.CARRY)]
    assert births == [pytest.approx((2 * 0.0 + 1 * 1.0) / 3), pytest.approx((1 * 1.0 + 2 * 2.0) / 3)][: len(births)]
    assert births


def test_a_lot_is_cut_at_the_outlet_and_keeps_its_sum():
    line = plan(step("slit", 1.0, charge=10.0, lot_size=4.0), end_h=1.5)
    assert [row[3] for row in story(line, Kind.SHIP)] == [4.0, 4.0, 2.0]


def test_a_merge_takes_its_shares_at_once():
    line = plan(
        step("a", 1.0, to=(0,)), step("b", 5.0, to=(1,), charge=10.0),
        step("join", 1.0, charge=2.0, inlets=((0, 1.0), (1, 0.5))),
        buffers=[PlanBuffer("x", 2, 4.0), PlanBuffer("y", 2, 20.0)], end_h=7.0,
    )  # fmt: skip
    rows = [row for row in story(line, Kind.TAKE, Kind.START) if row[2] == "join"]
    assert rows[:4] == [
        (5.0, "TAKE", "join", 1.0), (5.0, "TAKE", "join", 1.0), (5.0, "TAKE", "join", 1.0), (5.0, "START", "join", 2.0)
    ]  # fmt: skip


def test_whole_lots_go_to_the_first_place_with_room():
    line = plan(
        step("a", 1.0, to=(0, 1)), step("slow", 50.0, one_lot=True, inlets=((0, 1.0),)),
        step("spare", 3.0, one_lot=True, inlets=((1, 1.0),)),
        buffers=[PlanBuffer("x", 1, 1.0, "lots"), PlanBuffer("y", 2, 1.0, "lots")], end_h=30.0,
    )  # fmt: skip
    assert times(line, Kind.START, "slow") == [1.0]
    assert times(line, Kind.START, "spare")[:3] == [3.0, 6.0, 9.0]


def test_a_capacity_of_none_hands_over_to_an_idle_machine():
    line = plan(
        step("a", 1.0, to=(0,)), step("b", 3.0, one_lot=True, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("hand", 1, 0.0, "lots")], end_h=9.0,
    )  # fmt: skip
    assert times(line, Kind.START, "b") == [1.0, 4.0, 7.0]
    assert times(line, Kind.START, "a") == [0.0, 1.0, 4.0, 7.0]
    assert times(line, Kind.BLOCK, "a") == [2.0, 5.0, 8.0]


def test_rework_is_served_first_and_never_mixed():
    inspection = Inspection(limit=0.5, rework=1, max_passes=1)
    line = plan(
        step("a", 1.0, to=(0,)),
        step("b", 1.0, charge=2.0, inlets=((0, 1.0),), quality_set=fixed(0.1), inspection=inspection),
        buffers=[PlanBuffer("x", 1, 9.0), PlanBuffer("again", 1, rework=True)],
    )
    rows = [row for row in story(line, Kind.START, Kind.SCRAP) if row[2] == "b"]
    assert rows[:5] == [
        (2.0, "START", "b", 2.0),
        (3.0, "START", "b", 2.0),
        (4.0, "SCRAP", "b", 2.0),
        (4.0, "START", "b", 2.0),
        (5.0, "START", "b", 2.0),
    ]


def test_lots_that_wait_too_long_are_scrapped_and_free_room():
    line = plan(
        step("a", 1.0, to=(0,)), step("b", 10.0, one_lot=True, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("x", 1, 1.0, "lots", max_wait_h=2.5)], end_h=9.0,
    )  # fmt: skip
    assert times(line, Kind.SCRAP, "b") == [4.5, 7.0]
    assert times(line, Kind.PUT, "a") == [1.0, 2.0, 4.5, 7.0]


# -- resources, calendars, failures ------------------------------------------------------------------------------------


def test_resources_are_released_before_blocking():
    crew = (Phase("run", fixed(1.0), resources=((0, 1),)),)
    line = plan(
        step("a", to=(0,), phases=crew), step("b", one_lot=True, inlets=((0, 1.0),), phases=crew),
        buffers=[PlanBuffer("x", 1, 1.0, "lots")], resources=(PlanResource("operator", 1),),
    )  # fmt: skip
    assert len(times(line, Kind.SHIP, "b")) == 9


def test_no_request_overtakes_another():
    def crew(number):
        return (Phase("run", fixed(1.0), resources=((0, number),)),)

    line = plan(
        step("small", phases=crew(1)), step("large", phases=crew(2)), step("other", phases=crew(1)),
        resources=(PlanResource("operators", 2),), end_h=6.0,
    )  # fmt: skip
    # at 1 h only one operator of small is free for large, and other must not take him
    assert times(line, Kind.START, "large") == [1.0, 3.0, 5.0]
    assert times(line, Kind.START, "other") == [2.0, 4.0]


def test_a_resource_off_shift_does_not_hold_up_the_others():
    day = Calendar("day", True, (8.0, 16.0))
    line = plan(
        step("lab", phases=(Phase("run", fixed(3.0), resources=((0, 1),)),)),
        step("mill", phases=(Phase("run", fixed(3.0), resources=((1, 1),)),)),
        resources=(PlanResource("analyst", 1, 1), PlanResource("operator", 1)), calendars=(ALWAYS_OPEN, day),
    )  # fmt: skip
    assert times(line, Kind.START, "lab") == [0.0, 3.0, 6.0, 16.0, 19.0]  # the third ends at 9, beyond the shift
    assert times(line, Kind.START, "mill") == [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0]


def test_no_start_off_shift_and_a_running_operation_finishes():
    shift = Calendar("shift", True, (8.0, 24.0))
    line = plan(step("a", 3.0, calendar=1), calendars=(ALWAYS_OPEN, shift), end_h=30.0)
    assert times(line, Kind.START, "a") == [0.0, 3.0, 6.0, 24.0, 27.0]
    assert times(line, Kind.FINISH, "a") == [3.0, 6.0, 9.0, 27.0]


def test_a_paused_operation_goes_on_in_the_next_shift():
    shift = Calendar("shift", True, (8.0, 24.0))
    line = plan(step("a", 3.0, calendar=1, pause=True), calendars=(ALWAYS_OPEN, shift), end_h=30.0)
    assert times(line, Kind.FINISH, "a") == [3.0, 6.0, 25.0, 28.0]


def test_a_wait_over_the_end_of_the_shift_does_not_start_off_shift():
    shift = Calendar("shift", True, (4.0, 10.0))
    crew = (Phase("run", fixed(5.0), resources=((0, 1),)),)
    line = plan(
        step("long", phases=crew), step("day", phases=crew, calendar=1),
        resources=(PlanResource("operator", 1),), calendars=(ALWAYS_OPEN, shift),
    )  # fmt: skip
    assert times(line, Kind.START, "day") == [10.0]


def test_a_tank_filled_at_night_lets_nothing_start_at_night():
    shift = Calendar("shift", True, (4.0, 10.0))
    line = plan(
        step("day", 3.0, draws=((0, 1.0),), calendar=1), step("night", 6.0, recoveries=((0, 1.0),)),
        tanks=(PlanTank("thf", INF, 1.0, on_empty="wait"),), calendars=(ALWAYS_OPEN, shift), end_h=14.0,
    )  # fmt: skip
    assert times(line, Kind.START, "day") == [0.0, 10.0, 13.0]
    assert times(line, Kind.DRAW, "day") == [0.0, 6.0, 13.0]


def test_what_is_set_up_in_the_shift_may_start_after_it():
    shift = Calendar("shift", True, (4.0, 10.0))
    crew = (Phase("run", fixed(1.0), resources=((0, 1),)),)
    line = plan(
        step("a", phases=crew, setup_h=fixed(4.5), calendar=1), resources=(PlanResource("operator", 1),),
        calendars=(ALWAYS_OPEN, shift), end_h=12.0,
    )  # fmt: skip
    assert times(line, Kind.START, "a") == [4.5]


def test_arrivals_come_in_open_hours():
    shift = Calendar("shift", True, (5.0, 10.0))
    line = plan(
        step("a", 0.1, release=Release("interval", fixed(2.0)), calendar=1), calendars=(ALWAYS_OPEN, shift), end_h=15.0
    )
    assert times(line, Kind.ARRIVE, "a") == [2.0, 4.0, 11.0, 13.0]


def test_failures_count_run_hours_over_lots():
    line = plan(step("a", 2.0, failures=(Failure("hours", fixed(3.0), fixed(1.0)),)), end_h=12.5)
    assert times(line, Kind.DOWN, "a") == [3.0, 7.0, 11.0]
    assert times(line, Kind.FINISH, "a") == [2.0, 5.0, 7.0, 10.0]


@pytest.mark.parametrize(("clock", "to_failure"), [("amount", 15.0), ("operations", 1.5)])
def test_failures_count_amount_or_operations(clock, to_failure):
    line = plan(
        step("a", 2.0, charge=5.0, factor=2.0, failures=(Failure(clock, fixed(to_failure), fixed(1.0)),)), end_h=9.0
    )
    assert times(line, Kind.DOWN, "a") == [3.0, 7.0]


def test_the_crew_leaves_during_a_repair_and_returns_first():
    crew = (Phase("run", fixed(3.0), resources=((0, 1),)),)
    line = plan(
        step("a", phases=crew, failures=(Failure("hours", fixed(2.0), fixed(1.0)),)),
        step("b", phases=(Phase("run", fixed(2.0), resources=((0, 1),)),)),
        step("c", phases=(Phase("run", fixed(2.0), resources=((0, 1),)),)),
        resources=(PlanResource("operator", 1),), end_h=8.0,
    )  # fmt: skip
    assert story(line, Kind.DOWN, Kind.UP, Kind.START) == [
        (0.0, "START", "a", 1.0),
        (2.0, "DOWN", "a", 0.0),
        (2.0, "START", "b", 1.0),
        (4.0, "UP", "a", 0.0),
        (5.0, "START", "c", 1.0),
        (7.0, "START", "b", 1.0),
    ]


def test_a_held_place_is_kept_and_its_holder_goes_first():
    phases = (
        Phase("load", fixed(1.0), resources=((1, 1),)),
        Phase("run", fixed(2.0)),
        Phase("unload", fixed(1.0), resources=((1, 1),)),
    )
    line = plan(
        step("a", phases=phases, held=((0, 1),), machines=2),
        resources=(PlanResource("glovebox", 1), PlanResource("operator", 1)), end_h=13.0,
    )  # fmt: skip
    assert times(line, Kind.START, "a") == [0.0, 4.0, 8.0, 12.0]


# -- what happens around an operation ----------------------------------------------------------------------------------


def test_setup_only_after_a_pause_and_cleaning_when_due():
    line = plan(step("a", 1.0, setup_h=fixed(0.5), clean=Clean(2, fixed(1.0))), end_h=8.0)
    assert story(line, Kind.SETUP, Kind.START, Kind.CLEAN)[:7] == [
        (0.0, "SETUP", "a", 0.0),
        (0.5, "START", "a", 1.0),
        (1.5, "START", "a", 1.0),
        (2.5, "CLEAN", "a", 0.0),
        (3.5, "SETUP", "a", 0.0),
        (4.0, "START", "a", 1.0),
        (5.0, "START", "a", 1.0),
    ]


def test_losses_are_born_by_the_next_operation_and_cut_at_what_is_there():
    losses = (Loss("start", 0.3), Loss("clean", 0.5), Loss("lot", 0.1), Loss("failure", 5.0))
    line = plan(
        step("a", 1.0, losses=losses, clean=Clean(2, fixed(1.0)), failures=(Failure("hours", fixed(3.5), fixed(1.0)),)),
        end_h=6.9,
    )
    assert story(line, Kind.LOSS, Kind.SHIP, Kind.DOWN) == [
        (1.0, "LOSS", "a", 0.3), (1.0, "LOSS", "a", 0.1), (1.0, "SHIP", "a", 0.6),
        (2.0, "LOSS", "a", 0.1), (2.0, "SHIP", "a", 0.9),
        (4.0, "LOSS", "a", 0.3), (4.0, "LOSS", "a", 0.5), (4.0, "LOSS", "a", 0.1), (4.0, "SHIP", "a", 0.1),
        (4.5, "DOWN", "a", 0.0), (6.0, "LOSS", "a", 0.1), (6.0, "LOSS", "a", 0.9),
    ]  # fmt: skip


def test_per_amount_phases_last_as_long_as_the_charge_is_large():
    phases = (Phase("coat", fixed(0.1), per_amount=True), Phase("dry", fixed(1.0)))
    line = plan(step("a", charge=20.0, factor=0.5, phases=phases), end_h=7.0)
    assert story(line, Kind.SHIP) == [(3.0, "SHIP", "a", 10.0), (6.0, "SHIP", "a", 10.0)]


def test_a_lot_is_held_while_the_machine_goes_on():
    line = plan(step("a", 1.0, hold_h=fixed(2.5), inspection=Inspection(pass_probability=1.0)), end_h=5.0)
    assert times(line, Kind.START, "a") == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert times(line, Kind.FREE, "a") == times(line, Kind.SHIP, "a") == times(line, Kind.PASS, "a") == [3.5, 4.5]


def test_a_hold_without_room_keeps_the_lot_and_frees_the_machine():
    line = plan(
        step("a", 1.0, to=(0,), hold_h=fixed(0.5)), step("b", 50.0, one_lot=True, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("x", 1, 1.0, "lots")], end_h=6.0,
    )  # fmt: skip
    assert times(line, Kind.FREE, "a") == [1.5, 2.5]
    assert times(line, Kind.START, "a") == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert sum(row[3] for row in story(line, Kind.END_HOLD)) == 3.0


def test_quality_is_set_decays_and_is_measured():
    line = plan(
        step("a", 1.0, to=(0,), quality_set=fixed(2.0)),
        step(
            "b", 1.0, charge=2.0, inlets=((0, 1.0),), quality_factor=fixed(0.5),
            inspection=Inspection(limit=0.9, error=fixed(1.0)),
        ),
        buffers=[PlanBuffer("x", 1, 9.0, decay_per_h=0.1)], end_h=3.5,
    )  # fmt: skip
    measured = story(line, Kind.MEASURE)
    assert measured == [(3.0, "MEASURE", "b", round(0.5 * (2.0 * math.exp(-0.1) + 2.0) / 2, 9))]
    assert len(story(line, Kind.PASS)) == 1


def test_failed_lots_go_where_they_are_sent():
    line = plan(
        step("a", 1.0, inspection=Inspection(pass_probability=0.0, fail_place=0)),
        step("recover", 0.5, one_lot=True, inlets=((0, 1.0),), to=(WASTE,)),
        buffers=[PlanBuffer("x", 1, 1.0, "lots")], end_h=3.2,
    )  # fmt: skip
    assert times(line, Kind.FAIL, "a") == [1.0, 2.0, 3.0]
    assert times(line, Kind.DUMP, "recover") == [1.5, 2.5]


def test_inspections_note_how_often_a_lot_was_reworked():
    line = plan(
        step("a", 1.0, inspection=Inspection(pass_probability=0.0, rework=0, max_passes=2)),
        buffers=[PlanBuffer("again", 0, rework=True)], end_h=6.5,
    )  # fmt: skip
    rows = simulate(line, seed=0, replication=0).rows
    assert rows["place"][rows["kind"] == Kind.FAIL].tolist() == [0, 1, 2, 0, 1, 2]


def test_tanks_are_bought_into_drawn_and_overflow():
    line = plan(
        step("a", 1.0, draws=((0, 4.0),), recoveries=((0, 3.0), (1, 2.0))),
        tanks=(PlanTank("thf", INF, 5.0), PlanTank("water", 3.0)), end_h=2.5,
    )  # fmt: skip
    assert story(line, Kind.BUY, Kind.DRAW, Kind.RECOVER, Kind.OVERFLOW) == [
        (0.0, "DRAW", "a", 4.0),
        (1.0, "RECOVER", "a", 3.0), (1.0, "RECOVER", "a", 2.0), (1.0, "DRAW", "a", 4.0),
        (2.0, "RECOVER", "a", 3.0), (2.0, "RECOVER", "a", 2.0), (2.0, "OVERFLOW", "a", 1.0),
        (2.0, "BUY", "a", 1.0), (2.0, "DRAW", "a", 4.0),
    ]  # fmt: skip


def test_a_draw_waits_for_a_recovery():
    line = plan(
        step("a", 1.0, draws=((0, 4.0),)), step("b", 2.5, recoveries=((0, 4.0),)),
        tanks=(PlanTank("thf", INF, 4.0, on_empty="wait"),), end_h=6.0,
    )  # fmt: skip
    assert times(line, Kind.START, "a") == [0.0, 2.5, 5.0]
    assert times(line, Kind.WAIT, "a") == [1.0, 3.5]


def test_a_recovery_waits_for_room():
    line = plan(
        step("a", 3.0, draws=((0, 4.0),)), step("b", 1.0, recoveries=((0, 4.0),)),
        tanks=(PlanTank("thf", 6.0, 6.0, on_full="block"),), end_h=8.0,
    )  # fmt: skip
    assert times(line, Kind.RECOVER, "b") == [1.0, 3.0, 6.0]
    assert times(line, Kind.BLOCK, "b") == [2.0, 4.0, 7.0]


def test_by_products_leave_beside_the_product():
    outlets = (Outlet((SHIP,), 0.9), Outlet((WASTE,), 0.1), Outlet((0,), 0.2))
    line = plan(
        step("a", 1.0, charge=10.0, outlets=outlets), step("wash", 0.5, one_lot=True, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("cake", 1, 1.0, "lots")], end_h=1.6,
    )  # fmt: skip
    assert story(line, Kind.SHIP, Kind.DUMP, Kind.PUT) == [
        (1.0, "SHIP", "a", 9.0), (1.0, "DUMP", "a", 1.0), (1.0, "PUT", "a", 2.0), (1.5, "SHIP", "wash", 2.0)
    ]  # fmt: skip


def test_arrivals_without_room_are_refused():
    line = plan(step("a", 10.0, release=Release("interval", fixed(1.0), room=2)), end_h=5.5)
    assert times(line, Kind.ARRIVE, "a") == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert times(line, Kind.REFUSE, "a") == [4.0, 5.0]


# -- slots -------------------------------------------------------------------------------------------------------------


def kiln(**extra):
    return step("kiln", 10.0, charge=2.0, slots=5, **extra)


def test_a_kiln_makes_slots_times_charge_per_residence():
    line = plan(kiln(pitch_h=2.0), end_h=110.5)
    shipped = story(line, Kind.SHIP)
    assert sum(row[3] for row in shipped) == pytest.approx(5 * 2.0 / 10.0 * 100.0, rel=0.03)


def test_the_pitch_lies_between_two_starts():
    line = plan(kiln(pitch_h=1.5), end_h=60.0)
    starts = np.array(times(line, Kind.START, "kiln"))
    assert np.diff(starts).min() >= 1.5 - 1e-12
    assert starts[:5].tolist() == [0.0, 1.5, 3.0, 4.5, 6.0]
    assert starts[5] == 10.0


def test_a_failure_of_the_kiln_moves_all_ends():
    line = plan(kiln(pitch_h=2.0, failures=(Failure("hours", fixed(9.0), fixed(3.0)),)), end_h=21.0)
    assert times(line, Kind.DOWN, "kiln") == [9.0] * 5
    assert times(line, Kind.UP, "kiln") == [12.0] * 5
    # 10 h residence, 3 h standing; the clock is hours in which any slot runs, so the next failure is at 12 + 9
    assert times(line, Kind.FINISH, "kiln") == [13.0, 15.0, 17.0, 19.0]
    assert times(line, Kind.START, "kiln") == [0.0, 2.0, 4.0, 6.0, 8.0, 13.0, 15.0, 17.0, 19.0]


def test_a_kiln_may_fail_by_operations():
    line = plan(kiln(pitch_h=2.0, failures=(Failure("operations", fixed(2.0), fixed(1.0)),)), end_h=14.0)
    assert sorted(set(times(line, Kind.DOWN, "kiln"))) == [12.0]


# -- deadlock ----------------------------------------------------------------------------------------------------------


def deadlock(line):
    with pytest.raises(DeadlockError) as caught:
        simulate(line, seed=0, replication=0)
    return caught.value


def test_deadlock_of_a_merge_starved_by_its_own_split():
    error = deadlock(
        plan(
            step("split", 1.0, outlets=(Outlet((0,), 0.5), Outlet((1,), 0.5))),
            step("join", 1.0, charge=2.0, inlets=((0, 1.0), (1, 3.0))),
            buffers=[PlanBuffer("main", 1, 4.0), PlanBuffer("side", 1, 10.0)], end_h=1000.0,
        )
    )  # fmt: skip
    assert error.step == "r/split"
    assert "full: main" in error.text
    assert error.time_h < 50.0


def test_deadlock_of_places_held_crosswise():
    def phases(first, second):
        return (Phase("x", fixed(1.0)), Phase("y", fixed(1.0), resources=((second, 1),)))

    error = deadlock(
        plan(
            step("a", held=((0, 1),), phases=phases(0, 1)), step("b", held=((1, 1),), phases=phases(1, 0)),
            step("elsewhere", 1.0), resources=(PlanResource("glovebox", 1), PlanResource("hood", 1)), end_h=1000.0,
        )
    )  # fmt: skip
    assert error.time_h == 1.0
    assert "r/a (waits for a resource), r/b (waits for a resource)" in error.text


def test_deadlock_of_a_loop_through_full_buffers():
    inspection = Inspection(pass_probability=0.0, fail_place=0)
    error = deadlock(
        plan(
            step("feed", 1.0, to=(0,)), step("anneal", 1.0, to=(1,), one_lot=True, inlets=((0, 1.0),)),
            step("inspect", 1.0, one_lot=True, inlets=((1, 1.0),), inspection=inspection),
            step("elsewhere", 1.0),
            buffers=[PlanBuffer("x", 1, 2.0, "lots"), PlanBuffer("y", 2, 1.0, "lots")], end_h=1000.0,
        )
    )  # fmt: skip
    assert {"r/anneal", "r/inspect"} <= {word.strip(" (),;") for word in error.text.split()}
    assert "x" in error.text.split("full: ")[1]
    assert error.time_h < 20.0


def test_deadlock_of_a_tank_that_nobody_fills():
    error = deadlock(
        plan(
            step("a", 1.0, to=(0,), draws=((0, 4.0),)),
            step("b", 1.0, charge=2.0, inlets=((0, 1.0),), recoveries=((0, 4.0),)),
            step("elsewhere", 1.0), buffers=[PlanBuffer("x", 1, 9.0)],
            tanks=(PlanTank("thf", INF, 4.0, on_empty="wait"),), end_h=1000.0,
        )
    )  # fmt: skip
    assert error.step == "r/a"
    assert error.time_h == 1.0
    assert "waits for a tank" in error.text


def test_deadlock_of_a_charge_larger_than_its_buffer():
    error = deadlock(
        plan(
            step("a", 1.0, to=(0,)), step("b", 1.0, charge=5.0, inlets=((0, 1.0),)),
            buffers=[PlanBuffer("x", 1, 3.0)], end_h=1000.0,
        )
    )  # fmt: skip
    assert (error.step, error.time_h) == ("r/a", 4.0)
    assert str(error) == "at 4 h: r/a: deadlock: r/a (blocked) can never go on; full: x"


def test_deadlock_of_a_knot_that_is_closed_by_going_idle_is_found_at_the_end():
    error = deadlock(
        plan(
            step("split", 1.0, outlets=(Outlet((0,), 0.5), Outlet((1,), 0.5))),
            step("slow", 6.0, to=(2,), one_lot=True, inlets=((1, 1.0),)),
            step("join", 1.0, charge=2.0, inlets=((0, 1.0), (2, 1.0))),
            step("elsewhere", 1.0),
            buffers=[PlanBuffer("x", 2, 1.2), PlanBuffer("y", 1, 9.0), PlanBuffer("z", 2, 9.0)], end_h=1000.0,
        )
    )  # fmt: skip
    assert error.step == "r/split"
    assert error.time_h < 40.0


def test_deadlock_where_nothing_can_ever_happen():
    never = Calendar("never", False, ())
    assert deadlock(plan(step("a", 1.0, calendar=1), calendars=(ALWAYS_OPEN, never))).time_h == 0.0


def test_a_closed_calendar_is_no_deadlock():
    night = Calendar("night", False, (15.0,))
    line = plan(
        step("a", 1.0, to=(0,)), step("b", 1.0, one_lot=True, inlets=((0, 1.0),), calendar=1),
        buffers=[PlanBuffer("x", 1, 2.0, "lots")], calendars=(ALWAYS_OPEN, night), end_h=18.5,
    )  # fmt: skip
    assert times(line, Kind.SHIP, "b") == [16.0, 17.0, 18.0]
    simulate(replace(line, horizon_h=10.0), seed=0, replication=0)


def test_a_resource_off_shift_is_no_deadlock():
    night = Calendar("night", False, (15.0,))
    line = plan(
        step("a", 1.0, phases=(Phase("run", fixed(1.0), resources=((0, 1),)),)),
        resources=(PlanResource("operator", 1, 1),), calendars=(ALWAYS_OPEN, night), end_h=17.5,
    )  # fmt: skip
    assert times(line, Kind.SHIP, "a") == [16.0, 17.0]


def test_a_repair_in_a_blocked_line_is_no_deadlock():
    line = plan(
        step("a", 1.0, to=(0,)),
        step("b", 1.0, one_lot=True, inlets=((0, 1.0),), failures=(Failure("hours", fixed(1.5), fixed(8.0)),)),
        buffers=[PlanBuffer("x", 1, 0.0, "lots")], end_h=18.5,
    )  # fmt: skip
    assert times(line, Kind.SHIP, "b") == [2.0, 11.0, 12.0]


def test_a_full_buffer_that_expires_is_no_deadlock():
    line = plan(
        step("a", 1.0, to=(0,)), step("b", 1.0, charge=5.0, inlets=((0, 1.0),)),
        buffers=[PlanBuffer("x", 1, 3.0, max_wait_h=4.0)], end_h=50.0,
    )  # fmt: skip
    assert len(times(line, Kind.SCRAP, "b")) > 5
