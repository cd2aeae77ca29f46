"""What a square metre costs and what it buys: a table, sentences, and the figures that belong to them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.reporting.figures.bars import groups
from sim.reporting.tables import Table, table, value
from sim.reporting.words import at_scale, name, number, quantity, title, unit
from sim.results import Film, Kpis, films, front, thickness
from sim.results import LineFacts as Line

__all__ = ["SAME", "every", "sections", "worth"]

SAME = 1.05
"""Ratio of area resistances up to which lines count as equal."""
COLUMNS = (
    Kpis.cost_per_unit, Kpis.conversion_cost_per_unit, Kpis.energy_per_unit, Kpis.gwp_per_unit,
    Kpis.conductivity, Kpis.area_resistance,
)  # fmt: skip
PUBLISHED_CELL = "published cell"
"""Line of a specification that quotes what a cell with the product has done."""
ROOM_K, ZERO_K = 298.15, 273.15


def sections(
    summary: pd.DataFrame, lines: Sequence[Line], figures: Mapping[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """Return what the report says of every group of films that has a Pareto picture or a heat map."""
    found = []
    for at, group in enumerate(groups(lines), 1):
        keys = {kind: f"compare.{at}.{kind}" for kind in ("pareto", "heatmap")}
        shown = {kind: key if key in figures else "" for kind, key in keys.items()}
        if any(shown.values()):
            heading = at_scale(title(str(group[0]["function"])), str(group[0].get("scale", "")))
            text = worth(films(summary, [line["name"] for line in group]), str(group[0]["unit"]))
            found.append({"heading": heading, "text": text, "table": _table(summary, group), **shown})
    return found


def every(summary: pd.DataFrame, lines: Sequence[Line]) -> Table | None:
    """Return all membranes of a run and what stands beside them in a published cell, in the order of the scenario.

    Also those that no other may be ranked with; None if all of them have one function.
    """
    shown = [line for line in lines if line["kind"] == "membrane" or PUBLISHED_CELL in line["spec"]]
    if len({line["function"] for line in shown}) < 2:
        return None
    kpis = (Kpis.conductivity, Kpis.area_resistance, Kpis.cost_per_unit)
    rows = [
        [
            name(line["name"]),
            unit(thickness(line)) or "–",
            *(number(value(summary, line["name"], kpi.name)) for kpi in kpis),
            _measured_at(summary, line),
            unit(line["spec"].get(PUBLISHED_CELL, "–")),
        ]
        for line in shown
    ]
    columns = [(kpi.head, unit(kpi.of(shown[0]["unit"])), "r") for kpi in kpis]
    heads = [("Line", "", "w"), ("Thickness", "", "r"), *columns, ("Measured at", unit("degC"), "r"), ("Cell", "", "w")]
    return table(heads, rows)


def _measured_at(summary: pd.DataFrame, line: Line) -> str:
    """Return the temperature of a line's conductivity [degC]."""
    if math.isnan(value(summary, line["name"], "conductivity")):
        return "–"
    return f"{line.get('measured_at_k', ROOM_K) - ZERO_K:.0f}"


def _table(summary: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return cost, energy, greenhouse gas and what the film is, cheapest line first."""
    names = [str(line["name"]) for line in lines]
    kpis = set(summary[summary["line"].isin(names)]["kpi"])
    shown = [kpi for kpi in COLUMNS if kpi.name in kpis]
    ahead = {film.line for film in front(films(summary, [line["name"] for line in lines]))}
    thick = bool(ahead) and any(thickness(line) for line in lines)
    rows = []
    for line in sorted(lines, key=lambda line: value(summary, line["name"], "cost_per_unit")):
        cells = [number(value(summary, line["name"], kpi.name)) for kpi in shown]
        rows.append(
            [
                name(str(line["name"])),
                *([unit(thickness(line)) or "–"] if thick else []),
                *cells,
                *(["yes" if line["name"] in ahead else ""] if ahead else []),
            ]
        )
    columns = [("Line", "", "w"), *([("Thickness", "", "r")] if thick else [])]
    columns += [(kpi.head, unit(kpi.of(lines[0]["unit"])), "r") for kpi in shown]
    return table([*columns, *([("On the front", "", "l")] if ahead else [])], rows)


def worth(every: Sequence[Film], of: str) -> str:
    """Return in words what the cheapest film costs in resistance, and whom else no other beats.

    Parameters
    ----------
    every : sequence of Film
        Comparable films, cheapest first; of fewer than two there is nothing to say.
    of : str
        Functional unit.
    """
    return " ".join(_sentences(every, of)) if len(every) > 1 else ""


def _sentences(every: Sequence[Film], of: str) -> Iterator[str]:
    first, best = every[0], front(every)
    least, most = (pick(every, key=lambda film: film.resistance) for pick in (min, max))
    if most.resistance <= SAME * least.resistance:
        yield f"All have about the same area resistance, {number(least.resistance)} to {_ohm(most.resistance)}."
        return
    ratio = first.resistance / least.resistance
    beside = ", the least of all" if first is least else f", {_times(ratio)} the least" if ratio > SAME else ""
    yield f"{title(first.line)}, the cheapest, has an area resistance of {_ohm(first.resistance)}{beside}."
    others = [
        f"{name(film.line)} with {_ohm(film.resistance)} for {quantity(film.cost - first.cost, f'USD/{of}')} more"
        for film in best
        if film is not first
    ]
    if others:
        yield f"Less resistance costs more: {'; '.join(others)}."
    beaten = sorted((film for film in every if film not in best), key=lambda film: film.resistance)
    if len(beaten) == 1:
        yield f"The other, {name(beaten[0].line)}, resists more and is not cheaper: {_ohm(beaten[0].resistance)}."
    elif beaten:
        low, high = beaten[0], beaten[-1]
        yield (
            f"The other {len(beaten)} resist more and are not cheaper: {number(low.resistance)} ({name(low.line)}) to "
            f"{_ohm(high.resistance)} ({name(high.line)})."
        )


def _ohm(resistance: float) -> str:
    return quantity(resistance, "ohm cm2")


def _times(ratio: float) -> str:
    """Return a ratio in words.

    >>> _times(1.2), _times(14.2)
    ('20 % above', '14.2 times')
    """
    return f"{number(ratio)} times" if ratio >= 1.5 else f"{100 * (ratio - 1):.0f} % above"
