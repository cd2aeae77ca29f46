"""Variants of a sized line: other machine counts, buffers, crews and shifts, everything else as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.inputs import HOURS_PER_YEAR
from sim.plant import lowering, sizing
from sim.plant.calendars import open_hours, plant_calendar
from sim.plant.line import Line

__all__ = ["counts", "varied"]


def counts(line: Line) -> dict[str, int]:
    """Return the machines of every step."""
    return {name: size.machines for name, size in line.sizing.steps.items()}


def varied(
    line: Line,
    *,
    machines: Mapping[str, int] | None = None,
    buffers: Mapping[str, float] | None = None,
    operators: int | None = None,
    shifts: int | None = None,
    at_capacity: bool = False,
) -> Line:
    """Return a line with other resources; streams and random numbers stay those of the line.

    Parameters
    ----------
    machines : mapping, default=None
        Machines by step; steps that are not named keep theirs.
    buffers : mapping, default=None
        Factor on the room in front of a step, by step [1].
    operators : int or None, default=None
        Operators on duty at a time; None sizes them for the target in the open hours.
    shifts : int or None, default=None
        Shifts a day; None keeps them.
    at_capacity : bool, default=False
        Release at capacity, so that the target does not limit the output; the plant stays sized for the target.

    Notes
    -----
    A buffer without a figure of its own has room for a charge more than the step has machines, so it grows with them.
    """
    plant = line.plant if shifts is None else line.plant.model_copy(update={"shifts_per_day": shifts})
    wanted = counts(line) | dict(machines or {})
    steps = [step.model_copy(update={"machines": wanted[step.id]}) for step in line.route.steps]
    route = line.route.model_copy(update={"steps": steps})
    graph = replace(line.graph, route=route)
    open_h = open_hours(plant_calendar(plant, HOURS_PER_YEAR), 0.0, HOURS_PER_YEAR)
    sizes = sizing.solve(
        graph, line.flowsheet, line.library, target=line.target_per_year, open_h=open_h, year_h=HOURS_PER_YEAR
    )
    if operators is not None:
        posts = sizes.posts + operators - sizes.operators
        people = posts * open_h / line.library.economics.paid_hours.value
        sizes = replace(sizes, operators=operators, posts=posts, people=people)
    plan = lowering.lower(
        line.name,
        graph,
        line.flowsheet,
        line.library,
        sizes,
        plant,
        warm_up_h=line.plan.warm_up_h,
        horizon_h=line.plan.horizon_h,
        paced=line.target_per_year is not None and not at_capacity,
    )
    factors = [(buffers or {}).get(line.route.steps[item.consumer].id, 1.0) for item in plan.buffers]
    rooms = tuple(
        replace(item, capacity=item.capacity * factor) for item, factor in zip(plan.buffers, factors, strict=True)
    )
    return replace(line, route=route, graph=graph, plant=plant, sizing=sizes, plan=replace(plan, buffers=rooms))
