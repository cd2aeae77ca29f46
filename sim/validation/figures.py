"""Annualised capital, cost indices and the six-tenths rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sim.inputs import Economics, Equipment
from sim.rollup import capital_recovery_factor, equipment_cost
from sim.validation.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]


def _annual(_: Facts, claim: Claim) -> Found:
    """Return the yearly cost of a plant's capital per unit of its yearly output."""
    given = claim.given
    factor = capital_recovery_factor(given["rate"], given["life_y"])
    return Found(given["capital_usd"] * factor / given["output_kg_per_year"])


def _recovery(_: Facts, claim: Claim) -> Found:
    return Found(capital_recovery_factor(claim.given["rate"], claim.given["life_y"]))


def _in_year(economics: Economics, year: int) -> Economics:
    return economics.model_copy(update={"year": year})


def _machine(facts: Facts) -> Equipment:
    """Return an entry of the catalogue with the exponent 0.6."""
    return facts.library.equipment["stirred_mill"]


def _index(facts: Facts, claim: Claim) -> Found:
    """Return by how much one machine's price grows between two years."""
    entry, economics = _machine(facts), facts.library.economics
    size = entry.price.at.value
    before, after = (
        equipment_cost(entry, size, _in_year(economics, int(claim.given[year]))).plain for year in ("from", "to")
    )
    return Found(after / before)


def _round_trip(facts: Facts, claim: Claim) -> Found:
    """Return a price that was moved to another year and back, over itself."""
    entry, economics = _machine(facts), facts.library.economics
    year = entry.price.value.year
    assert year is not None
    size, quoted = entry.price.at.value, entry.price.value
    there = equipment_cost(entry, size, _in_year(economics, int(claim.given["year"])))
    usd = there.contained if entry.price.contained else there.plain
    moved = entry.price.model_copy(update={"value": replace(quoted, value=usd, year=int(claim.given["year"]))})
    back = equipment_cost(entry.model_copy(update={"price": moved}), size, _in_year(economics, year))
    return Found((back.contained if entry.price.contained else back.plain) / quoted.value)


def _doubling(facts: Facts, _: Claim) -> Found:
    """Return by how much the price of a machine grows when its size doubles [%]."""
    entry, economics = _machine(facts), facts.library.economics
    size = entry.price.at.value
    one, two = (equipment_cost(entry, factor * size, economics).plain for factor in (1.0, 2.0))
    return Found(100.0 * (two / one - 1.0))


COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {
    "idemitsu_8_10": _annual,
    "idemitsu_10_20": _annual,
    "idemitsu_10_10": _annual,
    "recovery_7_25": _recovery,
    "recovery_8_10": _recovery,
    "recovery_10_20": _recovery,
    "recovery_0_20": _recovery,
    "index_2019_2023": _index,
    "index_round_trip": _round_trip,
    "six_tenths": _doubling,
}
