"""What prices, wages and the interest rate do to the unit cost, exactly: the cost is a straight line of every price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.inputs import Number, Path, Value, evaluate, quoted, total
from sim.plant import Line, design
from sim.results import CATEGORIES, Results
from sim.rollup.assumptions import numbers
from sim.rollup.costs import STOCKS, cost_items
from sim.rollup.kpis import Rollup
from sim.rollup.machines import shipped_per_year

__all__ = ["RATES", "cost_of", "price_slopes", "priced_numbers", "raised", "rate_costs"]

Floats = NDArray[np.float64]

RATES = tuple(round(0.005 * step, 3) for step in range(51))
"""Interest rates at which the cost is tabled [1/y]."""

RATE: Path = ("economics", "discount_rate")


def priced_numbers(line: Line) -> Iterator[Number]:
    """Yield the prices of goods and energy of a line, and its wage; those that follow others are left out."""
    for number in numbers(line):
        kind, *rest = number.path
        goods = kind in ("materials", "utilities", "consumables") and rest[1:] == ["price"]
        if goods or tuple(number.path) == ("economics", "wage"):
            yield number


def raised(value: Value) -> Value:
    """Return a number, one higher."""
    return replace(quoted(value, value.value + 1.0), low=None, high=None)


def cost_of(line: Line, it: Rollup) -> float:
    """Return the unit cost of a line that differs from that of a roll-up in prices or wages alone [USD/unit]."""
    return total(item.usd_per_year for item in cost_items(line, it.ledger, **it.flows)) / shipped_per_year(it.ledger)


def price_slopes(it: Rollup) -> pd.DataFrame:
    """Return what one unit more of every price does to each category of the unit cost.

    Notes
    -----
    Every price moves by itself, and what follows it moves along. Nothing in the cost is more than linear in a price, so
    the difference of two costs is the slope; all prices are worked out at once, one in each sample of an ensemble.
    """
    found = list(priced_numbers(it.line))
    if not found:
        return Results.price_slopes.frame()
    stated = np.array([number.value.value for number in found])
    moved = np.tile(stated, (len(found) + 1, 1))
    step = np.maximum(1.0, np.abs(stated))
    moved[np.arange(1, len(found) + 1), np.arange(len(found))] += step
    costs = _by_category(it, [number.path for number in found], moved)
    rows = []
    for number, slopes in zip(found, (costs[1:] - costs[0]) / step[:, None], strict=True):
        path = ".".join(map(str, number.path))
        told = (path, number.title, number.value.unit, number.value.value)
        rows += [
            (it.line.name, category, *told, float(slope))
            for category, slope in zip(CATEGORIES, slopes, strict=True)
            if slope != 0.0
        ]
    return Results.price_slopes.frame(rows)


def rate_costs(it: Rollup) -> pd.DataFrame:
    """Return the categories of the unit cost that the interest rate moves, at every one of `RATES`.

    Interest on stocks is left out: it goes with the rate in proportion.
    """
    costs = _by_category(it, [RATE], np.array(RATES)[:, None])
    rows = [
        (it.line.name, category, rate, float(costs[at, place]))
        for place, category in enumerate(CATEGORIES)
        if category != STOCKS and np.ptp(costs[:, place]) > 0.0
        for at, rate in enumerate(RATES)
    ]
    return Results.rate_costs.frame(rows)


def _by_category(it: Rollup, paths: Sequence[Path], moved: Floats) -> Floats:
    """Return the unit cost by category with other numbers.

    Parameters
    ----------
    moved : ndarray of shape (n_samples, n_paths)
        The numbers.

    Returns
    -------
    ndarray of shape (n_samples, n_categories)
        [USD/unit]
    """
    shipped, flows = shipped_per_year(it.ledger), it.flows

    def function(given: list[float]) -> list[float]:
        line = design(it.line, dict(zip(paths, given, strict=True)), reads=())
        found: dict[str, list[float]] = {}
        for item in cost_items(line, it.ledger, **flows):
            found.setdefault(item.category, []).append(item.usd_per_year)
        return [total(found.get(category, ())) / shipped for category in CATEGORIES]

    return evaluate(function, list(moved.T), results=len(CATEGORIES))
