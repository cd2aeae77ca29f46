"""Figures that set lines beside each other: key figures with their intervals, and cost against a price."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.reporting.figures.style import FULL, INK, MUTED, RAMP, SMALL, footnote, mm, note_swatch, styled
from sim.reporting.words import called, name, number, plus_minus, printed, quantity, unit
from sim.results import Kpis, kpi_named, records
from sim.results import LineFacts as Line

__all__ = ["PANELS", "comparison", "cost_against_price"]

PANELS = tuple(
    kpi.name
    for kpi in (
        Kpis.cost_per_unit,
        Kpis.conversion_cost_per_unit,
        Kpis.energy_per_unit,
        Kpis.gwp_per_unit,
        Kpis.capital,
        Kpis.people,
        Kpis.area,
        Kpis.lead_time,
        Kpis.first_pass_yield,
        Kpis.oee,
        Kpis.e_factor,
        Kpis.throughput,
    )
)  # fmt: skip
"""Key figures of the comparison, in the order of the panels."""
ACROSS = 4
"""Names side by side in a legend."""
CROSSINGS_ACROSS = 2
"""The same where it tells of crossings."""
FEW = 4
"""Most crossings that are all marked; of more, only those between the cheapest lines."""
LABEL = 0.2
"""Share of the axis that a label of a price set takes at most."""
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
STYLES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (1, 1)))


def colours(count: int) -> list[str]:
    """Return line colours, dark to light but never pale."""
    usable = RAMP[:7]
    return [usable[round(i * (len(usable) - 1) / max(count - 1, 1))] for i in range(count)]


@styled
def comparison(summary: pd.DataFrame, lines: Sequence[Line]) -> Figure:
    """Draw the key figures of comparable lines relative to the first, with 95 % intervals and the figures themselves.

    Parameters
    ----------
    summary : DataFrame
        Columns line, kpi, unit, mean, ci_low, ci_high.
    lines : sequence of mappings
        Lines of one kind, function and unit.
    """
    names = [line["name"] for line in lines]
    cells = {(row.kpi, row.line): row for row in records(summary) if row.line in names}
    kpis = [kpi for kpi in PANELS if any(abs(cells[kpi, key].mean) > 0 for key in names if (kpi, key) in cells)]
    across = 4
    down = -(-len(kpis) // across) or 1
    figure = Figure(figsize=mm(FULL, down * (12.5 + 3.9 * len(names))), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, kpi in zip(panels.flat, kpis, strict=False):
        _panel(axes, {key: cells[kpi, key] for key in names if (kpi, key) in cells}, names, kpi)
    for axes in list(panels.flat)[len(kpis) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_yticks(range(len(names)), [called(line) for line in lines])
    footnote(figure, lines)
    return figure


def _panel(axes: Axes, rows: Mapping[str, Any], names: Sequence[str], kpi: str) -> None:
    """Draw one key figure of all lines, relative to the first that is not zero."""
    base = next(abs(float(row.mean)) for row in rows.values() if row.mean)
    scale = printed(kpi, str(next(iter(rows.values())).unit), max(abs(float(row.mean)) for row in rows.values()))
    edge = max(1.0, *(_limit(row.ci_high, row.mean) / base for row in rows.values()))
    axes.axvline(1.0, color=MUTED, linewidth=0.5, linestyle=(0, (2, 2)))
    for place, key in enumerate(names):
        if key not in rows:
            continue
        row = rows[key]
        mean, upper = float(row.mean) / base, _limit(row.ci_high, row.mean) / base
        lower = _limit(row.ci_low, row.mean) / base
        axes.plot([0, mean], [place, place], color="#d9dde1", linewidth=1.6, solid_capstyle="butt", zorder=1)
        axes.errorbar(
            mean,
            place,
            xerr=[[max(mean - lower, 0)], [max(upper - mean, 0)]],
            fmt=MARKS[place % len(MARKS)],
            color=colours(len(names))[place],
            markersize=3.2,
            elinewidth=1.0,
            capsize=2.0,
            capthick=0.8,
        )
        axes.text(
            max(upper, mean) + 0.06 * edge,
            place,
            _value(row, scale[0]),
            va="center_baseline",
            fontsize=SMALL,
            in_layout=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
        )
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, edge * 1.95)
    axes.set_xticks([0, 1], ["0", "1"])
    axes.tick_params(axis="y", length=0)
    axes.set_title(f"{kpi_named(kpi).head} [{scale[1]}]", fontweight="normal")


def _limit(limit: float, mean: float) -> float:
    """Return the end of an interval; of a single replication, the mean."""
    return float(mean) if math.isnan(limit) else float(limit)


def _value(row: Any, factor: float) -> str:
    """Return a mean with half the width of its interval, both to the same place."""
    if row.unit == "persons":
        return f"{float(row.mean):.0f}"
    return plus_minus(float(row.mean) * factor, (float(row.ci_high) - float(row.ci_low)) / 2 * factor)


@styled
def cost_against_price(
    prices: pd.DataFrame,
    breakeven: pd.DataFrame,
    set_costs: pd.DataFrame,
    sets: Mapping[str, Mapping[str, float]],
    lines: Sequence[Line],
    *,
    current: str = "",
) -> Figure:
    """Draw cost per unit against the price of a material, with break-evens and the named price sets.

    Parameters
    ----------
    prices, breakeven : DataFrame
        Straight lines of cost over price, and the prices at which two of them cross.
    set_costs : DataFrame
        Cost of every line at every price set: beside its straight line where the set moves other prices, too.
    sets : mapping
        Prices of every price set.
    lines : sequence of mappings
        Lines of one kind, function and unit.
    current : str, default=""
        Price set of this run.
    """
    names = [line["name"] for line in lines]
    rows = {row.line: row for row in records(prices) if row.line in names}
    labels = {line["name"]: called(line) for line in lines}
    figure = Figure(figsize=mm(FULL, 66.0 + 3.2 * -(-(len(names) + FEW) // CROSSINGS_ACROSS)), layout="constrained")
    axes = figure.subplots()
    material = str(next(iter(rows.values())).material)
    low, high = min(float(row.low) for row in rows.values()), max(float(row.high) for row in rows.values())
    x = np.linspace(low, high, 2)
    top = 0.0
    for index, (key, row) in enumerate(rows.items()):
        y = row.intercept_usd_per_unit + row.slope_kg_per_unit * x
        style = STYLES[index % len(STYLES)]
        axes.plot(x, y, color=colours(len(rows))[index], linestyle=style, linewidth=1.5, label=labels[key])
        top = max(top, float(y.max()))
        of = set_costs[set_costs["line"] == key].set_index("price_set")["usd_per_unit"]
        inside = [one for one in of.index if low <= sets.get(one, {}).get(material, math.inf) <= high]
        axes.plot(
            [sets[one][material] for one in inside], of[inside], "s", color=colours(len(rows))[index], markersize=3.0
        )
        top = max([top, *of[inside]])
    axes.set_xlim(low, high)
    axes.set_ylim(0, top * 1.08)
    outside = _marks(axes, sets, material, (low, high), current)
    crossings = _crossings(axes, breakeven, rows, (low, high))
    axes.set_xlabel(f"Price of {name(material)} [USD/kg]" + (f"; outside the axis: {outside}" if outside else ""))
    axes.set_ylabel(f"Cost [USD/{unit(lines[0]['unit'])}]")
    axes.grid()
    entries = [*axes.get_legend_handles_labels()[0], *note_swatch(lines), *crossings]
    ncols = CROSSINGS_ACROSS if crossings else ACROSS
    figure.legend(handles=entries, loc="outside lower center", ncols=min(len(entries), ncols) or 1, handlelength=3.0)
    return figure


def _marks(
    axes: Axes, sets: Mapping[str, Mapping[str, float]], material: str, limits: tuple[float, float], current: str
) -> str:
    """Mark the price sets; return those that lie outside the axis."""
    outside, row, last = [], 0, -math.inf
    for key, prices in sorted(sets.items(), key=lambda item: item[1].get(material, math.inf)):
        if material not in prices:
            continue
        price, here = float(prices[material]), key == current
        if not limits[0] <= price <= limits[1]:
            outside.append(f"{name(key)} {number(price)}")
            continue
        line = (
            {"color": INK, "linewidth": 1.0} if here else {"color": MUTED, "linewidth": 0.6, "linestyle": (0, (2, 2))}
        )
        axes.axvline(price, **line)  # type: ignore[arg-type]
        # labels of neighbours stand in rows above one another
        row = (row + 1) % 3 if price - last < LABEL * (limits[1] - limits[0]) else 0
        last = price
        axes.annotate(
            f"{name(key)}, {number(price)}" + (" (this run)" if here else ""),
            (price, 1.0),
            (0, 2 + 7 * row),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=SMALL + 0.4,
            fontweight="bold" if here else "normal",
        )
    return ", ".join(outside)


def _cheapest(rows: Mapping[str, Any], price: float) -> str:
    """Return the line that costs least at a price."""
    return min(rows, key=lambda line: rows[line].intercept_usd_per_unit + rows[line].slope_kg_per_unit * price)


def _crossings(
    axes: Axes, breakeven: pd.DataFrame, rows: Mapping[str, Any], limits: tuple[float, float]
) -> list[Artist]:
    """Mark and number where two lines cost the same; return what the legend says of it."""
    inside = [
        row
        for row in records(breakeven)
        if row.line_a in rows and row.line_b in rows and limits[0] <= row.price <= limits[1]
    ]
    if len(inside) > FEW:
        inside = [row for row in inside if _cheapest(rows, float(row.price)) in (row.line_a, row.line_b)]
    handles: list[Artist] = []
    for index, row in enumerate(sorted(inside, key=lambda row: float(row.price)), 1):
        price, one = float(row.price), rows[row.line_a]
        cost = float(one.intercept_usd_per_unit + one.slope_kg_per_unit * price)
        axes.plot([price], [cost], "o", markersize=5, markerfacecolor="white", markeredgecolor=INK, zorder=5)
        # crossings often lie close together: numbers stand above and below in turn
        axes.annotate(
            f"{index}",
            (price, cost),
            (0, 6 if index % 2 else -6),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=SMALL + 0.8,
            fontweight="bold",
            zorder=6,
        )
        words = f"{index}  {name(row.line_a)} = {name(row.line_b)}: {quantity(price, 'USD/kg')}"
        look = {"marker": "o", "markersize": 5, "markerfacecolor": "white", "markeredgecolor": INK}
        handles.append(Line2D([], [], linestyle="none", label=words, **look))  # type: ignore[arg-type]
    return handles
