"""What a scenario asks beside its lines as they are: confirmed counts, bottlenecks, the cheapest plant, sweeps, ranges.

Searching and sampling import much of scipy and SALib, so they are imported where they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.analysis.bottleneck import bottlenecks
from sim.analysis.confirm_counts import confirmed
from sim.analysis.sweep import check, described, sweep_table
from sim.inputs import AUTO
from sim.plant import Change, Line, design
from sim.results import Manifest, Results
from sim.study import Study
from sim.workers import Progress, Workers, counter

__all__ = ["after_run", "before_run", "bottleneck_table"]


def before_run(study: Study, *, jobs: Workers, progress: Progress | None) -> tuple[Study, dict[str, pd.DataFrame]]:
    """Check the sweeps of a study and confirm its machine counts, before its lines are run; also returns tables."""
    check(study)
    if not study.scenario.confirm:
        return study, {}
    found, table = confirmed(study, jobs=jobs, progress=counter(progress))
    changes = [
        Change(f"{new.name}.steps.{step}.machines", f"auto, {old.machines[step]}", str(number), "simulation")
        for old, new in zip(study.lines, found.lines, strict=True)
        for step, number in new.machines.items()
        if number != old.machines[step]
    ]
    return replace(found, changes=(*study.changes, *changes)), {"sizing": table}


def after_run(study: Study, results: Results, *, ranges: bool, jobs: Workers, progress: Progress | None) -> Results:
    """Add to the results of a run its bottlenecks, cheapest plants and sweeps, and with *ranges* its samples."""
    study = _settled(study, results)
    scenario, tables = study.scenario, dict(results.tables)
    manifest: Manifest = {**results.manifest}
    how: dict[str, Any] = {"jobs": jobs, "progress": progress}
    runs = {"seed": scenario.seed, "replications": scenario.replications}
    lines = {line.name: line for line in study.lines}
    wanted = [lines[name] for name in scenario.bottleneck if name in lines]
    if wanted:
        tables["bottleneck"] = bottleneck_table(study, wanted, **how)
    wanted = [lines[name] for name in scenario.optimise if name in lines]
    if wanted:
        from sim.analysis.search import optimise

        best = [optimise(line, **runs, jobs=jobs, progress=progress) for line in wanted]
        tables["optimum"] = pd.concat([item.table() for item in best], ignore_index=True)
        manifest["optimised"] = [
            {"line": item.line.name, "simulated": item.simulated, "looked_at": item.looked_at, "met": bool(item.found)}
            for item in best
        ]
    if scenario.sweep:
        tables["sweep"] = sweep_table(study, **how)
        manifest["sweeps"] = described(study)
    results = replace(results, tables=tables, manifest=manifest)
    if ranges and (scenario.uncertainty or scenario.sensitivity):
        from sim.analysis.uncertainty import propagate, shared_out

        results = shared_out(study, propagate(study, results, **how), **how)
    return results


def bottleneck_table(
    study: Study, lines: Sequence[Line], *, jobs: Workers = 1, progress: Progress | None = None
) -> pd.DataFrame:
    """Return what additions to some lines of a study are worth, see `sim.analysis.bottleneck.bottlenecks`."""
    runs = {"seed": study.scenario.seed, "replications": study.scenario.replications}
    tick = counter(progress)
    return pd.concat([bottlenecks(line, **runs, jobs=jobs, progress=tick) for line in lines], ignore_index=True)


def _settled(study: Study, results: Results) -> Study:
    """Return a study with the warm-up that its run has found, if it was to look for one."""
    if study.scenario.warm_up != AUTO:
        return study
    warm_up_h = results.manifest["scenario"]["warm_up_h"]
    lines = tuple(design(line, warm_up_h=warm_up_h) for line in study.lines)
    # the points of a sweep are read anew
    request = replace(study.request, fields={**study.request.fields, "warm_up": f"{warm_up_h!r} h"})
    return replace(study, lines=lines, request=request)
