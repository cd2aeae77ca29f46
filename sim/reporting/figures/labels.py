"""Points with names: axes that fit them, and places for the names where they hit nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from sim.reporting.figures.ink import Point, text_width
from sim.reporting.figures.style import INK, MUTED, SMALL
from sim.reporting.words import compact

__all__ = ["Labelled", "fit", "label"]

PITCH, NEAR, MARKER = 2.4, 1.9, 1.6
"""Distance of two lines of labels, of a label from its point, and half the size of a point [mm]."""
POINTS = 72.0 / 25.4
"""Points in a millimetre."""
WIDE = 3.0
"""Ratio of largest to smallest from which an axis is logarithmic."""
FAR = 3e3
"""Ratio from which it has a number at powers of ten only."""


class Labelled(NamedTuple):
    """A point with its name, in the units of the axes."""

    x: float
    y: float
    words: str
    bold: bool = False


class _Box(NamedTuple):
    """A rectangle on the axes [mm]."""

    x0: float
    y0: float
    x1: float
    y1: float

    def hits(self, other: _Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


def fit(axes: Axes, which: str, numbers: Sequence[float]) -> None:
    """Set limits with some room around the points; logarithmic where these differ widely."""
    low, high = min(numbers), max(numbers)
    log = low > 0.0 and high / low > WIDE
    room = 0.1 * (math.log10(high / low) if log else high - low or abs(high) or 1.0)
    limits = (low / 10**room, high * 10**room) if log else (max(0.0, low - room), high + room)
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log" if log else "linear")
    (axes.set_xlim if which == "x" else axes.set_ylim)(*limits)
    if log:
        # over many decades a number at each is enough
        steps = (1.0, 2.0, 5.0) if high / low < FAR else (1.0,)
        axis.set_major_locator(LogLocator(10.0, steps, numticks=20))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda x, _: compact(x)))


def label(axes: Axes, points: Sequence[Labelled], lines: Sequence[Sequence[Point]] = ()) -> None:
    """Write every name beside its point, where it hits no point, no other name and no stretch of a line.

    Parameters
    ----------
    points : sequence of Labelled
        Those named first have the choice.
    lines : sequence of sequence of (x, y)
        Corners of lines that run along the axes.
    """
    box = axes.get_window_extent()
    scale = 25.4 / axes.figure.dpi

    def at(x: float, y: float) -> tuple[float, float]:
        here = axes.transData.transform((x, y))
        return (float(here[0]) - box.x0) * scale, (float(here[1]) - box.y0) * scale

    middle = [at(point.x, point.y) for point in points]
    taken = [_Box(x - MARKER, y - MARKER, x + MARKER, y + MARKER) for x, y in middle]
    stretches = [pair for line in lines for pair in pairwise(at(*corner) for corner in line)]
    crossed = [_Box(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in stretches]
    edge = _Box(0.0, 0.0, box.width * scale, box.height * scale)
    for point, (x, y) in zip(points, middle, strict=True):
        place = _free((x, y), text_width(point.words, SMALL, bold=point.bold) + 0.6, taken, crossed, edge)
        taken.append(place)
        right, level = place.x0 > x, (place.y0 + place.y1) / 2 - y
        axes.annotate(
            point.words,
            (point.x, point.y),
            (((place.x0 if right else place.x1) - x) * POINTS, level * POINTS),
            textcoords="offset points",
            fontsize=SMALL,
            fontweight="bold" if point.bold else "normal",
            color=INK if point.bold else MUTED,
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


def _free(point: tuple[float, float], width: float, taken: Sequence[_Box], crossed: Sequence[_Box], edge: _Box) -> _Box:
    """Return the place for a label nearest to its point: beside it, then above and below, first to the right.

    Where all places are *taken* or *crossed* by lines, one that is only crossed will do.
    """
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
    clear = [place for place in inside if not any(place.hits(other) for other in taken)]
    free = (place for place in clear if not any(place.hits(other) for other in crossed))
    return next(free, clear[0] if clear else places[0])
