"""The line: what is asked for, frozen, and what follows from it; the common ground of simulation and roll-up.

A line is a route (or a chain of routes) with a catalogue, in a plant, for a target and a time. Everything else follows
in stages: graph -> flowsheet -> sizing -> plan. A stage is worked out when it is first asked for, from the line's own
inputs, so no line holds the stages of another. `design` changes inputs and keeps the stages that the changes cannot
reach.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any

from sim.engine import Calendar, Plan, Release
from sim.flowsheet import Flowsheet, FlowsheetError, Graph, StepFlow, graph
from sim.flowsheet import streams as flowsheet
from sim.inputs import (
    BY_KIND,
    HOURS_PER_YEAR,
    INDUSTRIAL,
    KINDS,
    Ensemble,
    Law,
    Library,
    Path,
    Plant,
    Recovery,
    Route,
    Value,
    changed,
    quoted,
    scale,
    settled,
)
from sim.plant import battery, checks, lowering, sizing
from sim.plant.battery import Match
from sim.plant.calendars import Timetable, Year, timetable, year_of
from sim.plant.sizing import Sizing

__all__ = ["STAGES", "Change", "Line", "Moves", "design", "renumbered"]

STAGES = ("streams", "sizes", "plan")
"""Stages that `design` may keep, each of which rests on those before it: flowsheet, sizing and plan."""


@dataclass(frozen=True, slots=True)
class Change:
    """One override: what was changed, from what, to what, and by whom."""

    path: str
    old: str
    new: str
    by: str
    """`scenario`, `line`, `price set` or `command line`."""


@dataclass(frozen=True)
class Line:
    """A route, or a chain of routes, in a plant, sized, lowered and ready to simulate and to cost."""

    name: str
    route: Route
    library: Library
    """The catalogue with the price set and all overrides applied."""
    plant: Plant
    target_per_year: float | None = None
    """Good output asked for [unit/y]."""
    scale: str = ""
    """Scale that was asked for, such as `lab`; empty where nobody speaks of scales."""
    backend: str = BY_KIND
    """What says what machines cost: `by_kind`, `chemical` or `battery`."""
    warm_up_h: float = 0.0
    horizon_h: float = HOURS_PER_YEAR
    """Times of the simulation [h]."""
    operators: int | None = None
    """Operators on duty at a time; None sizes them for the target in the open hours [1]."""
    buffers: Mapping[str, float] = field(default_factory=dict)
    """Factor on the room in front of a step, by step; 1 for the others [1]."""
    at_capacity: bool = False
    """Release at capacity, so that the target does not limit the output; the plant stays sized for the target."""
    pace: float = 1.0
    """Factor on the intervals of all releases at the target's pace [1]."""
    warnings: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    near: Flowsheet | None = field(default=None, repr=False, compare=False)
    """Streams of nearly the same route, from which the passes of the flowsheet begin."""

    @cached_property
    def graph(self) -> Graph:
        """Steps and the streams between them."""
        return graph.build(self.route)[0]

    @cached_property
    def flowsheet(self) -> Flowsheet:
        """The composition of every stream."""
        return flowsheet.solve(self.route, self.library, self.graph, near=self.near)

    @cached_property
    def year(self) -> Year:
        """Open hours of the plant, of its operators and of the steps in a year."""
        return year_of(self.plant, self.route)

    @cached_property
    def timetable(self) -> Timetable:
        """When the plant, its operators and the steps are open during the simulation."""
        return timetable(self.plant, self.route, self.end_h)

    @property
    def open_h(self) -> float:
        """Open hours of the plant [h/y]."""
        return self.year.open_h

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """When the plant is open during the simulation, when that which is always is, and all other calendars."""
        return self.timetable.calendars

    @cached_property
    def sizing(self) -> Sizing:
        """Machines, charges and people."""
        return sizing.solve(
            self.graph,
            self.flowsheet,
            self.library,
            self.year,
            target=self.target_per_year,
            operators=self.operators,
        )

    @cached_property
    def unpaced(self) -> Plan:
        """The plan before anything is known of its pace."""
        plan = lowering.lower(
            self.name,
            self.graph,
            self.flowsheet,
            self.library,
            self.sizing,
            self.timetable,
            self.plant,
            warm_up_h=self.warm_up_h,
            horizon_h=self.horizon_h,
            paced=self.target_per_year is not None and not self.at_capacity,
        )
        rooms = [self.buffers.get(self.route.steps[item.consumer].id, 1.0) for item in plan.buffers]
        pairs = zip(plan.buffers, rooms, strict=True)
        return replace(plan, buffers=tuple(replace(item, capacity=item.capacity * room) for item, room in pairs))

    @cached_property
    def plan(self) -> Plan:
        """What the engine runs; releases at the target's pace come at intervals longer by `pace`.

        Steps are named `route/step`, in the order of route.steps; tanks stand in that of route.tanks.
        """
        if self.pace == 1.0:
            return self.unpaced
        steps = list(self.unpaced.steps)
        for index, (step, spec) in enumerate(zip(self.unpaced.steps, self.route.steps, strict=True)):
            release, rule = step.release, spec.release
            paced = rule is None or (rule.at == "target" and rule.interval is None and rule.rate is None)
            if paced and release is not None and release.interval_h is not None:
                steps[index] = replace(step, release=_slowed(release, self.pace))
        return replace(self.unpaced, steps=tuple(steps))

    @property
    def end_h(self) -> float:
        """End of the simulation [h]."""
        return self.warm_up_h + self.horizon_h

    @property
    def machines(self) -> dict[str, int]:
        """Machines of every step [1]."""
        return {name: size.machines for name, size in self.sizing.steps.items()}

    @property
    def unit(self) -> str:
        """Functional unit, `kg` or `m2`."""
        return self.route.product.unit

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Only lines of one key are ranked against each other: kind, function, unit, scale."""
        return (self.route.kind, self.route.function, self.unit, self.scale or INDUSTRIAL)

    @cached_property
    def matches(self) -> list[Match]:
        """What the battery plant costs of this line."""
        found = battery.matches(self.graph, self.flowsheet, self.library, self.sizing)
        return [match for match in found if battery.taken(self.graph, self.backend, self.scale, match.step)]

    @property
    def titles(self) -> Mapping[str, str]:
        """Plain names of the steps."""
        return {step.id: step.title or step.id.replace("_", " ") for step in self.route.steps}


def _slowed(release: Release, factor: float) -> Release:
    assert release.interval_h is not None
    return replace(release, interval_h=scale(release.interval_h, factor))


# -- changes -----------------------------------------------------------------------------------------------------------

Moves = Mapping[Path, float | Callable[[Value], Value]]
"""New numbers by the paths of the old, such as `("materials", "Li2S", "price")`, in the canonical unit; what scatters
from lot to lot is stretched to this mean. Or functions of the old numbers."""

_REACHED: Mapping[str, str] = {
    "plant": "sizes",
    "target_per_year": "sizes",
    "operators": "sizes",
    "name": "plan",
    "warm_up_h": "plan",
    "horizon_h": "plan",
    "buffers": "plan",
    "at_capacity": "plan",
}
"""The first stage that an input reaches; route and library may reach any, all others reach none."""


def design(
    line: Line,
    numbers: Moves | None = None,
    *,
    reads: Collection[str] | None = None,
    machines: Mapping[str, int] | None = None,
    shifts: int | None = None,
    **inputs: Any,
) -> Line:
    """Return a line with changes; the stages that these cannot reach are those of *line*.

    Parameters
    ----------
    numbers : mapping, default=None
        Numbers of the route and the catalogue that move, see `Moves`. Of the exits of a recovered solvent, which add up
        to 1, those that do not move share the rest.
    reads : collection of str or None, default=None
        Which of `STAGES`, and of the `checks` of names and shares, read what changes in route and catalogue; None:
        nobody knows.
    machines : mapping or None, default=None
        Machines by step; steps that are not named keep those that they have, even if these were `auto`.
    shifts : int or None, default=None
        Shifts a day; None keeps them.
    **inputs
        Fields of `Line`, such as `operators`, `buffers`, `plant`, `horizon_h` or `pace`.

    Raises
    ------
    ValueError
        If an entry of the catalogue does not hold together with these numbers.
    FlowsheetError, or a group of them
        If shares no longer add up.
    """
    if shifts is not None:
        inputs["plant"] = line.plant.model_copy(update={"shifts_per_day": shifts})
    moved = replace(renumbered(line, numbers or {}), near=vars(line).get("flowsheet", line.near), **inputs)
    reached = {_REACHED[name] for name in inputs if name in _REACHED}
    if numbers or inputs.keys() & {"route", "library"}:
        reached |= set(STAGES if reads is None else reads)
    if machines is not None:
        wanted = line.machines | dict(machines)
        steps = [step.model_copy(update={"machines": wanted[step.id]}) for step in moved.route.steps]
        moved = replace(moved, route=moved.route.model_copy(update={"steps": steps}))
        reached.add("sizes")
    if numbers and (reads is None or "checks" in reads):
        problem = next(checks.sums(moved.route, moved.library), None)
        if problem is not None:
            raise FlowsheetError(problem.text, "")
    if "route" not in inputs:
        # numbers of machines and of whatever else do not say where streams go
        vars(moved)["graph"] = replace(line.graph, route=moved.route)
    _keep(line, moved, reached)
    return moved


def renumbered(line: Line, numbers: Moves) -> Line:
    """Return a line in which numbers have moved, with no stage worked out yet: what `design` begins with."""
    if not numbers:
        return line
    numbers = {**numbers, **_following(line.route, numbers)}
    moves = {path: move if callable(move) else partial(_moved, number=move) for path, move in numbers.items()}
    entries = dict.fromkeys((str(path[0]), path[1]) for path in moves)
    parts = {kind: line.route if kind == "route" else getattr(line.library, kind) for kind, _ in entries}
    parts = changed(parts, moves)
    route = parts.pop("route", line.route)
    if "materials" in parts:
        parts["materials"] = settled(parts["materials"])
    for entry in [parts[kind][name] if kind in KINDS else parts[kind] for kind, name in entries if kind in parts]:
        type(entry).model_validate({name: getattr(entry, name) for name in type(entry).model_fields})
    near = vars(line).get("flowsheet", line.near)
    return replace(line, route=route, library=replace(line.library, **parts), near=near)


def _following(route: Route, numbers: Moves) -> dict[Path, float]:
    """Return what the exits of a solvent come to that stay: they share what those leave that move, as they did."""
    found: dict[Path, float] = {}
    for place in dict.fromkeys(path[:-1] for path in numbers if path[3:4] == ("recover",)):
        exits = {name: (*place, name) for name in Recovery.model_fields}
        moved = [move for path in exits.values() if not callable(move := numbers.get(path, 0.0))]
        old = route.steps[int(place[2])].recover[str(place[4])]
        rest = {path: getattr(old, name).value for name, path in exits.items() if path not in numbers}
        left, shared = 1.0 - sum(moved), sum(rest.values())
        if len(moved) == len(exits) and shared > 0.0 and left >= 0.0:
            found |= {path: left / shared * value for path, value in rest.items()}
    return found


def _moved(old: Value, number: float) -> Value:
    if isinstance(number, Ensemble):
        # before the plan nothing asks for more than the shape of a law, which stays
        return quoted(old, number)
    law = Law("fixed", (max(0.0, number),)) if old.certain or number <= 0.0 else scale(old.law, number / old.value)
    return replace(quoted(old, number), law=law)


def _keep(line: Line, moved: Line, reached: Collection[str]) -> None:
    """Give a line those stages of another that its changes do not reach."""
    kept = []
    closed = [[(step.calendar, step.maintenance) for step in item.route.steps] for item in (line, moved)]
    if moved.plant is line.plant and closed[0] == closed[1]:
        kept.append("year")
        kept += ["timetable"] if (moved.warm_up_h, moved.horizon_h) == (line.warm_up_h, line.horizon_h) else []
    same_streams = "streams" not in reached
    if same_streams:
        kept.append("flowsheet")
    elif "sizes" not in reached:
        same_streams = _differ_in_duties_at_most(line.flowsheet, moved.flowsheet)
    if same_streams and "sizes" not in reached:
        kept.append("sizing")
        if "plan" not in reached:
            kept += ["unpaced", "plan"] if moved.pace == line.pace else ["unpaced"]
    stages = vars(line)
    vars(moved).update({name: stages[name] for name in kept if name in stages})


def _differ_in_duties_at_most(one: Flowsheet, other: Flowsheet) -> bool:
    """Whether two flowsheets of one route have the same streams: duties, which are no streams, size nothing."""
    names = [field.name for field in fields(StepFlow) if field.name != "duties"]
    pairs = zip(one.steps.values(), other.steps.values(), strict=True)
    return all(getattr(a, name) == getattr(b, name) for a, b in pairs for name in names)
