"""Optimisation: the cheapest machine counts, buffers and shifts that meet the target with 95 % probability."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import differential_evolution

from sim.analysis.ask import Answer, Question, lines_of
from sim.analysis.evaluators import Evaluator, simulation
from sim.errors import SimError
from sim.flowsheet import FlowsheetError
from sim.plant import Line, design
from sim.reporting import terminal
from sim.results import Kpis, OptimumFacts, Results, student_quantile
from sim.rollup import expected_cost
from sim.study import Study
from sim.workers import Progress, Workers

__all__ = ["PROBABILITY", "Cheapest", "Optimum", "Plant", "optimise", "sure_output"]

_LOG = logging.getLogger(__name__)

PROBABILITY = 0.95
"""Probability with which a further run of the plant ships its target [1]."""

MORE = 3
"""Machines of a step that are tried beyond those without which the target cannot be met even in expected values [1]."""

BUFFERS = (1.0, 2.0, 4.0)
"""Factors on all buffers that are tried [1]."""

SHIFTS = (1, 2, 3)
"""Shifts a day that are tried [1]."""

GENERATIONS, CROWD = 30, 30
"""Of the search; what it costs is mostly expected values, hundredths of a second for each plant."""


@dataclass(frozen=True, slots=True)
class Plant:
    """One choice, and what it came to."""

    machines: tuple[int, ...]
    """By step, in the order of the route."""
    buffer: float
    """Factor on all buffers [1]."""
    shifts: int
    """Shifts a day [1]."""
    cost: float
    """Unit cost in expected values at the target [USD/unit]."""
    output: float = math.nan
    """Simulated output at capacity over the target, in the mean [1]."""
    sure: float = math.nan
    """Output that a further run reaches with PROBABILITY, over the target [1]."""

    @property
    def meets(self) -> bool:
        """Whether the target is met with PROBABILITY."""
        return self.sure >= 1.0


@dataclass(frozen=True, slots=True)
class Optimum:
    """What a search found."""

    line: Line
    auto: Plant
    """Machine counts as they were, buffers and shifts of the line."""
    found: Plant | None
    """Cheapest plant that meets the target; None if no plant that was simulated does."""
    simulated: int
    """Plants simulated [1]."""
    looked_at: int
    """Plants whose cost was worked out in expected values [1]."""

    def facts(self) -> OptimumFacts:
        """Return for the manifest how it was searched."""
        met = self.found is not None
        return {"line": self.line.name, "simulated": self.simulated, "looked_at": self.looked_at, "met": met}

    def table(self) -> pd.DataFrame:
        """Return auto and found side by side: line, quantity (with its unit), step, auto, found."""
        auto, best = self.auto, self.found or self.auto
        steps = [step.id for step in self.line.route.steps]
        rows: list[tuple[str, str, str, float, float]] = [
            (self.line.name, "machines", step, a, b)
            for step, a, b in zip(steps, auto.machines, best.machines, strict=True)
        ]
        name, unit = self.line.name, self.line.unit
        rows += [
            (name, "buffer factor", "", auto.buffer, best.buffer),
            (name, "shifts per day", "", auto.shifts, best.shifts),
            (name, f"expected cost at the target [USD/{unit}]", "", auto.cost, best.cost),
            (name, "simulated output at capacity over target", "", auto.output, best.output),
            (name, "output at capacity over target with 95 % probability", "", auto.sure, best.sure),
            (name, "meets the target", "", auto.meets, best.meets),
        ]
        return Results.optimum.frame((*row[:3], float(row[3]), float(row[4])) for row in rows)


@dataclass(frozen=True)
class Cheapest(Question[Answer]):
    """The cheapest plant of some lines that meets their target, of all if none are named."""

    lines: Sequence[str] = ()
    trials: int = 40
    """Plants to simulate at most, of each line."""

    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Answer:
        """Return the table `optimum`, and every Optimum as `about["optima"]`."""
        optima = []
        for line in lines_of(study, self.lines):
            _LOG.info("plants for %s", line.name)
            evaluate = simulation(study, jobs, least=3)
            optima.append(optimise(line, evaluate, seed=study.scenario.seed, trials=self.trials, progress=progress))
        table = pd.concat([it.table() for it in optima], ignore_index=True)
        text = "\n\n".join(terminal.optimum(it.table(), it.facts()) for it in optima)
        return Answer("optimum", table, text, {"optima": optima}, {"optimised": [it.facts() for it in optima]})


def sure_output(outputs: np.ndarray) -> float:
    """Return what a further value exceeds with PROBABILITY, given some: a one-sided prediction bound.

    mean - t s sqrt(1 + 1/n), with Student's t of n - 1 degrees of freedom: normal outputs are taken for granted.

    >>> round(sure_output(np.array([9.0, 10.0, 11.0])), 3)  # 10 - 2.920 x 1 x sqrt(4/3)
    6.628
    """
    number = len(outputs)
    if number < 2:
        return math.nan
    # two-sided 90 % leaves 5 % on the one side that matters
    factor = student_quantile(2.0 * PROBABILITY - 1.0, number - 1)
    return float(outputs.mean() - factor * outputs.std(ddof=1) * math.sqrt(1.0 + 1.0 / number))


class _Search:
    """Prices plants by expected values, and simulates those that would be cheaper than the best so far."""

    def __init__(self, line: Line, trials: int, evaluate: Evaluator, progress: Progress | None) -> None:
        assert line.target_per_year is not None
        self.line, self.trials, self.evaluate, self.progress = line, trials, evaluate, progress
        self.target = line.target_per_year
        self.free = [step.id for step in line.route.steps if isinstance(step.machines, str)]
        self.known: dict[tuple[int, ...], float] = {}
        self.best: Plant | None = None
        self.best_key: tuple[int, ...] | None = None
        self.simulated = 0
        self.least = {shifts: self._least(shifts) for shifts in SHIFTS}

    def _least(self, shifts: int) -> dict[str, int]:
        """Return the machines without which the target cannot be met even if nothing is ever late."""
        sized = design(self.line, machines={}, shifts=shifts).sizing.steps
        return {name: max(1, math.ceil(sized[name].load * sized[name].machines - 1e-9)) for name in self.free}

    def plant(self, machines: dict[str, int], buffer: float, shifts: int) -> Plant | None:
        """Return a plant priced in expected values, None if it cannot be built."""
        try:
            line = self.variant(machines, buffer, shifts, at_capacity=False)
            cost, _ = expected_cost(line)
        except (FlowsheetError, ExceptionGroup, ArithmeticError):
            return None
        return Plant(tuple(line.machines.values()), buffer, shifts, cost)

    def variant(self, machines: dict[str, int], buffer: float, shifts: int, *, at_capacity: bool) -> Line:
        """Return the line of a plant."""
        factors = dict.fromkeys(self.line.machines, buffer)
        operators = self.line.sizing.operators if shifts == self.line.plant.shifts_per_day else None
        return design(
            self.line, machines=machines, buffers=factors, operators=operators, shifts=shifts, at_capacity=at_capacity
        )

    def tried(self, plant: Plant, machines: dict[str, int]) -> Plant:
        """Return a plant with what its simulation came to."""
        (it,) = self.evaluate([self.variant(machines, plant.buffer, plant.shifts, at_capacity=True)])
        self.simulated += 1
        if self.progress is not None:
            self.progress(self.simulated, self.trials)
        shares = np.nan_to_num(it.values(Kpis.throughput)) / self.target
        return Plant(plant.machines, plant.buffer, plant.shifts, plant.cost, float(shares.mean()), sure_output(shares))

    def descend(self) -> None:
        """Take things away from the best plant one at a time, the dearest first, as long as it serves without them."""
        tried: set[tuple[int, ...]] = set()
        while self.best_key is not None and self.best_key not in tried and self.simulated < self.trials:
            here = self.best_key
            tried.add(here)
            smaller = [(*here[:at], value - 1, *here[at + 1 :]) for at, value in enumerate(here) if value > 0]
            plants = [(self.plant(*self.choice(key)), key) for key in smaller]
            priced = [(plant.cost, key) for plant, key in plants if plant is not None]
            for _, key in sorted(priced):
                self(np.array(key))
                if self.best_key != here:
                    break

    def choice(self, key: tuple[int, ...]) -> tuple[dict[str, int], float, int]:
        """Return machines, factor on buffers and shifts of a point of the search."""
        *extra, at_buffer, at_shift = key
        shifts = SHIFTS[at_shift]
        machines = {name: self.least[shifts][name] + more for name, more in zip(self.free, extra, strict=True)}
        return machines, BUFFERS[at_buffer], shifts

    def __call__(self, x: np.ndarray) -> float:
        """Return what the search is to make small: the cost of a plant that serves, more for one that does not."""
        key = tuple(round(float(value)) for value in x)
        if key not in self.known:
            self.known[key] = self._judged(key)
        return self.known[key]

    def _judged(self, key: tuple[int, ...]) -> float:
        machines, buffer, shifts = self.choice(key)
        plant = self.plant(machines, buffer, shifts)
        if plant is None:
            return 1e12
        if self.best is not None and plant.cost >= self.best.cost:
            return plant.cost  # it cannot win, whether it serves or not
        if self.simulated >= self.trials:
            return 1e9 + plant.cost
        plant = self.tried(plant, machines)
        if plant.meets:
            self.best, self.best_key = plant, key
            return plant.cost
        return 1e6 * (2.0 - min(plant.sure, 1.0)) + plant.cost


def optimise(
    line: Line, evaluate: Evaluator, *, seed: int, trials: int = 40, progress: Progress | None = None
) -> Optimum:
    """Search the cheapest plant that meets the target of a line with PROBABILITY.

    Parameters
    ----------
    line : Line
        With a target; its `auto` machine counts, its buffers and its shifts are free, given counts stay.
    evaluate : Evaluator
        That simulates, with 3 replications at least.
    seed : int
        Of the search: with the same evaluator the same seed finds the same plant.
    trials : int, default=40
        Plants that are simulated at most.
    progress : callable, default=None
        Called with (plants simulated, *trials*).

    Raises
    ------
    SimError
        If the line has no target.

    Notes
    -----
    First things are taken away from the plant as sized, the dearest first, as long as it serves; then differential
    evolution over whole numbers (scipy) starts from there, and things are taken away from what it finds.

    A plant costs what the expected ledger says at the target, and is simulated only if that is less than the best so
    far; it serves if `sure_output` at capacity, over the replications, is at least the target. All plants have the
    same random numbers. Buffers cost nothing but the stock in them, so of equals the smaller is taken.
    """
    if line.target_per_year is None:
        raise SimError(f"'{line.name}' has no target to be met: give the line a 'target'")
    search = _Search(line, trials + 1, evaluate, progress)
    shifts = line.plant.shifts_per_day
    now = {name: line.machines[name] for name in search.free}
    priced = search.plant(now, 1.0, shifts)
    assert priced is not None
    auto = search.tried(priced, now)
    start = (*(max(0, now[name] - search.least[shifts][name]) for name in search.free), 0, SHIFTS.index(shifts))
    if auto.meets:
        search.best, search.best_key = auto, start
        search.descend()
    bounds = [(0, max(MORE, more)) for more in start[:-2]] + [(0, len(BUFFERS) - 1), (0, len(SHIFTS) - 1)]
    differential_evolution(
        search,
        bounds,
        integrality=[True] * len(bounds),
        x0=search.best_key or start,
        rng=np.random.default_rng(seed),
        init=_crowd(bounds, seed),
        maxiter=GENERATIONS,
        polish=False,
        tol=0.0,
    )
    search.descend()
    return Optimum(line, auto, search.best, search.simulated, len(search.known))


def _crowd(bounds: list[tuple[int, int]], seed: int) -> np.ndarray:
    """Return the first plants: most have few machines more than they must."""
    generator = np.random.default_rng([seed, 1])
    crowd = np.array(
        [[min(high, low + generator.geometric(0.6) - 1) for low, high in bounds] for _ in range(CROWD)], dtype=float
    )
    crowd[:, -1] = generator.integers(0, len(SHIFTS), CROWD)
    return crowd
