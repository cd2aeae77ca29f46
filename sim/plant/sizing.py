"""Sizing: from the target output back through the flowsheet to charges, machine counts and posts.

Expected values only; the simulation then tells what queues, failures and shifts make of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.flowsheet import Flowsheet, FlowsheetError, Graph, StepFlow, expected_flows
from sim.inputs import MOST, Equipment, Library, Section, Step, Value

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
class StepSize:
    """What one step needs for the target, in expected values."""

    machines: int
    charge: float
    """Full charge, or expected lot for a step that takes one lot, in units of the primary inlet [kg or m2]."""
    charge_kg: float
    """Mass in the vessel after feeds [kg]."""
    volume_m3: float
    """Volume of that mass [m3]."""
    operation_h: float
    """Expected machine time of one operation: phases, cleaning and repairs in proportion, slots shared [h]."""
    operations_per_year: float
    """Operations of all machines for the target [1/y]; 0 without a target."""
    load: float
    """Share of the open hours that the target keeps the machines of this step occupied [1]."""
    operator_h_per_year: float
    """Operator hours held by this step's operations [h/y]."""
    size: float | None
    """Size of one machine in the unit of its equipment entry; None without equipment."""
    size_unit: str = ""


@dataclass(frozen=True, slots=True)
class Sizing:
    """Sizes of a whole line."""

    steps: Mapping[str, StepSize]
    operators: int
    """Operators on duty at a time [persons]."""
    posts: float
    """Posts on duty at a time: operators, crews and staff [persons]."""
    people: float
    """People employed to fill the posts over the year [persons]."""
    open_hours_per_year: float
    """[h/y]"""


def solve(
    graph: Graph, flowsheet: Flowsheet, library: Library, *, target: float | None, open_h: float, year_h: float
) -> Sizing:
    """Size every step of a line.

    Parameters
    ----------
    target : float or None
        Good output per year [unit/y]; None: one machine each, where no count is given.
    open_h, year_h : float
        Open hours of the plant, and all hours, in a year [h].

    Raises
    ------
    FlowsheetError
        If a duration or a size cannot be worked out from what the step says.
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
    for name in graph.order:
        try:
            hours = open_h if graph.steps[name].calendar == "plant" else year_h
            through = (target or 0.0) * needed[name] * on_top
            sizes[name] = _sized(graph, flowsheet, library, name, through, hours)
        except FlowsheetError as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("sizes", errors)
    economics = library.economics
    busy = sum(size.operator_h_per_year for size in sizes.values())
    most = max((number for step in graph.route.steps for number in _crews(step)), default=0)
    operators = max(most, math.ceil(busy / open_h / economics.operator_utilisation.value - 1e-9))
    crews = sum(step.crew.value for step in graph.route.steps if step.crew is not None)
    posts = operators + crews + sum(value.value for value in graph.route.staff.values())
    people = posts * open_h / economics.paid_hours.value
    return Sizing(sizes, operators, posts, people, open_h)


def _sized(graph: Graph, flowsheet: Flowsheet, library: Library, name: str, through: float, hours: float) -> StepSize:
    """Return the size of one step that takes *through* units a year in so many *hours*."""
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
        needed = operations * operation_h / hours / library.economics.machine_utilisation.value
        if needed > MOST:
            text = f"{needed:.3g} machines are needed for the target, {MOST} are the most: is the charge too small?"
            raise FlowsheetError(text, name, "machines" if "machines" in step.model_fields_set else "id")
        machines = max(1, math.ceil(needed - 1e-9))
    charge_kg = charge * sum(flow.charge_kg.values())
    size, unit = size_of(step, step, library, charge_kg, operation_h)
    sized = StepSize(
        machines=machines,
        charge=charge,
        charge_kg=charge_kg,
        volume_m3=charge * _volume(flow, library),
        operation_h=operation_h,
        operations_per_year=operations,
        load=operations * operation_h / (machines * hours),
        operator_h_per_year=operations * operation.operator_h,
        size=size,
        size_unit=unit,
    )
    size_sections(step, library, sized)
    return sized


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
    return min(amount, cut.value) if cut is not None and outlet == 0 else amount


def run_hours(step: Step, flow: StepFlow, charge: float) -> tuple[float, bool]:
    """Return (hours, per unit of inlet?) of the run phase; a drawn duration gives its mean."""
    if step.duration is not None and step.dose is None:
        return step.duration.value, False
    if step.rate is not None:
        if step.rate.unit[:-2] == flow.primary.stream.unit:
            return flow.run_units / step.rate.value, True
        if step.rate.unit[:-2] == flow.inlet.unit:
            return 1.0 / step.rate.value, True
        raise FlowsheetError(f"the step handles {flow.primary.stream.unit}, not {step.rate.unit[:-2]}", step.id, "rate")
    if step.speed is not None:
        if step.width is None or flow.primary.stream.unit != "m2":
            raise FlowsheetError("'speed' needs a web in m2 and its 'width'", step.id, "speed")
        return flow.run_units / (step.speed.value * step.width.value), True
    if step.dose is not None:
        return _dosed_hours(step, flow, charge), False
    raise FlowsheetError("how long does it take? give one of duration, rate, speed with width, or dose", step.id, "id")


def _dosed_hours(step: Step, flow: StepFlow, charge: float) -> float:
    """Return t = E m / P, and hold the identity when the duration is given as well."""
    assert step.dose is not None
    if step.power is None:
        raise FlowsheetError("'dose' needs the machine's 'power': E = P t / m", step.id, "dose")
    mass = charge * sum(flow.charge_kg.values())
    hours = step.dose.value * mass / step.power.run.value
    if step.duration is not None and abs(step.duration.value / hours - 1.0) > 0.02:
        raise FlowsheetError(
            f"E = P t / m does not hold: {step.dose.text} on {mass:.4g} kg at {step.power.run.text} takes "
            f"{hours:.4g} h, not {step.duration.text}; leave one of them out",
            step.id,
            "duration",
        )
    return hours


def _crews(step: Step) -> list[int]:
    """Return the operators that one start, cleaning, repair or phase of a step needs at once."""
    stops = [step.setup.operators if step.setup else 0, step.clean.operators if step.clean else 0]
    return [*_crew(step).values(), *stops, *(mode.operators for mode in step.failures or [])]


def _crew(step: Step) -> dict[str, int]:
    """Return operators by phase."""
    crew: dict[str, int] = {phase: number for phase, number in step.operators.items() if phase}
    everywhere = step.operators.get("", 0)
    for phase in (step.phases or ("run",)) if everywhere else ():
        crew.setdefault(phase, everywhere)
    return crew


class Operation(NamedTuple):
    """What one operation means in expected values; what happens only now and then in proportion."""

    run_h: float
    """All phases, in one slot [h]."""
    clean_h: float
    down_h: float
    cleans: float
    """Cleanings [1]."""
    failures: float
    """Failures of all modes [1]."""
    operator_h: float
    """Operator hours of phases and cleanings [h]."""

    @property
    def stops(self) -> float:
        """Cleanings and failures; after each the machine starts anew [1]."""
        return self.cleans + self.failures


def operation_of(step: Step, flow: StepFlow, library: Library, charge: float) -> Operation:
    """Return the expected course of one operation on *charge* units of the primary inlet."""
    hours, per_unit = run_hours(step, flow, charge)
    phases = {"run": hours * charge if per_unit else hours}
    phases.update((str(name), value.value) for name, value in step.phases.items())
    run_h = sum(phases.values())
    operator_h = sum(phases.get(phase, 0.0) * number for phase, number in _crew(step).items())
    cleans, clean_h = 0.0, 0.0
    if step.clean is not None:
        cleans = 1.0 / step.clean.every
        clean_h = step.clean.duration.value * cleans
        operator_h += step.clean.operators * clean_h
    failures, down_h = 0.0, 0.0
    for after, repair in failure_values(step, library):
        number = failures_per_operation(step, flow, after, run_h, charge)
        failures += number
        down_h += number * repair.value
    return Operation(run_h, clean_h, down_h, cleans, failures, operator_h)


def _machine_hours(step: Step, operation: Operation) -> float:
    """Return the hours that an operation takes from a machine that is never idle, slots shared [h]."""
    total = operation.run_h + operation.clean_h + operation.down_h
    total += operation.stops * step.setup.duration.value if step.setup else 0.0
    if step.slots > 1:
        total = max(total / step.slots, step.pitch.value if step.pitch else 0.0)
    return total


def failure_values(step: Step, library: Library) -> list[tuple[Value, Value]]:
    """Return (time to failure, repair time) of every failure mode, the equipment's where the step gives none."""
    if step.failures is not None:
        return [(mode.after, mode.repair) for mode in step.failures]
    found = []
    for part in step.parts:
        entry = library.equipment.get(part.equipment)
        if entry is not None and entry.mtbf is not None and entry.mttr is not None:
            found.append((entry.mtbf, entry.mttr))
    return found


def failures_per_operation(step: Step, flow: StepFlow, after: Value, busy_h: float, charge: float) -> float:
    """Return the expected number of failures of one mode in one operation [1]."""
    if after.unit == "h":
        return busy_h / after.value
    if after.unit == "operations":
        return 1.0 / after.value
    if after.unit == "m":
        if step.width is None:
            raise FlowsheetError("metres of web need the step's 'width'", step.id, "failures")
        return charge * flow.primary.factor / (after.value * step.width.value)
    return charge * flow.primary.factor / after.value


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
