"""Materials of the metathesis route and of the routes that buy lithium sulfide."""

from __future__ import annotations

from collections.abc import Callable

from sim.results import CostLine, tie
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import Run, cost, run

__all__ = ["COMPUTATIONS", "MATERIALS", "price_line"]

MATERIALS = ("materials", "solvents")
"""What counts as material cost: feeds and the make-up of solvents."""


def _materials(facts: Facts, claim: Claim) -> Found:
    route = run("powders", "metathesis", facts.overrides)
    return Found(cost(route, {}, MATERIALS), cost(route, claim.given_prices, MATERIALS))


def price_line(route: Run, material: str, categories: tuple[str, ...] = ()) -> CostLine:
    """Return cost per unit as a straight line of one price, some categories of cost only."""
    fixed, at_thousand = (cost(route, {material: usd}, categories) for usd in (0.0, 1000.0))
    return CostLine(fixed, (at_thousand - fixed) / 1000.0)


def _factor(route: str) -> Callable[[Facts, Claim], Found]:
    """Return how many times the materials of a route with bought Li2S cost those of metathesis."""

    def compute(facts: Facts, claim: Claim) -> Found:
        salts = run("powders", "metathesis", facts.overrides)
        own = cost(salts, claim.given_prices, MATERIALS)
        sulfide = price_line(run("powders", route, facts.overrides), "Li2S", MATERIALS)
        needed = tie(sulfide, CostLine(claim.target * own, 0.0))
        details = {"own": own, "needed": needed}
        if "usd_Li2S" in claim.given:
            return Found(sulfide.at(claim.given["usd_Li2S"]) / own, details=details)
        base = salts.line.library.materials["Li2S"].price
        assert base is not None
        return Found(sulfide.at(base.value) / own, sulfide.at(needed) / own, details=details)

    return compute


COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {
    "metathesis_materials": _materials,
    "factor_published": _factor("wet_thf"),
    "factor_280": _factor("wet_thf"),
    "factor_490": _factor("wet_thf"),
    "factor_770": _factor("wet_thf"),
    "factor_10000": _factor("wet_thf"),
    "factor_milled": _factor("ball_milling"),
    "factor_our_prices": _factor("wet_thf"),
}
