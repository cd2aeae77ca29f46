"""How sure: what the ranges of all numbers make of the costs, and which of them, in sentences and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.reporting.figures.bars import groups
from sim.reporting.tables import Row, Table, table
from sim.reporting.words import at_scale, name, number, quantity, title, unit
from sim.results import Kpis, UncertaintyFacts, records
from sim.results import LineFacts as Line

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["COST", "aside", "doubt", "percent"]

COST = Kpis.cost_per_unit.name

FACTORS = {
    "capital": "prices of equipment",
    "footprints": "floor areas",
    "repairs": "repair times",
    "yields": "yields that rest on the same reason",
}
"""What the members of a common factor are called."""


def doubt(results: Results) -> dict[str, Any] | None:
    """Return the section "How sure are the numbers" of a run whose ranges were sampled; None for any other."""
    about = results.manifest.get("uncertainty")
    if about is None or results.uncertainty.empty:
        return None
    found = []
    for at, lines in enumerate(groups(results.manifest["lines"]), 1):
        first = lines[0]
        found.append(
            {
                "heading": f"{at_scale(title(str(first['function'])), str(first.get('scale', '')))}, "
                f"per {unit(str(first['unit']))}",
                "figure": f"compare.{at}.doubt",
                "sentences": [*_costs(results, lines), *_duels(results, lines)],
                "table": _quantiles(results, lines),
            }
        )
    return {"method": _method(about), "groups": found, "drivers": _drivers(results)}


def _costs(results: Results, lines: Sequence[Line]) -> list[str]:
    """Say of every line between what its cost lies, and where the run stands among the samples."""
    rows = {row.line: row for row in records(results.uncertainty) if row.kpi == COST}
    out = []
    for line in lines:
        row = rows.get(line["name"])
        if row is None:
            continue
        cost = results.samples.loc[results.samples["line"] == line["name"], COST].dropna().to_numpy(dtype=float)
        above = float(np.mean(cost > row.run)) if cost.size else 0.0
        text = (
            f"{title(str(line['name']))}: in eight samples of ten the cost lies between {number(float(row.p10))} and "
            f"{quantity(float(row.p90), str(row.unit))}, in half of them below {number(float(row.p50))}. "
            f"The run, with every number at its most likely value, finds {number(float(row.run))}; "
            f"{percent(above)} of the samples cost more.{_lean(results, row)}"
        )
        if np.isfinite(row.share_from_ranges):
            text += (
                f" From lot to lot the cost varies by {number(float(row.lots_sd), 2)} (standard deviation), which is "
            )
            text += f"{percent(1.0 - float(row.share_from_ranges))} of the variance; the rest is what we do not know."
        out.append(text)
    return out


def aside(row: Any) -> str:
    """Return on which side of eight samples in ten the run stands, with every number at its most likely value."""
    return "below" if row.run < row.p10 else "above" if row.run > row.p90 else ""


def _lean(results: Results, row: Any) -> str:
    """Say why the run stands aside of the samples: what the ends of the ranges do to the cost, one at a time."""
    own = results.influence
    own = own[own["line"] == row.line]
    ends = own[["cost_low", "cost_high"]].sub(own["cost"], axis=0)
    more, less = ends.max(axis=1).clip(lower=0.0).sum(), -ends.min(axis=1).clip(upper=0.0).sum()
    if not aside(row) or more == less:
        return ""
    wide, narrow = ("up", "down") if more > less else ("down", "up")
    return (
        f" The ranges reach further {wide} than {narrow}: at their dear ends, one at a time, the numbers add "
        f"{quantity(float(more), str(row.unit))} in all, at their cheap ends they take off {number(float(less))}."
    )


def _duels(results: Results, lines: Sequence[Line]) -> list[str]:
    """Say how often one line is cheaper than another."""
    names = {line["name"] for line in lines}
    duels = [row for row in records(results.beats) if row.kpi == COST and {row.line_a, row.line_b} <= names]
    parts = []
    for row in duels:
        ahead, behind, share = row.line_a, row.line_b, float(row.probability)
        if share < 0.5:
            ahead, behind, share = behind, ahead, 1.0 - share
        parts.append(f"{name(str(ahead))} is cheaper than {name(str(behind))} in {percent(share)} of the samples")
    if not parts:
        return []
    return [f"Sample by sample, with shared prices drawn once for all lines: {'; '.join(parts)}."]


def percent(share: float) -> str:
    """Return a share of samples; none and all are said only of none and all."""
    if 0.0 < share < 0.005:
        return "less than 1 %"
    if 0.995 < share < 1.0:
        return "more than 99 %"
    return f"{100.0 * share:.0f} %"


def _quantiles(results: Results, lines: Sequence[Line]) -> Table:
    """Return the quantiles of the cost of every line, beside the scatter from lot to lot."""
    of = f"USD/{unit(str(lines[0]['unit']))}"
    columns = [
        ("Line", "", "w"),
        ("P10", of, "r"),
        ("P50", of, "r"),
        ("P90", of, "r"),
        ("Run", of, "r"),
        ("Ranges", "± sd", "r"),
        ("Lot to lot", "± sd", "r"),
    ]
    rows: list[Row] = []
    names = [line["name"] for line in lines]
    for row in records(results.uncertainty):
        if row.kpi == COST and row.line in names:
            figures = (row.p10, row.p50, row.p90, row.run, row.sd, row.lots_sd)
            shown = [number(float(figure)) if np.isfinite(figure) else "–" for figure in figures]
            rows.append([name(str(row.line)), *shown])
    return table(columns, rows)


def _drivers(results: Results, most: int = 5) -> Table:
    """Return the numbers with which the cost of every line goes up and down most."""
    titles = {f"{row.where}.{row.quantity}": str(row.title) for row in records(results.influence)}
    ranks = results.sensitivity
    ranks = ranks[(ranks["kpi"] == COST) & (ranks["method"] == "spearman")]
    rows: list[Row] = []
    for line in results.manifest["lines"]:
        own = ranks[ranks["line"] == line["name"]].head(most)
        if len(own):
            rows.append(name(str(line["name"])))
        for row in records(own):
            words = title(titles.get(str(row.parameter), str(row.parameter)))
            rows.append([words, _signed(row.value), f"{_signed(row.low)} to {_signed(row.high)}"])
    return table([("Number", "", "w"), ("Rank correlation", "", "r"), ("95 % interval", "", "r")], rows)


def _signed(x: float) -> str:
    return f"{x:+.2f}".replace("-", "−")


def _method(about: UncertaintyFacts) -> list[str]:
    """Say what was sampled, what goes together, and what was left out."""
    count = f"{int(about['samples']):,}"
    text = (
        f"{count} samples ({title(str(about['sampler']))}) of {int(about['parameters']):,} numbers with a range, each "
    )
    text += (
        "triangular from its low end over its value to its high end unless it says otherwise. Chance is the same in "
    )
    text += "all of them."
    bound = [f"{FACTORS[item['name']]} ({item['rank']:g})" for item in about["factors"] if item["rank"]]
    if bound:
        text += f" High or low together, with their rank correlation: {', '.join(bound)}."
    out = [text]
    said = [
        f"{name(str(line['name']))} {len(line['plan_sampled'])} of {len(line['plan_sampled']) + line['plan_held']} "
        f"({percent(float(line['held_share']))})"
        for line in about["lines"]
        if line["plan_held"]
    ]
    if said:
        out.append(
            f"Numbers that change the plan of a line (times, yields, charges) cost a simulation each: {about['plans']} "
            f"for every line, with the few that a screening found to move the cost most. Sampled, and in brackets the "
            f"share of the variance of all such numbers that is left out: {', '.join(said)}."
        )
    failed = sum(int(line["failed"]) for line in about["lines"])
    if failed:
        out.append(f"{failed} samples combine values that do not go together; they are left out.")
    return out
