"""How figures look: size, font, colours that also differ in grey; numbers and names in print; stable bytes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Path_
from matplotlib.text import Text
from numpy.typing import ArrayLike

from sim.errors import printable
from sim.reporting.glyphs import fonts, unwarned
from sim.reporting.words import name
from sim.results import LineFacts

__all__ = [
    "FULL",
    "HALF",
    "INK",
    "MUTED",
    "OTHER",
    "SMALL",
    "Look",
    "categorical",
    "footnote",
    "line_colours",
    "luminance",
    "mm",
    "note",
    "note_swatch",
    "rectangles",
    "save",
    "styled",
    "swatches",
]

FULL, HALF = 174.0, 84.0
"""Widths of figures: the text block of an A4 page, and one of two columns [mm]."""
INK, MUTED, GRID = "#1b1f24", "#5b6570", "#d9dde1"
SMALL = 6.5
"""Smallest text in a figure, printed at its own size [pt]."""
DPI = 200
PLACES = 5
"""Digits of the places of axes, in shares of the figure."""
RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 6.8,
    "text.parse_math": False,
    "text.color": INK,
    "axes.titlesize": 7.4,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.labelsize": 6.8,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.5,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "legend.handleheight": 1.0,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.35,
    "hatch.linewidth": 0.45,
    "lines.linewidth": 1.2,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "sim",
    "path.simplify": True,
}

# Batlow (F. Crameri, scientific colour maps): luminance rises steadily, and neighbours differ for the colour-blind.
RAMP = ("#011959", "#103f60", "#1c5a62", "#3c6d56", "#687b3e", "#9d892b", "#d29343", "#f8a17b", "#fdb7bc", "#faccfa")
HATCHES = ("", "////", "", "\\\\\\\\", "", "xxxx", "", "....")
OTHER = "all other"
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7b52ab", "#56b4e9", "#8c2d04", "#6b6b00")
"""Colours of lines, which nothing else has (the first four and the sixth: M. Okabe, K. Ito, Color universal design)."""

P = ParamSpec("P")


class Look:
    """Colour and hatch of one part of a stack; hatch and edge are light on dark colours and dark on light ones."""

    def __init__(self, colour: str, hatch: str = "") -> None:
        self.colour = colour
        self.hatch = hatch
        self.edge = "#ffffff" if luminance(colour) < 0.5 else MUTED

    @property
    def patch(self) -> dict[str, Any]:
        """Arguments of a patch or bar."""
        return {"facecolor": self.colour, "hatch": self.hatch, "edgecolor": self.edge, "linewidth": 0.4}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Run a drawing function under the style of this module, without touching global settings."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(RC):
            return draw(*args, **kwargs)

    return wrapper


def mm(width: float, height: float) -> tuple[float, float]:
    """Return a figure size in inches."""
    return (width / 25.4, height / 25.4)


def save(figure: Figure, png: Path | None = None, svg: Path | None = None) -> None:
    """Write a figure as bitmap and as vectors; the same figure gives the same bytes.

    The vectors keep text as text, for typst to set with the same font: smaller and faster than a font per figure.
    """
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_text(printable(text.get_text()))
        text.set_fontfamily(list(fonts(frozenset(text.get_text())).families))
    with mpl.rc_context(RC), unwarned():
        _settle(figure)
        # the canvas of each format is called directly: `savefig` draws everything twice
        if svg is not None:
            FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        if png is not None:
            figure.set_dpi(DPI)
            FigureCanvasAgg(figure).print_png(png, metadata={"Software": None}, pil_kwargs={"compress_level": 4})  # type: ignore[no-untyped-call]


def _settle(figure: Figure) -> None:
    """Lay a figure out once, at rounded places: the last bits of the solver hang on where its numbers lie in memory."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, low, width, height = (round(float(side), PLACES) for side in axes.get_position().bounds)
        axes.set_position((left, low, width, height))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 (black) to 1 (white)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return math.pow(0.2126 * red + 0.7152 * green + 0.0722 * blue, 1 / 2.2)


def rectangles(
    left: ArrayLike, right: ArrayLike, low: ArrayLike, high: ArrayLike, look: Look, *, linewidth: float = 0.4
) -> PathPatch:
    """Return rectangles as one patch: hatches are drawn once, not once per rectangle, and much faster."""
    x0, x1, y0, y1 = np.broadcast_arrays(*(np.asarray(side, dtype=float) for side in (left, right, low, high)))
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1, x0, y0], axis=-1).reshape(-1, 2)
    codes = np.tile([Path_.MOVETO, Path_.LINETO, Path_.LINETO, Path_.LINETO, Path_.CLOSEPOLY], len(corners) // 5)
    patch = PathPatch(Path_(corners, codes), **{**look.patch, "linewidth": linewidth})
    patch.set_in_layout(False)
    return patch


def categorical(keys: Sequence[str]) -> dict[str, Look]:
    """Give every key a colour, dark to light in the order given, with hatches that tell neighbours apart."""
    if not keys:
        return {}
    steps = max(len(keys) - 1, 1)
    looks = {}
    for index, key in enumerate(keys):
        place = index / steps * (len(RAMP) - 1)
        low = min(int(place), len(RAMP) - 2)
        mixed = [a + (b - a) * (place - low) for a, b in zip(to_rgb(RAMP[low]), to_rgb(RAMP[low + 1]), strict=True)]
        colour = "#" + "".join(f"{round(255 * part):02x}" for part in mixed)
        looks[key] = Look(colour, HATCHES[index % len(HATCHES)] if len(keys) > 2 else "")
    if OTHER in looks:
        looks[OTHER] = Look("#e9ebee")
    return looks


def line_colours(lines: Iterable[LineFacts]) -> dict[str, str]:
    """Return the colour of every line of a run by its name, the same wherever it is drawn.

    Beyond as many lines as there are colours these come again, mixed with white and then with black.
    """
    found = {}
    for at, line in enumerate(lines):
        turn, place = divmod(at, len(LINES))
        towards, part = (1.0 if turn % 2 else 0.0), min(0.75, 0.2 * turn)
        mixed = [value + (towards - value) * part for value in to_rgb(LINES[place])]
        found[line["name"]] = "#" + "".join(f"{round(255 * value):02x}" for value in mixed)
    return found


def swatches(looks: dict[str, Look]) -> list[Patch]:
    """Return legend handles."""
    return [Patch(label=name(key), **look.patch) for key, look in looks.items()]


NOTE = "† a size lies outside the range for which its equipment price holds"


def footnote(figure: Figure, lines: Iterable[LineFacts]) -> None:
    """Explain the mark below a figure without a legend of its own, if one of its lines bears it."""
    if any(line.get("out_of_range") for line in lines):
        note(figure)


def note(figure: Figure) -> None:
    """Explain the mark below a figure."""
    figure.supxlabel(NOTE, x=0.01, ha="left", fontsize=SMALL, color=MUTED)


def note_swatch(lines: Iterable[LineFacts]) -> list[Artist]:
    """Return the entry of a legend that explains the mark, if one of the lines bears it."""
    marked = any(line.get("out_of_range") for line in lines)
    return [Line2D([], [], linestyle="none", label="† size off its price")] if marked else []
