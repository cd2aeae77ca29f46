"""The expected ledger: the year of a line in expected values, without simulation.

The deterministic spreadsheet beside the simulated result. It has the form of a simulated ledger, so every sum of the
roll-up runs on it; what it lacks is chance: queues, failures that come together, a target that is missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.flowsheet import FlowsheetError, StepFlow, expected_flows, rework_target
from sim.inputs import Step, samples, total
from sim.plant import Line, Operation, StepSize, buffer_names, like_the_year, losses, lot_of, open_hours, operation_of
from sim.results import STATES
from sim.rollup.ledger import BufferLedger, Ledger, OutletLedger, StepLedger, TankLedger, equivalents
from sim.rollup.machines import open_hours_by_step
from sim.rollup.standing import stand_stills

__all__ = ["expected"]


class _Work(NamedTuple):
    """What one step does in the window."""

    step: Step
    flow: StepFlow
    size: StepSize
    operation: Operation
    starts: float
    """Starts after standing still or a cleaning, per operation [1]."""
    lost: Mapping[str, float]
    """Lost per operation, by event, in units of the primary outlet."""
    open_h: float
    """Hours of the window in which the step's calendar is open [h]."""
    taken: float = 0.0
    """Units of primary inlet: at first per unit shipped, then in the window."""

    @property
    def operations(self) -> float:
        return self.taken / self.size.charge

    @property
    def kept(self) -> float:
        """Share of the primary outlet that is not lost per event [1]."""
        return 1.0 - sum(self.lost.values()) / (self.size.charge * self.flow.primary.factor)

    @property
    def made(self) -> float:
        """What the primary outlet carries on, losses per event taken off, in its unit."""
        return self.taken * self.flow.primary.factor * self.kept


def expected(line: Line) -> Ledger:
    """Return the ledger of a line's window in expected values.

    Parameters
    ----------
    line : Line
        Of which the plan is not read.

    Raises
    ------
    FlowsheetError
        If an operation loses all that it makes, or streams that meet no longer fit once losses are taken off.

    Notes
    -----
    The line ships its target; or what its machines, operators, places and releases let through, if that is less or
    there is no target. Every step takes and finishes what this needs, with product lost per event, rejects and rework
    on top, so elements balance. Stocks do not change, and tanks are filled up with what recovery does not return.

    Machine hours are those of an operation (phases; cleaning and repairs in proportion) times the operations. A
    machine with slots runs while any of them does, starts being spread evenly. The rest of the open hours is
    `starved`, closed hours are `off_shift`; nothing is blocked and nothing waits for operators. A first step starts
    anew with every charge, another after it has stood still for want of what an inlet brings, and both after cleanings.

    Work in process is what is inside machines and in hold; what waits for a machine or a full charge is left out.
    Lead time follows from it by Little's law, L = W / throughput.

    Quality is the mean that a step sets times the mean factors behind it. Inspections that keep back the worst lots
    make the mean of the others a little better; that is left out.
    """
    window_h = _window_h(line)
    work = _per_unit(line)
    shipped = _output(line, work, window_h)
    work = [item._replace(taken=item.taken * shipped) for item in work]
    steps = {item.step.id: _step(line, item, window_h) for item in work}
    wip = _in_process(line, work) / window_h
    out = {name: total(outlet.shipped for outlet in step.outlets) for name, step in steps.items()}
    return Ledger(
        window_h=window_h,
        steps=steps,
        buffers={name: BufferLedger(0.0, 0.0, 0.0) for step in steps for name in buffer_names(line.graph, step)},
        tanks={name: _tank(name, steps) for name in line.route.tanks},
        shipped=shipped,
        shipped_lots=sum(_lots(line, item.step.id, steps[item.step.id]) for item in work),
        lead_time_h=wip * window_h / shipped if shipped else math.nan,
        lead_time_growth=1.0,
        quality=sum(line.graph.mean_quality(name) * amount for name, amount in out.items()) / shipped
        if shipped
        else math.nan,
        wip=wip,
        operator_h=sum(step.operator_h for step in steps.values()),
        overtime_h=0.0,
        closure=0.0,
    )


def _window_h(line: Line) -> float:
    """Return the length of the part of a year that is open as long as the window [h]."""
    return line.horizon_h * like_the_year(line, line.open_h)


def _per_unit(line: Line) -> list[_Work]:
    """Return what every step does per unit shipped."""
    flows = line.flowsheet.steps
    open_of, stood = open_hours_by_step(line), stand_stills(line)
    found: dict[str, _Work] = {}
    for step in line.route.steps:
        flow, size = flows[step.id], line.sizing.steps[step.id]
        operation = operation_of(step, flow, line.library, size.charge)
        still = 1.0 if line.graph.is_source(step.id) else stood[step.id]
        starts = samples.lowest(1.0, still + operation.cleans)
        events = {"lot": 1.0, "clean": operation.cleans, "failure": operation.failures, "start": starts}
        work = _Work(step, flow, size, operation, starts, losses(step, events), open_of[step.id], flow.expected)
        if work.kept <= 0.0:
            raise FlowsheetError("as much is lost per event as an operation makes", step.id, "loss")
        found[step.id] = work
    if any(work.lost for work in found.values()):
        taken, _ = expected_flows(line.graph, {name: _after_losses(work) for name, work in found.items()})
        found = {name: work._replace(taken=taken[name]) for name, work in found.items()}
    return list(found.values())


def _after_losses(work: _Work) -> StepFlow:
    """Return the flow of a step with a primary outlet that is less what is lost per event."""
    first, *others = work.flow.outlets
    return replace(work.flow, outlets=(replace(first, factor=first.factor * work.kept), *others))


def _output(line: Line, work: Sequence[_Work], window_h: float) -> float:
    """Return what is shipped in the window: the least that the target, machines, crews, places and releases allow."""
    plant_h = open_hours(line.calendars[0], line.warm_up_h, line.end_h)
    needs = [(item.operations * item.size.operation_h, item.size.machines * item.open_h) for item in work]
    there_h = open_hours(line.calendars[line.timetable.operators], line.warm_up_h, line.end_h)
    for skill, number in line.sizing.on_duty.items():
        held = [item.operations * item.operation.operator_h for item in work if item.step.skill == skill]
        needs.append((sum(held), (number or 1.0) * there_h))
    for place, number in line.route.places.items():
        held_h = sum(item.operations * item.operation.run_h * item.step.resources.get(place, 0) for item in work)
        needs.append((held_h, number * window_h))
    needs += [need for item in work if line.graph.is_source(item.step.id) for need in _released(line, item, plant_h)]
    limits = [there / need for need, there in needs if need > 0.0]
    return samples.lowest(*limits) if limits else 0.0


def _released(line: Line, work: _Work, plant_h: float) -> Iterator[tuple[float, float]]:
    """Yield (needed per unit shipped, there is) of what a first step may take in, if anything limits it."""
    rule = work.step.release
    if rule is not None and rule.interval is not None:
        yield work.operations, work.open_h / rule.interval.value
    elif rule is not None and rule.rate is not None:
        yield work.taken * work.flow.primary.factor, work.open_h * rule.rate.value
    elif line.target_per_year is not None and (rule is None or rule.at == "target"):
        yield 1.0, line.target_per_year * plant_h / line.sizing.open_hours_per_year


def _step(line: Line, work: _Work, window_h: float) -> StepLedger:
    """Return the ledger of one step."""
    operations, fate = work.operations, line.graph.fractions(work.step.id)
    inspect = work.step.inspect
    fails_for_good = inspect is not None and (
        rework_target(inspect) is not None or inspect.fail not in line.graph.steps
    )
    first = work.made * (1.0 - fate.reworked) if inspect else 0.0
    drawn = {name: kg * work.taken for name, kg in work.flow.drawn.items()}
    recovered = {name: kg * work.taken for name, kg in work.flow.recovered.items()}
    return StepLedger(
        hours=np.empty((0, len(STATES))),
        state_h=_hours(work, window_h),
        slot_run_h=operations * work.operation.run_h,
        taken=work.taken,
        started=work.taken,
        finished=work.taken,
        operations=operations,
        starts=operations * work.starts,
        cleans=operations * work.operation.cleans,
        failures=operations * work.operation.failures,
        lost={event: operations * amount for event, amount in work.lost.items()},
        scrapped=work.made * fate.failed if fails_for_good else 0.0,
        reworked=work.made * fate.reworked,
        inspected=work.made if inspect else 0.0,
        passed_first=first * fate.first_pass,
        inspected_first=first,
        open_start=0.0,
        open_end=0.0,
        drawn=drawn,
        drawn_open_start=dict.fromkeys(drawn, 0.0),
        drawn_open_end=dict.fromkeys(drawn, 0.0),
        recovered=recovered,
        recovered_open_start=dict.fromkeys(recovered, 0.0),
        recovered_open_end=dict.fromkeys(recovered, 0.0),
        outlets=tuple(_outlets(line, work, fate.passed)),
        expired_in={},
        operator_h=operations * work.operation.operator_h,
    )


def _outlets(line: Line, work: _Work, passed: float) -> Iterator[OutletLedger]:
    for number, outlet in enumerate(work.flow.outlets):
        amount = work.taken * outlet.factor if number else work.made * passed
        ships, inside = outlet.places[0] == "ship", outlet.places[0] in line.graph.steps
        yield OutletLedger(amount if ships else 0.0, 0.0 if ships or inside else amount, 0.0, 0.0)


def _hours(work: _Work, window_h: float) -> dict[str, float]:
    """Return machine hours by state; machines share the work evenly [h]."""
    machines, operation = work.size.machines, work.operation
    number, opened = work.operations / machines, work.open_h
    run, down = number * operation.run_h, number * operation.down_h
    if work.step.slots > 1 and run > 0.0:
        # the hours of all slots: the machine runs while any does, and fails by its own hours
        whole, run = run, samples.lowest(run, opened)
        down *= run / whole
        run = samples.lowest(run, opened - down)
    setup = work.step.setup.duration.value * number * work.starts if work.step.setup else 0.0
    busy = [run, setup, number * operation.clean_h, down]
    share = samples.lowest(1.0, opened / sum(busy)) if any(busy) else 1.0
    busy = [hours * share for hours in busy]
    found = dict(zip(("run", "setup", "clean", "down"), busy, strict=True))
    found |= {"starved": samples.highest(0.0, opened - sum(busy)), "off_shift": window_h - opened}
    return {state: machines * found.get(state, 0.0) for state in STATES}


def _in_process(line: Line, work: Sequence[_Work]) -> float:
    """Return the product-equivalent inside machines and in hold, times the hours that it is there [unit h]."""
    worth, total = equivalents(line), 0.0
    for item in work:
        total += item.taken * item.operation.run_h * worth.steps[item.step.id]
        if item.step.hold is not None:
            total += item.made * item.step.hold.value * worth.outlets[item.step.id, 0]
    return total


def _tank(name: str, steps: Mapping[str, StepLedger]) -> TankLedger:
    """Return a tank that is as full at the end as at the start."""
    drawn = sum(step.drawn.get(name, 0.0) for step in steps.values())
    back = sum(step.recovered.get(name, 0.0) for step in steps.values())
    return TankLedger(samples.highest(0.0, drawn - back), drawn, back, samples.highest(0.0, back - drawn), 0.0, 0.0)


def _lots(line: Line, name: str, step: StepLedger) -> float:
    """Return the lots that a step ships."""
    return sum(
        outlet.shipped / lot_of(line.graph, line.flowsheet, name, number)
        for number, outlet in enumerate(step.outlets)
        if outlet.shipped
    )
