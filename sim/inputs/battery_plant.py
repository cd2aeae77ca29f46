"""Battery plants of the BatPaC type: labour, equipment and floor of every process, scaled from one baseline plant.

A process of the baseline plant handles a volume of its driver (kg of active material, m2 of electrode, cells) in a
year and takes labour, equipment and floor for it; each grows with a power of that volume. `sim.plant.battery` says
which machines of a line are which process, and the finance layer of `sim.rollup.costs` annualises them as it does all
others. BatPaC's own chain of overheads, which turns them into a price, stands beside it to check the numbers
against what BatPaC prints.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from sim.errors import PlacedError, nearest
from sim.inputs.quantity import Quantity, Value
from sim.inputs.samples import highest
from sim.inputs.spec import Fraction, Sourced

__all__ = [
    "BatPaC",
    "Counterpart",
    "Driver",
    "LargeCell",
    "Multipliers",
    "OverheadChain",
    "Overheads",
    "Process",
    "ProcessCost",
    "conversion_cost",
    "multipliers",
    "overhead_chain",
    "process_cost",
    "scaled_processes",
]

Exponent = Annotated[Value, Quantity("1", maximum=1.5)]


class Driver(Sourced):
    """What a process handles, and how much of it the baseline plant handles in a year."""

    title: str
    volume: Annotated[Value, Quantity("kg/y", "m2/y", "kWh/y", "1/y", exclusive=True)]
    """Of the baseline plant [kg/y, m2/y, kWh/y or 1/y]."""
    of: Literal["", "solids", "area", "cells", "solvent"] = ""
    """What of a step of a line it is: the solids in its charges, the web that it handles, as many cells of the baseline
    as the m2 of cell that it handles make, or what it dries off. Empty: no step of a line can tell."""


class Process(Sourced):
    """A process of the baseline plant: value = baseline value * (volume / baseline volume) ** exponent."""

    title: str
    drivers: Annotated[list[str], Field(min_length=1)]
    """What its size follows; of several, the one that has grown most."""
    solvent: str = ""
    """Driver whose amount per amount of the first driver the capital follows, too (dryers)."""
    p_solvent: Exponent | None = Field(default=None, title="power of solvent per area")
    """Exponent of that ratio [1]."""
    p_cell: Exponent | None = Field(default=None, title="power of cell capacity")
    """Exponent of the capacity of one cell over the baseline's, a factor on the driver [1]."""
    large: bool = False
    """Whether the surcharge of large cells is a factor on the driver."""
    labour: Annotated[Value, Quantity("h")] = Field(title="labour of the battery plant")
    """Labour a year [h]."""
    capital: Annotated[Value, Quantity("USD")] = Field(title="capital of the battery plant")
    """Equipment, installed [USD]."""
    area: Annotated[Value, Quantity("m2")] = Field(title="floor")
    """Floor [m2]."""
    p_labour: Exponent = Field(title="power of labour")
    """Exponent of labour [1]."""
    p_capital: Exponent = Field(title="power of capital")
    """Exponent of equipment [1]."""
    p_area: Exponent = Field(title="power of floor")
    """Exponent of floor [1]."""

    @model_validator(mode="after")
    def _solvent(self) -> Process:
        if bool(self.solvent) != (self.p_solvent is not None):
            raise PlacedError("give 'solvent' and 'p_solvent' together", "solvent" if self.solvent else "p_solvent")
        return self


class Counterpart(Sourced):
    """The process that a machine of the catalogue is part of; an estimate where it is not quite the same machine."""

    process: str = ""
    """Process."""
    beside: list[str] = []
    """In place of `process`, for what such machines hold anyway (winders, cameras): processes, of which the machine is
    part of the first that its step has."""

    @model_validator(mode="after")
    def _one_form(self) -> Counterpart:
        if bool(self.process) == bool(self.beside):
            raise ValueError("give one of 'process' and 'beside'")
        return self


class LargeCell(Sourced):
    """Surcharge of large cells in formation."""

    above: Annotated[Value, Quantity("Ah", exclusive=True)]
    """Capacity from which it counts [Ah]."""
    factor: Annotated[Value, Quantity("1", exclusive=True)]
    """Factor on the driver [1]."""


class Overheads(Sourced):
    """Rates of BatPaC's way from labour, equipment and floor to a price."""

    wage: Annotated[Value, Quantity("USD/h")]
    """[USD/h]"""
    building: Annotated[Value, Quantity("USD/m2")]
    """[USD/m2]"""
    equipment_depreciation: Fraction
    """Per year [1/y]."""
    building_depreciation: Fraction
    """Per year [1/y]."""
    variable_on_labour: Fraction
    """Variable overhead, of labour [1]."""
    variable_on_depreciation: Fraction
    """Variable overhead, of depreciation [1]."""
    general: Fraction
    """General, sales and administration, of labour, variable overhead and depreciation [1]."""
    research: Fraction
    """Research and development, of depreciation [1]."""
    launch_on_material: Fraction
    """Launch cost, of a year's material [1]."""
    launch_on_labour: Fraction
    """Launch cost, of a year's labour and variable overhead [1]."""
    working_capital: Fraction
    """Of a year's variable cost [1]."""
    profit: Fraction
    """Of the total investment per year [1/y]."""
    warranty: Fraction
    """Of the price before it [1]."""


class BatPaC(Sourced):
    """A baseline battery plant and how it scales."""

    title: str
    cell_capacity: Annotated[Value, Quantity("Ah", exclusive=True)] = Field(title="capacity of the baseline's cell")
    """Of the baseline's cells [Ah]."""
    cell_area: Annotated[Value, Quantity("m2", exclusive=True)] = Field(title="area of the baseline's cell")
    """Positive electrode in one of the baseline's cells, every coated side counted [m2]."""
    large_cell: LargeCell
    drivers: dict[str, Driver]
    """What processes handle, by name."""
    processes: dict[str, Process]
    """Processes of the plant, by name."""
    least: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] = Field(
        title="least share of a battery plant's volume"
    )
    """Share of the baseline's volume down to which the powers are taken to hold [1]."""
    counterparts: dict[str, Counterpart] = {}
    """Machines of the catalogue that are part of a process; all others keep their own price."""
    overheads: Overheads

    @model_validator(mode="after")
    def _names(self) -> BatPaC:
        for name, process in self.processes.items():
            named: list[tuple[str, tuple[str | int, ...]]]
            named = [(driver, ("drivers", index)) for index, driver in enumerate(process.drivers)]
            named += [(process.solvent, ("solvent",))] if process.solvent else []
            for driver, place in named:
                if driver not in self.drivers:
                    text = f"unknown driver '{driver}'{nearest(driver, self.drivers)}"
                    raise PlacedError(text, "processes", name, *place)
        return self

    @model_validator(mode="after")
    def _counted(self) -> BatPaC:
        for name, item in self.counterparts.items():
            for process in (item.process, *item.beside):
                place = ("counterparts", name, "beside" if item.beside else "process")
                if process and process not in self.processes:
                    raise PlacedError(f"unknown process '{process}'{nearest(process, self.processes)}", *place)
                if process and not self.drivers[self.processes[process].drivers[0]].of:
                    raise PlacedError(f"no step of a line can tell how much '{process}' handles", *place)
        return self


class ProcessCost(NamedTuple):
    """What one process of a plant takes."""

    process: str
    labour_h: float
    """[h/y]"""
    capital_usd: float
    """Of the price year of the baseline plant [USD]."""
    area_m2: float


def scaled_processes(
    plant: BatPaC,
    volumes: Mapping[str, float] | None = None,
    *,
    cell_ah: float | None = None,
    without: Collection[str] = (),
) -> list[ProcessCost]:
    """Return labour, equipment and floor of a plant of another size.

    value = baseline value * (volume / baseline volume) ** exponent

    Parameters
    ----------
    plant : BatPaC
        The baseline plant.
    volumes : mapping of str to float, default=None
        What the plant handles in a year, by driver, in the unit of the driver [kg/y, m2/y, kWh/y or 1/y]; a driver
        that is not named keeps the baseline's volume.
    cell_ah : float or None, default=None
        Capacity of a cell [Ah]; None: the baseline's.
    without : collection of str, default=()
        Processes that the plant does not have, such as `nmp_recovery` of a dry electrode.

    Returns
    -------
    list of ProcessCost
        In the order of the file.

    Raises
    ------
    ValueError
        If a driver or a process is not known, or a size is negative.
    """
    given = dict(volumes or {})
    for kind, names, known in (("driver", given, plant.drivers), ("process", without, plant.processes)):
        for name in names:
            if name not in known:
                raise ValueError(f"unknown {kind} '{name}'{nearest(name, known)}")
    capacity = plant.cell_capacity.value if cell_ah is None else cell_ah
    if capacity <= 0.0 or any(volume < 0.0 for volume in given.values()):
        raise ValueError("expected volumes of 0 or more and cells of more than 0 Ah")
    ratios = {name: given.get(name, item.volume.value) / item.volume.value for name, item in plant.drivers.items()}
    return [process_cost(plant, name, ratios, capacity) for name in plant.processes if name not in without]


def process_cost(plant: BatPaC, name: str, ratios: Mapping[str, float], cell_ah: float) -> ProcessCost:
    """Return what one process takes; *ratios* are its volumes over the baseline's, by driver [1]."""
    process = plant.processes[name]
    ratio = highest(*(ratios[driver] for driver in process.drivers))
    if process.p_cell is not None:
        ratio *= (cell_ah / plant.cell_capacity.value) ** process.p_cell.value
    if process.large and cell_ah > plant.large_cell.above.value:
        ratio *= plant.large_cell.factor.value
    if ratio == 0.0:
        return ProcessCost(name, 0.0, 0.0, 0.0)
    dryer = 1.0
    if process.p_solvent is not None:
        dryer = (ratios[process.solvent] / ratios[process.drivers[0]]) ** process.p_solvent.value
    return ProcessCost(
        process=name,
        labour_h=process.labour.value * ratio**process.p_labour.value,
        capital_usd=process.capital.value * ratio**process.p_capital.value * dryer,
        area_m2=process.area.value * ratio**process.p_area.value,
    )


# -- BatPaC's own way to a price ---------------------------------------------------------------------------------------


class Multipliers(NamedTuple):
    """What the price rises by per USD of each, all overheads included."""

    labour: float
    """[USD/USD]"""
    equipment: float
    """Per year [USD/y/USD]."""
    building: float
    """Per year [USD/y/USD]."""
    material: float
    """[USD/USD]"""


def multipliers(overheads: Overheads) -> Multipliers:
    """Return BatPaC's chain of overheads, collapsed to one factor for each kind of cost.

    With variable overhead l (of labour) and v (of depreciation), general cost g, research r, profit p, depreciation d,
    launch and working capital x = launch + working capital, and warranty w:

    labour    = (1 + l + g (1 + l) + p x (1 + l)) (1 + w)
    equipment = ((1 + v + g + g v + r) d + p (1 + v x d)) (1 + w), the building likewise with its own d
    material  = (1 + p (launch on material + working capital)) (1 + w)

    Notes
    -----
    They hold profit and warranty and so belong to a price. The finance layer of lines does not use them.
    """
    l, v = overheads.variable_on_labour.value, overheads.variable_on_depreciation.value  # noqa: E741
    g, r, p, w = (item.value for item in (overheads.general, overheads.research, overheads.profit, overheads.warranty))
    x = overheads.launch_on_labour.value + overheads.working_capital.value

    def capital(d: float) -> float:
        return ((1 + v + g + g * v + r) * d + p * (1 + v * x * d)) * (1 + w)

    return Multipliers(
        labour=(1 + l + g * (1 + l) + p * x * (1 + l)) * (1 + w),
        equipment=capital(overheads.equipment_depreciation.value),
        building=capital(overheads.building_depreciation.value),
        material=(1 + p * (overheads.launch_on_material.value + overheads.working_capital.value)) * (1 + w),
    )


class OverheadChain(NamedTuple):
    """Overheads that follow from labour and depreciation, in the unit of these."""

    variable: float
    general: float
    research: float


def overhead_chain(overheads: Overheads, *, labour: float, depreciation: float) -> OverheadChain:
    """Return the overheads that follow from labour and depreciation, all in one unit such as USD/kWh."""
    variable = overheads.variable_on_labour.value * labour + overheads.variable_on_depreciation.value * depreciation
    general = overheads.general.value * (labour + variable + depreciation)
    return OverheadChain(variable, general, overheads.research.value * depreciation)


def conversion_cost(plant: BatPaC, costs: Iterable[ProcessCost]) -> float:
    """Return what a plant adds to the price of its materials, with all of BatPaC's overheads [USD/y]."""
    items = list(costs)
    factors, overheads = multipliers(plant.overheads), plant.overheads
    return (
        factors.labour * overheads.wage.value * math.fsum(item.labour_h for item in items)
        + factors.equipment * math.fsum(item.capital_usd for item in items)
        + factors.building * overheads.building.value * math.fsum(item.area_m2 for item in items)
    )
