"""Replications, taken in one by one: running sums of long tables, and every value of the key figures.

What is held grows with the replications by their key figures alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.results import TABLES, MeasuredFacts

__all__ = ["Replications"]

EACH = tuple(table for table in TABLES.values() if table.made == "each")
"""Tables that hold means over replications."""

ONCE = tuple(table.name for table in TABLES.values() if table.made == "once")
"""Tables of a line that its first replication makes."""

_LAYOUTS = 8
"""Lists of rows of one table that are kept apart before they are merged."""

Floats = npt.NDArray[np.float64]


class Replications:
    """The replications of a run so far, of each line in the order of their numbers."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._figures = {line: _Figures() for line in lines}
        self._means = {(line, table.name): _Mean(table.key) for line in lines for table in EACH}
        self._once: dict[tuple[str, str], pd.DataFrame] = {}
        self.facts: dict[str, MeasuredFacts] = {}
        """What the first replication of each line tells the manifest."""
        self.visits = 0
        """Operations started, of all steps, lines and replications [1]."""

    @property
    def number(self) -> int:
        """Replications so far, of each line [1]."""
        return min(len(figures) for figures in self._figures.values())

    def add(self, line: str, number: int, tables: Mapping[str, pd.DataFrame], visits: int) -> None:
        """Take in the tables of one replication of one line."""
        self._figures[line].add(number, tables["kpis"])
        for table in EACH:
            self._means[line, table.name].add(tables[table.name])
        for name in ONCE:
            if name in tables:
                self._once[line, name] = tables[name]
        self.visits += visits

    def series(self, kpi: str) -> dict[str, Floats]:
        """Return the values of a key figure so far by line, one a replication."""
        return {line: figures.series(kpi) for line, figures in self._figures.items()}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `kpis`, the means of all long tables and those that are made once."""
        found = {"kpis": pd.concat([it.table(line) for line, it in self._figures.items()], ignore_index=True)}
        for table in EACH:
            means = [self._means[line, table.name].table(len(it)) for line, it in self._figures.items()]
            found[table.name] = pd.concat(means, ignore_index=True)
        for name in ONCE:
            found[name] = pd.concat([self._once[line, name] for line in self._figures], ignore_index=True)
        return found


class _Figures:
    """The key figures of a line: their names once, their values of every replication."""

    def __init__(self) -> None:
        self._names: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._rows: list[tuple[int, tuple[tuple[str, ...], tuple[str, ...]], Floats]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, number: int, kpis: pd.DataFrame) -> None:
        names = (tuple(kpis["kpi"]), tuple(kpis["unit"]))
        values = np.array(kpis["value"], dtype=float)  # a copy: a view would hold the whole table
        self._rows.append((number, self._names.setdefault(names, names), values))

    def series(self, kpi: str) -> Floats:
        return np.array([values[names.index(kpi)] for _, (names, _), values in self._rows if kpi in names])

    def table(self, line: str) -> pd.DataFrame:
        lengths = [len(values) for _, _, values in self._rows]
        return pd.DataFrame(
            {
                "line": line,
                "replication": np.repeat([number for number, _, _ in self._rows], lengths),
                "kpi": [kpi for _, (names, _), _ in self._rows for kpi in names],
                "unit": [unit for _, (_, units), _ in self._rows for unit in units],
                "value": np.concatenate([values for _, _, values in self._rows]),
            }
        )


class _Mean:
    """The mean over replications of a long table; a row that a replication lacks counts as 0."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        self._parts: list[_Part] = []
        """Rows as replications had them, with their sums: mostly all have the same."""

    def add(self, table: pd.DataFrame) -> None:
        keys = [table[name].array for name in self._keys]
        for part in self._parts:
            if part.fits(keys):
                part.sums += _stacked(table, part.numbers)
                return
        numbers = [name for name in table.columns if name not in self._keys]
        self._parts.append(_Part(table, keys, numbers, _stacked(table, numbers)))
        if len(self._parts) > _LAYOUTS:
            merged = self._sum()
            keys = [merged[name].array for name in self._keys]
            self._parts = [_Part(merged, keys, numbers, _stacked(merged, numbers))]

    def _sum(self) -> pd.DataFrame:
        numbers = self._parts[0].numbers
        tables = [part.rows.assign(**dict(zip(numbers, part.sums, strict=True))) for part in self._parts]
        table = pd.concat(tables, ignore_index=True)
        columns = list(table.columns)
        return table.groupby(self._keys, sort=False, dropna=False)[numbers].sum().reset_index()[columns]

    def table(self, replications: int) -> pd.DataFrame:
        total = self._sum()
        return total.assign(**{name: total[name] / replications for name in self._parts[0].numbers})


@dataclass(slots=True)
class _Part:
    """Rows of a table that replications have had alike."""

    rows: pd.DataFrame
    keys: list[Any]
    """Columns that name the rows."""
    numbers: list[str]
    """Names of the other columns."""
    sums: Floats
    """Of those, one in a row."""

    def fits(self, keys: list[Any]) -> bool:
        """Whether a table has the same rows, by the columns that name them."""
        return all(one.equals(other) for one, other in zip(self.keys, keys, strict=True))


def _stacked(table: pd.DataFrame, names: Sequence[str]) -> Floats:
    return np.array([table[name].to_numpy(dtype=float) for name in names])
