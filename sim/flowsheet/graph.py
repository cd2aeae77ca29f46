"""The process graph of a route: which step hands what to which, in order of flow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sim.errors import nearest
from sim.inputs import RESERVED, Chain, Inspect, Path, Route, Segment, Step, Value, mean, samples, std

__all__ = ["Edge", "Fractions", "Graph", "Group", "Problem", "build", "next_of", "rework_target"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a route, and where in its file."""

    text: str
    path: Path = ()
    key: bool = False
    """Whether the key at that place is at fault rather than its value."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A stream from one step to another."""

    source: str
    target: str
    outlet: int
    """Index of the outlet in the source's flow."""
    role: str = "pass"
    """`pass` (main stream), `fail` (rejected by inspection) or `branch` (from `split`)."""
    share: float = 1.0
    """Share of that outlet's lots, where several steps may take them [1]."""


class Group(NamedTuple):
    """Edges that feed one inlet of a step."""

    edges: tuple[Edge, ...]
    ratio: float = 1.0
    """Amount per unit of the primary inlet."""


class Fractions(NamedTuple):
    """Expected fate of what an inspection sees; a step without inspection passes everything."""

    passed: float = 1.0
    failed: float = 0.0
    reworked: float = 0.0
    first_pass: float = 1.0
    """Probability to pass at one inspection [1]."""


@dataclass(frozen=True)
class Graph:
    """Steps of a route and the streams between them."""

    route: Route
    edges: tuple[Edge, ...] = field(default=())

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Steps by name."""
        return {step.id: step for step in self.route.steps}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names of the steps such that every stream flows forward (rework apart)."""
        return tuple(_ordered(self.steps, self.edges))

    def into(self, name: str) -> tuple[Edge, ...]:
        """Return the edges that end in a step."""
        return self._into.get(name, ())

    @cached_property
    def _into(self) -> Mapping[str, tuple[Edge, ...]]:
        found: dict[str, tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.target] = (*found.get(edge.target, ()), edge)
        return found

    def upstream(self, name: str) -> frozenset[str]:
        """Return a step and all steps whose streams reach it (rework apart)."""
        found = {name}
        for other in reversed(self.order):
            if any(edge.target in found for edge in self.edges if edge.source == other):
                found.add(other)
        return frozenset(found)

    def is_source(self, name: str) -> bool:
        """Whether nothing flows into a step."""
        return not self.into(name)

    def inlets(self, name: str) -> tuple[Group, ...]:
        """Return the inlets of a step; the first is primary."""
        edges = self.into(name)
        merged = self.steps[name].inlets
        if not merged:
            return (Group(edges),) if edges else ()
        groups = []
        for source, ratio in merged.items():
            groups.append(Group(tuple(e for e in edges if e.source == source), ratio.value))
        return tuple(groups)

    def ratio(self, name: str, source: str) -> float:
        """Return the amount from *source* per unit of a step's primary inlet."""
        ratio = self.steps[name].inlets.get(source)
        return 1.0 if ratio is None else ratio.value

    def segment(self, name: str) -> Segment:
        """Return the own route of a step, in a chain or by itself."""
        if isinstance(self.route, Chain):
            return self.route.segments[name.partition("/")[0]]
        product = self.route.product
        return Segment(unit=product.unit, material=product.material, kind=self.route.kind)

    @property
    def has_branches(self) -> bool:
        """Whether some routes of a chain are branches of a fork."""
        return isinstance(self.route, Chain) and bool(self.route.branches)

    def is_branch(self, name: str) -> bool:
        """Whether the own route of a step is a branch of a fork."""
        return isinstance(self.route, Chain) and name.partition("/")[0] in self.route.branches

    def delivers(self, name: str, place: str) -> bool:
        """Whether what goes from a step to a place is the product of the step's own route."""
        return place == "ship" or (place in self.steps and place.rpartition("/")[0] != name.rpartition("/")[0])

    def main_outlets(self, name: str) -> tuple[tuple[tuple[str, ...], float], ...]:
        """Return (places, share) of a step's main stream: alternatives in one tuple, shares in several."""
        given = next_of(self.route, name)
        if isinstance(given, dict):
            return tuple(((place,), share.value) for place, share in given.items())
        return ((tuple(given) if isinstance(given, list) else (given,), 1.0),)

    def rework_into(self, name: str) -> tuple[str, ...]:
        """Return the inspections that send lots back to a step."""
        return tuple(s.id for s in self.route.steps if s.inspect and rework_target(s.inspect) == name)

    def fractions(self, name: str) -> Fractions:
        """Return the expected fate of lots at a step."""
        inspect = self.steps[name].inspect
        if inspect is None:
            return Fractions()
        passing = self._pass_probability(name, inspect)
        failing = 1.0 - passing
        if rework_target(inspect) is None:
            return Fractions(passing, failing, 0.0, passing)
        visits = sum(failing**k for k in range(inspect.passes + 1))
        failed = failing ** (inspect.passes + 1) / visits
        return Fractions(passing, failed, 1.0 - passing - failed, passing)

    def _pass_probability(self, name: str, inspect: Inspect) -> float:
        """Return the chance to pass, with log-normal quality and error (scatter averaged by gathering left out)."""
        if inspect.pass_ is not None:
            return inspect.pass_.value
        assert inspect.limit is not None
        log_mean, variance = 0.0, 0.0
        for rule in self._qualities(name):
            cv = std(rule.law) / mean(rule.law)
            log_mean += samples.log(rule.value) - 0.5 * samples.log1p(cv**2)
            variance += samples.log1p(cv**2)
        if inspect.error is not None:
            error = samples.log1p(inspect.error.value**2)
            log_mean, variance = log_mean - 0.5 * error, variance + error
        margin = log_mean - samples.log(inspect.limit.value)
        if variance == 0.0:
            return 1.0 if margin >= 0.0 else 0.0
        return samples.normal(margin / variance**0.5)

    def sets_quality(self, name: str) -> bool:
        """Whether a lot has a quality of its own when it comes to the end of a step."""
        return any(rule.unit != "1" for rule in self._qualities(name))

    def mean_quality(self, name: str) -> float:
        """Return the mean quality with which lots leave a step, what inspections keep back left out [mS/cm]."""
        return math.prod(rule.value for rule in self._qualities(name))

    def _qualities(self, name: str) -> Iterator[Value]:
        """Yield the quality rules met on the way to a step, backwards to where quality was set."""
        at: str | None = name
        seen: set[str] = set()
        while at is not None and at not in seen:
            seen.add(at)
            rule = self.steps[at].quality
            if rule is not None:
                value = rule.set or rule.factor
                assert value is not None
                yield value
                if rule.set is not None:
                    return
            groups = self.inlets(at)
            at = groups[0].edges[0].source if groups and groups[0].edges else None


def rework_target(inspect: Inspect) -> str | None:
    """Return the step that failed lots go back to, or None."""
    head, arrow, target = inspect.fail.partition("->")
    return target.strip() if arrow and head.strip() == "rework" else None


def next_of(route: Route, name: str) -> str | list[str] | dict[str, Value]:
    """Return where a step's lots go: as given, or the following step; empty at a dead end."""
    return _next_at(route, next(i for i, step in enumerate(route.steps) if step.id == name))


def _next_at(route: Route, index: int) -> str | list[str] | dict[str, Value]:
    steps = route.steps
    given = steps[index].next
    if given:
        return given
    return steps[index + 1].id if index + 1 < len(steps) else ""


def build(route: Route) -> tuple[Graph, list[Problem]]:
    """Return the graph of *route* and everything that is wrong with its connections."""
    problems = list(_names(route))
    if problems:
        return Graph(route), problems
    edges: list[Edge] = []
    for step in route.steps:
        edges += _edges(route, step)
    graph = Graph(route, tuple(edges))
    problems += _connections(graph)
    return graph, problems


def _edges(route: Route, step: Step) -> list[Edge]:
    """Return the streams that leave a step."""
    given = next_of(route, step.id)
    edges: list[Edge] = []
    if isinstance(given, dict):
        edges += [Edge(step.id, place, i, "pass", 1.0) for i, place in enumerate(given) if place not in RESERVED]
        main = len(given)
    else:
        places = given if isinstance(given, list) else [given]
        edges += [Edge(step.id, place, 0, "pass", 1 / len(places)) for place in places if place not in RESERVED]
        main = 1
    if step.inspect and rework_target(step.inspect) is None and step.inspect.fail not in RESERVED:
        edges.append(Edge(step.id, step.inspect.fail, 0, "fail"))
    branches = [place for place in step.split if place not in RESERVED]
    return edges + [Edge(step.id, place, main + i, "branch") for i, place in enumerate(branches)]


def _names(route: Route) -> Iterator[Problem]:
    """Yield destinations that do not exist, and names used twice."""
    ids = [step.id for step in route.steps]
    for index, step in enumerate(route.steps):
        here: Path = ("steps", index)
        if ids.index(step.id) != index:
            yield Problem(f"the step name '{step.id}' is used twice", (*here, "id"))
        if step.id in RESERVED:
            yield Problem(f"'{step.id}' is a destination, not a name for a step", (*here, "id"))
        for place, exits, path in _mentioned(route, index):
            if place not in ids and place not in exits:
                also = f"; allowed are steps, {', '.join(exits)}" if exits else "; allowed are steps only"
                hint = nearest(place, [*ids, *exits]) or also
                yield Problem(f"unknown step '{place}'{hint}", path, key=path[-1] == place)
        if isinstance(step.next, list):
            yield from _alternatives(step.next, here)
        if isinstance(step.next, dict) and step.inspect:
            text = "shares and 'inspect' do not go together: let the inspection be a step of its own"
            yield Problem(text, (*here, "next"))


def _alternatives(places: list[str], here: Path) -> Iterator[Problem]:
    """Yield what is wrong in a list of alternatives."""
    for number, place in enumerate(places):
        if places.index(place) != number:
            yield Problem(f"'{place}' stands twice in 'next'", (*here, "next", number))
        if place in RESERVED and len(places) > 1:
            text = f"lots go to the first step with room, so '{place}' cannot be one of several"
            yield Problem(text, (*here, "next", number))


def _mentioned(route: Route, index: int) -> Iterator[tuple[str, tuple[str, ...], Path]]:
    """Yield every place that a step names, the destinations beside steps that are allowed there, and the path."""
    step, given = route.steps[index], _next_at(route, index)
    here: Path = ("steps", index)
    if isinstance(given, str):
        if given:
            yield given, RESERVED, (*here, "next")
    elif isinstance(given, list):
        yield from ((place, RESERVED, (*here, "next", i)) for i, place in enumerate(given))
    else:
        yield from ((place, RESERVED, (*here, "next", place)) for place in given)
    yield from ((place, RESERVED[1:], (*here, "split", place)) for place in step.split)
    yield from ((place, (), (*here, "inlets", place)) for place in step.inlets)
    if step.inspect:
        target = rework_target(step.inspect)
        exits: tuple[str, ...] = ("waste", "by_product", "rework -> STEP") if target is None else ()
        yield step.inspect.fail if target is None else target, exits, (*here, "inspect", "fail")


def _connections(graph: Graph) -> Iterator[Problem]:
    """Yield dead ends, cycles, unreachable steps, unmet and unnamed inlets."""
    index = {step.id: number for number, step in enumerate(graph.route.steps)}
    cyclic = sorted(set(graph.steps) - set(graph.order), key=index.__getitem__)
    if cyclic:
        ring = _ring(graph, cyclic)
        text = f"a cycle without exit: {' -> '.join([*ring, ring[0]])}; lots go back only by 'fail: rework -> step'"
        yield Problem(text, ("steps", index[ring[-1]], "next"))
        return
    shipping = {step for step in graph.steps if any("ship" in places for places, _ in graph.main_outlets(step))}
    if not shipping and all(next_of(graph.route, name) for name in graph.steps):
        yield Problem("no step ships: one needs 'next: ship'", ("steps", len(graph.route.steps) - 1, "id"))
    useful = frozenset[str]().union(*(graph.upstream(name) for name in sorted(shipping)))
    for step in graph.route.steps:
        here: Path = ("steps", index[step.id])
        if not next_of(graph.route, step.id):
            yield Problem(f"'{step.id}' is a dead end: give 'next: ship' or 'next: waste'", (*here, "id"))
        sources = [edge.source for edge in graph.into(step.id)]
        if not sources and not step.recipe:
            yield Problem(f"'{step.id}' is never reached: no step hands to it and it has no recipe", (*here, "id"))
        if not sources and step.recipe and shipping and step.id not in useful:
            yield Problem(f"nothing of what '{step.id}' begins is ever shipped", (*here, "id"))
        if sources and step.recipe:
            text = f"'{step.id}' has a recipe, but '{sources[0]}' hands to it; use 'feeds'"
            yield Problem(text, (*here, "recipe"), key=True)
        if step.inspect and step.inspect.limit and not graph.sets_quality(step.id):
            text = "no step before sets the quality that is measured here: give one of them 'quality: {set: ...}'"
            yield Problem(text, (*here, "inspect", "limit"), key=True)
        if step.inlets:
            yield from _inlet_problems(step, sources, here)


def _ring(graph: Graph, cyclic: list[str]) -> list[str]:
    """Return the steps of one cycle in order of flow, the first of the file at the head."""
    walked = [cyclic[0]]
    while True:
        # every step that could not be ordered has a source among its like
        back = next(edge.source for edge in graph.into(walked[-1]) if edge.source in cyclic)
        if back in walked:
            ring = walked[walked.index(back) :][::-1]
            first = min(ring, key=cyclic.index)
            return ring[ring.index(first) :] + ring[: ring.index(first)]
        walked.append(back)


def _inlet_problems(step: Step, sources: list[str], here: Path) -> Iterator[Problem]:
    for source in step.inlets:
        if source not in sources:
            yield Problem(f"'{source}' does not hand to '{step.id}'", (*here, "inlets", source), key=True)
    for source in sources:
        if source not in step.inlets:
            yield Problem(f"'{source}' hands to '{step.id}', which does not name it here", (*here, "inlets"), key=True)
    first = next(iter(step.inlets))
    if step.inlets[first].value != 1.0 or step.inlets[first].unit != "1":
        text = f"the first inlet is primary, so its ratio is 1, found {step.inlets[first].text}"
        yield Problem(text, (*here, "inlets", first))


def _ordered(steps: Mapping[str, Step], edges: tuple[Edge, ...]) -> list[str]:
    """Return steps in topological order, file order among equals; steps in cycles are left out."""
    waiting = {name: {edge.source for edge in edges if edge.target == name} for name in steps}
    done: list[str] = []
    while True:
        ready = next((name for name in steps if name not in done and waiting[name] <= set(done)), None)
        if ready is None:
            return done
        done.append(ready)
