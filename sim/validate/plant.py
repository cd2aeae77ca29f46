"""The battery plant of BatPaC."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.batpac import conversion_cost, multipliers, overhead_chain, scale
from sim.validate.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _multiplier(name: str) -> Compute:
    return lambda facts, _: Found(getattr(multipliers(facts.batpac.overheads), name))


def _total(quantity: str, per: float) -> Compute:
    """Return a total of the baseline plant; *per* turns it into the unit of the claim."""
    return lambda facts, _: Found(math.fsum(getattr(item, quantity) for item in scale(facts.batpac)) / per)


def _per_energy(quantity: str, per: float) -> Compute:
    """Return a total per kWh of yearly energy, times *per*."""

    def compute(facts: Facts, _: Claim) -> Found:
        kwh = facts.batpac.drivers["energy"].volume.value
        return Found(per * math.fsum(getattr(item, quantity) for item in scale(facts.batpac)) / kwh)

    return compute


def _overhead(name: str) -> Compute:
    def compute(facts: Facts, claim: Claim) -> Found:
        chain = overhead_chain(
            facts.batpac.overheads, labour=claim.given["labour"], depreciation=claim.given["depreciation"]
        )
        return Found(getattr(chain, name))

    return compute


def _conversion(facts: Facts, claim: Claim) -> Found:
    """Return conversion cost per kWh of the baseline plant, or of one that differs in its electrode area."""
    drivers = facts.batpac.drivers
    ratio = (
        claim.given.get("positive_m2", drivers["positive_area"].volume.value) / drivers["positive_area"].volume.value
    )
    areas = {name: ratio * drivers[name].volume.value for name in ("positive_area", "negative_area", "electrode_area")}
    return Found(conversion_cost(facts.batpac, scale(facts.batpac, areas)) / drivers["energy"].volume.value)


COMPUTATIONS: dict[str, Compute] = {
    "batpac_labour": _multiplier("labour"),
    "batpac_equipment": _multiplier("equipment"),
    "batpac_building": _multiplier("building"),
    "batpac_material": _multiplier("material"),
    "batpac_hours": _total("labour_h", 1e6),
    "batpac_capital": _total("capital_usd", 1e6),
    "batpac_area": _total("area_m2", 1.0),
    "batpac_hours_per_mwh": _per_energy("labour_h", 1e3),
    "batpac_capital_per_kwh": _per_energy("capital_usd", 1.0),
    "batpac_area_per_gwh": _per_energy("area_m2", 1e6),
    "batpac_variable": _overhead("variable"),
    "batpac_general": _overhead("general"),
    "batpac_research": _overhead("research"),
    "batpac_conversion": _conversion,
    "batpac_golden": _conversion,
}
