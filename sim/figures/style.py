"""How figures look: size, font, colours that also differ in grey; numbers and names in print; stable bytes."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from numpy.typing import ArrayLike

__all__ = [
    "FULL",
    "HALF",
    "INK",
    "LARGE",
    "MARK",
    "MUTED",
    "OTHER",
    "SMALL",
    "Look",
    "amount",
    "at_scale",
    "called",
    "categorical",
    "compact",
    "footnote",
    "listed",
    "luminance",
    "mm",
    "name",
    "note_swatch",
    "number",
    "percent",
    "plus_minus",
    "quantity",
    "rectangles",
    "save",
    "styled",
    "swatches",
    "title",
    "unit",
]

FULL, HALF = 174.0, 84.0
"""Widths of figures: the text block of an A4 page, and one of two columns [mm]."""
INK, MUTED, GRID = "#1b1f24", "#5b6570", "#d9dde1"
LARGE = 1e5
"""Yearly output from which tonnes and million m2 are printed [kg/y or m2/y]."""
SMALL = 5.4
"""Smallest text in a figure, printed at its own size [pt]."""
DPI = 200
RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 6.6,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.titlesize": 7.2,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.labelsize": 6.6,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.5,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 6.2,
    "ytick.labelsize": 6.2,
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
    "legend.fontsize": 6.2,
    "legend.title_fontsize": 6.2,
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
    with mpl.rc_context(RC):
        # the canvas of each format is called directly: `savefig` draws everything twice
        if svg is not None:
            FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
            figure.set_layout_engine("none")  # what constrained layout found out for the vectors serves the bitmap
        if png is not None:
            figure.set_dpi(DPI)
            FigureCanvasAgg(figure).print_png(png, metadata={"Software": None}, pil_kwargs={"compress_level": 4})  # type: ignore[no-untyped-call]


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


def swatches(looks: dict[str, Look]) -> list[Patch]:
    """Return legend handles."""
    return [Patch(label=name(key), **look.patch) for key, look in looks.items()]


ELEMENTS = frozenset((
    "H", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca",
    "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Y", "Zr",
    "Nb", "Mo", "In", "Sn", "Sb", "Te", "I", "Ba", "La", "Ta", "W", "Bi",
))  # fmt: skip
_TOKEN = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")
_SUBSCRIPT = str.maketrans("0123456789.", "₀₁₂₃₄₅₆₇₈₉.")
_SUPERSCRIPT = {"2": "²", "3": "³"}


def _formula(word: str) -> str:
    tokens = list(_TOKEN.finditer(word))
    if "".join(match.group() for match in tokens) != word or any(match[1] not in ELEMENTS for match in tokens):
        return word
    return "".join(match[1] + (match[2] or "").translate(_SUBSCRIPT) for match in tokens)


def listed(parts: Sequence[str]) -> str:
    """Join with commas and a last `and`.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def name(key: str) -> str:
    """Return a key as it is printed: words instead of underscores, subscripts in formulas.

    >>> name("insurance_tax"), name("Li6PS5Cl"), name("NCM811"), name("makeup_THF")
    ('insurance tax', 'Li₆PS₅Cl', 'NCM811', 'makeup THF')
    >>> name("wet_thf"), name("li2s_carbothermic")
    ('wet THF', 'Li₂S carbothermic')
    """
    words = "".join(character if character.isprintable() else " " for character in key.replace("_", " "))
    words = re.sub(r"[A-Z][A-Za-z0-9.]*\d[A-Za-z0-9.]*", lambda match: _formula(match.group()), words)
    words = re.sub(r"\bli2s\b", "Li₂S", words)
    short = r"\b(?:thf|ptfe|nmp|dmf|nbr|sebs|pi|lzc|oee|wip|gwp)\b"
    return re.sub(short, lambda match: match.group().upper(), words)


MARK = " †"
"""Behind what rests on an equipment price outside its range."""


def called(line: Mapping[str, Any]) -> str:
    """Return the name of a line, marked if a size of its plant lies outside the range of its price."""
    return name(line["name"]) + (MARK if line.get("out_of_range") else "")


NOTE = "† a size lies outside the range for which its equipment price holds"


def footnote(figure: Figure, lines: Iterable[Mapping[str, Any]]) -> None:
    """Explain the mark below a figure without a legend of its own, if one of its lines bears it."""
    if any(line.get("out_of_range") for line in lines):
        figure.supxlabel(NOTE, x=0.01, ha="left", fontsize=SMALL, color=MUTED)


def note_swatch(lines: Iterable[Mapping[str, Any]]) -> list[Artist]:
    """Return the entry of a legend that explains the mark, if one of the lines bears it."""
    marked = any(line.get("out_of_range") for line in lines)
    return [Line2D([], [], linestyle="none", label="† size off its price")] if marked else []


def title(key: str) -> str:
    """Return a key as a title: as `name`, with a capital.

    >>> title("premix"), title("Li2S")
    ('Premix', 'Li₂S')
    """
    words = name(key)
    return words[:1].upper() + words[1:]


def at_scale(words: str, scale: str) -> str:
    """Return words with the scale they are meant at, where there is one.

    >>> at_scale("Separator", "lab"), at_scale("Separator", "")
    ('Separator, lab scale', 'Separator')
    """
    return f"{words}, {name(scale)} scale" if scale else words


def percent(value: float, _place: int = 0) -> str:
    """Return a fraction as a tick label in percent, without the sign.

    >>> percent(0.925), percent(0.9)
    ('92.5', '90')
    """
    return f"{100 * value:.10g}"


def unit(text: str) -> str:
    """Return a unit as it is printed.

    >>> unit("USD/m2"), unit("kg CO2e/kg"), unit("1")
    ('USD/m²', 'kg CO₂e/kg', '')
    """
    if text == "1":
        return ""
    text = re.sub(r"\bum\b", "µm", text).replace(">=", "≥").replace("<=", "≤")
    text = re.sub(r"\bm([23])\b", lambda match: "m" + _SUPERSCRIPT[match[1]], text)
    text = re.sub(r"\bohm cm2\b", "Ω cm²", text)
    return text.replace("CO2", "CO₂").replace("H2S", "H₂S").replace("degC", "°C")


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, thousands apart, large ones in words.

    >>> number(168.8099), number(0.0123456), number(12345.6), number(50.49e6), number(0.0), number(-2.5)
    ('169', '0.0123', '12 300', '50.5 million', '0', '−2.50')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    for limit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if size >= limit * 0.9995:
            return f"{sign}{_digits(size / limit, digits)} {word}"
    if size < 1e-4:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        return f"{sign}{mantissa} × 10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return sign + _digits(size, digits)


def plus_minus(mean: float, half: float) -> str:
    """Return a mean and half an interval, both to the same place.

    >>> plus_minus(168.81, 0.86), plus_minus(50.5, 0.0), plus_minus(12345.6, 78.9), plus_minus(8857.0, 1309.0)
    ('169 ± 1', '50.5', '12 346 ± 79', '8900 ± 1300')
    """
    if not half > 1e-4 * abs(mean):
        return number(mean)
    places = 1 - math.floor(math.log10(half))
    if places < 0:
        mean, half = round(mean, places), round(half, places)
    places = min(max(0, places), max(0, 2 - math.floor(math.log10(abs(mean) or 1.0)) + (half < 0.005 * abs(mean))))
    if half < 0.5 * 10.0**-places:
        return number(mean)
    apart = " " if abs(mean) >= 10_000 else ""
    return f"{mean:,.{places}f} ± {half:,.{places}f}".replace(",", apart).replace("-", "−")


def compact(x: float) -> str:
    """Return a number as short as four digits allow.

    >>> compact(14.0), compact(0.998), compact(12500.0), compact(2.5e6)
    ('14', '0.998', '12 500', '2.5 million')
    """
    text, _, word = number(x, 4).partition(" million")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return (f"{whole}.{part}" if part else whole) + (" million" + word if " million" in number(x, 4) else "")


def _digits(size: float, digits: int) -> str:
    rounded = float(f"{size:.{digits - 1}e}")
    places = digits - 1 - math.floor(math.log10(rounded))
    text = f"{rounded:,.{max(places, 0)}f}"
    return text.replace(",", " " if rounded >= 10_000 else "")


def amount(value: float, digits: int = 2) -> str:
    r"""Return a mass in the prefix that keeps it short, not to be broken between number and unit [kg].

    >>> [amount(kg).replace("\u00a0", " ") for kg in (8.9, 0.046, 0.0008, 2e-6, 250)]
    ['8.9 kg', '46 g', '0.80 g', '2.0 mg', '250 kg']
    """
    if abs(value) >= 0.1 or value == 0:
        return f"{number(value, digits)}\u00a0kg"
    if abs(value) >= 1e-4:
        return f"{number(value * 1e3, digits)}\u00a0g"
    return f"{number(value * 1e6, digits)}\u00a0mg"


def quantity(value: float, of: str, digits: int = 3) -> str:
    """Return a value with its unit in the words a reader expects.

    >>> values = [(84.2, "persons"), (0.913, "1"), (5e5, "kg/y"), (2.5e6, "m2/y"), (168.81, "USD/kg")]
    >>> tuple(quantity(*value) for value in values)
    ('84 people', '91.3 %', '500 t/y', '2.50 million m²/y', '169 USD/kg')
    """
    if math.isnan(value):
        return "–"
    if of == "1":
        return f"{_digits(value * 100, digits) if value > 0 else number(value * 100, digits)} %"
    if of == "persons":
        return "1 person" if round(value) == 1 else f"{value:.0f} people"
    if of in ("kg", "kg/y") and abs(value) >= LARGE:
        return f"{number(value / 1000, digits)} {unit(of.replace('kg', 't'))}"
    return f"{number(value, digits)} {unit(of)}".rstrip()
