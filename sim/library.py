"""The catalogue: materials, equipment, utilities, services, rooms, economics, bibliography, read from `sim/data`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, model_validator

from sim import chem, units, yamlfile
from sim.errors import InputError, Issue, PlacedError, nearest
from sim.overlay import Overlay, Override, is_quantity
from sim.quantity import ESTIMATE, GRADES, Quantity, Value
from sim.spec import Energy, Fraction, Sourced, Spec

__all__ = [
    "CATALOGUE",
    "DATA",
    "KINDS",
    "PRICES",
    "REGION",
    "SINGLE",
    "Chiller",
    "Consumable",
    "Economics",
    "Equipment",
    "Jacket",
    "Library",
    "Material",
    "Price",
    "PriceSet",
    "Reference",
    "Region",
    "Room",
    "Services",
    "Utility",
    "VacuumPump",
    "evidence_faults",
    "load_library",
    "purge_of",
    "read_entry",
    "unsourced",
]

PRICES, REGION = "prices", "region"
"""What stands for the file in the message about an unknown price set or region; the scenario puts its line there."""

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
    limit: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = None
    """Exposure limit of the air at a workplace, by volume [1]."""
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


class Jacket(Sourced):
    """How heat leaves a cylindrical vessel whose contents are cooled from outside: Q = U A dT."""

    u: Annotated[Value, Quantity("kW/m2/K", exclusive=True)]
    """Heat transfer coefficient [kW/m2/K]."""
    slenderness: Annotated[Value, Quantity("1", exclusive=True)]
    """Length over diameter; with the volume it gives the area of the shell [1]."""
    rotor: Annotated[Value, Quantity("1")]
    """Area of a cooled rotor per area of the shell [1]."""
    difference: Annotated[Value, Quantity("K", exclusive=True, maximum=1000.0)]
    """Largest temperature difference between contents and coolant [K]."""


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
    purge: dict[str, Annotated[Value, Quantity("m3/h")]] = {}
    """Inert gas that one machine takes and lets go around the clock, by material [m3/h]."""
    jacket: Jacket | None = None
    """Limit of what can be cooled, for equipment that is sized in m3."""

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


class Chiller(Sourced):
    """The plant's chillers: COP = efficiency * T_evap / (T_cond - T_evap)."""

    efficiency: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Second-law efficiency: share of the COP of an ideal machine [1]."""
    condensing: Annotated[Value, Quantity("K", exclusive=True)]
    """Temperature at which heat is given off [K]."""
    approach: Annotated[Value, Quantity("K", maximum=50.0)]
    """Difference between what is cooled and the evaporating refrigerant [K]."""
    most: Annotated[Value, Quantity("1", exclusive=True)]
    """COP of cooling water, where no chiller is needed: pumps and fans [1]."""


class VacuumPump(Sourced):
    """The plant's vacuum pumps: work of isothermal compression over an efficiency, for leak gas and its vapour."""

    efficiency: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Isothermal work over electricity [1]."""
    leak: Annotated[Value, Quantity("1", exclusive=True)]
    """Gas leaked in or swept through per vapour that evaporates [mol/mol]."""


class Services(Sourced):
    """What turns loads of cold and vacuum into electricity."""

    chiller: Chiller
    vacuum_pump: VacuumPump


class Room(Sourced):
    """A class of rooms: power around the clock and capital per floor area, dry air for the people in it."""

    title: str
    power: Annotated[Value, Quantity("kW/m2")]
    """Air handling and drying in open hours, without the air that people need [kW/m2]."""
    setback: Fraction
    """Share of that power in closed hours [1]."""
    capital: Annotated[Value, Quantity("USD/m2")]
    """Premium over plain floor [USD/m2]."""
    height: Annotated[Value, Quantity("m", exclusive=True)]
    """Height of the room [m]."""
    air_change: Annotated[Value, Quantity("1/h", exclusive=True)]
    """Fresh air per volume of the room, what goes round not counted [1/h]."""
    dew_point: Annotated[Value, Quantity("K", minimum=150.0, maximum=273.15)] | None = None
    """Dew point (frost point) to be kept; with it go `supply_dew_point`, `water_per_person` and `air_power` [K]."""
    supply_dew_point: Annotated[Value, Quantity("K", minimum=150.0, maximum=273.15)] | None = None
    """Dew point of the dry air that is blown in [K]."""
    water_per_person: Annotated[Value, Quantity("kg/h")] | None = None
    """Water that one person gives off, in the dress of this room [kg/h]."""
    air_power: Annotated[Value, Quantity("kWh/m3")] | None = None
    """Energy per dry supply air (drying, cooling, fans), which is kW per m3/h [kWh/m3]."""

    @model_validator(mode="after")
    def _dry(self) -> Room:
        names = ("dew_point", "supply_dew_point", "water_per_person", "air_power")
        given = [name for name in names if getattr(self, name) is not None]
        missing = [name for name in names if name not in given]
        if given and missing:
            raise PlacedError(f"'{given[0]}' needs {' and '.join(map(repr, missing))}", given[0])
        if self.dew_point and self.supply_dew_point and self.supply_dew_point.value >= self.dew_point.value:
            text = f"the supply air is to be drier than the room: its dew point lies below {self.dew_point.text}"
            raise PlacedError(f"{text}, found '{self.supply_dew_point.text}'", "supply_dew_point")
        return self


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


class Region(Sourced):
    """What differs from country to country; what is not given stays as it is in the other files."""

    title: str
    electricity: Annotated[Value, Quantity("USD/kWh")] | None = None
    """Price of electricity for industry [USD/kWh]."""
    electricity_gwp: Annotated[Value, Quantity("kg/kWh")] | None = None
    """Emission of the grid [kg CO2e/kWh]."""
    heat: Annotated[Value, Quantity("USD/kWh")] | None = None
    """Price of heat from natural gas [USD/kWh]."""
    wage: Annotated[Value, Quantity("USD/h")] | None = None
    """Loaded wage of an operator [USD/h]."""


@dataclass(frozen=True, slots=True)
class Library:
    """The whole catalogue."""

    materials: Mapping[str, Material]
    equipment: Mapping[str, Equipment]
    utilities: Mapping[str, Utility]
    rooms: Mapping[str, Room]
    consumables: Mapping[str, Consumable]
    services: Services
    economics: Economics
    price_sets: Mapping[str, PriceSet]
    regions: Mapping[str, Region]
    bibliography: Mapping[str, Reference]
    changes: tuple[tuple[Override, str, str], ...] = ()
    """(override, old, new) of every override applied to the catalogue."""


KINDS: Mapping[str, type[Spec]] = {
    "materials": Material,
    "equipment": Equipment,
    "utilities": Utility,
    "rooms": Room,
    "consumables": Consumable,
    "price_sets": PriceSet,
    "regions": Region,
    "bibliography": Reference,
}
"""Files of the catalogue that map names to entries."""

SINGLE: Mapping[str, type[Spec]] = {"services": Services, "economics": Economics}
"""Files that are one entry by themselves."""

_SCHEMAS: Mapping[str, Any] = {kind: GenericAlias(dict, (str, model)) for kind, model in KINDS.items()}


def purge_of(part: Energy, entry: Equipment | None) -> Mapping[str, Value]:
    """Return the inert gas of one machine around the clock: that of the route, or else of the equipment [m3/h]."""
    if part.purge is not None:
        return part.purge
    return entry.purge if entry is not None else {}


def load_library(
    *,
    prices: str = "",
    region: str = "",
    files: Sequence[yamlfile.Document] = (),
    overrides: Sequence[Override] = (),
) -> Library:
    """Read the bundled catalogue, switch to a region and a price set, lay private files over it, apply overrides.

    Parameters
    ----------
    prices, region : str, default=""
        Names of a price set and of a region; empty keeps what the files say.
    files : sequence of Document
        Files with the shape of the catalogue, its kinds at the top (`materials: {LiCl: {price: ...}}`). What they
        name replaces what is there, entry by entry and field by field; unknown names are new entries.
    overrides : sequence of Override
        Changes whose path starts with a file of the catalogue, such as `materials.LiCl.price`.

    Raises
    ------
    InputError
        With everything that is wrong, at its line; nothing is half loaded.

    Notes
    -----
    An override beats a file, a file beats the price set, and that the region, unless they change the price set or the
    region itself.
    """
    overlays = {kind: Overlay(_document(kind), schema) for kind, schema in _SCHEMAS.items()}
    overlays |= {kind: Overlay(_document(kind), model) for kind, model in SINGLE.items()}
    issues: list[Issue] = []
    changes = [*_private(files, overlays, issues), *((override, True) for override in overrides)]
    for change in [item for item in changes if item[0].path[0] in _SETS]:
        _apply(overlays, change, issues)
    entries: dict[str, Any] = {kind: _entries(overlays, kind, issues) for kind in _SETS}
    if not issues:
        _switch(overlays, prices, region)
    for change in [item for item in changes if item[0].path[0] not in _SETS]:
        _apply(overlays, change, issues)
    entries |= {kind: _entries(overlays, kind, issues) for kind in KINDS if kind not in entries}
    entries |= {kind: overlays[kind].validate(model, overlays[kind].data, (), issues) for kind, model in SINGLE.items()}
    if issues:
        raise InputError(issues)
    made = [change for overlay in overlays.values() for change in overlay.changes]
    order = {id(override): number for number, (override, _) in enumerate(changes)}
    made.sort(key=lambda change: order[id(change[0])])
    library = Library(**entries, changes=tuple(made))
    for kind, path, text in chain(_faults(library), _number_faults(library, overlays)):
        issues.append(overlays[kind].issue(path, text))
    if issues:
        raise InputError(issues)
    return library


Entry = TypeVar("Entry", bound=Spec)


def read_entry(name: str, model: type[Entry], library: Library) -> Entry:
    """Read a file of `sim/data` beside the catalogue and hold it to the same rules: money has a year, sources exist.

    Parameters
    ----------
    name : str
        File without its ending, such as `batpac`.
    model : type
        What the whole file is read as.
    library : Library
        Whose bibliography holds the sources.

    Raises
    ------
    InputError
        With everything that is wrong, at its line.
    """
    overlay = Overlay(_document(name), model)
    issues: list[Issue] = []
    entry = overlay.validate(model, overlay.data, (), issues)
    if entry is None:
        raise InputError(issues)
    issues += [overlay.issue(place, text) for place, text in _entry_faults(entry, (), library.bibliography)]
    if issues:
        raise InputError(issues)
    return entry


_SETS = ("price_sets", "regions")
"""Kinds that are laid over the others, and so are read before them."""

_Replacement = tuple[Override, bool]
"""An override, and whether money that it gives without a year keeps the year of what was there."""


def _private(
    files: Sequence[yamlfile.Document], overlays: Mapping[str, Overlay], issues: list[Issue]
) -> list[_Replacement]:
    """Return what private files replace, one override for each field that they give."""
    found: list[_Replacement] = []
    for document in files:
        if not isinstance(document.data, Mapping):
            issues.append(document.issue((), f"expected a mapping of {', '.join(CATALOGUE)}"))
            continue
        for kind, entries in document.data.items():
            if kind not in overlays:
                hint = nearest(str(kind), CATALOGUE) or f"; allowed are {', '.join(CATALOGUE)}"
                issues.append(document.issue((kind,), f"unknown part of the catalogue '{kind}'{hint}", key=True))
            elif not isinstance(entries, Mapping):
                issues.append(document.issue((kind,), "expected a mapping of entries"))
            else:
                found += [(item, False) for item in _replaced(overlays[kind].data, entries, (kind,), document)]
    return found


def _replaced(old: Any, new: Any, path: tuple[str, ...], document: yamlfile.Document) -> Iterator[Override]:
    """Yield an override for every part of *new* that replaces a part of *old*, as deep as both are plain mappings."""
    for key, value in new.items():
        place = (*path, str(key))
        there = old.get(key)
        if isinstance(there, Mapping) and not is_quantity(there) and isinstance(value, Mapping):
            yield from _replaced(there, value, place, document)
        else:
            yield Override(place, value, document, place, f"file {Path(document.name).name}", ".".join(place))


def _apply(overlays: Mapping[str, Overlay], change: _Replacement, issues: list[Issue]) -> None:
    override, keep_year = change
    overlay, path = overlays[override.path[0]], override.path[1:]
    if override.path[0] in KINDS and len(path) == 1 and path[0] not in overlay.data and not keep_year:
        overlay.add(override, path[0])
        return
    problem = overlay.apply(override, path, keep_year=keep_year)
    issues += [problem] if problem else []


def _switch(overlays: Mapping[str, Overlay], prices: str, region: str) -> None:
    """Lay a region over utilities and wages, and the prices of a price set over those of the materials."""
    issues: list[Issue] = []
    for kind, wanted, file in (("price set", prices, PRICES), ("region", region, REGION)):
        sets = overlays[f"{kind.replace(' ', '_')}s"].data
        if wanted and wanted not in sets:
            hint = nearest(wanted, sets) or f"; there are {', '.join(sets)}"
            issues.append(Issue(file, 1, 1, f"unknown {kind} '{wanted}'{hint}"))
    if issues:
        raise InputError(issues)
    chosen = overlays["regions"].data[region] if region else {}
    for name, (kind, *path) in _REGIONAL.items():
        if name in chosen:
            overlays[kind].replace(tuple(path), _sourced(chosen[name], chosen))
    chosen = overlays["price_sets"].data[prices] if prices else {}
    for material, price in chosen.get("prices", {}).items():
        if material in overlays["materials"].data:
            overlays["materials"].replace((material, "price"), _sourced(price, chosen))


_REGIONAL = {
    "electricity": ("utilities", "electricity", "price"),
    "electricity_gwp": ("utilities", "electricity", "gwp"),
    "heat": ("utilities", "heat", "price"),
    "wage": ("economics", "wage"),
}
"""Where the figures of a region go."""


def _sourced(raw: Any, entry: Mapping[str, Any]) -> Any:
    """Return a quantity with the source of the entry that it is taken from, if it has none of its own."""
    if isinstance(raw, Mapping) and {"source", "estimate"} & set(raw):
        return raw
    around = {key: entry[key] for key in ("source", "estimate", "grade") if key in entry}
    return {**around, **(raw if isinstance(raw, Mapping) else {"value": raw})}


def _entries(overlays: Mapping[str, Overlay], kind: str, issues: list[Issue]) -> dict[str, Any]:
    """Return the entries of one file of the catalogue."""
    found = {}
    for name, raw in overlays[kind].data.items():
        entry = overlays[kind].validate(KINDS[kind], raw, (name,), issues)
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
        yield from _purge_faults(name, entry, known)
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
    """Yield what is wrong with the evidence of numbers."""
    for kind, entry, path in _entries_of(library):
        for place, text in _entry_faults(entry, path, library.bibliography):
            # what an override puts there is an estimate of whoever set it
            if text != NO_SOURCE or not overlays[kind].changed(place):
                yield kind, place, text


def _entry_faults(entry: Spec, path: Place, bibliography: Mapping[str, Reference]) -> Iterator[tuple[Place, str]]:
    """Yield sources that no file knows, grades above them, numbers without any, and money without a year."""
    yield from evidence_faults(entry, bibliography, path)
    yield from ((place, NO_SOURCE) for place in unsourced(entry, path))
    for place, item, _ in _evidence(entry, path, ()):
        if isinstance(item, Value) and item.unit.startswith("USD") and item.year is None:
            yield place, f"money needs its price year: {{value: {item.text}, year: 2024}}"


def _material_faults(name: str, material: Material, known: Mapping[str, Material]) -> Iterator[Fault]:
    for key, others in (("assay", list(material.assay)), ("soluble_in", material.soluble_in)):
        for index, other in enumerate(others):
            if other not in known:
                place = other if key == "assay" else index
                yield "materials", (name, key, place), f"unknown material '{other}'{nearest(other, known)}"
    own = material.assay.get(name)
    if material.assay and (own is None or own.value <= 0.0):
        yield "materials", (name, "assay"), f"the assay names what {name} is bought for, itself, with more than 0"


def _purge_faults(name: str, entry: Equipment, known: Mapping[str, Material]) -> Iterator[Fault]:
    for gas in entry.purge:
        if gas not in known:
            yield "equipment", (name, "purge", gas), f"unknown material '{gas}'{nearest(gas, known)}"
        elif known[gas].density is None:
            yield "equipment", (name, "purge", gas), f"{gas} has no density in the catalogue, so it cannot be metered"
    if entry.jacket is not None and entry.price.at.unit != "m3":
        text = f"a jacket needs equipment that is sized in m3, not in {entry.price.at.unit}"
        yield "equipment", (name, "jacket"), text


def _no_index(year: int, library: Library) -> str:
    years = sorted(library.economics.cost_index)
    return f"there is no cost index of {year}; there are those of {', '.join(map(str, years))}"


def _entries_of(library: Library) -> Iterator[tuple[str, Spec, Place]]:
    """Yield every entry of the catalogue with its file and its place there."""
    for kind in KINDS:
        yield from ((kind, entry, (name,)) for name, entry in getattr(library, kind).items())
    for kind in SINGLE:
        yield kind, getattr(library, kind), ()


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


CATALOGUE = (*KINDS, *SINGLE)
"""First words of override paths that change the catalogue."""
