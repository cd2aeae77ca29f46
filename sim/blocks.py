"""What a scenario asks beside its lines as they are: confirmed counts, bottlenecks, the cheapest plant, sweeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from sim.confirm import confirmed
from sim.debottleneck import bottlenecks
from sim.executors import Workers
from sim.line import Change
from sim.optimise import optimise
from sim.study import Study
from sim.sweep import check, described, sweep_table
from sim.variants import counts

__all__ = ["Answers", "after", "before"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Answers:
    """Further tables of a run, and what its manifest says about them."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)


def before(study: Study, *, jobs: Workers, progress: Progress | None) -> tuple[Study, Answers]:
    """Check the sweeps of a study and confirm its machine counts, before its lines are run."""
    check(study)
    if not study.scenario.confirm:
        return study, Answers()
    found, table = confirmed(study, jobs=jobs, progress=_counting(progress))
    changes = [
        Change(f"{new.name}.steps.{step}.machines", f"auto, {counts(old)[step]}", str(number), "simulation")
        for old, new in zip(study.lines, found.lines, strict=True)
        for step, number in counts(new).items()
        if number != counts(old)[step]
    ]
    return replace(found, changes=(*study.changes, *changes)), Answers({"sizing": table})


def after(study: Study, *, jobs: Workers, progress: Progress | None) -> Answers:
    """Work out bottlenecks, the cheapest plants and sweeps of a study."""
    scenario, tables, manifest = study.scenario, {}, dict[str, Any]()
    runs = {"seed": scenario.seed, "replications": scenario.replications}
    lines = {line.name: line for line in study.lines}
    wanted = [lines[name] for name in scenario.bottleneck if name in lines]
    if wanted:
        found = [bottlenecks(line, **runs, jobs=jobs, progress=_counting(progress)) for line in wanted]
        tables["bottleneck"] = pd.concat(found, ignore_index=True)
    wanted = [lines[name] for name in scenario.optimise if name in lines]
    if wanted:
        best = [optimise(line, **runs, jobs=jobs, progress=progress) for line in wanted]
        tables["optimum"] = pd.concat([item.table() for item in best], ignore_index=True)
        manifest["optimised"] = [
            {"line": item.line.name, "simulated": item.simulated, "looked_at": item.looked_at, "met": bool(item.found)}
            for item in best
        ]
    if scenario.sweep:
        tables["sweep"] = sweep_table(study, jobs=jobs, progress=progress)
        manifest["sweeps"] = described(study)
    return Answers(tables, manifest)


def _counting(progress: Progress | None) -> Callable[[], None] | None:
    """Return a counter of tasks whose number nobody knows beforehand."""
    if progress is None:
        return None
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, done + 1)

    return tick
