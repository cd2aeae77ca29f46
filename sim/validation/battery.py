"""Electrodes and cells: dry against wet coating, energy of every process, speed of a coater."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.inputs import ProcessCost, scaled_processes
from sim.plant import Line, design
from sim.rollup import capital_parts, energy_flows
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import line, run

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]

WET = ("coating_positive", "coating_negative", "nmp_recovery")
"""What a dry electrode does away with: coating and drying of both electrodes, and the recovery of NMP."""

MIXING = ("mixing_positive", "mixing_negative")
ELECTRODE = (
    *MIXING, *WET, "calendering_positive", "calendering_negative", "notching_positive", "notching_negative",
    "drying_positive", "drying_negative", "slitting",
)  # fmt: skip


def _share(quantity: str, whole: tuple[str, ...] = ()) -> Compute:
    """Return by how much labour, capital or floor falls without the wet processes; fitted: without mixing as well."""

    def total(costs: list[ProcessCost]) -> float:
        kept = [getattr(item, quantity) for item in costs if not whole or item.process in whole]
        return math.fsum(kept)

    def compute(facts: Facts, _: Claim) -> Found:
        base = total(scaled_processes(facts.batpac))
        dry, unmixed = (total(scaled_processes(facts.batpac, without=gone)) for gone in (WET, WET + MIXING))
        return Found(100.0 * (base - dry) / base, 100.0 * (base - unmixed) / base)

    return compute


TWINS = ("slurry_casting", "dry_painting")
SHOP = tuple(name for name in ELECTRODE if not name.startswith("notching"))
"""Processes of a battery plant that both twins hold, of both electrodes."""


def _twins(quantity: str, facts: Facts) -> float:
    """Return what the dry painted cathode saves against its slurry-cast twin [1]."""
    wet, dry = (_of_line(quantity, line("electrodes", name, facts.overrides)) for name in TWINS)
    return (wet - dry) / wet


def _of_line(quantity: str, route: Line) -> float:
    # one price list for both: the wet twin has counterparts in a battery plant, most of the dry one has none
    parts = capital_parts(design(route, backend="chemical"))
    if quantity == "labour_h":
        return route.sizing.people
    return math.fsum(part.area_m2 if quantity == "area_m2" else part.installed_usd for part in parts)


def _lines(quantity: str) -> Compute:
    return lambda facts, _: Found(100.0 * _twins(quantity, facts))


def _whole(quantity: str) -> Compute:
    """Return what a battery plant saves if the electrode shop of both electrodes saves what the twins do."""

    def compute(facts: Facts, _: Claim) -> Found:
        costs = scaled_processes(facts.batpac)
        shop = math.fsum(getattr(item, quantity) for item in costs if item.process in SHOP)
        return Found(100.0 * _twins(quantity, facts) * shop / math.fsum(getattr(item, quantity) for item in costs))

    return compute


def _kwh(name: str, facts: Facts, steps: tuple[str, ...] = ()) -> float:
    """Return energy per unit of a line of cells, in all or in some of its steps [kWh/kg]."""
    route = run("cells", name, facts.overrides)
    flows = energy_flows(route.line, route.ledger)
    return math.fsum(flow.kwh for flow in flows if not steps or flow.step in steps) / route.ledger.shipped


def _total(name: str) -> Compute:
    def compute(facts: Facts, claim: Claim) -> Found:
        per_kwh = claim.given["cell_kg"] / claim.given["cell_kwh"]
        return Found(_kwh(name, facts) * per_kwh, details={"sum": _kwh("no_rejects", facts) * per_kwh})

    return compute


def _process(*steps: str) -> Compute:
    def compute(facts: Facts, _: Claim) -> Found:
        return Found(100.0 * _kwh("baseline", facts, steps) / _kwh("baseline", facts))

    return compute


def _formation(facts: Facts, claim: Claim) -> Found:
    """Return the total of the cell whose formation takes what two or three cycles need."""
    per_kwh = claim.given["cell_kg"] / claim.given["cell_kwh"]
    low, high = (_kwh(name, facts) * per_kwh for name in ("formation_2", "formation_4"))
    return Found((low + high) / 2.0, details={"low": low, "high": high})


def _coater(speed: int) -> Compute:
    def compute(facts: Facts, claim: Claim) -> Found:
        route = run("coaters", f"coater_{speed}", facts.overrides)
        # mAh/cm2 is 10 Ah/m2; two coated sides
        wh_per_m2 = 2.0 * 10.0 * claim.given["mah_per_cm2"] * claim.given["volt"]
        return Found(route.ledger.shipped * wh_per_m2 / 1e9)

    return compute


COMPUTATIONS: dict[str, Compute] = {
    "dry_painting_labour": _share("labour_h"),
    "dry_painting_capital": _share("capital_usd"),
    "dry_painting_area": _share("area_m2"),
    "dry_painting_electrode_labour": _share("labour_h", ELECTRODE),
    "dry_painting_electrode_capital": _share("capital_usd", ELECTRODE),
    "dry_painting_electrode_area": _share("area_m2", ELECTRODE),
    "dry_painting_twins_labour": _lines("labour_h"),
    "dry_painting_twins_capital": _lines("capital_usd"),
    "dry_painting_twins_area": _lines("area_m2"),
    "dry_painting_plant_labour": _whole("labour_h"),
    "dry_painting_plant_capital": _whole("capital_usd"),
    "dry_painting_plant_area": _whole("area_m2"),
    "cell_energy": _total("baseline"),
    "cell_energy_drying": _process("coating_drying", "final_drying"),
    "cell_energy_dry_room": _process("dry_room"),
    "cell_energy_formation": _process("formation"),
    "cell_energy_short_formation": _formation,
    "coater_10": _coater(10),
    "coater_40": _coater(40),
    "coater_80": _coater(80),
    "coater_150": _coater(150),
}
