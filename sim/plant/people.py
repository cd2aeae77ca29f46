"""People and places: how many of what is shared a line needs so that its machines hardly wait for them.

Expected values, like the rest of the sizing. Operations ask for operators at times that nobody has set, so with as many
operators as are busy on average a machine would wait for them most of the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sim.flowsheet import Flowsheet, FlowsheetError, Graph, StepFlow
from sim.inputs import GENERAL, Library, Plant, Step, samples
from sim.plant.calendars import Year
from sim.plant.operations import StepSize, crew_of, failures_per_operation, operation_of, run_hours

__all__ = ["Demand", "Station", "fewest", "operators", "operators_of", "waits", "waits_for_places"]


def operators_of(skill: str) -> str:
    """Return the name of the resource that operators of a skill are.

    >>> operators_of("general"), operators_of("furnace")
    ('operators', 'operators/furnace')
    """
    return "operators" if skill == GENERAL else f"operators/{skill}"


class Demand(NamedTuple):
    """What one kind of request of a step comes to in a year."""

    step: str
    number: int
    """How many are asked for at once [1]."""
    times: float
    """Requests of all machines of the step [1/y]."""
    hours: float
    """How long each is held [h]."""


class Station(NamedTuple):
    """A step, as far as it waits."""

    machines: int
    """Servers that may ask at the same time: machines times slots [1]."""
    load: float
    """Share of the open hours in which its machines are busy, waits left out [1]."""
    hours: float
    """Open hours of all its servers in a year [h/y]."""


def fewest(
    demands: Sequence[Demand], stations: Mapping[str, Station], *, open_h: float, utilisation: float, spare: float
) -> int:
    """Return the fewest operators with which the machines of a line hardly wait for them.

    Parameters
    ----------
    demands : sequence of Demand
        All requests for these operators.
    stations : mapping
        The steps that ask, by name.
    open_h : float
        Hours in which the operators are there in a year [h/y].
    utilisation : float
        Share of their time in which they may be busy at most [1].
    spare : float
        Share of the open hours of a machine that sizing leaves free [1].

    Returns
    -------
    int
        No fewer than one request asks for at once and than keep them as busy as *utilisation* at most; no more than
        all machines can ask for together, for then nobody waits.

    Notes
    -----
    In between it is the smallest number with which no step waits, by `waits`, for more than half of *spare*, or for
    1 % of its hours where it has no such spare time.
    """
    if not demands:
        return 0
    busy = sum(item.times * item.hours * item.number for item in demands)
    least = max(item.number for item in demands)
    most = sum(
        station.machines * max(item.number for item in demands if item.step == name)
        for name, station in stations.items()
        if any(item.step == name for item in demands)
    )
    number = samples.lowest(
        samples.highest(least, math.ceil(busy / open_h / utilisation - 1e-9)), samples.highest(least, most)
    )
    tried = int(samples.smallest(number))
    while tried <= samples.largest(number) and tried < samples.largest(most):
        waiting = waits(demands, stations, number=tried, open_h=open_h)
        excess = samples.highest(*(_excess(stations[name], hours, spare) for name, hours in waiting.items()))
        wanted = samples.where(samples.above(excess, 0.0), samples.lowest(tried + 1, most), tried)
        # samples of which fewer were enough keep their number
        number = samples.where(samples.above(tried, number), number, samples.highest(number, wanted))
        tried += 1
    return number


def _excess(station: Station, waiting_h: float, spare: float) -> float:
    """Return by how much a load with so many hours of waiting a year is more than the machines of a step bear [1]."""
    return station.load + waiting_h / station.hours - samples.highest(1.0 - 0.5 * spare, station.load + 0.01)


def waits(
    demands: Sequence[Demand], stations: Mapping[str, Station], *, number: int, open_h: float
) -> dict[str, float]:
    """Return how long the machines of each step wait for what is shared in a year, all of them together [h/y].

    wait per request = P(fewer than asked for are free) x mean rest of a request / (1 - share that is held)

    Notes
    -----
    How many are held is distributed as in a loss system with several classes of requests (recursion of Kaufman and
    Roberts); a machine never waits for itself. The mean rest is that of requests of fixed length, half of it. This is
    an estimate with which to size; the simulation then has the queue itself.
    """
    offered: dict[str, dict[int, float]] = {}
    for item in demands:
        own = offered.setdefault(item.step, {})
        own[item.number] = own.get(item.number, 0.0) + item.times * item.hours / open_h
    found = dict.fromkeys(offered, 0.0)
    held_h = sum(item.times * item.hours * item.number for item in demands)
    if not samples.largest(held_h):
        return found
    rest_h = sum(item.times * item.hours * item.number * 0.5 * item.hours for item in demands) / held_h
    free = samples.highest(0.02, 1.0 - held_h / (number * open_h))
    for name in offered:
        mine, others = 1.0 - 1.0 / stations[name].machines, dict[int, float]()
        for step, own in offered.items():
            for asked, load in own.items():
                others[asked] = others.get(asked, 0.0) + load * (mine if step == name else 1.0)
        held = _held(others, number)
        for item in demands:
            if item.step == name:
                short = sum(held[number - item.number + 1 :])
                found[name] += item.times * short * rest_h / free
    return found


def _held(offered: Mapping[int, float], number: int) -> list[float]:
    """Return the probabilities that 0, 1, ... *number* are held; *offered* are loads by how many are asked for at once.

    >>> [round(share, 3) for share in _held({1: 1.0}, 2)]
    [0.4, 0.4, 0.2]
    """
    weights, classes = [1.0], [(asked, asked * load) for asked, load in offered.items() if samples.largest(load) > 0.0]
    for held in range(1, number + 1):
        weights.append(sum(load * weights[held - asked] for asked, load in classes if asked <= held) / held)
    total = sum(weights)
    return [weight / total for weight in weights]


def operators(
    graph: Graph,
    flowsheet: Flowsheet,
    library: Library,
    sizes: Mapping[str, StepSize],
    year: Year,
    *,
    wanted: Mapping[str, float] | None = None,
) -> dict[str, int]:
    """Return the operators on duty at a time, at most, by skill.

    They are those that the plant says, or else as many as machines need that hardly wait for them.

    Parameters
    ----------
    graph, flowsheet, library, sizes
        A line whose machines are known.
    year : Year
        Open hours of steps and operators in a year, and who is there.
    wanted : mapping or None, default=None
        Of a line without a target: units of the primary inlet of every step per unit shipped. Operators are then as
        many as the slowest of its steps, or its releases, keep busy.

    Raises
    ------
    FlowsheetError
        If a step asks for more operators at once than the plant says there are.
    """
    if year.plant.operators is not None:
        return _given(graph, year.plant)
    hours = year.steps
    economics = library.economics
    per_year = {name: size.operations_per_year for name, size in sizes.items()}
    loads = {name: size.load for name, size in sizes.items()}
    if wanted is not None:
        per_unit = {name: wanted[name] / size.charge for name, size in sizes.items()}
        busy = {name: per_unit[name] * size.operation_h / (size.machines * hours[name]) for name, size in sizes.items()}
        waiting = [per_unit[name] * pause_h / hours[name] for name, pause_h in _intervals(graph, flowsheet, sizes)]
        most = samples.highest(*busy.values(), *waiting, 0.0) or 1.0
        per_year = {name: number / most for name, number in per_unit.items()}
        loads = {name: load / most for name, load in busy.items()}
    demands: dict[str, list[Demand]] = {GENERAL: []}
    for name, size in sizes.items():
        step = graph.steps[name]
        asked = list(_demands(step, flowsheet.steps[name], library, size, per_year[name]))
        if asked:
            demands.setdefault(step.skill, []).extend(asked)
    stations = _stations(graph, sizes, loads, hours)
    return {
        skill: fewest(
            found,
            stations,
            open_h=year.operators_h,
            utilisation=economics.operator_utilisation.value,
            spare=1.0 - economics.machine_utilisation.value,
        )
        for skill, found in demands.items()
    }


def _given(graph: Graph, plant: Plant) -> dict[str, int]:
    """Return the operators that a plant says there are, by skill, if they are enough for every step."""
    errors = []
    for step in graph.route.steps:
        crews = [step.setup.operators if step.setup else 0, step.clean.operators if step.clean else 0]
        most = max([0, *crew_of(step).values(), *crews, *(mode.operators for mode in step.failures or [])])
        there = max(plant.team(step.skill))
        if most > there:
            whom = "" if step.skill == GENERAL else f" with the skill '{step.skill}'"
            text = f"operators{whom}: {most} at once are needed, and the plant has {there} at most"
            errors.append(FlowsheetError(text, step.id, "operators" if step.operators else "id"))
    if errors:
        raise ExceptionGroup("operators", errors)
    named = [name for name in plant.operators or {} if name != GENERAL]
    return {skill: max(plant.team(skill)) for skill in [GENERAL, *named]}


def _intervals(graph: Graph, flowsheet: Flowsheet, sizes: Mapping[str, StepSize]) -> Iterator[tuple[str, float]]:
    """Yield the first steps with a release rule of their own, and the hours between two charges that it allows."""
    for name, size in sizes.items():
        rule = graph.steps[name].release if graph.is_source(name) else None
        if rule is not None and rule.interval is not None:
            yield name, rule.interval.value
        elif rule is not None and rule.rate is not None:
            yield name, size.charge * flowsheet.steps[name].primary.factor / rule.rate.value


def _demands(step: Step, flow: StepFlow, library: Library, size: StepSize, operations: float) -> Iterator[Demand]:
    """Yield what a step asks of operators in so many operations a year."""
    hours, per_unit = run_hours(step, flow, size.charge)
    phases = {"run": hours * size.charge if per_unit else hours}
    phases.update((str(name), value.value) for name, value in step.phases.items())
    operation = operation_of(step, flow, library, size.charge)
    asked = [(number, 1.0, phases.get(phase, 0.0)) for phase, number in crew_of(step).items()]
    if step.clean is not None:
        asked.append((step.clean.operators, operation.cleans, step.clean.duration.value))
    if step.setup is not None:
        asked.append((step.setup.operators, operation.stops, step.setup.duration.value))
    for mode in step.failures or []:
        often = failures_per_operation(step, flow, mode.after, operation.run_h, size.charge)
        asked.append((mode.operators, often, mode.repair.value))
    for number, often, held_h in asked:
        if number:
            yield Demand(step.id, number, often * operations, held_h)


def waits_for_places(
    graph: Graph, flowsheet: Flowsheet, library: Library, sizes: Mapping[str, StepSize], hours: Mapping[str, float]
) -> dict[str, float]:
    """Return how long an operation of each step waits for a place, such as a glovebox, where it waits at all [h]."""
    found: dict[str, float] = {}
    stations = _stations(graph, sizes, {name: size.load for name, size in sizes.items()}, hours)
    for place, number in graph.route.places.items():
        demands = [
            Demand(name, asked, size.operations_per_year, operation_of(step, flow, library, size.charge).run_h)
            for name, size in sizes.items()
            for step, flow in [(graph.steps[name], flowsheet.steps[name])]
            if (asked := step.resources.get(place, 0)) and size.operations_per_year
        ]
        open_h = max((hours[item.step] for item in demands), default=0.0)
        for name, waiting_h in waits(demands, stations, number=number, open_h=open_h).items():
            found[name] = found.get(name, 0.0) + waiting_h / sizes[name].operations_per_year
    return found


def _stations(
    graph: Graph, sizes: Mapping[str, StepSize], loads: Mapping[str, float], hours: Mapping[str, float]
) -> dict[str, Station]:
    """Return all steps as those that wait for what is shared."""
    servers = {name: size.machines * graph.steps[name].slots for name, size in sizes.items()}
    return {name: Station(number, loads[name], number * hours[name]) for name, number in servers.items()}
