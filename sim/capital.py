"""Capital: what a plant is made of, and what it costs bought and installed.

This is the backend of chemical plants: price x size exponent x cost index, containment once, an installation factor.
Another backend, such as that of battery plants (`sim.batpac`), returns the same parts; the finance layer in
`sim.costs` annualises them.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.catalogue import Economics, Equipment, Library
from sim.evidence import grade_of, worst
from sim.impacts import LINE, footprints, regeneration_train
from sim.ledger import Ledger
from sim.line import Line
from sim.quantity import Value
from sim.sizing import size_sections
from sim.spec import own_name

__all__ = ["CapitalPart", "EquipmentCost", "capital_parts", "equipment_cost", "index_ratio"]


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
    item: str
    """Equipment, with the section of a coupled machine in front."""
    number: float
    """Machines [1]."""
    size: float
    """Size of one [size_unit]."""
    size_unit: str
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


def capital_parts(line: Line, ledger: Ledger | None = None) -> list[CapitalPart]:
    """Return what the plant is made of: machines, sections, auxiliaries and regeneration trains (chemical plants).

    Parameters
    ----------
    ledger : Ledger or None, default=None
        Gives the recovery that sizes regeneration trains; a line with a target is sized by its flowsheet instead, so
        that its capital does not depend on chance.

    Notes
    -----
    Auxiliaries are bought at their reference size. A train is sized by recovery per open hour, in as many equal parts
    as its largest size demands.
    """
    library, found = line.library, []
    floors = iter(footprints(line, ledger))
    for step in line.route.steps:
        size = line.sizing.steps[step.id]
        for section, (value, unit, entry) in size_sections(step, library, size).items():
            part = next((item for item in step.sections if item.id == section), step)
            label = f"{section}: {part.equipment}" if section else part.equipment
            around = (step, line.route) if part is step else (part, step, line.route)
            grade = grade_of(part.size, around, library.bibliography)
            floor = next(floors)
            found.append(
                _part(
                    library,
                    step.id,
                    label,
                    entry,
                    (size.machines, value, unit),
                    (floor.area_m2, floor.room),
                    grade if part.size is not None else "A",
                )
            )
    for name, number in line.route.auxiliaries.items():
        entry, floor = library.equipment[own_name(name)], next(floors)
        at = entry.price.at
        grade = grade_of(number, line.route, library.bibliography)
        found.append(
            _part(
                library,
                floor.step,
                own_name(name),
                entry,
                (number.value, at.value, at.unit),
                (floor.area_m2, floor.room),
                grade,
            )
        )
    for material, tank in line.route.tanks.items():
        if tank.regeneration is not None:
            entry, floor = library.equipment[tank.regeneration.equipment], next(floors)
            count, value = regeneration_train(line, ledger, material, entry)
            area = floor.area_m2
            label = f"{material}: {tank.regeneration.equipment}"
            numbers = (count, value, entry.price.at.unit)
            found.append(_part(library, LINE, label, entry, numbers, (area, floor.room), "A"))
    return found


def _part(
    library: Library,
    step: str,
    label: str,
    entry: Equipment,
    numbers: tuple[float, float, str],
    floor: tuple[float, str],
    grade: str,
) -> CapitalPart:
    """Return a part with its prices; *numbers* are machines, size and unit, *floor* is area and room."""
    economics = library.economics
    number, size, unit = numbers
    area, room = floor
    cost = equipment_cost(entry, size, economics)
    plain_floor = economics.building.value * area if entry.install == "turnkey" else 0.0
    return CapitalPart(
        step=step,
        item=label,
        number=number,
        size=size,
        size_unit=unit,
        purchase_usd=cost.contained * number,
        installed_usd=cost.installed * number,
        life_y=entry.life.value,
        area_m2=area,
        floor_usd=plain_floor,
        room_usd=library.rooms[room].capital.value * area,
        grade=worst([grade, grade_of(entry.price.value, (entry.price, entry), library.bibliography)]),
    )
