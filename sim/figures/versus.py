"""Figures that set lines beside each other: key figures with their intervals, and cost against a price."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.bars import groups
from sim.figures.style import FULL, INK, MUTED, RAMP, SMALL, mm, name, number, quantity, styled, unit

__all__ = ["PANELS", "comparison", "cost_against_price"]

PANELS = {
    "cost_per_unit": "Cost",
    "conversion_cost_per_unit": "Conversion cost",
    "energy_per_unit": "Energy",
    "gwp_per_unit": "Greenhouse gas",
    "capital": "Capital",
    "people": "People",
    "area": "Area",
    "lead_time": "Lead time",
    "first_pass_yield": "First-pass yield",
    "oee": "OEE",
    "e_factor": "E factor",
    "throughput": "Throughput",
}
"""Key figures of the comparison, in the order of the panels."""
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
STYLES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (1, 1)))
Line = Mapping[str, Any]


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
    table = summary[summary["line"].isin(names)].set_index(["kpi", "line"])
    kpis = [kpi for kpi in PANELS if kpi in table.index.get_level_values(0) and abs(_first(table, kpi, names)) > 0]
    across = 4
    down = -(-len(kpis) // across) or 1
    figure = Figure(figsize=mm(FULL, down * (13.5 + 4.3 * len(names))), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, kpi in zip(panels.flat, kpis, strict=False):
        _panel(axes, table.loc[kpi], names, kpi)
    for axes in list(panels.flat)[len(kpis) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_yticks(range(len(names)), [name(key) for key in names])
    return figure


def _first(table: pd.DataFrame, kpi: str, names: Sequence[str]) -> float:
    return next((float(table.loc[(kpi, key), "mean"]) for key in names if (kpi, key) in table.index), 0.0)


def _panel(axes: Axes, rows: pd.DataFrame, names: Sequence[str], kpi: str) -> None:
    here = [key for key in names if key in rows.index]
    base = abs(float(rows.loc[here[0], "mean"]))
    high = max(float(rows.loc[key, "ci_high"]) for key in here) / base
    edge = max(high, 1.0)
    axes.axvline(1.0, color=MUTED, linewidth=0.5, linestyle=(0, (2, 2)))
    for place, key in enumerate(names):
        if key not in rows.index:
            continue
        mean, low, upper = (float(rows.loc[key, column]) / base for column in ("mean", "ci_low", "ci_high"))
        low, upper = (mean if value != value else value for value in (low, upper))
        colour = colours(len(names))[place]
        axes.plot([0, mean], [place, place], color="#d9dde1", linewidth=1.6, solid_capstyle="butt", zorder=1)
        axes.errorbar(mean, place, xerr=[[max(mean - low, 0)], [max(upper - mean, 0)]], fmt=MARKS[place % len(MARKS)], color=colour, markersize=3.2,
                      elinewidth=1.0, capsize=2.0, capthick=0.8)  # fmt: skip
        axes.text(
            max(upper, mean) + 0.06 * edge, place, _value(rows.loc[key], kpi), va="center_baseline", fontsize=SMALL, in_layout=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
        )  # fmt: skip
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, edge * 1.95)
    axes.set_xticks([0, 1], ["0", "1"])
    axes.tick_params(axis="y", length=0)
    axes.set_title(f"{PANELS[kpi]} [{_scale(str(rows.loc[here[0], 'unit']), kpi)[1]}]", fontweight="normal")


def _scale(of: str, kpi: str) -> tuple[float, str]:
    """Return the factor and the unit in which a key figure is printed."""
    if of == "1":
        return (1.0, "kg/kg") if kpi in ("e_factor", "pmi") else (100.0, "%")
    known = {"USD": (1e-6, "million USD"), "kg/y": (1e-3, "t/y"), "m2/y": (1e-6, "million m²/y")}
    return known.get(of, (1.0, unit(of)))


def _value(row: pd.Series[Any], kpi: str) -> str:
    """Return a mean with half the width of its interval, both to the same place."""
    factor = _scale(str(row["unit"]), kpi)[0]
    mean, half = float(row["mean"]) * factor, (float(row["ci_high"]) - float(row["ci_low"])) / 2 * factor
    if not half > 0.0005 * abs(mean):
        return number(mean)
    places = max(0, 2 - math.floor(math.log10(abs(mean)))) if mean else 2
    return f"{mean:.{places}f} ± {half:.{places}f}"


@styled
def cost_against_price(
    prices: pd.DataFrame, breakeven: pd.DataFrame, sets: Mapping[str, Mapping[str, float]], lines: Sequence[Line], *, current: str = ""
) -> Figure:
    """Draw cost per unit against the price of a material, with break-evens and the named price sets.

    Parameters
    ----------
    prices, breakeven : DataFrame
        Straight lines of cost over price, and the prices at which two of them cross.
    sets : mapping
        Prices of every price set.
    lines : sequence of mappings
        Lines of one kind, function and unit.
    current : str, default=""
        Price set of this run.
    """
    names = [line["name"] for line in lines]
    rows = prices[prices["line"].isin(names)].set_index("line")
    figure = Figure(figsize=mm(FULL, 76.0), layout="constrained")
    axes = figure.subplots()
    material = str(rows["material"].iloc[0])
    low, high = float(rows["low"].min()), float(rows["high"].max())
    x = np.linspace(low, high, 200)
    top = 0.0
    for index, key in enumerate(key for key in names if key in rows.index):
        y = float(rows.loc[key, "intercept_usd_per_unit"]) + float(rows.loc[key, "slope_kg_per_unit"]) * x
        axes.plot(x, y, color=colours(len(names))[index], linestyle=STYLES[index % len(STYLES)], linewidth=1.5, label=name(key))
        top = max(top, float(y.max()))
    axes.set_xlim(low, high)
    axes.set_ylim(0, top * 1.08)
    outside = _marks(axes, sets, material, (low, high), current)
    _crossings(axes, breakeven, rows, (low, high))
    axes.set_xlabel(f"Price of {name(material)} [USD/kg]" + (f"    outside the axis: {outside}" if outside else ""))
    axes.set_ylabel(f"Cost [USD/{unit(lines[0]['unit'])}]")
    axes.grid()
    figure.legend(loc="outside lower center", ncols=max(len(names), 1), handlelength=3.0)
    return figure


def _marks(axes: Axes, sets: Mapping[str, Mapping[str, float]], material: str, limits: tuple[float, float], current: str) -> str:
    """Mark the price sets; return those that lie outside the axis."""
    outside = []
    for key, prices in sets.items():
        if material not in prices:
            continue
        price = float(prices[material])
        if not limits[0] <= price <= limits[1]:
            outside.append(f"{name(key)} {number(price)}")
            continue
        axes.axvline(price, color=INK if key == current else MUTED, linewidth=1.0 if key == current else 0.6, linestyle="-" if key == current else (0, (2, 2)))
        axes.annotate(f"{name(key)}, {number(price)}" + (" (this run)" if key == current else ""), (price, 1.0), (0, 2),
                      xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="bottom", fontsize=SMALL + 0.4,
                      fontweight="bold" if key == current else "normal")  # fmt: skip
    return ", ".join(outside)


def _crossings(axes: Axes, breakeven: pd.DataFrame, rows: pd.DataFrame, limits: tuple[float, float]) -> None:
    """Mark where two lines cost the same; labels go up and down in turn."""
    inside = breakeven[breakeven["line_a"].isin(rows.index) & breakeven["line_b"].isin(rows.index) & breakeven["price"].between(*limits)]
    for index, row in enumerate(inside.sort_values("price").itertuples(index=False)):
        cost = float(rows.loc[row.line_a, "intercept_usd_per_unit"]) + float(rows.loc[row.line_a, "slope_kg_per_unit"]) * float(row.price)
        axes.plot([row.price], [cost], marker="o", markersize=5, markerfacecolor="white", markeredgecolor=INK, markeredgewidth=1.0, zorder=5)
        right = float(row.price) < sum(limits) / 2
        axes.annotate(
            f"{name(row.line_a)} = {name(row.line_b)}\nat {quantity(float(row.price), 'USD/kg')}", (row.price, cost),
            (16 if right else -16, 22 if index % 2 else -22), textcoords="offset points", va="center", ha="left" if right else "right",
            fontsize=SMALL + 0.4, zorder=6, in_layout=False, arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": MUTED},
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )  # fmt: skip
