"""Costs: the finance layer, what a line costs per year and per unit shipped, from its ledger, flowsheet and sizes.

What the plant is made of comes from a backend (`sim.rollup.capital`, or another that returns the same parts); here it
is turned, once and for the whole line, into a yearly cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from sim.inputs import GRADES, Library, fixed, quoted, samples, settled, worst
from sim.plant import Line, design
from sim.results import CostLine, Results
from sim.rollup.capital import CapitalPart, capital_parts, capital_recovery_factor
from sim.rollup.consumption import used
from sim.rollup.emissions import caustic_of, is_hydrogen_sulfide
from sim.rollup.energy import EnergyFlow, energy_flows
from sim.rollup.expected import expected
from sim.rollup.ledger import Ledger
from sim.rollup.machines import LINE, of_line, per_year, shipped_per_year
from sim.rollup.materials import MaterialFlow, material_flows, purchases

__all__ = [
    "STOCKS",
    "CostItem",
    "at_prices",
    "catalogue_at",
    "cost_at",
    "cost_items",
    "cost_table",
    "expected_cost",
    "fixed_items",
    "merged",
    "price_slope",
    "priced",
    "quantity_table",
    "stock_items",
    "variable_items",
]

VARIABLE = ("materials", "solvents", "gases", "utilities", "consumables", "waste")
"""Categories that grow with the output."""
STOCKS = "working_capital"
"""Category that goes with the interest rate in proportion, at whatever prices."""
WORK_IN_PROCESS = "work in process"


# -- finance layer -----------------------------------------------------------------------------------------------------


class CostItem(NamedTuple):
    """One row of the cost table."""

    step: str
    category: str
    item: str
    usd_per_year: float
    grade: str
    """Worst grade of the numbers that it rests on directly."""
    amount: float = 0.0
    """What is bought or kept in stock, in units of the price: kg, kWh, h [1/y or 1]."""
    price: str = ""
    """Path of the price that it is bought at; empty for what follows from other items and from capital."""


def cost_items(
    line: Line,
    ledger: Ledger,
    *,
    materials: Sequence[MaterialFlow] | None = None,
    energy: Sequence[EnergyFlow] | None = None,
    parts: Sequence[CapitalPart] | None = None,
    taken: Mapping[str, float] | None = None,
) -> list[CostItem]:
    """Return the yearly cost of a line, item by item; see `cost_table`.

    What is known already (material and energy flows of the ledger, parts of the plant, what its steps took in for the
    product) may be handed in.
    """
    if parts is None:
        parts = capital_parts(line, ledger)
    if energy is None:
        energy = energy_flows(line, ledger)
    if materials is None:
        materials = material_flows(line, ledger)
    variable = variable_items(line, ledger, materials, energy, taken)
    fixed, overhead = fixed_items(line, ledger, parts)
    return merged([*variable, *fixed, *stock_items(line, ledger, variable), *overhead])


def expected_cost(line: Line) -> tuple[float, list[CostItem]]:
    """Return the unit cost [USD/unit] and the yearly cost items of a line's expected ledger."""
    ledger = expected(line)
    items = cost_items(line, ledger)
    return samples.total(item.usd_per_year for item in items) / shipped_per_year(ledger), items


def variable_items(
    line: Line,
    ledger: Ledger,
    materials: Iterable[MaterialFlow],
    energy: Iterable[EnergyFlow],
    taken: Mapping[str, float] | None = None,
) -> list[CostItem]:
    """Return what grows with the output: materials, energy, consumables and waste."""
    return [
        *_bought(line, ledger, taken),
        *_utilities(line, ledger, energy),
        *_consumables(line, ledger),
        *_waste(line, ledger, materials),
    ]


def fixed_items(line: Line, ledger: Ledger, parts: Sequence[CapitalPart]) -> tuple[list[CostItem], list[CostItem]]:
    """Return what people and plant cost, and the overhead on both."""
    labour, capital = _labour(line, ledger), _capital(line, parts)
    return [*labour, *capital, *_on_capital(line, parts)], _overhead(line, labour, capital)


def cost_table(line: Line, ledger: Ledger, items: Sequence[CostItem] | None = None) -> pd.DataFrame:
    """Return the cost of one replication: line, step, category, item, usd_per_year, usd_per_unit, grade.

    Parameters
    ----------
    items : sequence of CostItem or None, default=None
        The cost item by item, if it is known already.

    Notes
    -----
    Variable items are amounts of the window, scaled to a year of 8,760 h, times their price:
    feeds at the pure material's share of what is bought, for what was taken in (tank materials: the make-up bought);
    energy; consumables by what the machine handled; waste at the disposal price of each material, sulfide-bearing
    ones without a price of their own at the deactivation price, and caustic for H2S. By-products bring and cost
    nothing. Labour is paid posts, idle or not: operators shared among steps by their hours, crews on their step, staff
    on the step `line`.
    Capital is annualised with the capital recovery factor of each part's life; contingency and start-up are shares of
    it. Maintenance, insurance and tax are shares of installed capital (equipment, floor and room). Working capital is
    carried at the discount rate: a share of the yearly variable cost, the mean work in process at variable cost, and
    the first fill of tanks. Divided by good, shipped product only.
    """
    shipped = shipped_per_year(ledger)
    rows = [
        (line.name, item.step, item.category, item.item, item.usd_per_year, item.usd_per_year / shipped, item.grade)
        for item in (cost_items(line, ledger) if items is None else items)
    ]
    return Results.costs.frame(rows)


def quantity_table(line: Line, ledger: Ledger, items: Sequence[CostItem]) -> pd.DataFrame:
    """Return the bill of quantities of one replication: what of every price is in which row of the cost table.

    Work in process is what is variable, as long as it stays in the line, so that it holds a little of many prices.
    """
    shipped = shipped_per_year(ledger)
    rows = [(it[:3], it.price, it.amount) for it in items if it.price]
    inside: dict[str, float] = {}
    for item in items:
        if item.category in VARIABLE and item.price:
            inside[item.price] = inside.get(item.price, 0.0) + item.amount * ledger.wip / shipped
    rows += [((LINE, STOCKS, WORK_IN_PROCESS), price, amount) for price, amount in inside.items() if ledger.shipped]
    return Results.quantities.frame((line.name, *key, price, amount, amount / shipped) for key, price, amount in rows)


def _bought(line: Line, ledger: Ledger, taken: Mapping[str, float] | None) -> list[CostItem]:
    """Return feeds and make-up."""
    factor, found = per_year(ledger), []
    for step, material, category, kg in purchases(line, ledger, taken):
        price, grade = _price(line.library, material)
        path = _price_path(material)
        found.append(CostItem(step, category, material, kg * factor * price, grade, kg * factor, path))
    return found


def _price(library: Library, material: str) -> tuple[float, str]:
    """Return price [USD/kg] and grade of a material; one without a price costs nothing and is graded so."""
    price = library.materials[material].price
    return (0.0, GRADES[-1]) if price is None else (price.value, price.grade)


def _price_path(material: str) -> str:
    return f"materials.{material}.price"


def _utilities(line: Line, ledger: Ledger, energy: Iterable[EnergyFlow]) -> list[CostItem]:
    factor, library = per_year(ledger), line.library
    total: dict[tuple[str, str], float] = {}
    grades: dict[tuple[str, str], list[str]] = {}
    for flow in energy:
        key = flow.step, flow.utility
        total[key] = total.get(key, 0.0) + flow.kwh * factor
        grades.setdefault(key, []).append(flow.grade)
    found = []
    for (step, name), kwh in total.items():
        utility = library.utilities[name]
        grade = worst([utility.price.grade, *grades[step, name]])
        path = f"utilities.{name}.price"
        found.append(CostItem(step, "utilities", name, kwh * utility.price.value, grade, kwh, path))
    return found


def _consumables(line: Line, ledger: Ledger) -> list[CostItem]:
    """Return what wears out; per unit that the machine handled."""
    factor, library, found = per_year(ledger), line.library, []
    for step in line.route.steps:
        handled = ledger.steps[step.id].finished * line.flowsheet.steps[step.id].run_units * factor
        for name, amount in step.consumables.items():
            if name in library.consumables:
                price, grade = library.consumables[name].price.value, library.consumables[name].price.grade
                path = f"consumables.{name}.price"
            else:
                (price, grade), path = _price(library, name), _price_path(name)
            taken = handled * amount.value
            grade = worst([grade, amount.grade])
            found.append(CostItem(step.id, "consumables", name, taken * price, grade, taken, path))
    return found


def _waste(line: Line, ledger: Ledger, flows: Iterable[MaterialFlow]) -> list[CostItem]:
    """Return disposal, deactivation and the caustic that scrubs H2S."""
    factor, library, found = per_year(ledger), line.library, []
    for flow in flows:
        if flow.direction == "waste":
            usd, grade, path = _disposal(library, flow.material)
            kg = flow.kg * factor
            if samples.largest(abs(usd)):
                found.append(CostItem(flow.step, "waste", flow.material, kg * usd, grade, kg, path))
        elif flow.direction == "emission" and is_hydrogen_sulfide(library, flow.material):
            demand, usd, grade, path = _caustic(library)
            kg = flow.kg * factor * demand
            found.append(CostItem(flow.step, "waste", "scrubber caustic", kg * usd, grade, kg, path))
    return found


def _disposal(library: Library, material: str) -> tuple[float, str, str]:
    """Return the cost of disposing of a material [USD/kg], its grade and its path."""
    entry, economics = library.materials[material], library.economics
    if entry.disposal is not None:
        return entry.disposal.value, entry.disposal.grade, f"materials.{material}.disposal"
    elements = set(entry.mass_fractions)
    if "H2S_former" in entry.hazards or ("S" in elements and elements & {"Li", "Na", "P"} and "O" not in elements):
        price = economics.sulfide_deactivation
        return price.value, price.grade, "economics.sulfide_deactivation"
    return 0.0, GRADES[-1], ""


def _caustic(library: Library) -> tuple[float, float, str, str]:
    """Return the caustic for H2S [kg/kg], its price [USD/kg], the grade of both and the path of the price."""
    demand = library.economics.scrubber_caustic
    name = caustic_of(library)
    if not name:
        return demand.value, 0.0, GRADES[-1], ""
    price, grade = _price(library, name)
    return demand.value, price, worst([grade, demand.grade]), _price_path(name)


def _labour(line: Line, ledger: Ledger) -> list[CostItem]:
    """Return paid posts: operators shared by the hours that steps held them, crews of steps, staff on the line."""
    economics, sizing = line.library.economics, line.sizing
    grade = economics.wage.grade
    # crews that are too few for the paid hours of their people work overtime, and it is paid
    paid_h = samples.highest(sizing.people * economics.paid_hours.value, sizing.posts * sizing.open_hours_per_year)
    post = paid_h / sizing.posts if sizing.posts else 0.0

    def paid(step: str, item: str, hours: float) -> CostItem:
        return CostItem(step, "labour", item, hours * economics.wage.value, grade, hours, "economics.wage")

    operators = post * sizing.operator_posts
    crews = [(step.id, post * step.crew.value) for step in line.route.steps if step.crew is not None]
    hours = {name: step.operator_h for name, step in ledger.steps.items() if samples.largest(step.operator_h) > 0.0}
    total = sum(hours.values())
    found = [paid(name, "operators", operators * held / total) for name, held in hours.items()]
    if not found and operators:
        found.append(paid(LINE, "operators", operators))
    found += [paid(name, "crew", share) for name, share in crews]
    staff: dict[str, float] = {}
    for name, value in line.route.staff.items():
        staff[of_line(name)] = staff.get(of_line(name), 0.0) + value.value
    found += [paid(step, "staff", post * number) for step, number in staff.items() if number]
    return found


def _capital(line: Line, parts: Iterable[CapitalPart]) -> list[CostItem]:
    """Return annualised equipment, contingency, start-up, floor and rooms."""
    economics = line.library.economics
    rate = economics.discount_rate.value
    building_crf = capital_recovery_factor(rate, economics.building_life.value)
    shares = {"contingency": economics.contingency, "start-up": economics.startup}
    found: list[CostItem] = []
    for part in parts:
        equipment = part.installed_usd * capital_recovery_factor(rate, part.life_y)
        found.append(CostItem(part.step, "capital", part.item, equipment, part.grade))
        whole = equipment
        for item, usd in (("floor", part.floor_usd), ("room", part.room_usd)):
            if samples.largest(usd):
                found.append(CostItem(part.step, "building", item, usd * building_crf, economics.building.grade))
                whole += usd * building_crf
        for name, share in shares.items():
            found.append(CostItem(part.step, "capital", name, share.value * whole, worst([share.grade, part.grade])))
    return merged(found)


def merged(items: Iterable[CostItem]) -> list[CostItem]:
    """Return items of one step, category and name as one."""
    total: dict[tuple[str, str, str], CostItem] = {}
    for item in items:
        key = item[:3]
        before = total.get(key)
        if before is None:
            total[key] = item
        else:
            usd, amount = before.usd_per_year + item.usd_per_year, before.amount + item.amount
            total[key] = CostItem(*key, usd, max(before.grade, item.grade), amount, before.price)
    return list(total.values())


def _on_capital(line: Line, parts: Iterable[CapitalPart]) -> list[CostItem]:
    """Return maintenance, insurance and tax."""
    economics, found = line.library.economics, []
    for category, share in (("maintenance", economics.maintenance), ("insurance_tax", economics.insurance_tax)):
        name, shares = category.replace("_", " and "), []
        for part in parts:
            usd = (part.installed_usd + part.floor_usd + part.room_usd) * share.value
            shares.append((part.step, usd, worst([share.grade, part.grade])))
        found += _by_step(category, name, shares)
    return found


def _by_step(category: str, name: str, shares: Iterable[tuple[str, float, str]]) -> list[CostItem]:
    """Return one item per step, the sum of its shares: (step, USD per year, grade)."""
    total: dict[str, tuple[float, str]] = {}
    for step, usd, grade in shares:
        before = total.get(step)
        total[step] = (usd, grade) if before is None else (before[0] + usd, max(before[1], grade))
    return [CostItem(step, category, name, usd, grade) for step, (usd, grade) in total.items()]


def stock_items(line: Line, ledger: Ledger, variable: Sequence[CostItem]) -> list[CostItem]:
    """Return the interest on what is tied up in stocks."""
    economics, library = line.library.economics, line.library
    rate, share = economics.discount_rate.value, economics.working_capital
    by_step: dict[str, float] = {}
    largest: dict[str, CostItem] = {}
    for item in variable:
        by_step[item.step] = by_step.get(item.step, 0.0) + item.usd_per_year
        known = largest.get(item.step)
        if known is None or _size(item) >= _size(known):
            largest[item.step] = item
    # A stock is as well known as the largest part of it.
    found = [
        CostItem(
            step,
            STOCKS,
            "stocks and receivables",
            usd * share.value * rate,
            worst([share.grade, largest[step].grade]),
        )
        for step, usd in by_step.items()
    ]
    shipped = ledger.shipped * per_year(ledger)
    if shipped:
        value = ledger.wip * sum(by_step.values()) / shipped
        most = max(largest.values(), key=_size).grade if largest else share.grade
        found.append(CostItem(LINE, STOCKS, WORK_IN_PROCESS, value * rate, worst([share.grade, most])))
    for material, tank in line.route.tanks.items():
        price, price_grade = _price(library, material)
        kg, named = tank.initial.value, f"first fill of {material}"
        found.append(CostItem(LINE, STOCKS, named, kg * price * rate, price_grade, kg, _price_path(material)))
    return found


def _size(item: CostItem) -> float:
    return samples.typical(item.usd_per_year)


def _overhead(line: Line, labour: Iterable[CostItem], capital: Iterable[CostItem]) -> list[CostItem]:
    economics = line.library.economics
    found: list[CostItem] = []
    for items, name, share in (
        (labour, "on labour", economics.overhead_on_labour),
        (capital, "on capital", economics.overhead_on_capital),
    ):
        shares = [(item.step, item.usd_per_year * share.value, worst([share.grade, item.grade])) for item in items]
        found += _by_step("overhead", name, shares)
    return found


# -- cost as a function of one price -----------------------------------------------------------------------------------


def priced(line: Line, prices: Mapping[str, float]) -> Line:
    """Return a line with other material prices [USD/kg] and those that follow them; plan, flows and sizes stay.

    Raises
    ------
    KeyError
        If a material is not in the catalogue.
    """
    materials = dict(line.library.materials)
    for name, usd in prices.items():
        entry = materials[name]
        old = entry.price
        if old is None:
            raise KeyError(f"{name} has no price to change")
        materials[name] = entry.model_copy(update={"price": replace(quoted(old, usd), low=None, high=None)})
    return design(line, library=replace(line.library, materials=settled(materials)), reads=())


def at_prices(line: Line, prices: Mapping[str, float]) -> Line:
    """Return a line at all prices of a set [USD/kg], see `catalogue_at`."""
    return design(line, library=catalogue_at(line.library, prices), reads=())


def catalogue_at(library: Library, prices: Mapping[str, float]) -> Library:
    """Return a catalogue at all prices of a set [USD/kg]; they follow nothing any more, what follows them does."""
    materials = dict(library.materials)
    for name, usd in prices.items():
        if (old := materials[name].price) is not None:
            materials[name] = materials[name].model_copy(update={"price": fixed(old, usd)})
    return replace(library, materials=settled(materials))


def cost_at(line: Line, ledger: Ledger, prices: Mapping[str, float], **known: Any) -> float:
    """Return the cost per unit where materials have all of these prices at once [USD/unit].

    Parameters
    ----------
    prices : mapping
        Of a price set, by material [USD/kg]; they follow nothing any more, and what follows them moves along.
    known
        As in `cost_items`.
    """
    moved = at_prices(line, prices)
    return math.fsum(item.usd_per_year for item in cost_items(moved, ledger, **known)) / shipped_per_year(ledger)


def price_slope(
    line: Line,
    ledger: Ledger,
    material: str,
    *,
    materials: Sequence[MaterialFlow] | None = None,
    energy: Sequence[EnergyFlow] | None = None,
    parts: Sequence[CapitalPart] | None = None,
    taken: Mapping[str, float] | None = None,
) -> CostLine:
    """Return the cost per unit as an exact straight line of one material's price.

    Parameters
    ----------
    material : str
        Such as `Li2S`. Prices that follow it move along.
    materials, energy, parts, taken
        As in `cost_items`.

    Notes
    -----
    Nothing in the cost is more than linear in a price, so two evaluations give the line. A material that the route
    does not buy has slope 0.
    """
    shipped = shipped_per_year(ledger)
    if line.library.materials[material].price is None:
        return CostLine(sum(item.usd_per_year for item in cost_items(line, ledger)) / shipped, 0.0)
    known: dict[str, Any] = {
        "materials": material_flows(line, ledger) if materials is None else materials,
        "energy": energy_flows(line, ledger) if energy is None else energy,
        "parts": capital_parts(line, ledger) if parts is None else parts,
        "taken": used(line, ledger) if taken is None else taken,
    }

    def cost(price: float) -> float:
        items = cost_items(priced(line, {material: price}), ledger, **known)
        return math.fsum(item.usd_per_year for item in items) / shipped

    fixed, at_thousand = cost(0.0), cost(1000.0)
    return CostLine(fixed, (at_thousand - fixed) / 1000.0)
