"""The compiled core as a library: loaded once, called without holding the interpreter, its log read in place."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint64, c_void_p
from functools import cache
from pathlib import Path

import numpy as np

from sim.engine.compiled import build
from sim.engine.compiled.encoding import encode
from sim.engine.liveness import Member, knot
from sim.engine.log import DTYPE, Log
from sim.engine.plan import Plan
from sim.errors import SimError

__all__ = ["Core", "core", "why_not"]

DONE, DEADLOCK, BAD_PLAN = 0, 1, 2

RESTS = ("", "idle", "shift", "outlet", "resource", "tank", "recovery")
"""What the numbers of `Rest` in places.hpp are called here."""

_CALLS = {
    "sim_run_plan": (c_void_p, (c_char_p, c_size_t, c_uint64, c_uint64)),
    "sim_run_free": (None, (c_void_p,)),
    "sim_run_outcome": (c_int, (c_void_p,)),
    "sim_run_problem": (c_char_p, (c_void_p,)),
    "sim_run_rows": (c_void_p, (c_void_p, POINTER(c_size_t))),
    "sim_run_knot": (POINTER(c_int64), (c_void_p, POINTER(c_size_t), POINTER(c_double))),
    "sim_core_sources": (c_char_p, ()),
}
"""The functions of core.h: result and arguments."""


class Core:
    """A library that was built from core.cpp.

    Parameters
    ----------
    path : Path
        Where it lies.

    Raises
    ------
    OSError
        If it is not there, or not for this machine.
    """

    def __init__(self, path: Path) -> None:
        self._calls = ctypes.CDLL(str(path))
        for name, (result, arguments) in _CALLS.items():
            function = getattr(self._calls, name)
            function.restype, function.argtypes = result, arguments

    @property
    def sources(self) -> str:
        """Digest of the sources that it was built from."""
        return str(self._calls.sim_core_sources().decode())

    def simulate(self, plan: Plan, *, seed: int, replication: int) -> Log:
        """Run one replication of *plan*, as `sim.engine.simulate` does and with the same log.

        Raises
        ------
        DeadlockError
            If machines wait for each other for ever.
        SimError
            If the plan is none, or there is no memory left.
        """
        return self.run(encode(plan), plan, seed=seed, replication=replication)

    def run(self, buffer: bytes, plan: Plan, *, seed: int, replication: int) -> Log:
        """Run one replication of the encoded plan."""
        if seed < 0 or replication < 0:
            raise ValueError(f"expected a seed and a replication of 0 or more, found {seed} and {replication}")
        run = self._calls.sim_run_plan(buffer, len(buffer), seed, replication)
        outcome = self._calls.sim_run_outcome(run) if run else None
        if outcome == DONE:
            return Log(plan, seed, replication, self._rows(run))
        try:
            if outcome == DEADLOCK:
                raise knot(*self._knot(run, plan))
            if outcome == BAD_PLAN:
                problem = self._calls.sim_run_problem(run).decode(errors="replace")
                raise SimError(f"the compiled core refuses the plan: {problem}")
            raise SimError("no memory is left for the compiled core")
        finally:
            self._calls.sim_run_free(run)

    def _rows(self, run: int) -> np.ndarray:
        """Return the rows of a run, which lives as long as they do."""
        number = c_size_t()
        address = self._calls.sim_run_rows(run, byref(number))
        if not number.value:
            self._calls.sim_run_free(run)
            return np.empty(0, DTYPE)
        block = (ctypes.c_char * (number.value * DTYPE.itemsize)).from_address(address)
        weakref.finalize(block, self._calls.sim_run_free, run)
        rows: np.ndarray = np.frombuffer(memoryview(block), dtype=DTYPE)
        return rows

    def _knot(self, run: int, plan: Plan) -> tuple[list[Member], float]:
        number, time_h = c_size_t(), c_double()
        found = self._calls.sim_run_knot(run, byref(number), byref(time_h))
        return list(_members(plan, iter(found[: number.value]))), time_h.value


def _members(plan: Plan, numbers: Iterator[int]) -> Iterator[Member]:
    """Yield those who are in a deadlock: step, what they wait for, how many places are full, those places."""
    for step in numbers:
        rest, full = RESTS[next(numbers)], next(numbers)
        yield plan.steps[step].name, rest, [plan.buffers[next(numbers)].name for _ in range(full)]


@cache
def _loaded() -> tuple[Core | None, str]:
    if not build.LIBRARY.exists():
        return None, "there is no compiled core: it is built at installation if a C++20 compiler is at hand"
    try:
        found = Core(build.LIBRARY)
    except OSError as error:
        return None, f"the compiled core cannot be loaded: {error}"
    if found.sources != build.sources():
        return None, "the compiled core is of other sources; build it anew: python -m sim.engine.compiled"
    return found, ""


def core() -> Core | None:
    """Return the core that was built with this package, None if there is none."""
    return _loaded()[0]


def why_not() -> str:
    """Return why there is no core; empty if there is."""
    return _loaded()[1]
