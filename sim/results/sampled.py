"""Who is the cheapest, sample by sample: lines that may be compared have the same draws."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.results.kpis import KPIS, Kpis
from sim.results.tables import Tables

__all__ = ["RANKED", "beats", "chances", "least"]

Floats = NDArray[np.float64]

COST = Kpis.cost_per_unit.name

RANKED = 4096
"""Samples that are ranked, drawn and moved, the first ones: more would only make intervals narrower than anyone needs.
Medians, percentiles and chances are those of all."""


def least(costs: Floats) -> Floats:
    """Return the share of the rows in which each column is the least; equal ones share it.

    Parameters
    ----------
    costs : ndarray of shape (n_samples, n_lines)
        Rows with nan do not count.
    """
    whole = costs[np.isfinite(costs).all(axis=1)]
    if not len(whole):
        return np.full(costs.shape[1], np.nan)
    best = whole <= whole.min(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def chances(costs: Mapping[str, Floats], groups: Mapping[str, Hashable], price_set: str = "") -> pd.DataFrame:
    """Return how often every line is the cheapest of those that share its group; lines that are alone are left out.

    Parameters
    ----------
    costs : mapping of str to ndarray of shape (n_samples,)
        By line [USD/unit].
    groups : mapping
        What lines must share to be compared, by their names; lines without are left out.
    price_set : str, default=""
        At whose prices the costs are.
    """
    rows = []
    for names in _groups(costs, groups):
        table = np.column_stack([costs[name] for name in names])
        whole = np.isfinite(table).all(axis=1)
        for name, chance, cost in zip(names, least(table), table.T, strict=True):
            middle = float(np.median(cost[whole])) if whole.any() else np.nan
            rows.append((name, price_set, middle, chance, int(np.count_nonzero(whole))))
    return Tables.chances.frame(rows)


def beats(samples: pd.DataFrame, groups: Mapping[str, Hashable]) -> pd.DataFrame:
    """Return how often one line is below another in every indicator that was sampled."""
    kpis = [column for column in samples.columns if column in KPIS]
    by_line = {str(line): own[kpis].to_numpy(dtype=float) for line, own in samples.groupby("line", sort=False)}
    rows = []
    for names in _groups(by_line, groups):
        for a, b in combinations(names, 2):
            for place, kpi in enumerate(kpis):
                gap = by_line[b][:, place] - by_line[a][:, place]
                gap = gap[np.isfinite(gap)]
                probability = float(np.mean(gap > 0.0) + 0.5 * np.mean(gap == 0.0)) if gap.size else np.nan
                rows.append((a, b, kpi, probability, gap.size))
    return Tables.beats.frame(rows)


def _groups(lines: Mapping[str, Floats], groups: Mapping[str, Hashable]) -> list[Sequence[str]]:
    """Return the lines that may be compared and have as many samples, two or more together."""
    found: dict[Hashable, list[str]] = {}
    for line, values in lines.items():
        if line in groups:
            found.setdefault((groups[line], len(values)), []).append(line)
    return [names for names in found.values() if len(names) > 1]
