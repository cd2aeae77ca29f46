"""Formulas of the workbook: what the tables of a run follow from, written so that a spreadsheet works it out again.

Every row of the table `costs` is an amount times a price. Amounts come from the simulation and stay; prices, wages,
shares, the interest rate and what equipment costs are cells, and what follows from them follows here as it does in the
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from sim.reporting.sheets import Column, Formula, Typed, summed
from sim.results import CATEGORIES, Results, records

__all__ = ["COST", "EQUIPMENT", "INPUTS", "STOCKS", "TOTALS", "Model"]

VARIABLE = CATEGORIES[:6]
"""Categories that grow with the output, on which stocks are reckoned."""
OVERHEAD = {
    "on labour": ("overhead_on_labour", ("labour",)),
    "on capital": ("overhead_on_capital", ("capital", "building")),
}
"""What an overhead is a share of."""
ON_CAPITAL = ("maintenance", "insurance_tax")
ON_ANNUITIES = {"contingency": "contingency", "start-up": "startup"}
FACTORS = (
    "discount_rate", "building_life", "building", *ON_CAPITAL, *ON_ANNUITIES.values(), "working_capital",
    "overhead_on_labour", "overhead_on_capital",
)  # fmt: skip
"""Numbers of the catalogue's economics that the cost rests on, beside prices, wages and installation factors."""
TURNKEY = "economics.install.turnkey"

CLOSE = 1e-12
"""Relative difference of a formula from the table, up to which the formula stands for it [1]."""

KEY = ["line", "step", "category", "item"]
"""Columns that name an item of the cost and what is bought for it."""
STOCK = "working_capital"
ALL = "all"
"""Stands for the lines of a number that they share."""
WORK_IN_PROCESS = "work in process"


# -- sheets ----------------------------------------------------------------------------------------------

INPUTS = (
    Column("number", width=34), Column("in words", width=28), Column("line", width=16), Column("value", "#,##0.00####"),
    Column("unit"),
    Column("low", "#,##0.00####"), Column("high", "#,##0.00####"), Column("grade", width=7),
    Column("in the run", "#,##0.00####"), Column("name in formulas", width=34), Column("source", width=60),
    Column("note", width=60),
)  # fmt: skip

EQUIPMENT = (
    Column("line", width=16), Column("step", width=18), Column("section"), Column("equipment", width=24),
    Column("machines", "0.##"), Column("size", "#,##0.00##"), Column("size unit"),
    Column("quote at reference size [USD]", "#,##0"), Column("reference size [size unit]", "#,##0.00##"),
    Column("exponent", "0.00"), Column("cost index, year of money / quote", "0.0000"),
    Column("containment: contained / plain price", "0.00"), Column("quote is of the machine"),
    Column("installation factor", "0.00"), Column("taken of it, by battery plant", "0.0000"),
    Column("purchase, all [USD]", "#,##0"), Column("installed, all [USD]", "#,##0"), Column("life [y]", "0.#"),
    Column("CRF [1/y]", "0.00000"), Column("annuity [USD/y]", "#,##0"), Column("floor [m2]", "#,##0.0"),
    Column("plain floor [USD]", "#,##0"), Column("room above it [USD]", "#,##0"),
    Column("CRF of building [1/y]", "0.00000"),
    Column("annuity of floor [USD/y]", "#,##0"), Column("annuity of room [USD/y]", "#,##0"),
    Column("installed in the run [USD]", "#,##0"), Column("grade", width=7), Column("basis", width=18),
    Column("note", width=60),
)  # fmt: skip

STOCKS = (
    Column("line", width=16), Column("price", width=34), Column("in process [kg, kWh, h]", "#,##0.00##"),
    Column("the same per unit of yearly output", "0.000E+00"), Column("price [USD per kg, kWh, h]", "#,##0.00##"),
    Column("value [USD]", "#,##0"), Column("value per unit of yearly output [USD]", "0.000000"),
)  # fmt: skip

COST = (
    Column("line", width=16), Column("step", width=18), Column("category", width=16), Column("item", width=28),
    Column("grade", width=7), Column("times", width=38), Column("amount a year", "#,##0.00"),
    Column("amount per unit of product", "0.000000"), Column("USD per amount", "#,##0.0000"), Column("USD/y", "#,##0"),
    Column("USD per unit of product", "0.0000"), Column("in the run [USD per unit]", "0.0000"),
)  # fmt: skip

TOTALS = (
    Column("line", width=20), Column("unit of product"),
    *(Column(f"{category.replace('_', ' ')} [USD per unit]", "#,##0.0000") for category in CATEGORIES),
    Column("cost [USD per unit]", "#,##0.0000"), Column("in the run [USD per unit]", "#,##0.0000"),
    Column("change", "0.00%"), Column("cost [USD/y]", "#,##0"),
    Column("capital, floor and rooms included [USD]", "#,##0"),
)  # fmt: skip


def _letter(columns: tuple[Column, ...], head: str) -> str:
    """Return the letters of the column whose head begins so."""
    at = next(at for at, column in enumerate(columns) if column.head.startswith(head))
    return f"{chr(ord('A') + at // 26 - 1) if at >= 26 else ''}{chr(ord('A') + at % 26)}"


@dataclass(frozen=True)
class Model:
    """What formulas are made from: tables of a run, in whatever currency, and the names of cells."""

    results: Results
    code: str

    @cached_property
    def lines(self) -> list[str]:
        """Names of the lines."""
        return [line["name"] for line in self.results.manifest["lines"]]

    # -- inputs

    @cached_property
    def stated(self) -> Mapping[tuple[str, str], Any]:
        """Rows of the assumptions by line and path."""
        return {(row.line, f"{row.where}.{row.quantity}"): row for row in records(self.results.assumptions)}

    @cached_property
    def roots(self) -> Mapping[tuple[str, str], Mapping[str, float]]:
        """What a price moves by, per root, by line and path."""
        found: dict[tuple[str, str], dict[str, float]] = {}
        for row in records(self.results.price_roots):
            found.setdefault((row.line, row.price), {})[row.root] = row.slope
        return found

    @cached_property
    def settled(self) -> Mapping[tuple[str, str], float]:
        """Prices that follow others, and those that they follow, by line and path."""
        rows = records(self.results.price_roots)
        roots = {(row.line, row.root): row.root_usd_per_kg for row in rows}
        return roots | {(row.line, row.price): row.usd_per_kg for row in rows}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Prices in words, by path."""
        return dict(zip(self.results.price_slopes["price"], self.results.price_slopes["title"], strict=True))

    @cached_property
    def values(self) -> Mapping[tuple[str, str], float]:
        """Values of all numbers that formulas need, by line and path."""
        needed: dict[tuple[str, str], float] = {}
        for line in self.lines:
            kinds = self.results.equipment.loc[self.results.equipment["line"] == line, "install"].unique()
            for name in (*FACTORS, *(f"install.{kind}" for kind in kinds), "install.turnkey"):
                needed[line, f"economics.{name}"] = self.stated[line, f"economics.{name}"].value
        for row, cost in self._bought():
            stock = row.category == STOCK or not row.amount_per_unit
            worth = 0.0 if stock else float(f"{cost / row.amount_per_unit:.13g}")
            self._need(needed, row.line, row.price, worth)
        return needed

    @cached_property
    def costs(self) -> pd.DataFrame:
        """The cost table, an item that has another grade in some replications as one."""
        sums = {"usd_per_year": "sum", "usd_per_unit": "sum", "grade": "max"}
        found = self.results.costs.groupby(KEY, sort=False, as_index=False).agg(sums)
        return found[self.results.costs.columns]

    def _bought(self) -> Iterator[tuple[Any, float]]:
        """Yield the rows of the bill of quantities with their cost."""
        costs = {tuple(row[:4]): row.usd_per_unit for row in records(self.costs)}
        for row in records(self.results.quantities):
            yield row, costs.get(tuple(row[:4]), 0.0)

    def _need(self, needed: dict[tuple[str, str], float], line: str, path: str, worth: float) -> None:
        """Note a price with all that it follows; one that is no assumption of its line is worth what it costs."""
        if (line, path) not in needed:
            told = self.stated.get((line, path))
            needed[line, path] = self.settled.get((line, path), worth if told is None else told.value)
            for root in self.roots.get((line, path), ()):
                self._need(needed, line, root, 0.0)

    @cached_property
    def names(self) -> Mapping[tuple[str, str], str]:
        """Names of cells by path and line; of a number that all lines share, the line is `all`."""
        found: dict[tuple[str, str], str] = {}
        for path, line in dict.fromkeys((path, self._owner(line, path)) for line, path in self.values):
            own = path if line == ALL else f"{path}.{line}"
            name = re.sub(r"\W", "_", own)
            while name.lower() in {other.lower() for other in found.values()}:
                name += "_"
            found[path, line] = name
        return found

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Paths of numbers that are the same for all lines that have them, as all that they follow is."""
        own: set[str] = set()
        paths = dict.fromkeys(path for _, path in self.values)
        told = {
            path: {(v, *self.roots.get((at, p), {}).items()) for (at, p), v in self.values.items() if p == path}
            for path in paths
        }
        before = -1
        while len(own) != before:
            before = len(own)
            follows = {path for (_, path), roots in self.roots.items() if own & roots.keys()}
            own |= {path for path in paths if len(told[path]) > 1 or path in follows}
        return frozenset(paths.keys() - own)

    def _owner(self, line: str, path: str) -> str:
        return ALL if path in self._shared else line

    def name(self, line: str, path: str) -> str:
        """Return the name of the cell that holds a number of a line."""
        return self.names[path, self._owner(line, path)]

    def factor(self, line: str, name: str) -> str:
        """Return the name of the cell that holds a number of the economics of a line."""
        return self.name(line, f"economics.{name}")

    def inputs(self) -> Iterator[tuple[Any, ...]]:
        """Yield the numbers that may be changed: rates and shares, then wage and prices."""
        for (path, owner), name in self.names.items():
            line = next(at for at, other in self.values if other == path and owner in {at, ALL})
            value = self.values[line, path]
            told = self.stated.get((line, path)) or self.stated.get((line, f"{path}.plus"))
            cell: Formula | Typed = Typed(value)
            if roots := self.roots.get((line, path)):
                moved = (
                    f"{slope!r}*({self.name(line, root)}-{self.values[line, root]!r})" for root, slope in roots.items()
                )
                cell = Formula("+".join([repr(value), *moved]))
            unit = f"{self.code}/kg" if told is None else told.unit
            facts = (None, None, None) if told is None else (told.low, told.high, told.grade)
            if (line, path) not in self.stated:  # worked out from its roots: a range of its conversion is none of it
                facts = (None, None, facts[2])
            words = ("", "") if told is None else (told.source, told.note)
            yield path, self.titles.get(path, ""), owner, cell, unit, *facts, value, name, *words

    # -- equipment

    @cached_property
    def parts(self) -> list[Any]:
        """Rows of the equipment list, those of a step together."""
        return self._ordered(self.results.equipment)

    def _ordered(self, table: pd.DataFrame, *more: Any) -> list[Any]:
        """Return the rows of a table by line and step, in the order of the run."""
        rows = records(table)
        steps: dict[tuple[str, str], int] = {}
        for row in rows:
            steps.setdefault((row.line, row.step), len(steps))
        return sorted(
            rows, key=lambda row: (self.lines.index(row.line), steps[row.line, row.step], *(f(row) for f in more))
        )

    @cached_property
    def rows_of_step(self) -> Mapping[tuple[str, str], list[int]]:
        """Rows of the sheet of equipment by line and step."""
        found: dict[tuple[str, str], list[int]] = {}
        for row, part in enumerate(self.parts, start=2):
            found.setdefault((part.line, part.step), []).append(row)
        return found

    def equipment(self) -> Iterator[tuple[Any, ...]]:
        """Yield the equipment list: what a machine costs at its size, installed, and by the year."""
        for row, part in enumerate(self.parts, start=2):
            line = part.line
            kind = f"economics.install.{part.install}"
            plain = part.reference_usd * part.cost_index * (part.size / part.reference_size) ** part.exponent
            plain = plain / part.containment if part.quoted == "contained" else plain
            whole = part.machines * plain * part.taken
            scaled = f'E{row}*H{row}*K{row}*(F{row}/I{row})^J{row}*O{row}/IF(M{row}="contained",L{row},1)'
            floor = self.values[line, "economics.building"] * part.area_m2
            if part.basis == "battery plant":
                bought = _live(
                    f"Q{row}/{self.name(line, TURNKEY)}",
                    part.installed_usd / self.values[line, TURNKEY],
                    part.purchase_usd,
                )
            else:
                bought = _live(f"{scaled}*L{row}", whole * part.containment, part.purchase_usd)
            yield (
                *(line, part.step, part.section, part.equipment, part.machines, part.size, part.size_unit),
                *(Typed(part.reference_usd), part.reference_size, Typed(part.exponent), part.cost_index),
                *(part.containment, part.quoted, Formula(self.name(line, kind)), part.taken, bought),
                _live(
                    f"{scaled}*(L{row}+N{row}-1)", whole * (part.containment + part.factor - 1.0), part.installed_usd
                ),
                *(Typed(part.life_y), Formula(self._crf(line, f"R{row}")), Formula(f"Q{row}*S{row}"), part.area_m2),
                _live(f"U{row}*{self.factor(line, 'building')}", floor, part.floor_usd),
                *(part.room_usd, Formula(self._crf(line, self.factor(line, "building_life")))),
                *(Formula(f"V{row}*X{row}"), Formula(f"W{row}*X{row}"), part.installed_usd),
                *(part.grade, part.basis, part.note),
            )

    def _crf(self, line: str, life: str) -> str:
        rate = self.factor(line, "discount_rate")
        return f"IF({rate}=0,1/{life},{rate}/(1-(1+{rate})^-{life}))"

    def _of_parts(self, line: str, step: str, *heads: str) -> str:
        """Return the sum of columns of the equipment of a step."""
        rows = self.rows_of_step.get((line, step), [])
        return "+".join(summed(_letter(EQUIPMENT, head), rows, "Equipment") for head in heads)

    # -- stocks

    @cached_property
    def in_process(self) -> list[Any]:
        """Rows of the bill of quantities that are tied up in work in process."""
        found = self.results.quantities
        return records(found[found["item"] == WORK_IN_PROCESS])

    def stocks(self) -> Iterator[tuple[Any, ...]]:
        """Yield what is tied up in work in process, price by price."""
        for row, it in enumerate(self.in_process, start=2):
            price = Formula(self.name(it.line, it.price))
            amounts = (it.price, it.amount_per_year, it.amount_per_unit)
            yield it.line, *amounts, price, Formula(f"C{row}*E{row}"), Formula(f"D{row}*E{row}")

    # -- cost

    @cached_property
    def items(self) -> list[Any]:
        """Rows of the cost table, by line, step and category."""
        return self._ordered(self.costs, lambda row: CATEGORIES.index(row.category))

    @cached_property
    def rows_of_items(self) -> Mapping[tuple[str, str, str], list[int]]:
        """Rows of the sheet of costs by line, step and category."""
        found: dict[tuple[str, str, str], list[int]] = {}
        for row, it in enumerate(self.items, start=2):
            found.setdefault((it.line, it.step, it.category), []).append(row)
        return found

    def cost(self) -> Iterator[tuple[Any, ...]]:
        """Yield every item of the cost as an amount times what it costs."""
        bought = {tuple(row[:4]): row for row in records(self.results.quantities)}
        for row, it in enumerate(self.items, start=2):
            found = self._item(it, bought.get(tuple(it[:4])))
            told = (it.line, it.step, it.category, it.item, it.grade, *found[:-1], Formula(found.usd))
            yield *told, Formula(f"G{row}*I{row}"), Formula(f"H{row}*I{row}"), it.usd_per_unit

    def _item(self, it: Any, bought: Any) -> _Item:
        line, step, kind = it.line, it.step, it.category
        rate = self.factor(line, "discount_rate")
        per_unit = it.usd_per_unit / it.usd_per_year if it.usd_per_year else 0.0
        if it.item == WORK_IN_PROCESS:
            rows = [row for row, stock in enumerate(self.in_process, start=2) if stock.line == line]
            year, unit = (Formula(summed(of, rows, "Stocks")) for of in "FG")
            return _Item("interest on stocks", year, unit, rate)
        if bought is not None:
            usd = self.name(line, bought.price)
            usd = f"{usd}*{rate}" if kind == STOCK else usd
            return _Item(bought.price, bought.amount_per_year, bought.amount_per_unit, usd)
        if kind == STOCK:
            share = f"{self.factor(line, STOCK)}*{rate}"
            return _Item("share of variable cost × interest", *self._summed(it, VARIABLE), share)
        if kind == "overhead":
            share, of = OVERHEAD[it.item]
            return _Item(f"share of {' and '.join(of)}", *self._summed(it, of), self.factor(line, share))
        if kind in ON_CAPITAL:
            whole = self._of_parts(line, step, "installed, all", "plain floor", "room above")
            return _Item("share of installed", 1.0, per_unit, f"{self.factor(line, kind)}*({whole})")
        if it.item in ON_ANNUITIES:
            whole = self._of_parts(line, step, "annuity [", "annuity of floor", "annuity of room")
            return _Item("share of annuities", 1.0, per_unit, f"{self.factor(line, ON_ANNUITIES[it.item])}*({whole})")
        if kind == "building":
            return _Item("annuity", 1.0, per_unit, self._of_parts(line, step, f"annuity of {it.item}"))
        rows = [row for row in self.rows_of_step[line, step] if it.item == _called(self.parts[row - 2])]
        return _Item("annuity", 1.0, per_unit, summed(_letter(EQUIPMENT, "annuity ["), rows, "Equipment"))

    def _summed(self, it: Any, categories: tuple[str, ...]) -> tuple[Formula, Formula]:
        rows = [row for category in categories for row in self.rows_of_items.get((it.line, it.step, category), [])]
        return Formula(summed("J", rows)), Formula(summed("K", rows))

    # -- totals

    def totals(self) -> Iterator[tuple[Any, ...]]:
        """Yield what a unit of every line costs, by category, now and in the run."""
        units = {line["name"]: line["unit"] for line in self.results.manifest["lines"]}
        last = _letter(TOTALS, CATEGORIES[-1])
        total, run = _letter(TOTALS, "cost [USD per"), _letter(TOTALS, "in the run")
        for row, line in enumerate(self.lines, start=2):
            mine = [at for at, it in enumerate(self.items, start=2) if it.line == line]
            cells = [
                Formula(summed("K", [at for at in mine if self.items[at - 2].category == category], "Cost"))
                for category in CATEGORIES
            ]
            parts = [at for (owner, _), rows in self.rows_of_step.items() if owner == line for at in rows]
            yield (
                *(line, units[line], *cells, Formula(f"SUM(C{row}:{last}{row})")),
                Formula(summed("L", mine, "Cost")),
                Formula(f"{total}{row}/{run}{row}-1"),
                Formula(summed("J", mine, "Cost")),
                Formula("+".join(summed(of, parts, "Equipment") for of in "QVW")),
            )


class _Item(NamedTuple):
    """How an item of the cost comes about."""

    words: str
    """What its amount is multiplied with."""
    per_year: float | Formula
    """Amount."""
    per_unit: float | Formula
    usd: str
    """Formula of what one of the amount costs."""


def _called(part: Any) -> str:
    """Return what a part of the equipment is called in the cost table."""
    return f"{part.section}: {part.equipment}" if part.section else str(part.equipment)


def _live(formula: str, comes_to: float, told: float) -> Formula | float:
    """Return a formula, or the number that the table tells, where it is another: a mean of several replications."""
    return Formula(formula) if abs(comes_to - told) <= CLOSE * abs(told) else told
