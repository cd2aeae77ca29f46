"""Letters: which of them the report's fonts have, where else on the machine they are found, how the rest is shown.

Text and figures are set in fonts that come with the program's packages, so that they are the same on every machine.
Only letters that these lack are looked for in the fonts of the system, such as Chinese, Japanese and Korean ones.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from sim.errors import printable

__all__ = ["OWN", "Fonts", "fonts", "found_in", "typed", "unwarned"]

OWN = "DejaVu Sans"
"""The font of all figures, and of the report where its serifs lack a letter."""


class Fonts(NamedTuple):
    """Fonts that have the letters of a text."""

    families: tuple[str, ...]
    """Names, the program's own font first."""
    files: tuple[Path, ...]
    missing: str
    """Letters that no font of this machine has."""

    @property
    def doubt(self) -> str:
        """One line about letters that cannot be shown, empty if there are none."""
        if not self.missing:
            return ""
        shown = " ".join(f"{letter} (U+{ord(letter):04X})" for letter in self.missing[:8])
        more = ", ..." if len(self.missing) > 8 else ""
        return f"no font of this machine has {shown}{more}: the report shows boxes in their place"


def typed(item: Any) -> Any:
    """Return data with all of its texts as they were typed: what would steer a device is written out."""
    if isinstance(item, str):
        return printable(item)
    if isinstance(item, Mapping):
        return {key: typed(value) for key, value in item.items()}
    return [typed(value) for value in item] if isinstance(item, list | tuple) else item


def found_in(item: Any) -> frozenset[str]:
    """Return all letters of the texts in some data."""
    if isinstance(item, str):
        return frozenset(printable(item))
    if isinstance(item, Mapping):
        return found_in([*item.values()])
    return frozenset().union(*map(found_in, item)) if isinstance(item, list | tuple) else frozenset()


@cache
def fonts(letters: frozenset[str]) -> Fonts:
    """Return the fonts that have some letters; of those of the system as few as may be."""
    own = Path(mpl.get_data_path()) / "fonts" / "ttf"
    left = {ord(letter) for letter in letters if unicodedata.category(letter)[0] not in "CZ"}
    left -= _letters(str(own / "DejaVuSans.ttf"))
    families, files = [OWN], sorted(own.glob("DejaVuSans*.ttf"))
    while left:
        family, file = max(_system(), key=lambda font: len(left & _letters(font[1])), default=("", ""))
        if not left & _letters(file):
            break
        left -= _letters(file)
        families.append(family)
        files.append(Path(file))
    return Fonts(tuple(families), tuple(files), "".join(map(chr, sorted(left))))


@cache
def _system() -> tuple[tuple[str, str], ...]:
    """Return names and files of the upright fonts of this machine, in a fixed order."""
    entries = font_manager.fontManager.ttflist
    upright = [font for font in entries if font.style == "normal" and font.weight in (400, "normal")]
    # the font of last resort has a box for every letter
    return tuple(sorted({(font.name, font.fname) for font in upright if not font.name.startswith("Last Resort")}))


@cache
def _letters(file: str) -> frozenset[int]:
    try:
        return frozenset(FT2Font(file).get_charmap()) if file else frozenset()
    except (OSError, RuntimeError):  # a font that cannot be read has no letters
        return frozenset()


@contextmanager
def unwarned() -> Iterator[None]:
    """Let Matplotlib draw boxes in silence: what is missing is said once, of the whole report."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing", UserWarning)
        yield
