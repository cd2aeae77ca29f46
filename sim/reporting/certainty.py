"""How sure the order of the lines is, in sentences and a table for each group of comparable lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.reporting.tables import Table, table
from sim.reporting.words import at_scale, name, number, title, unit
from sim.results import Kpis, LineFacts, Manifest, ScenarioFacts, Verdict, records

__all__ = ["section"]

WEEK_H = 168.0
FEWEST = 4
"""Replications from which a correlation between two lines says anything: on two it is 1 or -1, whatever the lines."""


def section(
    ranking: pd.DataFrame, differences: pd.DataFrame, verdicts: Sequence[Verdict], manifest: Manifest
) -> dict[str, Any]:
    """Return the sentences about the run, and for every group of two or more lines sentences and a table."""
    scenario = manifest["scenario"]
    several = [verdict for verdict in verdicts if len(verdict.ranking) > 1]
    routes = {line["name"]: str(line["route"]["name"]) for line in manifest["lines"]}
    sentences = [
        "Scatter from lot to lot, failures and shifts only: what is not known about prices, times and yields is larger "
        "and not in this section.",
        f"{_warm_up(scenario, manifest['lines'])} {_replications(scenario)}",
    ]
    return {
        "sentences": sentences,
        "groups": [
            _group(ranking, differences, verdict, routes) for verdict in several if scenario["replications"] > 1
        ],
    }


def _warm_up(scenario: ScenarioFacts, lines: Sequence[LineFacts]) -> str:
    """Say how long the warm-up is, and how long it would have to be."""
    weeks = _weeks(float(scenario["warm_up_h"]))
    taken = f"Counting begins after a warm-up of {weeks}"
    taken += ", found by MSER-5 on a first set of replications." if scenario["warm_up_found"] else ", as given."
    needed = [cut for line in lines if (cut := line["settled_h"]) is not None]
    if not needed:
        return f"{taken} The run is too short to find out by MSER-5 when the lines have settled."
    low, high = min(needed), max(needed)
    found = _weeks(high) if low == high else f"{low / WEEK_H:.1f} to {_weeks(high)}"
    late = [name(line["name"]) for line in lines if line["settled_h"] is None]
    rest = f"; {', '.join(late)}: cannot be told from this run" if late else ""
    return f"{taken} The rule MSER-5 would leave out {found}{rest}."


def _weeks(time_h: float) -> str:
    weeks = f"{time_h / WEEK_H:.1f}".removesuffix(".0")
    return f"{weeks} week{'' if weeks == '1' else 's'}"


def _replications(scenario: ScenarioFacts) -> str:
    count, asked = int(scenario["replications"]), scenario["precision"]
    if not asked:
        return f"The number of replications, {count}, was given."
    goal = f"good output and cost of every line to ± {_percent(asked['relative'])} at {_percent(asked['confidence'])}"
    if asked["reached"]:
        return f"Replications were added until they gave {goal}: {count}."
    return f"{count} replications, the limit, did not give {goal}."


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _chance(share: float) -> str:
    """Return a chance as it is printed: no chance that was drawn is sure.

    >>> _chance(0.99971), _chance(0.0), _chance(0.854)
    ('> 99.9 %', '< 0.1 %', '85 %')
    """
    if math.isnan(share):
        return "–"
    if share > 0.999 or share < 0.001:
        return "> 99.9 %" if share > 0.5 else "< 0.1 %"
    digits = 0 if 0.1 <= share <= 0.9 else 1
    return f"{100.0 * share:.{digits}f} %"


def _group(
    ranking: pd.DataFrame, differences: pd.DataFrame, verdict: Verdict, routes: Mapping[str, str]
) -> dict[str, Any]:
    costs = differences[(differences["kpi"] == Kpis.cost_per_unit.name) & differences["line_a"].isin(verdict.lines)]
    chances = {row.line: float(row.chance_best) for row in records(ranking) if row.line in verdict.lines}
    first = verdict.ranking[0]
    pairs = records(costs)
    apart = sum(row.ci_low > 0.0 or row.ci_high < 0.0 for row in pairs)
    of = _chance(chances[first.line])
    of = of.replace(">", "above") if of.startswith(">") else f"of {of}"
    sentences = [
        f"{title(first.line)} is the cheapest with a chance {of}. {_apart(apart, len(pairs))}",
        _common([row for row in pairs if routes[row.line_a] == routes[row.line_b]]),
    ]
    return {
        "heading": f"{at_scale(title(verdict.function), verdict.scale)}, per {unit(verdict.unit)}",
        "sentences": [text for text in sentences if text],
        "table": _table(verdict, chances, pairs),
    }


def _apart(apart: int, pairs: int) -> str:
    """Say how many pairs of lines differ in cost for sure."""
    if pairs == 1:
        zero = "does not hold zero" if apart else "holds zero"
        return f"The 95 % interval of the difference in cost {zero}."
    return f"The 95 % interval of the difference in cost tells {apart} of {pairs} pairs apart."


def _common(pairs: Sequence[Any]) -> str:
    """Say what common random numbers bought between pairs of one route; lines of different routes have none."""
    if not pairs:
        return "Chance is not shared between these lines: only lines of one route draw the same random numbers."
    known = [float(row.variance_reduction) for row in pairs if _told(row)]
    if not known or (middle := float(np.median(known))) < _LEAST_GAIN:
        return ""
    size = f"{middle:.0%}".replace("%", " %")
    which = "the difference" if len(known) == 1 else "a difference (median of the pairs)"
    more = ""
    if middle <= 0.999:
        more = f"; without them, it would take {1 / (1 - middle):.2g} times as many replications to be as sure"
    return f"Random numbers that lines of one route share take {size} off the variance of {which}{more}."


_LEAST_GAIN = 0.05
"""Share of a variance from which it is no chance of a few replications."""


def _told(row: Any) -> bool:
    """Say whether a pair has replications enough for a correlation."""
    return int(row.replications) >= FEWEST and not math.isnan(row.variance_reduction)


def _change(share: float) -> str:
    """Return by how much a variance grows or shrinks, from the share that is saved.

    >>> _change(0.8), _change(-0.32), _change(0.001)
    ('−80 %', '+32 %', '0 %')
    """
    percent = f"{-100.0 * share:+.0f} %"
    return "0 %" if percent in ("+0 %", "-0 %") else percent.replace("-", "−")


def _table(verdict: Verdict, chances: Mapping[str, float], pairs: Sequence[Any]) -> Table:
    per = unit(f"USD/{verdict.unit}")
    columns = [
        ("Line", "", "w"),
        ("Cost", per, "r"),
        ("±", per, "r"),
        ("Cheapest", "chance", "r"),
        ("Dearer than above", per, "r"),
        ("95 % interval", per, "r"),
        ("Correlation", "", "r"),
        ("Variance", "by shared numbers", "r"),
    ]
    rows = []
    for at, it in enumerate(verdict.ranking):
        cells = ["", "", "", ""]
        if at:
            above = verdict.ranking[at - 1].line
            row = next(row for row in pairs if {row.line_a, row.line_b} == {above, it.line})
            sign = 1.0 if row.line_b == it.line else -1.0
            low, high = sorted((sign * row.ci_low, sign * row.ci_high))
            cells = [
                number(sign * row.mean),
                f"{number(low)} to {number(high)}",
                number(row.correlation, 2) if _told(row) else "–",
                _change(float(row.variance_reduction)) if _told(row) else "–",
            ]
        rows.append(
            [name(it.line), number(it.cost), number(0.5 * (it.high - it.low), 2), _chance(chances[it.line]), *cells]
        )
    return table(columns, rows)
