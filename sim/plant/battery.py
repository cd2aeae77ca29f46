"""Counterparts: which machines of a line are a process of the battery plant, and what that process takes at their size.

Two backends say what a plant is made of. The one of chemical plants prices every machine by its size; the one of
battery plants scales the process that a machine is part of by what it handles in a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.flowsheet import Flowsheet, Graph, Problem
from sim.inputs import BY_KIND, HOURS_PER_YEAR, INDUSTRIAL, BatPaC, Library, ProcessCost, Step, process_cost, total
from sim.plant.sizing import Sizing, size_sections

__all__ = ["BATTERY_KINDS", "Match", "doubts", "matches", "taken"]

BATTERY_KINDS = ("membrane", "electrode", "cell")
"""Kinds of routes whose steps are costed by the battery plant unless a scenario says otherwise."""


class Match(NamedTuple):
    """Machines of one step that are a process of the battery plant."""

    step: str
    sections: tuple[str, ...]
    """Parts of the step that the process stands for; the step's own machine has the empty name."""
    process: str
    driver: str
    volume: float
    """What the process handles [unit of the driver]."""
    ratio: float
    """Of the baseline's volume [1]."""
    scaled: ProcessCost
    """What the process takes at this volume."""


def matches(graph: Graph, flowsheet: Flowsheet, library: Library, sizing: Sizing) -> list[Match]:
    """Return the processes of the battery plant that a line holds, whichever backend costs them.

    Notes
    -----
    The volume of a process is what its step handles for the target, losses, rejects and rework included; without a
    target, what its machines can handle at the planned utilisation. Idle capacity is not volume: that a whole machine
    is bought even for little is for the least price of a machine to say (`sim.rollup.capital`).
    """
    found: list[Match] = []
    plant = library.batpac
    for step in graph.route.steps if plant is not None else ():
        assert plant is not None
        volumes = _volumes(step, plant, flowsheet, library, sizing)
        for process, sections in _processes(step, plant, library, sizing).items():
            entry = plant.processes[process]
            driver = plant.drivers[entry.drivers[0]]
            volume = volumes.get(driver.of, 0.0)
            if volume <= 0.0:
                continue
            ratio = volume / driver.volume.value
            ratios = {entry.drivers[0]: ratio}
            if entry.solvent:
                solvent = volumes.get("solvent", 0.0) / plant.drivers[entry.solvent].volume.value
                # a coat that holds no solvent says nothing about the length of a dryer
                ratios[entry.solvent] = solvent or ratio
            scaled = process_cost(plant, process, ratios, plant.cell_capacity.value)
            found.append(Match(step.id, tuple(sections), process, entry.drivers[0], volume, ratio, scaled))
    return found


def _processes(step: Step, plant: BatPaC, library: Library, sizing: Sizing) -> dict[str, list[str]]:
    """Return the parts of a step by the process that they are part of."""
    bought = size_sections(step, library, sizing.steps[step.id])
    names = {getattr(part, "id", "") if part is not step else "": part.equipment for part in step.parts}
    known = {part: plant.counterparts[names[part]] for part in bought if names[part] in plant.counterparts}
    found: dict[str, list[str]] = {}
    for part, counterpart in known.items():
        if counterpart.process:
            found.setdefault(counterpart.process, []).append(part)
    for part, counterpart in known.items():
        home = next((process for process in counterpart.beside if process in found), None)
        if home is not None:
            found[home].append(part)
    return found


def _volumes(step: Step, plant: BatPaC, flowsheet: Flowsheet, library: Library, sizing: Sizing) -> Mapping[str, float]:
    """Return what a step handles in a year.

    Solids of its charges [kg/y], web [m2/y], cells of the baseline's area [1/y], solvent dried off [kg/y].
    """
    flow, size = flowsheet.steps[step.id], sizing.steps[step.id]
    operations = size.operations_per_year
    if not operations and size.operation_h > 0.0:
        hours = sizing.open_hours_per_year if step.calendar == "plant" else HOURS_PER_YEAR
        operations = size.machines * hours * library.economics.machine_utilisation.value / size.operation_h
    through = operations * size.charge
    solids = total(kg for name, kg in flow.charge_kg.items() if library.materials[name].phase == "solid")
    area = flow.run_units * through if flow.primary.stream.unit == "m2" else 0.0
    return {
        "solids": solids * through,
        "area": area,
        "cells": area / plant.cell_area.value,
        "solvent": total(flow.evaporated.values()) * through,
    }


def taken(graph: Graph, backend: str, scale: str, step: str) -> bool:
    """Return whether the battery plant costs a step, where it has a process for it.

    Parameters
    ----------
    backend : str
        `chemical`, `battery`, or `by_kind`: the steps of membranes, electrodes and cells at industrial scale, for the
        machines of a bench or a pilot plant are no part of a battery plant.
    scale : str
        Scale of the line; empty is industrial.
    """
    if backend != BY_KIND:
        return backend == "battery"
    return scale in ("", INDUSTRIAL) and graph.segment(step).kind in BATTERY_KINDS


def doubts(graph: Graph, library: Library, found: list[Match], backend: str, scale: str) -> Iterator[Problem]:
    """Yield one doubt about a line whose processes are smaller than the powers of the battery plant are good for."""
    plant = library.batpac
    own = [match for match in found if taken(graph, backend, scale, match.step)]
    if plant is None or not own:
        return
    ratios = [match.ratio for match in own]
    small = sum(ratio < plant.least.value for ratio in ratios)
    if small:
        span = f"{100.0 * min(ratios):.2g}" + (f" to {100.0 * max(ratios):.2g}" if len(ratios) > 1 else "")
        count = f"{len(own)} process{'es' if len(own) > 1 else ''}"
        least = f"{100.0 * plant.least.value:.2g}"
        text = (
            f"the battery plant costs {count} here at {span} % of its volume and is taken to hold down to "
            f"{least} %: no machine costs less than the smallest of its kind"
        )
        yield Problem(text, ("kind",))
