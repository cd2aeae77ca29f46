"""Sizing: from the target output back through the flowsheet to charges, machine counts and posts.

Expected values only; the simulation then tells what queues, failures and shifts make of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.flowsheet import Flowsheet, FlowsheetError, Graph, StepFlow, expected_flows
from sim.inputs import GENERAL, MOST, Equipment, Library, Section, Step, Value, samples
from sim.plant import people
from sim.plant.calendars import Year
from sim.plant.operations import Operation, StepSize, failure_values, failures_per_operation, operation_of, run_hours

__all__ = [
    "Operation",
    "Sizing",
    "StepSize",
    "after_losses",
    "charge_of",
    "event_loss",
    "failure_values",
    "loss_amount",
    "losses",
    "lot_of",
    "operation_of",
    "run_hours",
    "size_of",
    "size_sections",
    "solve",
]

LEAST_H = 1e-4
"""Shortest operation: less than half a second would keep the event loop busy for ever [h]."""

DENSITY_KG_PER_M3 = 1500.0
"""Bulk density of a solid without a figure of its own, for the volume check only [kg/m3]."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """Sizes of a whole line."""

    steps: Mapping[str, StepSize]
    skills: Mapping[str, int]
    """Operators on duty at a time, at most, by skill, first those without one [persons]."""
    on_duty: Mapping[str, float]
    """Operators on duty at a time, on average over the shifts, by skill [persons]."""
    posts: float
    """Posts on duty at a time: operators, crews and staff [persons]."""
    people: float
    """People employed to fill the posts over the year [persons]."""
    open_hours_per_year: float
    """[h/y]"""

    @property
    def operators(self) -> int:
        """Operators on duty at a time, at most [persons]."""
        return sum(self.skills.values())

    @property
    def operator_posts(self) -> float:
        """Operators on duty at a time, on average over the shifts [persons]."""
        return sum(self.on_duty.values())


def solve(
    graph: Graph,
    flowsheet: Flowsheet,
    library: Library,
    year: Year,
    *,
    target: float | None,
    operators: int | None = None,
) -> Sizing:
    """Size every step of a line.

    Parameters
    ----------
    target : float or None
        Good output per year [unit/y]; None: one machine each, where no count is given, and as many operators as keep
        the slowest of them busy.
    year : Year
        Open hours of plant, operators and steps, and who is there if the plant says so.
    operators : int or None, default=None
        All operators on duty at a time in the place of those found, those without a skill being the more or fewer.

    Raises
    ------
    FlowsheetError
        If a duration or a size cannot be worked out from what the step says, or asks for more operators than the plant
        has.
    """
    errors: list[FlowsheetError] = []
    lost: list[float] = []
    for name in graph.order:
        try:
            lost.append(event_loss(graph, flowsheet, name))
        except FlowsheetError as error:
            errors.append(error)
    sizes: dict[str, StepSize] = {}
    needed, on_top = {name: flow.expected for name, flow in flowsheet.steps.items()}, 1.0 + sum(lost)
    if graph.has_branches and not errors:
        # what one branch loses is no load of the other
        (needed, _), on_top = expected_flows(graph, after_losses(graph, flowsheet)), 1.0
    hours = year.steps
    through = {name: (target or 0.0) * number * on_top for name, number in needed.items()}
    for name in graph.order:
        try:
            sizes[name] = _sized(graph, flowsheet, library, name, through[name], hours[name])
        except FlowsheetError as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("sizes", errors)
    for name, waiting_h in people.waits_for_places(graph, flowsheet, library, sizes, hours).items():
        sizes[name] = _sized(graph, flowsheet, library, name, through[name], hours[name], waiting_h=waiting_h)
    economics = library.economics
    wanted = needed if target is None else None
    skills = people.operators(graph, flowsheet, library, sizes, year, wanted=wanted)
    on_duty: dict[str, float] = dict(skills)
    if year.plant.operators is not None:
        on_duty = {skill: sum(year.plant.team(skill)) / year.plant.shifts_per_day for skill in skills}
    if operators is not None:
        more = operators - sum(skills.values())
        skills |= {GENERAL: skills[GENERAL] + more}
        on_duty |= {GENERAL: on_duty[GENERAL] + more}
    crews = sum(step.crew.value for step in graph.route.steps if step.crew is not None)
    posts = sum(on_duty.values()) + crews + sum(value.value for value in graph.route.staff.values())
    per_post = year.open_h / economics.paid_hours.value if year.plant.crews is None else year.plant.crews
    return Sizing(sizes, skills, on_duty, posts, posts * per_post, year.open_h)


def _sized(
    graph: Graph,
    flowsheet: Flowsheet,
    library: Library,
    name: str,
    through: float,
    hours: float,
    *,
    waiting_h: float = 0.0,
) -> StepSize:
    """Return the size of one step that takes *through* units a year in so many *hours*.

    An operation that waits for a place keeps its machine meanwhile: *waiting_h* counts for the number of machines.
    """
    step, flow = graph.steps[name], flowsheet.steps[name]
    charge = charge_of(graph, flowsheet, name)
    operation = operation_of(step, flow, library, charge)
    operation_h = _machine_hours(step, operation)
    if operation_h < LEAST_H and not (step.duration and step.duration.value == 0.0 and not graph.is_source(name)):
        text = f"an operation of {operation_h:.3g} h is too short to simulate; {LEAST_H:g} h is the least"
        raise FlowsheetError(text, name, "duration" if step.duration else "id")
    operations = through / charge
    machines = step.machines
    if not isinstance(machines, int):
        needed = (
            operations * (operation_h + waiting_h / step.slots) / hours / library.economics.machine_utilisation.value
        )
        if needed > MOST:
            text = f"{needed:.3g} machines are needed for the target, {MOST} are the most: is the charge too small?"
            raise FlowsheetError(text, name, "machines" if "machines" in step.model_fields_set else "id")
        machines = samples.highest(1, math.ceil(needed - 1e-9))
    charge_kg = charge * sum(flow.charge_kg.values())
    size, unit = size_of(step, step, library, charge_kg, operation_h)
    if step.press is not None and unit == "kN" and flow.primary.stream.unit == "m2":
        _forced(step, size, charge * flow.primary.factor)
    sized = StepSize(
        machines=machines,
        charge=charge,
        charge_kg=charge_kg,
        volume_m3=charge * _volume(flow, library),
        operation_h=operation_h,
        operations_per_year=operations,
        open_h=hours,
        load=operations * operation_h / (machines * hours),
        operator_h_per_year=operations * operation.operator_h,
        size=size,
        size_unit=unit,
    )
    size_sections(step, library, sized)
    return sized


def _forced(step: Step, size: float | None, charge: float) -> None:
    """Refuse a press that is too weak for its charge."""
    assert step.press is not None
    assert size is not None
    needed = step.press.force(charge) / 1000.0
    if needed > size * (1.0 + 1e-9):
        text = f"{charge:.4g} m2 in {step.press.openings} openings at {step.press.pressure.text} take {needed:.4g} kN, "
        raise FlowsheetError(f"{text}and the press has {size:.4g} kN", step.id, "size" if step.size else "press")


def charge_of(graph: Graph, flowsheet: Flowsheet, name: str) -> float:
    """Return the full charge of a step in units of its primary inlet, or the lot it expects."""
    step, flow = graph.steps[name], flowsheet.steps[name]
    if step.batch is None:
        if graph.is_source(name):
            raise FlowsheetError("a first step needs a 'batch'", name, "id")
        edge = graph.inlets(name)[0].edges[0]
        return lot_of(graph, flowsheet, edge.source, edge.outlet)
    batch = step.batch
    if batch.basis == "product":
        counted = graph.segment(name).unit
        if batch.unit != counted:
            raise FlowsheetError(f"the product is counted in {counted}, not {batch.unit}", name, "batch")
        if flow.product_per_unit <= 0.0:
            raise FlowsheetError("nothing of this stream becomes product: give the mass in the vessel", name, "batch")
        return batch.value / flow.product_per_unit
    if batch.basis:
        raise FlowsheetError(f"'{batch.text}': after the unit only 'product' is understood", name, "batch")
    if batch.unit == flow.inlet.unit == "m2":
        return batch.value
    if batch.unit == "kg":
        return batch.value / sum(flow.charge_kg.values())
    if flow.primary.stream.unit == "m2":
        return batch.value / flow.primary.factor
    raise FlowsheetError(f"the step handles {flow.inlet.unit}, not {batch.unit}", name, "batch")


def lot_of(graph: Graph, flowsheet: Flowsheet, name: str, outlet: int = 0) -> float:
    """Return the amount of one lot of a step's outlet, in that outlet's unit."""
    amount = charge_of(graph, flowsheet, name) * flowsheet.steps[name].outlets[outlet].factor
    cut = graph.steps[name].lot
    return samples.lowest(amount, cut.value) if cut is not None and outlet == 0 else amount


def _machine_hours(step: Step, operation: Operation) -> float:
    """Return the hours that an operation takes from a machine that is never idle, slots shared [h]."""
    total = operation.run_h + operation.clean_h + operation.down_h
    total += operation.stops * step.setup.duration.value if step.setup else 0.0
    if step.slots > 1:
        total = samples.highest(total / step.slots, step.pitch.value if step.pitch else 0.0)
    return total


def event_loss(graph: Graph, flowsheet: Flowsheet, name: str) -> float:
    """Return the expected share of a step's outlet lost per event (starts counted after cleanings and failures)."""
    step, flow = graph.steps[name], flowsheet.steps[name]
    if not step.loss:
        return 0.0
    charge = charge_of(graph, flowsheet, name)
    out = charge * flow.primary.factor
    cleans = 1.0 / step.clean.every if step.clean else 0.0
    hours, per_unit = run_hours(step, flow, charge)
    busy = hours * charge if per_unit else hours
    failures = sum(failures_per_operation(step, flow, mode.after, busy, charge) for mode in (step.failures or []))
    events = {"lot": 1.0, "clean": cleans, "failure": failures, "start": cleans + failures}
    return sum(losses(step, events).values()) / out


def after_losses(graph: Graph, flowsheet: Flowsheet) -> dict[str, StepFlow]:
    """Return the flows of all steps with what they lose per event taken off their primary outlets."""
    found = {}
    for name, flow in flowsheet.steps.items():
        kept = 1.0 - event_loss(graph, flowsheet, name)
        if kept <= 0.0:
            raise FlowsheetError("as much is lost per event as an operation makes", name, "loss")
        first, *others = flow.outlets
        found[name] = replace(flow, outlets=(replace(first, factor=first.factor * kept), *others))
    return found


def losses(step: Step, events: Mapping[str, float]) -> dict[str, float]:
    """Return what is lost by kind of event, in the unit of the stream out; *events* are how many there are."""
    found: dict[str, float] = {}
    for loss in step.loss:
        found[loss.per] = found.get(loss.per, 0.0) + events[loss.per] * loss_amount(step, loss.amount)
    return found


def loss_amount(step: Step, amount: Value) -> float:
    """Return a loss in the unit of the stream out; metres count by the width of the web."""
    if amount.unit != "m":
        return amount.value
    if step.width is None:
        raise FlowsheetError("metres of web need the step's 'width'", step.id, "loss")
    return amount.value * step.width.value


def _volume(flow: StepFlow, library: Library) -> float:
    """Return the volume of the charge per unit of inlet, volumes taken as additive [m3/unit]."""
    total = 0.0
    for material, kg in flow.charge_kg.items():
        density = library.materials[material].density
        total += kg / (density.value if density else DENSITY_KG_PER_M3)
    return total


def size_of(
    step: Step, part: Step | Section, library: Library, charge_kg: float, operation_h: float
) -> tuple[float | None, str]:
    """Return (size, unit) of one machine: as given, or from charge, rate, width or power where that is plain."""
    entry = library.equipment.get(part.equipment)
    if entry is None:
        return None, ""
    unit = entry.price.at.unit
    if part.size is not None:
        if part.size.unit != unit:
            text = f"'{part.equipment}' is sized in {unit}, not {part.size.unit}"
            raise FlowsheetError(text, step.id, *_where(step, part))
        if part.size.value <= 0.0:
            raise FlowsheetError(f"a size is above 0, found '{part.size.text}'", step.id, *_where(step, part))
        return part.size.value, unit
    derived = {
        "1": 1.0,
        "kg": charge_kg,
        "kg/h": charge_kg / operation_h if operation_h > 0.0 else None,
        "m": step.width.value if step.width else None,
        "kW": part.power.run.value if part.power else None,
    }
    size = derived.get(unit)
    if size is None:
        raise FlowsheetError(f"give the 'size' of '{part.equipment}' in {unit}", step.id, *_where(step, part))
    if size <= 0.0:
        text = f"'{part.equipment}' is sized by its {unit}, and they come to 0: give its 'size'"
        raise FlowsheetError(text, step.id, *_where(step, part))
    return size, unit


def _where(step: Step, part: Step | Section) -> tuple[str | int, ...]:
    if isinstance(part, Section):
        return ("sections", step.sections.index(part), "size" if part.size is not None else "id")
    return ("size" if part.size is not None else "id",)


def size_sections(step: Step, library: Library, size: StepSize) -> dict[str, tuple[float, str, Equipment]]:
    """Return size, unit and equipment of every bought part of a step; the step itself under the empty name."""
    found: dict[str, tuple[float, str, Equipment]] = {}
    for part in step.parts:
        value, unit = size_of(step, part, library, size.charge_kg, size.operation_h)
        if value is not None:
            found[part.id if isinstance(part, Section) else ""] = (value, unit, library.equipment[part.equipment])
    return found
