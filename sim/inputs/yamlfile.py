"""Read a YAML file into plain data and remember where every value stands.

Scalars follow the core schema of YAML 1.2: ``1e6`` is a number, ``no``, ``on`` and ``yes`` are words, ``1:30`` and
dates are text. Nothing is ever constructed: any tag is an issue. All that is wrong in a file is reported in one
:class:`~sim.errors.InputError`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import Reader

from sim.errors import InputError, Issue
from sim.inputs.measured import Files

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_DIGITS", "MAX_VALUES", "Document", "Place", "parse", "read"]

MAX_BYTES = 2_000_000
"""Largest file that is read [byte]."""

MAX_DEPTH = 50
"""Deepest nesting of lists and mappings."""

MAX_DIGITS = 30
"""Longest whole number [digit]."""

MAX_VALUES = 200_000
"""Most values in a file once its aliases are written out."""

Place = tuple[str | int, ...]
"""Keys and list indices that lead from the top of a file to a value."""

_Mark = tuple[int, int]

# libyaml reads ten times faster; PyYAML can be built without it
_EVENTS = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Document:
    r"""The plain data of one YAML file and the places where it stands.

    >>> document = parse("steps:\n  - {id: mill, duration: 45 min}\n", name="route.yaml")
    >>> document.data
    {'steps': [{'id': 'mill', 'duration': '45 min'}]}
    >>> str(document.issue(("steps", 0, "duration"), "too short"))
    'route.yaml:2:26: too short'
    """

    name: str
    """Name of the file as it is shown in messages."""

    data: Any
    """Dictionaries with text keys, lists, text, numbers, true, false and None."""

    marks: Mapping[Place, _Mark] = field(repr=False)
    """Line and column of every value, counted from 1."""

    key_marks: Mapping[Place, _Mark] = field(repr=False)
    """Line and column of the key of every value that stands in a mapping, counted from 1."""

    digest: str = field(default="", repr=False)
    """SHA-256 of the text, and of the files of measured values that it names."""

    def at(self, path: Place, *, key: bool = False) -> _Mark:
        """Return line and column of the value at *path* or of the nearest thing around it.

        Parameters
        ----------
        path : tuple of str and int
            Keys and list indices from the top of the file; parts that are not in the file are dropped from the end.
        key : bool, default=False
            Whether to point at the key rather than at the value.
        """
        if key and path in self.key_marks:
            return self.key_marks[path]
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, (1, 1))

    def issue(self, path: Place, text: str, *, key: bool = False) -> Issue:
        """Return an issue that points at the value, or at the key, at *path*."""
        return Issue(self.name, *self.at(path, key=key), text, _dotted(path))


def _dotted(path: Place) -> str:
    """Return a path as one writes it in Python.

    >>> _dotted(("steps", 3, "duration"))
    'steps[3].duration'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def read(path: Path, *, name: str | None = None) -> Document:
    """Read one YAML file.

    Parameters
    ----------
    path : Path
        The file.
    name : str, default=None
        How messages call it; by default *path* as it was given.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, is no text, or is not the YAML that this program accepts.
    """
    name = str(path) if name is None else name
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(name, "no such file")
    except IsADirectoryError:
        _refuse(name, "expected a file, found a directory")
    except OSError as error:
        _refuse(name, f"the file cannot be read: {error.strerror or error}")
    if len(raw) > MAX_BYTES:
        _refuse(name, f"the file is too large: more than {MAX_BYTES:_} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8", errors="replace")
        _refuse(name, "the file is not UTF-8 text", good)
    return _measured(_parse_once(text, name=name), text, path.parent)


@lru_cache(maxsize=256)
def _parse_once(text: str, *, name: str) -> Document:
    """Return the document of a text, once for every text: a sweep reads the same files at every point.

    Nobody changes the data of a document: changes are made in an `Overlay`, on a copy.
    """
    return _parsed(text, name=name)


def parse(text: str, *, name: str) -> Document:
    """Read YAML from *text*; *name* is how messages call it, and paths in it start at the working folder.

    Raises
    ------
    InputError
        If *text* is not the YAML that this program accepts.
    """
    return _measured(_parsed(text, name=name), text, Path())


def _measured(document: Document, text: str, folder: Path) -> Document:
    """Return a document with the values of the files that its laws name."""
    if "measured" not in text:
        return document
    files = Files(folder)
    data = files.bring(document.data)
    if files.problems:
        raise InputError([document.issue(place, problem) for place, problem in files.problems])
    digests = [document.digest, *files.digests]
    digest = hashlib.sha256("".join(digests).encode()).hexdigest() if files.digests else document.digest
    return replace(document, data=data, digest=digest)


def _parsed(text: str, *, name: str) -> Document:
    bad = Reader.NON_PRINTABLE.search(text)
    if bad:
        _refuse(name, f"found the character {bad.group()!r}, which is not allowed in a text file", text[: bad.start()])
    if len(text) > MAX_BYTES:
        _refuse(name, f"the text is too large: more than {MAX_BYTES:_} characters")
    try:
        events = list(yaml.parse(text, Loader=_EVENTS))
    except yaml.MarkedYAMLError as error:
        raise InputError([_syntax_issue(error, text, name)]) from None
    builder = _Builder(name, events)
    data = builder.document()
    if builder.issues:
        raise InputError(builder.issues)
    return Document(name, data, builder.marks, builder.key_marks, hashlib.sha256(text.encode()).hexdigest())


def _refuse(name: str, text: str, before: str = "") -> NoReturn:
    """Raise an InputError that points at the end of *before*."""
    line = before.count("\n") + 1
    raise InputError([Issue(name, line, len(before) - before.rfind("\n"), text)]) from None


def _syntax_issue(error: yaml.MarkedYAMLError, text: str, name: str) -> Issue:
    """Turn a syntax error of the YAML parser into an issue."""
    mark = error.problem_mark or error.context_mark
    line, col = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or error.context or "syntax error"
    lines = text.splitlines()
    at_tab = line <= len(lines) and lines[line - 1][col - 1 : col] == "\t"
    hint = " (indent with spaces, not with tabs)" if at_tab else ""
    return Issue(name, line, col, f"not valid YAML: {problem}{hint}")


def _scalar(text: str) -> str | int | float | bool | None:
    """Return what an unquoted word means in the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text


class _Builder:
    """Build plain data from the events of the parser.

    An alias is built by walking the events of its anchor once more, so each value has a place and a mark of its own.
    """

    def __init__(self, name: str, events: list[Event]) -> None:
        self.name = name
        self.events = events
        self.next = 0
        self.values = 0
        self.issues: list[Issue] = []
        self.marks: dict[Place, _Mark] = {}
        self.key_marks: dict[Place, _Mark] = {}
        self.anchors: dict[str, int] = {}
        self.open: set[int] = set()

    def document(self) -> Any:
        """Build the only document of the file."""
        starts = [number for number, event in enumerate(self.events) if isinstance(event, DocumentStartEvent)]
        if not starts:
            self.issues.append(Issue(self.name, 1, 1, "the file is empty"))
            return None
        for start in starts[1:]:
            self.complain(self.events[start], "a second document begins here; a file holds one")
        self.next = starts[0] + 1
        return self.value(())

    def value(self, path: Place) -> Any:
        """Build the value that begins at the next event."""
        number, event = self.next, self.events[self.next]
        self.next += 1
        self.check_size(event, path)
        if isinstance(event, AliasEvent):
            return self.alias(event, path)
        self.marks[path] = _mark(event)
        assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)
        self.check_properties(event, number)
        if isinstance(event, ScalarEvent):
            return self.scalar(event)
        self.open.add(number)
        data = self.sequence(path) if isinstance(event, SequenceStartEvent) else self.mapping(path)
        self.open.remove(number)
        return data

    def scalar(self, event: ScalarEvent) -> Any:
        """Build a text, a number, a truth value or None."""
        if not event.implicit[0]:
            return event.value
        if len(event.value) > MAX_DIGITS and _INT.fullmatch(event.value):
            self.complain(event, f"a number of more than {MAX_DIGITS} digits")
            return 0
        return _scalar(event.value)

    def sequence(self, path: Place) -> list[Any]:
        """Build the items up to the end of the list."""
        items: list[Any] = []
        while not isinstance(self.events[self.next], SequenceEndEvent):
            items.append(self.value((*path, len(items))))
        self.next += 1
        return items

    def mapping(self, path: Place) -> dict[str, Any]:
        """Build the keys and values up to the end of the mapping."""
        items: dict[str, Any] = {}
        while not isinstance(self.events[self.next], MappingEndEvent):
            key, mark = self.key(path)
            place = (*path, key)
            if key in items:
                first = self.key_marks[place][0]
                self.issues.append(Issue(self.name, *mark, f"repeated key {key!r}; it stands first in line {first}"))
                place = (*path, key, "again")
            else:
                self.key_marks[place] = mark
            value = self.value(place)
            items.setdefault(key, value)
        self.next += 1
        return items

    def key(self, path: Place) -> tuple[str, _Mark]:
        """Return the next key and where it stands; a key that is no text is an issue."""
        event = self.events[self.next]
        key = self.value((*path, 0))  # no key is a number, so this place is free
        del self.marks[(*path, 0)]
        if not isinstance(key, str):
            found = f"{event.value or 'nothing'} (put it in quotes)" if isinstance(event, ScalarEvent) else "a list"
            self.complain(event, f"a key must be text, found {'a mapping' if isinstance(key, dict) else found}")
        elif key == "<<":
            self.complain(event, "merge keys (<<) are not allowed; write the values out")
        return str(key), _mark(event)

    def alias(self, event: AliasEvent, path: Place) -> Any:
        """Build the anchored value once more, at *path*."""
        number = self.anchors.get(str(event.anchor))
        if number is None or number in self.open:
            problem = "stands inside its own anchor" if number in self.open else "has no anchor before it"
            self.complain(event, f"the alias *{event.anchor} {problem}")
            self.marks[path] = _mark(event)
            return None
        back, self.next = self.next, number
        data = self.value(path)
        self.next = back
        self.marks[path] = _mark(event)
        return data

    def check_properties(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent, number: int) -> None:
        """Complain about a tag; remember an anchor, and complain if another had its name."""
        if event.tag is not None:
            self.complain(event, f"tags are not allowed, found {event.tag}")
        if event.anchor is not None and self.anchors.setdefault(event.anchor, number) != number:
            self.complain(event, f"repeated anchor &{event.anchor}")

    def check_size(self, event: Event, path: Place) -> None:
        """Stop at once where a file is too deep or grows too large."""
        self.values += 1
        if len(path) > MAX_DEPTH:
            problem = f"nested deeper than {MAX_DEPTH} levels"
        elif self.values > MAX_VALUES:
            problem = f"more than {MAX_VALUES:_} values, aliases written out"
        else:
            return
        self.complain(event, problem)
        raise InputError(self.issues)

    def complain(self, event: Event, text: str) -> None:
        """Add an issue that points at the start of *event*."""
        self.issues.append(Issue(self.name, *_mark(event), text))


def _mark(event: Event) -> _Mark:
    """Return line and column of the start of *event*, counted from 1."""
    mark = event.start_mark
    assert mark is not None  # only events made by hand have none
    return mark.line + 1, mark.column + 1
