"""Text of known width, and lines with arrow heads, for the figures that are laid out by hand in millimetres."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Any

from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.reporting.glyphs import OWN, fonts, unwarned

__all__ = ["Ink", "Point", "text_width", "wrap"]

Point = tuple[float, float]


@functools.cache
def _advance(character: str, weight: str) -> float:
    """Return the width of a character at 1 pt [mm]."""
    font = FontProperties(family=fonts(frozenset(character)).families, weight=weight, size=100)
    with unwarned():
        width, *_ = text_to_path.get_text_width_height_descent(f"{character}|", font, ismath=False)
    return float(width) / 7200 * 25.4 - _bar(weight)


@functools.cache
def _bar(weight: str) -> float:
    font = FontProperties(family=OWN, weight=weight, size=100)
    return float(text_to_path.get_text_width_height_descent("|", font, ismath=False)[0]) / 7200 * 25.4


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the printed width of a text, kerning apart [mm]."""
    return size * sum(_advance(character, "bold" if bold else "normal") for character in text)


def wrap(text: str, size: float, width: float, lines: int, *, bold: bool = False) -> list[str]:
    """Break a text into at most so many lines of a width [mm]; what does not fit ends in an ellipsis."""
    done: list[str] = []
    words = text.split(" ")
    while words:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size, bold=bold) <= width:
            line = f"{line} {words.pop(0)}"
        if len(done) == lines - 1 and words:
            line = f"{line} …"
        while text_width(line, size, bold=bold) > width and len(line) > 2:
            line = line.rstrip("…").rstrip()[:-1] + "…"
        done.append(line)
        if len(done) == lines:
            break
    return done


@dataclass
class Ink:
    """Lines with arrow heads, gathered: a few collections draw faster than many patches."""

    figure: Figure
    lines: list[tuple[list[Point], str, Any, float]] = field(default_factory=list)
    heads: list[tuple[list[Point], str]] = field(default_factory=list)

    def path(
        self, points: list[Point], colour: str, style: Any = "-", width: float = 0.8, *, arrow: bool = True
    ) -> None:
        """Add a line with an arrow head at its end."""
        self.lines.append((points, colour, style, width))
        if arrow:
            (x0, y0), (x1, y1) = points[-2:]
            long = math.hypot(x1 - x0, y1 - y0) or 1.0
            ux, uy = (x1 - x0) / long, (y1 - y0) / long
            size, half = 1.5, 0.65
            back = (x1 - ux * size, y1 - uy * size)
            self.heads.append(
                (
                    [(x1, y1), (back[0] - uy * half, back[1] + ux * half), (back[0] + uy * half, back[1] - ux * half)],
                    colour,
                )
            )

    def flush(self) -> None:
        """Put everything on the figure."""
        axes = self.figure.axes[0]
        axes.add_collection(
            LineCollection(
                [points for points, *_ in self.lines],
                colors=[colour for _, colour, *_ in self.lines],
                linestyles=[style for *_, style, _ in self.lines],
                linewidths=[width for *_, width in self.lines],
                capstyle="butt",
                joinstyle="round",
                zorder=2,
            ),
            autolim=False,
        )
        axes.add_collection(
            PolyCollection(
                [p for p, _ in self.heads], facecolors=[c for _, c in self.heads], edgecolors="none", zorder=3
            ),
            autolim=False,
        )
