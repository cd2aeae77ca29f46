"""Debottlenecking: what one more machine, operator or shift, or a larger buffer, is worth."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.ask import Answer, Question, lines_of
from sim.analysis.evaluators import Evaluator, simulation
from sim.inputs import MOST
from sim.plant import Line, design
from sim.reporting import terminal
from sim.results import Kpis, Results, interval, paired_difference
from sim.rollup import busy_share
from sim.study import Measured, Study
from sim.workers import Progress, Workers, counter

__all__ = ["SCREEN", "Bottlenecks", "bottlenecks"]

_LOG = logging.getLogger(__name__)

SCREEN = 0.5
"""Steps less busy than this share of the busiest are not tried: another machine there can hardly matter [1]."""

CHANGES = ("machine", "buffer", "operator", "shift")


class _Change(NamedTuple):
    step: str
    """Empty for the whole line."""
    kind: str
    before: float
    after: float
    line: Line | None
    """None: screened out."""


@dataclass(frozen=True)
class Bottlenecks(Question[Answer]):
    """What every single addition to some lines is worth, to all if none are named."""

    lines: Sequence[str] = ()

    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Answer:
        """Return the table `bottleneck`."""
        _LOG.info("plants with one more of each")
        evaluate = simulation(study, jobs, counter(progress))
        tables = [bottlenecks(line, evaluate) for line in lines_of(study, self.lines)]
        table = pd.concat(tables, ignore_index=True)
        return Answer("bottleneck", table, terminal.bottlenecks(table))


def bottlenecks(line: Line, evaluate: Evaluator) -> pd.DataFrame:
    """Return what every single addition to a line does to its output and unit cost.

    Parameters
    ----------
    line : Line
        Sized for its target, or with given counts.
    evaluate : Evaluator
        With several replications, that there are intervals.

    Returns
    -------
    DataFrame
        Columns line, step (empty for the whole line), change (`machine`, `buffer`, `operator`, `shift`), before, after
        (machines, room in the buffer's unit, operators or shifts), unit of the output, busy (share of open hours, of
        the step before the change), output [unit/y] and cost [USD/unit] with the change, gain [unit/y] and cost_change
        [USD/unit] against the line as it is with their 95 % intervals, screened (1: not tried). Largest gain first.

    Notes
    -----
    The first step releases at capacity, so that the target does not hide what the plant could do. Everything is paired:
    the same random numbers with and without the change. A machine brings its own capital, power and room, and a step
    without a figure for its buffer gets one charge more of it; a buffer itself costs nothing but the stock in it; an
    operator is a post in all open hours; a shift keeps the crew of the others. A gain by a machine in front of the
    true bottleneck is none, so most are zero.
    """
    operators = line.sizing.operators
    base = design(line, machines={}, operators=operators, at_capacity=True)
    (now,) = evaluate([base])
    busy = {name: float(np.mean([busy_share(base, ledger, name) for ledger in now.ledgers])) for name in line.machines}
    changes = _changes(line, base, busy)
    tried = [change.line for change in changes if change.line is not None]
    found = iter(evaluate(tried))
    rows = [_row(line, change, busy, now, next(found) if change.line is not None else None) for change in changes]
    frame = Results.bottleneck.frame(rows)
    order = frame.assign(kind=frame["change"].map(CHANGES.index))
    order = order.sort_values(["screened", "gain", "kind"], ascending=[True, False, True], kind="stable")
    return order[Results.bottleneck.names].reset_index(drop=True)


def _changes(line: Line, base: Line, busy: dict[str, float]) -> list[_Change]:
    """Return all additions; those that cannot matter, or cannot be made, without a line."""
    operators, limit = line.sizing.operators, SCREEN * max(busy.values())
    rooms: dict[str, float] = {}
    for buffer in base.plan.buffers:
        if not buffer.rework and math.isfinite(buffer.capacity):
            step = line.route.steps[buffer.consumer].id
            rooms[step] = rooms.get(step, 0.0) + buffer.capacity
    found = []
    for name, number in line.machines.items():
        more = None
        if busy[name] >= limit and number < MOST:
            more = design(base, machines={name: number + 1})
        found.append(_Change(name, "machine", number, number + 1, more))
        if name in rooms:
            larger = None
            if busy[name] >= limit:
                larger = design(base, buffers={name: 2.0})
            found.append(_Change(name, "buffer", rooms[name], 2.0 * rooms[name], larger))
    if operators:
        hand = design(base, operators=operators + 1)
        found.append(_Change("", "operator", operators, operators + 1, hand))
    shifts = line.plant.shifts_per_day
    if shifts < 3:
        longer = design(base, shifts=shifts + 1)
        found.append(_Change("", "shift", shifts, shifts + 1, longer))
    return found


def _row(line: Line, change: _Change, busy: dict[str, float], now: Measured, then: Measured | None) -> dict[str, Any]:
    row = {
        "line": line.name,
        "step": change.step,
        "change": change.kind,
        "before": change.before,
        "after": change.after,
        "unit": line.unit,
        "busy": busy.get(change.step, math.nan),
        "screened": int(then is None),
    }
    nothing = dict.fromkeys(Results.bottleneck.names, math.nan)
    if then is None:
        return {**nothing, **row}
    gain = paired_difference(np.nan_to_num(then.values(Kpis.throughput)), np.nan_to_num(now.values(Kpis.throughput)))
    cost = paired_difference(then.values(Kpis.cost_per_unit), now.values(Kpis.cost_per_unit))
    output, unit_cost = interval(then.values(Kpis.throughput)).mean, interval(then.values(Kpis.cost_per_unit)).mean
    row |= {"output": output, "gain": gain.mean, "gain_low": gain.low, "gain_high": gain.high, "cost": unit_cost}
    return row | {"cost_change": cost.mean, "cost_change_low": cost.low, "cost_change_high": cost.high}
