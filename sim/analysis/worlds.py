"""Worlds: the samples of a study, each a value of every uncertain number, drawn and worked out in blocks.

Of a million samples only a block is at hand at a time: its points of the unit cube, its values and what comes of them
in expected values. What is kept of every sample are the indicators asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import workers
from sim.analysis.responses import Response, expected_kpis
from sim.analysis.sampling import Cube, tied
from sim.inputs import Path, Uncertainty
from sim.results import RANKED, Kpis
from sim.study import Parameter, correlations
from sim.workers import Progress, Workers

__all__ = ["Answer", "Case", "Worlds", "worked_out", "worlds"]

Floats = NDArray[np.float64]

BLOCK = RANKED // 4
"""Samples that are at hand together."""

COST = Kpis.cost_per_unit.name


@dataclass(frozen=True, slots=True)
class Worlds:
    """Where the values of all samples come from; what lines share has the same value in the k-th sample of each."""

    parameters: Sequence[Parameter]
    samples: int
    cube: Cube
    correlation: Floats
    """Of the parameters, in *order*."""
    order: NDArray[np.intp]
    """Of the parameters; a coordinate is moved by those before it only, so those of the plan come first."""
    shared: int
    """How many of these are the same in every sample of one plan."""
    plans: int

    def points(self, start: int, stop: int) -> Floats:
        """Return the points of the unit cube of some samples, of shape (*stop* - *start*, parameters)."""
        points = self.cube.rows(start, stop)
        if self.shared:
            few = self.cube.rows(0, min(self.plans, self.samples))
            points[:, : self.shared] = few[np.arange(start, stop) % self.plans, : self.shared]
        return tied(points, self.correlation)[:, np.argsort(self.order)]

    def values(self, it: Response, held: Collection[str], start: int, stop: int) -> Floats:
        """Return the values of a line's parameters in some samples; those that are *held* have the value of the run."""
        mine = [index for index, parameter in enumerate(self.parameters) if it.line.name in parameter.ranges]
        values = it.values(self.points(start, stop)[:, mine])
        still = [index for index, parameter in enumerate(it.parameters) if parameter.key in held]
        values[:, still] = it.modes[still]
        return values


def worlds(found: Sequence[Parameter], spec: Uncertainty, first: Collection[str], seed: int) -> Worlds:
    """Return the samples of some parameters, the keys of those of the plan being *first*."""
    order = np.array(sorted(range(len(found)), key=lambda index: (found[index].key not in first, index)), dtype=np.intp)
    cube = Cube(spec.samples, [item.key for item in found], sampler=spec.sampler, seed=seed)
    correlation = correlations(found, spec)[np.ix_(order, order)]
    return Worlds(found, spec.samples, cube, correlation, order, len(first), spec.plans)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked of every sample of a line in expected values."""

    response: Response
    held: Collection[str]
    """Keys of parameters that have the value of the run in all samples."""
    ratio: Floats
    """Simulated over expected value of every indicator, of the line as it is; the unit cost is the first [1]."""
    kpis: tuple[str, ...]
    """Indicators that are wanted of every sample."""
    sets: Mapping[str, tuple[Response, Sequence[int]]]
    """The line at the prices of a set, and which of its parameters are free there, by the name of the set."""
    slopes: tuple[Path, ...]
    """Prices of which the slope of the cost is wanted in the first `RANKED` samples."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the samples of a line come to."""

    kpis: Floats
    """Of shape (samples, indicators)."""
    at_sets: Mapping[str, Floats]
    """Unit cost at the prices of every set, of shape (samples,) [USD/unit]."""
    slopes: Floats
    """Of shape (first samples, prices)."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Some samples of a line."""

    case: int
    start: int
    stop: int


def worked_out(
    cases: Sequence[Case], drawn: Worlds, *, jobs: Workers = 1, progress: Progress | None = None
) -> list[Answer]:
    """Return what the samples of every line come to, block by block."""
    tasks = [
        _Block(number, start, min(start + BLOCK, drawn.samples))
        for number in range(len(cases))
        for start in range(0, drawn.samples, BLOCK)
    ]
    found = [
        Answer(
            np.empty((drawn.samples, len(case.kpis))),
            {name: np.empty(drawn.samples) for name in case.sets},
            np.empty((min(RANKED, drawn.samples), len(case.slopes))),
        )
        for case in cases
    ]
    tick = workers.counter(progress, len(tasks))
    with workers.pool(jobs, (cases, drawn)) as crew:
        for task, part in zip(tasks, crew.stream(_block, tasks), strict=True):
            answer, here = found[task.case], slice(task.start, task.stop)
            kpis, costs, slopes = np.split(part, np.cumsum([len(cases[task.case].kpis), len(answer.at_sets)]), axis=1)
            answer.kpis[here] = kpis
            for cost, column in zip(answer.at_sets.values(), costs.T, strict=True):
                cost[here] = column
            if task.start < RANKED:
                answer.slopes[here] = slopes
            tick()
    return found


def _block(block: _Block, common: tuple[Sequence[Case], Worlds]) -> Floats:
    """Return indicators, costs at every price set and, of the first samples, slopes; a column for each."""
    cases, drawn = common
    case = cases[block.case]
    values = drawn.values(case.response, case.held, block.start, block.stop)
    slopes = case.slopes if block.start < RANKED else ()
    own = expected_kpis(case.response, values, case.kpis, slopes) if case.kpis else np.empty((len(values), 0))
    costs = [expected_kpis(moved, values[:, free], [COST]) for moved, free in case.sets.values()]
    count, ratio = len(case.kpis), case.ratio
    return np.hstack([ratio[:count] * own[:, :count], *(ratio[0] * cost for cost in costs), ratio[0] * own[:, count:]])
