"""Key performance indicators of one replication, from its ledger, costs and impacts.

`sim.results.Kpis` declares what each of them is; here stand their formulas, functions of `Rollup`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from sim.flowsheet import rework_target
from sim.inputs import Step, samples
from sim.inputs import formulas as chem
from sim.plant import Line, operation_of
from sim.results import KPIS, LOSSES, STATES, Kpi, Kpis, Results, kpi_named
from sim.rollup.capital import CapitalPart, capital_parts
from sim.rollup.consumption import used
from sim.rollup.costs import CostItem, cost_items
from sim.rollup.emissions import gwp_table, is_hydrogen_sulfide
from sim.rollup.energy import EnergyFlow, energy_flows
from sim.rollup.ledger import Ledger, StepLedger, equivalents
from sim.rollup.machines import per_year, shipped_per_year
from sim.rollup.materials import MaterialFlow, balance, element_balance, feeds, material_flows, solvents

__all__ = [
    "FORMULAS",
    "Bottleneck",
    "Rollup",
    "availability",
    "bottleneck",
    "busy_share",
    "indicator",
    "kpi_table",
    "loss_tree",
    "machines_table",
    "oee",
    "rollup",
]

_OUT = ("product", "by_product", "waste", "emission")
_WATER = {"H": 2.0, "O": 1.0}


@dataclass(frozen=True)
class Rollup:
    """All that one replication of one line comes to; every part is computed once, when it is first asked for."""

    line: Line
    ledger: Ledger

    @cached_property
    def materials(self) -> list[MaterialFlow]:
        """Materials of the window."""
        return material_flows(self.line, self.ledger)

    @cached_property
    def energy(self) -> list[EnergyFlow]:
        """Energy of the window."""
        return energy_flows(self.line, self.ledger)

    @cached_property
    def parts(self) -> Sequence[CapitalPart]:
        """What the plant is made of."""
        return capital_parts(self.line, self.ledger)

    @cached_property
    def costs(self) -> list[CostItem]:
        """Cost per year."""
        return cost_items(self.line, self.ledger, **self.flows)

    @property
    def flows(self) -> dict[str, Any]:
        """What costs at other prices need not work out anew; see `cost_items`."""
        return {"materials": self.materials, "energy": self.energy, "parts": self.parts, "taken": self.taken}

    @cached_property
    def taken(self) -> Mapping[str, float]:
        """What every step took in for the product of the window, in units of its primary inlet."""
        return used(self.line, self.ledger)

    @cached_property
    def gwp(self) -> pd.DataFrame:
        """Greenhouse gas per year."""
        return gwp_table(self.line, self.ledger, self.materials, self.energy, self.taken)

    @cached_property
    def masses(self) -> Mapping[str, Mapping[str, float]]:
        """Mass of the window by direction and material [kg]."""
        return balance(self.materials)

    @cached_property
    def elements(self) -> Mapping[str, Mapping[str, float]]:
        """Mass of the window by direction and element [kg]."""
        return element_balance(self.materials, self.line.library)

    @cached_property
    def busy(self) -> Mapping[str, float]:
        """Share of the open hours of every step in which its machines are occupied [1]."""
        return {name: busy_share(self.line, self.ledger, name) for name in self.ledger.steps}

    @cached_property
    def bottleneck(self) -> Bottleneck:
        """The step that limits the line."""
        return bottleneck(self.line, self.ledger)

    @property
    def factor(self) -> float:
        """From the window to a year [1/y]."""
        return per_year(self.ledger)

    @property
    def shipped(self) -> float:
        """Good product per year, nan if there is none [unit/y]."""
        return shipped_per_year(self.ledger)

    def per_unit(self, window: float) -> float:
        """Return an amount of the window per unit shipped."""
        return window * self.factor / self.shipped


def rollup(line: Line, ledger: Ledger) -> Rollup:
    """Return the roll-up of one replication."""
    return Rollup(line, ledger)


# -- time and machines -------------------------------------------------------------------------------------------------


def availability(step: StepLedger) -> float:
    """Share of the time that machines should run in which they do.

    Formula: run / (run + down). Unit: 1. Range: 0 to 1; nan if the machines never ran. Planned stops, setup and
    cleaning are left out.
    """
    hours = step.state_h
    busy = hours["run"] + hours["down"]
    return hours["run"] / busy if busy else math.nan


def busy_share(line: Line, ledger: Ledger, step: str) -> float:
    """Share of a step's open hours in which its machines are occupied.

    Formula: (run + setup + clean + down) / (hours - off_shift), summed over machines. Unit: 1. Range: 0 to 1.
    A machine with slots is occupied in the share of its slots that run, or as long as its pitch keeps it from taking
    the next charge if that is more.
    """
    mine = ledger.steps[step]
    hours = mine.state_h
    opened = sum(hours.values()) - hours["off_shift"]
    stops = hours["setup"] + hours["clean"] + hours["down"]
    spec, run = line.graph.steps[step], hours["run"]
    if spec.slots > 1:
        run = samples.highest(mine.slot_run_h / spec.slots, mine.operations * _pitch_h(spec))
    return samples.lowest(1.0, (run + stops) / opened) if opened else 0.0


def _pitch_h(step: Step) -> float:
    """Return the least time between two starts of one machine [h]."""
    return step.pitch.value if step.pitch is not None else 0.0


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The step that limits a line, and why we think so."""

    step: str
    busy: float
    """Its busy share [1]."""
    why: str


def bottleneck(line: Line, ledger: Ledger) -> Bottleneck:
    """Return the step with the highest busy share of its open hours, and the evidence for it in a sentence.

    Steps before a bottleneck are blocked and those behind it starved; the sentence says how much they are.
    """
    shares = {name: busy_share(line, ledger, name) for name in ledger.steps}
    step = max(shares, key=lambda name: shares[name])
    titles = line.titles
    text = f"{titles[step]} is busy {shares[step]:.0%} of its open hours"
    hours = ledger.steps[step].state_h
    opened = (sum(hours.values()) - hours["off_shift"]) or 1.0
    stops = {state: hours[state] / opened for state in ("setup", "clean", "down")}
    parts = [f"{state} {share:.0%}" for state, share in stops.items() if share >= 0.005]
    text += f" ({', '.join(parts)})" if parts else ""
    before = _worst_state(ledger, sorted({edge.source for edge in line.graph.into(step)}), "blocked")
    after = _worst_state(ledger, sorted({e.target for e in line.graph.edges if e.source == step}), "starved")
    if before is not None and before[1] >= 0.005:
        text += f"; {titles[before[0]]} before it is blocked {before[1]:.0%}"
    if after is not None and after[1] >= 0.005:
        text += f"; {titles[after[0]]} behind it is starved {after[1]:.0%}"
    return Bottleneck(step, shares[step], text + ".")


def _worst_state(ledger: Ledger, steps: Sequence[str], state: str) -> tuple[str, float] | None:
    """Return the step that is longest in a state, with the share of its open hours."""
    found = []
    for name in steps:
        hours = ledger.steps[name].state_h
        opened = sum(hours.values()) - hours["off_shift"]
        found.append((name, hours[state] / opened if opened else 0.0))
    return max(found, key=lambda item: item[1], default=None)


def oee(line: Line, ledger: Ledger, step: str) -> float:
    """Overall equipment effectiveness of a step: which share of its open hours made product that is shipped.

    Formula: good operations x ideal machine time / open machine hours. Unit: 1. Range: 0 to 1.
    Ideal time is the expected duration of all phases of a full charge, over the number of slots (or the pitch if that
    is longer). Good is the finished amount in full charges, less the share that is scrapped or lost at this step or
    behind it, or sent back to before its end. Availability, speed and partial charges, and quality are in it; closed
    hours are not. Operations that began before the window count for no more than what ran in it, and none is faster
    than ideal.
    """
    mine, spec = ledger.steps[step], line.graph.steps[step]
    hours = mine.state_h
    opened = sum(hours.values()) - hours["off_shift"]
    charge = line.sizing.steps[step].charge
    ideal = operation_of(spec, line.flowsheet.steps[step], line.library, charge).run_h
    if not opened or not ideal:
        return 0.0
    charges = samples.lowest(mine.finished / charge, mine.slot_run_h / ideal)
    ideal_h = samples.highest(ideal / spec.slots, _pitch_h(spec) if spec.slots > 1 else 0.0)
    return samples.lowest(1.0, charges * ideal_h / opened) * _good_share(line, ledger, step)


def _good_share(line: Line, ledger: Ledger, step: str) -> float:
    """Return shipped over shipped and what was spoiled or sent back from *step* on, in product-equivalents [1]."""
    worth = equivalents(line)
    bad = 0.0
    for name in _from(line, step):
        mine = ledger.steps[name]
        if mine.outlets:
            # What goes back to behind this step needs no second operation here.
            again = mine.reworked if _goes_back_to(line, name) in line.graph.upstream(step) else 0.0
            bad += worth.outlets[name, 0] * (sum(mine.lost.values()) + mine.scrapped + again)
        if name != step:
            bad += sum(mine.expired_in.values()) * worth.steps[name]
    return ledger.shipped / (ledger.shipped + bad) if ledger.shipped else 0.0


def _goes_back_to(line: Line, name: str) -> str | None:
    inspect = line.graph.steps[name].inspect
    return rework_target(inspect) if inspect else None


def _from(line: Line, step: str) -> list[str]:
    """Return a step and all behind it."""
    reached = {step}
    for name in line.graph.order:
        if any(edge.source in reached for edge in line.graph.into(name)):
            reached.add(name)
    return [name for name in line.graph.order if name in reached]


def loss_tree(line: Line, ledger: Ledger) -> pd.DataFrame:
    """Return where machine hours and product went, per year.

    Returns
    -------
    DataFrame
        Columns line, step, category, hours_per_year (machine hours of the categories of LOSSES, which add up to the
        machines' calendar hours) and units_per_year (product-equivalents of the categories `loss` (per event),
        `scrap`, `rework` and `expired`); the other column is 0.
    """
    factor, worth = per_year(ledger), equivalents(line)
    rows: list[tuple[Any, ...]] = []
    for name, mine in ledger.steps.items():
        hours = mine.state_h
        renamed = {"failure": "down", "planned": "off_shift"}
        rows += [(line.name, name, item, hours[renamed.get(item, item)] * factor, 0.0) for item in LOSSES]
        out = worth.outlets.get((name, 0), 0.0)
        amounts = {
            "loss": sum(mine.lost.values()) * out,
            "scrap": mine.scrapped * out,
            "rework": mine.reworked * out,
            "expired": sum(mine.expired_in.values()) * worth.steps[name],
        }
        rows += [(line.name, name, item, 0.0, amount * factor) for item, amount in amounts.items() if amount]
    return Results.losses.frame(rows)


def machines_table(line: Line, ledger: Ledger) -> pd.DataFrame:
    """Return hours per year by machine and state: line, step, machine (from 0), state, hours."""
    factor = per_year(ledger)
    rows = [
        (line.name, name, machine, state, float(mine.hours[machine, index]) * factor)
        for name, mine in ledger.steps.items()
        for machine in range(len(mine.hours))
        for index, state in enumerate(STATES)
    ]
    return Results.machines.frame(rows)


# -- indicators --------------------------------------------------------------------------------------------------------

Formula = Callable[[Rollup], float] | Callable[[Rollup], Mapping[str, float]]

FORMULAS: dict[str, Formula] = {}
"""The formula of every indicator that `sim.results.Kpis` declares, by its name; a mapping where there is one of each
of something, such as elements."""


def formula(kpi: Kpi) -> Callable[[Formula], Formula]:
    """Register a function as the formula of an indicator."""

    def register(function: Formula) -> Formula:
        FORMULAS[kpi.name] = function
        return function

    return register


@formula(Kpis.throughput)
def _throughput(it: Rollup) -> float:
    return it.ledger.shipped * it.factor


@formula(Kpis.cost_per_unit)
def _cost_per_unit(it: Rollup) -> float:
    return samples.total(item.usd_per_year for item in it.costs) / it.shipped


@formula(Kpis.conversion_cost_per_unit)
def _conversion_cost_per_unit(it: Rollup) -> float:
    kept = [item.usd_per_year for item in it.costs if item.category not in ("materials", "solvents")]
    return samples.total(kept) / it.shipped


def _bought(it: Rollup, *utilities: str) -> float:
    """Return the energy bought in some utilities, all if none is named [kWh/unit]."""
    return it.per_unit(sum(flow.kwh for flow in it.energy if not utilities or flow.utility in utilities))


@formula(Kpis.energy_per_unit)
def _energy_per_unit(it: Rollup) -> float:
    return _bought(it)


@formula(Kpis.electricity_per_unit)
def _electricity_per_unit(it: Rollup) -> float:
    return _bought(it, "electricity")


@formula(Kpis.heat_per_unit)
def _heat_per_unit(it: Rollup) -> float:
    return _bought(it, "heat")


@formula(Kpis.gas_per_unit)
def _gas_per_unit(it: Rollup) -> float:
    return _bought(it, "gas")


@formula(Kpis.lead_time)
def _lead_time(it: Rollup) -> float:
    return it.ledger.lead_time_h


@formula(Kpis.lead_time_growth)
def _lead_time_growth(it: Rollup) -> float:
    return it.ledger.lead_time_growth


@formula(Kpis.wip)
def _wip(it: Rollup) -> float:
    return it.ledger.wip


@formula(Kpis.oee)
def _bottleneck_oee(it: Rollup) -> float:
    most, found = samples.highest(*it.busy.values()), math.nan
    for name, share in reversed([*it.busy.items()]):
        if samples.smallest(most - share) <= 0.0:
            found = samples.where(samples.above(most, share), found, oee(it.line, it.ledger, name))
    return found


@formula(Kpis.utilisation)
def _utilisation(it: Rollup) -> float:
    return samples.highest(*it.busy.values())


@formula(Kpis.first_pass_yield)
def _first_pass_yield(it: Rollup) -> float:
    direct = _direct(it.line)
    steps = [step for name, step in it.ledger.steps.items() if name in direct and step.inspected_first > 0.0]
    return math.prod(step.passed_first / step.inspected_first for step in steps)


def _direct(line: Line) -> frozenset[str]:
    """Return the steps that can be reached without failing an inspection."""
    found: set[str] = set()
    for name in line.graph.order:
        ways = [edge for edge in line.graph.into(name) if edge.role != "fail" and edge.source in found]
        if ways or line.graph.is_source(name):
            found.add(name)
    return frozenset(found)


@formula(Kpis.yield_)
def _element_yields(it: Rollup) -> Mapping[str, float]:
    return {element: _element_yield(it, element) for element in _product_elements(it)}


def _product_elements(it: Rollup) -> list[str]:
    """Return the elements whose yields are reported: those of the product, at 0.1 % of its mass or more."""
    entry = it.line.library.materials.get(it.line.route.product.material)
    if entry is not None:
        return sorted(entry.mass_fractions)
    held = it.elements["product"]
    return sorted(element for element, kg in held.items() if kg >= 1e-3 * sum(held.values()) > 0.0)


def _element_yield(it: Rollup, element: str) -> float:
    used = it.elements["feed"].get(element, 0.0) - it.elements["stock_change"].get(element, 0.0)
    return it.elements["product"].get(element, 0.0) / used if used > 0.0 else math.nan


@formula(Kpis.yield_key)
def _yield_key(it: Rollup) -> float:
    name = it.line.route.product.key_feed
    if not name:
        return math.nan
    used = it.masses["feed"].get(name, 0.0) - it.masses["stock_change"].get(name, 0.0)
    left = sum(it.masses[direction].get(name, 0.0) for direction in _OUT)
    if used > 0.0 and left > 0.5 * used:
        return it.masses["product"].get(name, 0.0) / used
    return min(_element_yield(it, element) for element in it.line.library.materials[name].mass_fractions)


@formula(Kpis.conductivity)
def _conductivity(it: Rollup) -> float:
    return it.ledger.quality


@formula(Kpis.area_resistance)
def _area_resistance(it: Rollup) -> float:
    thickness = it.line.route.product.thickness
    return math.nan if thickness is None else thickness.value * 1e2 / (it.ledger.quality * 1e-3)


@formula(Kpis.gwp_per_unit)
def _gwp_per_unit(it: Rollup) -> float:
    return it.gwp["kg_co2e_per_year"].sum() / it.shipped


def _total(it: Rollup, *directions: str) -> float:
    return sum(sum(it.masses[direction].values()) for direction in directions)


@formula(Kpis.e_factor)
def _e_factor(it: Rollup) -> float:
    product = _total(it, "product")
    return _total(it, "by_product", "waste", "emission") / product if product else math.nan


@formula(Kpis.pmi)
def _pmi(it: Rollup) -> float:
    product = _total(it, "product")
    return (_total(it, "feed") - _total(it, "stock_change")) / product if product else math.nan


@formula(Kpis.pmi_without_solvent)
def _pmi_without_solvent(it: Rollup) -> float:
    library, wet = it.line.library, solvents(it.line)

    def counts(name: str) -> bool:
        entry = library.materials[name]
        water = bool(entry.formula) and chem.elements(entry.formula) == _WATER
        return name not in wet and entry.phase != "gas" and not water

    used = sum(kg for name, kg in it.masses["feed"].items() if counts(name))
    used -= sum(kg for name, kg in it.masses["stock_change"].items() if counts(name))
    product = _total(it, "product")
    return used / product if product else math.nan


@formula(Kpis.capital)
def _capital(it: Rollup) -> float:
    return samples.total(part.installed_usd + part.floor_usd + part.room_usd for part in it.parts)


@formula(Kpis.people)
def _people(it: Rollup) -> float:
    return it.line.sizing.people


@formula(Kpis.labour_h_per_unit)
def _labour_h_per_unit(it: Rollup) -> float:
    return it.line.sizing.people * it.line.library.economics.paid_hours.value / it.shipped


@formula(Kpis.area)
def _area(it: Rollup) -> float:
    return samples.total(part.area_m2 for part in it.parts)


@formula(Kpis.solvent_per_unit)
def _solvent_per_unit(it: Rollup) -> float:
    wet = solvents(it.line)
    return it.per_unit(sum(kg for _, name, kg in feeds(it.line, it.ledger, it.taken) if name in wet))


@formula(Kpis.waste_per_unit)
def _waste_per_unit(it: Rollup) -> float:
    return it.per_unit(_total(it, "waste"))


@formula(Kpis.argon_per_unit)
def _argon_per_unit(it: Rollup) -> float:
    library = it.line.library
    fed = feeds(it.line, it.ledger, it.taken)
    return it.per_unit(sum(kg for _, name, kg in fed if library.materials[name].formula == "Ar"))


@formula(Kpis.h2s_per_unit)
def _h2s_per_unit(it: Rollup) -> float:
    kg = sum(kg for name, kg in it.masses["emission"].items() if is_hydrogen_sulfide(it.line.library, name))
    return 1000.0 * it.per_unit(kg)


def indicator(it: Rollup, name: str) -> float:
    """Return one indicator of a replication, such as `cost_per_unit` or `yield_Li`; nan if the line has none.

    Raises
    ------
    InputError
        If no indicator is called so.
    """
    declared = kpi_named(name)
    found = FORMULAS[declared.name](it)
    return found.get(name.removeprefix(declared.name), math.nan) if isinstance(found, Mapping) else found


def kpi_table(it: Rollup, *, replication: int = 0) -> pd.DataFrame:
    """Return all indicators of a replication: line, replication, kpi, unit, value.

    `yield_key` is left out for routes without a key feed, `conductivity` where no step sets a quality, and
    `area_resistance` but for membranes with a thickness.
    """
    line = it.line
    missing = _missing(line)
    rows: list[tuple[str, int, str, str, float]] = []
    for name, declared in KPIS.items():
        if name not in missing:
            found = FORMULAS[name](it)
            each = found if isinstance(found, Mapping) else {"": found}
            rows += [(line.name, replication, name + key, declared.of(line.unit), value) for key, value in each.items()]
    return Results.kpis.frame(rows)


def _missing(line: Line) -> set[str]:
    """Return the indicators that say nothing about a line."""
    product, graph = line.route.product, line.graph
    shipping = (name for name, flow in line.flowsheet.steps.items() if any("ship" in o.places for o in flow.outlets))
    measured = any(graph.sets_quality(name) for name in shipping)
    film = measured and line.route.kind == "membrane" and product.thickness is not None
    there = {"yield_key": bool(product.key_feed), "conductivity": measured, "area_resistance": film}
    return {name for name, has in there.items() if not has}
