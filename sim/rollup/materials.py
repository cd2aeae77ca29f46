"""Impacts: materials, energy and emissions of one replication, from its ledger and the flowsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from sim.flowsheet import StepFlow
from sim.inputs import Library, Step, samples
from sim.plant import Line, buffer_names
from sim.results import DIRECTIONS, Results
from sim.rollup.consumption import used
from sim.rollup.ledger import Ledger, StepLedger, inlet_stream
from sim.rollup.machines import LINE, bought_parts, per_year, shipped_per_year

__all__ = [
    "Bought",
    "MaterialFlow",
    "balance",
    "bought_feeds",
    "element_balance",
    "element_error",
    "feeds",
    "material_flows",
    "materials_table",
    "purchases",
    "solvents",
]


_SIGN = {"feed": 1.0, "product": -1.0, "by_product": -1.0, "waste": -1.0, "emission": -1.0, "stock_change": -1.0}


class MaterialFlow(NamedTuple):
    """An amount of a pure material that crossed the plant's fence, or stayed inside, in the window."""

    step: str
    material: str
    direction: str
    kg: float


# -- materials ---------------------------------------------------------------------------------------------------------


def material_flows(line: Line, ledger: Ledger) -> list[MaterialFlow]:
    """Return what entered, left and stayed in the window.

    Notes
    -----
    Per element, feed = product + by_product + waste + emission + stock_change; `recovered` went back to a tank and is
    reported only. Feeds count when the charge is taken in. Tank materials are fed by their make-up, drawn - recovered +
    overflow whatever is in the tank, shared among steps by what they drew; overflow belongs to the step `line`. What
    is lost per event, scrapped or expired is waste with the composition of its stream. A charge in a machine counts as
    what went in. Machines that are purged take and let go their gas in all hours of the window.
    """
    book = _Book({})
    for name, flow in line.flowsheet.steps.items():
        mine = ledger.steps[name]
        _enter(book, line, flow, mine)
        _leave(book, flow, mine)
        for inlet, buffer in enumerate(buffer_names(line.graph, name)):
            stream = flow.inlet if buffer.endswith("<rework") else inlet_stream(line, name, inlet)
            level = ledger.buffers[buffer]
            book.add(name, "stock_change", stream.kg_per_unit, level.level_end - level.level_start)
            book.add(name, "waste", stream.kg_per_unit, mine.expired_in.get(buffer, 0.0))
    for material, tank in ledger.tanks.items():
        make_up = samples.highest(0.0, tank.drawn - tank.recovered + tank.overflow)
        for name, share in _draw_shares(ledger, material).items():
            book.add(name, "feed", {material: 1.0}, make_up * share)
        book.add(LINE, "waste", {material: 1.0}, make_up - (tank.drawn - tank.recovered))
    for name, material, kg in _purged(line, ledger):
        book.add(name, "feed", {material: 1.0}, kg)
        book.add(name, "emission", {material: 1.0}, kg)
    return [MaterialFlow(*key, kg) for key, kg in book.total.items()]


def _purged(line: Line, ledger: Ledger) -> Iterator[tuple[str, str, float]]:
    """Yield (step, gas, kg in the window) of machines that are purged around the clock."""
    library = line.library
    for item in bought_parts(line):
        for material, rate in item.purge.items():
            density = library.materials[material].density
            assert density is not None
            yield item.step, material, rate.value * item.machines * ledger.window_h * density.value


@dataclass(frozen=True, slots=True)
class _Book:
    """Masses by step, material and direction [kg]."""

    total: dict[tuple[str, str, str], float]

    def add(self, step: str, direction: str, masses: Mapping[str, float], amount: float) -> None:
        """Add *amount* times a composition."""
        if samples.largest(abs(amount)):
            for material, kg in masses.items():
                key = (step, material, direction)
                self.total[key] = self.total.get(key, 0.0) + kg * amount


def feeds(line: Line, ledger: Ledger, taken: Mapping[str, float] | None = None) -> list[tuple[str, str, float]]:
    """Return (step, material, kg) of all that was fed for the product of the window, impurities included.

    Unlike the feeds of `material_flows` these leave out what is still in stock; see `sim.rollup.consumption`, whose
    `used` may be handed in as *taken*.
    """
    taken = used(line, ledger) if taken is None else taken
    found = [
        (name, material, kg * taken[name])
        for name, flow in line.flowsheet.steps.items()
        for material, kg in _from_outside(flow).items()
    ]
    return [*found, *_make_up(line, ledger, taken), *_purged(line, ledger)]


def _make_up(line: Line, ledger: Ledger, taken: Mapping[str, float]) -> Iterator[tuple[str, str, float]]:
    """Yield (step, tank material, kg) that replace what does not come back of what was drawn: the make-up.

    make-up = drawn - recovered + overflow, 0 or more

    Neither what is in the tank nor what is in the machines counts, so a first fill is no solvent for nothing.
    """
    flows = line.flowsheet.steps
    for material, tank in ledger.tanks.items():
        drawn = sum(flow.drawn.get(material, 0.0) * taken[name] for name, flow in flows.items())
        back = sum(flow.recovered.get(material, 0.0) * taken[name] for name, flow in flows.items())
        make_up = samples.highest(0.0, drawn - back + tank.overflow)
        for name, share in _draw_shares(ledger, material).items():
            yield name, material, make_up * share


def _from_outside(flow: StepFlow) -> dict[str, float]:
    """Return what a step takes in that comes from no tank [kg per unit of primary inlet]."""
    outside = {material: kg - flow.drawn.get(material, 0.0) for material, kg in flow.feeds.items()}
    return {
        material: kg for material, kg in outside.items() if samples.largest(kg - 1e-12 * flow.feeds[material]) > 0.0
    }


def _enter(book: _Book, line: Line, flow: StepFlow, mine: StepLedger) -> None:
    """Add what came in from outside, and what is in the machines."""
    name = flow.step
    outside = _from_outside(flow)
    kept = mine.open_end - mine.open_start
    book.add(name, "feed", outside, mine.taken)
    book.add(name, "stock_change", outside, kept)
    if not line.graph.is_source(name):
        book.add(name, "stock_change", flow.inlet.kg_per_unit, kept)
    for material, kg in mine.drawn_open_end.items():
        book.add(name, "stock_change", {material: 1.0}, kg - mine.drawn_open_start[material])


def _leave(book: _Book, flow: StepFlow, mine: StepLedger) -> None:
    """Add what left, and what stands finished in the machines or in hold."""
    for material, kg in mine.recovered.items():
        book.add(flow.step, "recovered", {material: 1.0}, kg)
        due = mine.recovered_open_end[material] - mine.recovered_open_start[material]
        book.add(flow.step, "stock_change", {material: 1.0}, due)
    for side in flow.sides:
        book.add(flow.step, side.direction, {side.material: side.kg}, mine.finished)
    for lost in (*mine.lost.values(), mine.scrapped):
        book.add(flow.step, "waste", flow.primary.stream.kg_per_unit, lost)
    for outlet, found in zip(flow.outlets, mine.outlets, strict=True):
        masses = outlet.stream.kg_per_unit
        direction = outlet.places[0] if outlet.places[0] in ("by_product", "emission") else "waste"
        book.add(flow.step, "product", masses, found.shipped)
        book.add(flow.step, direction, masses, found.dumped)
        book.add(flow.step, "stock_change", masses, found.open_end - found.open_start)


def _draw_shares(ledger: Ledger, material: str) -> dict[str, float]:
    """Return the share of every step in what was drawn from a tank; the line's own if nothing was drawn."""
    drawn = {name: step.drawn.get(material, 0.0) for name, step in ledger.steps.items()}
    total = sum(drawn.values())
    return {name: kg / total for name, kg in drawn.items() if samples.largest(kg)} if total else {LINE: 1.0}


def materials_table(line: Line, ledger: Ledger, flows: Iterable[MaterialFlow] | None = None) -> pd.DataFrame:
    """Return materials per year, as `Results.materials`; see `material_flows` for what directions hold."""
    factor, shipped = per_year(ledger), shipped_per_year(ledger)
    rows = [
        (line.name, flow.step, flow.material, flow.direction, flow.kg * factor, flow.kg * factor / shipped)
        for flow in (material_flows(line, ledger) if flows is None else flows)
    ]
    return Results.materials.frame(rows)


def balance(flows: Iterable[MaterialFlow]) -> dict[str, dict[str, float]]:
    """Return kg by direction and material."""
    total: dict[str, dict[str, float]] = {direction: {} for direction in DIRECTIONS}
    for flow in flows:
        found = total[flow.direction]
        found[flow.material] = found.get(flow.material, 0.0) + flow.kg
    return total


def element_balance(flows: Iterable[MaterialFlow], library: Library) -> dict[str, dict[str, float]]:
    """Return kg by direction and element."""
    total: dict[str, dict[str, float]] = {direction: {} for direction in DIRECTIONS}
    for direction, masses in balance(flows).items():
        for material, kg in masses.items():
            for element, fraction in library.materials[material].mass_fractions.items():
                total[direction][element] = total[direction].get(element, 0.0) + kg * fraction
    return total


def element_error(flows: Iterable[MaterialFlow], library: Library) -> float:
    """Return the largest imbalance of an element, relative to what of it was fed or left [1]."""
    total = element_balance(flows, library)
    elements = sorted({element for found in total.values() for element in found})
    worst_error = 0.0
    for element in elements:
        left = sum(sign * total[direction].get(element, 0.0) for direction, sign in _SIGN.items())
        size = max(abs(total[direction].get(element, 0.0)) for direction in _SIGN)
        worst_error = max(worst_error, abs(left) / size if size else 0.0)
    return worst_error


class Bought(NamedTuple):
    """A feed that is bought for a step, as opposed to an impurity that comes with another."""

    material: str
    kg: float
    """Pure material per unit of primary inlet, tank draws left out [kg/unit]."""
    kind: str
    """`material` or `gas`."""


def bought_feeds(step: Step, flow: StepFlow, line: Line) -> tuple[Bought, ...]:
    """Return the purchases of a step per unit of primary inlet.

    A purchase is the pure material's share of what is bought; the impurities of its assay come with it unpriced.
    """
    named = [*step.brought, *step.gas]
    library = line.library
    kg = {name: flow.feeds.get(name, 0.0) for name in dict.fromkeys(named)}
    for _ in range(3):  # impurities of impurities: converges at once for any real assay
        fresh = {name: flow.feeds.get(name, 0.0) for name in kg}
        for name, amount in kg.items():
            assay = library.materials[name].assay
            for part, share in assay.items():
                if part != name and part in fresh:
                    fresh[part] -= amount * share.value / assay[name].value
        kg = fresh
    found = []
    for name, amount in kg.items():
        rest = amount - flow.drawn.get(name, 0.0)
        if samples.largest(rest - 1e-12 * amount) > 0.0:
            found.append(Bought(name, rest, "gas" if name in step.gas else "material"))
    return tuple(found)


def purchases(
    line: Line, ledger: Ledger, taken: Mapping[str, float] | None = None
) -> list[tuple[str, str, str, float]]:
    """Return (step, material, category, kg) of all that was bought for the product of the window.

    Categories are `materials`, `solvents` (what is dried off or kept in tanks; of tanks the make-up only) and
    `gases`. What is in stock at the end, and was not at the beginning, is no purchase of this product, and neither is
    the first fill of a tank; see `sim.rollup.consumption`, whose `used` may be handed in as *taken*.
    """
    wet, taken = solvents(line), used(line, ledger) if taken is None else taken
    found = []
    for step in line.route.steps:
        for item in bought_feeds(step, line.flowsheet.steps[step.id], line):
            phase = line.library.materials[item.material].phase
            kind = "solvents" if item.material in wet else "materials"
            if item.kind == "gas" or phase == "gas":
                kind = "gases"
            found.append((step.id, item.material, kind, item.kg * taken[step.id]))
    found += [(name, material, "solvents", kg) for name, material, kg in _make_up(line, ledger, taken)]
    return [*found, *((name, material, "gases", kg) for name, material, kg in _purged(line, ledger))]


def solvents(line: Line) -> frozenset[str]:
    """Return the materials that are kept in tanks or dried off."""
    names = set(line.route.tanks)
    for step in line.route.steps:
        names |= set(step.dry_to)
    return frozenset(names)


# -- energy ------------------------------------------------------------------------------------------------------------


# -- emissions ---------------------------------------------------------------------------------------------------------
