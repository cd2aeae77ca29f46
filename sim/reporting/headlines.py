"""The numbers of page 1, line by line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.reporting.contract import Given, Headline, Number
from sim.reporting.figures.answer import six
from sim.reporting.figures.bars import moving
from sim.reporting.figures.style import line_colours
from sim.reporting.tables import value
from sim.reporting.verdict import medians
from sim.reporting.words import as_typed, name
from sim.results import Results, VerdictFacts, kpi_named, records

__all__ = ["headlines"]


def headlines(results: Results, verdicts: Sequence[VerdictFacts]) -> list[Headline]:
    """Return what page 1 says of every line, in the order of the verdicts."""
    facts = {line["name"]: line for line in results.manifest["lines"]}
    rows = medians(results)
    categories = six(results.costs)
    shades = line_colours(facts.values())
    found: list[Headline] = []
    for verdict in verdicts:
        for key, often in zip(verdict["lines"], verdict["chances"], strict=True):
            line, row = facts[key], rows.get(key)
            priced = not line.get("unpriced")
            own = results.costs[results.costs["line"] == key]
            size = own["usd_per_unit"].abs().groupby(own["grade"]).sum()
            whole, stated = float(size.sum()) or 1.0, value(results.summary, key, "cost_per_unit")
            ends = [float(row.p50), float(row.p10), float(row.p90)] if row is not None and priced else [None] * 3
            found.append(
                {
                    "line": key,
                    "title": as_typed(line["title"]),
                    "function": line["function"],
                    "unit": line["unit"],
                    "cost_median": ends[0],
                    "cost_p10": ends[1],
                    "cost_p90": ends[2],
                    "cost_stated": stated if priced and not math.isnan(stated) else None,
                    "chance_cheapest": often,
                    "output": value(results.summary, key, "throughput"),
                    "grades": {str(grade): usd / whole for grade, usd in size.to_dict().items()},
                    "categories": categories.get(key, {}),
                    "colour": shades[key],
                    "numbers": _numbers(results, key),
                    "given": _given(results, key),
                }
            )
    return found


def _numbers(results: Results, line: str) -> list[Number]:
    spread = {row.kpi: row for row in records(results.uncertainty) if row.line == line}
    return [
        {
            "kpi": row.kpi,
            "title": name(kpi_named(row.kpi).called(row.kpi)),
            "unit": row.unit,
            "value": float(row.mean),
            "low": _known(row.ci_low),
            "high": _known(row.ci_high),
            "p10": _known(spread[row.kpi].p10) if row.kpi in spread else None,
            "p50": _known(spread[row.kpi].p50) if row.kpi in spread else None,
            "p90": _known(spread[row.kpi].p90) if row.kpi in spread else None,
        }
        for row in records(results.summary[results.summary["line"] == line])
        if math.isfinite(row.mean)
    ]


def _given(results: Results, line: str) -> list[Given]:
    """Return the numbers that move the cost of a line; what an end does is worked out in expected values."""
    own = results.influence[results.influence["line"] == line]
    base = float(results.costs.loc[results.costs["line"] == line, "usd_per_unit"].sum())
    return [
        {
            "path": f"{row.where}.{row.quantity}",
            "title": str(row.title),
            "unit": str(row.unit),
            "value": float(row.value),
            "low": _known(row.low),
            "high": _known(row.high),
            "grade": str(row.grade),
            "source": str(row.source),
            "cost_low": _known(base + row.cost_low - row.cost),
            "cost_high": _known(base + row.cost_high - row.cost),
        }
        for row in records(moving(own))
    ]


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
