"""Results in a currency: the one place where money is converted, once all of it is worked out in US dollars.

Which numbers are money is what their columns are declared as: a unit that begins with `USD`, or that of another column
of the row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from sim.results.columns import DOLLAR, Column, Table, in_money
from sim.results.folder import Results
from sim.results.kpis import kpi_named, unknown_kpi
from sim.results.manifest import CurrencyFacts, LineFacts, Manifest
from sim.results.tables import TABLES

__all__ = ["expressed", "named", "nameless"]

_UNIT = re.compile(r"`(?P<stands>\w+)`|unit of `(?P<path>\w+)`")
"""A unit that stands in another column, or that is the one of the number which another column names."""
BY_METHOD = "by `method`"


def expressed(results: Results, currency: CurrencyFacts) -> Results:
    """Return results of a run in US dollars in another currency.

    Every amount is divided by the dollars that one unit of the currency comes to; columns and units are named after it.
    What was typed or quoted (changes, resolved files, notes and warnings) stays as it was written.

    Parameters
    ----------
    results : Results
        In US dollars, with all of their tables.
    currency : CurrencyFacts
        Code, US dollars for one unit, and the year of that rate.
    """
    money = _Money(currency, _units(results))
    tables = {name: money.table(TABLES[name], found) for name, found in results.tables.items()}
    manifest = {**results.manifest, **money.facts(results.manifest)}
    return named(replace(results, tables=tables, manifest=cast("Manifest", manifest)), currency)


def nameless(results: Results) -> Results:
    """Return results in whatever currency with their columns as they are declared, and no currency in the manifest.

    For programs that read every currency alike and know by themselves what it is called.
    """
    if results.currency == DOLLAR:
        return results
    heads = {column.in_money(results.currency).name: column.name for column in _COLUMNS}
    tables = {name: found.rename(columns=heads) for name, found in results.tables.items()}
    manifest = {key: fact for key, fact in results.manifest.items() if key != "currency"}
    return replace(results, tables=tables, manifest=cast("Manifest", manifest))


def named(results: Results, currency: CurrencyFacts | None) -> Results:
    """Return nameless results with columns and manifest that say what money they are in; None are US dollars."""
    if currency is None:
        return results
    heads = {column.name: column.in_money(currency["code"]).name for column in _COLUMNS}
    tables = {name: found.rename(columns=heads) for name, found in results.tables.items()}
    return replace(results, tables=tables, manifest={**results.manifest, "currency": currency})


_COLUMNS = [column for table in TABLES.values() for column in table.columns if column.name]


def _units(results: Results) -> dict[str, str]:
    """Return the units of the numbers that tables name by their paths."""
    axes = [axis for sweep in results.manifest.get("sweeps", []) for axis in sweep["axes"]]
    return {
        **{
            f"{row.where}.{row.quantity}": row.unit
            for table in (results.assumptions, results.influence)
            for row in table[["where", "quantity", "unit"]].itertuples(index=False)
        },
        **dict(zip(results.switches["parameter"], results.switches["unit"], strict=True)),
        **dict(zip(results.price_slopes["price"], results.price_slopes["unit"], strict=True)),
        **{axis["path"]: axis["unit"] for axis in axes},
    }


class _Money:
    """Puts a currency in the place of the dollar."""

    def __init__(self, currency: CurrencyFacts, units: Mapping[str, str]) -> None:
        self.code = currency["code"]
        self.per_dollar = 1.0 / currency["usd"]
        self.units = units

    def table(self, table: Table, found: pd.DataFrame) -> pd.DataFrame:
        """Return a table with its money in the currency."""
        declared = {column.name: column for column in table.columns if column.kind != "more"}
        columns: dict[str, Any] = {}
        for head in found.columns:
            column = declared.get(head) or Column(head, "number", self._unit_of(head))
            factor = self._factor(column.unit, found) if column.kind == "number" else None
            columns[head] = found[head] if factor is None else found[head] * factor
        for head in {match["stands"] for column in declared.values() if (match := _UNIT.fullmatch(column.unit))} - {
            None
        }:
            columns[head] = found[head].map(self._words)
        return pd.DataFrame(columns, index=found.index, columns=found.columns)

    def _factor(self, unit: str, found: pd.DataFrame) -> Any:
        """Return by what numbers are multiplied: one number or one for each row, None if they are no money."""
        whole, _, per = unit.partition(" per ")
        if per:
            return self.per_dollar / self._factor(per, found)
        if _is_money(whole):
            return self.per_dollar
        if whole == BY_METHOD:
            return self._where(
                [
                    how == "morris" and _is_money(self._unit_of(kpi))
                    for how, kpi in zip(found["method"], found["kpi"], strict=True)
                ],
                found,
            )
        match = _UNIT.fullmatch(whole)
        if match is None:
            return None
        units = found[match["stands"]] if match["stands"] else found[match["path"]].map(self._unit_of)
        return self._where([_is_money(str(of)) for of in units], found)

    def _where(self, money: Sequence[bool], found: pd.DataFrame) -> pd.Series[Any]:
        return pd.Series([self.per_dollar if is_money else 1.0 for is_money in money], index=found.index, dtype=float)

    def _unit_of(self, name: str) -> str:
        """Return the unit of an indicator, of half its interval, or of the number at a path; empty if nobody knows."""
        kpi = str(name).removesuffix("_ci")
        return self.units.get(name, "") if unknown_kpi(kpi) else kpi_named(kpi).unit

    def _words(self, text: str) -> str:
        return in_money(str(text), self.code)

    def facts(self, manifest: Manifest) -> dict[str, Any]:
        """Return what of a manifest is money, in the currency; facts whose names say `usd` stay as they are."""
        found: dict[str, Any] = {
            "price_sets": {
                name: {material: price * self.per_dollar for material, price in prices.items()}
                for name, prices in manifest["price_sets"].items()
            },
            "lines": [self._line(line) for line in manifest["lines"]],
        }
        if "targets" in manifest:
            found["targets"] = {key: self._target(target) for key, target in manifest["targets"].items()}
        if "sweeps" in manifest:
            found["sweeps"] = [
                {**sweep, "axes": [self._axis(axis) for axis in sweep["axes"]]} for sweep in manifest["sweeps"]
            ]
        return found

    def _line(self, line: LineFacts) -> dict[str, Any]:
        costs = {key: cost * self.per_dollar for key, cost in line["backend"]["cost_per_unit"].items()}
        return {**line, "backend": {**line["backend"], "cost_per_unit": costs}}

    def _target(self, target: Mapping[str, Any]) -> dict[str, Any]:
        factor = self.per_dollar if _is_money(target["unit"]) else 1.0
        return {**target, "value": target["value"] * factor, "unit": self._words(target["unit"])}

    def _axis(self, axis: Mapping[str, Any]) -> dict[str, Any]:
        if not (axis["numeric"] and _is_money(axis["unit"])):
            return dict(axis)
        return {
            **axis,
            "unit": self._words(axis["unit"]),
            "values": [value * self.per_dollar for value in axis["values"]],
        }


def _is_money(unit: str) -> bool:
    """Whether amounts of a unit are money.

    >>> _is_money("USD/kg"), _is_money("expected cost at the target [USD/kg]"), _is_money("kg/USD")
    (True, True, False)
    """
    return unit.rpartition("[")[2].startswith(DOLLAR)
