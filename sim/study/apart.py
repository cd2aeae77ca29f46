"""Simulated against expected cost: where a line's queues and chance make it dearer than its flowsheet, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from sim.plant import Line
from sim.results import interval
from sim.rollup import expected, expected_cost, loss_tree, shipped_per_year

__all__ = ["NEAR", "apart"]

NEAR = 0.01
"""Simulated and expected cost that differ by less than this share are the same [1]."""


def apart(line: Line, tables: Mapping[str, pd.DataFrame]) -> str:
    """Say why a line's simulated cost is another than the expected one; empty if its interval comes within `NEAR`.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables `costs`, `kpis` and `losses` of the run.

    Notes
    -----
    The expected ledger knows yields, losses and machine hours, and no queues. What it lacks shows by category: more
    materials are stops and starts, what aged while it waited, and lots that were cut; more of what a plant costs in
    any case is output that stayed below the target. The step is named at which most more, or less, was spoiled than is
    expected.
    """
    own = tables["costs"][tables["costs"]["line"] == line.name]
    try:
        due, items = expected_cost(line)
    except (ValueError, ArithmeticError, ExceptionGroup):
        return ""
    simulated = float(own["usd_per_unit"].sum())
    if not due or not math.isfinite(due):
        return ""
    if abs(simulated / due - 1.0) - _half_width(line, tables) / due <= NEAR:
        return ""
    per_unit = due / math.fsum(item.usd_per_year for item in items)
    by_category: dict[str, float] = {}
    for item in items:
        by_category[item.category] = by_category.get(item.category, 0.0) + item.usd_per_year * per_unit
    more = own.groupby("category")["usd_per_unit"].sum().sub(pd.Series(by_category), fill_value=0.0)
    first = more.abs().sort_values(ascending=False).index[:3]
    parts = [f"{str(name).replace('_', ' ')} {more[name]:+.3g}" for name in first]
    parts[-1] += "".join((*_spoiled(line, tables), *_short(line, tables)))
    return (
        f"{line.name}: the simulated cost is {100.0 * (simulated / due - 1.0):+.1f} % off the expected one, "
        f"{simulated:.4g} against {due:.4g} USD/{line.unit}: {', '.join(parts)}"
    )


def _half_width(line: Line, tables: Mapping[str, pd.DataFrame]) -> float:
    """Return half the 95 % interval of the simulated cost [USD/unit], 0 for a single replication."""
    kpis = tables["kpis"]
    costs = kpis[(kpis["line"] == line.name) & (kpis["kpi"] == "cost_per_unit")]["value"]
    return interval(costs.tolist()).half_width if len(costs) > 1 else 0.0


def _spoiled(line: Line, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield where product was spoiled most beside what is expected, if it is more than a thousandth of the output."""
    own = tables["losses"][tables["losses"]["line"] == line.name]
    ledger = expected(line)
    found, due = (
        frame.groupby(["step", "category"])["units_per_year"].sum() for frame in (own, loss_tree(line, ledger))
    )
    more = found.sub(due, fill_value=0.0)
    largest = more.abs().sort_values(ascending=False).index[:1]
    for step, category in largest:
        if abs(more[step, category]) > 0.001 * shipped_per_year(ledger):
            amounts = (float(frame.get((step, category), 0.0)) for frame in (found, due))
            there, wanted = (f"{amount:.4g} {line.unit}/y" for amount in amounts)
            yield f"; spoiled at {step} ({category}): {there} of product, {wanted} expected"


def _short(line: Line, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield by how much the output misses its target, if it does."""
    kpis = tables["kpis"]
    found = kpis[(kpis["line"] == line.name) & (kpis["kpi"] == "throughput")]["value"]
    if line.target_per_year and len(found):
        share = float(found.mean()) / line.target_per_year - 1.0
        if abs(share) > 0.002:
            yield f"; its output is {100.0 * share:+.1f} % off the target"
