"""Results on disk: tables and a manifest, written beside and swapped in whole, read back the same.

Comparisons, figures and reports see nothing but these tables.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError, Issue

__all__ = ["TABLES", "Results", "read", "write"]

TABLES = (
    "summary",
    "kpis",
    "costs",
    "energy",
    "materials",
    "machines",
    "steps",
    "streams",
    "losses",
    "timeline",
    "gantt",
    "prices",
    "breakeven",
    "assumptions",
)
"""Tables of every run, a CSV file each."""

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found."""

    tables: Mapping[str, pd.DataFrame]
    """By name; see docs/reference/results.md for their columns."""
    manifest: Mapping[str, Any]
    """Program version, file hashes, seed, every override, the resolved scenario, price year, warnings."""
    events: pd.DataFrame | None = field(default=None)
    """All event logs, if they were asked for."""

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a table by its name, as in `results.costs`."""
        if name in TABLES:
            return self.tables[name]
        raise AttributeError(name)


def write(results: Results, folder: Path, *, more: Callable[[Path], None] | None = None) -> Path:
    """Write results to *folder*, whole or not at all.

    Parameters
    ----------
    folder : Path
        Results that stand there are replaced; anything else that stands there is an error.
    more : callable, default=None
        Called with the new folder before it is swapped in, to add figures and the report.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If *folder* holds something that is not the result of a run.
    """
    check_target(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        for name in TABLES:
            results.tables[name].to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")
        if results.events is not None:
            results.events.to_parquet(fresh / "events.parquet", index=False)
        text = json.dumps(results.manifest, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False)
        (fresh / MANIFEST).write_text(text + "\n", encoding="utf-8")
        if more is not None:
            more(fresh)
        with _locked(folder):
            old = fresh.with_name(f"{fresh.name}.old")
            if folder.exists():
                check_target(folder)
                folder.rename(old)
            fresh.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def read(folder: Path) -> Results:
    """Read the results in *folder*.

    Raises
    ------
    InputError
        If there are none, or a table is missing.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError([Issue(str(folder), 1, 1, f"no results here: there is no {MANIFEST}")])
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""]) for name in TABLES}
    except (OSError, ValueError) as error:
        raise InputError([Issue(str(folder), 1, 1, f"the results cannot be read: {error}")]) from error
    return Results({name: _texts(table) for name, table in tables.items()}, manifest)


def check_target(folder: Path) -> None:
    """Raise InputError if results may not be written to *folder*."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError([Issue(str(folder), 1, 1, "this is not a folder; results need a folder of their own")])
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        text = f"the folder holds other things than results (no {MANIFEST}); nothing was written"
        raise InputError([Issue(str(folder), 1, 1, text)])


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with empty text where a column of text has gaps."""
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = table[name].fillna("")
    return table


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder above, so that two runs swap their results in one after the other."""
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what killed runs have left beside *folder*."""
    for path in folder.parent.glob(f".{folder.name}.*.*"):
        owner = path.name.removeprefix(f".{folder.name}.").split(".")[0]
        if not owner.isdigit() or _alive(int(owner)):
            continue
        old = path.with_name(path.name.removesuffix(".old"))
        if path.name.endswith(".old") and not folder.exists():
            # Killed between the two renames: the earlier results come back.
            path.rename(folder)
        elif old != path or path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
