"""The report's section on sweeps: what changes along an axis, in sentences and a short table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.reporting.figures.sweeps import main_axis, words
from sim.reporting.tables import Row, Table, table
from sim.reporting.words import compact, name, number, quantity, title, unit
from sim.results import AxisFacts, SweepFacts

__all__ = ["cheapest_end", "ends", "heading", "section"]

SHOWN = 9
"""Points of a table, both ends among them."""


def section(rows: pd.DataFrame, sweep: SweepFacts) -> dict[str, Any]:
    """Return heading, figure, sentences and table of one sweep.

    Parameters
    ----------
    rows : DataFrame
        The table `sweep`.
    sweep : mapping
        Its entry in the manifest.
    """
    own = rows[rows["sweep"] == sweep["number"]]
    axis = main_axis(sweep)
    simple = len(sweep["axes"]) == 1
    return {
        "heading": heading(sweep),
        "figure": f"sweep.{sweep['number']}",
        "sentences": _sentences(own, axis) if simple else _best(own, sweep),
        "table": _table(own, axis) if simple else None,
    }


def heading(sweep: SweepFacts) -> str:
    """Return the title of a sweep, or its axes."""
    return unit(sweep["title"] or "; ".join(words(item).partition(" [")[0] for item in sweep["axes"]))


def ends(rows: pd.DataFrame, sweep: SweepFacts) -> list[str]:
    """Return a sentence on each line: what its unit costs at both ends of the axis, and where growth ceases to help.

    Parameters
    ----------
    rows : DataFrame
        The table `sweep`.
    sweep : mapping
        Its entry in the manifest.
    """
    own = rows[rows["sweep"] == sweep["number"]]
    axis = main_axis(sweep)
    if len(sweep["axes"]) > 1:
        return _best(own, sweep)
    found = [_way(line, known, axis) for line, known in _known(own)]
    return [f"{text}." for text in found] + _apart(own, axis)


def cheapest_end(rows: pd.DataFrame, sweep: SweepFacts) -> str:
    """Say how the cost of the line that is the cheapest at the end of a simple axis changes along it."""
    own = rows[rows["sweep"] == sweep["number"]]
    found, axis = _known(own), main_axis(sweep)
    if len(sweep["axes"]) > 1 or not found:
        return ""
    line, known = min(found, key=lambda item: float(item[1]["cost_per_unit"].iloc[-1]))
    first, last = known.iloc[0], known.iloc[-1]
    cost = [quantity(float(end["cost_per_unit"]), f"USD/{end['unit']}") for end in (first, last)]
    way = "falls" if last["cost_per_unit"] < first["cost_per_unit"] else "rises"
    text = f"{title(line)} {way} from {cost[0]} at {_at(first[axis['path']], axis)} to {cost[1]} at "
    text += _at(last[axis["path"]], axis)
    return f"{text}{_flat(known, axis) if axis['of_target'] and axis['log'] else ''}."


def _known(own: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return lines with the points at which their cost is known, where these are two at least."""
    lines = ((str(line), rows[rows["cost_per_unit"].notna()]) for line, rows in _basis(own).groupby("line", sort=False))
    return [(line, known) for line, known in lines if len(known) > 1]


def _way(line: str, known: pd.DataFrame, axis: AxisFacts) -> str:
    """Say what a unit of a line costs and takes at both ends of the axis."""
    first, last = known.iloc[0], known.iloc[-1]
    of = first["unit"]
    text = (
        f"{title(line)} goes from {quantity(first['cost_per_unit'], f'USD/{of}')} and "
        f"{quantity(first['energy_per_unit'], f'kWh/{of}')} at {_at(first[axis['path']], axis)} to "
        f"{quantity(last['cost_per_unit'], f'USD/{of}')} and {quantity(last['energy_per_unit'], f'kWh/{of}')} at "
        f"{_at(last[axis['path']], axis)}"
    )
    return text + (_flat(known, axis) if axis["of_target"] and axis["log"] else "")


def _basis(own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that cover the whole grid: expected values if there are any, else simulated ones."""
    is_expected = own["by"] == "expected"
    return own[is_expected] if is_expected.any() else own


def _at(value: Any, axis: AxisFacts) -> str:
    """Return a value of an axis with its unit."""
    if not axis["numeric"]:
        return name(str(value))
    digits = 3 if axis["log"] else 4
    return f"{compact(float(f'{float(value):.{digits}g}'))} {unit(axis['unit']).replace('Mm2', 'million m²')}".strip()


def _sentences(own: pd.DataFrame, axis: AxisFacts) -> list[str]:
    found = []
    for line, known in _known(own):
        first, last = known.iloc[0], known.iloc[-1]
        found.append(
            f"{_way(line, known, axis)}. It grows from {first['machines']:.0f} to {last['machines']:.0f} machines and "
            f"from {first['people']:.0f} to {last['people']:.0f} people."
            if axis["of_target"]
            else f"{_way(line, known, axis)}, with {first['machines']:.0f} and {last['machines']:.0f} machines and "
            f"{first['people']:.0f} and {last['people']:.0f} people."
        )
    if axis["of_target"] and found:
        found.append(
            "A small plant is dear because posts that are staffed whatever the output (control room, laboratory, "
            "maintenance), one machine of each kind and the rooms around them are divided by few units. Footprints and "
            "crews of machines do not shrink with their size."
        )
    return found + _doubts(own, axis)


def _flat(rows: pd.DataFrame, axis: AxisFacts) -> str:
    """Return from which value on the cost stays within a tenth of where it ends."""
    end = float(rows["cost_per_unit"].iloc[-1])
    above = rows[rows["cost_per_unit"] > 1.1 * end]
    level = rows.loc[rows.index > above.index[-1], axis["path"]] if len(above) else above
    if len(level) < 2:
        return ""
    value = level.iloc[0]
    return f"; from {_at(value, axis)} on the cost is within a tenth of that"


def _doubts(own: pd.DataFrame, axis: AxisFacts) -> list[str]:
    """Return where sizes are off their prices, where the output falls short, and how far simulation is away."""
    found, basis = [], _basis(own)
    for line, rows in basis.groupby("line", sort=False):
        off = rows[rows["out_of_range"] > 0]
        if len(off) and axis["numeric"]:
            steps = dict.fromkeys(word for text in off["outside"] for word in str(text).split(", "))
            ends = off[axis["path"]]
            found.append(
                f"{title(str(line))}: {len(off)} of {len(rows)} points, "
                f"{_at(ends.min(), axis)} to {_at(ends.max(), axis)}, have a size outside the range of its price "
                f"({', '.join(name(step) for step in list(steps)[:6])}{' and others' if len(steps) > 6 else ''}): "
                "their capital is extrapolated."
            )
    return found + _apart(own, axis)


def _apart(own: pd.DataFrame, axis: AxisFacts) -> list[str]:
    """Say how far simulated points are from expected values, where there are both."""
    both = own[own["by"] == "simulation"].merge(_basis(own), on=["point", "line"], suffixes=("", "_expected"))
    both = both[both["by_expected"] == "expected"]
    gap = (both["cost_per_unit"] / both["cost_per_unit_expected"] - 1.0).abs()
    if not gap.notna().any():
        return []
    worst = both.iloc[int(gap.argmax())]
    return [
        f"These are expected values; of {len(both)} simulated point{'s'[: len(both) > 1]} {name(worst['line'])} at "
        f"{_at(worst[axis['path']], axis)} is farthest from them, by {100 * gap.max():.1f} % of the cost."
    ]


def _best(own: pd.DataFrame, sweep: SweepFacts) -> list[str]:
    """Return the cheapest and the dearest point of every line in a grid of several axes."""
    found = []
    for line, rows in _basis(own).groupby("line", sort=False):
        known = rows[rows["cost_per_unit"].notna()]
        if not len(known):
            continue
        low, high = (known.iloc[int(at)] for at in (known["cost_per_unit"].argmin(), known["cost_per_unit"].argmax()))

        def said(point: Any) -> str:
            where = (
                f"{words(item).partition(' [')[0].lower()} {_at(point[item['path']], item)}" for item in sweep["axes"]
            )
            return f"{quantity(point['cost_per_unit'], 'USD/' + point['unit'])} at {', '.join(where)}"

        found.append(f"{name(str(line))}: cheapest {said(low)}; dearest {said(high)}.")
    return found


def _table(own: pd.DataFrame, axis: AxisFacts) -> Table:
    """Return cost, energy and machines of every line at a few points."""
    basis = _basis(own)
    points = list(dict.fromkeys(basis["point"]))
    step = max(1, -(-(len(points) - 1) // (SHOWN - 1)))
    shown = [*points[:-1:step], points[-1]] if len(points) > 1 else points
    lines = list(dict.fromkeys(basis["line"]))
    cells = {(row["point"], row["line"]): row for _, row in basis.iterrows()}
    rows: list[Row] = []
    for point in shown:
        own_cells = [cells[point, line] for line in lines if (point, line) in cells]
        numbers = [
            text
            for cell in own_cells
            for text in (number(cell["cost_per_unit"]), number(cell["energy_per_unit"]), f"{cell['machines']:.0f}")
        ]
        marked = "†" if any(cell["out_of_range"] > 0 for cell in own_cells) else ""
        rows.append([f"{_at(own_cells[0][axis['path']], axis)} {marked}".strip(), *numbers])
    columns = [(words(axis).partition(" [")[0], "", "l")]
    for line in lines:
        of = unit(str(basis.loc[basis["line"] == line, "unit"].iloc[0]))
        columns += [(name(line), f"USD/{of}", "r"), ("", f"kWh/{of}", "r"), ("", "machines", "r")]
    return table(columns, rows)
