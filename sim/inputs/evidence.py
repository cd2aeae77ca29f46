"""Citations: sources and grades of anything that is read from a file, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.errors import nearest
from sim.inputs.catalogue import Reference
from sim.inputs.prices import Followed
from sim.inputs.quantity import ESTIMATE, GRADES, Value
from sim.inputs.route import Sourced, Spec

__all__ = ["NO_SOURCE", "cited", "evidence_faults", "unsourced"]

Place = tuple[str | int, ...]

NO_SOURCE = "no source: give a 'source' (a key of the bibliography) or 'estimate: reason', here or for the whole entry"


def evidence_faults(
    item: object, bibliography: Mapping[str, Reference], path: Place = ()
) -> Iterator[tuple[Place, str]]:
    """Yield (place, text) of sources that no file knows, and of grades better than their source allows."""
    for place, one, around in cited(item, path, ()):
        source = one.source or next((entry.source for entry in around if entry.source), "")
        guess = source.startswith(ESTIMATE)
        if one.source and not guess and source not in bibliography:
            text = f"unknown source '{source}'{nearest(source, bibliography)}; a guess is written 'estimate: reason'"
            yield (*place, "source"), text
        best = GRADES[-1] if guess else bibliography[source].grade if source in bibliography else ""
        if one.grade and one.grade < best:
            text = f"grade {one.grade} is better than {best}, the grade of {'an estimate' if guess else source}"
            yield (*place, "grade"), text


def unsourced(item: object, path: Place = ()) -> Iterator[Place]:
    """Yield the places of numbers that have no source, nor anything around them that has."""
    for place, one, around in cited(item, path, ()):
        if isinstance(one, Value) and not one.source and not any(entry.source for entry in around):
            yield place


def cited(
    item: object, path: Place, around: tuple[Sourced, ...]
) -> Iterator[tuple[Place, Value | Sourced, tuple[Sourced, ...]]]:
    """Yield all that may name a source: place, itself, and the entries around it, innermost first."""
    if isinstance(item, Value | Sourced):
        yield path, item, around
    if isinstance(item, Followed):
        # what arrives has the source of the whole price
        yield from cited(item.plus, (*path, "plus"), around)
    if isinstance(item, Spec):
        inner = (item, *around) if isinstance(item, Sourced) else around
        for name, info in type(item).model_fields.items():
            yield from cited(getattr(item, name), (*path, info.alias or name), inner)
    elif isinstance(item, Mapping):
        for key, part in item.items():
            yield from cited(part, (*path, key), around)
    elif isinstance(item, list):
        for number, part in enumerate(item):
            yield from cited(part, (*path, number), around)
