"""Chains: several routes joined to one, so that what one ships, impurities included, is the feed of the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import nearest
from sim.flowsheet import graph
from sim.flowsheet.graph import Graph, Problem
from sim.inputs import (
    Accepts,
    Chain,
    Component,
    Inspect,
    Law,
    Library,
    ReleaseRule,
    Route,
    Segment,
    Step,
    TankSpec,
    Value,
    worst,
)

__all__ = ["Member", "join", "problems"]

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Member:
    """One route of a chain, and how it hangs on those before."""

    route: Route
    stage: int
    """Place in the flow from 0; routes of one stage are the branches of a fork."""
    taken: str = ""
    """Step of the route before whose solution is taken; empty: what that one ships."""
    share: Value | None = None
    """Fixed share of what the stage before ships [1]; None: whole lots, as they are asked for."""


def problems(members: Sequence[Member], library: Library) -> Iterator[Problem]:
    """Yield why routes cannot be joined; places begin with the number of the route in the chain.

    Parameters
    ----------
    members : sequence of Member
        In order of flow.
    library : Library
        What is bought if no route of the chain makes it.
    """
    names = [member.route.name for member in members]
    for number, member in enumerate(members):
        before, route = _stage(members, member.stage - 1), member.route
        if names.index(route.name) != number:
            yield Problem(f"the route '{route.name}' stands twice in the chain", (number, "route"))
            continue
        if member.taken and (len(before) != 1 or len(_stage(members, member.stage)) > 1):
            text = f"'from' is a step of the route before '{route.name}', and there is none"
            if before:
                text = f"a solution goes from one route to one other: leave 'from' out beside a fork, '{route.name}'"
            yield Problem(text, (number, "from"))
        elif before:
            yield from _misfits([other.route for other in before], member, number)
        if route.components:
            yield from _unsold(route, [other.route for other in before], library, number)
    yield from _loose_ends(members)
    yield from _share_faults(members)


def _stage(members: Sequence[Member], stage: int) -> list[Member]:
    return [member for member in members if member.stage == stage]


def _misfits(before: Sequence[Route], member: Member, number: int) -> Iterator[Problem]:
    """Yield why a route cannot take what those before make."""
    here, route, taken = (number, "route"), member.route, member.taken
    accepts = route.accepts
    if route.components:
        yield from _unwanted(before, route, here)
    elif accepts is None:
        text = f"'{route.name}' does not say what it takes: only a route with 'accepts' follows another in a chain"
        yield Problem(text, here)
    elif len(before) > 1:
        makers = " and ".join(f"'{other.name}'" for other in before)
        text = f"'{route.name}' takes one electrolyte, and {makers} stand before it: a fork is joined by a cell route, "
        yield Problem(text + "one with 'components' such as cell_stacking", here)
    elif before[0].product.unit != "kg":
        yield Problem(f"'{before[0].name}' ships {before[0].product.unit}, and '{route.name}' takes kg", here)
    elif before[0].product.material not in accepts.electrolytes:
        text = f"'{route.name}' takes {' or '.join(accepts.electrolytes)}, and '{before[0].name}' makes "
        yield Problem(text + before[0].product.material, here)
    elif taken and accepts.dissolved is None:
        text = f"'{route.name}' takes powder only: there is no 'dissolved' in its 'accepts', so leave 'from' out"
        yield Problem(text, (number, "from"))
    elif taken:
        ways, _ = graph.build(before[0])
        yield from (Problem(text, (number, "from")) for text in _cut_faults(ways, taken))


def _unwanted(before: Sequence[Route], route: Route, here: tuple[str | int, ...]) -> Iterator[Problem]:
    """Yield what a cell route cannot take of the routes before."""
    makers: dict[str, str] = {}
    for other in before:
        made = other.function
        if made not in route.components:
            text = f"nothing takes up what '{other.name}' makes, {made}: '{route.name}' takes "
            yield Problem(text + " and ".join(route.components), here)
        elif other.product.unit != "m2":
            yield Problem(f"'{other.name}' ships {other.product.unit}, and '{route.name}' takes m2", here)
        elif made in makers:
            text = f"'{makers[made]}' and '{other.name}' both make the {made} of '{route.name}': give it one of them"
            yield Problem(text, here)
        makers.setdefault(made, other.name)


def _unsold(route: Route, before: Sequence[Route], library: Library, number: int) -> Iterator[Problem]:
    """Yield the components of a cell that no route before makes and nobody sells."""
    steps = {step.id: step for step in route.steps}
    for function, component in route.components.items():
        made = any(other.function == function for other in before)
        for material in () if made else steps[component.at].recipe:
            if library.materials[material].price is None:
                text = f"nobody makes or sells the {function} of '{route.name}': put a route that makes it before, "
                text += f"or give {material} a price in the catalogue"
                yield Problem(text, (number, "components", function))


def _loose_ends(members: Sequence[Member]) -> Iterator[Problem]:
    """Yield a fork that nothing joins."""
    last = _stage(members, members[-1].stage)
    if len(last) > 1:
        names = " and ".join(f"'{member.route.name}'" for member in last)
        text = f"nothing joins {names}: a line has one product, so let a cell route take them, or write two lines"
        yield Problem(text, (len(members) - 1, "route"))


def _share_faults(members: Sequence[Member]) -> Iterator[Problem]:
    """Yield shares that fix nothing, that are missing, or that do not add to 1."""
    for stage in range(members[-1].stage + 1):
        branches = [(number, member) for number, member in enumerate(members) if member.stage == stage]
        given = [(number, member.share) for number, member in branches if member.share is not None]
        if given and (stage == 0 or len(branches) == 1):
            text = "a 'share' is that of a branch in what one route ships to several: there is nothing to share here"
            yield Problem(text, (given[0][0], "share"))
        elif given and len(given) < len(branches):
            number, member = next(item for item in branches if item[1].share is None)
            text = f"'{member.route.name}' has no 'share': give all branches of the fork one, or none"
            yield Problem(text, (number, "route"))
        elif len(branches) > 1 and not given and any(_divided(member.route) for member in _stage(members, stage - 1)):
            text = "a step before this fork ships a part of every lot only, so give the branches a 'share' each"
            yield Problem(text, (branches[0][0], "route"))
        elif given and abs(sum(share.value for _, share in given) - 1.0) > TOLERANCE:
            total = sum(share.value for _, share in given)
            yield Problem(f"the shares of the fork add up to {total:.6g}, not 1", (given[-1][0], "share"))


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


def _divided(route: Route) -> bool:
    """Whether a step of a route ships a part of its lots and hands on the rest."""
    ways = [graph.next_of(route, step.id) for step in route.steps]
    return any(isinstance(way, dict) and "ship" in way for way in ways)


def join(members: Sequence[Member]) -> Route:
    """Return several routes as one; a route by itself is returned as it is.

    Parameters
    ----------
    members : sequence of Member
        In order of flow; `problems` finds nothing wrong with them.

    Notes
    -----
    Steps, places, staff and auxiliaries are called `route/name`. What a route ships goes to the step at which the next
    takes it; recipe, release and set quality of that step fall away. A step that dissolves bought powder is replaced
    by the one whose solution is taken. Sources of later routes are not paced: they make what is drawn from them.

    In front of a fork whole lots go to the first branch with room, and while all are full to the one that asks first;
    with fixed shares every lot is cut.

    Solvent of one kind lies in one tank for all routes, as large and as full as theirs together; it is regenerated in
    the train of the first route that has one. Staff and auxiliaries are those of all routes.
    """
    routes = [member.route for member in members]
    if len(routes) == 1:
        return routes[0]
    steps: list[Step] = []
    segments: dict[str, Segment] = {}
    for member in members:
        after, route = _stage(members, member.stage + 1), member.route
        cut = after[0].taken if after else ""
        accepts = after[0].route.accepts if cut else None
        solvent = accepts.dissolved.solvent if accepts and accepts.dissolved else ""
        segments[route.name] = Segment(
            unit=route.product.unit, material=route.product.material, kind=route.kind, solvent=solvent
        )
        steps += _segment(member, _stage(members, member.stage - 1), after)
    last, fed = routes[-1], {name for step in steps for name in step.brought}
    key = last.product.key_feed
    fields = {name: getattr(last, name) for name in Route.model_fields}
    before = ", ".join(route.name for route in routes[:-1])
    fields |= {
        "name": "_".join(route.name for route in routes),
        "title": f"{last.title}, after {before}",
        "product": last.product if key in fed else last.product.model_copy(update={"key_feed": ""}),
        "accepts": None,
        "components": {},
        "tanks": _tanks(routes, steps),
        "places": {f"{route.name}/{name}": count for route in routes for name, count in route.places.items()},
        "staff": _named(routes, "staff"),
        "auxiliaries": _named(routes, "auxiliaries"),
        "steps": _titled(steps),
        "scales": {},
        "variants": {},
        "segments": segments,
        "branches": tuple(m.route.name for m in members if len(_stage(members, m.stage)) > 1),
    }
    return Chain.model_construct(**fields)


def _segment(member: Member, before: Sequence[Member], after: Sequence[Member]) -> Iterator[Step]:
    """Yield the steps of one route of a chain under their names in it."""
    route = member.route
    names = {step.id: f"{route.name}/{step.id}" for step in route.steps}
    replaced = ""
    if member.taken:
        replaced = _dissolving(route)
        names[replaced] = f"{before[0].route.name}/{member.taken}"
    gone: frozenset[str] = frozenset({replaced})
    cut = after[0].taken if after else ""
    if cut:
        gone |= _behind(graph.build(route)[0], cut)
    doors = {} if member.taken else _doors(route, before)
    for step in route.steps:
        if step.id in gone:
            continue
        found = _renamed(step, route, names)
        if cut and step.id == cut:
            onward = graph.next_of(after[0].route, _dissolving(after[0].route))
            found = found.model_copy(update={"next": _places(onward, _called(after[0].route))})
        elif after and not cut:
            found = found.model_copy(update={"next": _shipped(graph.next_of(route, step.id), found.next, route, after)})
        if before:
            found = _arriving(found, doors[step.id]) if step.id in doors else _pulled(found)
        yield found


def _doors(route: Route, before: Sequence[Member]) -> dict[str, Accepts | Component]:
    """Return the steps at which a route takes in what the routes before ship."""
    if route.accepts is not None:
        return {route.accepts.at: route.accepts}
    made = {member.route.function for member in before}
    return {component.at: component for function, component in route.components.items() if function in made}


def _door(maker: Route, taker: Route) -> str:
    """Return the name in the chain of the step at which a route takes in what another ships."""
    at = taker.accepts.at if taker.accepts is not None else taker.components[maker.function].at
    return f"{taker.name}/{at}"


def _shipped(own: Any, renamed: Any, route: Route, after: Sequence[Member]) -> Any:
    """Return the destinations of a step with what takes the product in place of `ship`."""
    doors = {_door(route, member.route): member.share for member in after}
    if isinstance(own, dict):
        found: dict[str, Value] = {}
        for place, share in renamed.items():
            found |= {door: _part(share, fixed) for door, fixed in doors.items()} if place == "ship" else {place: share}
        return found
    if own not in ("ship", ["ship"]):
        return renamed
    fixed = {door: share for door, share in doors.items() if share is not None}
    return fixed or (list(doors) if len(doors) > 1 else next(iter(doors)))


def _part(whole: Value, share: Value | None) -> Value:
    """Return a share of a share."""
    if share is None:
        return whole
    value, grade = whole.value * share.value, worst([whole.grade, share.grade])
    return replace(whole, value=value, law=Law("fixed", (value,)), low=None, high=None, grade=grade)


def _called(route: Route) -> Callable[[str], str]:
    """Return what gives the name in a chain of a step of a route."""
    names = {step.id: f"{route.name}/{step.id}" for step in route.steps}
    return lambda place: names.get(place, place)


def _dissolving(route: Route) -> str:
    """Return the step of a route that dissolves bought powder."""
    assert route.accepts is not None
    assert route.accepts.dissolved is not None
    return route.accepts.dissolved.at


def _renamed(step: Step, route: Route, names: Mapping[str, str]) -> Step:
    """Return a step with the names of the chain."""

    def to(place: str) -> str:
        return names.get(place, place)

    return step.model_copy(
        update={
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


def _arriving(step: Step, door: Accepts | Component) -> Step:
    """Return the step that takes in something bought as one that takes it from the route before."""
    kept = step.quality if step.quality is not None and step.quality.set is None else None
    store = {}
    if door.buffer is not None:
        store = {"": door.buffer}
    made = {"recipe": {}, "release": None, "quality": kept, "buffer": store}
    return step.model_copy(update=made | ({"areal_mass": None} if isinstance(door, Component) else {}))


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


def _named(routes: Sequence[Route], field: str) -> dict[str, Value]:
    """Return the numbers of all routes by `route/name`."""
    return {f"{route.name}/{name}": value for route in routes for name, value in getattr(route, field).items()}


def _tanks(routes: Sequence[Route], steps: Sequence[Step]) -> dict[str, TankSpec]:
    """Return the tanks of all routes that are still used, those of one material as one."""
    used = {name for step in steps for name in (*step.brought, *step.recover)}
    found: dict[str, TankSpec] = {}
    for route in routes:
        for name, tank in route.tanks.items():
            if name in found:
                found[name] = _merged(found[name], tank)
            elif name in used:
                found[name] = tank
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
    text, grade = f"{total:g} {one.unit}", worst([one.grade, other.grade])
    return replace(one, value=total, law=Law("fixed", (total,)), low=None, high=None, text=text, grade=grade)
