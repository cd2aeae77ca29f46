"""The grid of a sweep: the values of its axes, and what can be wrong with them before any line is read."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from sim.errors import InputError, Issue, nearest
from sim.inputs import units, yamlfile
from sim.inputs.catalogue import CATALOGUE
from sim.inputs.overrides import Override
from sim.inputs.paths import ALL, ROUTE, split
from sim.inputs.questions import Axis, Sweep
from sim.inputs.scenario import Scenario

__all__ = ["MOST_POINTS", "number_of", "numbers", "points", "problems", "typed", "values"]

MOST_POINTS = 1000
"""Most points of a sweep; more would take hours, and no figure could show them."""

_FIXED = (
    "name",
    "title",
    "question",
    "lines",
    "replications",
    "seed",
    "overlays",
    "price_axis",
    "sweep",
    "confirm",
    "bottleneck",
    "optimise",
    "set",
)
"""Fields of a scenario that are the same at all points."""

_Place = tuple[str | int, ...]


def number_of(raw: Any) -> tuple[float, str] | None:
    """Return a value as a number with the unit in which it is written, None if it is none.

    >>> number_of("1.5 t/y"), number_of(3), number_of("US")
    ((1.5, 't/y'), (3.0, ''), None)
    """
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return float(raw), ""
    if not isinstance(raw, str):
        return None
    try:
        found = units.split(raw)
    except ValueError:
        return None
    return found.number, f"{found.unit} {found.rest}".strip()


def numbers(found: Sequence[Any]) -> tuple[list[float], str] | None:
    """Return the values of an axis as numbers of one unit, None if they are words or of several units."""
    read = [number_of(raw) for raw in found]
    units_ = {item[1] for item in read if item is not None}
    if None in read or len(units_) != 1:
        return None
    return [item[0] for item in read if item is not None], units_.pop()


def values(axis: Axis | list[Any]) -> list[Any]:
    """Return the values of an axis as they would stand in a file, six digits each.

    >>> values(Axis.model_validate({"from": "1 t/y", "to": "100 t/y", "points": 3, "spacing": "log"}))
    ['1 t/y', '10 t/y', '100 t/y']
    """
    if not isinstance(axis, Axis):
        return list(axis)
    low, high, unit = _ends(axis)
    shares = [index / (axis.points - 1) for index in range(axis.points)]
    if axis.spacing == "log":
        found = [low * math.pow(high / low, share) for share in shares]
    else:
        found = [low + (high - low) * share for share in shares]
    texts = [f"{number:.6g}" for number in found]
    return [f"{text} {unit}" if unit else _plain(text) for text in texts]


def _plain(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _ends(axis: Axis) -> tuple[float, float, str]:
    """Return both ends of an axis and their unit; a ValueError says what is wrong with them."""
    low, high = number_of(axis.from_), number_of(axis.to)
    for word, raw, found in (("from", axis.from_, low), ("to", axis.to, high)):
        if found is None:
            raise ValueError(f"'{word}' is a number with its unit, such as '1 t/y', found {raw!r}")
    assert low is not None
    assert high is not None
    if low[1] != high[1]:
        raise ValueError(f"both ends of an axis are in one unit, found '{axis.from_}' and '{axis.to}'")
    if not low[0] < high[0]:
        raise ValueError(f"an axis goes from a smaller to a larger value, found {axis.from_} to {axis.to}")
    if axis.spacing == "log" and low[0] <= 0.0:
        raise ValueError(f"equal ratios begin above 0, found {axis.from_}")
    return low[0], high[0], low[1]


def points(sweep: Sweep) -> list[dict[str, Any]]:
    """Return the points of a grid: the value of every path; the last axis turns fastest."""
    found = {path: values(axis) for path, axis in sweep.over.items()}
    return [dict(zip(found, combination, strict=True)) for combination in itertools.product(*found.values())]


def typed(axes: Sequence[str], *, expected: bool = False) -> list[Override]:
    """Return a sweep that was asked for on the command line as a change of the scenario; none for no axes.

    Raises
    ------
    InputError
        If an axis is neither `PATH=LOW:HIGH:N[:log]` nor `PATH=A,B,C`.
    """
    if not axes:
        return []
    over: dict[str, Any] = {}
    issues = []
    for text in axes:
        path, equals, value = text.partition("=")
        parts = [part.strip() for part in value.split(":")]
        if equals and path.strip() and len(parts) == 1 and "," in value:
            over[path.strip()] = [_scalar(part) for part in value.split(",")]
        elif equals and path.strip() and len(parts) in (3, 4) and parts[2].isdecimal() and parts[3:] in ([], ["log"]):
            ends = {"from": _scalar(parts[0]), "to": _scalar(parts[1]), "points": int(parts[2])}
            over[path.strip()] = {**ends, "spacing": "log" if parts[3:] else "linear"}
        else:
            shape = (
                "expected PATH=LOW:HIGH:N, PATH=LOW:HIGH:N:log or PATH=A,B,C, such as '*.target=1 t/y:100 t/y:5:log'"
            )
            issues.append(Issue(f"--over {text}", 1, 1, shape))
    if issues:
        raise InputError(issues)
    name = " ".join(f"--over {text}" for text in axes)
    given = [{"over": over, "by": "expected" if expected else "simulation"}]
    document = yamlfile.Document(name, given, {(): (1, 1)}, {})
    return [Override(("sweep",), given, document, (), "command line", "sweep")]


def _scalar(text: str) -> Any:
    """Return a word of the command line as YAML reads it."""
    return yamlfile.parse(text.strip() or "''", name="--over").data


def problems(scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    """Yield what is wrong with the sweeps of a scenario: the place below `sweep`, and the text."""
    for number, sweep in enumerate(scenario.sweep):
        for place, text in _sweep_problems(sweep, [line.name for line in scenario.lines]):
            yield (number, *place), text


def _sweep_problems(sweep: Sweep, names: Sequence[str]) -> Iterator[tuple[_Place, str]]:
    sizes = []
    for path, axis in sweep.over.items():
        text = _path_problem(path, names)
        if text:
            yield ("over", path), text
        try:
            sizes.append(len(values(axis)))
        except ValueError as error:
            yield ("over", path), str(error)
    total = math.prod(sizes)
    if total > MOST_POINTS:
        yield ("over",), f"the grid has {total} points, {MOST_POINTS} are the most"
    for place, name in enumerate(sweep.lines):
        if name not in names:
            yield ("lines", place), f"there is no line '{name}'{nearest(name, names)}"
    for place, point in enumerate(sweep.simulate):
        if len(sizes) == len(sweep.over) and point > total:
            yield ("simulate", place), f"there is no point {point}: the grid has {total}"
    if sweep.simulate and sweep.by != "expected":
        yield ("simulate",), "all points are simulated anyway; 'simulate' belongs to 'by: expected'"


def _path_problem(path: str, names: Sequence[str]) -> str:
    first, *rest = split(path)
    if first in _FIXED:
        return f"'{first}' is the same at all points of a sweep"
    roots = (*names, *CATALOGUE, ALL, ROUTE, *(name for name in Scenario.model_fields if name not in _FIXED))
    if first not in roots:
        return f"'{path}' hits nothing: no '{first}'{nearest(first, roots)}"
    return (
        f"'{path}' is a whole line: name a value in it, such as target" if first in (*names, ALL) and not rest else ""
    )
