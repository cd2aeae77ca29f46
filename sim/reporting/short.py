"""In short: what the first page says at its top if a scenario asks for more than an order of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.reporting import cell, sizing, sweeps, tables
from sim.reporting.doubt import COST, aside, percent
from sim.reporting.figures.bars import groups
from sim.reporting.words import listed, name, number, quantity, title
from sim.results import LineFacts, ladders, records

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["short"]

Paragraph = dict[str, str]


def short(results: Results, titles: Mapping[tuple[str, str], str]) -> list[Paragraph]:
    """Return paragraphs (a bold `lead` and the `text` after it) that answer what sweeps, searches and samples ask.

    Parameters
    ----------
    results : Results
        Tables and manifest of a run.
    titles : mapping
        Plain names of the steps, by line and step.
    """
    manifest = results.manifest
    found = [(f"{sweeps.heading(sweep)}.", sweeps.ends(results.sweep, sweep)) for sweep in manifest.get("sweeps", [])]
    rungs = [ladder for group in ladders(manifest["lines"], results.summary) for ladder in group]
    found.append(("From laboratory to plant.", [tables.shrinking(results.costs, ladder) for ladder in rungs[:MOST]]))
    found.append(("By region.", _regions(results.costs, manifest["lines"])))
    found.append(("In eight samples of ten.", _ranges(results)))
    if len(results.optimum):
        cheapest = sizing.optimum(results.optimum, manifest["optimised"], titles)
        found.append(("The cheapest plant.", cheapest["sentences"]))
    if len(results.bottleneck):
        found.append(("What one more brings.", sizing.bottleneck(results.bottleneck, titles)["sentences"]))
    if len(results.sizing):
        found.append(("Machine counts.", sizing.confirmed(results.sizing, titles)["sentences"]))
    found.append(("The cell.", cell.sentences(results)))
    return [{"lead": lead, "text": " ".join(said)} for lead, said in found if said]


MOST = 5
"""Most routes whose way from laboratory to plant is told on the first page."""


def _regions(costs: pd.DataFrame, lines: Sequence[LineFacts]) -> list[str]:
    """Say what the region makes of the cost of every route that is worked out in several, and by what."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        found.setdefault((str(line.get("route", {}).get("name")), str(line["unit"])), []).append(line["name"])
    regions = {line["name"]: line.get("region") for line in lines}
    out = []
    for (route, of), names in found.items():
        if len({regions[key] for key in names}) < max(2, len(names)):
            continue
        wide = costs[costs["line"].isin(names)].pivot_table(
            index="category", columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0
        )
        totals = wide.sum()
        low, high = str(totals.idxmin()), str(totals.idxmax())
        more = (wide[high] - wide[low]).sort_values(ascending=False, kind="stable")
        parts = [f"{number(float(usd))} is {name(str(key))}" for key, usd in more.head(3).items()]
        out.append(
            f"{title(route)} costs {number(float(totals[low]))} ({name(str(regions[low]))}) to "
            f"{quantity(float(totals[high]), f'USD/{of}')} ({name(str(regions[high]))}); of the difference of "
            f"{quantity(float(totals[high] - totals[low]), f'USD/{of}')} {parts[0]}, {parts[1]} and {parts[2]}."
        )
    return out


def _ranges(results: Results) -> list[str]:
    """Say between what the cost of every line lies, how often the first beats the second, and what decides."""
    if results.manifest.get("uncertainty") is None or results.uncertainty.empty:
        return []
    rows = {row.line: row for row in records(results.uncertainty) if row.kpi == COST}
    out = []
    for lines in groups(results.manifest["lines"]):
        known = [rows[line["name"]] for line in lines if line["name"] in rows]
        said = [f"{number(row.p10)} to {quantity(row.p90, row.unit)} ({name(row.line)})" for row in known]
        if said:
            out.append(f"{title(str(lines[0]['function']))} costs {', '.join(said)}{_first(results.beats, known)}.")
    strongest = _strongest(results)
    return [*out, *_run(rows), *([f"What moves the cost most: {strongest}."] if out and strongest else [])]


def _run(rows: Mapping[str, Any]) -> list[str]:
    """Say which lines cost less, or more, in the run than in nine samples of ten."""
    out = []
    for side, other, way in (("below", "less", "up than down"), ("above", "more", "down than up")):
        names = [name(line) for line, row in rows.items() if aside(row) == side]
        if names:
            out.append(
                f"With every number at its most likely value, as in the run below, {listed(names)} "
                f"{'costs' if len(names) == 1 else 'cost'} {other} than that, for most ranges reach further {way}."
            )
    return out


def _first(beats: pd.DataFrame, known: Sequence[Any]) -> str:
    """Say how often the line of the least median cost beats the next."""
    if len(known) < 2:
        return ""
    best, next_ = sorted(known, key=lambda row: float(row.p50))[:2]
    for row in records(beats):
        if row.kpi == COST and {row.line_a, row.line_b} == {best.line, next_.line}:
            share = float(row.probability) if row.line_a == best.line else 1.0 - float(row.probability)
            often = "all" if share == 1.0 else f"{percent(share)} of the"
            return f"; {name(best.line)} is cheaper than {name(next_.line)} in {often} samples"
    return ""


def _strongest(results: Results) -> str:
    """Return the number that goes with the cost of each line most, where the samples tell."""
    ranks = results.sensitivity
    told = ranks["low"] * ranks["high"] > 0.0
    ranks = ranks[(ranks["kpi"] == COST) & (ranks["method"] == "spearman") & told]
    words = {f"{row.where}.{row.quantity}": str(row.title) for row in records(results.influence)}
    firsts = records(ranks.drop_duplicates("line"))
    return "; ".join(f"{name(words.get(row.parameter, row.parameter))} ({name(row.line)})" for row in firsts)
