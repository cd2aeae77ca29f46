"""Machines: what is bought for every part of a step, and the floor that it stands on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.inputs import HOURS_PER_YEAR, Equipment, Value, own_name, purge_of, samples, total, units
from sim.plant import Line, like_the_year, open_hours, size_sections
from sim.rollup.ledger import Ledger

__all__ = ["LINE", "Footprint", "footprints", "of_line", "per_year", "regeneration_train", "shipped_per_year"]

LINE = "line"
"""Stands in the column `step` for what belongs to the whole line: tanks, staff, auxiliaries; in a chain as
`route/line` for what belongs to one of its routes."""


def of_line(name: str) -> str:
    """Return what stands in the column `step` for staff or an auxiliary.

    >>> of_line("shift_lead"), of_line("dry_ptfe/shift_lead")
    ('line', 'dry_ptfe/line')
    """
    return f"{name.rpartition('/')[0]}/{LINE}".removeprefix("/")


def per_year(ledger: Ledger) -> float:
    """Return the factor from the window to a year [1/y]."""
    return HOURS_PER_YEAR / ledger.window_h


def shipped_per_year(ledger: Ledger) -> float:
    """Return the good product shipped per year; nan if there is none, so that nothing is divided by zero [unit/y]."""
    return ledger.shipped * per_year(ledger) or float("nan")


class BoughtPart(NamedTuple):
    """Machines of one kind that are bought for a step or for the line."""

    step: str
    section: str
    equipment: str
    room: str
    machines: float
    purge: Mapping[str, Value]
    """Inert gas of one machine around the clock, by material [m3/h]."""


def bought_parts(line: Line) -> Iterator[BoughtPart]:
    """Yield machines, sections and auxiliaries, in this order."""
    library = line.library
    for step in line.route.steps:
        size = line.sizing.steps[step.id]
        for section, (_, _, entry) in size_sections(step, library, size).items():
            part = next((item for item in step.sections if item.id == section), step)
            room = part.room or step.room or entry.room
            yield BoughtPart(step.id, section, part.equipment, room, size.machines, purge_of(part, entry))
    for name, number in line.route.auxiliaries.items():
        entry = library.equipment[own_name(name)]
        yield BoughtPart(of_line(name), "", own_name(name), entry.room, number.value, entry.purge)


class Footprint(NamedTuple):
    """Floor of one bought part of a line."""

    step: str
    section: str
    equipment: str
    room: str
    area_m2: float
    """All machines [m2]."""


def regeneration_train(line: Line, ledger: Ledger | None, material: str, entry: Equipment) -> tuple[float, float]:
    """Return number and size of the trains that regenerate a tank's material: kg recovered per open hour.

    A line with a target is sized by its flowsheet, so that its capital does not depend on chance; another by its
    ledger. An entry that is not sized in kg/h is bought once, at its reference size.
    """
    at = entry.price.at
    if at.unit != "kg/h":
        return 1.0, at.value
    if line.target_per_year is not None:
        flows = line.flowsheet.steps.values()
        kg_per_unit = sum(flow.expected * flow.recovered.get(material, 0.0) for flow in flows)
        kg_per_year = kg_per_unit * line.target_per_year
    else:
        kg_per_year = ledger.tanks[material].recovered * per_year(ledger) if ledger else 0.0
    low, high = (units.parse(text, at.unit) for text in entry.sizes)
    rate = kg_per_year / line.sizing.open_hours_per_year
    number = samples.highest(1, math.ceil(rate / high - 1e-9))
    return number, samples.highest(low, rate / number)


def footprints(line: Line, ledger: Ledger | None = None) -> list[Footprint]:
    """Return the floor of all machines, sections, auxiliaries and regeneration trains, in this order.

    Where the battery plant costs machines and its process takes more floor than they, theirs grows to that.
    """
    library = line.library
    found = [
        Footprint(
            item.step,
            item.section,
            item.equipment,
            item.room,
            library.equipment[item.equipment].footprint.value * item.machines,
        )
        for item in bought_parts(line)
    ]
    for match in line.matches:
        own = [i for i, item in enumerate(found) if item.step == match.step and item.section in match.sections]
        area = total(found[i].area_m2 for i in own)
        larger = samples.above(match.scaled.area_m2, area)
        for i in own if area > 0.0 else ():
            mine = found[i].area_m2
            found[i] = found[i]._replace(area_m2=samples.where(larger, mine * match.scaled.area_m2 / area, mine))
    for material, tank in line.route.tanks.items():
        if tank.regeneration:
            name = tank.regeneration.equipment
            entry = library.equipment[name]
            trains, _ = regeneration_train(line, ledger, material, entry)
            found.append(Footprint(LINE, material, name, entry.room, entry.footprint.value * trains))
    return found


def open_hours_by_step(line: Line) -> dict[str, float]:
    """Return the open hours of every step, and of the line, in the window as long as `Ledger.window_h` [h]."""
    hours = [open_hours(calendar, line.warm_up_h, line.end_h) for calendar in line.calendars]
    factor, plant_h = like_the_year(line, line.open_h), hours[0]
    found = {
        step.id: hours[line.timetable.steps[step.id]] * (1.0 if step.calendar == "plant" else factor)
        for step in line.route.steps
    }
    return {LINE: plant_h, **{of_line(name): plant_h for name in line.route.auxiliaries}, **found}
