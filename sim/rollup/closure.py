"""Do the rows of an event log add up? Levels against flows, takes against operations, operations against products.

The stock at the end is counted by the engine and written as END rows; nothing here is defined as a difference of what
it is compared with, so a lost, halved or invented row shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.engine import NO_PLACE, Kind, Log, PlanStep
from sim.rollup.window import count

__all__ = ["LIMIT", "Balance", "balances", "check", "explain"]

BLOCK = 2**18
"""Rows that are added up together."""
LIMIT = 1e-9
"""Largest relative violation that is rounding [1]."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Something that must lie between two sums of the log; mostly they are equal."""

    what: str
    found: float
    low: float
    high: float

    @property
    def violation(self) -> float:
        """How far *found* lies outside, relative to the largest of the three [1]."""
        outside = max(self.low - self.found, self.found - self.high, 0.0)
        size = max(abs(self.found), abs(self.low), abs(self.high))
        return outside / size if outside > 0.0 else 0.0


class _Sums:
    """Sums of the amounts of a log by kind, step and place; beside them, the starts and ends of operations."""

    def __init__(self, log: Log) -> None:
        rows = log.rows
        most = max(len(log.plan.buffers), len(log.plan.tanks))
        shape = (max(Kind) + 1, len(log.plan.steps), most + 1)
        # resources, outlets and losses beyond the last buffer are never asked for by place, so they may join NO_PLACE
        sums = np.zeros(math.prod(shape))
        labels = np.arange(len(sums))
        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK]
            key = part["kind"].astype(np.intp) * shape[1] + part["step"]
            key = key * shape[2] + np.minimum(part["place"], most)
            # what was added up so far comes first: the same order, and the same last digit, as of all rows together
            sums = count(np.concatenate([labels, key]), np.concatenate([sums, part["amount"]]), len(sums))
        self._sums = sums.reshape(shape)
        kind = np.ascontiguousarray(rows["kind"])
        runs = np.flatnonzero((kind == Kind.START) | (kind == Kind.FINISH) | (kind == Kind.END_CHARGE))
        self.kind, self.step = kind[runs], rows["step"][runs]
        self.server, self.amount = rows["server"][runs].astype(np.intp), rows["amount"][runs]

    def __call__(self, *kinds: Kind, step: int | None = None, place: int | None = None) -> float:
        """Return the sum over some kinds, of one step or all, of one place or all."""
        steps = slice(None) if step is None else step
        places = slice(None) if place is None else -1 if place == NO_PLACE else place
        return float(sum(self._sums[kind, steps, places].sum() for kind in kinds))


def check(log: Log) -> float:
    """Return the largest relative violation of all balances of *log* [1]; above LIMIT it is no rounding."""
    return max((balance.violation for balance in balances(log)), default=0.0)


def explain(log: Log) -> list[str]:
    """Return one sentence for every balance of *log* that does not hold, the worst first."""
    broken = [balance for balance in balances(log) if balance.violation > LIMIT]
    broken.sort(key=lambda balance: -balance.violation)
    return [f"{item.what}: expected {_span(item)}, found {item.found:.12g}" for item in broken]


def balances(log: Log) -> list[Balance]:
    """Return everything that must add up in *log*."""
    sums = _Sums(log)
    found = [*_stocks(log, sums)]
    for index, step in enumerate(log.plan.steps):
        found += _charges(log, sums, index, step)
        found += _products(sums, index, step)
        found += _tank_flows(log, sums, index, step)
    found += _starts(log, sums)
    return found


def _stocks(log: Log, sums: _Sums) -> Iterator[Balance]:
    """Yield the balances of levels: initial content + what came - what went = what is there at the end."""
    for place, buffer in enumerate(log.plan.buffers):
        came = sums(Kind.PUT, place=place)
        went = sums(Kind.TAKE, Kind.SCRAP, Kind.END_BUFFER, place=place)
        yield _equal(f"buffer {buffer.name}: put against taken, expired and left", came, went)
    for place, tank in enumerate(log.plan.tanks):
        came = tank.initial_kg + sums(Kind.BUY, Kind.RECOVER, place=place)
        went = sums(Kind.DRAW, Kind.OVERFLOW, Kind.END_TANK, place=place)
        yield _equal(f"tank {tank.name}: initial, bought and recovered against drawn, overflown and left", came, went)


def _charges(log: Log, sums: _Sums, index: int, step: PlanStep) -> Iterator[Balance]:
    """Yield: what was taken is what was worked on, and all inlets gave their share."""
    if not step.inlets:
        return
    primary = sums(Kind.TAKE, place=step.inlets[0][0])
    own = [place for place, item in enumerate(log.plan.buffers) if item.rework and item.consumer == index]
    rework = sum(sums(Kind.TAKE, place=place) for place in own)
    used = sums(Kind.FINISH, Kind.END_CHARGE, step=index)
    yield _equal(f"{step.name}: charges taken against finished and inside", primary + rework, used)
    for place, ratio in step.inlets[1:]:
        name = log.plan.buffers[place].name
        yield _equal(f"{step.name}: share of inlet {name}", sums(Kind.TAKE, place=place), primary * ratio)


def _products(sums: _Sums, index: int, step: PlanStep) -> Iterator[Balance]:
    """Yield: what was finished has left, was lost or is still there."""
    if step.outlets:
        made = sums(Kind.FINISH, step=index) * sum(outlet.factor for outlet in step.outlets)
        left = sums(Kind.PUT, Kind.SHIP, Kind.DUMP, Kind.LOSS, Kind.END_HOLD, Kind.END_OUTLET, step=index)
        left += sums(Kind.SCRAP, step=index, place=NO_PLACE)
        yield _equal(f"{step.name}: finished against handed on, lost, scrapped and inside", left, made)
    if step.hold_h is not None:
        held = sums(Kind.FREE, Kind.END_HOLD, step=index)
        yield _equal(f"{step.name}: into the hold against out of it and inside", held, sums(Kind.HOLD, step=index))


def _tank_flows(log: Log, sums: _Sums, index: int, step: PlanStep) -> Iterator[Balance]:
    """Yield: draws and recoveries follow the charges."""
    if not (step.draws or step.recoveries):
        return
    finished = sums(Kind.FINISH, step=index)
    for tank, share in step.draws:
        name = f"{step.name}: drawn from {log.plan.tanks[tank].name}"
        inside = sums(Kind.END_CHARGE, step=index)
        yield Balance(name, sums(Kind.DRAW, step=index, place=tank), finished * share, (finished + inside) * share)
    for tank, share in step.recoveries:
        name = f"{step.name}: recovered into {log.plan.tanks[tank].name}"
        due = finished - _last_finished(sums, index)
        yield Balance(name, sums(Kind.RECOVER, step=index, place=tank), due * share, finished * share)


def _last_finished(sums: _Sums, index: int) -> float:
    """Return the last charges of all servers of a step, whose recovery may still be blocked."""
    mine = (sums.kind == Kind.FINISH) & (sums.step == index)
    amounts = np.zeros(sums.server.max(initial=-1) + 1)
    amounts[sums.server[mine]] = sums.amount[mine]  # of several rows of one server the last one stays
    return float(amounts.sum())


def _starts(log: Log, sums: _Sums) -> Iterator[Balance]:
    """Yield: every server has finished what it started, but for the charge that runs at the end."""
    servers = sum(step.machines * step.slots for step in log.plan.steps)
    total = {}
    for kind in (Kind.START, Kind.FINISH, Kind.END_CHARGE):
        mine = sums.kind == kind
        total[kind] = np.bincount(sums.server[mine], weights=sums.amount[mine], minlength=servers)
    runs = sums.kind != Kind.END_CHARGE
    running = np.zeros(servers)
    running[sums.server[runs]] = sums.kind[runs] == Kind.START  # of several rows of one server the last one stays
    done = total[Kind.FINISH] + running * total[Kind.END_CHARGE]
    for index, started in enumerate(total[Kind.START]):
        yield _equal(f"server {index}: started against finished and running", float(started), float(done[index]))


def _equal(what: str, found: float, expected: float) -> Balance:
    return Balance(what, found, expected, expected)


def _span(balance: Balance) -> str:
    if balance.low == balance.high:
        return f"{balance.low:.12g}"
    return f"{balance.low:.12g} to {balance.high:.12g}"
