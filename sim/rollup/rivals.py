"""Rivals: what a kWh of a cell costs, takes and emits that a battery plant makes, by the finance layer of all lines.

Nothing is simulated: materials are those of the design, and labour, equipment and floor those of the battery plant,
scaled to what it handles for the energy that it makes in a year.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.inputs import CellComponent, CellDesign, Library, Making, ProcessCost, scaled_processes, worst
from sim.rollup.capital import capital_recovery_factor, index_ratio

__all__ = ["NO_CELL", "RivalItem", "plant_of", "rival_items", "volumes"]

NO_CELL = ("modules", "packs")
"""Processes of the battery plant that no cell needs."""


class RivalItem(NamedTuple):
    """A part of what a kWh of good cells costs, takes and emits."""

    category: str
    """That of `costs.csv`."""
    item: str
    usd_per_kwh: float
    kwh_per_kwh: float
    kg_co2e_per_kwh: float
    grade: str


def volumes(design: CellDesign, making: Making, library: Library, kwh: float) -> Mapping[str, float]:
    """Return what a battery plant handles for so many kWh of good cells, by driver.

    Parameters
    ----------
    kwh : float
        Energy of the good cells of a year [kWh/y].

    Notes
    -----
    Active material as bought; electrodes and cells before the rejects; a negative electrode is larger by as much as
    that of the baseline; solvents are in proportion to the active material, as in the baseline.
    """
    assert library.batpac is not None
    base = {name: driver.volume.value for name, driver in library.batpac.drivers.items()}
    built = kwh / design.yield_.value
    faces = built / design.kwh_per_m2
    found = {
        "energy": kwh,
        "cells": built / (making.capacity.value * design.voltage.value / 1e3),
        "positive_active": faces * _face_kg(design.components[making.positive]),
        "negative_active": faces * _face_kg(design.components[making.negative]),
        "positive_area": faces,
        "negative_area": faces * base["negative_area"] / base["positive_area"],
    }
    return found | {
        "electrode_area": found["positive_area"] + found["negative_area"],
        "nmp": found["positive_active"] * base["nmp"] / base["positive_active"],
        "water": found["negative_active"] * base["water"] / base["negative_active"],
    }


def _face_kg(part: CellComponent) -> float:
    """Return the mass of a part in a m2 of cell [kg/m2]."""
    return part.area_m2 * part.mass.value


def plant_of(design: CellDesign, library: Library, kwh: float) -> list[ProcessCost]:
    """Return the processes of the battery plant that makes so many kWh of good cells a year."""
    assert design.making is not None
    assert library.batpac is not None
    handled = volumes(design, design.making, library, kwh)
    return scaled_processes(library.batpac, handled, cell_ah=design.making.capacity.value, without=NO_CELL)


def rival_items(design: CellDesign, library: Library, kwh: float) -> list[RivalItem]:
    """Return what a kWh of good cells costs, takes and emits from a plant of so many kWh a year.

    Parameters
    ----------
    design : CellDesign
        With the prices that are meant, see `sim.inputs.at_catalogue`, and with a `making`.
    library : Library
        Economics, utilities and battery plant.
    kwh : float
        Energy of the good cells of a year [kWh/y].

    Notes
    -----
    The finance layer is that of `sim.rollup.costs`: annuities of equipment and floor with contingency and start-up,
    maintenance, insurance and tax on what is installed, working capital on the yearly variable cost, overheads on
    labour and capital. The turn-key factor of single machines is not taken: the building and support systems of the
    battery plant stand in its place.
    """
    return list(_items(design, library, kwh))


def _items(design: CellDesign, library: Library, kwh: float) -> Iterator[RivalItem]:
    making, plant, economics = design.making, library.batpac, library.economics
    assert making is not None
    assert plant is not None
    per_kwh = 1.0 / (design.yield_.value * design.kwh_per_m2)
    variable = 0.0
    for name, part in design.components.items():
        usd = part.area_m2 * (part.per_m2(part.price) or 0.0) * per_kwh
        gas = part.area_m2 * (part.per_m2(part.gwp) or 0.0) * per_kwh
        variable += usd
        values = [value for value in (part.mass, part.price, part.area) if value is not None]
        yield RivalItem("materials", name, usd, 0.0, gas, worst(value.grade for value in values))
    for name, amount in (("electricity", making.electricity), ("gas", making.gas)):
        utility = library.utilities[name]
        usd = amount.value * utility.price.value
        variable += usd
        emitted = amount.value * utility.gwp.value
        yield RivalItem("utilities", name, usd, amount.value, emitted, worst([amount.grade, utility.price.grade]))
    rate = economics.discount_rate.value
    grade = worst([economics.working_capital.grade, design.loading.grade])
    yield _plain("working_capital", "stocks and receivables", variable * economics.working_capital.value * rate, grade)

    costs = plant_of(design, library, kwh)
    guessed = kwh < plant.least.value * plant.drivers["energy"].volume.value
    sure = "E" if guessed else worst(process.capital.grade for process in plant.processes.values())
    index = {name: index_ratio(process.capital, economics) for name, process in plant.processes.items()}
    installed = math.fsum(index[cost.process] * cost.capital_usd for cost in costs) / kwh
    floor = math.fsum(cost.area_m2 for cost in costs) * economics.building.value / kwh
    labour = math.fsum(cost.labour_h for cost in costs) * economics.wage.value / kwh
    more = 1.0 + economics.contingency.value + economics.startup.value
    equipment = installed * capital_recovery_factor(rate, making.life.value) * more
    building = floor * capital_recovery_factor(rate, economics.building_life.value) * more
    yield _plain("labour", "operators", labour, worst([economics.wage.grade, sure]))
    yield _plain("capital", "equipment", equipment, sure)
    yield _plain("building", "floor", building, worst([economics.building.grade, sure]))
    for category, share in (("maintenance", economics.maintenance), ("insurance_tax", economics.insurance_tax)):
        usd = (installed + floor) * share.value
        yield _plain(category, category.replace("_", " and "), usd, worst([share.grade, sure]))
    on = ((labour, economics.overhead_on_labour), (equipment + building, economics.overhead_on_capital))
    for (usd, share), name in zip(on, ("on labour", "on capital"), strict=True):
        yield _plain("overhead", name, usd * share.value, worst([share.grade, sure]))


def _plain(category: str, item: str, usd: float, grade: str) -> RivalItem:
    return RivalItem(category, item, usd, 0.0, 0.0, grade)
