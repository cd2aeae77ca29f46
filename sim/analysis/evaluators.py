"""The two ways to work out what lines come to, for every driver that tries variants of a line (`sim.plant.design`).

Samples of a line's numbers are a third matter: thousands share a ledger, see `sim.analysis.responses`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from sim.plant import Line
from sim.rollup import expected, kpi_table, rollup
from sim.study import Measured, Study, measure
from sim.workers import Workers

__all__ = ["Evaluator", "in_expected_values", "simulation"]

Evaluator: TypeAlias = Callable[[Sequence[Line]], list[Measured]]
"""Lines in, what each comes to out, in their order."""


def in_expected_values(lines: Sequence[Line]) -> list[Measured]:
    """Return what lines come to in expected values, as of one replication."""
    ledgers = ((line, expected(line)) for line in lines)
    return [Measured((ledger,), kpi_table(rollup(line, ledger))) for line, ledger in ledgers]


def simulation(study: Study, jobs: Workers = 1, tick: Callable[[], None] | None = None, *, least: int = 1) -> Evaluator:
    """Return what simulates lines, all with the same random numbers: those of a study, and *least* replications."""
    scenario = study.scenario
    replications = max(least, scenario.replications)
    return partial(measure, seed=scenario.seed, replications=replications, jobs=jobs, progress=tick)
