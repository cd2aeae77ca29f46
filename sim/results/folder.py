"""Results on disk: tables and a manifest, written beside and swapped in whole, read back the same.

Comparisons, figures and reports see nothing but these tables.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError, Issue, SimError

__all__ = ["EXTRA", "TABLES", "Results", "check_target", "read", "write"]

TABLES = (
    "summary",
    "kpis",
    "costs",
    "energy",
    "materials",
    "h2s",
    "machines",
    "steps",
    "backend",
    "streams",
    "losses",
    "timeline",
    "gantt",
    "prices",
    "breakeven",
    "assumptions",
    "influence",
    "cells",
    "cell_pairs",
    "table1",
    "waterfall",
    "differences",
    "ranking",
    "warmup",
)
"""Tables of every run, a CSV file each."""

EXTRA: Mapping[str, tuple[str, ...]] = {
    "sizing": ("line", "step"),
    "bottleneck": ("line", "step", "change"),
    "optimum": ("line", "quantity", "step", "auto", "found"),
    "sweep": ("line", "point"),
    "uncertainty": (
        "line", "kpi", "unit", "p10", "p50", "p90", "mean", "sd", "run", "lots_sd", "share_from_ranges", "samples",
    ),
    "beats": ("line_a", "line_b", "kpi", "probability", "samples"),
    "sensitivity": ("line", "kpi", "method", "parameter", "value", "low", "high"),
    "samples": ("line", "sample"),
}  # fmt: skip
"""Tables of runs that hold what they are about (a sweep, sampled ranges ...), and their first columns; some have more.
Other runs have none of these files, and empty tables."""

MANIFEST = "manifest.json"
EVENTS = "events.parquet"
SAMPLES = "samples.parquet"
PARTIAL = ".partial"
"""Folder in a results folder that keeps what a run has done so far; it goes when the results are there."""
_OURS = frozenset(
    {MANIFEST, EVENTS, SAMPLES, PARTIAL, "figures", "report.pdf", *(f"{name}.csv" for name in (*TABLES, *EXTRA))}
)
"""All that a results folder holds; a folder with anything else is never replaced."""

_TEXTS = (
    "basis", "by", "category", "cathode", "change", "component", "direction", "driver", "equipment", "grade", "item",
    "kpi", "line", "line_a", "line_b", "made_by", "material", "method", "note", "outside", "parameter", "powder",
    "quantity", "role", "room", "section", "separator", "size_unit", "source", "state", "step", "target", "title",
    "unit", "use", "utility", "where", "why",
)  # fmt: skip
"""Columns of words; all others hold numbers or truth values."""


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
        if name in EXTRA:
            return self.tables.get(name, pd.DataFrame(columns=list(EXTRA[name])))
        raise AttributeError(name)


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
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=folder.parent))
    except OSError as error:
        raise InputError([Issue(str(folder), 1, 1, f"no results can be written here: {error.strerror}")]) from None
    try:
        fresh.chmod(0o755)
        _write_tables(results, fresh)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _write_tables(results: Results, fresh: Path) -> None:
    try:
        for name in TABLES:
            results.tables[name].to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")
        _write_extra(results, fresh)
        if results.events is not None:
            results.events.to_parquet(fresh / EVENTS, index=False)
        text = json.dumps(results.manifest, indent=2, ensure_ascii=False, allow_nan=False)
        (fresh / MANIFEST).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SimError(f"the results cannot be written: {error.strerror}") from error
    except ImportError as error:
        raise SimError(f"{EVENTS} needs pyarrow: pip install pyarrow") from error


def _write_extra(results: Results, fresh: Path) -> None:
    """Write what else the run holds, samples as Parquet where pyarrow is there."""
    for name in EXTRA:
        table = results.tables.get(name)
        if table is None or table.empty:
            continue
        if name == "samples" and find_spec("pyarrow") is not None:
            table.to_parquet(fresh / SAMPLES, index=False)
        else:
            table.to_csv(fresh / f"{name}.csv", index=False, lineterminator="\n")


def _swap(fresh: Path, folder: Path) -> None:
    """Put *fresh* in the place of *folder*; at no time is there nothing that could be brought back."""
    with _locked(folder):
        _sweep(folder)
        check_target(folder)
        old = fresh.with_name(f"{fresh.name}.old")
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
    if not place.exists() and place.parent.is_dir():
        with _locked(place):
            _sweep(place)
    if not (place / MANIFEST).is_file():
        raise InputError([Issue(str(folder), 1, 1, f"no results here: there is no {MANIFEST}")])
    try:
        manifest = _manifest(place)
        tables = {name: _read_table(place / f"{name}.csv") for name in TABLES}
        tables |= {name: _read_table(path) for name in EXTRA if (path := place / f"{name}.csv").is_file()}
        if (place / SAMPLES).is_file():
            tables["samples"] = pd.read_parquet(place / SAMPLES)
        events = pd.read_parquet(place / EVENTS) if (place / EVENTS).is_file() else None
    except (OSError, ValueError, ImportError) as error:
        raise InputError([Issue(str(folder), 1, 1, f"the results cannot be read: {error}")]) from error
    return Results(tables, manifest, events)


def check_target(folder: Path) -> None:
    """Raise InputError if results may not be written to *folder*."""
    try:
        problem = _objection(_absolute(folder))
    except OSError as error:
        problem = f"no results can be written here: {error.strerror}"
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


def _absolute(folder: Path) -> Path:
    """Return *folder* from the root, without `.` and `..`; a link stays a link."""
    return Path(os.path.abspath(folder))  # noqa: PTH100 - Path.resolve follows links


def _manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run; a ValueError if it is that of something else."""
    found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not {"program_version", "lines"} <= found.keys():
        raise ValueError(f"{MANIFEST} is not that of a run")
    return found


def _is_run(folder: Path) -> bool:
    try:
        _manifest(folder)
    except (OSError, ValueError):
        return False
    return True


def _read_table(path: Path) -> pd.DataFrame:
    """Return a table as it was written: text stays text, even if it is empty or looks like a number."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(_TEXTS, str))
    texts = [name for name in table.columns if name in _TEXTS]
    table[texts] = table[texts].fillna("")
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
    """Remove what killed runs have left beside *folder*; call it under the lock."""
    prefix = f".{folder.name}."
    for path in sorted(folder.parent.iterdir(), reverse=True):
        owner = path.name.removeprefix(prefix).partition(".")[0]
        if not path.name.startswith(prefix) or not owner.isdecimal() or _alive(int(owner)):
            continue
        if path.name.endswith(".old") and not folder.exists():
            # Killed between the two renames: the earlier results come back.
            path.rename(folder)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
