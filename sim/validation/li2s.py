"""Lithium sulfide by carbothermic reduction, and powders from a bulk grade of it or without it."""

from __future__ import annotations

from collections.abc import Callable

from sim.inputs import molar_mass
from sim.results import CostLine, tie
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import bought, cost, line, run
from sim.validation.powders import MATERIALS, price_line

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _yield(facts: Facts, name: str) -> float:
    """Return the lithium shipped over the lithium bought [%]."""
    per_kg = bought(line("li2s", name, facts.overrides), "Li2SO4")
    return 100.0 * molar_mass("Li2SO4") / molar_mass("Li2S") / per_kg


def _lithium(name: str) -> Compute:
    """Return the yield if the reduction were complete; fitted: with the conversion that was set for the claim."""
    return lambda facts, _: Found(_yield(facts, "complete"), _yield(facts, name))


def _anhydrous(facts: Facts, claim: Claim) -> Found:
    usd = cost(run("li2s", "anhydrous", facts.overrides), claim.given_prices, MATERIALS)
    return Found(usd, details={"rest": claim.target - usd})


def _monohydrate(facts: Facts, claim: Claim) -> Found:
    anhydrous, wet = (
        cost(run("li2s", name, facts.overrides), claim.given_prices, MATERIALS) for name in ("anhydrous", "monohydrate")
    )
    return Found(anhydrous, wet, details={"rest": claim.target - wet})


def _saving(own: float, other: CostLine, usd_per_kg: float) -> float:
    """Return what a route saves against another at a price of Li2S [%]."""
    return 100.0 * (1.0 - own / other.at(usd_per_kg))


def _solution(facts: Facts, claim: Claim) -> Found:
    """Return what the route from bulk Li2S saves against the wet route with pure Li2S, at their prices."""
    bulk, pure = (run("powders", name, facts.overrides) for name in ("bulk_solution_sulfur", "wet_thf"))
    own, other = cost(bulk), price_line(pure, "Li2S")
    price = pure.line.library.materials["Li2S"].price
    assert price is not None
    if "usd_Li2S" in claim.given:
        return Found(_saving(own, other, claim.given["usd_Li2S"]))
    needed = tie(other, CostLine(own / (1.0 - claim.target / 100.0), 0.0))
    found = _saving(own, other, price.value)
    return Found(found, _saving(own, other, needed), details={"needed": needed})


def _process_alone(facts: Facts, _: Claim) -> Found:
    """Return what the same route saves if it has to pay for its Li2S as much as the other."""
    bulk, pure = (run("powders", name, facts.overrides) for name in ("bulk_solution_sulfur", "wet_thf"))
    price = pure.line.library.materials["Li2S"].price
    assert price is not None
    return Found(100.0 * (1.0 - cost(bulk, {"Li2S_bulk": price.value}) / cost(pure)))


def _halide(facts: Facts, claim: Claim) -> Found:
    """Return raw materials of a dense film of Li2ZrCl6 [USD/m2]; fitted: with another price of ZrCl4."""
    route = run("powders", "lzc_mechanochemical", facts.overrides)
    kg_per_m2 = _kg_per_m2(facts, claim.given["um"])
    zirconium = price_line(route, "ZrCl4", MATERIALS)
    needed = tie(zirconium, CostLine(claim.target / kg_per_m2, 0.0))
    return Found(cost(route, {}, MATERIALS) * kg_per_m2, zirconium.at(needed) * kg_per_m2, details={"needed": needed})


def _halide_film(facts: Facts, claim: Claim) -> Found:
    """Return the thickness whose raw materials cost the claimed price per m2 [um]."""
    usd_per_kg = cost(run("powders", "lzc_mechanochemical", facts.overrides), {}, MATERIALS)
    return Found(claim.given["usd_per_m2"] / (usd_per_kg * _kg_per_m2(facts, 1.0)))


def _kg_per_m2(facts: Facts, um: float) -> float:
    density = line("powders", "lzc_mechanochemical", facts.overrides).library.materials["Li2ZrCl6"].density
    assert density is not None
    return density.value * um * 1e-6


COMPUTATIONS: dict[str, Compute] = {
    "li2s_yield": _lithium("anhydrous"),
    "li2s_yield_dry": _lithium("dry_mixed"),
    "li2s_anhydrous": _anhydrous,
    "li2s_monohydrate": _monohydrate,
    "solution_saving": _solution,
    "solution_catalogue": _solution,
    "solution_process": _process_alone,
    "halide_per_area": _halide,
    "halide_thickness": _halide_film,
}
