"""Cost of a separator against its area resistance, and the front of those that no other beats in both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from sim.reporting.figures.ink import Point, text_width
from sim.reporting.figures.style import FULL, INK, MUTED, RAMP, SMALL, footnote, mm, styled
from sim.reporting.words import called, compact, name, unit
from sim.results import Film, films, front, parts
from sim.results import LineFacts as Line

__all__ = ["pareto"]

MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 84.0, 14.0, 36.0, 4.0, 11.0
"""Height of the figure and room around its axes [mm]; the legend stands on the right."""
PITCH, NEAR, MARKER = 2.4, 1.9, 1.6
"""Distance of two lines of labels, of a label from its point, and half the size of a point [mm]."""
POINTS = 72.0 / 25.4
"""Points in a millimetre."""
PALE = 0.45
"""Opacity of what another line beats in both."""
WIDE = 3.0
"""Ratio of largest to smallest from which an axis is logarithmic."""


class _Box(NamedTuple):
    """A rectangle on the axes [mm]."""

    x0: float
    y0: float
    x1: float
    y1: float

    def hits(self, other: _Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


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
    _axis(axes, "x", [film.resistance for film in every])
    _axis(axes, "y", [film.cost for film in every])
    edge = _staircase(axes, best)
    for film in every:
        powder, kind = parts(by_name[film.line])
        _point(axes, film, marks[powder], colours[kind], pale=film not in best)
    _labels(axes, every, {film.line: called(by_name[film.line]) for film in every}, best, edge)
    axes.set_xlabel("Area resistance [Ω cm²]")
    axes.set_ylabel(f"Cost [USD/{unit(str(lines[0]['unit']))}]")
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


def _axis(axes: Axes, which: str, numbers: Sequence[float]) -> None:
    """Set limits with some room around the points; logarithmic where these differ widely."""
    low, high = min(numbers), max(numbers)
    log = low > 0.0 and high / low > WIDE
    room = 0.1 * (math.log10(high / low) if log else high - low or abs(high) or 1.0)
    limits = (low / 10**room, high * 10**room) if log else (max(0.0, low - room), high + room)
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log" if log else "linear")
    (axes.set_xlim if which == "x" else axes.set_ylim)(*limits)
    if log:
        axis.set_major_locator(LogLocator(10.0, (1.0, 2.0, 5.0), numticks=20))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda x, _: compact(x)))


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


def _labels(
    axes: Axes, every: Sequence[Film], words: Mapping[str, str], best: Sequence[Film], corners: Sequence[Point]
) -> None:
    """Write every name beside its point, where it hits neither a point nor another name nor the front."""
    box = axes.get_window_extent()
    scale = 25.4 / axes.figure.dpi

    def at(x: float, y: float) -> tuple[float, float]:
        here = axes.transData.transform((x, y))
        return (float(here[0]) - box.x0) * scale, (float(here[1]) - box.y0) * scale

    middle = {film.line: at(film.resistance, film.cost) for film in every}
    taken = [_Box(x - MARKER, y - MARKER, x + MARKER, y + MARKER) for x, y in middle.values()]
    taken += [_Box(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(at(*p) for p in corners)]
    edge = _Box(0.0, 0.0, box.width * scale, box.height * scale)
    for film in sorted(every, key=lambda film: (film not in best, -film.cost)):
        x, y = middle[film.line]
        bold = film in best
        place = _free((x, y), text_width(words[film.line], SMALL, bold=bold) + 0.6, taken, edge)
        taken.append(place)
        right, level = place.x0 > x, (place.y0 + place.y1) / 2 - y
        axes.annotate(
            words[film.line],
            (film.resistance, film.cost),
            (((place.x0 if right else place.x1) - x) * POINTS, level * POINTS),
            textcoords="offset points",
            fontsize=SMALL,
            fontweight="bold" if bold else "normal",
            color=INK if bold else MUTED,
            ha="left" if right else "right",
            va="center_baseline",
            zorder=6,
            arrowprops={
                "arrowstyle": "-",
                "linewidth": 0.35,
                "color": MUTED,
                "shrinkA": 0.5,
                "shrinkB": 2.5,
                "relpos": (0.0 if right else 1.0, 0.5),
            }
            if abs(level) > 0.6 * PITCH
            else None,
        )


def _free(point: tuple[float, float], width: float, taken: Sequence[_Box], edge: _Box) -> _Box:
    """Return the place for a label nearest to its point: beside it, then above and below, first to the right."""
    x, y = point
    levels = sorted((step * PITCH / 2 for step in range(-16, 17)), key=abs)
    places = [
        _Box(left, y + level - PITCH / 2, left + width, y + level + PITCH / 2)
        for level in levels
        for left in (x + NEAR + MARKER / 2, x - NEAR - MARKER / 2 - width)
    ]
    inside = [
        place
        for place in places
        if place.x0 >= edge.x0 and place.x1 <= edge.x1 and place.y0 >= edge.y0 and place.y1 <= edge.y1
    ]
    return next((place for place in inside if not any(place.hits(other) for other in taken)), places[0])
