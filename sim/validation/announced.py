"""Capital and floor of announced plants of sulfide electrolyte beside those of the bundled routes at their size."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.rollup import CapitalPart, capital_parts
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import line

__all__ = ["COMPUTATIONS"]

MUSD = 1e-6


def _installed(part: CapitalPart) -> float:
    return MUSD * (part.installed_usd + part.floor_usd + part.room_usd)


def _area(part: CapitalPart) -> float:
    return part.area_m2


def _plant(size: str, quantity: Callable[[CapitalPart], float]) -> Callable[[Facts, Claim], Found]:
    """Return what a plant of this size needs from solution; what it needs with mills stands in the details."""

    def compute(facts: Facts, _: Claim) -> Found:
        wet, dry = (
            math.fsum(quantity(part) for part in capital_parts(line("announced", f"{route}_{size}", facts.overrides)))
            for route in ("wet_thf", "ball_milling")
        )
        return Found(wet, details={"dry": dry})

    return compute


COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {
    "lotte_capital": _plant("70", _installed),
    "lotte_area": _plant("70", _area),
    "solid_power_capital": _plant("110", _installed),
}
