"""The battery plant of BatPaC."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.inputs import ProcessCost, conversion_cost, multipliers, overhead_chain, scaled_processes
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import bought, line

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _multiplier(name: str) -> Compute:
    return lambda facts, _: Found(getattr(multipliers(facts.batpac.overheads), name))


def _total(quantity: str, per: float) -> Compute:
    """Return a total of the baseline plant; *per* turns it into the unit of the claim."""
    return lambda facts, _: Found(math.fsum(getattr(item, quantity) for item in scaled_processes(facts.batpac)) / per)


def _per_energy(quantity: str, per: float) -> Compute:
    """Return a total per kWh of yearly energy, times *per*."""

    def compute(facts: Facts, _: Claim) -> Found:
        kwh = facts.batpac.drivers["energy"].volume.value
        return Found(per * math.fsum(getattr(item, quantity) for item in scaled_processes(facts.batpac)) / kwh)

    return compute


def _overhead(name: str) -> Compute:
    def compute(facts: Facts, claim: Claim) -> Found:
        chain = overhead_chain(
            facts.batpac.overheads, labour=claim.given["labour"], depreciation=claim.given["depreciation"]
        )
        return Found(getattr(chain, name))

    return compute


def _golden(facts: Facts, claim: Claim) -> list[ProcessCost]:
    """Return the plant of the golden cell: the baseline plant with another area of electrode, everything else kept."""
    drivers = facts.batpac.drivers
    ratio = claim.given["positive_m2"] / drivers["positive_area"].volume.value
    names = ("positive_area", "negative_area", "electrode_area")
    return scaled_processes(facts.batpac, {name: ratio * drivers[name].volume.value for name in names})


def _per_kwh(facts: Facts, costs: list[ProcessCost]) -> Found:
    return Found(conversion_cost(facts.batpac, costs) / facts.batpac.drivers["energy"].volume.value)


def _cell(facts: Facts, claim: Claim) -> Found:
    """Return the price of the golden cell from its materials, labour and depreciation [USD/kWh]."""
    parts = {name: claim.given[name] for name in ("materials", "labour", "depreciation")}
    chain = overhead_chain(facts.batpac.overheads, labour=parts["labour"], depreciation=parts["depreciation"])
    return Found(math.fsum([*parts.values(), *chain]))


def _solvent(facts: Facts, _: Claim) -> Found:
    """Return NMP over positive active material of the baseline plant, and of the route that casts a slurry [kg/kg]."""
    drivers = facts.batpac.drivers
    route = line("electrodes", "slurry_casting", facts.overrides)
    details = {"route": bought(route, "NMP") / bought(route, "NCM811")}
    return Found(drivers["nmp"].volume.value / drivers["positive_active"].volume.value, details=details)


def _baseline(facts: Facts, _: Claim) -> Found:
    return _per_kwh(facts, scaled_processes(facts.batpac))


def _kind(quantity: str) -> Compute:
    """Return what labour, equipment or floor of the golden cell's plant alone adds to its price."""
    free = {"labour_h": 0.0, "capital_usd": 0.0, "area_m2": 0.0}

    def compute(facts: Facts, claim: Claim) -> Found:
        plant = _golden(facts, claim)
        return _per_kwh(facts, [item._replace(**{**free, quantity: getattr(item, quantity)}) for item in plant])

    return compute


def _section(*processes: str) -> Compute:
    """Return what some processes of the golden cell's plant add to its price; none named: all."""

    def compute(facts: Facts, claim: Claim) -> Found:
        plant = _golden(facts, claim)
        return _per_kwh(facts, [item for item in plant if not processes or item.process in processes])

    return compute


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
    "batpac_conversion": _baseline,
    "batpac_cell": _cell,
    "batpac_nmp": _solvent,
    "golden_total": _section(),
    "golden_labour": _kind("labour_h"),
    "golden_equipment": _kind("capital_usd"),
    "golden_building": _kind("area_m2"),
    "golden_electrode": _section(
        "mixing_positive",
        "mixing_negative",
        "coating_positive",
        "coating_negative",
        "calendering_positive",
        "calendering_negative",
        "notching_positive",
        "notching_negative",
        "drying_positive",
        "drying_negative",
    ),
    "golden_assembly": _section("slitting", "stacking", "welding", "x_ray", "insertion", "filling", "dry_room"),
    "golden_formation": _section("formation"),
    "golden_module": _section("modules"),
    "golden_pack": _section("packs"),
    "golden_warehouse": _section("warehouse"),
    "golden_support": _section("building", "nmp_recovery", "scrap", "laboratory"),
}
