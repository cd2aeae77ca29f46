"""Money of other currencies, turned into US dollars at the mean exchange rate of the year of the price."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from sim.errors import nearest
from sim.inputs import units, yamlfile

__all__ = ["DOLLAR", "at_rates", "parse", "rate", "rates"]

DOLLAR = "USD"
"""Code of the money that everything is worked out in."""

Rates = Mapping[str, Mapping[int, float]]
"""US dollars for one unit of a currency, by code and year."""

_FILE = Path(__file__).parent.parent / "data" / "currencies.yaml"
_rates: ContextVar[Rates | None] = ContextVar("rates", default=None)


def rates() -> Rates:
    """Return US dollars for one unit of every currency that is known here, by year.

    >>> rates()["EUR"][2023]
    1.081
    """
    return _rates.get() or _bundled()


@contextmanager
def at_rates(known: Rates) -> Iterator[None]:
    """Read money at other exchange rates than the bundled ones."""
    token = _rates.set(known)
    try:
        yield
    finally:
        _rates.reset(token)


@cache
def _bundled() -> Rates:
    data = yamlfile.read(_FILE, name="sim/data/currencies.yaml").data
    return {code: {int(year): rate for year, rate in entry["usd"].items()} for code, entry in data.items()}


def parse(text: object, unit: str, year: int | None) -> float:
    """Return an amount of money as a number of *unit*, which begins with `USD`.

    Parameters
    ----------
    text : object
        A quantity as written, such as `0.18 EUR/kWh` or `25 USD/h`.
    unit : str
        Canonical unit, such as `USD/kWh`.
    year : int or None
        Year of the price; other currencies than the dollar need it.

    Raises
    ------
    ValueError
        If the quantity cannot be read, or there is no exchange rate.

    Examples
    --------
    0.20 EUR at 1.081 USD/EUR:

    >>> round(parse("0.20 EUR/kWh", "USD/kWh", 2023), 4)
    0.2162
    """
    codes = _codes(tuple(rates()))
    found = codes.search(text) if isinstance(text, str) else None
    if not isinstance(text, str) or found is None:
        return units.parse(text, unit)
    if year is None:
        raise ValueError(f"'{text}' needs its price year for the exchange rate: {{value: {text}, year: 2023}}")
    dollars = rate(found["code"], year, rates())
    return units.parse(codes.sub(r"\g<prefix>USD", text, count=1), unit) * dollars


def rate(code: str, year: int, rates: Rates) -> float:
    """Return US dollars for one unit of a currency in a year.

    Raises
    ------
    ValueError
        If there is no such rate; the text says which there are.

    Examples
    --------
    >>> rate("EUR", 2023, {"EUR": {2023: 1.081}})
    1.081
    """
    more = f'an overlay can give one: currencies: {{{code}: {{usd: {{"{year}": RATE}}, source: ...}}}}'
    if code not in rates:
        codes = (DOLLAR, *rates)
        hint = nearest(code, codes) or f"; there are {', '.join(codes)}"
        raise ValueError(f"unknown currency '{code}'{hint}; {more}")
    known = rates[code]
    if year not in known:
        years = f"{min(known)} to {max(known)}"
        raise ValueError(f"there is no exchange rate of {code} for {year}; there are those of {years}; {more}")
    return known[year]


@cache
def _codes(known: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?P<prefix>[kMG]?)(?P<code>{'|'.join(known)})\b")
