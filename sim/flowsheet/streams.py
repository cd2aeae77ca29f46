"""The flowsheet: what is in every stream, from one forward pass through balanced chemistry.

All figures are per unit (kg or m2) of a step's primary inlet, or of the weighed-in mix for a first step.
Nothing here knows how fast or how often; the simulation counts units, and the roll-up multiplies.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from sim.flowsheet import forks
from sim.flowsheet.deposition import Film, film_of
from sim.flowsheet.graph import Edge, Graph
from sim.flowsheet.heat import Charge, Duty, duties
from sim.inputs import Library, Reaction, Route, Step, Value, samples
from sim.inputs import formulas as chem

__all__ = [
    "Flowsheet",
    "FlowsheetError",
    "OutletFlow",
    "Side",
    "StepFlow",
    "Stream",
    "balance_errors",
    "element_flows",
    "expected_flows",
    "solve",
]

Direction = Literal["waste", "by_product", "emission"]

SETTLED = 1e-13
"""Change of the product per unit from pass to pass with which the passes end, of what is above 1 relative [1]."""

_Row = list[float]
"""One equation between the amounts of all steps: their factors."""


class FlowsheetError(ValueError):
    """A step's chemistry cannot be worked out; carries where in the step the cause stands.

    Several at once come as an ``ExceptionGroup``.
    """

    def __init__(self, text: str, step: str, *where: str | int) -> None:
        super().__init__(text, step, *where)

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Stream:
    """Composition of a stream."""

    unit: str
    """Unit of its amounts, `kg` or `m2`."""
    kg_per_unit: Mapping[str, float]
    """Mass of each material per unit; adds up to 1 for a stream in kg [kg/unit]."""


@dataclass(frozen=True, slots=True)
class OutletFlow:
    """One stream out of a step."""

    places: tuple[str, ...]
    """Steps (first with room) or `ship`, `waste`, `by_product`."""
    stream: Stream
    factor: float
    """Units of this stream per unit of primary inlet [unit/unit]."""


@dataclass(frozen=True, slots=True)
class Side:
    """Material that leaves the plant from a step without being a stream to another."""

    material: str
    direction: Direction
    kg: float
    """Per unit of primary inlet [kg/unit]."""


@dataclass(frozen=True, slots=True)
class StepFlow:
    """All that one unit of primary inlet means in one step."""

    step: str
    inlet: Stream
    charge_kg: Mapping[str, float]
    """What is in the vessel after feeds, before reactions [kg/unit]."""
    feeds: Mapping[str, float]
    """Materials brought in, impurities apart, tank draws and gases included [kg/unit]."""
    drawn: Mapping[str, float]
    """Part of the feeds that comes from tanks [kg/unit]."""
    recovered: Mapping[str, float]
    """Returned to tanks [kg/unit]."""
    sides: tuple[Side, ...]
    outlets: tuple[OutletFlow, ...]
    evaporated: Mapping[str, float]
    """Dried off, recovered or not [kg/unit]."""
    duties: tuple[Duty, ...]
    run_units: float
    """Units of the primary outlet that the machine handles per unit of inlet, before its own yield, what returns
    from regrinding counted again [unit/unit]."""
    product_per_unit: float = 0.0
    """Units of its own route's product that one unit of primary inlet becomes, events and rejects apart [unit/unit]."""
    expected: float = 0.0
    """Units of primary inlet per unit of shipped product, with expected rejects and rework [unit/unit]."""

    @property
    def primary(self) -> OutletFlow:
        """The outlet that carries the lots on."""
        return self.outlets[0]


@dataclass(frozen=True, slots=True)
class Flowsheet:
    """All streams of one route or chain."""

    route: str
    unit: str
    steps: Mapping[str, StepFlow]
    forked: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Expected units that a step hands to each of several others, by step and place, per unit shipped [unit/unit]."""
    imbalance: float = field(default=0.0)
    """Largest relative violation of an element balance over all steps [1]."""


@dataclass(slots=True)
class _Vessel:
    """Working state of one step: masses per unit of primary inlet [kg/unit]."""

    step: Step
    library: Library
    tanks: frozenset[str]
    known: frozenset[str]
    """Materials that may be here, if only in the amount 0: what has been brought in or made on the way."""
    kg: dict[str, float] = field(default_factory=dict)
    feeds: dict[str, float] = field(default_factory=dict)
    drawn: dict[str, float] = field(default_factory=dict)
    recovered: dict[str, float] = field(default_factory=dict)
    evaporated: dict[str, float] = field(default_factory=dict)
    sides: list[Side] = field(default_factory=list)
    exotherm_kj: float = 0.0
    endotherm_kj: float = 0.0

    def add(self, material: str, kg: float, *, into: bool = True) -> None:
        """Bring a material in, with the impurities of its assay."""
        assay = self.library.materials[material].assay
        purity = assay[material].value if material in assay else 1.0
        for part, share in ({name: item.value for name, item in assay.items()} or {material: 1.0}).items():
            amount = kg / purity * share
            if into:
                self.known |= {part}
                self.kg[part] = self.kg.get(part, 0.0) + amount
            # An impurity enters under its own name: the purchase is priced by the pure material's share.
            self.feeds[part] = self.feeds.get(part, 0.0) + amount
            if part == material and material in self.tanks:
                self.drawn[part] = self.drawn.get(part, 0.0) + amount

    def leave(self, material: str, direction: Direction, kg: float) -> None:
        """Let a material leave the plant."""
        if samples.largest(kg) > 0.0:
            self.sides.append(Side(material, direction, kg))

    @property
    def total_kg(self) -> float:
        return sum(self.kg.values())


def solve(route: Route, library: Library, graph: Graph, *, near: Flowsheet | None = None) -> Flowsheet:
    """Work out every stream of *route*.

    Parameters
    ----------
    route, library, graph
        The route, the catalogue with all names resolved, and the route's steps in order of flow.
    near : Flowsheet or None, default=None
        Streams of nearly the same route; the passes begin there and are fewer.

    Returns
    -------
    Flowsheet
        Streams per unit of primary inlet, and the expected flow through each step per unit shipped.

    Raises
    ------
    FlowsheetError
        If a reaction lacks its reactant, streams that are pooled differ, or merge ratios cannot be met.

    Notes
    -----
    Feeds given per kg of final product need to know what a unit becomes downstream, so the forward pass is
    repeated until the product per unit no longer moves; two or three passes do.
    """
    products = {step.id: near.steps[step.id].product_per_unit if near else 1.0 for step in route.steps}
    circular = any(feed.basis == "product" for step in route.steps for feed in step.feeds.values())
    moved = math.inf
    for _ in range(60):
        flows = _forward(route, library, graph, products)
        found = _products(graph, flows)
        changes = (abs(found[name] - products[name]) / samples.highest(1.0, found[name]) for name in found)
        moved = samples.lowest(moved, samples.highest(*changes))
        products = found
        if not circular or samples.largest(moved) < SETTLED:
            break
    else:
        if moved >= SETTLED:
            text = "feeds per kg of product grow without end: less product comes out the more is fed"
            raise FlowsheetError(text, graph.order[0], "id")
    expected, forked = expected_flows(graph, flows)
    steps = {
        name: replace(flow, product_per_unit=products[name], expected=expected[name]) for name, flow in flows.items()
    }
    worst = max(balance_errors(flow, library, graph) for flow in steps.values())
    return Flowsheet(route.name, route.product.unit, steps, forked, worst)


def passed(route: Route, library: Library, graph: Graph, without: Collection[str]) -> Mapping[str, StepFlow]:
    """Work out the streams of a route as far as some of its steps, of which too little is known, let one see.

    Feeds given per kg of product are not to be trusted here, so the steps that have such belong to *without*.

    Raises
    ------
    FlowsheetError
        As `solve`, each error once.
    """
    return _forward(route, library, graph, dict.fromkeys(graph.order, 1.0), without)


def _forward(
    route: Route, library: Library, graph: Graph, products: Mapping[str, float], without: Collection[str] = ()
) -> dict[str, StepFlow]:
    """Go through all steps in order; steps behind one that cannot be worked out are left out."""
    flows: dict[str, StepFlow] = {}
    possible: dict[str, frozenset[str]] = {}
    errors: list[FlowsheetError] = []
    for name in graph.order:
        step, sources = graph.steps[name], [edge.source for edge in graph.into(name)]
        if name in without or any(source not in flows for source in sources):
            continue
        try:
            inlet = _inlet(step, library, graph, flows)
            brought = frozenset(inlet.kg_per_unit).union(*(possible[source] for source in sources))
            vessel = _Vessel(step, library, frozenset(route.tanks), brought)
            vessel.kg |= {} if graph.is_source(name) else inlet.kg_per_unit
            flows[name] = _through(step, graph, vessel, inlet, graph.segment(name).unit, products[name])
            possible[name] = vessel.known
        except FlowsheetError as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("streams", errors)
    return flows


def _inlet(step: Step, library: Library, graph: Graph, flows: Mapping[str, StepFlow]) -> Stream:
    """Return the stream per unit of primary inlet, with the shares of merged inlets."""
    if graph.is_source(step.id):
        return Stream("kg", _recipe(step, library))
    total: dict[str, float] = {}
    unit = ""
    for group in graph.inlets(step.id):
        stream = _pooled(step, group.edges, flows)
        unit = unit or stream.unit
        source = group.edges[0].source
        given, wanted = step.inlets.get(source), "1" if stream.unit == unit else f"{stream.unit}/{unit}"
        if given is not None and given.unit != wanted:
            text = f"'{source}' hands on {stream.unit} and the first inlet counts {unit}, so this is "
            text += f"{'a bare number' if wanted == '1' else f'in {wanted}'}, found '{given.text}'"
            raise FlowsheetError(text, step.id, "inlets", source)
        for material, kg in stream.kg_per_unit.items():
            total[material] = total.get(material, 0.0) + kg * group.ratio
    return Stream(unit, total)


def _recipe(step: Step, library: Library) -> dict[str, float]:
    """Return mass fractions of a weighed-in mix of pure materials [kg/kg]."""
    masses: dict[str, float] = {}
    for material, amount in step.recipe.items():
        formula = library.materials[material].formula
        if amount.unit == "mol" and not formula:
            raise FlowsheetError(
                f"{material} has no formula, so its amount cannot be in mol", step.id, "recipe", material
            )
        masses[material] = amount.value * (chem.molar_mass(formula) if amount.unit == "mol" else 1.0)
    total = sum(masses.values())
    if not total:
        raise FlowsheetError("nothing comes in: a first step needs a 'recipe'", step.id)
    return {material: kg / total for material, kg in masses.items()}


def _pooled(step: Step, edges: Iterable[Edge], flows: Mapping[str, StepFlow]) -> Stream:
    """Return the one stream that several producers share; they must agree in composition."""
    streams = [(edge.source, flows[edge.source].outlets[edge.outlet].stream) for edge in edges]
    first_name, first = streams[0]
    for name, stream in streams[1:]:
        difference = _difference(first, stream)
        if stream.unit != first.unit or difference:
            raise FlowsheetError(
                f"the streams from '{first_name}' and '{name}' differ in {difference or 'unit'}; "
                "only equal streams may share an inlet, others are merged through 'inlets'",
                step.id,
                "id",
            )
    return first


def _difference(one: Stream, other: Stream) -> str:
    names = set(one.kg_per_unit) | set(other.kg_per_unit)
    found = [n for n in names if abs(one.kg_per_unit.get(n, 0.0) - other.kg_per_unit.get(n, 0.0)) > 1e-9]
    return ", ".join(sorted(found))


def _through(step: Step, graph: Graph, vessel: _Vessel, inlet: Stream, counted: str, product: float) -> StepFlow:
    """Take one unit of inlet through a step: feeds, reactions, splits, drying, web, yield."""
    if graph.is_source(step.id):
        for material, share in inlet.kg_per_unit.items():
            vessel.add(material, share)
    whole = vessel.total_kg
    web_feeds: dict[str, float] = {}
    for material, feed in step.feeds.items():
        if feed.unit == "kg/m2" and step.areal_mass is not None:
            web_feeds[material] = feed.value
        else:
            vessel.add(material, _fed(vessel, inlet, material, feed, whole, (counted, product)))
    film = _sources(vessel, inlet)
    charge = dict(vessel.kg)
    for number, reaction in enumerate(step.reactions):
        _react(vessel, reaction, number)
    if film is not None:
        _grow(vessel, film)
    branches = _split(vessel)
    _dry(vessel)
    unit, amount = _counted(vessel, inlet, web_feeds)
    net, passes = _apply_yield(vessel)
    handled = amount * passes
    amount *= net
    energy = Charge(charge, vessel.evaporated, vessel.exotherm_kj, vessel.endotherm_kj, handled)
    main = Stream(unit, {m: kg / amount for m, kg in vessel.kg.items()})
    _purge(vessel, amount)
    outlets = [OutletFlow(places, main, amount * share) for places, share in graph.main_outlets(step.id)]
    outlets += [_branch(step, place, kg) for place, kg in branches.items()]
    return StepFlow(
        step=step.id,
        inlet=inlet,
        charge_kg=charge,
        feeds=vessel.feeds,
        drawn=vessel.drawn,
        recovered=vessel.recovered,
        sides=tuple(vessel.sides),
        outlets=tuple(outlets),
        duties=tuple(duties(step, energy, vessel.library)),
        evaporated=vessel.evaporated,
        run_units=handled,
    )


def _counted(vessel: _Vessel, inlet: Stream, web_feeds: Mapping[str, float]) -> tuple[str, float]:
    """Return (unit, amount) of what goes on per unit of inlet; a coating becomes a web, with its carrier."""
    step = vessel.step
    if vessel.total_kg <= 0.0:
        raise FlowsheetError(f"nothing is left to go on from '{step.id}'", step.id, "id")
    if step.areal_mass is None:
        return inlet.unit, vessel.total_kg if inlet.unit == "kg" else 1.0
    if inlet.unit == "m2":
        raise FlowsheetError("the stream is a web already", step.id, "areal_mass")
    amount = vessel.total_kg / step.areal_mass.value
    for material, areal in web_feeds.items():
        vessel.add(material, areal * amount)
    return "m2", amount


def _purge(vessel: _Vessel, amount: float) -> None:
    """Feed the purge gas of so many units out and let it leave."""
    for material, gas in vessel.step.gas.items():
        kg = gas.value * amount * (_gas_density(vessel, material) if gas.unit.startswith("m3") else 1.0)
        vessel.add(material, kg, into=False)
        vessel.leave(material, "emission", kg)


def _branch(step: Step, place: str, kg: Mapping[str, float]) -> OutletFlow:
    total = sum(kg.values())
    if total <= 0.0:
        raise FlowsheetError(
            f"nothing goes to '{place}': none of the species is in the vessel", step.id, "split", place
        )
    return OutletFlow((place,), Stream("kg", {material: amount / total for material, amount in kg.items()}), total)


def _gas_density(vessel: _Vessel, material: str) -> float:
    density = vessel.library.materials[material].density
    if density is None:
        raise FlowsheetError(f"{material} has no density: give it in kg", vessel.step.id, "gas", material)
    return density.value


def _fed(
    vessel: _Vessel, inlet: Stream, material: str, amount: Value, whole: float, product: tuple[str, float]
) -> float:
    """Return the mass of a feed per unit of inlet; *whole* is the mass of that unit, *product* what it becomes [kg]."""
    step, basis = vessel.step.id, amount.basis
    problem = _feed_problem(vessel, inlet, material, amount, product[0])
    if problem:
        raise FlowsheetError(f"{problem}, found '{amount.text}'", step, "feeds", material)
    if basis == "product":
        return amount.value * product[1]
    if amount.unit == "kg/m2":
        return amount.value
    if not basis:
        return amount.value * whole
    there = vessel.kg.get(basis, 0.0)
    if amount.unit == "kg/kg":
        return amount.value * there
    materials = vessel.library.materials
    masses = [chem.molar_mass(materials[name].formula) for name in (material, basis)]
    return amount.value * there / masses[1] * masses[0]


def _feed_problem(vessel: _Vessel, inlet: Stream, material: str, amount: Value, counted: str) -> str:
    """Return what is wrong with the unit and basis of a feed, empty if nothing is."""
    basis, materials = amount.basis, vessel.library.materials
    if basis == "product":
        return "" if amount.unit == f"kg/{counted}" else f"a feed by product is in kg/{counted}"
    if amount.unit == "kg/m2":
        web = inlet.unit == "m2" and not basis
        return "" if web else "a feed per m2 needs a web: an inlet in m2, or 'areal_mass'"
    if not basis:
        return "" if amount.unit == "kg/kg" else "say of which species, such as '0.2 mol/mol Li2S'"
    if basis not in vessel.known:
        return f"{material} is fed in proportion to {basis}, which is not in the vessel"
    formulas = materials[material].formula and materials[basis].formula
    return "" if formulas or amount.unit == "kg/kg" else f"mol/mol needs formulas of {material} and {basis}"


def _react(vessel: _Vessel, reaction: Reaction, number: int) -> None:
    """Run one reaction to the conversion of its named reactant."""
    step, where = vessel.step.id, ("reactions", number)
    equation = chem.parse_equation(reaction.equation)
    reactant, conversion = next(iter(reaction.conversion.items()))
    left: dict[str, float] = {}
    for coefficient, name in equation.left:
        left[name] = left.get(name, 0.0) + coefficient
    mass = {
        name: chem.molar_mass(vessel.library.materials[name].formula) for _, name in (*equation.left, *equation.right)
    }
    for name in left:
        if name not in vessel.known:
            raise FlowsheetError(f"{name} is to react, but there is none in the vessel", step, *where, "equation")
    vessel.known |= {name for _, name in equation.right}
    there = vessel.kg.get(reactant, 0.0)
    if samples.largest(there) <= 0.0:
        return
    extent = conversion.value * there / mass[reactant] / left[reactant]
    for name, coefficient in left.items():
        need, have = extent * coefficient * mass[name], vessel.kg.get(name, 0.0)
        if need > have * (1.0 + 1e-9):
            text = f"{reactant} at a conversion of {conversion.value:g} needs "
            text += f"{need / have:.4g} times the {name} that is there" if have > 0.0 else f"{name}, and there is none"
            raise FlowsheetError(text, step, *where, "conversion", reactant)
        vessel.kg[name] = samples.highest(0.0, have - need)
    for coefficient, name in equation.right:
        vessel.kg[name] = vessel.kg.get(name, 0.0) + extent * coefficient * mass[name]
    if reaction.enthalpy is not None:
        vessel.exotherm_kj += samples.highest(0.0, -reaction.enthalpy.value * extent)
        vessel.endotherm_kj += samples.highest(0.0, reaction.enthalpy.value * extent)


def _sources(vessel: _Vessel, inlet: Stream) -> Film | None:
    """Bring in the sources of a film from vapour, if the step deposits one."""
    step = vessel.step
    if step.deposit is None:
        return None
    if inlet.unit != "m2":
        text = "a film is deposited on plates or a web in m2: give the step before this one an 'areal_mass'"
        raise FlowsheetError(text, step.id, "deposit")
    film = film_of(step.deposit, vessel.library)
    for material, kg in film.sources.items():
        vessel.add(material, kg)
    return film


def _grow(vessel: _Vessel, film: Film) -> None:
    """Let a film grow: gases that it leaves over are emitted, all else is trapped as waste."""
    for material, kg in film.reacted.items():
        have = vessel.kg.get(material, 0.0)
        if kg > have * (1.0 + 1e-9):
            text = f"the film takes {kg:.4g} kg/m2 of {material}, and {have:.4g} come in"
            raise FlowsheetError(
                f"{text}: bring more, or give its 'utilisation'", vessel.step.id, "deposit", "reaction"
            )
        vessel.kg[material] = samples.highest(0.0, have - kg)
    for material, kg in film.made.items():
        vessel.kg[material] = vessel.kg.get(material, 0.0) + kg
    vessel.known |= set(film.made)
    for material, kg in film.lost.items():
        vessel.kg[material] = samples.highest(0.0, vessel.kg[material] - kg)
        gas = vessel.library.materials[material].phase == "gas"
        vessel.leave(material, "emission" if gas else "waste", kg)


def _split(vessel: _Vessel) -> dict[str, dict[str, float]]:
    """Send fractions of species away; returns what goes to other steps, by step [kg/unit]."""
    branches: dict[str, dict[str, float]] = {}
    before = dict(vessel.kg)
    for place, fractions in vessel.step.split.items():
        for material, share in fractions.items():
            if material not in vessel.known:
                text = f"there is no {material} here that could go to '{place}'"
                raise FlowsheetError(text, vessel.step.id, "split", place, material)
            kg = before.get(material, 0.0) * share.value
            vessel.kg[material] = vessel.kg.get(material, 0.0) - kg
            if place in ("waste", "by_product", "emission"):
                vessel.leave(material, place, kg)  # type: ignore[arg-type]
            else:
                branches.setdefault(place, {})[material] = kg
    vessel.kg = {m: kg for m, kg in vessel.kg.items() if samples.largest(kg) > 1e-15}
    return branches


def _dry(vessel: _Vessel) -> None:
    """Evaporate solvents to their residual share of what goes on."""
    step = vessel.step
    residual = {name: share.value for name, share in step.dry_to.items()}
    for name in residual:
        if name not in vessel.known:
            raise FlowsheetError(f"there is no {name} here that could be dried off", step.id, "dry_to", name)
    total = _dried(vessel.kg, residual)
    for solvent, share in residual.items():
        have = vessel.kg.get(solvent, 0.0)
        gone = samples.highest(0.0, have - share * total)
        if samples.largest(gone) <= 0.0:
            continue
        vessel.kg[solvent] = have - gone
        if samples.largest(vessel.kg[solvent]) <= 1e-15:
            del vessel.kg[solvent]
        vessel.evaporated[solvent] = gone
        exits = step.recover.get(solvent)
        if exits is None:
            vessel.leave(solvent, "emission", gone)
            continue
        if samples.largest(exits.recycle.value) > 0.0:
            vessel.recovered[solvent] = gone * exits.recycle.value
        vessel.leave(solvent, "waste", gone * exits.purge.value)
        vessel.leave(solvent, "emission", gone * exits.vent.value)


def _dried(kg: Mapping[str, float], residual: Mapping[str, float]) -> float:
    """Return the mass that is left after drying; a solvent that is scarcer than its residual stays whole [kg/unit]."""
    wet = set(residual)
    while True:
        stays = sum(amount for name, amount in kg.items() if name not in wet)
        total = stays / (1.0 - sum(residual[name] for name in wet))
        scarce = {name for name in wet if kg.get(name, 0.0) < residual[name] * total}
        if not scarce:
            return total
        wet -= scarce


def _apply_yield(vessel: _Vessel) -> tuple[float, float]:
    """Take the step's mechanical yield off the stream; returns (share that goes on, share handled with regrind) [1]."""
    gross = vessel.step.yield_.value if vessel.step.yield_ else 1.0
    regrind = vessel.step.regrind.value if vessel.step.regrind else 0.0
    passes = 1.0 / (1.0 - (1.0 - gross) * regrind)
    net = gross * passes
    for material, kg in vessel.kg.items():
        vessel.leave(material, "waste", kg * (1.0 - net))
    vessel.kg = {material: kg * net for material, kg in vessel.kg.items()}
    return net, passes


def _products(graph: Graph, flows: Mapping[str, StepFlow]) -> dict[str, float]:
    """Return units of its own route's product per unit of primary inlet of every step."""
    found: dict[str, float] = {}
    for name in reversed(graph.order):
        total = 0.0
        for outlet in flows[name].outlets:
            place = outlet.places[0]
            if graph.delivers(name, place):
                own = graph.segment(name)
                total += outlet.factor * (outlet.stream.kg_per_unit.get(own.material, 0.0) if own.solvent else 1.0)
            elif place in graph.steps:
                total += outlet.factor * found[place] / graph.ratio(place, name)
        found[name] = total
    return found


def expected_flows(
    graph: Graph, flows: Mapping[str, StepFlow]
) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """Return expected amounts per unit shipped, rejects and rework included, and how they fork.

    Returns
    -------
    expected : dict
        Units of primary inlet of every step [unit/unit].
    forked : dict
        Units that a step hands to each of several others, by step and place [unit/unit].

    Raises
    ------
    FlowsheetError
        If no lot ever passes an inspection, nothing flows through a step, or streams that meet do not fit.

    Notes
    -----
    Where lots fork, as much goes each way as the steps behind take; what these leave open is shared evenly.
    """
    names = list(graph.order)
    free = [edge for fork in forks.of(graph) for edge in fork]
    column: dict[Any, int] = {key: index for index, key in enumerate([*names, *free])}
    rows: list[_Row] = []
    labels: list[str] = []
    for name in names:
        if graph.fractions(name).passed <= 0.0:
            raise FlowsheetError("no lot ever passes this inspection", name, "inspect")
        for number in range(len(graph.inlets(name))):
            rows.append(_balance_row(graph, flows, column, name, number))
            labels.append(name)
    for fork in forks.of(graph):
        edges = [_edge_row(graph, flows, column, edge) for edge in fork]
        rows.append([sum(items) for items in zip(*edges, strict=True)])
        labels.append(fork[0].source)
    matrix = samples.stacked([*rows, _shipping_row(graph, flows, column)], len(column))
    vector = np.zeros(matrix.shape[-2])
    vector[-1] = 1.0
    if not np.isfinite(matrix).all():
        raise FlowsheetError("the amounts are out of all proportion: they cannot be counted", names[-1], "id")
    evenly = samples.stacked([_edge_row(graph, flows, column, edge) for edge in free], len(column))
    solution = forks.settle(matrix, vector, evenly)
    shares = matrix * solution[..., None, :]
    residual = np.abs(shares.sum(axis=-1) - vector)
    most = np.maximum(1.0, np.abs(shares).max(axis=(-2, -1)))
    if samples.decided(residual.max(axis=-1) > 1e-7 * most):
        # the fault is spread over all rows: name the merge that misses most, if there is one
        merges = [row for row, name in enumerate(labels) if graph.steps[name].inlets] or range(len(labels))
        where = labels[max(merges, key=lambda row: float(residual[..., row].max()))] if labels else names[-1]
        text = "the streams that meet here do not fit: what arrives disagrees with the ratios of 'inlets'"
        raise FlowsheetError(text, where, "inlets")
    found = dict(zip(column, samples.unstacked(solution), strict=True))
    idle = next((name for name in names if not found[name] > 0.0), None)
    if idle is not None:
        raise FlowsheetError(f"nothing flows through '{idle}'", idle, "id")
    return {name: found[name] for name in names}, {(edge.source, edge.target): found[edge] for edge in free}


def _balance_row(
    graph: Graph, flows: Mapping[str, StepFlow], column: Mapping[Any, int], name: str, number: int
) -> _Row:
    """Return the row that says: what arrives at one inlet of a step is what the step takes there."""
    row = [0.0] * len(column)
    group = graph.inlets(name)[number]
    row[column[name]] -= group.ratio
    for edge in group.edges:
        if edge in column:
            row[column[edge]] += 1.0
        else:
            row[column[edge.source]] += _handed(graph, flows, edge)
    for source in graph.rework_into(name) if number == 0 else ():
        row[column[source]] += flows[source].primary.factor * graph.fractions(source).reworked
    return row


def _handed(graph: Graph, flows: Mapping[str, StepFlow], edge: Edge) -> float:
    """Return what an edge carries per unit of its source's primary inlet."""
    share = graph.fractions(edge.source)
    portion = {"pass": share.passed, "fail": share.failed, "branch": 1.0}[edge.role]
    return flows[edge.source].outlets[edge.outlet].factor * portion * edge.share


def _edge_row(graph: Graph, flows: Mapping[str, StepFlow], column: Mapping[Any, int], edge: Edge) -> _Row:
    """Return the row that says: an edge of a fork carries its nominal share."""
    row = [0.0] * len(column)
    row[column[edge]] = 1.0
    row[column[edge.source]] = -_handed(graph, flows, edge)
    return row


def _shipping_row(graph: Graph, flows: Mapping[str, StepFlow], column: Mapping[Any, int]) -> _Row:
    """Return the row that says: one unit ships."""
    row = [0.0] * len(column)
    for name in graph.order:
        for outlet in flows[name].outlets:
            if outlet.places[0] == "ship":
                factor = outlet.factor * (graph.fractions(name).passed if outlet is flows[name].primary else 1.0)
                row[column[name]] += factor
    return row


def element_flows(masses: Mapping[str, float], library: Library) -> dict[str, float]:
    """Return the mass of every element in *masses* (kg by material) [kg]."""
    total: dict[str, float] = {}
    for material, kg in masses.items():
        for element, fraction in library.materials[material].mass_fractions.items():
            total[element] = total.get(element, 0.0) + kg * fraction
    return total


def balance_errors(flow: StepFlow, library: Library, graph: Graph) -> float:
    """Return the largest relative element imbalance of a step: inlet + feeds against all exits [1]."""
    inside: dict[str, float] = {} if graph.is_source(flow.step) else dict(flow.inlet.kg_per_unit)
    for material, kg in flow.feeds.items():
        inside[material] = inside.get(material, 0.0) + kg
    outside: dict[str, float] = dict(flow.recovered)
    for side in flow.sides:
        outside[side.material] = outside.get(side.material, 0.0) + side.kg
    for outlet in flow.outlets:
        for material, kg in outlet.stream.kg_per_unit.items():
            outside[material] = outside.get(material, 0.0) + kg * outlet.factor
    into, out = element_flows(inside, library), element_flows(outside, library)
    return max(
        (
            samples.largest(abs(into.get(e, 0.0) - out.get(e, 0.0)) / samples.highest(into.get(e, 0.0), 1e-300))
            for e in into | out
        ),
        default=0.0,
    )
