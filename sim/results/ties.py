"""Ties: the price of a material at which two lines cost the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from sim.results.folder import Results

__all__ = ["CostLine", "tie", "ties"]

LEVEL = 1e-12
"""Difference between two slopes that is rounding [kg/unit]."""


class CostLine(NamedTuple):
    """Cost per unit as a straight line of one material's price: fixed + slope * price."""

    fixed: float
    """Cost at a price of 0 [USD/unit]."""
    slope: float
    """What the cost rises by per USD/kg, with the items that follow the price (working capital) [kg/unit]."""

    def at(self, price: float) -> float:
        """Return the cost at a price [USD/unit]."""
        return self.fixed + self.slope * price


def tie(one: CostLine, other: CostLine) -> float:
    """Return the price at which two lines cost the same; nan if they never do at a price of 0 or more.

    >>> tie(CostLine(50.0, 0.5), CostLine(75.0, 0.25))
    100.0
    """
    rise = one.slope - other.slope
    price = (other.fixed - one.fixed) / rise if abs(rise) > LEVEL else math.nan
    return price if price >= 0.0 else math.nan


def ties(prices: pd.DataFrame, keys: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table `breakeven`: the ties of all pairs of comparable lines.

    Parameters
    ----------
    prices : DataFrame
        The table `prices`.
    keys : mapping
        By line; lines of one key are comparable.
    """
    found, rows = [], list[Any](prices.itertuples(index=False))
    for a, b in combinations(rows, 2):
        if keys.get(a.line) == keys.get(b.line) and a.material == b.material:
            one, other = (CostLine(row.intercept_usd_per_unit, row.slope_kg_per_unit) for row in (a, b))
            found.append((a.line, b.line, a.material, tie(one, other)))
    return Results.breakeven.frame(found)
