"""Figures of the review held against other figures of the review and of the papers that it cites."""

from __future__ import annotations

from collections.abc import Callable

from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import run
from sim.validation.powders import price_line

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _sum(column: str) -> Compute:
    """Return what the rows of a column of the cell table add up to."""
    return lambda facts, _: Found(sum(getattr(row, column) for row in facts.table.components.values()))


def _product(facts: Facts, _: Claim) -> Found:
    """Return the sum of weight times price over the rows."""
    return Found(sum(row.weight_g * row.usd_per_kg / 1000.0 for row in facts.table.components.values()))


def _missing(facts: Facts, _: Claim) -> Found:
    """Return the weight that the printed total lacks."""
    rows = facts.table.components.values()
    return Found(sum(row.weight_g for row in rows) - facts.table.total.weight_g)


def _share(name: str) -> Compute:
    """Return the share of a component in the sum of all rows [%]."""

    def compute(facts: Facts, _: Claim) -> Found:
        rows = facts.table.components
        return Found(100.0 * rows[name].usd / sum(row.usd for row in rows.values()))

    return compute


def _totals(facts: Facts, _: Claim) -> Found:
    """Return the printed total of the solid-state column over a thousand times the printed cost."""
    return Found(facts.table.total.assb / (1000.0 * facts.table.total.usd))


def _cathode(facts: Facts, _: Claim) -> Found:
    """Return the cathode material that the conventional column pays for at the price of the table [g]."""
    row = facts.table.components["NCM811"]
    return Found(row.lib / row.usd_per_kg)


def _ratio(facts: Facts, _: Claim) -> Found:
    """Return the printed solid-state total over that of the conventional column, per gram of cathode material."""
    rows, total = facts.table.components, facts.table.total
    cathode = rows["NCM811"]
    return Found((total.assb / cathode.assb) / (total.lib / cathode.lib))


def _electrolyte(facts: Facts, claim: Claim) -> Found:
    """Return the materials of a kg of electrolyte at the review's price of lithium sulfide, losses left out."""
    price = price_line(run("demand", "milled", facts.overrides), "Li2S", ("materials",))
    return Found(price.at(claim.given["usd_Li2S"]), details={"needed": (claim.target - price.fixed) / price.slope})


def _watt(facts: Facts, _: Claim) -> Found:
    """Return a thousandth of the solid-state column's total, and of the conventional one's."""
    return Found(facts.table.total.assb / 1000.0, details={"conventional": facts.table.total.lib / 1000.0})


def _thickness(_: Facts, claim: Claim) -> Found:
    """Return the thickness of a film from its conductivity and conductance [um]."""
    return Found(1e4 * claim.given["ms_per_cm"] / claim.given["ms_per_cm2"])


def _initial(_: Facts, claim: Claim) -> Found:
    return Found(claim.given["mah_per_g"] / claim.given["retention"])


def _paper(_: Facts, claim: Claim) -> Found:
    """Return the figure of the paper that the review cites."""
    return Found(claim.given["in_the_paper"])


COMPUTATIONS: dict[str, Compute] = {
    "table_products": _product,
    "table_weight": _sum("weight_g"),
    "table_missing_row": _missing,
    "table_cost": _sum("usd"),
    "table_ratio": _sum("ratio"),
    "table_electrolyte": _share("Electrolyte"),
    "table_separator": _share("Separator"),
    "table_totals": _totals,
    "table_lib_sum": _sum("lib"),
    "table_two_cells": _cathode,
    "table_like_for_like": _ratio,
    "table_usd_per_watt": _watt,
    "electrolyte_price_10000": _electrolyte,
    "electrolyte_price_15000": _electrolyte,
    "membrane_thickness": _thickness,
    "membrane_thickness_table": _thickness,
    "lii_initial": _initial,
    "laser_cvd_phase": _paper,
    "binder_graphite": _paper,
    "binder_cosolvent": _paper,
}
