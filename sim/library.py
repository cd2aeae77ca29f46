"""The catalogue: materials, equipment, utilities, rooms, economics and the bibliography, read from `sim/data`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim import chem, yamlfile
from sim.errors import InputError, Issue, nearest
from sim.overlay import Overlay, Override
from sim.quantity import Quantity, Value
from sim.spec import Fraction, Sourced, Spec

__all__ = [
    "CATALOGUE",
    "DATA",
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
    "load_library",
]

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
        for name, fractions in (
            ("elements", list(self.elements.values())),
            ("assay", [item.value for item in self.assay.values()]),
        ):
            if fractions and abs(sum(fractions) - 1.0) > 1e-9:
                raise ValueError(f"the fractions of '{name}' add up to {sum(fractions):.9g}, not 1")
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
    mtbf: Annotated[Value, Quantity("h", exclusive=True)] | None = None
    """Mean operating time between failures [h]."""
    mttr: Annotated[Value, Quantity("h", exclusive=True)] | None = None
    """Mean time to repair; drawn log-normal with cv 1 [h]."""
    life: Annotated[Value, Quantity("y", exclusive=True)]
    """Economic life [y]."""


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


def load_library(*, prices: str = "", overrides: Sequence[Override] = ()) -> Library:
    """Read the bundled catalogue, switch to a price set and apply overrides.

    Parameters
    ----------
    prices : str, default=""
        Name of a price set; empty keeps the prices of the materials.
    overrides : sequence of Override
        Changes whose path starts with a file of the catalogue, such as `materials.LiCl.price`.

    Raises
    ------
    InputError
        With everything that is wrong, at its line; nothing is half loaded.
    """
    overlays = {kind: Overlay(_document(kind)) for kind in (*_KINDS, "economics")}
    issues: list[Issue] = []
    sets = overlays["price_sets"].data
    if prices and prices not in sets:
        raise InputError([Issue("prices", 1, 1, f"unknown price set '{prices}'{nearest(prices, sets)}")])
    for material, price in (sets[prices]["prices"] if prices else {}).items():
        overlays["materials"].replace((material, "price"), price)
    for override in overrides:
        problem = overlays[override.path[0]].apply(override, override.path[1:])
        issues += [problem] if problem else []
    entries: dict[str, dict[str, Any]] = {}
    for kind, model in _KINDS.items():
        entries[kind] = {}
        for name, raw in overlays[kind].data.items():
            entry = overlays[kind].validate(model, raw, (name,), issues)
            if entry is not None:
                entries[kind][name] = entry
    economics = overlays["economics"].validate(Economics, overlays["economics"].data, (), issues)
    if issues or economics is None:
        raise InputError(issues)
    changes = tuple(change for overlay in overlays.values() for change in overlay.changes)
    return Library(**entries, economics=economics, changes=changes)


@cache
def _document(kind: str) -> yamlfile.Document:
    return yamlfile.read(DATA / f"{kind}.yaml", name=f"sim/data/{kind}.yaml")


CATALOGUE = (*_KINDS, "economics")
"""First words of override paths that change the catalogue."""
