"""Propagation: what the ranges of all numbers make of the results of a run.

A sample is a set of values of the uncertain parameters. Its price list, powers and heat duties are rolled up on the
ledger of a simulation; where its times, yields or charges give another plan, that plan is simulated. Chance is that of
the run's first replication in every sample, so what the samples scatter by is what we do not know; what varies from lot
to lot is the scatter of the replications, and stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import workers
from sim.analysis.expected_questions import Sensitivity
from sim.analysis.indices import morris, screened, spearman
from sim.analysis.responses import Response, at, expected_kpis, groups, late_kpis, response, told_apart
from sim.analysis.sampling import tied, unit_cube
from sim.engine import Engine, simulate
from sim.errors import SimulationError
from sim.inputs import Faults, Uncertainty
from sim.plant import Line, design
from sim.results import Kpis, Manifest, Results, UncertaintyFacts, kpi_named
from sim.rollup import reduce
from sim.study import Parameter, Study, checks_of, correlations, parameters, ranks, underived
from sim.workers import Progress, Workers

__all__ = ["KPIS_SAMPLED", "TRAJECTORIES", "propagate", "shared_out"]

Floats = NDArray[np.float64]

KPIS_SAMPLED = tuple(
    kpi.name
    for kpi in (
        Kpis.cost_per_unit,
        Kpis.conversion_cost_per_unit,
        Kpis.energy_per_unit,
        Kpis.gwp_per_unit,
        Kpis.capital,
    )
)  # fmt: skip
"""Indicators that every sample has."""

COST = Kpis.cost_per_unit.name

TRAJECTORIES = 6
"""Morris' trajectories that screen the parameters of the plan, on the expected ledger."""


RANKED = 4096
"""Samples whose ranks are correlated."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a screening finds."""

    early: NDArray[np.bool_]
    moving: bool
    """Both as in `sim.analysis.responses.Response`."""
    sampled: list[str]
    held: list[str]
    share: float
    """Both and this as in `_Screening`."""


@dataclass(frozen=True, slots=True)
class _Screening:
    """Which of a line's parameters that change the plan are sampled."""

    response: Response
    sampled: tuple[str, ...]
    held: tuple[str, ...]
    share: float
    """Of the variance that all of these parameters make of the cost, what those that are held would make [1]."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Samples of one line that share a plan."""

    line: int
    early: Floats
    here: NDArray[np.intp]
    values: Floats
    compare: bool
    """Let both engines simulate the plan."""


@dataclass(frozen=True, slots=True)
class _Screened:
    """What all screenings have in common."""

    lines: tuple[Line, ...]
    parameters: Sequence[Parameter]
    spec: Uncertainty
    seed: int


@dataclass(frozen=True, slots=True)
class _Sampled:
    """What all samples have in common."""

    responses: Sequence[Response]
    seed: int
    engine: Engine
    pacing: Mapping[str, float]
    """Factors on the intervals of release, by line."""


def propagate(study: Study, results: Results, *, jobs: Workers = 1, progress: Progress | None = None) -> Results:
    """Sample the ranges of a study and add what comes of it to the results of its run.

    Parameters
    ----------
    study : Study
        A study with a block `uncertainty`; without one the results come back as they are.
    results : Results
        Of its run.
    jobs : int or Executor, default=1
        Processes; the results are the same to the byte whatever their number.
    progress : callable, default=None
        Called with (tasks done, tasks in all).

    Returns
    -------
    Results
        With the tables samples, uncertainty, beats and sensitivity, and the entry `uncertainty` of the manifest.

    Notes
    -----
    Of the parameters that change a line's plan, those few are sampled that a Morris screening on the expected ledger
    finds to move its cost most. They take as many sets of values as `plans` says, each simulated once and shared by
    every so-many-th sample; all other parameters differ from sample to sample. The release of a line stays paced as in
    its run.
    """
    spec = study.scenario.uncertainty
    if spec is None:
        return results
    seed, found, checks = study.scenario.seed, parameters(study.lines, spec), checks_of(jobs)
    chosen = workers.map(_screen, range(len(study.lines)), _Screened(study.lines, found, spec, seed), jobs=jobs)
    screenings = [_screening(line, found, choice) for line, choice in zip(study.lines, chosen, strict=True)]
    points = _points(found, spec, {key for one in screenings for key in one.sampled}, seed)
    values = [_values(one, found, points) for one in screenings]
    tasks = [
        _Task(index, early, here, values[index][here], checks.plan())
        for index, one in enumerate(screenings)
        for early, here in groups(one.response, values[index])
    ]
    common = _Sampled([one.response for one in screenings], seed, checks.engine, results.manifest.get("pacing", {}))
    answers = workers.map(_simulated, tasks, common, jobs=jobs, tick=workers.counter(progress, len(tasks)))
    kpis = [np.full((len(points), len(KPIS_SAMPLED)), np.nan) for _ in study.lines]
    for task, answer in zip(tasks, answers, strict=True):
        kpis[task.line][task.here] = answer
    tables = {
        "samples": _samples(study.lines, screenings, values, kpis),
        "uncertainty": _spread(study.lines, kpis, results),
        "beats": _beats(study.lines, kpis),
        "sensitivity": _ranks(study.lines, screenings, values, kpis),
    }
    manifest: Manifest = {**results.manifest, "uncertainty": _record(spec, found, study.lines, screenings, kpis)}
    return replace(results, tables={**results.tables, **tables}, manifest=manifest)


def shared_out(study: Study, results: Results, *, jobs: Workers = 1, progress: Progress | None = None) -> Results:
    """Add to the table sensitivity of a run what the block `sensitivity` of its scenario asks for."""
    asked = study.scenario.sensitivity
    if asked is None:
        return results
    frames = [results.sensitivity] if len(results.sensitivity) else []
    for line in study.lines:
        for kpi in asked.kpis:
            question = Sensitivity([line.name], kpi, asked.method, asked.samples)
            frames.append(question.ask(study, jobs, progress).table[Results.sensitivity.names])
    return replace(results, tables={**results.tables, "sensitivity": pd.concat(frames, ignore_index=True)})


# -- which parameters --------------------------------------------------------------------------------------------------


def _screen(index: int, common: _Screened) -> _Choice:
    """Choose those of a line's parameters that change its plan and are sampled."""
    spec = common.spec
    it = told_apart(response(common.lines[index], common.parameters))
    which = np.flatnonzero(it.early)
    keys = [it.parameters[number].key for number in which]
    if spec.plans == 0 or not keys:
        return _Choice(it.early, it.moving, [], keys, 1.0 if keys else 0.0)
    if len(keys) <= spec.few:
        return _Choice(it.early, it.moving, keys, [], 0.0)

    def cost(points: Floats) -> Floats:
        everywhere = np.full((len(points), len(it.parameters)), 0.5)
        everywhere[:, which] = points
        values = it.values(everywhere)
        values[:, ~it.early] = it.modes[~it.early]
        return expected_kpis(it, values, [COST])[:, 0]

    names, share = screened(morris(cost, keys, trajectories=TRAJECTORIES, seed=common.seed), spec.few)
    return _Choice(it.early, it.moving, names, [key for key in keys if key not in names], share)


def _screening(line: Line, found: Sequence[Parameter], choice: _Choice) -> _Screening:
    """Return what was chosen for a line, with all of its parameters."""
    mine = tuple(item for item in found if line.name in item.ranges)
    it = Response(underived(line), mine, choice.early, choice.moving)
    return _Screening(it, tuple(choice.sampled), tuple(choice.held), choice.share)


def _points(found: Sequence[Parameter], spec: Uncertainty, first: set[str], seed: int) -> Floats:
    """Return a point of the unit cube for every sample; what changes plans takes only so many sets of values."""
    # a coordinate is moved by those before it only, so the parameters of the plan come first
    order = sorted(range(len(found)), key=lambda index: (found[index].key not in first, index))
    points = unit_cube(spec.samples, len(found), sampler=spec.sampler, seed=seed)
    if first:
        points[:, : len(first)] = points[np.arange(spec.samples) % spec.plans, : len(first)]
    matrix = correlations(found, spec)[np.ix_(order, order)]
    back = np.argsort(order)
    return tied(points, matrix)[:, back]


def _values(one: _Screening, found: Sequence[Parameter], points: Floats) -> Floats:
    """Return the values of a line's parameters in all samples."""
    it = one.response
    mine = [index for index, parameter in enumerate(found) if it.line.name in parameter.ranges]
    values = it.values(points[:, mine])
    held = [index for index, parameter in enumerate(it.parameters) if parameter.key in one.held]
    values[:, held] = it.modes[held]
    return values


# -- samples -----------------------------------------------------------------------------------------------------------


def _simulated(task: _Task, common: _Sampled) -> Floats:
    """Return the indicators of samples that share a plan."""
    it = common.responses[task.line]
    missing = np.full((len(task.here), len(KPIS_SAMPLED)), np.nan)
    try:
        line = at(it, task.early)
        line = design(line, pace=common.pacing.get(line.name, 1.0))
        plan = line.plan
    except Faults:
        return missing
    try:
        log = simulate(plan, seed=common.seed, replication=0, engine=common.engine, compare=task.compare)
        ledger = reduce(log, line)
    except SimulationError:
        return missing
    return late_kpis(it, line, ledger, task.values, KPIS_SAMPLED)


def _samples(
    lines: Sequence[Line], screenings: Sequence[_Screening], values: Sequence[Floats], kpis: Sequence[Floats]
) -> pd.DataFrame:
    """Return every sample with its results and all of its values."""
    frames = []
    for line, one, given, found in zip(lines, screenings, values, kpis, strict=True):
        head = pd.DataFrame({"line": line.name, "sample": np.arange(len(found))})
        results = pd.DataFrame(found, columns=list(KPIS_SAMPLED))
        moved = [index for index, item in enumerate(one.response.parameters) if item.key not in one.held]
        names = [one.response.parameters[index].key for index in moved]
        frames.append(pd.concat([head, results, pd.DataFrame(given[:, moved], columns=names)], axis=1))
    return pd.concat(frames, ignore_index=True)


# -- what they come to -------------------------------------------------------------------------------------------------


def _spread(lines: Sequence[Line], kpis: Sequence[Floats], results: Results) -> pd.DataFrame:
    """Return quantiles over the samples, beside the scatter from lot to lot."""
    runs = results.kpis
    rows = []
    for line, found in zip(lines, kpis, strict=True):
        for place, name in enumerate(KPIS_SAMPLED):
            there = found[np.isfinite(found[:, place]), place]
            mine = runs[(runs["line"] == line.name) & (runs["kpi"] == name)]["value"].to_numpy(dtype=float)
            lots = float(mine.std(ddof=1)) if len(mine) > 1 else np.nan
            low, middle, high = np.quantile(there, [0.1, 0.5, 0.9]) if there.size else (np.nan,) * 3
            spread = float(there.std(ddof=1)) if there.size > 1 else np.nan
            share = spread**2 / (spread**2 + lots**2) if spread + lots > 0.0 else np.nan
            mean = float(there.mean()) if there.size else np.nan
            unit = kpi_named(name).of(line.unit)
            run = float(mine.mean()) if mine.size else np.nan
            rows.append((line.name, name, unit, low, middle, high, mean, spread, run, lots, share, there.size))
    return Results.uncertainty.frame(rows)


def _beats(lines: Sequence[Line], kpis: Sequence[Floats]) -> pd.DataFrame:
    """Return how often one line is better than another that it may be compared with, sample by sample."""
    rows = []
    for (a, one), (b, other) in combinations(zip(lines, kpis, strict=True), 2):
        if a.key != b.key:
            continue
        for place, name in enumerate(KPIS_SAMPLED):
            gap = other[:, place] - one[:, place]
            gap = gap[np.isfinite(gap)]
            probability = float(np.mean(gap > 0.0) + 0.5 * np.mean(gap == 0.0)) if gap.size else np.nan
            rows.append((a.name, b.name, name, probability, gap.size))
    return Results.beats.frame(rows)


def _ranks(
    lines: Sequence[Line], screenings: Sequence[_Screening], values: Sequence[Floats], kpis: Sequence[Floats]
) -> pd.DataFrame:
    """Return rank correlations of every sampled parameter with every indicator, the strongest first.

    More than `RANKED` samples would only make their intervals narrower than anyone needs.
    """
    frames = []
    for line, one, given, found in zip(lines, screenings, values, kpis, strict=True):
        names = [parameter.key for parameter in one.response.parameters]
        for place, name in enumerate(KPIS_SAMPLED):
            frame = spearman(given[:RANKED], found[:RANKED, place], names)
            frame = frame.sort_values("value", key=abs, ascending=False, kind="stable")
            frames.append(frame.assign(line=line.name, kpi=name))
    return pd.concat(frames, ignore_index=True)[Results.sensitivity.names]


def _record(
    spec: Uncertainty,
    found: Sequence[Parameter],
    lines: Sequence[Line],
    screenings: Sequence[_Screening],
    kpis: Sequence[Floats],
) -> UncertaintyFacts:
    """Return what the manifest says of the samples."""
    members: dict[str, int] = {}
    for parameter in found:
        if parameter.group[0]:
            members[parameter.group[0]] = members.get(parameter.group[0], 0) + 1
    rank_of = ranks(spec)
    return {
        "samples": spec.samples,
        "sampler": spec.sampler,
        "plans": spec.plans,
        "parameters": len(found),
        "factors": [{"name": name, "parameters": members[name], "rank": rank_of[name]} for name in sorted(members)],
        "correlate": [{"between": entry.between, "rank": entry.rank} for entry in spec.correlate],
        "lines": [
            {
                "name": line.name,
                "parameters": len(one.response.parameters),
                "plan_sampled": list(one.sampled),
                "plan_held": len(one.held),
                "held_share": one.share,
                "failed": int(np.count_nonzero(~np.isfinite(results[:, 0]))),
            }
            for line, one, results in zip(lines, screenings, kpis, strict=True)
        ],
    }
