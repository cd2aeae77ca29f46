"""Figures of sweeps: cost, energy and machines along an axis, with points off their price and simulated ones marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from sim.reporting.figures.style import FULL, INK, MUTED, SMALL, mm, styled
from sim.reporting.figures.versus import MARKS, STYLES
from sim.reporting.words import compact, money, name, unit
from sim.results import KPIS, AxisFacts
from sim.results import SweepFacts as Sweep

__all__ = ["main_axis", "sweep_curves", "words"]

ROWS = ("cost_per_unit", "energy_per_unit", "machines")
MOST_CURVES = 7
"""Curves of one panel that can be told apart."""
DENSE = 15
"""Points of a curve from which it is drawn without a mark at each."""

Curve = tuple[str, pd.DataFrame]


def main_axis(sweep: Sweep) -> AxisFacts:
    """Return the axis that runs along the figure: of the numeric ones that with most values, else the first."""
    axes = sweep["axes"]
    numeric = [axis for axis in axes if axis["numeric"]]
    found: AxisFacts = max(numeric, key=lambda axis: len(axis["values"])) if numeric else axes[0]
    return found


def words(axis: AxisFacts) -> str:
    """Return an axis in plain words, with its unit.

    >>> words({"path": "*.target", "unit": "t/y", "of_target": True})
    'Good output to build for [t/y]'
    >>> words({"path": "materials.Li2S.price", "unit": "USD/kg", "of_target": False})
    'Materials: Li₂S: price [USD/kg]'
    """
    of = f" [{unit(axis['unit']).replace('Mm2', 'million m²')}]" if axis["unit"] else ""
    if axis["of_target"]:
        return f"Good output to build for{of}"
    text = ": ".join(name(word) for word in axis["path"].split(".") if word not in ("*", "steps"))
    return f"{text[:1].upper()}{text[1:]}{of}"


@styled
def sweep_curves(table: pd.DataFrame, sweep: Sweep, colours: Mapping[str, str]) -> Figure:
    """Draw cost, energy and number of machines of a sweep along its main axis.

    Parameters
    ----------
    table : DataFrame
        The table `sweep`.
    sweep : mapping
        Its entry in the manifest.
    colours : mapping
        Colour of every line; curves of one line along further axes have shades of it.
    """
    own = table[table["sweep"] == sweep["number"]]
    axis = main_axis(sweep)
    panels = list(_panels(own, sweep, axis))
    # one group of lines stands in a row of three panels, more of them in columns
    flat = len(panels) == 1
    figure = Figure(figsize=mm(FULL, 68.0 if flat else 138.0), layout="constrained")
    shape = (1, len(ROWS)) if flat else (len(ROWS), len(panels))
    drawn = figure.subplots(*shape, squeeze=False, sharex="col")
    grid = drawn.T if flat else drawn
    for column, (heading, of, curves) in enumerate(panels):
        for row, kpi in enumerate(ROWS):
            axes = grid[row, column]
            for number, (_, points) in enumerate(curves):
                colour = _colour(colours, curves, number)
                _curve(axes, points, axis, kpi, colour, STYLES[number % len(STYLES)], MARKS[number % len(MARKS)])
            _scaled(axes, axis, log_y=bool(axis["log"]))
            if column == 0 or row < 2:
                axes.set_ylabel(
                    f"{KPIS[kpi].title} [{unit(money(KPIS[kpi].of(of)))}]" if kpi in KPIS else "Machines [1]"
                )
            if flat or row == len(ROWS) - 1:
                axes.set_xlabel(words(axis))
            axes.grid()
        grid[0, column].set_title(heading)
    figure.legend(handles=_legend(panels, own, colours), loc="outside lower center", ncols=4, handlelength=3.0)
    return figure


def _panels(table: pd.DataFrame, sweep: Sweep, axis: AxisFacts) -> Iterator[tuple[str, str, list[Curve]]]:
    """Yield (heading, unit, curves) of every column: lines of one unit together, or each line along further axes."""
    others = [item["path"] for item in sweep["axes"] if item["path"] != axis["path"]]
    if not others:
        for of, rows in table.groupby("unit", sort=False):
            curves = [(name(str(line)), own) for line, own in rows.groupby("line", sort=False)]
            yield "", str(of), curves[:MOST_CURVES]
        return
    for line, rows in table.groupby("line", sort=False):
        curves = []
        for key, own in rows.groupby(others, sort=False):
            values = [f"{value:g}" if isinstance(value, float | int) else str(value) for value in key]
            curves.append((", ".join(name(value) for value in values), own))
        yield name(str(line)), str(rows["unit"].iloc[0]), curves[:MOST_CURVES]


def _colour(colours: Mapping[str, str], curves: Sequence[Curve], at: int) -> str:
    """Return the colour of a line; curves of one line along further axes have it from full to pale."""
    lines = [str(points["line"].iloc[0]) for _, points in curves]
    part = 0.65 * at / (len(curves) - 1) if len(set(lines)) == 1 < len(lines) else 0.0
    red, green, blue = (value + (1.0 - value) * part for value in to_rgb(colours[lines[at]]))
    return to_hex((red, green, blue))


def _curve(axes: Axes, points: pd.DataFrame, axis: AxisFacts, kpi: str, colour: str, style: Any, mark: str) -> None:
    """Draw one curve: expected values as a line, simulated ones as marks, points off their price as rings."""
    is_expected = points["by"] == "expected"
    drawn = points[is_expected] if is_expected.any() else points
    x, y = _place(drawn, axis), drawn[kpi].to_numpy(dtype=float)
    steps = "steps-mid" if kpi == "machines" and axis["numeric"] else "default"
    marked = mark if len(drawn) < DENSE and not is_expected.any() else None
    axes.plot(
        x,
        y,
        color=colour,
        linestyle=style if axis["numeric"] else "none",
        drawstyle=steps,
        marker=mark if not axis["numeric"] else marked,
        markersize=3.4,
        linewidth=1.2,
    )
    if kpi != "machines":
        off = drawn["out_of_range"].to_numpy() > 0
        ring = {"markerfacecolor": "none", "markeredgecolor": colour, "markeredgewidth": 0.6}
        axes.plot(x[off], y[off], "o", markersize=4.4, **ring)  # type: ignore[arg-type]
    if is_expected.any() and not is_expected.all() and kpi != "machines":
        simulated = points[~is_expected]
        half = simulated.get(f"{kpi}_ci", pd.Series(0.0, simulated.index)).fillna(0.0).to_numpy(dtype=float)
        value = simulated[kpi].to_numpy(dtype=float)
        look = {"fmt": mark, "color": colour, "markersize": 4.0, "capsize": 2.0, "elinewidth": 0.8, "zorder": 5}
        edge = {"markeredgecolor": INK, "markeredgewidth": 0.5}
        axes.errorbar(_place(simulated, axis), value, yerr=half, **look, **edge)  # type: ignore[arg-type]


def _place(points: pd.DataFrame, axis: AxisFacts) -> np.ndarray:
    """Return where the points stand on the axis; words stand side by side."""
    if axis["numeric"]:
        return np.array(points[axis["path"]], dtype=float)
    return np.array([axis["values"].index(str(value)) for value in points[axis["path"]]], dtype=float)


def _scaled(axes: Axes, axis: AxisFacts, *, log_y: bool) -> None:
    if not axis["numeric"]:
        axes.set_xticks(range(len(axis["values"])), [name(value) for value in axis["values"]])
        axes.set_xlim(-0.5, len(axis["values"]) - 0.5)
    if axis["numeric"] and axis["log"]:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: compact(x)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: compact(y)))
        axes.yaxis.set_minor_formatter(FuncFormatter(_between))
        axes.tick_params(axis="y", which="minor", labelsize=SMALL)
    else:
        axes.set_ylim(bottom=0.0)


def _between(y: float, _place: float) -> str:
    """Label 2 and 5 between the powers of ten."""
    return compact(y) if f"{y:.0e}"[0] in "25" else ""


def _legend(
    panels: Sequence[tuple[str, str, list[Curve]]], table: pd.DataFrame, colours: Mapping[str, str]
) -> list[Artist]:
    """Return handles of all curves, and of what rings and marks mean."""
    handles: list[Artist] = []
    seen: set[str] = set()
    for _, _, curves in panels:
        for number, (label, _) in enumerate(curves):
            if label not in seen:
                seen.add(label)
                colour = _colour(colours, curves, number)
                handles.append(Line2D([], [], color=colour, linestyle=STYLES[number % len(STYLES)], label=label))
    if (table["out_of_range"] > 0).any():
        ring = {"marker": "o", "markersize": 4.4, "markerfacecolor": "none", "markeredgecolor": MUTED}
        handles.append(Line2D([], [], linestyle="none", label="a size off the range of its price", **ring))  # type: ignore[arg-type]
    if table["by"].nunique() > 1:
        mark = {"marker": "o", "markersize": 4.0, "color": MUTED, "markeredgecolor": INK}
        handles.append(Line2D([], [], linestyle="none", label="simulated, 95 % interval", **mark))  # type: ignore[arg-type]
    return handles
