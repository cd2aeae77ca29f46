"""Quantities as people write them, turned into plain numbers in canonical units.

This is the edge of the program: behind it are only floats, in h, kg, m2, kWh, kW, USD, K and mol. Decimal arithmetic
makes them the floats that one would have typed: ``50 um`` is 5e-05 m and not 4.9999999999999996e-05 m.
Beyond the usual SI and technical units it knows

- money: ``USD``; other currencies need the year of their exchange rate (see `sim.inputs.money`),
- time: a year (``y``, ``a``) is 8760 h and a month a twelfth of that; ``d``, ``week``,
- area and volume without a hat: ``m2``, ``cm2``, ``m3``; ``Mm2`` is a million square metres,
- gas: ``Nm3`` counts as m3 at normal conditions,
- fractions: ``%``, ``wt%``, ``vol%``, ``mol%``, ``ppm``, ``kg/kg``; a bare number where the unit is ``1``,
- ``person`` and ``CO2e`` are counts, so ``kg CO2e/kWh`` is a mass per energy; ``lot`` and ``operation`` are kinds of
  their own.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib import import_module
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import nearest

if TYPE_CHECKING:
    import pint

__all__ = ["Split", "convert", "parse", "split"]

_DEFINITIONS = (
    "USD = [money] = dollar",
    "year = 8760 * hour = y = a = yr",
    "month = year / 12",
    "Mm2 = 1e6 * meter**2",
    "Nm3 = meter**3",
    "percent_ = 0.01",
    "ppm = 1e-6",
    "person = [] = _ = persons = people",
    "lot = [lots] = _ = lots",
    "operation = [operations] = _ = operations",
    "CO2e = [] = _ = CO2eq",
)

_SIGNS = str.maketrans({"·": "*", "×": "*", "−": "-", "µ": "u", "μ": "u", "²": "2", "³": "3"})
_PERCENT = re.compile(r"(?:(?:wt|vol|mol|at)\s*)?%")
_POWER = re.compile(r"(?<![A-Za-z_])(?!Mm2\b|Nm3\b)([A-Za-z]+)(-?[1-9])\b")
_FACTOR = r"\(*(?:1|[A-Za-z_][A-Za-z_0-9]*(?:\*\*-?[1-9])?)\)*"
# checked before pint evaluates it: a power of a power would keep the machine busy for ever
_GRAMMAR = re.compile(rf"{_FACTOR}(?: ?[*/ ] ?{_FACTOR})*")
# pint takes "hh" for a hundred hours; nobody who writes it means that
_PREFIXED = re.compile(r"\b[a-z]+(?:CO2e|day|degree_Celsius|hour|minute|month|percent_|person|ppm|week|year)\b")
_OTHER_MONEY = re.compile(r"[€£¥$]|EUR|GBP|CNY|RMB|JPY|KRW|CHF|INR")
_NUMBER = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![0-9.])\s*(.*?)\s*", re.DOTALL)

# What most files are written in, by hand: pint takes half a second to load, and is asked only about the rest.
_PLAIN: dict[str, tuple[str, str]] = {
    "h": ("1", "h"), "min": ("1/60", "h"), "s": ("1/3600", "h"), "d": ("24", "h"), "week": ("168", "h"),
    "month": ("730", "h"), "y": ("8760", "h"), "kg": ("1", "kg"), "g": ("1/1000", "kg"), "t": ("1000", "kg"),
    "m": ("1", "m"), "km": ("1000", "m"), "cm": ("1/100", "m"), "mm": ("1/1000", "m"), "um": ("1/1000000", "m"),
    "Mm2": ("1000000", "m m"), "Nm3": ("1", "m m m"), "L": ("1/1000", "m m m"),
    "Ah": ("1", "Ah"), "kWh": ("1", "kWh"), "MWh": ("1000", "kWh"), "GWh": ("1000000", "kWh"),
    "MJ": ("1/3.6", "kWh"), "kJ": ("1/3600", "kWh"),
    "kW": ("1", "kWh /h"), "W": ("1/1000", "kWh /h"), "MW": ("1000", "kWh /h"),
    "Pa": ("1", "Pa"), "mbar": ("100", "Pa"), "bar": ("100000", "Pa"),
    "USD": ("1", "USD"), "mol": ("1", "mol"), "K": ("1", "K"), "mS": ("1", "mS"), "S": ("1000", "mS"),
    "lot": ("1", "lot"), "lots": ("1", "lot"), "operation": ("1", "operation"), "operations": ("1", "operation"),
    "person": ("1", ""), "persons": ("1", ""), "percent_": ("1/100", ""), "ppm": ("1/1000000", ""), "1": ("1", ""),
}  # fmt: skip

_ICE_POINT = Fraction("273.15")
"""0 degC [K]."""

_COMMON_SIZE = 200
"""Most digits before or behind the point of a number that is worked out exactly [digit]."""

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
    if unit and _plain(unit) is None:
        _unit(unit, text)
    return Split(float(number), unit, rest.strip())


@lru_cache(maxsize=4096)
def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Return *value*, given in *from_unit*, as a number of *to_unit*.

    Raises
    ------
    ValueError
        If a unit is unknown or the two are of different kinds.

    Examples
    --------
    >>> convert(80, "degC", "K")
    353.15
    """
    try:
        return _magnitude(Decimal(repr(float(value))), _unit(from_unit), _unit(to_unit))
    except _pint().DimensionalityError:
        raise ValueError(f"cannot convert {from_unit!r} to {to_unit!r}") from None


@lru_cache(maxsize=65536)
def _parse(text: str, unit: str) -> float:
    number, word = _number(text, _wanted(unit))
    if not word:
        if unit == "1":
            return float(number)
        raise ValueError(f"expected {_wanted(unit)}, found the bare number {text.strip()}")
    if unit == "K" and word in ("degC", "°C") and abs(number.adjusted()) < _COMMON_SIZE:
        return float(Fraction(number) + _ICE_POINT)
    given, wanted = _plain(word), _plain(unit)
    if given and wanted and given[1] != wanted[1]:
        raise ValueError(_mismatch(unit, word, _plain_kinds().get(given[1], ""), text))
    if given and wanted and abs(number.adjusted()) < _COMMON_SIZE:
        return _finite(float(Fraction(number) * given[0] / wanted[0]), repr(text))
    try:
        value = _magnitude(number, _unit(word, text), _unit(unit))
    except _pint().DimensionalityError:
        raise ValueError(_mismatch(unit, word, _kind(_unit(word)), text)) from None
    return _finite(value, repr(text))


def _mismatch(unit: str, word: str, kind: str, text: str) -> str:
    """Say that *text* is of another kind than *unit*."""
    return f"expected {_NAMES.get(unit, 'a quantity')} ({unit}), found {kind or f'a quantity in {word}'}: {text!r}"


def _number(text: str, wanted: str) -> tuple[Decimal, str]:
    """Return the number that *text* begins with and the words behind it."""
    match = _NUMBER.fullmatch(text)
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


@lru_cache(maxsize=4096)
def _plain(word: str) -> tuple[Fraction, tuple[tuple[str, int], ...]] | None:
    """Return (factor, powers of base units) of a unit made of plain words, None if it needs pint."""
    parts = re.split(r"((?<!\*)\*(?!\*)|/)", _normal(word))
    factor, powers = Fraction(1), dict[str, int]()
    for sign, part in zip(["*", *parts[1::2]], parts[::2], strict=True):
        name, _, power = part.partition("**")
        if name not in _PLAIN or not re.fullmatch(r"(-?[1-9])?", power):
            return None
        exponent = int(power or 1) * (1 if sign == "*" else -1)
        size, bases = _PLAIN[name]
        top, _, bottom = size.partition("/")
        factor *= (Fraction(top) / Fraction(bottom or 1)) ** exponent
        for base in bases.split():
            one = base.removeprefix("/")
            powers[one] = powers.get(one, 0) + (exponent if one == base else -exponent)
    return factor, tuple(sorted((base, power) for base, power in powers.items() if power))


def _magnitude(value: Decimal, from_unit: pint.Unit, to_unit: pint.Unit) -> float:
    return float(_registry().Quantity(value, from_unit).m_as(to_unit))


@cache
def _registry() -> Any:
    """Return the units of pint and ours; made on first use because it takes half a second."""
    registry: Any = _pint().UnitRegistry(on_redefinition="ignore", non_int_type=Decimal)
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry


@cache
def _pint() -> Any:
    """Return pint; asked for only where a plain unit does not do."""
    return import_module("pint")


def _normal(word: str) -> str:
    """Return a unit in the spelling of pint."""
    plain = _PERCENT.sub("percent_", word.translate(_SIGNS)).replace("°C", "degC").replace("^", "**")
    return _POWER.sub(r"\1**\2", plain)


def _unit(word: str, text: str = "") -> pint.Unit:
    """Return the unit that *word*, found in *text*, names."""
    unit = _known_unit(word)
    if unit is None:
        raise ValueError(_unknown(word, text))
    return unit


@lru_cache(maxsize=4096)
def _known_unit(word: str) -> pint.Unit | None:
    plain = _normal(word)
    if len(plain) > 80 or not _GRAMMAR.fullmatch(plain) or plain.count("(") != plain.count(")"):
        return None
    try:
        unit: pint.Unit = _registry().Unit("" if plain == "1" else plain)
    except (_pint().PintError, ValueError, SyntaxError, TypeError, AttributeError, TokenError):
        return None
    return None if _PREFIXED.search(str(unit)) else unit


def _unknown(word: str, text: str) -> str:
    """Say that *word*, found in *text*, is no unit."""
    where = f" in {text!r}" if text and text != word else ""
    if _OTHER_MONEY.search(word):
        return f"unknown unit {word!r}{where}; money is in USD, EUR, CNY, JPY or KRW"
    return f"unknown unit {word!r}{where}{nearest(word, _COMMON)}"


@cache
def _plain_kinds() -> dict[object, str]:
    plain = {unit: _plain(unit) for unit in _NAMES}
    return {found[1]: _NAMES[unit] for unit, found in reversed(plain.items()) if found}


@cache
def _kinds() -> dict[object, str]:
    return {_unit(unit).dimensionality: name for unit, name in reversed(_NAMES.items())}


def _kind(unit: pint.Unit) -> str:
    """Name the kind of *unit*, such as "a mass"; empty if it has no common name."""
    return _kinds().get(unit.dimensionality, "")
