"""Options that several commands share, and what does the work of a command.

Heavy imports wait, as in `sim.cli`.
"""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

__all__ = [
    "CSV",
    "KEPT",
    "Work",
    "changed",
    "count",
    "logged",
    "overlaid",
    "progress",
    "replicated",
    "targeted",
    "worked",
]

_Command: TypeAlias = "Callable[..., Any]"

KEPT = "sim.kept"
"""Set in a command that keeps what it has done."""


def count(_: click.Context, __: click.Parameter, value: int | None) -> int | None:
    """Return the number of an option, which is whole and 1 or more."""
    if value is not None and value < 1:
        raise click.BadParameter("expected a whole number from 1")
    return value


def _options(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Return several options as one decorator."""

    def add(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


class _Table(click.Path):
    """A file for a table, refused before the work where none can be written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        from sim.results import check_file

        path = Path(str(super().convert(value, param, ctx)))
        check_file(path)
        return path


CSV = _Table(path_type=Path, dir_okay=False)
replicated = click.option("--replications", type=int, callback=count, help="Runs with other random numbers.")
overlaid = click.option("--overlay", "overlays", multiple=True, metavar="FILE", help="Own entries over the catalogue.")
targeted = click.option("--target", metavar="AMOUNT", help="Good output of every line, such as '40 t/y'.")
changed = _options(
    click.option("--seed", type=click.IntRange(min=0), help="Beginning of all random numbers; 0 is a seed."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change any value; may be repeated.",
    ),
    overlaid,
    targeted,
)
"""How a scenario is changed: what `api.load_scenario` takes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What does the work of a command."""

    jobs: int | None
    executor: str
    scheduler: str | None
    engine: str

    @contextmanager
    def kept_in(self, partial: Path | None) -> Iterator[dict[str, Any]]:
        """Yield what the functions of `sim.api` are told of the work: jobs, progress, partial and engine."""
        from sim.engine import Checks, Engine

        if (self.executor == "dask") != (self.scheduler is not None):
            raise click.UsageError("--executor dask and --scheduler ADDRESS go together")
        with ExitStack() as stack:
            workers: int | Executor | None = self.jobs
            if self.scheduler is not None:
                from sim.workers import dask

                workers = stack.enter_context(dask(self.scheduler))
            click.get_current_context().meta[KEPT] = partial is not None
            checks = Checks(Engine(self.engine))
            tick = stack.enter_context(progress())
            yield {"jobs": workers, "progress": tick, "partial": partial, "engine": checks}
        if checks.told():
            click.echo(checks.told(), err=True)


def worked(command: _Command) -> _Command:
    """Let a command be told what does its work, as `work`."""

    @wraps(command)
    def told(*, jobs: int | None, executor: str, scheduler: str | None, engine: str, **rest: Any) -> None:
        command(**rest, work=Work(jobs, executor, scheduler, engine))

    add = _options(
        click.option("--jobs", type=int, callback=count, help="Processes [default: one per core]; changes no result."),
        click.option(
            "--executor", type=click.Choice(["processes", "dask"]), default="processes", help="What does the work."
        ),
        click.option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster, such as tcp://10.0.0.1:8786."),
        click.option(
            "--engine",
            type=click.Choice(["checked", "compiled", "simpy"]),
            default="checked",
            help="What simulates: the compiled core, checked by SimPy or not, or SimPy alone; changes no result.",
        ),
    )
    return add(told)


class progress:  # noqa: N801 - used like a function
    """A line on a terminal that says what is being done, and how far it is; nothing in a pipe or with `-v`."""

    def __enter__(self) -> Callable[[int, int], None]:
        self.bar: Any = None
        self.done = 0
        if sys.stderr.isatty() and not click.get_current_context().find_root().params.get("verbose"):
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
            # the time left goes by the last minutes, so that it does not jump
            self.bar = Progress(
                *columns,
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
                speed_estimate_period=180.0,
            )
            self.bar.start()
            self.task = self.bar.add_task("simulating", total=None, count="")
            self.stages = _Stages(self._begin)
            self.stages.__enter__()
        return self._tick

    def _begin(self, stage: str) -> None:
        self.bar.update(self.task, description=stage, count="", refresh=True)

    def _tick(self, done: int, total: int) -> None:
        if self.bar is None:
            return
        if done < self.done:  # another question counts anew
            self.bar.reset(self.task, total=total)
        self.done = done
        self.bar.update(self.task, completed=done, total=total, count=f"{done}/{total}")

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.stages.__exit__()
            self.bar.stop()


class _Stages(logging.Handler):
    """Hands on what the program says that it is doing."""

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._told = told
        self._level = _PROGRAM.level

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one message."""
        self._told(record.getMessage())

    def __enter__(self) -> None:
        _PROGRAM.addHandler(self)
        _PROGRAM.setLevel(logging.INFO)

    def __exit__(self, *_: object) -> None:
        _PROGRAM.removeHandler(self)
        _PROGRAM.setLevel(self._level)


@contextmanager
def logged() -> Iterator[None]:
    """Say on standard error what is being done, line by line."""
    with _Stages(lambda text: click.echo(f"sim: {text}", err=True)):
        yield


_PROGRAM = logging.getLogger("sim")
"""Parent of all loggers of the program."""
