"""What a run has worked out so far, on disk: a run that was stopped goes on where it was.

Every task is a file of its own, written beside and renamed, and read back to the last bit.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from sim.bundle import program
from sim.errors import InputError, Issue, SimError

__all__ = ["FOLDER", "Store", "key"]

FOLDER = ".partial"
"""Where it lies in a results folder; it goes when the results are there."""


def key(*parts: Any) -> str:
    """Return a digest of what results depend on: the program with its data, and *parts*, such as names and texts."""
    return hashlib.sha256(json.dumps([program(), *parts], sort_keys=True).encode()).hexdigest()[:32]


class Store:
    """The results of tasks that have names, for one key."""

    def __init__(self, results: Path, key: str) -> None:
        self._folder = results / FOLDER / key
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError([Issue(str(results), 1, 1, f"no results can be written here: {error.strerror}")]) from None

    def __len__(self) -> int:
        return sum(path.suffix == ".gz" for path in self._folder.iterdir())

    def drop(self) -> None:
        """Forget everything, and leave no empty folders behind."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for folder in (self._folder.parent, self._folder.parent.parent):
            if not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()

    def load(self, name: str) -> Any:
        """Return what was saved under a name, None if there is nothing or it cannot be read."""
        try:
            return json.loads(gzip.decompress((self._folder / f"{name}.gz").read_bytes()), object_hook=_decoded)
        except (OSError, EOFError, ValueError, KeyError):
            return None

    def save(self, name: str, value: Any) -> None:
        """Save lists, mappings, numbers, texts and tables under a name."""
        fresh = self._folder / f"{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(gzip.compress(json.dumps(value, default=_encoded).encode(), 1))
            fresh.replace(self._folder / f"{name}.gz")
        except OSError as error:
            raise SimError(f"{fresh.parent.parent}: what is done cannot be written: {error.strerror}") from error


def _encoded(value: Any) -> Any:
    if not isinstance(value, pd.DataFrame):
        raise TypeError(f"cannot be saved: {type(value).__name__}")
    columns = [[str(name), str(value[name].dtype), value[name].tolist()] for name in value.columns]
    return {"table": columns, "rows": len(value)}


def _decoded(found: dict[str, Any]) -> Any:
    if found.keys() != {"table", "rows"}:
        return found
    columns = {name: pd.Series(values, dtype=kind) for name, kind, values in found["table"]}
    return pd.DataFrame(columns, index=pd.RangeIndex(found["rows"]))
