"""The catalogue: materials, equipment, utilities, rooms, economics and the bibliography, read from `sim/data`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim import chem, units, yamlfile
from sim.errors import InputError, Issue, PlacedError, nearest
from sim.overlay import Overlay, Override
from sim.quantity import ESTIMATE, GRADES, Quantity, Value
from sim.spec import Fraction, Sourced, Spec

__all__ = [
    "CATALOGUE",
    "DATA",
    "PRICES",
    "Consumable",
    "Economics",
    "Equipment",
    "Library",
    "Material",
    "Price",
    "PriceSet",
    "Reference",
    "Room",
    "Utility",
    "evidence_faults",
    "load_library",
    "unsourced",
]

PRICES = "prices"
"""What stands for the file in the message about an unknown price set; the scenario puts its own line there."""

DATA = Path(__file__).parent / "data"
"""Folder of the bundled catalogue."""


class Reference(Spec):
    """One entry of the bibliography."""

    title: str
    authors: str = ""
    year: int | None = None
    doi: str = ""
    where: str = ""
    """Publisher, page or package, where there is no DOI."""
    read: Literal["full", "abstract", "excerpt", "page", "code", "unread"] = "page"
    """How much of it was read."""
    grade: Literal["A", "B", "C", "D"]
    """The best grade that a number from here can claim."""


class Material(Sourced):
    """A pure substance, or a bought good of known elemental composition."""

    title: str
    formula: str = ""
    """Chemical formula; molar mass and elements follow from it."""
    elements: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    """Mass fractions of the elements, for goods without a formula (polymers, carbon black); they add up to 1."""
    assay: dict[str, Annotated[Value, Quantity("1", maximum=1.0)]] = {}
    """What a purchased kg consists of, by material, itself included; it adds up to 1. Not given: pure."""
    phase: Literal["solid", "liquid", "gas"] = "solid"
    price: Annotated[Value, Quantity("USD/kg")] | None = None
    """Purchase price with its year [USD/kg]."""
    disposal: Annotated[Value, Quantity("USD/kg")] | None = None
    """Cost of getting rid of it as waste [USD/kg]."""
    gwp: Annotated[Value, Quantity("kg/kg")] | None = None
    """Cradle-to-gate emission [kg CO2e/kg]."""
    density: Annotated[Value, Quantity("kg/m3", exclusive=True)] | None = None
    heat_capacity: Annotated[Value, Quantity("kJ/kg/K", exclusive=True)] | None = None
    boiling_point: Annotated[Value, Quantity("K", exclusive=True)] | None = None
    vaporisation: Annotated[Value, Quantity("kJ/kg", exclusive=True)] | None = None
    """Heat of vaporisation at the boiling point [kJ/kg]."""
    soluble_in: list[str] = []
    """Solvents that dissolve it; a split that filters it off from them is a warning."""
    hazards: list[Literal["flammable", "toxic", "H2S_former", "PFAS", "corrosive", "CMR"]] = []

    @model_validator(mode="after")
    def _composition(self) -> Material:
        if bool(self.formula) == bool(self.elements):
            raise ValueError("give one of 'formula' and 'elements'")
        try:
            chem.elements(self.formula or "".join(self.elements))
        except ValueError as error:
            raise PlacedError(str(error), "formula" if self.formula else "elements") from None
        for name, fractions in (
            ("elements", list(self.elements.values())),
            ("assay", [item.value for item in self.assay.values()]),
        ):
            if fractions and abs(sum(fractions) - 1.0) > 1e-9:
                raise PlacedError(f"the fractions add up to {sum(fractions):.9g}, not 1", name)
        return self

    @property
    def mass_fractions(self) -> Mapping[str, float]:
        """Mass fraction of each element [1]."""
        return chem.mass_fractions(self.formula) if self.formula else self.elements


class Price(Sourced):
    """Purchase price by size: price = at_price * (size / at_size) ** exponent, within the range of sizes."""

    value: Annotated[Value, Quantity("USD", exclusive=True)]
    """Price of one machine of the reference size, with its year [USD]."""
    at: Annotated[Value, Quantity("m3", "m2", "kg", "kg/h", "kW", "m", "m2/h", "1", exclusive=True)]
    """Reference size; its unit is the unit of all sizes of this equipment."""
    exponent: Annotated[Value, Quantity("1", maximum=1.5)]
    """Scaling exponent [1]."""
    containment: Annotated[Value, Quantity("1", minimum=1.0)] | None = None
    """Price of the contained (inert, H2S-tight) machine over that of the plain one [1]."""
    contained: bool = True
    """Whether `value` is the price of the contained machine."""


class Equipment(Sourced):
    """What a machine is bought as."""

    title: str
    price: Price
    sizes: Annotated[list[str], Field(min_length=2, max_length=2)]
    """Smallest and largest size for which price and machine hold; outside is a warning."""
    fill: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = None
    """Largest share of a vessel's volume that may be filled [1]."""
    install: Literal["solids", "solid_fluid", "fluid", "turnkey"] = "solid_fluid"
    """Which installation factor applies."""
    footprint: Annotated[Value, Quantity("m2")]
    """Floor per machine, access included [m2]."""
    room: str
    """Room class it stands in."""
    mtbf: Annotated[Value, Quantity("h", exclusive=True, drawn=True)] | None = None
    """Mean operating time between failures [h]."""
    mttr: Annotated[Value, Quantity("h", exclusive=True, drawn=True)] | None = None
    """Mean time to repair; drawn log-normal with cv 1 [h]."""
    life: Annotated[Value, Quantity("y", exclusive=True)]
    """Economic life [y]."""

    @model_validator(mode="after")
    def _sizes(self) -> Equipment:
        for index, text in enumerate(self.sizes):
            try:
                units.parse(text, self.price.at.unit)
            except ValueError as error:
                raise PlacedError(str(error), "sizes", index) from None
        return self


class Utility(Sourced):
    """Energy that is bought."""

    title: str
    price: Annotated[Value, Quantity("USD/kWh")]
    gwp: Annotated[Value, Quantity("kg/kWh")]
    """Emission per kWh [kg CO2e/kWh]."""


class Room(Sourced):
    """A class of rooms: power around the clock and capital per floor area."""

    title: str
    power: Annotated[Value, Quantity("kW/m2")]
    """Air handling and drying in open hours [kW/m2]."""
    setback: Fraction
    """Share of that power in closed hours [1]."""
    capital: Annotated[Value, Quantity("USD/m2")]
    """Premium over plain floor [USD/m2]."""


class Consumable(Sourced):
    """A part that wears out, bought by the piece."""

    title: str
    price: Annotated[Value, Quantity("USD")]
    """Price of one piece [USD]."""


class Economics(Sourced):
    """One finance layer for every line."""

    year: int
    """Reporting year of money; equipment prices are moved to it by the cost index."""
    discount_rate: Annotated[Value, Quantity("1")]
    """Real cost of capital per year [1/y]."""
    building_life: Annotated[Value, Quantity("y", exclusive=True)]
    building: Annotated[Value, Quantity("USD/m2")]
    """Plain floor for turn-key machinery (installation factors of chemical plants hold their building) [USD/m2]."""
    install: dict[Literal["solids", "solid_fluid", "fluid", "turnkey"], Annotated[Value, Quantity("1", minimum=1.0)]]
    """Installed over purchase cost [1]."""
    maintenance: Fraction
    """Of installed capital per year [1/y]."""
    insurance_tax: Fraction
    """Of installed capital per year [1/y]."""
    contingency: Fraction
    """Of installed capital [1]."""
    startup: Fraction
    """Start-up and launch, of installed capital [1]."""
    working_capital: Fraction
    """Of annual variable cost; carried at the discount rate [1]."""
    overhead_on_labour: Fraction
    """Overhead per USD of labour [1]."""
    overhead_on_capital: Fraction
    """General and administrative cost, of annualised capital [1]."""
    wage: Annotated[Value, Quantity("USD/h")]
    """Loaded wage of an operator [USD/h]."""
    paid_hours: Annotated[Value, Quantity("h")]
    """Hours that one person works in a year [h]."""
    operator_utilisation: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Busy share above which `auto` adds an operator [1]."""
    machine_utilisation: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Planned share of open hours above which `auto` adds a machine (the assumed OEE) [1]."""
    sulfide_deactivation: Annotated[Value, Quantity("USD/kg")]
    """Deactivating sulfide-bearing waste [USD/kg]."""
    scrubber_caustic: Annotated[Value, Quantity("kg/kg")]
    """NaOH per kg of H2S scrubbed [kg/kg]."""
    cost_index: dict[int, Annotated[float, Field(gt=0)]]
    """Chemical engineering plant cost index by year."""
    material_index_note: str = ""


class PriceSet(Sourced):
    """Named replacements of material prices."""

    title: str
    prices: dict[str, Annotated[Value, Quantity("USD/kg")]]


@dataclass(frozen=True, slots=True)
class Library:
    """The whole catalogue."""

    materials: Mapping[str, Material]
    equipment: Mapping[str, Equipment]
    utilities: Mapping[str, Utility]
    rooms: Mapping[str, Room]
    consumables: Mapping[str, Consumable]
    economics: Economics
    price_sets: Mapping[str, PriceSet]
    bibliography: Mapping[str, Reference]
    changes: tuple[tuple[Override, str, str], ...] = ()
    """(override, old, new) of every override applied to the catalogue."""


_KINDS: Mapping[str, type[Spec]] = {
    "materials": Material,
    "equipment": Equipment,
    "utilities": Utility,
    "rooms": Room,
    "consumables": Consumable,
    "price_sets": PriceSet,
    "bibliography": Reference,
}
"""Files of the catalogue that map names to entries; `economics` is one entry by itself."""

_SCHEMAS: Mapping[str, Any] = {kind: GenericAlias(dict, (str, model)) for kind, model in _KINDS.items()}


def load_library(*, prices: str = "", overrides: Sequence[Override] = ()) -> Library:
    """Read the bundled catalogue, switch to a price set and apply overrides.

    Parameters
    ----------
    prices : str, default=""
        Name of a price set; empty keeps the prices of the materials.
    overrides : sequence of Override
        Changes whose path starts with a file of the catalogue, such as `materials.LiCl.price`. They beat the price
        set, unless they change the price set itself.

    Raises
    ------
    InputError
        With everything that is wrong, at its line; nothing is half loaded.
    """
    overlays = {kind: Overlay(_document(kind), schema) for kind, schema in _SCHEMAS.items()}
    overlays["economics"] = Overlay(_document("economics"), Economics)
    issues: list[Issue] = []
    for override in [item for item in overrides if item.path[0] == "price_sets"]:
        _apply(overlays, override, issues)
    entries: dict[str, dict[str, Any]] = {"price_sets": _entries(overlays, "price_sets", issues)}
    if not issues:
        _switch(overlays, prices)
    for override in [item for item in overrides if item.path[0] != "price_sets"]:
        _apply(overlays, override, issues)
    for kind in _KINDS:
        if kind not in entries:
            entries[kind] = _entries(overlays, kind, issues)
    economics = overlays["economics"].validate(Economics, overlays["economics"].data, (), issues)
    if issues or economics is None:
        raise InputError(issues)
    changes = [change for overlay in overlays.values() for change in overlay.changes]
    order = {id(override): number for number, override in enumerate(overrides)}
    changes.sort(key=lambda change: order[id(change[0])])
    library = Library(**entries, economics=economics, changes=tuple(changes))
    for kind, path, text in chain(_faults(library), _number_faults(library, overlays)):
        issues.append(overlays[kind].issue(path, text))
    if issues:
        raise InputError(issues)
    return library


def _apply(overlays: Mapping[str, Overlay], override: Override, issues: list[Issue]) -> None:
    problem = overlays[override.path[0]].apply(override, override.path[1:])
    issues += [problem] if problem else []


def _switch(overlays: Mapping[str, Overlay], prices: str) -> None:
    """Lay the prices of a price set over those of the materials."""
    sets, materials = overlays["price_sets"].data, overlays["materials"].data
    if prices and prices not in sets:
        hint = nearest(prices, sets) or f"; there are {', '.join(sets)}"
        text = f"unknown price set '{prices}'{hint}"
        raise InputError([Issue(PRICES, 1, 1, text)])
    chosen = sets[prices].get("prices") if prices and isinstance(sets[prices], dict) else None
    for material, price in (chosen if isinstance(chosen, dict) else {}).items():
        if material in materials:
            overlays["materials"].replace((material, "price"), price)


def _entries(overlays: Mapping[str, Overlay], kind: str, issues: list[Issue]) -> dict[str, Any]:
    """Return the entries of one file of the catalogue."""
    found = {}
    for name, raw in overlays[kind].data.items():
        entry = overlays[kind].validate(_KINDS[kind], raw, (name,), issues)
        if entry is not None:
            found[name] = entry
    return found


Place = tuple[str | int, ...]
Fault = tuple[str, Place, str]
"""Kind, path in its file, and what is wrong there."""


def _faults(library: Library) -> Iterator[Fault]:
    """Yield names that no file knows, and years without a cost index."""
    known, rooms = library.materials, library.rooms
    for name, material in known.items():
        yield from _material_faults(name, material, known)
    for name, entry in library.equipment.items():
        if entry.room not in rooms:
            yield "equipment", (name, "room"), f"unknown room '{entry.room}'{nearest(entry.room, rooms)}"
        year = entry.price.value.year
        if year is not None and year not in library.economics.cost_index:
            yield "equipment", (name, "price", "value"), _no_index(year, library)
    if library.economics.year not in library.economics.cost_index:
        yield "economics", ("year",), _no_index(library.economics.year, library)
    for name, prices in library.price_sets.items():
        for other in prices.prices:
            if other not in known:
                yield "price_sets", (name, "prices", other), f"unknown material '{other}'{nearest(other, known)}"


def _number_faults(library: Library, overlays: Mapping[str, Overlay]) -> Iterator[Fault]:
    """Yield sources that no file knows, grades above them, numbers without any, and money without a year."""
    for kind, entry, path in _entries_of(library):
        yield from ((kind, place, text) for place, text in evidence_faults(entry, library.bibliography, path))
        # what an override puts there is an estimate of whoever set it
        yield from ((kind, place, NO_SOURCE) for place in unsourced(entry, path) if not overlays[kind].changed(place))
        for place, item, _ in _evidence(entry, path, ()):
            if isinstance(item, Value) and item.unit.startswith("USD") and item.year is None:
                yield kind, place, f"money needs its price year: {{value: {item.text}, year: 2024}}"


def _material_faults(name: str, material: Material, known: Mapping[str, Material]) -> Iterator[Fault]:
    for key, others in (("assay", list(material.assay)), ("soluble_in", material.soluble_in)):
        for index, other in enumerate(others):
            if other not in known:
                place = other if key == "assay" else index
                yield "materials", (name, key, place), f"unknown material '{other}'{nearest(other, known)}"
    own = material.assay.get(name)
    if material.assay and (own is None or own.value <= 0.0):
        yield "materials", (name, "assay"), f"the assay names what {name} is bought for, itself, with more than 0"


def _no_index(year: int, library: Library) -> str:
    years = sorted(library.economics.cost_index)
    return f"there is no cost index of {year}; there are those of {', '.join(map(str, years))}"


def _entries_of(library: Library) -> Iterator[tuple[str, Spec, Place]]:
    """Yield every entry of the catalogue with its file and its place there."""
    for kind in _KINDS:
        yield from ((kind, entry, (name,)) for name, entry in getattr(library, kind).items())
    yield "economics", library.economics, ()


# -- evidence of anything that is read from a file ---------------------------------------------------------------------

NO_SOURCE = "no source: give a 'source' (a key of the bibliography) or 'estimate: reason', here or for the whole entry"


def evidence_faults(
    item: object, bibliography: Mapping[str, Reference], path: Place = ()
) -> Iterator[tuple[Place, str]]:
    """Yield (place, text) of sources that no file knows, and of grades better than their source allows."""
    for place, one, around in _evidence(item, path, ()):
        source = one.source or next((entry.source for entry in around if entry.source), "")
        guess = source.startswith(ESTIMATE)
        if one.source and not guess and source not in bibliography:
            text = f"unknown source '{source}'{nearest(source, bibliography)}; a guess is written 'estimate: reason'"
            yield (*place, "source"), text
        best = GRADES[-1] if guess else bibliography[source].grade if source in bibliography else ""
        if one.grade and one.grade < best:
            text = f"grade {one.grade} is better than {best}, the grade of {'an estimate' if guess else source}"
            yield (*place, "grade"), text


def unsourced(item: object, path: Place = ()) -> Iterator[Place]:
    """Yield the places of numbers that have no source, nor anything around them that has."""
    for place, one, around in _evidence(item, path, ()):
        if isinstance(one, Value) and not one.source and not any(entry.source for entry in around):
            yield place


def _evidence(
    item: object, path: Place, around: tuple[Sourced, ...]
) -> Iterator[tuple[Place, Value | Sourced, tuple[Sourced, ...]]]:
    """Yield all that may name a source: place, itself, and the entries around it, innermost first."""
    if isinstance(item, Value | Sourced):
        yield path, item, around
    if isinstance(item, Spec):
        inner = (item, *around) if isinstance(item, Sourced) else around
        for name, info in type(item).model_fields.items():
            yield from _evidence(getattr(item, name), (*path, info.alias or name), inner)
    elif isinstance(item, Mapping):
        for key, part in item.items():
            yield from _evidence(part, (*path, key), around)
    elif isinstance(item, list):
        for number, part in enumerate(item):
            yield from _evidence(part, (*path, number), around)


@cache
def _document(kind: str) -> yamlfile.Document:
    return yamlfile.read(DATA / f"{kind}.yaml", name=f"sim/data/{kind}.yaml")


CATALOGUE = (*_KINDS, "economics")
"""First words of override paths that change the catalogue."""
