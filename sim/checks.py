"""Rules that a route must keep, one function each; all problems are found before anything is said.

`names` needs the catalogue only, `flows` the flowsheet, `plans` the sizes: each runs when the one before is clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from sim import chem
from sim.errors import nearest
from sim.flowsheet import Flowsheet
from sim.graph import Graph, Problem, rework_target
from sim.library import Library
from sim.quantity import ESTIMATE, Value
from sim.sizing import Sizing, size_sections
from sim.spec import Route, Sourced, Step
from sim import units

__all__ = ["balance", "doubts", "flows", "names", "sources"]

TOLERANCE = 1e-9
Rule = Callable[[Route, Library], Iterator[Problem]]


def names(route: Route, library: Library) -> list[Problem]:
    """Return every name that no file of the catalogue knows, and every sum that does not add up."""
    rules: tuple[Rule, ...] = (_materials, _entries, sources, _equations, _splits, _recoveries, _web)
    return list(chain.from_iterable(rule(route, library) for rule in rules))


def _steps(route: Route) -> Iterator[tuple[Step, tuple[str | int, ...]]]:
    for index, step in enumerate(route.steps):
        yield step, ("steps", index)


def _materials(route: Route, library: Library) -> Iterator[Problem]:
    """Every material is in the catalogue, and has what its use needs."""
    known = library.materials

    def unknown(name: str, *path: str | int) -> Iterator[Problem]:
        if name not in known:
            yield Problem(f"unknown material '{name}'{nearest(name, known)}", path)

    for name in route.tanks:
        yield from unknown(name, "tanks", name)
    for step, here in _steps(route):
        for key in ("recipe", "feeds", "dry_to", "recover", "gas"):
            for name in getattr(step, key):
                yield from unknown(name, *here, key, name)
        for name, feed in step.feeds.items():
            if feed.basis not in ("", "product"):
                yield from unknown(feed.basis, *here, "feeds", name)
        for place, fractions in step.split.items():
            for name in fractions:
                yield from unknown(name, *here, "split", place, name)
        for name in step.dry_to:
            if name in known and (known[name].vaporisation is None or known[name].boiling_point is None):
                text = f"{name} has no boiling point or heat of vaporisation in the catalogue"
                yield Problem(text, (*here, "dry_to", name))


def _entries(route: Route, library: Library) -> Iterator[Problem]:
    """Equipment, rooms and consumables are in the catalogue."""
    for name in route.auxiliaries:
        if name not in library.equipment:
            yield Problem(f"unknown equipment '{name}'{nearest(name, library.equipment)}", ("auxiliaries", name))
    for name, tank in route.tanks.items():
        entry = tank.regeneration.equipment if tank.regeneration else None
        if entry is not None and entry not in library.equipment:
            path = ("tanks", name, "regeneration", "equipment")
            yield Problem(f"unknown equipment '{entry}'{nearest(entry, library.equipment)}", path)
    for step, here in _steps(route):
        parts = [(step, here), *((part, (*here, "sections", i)) for i, part in enumerate(step.sections))]
        for part, path in parts:
            if part.equipment not in library.equipment and part.equipment != "none":
                text = f"unknown equipment '{part.equipment}'{nearest(part.equipment, library.equipment)}"
                yield Problem(text, (*path, "equipment"))
            if part.room and part.room not in library.rooms:
                yield Problem(f"unknown room '{part.room}'{nearest(part.room, library.rooms)}", (*path, "room"))
        for name in step.consumables:
            if name not in library.consumables:
                text = f"unknown consumable '{name}'{nearest(name, library.consumables)}"
                yield Problem(text, (*here, "consumables", name))


def sources(route: Route, library: Library) -> Iterator[Problem]:
    """Every step says where its numbers come from, and every key is in the bibliography."""
    known = library.bibliography

    def cited(item: Sourced, *path: str | int) -> Iterator[Problem]:
        yield from _unknown_source(item.source, known, (*path, "source"))
        for name in type(item).model_fields:
            for value, place in _values(getattr(item, name), (*path, _alias(item, name))):
                yield from _unknown_source(value.source, known, (*place, "source"))

    yield from cited(route)
    for step, here in _steps(route):
        if not (step.source or route.source):
            yield Problem(f"'{step.id}' has no 'source' (a key of the bibliography) and no 'estimate'", (*here, "id"))
        yield from cited(step, *here)
        for number, section in enumerate(step.sections):
            yield from cited(section, *here, "sections", number)


def _alias(item: Sourced, name: str) -> str:
    return type(item).model_fields[name].alias or name


def _values(item: object, path: tuple[str | int, ...]) -> Iterator[tuple[Value, tuple[str | int, ...]]]:
    if isinstance(item, Value):
        yield item, path
    elif isinstance(item, Mapping):
        for key, inner in item.items():
            yield from _values(inner, (*path, key))


def _unknown_source(source: str, known: Mapping[str, object], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if source and not source.startswith(ESTIMATE) and source not in known:
        yield Problem(f"unknown source '{source}'{nearest(source, known)}; a guess is written 'estimate: reason'", path)


def _equations(route: Route, library: Library) -> Iterator[Problem]:
    """Reactions parse, balance by element and name one of their reactants."""
    formulas = {name: material.formula for name, material in library.materials.items() if material.formula}
    for step, here in _steps(route):
        for number, reaction in enumerate(step.reactions):
            path = (*here, "reactions", number)
            try:
                equation = chem.parse_equation(reaction.equation)
            except ValueError as error:
                yield Problem(str(error), (*path, "equation"))
                continue
            species = [name for _, name in (*equation.left, *equation.right)]
            missing = [name for name in species if name not in formulas]
            for name in missing:
                text = f"'{name}' is no material with a formula{nearest(name, formulas)}"
                yield Problem(text, (*path, "equation"))
            if not missing:
                wrong = chem.imbalance(equation, formulas)
                if wrong:
                    shown = ", ".join(f"{element} {count:+g}" for element, count in sorted(wrong.items()))
                    text = f"the equation does not balance: left minus right is {shown}"
                    yield Problem(text, (*path, "equation"))
            left = [name for _, name in equation.left]
            if len(reaction.conversion) != 1 or next(iter(reaction.conversion)) not in left:
                text = f"'conversion' names one reactant of the equation: {', '.join(left)}"
                yield Problem(text, (*path, "conversion"))


def _splits(route: Route, library: Library) -> Iterator[Problem]:
    """No more of a species leaves than there is."""
    for step, here in _steps(route):
        total: dict[str, float] = {}
        for fractions in step.split.values():
            for name, share in fractions.items():
                total[name] = total.get(name, 0.0) + share.value
        for name, share in total.items():
            if share > 1.0 + TOLERANCE:
                yield Problem(f"the fractions of {name} add up to {share:.6g}, more than 1", (*here, "split"))
        if isinstance(step.next, dict) and abs(sum(v.value for v in step.next.values()) - 1.0) > TOLERANCE:
            shown = sum(v.value for v in step.next.values())
            yield Problem(f"the shares of 'next' add up to {shown:.6g}, not 1", (*here, "next"))


def _recoveries(route: Route, library: Library) -> Iterator[Problem]:
    """The exits of an evaporated solvent add to 1; only what is dried off can be recovered."""
    for step, here in _steps(route):
        for name, exits in step.recover.items():
            total = exits.recycle.value + exits.purge.value + exits.vent.value
            if abs(total - 1.0) > TOLERANCE:
                text = f"recycle, purge and vent of {name} add up to {total:.6g}, not 1"
                yield Problem(text, (*here, "recover", name))
            if name not in step.dry_to:
                yield Problem(f"{name} is not dried off here: give its residual in 'dry_to'", (*here, "recover", name))
            if exits.recycle.value > 0.0 and name not in route.tanks:
                text = f"{name} is recycled, but the route has no tank for it{nearest(name, route.tanks)}"
                yield Problem(text, (*here, "recover", name))


def _web(route: Route, library: Library) -> Iterator[Problem]:
    """The product is counted in the unit that it ships in; gas and loss units fit."""
    for step, here in _steps(route):
        for name in step.resources:
            if name not in route.places:
                text = f"unknown place '{name}'{nearest(name, route.places)}; places are declared at the top"
                yield Problem(text, (*here, "resources", name))
        if step.slots > 1 and step.pitch is None:
            yield Problem("a machine with 'slots' needs the 'pitch' between two starts", (*here, "slots"))


def flows(graph: Graph, flowsheet: Flowsheet, library: Library) -> list[Problem]:
    """Return what is wrong in the streams: balances, rework, needless feeds, tanks that overflow, units."""
    rules = (_units, _rework, _needless, _surplus, balance)
    return list(chain.from_iterable(rule(graph, flowsheet, library) for rule in rules))


def balance(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Elements in are elements out."""
    if flowsheet.imbalance > TOLERANCE:
        yield Problem(f"elements do not balance: the largest relative error is {flowsheet.imbalance:.3g}", ("steps",))


def _units(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    product = graph.route.product
    for index, step in enumerate(graph.route.steps):
        for outlet in flowsheet.steps[step.id].outlets:
            if outlet.places[0] == "ship" and outlet.stream.unit != product.unit:
                text = f"the product is counted in {product.unit}, but '{step.id}' ships {outlet.stream.unit}"
                yield Problem(text, ("steps", index, "id"))


def _rework(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Lots go back only to a step that expects their very composition."""
    for index, step in enumerate(graph.route.steps):
        target = rework_target(step.inspect) if step.inspect else None
        if target is None:
            continue
        here = flowsheet.steps[step.id].primary.stream
        there = flowsheet.steps[target].inlet
        names = sorted(set(here.kg_per_unit) | set(there.kg_per_unit))
        differ = [n for n in names if abs(here.kg_per_unit.get(n, 0.0) - there.kg_per_unit.get(n, 0.0)) > TOLERANCE]
        if differ or here.unit != there.unit:
            text = (
                f"rework to '{target}' would go back past a change of composition ({', '.join(differ) or 'unit'}): "
                "draw it as a step of its own"
            )
            yield Problem(text, ("steps", index, "inspect", "fail"))


def _needless(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """A feed reacts, is dried off, or is part of the product."""
    used: set[str] = set()
    for step in graph.route.steps:
        used |= set(step.dry_to)
        for reaction in step.reactions:
            used |= {name for _, name in chem.parse_equation(reaction.equation).left}
        for outlet in flowsheet.steps[step.id].outlets:
            if outlet.places[0] == "ship":
                used |= {name for name, kg in outlet.stream.kg_per_unit.items() if kg > 0.0}
    for index, step in enumerate(graph.route.steps):
        for key in ("recipe", "feeds"):
            for name in getattr(step, key):
                if name not in used:
                    text = f"nobody needs the feed {name}: it does not react, is not dried off and not in the product"
                    yield Problem(text, ("steps", index, key, name))


def _surplus(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """A tank gets back no more than is drawn from it, unless overflow may go to waste."""
    for name, tank in graph.route.tanks.items():
        drawn = sum(flow.drawn.get(name, 0.0) * flow.expected for flow in flowsheet.steps.values())
        back = sum(flow.recovered.get(name, 0.0) * flow.expected for flow in flowsheet.steps.values())
        if back > drawn * (1.0 + TOLERANCE) and tank.on_full == "block":
            text = f"more {name} is recovered than used ({back:.4g} against {drawn:.4g} kg per unit): the tank would block"
            yield Problem(text, ("tanks", name))
        if drawn == 0.0:
            yield Problem(f"nobody draws from the tank of {name}", ("tanks", name))


def doubts(graph: Graph, flowsheet: Flowsheet, library: Library, sizing: Sizing) -> Iterator[Problem]:
    """Yield what can be run but should be doubted: sizes out of range, overfull vessels, dissolved cakes, old prices."""
    for index, step in enumerate(graph.route.steps):
        here = ("steps", index)
        yield from _size_doubts(step, library, sizing, here)
        for place, fractions in step.split.items():
            present = [m for m in flowsheet.steps[step.id].charge_kg if library.materials[m].phase == "liquid"]
            for name, share in fractions.items():
                solvents = [s for s in library.materials[name].soluble_in if s in present]
                if solvents and share.value > 0.5 and place != "emission":
                    text = f"{step.id}: {name} is soluble in {solvents[0]}, yet {share.value:.0%} of it leaves to {place}"
                    yield Problem(text, (*here, "split", place))


def _size_doubts(step: Step, library: Library, sizing: Sizing, here: tuple[str | int, ...]) -> Iterator[Problem]:
    size = sizing.steps[step.id]
    for section, (value, unit, entry) in size_sections(step, library, size).items():
        label = f"{step.id}{'.' if section else ''}{section}"
        low, high = (units.parse(text, unit) for text in entry.sizes)
        if not low * (1.0 - TOLERANCE) <= value <= high * (1.0 + TOLERANCE):
            text = f"{label}: {value:.4g} {unit} is outside the range of its price, {low:.4g} to {high:.4g} {unit}"
            yield Problem(text, (*here, "size"))
        if unit == "m3" and not section:
            room = value * (entry.fill.value if entry.fill else 1.0)
            if size.volume_m3 > room * (1.0 + TOLERANCE):
                text = f"{label}: a charge of {size.volume_m3:.3g} m3 does not fit into {room:.3g} m3 of working volume"
                yield Problem(text, (*here, "batch" if step.batch else "id"))
