"""Quantities as people write them, turned into plain numbers in canonical units.

This is the edge of the program: behind it are only floats, in h, kg, m2, kWh, kW, USD, K and mol. The list of names is
closed, and a name that means several things is refused with what it may mean. Exact arithmetic makes the floats that
one would have typed: ``50 um`` is 5e-05 m and not 4.9999999999999996e-05 m.

- time: a year (``y``, ``a``) is 8760 h and a month a twelfth of that; ``d``, ``week``,
- mass: ``t`` is 1000 kg; ``short_ton`` and ``long_ton`` are what a ``ton`` may be,
- area and volume: ``m2``, ``cm3``; ``Mm2`` is a million square metres; ``ha``, ``L``,
- energy: ``Btu`` is that of the International Table, ``cal`` the thermochemical calorie,
- gas: ``Nm3`` counts as m3 at normal conditions; ``sccm`` and ``slm`` are cm3 and L of it per minute,
- money: ``USD``; other currencies need the year of their exchange rate (see `sim.inputs.money`),
- fractions: ``%``, ``wt%``, ``vol%``, ``mol%``, ``at%``, ``ppm``, ``kg/kg``; a bare number where the unit is ``1``,
- ``person`` and ``CO2e`` are counts, so ``kg CO2e/kWh`` is a mass per energy; ``lot`` and ``operation`` are kinds of
  their own,
- signs as they are printed: ``m²``, ``kg⁻¹``, ``kJ·mol⁻¹``, ``°C``, ``µm``, a minus that is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from sim.errors import nearest

__all__ = ["Split", "parse", "split"]

_UNITS: Mapping[str, tuple[str, str, str]] = {
    "h": ("1", "h", ""), "min": ("1/60", "h", ""), "s": ("1/3600", "h", "num"), "d": ("24", "h", ""),
    "week": ("168", "h", ""), "month": ("730", "h", ""), "y": ("8760", "h", ""),
    "rpm": ("60", "/h", ""), "Hz": ("3600", "/h", "kM"),
    "g": ("1/1000", "kg", "numk"), "t": ("1000", "kg", "kMG"), "lb": ("0.45359237", "kg", ""),
    "short_ton": ("907.18474", "kg", ""), "long_ton": ("1016.0469088", "kg", ""),
    "m": ("1", "m", "numcdk"), "inch": ("0.0254", "m", ""), "ft": ("0.3048", "m", ""),
    "Mm2": ("1000000", "m m", ""), "ha": ("10000", "m m", ""),
    "L": ("1/1000", "m m m", "numcdhk"), "Nm3": ("1", "m m m", ""),
    "sccm": ("60/1000000", "m m m /h", ""), "slm": ("60/1000", "m m m /h", ""),
    "Wh": ("1/1000", "kWh", "mkMGT"), "J": ("1/3600000", "kWh", "mkMGT"), "cal": ("4.184/3600000", "kWh", "kM"),
    "Btu": ("1055.05585262/3600000", "kWh", "k"), "MMBtu": ("1055055852.62/3600000", "kWh", ""),
    "W": ("1/1000", "kWh /h", "umkMGT"),
    "Pa": ("1", "Pa", "mhkMG"), "bar": ("100000", "Pa", "m"), "atm": ("101325", "Pa", ""),
    "N": ("1", "Pa m m", "kM"),
    "Torr": ("101325/760", "Pa", "m"), "psi": ("6894.757293168", "Pa", ""),
    "K": ("1", "K", "m"), "degC": ("1", "K", ""), "degF": ("5/9", "K", ""),
    "mol": ("1", "mol", "numk"),
    "V": ("1", "V", "umk"), "Ah": ("1", "Ah", "mk"), "A": ("1", "Ah /h", "umk"),
    "S": ("1000", "mS", "num"), "ohm": ("1/1000", "/mS", "mkM"),
    "USD": ("1", "USD", "kMG"),
    "lot": ("1", "lot", ""), "operation": ("1", "operation", ""), "person": ("1", "", ""),
    "CO2e": ("1", "", ""), "CO2eq": ("1", "", ""),
    "percent": ("1/100", "", ""), "permille": ("1/1000", "", ""), "ppm": ("1/1000000", "", ""),
    "ppb": ("1/1000000000", "", ""), "1": ("1", "", ""),
}  # fmt: skip
"""Units by name: size, what it is made of, and the prefixes that it takes."""

_ALIASES: Mapping[str, str] = {
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "mins": "min", "minute": "min", "minutes": "min", "sec": "s",
    "second": "s", "seconds": "s", "day": "d", "days": "d", "weeks": "week", "months": "month", "a": "y", "yr": "y",
    "year": "y", "years": "y", "tonne": "t", "tonnes": "t", "lbs": "lb", "micron": "um", "microns": "um", "l": "L",
    "ml": "mL", "ul": "uL", "litre": "L", "litres": "L", "liter": "L", "liters": "L", "slpm": "slm", "torr": "Torr",
    "mmHg": "Torr", "BTU": "Btu", "MMBTU": "MMBtu", "dollar": "USD", "dollars": "USD", "lots": "lot",
    "operations": "operation", "persons": "person", "people": "person",
}  # fmt: skip

_PREFIXES = {"n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12}

_TON = "t (1,000 kg), short_ton (907.18 kg) or long_ton (1,016.05 kg)"
_GALLON = "3.785 L (of the US) or 4.546 L (imperial)"
_HORSEPOWER = "0.7355 kW (metric) or 0.7457 kW (mechanical)"
_AMBIGUOUS: Mapping[str, str] = {
    "ton": _TON, "tons": _TON, "Ton": _TON, "Tons": _TON, "kton": f"1,000 of {_TON}", "T": "t (1,000 kg)",
    "gal": _GALLON, "gallon": _GALLON, "gallons": _GALLON, "hp": _HORSEPOWER, "HP": _HORSEPOWER,
    "oz": "28.35 g (avoirdupois) or 31.10 g (troy)", "C": "degC (a temperature) or A*s (a charge)",
    "F": "degF (a temperature) or A*s/V (a capacitance)", "M": "mol/L, min, a month or a million",
    "mil": "25.4 um or a million", "MM": "a million or 1e-3 m", "cc": "cm3", "CFM": "ft**3/min",
    "scfm": "ft**3/min at 0, 15 or 20 degC", "scf": "ft**3 at 0, 15 or 20 degC", "Sm3": "m3 at 15 or 20 degC",
    "TR": "3.517 kW of cooling", "therm": "100,000 Btu, of one of two kinds", "cwt": "45.36 kg or 50.80 kg",
    "barrel": "159 L of oil or 117 to 164 L of other goods", "bbl": "159 L of oil or 117 to 164 L of other goods",
}  # fmt: skip
"""Names that mean several things, or none of the sort, with what is to be written."""

_SIGNS = {
    **dict(zip(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"), "0123456789-", strict=True)),
    **dict.fromkeys(map(ord, "·⋅∙×"), " "),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " "),
    **dict.fromkeys(map(ord, "−–"), "-"),
    **dict.fromkeys(map(ord, "µμ"), "u"),
    **dict.fromkeys(map(ord, "Ω\u2126"), "ohm"),
    ord("℃"): "degC",
    ord("℉"): "degF",
    ord("‰"): " permille",
}
"""What print has in place of what a keyboard has."""

_DEGREES = re.compile(r"°\s*([CF])\b")
_PERCENT = re.compile(r"(?:\b(?:wt|vol|mol|at|mass)[.-]{0,2}\s*)?%")
_TOKEN = re.compile(
    r"(?P<sign>[*/()])|(?P<name>CO2eq?|Mm2|Nm3|[A-Za-z_]+|1(?!\d))(?:(?:\*\*|\^)?(?P<power>-?[1-9]))?(?![\w.^])"
)
_OTHER_MONEY = re.compile(r"[€£¥$]|EUR|GBP|CNY|RMB|JPY|KRW|CHF|INR")
_NUMBER = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![0-9.])\s*(.*?)\s*", re.DOTALL)

_LONGEST = 80
"""Most characters of a unit."""

_OFFSETS = {"degC": Fraction("273.15"), "degF": Fraction("459.67")}
"""What a temperature by itself is above absolute zero at its own 0, in its own degrees."""

_SMALLEST = -400
"""Power of ten below which a number is 0: no float is as small."""

_COMMON = (
    "min", "h", "d", "week", "y", "kg", "t", "m", "m2", "m3", "kg/h", "m/min", "kW", "kWh", "MJ", "USD", "USD/kg",
    "mol", "kg/kg", "mol/mol", "degC", "wt%", "ppm", "person",
)  # fmt: skip

_EXAMPLES = {
    "1": "'%' or 'ppm', or a bare number",
    "h": "'min' or 'h'",
    "kg": "'kg' or 't'",
    "m2": "'m2'",
    "kWh": "'kWh' or 'MJ'",
    "kW": "'kW'",
    "USD": "'USD'",
    "K": "'degC' or 'K'",
    "mol": "'mol'",
}

_NAMES = {
    "1": "a fraction",
    "h": "a time",
    "kg": "a mass",
    "m": "a length",
    "m2": "an area",
    "m3": "a volume",
    "kWh": "an energy",
    "kW": "a power",
    "USD": "an amount of money",
    "K": "a temperature",
    "mol": "an amount of substance",
    "Pa": "a pressure",
    "kg/h": "a mass rate",
    "m2/h": "an area rate",
    "m/min": "a speed",
    "kg/m3": "a density",
    "kg/m2": "a mass per area",
    "kg/mol": "a molar mass",
    "USD/kg": "a price per mass",
    "USD/m2": "a price per area",
    "USD/kWh": "a price per energy",
    "USD/h": "a price per time",
    "kWh/kg": "an energy per mass",
    "kWh/m2": "an energy per area",
    "kWh/kg/K": "a heat capacity",
    "mol/kg": "an amount of substance per mass",
    "S/m": "a conductivity",
    "V": "a voltage",
    "Ah/kg": "a charge per mass",
}


class Split(NamedTuple):
    """A quantity taken apart: ``7.85 kg/kg product`` is 7.85, ``kg/kg`` and ``product``."""

    number: float
    """The number as written."""

    unit: str
    """The unit as written; empty for a bare number."""

    rest: str
    """What follows the unit; empty if nothing does."""


class _Unit(NamedTuple):
    """A unit taken apart."""

    size: Fraction
    """In canonical units."""
    powers: tuple[tuple[str, int], ...]
    """Powers of the base units, in order of their names."""


def parse(text: object, unit: str) -> float:
    """Return the quantity *text* as a number of *unit*.

    Parameters
    ----------
    text : str or object
        A number with a unit such as ``45 min``. A bare number is accepted only where *unit* is ``1``.
    unit : str
        Canonical unit of the result, such as ``h``, ``USD/kg`` or ``1``.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If *text* is no finite number with a unit of the right kind; the message says what was expected and found.

    Examples
    --------
    >>> parse("45 min", "h")
    0.75
    >>> parse("0.3 wt%", "1")
    0.003
    >>> parse("3 kg", "h")
    Traceback (most recent call last):
    ValueError: expected a time (h), found a mass: '3 kg'
    >>> parse("3 hp", "kW")
    Traceback (most recent call last):
    ValueError: unknown unit 'hp' in '3 hp': 'hp' may mean 0.7355 kW (metric) or 0.7457 kW (mechanical)
    """
    if isinstance(text, str):
        return _parse(text, unit)
    if isinstance(text, bool) or not isinstance(text, int | float):
        # not TypeError: for the schema above every wrong value of a file is a ValueError
        raise ValueError(f"expected {_wanted(unit)}, found {_shown(text)}")  # noqa: TRY004
    if unit != "1":
        raise ValueError(f"expected {_wanted(unit)}, found the bare number {text}")
    return _finite(float(text), str(text))


def split(text: str) -> Split:
    """Take a quantity apart into number, unit and the words behind it.

    The first word after the number is the unit; whatever follows belongs to the caller.

    Raises
    ------
    ValueError
        If *text* does not begin with a finite number, or the word after it is no unit.

    Examples
    --------
    >>> split("7.85 kg/kg product")
    Split(number=7.85, unit='kg/kg', rest='product')
    >>> split("0.2 mol / mol Li2S")
    Split(number=0.2, unit='mol/mol', rest='Li2S')
    """
    number, words = _number(text, "a quantity such as '7.85 kg/kg product'")
    words = _PERCENT.sub(lambda match: match.group().replace(" ", ""), re.sub(r"\s*([*/])\s*", r"\1", words))
    unit, _, rest = words.partition(" ")
    if unit:
        _unit(unit, text)
    return Split(float(number), unit, rest.strip())


@lru_cache(maxsize=65536)
def _parse(text: str, unit: str) -> float:
    number, word = _number(text, _wanted(unit))
    if not word:
        if unit == "1":
            return float(number)
        raise ValueError(f"expected {_wanted(unit)}, found the bare number {text.strip()}")
    given, wanted = _unit(word, text), _unit(unit)
    if given.powers != wanted.powers:
        kind = _kinds().get(given.powers) or f"a quantity in {word}"
        raise ValueError(f"expected {_NAMES.get(unit, 'a quantity')} ({unit}), found {kind}: {text!r}")
    if number and number.adjusted() < _SMALLEST:
        return 0.0
    value = Fraction(number) + (_OFFSETS.get(_normal(word), 0) if unit == "K" else 0)
    try:
        return _finite(float(value * given.size / wanted.size), repr(text))
    except OverflowError:
        return _finite(math.inf, repr(text))


def _number(text: str, wanted: str) -> tuple[Decimal, str]:
    """Return the number that *text* begins with and the words behind it."""
    match = _NUMBER.fullmatch(text.translate({ord(sign): "-" for sign in "−–"}))
    if not match:
        raise ValueError(f"expected {wanted}, found {text!r}")
    number, words = match.groups()
    if words.startswith(","):
        raise ValueError(f"expected a number with a point and without commas, found {text!r}")
    _finite(float(number), repr(text))
    return Decimal(number), words


def _finite(value: float, shown: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {shown}")
    return value


def _wanted(unit: str) -> str:
    """Describe what a quantity of *unit* looks like."""
    return f"a quantity with a unit such as {_EXAMPLES.get(unit, repr(unit))}"


def _shown(value: object) -> str:
    """Describe a value that is no quantity, in the words of YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else repr(value)


# -- reading a unit ----------------------------------------------------------------------------------------------------


@cache
def _known() -> dict[str, _Unit]:
    """Return every unit by every name that it has."""
    found: dict[str, _Unit] = {}
    for name, (size, bases, prefixes) in _UNITS.items():
        top, _, bottom = size.partition("/")
        factor = Fraction(top) / Fraction(bottom or 1)
        powers: dict[str, int] = {}
        for base in bases.split():
            one = base.removeprefix("/")
            powers[one] = powers.get(one, 0) + (1 if one == base else -1)
        for prefix, power in {"": 0, **{prefix: _PREFIXES[prefix] for prefix in prefixes}}.items():
            found[prefix + name] = _Unit(factor * Fraction(10) ** power, tuple(sorted(powers.items())))
    return found | {alias: found[name] for alias, name in _ALIASES.items()}


def _normal(word: str) -> str:
    """Return a unit in the signs of a keyboard."""
    plain = _DEGREES.sub(r"deg\1", word).translate(_SIGNS)
    return " ".join(_PERCENT.sub(" percent ", plain).split())


def _unit(word: str, text: str = "") -> _Unit:
    """Return the unit that *word*, found in *text*, names."""
    try:
        return _read(word)
    except ValueError as error:
        where = f" in {text!r}" if text and text != word else ""
        raise ValueError(f"unknown unit {word!r}{where}{error}") from None


@lru_cache(maxsize=4096)
def _read(word: str) -> _Unit:
    """Return the unit that a word names; the error says what may be meant.

    A blank or a dot between units is a product. Behind a slash it may be meant on either side, so it is refused there.
    """
    tokens = list(_tokens(word))
    unit = _product(tokens, word)
    if tokens:
        raise ValueError(_meant(word, word))
    return unit


def _tokens(word: str) -> Iterator[tuple[str, int]]:
    """Yield signs, and names with their powers; from the last to the first they are popped."""
    plain, at, found = _normal(word), 0, []
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None or len(plain) > _LONGEST:
            raise ValueError(_meant(word, word))
        found.append((match["sign"] or match["name"], int(match["power"] or 1)))
        at = match.end()
        at += plain[at : at + 1] == " "
    yield from reversed(found)


def _product(tokens: list[tuple[str, int]], word: str) -> _Unit:
    """Take units that are multiplied and divided off the end of *tokens*."""
    unit, divided = _factor(tokens, word), False
    while tokens and tokens[-1][0] != ")":
        sign = tokens.pop()[0] if tokens[-1][0] in ("*", "/") else ""
        other = _factor(tokens, word)
        if not sign and divided and other.powers:
            raise ValueError(": a product behind a slash may belong above or below it; write a/b/c or a*c/b")
        divided = divided or sign == "/"
        unit = _times(unit, other, -1 if sign == "/" else 1)
    return unit


def _factor(tokens: list[tuple[str, int]], word: str) -> _Unit:
    """Take one unit, or a product in brackets, off the end of *tokens*."""
    name, power = tokens.pop() if tokens else ("", 1)
    if name == "(":
        unit = _product(tokens, word)
        if tokens and tokens.pop()[0] == ")":
            return unit
    elif name in _known():
        return _times(_Unit(Fraction(1), ()), _known()[name], power)
    raise ValueError(_meant(name, word))


def _times(unit: _Unit, other: _Unit, power: int) -> _Unit:
    """Return the product of a unit with a power of another."""
    powers = dict(unit.powers)
    for base, own in other.powers:
        powers[base] = powers.get(base, 0) + own * power
    return _Unit(unit.size * other.size**power, tuple(sorted(item for item in powers.items() if item[1])))


def _meant(name: str, word: str) -> str:
    """Return what may be meant by a name in a unit, as the end of a message."""
    if name in _AMBIGUOUS:
        return f": '{name}' may mean {_AMBIGUOUS[name]}"
    if _OTHER_MONEY.search(word):
        return "; money is in USD, EUR, CNY, JPY, KRW or a currency that an overlay adds"
    return nearest(word, _COMMON) or (nearest(name, _known()) if name == word else "")


@cache
def _kinds() -> dict[tuple[tuple[str, int], ...], str]:
    return {_unit(unit).powers: name for unit, name in reversed(_NAMES.items())}
