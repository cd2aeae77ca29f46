"""Cold, vacuum, dry air, jackets and the duties of a step, against numbers worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import routes

from sim.flowsheet import heat
from sim.inputs.library import load_library

LIBRARY = load_library()
CHILLER = LIBRARY.services.chiller
THF = (339.15, 414 * 0.072107)  # 29.85 kJ/mol
WET = {"product": {"material": "Li2S", "unit": "kg"}}


def cop(celsius):
    values = {"condensing_k": CHILLER.condensing.value, "approach_k": CHILLER.approach.value}
    values |= {"efficiency": CHILLER.efficiency.value, "most": CHILLER.most.value}
    return heat.coefficient_of_performance(273.15 + celsius, **values)


def duties(*steps, **more):
    flow = routes.solved(*steps, **{**WET, **more}).steps
    return {(duty.section, duty.use): duty.kwh for duty in flow[list(flow)[-1]].duties}


# -- cold


def test_a_chiller_needs_more_electricity_the_colder_it_gets():
    # 15 degC: 0.5 x 281.15 / (313.15 - 281.15) = 4.393; -10 degC: 0.5 x 256.15 / 57 = 2.247
    assert cop(15) == pytest.approx(4.393, abs=1e-3)
    assert cop(-10) == pytest.approx(2.247, abs=1e-3)


@pytest.mark.parametrize(("celsius", "low", "high"), [(5, 3.0, 4.0), (10, 3.0, 4.0), (-15, 2.0, 2.5), (-40, 1.0, 1.31)])
def test_the_chiller_of_the_catalogue_is_one_that_is_sold(celsius, low, high):
    assert low < cop(celsius) < high


@given(st.floats(-80, 100), st.floats(0.01, 50))
def test_colder_is_never_cheaper(celsius, less):
    assert 0.0 < cop(celsius - less) <= cop(celsius) <= CHILLER.most.value


def test_what_is_warmer_than_the_condenser_is_cooled_by_water():
    assert cop(60) == cop(46.9) == CHILLER.most.value


def test_the_vendors_figure_stands_in_place_of_the_temperature():
    step = "id: dry, dry_to: {THF: 0}, condense: {%s}"
    mix = "id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg"
    # half a kg per kg, 0.1346 kWh/kg: over 2, and over the 2.247 of -10 degC
    assert duties(mix, step % "cop: 2") == pytest.approx({("", "condensing"): 0.5 * 0.1346 / 2}, abs=1e-4)
    assert duties(mix, step % "at: -10 degC") == pytest.approx({("", "condensing"): 0.5 * 0.1346 / 2.247}, abs=1e-4)


# -- vacuum


def test_thf_condenses_at_minus_10_degrees_from_48_mbar_on():
    # ln(p / 1013 mbar) = 29.85 / 0.0083145 x (1/339.15 - 1/263.15) = 3590 x -8.516e-4 = -3.057, so 47.6 mbar
    assert heat.saturation_pressure(263.15, *THF) / 100 == pytest.approx(47.6, abs=0.2)


@given(st.floats(200, 400), st.floats(250, 500), st.floats(20, 60))
def test_saturation_pressure_and_temperature_undo_each_other(temperature, boiling, vaporisation):
    pressure = heat.saturation_pressure(temperature, boiling, vaporisation)
    assert heat.saturation_temperature(pressure, boiling, vaporisation) == pytest.approx(temperature, rel=1e-9)


def test_what_evaporates_at_the_boiling_point_has_the_pressure_of_the_atmosphere():
    assert heat.saturation_pressure(339.15, *THF) == heat.ATMOSPHERE_PA


def test_leak_gas_leaves_the_condenser_saturated():
    # 300 mbar, 48 mbar of vapour: 0.1 mol of leak gas carry 0.1 x 48 / 252 = 0.019 mol of vapour, 0.119 in all
    assert heat.pumped(30000.0, 4800.0, 0.1) == pytest.approx(0.1 * 300 / 252)


def test_a_condenser_that_is_too_warm_sends_all_vapour_to_the_pump():
    assert heat.pumped(1000.0, 4800.0, 0.1) == 1.1


@given(st.floats(10, 1e5), st.floats(1, 1e5), st.floats(0.001, 1.0))
def test_the_pump_carries_at_least_the_leak_and_at_most_everything(pressure, saturation, leak):
    assert leak <= heat.pumped(pressure, saturation, leak) <= 1.0 + leak


def test_a_pump_compresses_to_the_atmosphere():
    # R T = 2.479 kJ/mol, ln(1013.25 / 10) = 4.618, over 0.3 and 3600
    assert heat.pump_work(1000.0, 0.3) == pytest.approx(2.479 * 4.618 / 0.3 / 3600, rel=1e-3)
    assert heat.pump_work(heat.ATMOSPHERE_PA, 0.3) == 0.0


def test_the_pump_of_a_dryer_by_hand():
    # 0.5 kg THF = 6.934 mol per kg; at -50 degC 4.13 of 10 mbar: 0.1 x 10 / 5.87 = 0.1704 mol/mol at 38.2 kJ/mol
    mix = "id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg"
    found = duties(mix, "id: dry, dry_to: {THF: 0}, condense: {at: -50 degC, pressure: 10 mbar}")
    assert found["", "vacuum"] == pytest.approx(6.934 * 0.1704 * 38.16 / 3600, rel=2e-3)


def test_the_vendors_vacuum_goes_by_what_evaporates():
    mix = "id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg"
    found = duties(mix, "id: dry, dry_to: {THF: 0}, condense: {cop: 2, vacuum: 0.04 kWh/kg}")
    assert found["", "vacuum"] == pytest.approx(0.02)


# -- dry air


@pytest.mark.parametrize(
    ("celsius", "pascal"), [(0.01, 611.657), (-20, 103.26), (-40, 12.84), (-60, 1.081), (-80, 0.0547)]
)
def test_vapour_pressure_over_ice_is_that_of_the_tables(celsius, pascal):
    assert heat.ice_pressure(273.15 + celsius) == pytest.approx(pascal, rel=2e-3)


def test_people_need_dry_air_by_the_water_they_give_off():
    # -40 degC room, -60 degC supply: x = 0.622 (12.84 - 1.08) / 101325 = 72.2e-6; 0.110 / (1.2 x 72.2e-6) = 1,270 m3/h
    room = LIBRARY.rooms["dry_room_40"]
    assert heat.dry_air_per_person(room) == pytest.approx(1270, rel=5e-3)
    assert heat.dry_air_per_person(LIBRARY.rooms["open_hall"]) == 0.0


def test_at_minus_60_degrees_only_full_suits_make_sense():
    # 15 g/h: x = 0.622 (1.082 - 0.122) / 101325 = 5.90e-6, 2,120 m3/h; in ordinary dress seven times as much
    room = LIBRARY.rooms["dry_room_60"]
    assert heat.dry_air_per_person(room) == pytest.approx(2120, rel=5e-3)
    dressed = room.model_copy(update={"water_per_person": LIBRARY.rooms["dry_room_40"].water_per_person})
    assert heat.dry_air_per_person(dressed) > 15000


@pytest.mark.parametrize(("name", "low", "high"), [("dry_room_40", 0.2, 0.5), ("dry_room_60", 0.3, 1.0)])
def test_dry_rooms_with_a_person_in_75_m2_draw_what_plants_report(name, low, high):
    room = LIBRARY.rooms[name]
    people = heat.dry_air_per_person(room) * room.air_power.value / 75.0
    assert low < room.power.value + people < high
    # 25 W/m3 of a published process model lie within the range of the empty room
    assert room.power.low <= 0.025 * room.height.value * 2.0


# -- jackets


def test_the_shell_of_a_cylinder():
    # s = 1: D = (4 x 0.9 / pi)^(1/3) = 1.0465 m, pi D^2 = 3.440 m2
    assert heat.cylinder_area(0.9, 1.0) == pytest.approx(3.440, abs=1e-3)


@given(st.floats(0.01, 10), st.floats(0.5, 5))
def test_a_jacket_grows_more_slowly_than_its_volume(volume, slenderness):
    ratio = heat.cylinder_area(8 * volume, slenderness) / heat.cylinder_area(volume, slenderness)
    assert ratio == pytest.approx(4.0)


def test_the_mill_of_the_catalogue_sheds_forty_kilowatts():
    # 40 kW / 150 kW/m3 = 0.2667 m3: 1.751 m2 x 2 x 0.190 kW/m2/K x 60 K = 39.9 kW
    mill = LIBRARY.equipment["stirred_mill"]
    assert heat.jacket_limit(mill.jacket, mill.volume(40.0)) == pytest.approx(39.9, abs=0.1)


def test_a_mill_of_the_catalogue_has_the_power_of_an_attritor_and_not_of_a_drum():
    density = LIBRARY.equipment["stirred_mill"].power_density
    assert density.low > 44.0
    # half the size has 2^(1/3) times the shell per volume: mills are numbered up small
    jacket = LIBRARY.equipment["stirred_mill"].jacket
    assert 2.0 * heat.jacket_limit(jacket, 0.1) == pytest.approx(2.0 ** (1 / 3) * heat.jacket_limit(jacket, 0.2))


MILL = "id: a, equipment: stirred_mill, size: 40 kW, batch: 26 kg, failures: [], dose: 12 kWh/kg, power: %s, cooling: {fraction: 0.95, at: 15 degC}"


def test_a_mill_that_cannot_be_cooled_is_a_doubt_with_its_duration():
    assert not routes.doubted(routes.lined(MILL % "40 kW"))
    # 0.95 x 70 = 66.5 kW against 39.9; 312 kWh at 70 x 39.9 / 66.5 kW take 7.43 h instead of 4.46 h
    (text,) = routes.doubted(routes.lined(MILL % "70 kW"))
    assert text.endswith(
        "a: 66.5 kW are to be cooled and 39.9 kW pass through jacket and rotor; "
        "at a power that can be cooled a charge takes 7.43 h, not 4.46 h"
    )


# -- condensers that do not condense


def dryer(condense, solvent="THF"):
    line = routes.lined(
        f"id: mix, feeds: {{{solvent}: 1 kg/kg}}, batch: 200 kg",
        f"id: dry, dry_to: {{{solvent}: 0}}, condense: {{{condense}}}",
    )
    return routes.doubted(line)


def test_a_warm_condenser_in_deep_vacuum_is_a_doubt_that_names_the_way_out():
    (text,) = dryer("at: -10 degC, pressure: 10 mbar")
    # 47.6 mbar x 1.1 = 52.4; 10 / 1.1 = 9.09 mbar: 1/T = 1/339.15 + ln(1013.25 / 9.09) / 3590 gives 234.6 K
    assert text.endswith(
        "dry: at -10 degC THF condenses above 52.4 mbar only, so all of it passes the pump: "
        "10 mbar needs a condenser below -38.5 degC"
    )


@pytest.mark.parametrize(
    "condense", ["at: -39 degC, pressure: 10 mbar", "at: -10 degC, pressure: 53 mbar", "at: -10 degC"]
)
def test_what_the_doubt_names_removes_it(condense):
    assert not dryer(condense)


def test_traces_of_another_solvent_are_no_doubt():
    line = routes.lined(
        "id: mix, feeds: {ethanol: 1 kg/kg, THF: 0.01 kg/kg}, batch: 200 kg",
        "id: dry, dry_to: {ethanol: 0, THF: 0}, condense: {at: -35 degC, pressure: 5 mbar}",
    )
    assert not routes.doubted(line)


# -- heat of reaction

MAKE = "id: make, recipe: {Li2S: 5 mol, P2S5: 1 mol, LiCl: 2 mol}, reactions: [{equation: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl, conversion: {P2S5: 1}, enthalpy: %s kJ/mol}]"
PRODUCT = {"product": {"material": "Li6PS5Cl", "unit": "kg"}}


def test_what_a_reaction_sets_free_is_cooled_at_the_steps_own_temperature():
    # a kg is 1 / 0.53674 mol of the equation as written: 100 kJ/mol are 0.05175 kWh/kg
    found = duties(f"{MAKE % -100}, cooling: {{fraction: 1, at: -10 degC}}", **PRODUCT)
    assert found == pytest.approx({("", "cooling"): 100 / 0.53673 / 3600 / 2.247}, rel=1e-3)


def test_what_a_reaction_takes_up_is_heated_over_the_efficiency():
    found = duties(f"{MAKE % 100}, heat: {{efficiency: 0.5}}", **PRODUCT)
    assert found == pytest.approx({("", "heat"): 100 / 0.53673 / 3600 / 0.5}, rel=1e-3)


def test_only_the_first_heated_and_the_first_cooled_section_take_the_heat_of_reaction():
    sections = (
        "sections: [{id: a, equipment: qc_bench}, {id: b, equipment: qc_bench, %s}, {id: c, equipment: qc_bench, %s}]"
    )
    cooled = sections % ("cooling: {fraction: 0, cop: 3}", "cooling: {fraction: 0, cop: 2}")
    heated = sections % ("heat: {efficiency: 0.5}", "heat: {efficiency: 0.8}")
    per_kg = 100 / 0.53673 / 3600
    assert duties(f"{MAKE % -100}, {cooled}", **PRODUCT) == pytest.approx({("b", "cooling"): per_kg / 3}, rel=1e-3)
    assert duties(f"{MAKE % 100}, {heated}", **PRODUCT) == pytest.approx({("b", "heat"): per_kg / 0.5}, rel=1e-3)


def test_the_gas_constant_and_the_atmosphere_are_those_of_the_tables():
    # a mole takes 24.465 L at 25 degC and 1 atm
    assert pytest.approx(0.024465, rel=1e-4) == heat.GAS_CONSTANT * 1e3 * heat.AMBIENT_K / heat.ATMOSPHERE_PA
    assert math.isclose(heat.WATER_TO_AIR, 0.622, rel_tol=1e-3)
