"""Results on disk: tables and a manifest, written beside and swapped in whole, read back the same.

Comparisons, figures and reports see nothing but these tables.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
from filelock import FileLock

from sim.errors import InputError, Issue, SimError, nearest
from sim.results.columns import DOLLAR, Table
from sim.results.manifest import Manifest, is_manifest, read_manifest
from sim.results.spreadsheet import plain, write_csv
from sim.results.tables import TABLES, Tables

__all__ = ["WORKBOOK", "Results", "check_file", "check_target", "locked", "read", "view", "write"]

MANIFEST = "manifest.json"
EVENTS = "events.parquet"
LARGE = {name: f"{name}.parquet" for name in ("samples", "sample_slopes", "replay", "traffic")}
"""Tables that are kept as Parquet where pyarrow is there."""
WORKBOOK = "results.xlsx"
PARTIAL = ".partial"
"""Folder in a results folder that keeps what a run has done so far; it goes when the results are there."""
_OURS = frozenset(
    {
        MANIFEST,
        EVENTS,
        *LARGE.values(),
        PARTIAL,
        "figures",
        "report.pdf",
        "report.json",
        "report.html",
        WORKBOOK,
        *(f"{name}.csv" for name in TABLES),
    }
)
"""All that a results folder holds; a folder with anything else is never replaced."""


_VIEWS: dict[str, Callable[[Results], Any]] = {}


def view(name: str) -> Callable[[Callable[[Results], Any]], Callable[[Results], Any]]:
    """Let results have an attribute that a room above makes of them, such as `results.plot`."""

    def kept(make: Callable[[Results], Any]) -> Callable[[Results], Any]:
        _VIEWS[name] = make
        return make

    return kept


@dataclass(frozen=True, repr=False)
class Results(Tables):
    """What a run found: its tables, such as `results.costs`, declared in `sim.results.tables`; and its manifest."""

    tables: Mapping[str, pd.DataFrame]
    """By name; one of those that not every run has is empty as an attribute, if this run has it not."""
    manifest: Manifest
    """Program version, file hashes, seed, every override, the resolved scenario, price year, warnings."""
    events: pd.DataFrame | None = field(default=None)
    """All event logs, if they were asked for."""
    plot: ClassVar[Any]
    """Figures one by one, see `sim.reporting.Plots`."""

    def __post_init__(self) -> None:
        """Hold that every table is as it is declared."""
        for name, found in self.tables.items():
            if problem := TABLES[name].in_money(self.currency).problem(list(found.columns)):
                raise ValueError(problem)

    @property
    def currency(self) -> str:
        """Code of the money that the tables are in."""
        facts = self.manifest.get("currency")
        return facts["code"] if facts else DOLLAR

    def __repr__(self) -> str:
        """Return what these are results of, in a line."""
        lines = ", ".join(line["name"] for line in self.manifest["lines"])
        return f"<Results of {self.manifest['scenario']['name']}: {lines}; {len(self.tables)} tables>"

    def of(self, line: str) -> Results:
        """Return the results of one line alone."""
        own = {name: found[found["line"] == line] if "line" in found else found for name, found in self.tables.items()}
        return replace(self, tables=own)

    if not TYPE_CHECKING:  # a type checker knows the attributes

        def __getattr__(self, name: str) -> Any:
            """Return a view that a room above has handed in, or say which table may be meant."""
            if name in _VIEWS:
                return _VIEWS[name](self)
            raise AttributeError(f"results have no table '{name}'{nearest(name, TABLES)}")


def write(results: Results, folder: Path) -> Path:
    """Write results to *folder*, whole or not at all.

    Parameters
    ----------
    folder : Path
        Results that stand there are replaced; anything else that stands there is an error.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If *folder* holds something that is not the result of a run.
    SimError
        If the disk is full, or pyarrow is missing for the events.
    """
    folder = _absolute(folder)
    check_target(folder)
    with locked(folder):
        _sweep(folder)
        fresh = _fresh(folder)
        try:
            fresh.mkdir()
            _write_tables(results, fresh)
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _fresh(folder: Path) -> Path:
    """Return where results are written before they are put in the place of *folder*."""
    return folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.new")


def _write_tables(results: Results, fresh: Path) -> None:
    try:
        for name, table in TABLES.items():
            found: pd.DataFrame = getattr(results, name)
            if name in LARGE and len(found) and find_spec("pyarrow") is not None:
                words = {column.name: str for column in table.columns if column.kind == "text"}
                found.astype(words).to_parquet(fresh / LARGE[name], index=False)
            elif len(found) or not table.when:
                write_csv(found, fresh / f"{name}.csv")
        if results.events is not None:
            results.events.to_parquet(fresh / EVENTS, index=False)
        text = json.dumps(results.manifest, indent=2, ensure_ascii=False, allow_nan=False)
        (fresh / MANIFEST).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SimError(f"the results cannot be written: {error.strerror}") from error
    except ImportError as error:
        raise SimError(f"{EVENTS} needs pyarrow: pip install pyarrow") from error


def _swap(fresh: Path, folder: Path) -> None:
    """Put *fresh* in the place of *folder*; at no time is there nothing that could be brought back."""
    check_target(folder)
    old = fresh.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def read(folder: Path) -> Results:
    """Read the results in *folder*.

    Raises
    ------
    InputError
        If there are none, or a table is missing.
    """
    place = _absolute(folder)
    if not place.exists() and _left_over(place):
        with locked(place):
            _sweep(place)
    if not (place / MANIFEST).is_file():
        raise InputError([Issue(str(folder), 1, 1, f"no results here: there is no {MANIFEST}")])
    try:
        before = (place / MANIFEST).read_bytes()
        manifest = read_manifest(place / MANIFEST)
        facts = manifest.get("currency")
        declared = {name: table.in_money(facts["code"]) if facts else table for name, table in TABLES.items()}
        files = {name: place / f"{name}.csv" for name in declared}
        large = {name: place / file for name, file in LARGE.items() if (place / file).is_file()}
        there = {name: path for name, path in files.items() if not declared[name].when or path.is_file()}
        tables = {
            name: pd.read_parquet(large[name]) if name in large else _read_table(path, declared[name])
            for name, path in {**there, **large}.items()
        }
        events = pd.read_parquet(place / EVENTS) if (place / EVENTS).is_file() else None
        replaced = (place / MANIFEST).read_bytes() != before
    except (OSError, ValueError, ImportError) as error:
        raise InputError([Issue(str(folder), 1, 1, f"the results cannot be read: {error}")]) from error
    if replaced:
        text = "other results have come into the folder while these were read: read them again"
        raise InputError([Issue(str(folder), 1, 1, text)])
    return Results(tables, manifest, events)


def check_target(folder: Path) -> None:
    """Raise InputError if results may not be written to *folder*."""
    try:
        problem = _objection(_absolute(folder))
        if not problem:
            _try_out(_absolute(folder))
    except (OSError, ValueError) as error:
        problem = f"no results can be written here: {getattr(error, 'strerror', None) or error}"
    if problem:
        raise InputError([Issue(str(folder), 1, 1, problem)])


def _objection(place: Path) -> str:
    """Return why *place* must not be replaced by results, empty if it may."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        return "this is not a folder; results need a folder of their own"
    if place == Path.cwd() or place in Path.cwd().parents:
        return "results replace their whole folder, so it cannot be the one you are in or one above"
    if not place.exists():
        return ""
    names = sorted(path.name for path in place.iterdir())
    strange = [name for name in names if name not in _OURS]
    if strange:
        shown = ", ".join(strange[:3]) + (", ..." if len(strange) > 3 else "")
        return f"the folder holds other things than results ({shown}); nothing was written"
    if set(names) - {PARTIAL} and not _is_run(place):
        return f"the folder holds files, but no {MANIFEST} of a run; nothing was written"
    return ""


def _try_out(place: Path) -> None:
    """Make a folder beside *place* with the longest name that writing results takes, and remove it again.

    What does not exist of the path is tried where its first part would be.

    Raises
    ------
    OSError
        If the disk refuses a name: too long, with letters that it does not take, or where nobody may write.
    """
    top = next(parent for parent in place.parents if parent.exists())
    for part in place.relative_to(top).parts:
        trial = _fresh(top / part)
        trial.mkdir()
        trial.rmdir()


def check_file(path: Path) -> None:
    """Raise InputError if no file can be written at *path*; nothing is there afterwards that was not before."""
    try:
        fresh = not path.exists()
        with path.open("ab"):
            pass
        if fresh:
            path.unlink()
    except (OSError, ValueError) as error:
        missing = not path.parent.is_dir()
        text = "there is no such folder" if missing else getattr(error, "strerror", None) or str(error)
        raise InputError([Issue(str(path), 1, 1, f"the table cannot be written: {text}")]) from None


def _absolute(folder: Path) -> Path:
    """Return *folder* from the root, without `.` and `..`; a link stays a link."""
    return Path(os.path.abspath(folder))  # noqa: PTH100 - Path.resolve follows links


def _is_run(folder: Path) -> bool:
    try:
        return is_manifest(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def _read_table(path: Path, table: Table) -> pd.DataFrame:
    """Return a table as it was written: text stays text, even if it is empty or looks like a number."""
    if problem := table.problem(list(pd.read_csv(path, nrows=0, dtype=str).columns)):
        raise ValueError(f"{problem}: run the scenario again with this version")
    found = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=table.dtypes)
    texts = [name for name, kind in table.dtypes.items() if kind is str]
    found[texts] = found[texts].fillna("")
    words = found.select_dtypes(exclude=["number", "bool"]).columns
    found[words] = found[words].map(lambda x: plain(x) if isinstance(x, str) else x)
    return found


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write a results folder: what lies half done beside it is then of those that died.

    Raises
    ------
    InputError
        If nothing can be written beside the folder.
    """
    path = folder.with_name(f".{folder.name}.lock")
    with ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(path))
            # whoever waits for it sees that this one has gone, and makes a new one
            if os.name == "posix":  # Windows removes it by itself
                held.callback(path.unlink, missing_ok=True)
        except OSError as error:
            raise InputError([Issue(str(folder), 1, 1, f"no results can be written here: {error.strerror}")]) from None
        yield


def _left_over(folder: Path) -> list[Path]:
    """Return what killed runs have left beside *folder*, and what one at work has there."""
    own = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.(new|old)")
    return sorted(path for path in folder.parent.glob(".*") if own.fullmatch(path.name))


def _sweep(folder: Path) -> None:
    """Remove what killed runs have left beside *folder*; call it under the lock."""
    for path in _left_over(folder):
        if path.suffix == ".old" and not folder.exists():
            # killed between the two renames: the earlier results come back
            path.rename(folder)
        else:
            shutil.rmtree(path, ignore_errors=True)
