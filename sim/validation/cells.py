"""What a kWh of sulfide cells takes and emits, by the bundled design; the share of materials in the price of a cell."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from sim.inputs import CellDesign, Library, at_catalogue, load_cell, needed, overhead_chain
from sim.rollup import catalogue_at, plant_of, rival_items
from sim.validation.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]


Compute = Callable[[Facts, Claim], Found]


def _design(facts: Facts) -> CellDesign:
    return load_cell("nmc_lithium_sulfide", facts.library)[0]


def _electrolyte(facts: Facts, claim: Claim) -> Found:
    """Return the electrolyte powder for a kWh of good cells [kg/kWh]; fitted: of all cells, rejects among them."""
    design = _design(facts)
    kg = needed(design, "electrolyte powder", "kg")
    assert kg is not None
    return Found(kg, kg * design.yield_.value, details={"li2s": kg * claim.given["li2s_kg_per_kg"]})


def _materials(facts: Facts, claim: Claim) -> Found:
    """Return the share of materials in the price of the golden cell of BatPaC [%]."""
    parts = {name: claim.given[name] for name in ("materials", "labour", "depreciation")}
    chain = overhead_chain(facts.batpac.overheads, labour=parts["labour"], depreciation=parts["depreciation"])
    return Found(100.0 * parts["materials"] / math.fsum([*parts.values(), *chain]))


def _emission(facts: Facts, _: Claim) -> Found:
    """Return the emission of the bought parts of a kWh of good cells [kg CO2e/kWh]."""
    design = _design(facts)
    parts = [part.area_m2 * (part.per_m2(part.gwp) or 0.0) for part in design.components.values()]
    return Found(math.fsum(parts) / (design.yield_.value * design.kwh_per_m2))


BASELINE_KWH = 50e6
"""Yearly output of the battery plant that the published costs are of [kWh/y]."""


def _at(library: Library, price_set: str) -> Library:
    return catalogue_at(library, {name: price.value for name, price in library.price_sets[price_set].prices.items()})


def _liquid(design: str, price_set: str) -> Compute:
    """Return the cost of a kWh of liquid cells at a price set, from a plant of 50 GWh/y [USD/kWh]."""

    def compute(facts: Facts, _: Claim) -> Found:
        library = _at(facts.library, price_set)
        items = rival_items(at_catalogue(load_cell(design, library)[0], library), library, BASELINE_KWH)
        parts = math.fsum(item.usd_per_kwh for item in items if item.category == "materials")
        return Found(math.fsum(item.usd_per_kwh for item in items), details={"parts": parts})

    return compute


def _emitted(design: str) -> Compute:
    """Return the emission of a kWh of liquid cells, of bought parts and of energy [kg CO2e/kWh]."""

    def compute(facts: Facts, _: Claim) -> Found:
        items = rival_items(load_cell(design, facts.library)[0], facts.library, BASELINE_KWH)
        return Found(math.fsum(item.kg_co2e_per_kwh for item in items))

    return compute


class _Golden(NamedTuple):
    """The cell of the workbook [USD/kWh]."""

    materials: float
    labour: float
    equipment: float
    """Depreciation of equipment."""
    depreciation: float
    """Of equipment and floor."""


def _workbook(facts: Facts, claim: Claim) -> _Golden:
    """Return materials, labour and depreciation of the NMC811 cell at the prices of the workbook [USD/kWh]."""
    library = catalogue_at(facts.library, claim.given_prices)
    design = at_catalogue(load_cell("nmc811_graphite", library)[0], library)
    per_kwh = 1.0 / (design.yield_.value * design.kwh_per_m2)
    parts = []
    for name, part in design.components.items():
        own = claim.given.get(f"{name}_usd_per_m2")
        usd = part.per_m2(part.price) if own is None else own
        parts.append(part.area_m2 * (usd or 0.0) * per_kwh)
    costs, rates = plant_of(design, library, BASELINE_KWH), facts.batpac.overheads
    labour = math.fsum(cost.labour_h for cost in costs) * rates.wage.value / BASELINE_KWH
    equipment = math.fsum(cost.capital_usd for cost in costs) * rates.equipment_depreciation.value
    floor = math.fsum(cost.area_m2 for cost in costs) * rates.building.value * rates.building_depreciation.value
    return _Golden(math.fsum(parts), labour, equipment / BASELINE_KWH, (equipment + floor) / BASELINE_KWH)


def _golden(quantity: str) -> Compute:
    """Return materials, labour or depreciation of the cell of the workbook [USD/kWh]."""

    def compute(facts: Facts, claim: Claim) -> Found:
        found = _workbook(facts, claim)
        return Found(getattr(found, quantity), details={"equipment": found.equipment})

    return compute


def _golden_cell(facts: Facts, claim: Claim) -> Found:
    """Return the cost of the cell of the workbook with its chain of overheads [USD/kWh]."""
    found = _workbook(facts, claim)
    chain = overhead_chain(facts.batpac.overheads, labour=found.labour, depreciation=found.depreciation)
    return Found(math.fsum([found.materials, found.labour, found.depreciation, *chain]))


COMPUTATIONS: dict[str, Compute] = {
    "electrolyte_per_kwh": _electrolyte,
    "material_share": _materials,
    "gwp_per_kwh": _emission,
    "liquid_materials": _golden("materials"),
    "liquid_labour": _golden("labour"),
    "liquid_depreciation": _golden("depreciation"),
    "liquid_cell": _golden_cell,
    "liquid_market_nmc_2025": _liquid("nmc811_graphite", "spot_2025"),
    "liquid_market_lfp_2025": _liquid("lfp_graphite", "spot_2025"),
    "liquid_market_nmc_2026": _liquid("nmc811_graphite", "spot_2026"),
    "liquid_market_lfp_2026": _liquid("lfp_graphite", "spot_2026"),
    "liquid_bnef": _liquid("nmc811_graphite", "spot_2025"),
    "liquid_gwp_nmc": _emitted("nmc811_graphite"),
    "liquid_gwp_lfp": _emitted("lfp_graphite"),
}
