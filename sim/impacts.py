"""Impacts: materials, energy and emissions of one replication, from its ledger and the flowsheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from sim import chem, heat, units
from sim.calendars import open_hours
from sim.catalogue import Equipment, Library, purge_of
from sim.ensemble import total
from sim.evidence import grade_of, worst
from sim.flowsheet import StepFlow
from sim.ledger import STATES, Ledger, StepLedger, inlet_stream
from sim.line import Line
from sim.quantity import Value
from sim.scenario import HOURS_PER_YEAR
from sim.sizing import size_sections
from sim.spec import Condense, Cooling, Section, Sourced, Step, own_name

__all__ = [
    "DIRECTIONS",
    "LINE",
    "Bought",
    "EnergyFlow",
    "Footprint",
    "MaterialFlow",
    "balance",
    "bought_feeds",
    "element_balance",
    "element_error",
    "energy_flows",
    "energy_table",
    "footprints",
    "gwp_table",
    "hydrogen_sulfide",
    "is_hydrogen_sulfide",
    "material_flows",
    "materials_table",
    "of_line",
    "per_year",
    "purchases",
    "regeneration_train",
    "shipped_per_year",
    "solvents",
]

LINE = "line"
"""Stands in the column `step` for what belongs to the whole line: tanks, staff, auxiliaries; in a chain as
`route/line` for what belongs to one of its routes."""


def of_line(name: str) -> str:
    """Return what stands in the column `step` for staff or an auxiliary.

    >>> of_line("shift_lead"), of_line("dry_ptfe/shift_lead")
    ('line', 'dry_ptfe/line')
    """
    return f"{name.rpartition('/')[0]}/{LINE}".removeprefix("/")


DIRECTIONS = ("feed", "product", "by_product", "waste", "emission", "recovered", "stock_change")

_SIGN = {"feed": 1.0, "product": -1.0, "by_product": -1.0, "waste": -1.0, "emission": -1.0, "stock_change": -1.0}
_CO2 = {"C": 1.0, "O": 2.0}
_H2S = {"H": 2.0, "S": 1.0}


class MaterialFlow(NamedTuple):
    """An amount of a pure material that crossed the plant's fence, or stayed inside, in the window."""

    step: str
    material: str
    direction: str
    kg: float


class EnergyFlow(NamedTuple):
    """Energy bought for one use of one step in the window."""

    step: str
    section: str
    utility: str
    use: str
    kwh: float
    grade: str
    """Worst grade of the figures that it rests on."""


# -- materials ---------------------------------------------------------------------------------------------------------


def material_flows(line: Line, ledger: Ledger) -> list[MaterialFlow]:
    """Return what entered, left and stayed in the window.

    Notes
    -----
    Per element, feed = product + by_product + waste + emission + stock_change; `recovered` went back to a tank and is
    reported only. Feeds count when the charge is taken in. Tank materials are fed by what was bought, shared among
    steps by what they drew; tank levels and overflow belong to the step `line`. What is lost per event, scrapped or
    expired is waste with the composition of its stream. A charge in a machine counts as what went in. Machines that
    are purged take and let go their gas in all hours of the window.
    """
    book = _Book({})
    for name, flow in line.flowsheet.steps.items():
        mine = ledger.steps[name]
        _enter(book, line, flow, mine)
        _leave(book, flow, mine)
        for inlet, buffer in enumerate(_buffers(line, name)):
            stream = flow.inlet if buffer.endswith("<rework") else inlet_stream(line, name, inlet)
            level = ledger.buffers[buffer]
            book.add(name, "stock_change", stream.kg_per_unit, level.level_end - level.level_start)
            book.add(name, "waste", stream.kg_per_unit, mine.expired_in.get(buffer, 0.0))
    for material, tank in ledger.tanks.items():
        for name, share in _draw_shares(ledger, material).items():
            book.add(name, "feed", {material: 1.0}, tank.bought * share)
        book.add(LINE, "waste", {material: 1.0}, tank.overflow)
        book.add(LINE, "stock_change", {material: 1.0}, tank.level_end - tank.level_start)
    for name, material, kg in _purged(line, ledger):
        book.add(name, "feed", {material: 1.0}, kg)
        book.add(name, "emission", {material: 1.0}, kg)
    return [MaterialFlow(*key, kg) for key, kg in book.total.items()]


def _purged(line: Line, ledger: Ledger) -> Iterator[tuple[str, str, float]]:
    """Yield (step, gas, kg in the window) of machines that are purged around the clock."""
    library = line.library
    for item in _bought_parts(line):
        for material, rate in item.purge.items():
            density = library.materials[material].density
            assert density is not None
            yield item.step, material, rate.value * item.machines * ledger.window_h * density.value


@dataclass(frozen=True, slots=True)
class _Book:
    """Masses by step, material and direction [kg]."""

    total: dict[tuple[str, str, str], float]

    def add(self, step: str, direction: str, masses: Mapping[str, float], amount: float) -> None:
        """Add *amount* times a composition."""
        if amount:
            for material, kg in masses.items():
                key = (step, material, direction)
                self.total[key] = self.total.get(key, 0.0) + kg * amount


def _enter(book: _Book, line: Line, flow: StepFlow, mine: StepLedger) -> None:
    """Add what came in from outside, and what is in the machines."""
    name = flow.step
    outside = {material: kg - flow.drawn.get(material, 0.0) for material, kg in flow.feeds.items()}
    outside = {material: kg for material, kg in outside.items() if kg > 1e-12 * flow.feeds[material]}
    kept = mine.open_end - mine.open_start
    book.add(name, "feed", outside, mine.taken)
    book.add(name, "stock_change", outside, kept)
    if not line.graph.is_source(name):
        book.add(name, "stock_change", flow.inlet.kg_per_unit, kept)
    for material, kg in mine.drawn_open_end.items():
        book.add(name, "stock_change", {material: 1.0}, kg - mine.drawn_open_start[material])


def _leave(book: _Book, flow: StepFlow, mine: StepLedger) -> None:
    """Add what left, and what stands finished in the machines or in hold."""
    for material, kg in mine.recovered.items():
        book.add(flow.step, "recovered", {material: 1.0}, kg)
        due = mine.recovered_open_end[material] - mine.recovered_open_start[material]
        book.add(flow.step, "stock_change", {material: 1.0}, due)
    for side in flow.sides:
        book.add(flow.step, side.direction, {side.material: side.kg}, mine.finished)
    for lost in (*mine.lost.values(), mine.scrapped):
        book.add(flow.step, "waste", flow.primary.stream.kg_per_unit, lost)
    for outlet, found in zip(flow.outlets, mine.outlets, strict=True):
        masses = outlet.stream.kg_per_unit
        direction = outlet.places[0] if outlet.places[0] in ("by_product", "emission") else "waste"
        book.add(flow.step, "product", masses, found.shipped)
        book.add(flow.step, direction, masses, found.dumped)
        book.add(flow.step, "stock_change", masses, found.open_end - found.open_start)


def _buffers(line: Line, step: str) -> list[str]:
    """Return the buffers in front of a step: one for each inlet, in their order, then the rework queue."""
    index = next(i for i, item in enumerate(line.route.steps) if item.id == step)
    plan = line.plan
    names = [plan.buffers[buffer].name for buffer, _ in plan.steps[index].inlets]
    return names + [buffer.name for buffer in plan.buffers if buffer.consumer == index and buffer.rework]


def _draw_shares(ledger: Ledger, material: str) -> dict[str, float]:
    """Return the share of every step in what was drawn from a tank; the line's own if nothing was drawn."""
    drawn = {name: step.drawn.get(material, 0.0) for name, step in ledger.steps.items()}
    total = sum(drawn.values())
    return {name: kg / total for name, kg in drawn.items() if kg} if total else {LINE: 1.0}


def per_year(ledger: Ledger) -> float:
    """Return the factor from the window to a year [1/y]."""
    return HOURS_PER_YEAR / ledger.window_h


def shipped_per_year(ledger: Ledger) -> float:
    """Return the good product shipped per year; nan if there is none, so that nothing is divided by zero [unit/y]."""
    return ledger.shipped * per_year(ledger) or float("nan")


def materials_table(line: Line, ledger: Ledger, flows: Iterable[MaterialFlow] | None = None) -> pd.DataFrame:
    """Return materials per year: line, step, material, direction, kg_per_year, kg_per_unit.

    Directions are those of DIRECTIONS; see `material_flows` for what they hold.
    """
    factor, shipped = per_year(ledger), shipped_per_year(ledger)
    rows = [
        (line.name, flow.step, flow.material, flow.direction, flow.kg * factor, flow.kg * factor / shipped)
        for flow in (material_flows(line, ledger) if flows is None else flows)
    ]
    return pd.DataFrame(rows, columns=["line", "step", "material", "direction", "kg_per_year", "kg_per_unit"])


def balance(flows: Iterable[MaterialFlow]) -> dict[str, dict[str, float]]:
    """Return kg by direction and material."""
    total: dict[str, dict[str, float]] = {direction: {} for direction in DIRECTIONS}
    for flow in flows:
        found = total[flow.direction]
        found[flow.material] = found.get(flow.material, 0.0) + flow.kg
    return total


def element_balance(flows: Iterable[MaterialFlow], library: Library) -> dict[str, dict[str, float]]:
    """Return kg by direction and element."""
    total: dict[str, dict[str, float]] = {direction: {} for direction in DIRECTIONS}
    for direction, masses in balance(flows).items():
        for material, kg in masses.items():
            for element, fraction in library.materials[material].mass_fractions.items():
                total[direction][element] = total[direction].get(element, 0.0) + kg * fraction
    return total


def element_error(flows: Iterable[MaterialFlow], library: Library) -> float:
    """Return the largest imbalance of an element, relative to what of it was fed or left [1]."""
    total = element_balance(flows, library)
    elements = sorted({element for found in total.values() for element in found})
    worst_error = 0.0
    for element in elements:
        left = sum(sign * total[direction].get(element, 0.0) for direction, sign in _SIGN.items())
        size = max(abs(total[direction].get(element, 0.0)) for direction in _SIGN)
        worst_error = max(worst_error, abs(left) / size if size else 0.0)
    return worst_error


class Bought(NamedTuple):
    """A feed that is bought for a step, as opposed to an impurity that comes with another."""

    material: str
    kg: float
    """Pure material per unit of primary inlet, tank draws left out [kg/unit]."""
    kind: str
    """`material` or `gas`."""


def bought_feeds(step: Step, flow: StepFlow, line: Line) -> tuple[Bought, ...]:
    """Return the purchases of a step per unit of primary inlet.

    A purchase is the pure material's share of what is bought; the impurities of its assay come with it unpriced.
    """
    named = [*step.recipe, *step.feeds, *step.gas]
    library = line.library
    kg = {name: flow.feeds.get(name, 0.0) for name in dict.fromkeys(named)}
    for _ in range(3):  # impurities of impurities: converges at once for any real assay
        fresh = {name: flow.feeds.get(name, 0.0) for name in kg}
        for name, amount in kg.items():
            assay = library.materials[name].assay
            for part, share in assay.items():
                if part != name and part in fresh:
                    fresh[part] -= amount * share.value / assay[name].value
        kg = fresh
    found = []
    for name, amount in kg.items():
        rest = amount - flow.drawn.get(name, 0.0)
        if rest > 1e-12 * amount:
            found.append(Bought(name, rest, "gas" if name in step.gas else "material"))
    return tuple(found)


def purchases(line: Line, ledger: Ledger) -> list[tuple[str, str, str, float]]:
    """Return (step, material, category, kg in the window) of all that was bought to be fed.

    Categories are `materials`, `solvents` (what is dried off or kept in tanks; of tanks the make-up only) and
    `gases`. The first fill of a tank is no purchase of the year.
    """
    wet = solvents(line)
    found = []
    for step in line.route.steps:
        for item in bought_feeds(step, line.flowsheet.steps[step.id], line):
            phase = line.library.materials[item.material].phase
            kind = "solvents" if item.material in wet else "materials"
            if item.kind == "gas" or phase == "gas":
                kind = "gases"
            found.append((step.id, item.material, kind, item.kg * ledger.steps[step.id].taken))
    for material, tank in ledger.tanks.items():
        for name, share in _draw_shares(ledger, material).items():
            found.append((name, material, "solvents", tank.bought * share))
    return [*found, *((name, material, "gases", kg) for name, material, kg in _purged(line, ledger))]


def solvents(line: Line) -> frozenset[str]:
    """Return the materials that are kept in tanks or dried off."""
    names = set(line.route.tanks)
    for step in line.route.steps:
        names |= set(step.dry_to)
    return frozenset(names)


# -- energy ------------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """Machines of one kind that are bought for a step or for the line."""

    step: str
    section: str
    equipment: str
    room: str
    machines: float
    purge: Mapping[str, Value]
    """Inert gas of one machine around the clock, by material [m3/h]."""


def _bought_parts(line: Line) -> Iterator[_Part]:
    """Yield machines, sections and auxiliaries, in this order."""
    library = line.library
    for step in line.route.steps:
        size = line.sizing.steps[step.id]
        for section, (_, _, entry) in size_sections(step, library, size).items():
            part = next((item for item in step.sections if item.id == section), step)
            room = part.room or step.room or entry.room
            yield _Part(step.id, section, part.equipment, room, size.machines, purge_of(part, entry))
    for name, number in line.route.auxiliaries.items():
        entry = library.equipment[own_name(name)]
        yield _Part(of_line(name), "", own_name(name), entry.room, number.value, entry.purge)


class Footprint(NamedTuple):
    """Floor of one bought part of a line."""

    step: str
    section: str
    equipment: str
    room: str
    area_m2: float
    """All machines [m2]."""


def regeneration_train(line: Line, ledger: Ledger | None, material: str, entry: Equipment) -> tuple[int, float]:
    """Return number and size of the trains that regenerate a tank's material: kg recovered per open hour.

    A line with a target is sized by its flowsheet, so that its capital does not depend on chance; another by its
    ledger. An entry that is not sized in kg/h is bought once, at its reference size.
    """
    at = entry.price.at
    if at.unit != "kg/h":
        return 1, at.value
    if line.target_per_year is not None:
        flows = line.flowsheet.steps.values()
        kg_per_unit = sum(flow.expected * flow.recovered.get(material, 0.0) for flow in flows)
        kg_per_year = kg_per_unit * line.target_per_year
    else:
        kg_per_year = ledger.tanks[material].recovered * per_year(ledger) if ledger else 0.0
    low, high = (units.parse(text, at.unit) for text in entry.sizes)
    rate = kg_per_year / line.sizing.open_hours_per_year
    number = max(1, math.ceil(rate / high - 1e-9))
    return number, max(low, rate / number)


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
        for item in _bought_parts(line)
    ]
    for match in line.matches:
        own = [i for i, item in enumerate(found) if item.step == match.step and item.section in match.sections]
        area = total(found[i].area_m2 for i in own)
        for i in own if match.scaled.area_m2 > area > 0.0 else ():
            found[i] = found[i]._replace(area_m2=found[i].area_m2 * match.scaled.area_m2 / area)
    for material, tank in line.route.tanks.items():
        if tank.regeneration:
            name = tank.regeneration.equipment
            entry = library.equipment[name]
            trains, _ = regeneration_train(line, ledger, material, entry)
            found.append(Footprint(LINE, material, name, entry.room, entry.footprint.value * trains))
    return found


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
    bibliography = line.library.bibliography
    for material, tank in line.route.tanks.items():
        train, kg = tank.regeneration, ledger.tanks[material].recovered
        if train is None:
            continue
        for utility, value in (("heat", train.heat), ("electricity", train.electricity)):
            if value is not None:
                grade = grade_of(value, (train, tank, line.route), bibliography)
                found.append(EnergyFlow(LINE, material, utility, "regeneration", kg * value.value, grade))
    return found


def _part_energy(line: Line, step: Step, part: Step | Section, mine: StepLedger) -> list[EnergyFlow]:
    """Return the energy of a step's own machine or of one section."""
    section = "" if part is step else part.id
    around: tuple[Sourced, ...] = (step, line.route) if part is step else (part, step, line.route)
    bibliography = line.library.bibliography
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
                grade = grade_of(value, around, bibliography)
                found.append(EnergyFlow(step.id, section, "electricity", use, value.value * span, grade))
    for duty in line.flowsheet.steps[step.id].duties:
        if duty.section == section:
            grade = _duty_grade(step, part, duty.use, line)
            found.append(EnergyFlow(step.id, section, duty.utility, duty.use, duty.kwh * mine.finished, grade))
    if part.cooling is not None:
        own = [flow for flow in found if flow.use in ("run", "idle", "clean", "process")]
        cop = heat.performance(part.cooling, line.library.services.chiller)
        kwh = sum(flow.kwh for flow in own) * part.cooling.fraction.value / cop
        share = grade_of(part.cooling.fraction, (part.cooling, *around), bibliography)
        grade = worst([share, _cold_grade(part.cooling, around, line.library), *(flow.grade for flow in own)])
        found.append(EnergyFlow(step.id, section, "electricity", "cooling", kwh, grade))
    if part.heat is not None and part.heat.idle is not None:
        idle_h = sum(hours[state] for state in STATES if state != "run")
        grade = grade_of(part.heat.idle, (part.heat, *around), bibliography)
        kwh = part.heat.idle.value * idle_h
        found.append(EnergyFlow(step.id, section, part.heat.by, "idle", kwh, grade))
    return found


def _duty_grade(step: Step, part: Step | Section, use: str, line: Line) -> str:
    """Return the worst grade of the figures that a duty rests on."""
    around: tuple[Sourced, ...] = (step, line.route) if part is step else (part, step, line.route)
    library, bibliography = line.library, line.library.bibliography
    grades: list[str] = []
    for reaction in step.reactions:
        enthalpy, heats = reaction.enthalpy, part.heat if use == "heat" else part.cooling if use == "cooling" else None
        if enthalpy is not None and heats is not None and (enthalpy.value > 0.0) == (use == "heat"):
            grades.append(grade_of(enthalpy, (reaction, step, line.route), bibliography))
    if use == "process":
        grades.append(grade_of(part.energy, around, bibliography))
    if part.heat is not None and use in ("heat", "drives"):
        inner = (part.heat, *around)
        values = [part.heat.efficiency, part.heat.extra, part.heat.to] if use == "heat" else [part.heat.electricity]
        grades += [grade_of(value, inner, bibliography) for value in values if value is not None]
    if part.condense is not None and use == "condensing":
        grades.append(_cold_grade(part.condense, around, library))
    if part.condense is not None and use == "vacuum":
        grades += _vacuum_grades(part.condense, around, library)
    if part.cooling is not None and use == "cooling":
        grades.append(_cold_grade(part.cooling, around, library))
    return worst(grades)


def _cold_grade(device: Cooling | Condense, around: tuple[Sourced, ...], library: Library) -> str:
    """Return the worst grade of the figures that a COP rests on."""
    inner, chiller = (device, *around), library.services.chiller
    if device.at is None:
        return grade_of(device.cop, inner, library.bibliography)
    figures = (chiller.efficiency, chiller.condensing, chiller.approach)
    own = grade_of(device.at, inner, library.bibliography)
    return worst([own, *(grade_of(value, (chiller, library.services), library.bibliography) for value in figures)])


def _vacuum_grades(condense: Condense, around: tuple[Sourced, ...], library: Library) -> list[str]:
    """Return the grades of the figures that the work of a vacuum pump rests on."""
    inner, pump = (condense, *around), library.services.vacuum_pump
    if condense.pressure is None:
        return [grade_of(condense.vacuum, inner, library.bibliography)]
    grades = [grade_of(value, inner, library.bibliography) for value in (condense.pressure, condense.at)]
    figures = (pump.efficiency, pump.leak)
    return grades + [grade_of(value, (pump, library.services), library.bibliography) for value in figures]


def _opened(line: Line) -> dict[str, float]:
    """Return the open hours of every step, and of the line, in the window [h]."""
    plan = line.plan
    opened = [open_hours(calendar, plan.warm_up_h, plan.end_h) for calendar in plan.calendars]
    found = {step.id: opened[item.calendar] for step, item in zip(line.route.steps, plan.steps, strict=True)}
    return {LINE: opened[0], **{of_line(name): opened[0] for name in line.route.auxiliaries}, **found}


def _workplaces(line: Line) -> dict[str, str]:
    """Return the room in which the people of a step work: that of its machine, or of its first section."""
    found: dict[str, str] = {}
    for item in _bought_parts(line):
        if item.step in line.graph.steps:
            found.setdefault(item.step, item.room)
    for step in line.route.steps:
        if step.room:
            found[step.id] = step.room
    return found


def _people_energy(line: Line, ledger: Ledger) -> Iterator[EnergyFlow]:
    """Yield the energy of the dry air that people in dry rooms need."""
    opened, rooms, bibliography = _opened(line)[LINE], _workplaces(line), line.library.bibliography
    for step in line.route.steps:
        room = line.library.rooms.get(rooms.get(step.id, ""))
        if room is None or room.air_power is None:
            continue
        hours = ledger.steps[step.id].operator_h + (step.crew.value * opened if step.crew else 0.0)
        kwh = hours * heat.dry_air_per_person(room) * room.air_power.value
        figures = (room.air_power, room.water_per_person, room.dew_point, room.supply_dew_point)
        grade = worst(grade_of(value, room, bibliography) for value in figures)
        yield EnergyFlow(step.id, "", "electricity", "room", kwh, grade)


def _room_energy(line: Line, ledger: Ledger) -> list[EnergyFlow]:
    found, open_of = list(_people_energy(line, ledger)), _opened(line)
    for item in footprints(line, ledger):
        room = line.library.rooms[item.room]
        entry = line.library.equipment[item.equipment]
        bibliography = line.library.bibliography
        grade = worst([grade_of(room.power, room, bibliography), grade_of(entry.footprint, entry, bibliography)])
        shut = ledger.window_h - open_of[item.step]
        kwh = item.area_m2 * room.power.value * (open_of[item.step] + room.setback.value * shut)
        found.append(EnergyFlow(item.step, item.section, "electricity", "room", kwh, grade))
    return found


def energy_table(line: Line, ledger: Ledger, flows: Iterable[EnergyFlow] | None = None) -> pd.DataFrame:
    """Return energy per year: line, step, section, utility, use, kwh_per_year, kwh_per_unit, grade.

    Uses are run, idle, clean (power by state), process, heat, drives, condensing, vacuum, cooling, room and
    regeneration. The sum over all rows is the site final energy.
    """
    factor, shipped = per_year(ledger), shipped_per_year(ledger)
    columns = ["line", "step", "section", "utility", "use", "kwh_per_year", "kwh_per_unit", "grade"]
    rows = [
        (line.name, f.step, f.section, f.utility, f.use, f.kwh * factor, f.kwh * factor / shipped, f.grade)
        for f in (energy_flows(line, ledger) if flows is None else flows)
        if f.kwh > 0.0
    ]
    return pd.DataFrame(rows, columns=columns)


# -- emissions ---------------------------------------------------------------------------------------------------------


def is_hydrogen_sulfide(library: Library, material: str) -> bool:
    """Return whether a material is H2S, whatever it is called."""
    formula = library.materials[material].formula
    return bool(formula) and chem.elements(formula) == _H2S


MOLAR_VOLUME = 0.0244654
"""Volume of an ideal gas at 25 degC and 1 atm [m3/mol]."""


def hydrogen_sulfide(line: Line, ledger: Ledger, flows: Iterable[MaterialFlow] | None = None) -> pd.DataFrame:
    """Return what becomes of the H2S of every room if it were let go there.

    ppm = (g/h / M) V_m / (m3/h of fresh air) * 1e6, capture = 1 - limit / ppm

    Returns
    -------
    DataFrame
        One row per room in which the line has machines: line, room, g_per_h (formed per open hour of its steps),
        fresh_air_m3_per_h (floor x height x air change), ppm_if_released, limit_ppm, capture_needed (share that has to
        be caught at the machine so that the air of the room stays below the limit, 0 if none).

    Notes
    -----
    A mean over the open hours with perfect mixing: a charge that reacts in minutes, or air that stands, makes more.
    """
    library, open_of, places = line.library, _opened(line), _workplaces(line)
    floor: dict[str, float] = {}
    for item in footprints(line, ledger):
        floor[item.room] = floor.get(item.room, 0.0) + item.area_m2
    grams = dict.fromkeys(floor, 0.0)
    limits = [item.limit for name, item in library.materials.items() if is_hydrogen_sulfide(library, name)]
    limit = next((1e6 * value.value for value in limits if value is not None), math.nan)
    for flow in material_flows(line, ledger) if flows is None else flows:
        room = places.get(flow.step, "")
        if flow.direction == "emission" and room in grams and is_hydrogen_sulfide(library, flow.material):
            grams[room] += 1000.0 * flow.kg / (open_of[flow.step] or ledger.window_h)
    rows = []
    for name, rate in grams.items():
        entry = library.rooms[name]
        air = floor[name] * entry.height.value * entry.air_change.value
        ppm = 1e3 * rate / chem.molar_mass("H2S") * MOLAR_VOLUME / air
        needed = max(0.0, 1.0 - limit / ppm) if ppm > 0.0 else 0.0
        rows.append((line.name, name, rate, air, ppm, limit, needed))
    columns = ["line", "room", "g_per_h", "fresh_air_m3_per_h", "ppm_if_released", "limit_ppm", "capture_needed"]
    return pd.DataFrame(rows, columns=columns)


def gwp_table(
    line: Line,
    ledger: Ledger,
    materials: Iterable[MaterialFlow] | None = None,
    energy: Iterable[EnergyFlow] | None = None,
) -> pd.DataFrame:
    """Return greenhouse gas per year: line, step, kind, source, kg_co2e_per_year, kg_co2e_per_unit.

    Kinds are `material` (cradle to gate of what is fed), `energy`, and `direct` (carbon dioxide that leaves the
    plant). Vented solvents, treatment of wastes, machines and buildings are left out. A feed without a figure counts
    nothing; `missing_gwp` in the attributes of the table names them.
    """
    library, factor, shipped = line.library, per_year(ledger), shipped_per_year(ledger)
    total: dict[tuple[str, str, str], float] = {}
    missing: set[str] = set()

    def add(step: str, kind: str, source: str, kg: float) -> None:
        total[step, kind, source] = total.get((step, kind, source), 0.0) + kg

    for flow in material_flows(line, ledger) if materials is None else materials:
        entry = library.materials[flow.material]
        if flow.direction == "feed":
            if entry.gwp is None:
                missing.add(flow.material)
            else:
                add(flow.step, "material", flow.material, flow.kg * entry.gwp.value)
        elif flow.direction == "emission" and entry.formula and chem.elements(entry.formula) == _CO2:
            add(flow.step, "direct", flow.material, flow.kg)
    for item in energy_flows(line, ledger) if energy is None else energy:
        add(item.step, "energy", item.utility, item.kwh * library.utilities[item.utility].gwp.value)
    rows = [(line.name, *key, kg * factor, kg * factor / shipped) for key, kg in total.items()]
    frame = pd.DataFrame(rows, columns=["line", "step", "kind", "source", "kg_co2e_per_year", "kg_co2e_per_unit"])
    frame.attrs["missing_gwp"] = sorted(missing)
    return frame
