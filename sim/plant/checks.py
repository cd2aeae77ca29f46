"""Rules that a route must keep, one function each; all problems are found before anything is said.

`names` needs the catalogue only; `flows` needs the flowsheet and runs when the names are clean. What can be run and
should be doubted is in `doubts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from sim.errors import nearest
from sim.flowsheet import Flowsheet, Graph, Problem, rework_target
from sim.inputs import (
    Energy,
    Library,
    Path,
    Route,
    Section,
    Step,
    Value,
    evidence_faults,
    own_name,
    said_once,
    unknown,
    unsourced,
)
from sim.inputs import formulas as chem
from sim.plant import forming

__all__ = ["TOLERANCE", "balance", "flows", "names", "parts", "sources", "sums"]

TOLERANCE = 1e-9
Rule = Callable[[Route, Library], Iterator[Problem]]


def names(route: Route, library: Library) -> list[Problem]:
    """Return every name that no file of the catalogue knows, every sum that does not add up, every idle setting."""
    rules: tuple[Rule, ...] = (
        _materials, _entries, _purges, sources, _equations, _reaction_heat, _splits, _recoveries, _tanks, _places,
        _waits, _times, _settings, _buffers, _accepts, _components, _formed,
    )  # fmt: skip
    found = list(chain.from_iterable(rule(route, library) for rule in rules))
    texts = said_once(problem.text for problem in found)
    return [replace(problem, text=text) for problem, text in zip(found, texts, strict=True)]


def sums(route: Route, library: Library) -> Iterator[Problem]:
    """Yield those problems of `names` that numbers alone make where they move."""
    for rule in (_reaction_heat, _splits, _recoveries, _tanks, _buffers):
        yield from rule(route, library)


def _steps(route: Route) -> Iterator[tuple[Step, Path]]:
    for index, step in enumerate(route.steps):
        yield step, ("steps", index)


def parts(step: Step, here: Path) -> Iterator[tuple[Step | Section, Path]]:
    """Yield a step and its sections."""
    yield step, here
    for number, section in enumerate(step.sections):
        yield section, (*here, "sections", number)


def _unknown(kind: str, name: str, known: Iterable[str], *path: str | int, key: bool = True) -> Iterator[Problem]:
    if name not in known:
        yield Problem(unknown(kind, name, known), path, key=key)


def _materials(route: Route, library: Library) -> Iterator[Problem]:
    """Every material is in the catalogue, and has what its use needs."""
    known, product = library.materials, route.product
    if product.unit == "kg":
        yield from _unknown("material", product.material, known, "product", "material", key=False)
    if product.key_feed:
        yield from _unknown("material", product.key_feed, known, "product", "key_feed", key=False)
    for name in route.tanks:
        yield from _unknown("material", name, known, "tanks", name)
    for step, here in _steps(route):
        for name, path in _named(step, here):
            yield from _unknown("material", name, known, *path)
        for name, feed in step.feeds.items():
            if feed.basis not in ("", "product"):
                yield from _unknown("material", feed.basis, known, *here, "feeds", name, key=False)
        for name, path, key in forming.named(step.deposit, (*here, "deposit")) if step.deposit else ():
            yield from _unknown("material", name, known, *path, key=key)
        yield from _properties(step, library, here)


def _named(step: Step, here: Path) -> Iterator[tuple[str, Path]]:
    """Yield the materials that are keys of a step."""
    for key in ("recipe", "feeds", "dry_to", "recover", "gas"):
        yield from ((name, (*here, key, name)) for name in getattr(step, key))
    for place, fractions in step.split.items():
        yield from ((name, (*here, "split", place, name)) for name in fractions)
    for part, path in parts(step, here):
        yield from ((name, (*path, "purge", name)) for name in part.purge or ())


def _properties(step: Step, library: Library, here: Path) -> Iterator[Problem]:
    known = library.materials
    for name in step.dry_to:
        if name in known and None in (known[name].vaporisation, known[name].boiling_point, known[name].heat_capacity):
            text = f"{name} lacks boiling point, heat capacity or heat of vaporisation in the catalogue"
            yield Problem(text, (*here, "dry_to", name), key=True)
    for name, gas in step.gas.items():
        if gas.unit.startswith("m3") and name in known and known[name].density is None:
            text = f"{name} has no density in the catalogue, so give it in kg"
            yield Problem(text, (*here, "gas", name))


def _entries(route: Route, library: Library) -> Iterator[Problem]:
    """Equipment, rooms and consumables are in the catalogue."""
    for name in route.auxiliaries:
        yield from _unknown("equipment", own_name(name), library.equipment, "auxiliaries", name)
    for name, tank in route.tanks.items():
        if tank.regeneration:
            place = ("tanks", name, "regeneration", "equipment")
            yield from _unknown("equipment", tank.regeneration.equipment, library.equipment, *place, key=False)
    for step, here in _steps(route):
        seen: set[str] = set()
        for part, path in parts(step, here):
            if part.equipment != "none" or isinstance(part, Section):
                yield from _unknown("equipment", part.equipment, library.equipment, *path, "equipment", key=False)
            if part.room:
                yield from _unknown("room", part.room, library.rooms, *path, "room", key=False)
            if isinstance(part, Section) and part.id in seen:
                yield Problem(f"the section name '{part.id}' is used twice", (*path, "id"))
            seen |= {part.id} if isinstance(part, Section) else set()
        for name in step.consumables:
            yield from _unknown("consumable", name, library.consumables, *here, "consumables", name)


def _purges(route: Route, library: Library) -> Iterator[Problem]:
    """Inert gas by the hour belongs to a machine and can be metered."""
    known = library.materials
    for step, here in _steps(route):
        for part, path in parts(step, here):
            if part.purge and part.equipment == "none":
                yield Problem("'purge' is that of a machine: give its 'equipment'", (*path, "purge"), key=True)
            for name in part.purge or ():
                if name in known and known[name].density is None:
                    text = f"{name} has no density in the catalogue, so it cannot be metered"
                    yield Problem(text, (*path, "purge", name), key=True)


def sources(route: Route, library: Library) -> Iterator[Problem]:
    """Every step says where its numbers come from, every key is in the bibliography, no grade is above its source's."""
    yield from (Problem(text, path) for path, text in evidence_faults(route, library.bibliography))
    if route.source:
        return
    for step, here in _steps(route):
        if not step.source:
            yield Problem(f"'{step.id}' has no 'source' (a key of the bibliography) and no 'estimate'", (*here, "id"))
    for name, tank in route.tanks.items():
        if not tank.source:
            text = f"the tank of {name} has no 'source' (a key of the bibliography) and no 'estimate'"
            yield Problem(text, ("tanks", name), key=True)
    for path in unsourced(route):
        if path[0] not in ("steps", "tanks"):
            text = f"'{path[-1]}' has no 'source' (a key of the bibliography) and no 'estimate'"
            yield Problem(text, path, key=True)


def _equations(route: Route, library: Library) -> Iterator[Problem]:
    """Reactions parse, balance by element and name one of their reactants."""
    for step, here in _steps(route):
        for number, reaction in enumerate(step.reactions):
            path = (*here, "reactions", number)
            wrong = list(_equation_faults(reaction.equation, library))
            yield from (Problem(text, (*path, "equation")) for text in wrong)
            if any("balance" not in text for text in wrong):
                continue
            equation = chem.parse_equation(reaction.equation)
            left = list(dict.fromkeys(name for _, name in equation.left))
            if len(reaction.conversion) != 1 or next(iter(reaction.conversion)) not in left:
                found = ", ".join(reaction.conversion) or "nothing"
                text = f"'conversion' names one reactant of the equation ({', '.join(left)}), found {found}"
                yield Problem(text, (*path, "conversion"))


def _equation_faults(text: str, library: Library) -> Iterator[str]:
    """Yield what is wrong in an equation: its form, its names, or else its balance."""
    formulas = {name: material.formula for name, material in library.materials.items() if material.formula}
    try:
        equation = chem.parse_equation(text)
    except ValueError as error:
        yield str(error)
        return
    species = [name for _, name in (*equation.left, *equation.right)]
    missing = [name for name in dict.fromkeys(species) if name not in formulas]
    for name in missing:
        known = name in library.materials
        bare = f"'{name}' is no material with a formula{nearest(name, formulas)}"
        yield bare if known else unknown("material", name, library.materials)
    wrong = {} if missing else chem.imbalance(equation, formulas)
    if wrong:
        shown = ", ".join(f"{element} {count:+g}" for element, count in sorted(wrong.items()))
        yield f"the equation does not balance: left minus right is {shown}"


def _formed(route: Route, library: Library) -> Iterator[Problem]:
    """Films from vapour are made of what is dosed; presses have a charge."""
    yield from forming.problems(route, library, _equation_faults)


def _reaction_heat(route: Route, library: Library) -> Iterator[Problem]:
    """Let heat of reaction go somewhere, and come from somewhere."""
    for step, here in _steps(route):
        for number, reaction in enumerate(step.reactions):
            kj = reaction.enthalpy.value if reaction.enthalpy is not None else 0.0
            if kj < 0.0 and not any(part.cooling for part in step.parts):
                text = "the reaction sets heat free: give the step 'cooling' and the temperature 'at' which it acts"
                yield Problem(text, (*here, "reactions", number, "enthalpy"))
            if kj > 0.0 and not any(part.heat for part in step.parts):
                yield Problem(
                    "the reaction takes up heat: give the step 'heat'", (*here, "reactions", number, "enthalpy")
                )


def _splits(route: Route, library: Library) -> Iterator[Problem]:
    """No more of a species leaves than there is."""
    for step, here in _steps(route):
        total: dict[str, float] = {}
        last: dict[str, str] = {}
        for place, fractions in step.split.items():
            for name, share in fractions.items():
                total[name] = total.get(name, 0.0) + share.value
                last[name] = place
        for name, leaving in total.items():
            if leaving > 1.0 + TOLERANCE:
                text = f"the fractions of {name} that leave add up to {leaving:.6g}, more than 1"
                yield Problem(text, (*here, "split", last[name], name))
        if isinstance(step.next, dict):
            shares = sum(share.value for share in step.next.values())
            if abs(shares - 1.0) > TOLERANCE:
                yield Problem(f"the shares of 'next' add up to {shares:.6g}, not 1", (*here, "next"))


def _recoveries(route: Route, library: Library) -> Iterator[Problem]:
    """Let the exits of an evaporated solvent add to 1; recover only what is dried off."""
    for step, here in _steps(route):
        residual = sum(share.value for share in step.dry_to.values())
        if residual >= 1.0 - TOLERANCE:
            yield Problem(f"the residuals add up to {residual:.6g}: nothing else would be left", (*here, "dry_to"))
        for name, exits in step.recover.items():
            path = (*here, "recover", name)
            total = exits.recycle.value + exits.purge.value + exits.vent.value
            if abs(total - 1.0) > TOLERANCE:
                yield Problem(f"recycle, purge and vent of {name} add up to {total:.6g}, not 1", path)
            if name not in step.dry_to:
                yield Problem(f"{name} is not dried off here: give its residual in 'dry_to'", path, key=True)
            if exits.recycle.value > 0.0 and name not in route.tanks:
                text = f"{name} is recycled, but the route has no tank for it{nearest(name, route.tanks)}"
                yield Problem(text, (*path, "recycle"))


def _tanks(route: Route, library: Library) -> Iterator[Problem]:
    """Tanks hold their first fill, and condensers have something to condense."""
    for name, tank in route.tanks.items():
        if tank.initial.value > tank.capacity.value:
            text = f"the first fill of {tank.initial.text} is more than the tank holds, {tank.capacity.text}"
            yield Problem(text, ("tanks", name, "initial"))
    for step, here in _steps(route):
        for part, path in parts(step, here):
            if part.condense is not None and not step.dry_to:
                text = "nothing evaporates here that could be condensed: give 'dry_to'"
                yield Problem(text, (*path, "condense"), key=True)


def _places(route: Route, library: Library) -> Iterator[Problem]:
    """Shared places are declared, and there are enough of them for one operation."""
    if "operators" in route.places:
        text = "operators are counted by the program; call the place something else"
        yield Problem(text, ("places", "operators"), key=True)
    for step, here in _steps(route):
        for name, number in step.resources.items():
            there = route.places.get(name)
            if there is None:
                text = f"unknown place '{name}'{nearest(name, route.places)}; places are declared at the top"
                yield Problem(text, (*here, "resources", name), key=True)
            elif number > there:
                yield Problem(f"needs {number} of '{name}', and there are {there}", (*here, "resources", name))


def _waits(route: Route, library: Library) -> Iterator[Problem]:
    """Only what gathers a charge can wait for one."""
    for step, here in _steps(route):
        if step.start_after is not None and step.batch is None:
            text = "a step without 'batch' takes one lot at a time and waits for no charge"
            yield Problem(text, (*here, "start_after"), key=True)


def _times(route: Route, library: Library) -> Iterator[Problem]:
    """Let every step say in one way how long it takes."""
    for step, here in _steps(route):
        given = [name for name in forming.WAYS if getattr(step, name) is not None]
        if len(given) > 1 and given != ["dose", "duration"]:
            text = f"both {given[0]} and {given[1]} say how long it takes; give one of them"
            yield Problem(text, (*here, given[1]), key=True)
        if not given:
            text = f"how long does '{step.id}' take? give one of duration, rate, speed with width, "
            text += "dose with power, deposit, or press"
            yield Problem(text, (*here, "id"))
        if step.dose is not None and step.power is None:
            yield Problem("'dose' needs the machine's 'power': E = P t / m", (*here, "dose"), key=True)
        if step.speed is not None and step.width is None:
            yield Problem("'speed' needs the 'width' of the web", (*here, "speed"), key=True)


def _settings(route: Route, library: Library) -> Iterator[Problem]:
    """No setting is without effect."""
    for step, here in _steps(route):
        needs = (
            ("slots", "pitch", step.slots > 1 and step.pitch is None),
            ("pitch", "slots", step.pitch is not None and step.slots == 1),
            ("min_batch", "batch", step.min_batch is not None and step.batch is None),
            ("regrind", "yield", step.regrind is not None and step.yield_ is None),
        )
        for name, other, lacks in needs:
            if lacks:
                yield Problem(f"'{name}' needs '{other}'", (*here, name), key=True)
        for phase in step.operators:
            if phase not in ("", "run", *step.phases):
                text = f"there is no phase '{phase}': give its duration in 'phases'"
                yield Problem(text, (*here, "operators", phase), key=True)
        if step.release is not None and not step.recipe:
            yield Problem("only a first step, one with a recipe, is released", (*here, "release"), key=True)
        if step.release is not None:
            yield from _release(step, (*here, "release"))
        if step.inspect is not None and step.inspect.error is not None and step.inspect.limit is None:
            text = "an error of measurement needs the 'limit' of what is measured"
            yield Problem(text, (*here, "inspect", "error"), key=True)


def _release(step: Step, here: Path) -> Iterator[Problem]:
    rule = step.release
    assert rule is not None
    if rule.interval is not None and rule.rate is not None:
        yield Problem("give one of 'interval' and 'rate'", (*here, "rate"), key=True)
    for name in ("interval", "rate"):
        if rule.at == name and getattr(rule, name) is None:
            yield Problem(f"give the '{name}' itself", (*here, "at"))
        if rule.at != name and getattr(rule, name) is not None and "at" in rule.model_fields_set:
            yield Problem(f"'{name}' is given, so 'at' is '{name}', found '{rule.at}'", (*here, "at"))


def _buffers(route: Route, library: Library) -> Iterator[Problem]:
    """Buffers stand before inlets that there are."""
    for step, here in _steps(route):
        path = (*here, "buffer")
        if step.buffer and step.recipe:
            yield Problem("nothing hands to a first step, so it has no buffer", path, key=True)
        for name, buffer in step.buffer.items():
            if name and name not in step.inlets:
                allowed = [*step.inlets, "capacity", "max_wait", "decay"]
                hint = nearest(name, allowed) or f"; allowed are {', '.join(allowed)}"
                yield Problem(f"'{name}' is no inlet of '{step.id}'{hint}", (*path, name), key=True)
            capacity = buffer.capacity
            if capacity is not None and capacity.unit == "lots" and capacity.value % 1.0:
                yield Problem(f"expected a whole number of lots, found '{capacity.text}'", (*path, name))


def _components(route: Route, library: Library) -> Iterator[Problem]:
    """Let the steps that take the parts of a cell in take nothing else, and count them in m2."""
    steps = {step.id: step for step in route.steps}
    for function, component in route.components.items():
        path, step = ("components", function, "at"), steps.get(component.at)
        if step is None:
            yield Problem(f"unknown step '{component.at}'{nearest(component.at, steps)}", path)
        elif len(step.recipe) != 1 or step.feeds:
            text = f"'{step.id}' takes in {', '.join((*step.recipe, *step.feeds)) or 'nothing'}, "
            yield Problem(f"{text}expected the {function} alone, in its 'recipe'", path)
        elif step.areal_mass is None:
            yield Problem(f"'{step.id}' needs 'areal_mass': what it takes in is bought by kg and used by m2", path)
    if route.components and route.accepts:
        text = "a route takes an electrolyte ('accepts') or the parts of a cell ('components'), not both"
        yield Problem(text, ("components",), key=True)


def _accepts(route: Route, library: Library) -> Iterator[Problem]:
    """Let the steps that take electrolyte from another route be those that weigh it in when it is bought."""
    accepts = route.accepts
    if accepts is None:
        return
    steps, here = {step.id: step for step in route.steps}, ("accepts",)
    for number, name in enumerate(accepts.electrolytes):
        yield from _unknown("material", name, library.materials, *here, "electrolytes", number, key=False)
    places: list[tuple[str, Path]] = [(accepts.at, (*here, "at"))]
    if accepts.dissolved is not None:
        places.append((accepts.dissolved.at, (*here, "dissolved", "at")))
    for name, path in places:
        if name not in steps:
            yield Problem(f"unknown step '{name}'{nearest(name, steps)}", path)
        elif len(steps[name].recipe) != 1 or not set(steps[name].recipe) <= set(accepts.electrolytes):
            text = f"'{name}' weighs in {', '.join(steps[name].recipe) or 'nothing'}, "
            yield Problem(f"{text}expected one electrolyte alone: {' or '.join(accepts.electrolytes)}", path)
        elif path[-2] == "dissolved" and accepts.dissolved and accepts.dissolved.solvent not in steps[name].feeds:
            solvent = accepts.dissolved.solvent
            yield Problem(f"'{name}' feeds no {solvent} that could dissolve it", (*here, "dissolved", "solvent"))


def flows(graph: Graph, flowsheet: Flowsheet, library: Library) -> list[Problem]:
    """Return what is wrong in the streams: balances, rework, needless feeds, tanks that overflow, units."""
    rules = (_units, _product, _rework, _needless, _surplus, balance)
    return list(chain.from_iterable(rule(graph, flowsheet, library) for rule in rules))


def balance(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Elements in are elements out."""
    if not flowsheet.imbalance <= TOLERANCE:
        yield Problem(f"elements do not balance: the largest relative error is {flowsheet.imbalance:.3g}", ("steps",))


def _units(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Figures per unit, and amounts of a stream, are in the unit of that stream."""
    for index, step in enumerate(graph.route.steps):
        here: Path = ("steps", index)
        unit = flowsheet.steps[step.id].primary.stream.unit
        for value, path in chain(_per_unit(step, here), _amounts(step, here)):
            base = value.unit.removesuffix("/h")
            head = base.removesuffix(base.rpartition("/")[2])
            if base != f"{head}{unit}":
                wanted = f"{head}{unit}{value.unit.removeprefix(base)}"
                yield Problem(f"'{step.id}' puts out {unit}, so this is in {wanted}, found '{value.text}'", path)


def _per_unit(step: Step, here: Path) -> Iterator[tuple[Value, Path]]:
    """Yield what is given per unit out."""
    for part, path in parts(step, here):
        yield from _energies(part, path)
    for key in ("gas", "consumables"):
        yield from ((value, (*here, key, name)) for name, value in getattr(step, key).items())


def _energies(part: Energy, path: Path) -> Iterator[tuple[Value, Path]]:
    if part.energy is not None:
        yield part.energy, (*path, "energy")
    if part.heat is not None:
        for name in ("extra", "electricity"):
            value = getattr(part.heat, name)
            if value is not None:
                yield value, (*path, "heat", name)


def _amounts(step: Step, here: Path) -> Iterator[tuple[Value, Path]]:
    """Yield amounts of the stream out."""
    if step.lot is not None:
        yield step.lot, (*here, "lot")
    for number, loss in enumerate(step.loss):
        if loss.amount.unit != "m":
            yield loss.amount, (*here, "loss", number, "amount")
    for number, mode in enumerate(step.failures or []):
        if mode.after.unit in ("kg", "m2"):
            yield mode.after, (*here, "failures", number, "after")
    if step.release is not None and step.release.rate is not None:
        yield step.release.rate, (*here, "release", "rate")


def _product(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Ship the product, in its unit; hand on a solution that is one."""
    product = graph.route.product
    for index, step in enumerate(graph.route.steps):
        own = graph.segment(step.id)
        for outlet in flowsheet.steps[step.id].outlets:
            if not graph.delivers(step.id, outlet.places[0]):
                continue
            there, ships = outlet.stream.kg_per_unit, outlet.places[0] == "ship"
            if outlet.stream.unit != own.unit:
                text = f"the product is counted in {own.unit}, but '{step.id}' ships {outlet.stream.unit}"
                yield Problem(text, ("steps", index, "id"))
            elif own.unit == "kg" and not there.get(own.material):
                text = f"there is no {own.material} in what '{step.id}' {'ships' if ships else 'hands on'}"
                yield Problem(text, ("product", "material") if ships else ("steps", index, "id"))
            elif own.solvent and there.get(own.solvent, 0.0) < 0.5:
                share = there.get(own.solvent, 0.0)
                text = f"what '{step.id}' hands on is no solution: {own.solvent} is {share:.2g} of it, less than half"
                yield Problem(text, ("steps", index, "id"))
    fed = {name for flow in flowsheet.steps.values() for name in flow.feeds}
    if product.key_feed and product.key_feed not in fed:
        yield Problem(f"no step feeds {product.key_feed}{nearest(product.key_feed, fed)}", ("product", "key_feed"))


def _rework(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Lots go back only to a step that expects their very composition."""
    for index, step in enumerate(graph.route.steps):
        target = rework_target(step.inspect) if step.inspect else None
        if target is None:
            continue
        here = flowsheet.steps[step.id].primary.stream
        there = flowsheet.steps[target].inlet
        path = ("steps", index, "inspect", "fail")
        if graph.is_source(target):
            yield Problem(f"'{target}' weighs in a recipe and takes no lots back", path)
            continue
        materials = sorted(set(here.kg_per_unit) | set(there.kg_per_unit))
        differ = [n for n in materials if abs(here.kg_per_unit.get(n, 0.0) - there.kg_per_unit.get(n, 0.0)) > TOLERANCE]
        if differ or here.unit != there.unit:
            text = (
                f"rework to '{target}' would go back past a change of composition ({', '.join(differ) or 'unit'}): "
                "draw it as a step of its own"
            )
            yield Problem(text, path)


def _needless(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Let every feed react, be dried off, or be part of the product."""
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
                    yield Problem(text, ("steps", index, key, name), key=True)


def _surplus(graph: Graph, flowsheet: Flowsheet, library: Library) -> Iterator[Problem]:
    """Tanks get back no more than is drawn from them, unless overflow may go to waste."""
    for name, tank in graph.route.tanks.items():
        drawn = sum(flow.drawn.get(name, 0.0) * flow.expected for flow in flowsheet.steps.values())
        back = sum(flow.recovered.get(name, 0.0) * flow.expected for flow in flowsheet.steps.values())
        if back > drawn * (1.0 + TOLERANCE) and tank.on_full == "block":
            text = (
                f"more {name} is recovered than used ({back:.4g} against {drawn:.4g} kg per unit): the tank would block"
            )
            yield Problem(text, ("tanks", name), key=True)
        if drawn == 0.0:
            yield Problem(f"nobody draws from the tank of {name}", ("tanks", name), key=True)
