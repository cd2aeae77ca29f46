"""Lowering: from route, flowsheet and sizes to the Plan that the event loop runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.engine import (
    SHIP,
    WASTE,
    Clean,
    Failure,
    Inspection,
    Loss,
    Outlet,
    Phase,
    Plan,
    PlanBuffer,
    PlanResource,
    PlanStep,
    PlanTank,
    Release,
)
from sim.errors import nearest
from sim.flowsheet import Flowsheet, FlowsheetError, Graph, Group, rework_target
from sim.inputs import Buffer, Inspect, Law, Library, Plant, Step, scale
from sim.plant.calendars import ALWAYS, Timetable, on_shift
from sim.plant.people import operators_of
from sim.plant.sizing import Sizing, failure_values, loss_amount, lot_of, run_hours

__all__ = ["buffer_names", "lower"]


@dataclass(frozen=True, slots=True)
class _Context:
    """What every step's lowering needs."""

    graph: Graph
    flowsheet: Flowsheet
    library: Library
    sizing: Sizing
    buffers: tuple[PlanBuffer, ...]
    index: dict[str, int]
    """Buffer index by name."""
    tanks: dict[str, int]
    resources: dict[str, int]
    timetable: Timetable
    plant: Plant
    paced: bool


def lower(  # noqa: PLR0913 - a plan is a sized line in a plant for a time
    line: str,
    graph: Graph,
    flowsheet: Flowsheet,
    library: Library,
    sizing: Sizing,
    timetable: Timetable,
    plant: Plant,
    *,
    warm_up_h: float,
    horizon_h: float,
    paced: bool,
) -> Plan:
    """Return the plan of a line.

    Parameters
    ----------
    timetable : Timetable
        When the plant, its operators and the steps are open, up to the end of the simulation.
    plant : Plant
        Who is there on which shift, and when machines are repaired.
    paced : bool
        Whether first steps without a release rule are paced to the target of the sizing (else: at capacity).

    Raises
    ------
    FlowsheetError
        If a buffer cannot hold a charge, or a place or tank is unknown.
    """
    route = graph.route
    buffers = _buffers(graph, flowsheet, sizing)
    resources = [_people(skill, sizing, timetable, plant, warm_up_h + horizon_h) for skill in sizing.skills]
    resources[1:1] = [PlanResource(name, number, ALWAYS) for name, number in route.places.items()]
    context = _Context(
        graph=graph,
        flowsheet=flowsheet,
        library=library,
        sizing=sizing,
        buffers=buffers,
        index={buffer.name: number for number, buffer in enumerate(buffers)},
        tanks={name: number for number, name in enumerate(route.tanks)},
        resources={resource.name: number for number, resource in enumerate(resources)},
        timetable=timetable,
        plant=plant,
        paced=paced,
    )
    return Plan(
        line=line,
        warm_up_h=warm_up_h,
        horizon_h=horizon_h,
        steps=tuple(_step(context, step) for step in route.steps),
        buffers=buffers,
        tanks=tuple(
            PlanTank(f"{route.name}/{name}", tank.capacity.value, tank.initial.value, tank.on_full, tank.on_empty)
            for name, tank in route.tanks.items()
        ),
        resources=tuple(resources),
        calendars=timetable.calendars,
    )


def _people(skill: str, sizing: Sizing, timetable: Timetable, plant: Plant, end_h: float) -> PlanResource:
    """Return the operators of one skill; if the plant says who is there on which shift, as many as that."""
    number = sizing.skills[skill]
    changes: tuple[tuple[float, int], ...] = ()
    by_shift = plant.operators is not None and max(plant.team(skill)) == number
    if by_shift:
        number, changes = on_shift(plant, skill, end_h)
    return PlanResource(operators_of(skill), number if by_shift else max(1, number), timetable.operators, changes)


def buffer_names(graph: Graph, name: str) -> list[str]:
    """Return the buffers in front of a step: one for each inlet, in their order, then the rework queue."""
    inlets = [_inlet(graph, name, group.edges[0].source) for group in graph.inlets(name)]
    return [*inlets, f"{_key(graph, name)}<rework"] if graph.rework_into(name) else inlets


def _inlet(graph: Graph, name: str, source: str) -> str:
    return _key(graph, name) + (f"<{source}" if graph.steps[name].inlets else "")


def _key(graph: Graph, name: str) -> str:
    """Return `route/step`, which the steps of a chain are called already: a step draws the same numbers in both."""
    return name if "/" in name else f"{graph.route.name}/{name}"


def _buffers(graph: Graph, flowsheet: Flowsheet, sizing: Sizing) -> tuple[PlanBuffer, ...]:
    """Return the inlet buffers of all steps and the rework queues."""
    found: list[PlanBuffer] = []
    errors: list[FlowsheetError] = []
    for consumer, step in enumerate(graph.route.steps):
        for group in graph.inlets(step.id):
            try:
                found.append(_buffer(graph, flowsheet, sizing, consumer, group))
            except FlowsheetError as error:
                errors.append(error)
        if graph.rework_into(step.id):
            found.append(PlanBuffer(f"{_key(graph, step.id)}<rework", consumer, rework=True))
    if errors:
        raise ExceptionGroup("buffers", errors)
    return tuple(found)


def _buffer(graph: Graph, flowsheet: Flowsheet, sizing: Sizing, consumer: int, group: Group) -> PlanBuffer:
    """Return the buffer of one inlet of a step."""
    step = graph.route.steps[consumer]
    size, source = sizing.steps[step.id], group.edges[0].source
    key = source if source in step.buffer else ""
    given = step.buffer.get(key, Buffer())
    lot = max(lot_of(graph, flowsheet, edge.source, edge.outlet) for edge in group.edges)
    stream = flowsheet.steps[source].outlets[group.edges[0].outlet].stream
    where = ("buffer", key, "capacity") if key else ("buffer", "capacity")
    if given.capacity is not None and given.capacity.unit not in ("lots", stream.unit):
        text = f"'{source}' hands on {stream.unit}, so the buffer is in {stream.unit}, found '{given.capacity.text}'"
        raise FlowsheetError(text, step.id, *where)
    # the first inlet of a step without a batch hands on whole lots; from the others it takes what that lot needs
    by_lot = step.batch is None and group == graph.inlets(step.id)[0]
    try:
        capacity, unit = _capacity(given, size.charge * group.ratio, lot, size.machines * step.slots, by_lot=by_lot)
    except ValueError as error:
        raise FlowsheetError(str(error), step.id, *where) from None
    return PlanBuffer(
        name=_inlet(graph, step.id, source),
        consumer=consumer,
        capacity=capacity,
        unit=unit,
        max_wait_h=given.max_wait.value if given.max_wait else math.inf,
        decay_per_h=given.decay.value if given.decay else 0.0,
    )


def _capacity(given: Buffer, charge: float, lot: float, servers: int, *, by_lot: bool) -> tuple[float, str]:
    """Return (capacity, unit) of an inlet buffer; the default holds two charges beside the largest arriving lot."""
    if given.capacity is None:
        return (2.0 * servers, "lots") if by_lot else (max(2, servers + 1) * charge + lot, "amount")
    room, text = given.capacity.value, given.capacity.text
    if given.capacity.unit == "lots":
        if not by_lot:
            raise ValueError(f"what is charged by amount has its buffer in kg or m2, found '{text}'")
        return room, "lots"
    if by_lot:
        raise ValueError(f"a step without 'batch' takes one lot at a time, so its buffer is in lots, found '{text}'")
    least = charge + (0.0 if math.isclose(lot, charge) else lot)
    if room < least * (1.0 - 1e-9):
        unit = given.capacity.unit
        raise ValueError(
            f"the buffer can never fill a charge of {charge:.4g} {unit} with lots of {lot:.4g} {unit}: "
            f"expected at least {least:.4g} {unit}, found '{text}'"
        )
    return room, "amount"


def _step(context: _Context, step: Step) -> PlanStep:
    graph, flow = context.graph, context.flowsheet.steps[step.id]
    size = context.sizing.steps[step.id]
    groups = graph.inlets(step.id)
    inlets = tuple((context.index[_inlet(graph, step.id, group.edges[0].source)], group.ratio) for group in groups)
    lowest = size.charge * (step.min_batch.value if step.min_batch else 1.0)
    return PlanStep(
        name=_key(graph, step.id),
        machines=size.machines,
        slots=step.slots,
        pitch_h=step.pitch.value if step.pitch else 0.0,
        inlets=inlets,
        charge_max=size.charge,
        charge_min=lowest,
        start_after_h=step.start_after.value if step.start_after else math.inf,
        one_lot=step.batch is None,
        release=None if groups else _release(context, step),
        phases=_phases(context, step),
        held=tuple((_resource(context, step, name), number) for name, number in step.resources.items() if number),
        setup_h=step.setup.duration.law if step.setup else None,
        setup_resources=_operators(context, step, step.setup.operators if step.setup else 0),
        clean=Clean(step.clean.every, step.clean.duration.law, _operators(context, step, step.clean.operators))
        if step.clean
        else None,
        failures=_failures(context, step),
        losses=tuple(Loss(loss.per, loss_amount(step, loss.amount)) for loss in step.loss),
        outlets=_outlets(context, step),
        hold_h=step.hold.law if step.hold else None,
        hold_fills=graph.is_branch(step.id),
        quality_set=step.quality.set.law if step.quality and step.quality.set else None,
        quality_factor=step.quality.factor.law if step.quality and step.quality.factor else None,
        inspection=_inspection(context, step, step.inspect) if step.inspect else None,
        draws=tuple((context.tanks[name], kg) for name, kg in flow.drawn.items()),
        recoveries=tuple((_tank(context, step, name), kg) for name, kg in flow.recovered.items()),
        calendar=context.timetable.steps[step.id],
        pause=step.pause,
    )


def _operators(context: _Context, step: Step, number: int) -> tuple[tuple[int, int], ...]:
    return ((context.resources[operators_of(step.skill)], number),) if number else ()


def _resource(context: _Context, step: Step, name: str) -> int:
    if name not in context.resources:
        raise FlowsheetError(f"unknown place '{name}'{nearest(name, context.resources)}", step.id, "resources", name)
    return context.resources[name]


def _tank(context: _Context, step: Step, name: str) -> int:
    if name not in context.tanks:
        raise FlowsheetError(f"{name} is recycled, but the route has no tank for it", step.id, "recover", name)
    return context.tanks[name]


def _release(context: _Context, step: Step) -> Release:
    """Return how charges reach a first step."""
    size, rule = context.sizing.steps[step.id], step.release
    room = -1 if rule is None or rule.room is None else rule.room
    if rule is not None and rule.interval is not None:
        return Release("interval", rule.interval.law, room)
    if rule is not None and rule.rate is not None:
        hours = size.charge * context.flowsheet.steps[step.id].primary.factor / rule.rate.value
        return Release("interval", Law("fixed", (hours,)), room)
    wanted = rule.at if rule is not None else "target"
    if wanted == "target" and context.paced:
        return Release("interval", Law("fixed", (size.open_h / size.operations_per_year,)), room)
    return Release("capacity")


def _phases(context: _Context, step: Step) -> tuple[Phase, ...]:
    size = context.sizing.steps[step.id]
    hours, per_amount = run_hours(step, context.flowsheet.steps[step.id], size.charge)
    law = step.duration.law if step.duration is not None and step.dose is None else Law("fixed", (hours,))
    crew = dict(step.operators)
    everywhere = crew.pop("", 0)
    attended = tuple(step.phases) or ("run",)

    def held(phase: str) -> tuple[tuple[int, int], ...]:
        return _operators(context, step, crew.get(phase, everywhere if phase in attended else 0))  # type: ignore[call-overload]

    found = [Phase("run", law, per_amount, held("run"))]
    if "load" in step.phases:
        found.insert(0, Phase("load", step.phases["load"].law, resources=held("load")))
    if "unload" in step.phases:
        found.append(Phase("unload", step.phases["unload"].law, resources=held("unload")))
    return tuple(found)


def _failures(context: _Context, step: Step) -> tuple[Failure, ...]:
    clocks = {"h": "hours", "operations": "operations"}
    crews = [mode.operators for mode in step.failures] if step.failures is not None else []
    on_shift_only = (step.repairs or context.plant.repairs) == "on_shift"
    calendar = context.timetable.steps[step.id] if on_shift_only else -1
    found = []
    for number, (after, repair) in enumerate(failure_values(step, context.library)):
        law, repair_law = after.law, repair.law
        if step.failures is None:
            # Catalogue figures are means: memoryless failures, and repairs that are now and then much longer.
            law = Law("exponential", (after.value,)) if after.certain else law
            repair_law = Law("lognormal", (repair.value, 1.0)) if repair.certain else repair_law
        if after.unit == "m" and step.width is not None:
            law = scale(law, step.width.value)
        crew = crews[number] if crews else 0
        people = _operators(context, step, crew)
        found.append(Failure(clocks.get(after.unit, "amount"), law, repair_law, people, calendar))
    return tuple(found)


def _outlets(context: _Context, step: Step) -> tuple[Outlet, ...]:
    cut = step.lot.value if step.lot is not None else math.inf
    found = []
    for number, outlet in enumerate(context.flowsheet.steps[step.id].outlets):
        places = tuple(_place(context, step, place) for place in outlet.places)
        found.append(Outlet(places, outlet.factor, cut if number == 0 else math.inf))
    return tuple(found)


def _place(context: _Context, step: Step, name: str) -> int:
    if name == "ship":
        return SHIP
    if name in ("waste", "by_product", "emission"):
        return WASTE
    return context.index[_inlet(context.graph, name, step.id)]


def _inspection(context: _Context, step: Step, inspect: Inspect) -> Inspection:
    target = rework_target(inspect)
    error = inspect.error.value if inspect.error else 0.0
    return Inspection(
        pass_probability=inspect.pass_.value if inspect.pass_ else None,
        limit=inspect.limit.value if inspect.limit else None,
        error=Law("lognormal", (1.0, error)) if error > 0.0 else None,
        rework=context.index[f"{_key(context.graph, target)}<rework"] if target else None,
        max_passes=inspect.passes if target else 0,
        fail_place=WASTE if target else _place(context, step, inspect.fail),
    )
