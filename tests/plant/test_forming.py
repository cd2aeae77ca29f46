"""Films from vapour and presses: how long they take, what they take in, and that every atom is somewhere."""

import pytest
from support.routes import lined

from sim.engine import Engine, simulate
from sim.inputs import load_library
from sim.plant.operations import run_hours

LIBRARY = load_library()
PLATES = "id: load, batch: 10 kg, recipe: {LLZTO: 1 kg}, areal_mass: 1 kg/m2"
HEAD = {"kind": "membrane", "product": {"material": "coated", "unit": "m2"}}


def coated(deposit, step="batch: 5 m2", plates=PLATES):
    return lined(plates, f"id: coat, {step}, deposit: {{{deposit}}}", **HEAD)


def hours(line, charge=1.0):
    return run_hours(line.route.steps[1], line.flowsheet.steps["coat"], charge)


def sides(line):
    return {(side.material, side.direction): side.kg for side in line.flowsheet.steps["coat"].sides}


ABLATED = "film: ZrO2, thickness: 3 um, utilisation: {ZrO2: 30 %}, growth: 2 um/h"


def test_a_load_takes_its_pump_down_heating_growth_cooling_and_venting():
    line = coated(f"{ABLATED}, phases: {{pump_down: 90 min, heat_up: 1 h, cool_down: 75 min, vent: 15 min}}")

    # 3 um at 2 um/h are 1.5 h, and 1.5 + 1 + 1.25 + 0.25 h beside them
    assert hours(line) == (pytest.approx(5.5), False)


def test_cycles_take_the_sum_of_their_pulses_and_purges():
    pulses = "[{of: ZrCl4, dose: 3 s, purge: 10 s}, {of: water, dose: 0.2 s, purge: 10 s}]"
    line = coated(
        "film: ZrO2, thickness: 49 nm, reaction: ZrCl4 + 2 water -> ZrO2 + 4 HCl, "
        f"utilisation: {{ZrCl4: 20 %, water: 5 %}}, cycle: {{growth: 0.098 nm, pulses: {pulses}}}"
    )

    # 500 cycles of 23.2 s
    assert hours(line) == (pytest.approx(500 * 23.2 / 3600), False)


def test_a_web_goes_as_fast_as_its_zone_lets_it_grow():
    line = coated(f"{ABLATED}, zone: 6 m", "width: 0.5 m")

    # 6 m at 2 um/h grow 3 um in 1.5 h: 4 m/h or 2 m2/h
    assert hours(line) == (pytest.approx(0.5), True)


def test_a_spatial_web_goes_by_its_cycles():
    cycle = "cycle: {growth: 0.1 nm, pulses: [{of: ZrO2, dose: 0.2 s, purge: 0.3 s}]}"
    line = coated(f"film: ZrO2, thickness: 5 nm, utilisation: {{ZrO2: 10 %}}, {cycle}, zone: 2 m", "width: 1 m")

    # 50 cycles of 0.5 s, 25 s for 2 m: 288 m/h
    assert hours(line) == (pytest.approx(1 / 288), True)


def test_what_is_ablated_reaches_the_film_by_its_utilisation():
    line = coated(ABLATED)
    flow, density = line.flowsheet.steps["coat"], LIBRARY.materials["ZrO2"].density.value

    film = 3e-6 * density
    assert flow.feeds == {"ZrO2": pytest.approx(film / 0.3)}
    assert flow.primary.stream.kg_per_unit == {"LLZTO": pytest.approx(1.0), "ZrO2": pytest.approx(film)}
    assert sides(line) == {("ZrO2", "waste"): pytest.approx(film * 0.7 / 0.3)}


def test_by_products_are_emitted_and_what_is_not_used_is_trapped():
    line = coated(
        "film: ZrO2, thickness: 1 um, reaction: ZrCl4 + 2 water -> ZrO2 + 4 HCl, "
        "utilisation: {ZrCl4: 25 %, water: 10 %}, growth: 1 um/h"
    )
    mol = 1e-6 * LIBRARY.materials["ZrO2"].density.value / 0.12322

    # 233.03, 18.015 and 36.46 g/mol
    assert line.flowsheet.steps["coat"].feeds["ZrCl4"] == pytest.approx(4 * mol * 0.23303, rel=1e-4)
    assert sides(line) == {
        ("ZrCl4", "waste"): pytest.approx(3 * mol * 0.23303, rel=1e-4),
        ("water", "waste"): pytest.approx(18 * mol * 0.018015, rel=1e-4),
        ("HCl", "emission"): pytest.approx(4 * mol * 0.03646, rel=1e-3),
    }
    assert line.flowsheet.imbalance < 1e-12


def test_a_reactant_without_a_utilisation_is_taken_from_the_substrate():
    plates = "id: load, batch: 10 kg, recipe: {lithium: 1 kg}, areal_mass: 27 g/m2"
    line = coated(
        "film: Li2S, thickness: 0.5 um, reaction: 2 lithium + sulfur -> Li2S, utilisation: {sulfur: 40 %}, growth: 6 um/h",
        plates=plates,
    )
    film = 0.5e-6 * LIBRARY.materials["Li2S"].density.value

    left = line.flowsheet.steps["coat"].primary.stream.kg_per_unit["lithium"]
    assert left == pytest.approx(0.027 - film * 2 * 6.94 / 45.94, rel=1e-4)


def test_twice_the_film_takes_twice_the_growth_and_twice_the_source():
    thin, thick = (coated(ABLATED.replace("3 um", text)) for text in ("3 um", "6 um"))

    assert hours(thick)[0] == pytest.approx(2 * hours(thin)[0])
    assert thick.flowsheet.steps["coat"].feeds["ZrO2"] == pytest.approx(2 * thin.flowsheet.steps["coat"].feeds["ZrO2"])


def test_a_film_of_a_few_atoms_balances_as_well():
    line = coated(ABLATED.replace("3 um", "0.1 nm").replace("2 um/h", "2 nm/h"))

    assert line.flowsheet.imbalance < 1e-9


def test_a_press_is_closed_for_its_dwell_and_what_stands_beside_it():
    press = "pressure: 100 MPa, dwell: 10 min, close: 5 min, openings: 5"
    line = lined(PLATES, f"id: coat, batch: 2 m2, equipment: platen_press, size: 40 MN, press: {{{press}}}", **HEAD)

    assert hours(line) == (pytest.approx(0.25), False)
    # 0.4 m2 on every daylight: 40 MN for all of them, for they are in series; 8 m2/h
    assert line.route.steps[1].press.force(2.0) == pytest.approx(40e6)


def test_both_engines_say_the_same_of_a_film_and_a_press():
    plan = lined(
        PLATES,
        f"id: coat, batch: 5 m2, deposit: {{{ABLATED}, phases: {{pump_down: 1 h}}}}",
        "id: squeeze, batch: 2 m2, press: {pressure: 10 MPa, dwell: 20 min, close: 5 min}",
        **HEAD,
    ).plan

    log = simulate(plan, seed=1, replication=0, engine=Engine.CHECKED, compare=True)
    assert len(log.rows) > 100
