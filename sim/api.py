"""The Python API: load a scenario, run it, look at DataFrames, save and compare.

Examples
--------
>>> import sim
>>> study = sim.load_scenario("five_routes", replications=1)
>>> results = sim.run(study)                               # doctest: +SKIP
>>> results.summary.query("kpi == 'cost_per_unit'")        # doctest: +SKIP
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.bundle import bundled, find
from sim.errors import InputError, Issue, ReportError
from sim.library import load_library
from sim.line import Line, resolve, scales
from sim.results import Results, check_target, read, write
from sim.scenario import Plant, Scenario
from sim.spec import Route
from sim.study import Study, load_scenario

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from sim.findings import Findings
    from sim.yamlfile import Document

__all__ = [
    "Results",
    "Study",
    "catalogue",
    "check",
    "check_target",
    "compare",
    "digest",
    "draw_route",
    "load_route",
    "load_run",
    "load_scenario",
    "run",
    "save",
    "schema",
    "sensitivity",
    "sources",
]

Progress = Callable[[int, int], None]


def run(
    study: Study | str | Path,
    *,
    jobs: int | None = 1,
    events: bool = False,
    ranges: bool = True,
    progress: Progress | None = None,
) -> Results:
    """Simulate a study (or a scenario by name or path) and return its results; nothing is written.

    Parameters
    ----------
    jobs : int or None, default=1
        Processes; None takes one per core. Results are the same whatever the number. A script that asks for more
        than one needs the usual `if __name__ == "__main__":`.
    events : bool, default=False
        Keep every event, as `results.events`.
    ranges : bool, default=True
        Also work out what every number with a range does to the cost, as `results.influence`; it takes a second or
        two for each line. If the scenario has a block `uncertainty`, sample the ranges, too: `results.uncertainty`,
        `results.beats`, `results.sensitivity` and `results.samples`.
    progress : callable, default=None
        Called with (tasks done, tasks in all).
    """
    from sim import experiment

    if not isinstance(study, Study):
        study = load_scenario(study)
    jobs = jobs or os.cpu_count() or 1
    results = experiment.run(study, jobs=jobs, events=events, ranges=ranges, progress=progress)
    if not ranges:
        return results
    if study.scenario.uncertainty is not None:
        from sim.propagate import propagate

        results = propagate(study, results, jobs=jobs, progress=progress)
    if study.scenario.sensitivity is not None:
        from sim.propagate import shared_out

        results = shared_out(study, results, jobs=jobs, progress=progress)
    return results


def load_run(folder: str | Path) -> Results:
    """Read the results of an earlier run from its folder."""
    return read(Path(folder))


def save(
    results: Results, folder: str | Path, *, report: bool = True, jobs: int | None = 1, keep: bool = False
) -> Path:
    """Write tables, manifest and, unless told otherwise, figures and report; whole or not at all.

    Parameters
    ----------
    report : bool, default=True
        Also draw and typeset.
    jobs : int or None, default=1
        Processes that draw; None takes one per core.
    keep : bool, default=False
        Leave what stands in *folder* as it is if the report cannot be made; otherwise the tables are written then.

    Raises
    ------
    ReportError
        If the report cannot be made.
    """
    if not report:
        return write(results, Path(folder))
    from sim.report import write_report

    def add_report(fresh: Path) -> None:
        write_report(results, fresh, jobs=jobs or os.cpu_count() or 1)

    try:
        return write(results, Path(folder), more=add_report)
    except ReportError:
        if not keep:
            write(results, Path(folder))
        raise


def compare(runs: Sequence[str], *, jobs: int | None = None, progress: Progress | None = None) -> Results:
    """Return the lines of several results folders, or of scenarios that are run for it, side by side."""
    from sim.compare import merge

    found = []
    for name in runs:
        folder = Path(name)
        is_run = folder.is_dir()
        found.append(load_run(folder) if is_run else run(load_scenario(name), jobs=jobs, progress=progress))
    return found[0] if len(found) == 1 else merge(found, [Path(name).stem for name in runs])


def sensitivity(
    study: Study | str | Path,
    lines: Sequence[str] = (),
    *,
    jobs: int | None = 1,
    progress: Progress | None = None,
    **question: Any,
) -> Findings:
    """Return which numbers matter, where two lines are equal, or what must be true for a goal; in expected values.

    Parameters
    ----------
    lines : sequence of str, default=()
        Names of lines; all if none are given. With *equal* two.
    jobs : int or None, default=1
        Processes; None takes one per core.
    **question
        Fields of `sim.findings.Question`: kpi, method, samples; or reach; or equal, with low and high.

    Raises
    ------
    InputError
        If a line, an indicator, a method or a number is unknown.
    """
    from sim.findings import Question, ask

    if not isinstance(study, Study):
        study = load_scenario(study)
    return ask(study, lines, Question(**question), jobs=jobs or os.cpu_count() or 1, progress=progress)


def digest(results: Results) -> str:
    """Return the key figures of a run as a small text table."""
    wanted = {
        "throughput": "output/y",
        "cost_per_unit": "USD/unit",
        "conversion_cost_per_unit": "conversion",
        "energy_per_unit": "kWh/unit",
        "oee": "OEE",
        "lead_time": "lead time h",
    }
    summary = results.summary[results.summary["kpi"].isin(wanted)]
    table = summary.pivot_table(index="line", columns="kpi", values="mean", sort=False)
    table = table[[kpi for kpi in wanted if kpi in table.columns]].rename(columns=wanted)
    table.index.name = None
    table.columns.name = None
    units = {line["name"]: line["unit"] for line in results.manifest["lines"]}
    table.insert(0, "unit", [units.get(name, "") for name in table.index])
    return table.to_string(float_format=lambda value: f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}")


def load_route(wanted: str | Path, *, scale: str = "") -> Line:
    """Read, balance and size one route for a plant that never closes, one machine a step."""
    path, shown = find("routes", str(wanted))
    return resolve(Path(path).stem, path, load_library(), Plant(), shown=shown, scale=scale)


def check(wanted: str) -> tuple[str, list[str]]:
    """Check a route or scenario; returns a line about it and the doubts.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    from sim import yamlfile

    kind = "routes" if wanted in bundled("routes") else "scenarios"
    path, shown = find(kind, wanted)
    document = yamlfile.read(path, name=shown)
    if _is_scenario(document):
        study = load_scenario(wanted)
        return f"ok, {len(study.lines)} lines", list(study.warnings)
    at = path if path.is_file() and str(path) == wanted else wanted
    *others, own = scales(document)
    line = load_route(at, scale=own)
    found = [(scale, load_route(at, scale=scale)) for scale in others]
    named = f"; at other scales: {', '.join(f'{scale} {len(item.route.steps)}' for scale, item in found)}"
    doubts = [*line.warnings, *(f"{text} (scale {scale})" for scale, item in found for text in item.warnings)]
    return f"ok, {len(line.route.steps)} steps, {len(line.graph.edges)} streams{named if found else ''}", doubts


def _is_scenario(document: Document) -> bool:
    """Whether a file has lines rather than steps; raises InputError if it is neither."""
    data = document.data
    if not isinstance(data, dict):
        raise InputError([Issue(document.name, 1, 1, "expected a mapping: a route has 'steps', a scenario 'lines'")])
    if "lines" in data or "steps" in data:
        return "lines" in data
    return "horizon" in data or "replications" in data


def sources(wanted: str = "") -> tuple[str, pd.DataFrame]:
    """Return where the numbers come from: as text to read, and as a table.

    Parameters
    ----------
    wanted : str, default=""
        A route or scenario (a file or a bundled name): the numbers that each line rests on. A route by itself is
        sized for one machine a step. Empty: the bibliography.

    Raises
    ------
    InputError
        If there is no such file, or something is wrong in it.
    """
    import pandas as pd

    from sim import sources as found
    from sim import yamlfile

    if not wanted:
        library = load_library()
        return found.text(library), found.bibliography(library)
    kind = "scenarios" if wanted in bundled("scenarios") else "routes"
    path, shown = find(kind, wanted)
    scenario = _is_scenario(yamlfile.read(path, name=shown))
    lines = load_scenario(wanted).lines if scenario else (load_route(wanted),)
    tables = [found.line_sources(line) for line in lines]
    texts = [found.line_text(line, table) for line, table in zip(lines, tables, strict=True)]
    named = [table.assign(line=line.name) for line, table in zip(lines, tables, strict=True)]
    return "\n\n".join(texts), pd.concat(named, ignore_index=True)


def draw_route(wanted: str, out: Path | None = None) -> Path:
    """Draw the process graph of a route; returns the picture's path."""
    from sim.describe import streams
    from sim.figures import process_graph, save_figure

    line = load_route(wanted)
    path = out or Path(f"{line.route.name}.png")
    if path.suffix not in (".png", ".pdf", ".svg"):
        raise InputError([Issue(str(path), 1, 1, "a picture ends in .png, .pdf or .svg")])
    if not path.parent.is_dir():
        raise InputError([Issue(str(path), 1, 1, "there is no such folder")])
    save_figure(process_graph(streams(line), titles=line.titles, title=line.route.title), path)
    return path


def catalogue() -> list[str]:
    """Return a line for every bundled route and scenario."""
    from sim import yamlfile

    found = []
    for kind in ("routes", "scenarios"):
        for name, path in bundled(kind).items():
            found.append(f"{kind[:-1]:9} {name:20} {yamlfile.read(path, name=name).data.get('title', '')}")
    return found


def schema(kind: str) -> str:
    """Return the JSON Schema of `route` or `scenario` files."""
    model: type[BaseModel] = Route if kind == "route" else Scenario
    return json.dumps(model.model_json_schema(by_alias=True, mode="validation"), indent=2)
