"""Evidence: on whose word a number is taken and how good that is, settled once when a file is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar, cast

from sim.inputs.catalogue import KINDS, SINGLE, Library, Reference
from sim.inputs.missing import unknown
from sim.inputs.overrides import Overlay
from sim.inputs.prices import Followed
from sim.inputs.quantity import ESTIMATE, GRADES, Value
from sim.inputs.spec import Sourced, Spec

__all__ = ["NO_SOURCE", "cited", "evidence_faults", "graded", "graded_library", "shown", "unsourced", "worst"]

Item = TypeVar("Item", bound=Spec | Value)

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
            text = f"{unknown('source', source, bibliography)}; a guess is written 'estimate: reason'"
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


# -- grading ----------------------------------------------------------------------------------------------------------


class _Evidence(NamedTuple):
    """What stands around a number, for numbers that say nothing of themselves."""

    source: str
    grade: str
    note: str


_NONE = _Evidence("", GRADES[-1], "")


def graded(
    item: Item, bibliography: Mapping[str, Reference], overlay: Overlay | None = None, *, around: Sourced | None = None
) -> Item:
    """Return a file that was read, or one number, with the final source and grade of each number and entry.

    Parameters
    ----------
    item : Spec or Value
        The file or number.
    bibliography : mapping of str to Reference
        The sources.
    overlay : Overlay or None, default=None
        What was changed in the file before it was read.
    around : Sourced or None, default=None
        What stands around it.

    Notes
    -----
    A number without a source takes that of the innermost entry around it that has one, and the innermost note. Its
    grade is that of its source, or the one that stands beside it or beside an entry on the way if that is lower; an
    estimate, an unknown source and none at all are grade E.

    What was changed from outside says nothing of what was there before: it has the source and grade that came with it,
    or is an estimate, set by whoever changed it. What a route says of one of its scales is its own word.
    """
    grader = _Grader(bibliography, overlay)
    return cast("Item", grader.graded(item, (), grader.own(around, _NONE)))


def graded_library(library: Library, overlays: Mapping[str, Overlay]) -> Library:
    """Return a catalogue, each of its numbers with its final source and grade; see `graded`.

    Parameters
    ----------
    overlays : mapping of str to Overlay
        What was changed, by file.
    """
    kinds = {}
    for kind in (*KINDS, *SINGLE):
        grader = _Grader(library.bibliography, overlays.get(kind))
        kinds[kind] = grader.graded(getattr(library, kind), (), _NONE)
    return replace(library, **kinds)


@dataclass(frozen=True, slots=True)
class _Grader:
    """Gives all parts of a file their evidence."""

    bibliography: Mapping[str, Reference]
    overlay: Overlay | None
    """What was changed in the file."""

    def graded(self, item: Any, path: Place, around: _Evidence) -> Any:
        """Return a part of the file with its evidence; what carries none is returned as it is."""
        override = self.overlay.setter(path) if self.overlay is not None and self.overlay.touched else None
        if override is not None and not override.own:
            by = _Evidence(f"{ESTIMATE} set by {override.setter}", GRADES[-1], "")
            around = self.own(override.evidence, by)
        if isinstance(item, Followed):
            return self._followed(item, path, around)
        if isinstance(item, Value):
            return replace(item, **self.own(item, around)._asdict())
        if isinstance(item, Spec):
            return self._spec(item, path, around)
        if isinstance(item, dict):
            parts = {key: self.graded(part, (*path, key), around) for key, part in item.items()}
            return parts if any(parts[key] is not part for key, part in item.items()) else item
        if isinstance(item, list):
            rows = [self.graded(part, (*path, index), around) for index, part in enumerate(item)]
            return rows if any(new is not old for new, old in zip(rows, item, strict=True)) else item
        return item

    def _spec(self, item: Spec, path: Place, around: _Evidence) -> Spec:
        update: dict[str, Any] = {}
        if isinstance(item, Sourced):
            around = self.own(item, around)
            update = {"source": around.source, "grade": around.grade}
        for name, info in type(item).model_fields.items():
            part = getattr(item, name)
            found = self.graded(part, (*path, info.alias or name), around)
            update |= {name: found} if found is not part else {}
        return item.model_copy(update=update) if update else item

    def _followed(self, item: Followed, path: Place, around: _Evidence) -> Followed:
        """Return a price that follows others; one without a quote is as well known as its conversion."""
        own = self.own(item, around)
        plus, share = (
            self.graded(part, (*path, key), own) for key, part in (("plus", item.plus), ("yield", item.yield_))
        )
        if item.quote is None and plus is not None:
            own = _Evidence(plus.source, plus.grade, plus.note)
        return replace(item, plus=plus, yield_=share, **own._asdict())

    def own(self, item: Value | Sourced | None, around: _Evidence) -> _Evidence:
        """Return the evidence of what says something of itself, or else has that of what stands around it."""
        if item is None:
            return around
        note = item.note or around.note
        if not item.source:
            return _Evidence(around.source, max(around.grade, item.grade), note)
        known = self.bibliography[item.source].grade if item.source in self.bibliography else GRADES[-1]
        return _Evidence(item.source, max(known, item.grade), note)


def worst(grades: Iterable[str]) -> str:
    """Return the worst of several grades, A if there are none.

    >>> worst(["B", "D", "A"])
    'D'
    """
    return max(grades, default=GRADES[0])


def shown(source: str, bibliography: Mapping[str, Reference]) -> str:
    """Return a source as a reader wants it: title and DOI, or the reason of an estimate."""
    reference = bibliography.get(source)
    if reference is None:
        return source
    return f"{reference.title}, doi:{reference.doi}" if reference.doi else reference.title
