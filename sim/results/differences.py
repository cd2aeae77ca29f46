"""Paired differences of lines, from the replications.

They hold the scatter of lots and machines alone, not what is unknown about prices, times and yields.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.results.kpis import Kpis
from sim.results.statistics import paired_difference
from sim.results.tables import Tables

__all__ = ["COMPARED", "differences", "variance_reduction"]

COMPARED = (Kpis.cost_per_unit.name, Kpis.throughput.name)
"""Key figures whose differences are tabled."""

Floats = npt.NDArray[np.float64]


def differences(kpis: pd.DataFrame, groups: Mapping[str, Hashable]) -> pd.DataFrame:
    """Return the paired difference of every two lines of one group.

    Parameters
    ----------
    kpis : DataFrame
        Columns line, replication, kpi, unit, value.
    groups : mapping
        What lines must share to be compared, by their names.

    Returns
    -------
    DataFrame
        Columns line_a, line_b, kpi, unit, mean (b less a), ci_low, ci_high (95 %), correlation, variance_reduction
        (see `variance_reduction`), replications.
    """
    rows = []
    for kpi in COMPARED:
        table = kpis[kpis["kpi"] == kpi]
        units = dict(zip(table["line"], table["unit"], strict=True))
        for names in _groups(units, groups):
            wide = _wide(table, names)
            for a, b in combinations(names, 2):
                both = wide[[a, b]].dropna()
                one, other = both[a].to_numpy(dtype=float), both[b].to_numpy(dtype=float)
                gap = paired_difference(other, one)
                owed = (_correlation(one, other), variance_reduction(one, other))
                rows.append((a, b, kpi, units[a], *gap, *owed, len(both)))
    return Tables.differences.frame(rows)


def variance_reduction(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return what common random numbers take off the variance of a difference [1].

    Formula: 1 - var(other - one) / (var(one) + var(other)), against lines that were run with numbers of their own.
    Negative where the lines move against each other; nan if nothing scatters.
    """
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if len(first) < 2:
        return math.nan
    apart = float(first.var(ddof=1) + second.var(ddof=1))
    return 1.0 - float((second - first).var(ddof=1)) / apart if apart > 0.0 else math.nan


def _correlation(one: Floats, other: Floats) -> float:
    if len(one) < 2 or one.std() == 0.0 or other.std() == 0.0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def _groups(lines: Sequence[str] | Mapping[str, str], groups: Mapping[str, Hashable]) -> list[list[str]]:
    """Return the lines that may be compared, two or more together, in their order."""
    found: dict[Hashable, list[str]] = {}
    for line in lines:
        found.setdefault(groups[line], []).append(line)
    return [names for names in found.values() if len(names) > 1]


def _wide(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the values of one key figure, a row a replication and a column a line."""
    return table[table["line"].isin(names)].pivot_table(index="replication", columns="line", values="value")[names]
