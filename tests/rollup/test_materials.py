from dataclasses import replace
from functools import cache

import pytest
from support import lines

from sim.engine import simulate
from sim.engine.log import Kind
from sim.flowsheet.heat import AMBIENT_K, dry_air_per_person
from sim.inputs.bundle import bundled
from sim.inputs.catalogue import Room
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.plant.resolve import resolve
from sim.rollup.emissions import gwp_table, hydrogen_sulfide
from sim.rollup.energy import energy_flows, energy_table
from sim.rollup.ledger import reduce
from sim.rollup.machines import footprints
from sim.rollup.materials import (
    balance,
    bought_feeds,
    element_balance,
    element_error,
    feeds,
    material_flows,
    materials_table,
    purchases,
    solvents,
)


@cache
def wet(seed=1, **options):
    line = lines.resolved(lines.WET, target_per_year=3e5, **{"warm_up_h": 100.0, "horizon_h": 3000.0, **options})
    return line, reduce(simulate(line.plan, seed=seed, replication=0), line)


def toy(*operations, horizon_h=100.0, text=lines.ONE_STEP):
    line = lines.resolved(text, horizon_h=horizon_h)
    rows = [row for number, span in enumerate(operations) for row in lines.batch(*span, lot=number + 1)]
    return line, reduce(lines.log_of(line, *rows), line)


def kwh(flows):
    found = {}
    for flow in flows:
        key = flow.step, flow.utility, flow.use
        found[key] = found.get(key, 0.0) + flow.kwh
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_element_closes_with_losses_scrap_expiry_rework_and_a_tank(seed):
    line, ledger = wet(seed)
    assert sum(ledger.steps["react"].lost.values()) > 0.0
    assert ledger.steps["inspect"].scrapped > 0.0
    assert ledger.steps["inspect"].reworked > 0.0
    assert sum(ledger.steps["dry"].expired_in.values()) > 0.0
    assert ledger.tanks["THF"].bought > 0.0
    assert element_error(material_flows(line, ledger), line.library) < 1e-9


def test_a_short_window_closes_through_its_stock_change():
    line, ledger = wet(1, warm_up_h=0.0, horizon_h=20.0)
    flows = material_flows(line, ledger)
    assert sum(balance(flows)["stock_change"].values()) > 0.2 * sum(balance(flows)["feed"].values())
    assert element_error(flows, line.library) < 1e-9


def test_a_lost_kilogram_breaks_the_balance():
    line, ledger = wet()
    flows = [flow for flow in material_flows(line, ledger) if flow.direction != "emission"]
    assert element_error(flows, line.library) > 1e-3


def test_scrap_is_waste_with_the_composition_of_its_stream():
    line, ledger = wet()
    stream = line.flowsheet.steps["inspect"].primary.stream.kg_per_unit
    waste = {f.material: f.kg for f in material_flows(line, ledger) if (f.step, f.direction) == ("inspect", "waste")}
    assert waste == pytest.approx({name: kg * ledger.steps["inspect"].scrapped for name, kg in stream.items()})


def test_materials_per_unit_are_divided_by_what_was_shipped():
    line, ledger = wet()
    table = materials_table(line, ledger)
    product = table[table["direction"] == "product"]
    assert product["kg_per_unit"].sum() == pytest.approx(1.0)
    assert product["kg_per_year"].sum() == pytest.approx(ledger.shipped * 8760 / 3000)


def test_impurities_are_fed_but_not_bought():
    line, ledger = wet()
    bought = {material for _, material, _, _ in purchases(line, ledger)}
    fed: dict[str, float] = {}
    for _, material, kg in feeds(line, ledger):
        fed[material] = fed.get(material, 0.0) + kg
    assert "water" in fed
    assert "water" not in bought
    soda = sum(kg for _, material, _, kg in purchases(line, ledger) if material == "soda")
    assert soda == pytest.approx(fed["soda"])
    assert fed["water"] == pytest.approx(soda * 0.2 / 0.8)


def test_of_tank_materials_only_the_make_up_is_bought():
    line, ledger = wet()
    bought = {(material, kind): kg for _, material, kind, kg in purchases(line, ledger)}
    tank = ledger.tanks["THF"]
    assert bought["THF", "solvents"] == pytest.approx(tank.drawn - tank.recovered, rel=0.01)  # but for what is inside
    assert bought["THF", "solvents"] < 0.2 * ledger.tanks["THF"].drawn
    assert ("argon", "gases") in bought
    assert solvents(line) == {"THF"}


def test_power_by_state_and_its_cooling():
    # two machines, 100 h: one runs 30 h, so 170 h idle; 30 x 20 + 170 x 2 = 940 kWh, half of it removed at COP 4
    line, ledger = toy((10, 30), (50, 60))
    found = kwh(energy_flows(line, ledger))
    assert found["mill", "electricity", "run"] == 600.0
    assert found["mill", "electricity", "idle"] == 340.0
    assert found["mill", "electricity", "cooling"] == pytest.approx(940 * 0.5 / 4)


def test_rooms_draw_power_around_the_clock_and_are_set_back_when_closed():
    # 2 vessels x 10 m2 x 0.1 kW/m2 = 2 kW; one shift: 8 of 24 h open, half power otherwise
    line = lines.resolved(lines.ONE_STEP, plant=Plant(shifts_per_day=1), horizon_h=240.0)
    ledger = reduce(lines.log_of(line), line)
    assert kwh(energy_flows(line, ledger))["mill", "electricity", "room"] == pytest.approx(2 * (80 + 0.5 * 160))


DRY = {
    "dew_point": "-40 degC",
    "supply_dew_point": "-60 degC",
    "water_per_person": "110 g/h",
    "air_power": "0.006 kWh/m3",
}


def dry_library():
    """Return the small catalogue with a dry room in place of its hall."""
    small = lines.library()
    hall = {"title": "dry", "power": "0.1 kW/m2", "setback": "50 %", "capital": {"value": "1 USD/m2", "year": 2023}}
    room = Room.model_validate({**hall, "height": "5 m", "air_change": "4 1/h", **DRY, **lines.GUESS})
    return replace(small, rooms={"hall": room})


def test_people_in_a_dry_room_draw_their_dry_air_in_the_hours_they_are_there():
    # one shift: 80 of 240 h open. The operator is held 30 h, two of the crew stay for 80 h:
    # (30 + 160) h x 1,269 m3/h x 0.006 kWh/m3 = 1,447 kWh beside the empty room's 2 kW x (80 + 0.5 x 160) h
    text = lines.ONE_STEP.replace("    operators: 1\n", "    operators: 1\n    crew: 2 persons\n")
    line = lines.resolved(text, dry_library(), plant=Plant(shifts_per_day=1), horizon_h=240.0)
    ledger = reduce(lines.log_of(line), line)
    ledger = replace(ledger, steps={"mill": replace(ledger.steps["mill"], operator_h=30.0)})
    assert dry_air_per_person(line.library.rooms["hall"]) == pytest.approx(1269, abs=1)
    found = kwh(energy_flows(line, ledger))["mill", "electricity", "room"]
    assert found == pytest.approx(190 * 1269.4 * 0.006 + 320, rel=1e-3)


def test_people_in_other_rooms_need_no_dry_air():
    line, ledger = toy((10, 30))
    assert kwh(energy_flows(line, ledger))["mill", "electricity", "room"] == pytest.approx(2 * 100)


PURGED = lines.ONE_STEP.replace("    operators: 1\n", "    operators: 1\n    purge: {argon: 0.5 m3/h}\n")


def test_purge_gas_is_fed_bought_and_emitted_around_the_clock():
    # two machines x 0.5 m3/h x 240 h x 1.6 kg/m3 = 384 kg, whether the plant is open or not
    line = lines.resolved(PURGED, plant=Plant(shifts_per_day=1), horizon_h=240.0)
    ledger = reduce(lines.log_of(line), line)
    flows = material_flows(line, ledger)
    argon = {flow.direction: flow.kg for flow in flows if flow.material == "argon"}
    assert argon == pytest.approx({"feed": 384.0, "emission": 384.0})
    assert [row for row in purchases(line, ledger) if row[1] == "argon"] == [("mill", "argon", "gases", 384.0)]
    assert element_error(flows, line.library) < 1e-9
    gwp = gwp_table(line, ledger).set_index("source")["kg_co2e_per_year"]
    assert gwp["argon"] == pytest.approx(0.5 * 384 * 8760 / 240)


def test_machines_are_purged_as_their_entry_says_and_auxiliaries_on_the_line():
    small = lines.library()
    vessel = lines.equipment(purge={"argon": "1 m3/h"})
    catalogue = replace(small, equipment={**small.equipment, "vessel": vessel})
    text = lines.ONE_STEP.replace("steps:\n", "auxiliaries: {vessel: 3}\nsteps:\n")
    line = lines.resolved(text, catalogue, horizon_h=100.0)
    fed = {f.step: f.kg for f in material_flows(line, reduce(lines.log_of(line), line)) if f.direction == "feed"}
    assert fed == pytest.approx({"mill": 2 * 100 * 1.6, "line": 3 * 100 * 1.6})
    own = text.replace("    operators: 1\n", "    operators: 1\n    purge: {}\n")
    line = lines.resolved(own, catalogue, horizon_h=100.0)
    fed = {f.step: f.kg for f in material_flows(line, reduce(lines.log_of(line), line)) if f.direction == "feed"}
    assert fed == pytest.approx({"line": 480.0})


SULFIDE = (
    lines.ONE_STEP.replace("material: LiCl", "material: LiOH")
    .replace("batch: 100 kg", "batch: 81.97 kg")
    .replace(
        "    recipe: {LiCl: 1 kg}\n",
        """    recipe: {Li2S: 1 mol, water: 2 mol}
    reactions: [{equation: Li2S + 2 water -> 2 LiOH + H2S, conversion: {water: 1}}]
    split: {emission: {H2S: 1}}
""",
    )
)


@pytest.mark.parametrize(("shifts", "hours"), [(3, 240.0), (1, 80.0)])
def test_hydrogen_sulfide_by_room_against_its_limit(shifts, hours):
    # 1,000 mol a charge, one charge: 34.08 kg or 24.47 m3 in the open hours; 20 m2 x 5 m x 4 1/h = 400 m3/h of air.
    # In 240 h: 142 g/h, 0.1019 m3/h, 255 ppm; 1 ppm is left if 1 - 1/255 of it is caught
    line = lines.resolved(SULFIDE, plant=Plant(shifts_per_day=shifts), horizon_h=240.0)
    ledger = reduce(lines.log_of(line, *lines.batch(1, 11, amount=81.97)), line)
    (row,) = hydrogen_sulfide(line, ledger).to_dict("records")
    ppm = 24.4654 / hours / 400 * 1e6
    assert (row["line"], row["room"]) == ("line", "hall")
    assert row["g_per_h"] == pytest.approx(34080 / hours, rel=1e-3)
    assert row["fresh_air_m3_per_h"] == 400.0
    assert row["ppm_if_released"] == pytest.approx(ppm, rel=1e-3)
    assert row["limit_ppm"] == pytest.approx(1.0)
    assert row["capture_needed"] == pytest.approx(1 - 1 / ppm, rel=1e-5)


def test_a_room_without_hydrogen_sulfide_needs_no_capture():
    line, ledger = toy((10, 30))
    (row,) = hydrogen_sulfide(line, ledger).to_dict("records")
    assert (row["g_per_h"], row["ppm_if_released"], row["capture_needed"]) == (0.0, 0.0, 0.0)


def test_cooling_by_temperature_takes_the_plants_chiller():
    # 940 kWh as above, half of it at the COP of 15 degC: 0.5 x 281.15 / 32 = 4.393
    line, ledger = toy((10, 30), (50, 60), text=lines.ONE_STEP.replace("cop: 4", "at: 15 degC"))
    assert kwh(energy_flows(line, ledger))["mill", "electricity", "cooling"] == pytest.approx(470 / 4.393, rel=1e-3)


def test_energy_from_estimates_is_an_estimate():
    line, ledger = toy((10, 30), text=lines.ONE_STEP.replace("cop: 4", "at: 15 degC"))
    grades = {flow.use: flow.grade for flow in energy_flows(line, ledger)}
    assert (grades["run"], grades["cooling"]) == ("A", "E")
    line, ledger = toy((10, 30))
    assert {flow.use: flow.grade for flow in energy_flows(line, ledger)}["cooling"] == "A"


def test_a_hot_furnace_draws_its_idle_power_whenever_it_does_not_run():
    text = lines.ONE_STEP.replace(
        "    power: {run: 20 kW, idle: 2 kW, clean: 5 kW}\n    cooling: {fraction: 0.5, cop: 4}\n",
        "    heat: {to: 398.15 K, efficiency: 0.5, by: gas, idle: 3 kW}\n",
    )
    line, ledger = toy((10, 30), text=text)
    found = kwh(energy_flows(line, ledger))
    assert found["mill", "gas", "idle"] == 3 * 180.0
    # 100 kg heated by 100 K at 1 kJ/kg/K (no heat capacity given), over the efficiency
    assert found["mill", "gas", "heat"] == pytest.approx(100 * (398.15 - AMBIENT_K) / 3600 / 0.5)


def test_regeneration_counts_what_returns():
    line, ledger = wet()
    found = kwh(energy_flows(line, ledger))
    assert found["line", "heat", "regeneration"] == pytest.approx(0.5 * ledger.tanks["THF"].recovered)
    assert found["line", "electricity", "regeneration"] == pytest.approx(0.1 * ledger.tanks["THF"].recovered)


def test_energy_per_year_scales_the_window():
    line, ledger = toy((10, 30), (50, 60))
    table = energy_table(line, ledger)
    run = table[table["use"] == "run"]
    assert run["kwh_per_year"].item() == pytest.approx(600 * 87.6)
    assert run["kwh_per_unit"].item() == pytest.approx(600 / 200)


def test_floor_is_that_of_all_machines():
    line, _ = wet()
    areas = {(item.step, item.equipment): item.area_m2 for item in footprints(line)}
    assert areas["react", "vessel"] == 10 * line.sizing.steps["react"].machines
    assert areas["line", "column"] == 10.0


def test_greenhouse_gas_of_feeds_and_energy():
    line, ledger = toy((10, 30), (50, 60))
    table = gwp_table(line, ledger).set_index(["kind", "source"])["kg_co2e_per_unit"]
    assert table["material", "LiCl"] == pytest.approx(5.0)
    electricity = sum(flow.kwh for flow in energy_flows(line, ledger))
    assert table["energy", "electricity"] == pytest.approx(0.4 * electricity / 200)


def test_feeds_without_a_footprint_are_named():
    line, ledger = wet()
    assert gwp_table(line, ledger).attrs["missing_gwp"] == ["water"]


def test_hydrogen_sulfide_is_an_emission_of_its_step():
    line, ledger = wet()
    kg = element_balance([f for f in material_flows(line, ledger) if f.material == "H2S"], line.library)
    assert kg["emission"]["S"] > 0.0


def test_buffers_hold_what_waits():
    line = lines.resolved(lines.WET, target_per_year=3e5, horizon_h=100.0)
    rows = [(1.0, Kind.START, 0, 0, 80.0), (5.0, Kind.FINISH, 0, 0, 80.0)]
    amount = 80.0 * line.plan.steps[0].outlets[0].factor
    rows += [(5.0, Kind.PUT, 0, 0, amount, 0, 1), (100.0, Kind.END_BUFFER, 1, 0, amount, 0)]
    ledger = reduce(lines.log_of(line, *rows), line)
    stock = [f for f in material_flows(line, ledger) if f.direction == "stock_change" and f.step == "dry"]
    stream = line.flowsheet.steps["react"].primary.stream.kg_per_unit
    assert {f.material: f.kg for f in stock} == pytest.approx({name: kg * amount for name, kg in stream.items()})


LIBRARY = load_library()


@pytest.mark.parametrize("path", bundled("routes").values(), ids=lambda path: path.stem)
def test_whatever_a_step_takes_in_is_bought_or_comes_from_a_tank(path):
    line = resolve("x", path, LIBRARY, Plant())

    def with_impurities(material, kg):
        assay = LIBRARY.materials[material].assay
        return kg / assay[material].value if material in assay else kg

    for step in line.route.steps:
        flow = line.flowsheet.steps[step.id]
        bought = sum(with_impurities(item.material, item.kg) for item in bought_feeds(step, flow, line))
        drawn = sum(with_impurities(material, kg) for material, kg in flow.drawn.items())
        assert bought + drawn == pytest.approx(sum(flow.feeds.values())), step.id
