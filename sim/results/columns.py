"""What a table is made of: columns with type, unit and meaning; and the declaration that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal, Protocol, overload

import pandas as pd

__all__ = ["DOLLAR", "Column", "Table", "count", "in_money", "more", "number", "text"]

DOLLAR = "USD"
"""Code of the money that everything is worked out in, and that columns are declared in."""


def in_money(words: str, code: str) -> str:
    """Return a unit or the name of a column with another currency in the place of the dollar.

    >>> in_money("USD/kg", "EUR"), in_money("usd_per_unit", "EUR"), in_money("kg/kg", "EUR")
    ('EUR/kg', 'eur_per_unit', 'kg/kg')
    """
    return _DOLLARS.sub(lambda match: code if match[0] == DOLLAR else code.lower(), words)


_DOLLARS = re.compile(rf"(?<![A-Za-z])({DOLLAR}|{DOLLAR.lower()})(?![A-Za-z])")


class Holder(Protocol):
    """What holds tables by name."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...

    @property
    def currency(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Literal["text", "number", "count", "more"]
    """Words, numbers (empty where there is none), whole numbers (never empty); or any further columns."""
    unit: str = ""
    """The name of a column in backticks: the unit that stands there."""
    meaning: str = ""
    words: tuple[str, ...] = ()
    """All that a text may say."""

    def in_money(self, code: str) -> Column:
        """Return the column with another currency in the place of the dollar."""
        return replace(self, name=in_money(self.name, code), unit=in_money(self.unit, code))


def text(name: str, meaning: str = "", words: tuple[str, ...] = ()) -> Column:
    """Return a column of words."""
    return Column(name, "text", "", meaning, words)


def number(name: str, unit: str, meaning: str = "") -> Column:
    """Return a column of numbers."""
    return Column(name, "number", unit, meaning)


def count(name: str, meaning: str = "") -> Column:
    """Return a column of whole numbers."""
    return Column(name, "count", "1", meaning)


def more(meaning: str) -> Column:
    """Return a place for further columns of numbers or words."""
    return Column("", "more", "", meaning)


class Table:
    """A declared table; as an attribute of results the table itself.

    Parameters
    ----------
    meaning : str
        What its rows are.
    *columns : Column
        In their order.
    key : str, default=""
        Names of the columns that name a row.
    made : str, default=""
        `each`: every replication makes one, and the results hold the mean; `once`: the first replication makes it.
    when : str, default=""
        When a run has it; empty: always.
    """

    def __init__(self, meaning: str, *columns: Column, key: str = "", made: str = "", when: str = "") -> None:
        self.name = ""
        self.meaning = meaning
        self.columns = columns
        self.key = tuple(key.split())
        self.made = made
        self.when = when

    def __set_name__(self, _: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, results: None, _: type) -> Table: ...

    @overload
    def __get__(self, results: Holder, _: type) -> pd.DataFrame: ...

    def __get__(self, results: Holder | None, _: type) -> Table | pd.DataFrame:
        if results is None:
            return self
        if self.when and self.name not in results.tables:
            return self.in_money(results.currency).frame()
        return results.tables[self.name]

    def in_money(self, code: str) -> Table:
        """Return the table with another currency in the place of the dollar."""
        if code == DOLLAR:
            return self
        columns = [column.in_money(code) for column in self.columns]
        found = Table(self.meaning, *columns, made=self.made, when=self.when)
        found.name, found.key = self.name, self.key
        return found

    @property
    def names(self) -> list[str]:
        """Names of the columns that every such table has."""
        return [column.name for column in self.columns if column.kind != "more"]

    @property
    def open(self) -> bool:
        """Whether there may be further columns."""
        return any(column.kind == "more" for column in self.columns)

    @property
    def parts(self) -> list[list[str]]:
        """Names of the columns before, between and behind the places of further ones."""
        groups = groupby(self.columns, key=lambda column: column.kind == "more")
        return [[column.name for column in part] for is_more, part in groups if not is_more]

    def frame(self, rows: Iterable[Any] = ()) -> pd.DataFrame:
        """Return rows, tuples in the order of the columns or mappings by their names, as a table."""
        return pd.DataFrame(list(rows), columns=self.names)

    def problem(self, columns: list[str]) -> str:
        """Return what is wrong with the columns of a table, empty if they are those that are declared."""
        missing = [name for name in self.names if name not in columns]
        strange = [name for name in columns if name not in self.names and not self.open]
        faults = [f"lacks {', '.join(missing)}"] if missing else []
        faults += [f"has {', '.join(strange)}, which are not declared"] if strange else []
        if not faults and not self.open and columns != self.names:
            faults = ["has its columns in another order"]
        return f"{self.name} {' and '.join(faults)}" if faults else ""

    @property
    def dtypes(self) -> dict[str, type]:
        """Type of every column."""
        types: Mapping[str, type] = {"text": str, "number": float, "count": int}
        return {column.name: types[column.kind] for column in self.columns if column.kind != "more"}
