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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from sim.errors import InputError, Issue
from sim.inputs import Plant, begin, find, load_library, yamlfile
from sim.inputs import schema as schema_of
from sim.inputs import show as shown
from sim.plant import Line, resolve, scales, variants
from sim.results import WORKBOOK, Results, check_target, read, view, write, write_csv
from sim.study import Study, is_scenario, load_scenario, opened, trial

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis import Answer, Optimum
    from sim.engine import Checks
    from sim.reporting import Explanation, Why
    from sim.validation import Row

__all__ = [
    "Results",
    "Study",
    "bottleneck",
    "check",
    "check_target",
    "compare",
    "draw_route",
    "explain",
    "export",
    "init",
    "load_route",
    "load_run",
    "load_scenario",
    "load_sweep",
    "optimise",
    "price_overlay",
    "price_table",
    "report",
    "run",
    "save",
    "save_answer",
    "schema",
    "sensitivity",
    "show",
    "sources",
    "sweep",
    "validate",
    "why",
]

Progress = Callable[[int, int], None]
Jobs = int | Executor | None


def run(
    study: Study | str | Path,
    *,
    jobs: Jobs = 1,
    events: bool = False,
    ranges: bool = True,
    progress: Progress | None = None,
    partial: str | Path | None = None,
    engine: Checks | str = "checked",
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
    engine : Checks or str, default="checked"
        What simulates: the compiled core, `checked` by SimPy in the first replication of every line; the core alone,
        `compiled`; or `simpy`, as where there is no core. The results are the same to the byte.
    """
    from sim.analysis import Experiment, asked

    work: Work = {"jobs": jobs, "progress": progress, "partial": None if events else partial, "engine": engine}
    return asked(_loaded(study), Experiment(events, ranges), **work)


def _loaded(study: Study | str | Path) -> Study:
    return study if isinstance(study, Study) else load_scenario(study)


class Work(TypedDict, total=False):
    """What works out an answer, as in `run`; what was kept in *partial* goes when all is done."""

    jobs: Jobs
    progress: Progress | None
    partial: str | Path | None
    engine: Checks | str


def bottleneck(study: Study | str | Path, **work: Unpack[Work]) -> pd.DataFrame:
    """Return what every single addition to each line does to its output and unit cost, with intervals.

    Parameters
    ----------
    study : Study, str or Path
        All of its lines are tried.
    **work
        See `Work`.
    """
    from sim.analysis import Bottlenecks, asked

    return asked(_loaded(study), Bottlenecks(), **work).table


def optimise(study: Study, *, trials: int = 40, **work: Unpack[Work]) -> Optimum:
    """Search the cheapest plant that meets the target of a study's only line; see `sim.analysis.search.optimise`.

    Parameters
    ----------
    trials : int, default=40
        Plants to simulate at most.
    **work
        See `Work`.
    """
    from sim.analysis import Cheapest, asked

    (line,) = study.lines
    (optimum,) = asked(study, Cheapest([line.name], trials), **work).about["optima"]
    return cast("Optimum", optimum)


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
    from sim.inputs import typed

    changes = typed(axes, expected=expected)
    study = load_scenario(wanted, overrides=overrides, overlays=overlays, changes=changes, lines=lines, **fields)
    if not study.scenario.sweep:
        example = "--over materials.Li2S.price='20 USD/kg:80 USD/kg:7'"
        text = f"the scenario holds no sweep: say what to sweep, such as {example}"
        raise InputError([Issue(str(wanted), 1, 1, text)])
    return study


def sweep(study: Study | str | Path, **work: Unpack[Work]) -> pd.DataFrame:
    """Work out the sweeps of a scenario and nothing else; returns the table `sweep`.

    Parameters
    ----------
    study : Study, str or Path
        A scenario with a `sweep`.
    **work
        See `Work`.
    """
    from sim.analysis import Sweeps, asked

    return asked(_loaded(study), Sweeps(), **work).table


@view("plot")
def _plots(results: Results) -> Any:
    from sim.reporting import Plots

    return Plots(results)


@view("explain")
def _explained(results: Results) -> Any:
    return partial(explain, results)


@view("_repr_html_")
def _shown(results: Results) -> Callable[[], str]:
    from sim.reporting import terminal

    return lambda: terminal.html(results)


def explain(run: Results | str | Path, line: str, item: str = "") -> Sequence[Explanation]:
    """Return where the numbers of a line come from: formula, inputs and sources; it prints as text.

    Parameters
    ----------
    run : Results, str or Path
        Results, or the folder that they lie in.
    line : str
        One of its lines.
    item : str, default=""
        A step, a category of cost, an item, `step/item`, `energy` or a key figure; empty: the cost by category with its
        largest items.

    Raises
    ------
    SimError
        If there is no such line or item, with what there is.
    """
    from sim.reporting import explain as told

    return told(run if isinstance(run, Results) else load_run(run), line, item)


def load_run(folder: str | Path) -> Results:
    """Read the results of an earlier run from its folder."""
    return read(Path(folder))


def save(
    results: Results,
    folder: str | Path,
    *,
    report: bool = True,
    annex: bool = False,
    page: bool = True,
    workbook: bool = False,
    jobs: int | None = 1,
) -> Path:
    """Write tables and manifest, whole or not at all, and then, unless told otherwise, figures and report.

    Parameters
    ----------
    report : bool, default=True
        Also draw and typeset.
    annex : bool, default=False
        Whether everything that the report leaves out follows it.
    page : bool, default=True
        Whether report.html is written, too.
    workbook : bool, default=False
        Whether results.xlsx is written, too.
    jobs : int or None, default=1
        Processes that draw; None takes one per core.

    Raises
    ------
    ReportError
        If the report cannot be made; the tables are there.
    """
    place = write(results, Path(folder))
    if workbook:
        _export(results, place / WORKBOOK)
    if report:
        _typeset(results, place, jobs, annex=annex, page=page)
    return place


def report(folder: str | Path, *, annex: bool = False, page: bool = True, jobs: int | None = 1) -> Path:
    """Draw the figures and typeset the report of a results folder again; returns the report's path.

    Parameters
    ----------
    annex : bool, default=False
        Whether everything that the report leaves out follows it.
    page : bool, default=True
        Whether report.html is written, too.
    jobs : int or None, default=1
        Processes that draw; None takes one per core.

    Raises
    ------
    ReportError
        If the report cannot be made; the folder stays as it was.
    """
    return _typeset(load_run(folder), Path(folder), jobs, annex=annex, page=page)


def _typeset(results: Results, folder: Path, jobs: int | None, *, annex: bool, page: bool) -> Path:
    from sim.reporting import write_report

    return write_report(results, folder, jobs=jobs or os.cpu_count() or 1, with_annex=annex, with_page=page)


def export(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the workbook of a results folder: its cost as formulas, its tables as values; returns its path.

    Parameters
    ----------
    out : str, Path or None, default=None
        Where to; `results.xlsx` in the folder.

    Raises
    ------
    InputError
        If there are no results, or nothing can be written there.
    SimError
        If openpyxl is missing.
    """
    return _export(load_run(folder), Path(folder) / WORKBOOK if out is None else Path(out))


def _export(results: Results, path: Path) -> Path:
    from sim.reporting import workbook_of

    try:
        path.write_bytes(workbook_of(results))
    except OSError as error:
        raise InputError([Issue(str(path), 1, 1, f"nothing can be written here: {error.strerror}")]) from None
    return path


def validate(groups: Sequence[str] = (), *, jobs: int | None = 1, progress: Progress | None = None) -> list[Row]:
    """Compute published results again and judge them, all or by group (number or name).

    Parameters
    ----------
    jobs : int or None, default=1
        Processes; None takes one per core. Verdicts are the same whatever the number.
    progress : callable, default=None
        Called with (tasks done, tasks in all).
    """
    from sim import validation

    return validation.run(groups, jobs=jobs or os.cpu_count() or 1, progress=progress)


def compare(runs: Sequence[str], **work: Unpack[Work]) -> Results:
    """Return the lines of several results folders, or of scenarios that are run for it, side by side.

    Parameters
    ----------
    **work
        Of the runs, see `Work`; one process per core unless *jobs* says otherwise.
    """
    from sim.results import merge

    how: Work = {"jobs": None, **work}
    found = [load_run(name) if Path(name).is_dir() else run(name, **how) for name in runs]
    return found[0] if len(found) == 1 else merge(found, [Path(name).stem for name in runs])


def why(one: Results | str | Path, other: Results | str | Path) -> Why:
    """Return why the second of two runs differs from the first: inputs, bridges of the cost, chance; it prints as text.

    Parameters
    ----------
    one, other : Results, str or Path
        Results, or the folders that they lie in.

    Raises
    ------
    SimError
        If they have no line of one name, or are in different currencies.
    """
    from sim.reporting import why as told

    found = [run if isinstance(run, Results) else load_run(run) for run in (one, other)]
    names = [run.manifest["scenario"]["name"] if isinstance(run, Results) else Path(run).name for run in (one, other)]
    return told(found[0], found[1], (names[0], names[1]))


def sensitivity(
    study: Study | str | Path,
    lines: Sequence[str] = (),
    *,
    jobs: Jobs = 1,
    progress: Progress | None = None,
    partial: str | Path | None = None,
    engine: Checks | str = "checked",
    **question: Any,
) -> Answer:
    """Return which numbers matter, where two lines are equal, or what must be true for a goal; in expected values.

    Parameters
    ----------
    lines : sequence of str, default=()
        Names of lines; all if none are given. With *equal* two.
    jobs, progress, partial, engine
        As in `Work`.
    **question
        Fields of `sim.analysis.Sensitivity`: kpi, method, samples; or reach; or equal, with low and high.

    Raises
    ------
    InputError
        If a line, an indicator, a method or a number is unknown.
    """
    from sim.analysis import Sensitivity, asked

    asking = Sensitivity(lines, **question)
    return asked(_loaded(study), asking, jobs=jobs, progress=progress, partial=partial, engine=engine)


def save_answer(answer: Answer, folder: Path) -> list[Path]:
    """Write the table of an answer as CSV, and a figure where there is one; returns their paths.

    Raises
    ------
    InputError
        If nothing can be written there.
    """
    from sim.reporting import break_even_map, effects, save_figure, slug

    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{answer.name}.csv"]
        write_csv(answer.table, paths[0])
    except OSError as error:
        raise InputError([Issue(str(folder), 1, 1, f"nothing can be written here: {error.strerror}")]) from None
    if answer.name == "sensitivity":
        for line, part in answer.table.groupby("line", sort=False):
            paths.append(folder / f"sensitivity_{slug(str(line))}.png")
            save_figure(effects(part, unit_=answer.about["unit"][str(line)]), paths[-1])
    elif answer.name == "break_even_map":
        paths.append(folder / "break_even_map.png")
        save_figure(break_even_map(answer.table, **answer.about), paths[-1])
    return paths


def load_route(wanted: str | Path, *, scale: str = "", variant: str = "", overlays: Sequence[str | Path] = ()) -> Line:
    """Read, balance and size one route for a plant that never closes, one machine a step.

    Parameters
    ----------
    scale : str, default=""
        A scale of the route; empty is the file itself.
    variant : str, default=""
        A variant of the route, likewise.
    overlays : sequence of str or Path
        Private files over the catalogue and the route's own entries.
    """
    path, shown = find("routes", str(wanted))
    document = yamlfile.read(path, name=shown)
    files = [yamlfile.read(Path(name)) for name in overlays]
    library = load_library(routes=[document], files=files)
    return resolve(Path(path).stem, path, library, Plant(), document=document, scale=scale, variant=variant)


def check(wanted: str, *, overlays: Sequence[str | Path] = (), **fields: Any) -> tuple[str, list[str]]:
    """Check a route or scenario; returns a line about it and the doubts.

    Parameters
    ----------
    overlays, **fields
        As in `load_scenario`; with a *target* a route is checked as the scenario that it would be run in.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    path, document = opened(wanted)
    if is_scenario(document) or any(value is not None for value in fields.values()):
        study = load_scenario(wanted, overlays=overlays, **fields)
        if study.scenario.sweep:
            from sim.analysis import sweep

            sweep.check(study)
        return f"ok, {len(study.lines)} line{'s' if len(study.lines) > 1 else ''}", list(study.warnings)
    at = path if path.is_file() and str(path) == wanted else wanted
    *others, own = scales(document)
    line = load_route(at, scale=own, overlays=overlays)
    found = [(f"scale {name}", load_route(at, scale=name, overlays=overlays)) for name in others]
    found += [(f"variant {name}", load_route(at, variant=name, overlays=overlays)) for name in variants(document)]
    faults = [text for item in (line, *(item for _, item in found)) for text in trial.faults(item)]
    if faults:
        raise InputError([Issue(document.name, 1, 1, text) for text in faults])
    named = f"; {', '.join(f'{what} {len(item.route.steps)}' for what, item in found)}"
    doubts = [*line.warnings, *(f"{text} ({what})" for what, item in found for text in item.warnings)]
    return f"ok, {len(line.route.steps)} steps, {len(line.graph.edges)} streams{named if found else ''}", doubts


def sources(wanted: str = "", *, quotes: bool = False, overlays: Sequence[str | Path] = ()) -> tuple[str, pd.DataFrame]:
    """Return where the numbers come from: as text to read, and as a table.

    Parameters
    ----------
    wanted : str, default=""
        A route or scenario (a file or a bundled name): the numbers that each line rests on. A route by itself is
        sized for one machine a step. Empty: the bibliography.
    quotes : bool, default=False
        Only the numbers most worth a vendor's quote, with what to ask for.
    overlays : sequence of str or Path
        Private files over the catalogue.

    Raises
    ------
    InputError
        If there is no such file, or something is wrong in it.
    """
    import pandas as pd

    from sim.analysis import quotes as asked
    from sim.analysis import sources as found

    if not wanted:
        library = load_library(files=[yamlfile.read(Path(name)) for name in overlays])
        return found.text(library), found.bibliography(library)
    lines = _lines_of(wanted, overlays)
    tables = [found.line_sources(line) for line in lines]
    if quotes:
        table = asked.quotes(lines, tables)
        return asked.quotes_text(table), table
    texts = [found.line_text(line, table) for line, table in zip(lines, tables, strict=True)]
    named = [table.assign(line=line.name) for line, table in zip(lines, tables, strict=True)]
    return "\n\n".join(texts), pd.concat(named, ignore_index=True)


def price_table(out: str | Path | None = None, *, overlays: Sequence[str | Path] = ()) -> pd.DataFrame:
    """Return the prices of all goods and energy, as a list that a purchaser fills in.

    Parameters
    ----------
    out : str, Path or None, default=None
        Where to write it: CSV, or a workbook (.xlsx, needs openpyxl).
    overlays : sequence of str or Path
        Private files over the catalogue.
    """
    from sim.analysis import price_list

    table = price_list.price_list(load_library(files=[yamlfile.read(Path(name)) for name in overlays]))
    if out is not None:
        price_list.write_list(table, Path(out))
    return table


def price_overlay(filled: str | Path, *, source: str = "", overlays: Sequence[str | Path] = ()) -> tuple[str, int]:
    """Return the overlay of the prices in which a list differs from the catalogue, and how many these are.

    Parameters
    ----------
    filled : str or Path
        A price list as `price_table` writes it, CSV or .xlsx.
    source : str, default=""
        Source of changed prices that name none: a key of the bibliography, or `estimate: reason`.
    overlays : sequence of str or Path
        Private files over the catalogue, over which the overlay is to be laid.

    Raises
    ------
    InputError
        With every cell that is refused.
    """
    from sim.analysis import price_list

    files = [yamlfile.read(Path(name)) for name in overlays]
    return price_list.overlay_of(Path(filled), source=source, files=files)


def _lines_of(wanted: str, overlays: Sequence[str | Path]) -> tuple[Line, ...]:
    """Return the lines of a scenario, or a route by itself as one."""
    if is_scenario(opened(wanted)[1]):
        return load_scenario(wanted, overlays=overlays).lines
    return (load_route(wanted, overlays=overlays),)


def draw_route(wanted: str, out: Path | None = None, *, overlays: Sequence[str | Path] = ()) -> Path:
    """Draw the process graph of a route; returns the picture's path."""
    from sim.reporting import process_graph, save_figure
    from sim.study import streams

    line = load_route(wanted, overlays=overlays)
    path = out or Path(f"{line.route.name}.png")
    if path.suffix not in (".png", ".pdf", ".svg"):
        raise InputError([Issue(str(path), 1, 1, "a picture ends in .png, .pdf or .svg")])
    if not path.parent.is_dir():
        raise InputError([Issue(str(path), 1, 1, "there is no such folder")])
    save_figure(process_graph(streams(line), titles=line.titles, title=line.route.title), path)
    return path


def init(name: str, folder: str | Path = ".", *, route: str = "", kind: str = "synthesis") -> list[Path]:
    """Write a commented route and a scenario of it that check and run; returns their paths.

    Parameters
    ----------
    name : str
        Name of the route.
    folder : str or Path, default="."
        Where the files are written.
    route : str, default=""
        A bundled route to begin from.
    kind : str, default="synthesis"
        Kind of the route, if it begins from none.

    Raises
    ------
    InputError
        If a file is there already or cannot be written.
    """
    files = {Path(folder) / file: text for file, text in begin(name, route=route, kind=kind).items()}
    there = [path for path in files if path.exists()]
    if there:
        raise InputError([Issue(str(path), 1, 1, "this file is there already; nothing was written") for path in there])
    try:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError([Issue(str(folder), 1, 1, f"nothing can be written here: {error.strerror}")]) from None
    return list(files)


def show(wanted: str, *, overlays: Sequence[str | Path] = ()) -> str:
    """Return a text about what comes with the program: a route, a scenario, an entry of the catalogue, a problem.

    Parameters
    ----------
    wanted : str
        Such as `metathesis`, `five_routes`, `materials`, `Li2S`, `equipment.retort_furnace` or `E101`.
    overlays : sequence of str or Path
        Private files over the catalogue.
    """
    return shown(wanted, load_library(files=[yamlfile.read(Path(name)) for name in overlays]))


def schema(kind: str, *, overlays: Sequence[str | Path] = ()) -> str:
    """Return the JSON Schema of `route`, `scenario`, `overlay` or `cell` files, with the names of the catalogue.

    Parameters
    ----------
    overlays : sequence of str or Path
        Private files over the catalogue, whose names are offered, too.
    """
    library = load_library(files=[yamlfile.read(Path(name)) for name in overlays])
    return json.dumps(schema_of(kind, library), indent=2)
