"""What can be run and should be doubted: what nobody said, what does not fit, what gets too hot, what escapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.flowsheet import Flowsheet, Graph, Problem, heat
from sim.inputs import Library, Path, Route, Section, Step, own_name, units
from sim.plant.checks import TOLERANCE, parts
from sim.plant.sizing import Sizing, size_sections

__all__ = ["OutOfRange", "doubts", "out_of_range"]


def doubts(graph: Graph, flowsheet: Flowsheet, library: Library, sizing: Sizing) -> Iterator[Problem]:
    """Yield what can be run but should be doubted: what is forgotten, out of range, overfull, hot or lost."""
    yield from _size_doubts(graph, library, sizing)
    yield from _unattended(graph.route)
    yield from _unsafe(graph.route, flowsheet, library)
    for index, step in enumerate(graph.route.steps):
        here = ("steps", index)
        yield from _jacket_doubts(step, library, sizing, here)
        yield from _condenser_doubts(step, flowsheet, library, here)
        for place, fractions in step.split.items():
            present = [m for m in flowsheet.steps[step.id].charge_kg if library.materials[m].phase == "liquid"]
            for name, share in fractions.items():
                solvents = [s for s in library.materials[name].soluble_in if s in present]
                if solvents and share.value > 0.5 and place != "emission":
                    text = (
                        f"{step.id}: {name} is soluble in {solvents[0]}, yet {share.value:.0%} of it leaves to {place}"
                    )
                    yield Problem(text, (*here, "split", place))


class OutOfRange(NamedTuple):
    """A size for which the price of its equipment does not hold."""

    at: int
    """Of the step in the route."""
    label: str
    """Step, and section if there is one, as `film_line.calender`."""
    size: float
    low: float
    high: float
    unit: str


def out_of_range(graph: Graph, library: Library, sizing: Sizing) -> Iterator[OutOfRange]:
    """Yield the sizes outside the range of their price."""
    for index, step in enumerate(graph.route.steps):
        for section, (value, unit, entry) in size_sections(step, library, sizing.steps[step.id]).items():
            low, high = (units.parse(text, unit) for text in entry.sizes)
            if not low * (1.0 - TOLERANCE) <= value <= high * (1.0 + TOLERANCE):
                yield OutOfRange(index, f"{step.id}{'.' if section else ''}{section}", value, low, high, unit)


def _size_doubts(graph: Graph, library: Library, sizing: Sizing) -> Iterator[Problem]:
    for found in out_of_range(graph, library, sizing):
        span = f"{found.low:.4g} to {found.high:.4g} {found.unit}"
        text = f"{found.label}: {found.size:.4g} {found.unit} is outside the range of its price, {span}"
        yield Problem(text, ("steps", found.at, "size"))
    for index, step in enumerate(graph.route.steps):
        size, entry = sizing.steps[step.id], library.equipment.get(step.equipment)
        chamber = entry.volume(size.size) if entry is not None and size.size is not None else None
        if entry is None or chamber is None:
            continue
        room = chamber * (entry.fill.value if entry.fill else 1.0)
        if size.volume_m3 > room * (1.0 + TOLERANCE):
            text = f"{step.id}: a charge of {size.volume_m3:.3g} m3 does not fit into {room:.3g} m3 of working volume"
            yield Problem(text, ("steps", index, "batch" if step.batch else "id"))


def _unattended(route: Route) -> Iterator[Problem]:
    """Yield machines for which nobody said who attends them or what they draw, and a line that nobody inspects.

    What is said to be nothing (`operators: 0`, `power: 0 kW`) is meant so; what is not said costs nothing by oversight.
    """
    for index, step in enumerate(route.steps):
        here, said = ("steps", index), step.model_fields_set
        if all(part.equipment == "none" for part in step.parts):
            continue
        if not said & {"operators", "crew"}:
            yield Problem(f"{step.id}: nobody attends the machine: give 'operators' or 'crew', 0 if none", here)
        if not any(part.power or part.energy or part.heat for part in step.parts):
            yield Problem(f"{step.id}: the machine draws no energy: give 'power', 'energy' or 'heat'", here)
    if "staff" not in route.model_fields_set:
        yield Problem("the line has no 'staff' beside the operators of its steps: quality, maintenance, logistics", ())
    if not any(step.inspect for step in route.steps):
        yield Problem("no step inspects ('inspect'), so nothing that is shipped was ever judged", ())


def _unsafe(route: Route, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Yield the first material that sets H2S free in moist air, on a line of which nothing washes it out."""
    if any("H2S" in library.equipment[own_name(name)].scrubs for name in route.auxiliaries):
        return
    for index, step in enumerate(route.steps):
        for name in flowsheet.steps[step.id].charge_kg:
            if "H2S_former" in library.materials[name].hazards:
                text = (
                    f"{step.id}: {name} forms H2S, and nothing in 'auxiliaries' scrubs it: give one, or 0 with a reason"
                )
                yield Problem(text, ("steps", index))
                return


def _jacket_doubts(step: Step, library: Library, sizing: Sizing, here: Path) -> Iterator[Problem]:
    """Yield machines that are to lose more heat than passes through their jacket."""
    size = sizing.steps[step.id]
    bought = size_sections(step, library, size)
    for part, path in parts(step, here):
        section = part.id if isinstance(part, Section) else ""
        if section not in bought or part.power is None or part.cooling is None:
            continue
        bought_size, _, entry = bought[section]
        volume = entry.volume(bought_size)
        if entry.jacket is None or volume is None:
            continue
        limit, load = heat.jacket_limit(entry.jacket, volume), part.cooling.fraction.value * part.power.run.value
        if load > limit * (1.0 + TOLERANCE):
            label = f"{step.id}{'.' if section else ''}{section}"
            text = f"{label}: {load:.4g} kW are to be cooled and {limit:.3g} kW pass through jacket and rotor"
            if step.dose is not None and not section:
                hours = step.dose.value * size.charge_kg / part.power.run.value
                text += (
                    f"; at a power that can be cooled a charge takes {hours * load / limit:.3g} h, not {hours:.3g} h"
                )
            yield Problem(text, (*path, "power"))


def _condenser_doubts(step: Step, flowsheet: Flowsheet, library: Library, here: Path) -> Iterator[Problem]:
    """Yield condensers at which nothing condenses before the vacuum pump."""
    for part, path in parts(step, here):
        if part.condense is None or part.condense.pressure is None or part.condense.at is None:
            continue
        evaporated = flowsheet.steps[step.id].evaporated
        for found in heat.condensing_hindrance(part.condense, evaporated, library):
            at, pressure = part.condense.at.text, part.condense.pressure.text
            text = (
                f"{step.id}: at {at} {found.solvent} condenses above {found.higher_pa / 100:.3g} mbar only, so all of "
                f"it passes the pump: {pressure} needs a condenser below {found.colder_k - 273.15:.3g} degC"
            )
            yield Problem(text, (*path, "condense"))
