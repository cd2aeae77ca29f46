"""Sweeps: the lines of a scenario at every point of a grid, and one table of what they come to."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pandas as pd

from sim import workers
from sim.analysis.ask import Answer, Question
from sim.analysis.evaluators import in_expected_values, simulation
from sim.errors import InputError, Issue
from sim.flowsheet import FlowsheetError
from sim.inputs import Override, Sweep, find, numbers, points, split, values, yamlfile
from sim.plant import Line, out_of_range
from sim.reporting import terminal
from sim.results import AxisFacts, Kpis, Results, SweepFacts, interval
from sim.study import LINE_FIELDS, Measured, Request, Study
from sim.workers import Progress, Workers

__all__ = ["WITH_INTERVAL", "Sweeps", "check", "described"]

_LOG = logging.getLogger(__name__)

WITH_INTERVAL = (Kpis.throughput, Kpis.cost_per_unit, Kpis.energy_per_unit)
"""Indicators whose half 95 % interval stands in a column of its own, `KPI_ci`."""


@dataclass(frozen=True, slots=True)
class _Point:
    """One point of a sweep, and the changes that lead to it."""

    sweep: int
    number: int
    """From 1, in the order of the grid."""
    at: dict[str, Any]
    """Value of every axis, as written."""
    changes: tuple[Override, ...]
    lines: tuple[str, ...]

    def study(self, request: Request) -> Study:
        """Read the scenario at this point; messages say where they arose."""
        try:
            return request.read(self.changes, self.lines)
        except InputError as error:
            where = ", ".join(f"{path} = {value}" for path, value in self.at.items())
            issues = [Issue(item.file, item.line, item.col, f"{item.text} (sweep, {where})") for item in error.issues]
            raise InputError(issues) from None


def _points(study: Study, number: int) -> list[_Point]:
    """Return the points of one sweep of a study."""
    sweep = study.scenario.sweep[number]
    document, place = _written(study.request, number)
    lines = _lines(study, sweep)
    found = []
    for at, combination in enumerate(points(sweep), 1):
        changes = [
            Override(split(path), value, document, (*place, "over", path), "sweep", path)
            for path, value in combination.items()
        ]
        found.append(_Point(number, at, combination, tuple(changes), lines))
    return found


def _lines(study: Study, sweep: Sweep) -> tuple[str, ...]:
    """Return the lines of a sweep, of those that the study holds."""
    return tuple(line.name for line in study.lines if not sweep.lines or line.name in sweep.lines)


def _sweeps(study: Study) -> list[tuple[int, Sweep]]:
    """Return the sweeps of a study that have a line in it, with their numbers from 0."""
    return [(number, sweep) for number, sweep in enumerate(study.scenario.sweep) if _lines(study, sweep)]


def _written(request: Request, number: int) -> tuple[yamlfile.Document, tuple[str | int, ...]]:
    """Return where a sweep is written: on the command line, or at its place in the scenario file."""
    for change in request.changes:
        if change.path == ("sweep",):
            return change.document, change.place
    path, shown = find("scenarios", request.wanted)
    document = yamlfile.read(path, name=shown)
    single = isinstance(document.data["sweep"], dict)
    return document, ("sweep",) if single else ("sweep", number)


def check(study: Study) -> None:
    """Raise InputError if the first or the last point of a sweep cannot be built."""
    for number, _ in _sweeps(study):
        found = _points(study, number)
        for point in (found[0], found[-1]):
            point.study(study.request)


@dataclass(frozen=True)
class Sweeps(Question[Answer]):
    """What the lines of a scenario come to at every point of its sweeps."""

    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Answer:
        """Return one row per sweep, point, line and way of working out, as `Results.sweep`.

        The value of an axis is a number where all of its values are numbers of one unit, else text. Tasks are points in
        expected values, and runs of those that are simulated.

        Raises
        ------
        InputError
            If a path hits nothing, or a point cannot be built.
        """
        found = []
        _LOG.info("points of the sweep")
        tick = workers.counter(progress, sum(_tasks(study, sweep) for _, sweep in _sweeps(study)))
        for number, sweep in _sweeps(study):
            every = _points(study, number)
            rows = _worked_out(study, every, sweep, jobs, tick)
            axes = {path: numbers(values(axis)) for path, axis in sweep.over.items()}
            for path, read in axes.items():
                lookup = dict(zip(map(str, values(sweep.over[path])), read[0], strict=True)) if read else None
                for row in rows:
                    row[path] = lookup[str(row[path])] if lookup else str(row[path])
            found.append(pd.DataFrame(rows))
        table = pd.concat(found, ignore_index=True)
        paths = list(dict.fromkeys(path for _, sweep in _sweeps(study) for path in sweep.over))
        first, last = Results.sweep.parts
        rest = [name for name in table.columns if name not in (*first, *paths, *last)]
        table = table[[*first, *paths, *last, *rest]]
        return Answer("sweep", table, terminal.sweep(table), facts={"sweeps": described(study)})


def _tasks(study: Study, sweep: Sweep) -> int:
    """Return at how many tasks a progress bar is full, if no two points share their logs."""
    size, lines = len(points(sweep)), len(_lines(study, sweep))
    runs = lines * (1 + study.scenario.replications)
    return size * runs if sweep.by == "simulation" else size + len(sweep.simulate) * runs


def _worked_out(
    study: Study, every: Sequence[_Point], sweep: Sweep, jobs: Workers, tick: Callable[[], None]
) -> list[dict[str, Any]]:
    """Return the rows of one sweep, axes still as written."""
    rows: list[dict[str, Any]] = []
    simulated = list(every)
    if sweep.by == "expected":
        rows += chain.from_iterable(workers.map(_in_expected_values, every, study.request, jobs=jobs, tick=tick))
        simulated = [every[number - 1] for number in dict.fromkeys(sweep.simulate)]
    if simulated:
        pairs = [(point, line) for point in simulated for line in point.study(study.request).lines]
        results = simulation(study, jobs, tick)([line for _, line in pairs])
        rows += [_row(point, line, "simulation") | _means(it) for (point, line), it in zip(pairs, results, strict=True)]
    return rows


def _in_expected_values(point: _Point, request: Request) -> list[dict[str, Any]]:
    """Return the rows of one point in expected values."""
    rows = []
    for line in point.study(request).lines:
        row = _row(point, line, "expected")
        try:
            (it,) = in_expected_values([line])
        except (FlowsheetError, ArithmeticError) as error:
            rows.append(row | {"note": " ".join(str(error.args[0]).split())})
            continue
        rows.append(row | _means(it))
    return rows


def _row(point: _Point, line: Line, by: str) -> dict[str, Any]:
    """Return what names a row and what does not depend on how it is worked out."""
    outside = [found.label for found in out_of_range(line.graph, line.library, line.sizing)]
    head = {"sweep": point.sweep + 1, "point": point.number, "line": line.name, "by": by, "unit": line.unit}
    machines = sum(size.machines for size in line.sizing.steps.values())
    plant = {"machines": machines, "out_of_range": int(bool(outside)), "outside": ", ".join(outside), "note": ""}
    return head | dict(point.at) | plant


def _means(it: Measured) -> dict[str, float]:
    """Return the means of all indicators, and half the intervals of some."""
    means = it.kpis.groupby("kpi", sort=False)["value"].mean()
    found = {str(kpi): float(value) for kpi, value in means.items()}
    half = {f"{kpi.name}_ci": interval(it.values(kpi)).half_width for kpi in WITH_INTERVAL}
    return found | {kpi: value for kpi, value in half.items() if not math.isnan(value)}


def described(study: Study) -> list[SweepFacts]:
    """Return for the manifest what every sweep of a study is: heading, lines, axes with units, points."""
    found: list[SweepFacts] = []
    for number, sweep in _sweeps(study):
        axes: list[AxisFacts] = []
        for path, axis in sweep.over.items():
            own = values(axis)
            read = numbers(own)
            axes.append(
                {
                    "path": path,
                    "unit": read[1] if read else "",
                    "log": getattr(axis, "spacing", "") == "log",
                    "numeric": read is not None,
                    "of_target": path.rpartition(".")[2] == LINE_FIELDS[0],
                    "values": list(read[0]) if read else [str(value) for value in own],
                }
            )
        found.append(
            {
                "number": number + 1,
                "title": sweep.title,
                "lines": list(_lines(study, sweep)),
                "axes": axes,
                "points": len(points(sweep)),
                "by": sweep.by,
                "simulated": list(sweep.simulate),
            }
        )
    return found
