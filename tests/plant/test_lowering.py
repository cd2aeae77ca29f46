import math

import pytest
from support.routes import LIBRARY, lined

from sim.engine.plan import SHIP, WASTE, Failure, Loss, Outlet, Release
from sim.errors import InputError
from sim.inputs.laws import Law
from sim.inputs.scenario import Plant

FILM = {"product": {"material": "film", "unit": "m2"}}


def planned(*steps, **more):
    return lined(*steps, **more).plan


def fixed(hours):
    return Law("fixed", (hours,))


def test_steps_buffers_and_outlets_are_joined_by_number():
    plan = planned("id: a", "id: b, batch: 50 kg")

    assert [step.name for step in plan.steps] == ["small/a", "small/b"]
    assert plan.steps[0].outlets == (Outlet((0,), 1.0),)
    assert plan.steps[1].inlets == ((0, 1.0),)
    assert plan.steps[1].outlets == (Outlet((SHIP,), 1.0),)
    assert (plan.buffers[0].name, plan.buffers[0].consumer) == ("small/b", 1)


def test_a_default_buffer_holds_two_charges_beside_the_lot_that_arrives():
    by_amount = planned("id: a, batch: 100 kg", "id: b, batch: 30 kg").buffers[0]
    assert (by_amount.capacity, by_amount.unit) == (pytest.approx(2 * 30 + 100), "amount")

    # three machines: a charge each and one more
    many = planned("id: a, batch: 100 kg", "id: b, batch: 30 kg, machines: 3").buffers[0]
    assert many.capacity == pytest.approx(4 * 30 + 100)

    by_lot = planned("id: a", "id: b, machines: 3").buffers[0]
    assert (by_lot.capacity, by_lot.unit) == (6.0, "lots")


def test_a_given_buffer_is_taken():
    buffer = planned("id: a", "id: b, batch: 30 kg, buffer: {capacity: 150 kg, max_wait: 8 h, decay: 1 %/h}").buffers[0]

    assert (buffer.capacity, buffer.max_wait_h, buffer.decay_per_h) == (150.0, 8.0, pytest.approx(0.01))
    assert planned("id: a", "id: b, buffer: 0 lots").buffers[0].capacity == 0.0


def test_a_buffer_must_hold_a_charge_beside_a_lot_that_does_not_fit_it():
    # 30 kg may lie there when a lot of 100 kg arrives
    assert planned("id: a", "id: b, batch: 30 kg, buffer: 130 kg").buffers[0].capacity == 130.0
    with pytest.raises(InputError, match="expected at least 130 kg, found '129 kg'"):
        planned("id: a", "id: b, batch: 30 kg, buffer: 129 kg")
    # lots of just a charge need the room of one
    assert planned("id: a", "id: b, batch: 100 kg, buffer: 100 kg").buffers[0].capacity == 100.0


def test_merged_inlets_have_buffers_of_their_own():
    plan = planned(
        "id: a, next: c",
        "id: b, recipe: {LiCl: 1 kg}, batch: 10 kg, next: c",
        "id: c, inlets: {a: 1, b: 0.2}, batch: 100 kg, buffer: {a: 300 kg}",
    )

    assert [(buffer.name, buffer.capacity) for buffer in plan.buffers] == [
        ("small/c<a", 300.0),
        ("small/c<b", pytest.approx(2 * 100 / 6 + 10)),
    ]  # 100 kg in the vessel are 5/6 of a and 1/6 of b
    assert plan.steps[2].inlets == ((0, 1.0), (1, 0.2))
    assert [step.outlets[0].places for step in plan.steps] == [(0,), (1,), (SHIP,)]


def test_the_second_inlet_of_a_step_that_takes_single_lots_is_counted_by_amount():
    plan = planned("id: a, next: c", "id: b, recipe: {LiCl: 1 kg}, next: c", "id: c, inlets: {a: 1, b: 0.2}")

    assert [buffer.unit for buffer in plan.buffers] == ["lots", "amount"]


def test_rework_has_a_queue_and_failed_lots_end_in_waste():
    plan = planned("id: a", "id: b", "id: test, inspect: {pass: 0.8, fail: rework -> b, passes: 2}")

    assert [(buffer.name, buffer.rework) for buffer in plan.buffers] == [
        ("small/b", False), ("small/b<rework", True), ("small/test", False),
    ]  # fmt: skip
    inspection = plan.steps[2].inspection
    assert (inspection.rework, inspection.max_passes, inspection.fail_place) == (1, 2, WASTE)


def test_lots_that_fail_may_go_to_a_step():
    plan = planned(
        "id: a, quality: {set: 2 mS/cm}",
        "id: test, inspect: {limit: 1 mS/cm, error: 0.1, fail: mend}, next: pack",
        "id: mend, next: pack",
        "id: pack",
    )

    inspection = plan.steps[1].inspection
    assert (inspection.limit, inspection.error) == (1.0, Law("lognormal", (1.0, 0.1)))
    assert plan.buffers[inspection.fail_place].name == "small/mend"
    assert inspection.rework is None


def test_phases_hold_operators_when_attended():
    phases = planned("id: a, duration: 4 h, phases: {load: 1 h, unload: 0.5 h}, operators: 2").steps[0].phases

    assert [(phase.name, phase.duration_h, phase.resources) for phase in phases] == [
        ("load", fixed(1.0), ((0, 2),)), ("run", fixed(4.0), ()), ("unload", fixed(0.5), ((0, 2),)),
    ]  # fmt: skip
    assert planned("id: a, operators: 2").steps[0].phases[0].resources == ((0, 2),)
    by_phase = planned("id: a, phases: {load: 1 h}, operators: {run: 1, load: 3}").steps[0].phases
    assert [phase.resources for phase in by_phase] == [((0, 3),), ((0, 1),)]


def test_a_rate_runs_by_the_amount():
    (run,) = planned("id: a", "id: b, rate: 50 kg/h, yield: 0.5").steps[1].phases

    # the machine handles the kg that comes in
    assert (run.duration_h, run.per_amount) == (fixed(1 / 50), True)


def test_places_are_counted_from_one_and_operators_come_first():
    plan = planned("id: a, resources: {kiln: 2, box: 1}", places={"box": 3, "kiln": 4})

    assert [(resource.name, resource.capacity) for resource in plan.resources] == [
        ("operators", 1),
        ("box", 3),
        ("kiln", 4),
    ]
    assert plan.steps[0].held == ((2, 2), (1, 1))


def test_failures_have_the_clock_of_their_unit():
    modes = "[{after: exponential(600) h, repair: 2 h, operators: 1}, {after: 5000 kg, repair: 1 h}, {after: 30 operations, repair: 1 h}]"
    failures = planned(f"id: a, failures: {modes}").steps[0].failures

    assert failures == (
        Failure("hours", Law("exponential", (600.0,)), fixed(2.0), ((0, 1),)),
        Failure("amount", fixed(5000.0), fixed(1.0)),
        Failure("operations", fixed(30.0), fixed(1.0)),
    )


def test_metres_of_web_become_its_area():
    coat = "id: coat, areal_mass: 0.05 kg/m2, batch: 70 kg, speed: 10 m/min, width: 0.5 m, loss: [{per: start, amount: 60 m}], failures: [{after: exponential(3000) m, repair: 1 h}]"
    step = planned("id: a", coat, **FILM).steps[1]

    assert step.failures[0].to_failure == Law("exponential", (1500.0,))
    assert step.losses == (Loss("start", 30.0),)


def test_equipment_fails_without_memory_and_is_repaired_with_scatter():
    entry = LIBRARY.equipment["cone_blender"]
    step = planned("{id: a, equipment: cone_blender, size: 1 m3, failures: null}"[1:-1]).steps[0]

    assert step.failures == (
        Failure("hours", Law("exponential", (entry.mtbf.value,)), Law("lognormal", (entry.mttr.value, 1.0))),
    )


def test_first_steps_are_released_as_told_or_at_the_pace_of_the_target():
    assert planned("id: a").steps[0].release == Release("capacity")
    # 1000 charges in 8760 h
    assert planned("id: a", target=100_000.0).steps[0].release == Release("interval", fixed(8.76))
    assert planned("id: a, release: {at: capacity}", target=100_000.0).steps[0].release == Release("capacity")
    drawn = "id: a, release: {interval: exponential(3) h, room: 5}"
    assert planned(drawn, target=1.0).steps[0].release == Release("interval", Law("exponential", (3.0,)), 5)
    # 100 kg become 50 kg, at 10 kg/h every 5 h
    assert planned("id: a, yield: 0.5, release: {rate: 10 kg/h}").steps[0].release == Release("interval", fixed(5.0))
    assert planned("id: a", "id: b").steps[1].release is None


def test_charges_lots_and_least_charges():
    plan = planned("id: a, batch: 100 kg, min_batch: 0.8, lot: 30 kg", "id: b")

    assert (plan.steps[0].charge_max, plan.steps[0].charge_min, plan.steps[0].one_lot) == (100.0, 80.0, False)
    assert plan.steps[0].outlets[0].lot_size == 30.0
    assert plan.steps[1].one_lot
    assert plan.steps[1].outlets[0].lot_size == math.inf


def test_tanks_are_drawn_from_and_filled():
    plan = planned(
        "id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg",
        "id: dry, dry_to: {THF: 0}, recover: {THF: {recycle: 0.9, purge: 0.1, vent: 0}}",
        tanks={"THF": {"capacity": "10 t", "initial": "5 t", "on_full": "block"}},
    )

    (tank,) = plan.tanks
    assert (tank.name, tank.capacity_kg, tank.initial_kg, tank.on_full, tank.on_empty) == (
        "small/THF",
        1e4,
        5e3,
        "block",
        "buy",
    )
    assert plan.steps[0].draws == ((0, pytest.approx(1.0)),)
    assert plan.steps[1].recoveries == ((0, pytest.approx(0.45)),)


def test_calendars_are_the_plant_and_always():
    plan = planned("id: a", "id: b, calendar: continuous", plant=Plant(days_per_week=6))

    assert [step.calendar for step in plan.steps] == [0, 1]
    assert plan.calendars[0].switches_h[:2] == (144.0, 168.0)
    assert plan.calendars[1].switches_h == ()
    assert [resource.calendar for resource in plan.resources] == [0]
