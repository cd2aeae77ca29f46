"""Propagation: what the ranges of all numbers make of the results of a run.

A sample is a set of values of the uncertain parameters. Its price list, powers and heat duties are rolled up on the
ledger of a simulation; where its times, yields or charges give another plan, that plan is simulated. Chance is that of
the run's first replication in every sample, so what the samples scatter by is what we do not know; what varies from lot
to lot is the scatter of the replications, and stands beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import workers
from sim.analysis.expected_questions import Sensitivity
from sim.analysis.indices import morris, screened, spearman
from sim.analysis.order import Sampled, comparable, deciding, pairs, switches
from sim.analysis.responses import Response, at, expected_kpis, groups, late_kpis, response, told_apart
from sim.analysis.worlds import Case, worked_out, worlds
from sim.engine import Engine, simulate
from sim.errors import SimulationError
from sim.inputs import Faults, Path, Uncertainty
from sim.plant import Line, design
from sim.results import RANKED, Kpis, Manifest, Results, UncertaintyFacts, beats, chances, kpi_named
from sim.rollup import at_prices, priced_numbers, reduce
from sim.study import (
    DOUBT,
    Parameter,
    Study,
    checks_of,
    parameters,
    price_sets,
    ranking_keys,
    ranks,
    underived,
)
from sim.workers import Progress, Workers

__all__ = ["KPIS_SAMPLED", "TRAJECTORIES", "propagate", "shared_out"]

_LOG = logging.getLogger(__name__)

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


MOVABLE = 8
"""Prices that may be moved in the samples afterwards."""


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
        Its block `uncertainty` says how, or else its `doubt`; without either the results come back as they are.
    results : Results
        Of its run.
    jobs : int or Executor, default=1
        Processes; the results are the same to the byte whatever their number.
    progress : callable, default=None
        Called with (tasks done, tasks in all).

    Returns
    -------
    Results
        With the tables samples, uncertainty, beats, sensitivity, chances, switches, switch_pairs and deciding, and the
        entry `uncertainty` of the manifest.

    Notes
    -----
    In expected values every parameter differs from sample to sample, and an indicator is multiplied by what it is in
    the run over what it is in expected values for the line as it is.

    By simulation, of the parameters that change a line's plan those few are sampled that a Morris screening on the
    expected ledger finds to move its cost most. They take as many sets of values as `plans` says, each simulated once
    and shared by every so-many-th sample; all other parameters differ from sample to sample. The release of a line
    stays paced as in its run.
    """
    spec = study.scenario.uncertainty or (DOUBT if study.scenario.doubt else None)
    if spec is None:
        return results
    _LOG.info("samples of the ranges")
    seed, found = study.scenario.seed, parameters(study.lines, spec)
    if spec.by == "expected":
        screenings = [_Screening(response(line, found), (), (), 0.0) for line in study.lines]
    else:
        chosen = workers.map(_screen, range(len(study.lines)), _Screened(study.lines, found, spec, seed), jobs=jobs)
        screenings = [_screening(line, found, choice) for line, choice in zip(study.lines, chosen, strict=True)]
    drawn = worlds(found, spec, {key for one in screenings for key in one.sampled}, seed)
    bases = [_base(one.response, results) for one in screenings]
    # a line that no headline may price is not compared
    priced = {line["name"] for line in results.manifest["lines"] if not line.get("unpriced")}
    keys = {name: key for name, key in ranking_keys(study).items() if name in priced}
    cases = _cases(study, results, screenings, bases, keys, expected=spec.by == "expected")
    if spec.by == "expected":
        answers = worked_out(cases, drawn, jobs=jobs, progress=progress)
        values = [drawn.values(one.response, one.held, 0, min(RANKED, spec.samples)) for one in screenings]
        kpis = [answer.kpis for answer in answers]
    else:
        values = [drawn.values(one.response, one.held, 0, spec.samples) for one in screenings]
        kpis = _by_simulation(study, results, screenings, values, jobs, progress)
        answers = worked_out(cases, drawn, jobs=jobs)
    del drawn  # the order of a million points takes some 100 MB
    slopes = [
        _slopes(case, given, answer.slopes)
        for case, given, answer in zip(cases, values, answers, strict=True)
        if case.slopes
    ]
    moved = dict(list(results.influence.groupby("line")))
    sampled = [
        Sampled(one.response, given[:RANKED], own[:, 0], float(ratio[0]), moved.get(line.name, results.influence[:0]))
        for line, one, given, own, ratio in zip(study.lines, screenings, values, kpis, bases, strict=True)
    ]
    compared = comparable((one for one in sampled if one.name in priced), keys)
    samples = _samples(study.lines, screenings, values, kpis, whole=spec.by == "simulation")
    costs = {"": {one.name: one.cost for one in sampled}}
    by_line = {line.name: answer.at_sets for line, answer in zip(study.lines, answers, strict=True)}
    for one in (one for group in compared for one in group):
        for name, cost in by_line[one.name].items():
            costs.setdefault(name, {})[one.name] = cost
    tables = {
        "samples": samples,
        "sample_slopes": pd.concat(slopes or [Results.sample_slopes.frame()], ignore_index=True),
        "uncertainty": _spread(study.lines, kpis, bases, results),
        "beats": beats(samples, keys),
        "sensitivity": _ranks(study.lines, screenings, values, kpis),
        "chances": pd.concat([chances(own, keys, name) for name, own in costs.items()], ignore_index=True),
        "switches": switches(compared),
        "switch_pairs": pairs(compared),
        "deciding": deciding(compared),
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


# -- samples -----------------------------------------------------------------------------------------------------------


def _base(it: Response, results: Results) -> Floats:
    """Return the simulated over the expected value of every indicator, for a line as it is [1]."""
    kpis = results.kpis[results.kpis["line"] == it.line.name]
    run = [float(kpis.loc[kpis["kpi"] == name, "value"].mean()) for name in KPIS_SAMPLED]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(run) / expected_kpis(it, it.modes[None, :], KPIS_SAMPLED)[0]
    return np.where(np.isfinite(ratio), ratio, 1.0)


def _shown(study: Study, results: Results) -> dict[str, tuple[Path, ...]]:
    """Return, by line, those of the prices that a page may move in its samples, too: they swing a cost most."""
    moved = results.influence.assign(path=results.influence["where"] + "." + results.influence["quantity"])
    moved = moved[moved["path"].isin(set(results.price_slopes["price"]))]
    swing = (moved["swing_usd_per_unit"] / moved["cost"]).groupby(moved["path"]).max()
    first = set(swing.sort_values(ascending=False, kind="stable").index[:MOVABLE])
    return {
        line.name: tuple(number.path for number in priced_numbers(line) if ".".join(map(str, number.path)) in first)
        for line in study.lines
    }


def _cases(
    study: Study,
    results: Results,
    screenings: Sequence[_Screening],
    bases: Sequence[Floats],
    keys: Mapping[str, Hashable],
    *,
    expected: bool,
) -> list[Case]:
    """Return what is asked of every line in expected values: costs at price sets of those that may be compared, too."""
    shown = _shown(study, results) if expected else {}
    groups = list(keys.values())
    kpis = KPIS_SAMPLED if expected else ()
    return [
        Case(
            one.response,
            one.held,
            ratio,
            kpis,
            _sets(one.response) if line.name in keys and groups.count(keys[line.name]) > 1 else {},
            shown.get(line.name, ()),
        )
        for line, one, ratio in zip(study.lines, screenings, bases, strict=True)
    ]


def _sets(it: Response) -> dict[str, tuple[Response, Sequence[int]]]:
    """Return a line at each of the price sets of its scale, with the parameters that are free there."""
    found: dict[str, tuple[Response, Sequence[int]]] = {}
    for name, prices in price_sets(it.line).items():
        fixed = {("materials", material, "price") for material in prices}
        free = [
            index for index, item in enumerate(it.parameters) if item.ranges[it.line.name].paths[0][:3] not in fixed
        ]
        own = tuple(it.parameters[index] for index in free)
        found[name] = Response(at_prices(it.line, prices), own, it.early[free], it.moving), free
    return found


def _slopes(case: Case, values: Floats, found: Floats) -> pd.DataFrame:
    """Return value and slope of some prices in the first samples of a line."""
    line = case.response.line
    places = {path: index for index, own in enumerate(case.response.ranges) for path in own.paths}
    stated = {number.path: number.value.value for number in priced_numbers(line)}
    frames = [
        pd.DataFrame(
            {
                "line": line.name,
                "sample": np.arange(len(values)),
                "price": ".".join(map(str, path)),
                "value": values[:, places[path]] if path in places else stated[path],
                "slope": found[:, place],
            }
        )
        for place, path in enumerate(case.slopes)
        if np.nan_to_num(found[:, place]).any()
    ]
    return pd.concat(frames, ignore_index=True) if frames else Results.sample_slopes.frame()


def _by_simulation(
    study: Study,
    results: Results,
    screenings: Sequence[_Screening],
    values: Sequence[Floats],
    jobs: Workers,
    progress: Progress | None,
) -> list[Floats]:
    """Return the indicators of every line in samples that are rolled up on simulations."""
    checks = checks_of(jobs)
    tasks = [
        _Task(index, early, here, values[index][here], checks.plan())
        for index, one in enumerate(screenings)
        for early, here in groups(one.response, values[index])
    ]
    seed, pacing = study.scenario.seed, results.manifest.get("pacing", {})
    common = _Sampled([one.response for one in screenings], seed, checks.engine, pacing)
    answers = workers.map(_simulated, tasks, common, jobs=jobs, tick=workers.counter(progress, len(tasks)))
    kpis = [np.full((len(given), len(KPIS_SAMPLED)), np.nan) for given in values]
    for task, answer in zip(tasks, answers, strict=True):
        kpis[task.line][task.here] = answer
    return kpis


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
    lines: Sequence[Line],
    screenings: Sequence[_Screening],
    values: Sequence[Floats],
    kpis: Sequence[Floats],
    *,
    whole: bool,
) -> pd.DataFrame:
    """Return every sample with its results and, if they are *whole*, all of its values."""
    frames = []
    for line, one, given, found in zip(lines, screenings, values, kpis, strict=True):
        head = pd.DataFrame({"line": line.name, "sample": np.arange(len(found))})
        results = pd.DataFrame(found, columns=list(KPIS_SAMPLED))
        moved = [index for index, item in enumerate(one.response.parameters) if whole and item.key not in one.held]
        names = [one.response.parameters[index].key for index in moved]
        frames.append(pd.concat([head, results, pd.DataFrame(given[:, moved], columns=names)], axis=1))
    return pd.concat(frames, ignore_index=True)


# -- what they come to -------------------------------------------------------------------------------------------------


def _spread(lines: Sequence[Line], kpis: Sequence[Floats], ratios: Sequence[Floats], results: Results) -> pd.DataFrame:
    """Return quantiles over the samples, beside the scatter from lot to lot."""
    runs = results.kpis
    rows = []
    for line, found, ratio in zip(lines, kpis, ratios, strict=True):
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
            chance = (run, lots, share, float(ratio[place]))
            rows.append((line.name, name, unit, low, middle, high, mean, spread, *chance, there.size))
    return Results.uncertainty.frame(rows)


def _ranks(
    lines: Sequence[Line], screenings: Sequence[_Screening], values: Sequence[Floats], kpis: Sequence[Floats]
) -> pd.DataFrame:
    """Return rank correlations of sampled parameters with every indicator, the strongest first.

    One whose interval holds zero is left out. More than `RANKED` samples would only make intervals narrower than anyone
    needs.
    """
    frames = []
    for line, one, given, found in zip(lines, screenings, values, kpis, strict=True):
        names = [parameter.key for parameter in one.response.parameters]
        for place, name in enumerate(KPIS_SAMPLED):
            frame = spearman(given[:RANKED], found[:RANKED, place], names)
            frame = frame[frame["low"] * frame["high"] > 0.0]
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
        "by": spec.by,
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
