"""Reading a line: the files of its routes, joined, and every problem of a stage at its place in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import InputError, Issue, nearest
from sim.flowsheet import Flowsheet, FlowsheetError, Graph, Problem, chains, graph
from sim.inputs import (
    BY_KIND,
    HOURS_PER_YEAR,
    INDUSTRIAL,
    OWN,
    Chain,
    Library,
    Overlay,
    Override,
    Plant,
    Route,
    Value,
    graded,
    own_name,
    split,
    yamlfile,
)
from sim.plant import battery, checks, doubts, fitting, mending, shares
from sim.plant.line import Change, Line, design

__all__ = ["Part", "resolve", "resolve_chain", "scales", "unknown_scale", "unknown_variant", "variants"]


def resolve(  # noqa: PLR0913 - a line is a route, a catalogue, a plant and a time
    name: str,
    path: Path,
    library: Library,
    plant: Plant,
    *,
    shown: str = "",
    document: yamlfile.Document | None = None,
    scale: str = "",
    variant: str = "",
    backend: str = BY_KIND,
    target_per_year: float | None = None,
    overrides: Sequence[Override] = (),
    warm_up_h: float = 0.0,
    horizon_h: float = HOURS_PER_YEAR,
) -> Line:
    """Read a route, work out its streams and sizes, and lower it.

    Parameters
    ----------
    name : str
        Name of the line.
    path : Path
        The route file.
    library : Library
        The catalogue.
    plant : Plant
        Opening hours.
    shown : str, default=""
        How messages call the file; *path* if empty.
    document : Document or None, default=None
        The route file, if it was read before.
    scale : str, default=""
        A scale of the route, such as `lab`; `industrial` or nothing is the file itself.
    variant : str, default=""
        A variant of the route; nothing is the file itself.
    backend : str, default="by_kind"
        What says what machines cost: `by_kind`, `chemical` or `battery`.
    target_per_year : float or None, default=None
        Good output to size for and to pace the first step to [kg/y or m2/y].
    overrides : sequence of Override
        Changes whose path starts below the route; they beat those of the scale.
    warm_up_h, horizon_h : float
        Times of the simulation [h].

    Raises
    ------
    InputError
        With all problems of the first stage that has any: file and names, connections, streams, sizes, plan.
    """
    document = document or yamlfile.read(path, name=shown or str(path))
    return resolve_chain(
        name,
        [Part(document, tuple(overrides), variant=variant)],
        library,
        plant,
        scale=scale,
        backend=backend,
        target_per_year=target_per_year,
        warm_up_h=warm_up_h,
        horizon_h=horizon_h,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One route of a line, as it is asked for."""

    document: yamlfile.Document
    """The route file."""
    overrides: tuple[Override, ...] = ()
    """Changes whose path starts below the route; they beat those of the scale."""
    taken: str = ""
    """Step of the route before whose solution is taken; empty: what that one ships."""
    stage: int | None = None
    """Place in the flow, from 0; routes of one stage are branches of a fork. None: that in the list of parts."""
    share: Value | None = None
    """Fixed share of what the stage before ships [1]; None: as it is asked for."""
    variant: str = ""
    """A variant of the route; nothing is the file itself."""
    prefix: str = ""
    """What a path of a change begins with: in a chain the name of the route."""


def resolve_chain(  # noqa: PLR0913 - a line is its routes, a catalogue, a plant and a time
    name: str,
    parts: Sequence[Part],
    library: Library,
    plant: Plant,
    *,
    place: Callable[[Problem], Issue] | None = None,
    scale: str = "",
    backend: str = BY_KIND,
    target_per_year: float | None = None,
    fit: bool = False,
    warm_up_h: float = 0.0,
    horizon_h: float = HOURS_PER_YEAR,
) -> Line:
    """Read the routes of a chain, join them, work out their streams and sizes, and lower them.

    Parameters
    ----------
    parts : sequence of Part
        The routes in order of flow; one alone is no chain.
    place : callable or None, default=None
        Puts a problem of the chain, whose path begins with the number of the route, where the chain is written; the
        top of that route's file if nobody says.
    fit : bool, default=False
        Take machines smaller where the target would leave them idle; see `sim.plant.fitting`.
    name, library, plant, scale, backend, target_per_year, warm_up_h, horizon_h
        As in `resolve`.

    Raises
    ------
    InputError
        With all problems of the first stage that has any: files and names, connections, the joints of the chain,
        streams, sizes, plan.
    """
    members: list[_Member] = []
    faults: list[Issue] = []
    for part in parts:
        try:
            members.append(_member(_Asked.of(part, library, scale)))
        except InputError as error:
            faults += error.issues
    _stop(faults)
    joined = [
        chains.Member(member.route, number if part.stage is None else part.stage, part.taken, part.share)
        for number, (member, part) in enumerate(zip(members, parts, strict=True))
    ]
    put = place or (lambda problem: members[int(problem.path[0])].issue(problem))
    _stop([put(problem) for problem in chains.problems(joined, library)])
    route = chains.join(joined)
    files = _Files.of(route, members)
    _stop(files.placed(graph.build(route)[1]))
    line = Line(
        name=name,
        route=route.model_copy(
            update={"scales": {}, "variants": {}, "accepts": None, "components": {}, **{key: {} for key in OWN}}
        ),
        library=library,
        plant=plant,
        target_per_year=target_per_year,
        scale=scale,
        backend=backend,
        warm_up_h=warm_up_h,
        horizon_h=horizon_h,
        changes=tuple(change for member in members for change in member.changes),
    )
    failures: list[FlowsheetError] = []
    try:
        _stop(files.placed(checks.flows(line.graph, line.flowsheet, library)))
        _stop([put(problem) for problem in _share_faults(joined, line.graph, line.flowsheet)])
        if fit and target_per_year is not None:
            line = design(line, route=fitting.fitted(line.graph, line.flowsheet, library, line.sizing))
        assert len(line.plan.steps) == len(route.steps)  # what cannot be lowered is refused now
        doubted = files.placed(doubts.doubts(line.graph, line.flowsheet, library, line.sizing))
        found = battery.matches(line.graph, line.flowsheet, library, line.sizing)
        doubted += files.placed(battery.doubts(line.graph, library, found, backend, scale))
    except* FlowsheetError as group:
        failures += mending.leaves(group)
    _stop([files.located(route, error) for error in failures])
    return design(line, warnings=tuple(str(issue) for issue in doubted))


@dataclass(frozen=True, slots=True)
class _Member:
    """A route of a line, read and changed as it was asked for."""

    route: Route
    overlay: Overlay
    changes: tuple[Change, ...]

    def issue(self, problem: Problem) -> Issue:
        """Return a problem of the chain at the component that it is about, else at the top of the route's file."""
        path = problem.path[1:] if problem.path[1] == "components" else ()
        return self.overlay.issue(path, problem.text)


def _share_faults(members: Sequence[chains.Member], ways: Graph, streams: Flowsheet) -> Iterable[Problem]:
    """Return the forks of a chain whose fixed shares do not fit."""
    fixed: dict[int, dict[str, tuple[int, Value]]] = {}
    for number, member in enumerate(members):
        if member.share is not None:
            fixed.setdefault(member.stage, {})[member.route.name] = (number, member.share)
    return shares.problems([*fixed.values()], shares.fitting(ways, streams)) if fixed else ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A route as it is asked for; equal are those that read alike."""

    key: tuple[Any, ...]
    part: Part = field(compare=False)
    library: Library = field(compare=False)
    scale: str

    @classmethod
    def of(cls, part: Part, library: Library, scale: str) -> _Asked:
        """Note what the reading hangs on; a catalogue is known by its identity."""
        changes = tuple(
            (item.path, repr(item.value), item.by, item.name, item.own, repr(item.evidence), item.document.name)
            for item in part.overrides
        )
        file = (part.document.name, part.document.digest or id(part.document))
        return cls((file, part.prefix, part.variant, id(library), changes), part, library, scale)


@lru_cache(maxsize=64)
def _member(asked: _Asked) -> _Member:
    """Read one route of a line, and check it as far as it can be checked by itself.

    The points of a sweep read most of their routes alike: each is read once.
    """
    part, library, scale = asked.part, asked.library, asked.scale
    overlay = Overlay(part.document, Route)
    document = overlay.document
    if scale not in ("", *scales(document)):
        raise InputError([document.issue(("scales",), unknown_scale(document, scale))])
    if part.variant and part.variant not in variants(document):
        raise InputError([document.issue(("variants",), unknown_variant(document, part.variant))])
    scaled = [*_said(document, "variants", part.variant), *_said(document, "scales", scale)]
    issues = [issue for override in [*scaled, *part.overrides] if (issue := _applied(overlay, override))]
    route = overlay.validate(Route, overlay.data, (), issues)
    issues += _idle(overlay, part.variant)
    if route is None or issues:
        raise InputError([*issues, *_placed(overlay, mending.beyond(overlay.data, library))])
    named, (_, problems) = checks.names(route, library), graph.build(route)
    if named or problems:
        raise InputError(_placed(overlay, [*named, *problems, *mending.in_streams(route, library, named)]))
    # what a variant or scale says is part of the route, not a change of it
    own = overlay.changes[len(scaled) :]
    changes = [Change(".".join((part.prefix, *o.path)).removeprefix("."), old, new, o.by) for o, old, new in own]
    return _Member(graded(route, library.bibliography, overlay), overlay, tuple(changes))


def _applied(overlay: Overlay, override: Override) -> Issue | None:
    """Apply a change below a route; its own entries are part of the catalogue, and changed there."""
    if override.path and override.path[0] in OWN:
        return override.issue(f"'{override.name}' is part of the catalogue: write '{'.'.join(override.path)}'")
    return overlay.apply(override, override.path)


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the parts of a line stand in the files of its routes."""

    members: Sequence[_Member]
    steps: Sequence[tuple[Overlay, int]]
    """File and number there of every step of the line."""

    @classmethod
    def of(cls, route: Route, members: Sequence[_Member]) -> _Files:
        """Find the steps of a line in the files of its routes."""
        known = {
            (f"{member.route.name}/{step.id}" if isinstance(route, Chain) else step.id): (member.overlay, index)
            for member in members
            for index, step in enumerate(member.route.steps)
        }
        return cls(members, [known[step.id] for step in route.steps])

    def issue(self, problem: Problem) -> Issue:
        """Return a problem at its place; one of the whole line stands in the file of its last route that has such."""
        path = tuple(own_name(key) if isinstance(key, str) else key for key in problem.path)
        overlay = self.members[-1].overlay
        if len(path) > 1 and path[0] == "steps":
            overlay, index = self.steps[int(path[1])]
            path = ("steps", index, *path[2:])
            if path[2:3] == ("buffer",) and overlay.data["steps"][index].get("recipe"):
                # a step that weighs in has a store in chains only
                path = _store(overlay.data, overlay.data["steps"][index])
        elif len(path) > 1 and path[0] == "tanks":
            overlay = next((m.overlay for m in self.members if path[1] in m.route.tanks), overlay)
        return overlay.issue(path, problem.text, key=problem.key)

    def placed(self, problems: Iterable[Problem]) -> list[Issue]:
        """Return problems at their places."""
        return [self.issue(problem) for problem in problems]

    def located(self, route: Route, error: FlowsheetError) -> Issue:
        """Return an error of the flowsheet or the sizing at its place."""
        text, step, *where = error.args
        index = next(i for i, item in enumerate(route.steps) if item.id == step)
        return self.issue(Problem(str(text), ("steps", index, *where)))


def _store(data: Mapping[str, Any], step: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where the file of a route gives the store in front of the step at which it takes something in."""
    made = data.get("components") or {}
    function = next((name for name, component in made.items() if component["at"] == step["id"]), None)
    return ("accepts", "buffer") if function is None else ("components", function, "buffer")


def scales(document: yamlfile.Document) -> tuple[str, ...]:
    """Return the scales of a route file, the file itself last; those that cannot be read are left out."""
    found = document.data.get("scales") if isinstance(document.data, dict) else None
    own = [name for name, changes in found.items() if isinstance(changes, dict)] if isinstance(found, dict) else []
    return (*own, INDUSTRIAL)


def unknown_scale(document: yamlfile.Document, scale: str) -> str:
    """Return the message about a scale that a route file does not have."""
    known = scales(document)
    there = f"; there are {', '.join(known)}" if len(known) > 1 else f"; it is {INDUSTRIAL} only"
    return f"the route has no scale '{scale}'{nearest(scale, known) or there}"


def variants(document: yamlfile.Document) -> tuple[str, ...]:
    """Return the variants of a route file; those that cannot be read are left out."""
    found = document.data.get("variants") if isinstance(document.data, dict) else None
    return tuple(name for name, said in found.items() if isinstance(said, dict)) if isinstance(found, dict) else ()


def unknown_variant(document: yamlfile.Document, variant: str) -> str:
    """Return the message about a variant that a route file does not have."""
    known = variants(document)
    there = f"; there are {', '.join(known)}" if known else ", nor any other"
    return f"the route has no variant '{variant}'{nearest(variant, known) or there}"


def _said(document: yamlfile.Document, key: str, name: str) -> list[Override]:
    """Return what a route's file says of a variant or a scale, as overrides."""
    if name in ("", INDUSTRIAL):
        return []
    return [
        Override(split(path), value, document, (key, name, path), f"{key[:-1]} {name}", path, own=True)
        for path, value in document.data[key][name].items()
    ]


def _idle(overlay: Overlay, variant: str) -> Iterator[Issue]:
    """Yield what a variant says that the file says already."""
    for override, old, new in overlay.changes:
        if override.by == f"variant {variant}" and old == new:
            yield override.issue(f"the variant '{variant}' changes nothing here: '{override.name}' is {old} already")


def _stop(issues: Sequence[Issue]) -> None:
    if issues:
        raise InputError(issues)


def _placed(overlay: Overlay, problems: Iterable[Problem]) -> list[Issue]:
    return [overlay.issue(problem.path, problem.text, key=problem.key) for problem in problems]
