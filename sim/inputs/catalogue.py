"""The catalogue: what a material, a machine, a utility, a room, a price set, a source is, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.errors import PlacedError
from sim.inputs import formulas, units
from sim.inputs.battery_plant import BatPaC
from sim.inputs.energy import Energy
from sim.inputs.overrides import Override
from sim.inputs.prices import PriceQuantity
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Fraction, Sourced, Spec

__all__ = [
    "CATALOGUE",
    "KINDS",
    "OWN",
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
    "purge_of",
]


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
    synonyms: list[str] = []
    """Other names and formulas under which it is known; a message about such a name says this one."""
    formula: str = ""
    """Chemical formula; molar mass and elements follow from it."""
    elements: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    """Mass fractions of the elements, for goods without a formula (polymers, carbon black); they add up to 1."""
    assay: dict[str, Annotated[Value, Quantity("1", maximum=1.0)]] = Field(default={}, title="{} in a bought kg")
    """What a purchased kg consists of, by material, itself included; it adds up to 1. Not given: pure."""
    phase: Literal["solid", "liquid", "gas"] = "solid"
    price: Annotated[Value, PriceQuantity()] | None = None
    """Purchase price with its year. `{from: Li2CO3, yield: 0.97, plus: 4 USD/kg}` follows that of another material, or
    by an equation those of several, over what arrives of it and with a conversion on top; with a `value` it is a quote
    that moves by as much as they move [USD/kg]."""
    disposal: Annotated[Value, Quantity("USD/kg", minimum=-1000.0)] | None = None
    """Cost of getting rid of it as waste; below 0 if it is paid for [USD/kg]."""
    gwp: Annotated[Value, Quantity("kg/kg")] | None = Field(default=None, title="emission")
    """Cradle-to-gate emission [kg CO2e/kg]."""
    density: Annotated[Value, Quantity("kg/m3", exclusive=True)] | None = None
    heat_capacity: Annotated[Value, Quantity("kJ/kg/K", exclusive=True)] | None = None
    boiling_point: Annotated[Value, Quantity("K", exclusive=True, maximum=4000.0)] | None = None
    vaporisation: Annotated[Value, Quantity("kJ/kg", exclusive=True)] | None = Field(
        default=None, title="heat of vaporisation"
    )
    """Heat of vaporisation at the boiling point [kJ/kg]."""
    limit: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = Field(
        default=None, title="exposure limit"
    )
    """Exposure limit of the air at a workplace, by volume [1]."""
    soluble_in: list[str] = []
    """Solvents that dissolve it; a split that filters it off from them is a warning."""
    hazards: list[Literal["flammable", "toxic", "H2S_former", "PFAS", "corrosive", "CMR"]] = []

    @model_validator(mode="after")
    def _composition(self) -> Material:
        if bool(self.formula) == bool(self.elements):
            raise ValueError("give one of 'formula' and 'elements'")
        try:
            formulas.elements(self.formula or "".join(self.elements))
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
        return formulas.mass_fractions(self.formula) if self.formula else self.elements


class Price(Sourced):
    """Purchase price by size: price = at_price * (size / at_size) ** exponent, within the range of sizes."""

    value: Annotated[Value, Quantity("USD", exclusive=True)] = Field(title="price")
    """Price of one machine of the reference size, with its year [USD]."""
    at: Annotated[Value, Quantity("m3", "m2", "kg", "kg/h", "kW", "m", "m2/h", "kN", "1", exclusive=True)] = Field(
        title="reference size"
    )
    """Reference size; its unit is the unit of all sizes of this equipment."""
    exponent: Annotated[Value, Quantity("1", maximum=1.5)] = Field(title="scaling exponent")
    """Scaling exponent [1]."""
    containment: Annotated[Value, Quantity("1", minimum=1.0, maximum=20.0)] | None = Field(
        default=None, title="containment factor"
    )
    """Price of the contained (inert, H2S-tight) machine over that of the plain one [1]."""
    contained: bool = True
    """Whether `value` is the price of the contained machine."""


class Jacket(Sourced):
    """How heat leaves a cylindrical vessel whose contents are cooled from outside: Q = U A dT."""

    u: Annotated[Value, Quantity("kW/m2/K", exclusive=True)] = Field(title="heat transfer coefficient")
    """Heat transfer coefficient [kW/m2/K]."""
    slenderness: Annotated[Value, Quantity("1", exclusive=True, maximum=100.0)]
    """Length over diameter; with the volume it gives the area of the shell [1]."""
    rotor: Annotated[Value, Quantity("1", maximum=10.0)] = Field(title="rotor area")
    """Area of a cooled rotor per area of the shell [1]."""
    difference: Annotated[Value, Quantity("K", exclusive=True, maximum=1000.0)] = Field(title="temperature difference")
    """Largest temperature difference between contents and coolant [K]."""


class Equipment(Sourced):
    """What a machine is bought as."""

    title: str
    price: Price = Field(title="")
    sizes: Annotated[list[str], Field(min_length=2, max_length=2)]
    """Smallest and largest size for which price and machine hold; outside is a warning."""
    fill: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = Field(
        default=None, title="largest fill"
    )
    """Largest share of a vessel's volume that may be filled [1]."""
    install: Literal["solids", "solid_fluid", "fluid", "turnkey"] = "solid_fluid"
    """Which installation factor applies."""
    footprint: Annotated[Value, Quantity("m2")]
    """Floor per machine, access included [m2]."""
    room: str
    """Room class it stands in."""
    mtbf: Annotated[Value, Quantity("h", exclusive=True, drawn=True)] | None = Field(
        default=None, title="time between failures"
    )
    """Mean operating time between failures [h]."""
    mttr: Annotated[Value, Quantity("h", exclusive=True, drawn=True)] | None = Field(
        default=None, title="time to repair"
    )
    """Mean time to repair; drawn log-normal with cv 1 [h]."""
    life: Annotated[Value, Quantity("y", exclusive=True, maximum=200.0)]
    """Economic life [y]."""
    purge: dict[str, Annotated[Value, Quantity("m3/h")]] = Field(default={}, title="{} purge")
    """Inert gas that one machine takes and lets go around the clock, by material [m3/h]."""
    scrubs: list[Literal["H2S"]] = []
    """What it washes out of the exhaust; a line whose materials form H2S needs one among its `auxiliaries`."""
    power_density: Annotated[Value, Quantity("kW/m3", exclusive=True)] | None = None
    """Power per volume of the chamber, for equipment that is bought by its power [kW/m3]."""
    jacket: Jacket | None = None
    """Limit of what can be cooled, for equipment whose volume is known: sized in m3, or in kW with a power density."""

    def volume(self, size: float) -> float | None:
        """Return the volume of a machine of this size [m3], None if its size does not tell."""
        if self.price.at.unit == "m3":
            return size
        return size / self.power_density.value if self.power_density is not None else None

    @model_validator(mode="after")
    def _sizes(self) -> Equipment:
        if self.power_density is not None and self.price.at.unit != "kW":
            raise PlacedError(f"belongs to equipment that is sized in kW, not in {self.price.at.unit}", "power_density")
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
    gwp: Annotated[Value, Quantity("kg/kWh")] = Field(title="emission")
    """Emission per kWh [kg CO2e/kWh]."""


class Chiller(Sourced):
    """The plant's chillers: COP = efficiency * T_evap / (T_cond - T_evap)."""

    efficiency: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Second-law efficiency: share of the COP of an ideal machine [1]."""
    condensing: Annotated[Value, Quantity("K", minimum=250.0, maximum=400.0)] = Field(title="condensing temperature")
    """Temperature at which heat is given off [K]."""
    approach: Annotated[Value, Quantity("K", maximum=50.0)]
    """Difference between what is cooled and the evaporating refrigerant [K]."""
    most: Annotated[Value, Quantity("1", exclusive=True, maximum=1000.0)] = Field(title="COP of cooling water")
    """COP of cooling water, where no chiller is needed: pumps and fans [1]."""


class VacuumPump(Sourced):
    """The plant's vacuum pumps: work of isothermal compression over an efficiency, for leak gas and its vapour."""

    efficiency: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Isothermal work over electricity [1]."""
    leak: Annotated[Value, Quantity("1", exclusive=True, maximum=10.0)]
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
    heat: Annotated[Value, Quantity("kW/m2")] | None = None
    """Heat for the fresh air in the mean of a year, likewise [kW/m2]."""
    setback: Fraction = Field(title="setback in closed hours")
    """Share of power and heat in closed hours [1]."""
    capital: Annotated[Value, Quantity("USD/m2")] = Field(title="premium over plain floor")
    """Premium over plain floor [USD/m2]."""
    height: Annotated[Value, Quantity("m", exclusive=True)]
    """Height of the room [m]."""
    air_change: Annotated[Value, Quantity("1/h", exclusive=True)] = Field(title="fresh air")
    """Fresh air per volume of the room, what goes round not counted [1/h]."""
    dew_point: Annotated[Value, Quantity("K", minimum=150.0, maximum=273.15)] | None = None
    """Dew point (frost point) to be kept; with it go `supply_dew_point`, `water_per_person` and `air_power` [K]."""
    supply_dew_point: Annotated[Value, Quantity("K", minimum=150.0, maximum=273.15)] | None = None
    """Dew point of the dry air that is blown in [K]."""
    water_per_person: Annotated[Value, Quantity("kg/h")] | None = Field(
        default=None, title="water that a person gives off"
    )
    """Water that one person gives off, in the dress of this room [kg/h]."""
    air_power: Annotated[Value, Quantity("kWh/m3")] | None = Field(default=None, title="power of dry air")
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
    discount_rate: Annotated[Value, Quantity("1", maximum=0.5)]
    """Real cost of capital per year [1/y]."""
    building_life: Annotated[Value, Quantity("y", exclusive=True, maximum=200.0)]
    building: Annotated[Value, Quantity("USD/m2")] = Field(title="plain floor")
    """Plain floor for turn-key machinery (installation factors of chemical plants hold their building) [USD/m2]."""
    install: dict[
        Literal["solids", "solid_fluid", "fluid", "turnkey"], Annotated[Value, Quantity("1", minimum=1.0, maximum=20.0)]
    ] = Field(title="installation factor of {}")
    """Installed over purchase cost [1]."""
    maintenance: Fraction
    """Of installed capital per year [1/y]."""
    insurance_tax: Fraction = Field(title="insurance and tax")
    """Of installed capital per year [1/y]."""
    contingency: Fraction
    """Of installed capital [1]."""
    startup: Fraction = Field(title="start-up")
    """Start-up and launch, of installed capital [1]."""
    working_capital: Fraction
    """Of annual variable cost; carried at the discount rate [1]."""
    overhead_on_labour: Fraction
    """Overhead per USD of labour [1]."""
    overhead_on_capital: Fraction
    """General and administrative cost, of annualised capital [1]."""
    wage: Annotated[Value, Quantity("USD/h")]
    """Loaded wage of an operator [USD/h]."""
    paid_hours: Annotated[Value, Quantity("h", exclusive=True, maximum=8760.0)]
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
    scales: list[Literal["lab", "pilot", "industrial"]] = []
    """Scales of lines that can buy at these prices; not given: all."""
    prices: dict[str, Annotated[Value, PriceQuantity()]] = Field(title="price of {}")
    """A quote, or a price that follows another (`from:`), by material [USD/kg]."""


class Currency(Sourced):
    """Money other than the dollar; prices in it are turned into dollars at the mean rate of their year."""

    title: str
    usd: dict[int, Annotated[float, Field(gt=0)]]
    """US dollars for one unit, mean of the year, by year [USD]."""


class Region(Sourced):
    """What differs from country to country; what is not given stays as it is in the other files."""

    title: str
    electricity: Annotated[Value, Quantity("USD/kWh")] | None = None
    """Price of electricity for industry [USD/kWh]."""
    electricity_gwp: Annotated[Value, Quantity("kg/kWh")] | None = Field(default=None, title="emission of electricity")
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
    currencies: Mapping[str, Currency]
    bibliography: Mapping[str, Reference]
    batpac: BatPaC | None = None
    """The battery plant that costs films, electrodes and cells; None in a catalogue without one."""
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
    "currencies": Currency,
    "bibliography": Reference,
}
"""Files of the catalogue that map names to entries."""

SINGLE: Mapping[str, type[Spec]] = {"services": Services, "economics": Economics, "batpac": BatPaC}
"""Files that are one entry by themselves."""

OWN = ("materials", "equipment", "bibliography")
"""Kinds of which a route may add entries of its own."""

CATALOGUE = (*KINDS, *SINGLE)
"""First words of override paths that change the catalogue."""


def purge_of(part: Energy, entry: Equipment | None) -> Mapping[str, Value]:
    """Return the inert gas of one machine around the clock: that of the route, or else of the equipment [m3/h]."""
    if part.purge is not None:
        return part.purge
    return entry.purge if entry is not None else {}
