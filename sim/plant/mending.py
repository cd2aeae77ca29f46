"""A faulty route, read as far as it can be: what is wrong with it beyond the first fault.

A fault of one field hides neither the names in other fields nor the streams of other steps: the field is left out, and
what could follow from that is not said.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import PlacedError
from sim.flowsheet import FlowsheetError, Problem, graph, streams
from sim.inputs import Library, Route
from sim.plant import checks

__all__ = ["beyond", "in_streams", "leaves", "mended"]

Model = TypeVar("Model", bound=BaseModel)

_STAND_INS = {
    "name": "x",
    "title": "x",
    "kind": "synthesis",
    "function": "x",
    "product": {"material": "x", "unit": "m2"},
}
"""What must be there for a route to be read, while its own is at fault."""

_APART = frozenset({
    "batch", "buffer", "calendar", "clean", "condense", "consumables", "cooling", "crew", "dose", "duration",
    "energy", "equipment", "estimate", "failures", "grade", "heat", "hold", "id", "lot", "machines",
    "maintenance", "min_batch", "note", "operators", "pause", "phases", "pitch", "power", "purge", "quality",
    "rate", "release", "repairs", "resources", "room", "sections", "setup", "size", "skill", "slots", "source",
    "speed", "start_after", "title", "width",
})  # fmt: skip
"""Fields of a step that decide nothing about what its streams hold."""

_SURE = tuple(f"unknown {kind} " for kind in ("material", "equipment", "room", "consumable", "source"))
"""How those messages begin that nothing left out could have caused."""

Lost = Mapping[int | None, set[str]]
"""Fields that were left out, by the number of their step; None: at the top of the file."""


def beyond(data: Any, library: Library) -> list[Problem]:
    """Return what is wrong with the names and streams of a route whose file cannot be read whole.

    Parameters
    ----------
    data : dict, or whatever stands in the file
        The route with its changes.
    library : Library
        The catalogue.
    """
    route, lost = mended(Route, data, "steps", _STAND_INS)
    if route is None:
        return []
    named = checks.names(route, library)
    hurt = {number for number, fields in lost.items() if number is not None and not fields <= _APART}
    sure = [problem for problem in named if problem.text.startswith(_SURE) or not _touched(problem, lost)]
    gone = lost.get(None, set())
    kept = [problem for problem in sure if not problem.path or problem.path[0] not in gone]
    return [*kept, *in_streams(route, library, named, hurt)]


def in_streams(route: Route, library: Library, found: Sequence[Problem], hurt: Collection[int] = ()) -> list[Problem]:
    """Return what is wrong in the streams of a route of which other things are wrong already.

    Parameters
    ----------
    found : sequence of Problem
        What is wrong with its names.
    hurt : collection of int
        Numbers of steps that lack something; what is behind them is unknown.
    """
    ways, wrong = graph.build(route)
    if wrong:
        return []
    named = {int(p.path[1]) for p in found if p.path[:1] == ("steps",) and p.path[2] not in _APART}
    unknown = {*hurt, *named}
    errors: list[FlowsheetError] = []
    try:
        if not unknown:
            whole = checks.flows(ways, streams.solve(route, library, ways), library)
            told = {problem.path[:1] for problem in found}
            return [problem for problem in whole if problem.path[:1] != ("product",) or ("product",) not in told]
        fed = {i for i, step in enumerate(route.steps) if any(f.basis == "product" for f in step.feeds.values())}
        streams.passed(route, library, ways, {route.steps[number].id for number in unknown | fed})
    except* FlowsheetError as group:
        errors += leaves(group)
    numbers = {step.id: number for number, step in enumerate(route.steps)}
    return [Problem(str(error), ("steps", numbers[error.args[1]], *error.args[2:])) for error in errors]


def leaves(group: ExceptionGroup[FlowsheetError]) -> list[FlowsheetError]:
    """Return the single errors of a group."""
    found: list[FlowsheetError] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, ExceptionGroup) else [error]
    return found


def _touched(problem: Problem, lost: Lost) -> bool:
    """Whether a problem may come of what was left out."""
    step = int(problem.path[1]) if problem.path[:1] == ("steps",) else None
    return step in lost or bool(lost.get(None))


def mended(model: type[Model], data: Any, rows: str, stand_ins: Mapping[str, Any]) -> tuple[Model | None, Lost]:
    """Return a file without the fields that are wrong, and which those are; None if that does not help.

    Parameters
    ----------
    model : type
        What the file is read as.
    data : dict, or whatever stands in the file
        What is in it.
    rows : str
        Key of its list, `steps` or `lines`; of a faulty row a field is left out, and not the whole.
    stand_ins : mapping
        What must be there for a file to be read.
    """
    lost: dict[int | None, set[str]] = {}
    if not isinstance(data, dict) or not isinstance(data.get(rows), list):
        return None, lost
    data = copy.deepcopy(data)
    for _ in range(3):  # what one rule has refused, another may not have seen
        try:
            return model.model_validate(data), lost
        except ValidationError as error:
            for place in {_place(item, rows) for item in error.errors(include_url=False)}:
                if not _left_out(data, place, rows, lost):
                    return None, lost
                if place[0] in stand_ins:
                    data[place[0]] = stand_ins[str(place[0])]
    return None, lost


def _place(item: Mapping[str, Any], rows: str) -> tuple[str | int, ...]:
    """Return where a fault that pydantic has found stands, no deeper than a field of a row."""
    cause = item.get("ctx", {}).get("error")
    where = cause.where if isinstance(cause, PlacedError) else ()
    place = (*item["loc"], *where)
    return tuple(place[: 3 if place[:1] == (rows,) else 1])


def _left_out(data: dict[str, Any], place: tuple[str | int, ...], rows: str, lost: dict[int | None, set[str]]) -> bool:
    """Leave a faulty field out of a file; say whether that was possible."""
    if len(place) == 3 and isinstance(data[rows][int(place[1])], dict):
        row, field = data[rows][int(place[1])], str(place[2])
        lost.setdefault(int(place[1]), set()).add(field)
        return row.pop(field, None) is not None
    if len(place) != 1 or place == (rows,):
        return False
    lost.setdefault(None, set()).add(str(place[0]))
    data.pop(str(place[0]), None)
    return True
