"""Capital: what a plant is made of, and what it costs bought and installed.

Two backends, one kind of part. The chemical plant prices every machine: price x size exponent x cost index, containment
once, an installation factor. The battery plant (`sim.plant.battery`) prices whole processes, which are shared out among
the machines that they stand for. The finance layer in `sim.rollup.costs` annualises both alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from sim.inputs import GRADES, BatPaC, Economics, Equipment, Library, Value, own_name, samples, total, units, worst
from sim.plant import Line, Match, size_sections
from sim.results import Results
from sim.rollup.ledger import Ledger
from sim.rollup.machines import LINE, footprints, regeneration_train

__all__ = [
    "BASES",
    "CapitalPart",
    "EquipmentCost",
    "ProcessPrice",
    "capital_parts",
    "capital_recovery_factor",
    "equipment_cost",
    "equipment_table",
    "index_ratio",
    "process_price",
]

BASES = ("catalogue", "battery plant", "smallest machine")
"""What the price of a part rests on."""

QUOTED = ("plain", "contained")
"""What a quote buys: the plain machine, or one with its containment."""


def capital_recovery_factor(rate: float, life_y: float) -> float:
    """Return the yearly payment per USD of capital that pays it back with interest over its life.

    CRF = r / (1 - (1 + r)**-n), and 1/n for r = 0

    Parameters
    ----------
    rate : float
        Real cost of capital per year [1/y].
    life_y : float
        Economic life [y].

    Returns
    -------
    float
        Capital recovery factor [1/y].

    Raises
    ------
    ValueError
        If *life_y* is not positive or *rate* is negative.

    Examples
    --------
    >>> round(capital_recovery_factor(0.08, 10), 5)
    0.14903
    >>> capital_recovery_factor(0.0, 20)
    0.05
    >>> round(capital_recovery_factor(0.08, float("inf")), 5)
    0.08
    """
    if life_y <= 0.0 or rate < 0.0:
        raise ValueError(f"expected a life above 0 and a rate of 0 or more, found {life_y} and {rate}")
    if rate == 0.0:
        return 1.0 / life_y
    return rate / -samples.expm1(-life_y * samples.log1p(rate))


class EquipmentCost(NamedTuple):
    """From purchase to installed cost of one machine [USD of the reporting year]."""

    plain: float
    """Purchase price of the machine without containment."""
    contained: float
    """Purchase price of the machine as it is bought."""
    installed: float


def equipment_cost(equipment: Equipment, size: float, economics: Economics) -> EquipmentCost:
    """Price one machine of any size, bought and installed, from one price of the catalogue.

    price     = index ratio * price at reference size * (size / reference size) ** exponent
    contained = containment * plain        (whichever of both the catalogue quotes)
    installed = contained + (F - 1) * plain

    Parameters
    ----------
    equipment : Equipment
        The entry of the catalogue.
    size : float
        Size of the machine, in the unit of the entry's reference size.
    economics : Economics
        Reporting year, cost index and installation factors F.

    Returns
    -------
    EquipmentCost
        In USD of the reporting year.

    Raises
    ------
    ValueError
        If the size is not positive, or the price has no year or one without a cost index.

    Notes
    -----
    Containment (inert, H2S-tight) is counted once, and the installation factor acts on the plain price: foundations,
    piping and engineering do not grow with the price of seals. Lang's factors hold buildings; a turn-key factor does
    not, its floor is a cost of its own (see `capital_parts`).

    References
    ----------
    H. J. Lang, Simplified approach to preliminary cost estimates, Chemical Engineering 55, 112 (1948).
    R. Turton et al., Analysis, Synthesis and Design of Chemical Processes, chapter 7 (six-tenths rule).
    """
    price = equipment.price
    if size <= 0.0:
        raise ValueError(f"expected a size above 0, found {size}")
    quoted = price.value.value * (size / price.at.value) ** price.exponent.value * index_ratio(price.value, economics)
    containment = price.containment.value if price.containment else 1.0
    plain = quoted / containment if price.contained else quoted
    contained = plain * containment
    factor = economics.install[equipment.install].value
    return EquipmentCost(plain, contained, contained + (factor - 1.0) * plain)


def index_ratio(price: Value, economics: Economics) -> float:
    """Return the cost index of the reporting year over that of the price's year."""
    index = economics.cost_index
    if price.year is None:
        raise ValueError(f"the price {price.text!r} has no year")
    for year in (price.year, economics.year):
        if year not in index:
            raise ValueError(f"no cost index for {year}; there are {', '.join(map(str, sorted(index)))}")
    return index[economics.year] / index[price.year]


class CapitalPart(NamedTuple):
    """One bought part of a plant, all of its machines together."""

    step: str
    section: str
    """Section of a coupled machine, or the material of a regeneration train; empty for a step's own machine."""
    equipment: str
    """Entry of the catalogue."""
    number: float
    """Machines [1]."""
    size: float
    """Size of one [size_unit]."""
    size_unit: str
    reference_usd: float
    """Price of one machine of the reference size, as quoted [USD of its year]."""
    reference_size: float
    """[size_unit]"""
    exponent: float
    """Of the size, in the price [1]."""
    cost_index: float
    """Cost index of the year of money over that of the price [1]."""
    containment: float
    """Price with containment over the plain one [1]."""
    quoted: str
    """What the quote buys, one of QUOTED."""
    install: str
    """Kind of the installation factor."""
    factor: float
    """Installation factor [1]."""
    purchase_usd: float
    """As bought, containment included [USD]."""
    installed_usd: float
    life_y: float
    area_m2: float
    floor_usd: float
    """Plain floor of turn-key machinery [USD]."""
    room_usd: float
    """Premium of its room over plain floor [USD]."""
    grade: str
    """Worst grade of price and size."""
    basis: str = BASES[0]
    """What the price rests on, one of BASES."""
    note: str = ""
    """What the battery plant has to say of it."""
    taken: float = 1.0
    """What is taken of the price that size and exponent give [1]; 1 but where the battery plant has a say."""

    @property
    def item(self) -> str:
        """Equipment, with the section in front."""
        return f"{self.section}: {self.equipment}" if self.section else self.equipment


def capital_parts(line: Line, ledger: Ledger | None = None) -> list[CapitalPart]:
    """Return what the plant is made of: machines, sections, auxiliaries and regeneration trains.

    Parameters
    ----------
    ledger : Ledger or None, default=None
        Gives the recovery that sizes regeneration trains; a line with a target is sized by its flowsheet instead, so
        that its capital does not depend on chance.

    Notes
    -----
    Auxiliaries are bought at their reference size. A train is sized by recovery per open hour, in as many equal parts
    as its largest size demands. Machines that the backend of the line leaves to the battery plant are priced by
    `process_price`.
    """
    library = line.library
    found: list[CapitalPart] = []
    floors = iter(footprints(line, ledger))
    matches = line.matches
    for step in line.route.steps:
        size = line.sizing.steps[step.id]
        own: dict[str, CapitalPart] = {}
        for section, (value, unit, _) in size_sections(step, library, size).items():
            part = next((item for item in step.sections if item.id == section), step)
            floor = next(floors)
            own[section] = _part(
                library,
                (step.id, section, part.equipment),
                (size.machines, value, unit),
                (floor.area_m2, floor.room),
                GRADES[0] if part.size is None else part.size.grade,
            )
        for match in matches:
            if match.step == step.id:
                own |= _of_process(library, match, [own[section] for section in match.sections])
        found += own.values()
    for name, number in line.route.auxiliaries.items():
        entry, floor = library.equipment[own_name(name)], next(floors)
        at = entry.price.at
        found.append(
            _part(
                library,
                (floor.step, "", own_name(name)),
                (number.value, at.value, at.unit),
                (floor.area_m2, floor.room),
                number.grade,
            )
        )
    for material, tank in line.route.tanks.items():
        if tank.regeneration is not None:
            entry, floor = library.equipment[tank.regeneration.equipment], next(floors)
            count, value = regeneration_train(line, ledger, material, entry)
            area = floor.area_m2
            numbers = (count, value, entry.price.at.unit)
            found.append(
                _part(library, (LINE, material, tank.regeneration.equipment), numbers, (area, floor.room), GRADES[0])
            )
    return found


def equipment_table(line: Line, parts: Iterable[CapitalPart]) -> pd.DataFrame:
    """Return the equipment list of a line, one row for every part of its plant."""
    rate = line.library.economics.discount_rate.value
    rows = [
        (
            *(line.name, part.step, part.section, part.equipment, part.number, part.size, part.size_unit),
            *(part.reference_usd, part.reference_size, part.exponent, part.cost_index, part.containment, part.quoted),
            *(part.install, part.factor, part.taken, capital_recovery_factor(rate, part.life_y)),
            *(part.purchase_usd, part.installed_usd, part.life_y, part.area_m2, part.floor_usd, part.room_usd),
            *(part.grade, part.basis, part.note),
        )
        for part in parts
    ]
    return Results.equipment.frame(rows)


def _part(
    library: Library,
    place: tuple[str, str, str],
    numbers: tuple[float, float, str],
    floor: tuple[float, str],
    grade: str,
) -> CapitalPart:
    """Return a part as the chemical plant prices it.

    *place* is step, section and equipment, *numbers* are machines, size and unit, *floor* is area and room.
    """
    economics, entry = library.economics, library.equipment[place[2]]
    number, size, unit = numbers
    area, room = floor
    price, cost = entry.price, equipment_cost(entry, size, economics)
    plain_floor = economics.building.value * area if entry.install == "turnkey" else 0.0
    return CapitalPart(
        step=place[0],
        section=place[1],
        equipment=place[2],
        number=number,
        size=size,
        size_unit=unit,
        reference_usd=price.value.value,
        reference_size=price.at.value,
        exponent=price.exponent.value,
        cost_index=index_ratio(price.value, economics),
        containment=price.containment.value if price.containment else 1.0,
        quoted=QUOTED[price.containment is not None and price.contained],
        install=entry.install,
        factor=economics.install[entry.install].value,
        purchase_usd=cost.contained * number,
        installed_usd=cost.installed * number,
        life_y=entry.life.value,
        area_m2=area,
        floor_usd=plain_floor,
        room_usd=library.rooms[room].capital.value * area,
        grade=worst([grade, price.value.grade]),
    )


# -- battery plant -----------------------------------------------------------------------------------------------------


class ProcessPrice(NamedTuple):
    """What the machines of one process cost installed [USD of the reporting year]."""

    scaled: float
    """What the battery plant comes to."""
    smallest: float
    """As many machines, each the smallest of its kind in the catalogue."""
    basis: str
    """Which of both is taken, the larger one; one of BASES."""

    @property
    def taken(self) -> float:
        """The larger one."""
        return samples.highest(self.scaled, self.smallest)


def process_price(library: Library, match: Match, parts: Sequence[CapitalPart]) -> ProcessPrice:
    """Return what a process of the battery plant costs as machines of a line.

    scaled   = turn-key factor * index ratio * capital of the process at its volume
    smallest = sum over machines of number * installed cost at the smallest size

    Parameters
    ----------
    library : Library
        With a battery plant.
    match : Match
        The process and its volume.
    parts : sequence of CapitalPart
        The machines that it stands for.

    Notes
    -----
    The capital of BatPaC grows almost in proportion to the volume, as that of a plant with many machines does. Of a
    hundredth of the baseline that makes a hundredth of a hall of coaters, which nobody sells: a line has whole
    machines, and none of them costs less than the smallest of its kind. What BatPaC has in building and support systems
    (utilities and air handling, two thirds as much again as all processes) goes by the energy of cells, which films do
    not have; in its place stand the turn-key factor and the premium of rooms, as for all web machines.
    """
    economics, price = library.economics, _plant(library).processes[match.process].capital
    factor = economics.install["turnkey"].value
    scaled = factor * index_ratio(price, economics) * match.scaled.capital_usd
    smallest = 0.0
    for part in parts:
        entry = library.equipment[part.equipment]
        least = samples.lowest(part.size, units.parse(entry.sizes[0], part.size_unit))
        smallest += part.number * equipment_cost(entry, least, economics).installed
    larger = samples.typical(scaled) >= samples.typical(smallest)
    return ProcessPrice(scaled, smallest, BASES[1] if larger else BASES[2])


def _of_process(library: Library, match: Match, parts: Sequence[CapitalPart]) -> dict[str, CapitalPart]:
    """Return the parts that a process stands for with its price, shared out by the prices of the catalogue."""
    price = process_price(library, match, parts)
    share = price.taken / total(part.installed_usd for part in parts)
    return {part.section: _shared(library, match, price, share, part) for part in parts}


def _shared(library: Library, match: Match, price: ProcessPrice, share: float, part: CapitalPart) -> CapitalPart:
    """Return a part with its share of the price of a process."""
    economics, plant = library.economics, _plant(library)
    process, installed = plant.processes[match.process], part.installed_usd * share
    least = samples.above(price.smallest, price.scaled)
    bought = samples.where(least, part.purchase_usd * share, installed / economics.install["turnkey"].value)
    # a plant of this kind pays for its building apart, whatever its machines are
    floor = samples.where(least, part.floor_usd, economics.building.value * part.area_m2)
    part = part._replace(purchase_usd=bought, installed_usd=installed, floor_usd=floor, basis=price.basis, taken=share)
    if price.basis == BASES[2]:
        note = f"{process.title} in the battery plant comes to {100.0 * price.scaled / price.smallest:.2g} % of it"
        return part._replace(note=note)
    grades = [
        process.capital.grade,
        plant.counterparts[part.equipment].grade,
        GRADES[-1] if samples.typical(match.ratio) < samples.typical(plant.least.value) else GRADES[0],
    ]
    note = f"{process.title} of the battery plant at {100.0 * match.ratio:.2g} % of its volume"
    return part._replace(grade=worst(grades), note=note)


def _plant(library: Library) -> BatPaC:
    assert library.batpac is not None
    return library.batpac
