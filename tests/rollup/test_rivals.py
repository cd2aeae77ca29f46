"""Cells of a battery plant: what it handles is that of the workbook, what a kWh costs follows by hand."""

import math

import pytest

from sim.inputs.cell import at_catalogue, load_cell
from sim.inputs.library import load_library
from sim.rollup.capital import capital_recovery_factor
from sim.rollup.costs import catalogue_at
from sim.rollup.rivals import plant_of, rival_items, volumes

LIBRARY = load_library(prices="spot_2025")
NMC, LFP = (load_cell(name, LIBRARY)[0] for name in ("nmc811_graphite", "lfp_graphite"))
WORKBOOK_KWH = 50e6


def total(design, kwh=WORKBOOK_KWH, category="", library=LIBRARY):
    found = rival_items(design, library, kwh)
    return math.fsum(item.usd_per_kwh for item in found if category in ("", item.category))


@pytest.mark.parametrize(
    ("driver", "published"),
    [
        ("cells", 211e6), ("positive_active", 72.5e6), ("negative_active", 49.1e6), ("positive_area", 178e6),
        ("nmp", 24.2e6), ("water", 40.1e6),
    ],
)  # fmt: skip
def test_what_the_plant_handles_is_what_the_workbook_has_for_its_golden_cell(driver, published):
    assert volumes(NMC, NMC.making, LIBRARY, WORKBOOK_KWH)[driver] == pytest.approx(published, rel=0.02)


def test_masses_are_what_is_in_a_good_cell_over_the_yields_of_its_steps():
    # 80 Ah/m2 at 212 Ah/kg, and 1.12 times as much at 360 Ah/kg, over 0.922; LFP 40 Ah/m2 at 155 Ah/kg
    assert NMC.components["active"].mass.value == pytest.approx(80 / 212 / 0.922, rel=1e-3)
    assert NMC.components["graphite"].mass.value == pytest.approx(1.12 * 80 / 360 / 0.922, rel=1e-3)
    assert LFP.components["active"].mass.value == pytest.approx(40 / 155 / 0.922, rel=1e-3)
    assert NMC.components["foil_positive"].area.value == pytest.approx(0.5 / 0.865, rel=2e-3)


def test_active_material_costs_its_mass_per_kwh_at_the_price_of_the_catalogue():
    (item,) = [item for item in rival_items(NMC, LIBRARY, WORKBOOK_KWH) if item.item == "active"]
    kg_per_kwh = 0.4093 / (0.95 * 0.3774 * 212 * 3.68 / 1000)
    assert kg_per_kwh == pytest.approx(1.4634, rel=1e-3)
    assert item.usd_per_kwh == pytest.approx(kg_per_kwh * LIBRARY.materials["NCM811"].price.value)
    assert item.kg_co2e_per_kwh == pytest.approx(kg_per_kwh * 17.0)


def test_the_finance_is_that_of_all_lines():
    economics = LIBRARY.economics
    costs = plant_of(NMC, LIBRARY, WORKBOOK_KWH)
    # the index of 2023 over that of 2022
    installed = math.fsum(cost.capital_usd for cost in costs) * 797.9 / 816.0
    floor = math.fsum(cost.area_m2 for cost in costs) * economics.building.value
    equipment = installed * capital_recovery_factor(0.08, 10.0) * 1.25
    building = floor * capital_recovery_factor(0.08, 20.0) * 1.25
    labour = math.fsum(cost.labour_h for cost in costs) * 30.0
    by_hand = {
        "capital": equipment,
        "building": building,
        "labour": labour,
        "maintenance": 0.03 * (installed + floor),
        "insurance_tax": 0.015 * (installed + floor),
        "overhead": 0.4 * labour + 0.1 * (equipment + building),
    }
    for category, usd in by_hand.items():
        assert total(NMC, category=category) == pytest.approx(usd / WORKBOOK_KWH)
    variable = total(NMC, category="materials") + total(NMC, category="utilities")
    assert total(NMC, category="working_capital") == pytest.approx(0.15 * 0.08 * variable)


def test_modules_and_packs_are_no_part_of_a_cell():
    assert not {"modules", "packs"} & {cost.process for cost in plant_of(NMC, LIBRARY, WORKBOOK_KWH)}


def test_a_larger_plant_makes_cheaper_cells_of_the_same_materials():
    small, large = (total(NMC, kwh) for kwh in (1e6, WORKBOOK_KWH))
    assert small > large
    assert total(NMC, 1e6, "materials") == pytest.approx(total(NMC, WORKBOOK_KWH, "materials"))


def test_lithium_carbonate_moves_both_cathode_materials_by_what_they_hold_of_it():
    dear = catalogue_at(LIBRARY, {"Li2CO3": LIBRARY.materials["Li2CO3"].price.value + 10.0})
    for design, kg_per_kg in ((NMC, 0.380), (LFP, 0.234)):
        kg = design.components["active"].mass.value / (design.yield_.value * design.kwh_per_m2)
        rise = total(at_catalogue(design, dear), category="materials", library=dear) - total(
            design, category="materials"
        )
        assert rise == pytest.approx(10.0 * kg_per_kg * kg, rel=0.01)


def test_below_a_tenth_of_the_workbook_the_powers_are_a_guess():
    grades = {
        kwh: {item.grade for item in rival_items(NMC, LIBRARY, kwh) if item.category == "capital"} for kwh in (4e6, 6e6)
    }
    assert grades[4e6] == {"E"}
    assert "E" not in grades[6e6]
