"""The cell: a design of areal masses, prices, capacity and voltage, and Table 1 of the review.

A design turns m2 of film and kg of powder into kWh of cell, and a target in kWh a year into one in m2 or kg a year.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from sim.errors import InputError, PlacedError, nearest
from sim.inputs import yamlfile
from sim.inputs.bundle import find
from sim.inputs.catalogue import Library
from sim.inputs.library import read_document, read_entry
from sim.inputs.missing import unknown
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import FORMAT, Format, Name, Share, Sourced, Spec

__all__ = [
    "CATHODE",
    "CELL",
    "SEPARATOR",
    "CellComponent",
    "CellDesign",
    "CellTable",
    "Making",
    "PrintedRow",
    "at_catalogue",
    "load_cell",
    "misfit",
    "needed",
    "printed_table",
    "unobtainable",
]

SEPARATOR, CATHODE, CELL = "separator", "cathode", "cell"
"""Functions of lines: what makes one part, and what makes the whole cell."""

SAME = 0.03
"""Largest relative difference between the active material of a cathode line and that of the design [1]."""


class CellComponent(Sourced):
    """One part of a cell, bought, or made by a line of its function."""

    title: str = ""
    """Plain name; the key in words if empty."""
    function: str = ""
    """Function of the lines that make it, such as `separator`; empty: it is only ever bought."""
    material: str = ""
    """Material of the catalogue that it is, whose price and greenhouse gas it has in place of its own."""
    mass: Annotated[Value, Quantity("kg/m2", exclusive=True)]
    """Areal mass of the part as it is bought [kg/m2]; that of a line's own product takes its place."""
    area: Annotated[Value, Quantity("1", exclusive=True)] | None = None
    """m2 of the part in a m2 of cell, 1 if not given: more for an overhang, less for what two faces share [m2/m2]."""
    price: Annotated[Value, Quantity("USD/kg", "USD/m2")] | None = None
    """Price of the part [USD/kg or USD/m2]; without one a line of the scenario has to make it."""
    gwp: Annotated[Value, Quantity("kg/kg", "kg/m2")] | None = None
    """Greenhouse gas of the bought part [kg CO2e/kg or kg CO2e/m2]."""

    @model_validator(mode="after")
    def _priced_once(self) -> CellComponent:
        if self.material and (self.price is not None or self.gwp is not None):
            raise PlacedError("a 'material' has the price and the 'gwp' of the catalogue: give it or these", "material")
        return self

    @property
    def area_m2(self) -> float:
        """Area in a m2 of cell [m2/m2]."""
        return 1.0 if self.area is None else self.area.value

    def per_m2(self, value: Value | None) -> float | None:
        """Return a price or an emission per m2 of the part; None if it is not given."""
        if value is None:
            return None
        return value.value * (1.0 if value.unit.endswith("/m2") else self.mass.value)


class Powder(Sourced):
    """The powder that parts of the cell are made from, for lines that ship powder."""

    function: str
    """Function of the lines that make it, such as `electrolyte powder`."""
    mass: Annotated[Value, Quantity("kg/m2", exclusive=True)]
    """What is bought of it for a m2 of cell, losses of the films included [kg/m2]."""


class Making(Sourced):
    """The battery plant that makes the whole cell: what sets it beside the cells of lines without a simulation."""

    positive: str
    """Component that is the active material of the positive electrode."""
    negative: str
    """Component that is the active material of the negative electrode."""
    capacity: Annotated[Value, Quantity("Ah", exclusive=True)]
    """Capacity of one cell [Ah]."""
    electricity: Annotated[Value, Quantity("1")]
    """Bought for a kWh of cells [kWh/kWh]."""
    gas: Annotated[Value, Quantity("1")]
    """Natural gas, likewise [kWh/kWh]."""
    life: Annotated[Value, Quantity("y", exclusive=True)]
    """Economic life of the equipment [y]."""


class CellDesign(Sourced):
    """A cell, per m2 of one face: one coated side of cathode, one separator, one anode."""

    format: Format = FORMAT
    """Format of the file; today there is one, 1."""
    name: Name
    """Name of the design."""
    title: str
    """In words, for the report."""
    active: str
    """Active material of the cathode, of which the capacity is."""
    loading: Annotated[Value, Quantity("kg/m2", exclusive=True)]
    """Active material on one coated side [kg/m2]."""
    capacity: Annotated[Value, Quantity("Ah/kg", exclusive=True)]
    """Reversible capacity of the active material in this cell [Ah/kg]."""
    voltage: Annotated[Value, Quantity("V", exclusive=True)]
    """Mean voltage of the discharge [V]."""
    yield_: Share = Field(alias="yield")
    """Good cells per cell stacked; what fails takes all of its parts along [1]."""
    powder: Powder | None = None
    """What lines of powder ship for this cell; it is inside the parts."""
    making: Making | None = None
    """How a battery plant makes it; a design with it can be one of the `rivals` of a scenario."""
    components: dict[str, CellComponent] = Field(min_length=1)
    """Parts by name."""

    @model_validator(mode="after")
    def _made_of(self) -> CellDesign:
        for word in ("positive", "negative") if self.making is not None else ():
            part = getattr(self.making, word)
            if part not in self.components:
                raise PlacedError(f"unknown component '{part}'{nearest(part, self.components)}", "making", word)
        return self

    @property
    def areal_ah_per_m2(self) -> float:
        """Areal capacity [Ah/m2]; a tenth of it is mAh/cm2."""
        return self.loading.value * self.capacity.value

    @property
    def kwh_per_m2(self) -> float:
        """Energy of a m2 of cell [kWh/m2]: loading x capacity x voltage / 1000."""
        return self.areal_ah_per_m2 * self.voltage.value / 1000.0

    @property
    def functions(self) -> tuple[str, ...]:
        """Functions of lines that make a part of this cell, its powder or the whole."""
        own = [component.function for component in self.components.values() if component.function]
        return tuple(dict.fromkeys([*own, *([self.powder.function] if self.powder else []), CELL]))


def load_cell(wanted: str, library: Library, *, beside: Path | None = None) -> tuple[CellDesign, yamlfile.Document]:
    """Read a cell design and hold it to the rules of the catalogue: money has a year, every number a source.

    Parameters
    ----------
    wanted : str
        A bundled design by name, or a path.
    library : Library
        Whose bibliography holds the sources.
    beside : Path or None, default=None
        The file that names it; a relative path starts there.

    Raises
    ------
    InputError
        If there is no such file, or with everything that is wrong in it.
    """
    path, shown = find("cells", wanted, beside=beside)
    document = yamlfile.read(path, name=shown)
    design = read_document(document, CellDesign, library)
    issues = [
        document.issue(("components", name, "material"), unknown("material", part.material, library.materials))
        for name, part in design.components.items()
        if part.material and part.material not in library.materials
    ]
    if issues:
        raise InputError(issues)
    return at_catalogue(design, library), document


def at_catalogue(design: CellDesign, library: Library) -> CellDesign:
    """Return a design whose components that are materials have the prices of a catalogue."""
    parts = {}
    for name, part in design.components.items():
        material = library.materials.get(part.material)
        own = {} if material is None else {"price": material.price, "gwp": material.gwp}
        parts[name] = part.model_copy(update={key: value for key, value in own.items() if value is not None})
    return design.model_copy(update={"components": parts})


def needed(design: CellDesign, function: str, unit: str) -> float | None:
    """Return what a kWh of good cells takes of the product of a line.

    Parameters
    ----------
    function, unit : str
        Of the line; its unit is `kg` or `m2`.

    Returns
    -------
    float or None
        m2 or kg per kWh: area or mass in a m2 of cell / (yield of the cell x kWh per m2). A line of whole cells
        ships good ones, so its yield is in it already. None if the design holds nothing that such a line makes.
    """
    if function == CELL and unit == "m2":
        return 1.0 / design.kwh_per_m2
    per_kwh = 1.0 / (design.yield_.value * design.kwh_per_m2)
    if unit == "m2":
        found = [part.area_m2 for part in design.components.values() if part.function == function]
        return sum(found) * per_kwh if found else None
    if design.powder is not None and design.powder.function == function:
        return design.powder.mass.value * per_kwh
    return None


def unobtainable(design: CellDesign, functions: Collection[str]) -> dict[str, str]:
    """Return what is wrong with every component that nobody makes or sells, by its name.

    Parameters
    ----------
    functions : collection of str
        Functions of the lines of the scenario. A line of whole cells makes them all.
    """
    return {
        name: f"the cell needs '{name}', which has no price and which no line of the scenario makes: give it a 'price'"
        + (f", or add a line of function '{part.function}'" if part.function else "")
        for name, part in design.components.items()
        if part.price is None and part.function not in functions and CELL not in functions
    }


def misfit(design: CellDesign, function: str, shipped: Mapping[str, float]) -> str:
    """Return why a line's cathode or cell is not that of the design, empty if it is.

    Parameters
    ----------
    function : str
        Of the line.
    shipped : mapping of str to float
        What a unit of its product holds of each material [kg/unit].

    Notes
    -----
    A line of whole cells that buys its cathode shows nothing of what is in it, so it is taken at its word.
    """
    found = shipped.get(design.active, 0.0)
    if function not in (CATHODE, CELL) or (function == CELL and design.active not in shipped):
        return ""
    if abs(found / design.loading.value - 1.0) <= SAME:
        return ""
    return (
        f"the line's {function} holds {1000.0 * found:.4g} g of {design.active} per m2, and the cell '{design.name}' "
        f"is designed for {1000.0 * design.loading.value:.4g} g/m2: its kWh per m2 would be another cell's. Write a "
        "cell file with that loading"
    )


class PrintedRow(Spec):
    """One row of the review's table of cell costs."""

    weight_g: float
    usd_per_kg: float
    usd: float
    """Cost of a cell as printed [USD]."""
    ratio: float
    """Share in the printed total [%]."""
    assb: float
    """Column of the all-solid-state cell, no unit stated."""
    lib: float
    """Column of the conventional cell, no unit stated."""


class CellTable(Sourced):
    """The review's table of cell costs, rows as printed."""

    components: dict[str, PrintedRow]
    total: PrintedRow
    """The printed totals."""


def printed_table(library: Library) -> CellTable:
    """Return Table 1 of the review as it is printed."""
    return read_entry("cell_cost", CellTable, library)
