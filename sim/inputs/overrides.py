"""Changes laid over a file before it is read: dotted overrides, with every message at the line that caused it."""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sim.errors import Issue, PlacedError, nearest
from sim.inputs import yamlfile
from sim.inputs.paths import Path
from sim.inputs.spec import Sourced

__all__ = ["Overlay", "Override", "is_quantity", "quote_in"]

Model = TypeVar("Model", bound=BaseModel)

_EVIDENCE = frozenset({"value", "range", "law", "source", "estimate", "grade", "note", "year"})

_FOLLOWED = frozenset({"from", "yield", "plus"})
"""Keys of a price that follows another."""

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "string_pattern_mismatch": "a name of letters, digits and '_' that begins with a letter",
    "string_too_long": "at most {max_length} characters",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}
"""What pydantic missed, in our words; the rest of the message says what was found."""


@dataclass(frozen=True, slots=True)
class Override:
    """One change of a number or word, and where it was asked for."""

    path: tuple[str, ...]
    value: Any
    document: yamlfile.Document
    place: Path
    """Where the override stands in that document."""
    by: str
    """Who asks for it: `scenario`, `line`, `command line`, `sweep`, `overlay FILE`, `route NAME`, `variant NAME`
    or `scale NAME`."""
    name: str = ""
    """The whole path as it was written, for messages."""
    evidence: Sourced | None = None
    """Source, grade and note of the numbers that it sets, where an overlay gives them for a whole entry."""
    own: bool = False
    """Whether a route's file says it, of a scale, a variant or an entry that it adds: its numbers then rest on what
    stands around them."""

    @property
    def setter(self) -> str:
        """Who sets the number, in words."""
        if self.by in ("scenario", "line"):
            return f"scenario {PurePath(self.document.name).stem}"
        return self.by if self.by.startswith(("overlay ", "route ", "variant ", "scale ")) else f"the {self.by}"

    def issue(self, text: str, *below: str | int) -> Issue:
        """Return an issue at the override, or at something below its value."""
        inside = bool(below) and (*self.place, *below) in self.document.marks
        return self.document.issue((*self.place, *below) if inside else self.place, text, key=not inside)


@dataclass(slots=True)
class Overlay:
    """The data of a file with overrides applied; the file itself stays as it was read."""

    document: yamlfile.Document
    schema: Any = None
    """Type of the whole file, such as `Route`: tells which keys may be set although the file does not give them."""
    data: Any = None
    touched: dict[Path, Override] = field(default_factory=dict)
    changes: list[tuple[Override, str, str]] = field(default_factory=list)
    """(override, old, new) of every override that was applied."""
    removed: dict[Path, list[int]] = field(default_factory=dict)
    """List items that were taken out, by the place of their list: their indices in the file, in order."""

    def __post_init__(self) -> None:
        self.data = copy.deepcopy(self.document.data)

    def replace(self, path: Path, value: Any, by: Override | None = None) -> None:
        """Set a value whose place is known to exist; *by* is the override that it comes from, if there is one."""
        parent = self.data
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = copy.deepcopy(value)
        if by is not None:
            self._touch(path, by)

    def add(self, override: Override, name: str) -> None:
        """Add a whole entry to a file of entries."""
        self.data[name] = copy.deepcopy(override.value)
        self.touched[name,] = override
        self.changes.append((override, _shown(None), "new entry"))

    def apply(self, override: Override, path: tuple[str, ...]) -> Issue | None:
        """Apply an override below the top of this file; returns what is wrong with its path, if anything.

        Money that is given without a year is of the year of the money that it replaces.

        None takes away what stands there: an item of a list, a key of a mapping.
        """
        if not path:
            return override.issue(f"'{override.name}' is a whole file: name a value in it")
        if len(path) > 1 and path[-1] == "value" and is_quantity(self._at(path[:-1])):
            path = path[:-1]
        parent, real, shapes = self.data, [], _shapes(self.schema)
        for number, key in enumerate(path):
            found = _find(parent, key)
            fields = _fields(shapes)
            if found is None and not (number == len(path) - 1 and isinstance(parent, dict) and key in fields):
                absent = isinstance(parent, dict) and key in fields
                why = f"'{key}' is not given; set it whole" if absent else f"no '{key}'{_hint(parent, key, fields)}"
                return override.issue(f"'{override.name}' hits nothing: {why}")
            real.append(key if found is None else found)
            if number < len(path) - 1:
                parent = parent[found]
                shapes = _below(shapes, key)
        last = real[-1]
        if override.value is None and isinstance(parent, dict) and last not in parent:
            return override.issue(f"'{override.name}' removes nothing: '{last}' is not given")
        old = parent.get(last) if isinstance(parent, dict) else parent[last]
        origin = self._origin(tuple(real))
        if override.value is None:
            del parent[last]
            if isinstance(parent, list):
                self.removed[origin[:-1]] = sorted([*self.removed.get(origin[:-1], []), int(origin[-1])])
        else:
            parent[last] = copy.deepcopy(_in_place(old, override.value))
        if override.value is not None or isinstance(parent, dict):
            self._touch(origin, override)
        self.changes.append((override, _shown(old), "removed" if override.value is None else _shown(override.value)))
        return None

    def _touch(self, origin: Path, override: Override) -> None:
        """Note who changed the value at a place of the file; what was changed inside of it is gone."""
        for place in [place for place in self.touched if place[: len(origin)] == origin]:
            del self.touched[place]
        self.touched[origin] = override

    def _origin(self, path: Path) -> Path:
        """Return where in the file stood what the data now holds at *path*: items that were removed count again."""
        found: Path = ()
        for key in path:
            if isinstance(key, int):
                for gone in self.removed.get(found, ()):
                    key += gone <= key  # noqa: PLW2901 - indices rise one by one
            found = (*found, key)
        return found

    def _at(self, path: tuple[str, ...]) -> Any:
        """Return the data at a dotted path, None if there is none."""
        data = self.data
        for key in path:
            found = _find(data, key)
            if found is None:
                return None
            data = data[found]
        return data

    def changed(self, path: Path) -> bool:
        """Whether an override put the value at *path* there, other than the word of a file itself."""
        setters = [self.setter(path[:length]) for length in range(1, len(path) + 1)]
        return any(override is not None and not override.own for override in setters)

    def setter(self, path: Path) -> Override | None:
        """Return the override that set exactly what now stands at *path*; `""` in it stands for a key left out."""
        return self.touched.get(self._origin(tuple(key for key in path if key != "")))

    def issue(self, path: Path, text: str, *, key: bool = False) -> Issue:
        """Return an issue at *path* of the data, or at the override that put the value there."""
        path = self._origin(path)
        for length in range(len(path), 0, -1):
            if path[:length] in self.touched:
                return self.touched[path[:length]].issue(text, *path[length:])
        # a sum or a pair that no longer fits: what was changed inside is to blame
        inside = [override for place, override in self.touched.items() if path and place[: len(path)] == path]
        if inside and not key:
            return inside[-1].issue(text)
        return self.document.issue(path, text, key=key)

    def validate(self, model: type[Model], raw: Any, prefix: Path, issues: list[Issue]) -> Model | None:
        """Read *raw* as *model*; on failure every problem is added to *issues*."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            issues += [self._translated(model, raw, prefix, item) for item in error.errors(include_url=False)]
        return None

    def _translated(self, model: type[BaseModel], raw: Any, prefix: Path, item: Mapping[str, Any]) -> Issue:
        """Return a problem found by pydantic in the words of this program, at its place."""
        loc, kind = item["loc"], item["type"]
        place = _place(raw, loc)
        if kind == "value_error":
            cause = item["ctx"]["error"]
            where = cause.where if isinstance(cause, PlacedError) else ()
            label = _label(raw, (*loc, *where))
            unknown = str(cause).startswith("unknown key")
            return self.issue((*prefix, *place, *where), f"{'' if unknown else label}{cause}", key=unknown)
        if kind == "missing":
            taken = (*prefix, *place, loc[-1])
            return self.issue(taken if self._origin(taken) in self.touched else taken[:-1], f"'{loc[-1]}' is missing")
        if kind == "extra_forbidden":
            fields = _fields(_walk([model], loc[:-1]))
            hint = nearest(str(loc[-1]), fields) or f"; allowed are {', '.join(fields)}"
            return self.issue((*prefix, *place), f"unknown key '{loc[-1]}'{hint}", key=True)
        is_key = bool(loc) and loc[-1] == "[key]"
        text = f"{'' if is_key else _label(raw, loc)}{_expected(item)}"
        return self.issue((*prefix, *place), text, key=is_key)


def _find(parent: Any, key: str) -> str | int | None:
    """Return the key or list index that *key* names: list items are found by their id, name or number."""
    if isinstance(parent, dict):
        return key if key in parent else None
    if isinstance(parent, list):
        for index, item in enumerate(parent):
            if isinstance(item, dict) and key in (item.get("id"), item.get("name")):
                return index
        return int(key) if key.isdecimal() and len(key) < 6 and int(key) < len(parent) else None
    return None


def _hint(parent: Any, key: str, fields: list[str]) -> str:
    """Return what may have been meant by a key that is not there."""
    if isinstance(parent, dict):
        return nearest(key, [*map(str, parent), *fields])
    if isinstance(parent, list):
        return nearest(key, [str(item.get("id") or item.get("name")) for item in parent if isinstance(item, dict)])
    return f" below {parent!r}"


def is_quantity(raw: Any) -> bool:
    """Whether *raw* is a quantity with its evidence, or a price that follows another."""
    return isinstance(raw, Mapping) and ("from" in raw or "value" in raw) and raw.keys() <= _EVIDENCE | _FOLLOWED


def quote_in(old: Any, new: Any) -> Any:
    """Return the new raw price in the place of an old one: a mere quote goes on following what the old one followed."""
    if not isinstance(old, Mapping) or "from" not in old or (isinstance(new, Mapping) and "from" in new):
        return new
    return {
        **{key: old[key] for key in old if key in _FOLLOWED},
        **(new if isinstance(new, Mapping) else {"value": new}),
    }


def _in_place(old: Any, new: Any) -> Any:
    """Return the new raw value in the place of an old one, of which it keeps what it follows and the price year."""
    if not is_quantity(old):
        return new
    dated = next((part for part in (old, old.get("plus")) if isinstance(part, Mapping) and "year" in part), {})
    year = {"year": dated["year"]} if dated else {}
    return {**year, **quote_in(old, new if isinstance(new, Mapping) else {"value": new})}


def _shown(raw: Any) -> str:
    """Return a value as a person would write it."""
    if raw is None:
        return "not given"
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, Mapping) and "value" in raw:
        return _shown(raw["value"])
    return str(raw)


def _found(raw: Any) -> str:
    """Return what was found in the place of something else."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, list):
        return "a list"
    return "a mapping" if isinstance(raw, dict) else repr(raw)


def _expected(item: Mapping[str, Any]) -> str:
    """Return what pydantic expected and found, in the words of this program."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "union_tag_invalid":
        return f"expected {context['expected_tags']}, found {_found(item['input'])}"
    if kind not in _KINDS:
        message = str(item["msg"])
        return f"{message[:1].lower()}{message[1:]}, found {_found(item['input'])}"
    found = context["actual_length"] if kind in ("too_short", "too_long") else _found(item["input"])
    return f"expected {_KINDS[kind].format(**context)}, found {found}"


def _place(raw: Any, loc: Path) -> Path:
    """Return the part of a pydantic location that exists in the file (it also names union members)."""
    real: list[str | int] = []
    for key in loc:
        item = isinstance(raw, list) and isinstance(key, int) and key < len(raw)
        if item or (isinstance(raw, dict) and key in raw):
            raw = raw[key]
            real.append(key)
    return tuple(real)


def _label(raw: Any, loc: Path) -> str:
    """Return the last name that stands in the file, to begin a message with."""
    names = [part for part in _place(raw, loc) if isinstance(part, str) and part not in _EVIDENCE]
    return f"'{names[-1]}': " if names else ""


def _shapes(annotation: Any) -> list[Any]:
    """Return the plain types that an annotation stands for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _shapes(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [shape for part in get_args(annotation) for shape in _shapes(part)]
    return [annotation]


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _below(shapes: list[Any], key: str | int) -> list[Any]:
    """Return the types of what stands under a key."""
    found: list[Any] = []
    for shape in shapes:
        if _is_model(shape):
            found += [s for n, i in shape.model_fields.items() if key == (i.alias or n) for s in _shapes(i.annotation)]
        elif get_origin(shape) in (dict, list):
            found += _shapes(get_args(shape)[-1])
    return found


def _walk(shapes: list[Any], loc: Path) -> list[Any]:
    """Return the types at the end of a pydantic location; names of union members are passed over."""
    for key in loc:
        shapes = _below(shapes, key) or shapes
    return shapes


def _fields(shapes: list[Any]) -> list[str]:
    """Return the keys that the models among *shapes* allow."""
    found = {i.alias or n for shape in shapes if _is_model(shape) for n, i in shape.model_fields.items()}
    return sorted(found | ({"estimate"} if "source" in found else set()))
