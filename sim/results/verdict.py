"""The verdict: which line of a group is the cheapest, and how sure that is; one for paper, page and terminal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from typing_extensions import TypedDict

from sim.results.compare import group_key, records
from sim.results.kpis import Kpis
from sim.results.manifest import LineFacts

if TYPE_CHECKING:
    from sim.results.folder import Results

__all__ = ["NAMED", "VerdictFacts", "verdicts"]

COST = Kpis.cost_per_unit.name

NAMED = 0.9
"""Least chance to be the cheapest of a line that is named the winner [1]."""
GUESSED = ("D", "E")
"""Grades of numbers that are no more than a guess."""


class VerdictFacts(TypedDict):
    """Which line of a group is the cheapest, and how sure that is."""

    kind: str
    function: str
    unit: str
    scale: str
    """Empty where nobody speaks of scales."""
    service: str
    """What sets these lines apart from others of the same function, see `LineFacts`; empty where nothing does."""
    lines: list[str]
    """The one that is the cheapest most often first; those that get no price last."""
    chances: list[float | None]
    """Of every line to be the cheapest [1]; None without samples."""
    winner: str
    """Line that is named the cheapest, empty if none is."""
    reason: str
    """`ahead`; or why none is named: `close` (the chance is below 0.9), `price_set` (another one is first at a whole
    price set), `service` (a usable kWh is not surely cheaper), `alone`, `unequal` (alone, for others of its function
    serve otherwise), `not_sampled`, `unpriced`."""
    unless: list[str]
    """Price sets at which another line is the cheapest most often."""
    guessed: float | None
    """Share of the variance of the difference of the two first that comes from numbers of grade D and E [1]."""


def verdicts(results: Results) -> list[VerdictFacts]:
    """Return a verdict for every group of lines of equal kind, function, unit, scale and service, in order.

    Lines are in the order of their chance to be the cheapest; without samples, of their cost. A winner is named if its
    chance is at least `NAMED`, and it is first at every whole price set of the lines' scale, too; and, where the run
    has a cell, if a kWh that is usable at C/3 costs less than with any other line, whatever the resistances are in
    their ranges. Lines that no headline may price (see `LineFacts`) come last and have no chance.
    """
    groups: dict[tuple[str, ...], list[LineFacts]] = {}
    for line in results.manifest["lines"]:
        groups.setdefault(group_key(line), []).append(line)
    alike = Counter(key[:-1] for key in groups)
    return [_verdict(results, lines, apart=alike[key[:-1]] > 1) for key, lines in groups.items()]


def _verdict(results: Results, lines: Sequence[LineFacts], *, apart: bool) -> VerdictFacts:
    names = [line["name"] for line in lines]
    priced = [line["name"] for line in lines if not line.get("unpriced")]
    drawn, sets = _chances(results.chances, names)
    cost = results.summary[results.summary["kpi"] == COST].set_index("line")["mean"]
    order = sorted(priced, key=lambda name: (-drawn.get(name, 0.0), float(cost.get(name, float("inf")))))
    first = order[0] if order else ""
    unless = sorted(name for name, chances in sets.items() if max(chances, key=lambda line: chances[line]) != first)
    winner, reason = "", "unpriced"
    if len(order) == 1:
        reason = "unequal" if apart else "alone"
    elif any(name not in drawn for name in order):
        reason = "not_sampled"
    elif order and drawn[first] < NAMED:
        reason = "close"
    elif order and unless:
        reason = "price_set"
    elif order and not _surely(results.service, order):
        reason = "service"
    elif order:
        winner, reason = first, "ahead"
    return {
        "kind": lines[0]["kind"],
        "function": lines[0]["function"],
        "unit": lines[0]["unit"],
        "scale": lines[0].get("scale", ""),
        "service": lines[0].get("service", "") if apart else "",
        "lines": [*order, *(name for name in names if name not in priced)],
        "chances": [drawn.get(name) for name in (*order, *(name for name in names if name not in priced))],
        "winner": winner,
        "reason": reason,
        "unless": unless,
        "guessed": _guessed(results.deciding, first),
    }


def _surely(service: pd.DataFrame, order: Sequence[str]) -> bool:
    """Whether the first line makes usable kWh for less than the others do, by the ranges of all resistances."""
    rows = {str(row.line): row for row in records(service) if math.isfinite(row.usd_per_usable_kwh_high)}
    if not set(order) <= rows.keys():
        return True  # per m2 is all that can be said
    most = rows[order[0]].usd_per_usable_kwh_high
    return all(most < rows[name].usd_per_usable_kwh_low for name in order[1:])


def _chances(table: pd.DataFrame, names: Sequence[str]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return the chance of every line to be the cheapest, as drawn and by price set."""
    found: dict[str, dict[str, float]] = {}
    for row in records(table):
        if row.line in names:
            found.setdefault(row.price_set, {})[row.line] = float(row.chance_cheapest)
    return found.pop("", {}), found


def _guessed(deciding: pd.DataFrame, first: str) -> float | None:
    """Return the share of the variance of the difference of the two first lines that comes from guessed numbers [1]."""
    own = deciding[deciding["line"] == first]
    size = own["share"].abs()
    whole = float(size.sum())
    return float(size[own["grade"].isin(GUESSED)].sum()) / whole if whole > 0.0 else None
