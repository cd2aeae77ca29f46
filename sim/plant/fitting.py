"""Fitting: machines that a small target would leave idle are taken smaller, with charge, rate and power in proportion.

A route file gives every machine one size, that of an industrial plant. From there a larger target takes more machines
of that size (numbering up), a smaller one smaller machines, down to one of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sim.flowsheet import Flowsheet, Graph
from sim.inputs import Law, Library, Route, Section, Step, Value, scale
from sim.plant.sizing import Sizing

__all__ = ["fitted", "times"]

BY_THE_PIECE = ("1", "m")
"""Units of equipment that is bought as it is: stations and benches by number, webs by their width."""

_RATES = ("rate", "speed")
_EXTENSIVE = ("batch", "lot")


def fitted(graph: Graph, flowsheet: Flowsheet, library: Library, sizing: Sizing) -> Route:
    """Return a route whose machines are as small as its target allows.

    Parameters
    ----------
    graph, flowsheet, library, sizing
        Those of the route as it is written, sized for the target.

    Notes
    -----
    A step with a charge and the steps behind it that take its lots whole share one factor, the largest share of its
    open hours in which any of them would be busy, over the busy share that sizing allows. Their charges, rates, sizes,
    powers and losses per event are multiplied by it; durations, operators and rooms stay. So the busiest of them is
    busy as planned, and times of operations do not change. Nothing becomes larger. What is bought by the piece or by
    the width of its web keeps size and power; webs keep their speed, too.
    """
    allowed = library.economics.machine_utilisation.value
    factors: dict[str, float] = {}
    for head, members in _groups(graph).items():
        busy = max(sizing.steps[name].load * sizing.steps[name].machines / allowed for name in members)
        webs = any(flowsheet.steps[name].inlet.unit == "m2" or graph.steps[name].speed for name in members)
        if 0.0 < busy < 1.0 and not webs and isinstance(graph.steps[head].machines, str):
            factors |= dict.fromkeys(members, busy)
    steps = [_smaller(step, factors[step.id], library) if step.id in factors else step for step in graph.route.steps]
    return graph.route.model_copy(update={"steps": steps})


def _groups(graph: Graph) -> dict[str, list[str]]:
    """Return by every step with a charge of its own the steps that handle its lots whole, itself included."""
    head: dict[str, str] = {}
    for name in graph.order:
        groups = graph.inlets(name)
        head[name] = name if graph.steps[name].batch or not groups else head[groups[0].edges[0].source]
    found: dict[str, list[str]] = {}
    for name, first in head.items():
        found.setdefault(first, []).append(name)
    return found


def _smaller(step: Step, factor: float, library: Library) -> Step:
    """Return a step whose machine handles *factor* times as much."""
    changed: dict[str, Any] = dict(_scaled(step, _EXTENSIVE, factor))
    changed["loss"] = [
        loss if loss.amount.unit == "m" else loss.model_copy(update={"amount": times(loss.amount, factor)})
        for loss in step.loss
    ]
    if _scales(step, library):
        changed |= dict(_scaled(step, _RATES, factor)) | _machine(step, factor)
    changed["sections"] = [
        section.model_copy(update=_machine(section, factor)) if _scales(section, library) else section
        for section in step.sections
    ]
    return step.model_copy(update=changed)


def _scales(part: Step | Section, library: Library) -> bool:
    """Whether a machine can be bought in another size."""
    entry = library.equipment.get(part.equipment)
    return entry is not None and entry.price.at.unit not in BY_THE_PIECE


def _machine(part: Step | Section, factor: float) -> dict[str, Any]:
    """Return size and power of a machine *factor* times as large."""
    changed: dict[str, Any] = dict(_scaled(part, ("size",), factor))
    if part.power is not None:
        changed["power"] = part.power.model_copy(update=dict(_scaled(part.power, ("run", "idle", "clean"), factor)))
    if part.heat is not None and part.heat.idle is not None:
        changed["heat"] = part.heat.model_copy(update={"idle": times(part.heat.idle, factor)})
    return changed


def _scaled(item: Any, names: tuple[str, ...], factor: float) -> Iterator[tuple[str, Value]]:
    for name in names:
        value = getattr(item, name)
        if value is not None:
            yield name, times(value, factor)


def times(value: Value, factor: float) -> Value:
    """Return a value, its range and its scatter multiplied by a factor above 0."""
    number = value.value * factor
    low, high = (None if end is None else end * factor for end in (value.low, value.high))
    law = scale(value.law, factor) if value.value > 0.0 else Law("fixed", (0.0,))
    text = f"{number:.4g} {value.unit}{' ' if value.basis else ''}{value.basis}"
    return replace(value, value=number, low=low, high=high, law=law, text=text)
