"""The command line: `sim check`, `run`, `sweep`, `compare`, `report`, `validate` and others; see `sim --help`.

Heavy imports stay inside the commands, so that `sim --help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from sim.cli.options import CSV, KEPT, Work, changed, count, logged, overlaid, progress, replicated, targeted, worked
from sim.errors import InputError, Issue, SimError, SimWarning, printable

if TYPE_CHECKING:
    from sim.analysis import Answer, Question
    from sim.study import Study

__all__ = ["main"]


class _Group(click.Group):
    """Turns every error of this program into its text and its exit code, in one place."""

    def main(self, *args: Any, **extra: Any) -> Any:
        # files become many objects, and few of them ever form a circle: looking for these takes a fifth of the time
        gc.set_threshold(50_000, 20, 20)
        for library in ("OPENBLAS", "MKL", "OMP"):
            # small sums are slower in several threads, which stand in the way of other processes and add up otherwise
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")
        try:
            return super().main(*args, **extra)
        except OSError as error:  # --help writes before there is a command
            with suppress(OSError):
                _say(_refused(error), err=True)
            _silence()
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _warning():
                found = super().invoke(ctx)
            sys.stdout.flush()
        except InputError as error:
            _end(ctx, "\n".join(f"{issue} [{issue.code}]" for issue in error.issues), error.exit_code)
        except SimError as error:
            _end(ctx, str(error), error.exit_code)
        except BrokenPipeError:
            # The reader of our output has gone (`sim routes | head`): nothing is wrong.
            _silence()
            ctx.exit(0)
        except KeyboardInterrupt:
            _end(ctx, "stopped; earlier results are as they were" + _more(ctx), 130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (OSError, MemoryError, BrokenExecutor, CancelledError) as error:
            # what the machine refuses is not known before
            _end(ctx, _refused(error) + _more(ctx), 1)
        except Exception as error:  # noqa: BLE001 - the last guard: nobody shall see a traceback who did not ask for it
            fault = f"a fault of this program, {type(error).__name__}: {error}; sim --debug shows where it is"
            _end(ctx, fault + _more(ctx), 5)
        return found


def _say(text: str, *, err: bool = False) -> None:
    """Print a text; what would steer the terminal is written out."""
    click.echo(printable(text), err=err)


@contextmanager
def _warning() -> Iterator[None]:
    """Say doubts of this program in a line each, without a place in its source."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", SimWarning)
        shown = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **rest: Any) -> None:
            if issubclass(category, SimWarning):
                _say(f"warning: {message}", err=True)
            else:
                shown(message, category, *place, **rest)

        warnings.showwarning = show
        yield


def _end(ctx: click.Context, text: str, code: int) -> NoReturn:
    if ctx.params.get("debug"):
        traceback.print_exc()
    with suppress(OSError):
        _say(text, err=True)
    with suppress(OSError):
        sys.stdout.flush()
        ctx.exit(code)
    _silence()
    ctx.exit(code)


def _silence() -> None:
    """Send what is left of the output nowhere, so that the end of the program does not stumble over it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _more(ctx: click.Context) -> str:
    """Return that what was done is kept, where it is."""
    return "; what is done is kept, and the same words go on from here" if ctx.meta.get(KEPT) else ""


def _refused(error: BaseException) -> str:
    """Return what the machine, a worker or a cluster has refused, as one sentence."""
    if isinstance(error, MemoryError):
        return "the memory does not suffice; fewer --jobs or samples need less"
    if isinstance(error, OSError):
        return f"{error.filename or 'the output'}: {error.strerror or error}"
    if isinstance(error, BrokenExecutor):
        return "a worker process was ended from outside: killed, or out of memory"
    return "the cluster has given up what it was asked for"


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_examples(
        "sim run five_routes                    simulate the bundled comparison, write its report",
        "sim check routes/my_route.yaml         find everything that is wrong in a route",
        "sim graph metathesis                   draw a route",
    ),
)
@click.version_option(package_name="solid-electrolyte-sim", message="%(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback with an error.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done, line by line.")
@click.pass_context
def main(ctx: click.Context, debug: bool, verbose: bool) -> None:  # noqa: ARG001 - `_end` looks for it
    """Simulate and compare manufacturing routes of solid electrolytes.

    Routes and scenarios are YAML files; results are tables, figures and a typeset report.
    """
    if verbose:
        ctx.with_resource(logged())


@main.command(
    epilog=_examples(
        "sim check routes/*.yaml",
        "sim check scenarios/five_routes.yaml --strict",
        "sim check my_route.yaml --target '40 t/y' --overlay my_prices.yaml",
    )
)
@click.argument("files", nargs=-1, required=True)
@click.option("--strict", is_flag=True, help="Doubts are errors, too.")
@overlaid
@targeted
def check(files: tuple[str, ...], strict: bool, overlays: tuple[str, ...], target: str | None) -> None:
    """Check route and scenario FILES without simulating; exit code 2 on any problem.

    Reads, balances, sizes and lowers every file, and reports all problems as file:line:col.
    """
    from sim import api

    issues: list[Issue] = []
    doubts: list[str] = []
    for name in files:
        try:
            summary, found = api.check(name, overlays=overlays, target=target)
        except InputError as error:
            issues += error.issues
            continue
        doubts += found
        _say(f"{name}: {summary}")
    for text in dict.fromkeys(doubts):
        _say(f"doubt: {text}", err=True)
    if issues:
        raise InputError(issues)
    if strict and doubts:
        raise SystemExit(2)


@main.command(
    epilog=_examples(
        "sim run five_routes",
        "sim run scenarios/five_routes.yaml --replications 3 --out /tmp/quick",
        "sim run my_route.yaml --target '40 t/y'",
        "sim run five_routes --set region=EU --overlay my_prices.yaml",
        "sim run five_routes --set ball_milling.steps.mill.dose='20 kWh/kg' --set prices=at_scale",
    )
)
@click.argument("scenario")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results [default: reports/NAME].")
@replicated
@click.option("--precision", metavar="SHARE", help="In their place, as many as give output and cost to, say, '1 %'.")
@click.option("--warm-up", metavar="TIME", help="Time before anything counts, such as '5 week', or auto.")
@changed
@worked
@click.option("--events", is_flag=True, help="Also write every event to events.parquet (needs pyarrow).")
@click.option("--replay", metavar="TIME", help="How much the page replays after the warm-up [default: 4 week].")
@click.option("--no-doubt", is_flag=True, help="Do not sample the ranges of the numbers.")
@click.option("--annex", is_flag=True, help="Add to the report everything that it leaves out.")
@click.option("--no-page", is_flag=True, help="Leave out report.html.")
@click.option("--xlsx", is_flag=True, help="Also write results.xlsx, with formulas (needs openpyxl).")
@click.option("--no-report", is_flag=True, help="Write the tables only.")
def run(
    scenario: str,
    out: Path | None,
    events: bool,
    no_doubt: bool,
    annex: bool,
    no_page: bool,
    xlsx: bool,
    no_report: bool,
    work: Work,
    **changed: Any,
) -> None:
    """Run SCENARIO (a file or a bundled name) and write tables, figures and the report; a route is run by itself.

    A run that was stopped goes on where it was when it is started again with the same words.
    """
    from sim import api
    from sim.reporting import terminal

    if events and find_spec("pyarrow") is None:
        raise SimError("--events needs pyarrow: pip install pyarrow")
    if xlsx and find_spec("openpyxl") is None:
        raise SimError("--xlsx needs openpyxl: pip install openpyxl")
    with progress():
        study = api.load_scenario(scenario, **changed, doubt=False if no_doubt else None)
    folder = out if out is not None else Path("reports") / study.scenario.name
    api.check_target(folder)
    partial = None if events else folder
    with work.kept_in(partial) as how:
        results = api.run(study, events=events, **how)
        api.save(results, folder, report=not no_report, annex=annex, page=not no_page, workbook=xlsx, jobs=work.jobs)
    for text in results.manifest["warnings"]:
        _say(f"warning: {text}", err=True)
    _say(terminal.run(results))
    _say(str(folder / ("manifest.json" if no_report else "report.pdf")))


@main.command(
    epilog=_examples(
        "sim sweep five_routes --over materials.Li2S.price='20 USD/kg:800 USD/kg:14:log' --expected",
        "sim sweep five_routes --line ball_milling --over '*.target=50 t/y:500 t/y:4' --over region=US,CN",
        "sim sweep scale_curve",
    )
)
@click.argument("scenario")
@click.option("--over", "axes", multiple=True, metavar="PATH=LOW:HIGH:N[:log]", help="An axis; or PATH=A,B,C.")
@click.option("--line", "lines", multiple=True, metavar="NAME", help="Sweep this line only; may be repeated.")
@click.option("--expected", is_flag=True, help="In expected values, without simulation: much faster.")
@click.option("--out", type=click.Path(path_type=Path), help="Also run the lines as they are, with tables and report.")
@click.option("--csv", "table", type=CSV, help="Write the whole table here.")
@replicated
@changed
@worked
def sweep(
    scenario: str,
    axes: tuple[str, ...],
    lines: tuple[str, ...],
    expected: bool,
    out: Path | None,
    table: Path | None,
    work: Work,
    **changed: Any,
) -> None:
    """Work out SCENARIO at every point of a grid: over any value that `--set` understands.

    Without --over, the sweeps that the scenario itself holds. A path that begins with `*` means all lines. With --out
    or --csv, a sweep that was stopped goes on where it was when it is started again with the same words.
    """
    from sim import api
    from sim.analysis import Sweeps
    from sim.reporting import terminal

    with progress():
        study = api.load_sweep(scenario, axes, lines=lines, expected=expected, **changed)
    if out is None:
        _ask(study, Sweeps(), work, table)
        return
    api.check_target(out)
    with work.kept_in(out) as how:
        results = api.run(study, **how)
        api.save(results, out, jobs=work.jobs)
    _write_table(results.sweep, table)
    _say(terminal.swept(results))
    _say(str(out / "report.pdf"))


@main.command(
    epilog=_examples("sim bottleneck five_routes --line ball_milling", "sim bottleneck my.yaml --csv worth.csv")
)
@click.argument("scenario")
@click.option("--line", "lines", multiple=True, metavar="NAME", help="Try this line only; may be repeated.")
@click.option("--csv", "table", type=CSV, help="Also write the whole table here.")
@replicated
@changed
@worked
def bottleneck(scenario: str, lines: tuple[str, ...], table: Path | None, work: Work, **changed: Any) -> None:
    """Find out what one more machine, operator or shift, or a doubled buffer, is worth in SCENARIO.

    Paired simulations with common random numbers, released at capacity; the largest gain first. With --csv, what was
    stopped goes on where it was when it is started again with the same words.
    """
    from sim import api
    from sim.analysis import Bottlenecks

    with progress():
        study = api.load_scenario(scenario, lines=lines, **changed)
    _ask(study, Bottlenecks(), work, table)


@main.command(epilog=_examples("sim optimise five_routes --line ball_milling --trials 20"))
@click.argument("scenario")
@click.option("--line", metavar="NAME", help="Line to search; may be left out if there is one only.")
@click.option("--trials", type=int, default=40, show_default=True, callback=count, help="Plants to simulate at most.")
@click.option("--csv", "table", type=CSV, help="Also write the table here.")
@replicated
@changed
@worked
def optimise(scenario: str, line: str | None, trials: int, table: Path | None, work: Work, **changed: Any) -> None:
    """Search the cheapest machine counts, buffers and shifts of a line that meet its target with 95 % probability.

    Every plant is simulated three times at least. With --csv, a search that was stopped goes on where it was when it is
    started again with the same words.
    """
    from sim import api
    from sim.analysis import Cheapest

    with progress():
        study = api.load_scenario(scenario, lines=(line,) if line else (), **changed)
    if len(study.lines) > 1:
        names = ", ".join(item.name for item in study.lines)
        raise InputError([Issue(scenario, 1, 1, f"say which line to search with --line: {names}")])
    _ask(study, Cheapest(trials=trials), work, table)


def _ask(
    study: Study, question: Question[Answer], work: Work, table: Path | None = None, folder: Path | None = None
) -> None:
    """Let a question be answered, print what came of it, and write its table, or table and figures into a folder."""
    from sim import analysis, api

    if table is not None and not table.parent.is_dir():
        raise InputError([Issue(str(table), 1, 1, "the table cannot be written: there is no such folder")])
    with work.kept_in(folder or (table and table.parent)) as how:
        answer = analysis.asked(study, question, **how)
    _write_table(answer.table, table)
    _say(answer.text)
    if folder is not None:
        for path in api.save_answer(answer, folder):
            _say(str(path))


def _write_table(table: Any, path: Path | None) -> None:
    from sim.results import write_csv

    if path is None:
        return
    try:
        write_csv(table, path)
    except OSError as error:
        raise InputError([Issue(str(path), 1, 1, f"the table cannot be written: {error.strerror}")]) from None


@main.command(
    epilog=_examples(
        "sim sensitivity five_routes --line dry_ptfe",
        "sim sensitivity five_routes --line metathesis --method morris --kpi energy_per_unit",
        "sim sensitivity five_routes --line metathesis --reach '50 USD/kg'",
        "sim sensitivity five_routes --line ball_milling --line wet_thf --equal materials.Li2S.price",
        "sim sensitivity five_routes --line ball_milling --line wet_thf --equal materials.Li2S.price "
        "--equal ball_milling.steps.mill.dose --out /tmp/map",
    )
)
@click.argument("scenario")
@click.option("--line", "lines", multiple=True, metavar="NAME", help="Line to ask about [default: all].")
@click.option("--kpi", default="cost_per_unit", show_default=True, help="Indicator, as in summary.csv.")
@click.option("--method", default="sobol", show_default=True, help="sobol, morris or spearman.")
@click.option("--samples", type=int, callback=count, help="Samples, or trajectories of Morris.")
@click.option("--reach", metavar="VALUE", help="Ask instead what must be true for this value, such as '50 USD/kg'.")
@click.option(
    "--equal",
    multiple=True,
    metavar="PATH",
    help="Ask instead where two lines are equal: one number, or two for a map.",
)
@click.option("--from", "low", type=float, help="Least value of the one number of --equal [default: its range].")
@click.option("--to", "high", type=float, help="Greatest value of the one number of --equal [default: its range].")
@changed
@worked
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Also write table and figure here.")
def sensitivity(
    scenario: str,
    lines: tuple[str, ...],
    seed: int | None,
    overrides: tuple[str, ...],
    overlays: tuple[str, ...],
    target: str | None,
    work: Work,
    out: Path | None,
    **asked: Any,
) -> None:
    """Ask which numbers of SCENARIO matter, where two lines are equal, or what must be true for a goal.

    Answers come from expected values, without simulation. With --out, what was stopped goes on where it was when it is
    started again with the same words.
    """
    from sim import api
    from sim.analysis import Sensitivity

    with progress():
        study = api.load_scenario(scenario, overrides=overrides, overlays=overlays, seed=seed, target=target)
    _ask(study, Sensitivity(lines, **asked), work, folder=out)


@main.command(
    epilog=_examples(
        "sim compare reports/five_routes reports/at_scale",
        "sim compare reports/five_routes reports/at_scale --why",
        "sim compare five_routes",
    )
)
@click.argument("runs", nargs=-1, required=True)
@click.option("--why", is_flag=True, help="Of two folders: what went in differently, and what that does to every cost.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the comparison with its report here.")
@worked
def compare(runs: tuple[str, ...], why: bool, out: Path | None, work: Work) -> None:
    """Compare the lines of several RUNS (results folders, or scenarios to be run).

    With --out, runs that were stopped go on where they were when all is started again with the same words.
    """
    from sim import api
    from sim.reporting import terminal

    if why:
        if len(runs) != 2 or not all(Path(name).is_dir() for name in runs):
            raise SimError("--why sets two results folders beside each other: the earlier run, then the later one")
        _say(str(api.why(*runs)))
        return
    if out is not None:
        api.check_target(out)
    with work.kept_in(out) as how:
        results = api.compare(runs, **how)
        if out is not None:
            api.save(results, out, jobs=work.jobs)
    _say(terminal.run(results))
    if out is not None:
        _say(str(out / "report.pdf"))


@main.command(epilog=_examples("sim report reports/five_routes"))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--annex", is_flag=True, help="Add to the report everything that it leaves out.")
@click.option("--no-page", is_flag=True, help="Leave out report.html.")
def report(folder: Path, annex: bool, no_page: bool) -> None:
    """Draw the figures and typeset the report of the results in FOLDER again."""
    from sim import api

    _say(str(api.report(folder, annex=annex, page=not no_page, jobs=None)))


@main.command(
    epilog=_examples(
        "sim explain reports/five_routes metathesis",
        "sim explain reports/five_routes metathesis Li2S",
        "sim explain reports/five_routes metathesis capital",
        "sim explain reports/five_routes metathesis anneal",
        "sim explain reports/five_routes metathesis oee",
    )
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("line")
@click.argument("item", default="")
def explain(folder: Path, line: str, item: str) -> None:
    """Say where the numbers of a LINE come from: formula, inputs and sources of every cost, energy and key figure.

    ITEM is a step, a category of cost, an item of it, 'step/item', 'energy' or a key figure; without one, the cost by
    category is told with its largest items.
    """
    from sim import api

    _say(str(api.explain(folder, line, item)))


@main.command(epilog=_examples("sim export reports/five_routes --xlsx", "sim export my_run --xlsx --out costs.xlsx"))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--xlsx", is_flag=True, required=True, help="As a workbook, with formulas (needs openpyxl).")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File [default: FOLDER/results.xlsx].")
def export(folder: Path, xlsx: bool, out: Path | None) -> None:  # noqa: ARG001 - there is one format so far
    """Write the results in FOLDER as a workbook: inputs, equipment, cost and totals as formulas, tables as values."""
    from sim import api

    _say(str(api.export(folder, out)))


@main.command(epilog=_examples("sim validate", "sim validate batpac finance", "sim validate --out docs/validation.md"))
@click.argument("groups", nargs=-1, metavar="[GROUP]...")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page of Markdown.")
@click.option("--jobs", type=int, callback=count, help="Processes [default: one per core]; changes no result.")
def validate(groups: tuple[str, ...], out: Path | None, jobs: int | None) -> None:
    """Compute published results again and judge them, all or by GROUP (number or name).

    Exit code 1 if a claim turns out otherwise than the program is known to find.
    """
    from sim import api
    from sim.validation import page, table

    if out is not None and not out.parent.is_dir():
        raise InputError([Issue(str(out), 1, 1, "there is no such folder")])
    with progress() as tick:
        rows = api.validate(groups, jobs=jobs, progress=tick)
    _say(table(rows))
    if out is not None:
        out.write_text(page(rows), encoding="utf-8", newline="\n")
        _say(str(out))
    surprises = [row for row in rows if row.surprising]
    if surprises:
        found = "; ".join(f"{row.key} is '{row.verdict}', not '{row.expected}'" for row in surprises)
        raise SimError(f"unexpected: {found}")


@main.command(epilog=_examples("sim graph metathesis", "sim graph routes/my_route.yaml --out my_route.svg"))
@click.argument("route")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Picture to write: .png, .pdf or .svg [default: ROUTE.png]."
)
@overlaid
def graph(route: str, out: Path | None, overlays: tuple[str, ...]) -> None:
    """Draw the process graph of ROUTE (a file or a bundled name)."""
    from sim import api

    _say(str(api.draw_route(route, out, overlays=overlays)))


@main.command(epilog=_examples("sim routes"))
def routes() -> None:
    """List the bundled routes and scenarios, and where they lie."""
    from sim.inputs import bundled, title_of

    for kind in ("routes", "scenarios"):
        for name, path in bundled(kind).items():
            _say(f"{kind[:-1]:9} {name:20} {title_of(path)}  ({path})")


@main.command(
    epilog=_examples("sim init my_route", "sim init my_route --from metathesis", "sim init film --kind membrane")
)
@click.argument("name")
@click.option("--from", "route", default="", metavar="ROUTE", help="Begin from this bundled route.")
@click.option("--kind", default="synthesis", show_default=True, help="Begin from nothing: synthesis or membrane.")
def init(name: str, route: str, kind: str) -> None:
    """Write NAME.yaml, a commented route, and a scenario of it, that check and run as they are."""
    from sim import api

    for path in api.init(name, route=route, kind=kind):
        _say(str(path))


@main.command(epilog=_examples("sim show metathesis", "sim show materials", "sim show Li2S", "sim show E101"))
@click.argument("what")
@overlaid
def show(what: str, overlays: tuple[str, ...]) -> None:
    """Print WHAT comes along: a route, a scenario, a part or an entry of the catalogue with its sources, a problem."""
    from sim import api

    _say(api.show(what, overlays=overlays))


@main.command(
    epilog=_examples(
        "sim sources",
        "sim sources metathesis",
        "sim sources five_routes --wanted",
        "sim sources five_routes --csv numbers.csv",
    )
)
@click.argument("name", default="")
@click.option("--wanted", is_flag=True, help="The numbers most worth a vendor's quote, with what to ask for.")
@click.option("--csv", "table", type=CSV, help="Also write the whole table here.")
@overlaid
def sources(name: str, wanted: bool, table: Path | None, overlays: tuple[str, ...]) -> None:
    """List the sources of the catalogue, or all numbers that a route or scenario NAME rests on, by source."""
    from sim import api

    if wanted and not name:
        raise click.UsageError("--wanted needs the NAME of a route or scenario whose cost the numbers move")
    text, rows = api.sources(name, quotes=wanted, overlays=overlays)
    _write_table(rows, table)
    _say(text)


@main.group(
    epilog=_examples("sim prices export prices.xlsx", "sim prices import prices.xlsx my_prices.yaml"),
)
def prices() -> None:
    """Hand the prices of the catalogue to a purchaser, and take a filled list back."""


@prices.command(
    "export", epilog=_examples("sim prices export prices.xlsx", "sim prices export prices.csv --overlay own.yaml")
)
@click.argument("out", type=CSV)
@overlaid
def export_(out: Path, overlays: tuple[str, ...]) -> None:
    """Write the prices of all goods and energy to OUT, .csv or .xlsx, with ranges, years and sources."""
    from sim import api

    table = api.price_table(out, overlays=overlays)
    _say(f"{out}: {len(table)} prices")


@prices.command(
    "import",
    epilog=_examples(
        "sim prices import prices.xlsx my_prices.yaml",
        "sim prices import prices.csv my_prices.yaml --source 'estimate: offers of November 2026'",
    ),
)
@click.argument("filled", type=click.Path(path_type=Path))
@click.argument("out", type=CSV)
@click.option("--source", default="", metavar="KEY", help="Of changed prices that name none; or 'estimate: reason'.")
@overlaid
def import_(filled: Path, out: Path, source: str, overlays: tuple[str, ...]) -> None:
    """Write what a price list, FILLED, changes as an overlay, OUT, or name every cell that is refused."""
    from sim import api

    text, number = api.price_overlay(filled, source=source, overlays=overlays)
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError([Issue(str(out), 1, 1, f"nothing can be written here: {error.strerror}")]) from None
    _say(f"{out}: {number} price{'' if number == 1 else 's'} changed")


@main.command(epilog=_examples("sim schema route > route.schema.json", "sim schema overlay", "sim schema scenario"))
@click.argument("kind", type=click.Choice(["route", "scenario", "overlay", "cell"]), default="route")
@overlaid
def schema(kind: str, overlays: tuple[str, ...]) -> None:
    """Print the JSON Schema of route, scenario, overlay or cell files, for editors."""
    from sim import api

    _say(api.schema(kind, overlays=overlays))
