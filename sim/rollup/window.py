"""Reading an event log with numpy: rows by kind, sums in and before the window, and where rows belong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine import SHIP, Kind, Log, Plan, server_table

__all__ = ["Bools", "Floats", "Ints", "Part", "Places", "Sums", "View", "count", "weighed"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def count(by: Ints, amount: Floats, size: int) -> Floats:
    """Return amounts added up by a label from 0 to *size* - 1."""
    return np.bincount(by, amount, size).astype(np.float64, copy=False)


def weighed(amount: Floats, by: Floats) -> float:
    """Return the sum of amounts times something, in an order that hangs on no number of cores as that of `@` does."""
    return float((amount * by).sum())


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one kind, in order of time."""

    time: Floats
    amount: Floats
    lot: NDArray[np.uint32]
    step: Ints
    server: Ints
    place: Ints
    share: Floats
    """Share of the window that comes after the row [1]."""
    early: int
    """Number of rows before the window."""

    def sums(self, by: Ints, size: int) -> Sums:
        """Return the amounts before the window and in it, added up by a label."""
        first = self.early
        return Sums(count(by[:first], self.amount[:first], size), count(by[first:], self.amount[first:], size))

    def mean(self, by: Ints, size: int) -> Floats:
        """Return the time average over the window of the running totals by a label."""
        return count(by, self.amount * self.share, size)

    def where(self, mask: Bools) -> Part:
        """Return some of the rows."""
        if mask.all():
            return self
        return self._picked(mask, int(np.count_nonzero(mask[: self.early])))

    def inside(self) -> Part:
        """Return the rows of the window."""
        return self._picked(slice(self.early, None), 0)

    def _picked(self, rows: Bools | slice, early: int) -> Part:
        return Part(
            self.time[rows],
            self.amount[rows],
            self.lot[rows],
            self.step[rows],
            self.server[rows],
            self.place[rows],
            self.share[rows],
            early,
        )

    def counts(self, size: int) -> Ints:
        """Return the number of rows in the window by step."""
        return np.bincount(self.step[self.early :], minlength=size)


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts by label, before the window and in it."""

    before: Floats
    within: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.before + other.before, self.within + other.within)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.before - other.before, self.within - other.within)

    def times(self, factor: Floats) -> Sums:
        """Return all amounts times a factor of each label."""
        return Sums(self.before * factor, self.within * factor)

    def spread(self, factors: Floats) -> Sums:
        """Return the amounts of each step times its row of factors, flat."""
        return Sums((self.before[:, None] * factors).ravel(), (self.within[:, None] * factors).ravel())

    @property
    def end(self) -> Floats:
        """Running total at the end of the run."""
        return self.before + self.within


class View:
    """A log by kinds: the rows of one are unpacked when they are asked for, so that of a long log few are at hand."""

    def __init__(self, log: Log) -> None:
        kind = np.ascontiguousarray(log.rows["kind"])
        self.plan, self._rows = log.plan, log.rows
        self._order = np.argsort(kind, kind="stable").astype(np.uint32)
        self._bounds = np.concatenate([[0], np.cumsum(np.bincount(kind, minlength=max(Kind) + 1))])

    def __getitem__(self, kind: Kind) -> Part:
        plan, rows = self.plan, self._rows[self._order[self._bounds[kind] : self._bounds[kind + 1]]]
        time = rows["time_h"].copy()
        return Part(
            time,
            rows["amount"].copy(),
            rows["lot"].copy(),
            rows["step"].astype(np.intp),
            rows["server"].astype(np.intp),
            rows["place"].astype(np.intp),
            (plan.end_h - np.maximum(time, plan.warm_up_h)) / (plan.horizon_h or 1.0),
            early=int(np.searchsorted(time, plan.warm_up_h, side="left")),
        )


class Places:
    """Where the rows of a plan belong: inlets of buffers, outlets of places, servers of machines."""

    def __init__(self, plan: Plan) -> None:
        self.steps = len(plan.steps)
        self.buffers = len(plan.buffers)
        self.tanks = len(plan.tanks)
        self.wide = max([1, *(len(step.outlets) for step in plan.steps)])
        self.source = np.array([not step.inlets for step in plan.steps])
        self.inlet = np.zeros(self.buffers, dtype=np.intp)
        """Number of the inlet that a buffer stands at; 0 for primary inlets and rework queues."""
        self.rework = np.array([buffer.rework for buffer in plan.buffers], dtype=bool)
        self.consumer = np.array([buffer.consumer for buffer in plan.buffers], dtype=np.intp)
        self.outlet = np.zeros((self.steps, self.buffers), dtype=np.intp)
        """Outlet of a step that fills a buffer; failed lots come from the first."""
        self.ship = np.zeros(self.steps, dtype=np.intp)
        self.factor = np.zeros((self.steps, self.wide))
        self.coefficient = np.zeros((self.steps, self.tanks))
        """Drawn from a tank per unit of primary inlet [kg/unit]."""
        self.recovery = np.zeros((self.steps, self.tanks))
        """Returned to a tank per unit of primary inlet [kg/unit]."""
        for number, step in enumerate(plan.steps):
            for inlet, (buffer, _) in enumerate(step.inlets):
                self.inlet[buffer] = inlet
            for index, outlet in reversed(list(enumerate(step.outlets))):
                self.factor[number, index] = outlet.factor
                for place in outlet.places:
                    if place >= 0:
                        self.outlet[number, place] = index
                    elif place == SHIP:
                        self.ship[number] = index
            for tank, kg in step.draws:
                self.coefficient[number, tank] += kg
            for tank, kg in step.recoveries:
                self.recovery[number, tank] += kg
        step_of, machine_of = server_table(plan)
        self.step_of = step_of
        first = np.cumsum([0, *(step.machines for step in plan.steps)])
        self.first = first
        self.machine_of = first[step_of] + machine_of
        self.slots = np.array([step.slots for step in plan.steps], dtype=np.intp)
        self.machine_step = np.repeat(np.arange(self.steps), [step.machines for step in plan.steps])

    def code(self, step: Ints, outlet: Ints | int) -> Ints:
        """Return one number for a step and one of its outlets."""
        return step * self.wide + outlet
