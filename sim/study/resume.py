"""What a study has worked out so far, on disk: one that was stopped goes on where it was.

Every task is a file of its own, written beside and renamed, and read back to the last bit.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
import shutil
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, Issue, SimError
from sim.inputs import program
from sim.results import PARTIAL

__all__ = ["Store", "key"]


def key(*parts: Any) -> str:
    """Return a digest of what results depend on: program and data, what computes, and *parts*, such as texts."""
    # a search goes another way where sums differ in the last digit
    tools = [platform.machine(), platform.python_version(), version("numpy"), version("scipy")]
    return hashlib.sha256(json.dumps([program(), tools, *parts], sort_keys=True).encode()).hexdigest()[:32]


_OURS = "sim."
"""Where the classes of records live: nothing else is made of what a file says."""


class Store:
    """The results of tasks that have names, for one key."""

    def __init__(self, results: Path, key: str) -> None:
        self._folder = results / PARTIAL / key
        self._made = not results.exists()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError([Issue(str(results), 1, 1, f"no results can be written here: {error.strerror}")]) from None

    def __len__(self) -> int:
        return sum(path.suffix == ".gz" for path in self._folder.iterdir())

    def drop(self) -> None:
        """Forget everything, and leave no empty folders behind but those of others."""
        shutil.rmtree(self._folder, ignore_errors=True)
        own = (self._folder.parent, self._folder.parent.parent) if self._made else (self._folder.parent,)
        for folder in own:
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
        """Save lists, mappings, numbers, texts, arrays of numbers, tables and records of this program under a name."""
        fresh = self._folder / f"{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(gzip.compress(json.dumps(value, default=_encoded).encode(), 1))
            fresh.replace(self._folder / f"{name}.gz")
        except FileNotFoundError:
            pass  # another run has just put its results in place of the folder: this is not kept
        except OSError as error:
            raise SimError(f"{fresh.parent.parent}: what is done cannot be written: {error.strerror}") from error


def _encoded(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        columns = [[str(name), str(value[name].dtype), value[name].tolist()] for name in value.columns]
        return {"table": columns, "rows": len(value)}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype), "shape": value.shape}
    if is_dataclass(value) and type(value).__module__.startswith(_OURS):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"record": f"{type(value).__module__}.{type(value).__qualname__}", "fields": own}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot be saved: {type(value).__name__}")


def _decoded(found: dict[str, Any]) -> Any:
    if found.keys() == {"table", "rows"}:
        columns = {name: pd.Series(values, dtype=kind) for name, kind, values in found["table"]}
        return pd.DataFrame(columns, index=pd.RangeIndex(found["rows"]))
    if found.keys() == {"array", "dtype", "shape"}:
        return np.array(found["array"], dtype=found["dtype"]).reshape(found["shape"])
    if found.keys() == {"record", "fields"}:
        module, _, name = found["record"].rpartition(".")
        if not module.startswith(_OURS):
            raise ValueError(found["record"])
        return getattr(import_module(module), name)(**found["fields"])
    return found
