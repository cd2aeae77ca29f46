"""The experiment: every line and replication simulated, reduced and rolled up into tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, islice, starmap
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.engine import Checks, Engine, Kind, Log, fingerprint, simulate, to_frame
from sim.errors import SimulationError
from sim.inputs import AUTO, PriceAxis
from sim.plant import Line, design, open_hours
from sim.results import Kpi, Kpis, MeasuredFacts, Results, differences, statistics
from sim.rollup import (
    Ledger,
    View,
    backends,
    bottleneck,
    cost_table,
    energy_table,
    equipment_table,
    expected,
    gantt,
    hydrogen_sulfide,
    kpi_table,
    loss_tree,
    machines_table,
    materials_table,
    price_slopes,
    quantity_table,
    rate_costs,
    reduce,
    rollup,
    shipped,
    timeline,
    traffic,
)
from sim.study import cells, rivals, service, warmup
from sim.study import manifest as describe
from sim.study.crew import Crew
from sim.study.load import Study
from sim.study.manifest import Run
from sim.study.means import Replications
from sim.study.precision import fewest, most, needed, precise, unreached, widest
from sim.study.warmup import Truncation, truncation
from sim.workers import Progress, Staff, Workers, pool

__all__ = ["PILOT", "Measured", "checks_of", "measure", "run"]

_LOG = logging.getLogger(__name__)

PILOT = 1_000_000
"""Replication number of the pilot run that paces a line to its target; no counted replication has it."""

GANTT_H = 120.0
"""Length of the picture of the first days [h]."""

CLOSURE_LIMIT = 1e-9
"""Largest relative violation of the closure identities that is taken for rounding [1]."""

FIRST = 5
"""Replications on which a warm-up is found [1]."""


Groups = Sequence[tuple[int, ...]]
"""Numbers of the lines that share a plan."""

Paces = Iterator[tuple[tuple[int, ...], float]]
"""Those numbers with the factor on their releases, as it becomes known."""


class Task(NamedTuple):
    """One plan to be simulated once, for all lines that share it."""

    lines: tuple[int, ...]
    """Their numbers."""
    replication: int = 0
    compare: bool = False
    """Let both engines do it."""
    changes: Mapping[str, Any] = {}
    """What is changed in them: fields of `sim.plant.Line`."""

    def of(self, common: _Common) -> list[Line]:
        """Return the lines as changed."""
        return [design(common.lines[index], **self.changes) for index in self.lines]


class Replication(NamedTuple):
    """One replication of one line, reduced."""

    line: str
    number: int
    tables: Mapping[str, pd.DataFrame]
    """`kpis` and those of which means are taken; of the first replication also those that are made once."""
    facts: MeasuredFacts
    """What the first replication tells the manifest; empty for the others."""
    visits: int
    """Operations started, of all steps, warm-up included [1]."""
    events: pd.DataFrame | None = None


class _Common(NamedTuple):
    """What all tasks of a run have in common."""

    lines: tuple[Line, ...]
    seed: int
    engine: Engine
    axis: PriceAxis | None = None
    events: bool = False
    """Keep every event."""
    replay_h: float = 0.0
    """Length of what is kept of the first replication, from the end of the warm-up on [h]."""
    ranges: Callable[[Line], pd.DataFrame] | None = None


def run(
    study: Study,
    *,
    jobs: Workers = 1,
    events: bool = False,
    ranges: Callable[[Line], pd.DataFrame] | None = None,
    progress: Progress | None = None,
) -> Results:
    """Simulate a study and roll it up.

    Parameters
    ----------
    study : Study
        Resolved scenario.
    jobs : Workers, default=1
        Processes, or any executor of `concurrent.futures`; results are the same to the byte whatever does the work.
    events : bool, default=False
        Keep every row of every event log.
    ranges : callable, default=None
        Returns what the ranges of a line's numbers do to its cost, for the table `influence`. It is worked out beside
        the pilot runs, unless the scenario says `ranges: false`; without it the table is empty.
    progress : callable, default=None
        Called with (tasks done, tasks in all).

    Raises
    ------
    SimulationError
        If a line deadlocks, ships nothing in its window, or its log does not close.
    """
    scenario = study.scenario
    ranges = ranges if scenario.ranges else None
    groups = _alike(study.lines)
    settled: dict[str, Truncation] = {}
    checks = checks_of(jobs)
    common = _Common(study.lines, scenario.seed, checks.engine, replay_h=scenario.replay_h)
    ranged = [Task((index,)) for index in range(len(study.lines))] if ranges else []
    crew = Crew(progress, checks)
    crew.expect(len(ranged) + len(groups) * fewest(scenario) + len(_aimed(study.lines, groups)))
    if scenario.warm_up == AUTO:
        _LOG.info("looking for the warm-up")
        with pool(jobs, common) as workers:
            settled = _settled(crew.led(workers), study.lines, groups)
        study = _timed(study, warmup.common_h(settled.values(), scenario.warm_up_h))
    common = common._replace(lines=study.lines, axis=scenario.price_axis, events=events, ranges=ranges)
    with pool(jobs, common) as workers:
        _LOG.info("pilot runs")
        pilots = _pilots(crew.led(workers), study.lines, groups)
        influences = crew.each(_ranges, ranged)
        pacing: dict[str, float] = {}
        _LOG.info("replications")
        done, doubt, logs = _replicated(crew, study, groups, _paced(study.lines, groups, pilots, pacing))
        moved = [Results.influence.frame(), *influences]
    tables = done.tables()
    _shipped(study.lines, tables["kpis"])
    tables["influence"] = pd.concat(moved[1:] or moved, ignore_index=True)
    if not settled:
        settled = {line.name: _truncation(tables["timeline"], line) for line in study.lines}
    run = Run(done.number, done.visits, pacing, settled, done.facts, doubt)
    tables |= {
        "summary": statistics.summary(tables["kpis"]),
        "differences": differences.differences(tables["kpis"], service.ranking_keys(study)),
        "warmup": warmup.table(settled),
    }
    tables |= describe.tables(study, run, tables)
    tables |= cells.tables(study, tables)
    tables["service"] = service.table(study, tables)
    tables |= rivals.tables(study, tables)
    manifest = describe.manifest(study, run, tables)
    return Results(tables, manifest, pd.concat(logs, ignore_index=True) if events else None)


def _shipped(lines: Sequence[Line], kpis: pd.DataFrame) -> None:
    """Refuse lines that ship nothing in some replication, of which there is no figure per unit.

    Raises
    ------
    SimulationError
        With all such lines, and the window in which they ship nothing.
    """
    output = kpis[kpis["kpi"] == Kpis.throughput.name].groupby("line", sort=False)["value"].min()
    idle = [line for line in lines if not output[line.name] > 0.0]
    if idle:
        window = f"from {idle[0].warm_up_h:g} h to {idle[0].end_h:g} h"
        takes = ", ".join(f"'{line.name}' (a lot takes {expected(line).lead_time_h:.3g} h and more)" for line in idle)
        raise SimulationError(f"nothing is shipped in the window {window} by {takes}: give a longer 'horizon'")


def checks_of(jobs: Workers) -> Checks:
    """Return what some workers simulate by, and which plans are compared."""
    return (jobs.checks if isinstance(jobs, Staff) else None) or Checks()


@dataclass(frozen=True, slots=True)
class Measured:
    """What the replications of one line came to, without tables."""

    ledgers: tuple[Ledger, ...]
    kpis: pd.DataFrame
    """Columns line, replication, kpi, unit, value."""

    def values(self, kpi: Kpi) -> np.ndarray:
        """Return an indicator by replication."""
        return self.kpis.loc[self.kpis["kpi"] == kpi.name, "value"].to_numpy(dtype=float)


def measure(
    lines: Sequence[Line],
    *,
    seed: int,
    replications: int,
    jobs: Workers = 1,
    progress: Callable[[], None] | None = None,
) -> list[Measured]:
    """Simulate lines for their indicators alone, all with the same random numbers; lines of one plan share their logs.

    Parameters
    ----------
    lines : sequence of Line
        Variants of one line may have the same name.
    progress : callable, default=None
        Called after every pilot run and replication.

    Returns
    -------
    list of Measured
        In the order of *lines*.

    Raises
    ------
    SimulationError
        If a line deadlocks, or its log does not close.
    """
    groups = _alike(lines)
    checks = checks_of(jobs)
    with pool(jobs, _Common(tuple(lines), seed, checks.engine)) as workers:
        crew = Crew(None if progress is None else lambda _, __: progress(), checks).led(workers)
        tasks = []
        for group, pace in _paced(lines, groups, _pilots(crew, lines, groups), {}):
            first = checks.plan()
            changes = {"pace": pace}
            tasks += [Task(group, number, first and number == 0, changes) for number in range(replications)]
        shared = list(crew.each(_measure, tasks))
    found: dict[int, list[tuple[Ledger, pd.DataFrame]]] = {index: [] for index in range(len(lines))}
    for task, results in zip(tasks, shared, strict=True):
        for index, result in zip(task.lines, results, strict=True):
            found[index].append(result)
    return [
        Measured(tuple(ledger for ledger, _ in own), pd.concat([kpis for _, kpis in own], ignore_index=True))
        for own in found.values()
    ]


def _measure(task: Task, common: _Common) -> list[tuple[Ledger, pd.DataFrame]]:
    """Simulate lines of one plan once; returns ledger and indicators of each."""
    lines, found = task.of(common), []
    log = _simulated(lines[0], task, common)
    view = View(log)
    for line in lines:
        ledger = _closed(reduce(log, line, view=view), line)
        found.append((ledger, kpi_table(rollup(line, ledger), replication=task.replication)))
    return found


def _alike(lines: Sequence[Line]) -> list[tuple[int, ...]]:
    """Return the numbers of the lines, those of one plan together: they share their logs."""
    alike: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        alike.setdefault(fingerprint(line.plan), []).append(index)
    return [tuple(numbers) for numbers in alike.values()]


def _aimed(lines: Sequence[Line], groups: Groups) -> Groups:
    """Return the groups of lines that have a target, and a first step that waits for it."""
    return [group for group in groups if _waits(lines[group[0]])]


def _waits(line: Line) -> bool:
    releases = [step.release for step in line.plan.steps if step.release is not None]
    return line.target_per_year is not None and any(release.interval_h is not None for release in releases)


def _timed(study: Study, warm_up_h: float) -> Study:
    """Return a study with another warm-up."""
    return replace(study, lines=tuple(design(line, warm_up_h=warm_up_h) for line in study.lines))


def _settled(crew: Crew, lines: Sequence[Line], groups: Groups) -> dict[str, Truncation]:
    """Return where each line has settled, from a first set of replications that last a horizon from the start on."""
    paces = _paced(lines, groups, _pilots(crew, lines, groups), {})
    tasks = (
        Task(group, n, changes={"pace": pace, "warm_up_h": 0.0}) for group, pace in list(paces) for n in range(FIRST)
    )
    series = list(crew.each(_shipping, tasks))
    found: dict[str, Truncation] = {}
    for at, group in enumerate(groups):
        mean = pd.concat(series[at * FIRST : (at + 1) * FIRST]).groupby("time_h", as_index=False).mean()
        found |= {lines[index].name: _truncation(mean.assign(line=lines[index].name), lines[index]) for index in group}
    return found


def _truncation(timelines: pd.DataFrame, line: Line) -> Truncation:
    return truncation(timelines[timelines["line"] == line.name], line.calendars[0])


def _pilots(crew: Crew, lines: Sequence[Line], groups: Groups) -> Iterable[float]:
    """Begin the pilot runs of all lines with a target."""
    return crew.each(_pilot, [Task(group, PILOT) for group in _aimed(lines, groups)])


def _paced(lines: Sequence[Line], groups: Groups, pilots: Iterable[float], pacing: dict[str, float]) -> Paces:
    """Yield every group with its pace; one with a target is slowed to it as soon as its pilot run says by how much.

    The factor of every line with a target goes into *pacing*.
    """
    factors = iter(pilots)
    for group in groups:
        if not _waits(lines[group[0]]):
            yield group, 1.0
            continue
        factor = next(factors)
        pacing.update({lines[index].name: factor for index in group})
        yield group, factor


def _replications(paces: Paces, number: int, checks: Checks) -> Iterator[Task]:
    """Yield the replications of all groups; the first of one begins though the pilots of others still run."""
    known = []
    for group, pace in paces:
        known.append((group, {"pace": pace}))
        yield Task(group, 0, checks.lines(len(group)), known[-1][1])
    for later in range(1, number):
        for group, changes in known:
            yield Task(group, later, changes=changes)


def _replicated(crew: Crew, study: Study, groups: Groups, paces: Paces) -> tuple[Replications, str, list[pd.DataFrame]]:
    """Do replications until there are as many, or they are as precise, as was asked for.

    Also returns what to say if they did not become so precise, and the event logs that were kept.
    """
    scenario, asked = study.scenario, study.scenario.precision
    done = Replications([line.name for line in study.lines])
    logs: dict[str, list[pd.DataFrame]] = {line.name: [] for line in study.lines}
    doubt = ""
    with closing(crew.each(_replicate, _replications(paces, most(scenario), crew.checks))) as replies:
        for number in range(1, most(scenario) + 1):
            # read from a store, a replication is a plain list
            for item in starmap(Replication, chain.from_iterable(islice(replies, len(groups)))):
                done.add(item.line, item.number, item.tables, item.visits)
                done.facts |= {item.line: item.facts} if item.facts else {}
                if item.events is not None:
                    logs[item.line].append(item.events)
            if asked is not None and number >= fewest(scenario):
                known = widest(done.series, asked)
                doubt = "" if precise(known, asked) else unreached(known, asked, number)
                if not doubt:
                    break
                crew.expect(round(len(groups) * (min(needed(known, asked, number), asked.most) - number)))
    return done, doubt, list(chain.from_iterable(logs.values()))


def _simulated(line: Line, task: Task, common: _Common) -> Log:
    """Return the log of a line, by the engine of the study."""
    numbers = {"seed": common.seed, "replication": task.replication}
    return simulate(line.plan, **numbers, engine=common.engine, compare=task.compare)


def _ranges(task: Task, common: _Common) -> pd.DataFrame:
    """Return what every number of a line that has a range does to its cost."""
    line = common.lines[task.lines[0]]
    assert common.ranges is not None
    return common.ranges(line).assign(line=line.name)


def _shipping(task: Task, common: _Common) -> pd.DataFrame:
    """Return how much a line ships in one replication, day by day."""
    line, *_ = task.of(common)
    return timeline(_simulated(line, task, common), line)


def _pilot(task: Task, common: _Common) -> float:
    """Return by how much a line's release must be slowed to ship just the target [1]."""
    line, *_ = task.of(common)
    found = shipped(_simulated(line, task, common))
    assert line.target_per_year is not None
    opened = open_hours(line.calendars[0], line.warm_up_h, line.end_h) / line.open_h
    return found / (line.target_per_year * opened) if found > 0.0 else 1.0


def _replicate(task: Task, common: _Common) -> list[Replication]:
    """Simulate lines of one plan once, and reduce the log for each of them."""
    lines = task.of(common)
    log = _simulated(lines[0], task, common)
    view = View(log)
    return [_reduced(line, log, view, task.replication, common) for line in lines]


def _reduced(line: Line, log: Log, view: View, number: int, common: _Common) -> Replication:
    ledger = _closed(reduce(log, line, view=view), line)
    it = rollup(line, ledger)
    tables = {
        "kpis": kpi_table(it, replication=number),
        "costs": cost_table(line, ledger, it.costs),
        "quantities": quantity_table(line, ledger, it.costs),
        "energy": energy_table(line, ledger, it.energy),
        "materials": materials_table(line, ledger, it.materials),
        "h2s": hydrogen_sulfide(line, ledger, it.materials),
        "machines": machines_table(line, ledger),
        "equipment": equipment_table(line, it.parts),
        "losses": loss_tree(line, ledger),
        "timeline": timeline(log, line, view=view).assign(line=line.name),
        "prices": describe.prices(it, common.axis),
        "set_costs": describe.set_costs(it, common.axis),
        "price_slopes": price_slopes(it),
        "rate_costs": rate_costs(it),
    }
    if number == 0:
        tables["gantt"] = gantt(log, line, until_h=GANTT_H).assign(line=line.name)
        shown = {"from_h": line.warm_up_h, "until_h": line.warm_up_h + common.replay_h}
        tables["replay"] = gantt(log, line, **shown).assign(line=line.name)
        tables["traffic"] = traffic(log, line, **shown).assign(line=line.name)
        tables["backend"] = backends.cross_check(line, ledger)
    return Replication(
        line=line.name,
        number=number,
        tables=tables,
        facts=_facts(line, ledger) if number == 0 else {},
        visits=int((log.rows["kind"] == Kind.START).sum()),
        events=to_frame(log).assign(line=line.name, replication=number) if common.events else None,
    )


def _closed(ledger: Ledger, line: Line) -> Ledger:
    """Return a ledger whose event log closes."""
    if ledger.closure > CLOSURE_LIMIT:
        text = f"the event log of '{line.name}' does not close: relative error {ledger.closure:.3g}"
        raise SimulationError(text, "", line.end_h)
    return ledger


def _facts(line: Line, ledger: Ledger) -> MeasuredFacts:
    tight = bottleneck(line, ledger)
    return {
        "backend": backends.facts(line, ledger),
        "bottleneck_step": tight.step,
        "bottleneck_why": tight.why,
    }
