"""The experiment: every line and replication simulated, reduced and rolled up into tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from sim import describe, statistics
from sim.calendars import open_hours
from sim.costs import cost_table
from sim.distributions import scale
from sim.engine import simulate
from sim.errors import SimulationError
from sim.events import Kind, Log, to_frame
from sim.executors import ordered, pool
from sim.impacts import energy_table, hydrogen_sulfide, materials_table
from sim.influence import COLUMNS, influence
from sim.kpis import kpi_table, loss_tree, machines_table, rollup
from sim.ledger import Ledger, gantt, reduce, timeline
from sim.line import Line
from sim.plan import Plan, fingerprint
from sim.results import Results
from sim.rows import View
from sim.study import Study

__all__ = ["PILOT", "run", "slowed"]

PILOT = 1_000_000
"""Replication number of the pilot run that paces a line to its target; no counted replication has it."""

GANTT_H = 120.0
"""Length of the picture of the first days [h]."""

CLOSURE_LIMIT = 1e-9
"""Largest relative violation of the closure identities that is taken for rounding [1]."""


KEYS = {
    "costs": ["line", "step", "category", "item", "grade"],
    "energy": ["line", "step", "section", "utility", "use", "grade"],
    "materials": ["line", "step", "material", "direction"],
    "h2s": ["line", "room"],
    "machines": ["line", "step", "machine", "state"],
    "losses": ["line", "step", "category"],
    "timeline": ["line", "time_h"],
}
"""Tables that hold means over replications, and the columns that name their rows."""

ONCE = ("gantt", "influence")
"""Tables of a line that its first replication makes."""


@dataclass(frozen=True, slots=True)
class Replication:
    """One replication of one line, reduced."""

    line: str
    number: int
    ledger: Ledger
    tables: Mapping[str, pd.DataFrame]
    """`kpis` and those of KEYS; of the first replication also those of ONCE."""
    visits: int
    """Operations started, of all steps, warm-up included [1]."""
    events: pd.DataFrame | None = None


_work: dict[str, Any] = {}
"""What a worker process knows: lines, seed, whether to keep events and to work out ranges."""


def run(
    study: Study,
    *,
    jobs: int = 1,
    events: bool = False,
    ranges: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Simulate a study and roll it up.

    Parameters
    ----------
    study : Study
        Resolved scenario.
    jobs : int, default=1
        Processes; results are the same to the byte whatever their number.
    events : bool, default=False
        Keep every row of every event log.
    ranges : bool, default=True
        Also work out the cost at both ends of every range; otherwise the table `influence` is empty.
    progress : callable, default=None
        Called with (tasks done, tasks in all).

    Raises
    ------
    SimulationError
        If a line deadlocks, or its log does not close.
    """
    scenario = study.scenario
    alike: dict[str, list[int]] = {}
    for index, line in enumerate(study.lines):
        alike.setdefault(fingerprint(line.plan), []).append(index)
    groups = list(alike.values())
    paced = [group for group in groups if study.lines[group[0]].target_per_year is not None]
    total = len(paced) + len(groups) * scenario.replications
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    factors: dict[str, float] = {}
    plans = [line.plan for line in study.lines]
    with pool(jobs, _prepare, (study.lines, scenario.seed, events, ranges)) as executor:
        found = ordered(executor, _pilot, [(group[0], plans[group[0]]) for group in paced], tick)
        for group, factor in zip(paced, found, strict=True):
            for index in group:
                plans[index] = slowed(study.lines[index], plans[index], factor)
                factors[study.lines[index].name] = factor
        tasks = [(group, number, plans[group[0]]) for group in groups for number in range(scenario.replications)]
        shared = ordered(executor, _replicate, tasks, tick)
    order = {line.name: index for index, line in enumerate(study.lines)}
    replications = sorted(itertools.chain.from_iterable(shared), key=lambda item: (order[item.line], item.number))
    return _gather(study, replications, factors, events=events)


def _prepare(lines: tuple[Line, ...], seed: int, events: bool, ranges: bool) -> None:  # noqa: FBT001 - called through an executor
    _work.update(lines=lines, seed=seed, events=events, ranges=ranges)


def _pilot(task: tuple[int, Plan]) -> float:
    """Return by how much a line's release must be slowed to ship just the target [1]."""
    index, plan = task
    line: Line = _work["lines"][index]
    ledger = reduce(simulate(plan, seed=_work["seed"], replication=PILOT), replace(line, plan=plan))
    assert line.target_per_year is not None
    opened = open_hours(plan.calendars[0], plan.warm_up_h, plan.end_h) / line.sizing.open_hours_per_year
    return ledger.shipped / (line.target_per_year * opened) if ledger.shipped > 0.0 else 1.0


def slowed(line: Line, plan: Plan, factor: float) -> Plan:
    """Return a plan whose releases at the target's pace come at intervals longer by *factor*."""
    steps = list(plan.steps)
    for index, (step, spec) in enumerate(zip(plan.steps, line.route.steps, strict=True)):
        release, rule = step.release, spec.release
        paced = rule is None or (rule.at == "target" and rule.interval is None and rule.rate is None)
        if paced and release is not None and release.interval_h is not None:
            steps[index] = replace(step, release=replace(release, interval_h=scale(release.interval_h, factor)))
    return replace(plan, steps=tuple(steps))


def _replicate(task: tuple[list[int], int, Plan]) -> list[Replication]:
    """Simulate lines of one plan once, and reduce the log for each of them."""
    group, number, plan = task
    log = simulate(plan, seed=_work["seed"], replication=number)
    view = View(log)
    return [_reduced(replace(_work["lines"][index], plan=plan), log, view, number) for index in group]


def _reduced(line: Line, log: Log, view: View, number: int) -> Replication:
    plan = line.plan
    ledger = reduce(log, line, view=view)
    if ledger.closure > CLOSURE_LIMIT:
        text = f"the event log of '{line.name}' does not close: relative error {ledger.closure:.3g}"
        raise SimulationError(text, "", plan.end_h)
    it = rollup(line, ledger)
    tables = {
        "kpis": kpi_table(it, replication=number),
        "costs": cost_table(line, ledger, materials=it.materials, energy=it.energy, parts=it.parts),
        "energy": energy_table(line, ledger, it.energy),
        "materials": materials_table(line, ledger, it.materials),
        "h2s": hydrogen_sulfide(line, ledger, it.materials),
        "machines": machines_table(line, ledger),
        "losses": loss_tree(line, ledger),
        "timeline": timeline(log, line, view=view).assign(line=line.name),
    }
    if number == 0:
        tables["gantt"] = gantt(log, line, until_h=GANTT_H).assign(line=line.name)
        found = influence(line) if _work["ranges"] else pd.DataFrame(columns=list(COLUMNS))
        tables["influence"] = found.assign(line=line.name)
    return Replication(
        line=line.name,
        number=number,
        ledger=ledger,
        tables=tables,
        visits=int((log.rows["kind"] == Kind.START).sum()),
        events=to_frame(log).assign(line=line.name, replication=number) if _work["events"] else None,
    )


def _gather(study: Study, replications: list[Replication], factors: Mapping[str, float], *, events: bool) -> Results:
    """Put the tables of all replications together; long tables hold means over replications."""
    names = [line.name for line in study.lines]
    kpis = pd.concat([item.tables["kpis"] for item in replications], ignore_index=True)
    tables = {"kpis": kpis, "summary": statistics.summary(kpis)}
    for name, keys in KEYS.items():
        tables[name] = _mean([item.tables[name] for item in replications], keys, study.scenario.replications)
    for name in ONCE:
        tables[name] = pd.concat([item.tables[name] for item in replications if item.number == 0], ignore_index=True)
    ledgers = {name: [item.ledger for item in replications if item.line == name] for name in names}
    tables |= describe.tables(study, ledgers)
    manifest = describe.manifest(study, factors, ledgers, sum(item.visits for item in replications))
    frames = [item.events for item in replications if item.events is not None]
    return Results(tables, manifest, pd.concat(frames, ignore_index=True) if events else None)


def _mean(frames: list[pd.DataFrame], keys: list[str], replications: int) -> pd.DataFrame:
    """Return the mean over replications of a long table; a row that a replication lacks counts as 0."""
    table = pd.concat(frames, ignore_index=True)
    numbers = [name for name in table.columns if name not in keys]
    return (
        table.groupby(keys, sort=False, dropna=False)[numbers]
        .sum()
        .div(replications)
        .reset_index()[list(table.columns)]
    )
