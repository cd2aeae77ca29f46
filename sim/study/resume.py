"""What a study has worked out so far, on disk: one that was stopped goes on where it was.

Every task is a file of its own, written beside and renamed, and read back to the last bit. A results folder may come
from anywhere, so a file is no more than numbers and texts with a checksum: what is made of them says the task that
asks, never the file, and whatever does not fit counts as absent.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
import shutil
import types
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from stat import S_ISREG
from typing import Any, Union, get_args, get_origin, get_type_hints

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


_DAMAGED = (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, OverflowError, RecursionError, MemoryError)
"""What reading a file can raise that somebody has cut, changed or made up."""


class Store:
    """The results of tasks that have names, for one key."""

    def __init__(self, results: Path, key: str) -> None:
        self._key = key
        self._folder = results / PARTIAL / key
        self._made = not results.exists()
        links = [place for place in (self._folder.parent, self._folder) if place.is_symlink()]
        if links:
            raise InputError([Issue(str(links[0]), 1, 1, "this is a link to elsewhere, where nothing is kept")])
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

    def load(self, name: str, kind: Any) -> Any:
        """Return what was saved under a name as a value of a type, None if there is nothing that is one.

        Parameters
        ----------
        kind : type
            As in annotations: numbers, texts, lists, tuples, mappings, arrays, tables and dataclasses of these.
        """
        path = self._folder / f"{name}.gz"
        try:
            if not S_ISREG(path.lstat().st_mode):
                return None  # a pipe would be waited for, a link leads elsewhere
            checksum, _, packed = path.read_bytes().partition(b"\n")
            if checksum != self._checksum(name, packed):
                return None
            return _decoded(json.loads(gzip.decompress(packed)), kind)
        except _DAMAGED:
            return None

    def save(self, name: str, value: Any) -> None:
        """Save lists, mappings, numbers, texts, arrays of numbers, tables and dataclasses of these under a name."""
        fresh = self._folder / f"{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            packed = gzip.compress(json.dumps(value, default=_encoded).encode(), 1)
            fresh.unlink(missing_ok=True)
            with fresh.open("xb") as file:  # never through a link that somebody has laid there
                file.write(self._checksum(name, packed) + b"\n" + packed)
            fresh.replace(self._folder / f"{name}.gz")
        except FileNotFoundError:
            pass  # another run has just put its results in place of the folder: this is not kept
        except OSError as error:
            raise SimError(f"{fresh.parent.parent}: what is done cannot be written: {error.strerror}") from error

    def _checksum(self, name: str, packed: bytes) -> bytes:
        """Return what tells a file that is whole and in its place."""
        return hashlib.sha256(b"\0".join((self._key.encode(), name.encode(), packed))).hexdigest().encode()


def _encoded(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        columns = [[str(name), str(value[name].dtype), value[name].tolist()] for name in value.columns]
        return {"columns": columns, "rows": len(value)}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype), "shape": value.shape}
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot be saved: {type(value).__name__}")


def _decoded(found: Any, kind: Any) -> Any:
    """Return a value of *kind* made of plain lists, mappings, numbers and texts; a ValueError if it is none."""
    origin: Any = get_origin(kind) or kind
    parts = get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(found, parts)
    if origin is pd.DataFrame:
        return _table(**found)
    if origin is np.ndarray:
        dtype = np.dtype(found["dtype"])
        _expect(dtype.kind in "biuf", found, kind)
        return np.array(found["array"], dtype=dtype).reshape(found["shape"])
    if is_dataclass(origin) or hasattr(origin, "__required_keys__"):
        return _record(found, origin)
    if hasattr(origin, "_fields"):
        return origin(*_tuple(found, tuple(get_type_hints(origin).values()), kind))
    if origin in _MAPPINGS:
        _expect(isinstance(found, dict), found, kind)
        return {key: _decoded(value, parts[1]) for key, value in found.items()}
    if origin is tuple:
        return _tuple(found, parts, kind)
    if origin in _SEQUENCES:
        _expect(isinstance(found, list), found, kind)
        return [_decoded(value, parts[0]) for value in found]
    _expect(origin is Any or type(found) in _PLAIN.get(origin, ()), found, kind)
    return found


def _record(found: Any, kind: Any) -> Any:
    """Return a dataclass or a typed mapping."""
    hints = get_type_hints(kind)
    needed = getattr(kind, "__required_keys__", hints.keys())
    _expect(isinstance(found, dict) and needed <= found.keys() <= hints.keys(), found, kind)
    return kind(**{name: _decoded(value, hints[name]) for name, value in found.items()})


_MAPPINGS, _SEQUENCES = (dict, Mapping), (list, Sequence)
_PLAIN: Mapping[Any, tuple[type, ...]] = {
    float: (float, int), int: (int,), bool: (bool,), str: (str,), type(None): (type(None),), None: (type(None),),
}  # fmt: skip


def _expect(holds: object, found: Any, kind: Any) -> None:
    if not holds:
        raise ValueError(f"expected {kind}, found {type(found).__name__}")


def _one_of(found: Any, kinds: tuple[Any, ...]) -> Any:
    for kind in kinds:
        try:
            return _decoded(found, kind)
        except (ValueError, TypeError, KeyError):
            continue
    raise ValueError(f"expected one of {kinds}")


def _tuple(found: Any, parts: tuple[Any, ...], kind: Any) -> tuple[Any, ...]:
    _expect(isinstance(found, list), found, kind)
    if parts[1:] == (...,):
        parts = parts[:1] * len(found)
    return tuple(_decoded(value, part) for value, part in zip(found, parts, strict=True))


def _table(columns: Sequence[tuple[str, str, list[Any]]], rows: int) -> pd.DataFrame:
    series = {name: pd.Series(values, dtype=dtype) for name, dtype, values in columns}
    _expect(all(len(one) == rows for one in series.values()), columns, pd.DataFrame)
    return pd.DataFrame(series, index=pd.RangeIndex(rows))
