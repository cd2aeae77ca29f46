"""Energy: what every step, room and workplace draws in a year, by utility and use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from sim.flowsheet import heat
from sim.inputs import Condense, Cooling, Library, Section, Step, Value, worst
from sim.plant import Line
from sim.results import STATES, Results
from sim.rollup.ledger import Ledger, StepLedger
from sim.rollup.machines import LINE, bought_parts, footprints, open_hours_by_step, per_year, shipped_per_year

__all__ = ["EnergyFlow", "energy_flows", "energy_table"]


class EnergyFlow(NamedTuple):
    """Energy bought for one use of one step in the window."""

    step: str
    section: str
    utility: str
    use: str
    kwh: float
    grade: str
    """Worst grade of the figures that it rests on."""


def energy_flows(line: Line, ledger: Ledger) -> list[EnergyFlow]:
    """Return the energy bought in the window.

    Notes
    -----
    Power by state counts all machine hours of the window, closed hours included; a machine with slots draws it once.
    `idle` stands for every state but run, and for cleaning if no cleaning power is given. Cooling is the share
    `fraction` of the part's own electricity (run, idle, clean, process) over its COP. Hot idle of a furnace counts all
    hours in which it does not run. Rooms draw their power in the open hours of the step and the setback in the others,
    and in dry rooms the dry air of the people who work there: operators in the hours that steps hold them, crews in
    open hours. Regeneration counts what returns to a tank.
    """
    found: list[EnergyFlow] = []
    for step in line.route.steps:
        parts: tuple[Step | Section, ...] = (step, *step.sections)
        for part in parts:
            found += _part_energy(line, step, part, ledger.steps[step.id])
    found += _room_energy(line, ledger)
    for material, tank in line.route.tanks.items():
        train, kg = tank.regeneration, ledger.tanks[material].recovered
        if train is None:
            continue
        for utility, value in (("heat", train.heat), ("electricity", train.electricity)):
            if value is not None:
                found.append(EnergyFlow(LINE, material, utility, "regeneration", kg * value.value, value.grade))
    return found


def _part_energy(line: Line, step: Step, part: Step | Section, mine: StepLedger) -> list[EnergyFlow]:
    """Return the energy of a step's own machine or of one section."""
    section = "" if part is step else part.id
    hours = mine.state_h
    found: list[EnergyFlow] = []
    if part.power is not None:
        power = part.power
        idle = power.idle
        clean = power.clean if power.clean is not None else idle
        rest_h = sum(hours[state] for state in STATES if state not in ("run", "clean"))
        uses = (("run", power.run, hours["run"]), ("clean", clean, hours["clean"]), ("idle", idle, rest_h))
        for use, value, span in uses:
            if value is not None:
                found.append(EnergyFlow(step.id, section, "electricity", use, value.value * span, value.grade))
    for duty in line.flowsheet.steps[step.id].duties:
        if duty.section == section:
            grade = _duty_grade(step, part, duty.use, line)
            found.append(EnergyFlow(step.id, section, duty.utility, duty.use, duty.kwh * mine.finished, grade))
    if part.cooling is not None:
        own = [flow for flow in found if flow.use in ("run", "idle", "clean", "process")]
        cop = heat.performance(part.cooling, line.library.services.chiller)
        kwh = sum(flow.kwh for flow in own) * part.cooling.fraction.value / cop
        share = part.cooling.fraction.grade
        grade = worst([share, _cold_grade(part.cooling, line.library), *(flow.grade for flow in own)])
        found.append(EnergyFlow(step.id, section, "electricity", "cooling", kwh, grade))
    if part.heat is not None and part.heat.idle is not None:
        idle_h = sum(hours[state] for state in STATES if state != "run")
        kwh = part.heat.idle.value * idle_h
        found.append(EnergyFlow(step.id, section, part.heat.by, "idle", kwh, part.heat.idle.grade))
    return found


def _duty_grade(step: Step, part: Step | Section, use: str, line: Line) -> str:
    """Return the worst grade of the figures that a duty rests on."""
    values: list[Value | None] = []
    for reaction in step.reactions:
        enthalpy, heats = reaction.enthalpy, part.heat if use == "heat" else part.cooling if use == "cooling" else None
        if enthalpy is not None and heats is not None and (enthalpy.value > 0.0) == (use == "heat"):
            values.append(enthalpy)
    if use == "process":
        values.append(part.energy)
    if part.heat is not None and use == "heat":
        values += [part.heat.efficiency, part.heat.extra, part.heat.to]
    if part.heat is not None and use == "drives":
        values.append(part.heat.electricity)
    grades = [value.grade for value in values if value is not None]
    if part.condense is not None and use == "condensing":
        grades.append(_cold_grade(part.condense, line.library))
    if part.condense is not None and use == "vacuum":
        grades.append(_vacuum_grade(part.condense, line.library))
    if part.cooling is not None and use == "cooling":
        grades.append(_cold_grade(part.cooling, line.library))
    return worst(grades)


def _cold_grade(device: Cooling | Condense, library: Library) -> str:
    """Return the worst grade of the figures that a COP rests on."""
    chiller = library.services.chiller
    figures = (
        [device.cop] if device.at is None else [device.at, chiller.efficiency, chiller.condensing, chiller.approach]
    )
    return worst(value.grade for value in figures if value is not None)


def _vacuum_grade(condense: Condense, library: Library) -> str:
    """Return the worst grade of the figures that the work of a vacuum pump rests on."""
    pump = library.services.vacuum_pump
    figures = [condense.vacuum]
    if condense.pressure is not None:
        figures = [condense.pressure, condense.at, pump.efficiency, pump.leak]
    return worst(value.grade for value in figures if value is not None)


def workplaces(line: Line) -> dict[str, str]:
    """Return the room in which the people of a step work: that of its machine, or of its first section."""
    found: dict[str, str] = {}
    for item in bought_parts(line):
        if item.step in line.graph.steps:
            found.setdefault(item.step, item.room)
    for step in line.route.steps:
        if step.room:
            found[step.id] = step.room
    return found


def _people_energy(line: Line, ledger: Ledger) -> Iterator[EnergyFlow]:
    """Yield the energy of the dry air that people in dry rooms need."""
    opened, rooms = open_hours_by_step(line)[LINE], workplaces(line)
    for step in line.route.steps:
        room = line.library.rooms.get(rooms.get(step.id, ""))
        if room is None or room.air_power is None:
            continue
        hours = ledger.steps[step.id].operator_h + (step.crew.value * opened if step.crew else 0.0)
        kwh = hours * heat.dry_air_per_person(room) * room.air_power.value
        figures = (room.air_power, room.water_per_person, room.dew_point, room.supply_dew_point)
        grade = worst(value.grade for value in figures if value is not None)
        yield EnergyFlow(step.id, "", "electricity", "room", kwh, grade)


def _room_energy(line: Line, ledger: Ledger) -> list[EnergyFlow]:
    found, open_of = list(_people_energy(line, ledger)), open_hours_by_step(line)
    for item in footprints(line, ledger):
        room = line.library.rooms[item.room]
        entry = line.library.equipment[item.equipment]
        shut = ledger.window_h - open_of[item.step]
        hours = open_of[item.step] + room.setback.value * shut
        for utility, load in (("electricity", room.power), ("heat", room.heat)):
            if load is not None:
                kwh, grade = item.area_m2 * load.value * hours, worst([load.grade, entry.footprint.grade])
                found.append(EnergyFlow(item.step, item.section, utility, "room", kwh, grade))
    return found


def energy_table(line: Line, ledger: Ledger, flows: Iterable[EnergyFlow] | None = None) -> pd.DataFrame:
    """Return energy per year, as `Results.energy`; the sum over all rows is the site final energy."""
    factor, shipped = per_year(ledger), shipped_per_year(ledger)
    rows = [
        (line.name, f.step, f.section, f.utility, f.use, f.kwh * factor, f.kwh * factor / shipped, f.grade)
        for f in (energy_flows(line, ledger) if flows is None else flows)
        if f.kwh > 0.0
    ]
    return Results.energy.frame(rows)
