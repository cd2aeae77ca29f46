"""Chains: several routes joined to one, so that what one ships, impurities included, is the feed of the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim import graph
from sim.distributions import Law
from sim.errors import nearest
from sim.graph import Graph, Problem
from sim.quantity import Value
from sim.spec import Chain, Inspect, ReleaseRule, Route, Segment, Sourced, Step, TankSpec

__all__ = ["join", "problems"]


def problems(routes: Sequence[Route], taken: Sequence[str]) -> Iterator[Problem]:
    """Yield why routes cannot be joined; places begin with the number of the route in the chain.

    Parameters
    ----------
    routes : sequence of Route
        In order of flow.
    taken : sequence of str
        For each route the step of the one before whose solution it takes; empty for what that one ships.
    """
    names = [route.name for route in routes]
    for number, (route, step) in enumerate(zip(routes, taken, strict=True)):
        if names.index(route.name) != number:
            yield Problem(f"the route '{route.name}' stands twice in the chain", (number, "route"))
        elif number == 0 and step:
            yield Problem(f"'from' is a step of the route before '{route.name}', and there is none", (0, "from"))
        elif number:
            yield from _misfits(routes[number - 1], route, step, number)


def _misfits(before: Route, route: Route, taken: str, number: int) -> Iterator[Problem]:
    """Yield why a route cannot take what the one before makes."""
    here = (number, "route")
    accepts = route.accepts
    if accepts is None:
        text = f"'{route.name}' does not say what it takes: only a route with 'accepts' follows another in a chain"
        yield Problem(text, here)
    elif before.product.unit != "kg":
        yield Problem(f"'{before.name}' ships {before.product.unit}, and '{route.name}' takes kg", here)
    elif before.product.material not in accepts.electrolytes:
        text = f"'{route.name}' takes {' or '.join(accepts.electrolytes)}, and '{before.name}' makes "
        yield Problem(text + before.product.material, here)
    elif taken and accepts.dissolved is None:
        text = f"'{route.name}' takes powder only: there is no 'dissolved' in its 'accepts', so leave 'from' out"
        yield Problem(text, (number, "from"))
    elif taken:
        ways, _ = graph.build(before)
        yield from (Problem(text, (number, "from")) for text in _cut_faults(ways, taken))


def _cut_faults(ways: Graph, cut: str) -> Iterator[str]:
    """Yield why a route cannot end at a step."""
    if cut not in ways.steps:
        hint = nearest(cut, ways.steps) or f"; there are {', '.join(ways.steps)}"
        yield f"'{ways.route.name}' has no step '{cut}'{hint}"
        return
    if graph.next_of(ways.route, cut) == "ship":
        yield f"'{cut}' ships the product itself, so leave 'from' out"
        return
    dropped = _behind(ways, cut)
    for edge in ways.edges:
        if edge.target in dropped and edge.source not in dropped and (edge.source != cut or edge.role != "pass"):
            yield f"'{edge.target}' would drop out behind '{cut}', but '{edge.source}' hands to it as well"
    for name in ways.order:
        kept = name not in dropped and name != cut
        if kept and any("ship" in places for places, _ in ways.main_outlets(name)):
            yield f"'{name}' ships as well, and does not drop out behind '{cut}'"


def _behind(ways: Graph, cut: str) -> frozenset[str]:
    """Return the steps that the main stream of a step reaches."""
    reached = {edge.target for edge in ways.edges if edge.source == cut and edge.role == "pass"}
    for name in ways.order:
        reached |= {edge.target for edge in ways.edges if edge.source == name and name in reached}
    return frozenset(reached)


def join(routes: Sequence[Route], taken: Sequence[str]) -> Route:
    """Return several routes as one; a route by itself is returned as it is.

    Parameters
    ----------
    routes, taken
        As in `problems`, which finds nothing wrong with them.

    Notes
    -----
    Steps, places, staff and auxiliaries are called `route/name`. What a route ships goes to the step at which the next
    takes it; recipe, release and set quality of that step fall away. A step that dissolves bought powder is replaced
    by the one whose solution is taken. Sources of later routes are not paced: they make what is drawn from them.

    Solvent of one kind lies in one tank for all routes, as large and as full as theirs together; it is regenerated in
    the train of the first route that has one. Staff and auxiliaries are those of all routes.
    """
    if len(routes) == 1:
        return routes[0]
    steps: list[Step] = []
    segments: dict[str, Segment] = {}
    cuts = [*taken[1:], ""]
    for number, (route, cut) in enumerate(zip(routes, cuts, strict=True)):
        after = routes[number + 1] if number + 1 < len(routes) else None
        solvent = after.accepts.dissolved.solvent if cut and after and after.accepts and after.accepts.dissolved else ""
        segments[route.name] = Segment(
            unit=route.product.unit, material=route.product.material, kind=route.kind, solvent=solvent
        )
        arrival = (routes[number - 1].name, taken[number]) if number else None
        steps += _segment(route, arrival, after, cut)
    last, fed = routes[-1], {name for step in steps for name in (*step.recipe, *step.feeds)}
    key = last.product.key_feed
    fields = {name: getattr(last, name) for name in Route.model_fields}
    before = ", ".join(route.name for route in routes[:-1])
    fields |= {
        "name": "_".join(route.name for route in routes),
        "title": f"{last.title}, after {before}",
        "product": last.product if key in fed else last.product.model_copy(update={"key_feed": ""}),
        "accepts": None,
        "tanks": _tanks(routes, steps),
        "places": {f"{route.name}/{name}": count for route in routes for name, count in route.places.items()},
        "staff": _sourced(routes, "staff"),
        "auxiliaries": _sourced(routes, "auxiliaries"),
        "steps": _titled(steps),
        "scales": {},
        "segments": segments,
    }
    return Chain.model_construct(**fields)


def _segment(route: Route, arrival: tuple[str, str] | None, after: Route | None, cut: str) -> Iterator[Step]:
    """Yield the steps of one route of a chain under their names in it.

    *arrival* is the route before and the step whose solution is taken from it, if any; *after* is the route behind, and
    *cut* the step whose solution goes there.
    """
    names = {step.id: f"{route.name}/{step.id}" for step in route.steps}
    replaced = ""
    if arrival and arrival[1]:
        replaced = _accepts(route, dissolved=True)
        names[replaced] = "/".join(arrival)
    gone: frozenset[str] = frozenset({replaced})
    if after is not None and cut:
        gone |= _behind(graph.build(route)[0], cut)
    elif after is not None:
        names["ship"] = f"{after.name}/{_accepts(after, dissolved=False)}"
    for step in route.steps:
        if step.id in gone:
            continue
        found = _renamed(step, route, names)
        if after is not None and step.id == cut:
            onward = graph.next_of(after, _accepts(after, dissolved=True))
            found = found.model_copy(update={"next": _places(onward, _called(after))})
        if arrival is not None:
            arrives = not replaced and route.accepts is not None and step.id == route.accepts.at
            found = _arriving(found, route) if arrives else _pulled(found)
        yield found


def _called(route: Route) -> Callable[[str], str]:
    """Return what gives the name in a chain of a step of a route."""
    names = {step.id: f"{route.name}/{step.id}" for step in route.steps}
    return lambda place: names.get(place, place)


def _accepts(route: Route, *, dissolved: bool) -> str:
    """Return the step at which a route takes powder in, or the one that dissolves it."""
    accepts = route.accepts
    assert accepts is not None
    if not dissolved:
        return accepts.at
    assert accepts.dissolved is not None
    return accepts.dissolved.at


def _renamed(step: Step, route: Route, names: Mapping[str, str]) -> Step:
    """Return a step with the names of the chain, and with the evidence of its route."""

    def to(place: str) -> str:
        return names.get(place, place)

    evidence = {} if step.source else {"source": route.source, "grade": route.grade}
    return step.model_copy(
        update={
            **evidence,
            "id": names[step.id],
            "title": step.title or step.id.replace("_", " "),
            "next": _places(step.next, to),
            "inlets": {to(source): ratio for source, ratio in step.inlets.items()},
            "split": {to(place): shares for place, shares in step.split.items()},
            "buffer": {to(source): buffer for source, buffer in step.buffer.items()},
            "resources": {f"{route.name}/{name}": count for name, count in step.resources.items()},
            "inspect": _inspect(step.inspect, to),
        }
    )


def _places(given: Any, to: Callable[[str], str]) -> Any:
    """Return the destinations of a step, in whatever form, under their new names."""
    if isinstance(given, dict):
        return {to(place): share for place, share in given.items()}
    return [to(place) for place in given] if isinstance(given, list) else to(given)


def _inspect(inspect: Inspect | None, to: Callable[[str], str]) -> Inspect | None:
    if inspect is None:
        return None
    target = graph.rework_target(inspect)
    fail = to(inspect.fail) if target is None else f"rework -> {to(target)}"
    return inspect.model_copy(update={"fail": fail})


def _arriving(step: Step, route: Route) -> Step:
    """Return the step that weighs bought electrolyte in as one that takes it from the route before."""
    accepts = route.accepts
    assert accepts is not None
    kept = step.quality if step.quality is not None and step.quality.set is None else None
    store = {}
    if accepts.buffer is not None:
        room = accepts.buffer.capacity
        around = accepts if accepts.source else route
        store = {"": accepts.buffer.model_copy(update={"capacity": room and _cited(room, around)})}
    return step.model_copy(update={"recipe": {}, "release": None, "quality": kept, "buffer": store})


def _pulled(step: Step) -> Step:
    """Return a source that makes what is drawn from it, unless its file says something else."""
    rule = step.release
    if not step.recipe or (rule is not None and (rule.at != "target" or rule.interval or rule.rate)):
        return step
    pull = ReleaseRule(at="capacity") if rule is None else rule.model_copy(update={"at": "capacity"})
    return step.model_copy(update={"release": pull})


def _titled(steps: Sequence[Step]) -> list[Step]:
    """Return steps whose titles differ: those that several routes use get the name of theirs."""
    count = Counter(step.title for step in steps)
    return [
        step.model_copy(update={"title": f"{step.title} ({step.id.partition('/')[0]})"})
        if count[step.title] > 1
        else step
        for step in steps
    ]


def _sourced(routes: Sequence[Route], field: str) -> dict[str, Value]:
    """Return the numbers of all routes by `route/name`, with the evidence of their route."""
    return {
        f"{route.name}/{name}": _cited(value, route)
        for route in routes
        for name, value in getattr(route, field).items()
    }


def _cited(value: Value, around: Sourced) -> Value:
    """Return a number with the evidence of what stands around it, if it has none of its own."""
    return value if value.source else replace(value, source=around.source, grade=max(value.grade, around.grade))


def _tanks(routes: Sequence[Route], steps: Sequence[Step]) -> dict[str, TankSpec]:
    """Return the tanks of all routes that are still used, those of one material as one."""
    used = {name for step in steps for name in (*step.recipe, *step.feeds, *step.recover)}
    found: dict[str, TankSpec] = {}
    for route in routes:
        for name, tank in route.tanks.items():
            own = tank if tank.source else tank.model_copy(update={"source": route.source, "grade": route.grade})
            if name in found:
                found[name] = _merged(found[name], own)
            elif name in used:
                found[name] = own
    return found


def _merged(one: TankSpec, other: TankSpec) -> TankSpec:
    """Return two tanks as one."""
    return one.model_copy(
        update={
            "capacity": _sum(one.capacity, other.capacity),
            "initial": _sum(one.initial, other.initial),
            "regeneration": one.regeneration or other.regeneration,
        }
    )


def _sum(one: Value, other: Value) -> Value:
    total = one.value + other.value
    return replace(one, value=total, law=Law("fixed", (total,)), low=None, high=None, text=f"{total:g} {one.unit}")
