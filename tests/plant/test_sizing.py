import math

import pytest
from support.routes import LIBRARY, lined

from sim.errors import InputError
from sim.inputs.scenario import Plant
from sim.plant.sizing import charge_of, event_loss, lot_of

ARGYRODITE = {"product": {"material": "Li6PS5Cl", "unit": "kg"}}
FILM = {"product": {"material": "film", "unit": "m2"}}
# 5 kg/kg of solvent: 600 kg in the vessel for 100 kg of powder
WET = ("id: mix, feeds: {THF: 5 kg/kg}, batch: %s, duration: 8 h", "id: dry, dry_to: {THF: 0}, duration: 8 h")


def sizes(*steps, **more):
    return lined(*steps, **more).sizing.steps


def test_machines_by_hand():
    # 110 t/y in charges of 100 kg are 1100 charges of 8 h; 8760 h hold 1095 of them, less at a planned load: 2 machines
    found = sizes("id: mix, duration: 8 h", target=110_000.0)["mix"]

    assert (found.machines, found.charge, found.operations_per_year) == (2, 100.0, pytest.approx(1100.0))
    assert found.load == pytest.approx(8800 / (2 * 8760))


def test_a_count_that_just_fits_is_not_raised():
    hours = 8760 * LIBRARY.economics.machine_utilisation.value / 1000

    assert sizes(f"id: mix, duration: {hours} h", target=100_000.0)["mix"].machines == 1
    assert sizes(f"id: mix, duration: {hours * 1.0001} h", target=100_000.0)["mix"].machines == 2


def test_a_given_count_stays_and_a_route_without_target_has_one():
    assert sizes("id: mix, duration: 8 h, machines: 5", target=100_000.0)["mix"].machines == 5
    assert sizes("id: mix, duration: 8 h")["mix"].machines == 1


def test_the_shift_gives_the_hours_and_continuous_steps_have_all():
    plant = Plant(days_per_week=5, shifts_per_day=1)
    found = sizes(
        "id: mix, duration: 1 h", "id: bake, duration: 1 h, calendar: continuous", plant=plant, target=100_000.0
    )

    # 52 weeks of 40 h and one more day of 8 h
    assert found["mix"].load == pytest.approx(1000 / (found["mix"].machines * 2088))
    assert found["bake"].load == pytest.approx(1000 / (found["bake"].machines * 8760))


def test_a_batch_is_the_mass_in_the_vessel_or_what_comes_of_it():
    assert charge_of(*_line(WET[0] % "600 kg", WET[1]), "mix") == pytest.approx(100.0)
    assert charge_of(*_line(WET[0] % "50 kg product", WET[1]), "mix") == pytest.approx(50.0)


def _line(*steps, **more):
    line = lined(*steps, **more)
    return line.graph, line.flowsheet


def test_a_step_without_batch_takes_the_lot_that_comes():
    parts = _line("id: mix, batch: 100 kg, yield: 0.9", "id: pack")

    assert lot_of(*parts, "mix") == pytest.approx(90.0)
    assert charge_of(*parts, "pack") == pytest.approx(90.0)


def test_a_lot_is_cut_to_size():
    assert lot_of(*_line("id: mix, batch: 100 kg, lot: 30 kg", "id: pack"), "mix") == 30.0


def test_the_mill_keeps_its_identity():
    # E = P t / m: 12 kWh/kg x 80 kg / 70 kW = 13.71 h
    found = sizes("id: mill, batch: 80 kg, dose: 12 kWh/kg, power: 70 kW")["mill"]
    assert found.operation_h == pytest.approx(12 * 80 / 70)

    # a duration within 2 % is the same figure, rounded
    assert sizes("id: mill, batch: 80 kg, dose: 12 kWh/kg, power: 70 kW, duration: 13.7 h")[
        "mill"
    ].operation_h == pytest.approx(12 * 80 / 70)
    with pytest.raises(InputError, match=r"E = P t / m does not hold: .* takes 13.71 h, not 12 h"):
        sizes("id: mill, batch: 80 kg, dose: 12 kWh/kg, power: 70 kW, duration: 12 h")


def test_an_operation_holds_phases_cleaning_and_repairs():
    step = (
        "id: mix, duration: 4 h, phases: {load: 1 h, unload: 0.5 h}, operators: 2, "
        "clean: {every: 10, duration: 5 h, operators: 1}, setup: {duration: 1 h}, "
        "failures: [{after: 55 h, repair: 3 h}]"
    )
    found = sizes(step, target=100_000.0)["mix"]

    # 5.5 h run and handled; a tenth of (5 + 1) h of cleaning and set-up; a tenth of (3 + 1) h of repair and set-up
    assert found.operation_h == pytest.approx(5.5 + 0.6 + 0.4)
    # 2 x 1.5 h of loading and unloading, a tenth of 5 h of cleaning, 1000 times
    assert found.operator_h_per_year == pytest.approx(1000 * (3.0 + 0.5))


def test_slots_share_a_machine_but_not_faster_than_the_pitch():
    assert sizes("id: bake, duration: 10 h, slots: 5, pitch: 1 h")["bake"].operation_h == pytest.approx(2.0)
    assert sizes("id: bake, duration: 10 h, slots: 5, pitch: 3 h")["bake"].operation_h == pytest.approx(3.0)


def test_a_rate_is_that_of_the_stream_out_and_a_web_runs_at_its_speed():
    assert sizes("id: mix", "id: sieve, rate: 50 kg/h, yield: 0.5")["sieve"].operation_h == pytest.approx(2.0)
    coat = "id: coat, areal_mass: 0.05 kg/m2, batch: 70 kg, speed: 10 m/min, width: 1 m"
    # 70 kg are 1400 m2, at 600 m2/h
    assert sizes("id: mix", coat, **FILM)["coat"].operation_h == pytest.approx(1400 / 600)


def test_losses_per_event_as_a_share_of_the_stream():
    graph, streams = _line(
        "id: mill, batch: 80 kg, clean: {every: 30, duration: 8 h}, loss: [{per: clean, amount: 10 kg}]"
    )
    assert event_loss(graph, streams, "mill") == pytest.approx(10 / 30 / 80)

    coat = "id: coat, areal_mass: 0.05 kg/m2, batch: 70 kg, speed: 10 m/min, width: 0.5 m, loss: [%s], failures: [%s]"
    lot = _line("id: mix", coat % ("{per: lot, amount: 7 m}", ""), **FILM)
    assert event_loss(*lot, "coat") == pytest.approx(3.5 / 1400)
    # 1400 m2 of 0.5 m are 2800 m of web: 1.4 breaks of 20 m2 each
    breaks = _line("id: mix", coat % ("{per: failure, amount: 40 m}", "{after: 2000 m, repair: 1 h}"), **FILM)
    assert event_loss(*breaks, "coat") == pytest.approx(1.4 * 20 / 1400)


def test_losses_raise_the_operations():
    found = sizes("id: mill, batch: 80 kg, loss: [{per: lot, amount: 8 kg}]", target=80_000.0)["mill"]

    # the first order: a tenth lost, a tenth more
    assert found.operations_per_year == pytest.approx(1100.0)


def test_operators_are_as_many_as_they_are_busy_and_at_least_one_crew():
    busy = lined("id: mix, duration: 8 h, operators: 3, machines: 2", target=100_000.0).sizing
    # 1000 x 8 h x 3 = 24,000 h over 8760 h and the share that they can be busy
    wanted = math.ceil(24_000 / 8760 / LIBRARY.economics.operator_utilisation.value)
    assert (busy.operators, busy.posts) == (wanted, wanted)
    assert busy.people == pytest.approx(wanted * 8760 / LIBRARY.economics.paid_hours.value)

    idle = lined("id: mix, operators: 7", target=100.0, staff={"control": "2 persons"}).sizing
    assert (idle.operators, idle.posts) == (7, 9.0)


def test_a_crew_comes_on_top_of_the_operators():
    found = lined("id: mix, operators: 1, crew: 2 persons", target=100.0, staff={"control": "1 persons"}).sizing
    assert (found.operators, found.posts) == (1, 4.0)


def test_the_volume_is_that_of_the_materials():
    found = sizes(WET[0] % "600 kg", WET[1])["mix"]

    # 100 kg of Li2S at 1640 and 500 kg of THF (with its water) near 888 kg/m3
    assert found.charge_kg == pytest.approx(600.0, rel=1e-3)
    assert found.volume_m3 == pytest.approx(100 / 1640 + 500 / 888, rel=0.01)


def test_a_step_may_take_no_time_but_not_the_first():
    assert sizes("id: mix", "id: mark, duration: 0 h")["mark"].operation_h == 0.0
    with pytest.raises(InputError, match="an operation of 0 h is too short to simulate"):
        sizes("id: mix, duration: 0 h")
