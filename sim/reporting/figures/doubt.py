"""Figures of doubt: what samples scatter by, which numbers make the scatter, and where two lines are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.reporting.figures.ink import text_width
from sim.reporting.figures.style import FULL, INK, MUTED, SMALL, footnote, mm, styled
from sim.reporting.words import called, name, number, per, unit
from sim.results import RANKED, records
from sim.results import LineFacts as Line

__all__ = ["break_even_map", "effects", "violins"]


KNOWN, LOTS, TOTAL = "#5b93a6", "#a3341f", "#d9dde1"
"""Colours of what we do not know, of what varies from lot to lot, and of total effects."""

VIOLIN = 11.0
"""Height of the row of a line [mm]."""
NORMAL_10 = 1.2816
"""Standard deviations from the mean to the tenth percentile of a normal law."""


@styled
def violins(samples: pd.DataFrame, spread: pd.DataFrame, lines: Sequence[Line], colours: Mapping[str, str]) -> Figure:
    """Draw how the unit cost of comparable lines scatters over their ranges, and, apart, from lot to lot.

    Parameters
    ----------
    samples : DataFrame
        Columns line and cost_per_unit.
    spread : DataFrame
        The table `uncertainty`.
    lines : sequence of mappings
        Lines of one kind, function and unit.
    colours : mapping
        Colour of every line.
    """
    rows = {row.line: row for row in records(spread[spread["kpi"] == "cost_per_unit"])}
    shown = [line for line in lines if line["name"] in rows]
    high = 16.0 + VIOLIN * len(shown)
    figure = Figure(figsize=mm(FULL, high))
    left = 4.0 + max((text_width(called(line), SMALL) for line in shown), default=0.0)
    axes = figure.add_axes((left / FULL, 14.0 / high, (FULL - left - 2.0) / FULL, (high - 15.0) / high))
    for place, line in enumerate(shown):
        cost = samples.loc[samples["line"] == line["name"], "cost_per_unit"].dropna().to_numpy(dtype=float)
        row = rows[line["name"]]
        _violin(axes, place - 0.08, cost, colours[line["name"]])
        axes.plot([row.p10, row.p90], [place - 0.08] * 2, color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
        axes.plot(row.p50, place - 0.08, "o", color="white", markeredgecolor=INK, markersize=4.2, zorder=5)
        half = NORMAL_10 * float(row.lots_sd)
        if np.isfinite(half):
            axes.errorbar(row.run, place + 0.33, xerr=half, fmt="|", color=LOTS, markersize=5, capsize=2.0, zorder=4)
        text = f"{number(float(row.p50))} ({number(float(row.p10))} to {number(float(row.p90))})"
        axes.annotate(text, (float(row.p50), place - 0.42), ha="center", va="bottom", fontsize=SMALL)
    axes.set_yticks(range(len(shown)), [called(line) for line in shown])
    axes.set_ylim(len(shown) - 0.4, -0.75)
    axes.set_xlim(left=0.0)
    axes.set_xlabel(f"Cost [{per(str(shown[0]['unit']))}]" if shown else "")
    handles = [
        Patch(facecolor=MUTED, alpha=0.45, label="samples of all ranges"),
        Line2D([], [], color=INK, linewidth=2.2, marker="o", markerfacecolor="white", label="P10, median, P90"),
        Line2D([], [], color=LOTS, marker="|", label="as stated; from lot to lot, P10 to P90"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=3, borderpad=0.0)
    footnote(figure, shown)
    return figure


def _violin(axes: Any, place: float, values: np.ndarray, colour: str) -> None:
    """Draw the density of values, widest at its peak; an outline of a smoothed histogram."""
    if len(values) < 3 or np.ptp(values) <= 0.0:
        return
    low, high = np.quantile(values, [0.005, 0.995])
    # Silverman's rule of thumb
    spread = min(float(values.std()), float(np.subtract(*np.quantile(values, [0.75, 0.25]))) / 1.34) or values.std()
    width = 0.9 * spread * len(values) ** -0.2
    grid = np.linspace(low, high, 120)
    density = np.exp(-0.5 * ((grid[:, None] - values[None, :RANKED]) / width) ** 2).sum(axis=1)
    half = 0.3 * density / density.max()
    axes.fill_between(grid, place - half, place + half, color=colour, alpha=0.45, linewidth=0.0, zorder=2)


@styled
def effects(found: pd.DataFrame, *, unit_: str = "1", most: int = 12) -> Figure:
    """Draw how strongly numbers act on an indicator of one line, with 95 % intervals, the strongest on top.

    Parameters
    ----------
    found : DataFrame
        Columns method, title or parameter, value, low, high: shares of variance (Sobol'), elementary effects (Morris)
        or rank correlations (Spearman).
    unit_ : str, default="1"
        Unit of elementary effects.
    most : int, default=12
        Numbers that are drawn.
    """
    label = "title" if "title" in found else "parameter"
    methods = list(dict.fromkeys(found["method"]))
    names = list(dict.fromkeys(found["parameter"]))[:most]
    titles = dict(zip(found["parameter"], found[label], strict=True))
    figure = Figure(figsize=mm(FULL, 16.0 + 6.0 * len(names)), layout="constrained")
    axes = figure.subplots()
    high = 0.8 / len(methods)
    for turn, method in enumerate(methods):
        rows = found[found["method"] == method].set_index("parameter")
        places = [
            place + (turn - (len(methods) - 1) / 2.0) * high for place, key in enumerate(names) if key in rows.index
        ]
        there = rows.loc[[key for key in names if key in rows.index]]
        value = there["value"].to_numpy(dtype=float)
        bars = np.abs(np.array([value - there["low"], there["high"] - value], dtype=float))
        colour = (KNOWN, "#d29343")[turn % 2]
        axes.barh(
            places,
            value,
            high * 0.92,
            color=colour,
            xerr=bars,
            ecolor=INK,
            capsize=1.5,
            label=_WORDS[method],
            error_kw={"elinewidth": 0.7},
        )
    axes.set_yticks(range(len(names)), [_short(str(titles[key])) for key in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.axvline(0.0, color=MUTED, linewidth=0.5)
    axes.set_xlabel(_AXES[methods[0]].format(unit=unit(unit_)))
    if len(methods) > 1:
        axes.legend(loc="lower right")
    return figure


_WORDS = {
    "sobol_first": "first order: what would vanish if it were known",
    "sobol_total": "total: with all that it does together with others",
    "morris": "mean absolute elementary effect",
    "spearman": "rank correlation",
}
_AXES = {
    "sobol_first": "Share of the variance [1]",
    "sobol_total": "Share of the variance [1]",
    "morris": "Mean absolute effect over the whole range [{unit}]",
    "spearman": "Rank correlation with the indicator [1]",
}


def _short(text: str, most: float = 190.0) -> str:
    """Cut a label that would take more than a third of the figure."""
    text = name(text)
    while text_width(text, 7.0) > most and len(text) > 8:
        text = text[:-2].rstrip() + "…"
    return text


@styled
def break_even_map(
    table: pd.DataFrame, *, labels: tuple[str, str], lines: tuple[str, str], unit_: str = "USD/kg"
) -> Figure:
    """Draw over two numbers which of two lines costs less; the black line is where both cost the same.

    Parameters
    ----------
    table : DataFrame
        Columns x, y and difference (second line less first).
    labels : tuple of str
        What x and y are.
    lines : tuple of str
        Names of the lines.
    """
    wide = table.pivot_table(index="y", columns="x", values="difference")
    figure = Figure(figsize=mm(FULL * 0.75, 88.0), layout="constrained")
    axes = figure.subplots()
    values = wide.to_numpy(dtype=float)
    edge = float(np.nanmax(np.abs(values))) or 1.0
    x, y = wide.columns.to_numpy(dtype=float), wide.index.to_numpy(dtype=float)
    mesh = axes.pcolormesh(x, y, values, cmap="RdBu", vmin=-edge, vmax=edge, shading="gouraud")
    if values.min() < 0.0 < values.max():
        axes.contour(x, y, values, levels=[0.0], colors=[INK], linewidths=1.4)
    first, second = (name(line) for line in lines)
    figure.colorbar(mesh, ax=axes, label=f"{second} less {first} [{unit(unit_)}]: blue, {first} is lower")
    axes.set_xlabel(_with_unit(labels[0]))
    axes.set_ylabel(_with_unit(labels[1]))
    return figure


def _with_unit(label: str) -> str:
    words, bracket, of = label.rpartition(" [")
    return f"{name(words)}{bracket}{unit(of)}"
