"""Every cost, energy and key figure of a line down to inputs, formula and sources, from the tables of its run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from sim.errors import SimError, nearest
from sim.reporting.words import money, plain, printing
from sim.results import Results, kpi_named, records, unknown_kpi

__all__ = ["Explanation", "Factor", "Product", "explain"]

VARIABLE = ("materials", "solvents", "gases", "utilities", "consumables", "waste")
"""Categories that grow with the output."""
_SHARES: Mapping[str, tuple[str, ...]] = {
    "contingency": ("contingency",),
    "start-up": ("startup",),
    "maintenance": ("maintenance",),
    "insurance_tax": ("insurance_tax",),
    "on labour": ("overhead_on_labour",),
    "on capital": ("overhead_on_capital",),
    "stocks and receivables": ("working_capital", "discount_rate"),
    "work in process": ("discount_rate",),
}
"""By what numbers of the economics a cost follows from others, by its item or category."""
LARGEST = 12
"""Items that are named where none is asked for."""


class Factor(NamedTuple):
    """A number of a file that a cost is multiplied by."""

    path: str
    value: float
    unit: str
    grade: str
    source: str


class Product(NamedTuple):
    """A product that is part of a cost; products add up to it."""

    amount: float
    """Per unit of good product, or capital for a unit a year."""
    unit: str
    factors: tuple[Factor, ...]
    annuity: str
    """What takes the place of the factors in words, where capital is paid back over its life."""
    usd_per_unit: float


class Explanation(NamedTuple):
    """One cost, energy or key figure."""

    title: str
    value: float
    unit: str
    grade: str
    products: tuple[Product, ...] = ()
    lines: tuple[str, ...] = ()
    """What else there is to say, a line each."""
    sources: tuple[Factor, ...] = ()


class Told(tuple[Explanation, ...]):
    """Explanations that print as text."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n\n".join(plain("\n".join(_text(one))) for one in self)


def explain(results: Results, line: str, item: str = "") -> Told:
    """Return where the numbers of a line come from.

    Parameters
    ----------
    results : Results
        Of a run.
    line : str
        One of its lines.
    item : str, default=""
        What to explain: a step, a category (`capital`), an item (`Li2S`), `step/item`, `energy`, or a key figure
        (`oee`); empty: the cost by category with its largest items.

    Raises
    ------
    SimError
        If there is no such line or item, with what there is.
    """
    lines = [str(one["name"]) for one in results.manifest["lines"]]
    if line not in lines:
        text = f"there is no line '{line}'{nearest(line, lines)}; there are {', '.join(lines)}"
        raise SimError(text)
    with printing(results) as told:
        return Told(_Book(told, line).of(item))


@dataclass(frozen=True)
class _Book:
    """The tables of one line."""

    results: Results
    line: str

    @cached_property
    def unit(self) -> str:
        return next(one["unit"] for one in self.results.manifest["lines"] if one["name"] == self.line)

    @cached_property
    def costs(self) -> pd.DataFrame:
        return self._own(self.results.costs)

    @cached_property
    def energy(self) -> pd.DataFrame:
        return self._own(self.results.energy)

    @cached_property
    def kpis(self) -> pd.DataFrame:
        return self._own(self.results.summary)

    @cached_property
    def known(self) -> dict[str, Factor]:
        """Numbers of the files by their paths."""
        rows = records(self._own(self.results.assumptions))
        found = {
            f"{row.where}.{row.quantity}": Factor(
                f"{row.where}.{row.quantity}", float(row.value), money(str(row.unit)), str(row.grade), str(row.source)
            )
            for row in rows
        }
        for row in records(self._own(self.results.followed)):
            path = f"materials.{row.material}.price"
            why = f"follows {str(row.roots).replace(' ', ', ')} ({row.used})"
            found.setdefault(path, Factor(path, float(row.usd_per_kg), money("USD/kg"), "", why))
        return found

    def _own(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[table["line"] == self.line] if "line" in table else table

    def of(self, item: str) -> Iterator[Explanation]:
        if not item:
            yield from self._overview()
            return
        costs = self.costs[self._named(self.costs, item)]
        for row in records(costs.sort_values("usd_per_unit", ascending=False, kind="stable")):
            yield self._cost(row)
        energy = self.energy if item == "energy" else self.energy[self.energy["step"] == item]
        if len(energy):
            yield self._energy(energy, "" if item == "energy" else item)
        figures = self.kpis[self.kpis["kpi"] == item]
        for row in records(figures):
            yield self._figure(row)
        if not (len(costs) or len(energy) or len(figures)):
            there = sorted({*self.costs["step"], *self.costs["category"], *self.costs["item"], *self.kpis["kpi"]})
            text = f"'{self.line}' has nothing called '{item}'{nearest(item, there)}; ask for one of its steps, "
            text += "a category of cost, an item, 'step/item', 'energy' or a key figure"
            raise SimError(text)

    def _named(self, costs: pd.DataFrame, item: str) -> pd.Series[bool]:
        step, _, what = item.rpartition("/")
        if step:
            return (costs["step"] == step) & (costs["item"] == what)
        return (costs["step"] == item) | (costs["category"] == item) | (costs["item"] == item)

    def _overview(self) -> Iterator[Explanation]:
        whole = float(self.costs["usd_per_unit"].sum())
        of = money(f"USD/{self.unit}")
        parts = self.costs.groupby("category", sort=False)["usd_per_unit"].sum().sort_values(ascending=False)
        lines = [f"{category:16} {_say(usd):>14} {of}  {usd / whole:6.1%}" for category, usd in parts.items()]
        yield Explanation(f"cost of {self.line}", whole, of, "", lines=tuple(lines))
        most = self.costs.sort_values("usd_per_unit", ascending=False, kind="stable").head(LARGEST)
        for row in records(most):
            yield self._cost(row)

    def _cost(self, row: Any) -> Explanation:
        products = tuple(self._products(row))
        lines: list[str] = []
        sources = {factor.path: factor for product in products for factor in product.factors}
        if row.category == "capital":
            for machine in records(self._machines(str(row.step), str(row.item))):
                told, used = self._machine(machine)
                lines += told
                sources |= used
        title = f"{row.category} of {row.step}: {row.item}"
        of = money(f"USD/{self.unit}")
        return Explanation(
            title, float(row.usd_per_unit), of, str(row.grade), products, tuple(lines), tuple(sources.values())
        )

    def _products(self, row: Any) -> Iterator[Product]:
        """Yield the products that a cost is the sum of."""
        bought = self._own(self.results.quantities)
        bought = bought[
            (bought["step"] == row.step) & (bought["category"] == row.category) & (bought["item"] == row.item)
        ]
        rate = self._factor("economics.discount_rate")
        for one in records(bought):
            price = self._factor(str(one.price))
            unit = price.unit.partition("/")[2] or "pieces"
            kept = row.category == "working_capital"
            yield _product(float(one.amount_per_unit), unit, [price, rate] if kept else [price])
        if len(bought):
            return
        shares = _SHARES.get(str(row.item), ()) or _SHARES.get(str(row.category), ())
        factors = [self._factor(f"economics.{name}") for name in shares]
        if row.category in ("capital", "building") and not factors:
            yield from self._annuity(row, rate)
        elif factors:
            amount, unit = self._base(row)
            yield _product(amount, unit, factors)

    def _annuity(self, row: Any, rate: Factor) -> Iterator[Product]:
        """Yield capital times the factor that pays it back over its life."""
        machines = self._machines(str(row.step), str(row.item)) if row.category == "capital" else self._parts(row.step)
        per_year = _per_year(row)
        column = {"floor": "floor_usd", "room": "room_usd"}.get(str(row.item), "installed_usd")
        building = self._factor("economics.building_life")
        for one in records(machines):
            usd, life = float(getattr(one, column)), float(one.life_y)
            life = life if column == "installed_usd" else building.value
            if usd:
                words = (
                    f"{_recovery(rate.value, life):.6g} per year (annuity at {_say(rate.value)} over {_say(life)} y)"
                )
                unit = money(f"USD for a {self.unit} a year")
                yield _product(usd * per_year, unit, [rate], _recovery(rate.value, life), words)

    def _base(self, row: Any) -> tuple[float, str]:
        """Return what a cost is a share of, and in what unit."""
        own = self.costs[self.costs["step"] == row.step]
        item, usd = str(row.item), money(f"USD/{self.unit}")

        def of(*categories: str, less: Sequence[str] = ()) -> float:
            rows = own[own["category"].isin(categories) & ~own["item"].isin(less)]
            return float(rows["usd_per_unit"].sum())

        if item in ("contingency", "start-up"):
            return of("capital", "building", less=("contingency", "start-up")), f"{usd} of machines, floor and room"
        if row.category == "overhead":
            if item == "on labour":
                return of("labour"), f"{usd} of labour"
            return of("capital", "building"), f"{usd} of machines, floor and room"
        if item == "stocks and receivables":
            return of(*VARIABLE), f"{usd} that grow with the output"
        if row.category in ("maintenance", "insurance_tax"):
            parts = self._parts(row.step)
            whole = float(parts[["installed_usd", "floor_usd", "room_usd"]].sum().sum())
            return whole * _per_year(row), money(f"USD for a {self.unit} a year")
        rate = self._factor("economics.discount_rate").value
        return float(row.usd_per_unit) / rate, f"{usd} of work in process"

    def _parts(self, step: str) -> pd.DataFrame:
        own = self._own(self.results.equipment)
        return own[own["step"] == step]

    def _factor(self, path: str) -> Factor:
        return self.known.get(path, Factor(path, math.nan, "", "", "not among the numbers of the run"))

    def _machines(self, step: str, item: str) -> pd.DataFrame:
        own = self._own(self.results.equipment)
        names = [f"{row.section}: {row.equipment}" if row.section else row.equipment for row in records(own.fillna(""))]
        return own[(own["step"] == step) & (pd.Series(names, index=own.index) == item)]

    def _machine(self, row: Any) -> tuple[list[str], dict[str, Factor]]:
        """Return how the installed cost of a part comes about, and the numbers that it takes."""
        usd = money("USD")
        if row.basis != "catalogue":
            note = f" ({row.note})" if isinstance(row.note, str) and row.note else ""
            return [f"installed: {_say(row.installed_usd)} {usd}, by {row.basis}{note}"], {}
        size = f"({_say(row.size)} {row.size_unit} / {_say(row.reference_size)} {row.size_unit})^{_say(row.exponent)}"
        index = f"{_say(row.cost_index)} (cost index)"
        one = row.reference_usd * (row.size / row.reference_size) ** row.exponent * row.cost_index
        base = one / row.containment if row.quoted == "contained" else one
        lines = [f"a machine: {_say(row.reference_usd)} {usd} x {size} x {index} = {_say(one)} {usd}"]
        if row.containment != 1.0:
            done = "with" if row.quoted == "contained" else "without"
            lines.append(f"containment x {_say(row.containment)}, the price is {done} it: plain {_say(base)} {usd}")
        contained = base * row.containment
        installed = contained + (row.factor - 1.0) * base
        lines.append(
            f"installed: {_say(contained)} + ({_say(row.factor)} - 1) x {_say(base)} = {_say(installed)} {usd}"
            f"; x {_say(row.machines)} machine{'' if row.machines == 1.0 else 's'} = {_say(row.installed_usd)} {usd}"
        )
        place = f"equipment.{row.equipment}"
        paths = [path for path in self.known if path.startswith((f"{place}.price.", f"{place}.life"))]
        paths += [path for path in self.known if path.endswith(f".steps.{row.step}.size")]
        paths += [path for path in [f"economics.install.{row.install}"] if path in self.known]
        return lines, {path: self.known[path] for path in paths}

    def _energy(self, rows: pd.DataFrame, step: str) -> Explanation:
        of = f"kWh/{self.unit}"
        lines = [
            f"{row.step}{f' ({row.section})' if isinstance(row.section, str) and row.section else ''}: {row.utility}, "
            f"{row.use}: {_say(row.kwh_per_unit)} {of} = {_say(row.kwh_per_year)} kWh/y over the output"
            for row in records(rows.sort_values("kwh_per_unit", ascending=False, kind="stable"))
        ]
        words = ("power", "dose", "heat", "vacuum", "cool", "temperature", "duration", "rate", "speed")
        steps = [step] if step else []
        sources = [
            factor
            for path, factor in self.known.items()
            if any(f".{one}." in path for one in steps) and any(word in path for word in words)
        ]
        return Explanation(
            f"energy of {step or self.line}", float(rows["kwh_per_unit"].sum()), of, _worst(rows["grade"]),
            lines=tuple(lines), sources=tuple(sources),
        )  # fmt: skip

    def _figure(self, row: Any) -> Explanation:
        lines = []
        if not unknown_kpi(str(row.kpi)):
            kpi = kpi_named(str(row.kpi))
            lines = [text for text in (kpi.meaning, f"formula: {kpi.formula}" if kpi.formula else "", kpi.note) if text]
        if not math.isnan(row.ci_low):
            lines.append(f"95 % interval of the mean over replications: {_say(row.ci_low)} to {_say(row.ci_high)}")
        lines += self._parts_of(str(row.kpi))
        return Explanation(str(row.kpi), float(row.mean), money(str(row.unit)), "", lines=tuple(lines))

    def _parts_of(self, kpi: str) -> list[str]:
        """Return the rows that a key figure is the sum of."""
        if kpi == "cost_per_unit":
            parts = self.costs.groupby("category", sort=False)["usd_per_unit"].sum()
            return [f"{name}: {_say(usd)} {money(f'USD/{self.unit}')}" for name, usd in parts.items()]
        if kpi == "energy_per_unit":
            parts = self.energy.groupby("utility", sort=False)["kwh_per_unit"].sum()
            return [f"{name}: {_say(kwh)} kWh/{self.unit}" for name, kwh in parts.items()]
        if kpi in ("oee", "utilisation", "availability"):
            hours = self._own(self.results.machines).groupby("state", sort=False)["hours"].sum()
            return [f"hours of all machines, {state}: {_say(value)}" for state, value in hours.items()]
        return []


def _say(value: float) -> str:
    """Return a number with six digits, large ones in full with thousands apart."""
    return f"{value:,.0f}" if 1e5 <= abs(value) < 1e15 else f"{value:.6g}"


def _times(factor: Factor) -> str:
    """Return a factor; a pure number with what it is."""
    short = factor.path.rpartition(".")[2].replace("_", " ")
    return f"{_say(factor.value)} ({short})" if factor.unit in ("1", "") else f"{_say(factor.value)} {factor.unit}"


def _product(
    amount: float, unit: str, factors: Sequence[Factor], times: float = math.nan, annuity: str = ""
) -> Product:
    """Return an amount times factors, or times an annuity that is made of them."""
    usd = amount * (math.prod(factor.value for factor in factors) if math.isnan(times) else times)
    return Product(amount, unit, tuple(factors), annuity, usd)


def _per_year(row: Any) -> float:
    """Return one over the yearly output, as the mean of the replications has it; 0 for what costs nothing [y/unit]."""
    return float(row.usd_per_unit) / float(row.usd_per_year) if row.usd_per_year else 0.0


def _recovery(rate: float, life_y: float) -> float:
    return 1.0 / life_y if rate == 0.0 else rate / -math.expm1(-life_y * math.log1p(rate))


def _worst(grades: Iterable[str]) -> str:
    return max((str(grade) for grade in grades), default="")


def _text(one: Explanation) -> Iterator[str]:
    """Yield the lines of an explanation."""
    yield f"{one.title} = {_say(one.value)} {one.unit}" + (f", grade {one.grade}" if one.grade else "")
    for product in one.products:
        factors = [product.annuity] if product.annuity else map(_times, product.factors)
        parts = [f"{_say(product.amount)} {product.unit}", *factors]
        yield f"  {_say(product.usd_per_unit)} = {' x '.join(parts)}"
    for line in one.lines:
        yield f"  {line}"
    if one.sources:
        yield from _sources(one.sources)


def _sources(found: Sequence[Factor]) -> Iterator[str]:
    yield "  from:"
    for factor in found:
        amount = "" if math.isnan(factor.value) else f" {_say(factor.value)} {factor.unit}".removesuffix(" 1")
        grade = f", {factor.grade}" if factor.grade else ""
        yield f"    {factor.path}{amount}{grade}: {factor.source}"
