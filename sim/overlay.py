"""Changes laid over a file before it is read: dotted overrides, with every message at the line that caused it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim import yamlfile
from sim.errors import Issue, nearest

__all__ = ["Overlay", "Override"]

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_OPEN = frozenset(
    "recipe feeds split prices elements assay staff auxiliaries tanks places resources gas consumables dry_to recover "
    "phases conversion inlets cost_index install spec waste by_product emission".split()
)
"""Mappings whose keys are free: an override must hit a key that is there."""

_WORDS = {"missing": "is missing", "extra_forbidden": "unknown key"}


@dataclass(frozen=True, slots=True)
class Override:
    """One change of a number or word, and where it was asked for."""

    path: tuple[str, ...]
    value: Any
    document: yamlfile.Document
    place: Path
    """Where the override stands in that document."""
    by: str

    def issue(self, text: str) -> Issue:
        """Return an issue at the override."""
        return self.document.issue(self.place, text, key=True)


@dataclass(slots=True)
class Overlay:
    """The data of a file with overrides applied; the file itself stays as it was read."""

    document: yamlfile.Document
    data: Any = None
    touched: dict[Path, Override] = field(default_factory=dict)
    changes: list[tuple[Override, str, str]] = field(default_factory=list)
    """(override, old, new) of every override that was applied."""

    def __post_init__(self) -> None:
        self.data = copy.deepcopy(self.document.data)

    def replace(self, path: Path, value: Any) -> None:
        """Set a value whose place is known to exist."""
        parent = self.data
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = value

    def apply(self, override: Override, path: tuple[str, ...]) -> Issue | None:
        """Apply an override below the top of this file; returns what is wrong with its path, if anything."""
        parent, real = self.data, []
        for number, key in enumerate(path):
            last = number == len(path) - 1
            found = _find(parent, key)
            if found is None and not (last and isinstance(parent, dict) and number > 0 and real[-1] not in _OPEN):
                return override.issue(f"'{'.'.join(override.path)}' hits nothing: no '{key}'{_hint(parent, key)}")
            real.append(key if found is None else found)
            if not last:
                parent = parent[found]
        old = parent.get(real[-1]) if isinstance(parent, dict) else parent[real[-1]]
        parent[real[-1]] = _with_evidence(old, override)
        self.touched[tuple(real)] = override
        self.changes.append((override, _shown(old), _shown(override.value)))
        return None

    def issue(self, path: Path, text: str, *, key: bool = False) -> Issue:
        """Return an issue at *path*, or at the override that put the value there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.touched:
                return self.touched[path[:length]].issue(text)
        return self.document.issue(path, text, key=key)

    def validate(self, model: type[Model], raw: Any, prefix: Path, issues: list[Issue]) -> Model | None:
        """Read *raw* as *model*; on failure every problem is added to *issues*."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                path = (*prefix, *_place(raw, item["loc"]))
                issues.append(self.issue(path, _text(model, raw, item), key=item["type"] == "extra_forbidden"))
        return None


def _find(parent: Any, key: str) -> str | int | None:
    """Return the key or list index that *key* names: list items are found by their id, name or number."""
    if isinstance(parent, dict):
        if key in parent:
            return key
        return int(key) if key.isdigit() and int(key) in parent else None
    if isinstance(parent, list):
        for index, item in enumerate(parent):
            if isinstance(item, dict) and key in (item.get("id"), item.get("name")):
                return index
        return int(key) if key.isdigit() and int(key) < len(parent) else None
    return None


def _hint(parent: Any, key: str) -> str:
    if isinstance(parent, dict):
        return nearest(key, map(str, parent))
    if isinstance(parent, list):
        return nearest(key, [str(item.get("id") or item.get("name")) for item in parent if isinstance(item, dict)])
    return f" below {parent!r}"


def _with_evidence(old: Any, override: Override) -> Any:
    """Return the new raw value; a bare figure in place of a figure with evidence keeps its price year."""
    value = override.value
    if not isinstance(old, Mapping) or "value" not in old or isinstance(value, Mapping):
        return value
    kept = {"value": value, "estimate": f"set by the {override.by}"}
    return {**kept, "year": old["year"]} if "year" in old else kept


def _shown(raw: Any) -> str:
    """Return a value as a person would write it."""
    if raw is None:
        return "not given"
    if isinstance(raw, Mapping) and "value" in raw:
        return str(raw["value"])
    return str(raw)


def _place(raw: Any, loc: Path) -> Path:
    """Return the part of a pydantic location that exists in the file (it also names union members)."""
    real: list[str | int] = []
    for key in loc:
        if isinstance(raw, dict) and key in raw:
            raw = raw[key]
        elif isinstance(raw, list) and isinstance(key, int) and key < len(raw):
            raw = raw[key]
        else:
            continue
        real.append(key)
    return tuple(real)


def _text(model: type[BaseModel], raw: Any, item: Mapping[str, Any]) -> str:
    """Return a problem in the words of this program."""
    loc, kind = item["loc"], item["type"]
    key = str(loc[-1]) if loc else ""
    if kind == "missing":
        return f"'{key}' is missing"
    if kind == "extra_forbidden":
        return f"unknown key '{key}'{nearest(key, _fields(model, raw, loc[:-1]))}"
    if kind == "value_error":
        return f"{_dotted(loc)}{item['ctx']['error']}"
    message = str(item["msg"])
    found = item.get("input")
    shown = f", found {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{_dotted(loc)}{message[:1].lower()}{message[1:]}{shown}"


def _dotted(loc: Path) -> str:
    names = [str(part) for part in loc if isinstance(part, str)]
    return f"'{names[-1]}': " if names else ""


def _fields(model: type[BaseModel], raw: Any, loc: Path) -> list[str]:
    """Return the keys allowed at a location: walk the models along it."""
    found: list[type[BaseModel]] = [model]
    for key in loc:
        inner: list[type[BaseModel]] = []
        for item in found:
            for name, info in item.model_fields.items():
                if key in (name, info.alias):
                    inner += _models(info.annotation)
        found = inner or found
    return sorted({info.alias or name for item in found for name, info in item.model_fields.items()})


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
