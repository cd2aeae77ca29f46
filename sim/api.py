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
from concurrent.futures import Executor
from dataclasses import replace
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
    from sim.optimise import Optimum
    from sim.yamlfile import Document

__all__ = [
    "Results",
    "Study",
    "bottleneck",
    "bottleneck_digest",
    "catalogue",
    "check",
    "check_target",
    "compare",
    "digest",
    "draw_route",
    "load_route",
    "load_run",
    "load_scenario",
    "load_sweep",
    "optimise",
    "optimum_digest",
    "run",
    "save",
    "schema",
    "sensitivity",
    "sources",
    "sweep",
    "sweep_digest",
]

Progress = Callable[[int, int], None]


def run(
    study: Study | str | Path,
    *,
    jobs: int | Executor | None = 1,
    events: bool = False,
    ranges: bool = True,
    progress: Progress | None = None,
    partial: str | Path | None = None,
) -> Results:
    """Simulate a study (or a scenario by name or path) and return its results; nothing is written.

    Parameters
    ----------
    jobs : int, Executor or None, default=1
        Processes; None takes one per core. Results are the same whatever the number. A script that asks for more
        than one needs the usual `if __name__ == "__main__":`. Or any executor of `concurrent.futures`, such as that
        of a Dask client, which is left running.
    events : bool, default=False
        Keep every event, as `results.events`.
    ranges : bool, default=True
        Also work out what every number with a range does to the cost, as `results.influence`; it takes a second or
        two for each line. If the scenario has a block `uncertainty`, sample the ranges, too: `results.uncertainty`,
        `results.beats`, `results.sensitivity` and `results.samples`.
    progress : callable, default=None
        Called with (tasks done, tasks in all).
    partial : str, Path or None, default=None
        Folder to which the results will be saved. What is done is kept in it until then, so that a run that was
        stopped goes on where it was; its bytes are the same. Not together with *events*.
    """
    from sim import blocks, experiment

    if not isinstance(study, Study):
        study = load_scenario(study)
    how: dict[str, Any] = {"jobs": jobs or os.cpu_count() or 1, "progress": progress}
    study, first = blocks.before(study, **how)
    where = None if partial is None else Path(partial)
    results = experiment.run(study, events=events, ranges=ranges, partial=where, **how)
    last = blocks.after(study, **how)
    tables = {**results.tables, **first.tables, **last.tables}
    results = replace(results, tables=tables, manifest={**results.manifest, **last.manifest})
    if not ranges:
        return results
    if study.scenario.uncertainty is not None:
        from sim.propagate import propagate

        results = propagate(study, results, **how)
    if study.scenario.sensitivity is not None:
        from sim.propagate import shared_out

        results = shared_out(study, results, **how)
    return results


def bottleneck(
    study: Study | str | Path, *, jobs: int | None = 1, progress: Callable[[], None] | None = None
) -> pd.DataFrame:
    """Return what every single addition to each line does to its output and unit cost, with intervals.

    Parameters
    ----------
    study : Study, str or Path
        All of its lines are tried.
    jobs, progress
        As in `run`; *progress* is called after every replication.
    """
    import pandas as pd

    from sim.debottleneck import bottlenecks

    if not isinstance(study, Study):
        study = load_scenario(study)
    runs = {"seed": study.scenario.seed, "replications": study.scenario.replications}
    jobs = jobs or os.cpu_count() or 1
    return pd.concat(
        [bottlenecks(line, **runs, jobs=jobs, progress=progress) for line in study.lines], ignore_index=True
    )


def optimise(study: Study, *, trials: int = 40, jobs: int | None = 1, progress: Progress | None = None) -> Optimum:
    """Search the cheapest plant that meets the target of a study's only line; see `sim.optimise.optimise`."""
    from sim import optimise as search

    (line,) = study.lines
    runs = {"seed": study.scenario.seed, "replications": study.scenario.replications}
    return search.optimise(line, **runs, trials=trials, jobs=jobs or os.cpu_count() or 1, progress=progress)


def load_sweep(
    wanted: str | Path,
    axes: Sequence[str],
    *,
    lines: Sequence[str] = (),
    expected: bool = False,
    overrides: Sequence[str] = (),
    overlays: Sequence[str | Path] = (),
    **fields: Any,
) -> Study:
    """Read a scenario with a sweep of one's own in place of those that it holds.

    Parameters
    ----------
    axes : sequence of str
        `PATH=LOW:HIGH:N`, `PATH=LOW:HIGH:N:log` or `PATH=A,B,C`; none keeps the sweeps of the scenario.
    lines : sequence of str
        Lines to sweep; all if empty.
    expected : bool, default=False
        In expected values rather than by simulation.
    overrides, overlays, **fields
        As in `load_scenario`.
    """
    from sim.grid import typed

    changes = typed(axes, expected=expected)
    study = load_scenario(wanted, overrides=overrides, overlays=overlays, changes=changes, lines=lines, **fields)
    if not study.scenario.sweep:
        example = "--over materials.Li2S.price='20 USD/kg:80 USD/kg:7'"
        text = f"the scenario holds no sweep: say what to sweep, such as {example}"
        raise InputError([Issue(str(wanted), 1, 1, text)])
    return study


def sweep_digest(table: pd.DataFrame) -> str:
    """Return a sweep as a small text table: axes, machines and the headline figures."""
    from sim.sweep import FIRST, LAST

    rest = [name for name in table.columns if name not in (*FIRST, *LAST)]
    axes = rest[: rest.index("throughput")] if "throughput" in rest else rest
    words = {"throughput": "output/y", "cost_per_unit": "USD/unit", "energy_per_unit": "kWh/unit"}
    kept = table[["point", "line", "by", *axes, "machines", "out_of_range", *(name for name in words if name in rest)]]
    shown = kept.rename(columns={**words, "out_of_range": "off price"})
    return shown.to_string(index=False, na_rep="", float_format=lambda x: f"{x:,.4g}" if abs(x) < 1e4 else f"{x:,.0f}")


def bottleneck_digest(table: pd.DataFrame) -> str:
    """Return what additions are worth as a text table, those that were not tried in a line below."""
    import pandas as pd

    from sim.compare import records

    parts = []
    for line, own in table.groupby("line", sort=False):
        tried = own[own["screened"] == 0]
        of = str(own["unit"].iloc[0])
        rows = [
            {
                "step": row.step or "(line)",
                "change": f"{row.change} {row.before:.4g} -> {row.after:.4g}",
                f"gain {of}/y": f"{row.gain:+,.0f}",
                "95 %": f"{row.gain_low:+,.0f} to {row.gain_high:+,.0f}",
                f"cost USD/{of}": f"{row.cost_change:+.3f}",
                "95 % ": f"{row.cost_change_low:+.3f} to {row.cost_change_high:+.3f}",
            }
            for row in records(tried)
        ]
        left = ", ".join(dict.fromkeys(own.loc[own["screened"] == 1, "step"]))
        note = f"\nnot tried, for they are less than half as busy as the busiest: {left}" if left else ""
        parts.append(f"{line}, released at capacity\n{pd.DataFrame(rows).to_string(index=False)}{note}")
    return "\n\n".join(parts)


def optimum_digest(found: Optimum) -> str:
    """Return the plant that a search found beside the one sized in expected values, as a text table."""
    table = found.table()
    rows = table[(table["quantity"] != "machines") | (table["auto"] != table["found"]) | (table["auto"] > 1)]
    shown = rows.assign(quantity=rows["quantity"] + (": " + rows["step"]).where(rows["step"] != "", ""))
    shown = shown[["quantity", "auto", "found"]]
    verdict = (
        "the cheapest plant found meets the target with 95 % probability"
        if found.found
        else "no plant that was simulated meets the target with 95 % probability; shown is the plant as sized"
    )
    count = f"{found.simulated} plants simulated, {found.looked_at} looked at in expected values"
    return f"{shown.to_string(index=False, float_format=lambda x: f'{x:,.4g}')}\n{verdict}; {count}"


def sweep(study: Study | str | Path, *, jobs: int | None = 1, progress: Progress | None = None) -> pd.DataFrame:
    """Work out the sweeps of a scenario and nothing else; returns the table `sweep`.

    Parameters
    ----------
    study : Study, str or Path
        A scenario with a `sweep`.
    jobs, progress
        As in `run`.
    """
    from sim.sweep import sweep_table

    if not isinstance(study, Study):
        study = load_scenario(study)
    return sweep_table(study, jobs=jobs or os.cpu_count() or 1, progress=progress)


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
        from sim import sweep

        study = load_scenario(wanted)
        sweep.check(study)
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
