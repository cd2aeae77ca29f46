"""Prices that follow one another: a good costs what its roots in it cost, over a yield, and its conversion on top.

    price = sum(factor * price of the root) / yield + plus

A factor is the mass of a root that a kg of the good needs. It follows from formulas: by the element for which the root
is bought (`from: Li2CO3`), or by a balanced equation (`from: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl`). A good may be
quoted as well (`value:` beside `from:`): the quote holds, and moves by what its roots move.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from sim.errors import PlacedError, nearest
from sim.inputs import formulas
from sim.inputs.quantity import Quantity, Value

__all__ = ["Followed", "PriceQuantity", "Root", "based", "by_roots", "fixed", "followed", "quoted", "roots", "settled"]

FROM, YIELD, PLUS = "from", "yield", "plus"
_MONEY = Quantity("USD/kg")
_ANY_MONEY = Quantity("USD/kg", minimum=-1e6)
_FRACTION = Quantity("1", exclusive=True, maximum=1.0)
_MATRIX = frozenset({"C", "H", "O"})
"""Elements for which nothing is bought here."""


class Root(NamedTuple):
    """A material whose price another one follows."""

    name: str
    kg_per_kg: float
    """Mass of the root in a mass of the good, without loss [kg/kg]."""


@dataclass(frozen=True, slots=True)
class Followed(Value):
    """A price that follows those of other materials; `value` is what it comes to."""

    from_: str = ""
    """A material that shares the element it is bought for, or the equation by which the good is made."""
    yield_: Value | None = None
    """What arrives of the roots in the good [1]; None: all."""
    plus: Value | None = None
    """Conversion [USD/kg]; None: unknown, so that the good has no price but its quote."""
    quote: Any = None
    """The quote at the roots' prices `at` [USD/kg]; None if the price is worked out from the roots."""
    roots: tuple[Root, ...] = ()
    """What a kg needs of each root, from the formulas."""
    at: tuple[float, ...] = ()
    """Prices of the roots to which the quote belongs [USD/kg]."""


class PriceQuantity(Quantity):
    """Field annotation of a price per mass, which may follow others.

    >>> PriceQuantity().read({"from": "Li2CO3", "plus": {"value": "4 USD/kg", "year": 2025}}).plus.value
    4.0
    """

    def __init__(self) -> None:
        super().__init__("USD/kg")

    def read(self, raw: Any) -> Value:
        """Read a quote, or a mapping with `from:` and `plus:` or a quote.

        Raises
        ------
        PlacedError
            If a figure or a key is wrong, or neither conversion nor quote is given.
        """
        if not isinstance(raw, dict) or FROM not in raw:
            return super().read(raw)
        if not isinstance(raw[FROM], str) or not raw[FROM].strip():
            raise PlacedError(f"a price is from a material or an equation, found {raw[FROM]!r}", FROM)
        if "value" not in raw and PLUS not in raw:
            raise ValueError("a price that follows another needs a 'plus', its conversion, or a 'value', its quote")
        plus, share = _inner(_ANY_MONEY, raw, PLUS), _inner(_FRACTION, raw, YIELD)
        own = {key: item for key, item in raw.items() if key not in (FROM, YIELD, PLUS)}
        plain = super().read(own if "value" in raw else {**own, "value": "0 USD/kg"})
        kept: dict[str, Any] = {field.name: getattr(plain, field.name) for field in fields(Value)}
        if "value" not in raw and plus is not None:
            for name in ("source", "grade", "note", "year"):
                kept[name] = kept[name] or getattr(plus, name)
            kept["text"] = f"from {raw[FROM]}"
        if share is not None and not share.source:
            share = replace(share, source=kept["source"], grade=kept["grade"], note=share.note or kept["note"])
        quote = plain.value if "value" in raw else None
        return Followed(**kept, from_=raw[FROM].strip(), yield_=share, plus=plus, quote=quote)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        plain = super().__get_pydantic_json_schema__(schema, handler)
        quantity = next(item for item in plain["anyOf"] if item["type"] == "object")
        inner = {
            key: item.__get_pydantic_json_schema__(schema, handler)
            for key, item in ((YIELD, _FRACTION), (PLUS, _ANY_MONEY))
        }
        followed = {
            **quantity,
            "properties": {**quantity["properties"], FROM: {"type": "string", "minLength": 1}, **inner},
            "required": [FROM],
        }
        return {"anyOf": [*plain["anyOf"], followed]}


def _inner(kind: Quantity, raw: Mapping[str, Any], key: str) -> Value | None:
    if key not in raw:
        return None
    try:
        return kind.read(raw[key])
    except PlacedError as error:
        raise PlacedError(str(error), key, *error.where) from None
    except ValueError as error:
        raise PlacedError(str(error), key) from None


# -- what a good needs of its roots ------------------------------------------------------------------------------------


class Priced(Protocol):
    """What of a material the prices rest on."""

    @property
    def formula(self) -> str: ...

    @property
    def mass_fractions(self) -> Mapping[str, float]: ...

    @property
    def price(self) -> Value | None: ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Any: ...


Entry = TypeVar("Entry", bound=Priced)


def roots(name: str, start: str, materials: Mapping[str, Priced]) -> tuple[Root, ...]:
    """Return what a kg of a good needs of each root.

    Parameters
    ----------
    name : str
        The good.
    start : str
        A material, or a balanced equation that makes the good from materials.

    Raises
    ------
    ValueError
        If a material is unknown, shares no element with the good, or the equation does not make it.

    Notes
    -----
    Of a single root as much is needed as holds the element of which the root has most by mass, carbon, hydrogen and
    oxygen left out: 0.872 kg of Li2CO3, by lithium, for a kg of LiCl.
    """
    if not re.search(r"->|=|→", start):
        return (_by_element(name, start, materials),)
    equation = formulas.parse_equation(start)
    known = {key: entry.formula for key, entry in materials.items() if entry.formula}
    surplus = formulas.imbalance(equation, known)
    if surplus:
        raise ValueError(f"'{equation}' does not balance: {', '.join(surplus)}")
    made = next((number for number, product in equation.right if product == name), 0.0)
    if not made:
        raise ValueError(f"'{equation}' makes no {name}")
    whole = made * formulas.molar_mass(known[name])
    return tuple(Root(other, number * formulas.molar_mass(known[other]) / whole) for number, other in equation.left)


def _by_element(name: str, other: str, materials: Mapping[str, Priced]) -> Root:
    if other not in materials:
        raise ValueError(f"unknown material '{other}'{nearest(other, materials)}")
    good, root = materials[name].mass_fractions, materials[other].mass_fractions
    shared = [symbol for symbol in good if symbol in root and symbol not in _MATRIX]
    if not shared:
        raise ValueError(f"{name} and {other} have no element in common for which {other} could be bought")
    symbol = max(shared, key=lambda one: (root[one], one))
    return Root(other, good[symbol] / root[symbol])


# -- prices of today ---------------------------------------------------------------------------------------------------


def settled(materials: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return materials whose followed prices are what they come to at the prices of their roots."""
    found = dict(materials)
    prices: dict[str, Any] = {}

    def price(name: str) -> Any:
        if name not in prices:
            value = materials[name].price
            assert value is not None
            prices[name] = value.value if not isinstance(value, Followed) else come_to(value)
        return prices[name]

    def come_to(good: Followed) -> Any:
        share = good.yield_.value if good.yield_ else 1.0
        if good.quote is not None:
            moved = (root.kg_per_kg * (price(root.name) - at) for root, at in zip(good.roots, good.at, strict=True))
            return good.quote + sum(moved) / share
        assert good.plus is not None
        return sum(root.kg_per_kg * price(root.name) for root in good.roots) / share + good.plus.value

    for name, entry in materials.items():
        if isinstance(entry.price, Followed):
            found[name] = entry.model_copy(update={"price": replace(entry.price, value=price(name))})
    return found


def followed(materials: Mapping[str, Priced]) -> list[str]:
    """Return the materials whose prices follow others."""
    return [name for name, entry in materials.items() if isinstance(entry.price, Followed)]


def by_roots(name: str, materials: Mapping[str, Priced]) -> float | None:
    """Return what a followed good costs by its roots [USD/kg]; None if its conversion is not known."""
    good = materials[name].price
    if not isinstance(good, Followed) or good.plus is None:
        return None
    total = math.fsum(root.kg_per_kg * _usd(materials[root.name].price) for root in good.roots)
    return total / (good.yield_.value if good.yield_ else 1.0) + good.plus.value


def _usd(value: Value | None) -> float:
    assert value is not None
    return float(value.value)


def quoted(old: Value, usd: Any) -> Value:
    """Return a price with another quote [USD/kg]; a price that was worked out from its roots is quoted from now on."""
    return replace(old, value=usd, quote=usd) if isinstance(old, Followed) else replace(old, value=usd)


def fixed(old: Value, usd: float) -> Value:
    """Return a price that follows nothing [USD/kg]."""
    plain = {field.name: getattr(old, field.name) for field in fields(Value)}
    return Value(**plain | {"value": usd, "low": None, "high": None})


def based(materials: Mapping[str, Entry], stages: Sequence[Mapping[str, Any]]) -> dict[str, Entry]:
    """Return materials whose prices know their roots, quotes moved by what roots have moved since they were given.

    Parameters
    ----------
    materials : mapping
        As read, with the prices of the last stage.
    stages : sequence of mapping
        The price of every material as it stood in the file, after the price set, after all changes. A quote belongs to
        the prices that its roots had in the stage in which it was given.

    Raises
    ------
    PlacedError
        If a price follows what cannot be followed; its place is below `materials`.
    """
    followed = {name: entry.price for name, entry in materials.items() if isinstance(entry.price, Followed)}
    known: dict[str, tuple[Root, ...]] = {}
    for name, price in followed.items():
        try:
            known[name] = roots(name, price.from_, materials)
        except ValueError as error:
            raise PlacedError(str(error), name, "price", FROM) from None
    _refuse(known, materials)
    values: dict[str, Value] = {}
    given: dict[str, Any] = {}
    usd: dict[str, float] = {}
    concerned = sorted({*known, *(root.name for found in known.values() for root in found)})
    for stage in stages:
        fresh = {name for name in concerned if stage.get(name) is not None and stage[name] != given.get(name)}
        for name in fresh:
            values[name], given[name] = PriceQuantity().read(stage[name]), stage[name]
        usd = _told(values, known, fresh, usd)
        values = {name: _rebased(value, usd, name, known) for name, value in values.items()}
    return {
        name: entry.model_copy(update={"price": values[name]}) if name in known else entry
        for name, entry in materials.items()
    }


def _refuse(known: Mapping[str, Sequence[Root]], materials: Mapping[str, Priced]) -> None:
    """Refuse roots without a price, and prices that follow themselves."""
    for name, found in known.items():
        for root in found:
            if materials[root.name].price is None:
                raise PlacedError(f"'{root.name}' has no price that could be followed", name, "price", FROM)
        above: set[str] = set()
        below = {root.name for root in found}
        while below:
            above |= below
            below = {root.name for other in below for root in known.get(other, ())} - above
        if name in above:
            raise PlacedError(f"the price of {name} follows itself", name, "price", FROM)


def _told(
    values: Mapping[str, Value],
    known: Mapping[str, Sequence[Root]],
    fresh: Collection[str],
    before: Mapping[str, float],
) -> dict[str, float]:
    """Return what every price comes to: fresh quotes as they are, older ones moved by what their roots have moved."""
    found: dict[str, float] = {}

    def price(name: str) -> float:
        if name not in found:
            value = values[name]
            found[name] = come_to(name, value) if isinstance(value, Followed) else value.value
        return found[name]

    def come_to(name: str, good: Followed) -> float:
        share = good.yield_.value if good.yield_ else 1.0
        if good.quote is None:
            assert good.plus is not None
            return math.fsum(root.kg_per_kg * price(root.name) for root in known[name]) / share + good.plus.value
        if name in fresh:
            return float(good.quote)
        return (
            good.value
            + math.fsum(root.kg_per_kg * (price(root.name) - before[root.name]) for root in known[name]) / share
        )

    return {name: price(name) for name in values}


def _rebased(value: Value, usd: Mapping[str, float], name: str, known: Mapping[str, tuple[Root, ...]]) -> Value:
    """Return a followed price that belongs to the prices of its roots as they are."""
    if not isinstance(value, Followed):
        return value
    at = tuple(usd[root.name] for root in known[name])
    moved = 0.0 if value.quote is None else usd[name] - value.quote
    low, high = (None if end is None else max(0.0, end + moved) for end in (value.low, value.high))
    quote = None if value.quote is None else usd[name]
    return replace(value, value=usd[name], quote=quote, low=low, high=high, roots=known[name], at=at)
