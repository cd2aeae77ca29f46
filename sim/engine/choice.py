"""Which engine runs a plan: SimPy, the reference, the compiled core, or the core checked by SimPy.

The logs are the same to the byte, so no result depends on the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sim.engine import simulation
from sim.engine.compiled.library import core, why_not
from sim.engine.log import NO_LOT, NO_PLACE, NO_SERVER, Kind, Log
from sim.engine.plan import Plan
from sim.errors import DeadlockError, DifferenceError, SimError

__all__ = ["Checks", "Engine", "simulate"]


class Engine(StrEnum):
    """What runs the plans."""

    CHECKED = "checked"
    """The core; where a comparison is asked for, SimPy does the same and the logs are compared."""
    COMPILED = "compiled"
    """The core alone."""
    SIMPY = "simpy"


@dataclass(slots=True)
class Checks:
    """What the plans of a study are run by, and which of them by both engines: the first one and every 50th.

    >>> checks = Checks()
    >>> [checks.plan() for _ in range(51)].count(True)
    2
    """

    engine: Engine = Engine.CHECKED
    compared_lines: int = 0
    """Lines whose first replication both engines run [1]."""
    plans: int = 0
    """Plans that are tried, beside the lines as they are [1]."""

    def lines(self, number: int) -> bool:
        """Count lines of one plan; return whether both engines run it."""
        self.compared_lines += number
        return True

    def plan(self) -> bool:
        """Count a plan; return whether both engines run it."""
        self.plans += 1
        return self.plans % EVERY == 1

    def told(self) -> str:
        """Return in words what was compared: all of it was equal, or the study would have stopped."""
        if self.engine == Engine.SIMPY or not (self.compared_lines or self.plans):
            return ""
        if core() is None:
            return f"{why_not()}; SimPy has done everything"
        if self.engine == Engine.COMPILED:
            return ""
        lines = [f"{self.compared_lines} of {self.compared_lines} lines equal"] if self.compared_lines else []
        plans = [f"{-(-self.plans // EVERY)} of {self.plans} plans compared, equal"] if self.plans else []
        return f"both engines: {', '.join(lines + plans)}"


EVERY = 50
"""One plan in so many is run by both engines."""


def simulate(plan: Plan, *, seed: int, replication: int, engine: Engine = Engine.SIMPY, compare: bool = False) -> Log:
    """Run one replication of *plan* and return its event log.

    Parameters
    ----------
    plan : Plan
        The line, checked before.
    seed : int
        Seed of the whole study; 0 is a seed like any other.
    replication : int
        Number of the replication; with the seed it decides all random numbers.
    engine : Engine, default=Engine.SIMPY
        What runs it. `CHECKED` is done by SimPy where there is no core.
    compare : bool, default=False
        With `CHECKED`: let both engines run it.

    Returns
    -------
    Log
        Rows in [0, warm-up + horizon), then the END rows of what is still inside; the same whatever the engine.

    Raises
    ------
    DeadlockError
        If machines wait for each other for ever.
    DifferenceError
        If the engines differ; it names the first row that does.
    SimError
        If the core is asked for and there is none.
    """
    compiled = None if engine == Engine.SIMPY else core()
    if compiled is None and engine == Engine.COMPILED:
        raise SimError(why_not())
    if compiled is None:
        return simulation.simulate(plan, seed=seed, replication=replication)
    if engine == Engine.COMPILED or not compare:
        return compiled.simulate(plan, seed=seed, replication=replication)
    ends: list[Log | DeadlockError] = []
    for one in (simulation.simulate, compiled.simulate):
        try:
            ends.append(one(plan, seed=seed, replication=replication))
        except DeadlockError as error:
            ends.append(error)
    return _same(*ends)


def _same(reference: Log | DeadlockError, found: Log | DeadlockError) -> Log:
    """Return the log in which both engines end, or raise the deadlock in which they do."""
    if isinstance(found, DeadlockError) and isinstance(reference, DeadlockError) and found.args == reference.args:
        raise reference
    if isinstance(found, DeadlockError) or isinstance(reference, DeadlockError):
        one, other = ("the end" if isinstance(it, Log) else str(it) for it in (reference, found))
        raise DifferenceError(f"the engines differ: SimPy comes to {one}, the core to {other}; {_GO_ON}")
    if reference.rows.tobytes() != found.rows.tobytes():
        raise _difference(reference, found)
    return found


_GO_ON = "--engine simpy goes on without the core"


def _difference(reference: Log, found: Log) -> DifferenceError:
    """Return the error that names the first row in which two logs differ."""
    shorter = min(len(reference.rows), len(found.rows))
    # bytes, because equal numbers may differ in their sign or their bits
    ours, theirs = (log.rows[:shorter].view(np.uint8).reshape(shorter, -1) for log in (reference, found))
    differs = np.flatnonzero((ours != theirs).any(axis=1))
    row = int(differs[0]) if differs.size else shorter
    rows = [_told(log, row) for log in (reference, found)]
    return DifferenceError(
        f"{reference.plan.line}: the engines differ in row {row}: SimPy has {rows[0]}, the core has {rows[1]}; {_GO_ON}"
    )


def _told(log: Log, number: int) -> str:
    """Return a row in words; numbers with all of their digits."""
    if number >= len(log.rows):
        return "no such row"
    row = log.rows[number]
    kind, step = Kind(row["kind"]).name.lower(), log.plan.steps[row["step"]].name
    parts = [f"{kind} at {float(row['time_h'])!r} h", f"step {step}", f"amount {float(row['amount'])!r}"]
    none = {"lot": NO_LOT, "server": NO_SERVER, "place": NO_PLACE}
    parts += [f"{name} {row[name]}" for name, nothing in none.items() if row[name] != nothing]
    return f"({', '.join(parts)})"
