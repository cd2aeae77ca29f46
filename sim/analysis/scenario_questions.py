"""A scenario, run with all that it asks: confirmed counts, bottlenecks, the cheapest plant, sweeps, ranges.

Searching and sampling import much of scipy and SALib, so they are imported where they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import pandas as pd

from sim.analysis.ask import Answer, Question
from sim.analysis.bottleneck import Bottlenecks
from sim.analysis.confirm_counts import confirmed
from sim.analysis.evaluators import simulation
from sim.analysis.one_at_a_time import influence
from sim.analysis.sweep import Sweeps, check
from sim.inputs import AUTO
from sim.plant import Change, design
from sim.results import Manifest, Results, expressed
from sim.study import Study
from sim.study import run as experiment
from sim.workers import Progress, Workers, counter

__all__ = ["Experiment"]


@dataclass(frozen=True)
class Experiment(Question[Results]):
    """What the lines of a scenario come to, and all that it asks of them."""

    events: bool = False
    """Keep every event."""
    ranges: bool = True
    """Also work out what the ranges of numbers do."""
    keeps: ClassVar[bool] = True

    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Results:
        """Return the results of the run."""
        how: dict[str, Any] = {"jobs": jobs, "progress": progress}
        check(study)
        study, first = _confirmed(study, **how)
        results = experiment.run(study, events=self.events, ranges=influence if self.ranges else None, **how)
        study = _settled(study, results)
        results = _with_answers(study, replace(results, tables={**results.tables, **first}), **how)
        if self.ranges and (study.scenario.doubt or study.scenario.uncertainty or study.scenario.sensitivity):
            from sim.analysis.uncertainty import propagate, shared_out

            results = shared_out(study, propagate(study, results, **how), **how)
        return results if study.currency is None else expressed(results, study.currency)


def _confirmed(study: Study, jobs: Workers, progress: Progress | None) -> tuple[Study, dict[str, pd.DataFrame]]:
    """Return a study with machine counts that the simulation confirms, if it asks for that, and their table."""
    if not study.scenario.confirm:
        return study, {}
    found, table = confirmed(study, simulation(study, jobs, counter(progress)))
    changes = [
        Change(f"{new.name}.steps.{step}.machines", f"auto, {old.machines[step]}", str(number), "simulation")
        for old, new in zip(study.lines, found.lines, strict=True)
        for step, number in new.machines.items()
        if number != old.machines[step]
    ]
    return replace(found, changes=(*study.changes, *changes)), {"sizing": table}


def _with_answers(study: Study, results: Results, jobs: Workers, progress: Progress | None) -> Results:
    """Add to the results of a run its bottlenecks, cheapest plants and sweeps."""
    scenario, names = study.scenario, [line.name for line in study.lines]
    questions: list[Question[Answer]] = []
    if wanted := [name for name in scenario.bottleneck if name in names]:
        questions.append(Bottlenecks(wanted))
    if wanted := [name for name in scenario.optimise if name in names]:
        from sim.analysis.search import Cheapest

        questions.append(Cheapest(wanted))
    if scenario.sweep:
        questions.append(Sweeps())
    for question in questions:
        answer = question.ask(study, jobs, progress)
        manifest = cast("Manifest", {**results.manifest, **answer.facts})
        results = replace(results, tables={**results.tables, answer.name: answer.table}, manifest=manifest)
    return results


def _settled(study: Study, results: Results) -> Study:
    """Return a study with the warm-up that its run has found, if it was to look for one."""
    if study.scenario.warm_up != AUTO:
        return study
    warm_up_h = results.manifest["scenario"]["warm_up_h"]
    lines = tuple(design(line, warm_up_h=warm_up_h) for line in study.lines)
    # the points of a sweep are read anew
    request = replace(study.request, fields={**study.request.fields, "warm_up": f"{warm_up_h!r} h"})
    return replace(study, lines=lines, request=request)
