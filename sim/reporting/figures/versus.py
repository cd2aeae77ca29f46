"""Cost of lines against a price, with what price sets make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.reporting.figures.ink import text_width
from sim.reporting.figures.style import FULL, INK, MUTED, SMALL, footnote, mm, styled
from sim.reporting.words import called, name, number, per
from sim.results import LineFacts as Line
from sim.results import records

__all__ = ["MARKS", "STYLES", "cost_against_price", "spaced"]

HEIGHT, LEFT = 62.0, 13.0
"""Height of the figure, and room at its left [mm]."""
FEW = 4
"""Most crossings that are all marked; of more, only those between the cheapest lines."""
LABEL = 0.2
"""Share of the axis that a label of a price set takes at most."""
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
STYLES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (1, 1)))


@styled
def cost_against_price(
    prices: pd.DataFrame,
    breakeven: pd.DataFrame,
    set_costs: pd.DataFrame,
    sets: Mapping[str, Mapping[str, float]],
    lines: Sequence[Line],
    colours: Mapping[str, str],
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
    colours : mapping
        Colour of every line.
    current : str, default=""
        Price set of this run.
    """
    names = [line["name"] for line in lines]
    rows = {row.line: row for row in records(prices) if row.line in names}
    labels = {line["name"]: called(line) for line in lines}
    widest = max((text_width(label, SMALL) for label in labels.values()), default=0.0)
    figure = Figure(figsize=mm(FULL, HEIGHT))
    width = FULL - LEFT - widest - 4.0
    foot = 12.5 if any(line.get("out_of_range") for line in lines) else 9.0
    axes = figure.add_axes((LEFT / FULL, foot / HEIGHT, width / FULL, (HEIGHT - 12.0 - foot) / HEIGHT))
    material = str(next(iter(rows.values())).material)
    low, high = min(float(row.low) for row in rows.values()), max(float(row.high) for row in rows.values())
    x = np.linspace(low, high, 2)
    top, ends = 0.0, {}
    for index, (key, row) in enumerate(rows.items()):
        y = row.intercept_usd_per_unit + row.slope_kg_per_unit * x
        axes.plot(x, y, color=colours[key], linestyle=STYLES[index % len(STYLES)], linewidth=1.5)
        ends[key] = float(y[-1])
        of = set_costs[set_costs["line"] == key].set_index("price_set")["usd_per_unit"]
        inside = [one for one in of.index if low <= sets.get(one, {}).get(material, math.inf) <= high]
        axes.plot([sets[one][material] for one in inside], of[inside], "s", color=colours[key], markersize=3.0)
        top = max([top, float(y.max()), *of[inside]])
    axes.set_xlim(low, high)
    axes.set_ylim(0, top * 1.08)
    outside = _marks(axes, sets, material, (low, high), current)
    _crossings(axes, breakeven, rows, (low, high))
    apart = 2.7 * top * 1.08 / (HEIGHT - 21.0)
    for key, place in spaced(ends, apart).items():
        axes.annotate(
            labels[key], (1.0, place), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", fontsize=SMALL, color=colours[key], fontweight="bold",
        )  # fmt: skip
    axes.set_xlabel(f"Price of {name(material)} [{per('kg')}]" + (f"; outside the axis: {outside}" if outside else ""))
    axes.set_ylabel(f"Cost [{per(lines[0]['unit'])}]")
    axes.grid()
    footnote(figure, lines)
    return figure


def spaced(places: Mapping[str, float], apart: float) -> dict[str, float]:
    """Return places of labels that stand at least so far apart, as near to where they belong as that allows.

    >>> spaced({"a": 1.0, "b": 1.2, "c": 9.0}, 1.0)
    {'a': 0.6, 'b': 1.6, 'c': 9.0}
    """
    bundles: list[list[float]] = []  # middle and count of labels that touch
    for place in sorted(places.values()):
        bundles.append([place, 1.0])
        while len(bundles) > 1 and bundles[-1][0] - bundles[-2][0] < apart * (bundles[-1][1] + bundles[-2][1]) / 2.0:
            (one, few), (other, more) = bundles[-2:]
            bundles[-2:] = [[(one * few + other * more) / (few + more), few + more]]
    spread = [middle + apart * (at - (count - 1) / 2.0) for middle, count in bundles for at in range(int(count))]
    return dict(zip(sorted(places, key=lambda key: places[key]), (round(at, 9) for at in spread), strict=True))


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
            fontsize=SMALL,
            fontweight="bold" if here else "normal",
        )
    return ", ".join(outside)


def _cheapest(rows: Mapping[str, Any], price: float) -> str:
    """Return the line that costs least at a price."""
    return min(rows, key=lambda line: rows[line].intercept_usd_per_unit + rows[line].slope_kg_per_unit * price)


def _crossings(axes: Axes, breakeven: pd.DataFrame, rows: Mapping[str, Any], limits: tuple[float, float]) -> None:
    """Mark where two lines cost the same, and say at which price."""
    inside = [
        row
        for row in records(breakeven)
        if row.line_a in rows and row.line_b in rows and limits[0] <= row.price <= limits[1]
    ]
    if len(inside) > FEW:
        inside = [row for row in inside if _cheapest(rows, float(row.price)) in (row.line_a, row.line_b)]
    for index, row in enumerate(sorted(inside, key=lambda row: float(row.price))[:FEW]):
        price, one = float(row.price), rows[row.line_a]
        cost = float(one.intercept_usd_per_unit + one.slope_kg_per_unit * price)
        axes.plot([price], [cost], "o", markersize=5, markerfacecolor="white", markeredgecolor=INK, zorder=5)
        # crossings often lie close together: their words stand above one another
        axes.annotate(
            f"{name(row.line_a)} = {name(row.line_b)} at {number(price)}", (price, cost), (0.035, 0.93 - 0.075 * index),
            textcoords="axes fraction", va="center", fontsize=SMALL, zorder=6,
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkB": 2.5},
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
