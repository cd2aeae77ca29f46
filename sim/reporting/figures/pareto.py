"""Cost of a separator against its area resistance, and the front of those that no other beats in both."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.reporting.figures.ink import Point
from sim.reporting.figures.labels import Labelled, fit, label
from sim.reporting.figures.style import FULL, INK, MUTED, RAMP, footnote, mm, styled
from sim.reporting.words import called, name, per
from sim.results import Film, films, front, parts
from sim.results import LineFacts as Line

__all__ = ["pareto"]

MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 84.0, 14.0, 36.0, 4.0, 11.0
"""Height of the figure and room around its axes [mm]; the legend stands on the right."""
PALE = 0.45
"""Opacity of what another line beats in both."""


@styled
def pareto(summary: pd.DataFrame, lines: Sequence[Line]) -> Figure:
    """Draw cost per unit against area resistance of comparable membranes; down and to the left is better.

    Parameters
    ----------
    summary : DataFrame
        Columns line, kpi, mean, ci_low, ci_high.
    lines : sequence of mappings
        Lines of one kind, function, unit and scale; those without an area resistance are left out.
    """
    every = films(summary, [line["name"] for line in lines])
    best = front(every)
    by_name = {str(line["name"]): line for line in lines}
    powders, kinds = (list(dict.fromkeys(parts(by_name[film.line])[at] for film in every)) for at in (0, 1))
    marks = {powder: MARKS[at % len(MARKS)] for at, powder in enumerate(powders)}
    usable = RAMP[:8]
    colours = {kind: usable[round(at * (len(usable) - 1) / max(len(kinds) - 1, 1))] for at, kind in enumerate(kinds)}
    figure = Figure(figsize=mm(FULL, HEIGHT))
    wide, high = FULL - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    axes = figure.add_axes((LEFT / FULL, BOTTOM / HEIGHT, wide / FULL, high / HEIGHT))
    fit(axes, "x", [film.resistance for film in every])
    fit(axes, "y", [film.cost for film in every])
    edge = _staircase(axes, best)
    for film in every:
        powder, kind = parts(by_name[film.line])
        _point(axes, film, marks[powder], colours[kind], pale=film not in best)
    named = [
        Labelled(film.resistance, film.cost, called(by_name[film.line]), bold=film in best)
        for film in sorted(every, key=lambda film: (film not in best, -film.cost))
    ]
    label(axes, named, [edge])
    axes.set_xlabel("Area resistance [Ω cm²]")
    axes.set_ylabel(f"Cost [{per(str(lines[0]['unit']))}]")
    axes.grid(which="both")
    entries = [Line2D([], [], color=INK, linewidth=1.0, label="front: no other is\ncheaper and resists less")]
    if len(kinds) > 1 or any(powders):
        entries += [_entry("s", colours[kind], name(kind)) for kind in kinds]
    if any(powders):
        entries += [_entry(marks[powder], MUTED, name(powder) or "bought powder") for powder in powders]
    figure.legend(handles=entries, loc="upper right", borderaxespad=0.4, handletextpad=0.5)
    footnote(figure, lines)
    return figure


def _entry(mark: str, colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", marker=mark, color=colour, markersize=4.0, label=label)


def _staircase(axes: Axes, best: Sequence[Film]) -> list[Point]:
    """Draw the edge of what can be had, and return its corners; behind it something costs less and resists less."""
    ahead = sorted(best, key=lambda film: film.resistance)
    corners = [(ahead[0].resistance, axes.get_ylim()[1])]
    for film in ahead:
        corners += [(film.resistance, corners[-1][1]), (film.resistance, film.cost)]
    corners.append((axes.get_xlim()[1], ahead[-1].cost))
    axes.plot(*zip(*corners, strict=True), color=INK, linewidth=1.0, zorder=2)
    return corners


def _point(axes: Axes, film: Film, mark: str, colour: str, *, pale: bool) -> None:
    """Draw one film with its intervals; of a single replication there are none."""
    ends = [
        (film.resistance, film.resistance_low, film.resistance_high),
        (film.cost, film.cost_low, film.cost_high),
    ]
    bars = [
        [[0.0 if math.isnan(low) else mean - low], [0.0 if math.isnan(high) else high - mean]]
        for mean, low, high in ends
    ]
    axes.errorbar(
        [film.resistance],
        [film.cost],
        xerr=bars[0],
        yerr=bars[1],
        fmt=mark,
        color=colour,
        alpha=PALE if pale else 1.0,
        markersize=4.4 if pale else 5.6,
        markeredgecolor="white" if pale else INK,
        markeredgewidth=0.4 if pale else 0.7,
        elinewidth=0.8,
        zorder=3 if pale else 4,
    )
