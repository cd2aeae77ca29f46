"""Assumptions: all numbers that a line rests on, each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from sim.inputs import (
    SINGLE,
    Chain,
    Followed,
    Library,
    Number,
    Reference,
    Section,
    Sourced,
    Step,
    catalogue_heads,
    numbers_in,
    own_name,
    purge_of,
    shown,
)
from sim.plant import Line
from sim.results import Results
from sim.rollup.emissions import caustic_of, is_hydrogen_sulfide

__all__ = [
    "assumptions",
    "entries_used",
    "entry_assumptions",
    "mixed_years",
    "numbers",
]


def entries_used(line: Line) -> dict[str, list[str]]:
    """Return the names of the catalogue's entries that a line uses, by file and in alphabetical order."""
    route, library = line.route, line.library
    materials: set[str] = set(route.tanks) | set(_purges(line))
    for flow in line.flowsheet.steps.values():
        materials |= {*flow.feeds, *(side.material for side in flow.sides)}
        materials |= {name for outlet in flow.outlets for name in outlet.stream.kg_per_unit}
    if any(is_hydrogen_sulfide(library, name) for name in materials & set(library.materials)):
        materials.add(caustic_of(library))
    parts: list[Step | Section] = []
    for step in route.steps:
        parts += [step, *step.sections]
    equipment = {part.equipment for part in parts} | {own_name(name) for name in route.auxiliaries}
    equipment |= {tank.regeneration.equipment for tank in route.tanks.values() if tank.regeneration}
    rooms = {part.room for part in parts}
    rooms |= {library.equipment[name].room for name in equipment if name in library.equipment}
    consumables = {name for step in route.steps for name in step.consumables}
    found = {
        "materials": _with_roots((materials | consumables) & set(library.materials), library),
        "equipment": equipment & set(library.equipment),
        "utilities": set(library.utilities),
        "rooms": rooms & set(library.rooms),
        "consumables": consumables & set(library.consumables),
    }
    return {kind: sorted(names) for kind, names in found.items()}


def _with_roots(names: set[str], library: Library) -> set[str]:
    """Return materials with those whose prices theirs follow."""
    found, more = set(names), set(names)
    while more:
        prices = [library.materials[name].price for name in more]
        more = {root.name for price in prices if isinstance(price, Followed) for root in price.roots} - found
        found |= more
    return found


def _purges(line: Line) -> list[str]:
    """Return the gases with which the machines of a line are purged around the clock."""
    equipment = line.library.equipment
    found: list[str] = []
    for step in line.route.steps:
        for part in step.parts:
            found += purge_of(part, equipment.get(part.equipment))
    for name in line.route.auxiliaries:
        found += equipment[own_name(name)].purge
    return found


def mixed_years(lines: Iterable[Line]) -> str:
    """Return a warning that names the prices of every year, empty if all are of one year.

    Equipment and floor are moved to the reporting year by the cost index or are of it; prices of materials, energy and
    labour stay at the year of their quote, so that a sum of several years is in the money of none.
    """
    years: dict[int, set[str]] = {}
    for line in lines:
        library = line.library
        used = entries_used(line)
        prices = {"wages": library.economics.wage}
        prices |= {name: library.utilities[name].price for name in used["utilities"]}
        prices |= {name: library.consumables[name].price for name in used["consumables"]}
        bought = {name for flow in line.flowsheet.steps.values() for name in flow.feeds}
        bought |= {name for step in line.route.steps for name in step.consumables}
        for name in bought & set(library.materials):
            price = library.materials[name].price
            prices |= {name: price} if price is not None else {}
        for name, price in prices.items():
            if price.year is not None:
                years.setdefault(price.year, set()).add(name)
    if len(years) < 2:
        return ""
    parts = [f"{year} ({_some(sorted(years[year]))})" for year in sorted(years)]
    return f"prices of several years stand side by side, none is moved: {', '.join(parts)}"


def _some(names: Sequence[str], most: int = 6) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def numbers(line: Line) -> Iterator[Number]:
    """Yield every number of a line's route, and of the catalogue entries that it uses, each once."""
    library = line.library
    for number in numbers_in(line.route, ("route",), f"route.{line.route.name}"):
        yield _at_home(number) if isinstance(line.route, Chain) else number
    heads = catalogue_heads(library)
    for kind, names in entries_used(line).items():
        for name in names:
            yield from numbers_in(getattr(library, kind)[name], (kind, name), f"{kind}.{name}", heads[kind, name])
    for kind in SINGLE:
        found = numbers_in(getattr(library, kind), (kind,), kind)
        yield from found if kind != BATPAC else _of_plant(found, line)


BATPAC = "batpac"
"""The file of the battery plant."""


def _of_plant(found: Iterable[Number], line: Line) -> Iterator[Number]:
    """Yield the numbers of those processes of the battery plant that cost a part of a line."""
    plant, used = line.library.batpac, {match.process for match in line.matches}
    if plant is None or not used:
        return
    items = [plant.processes[name] for name in used]
    drivers = {name for item in items for name in (*item.drivers, item.solvent)}
    single = (
        {"least", "cell_area"} if any(plant.drivers[item.drivers[0]].of == "cells" for item in items) else {"least"}
    )
    for number in found:
        kind, *rest = number.path[1:]
        of = {"processes": used, "drivers": drivers}.get(str(kind))
        if kind in single or (of is not None and rest[0] in of):
            yield number


def _at_home(number: Number) -> Number:
    """Return a number of a chain as it is called in its own route, so that several chains share it."""
    whole = f"{number.where}.{number.quantity}"
    where, _, quantity = _FOREIGN.sub(".", _LINKED.sub(r"route.\2.\1.", whole)).rpartition(".")
    return replace(number, where=where, quantity=quantity)


_LINKED = re.compile(r"^route\.\w+\.(\w+)\.(\w+)/")
"""What a number of a chain begins with: chain, field, route."""

_FOREIGN = re.compile(r"\.\w+/")
"""A route's name in front of what is named below, such as an inlet."""


def assumptions(line: Line) -> pd.DataFrame:
    """List every number of a line's route, and of the catalogue entries that it uses, with its evidence.

    Returns
    -------
    DataFrame
        Columns where (dotted path of the entry), quantity (the field), value, unit, low, high, grade, source (title
        and DOI, or the reason of an estimate) and note. Numbers that are in several lines are the same rows.
    """
    return _listed(numbers(line), line.library.bibliography)


def entry_assumptions(entry: Sourced, where: str, bibliography: Mapping[str, Reference]) -> pd.DataFrame:
    """List every number of a file beside routes and catalogue, as `assumptions`; *where* is what it is called."""
    return _listed(numbers_in(entry, (where,), where), bibliography)


def _listed(found: Iterable[Number], bibliography: Mapping[str, Reference]) -> pd.DataFrame:
    rows = []
    for number in found:
        value = number.value
        figures = (value.value, value.unit, value.low, value.high, value.grade)
        rows.append((number.where, number.quantity, *figures, shown(value.source, bibliography), value.note))
    return pd.DataFrame(rows, columns=Results.assumptions.names[:-1])
