import runpy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.engine import simulate
from sim.events import Kind
from sim.heat import AMBIENT_K
from sim.impacts import (
    balance,
    element_balance,
    element_error,
    energy_flows,
    energy_table,
    footprints,
    gwp_table,
    material_flows,
    materials_table,
    purchases,
    solvents,
)
from sim.ledger import reduce
from sim.scenario import Plant

lines = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("_lines.py"))))


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


def test_an_overflowing_tank_goes_to_waste_and_closes():
    text = lines.WET.replace("capacity: 2000 kg, initial: 500 kg", "capacity: 400 kg, initial: 400 kg")
    line = lines.resolved(text, target_per_year=3e5, horizon_h=1000.0)
    ledger = reduce(simulate(line.plan, seed=1, replication=0), line)
    assert ledger.tanks["THF"].overflow > 0.0
    flows = material_flows(line, ledger)
    assert any(f.step == "line" and f.direction == "waste" and f.kg == ledger.tanks["THF"].overflow for f in flows)
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
    fed = balance(material_flows(line, ledger))["feed"]
    assert "water" in fed
    assert "water" not in bought
    soda = sum(kg for _, material, _, kg in purchases(line, ledger) if material == "soda")
    assert soda == pytest.approx(fed["soda"])
    assert fed["water"] == pytest.approx(soda * 0.2 / 0.8)


def test_of_tank_materials_only_the_make_up_is_bought():
    line, ledger = wet()
    bought = {(material, kind): kg for _, material, kind, kg in purchases(line, ledger)}
    assert bought["THF", "solvents"] == pytest.approx(ledger.tanks["THF"].bought)
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
