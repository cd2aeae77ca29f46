"""What a kWh of sulfide cells takes and emits, by the bundled design; the share of materials in the price of a cell."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.inputs import CellDesign, load_cell, needed, overhead_chain
from sim.validation.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]


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


COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {
    "electrolyte_per_kwh": _electrolyte,
    "material_share": _materials,
    "gwp_per_kwh": _emission,
}
