"""Influence: what the unit cost becomes when one number stands at an end of its range and all others stay.

The expected ledger takes the place of the simulation: streams, losses, machine counts and stocks follow the number;
queues, and what chance makes of them, do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from sim.analysis.responses import expected_at
from sim.inputs import Faults, Number, shown
from sim.plant import Line, design
from sim.results import Kpis, Results
from sim.rollup import expected_cost, numbers

__all__ = ["influence"]

ROUNDING = 1e-12
"""Share of the cost by which two sums of the same numbers may differ [1]."""


def influence(line: Line) -> pd.DataFrame:
    """Return the unit cost at both ends of the range of every number that a line rests on.

    Returns
    -------
    DataFrame
        One row for every number with a range in the line's route and in the catalogue entries that it uses, the
        largest swing first: where, quantity, title (plain words), unit, low, value, high, grade, source, cost_low,
        cost, cost_high [USD/unit], swing_usd_per_unit (largest less smallest of the three) and note. A cost that
        cannot be worked out is nan, and `note` says why.

    Notes
    -----
    One number moves at a time; the price of a material is the one in force, that of the scenario's price set. Costs
    are those of the expected ledger, `cost` included: they differ from the simulated ones by what queues and chance
    do. Machine counts that are `auto` follow the number, so the cost may jump. All ends are worked out together.
    """
    ranged = [number for number in numbers(line) if number.value.low is not None]
    try:
        cost, _ = expected_cost(line)
    except Faults as error:
        why = _reason(error)
        return _frame(line, [(number, (math.nan,) * 3, why) for number in ranged])
    values = np.tile([number.value.value for number in ranged], (2 * len(ranged), 1))
    for at, number in enumerate(ranged):
        values[2 * at, at], values[2 * at + 1, at] = number.value.low, number.value.high
    moves = {number.path: values[:, at] for at, number in enumerate(ranged)}
    ends = expected_at(line, moves, [Kpis.cost_per_unit.name], samples=len(values)).reshape(-1, 2)
    ends = np.where(np.abs(ends - cost) <= ROUNDING * abs(cost), cost, ends)
    rows = [
        (number, (float(low), cost, float(high)), _reasons(line, number) if math.isnan(low + high) else "")
        for number, (low, high) in zip(ranged, ends, strict=True)
    ]
    return _frame(line, rows)


def _reasons(line: Line, number: Number) -> str:
    """Return why there is no cost at an end of a range."""
    why = []
    for end in (number.value.low, number.value.high):
        assert end is not None
        try:
            expected_cost(design(line, {number.path: end}))
        except Faults as error:
            why.append(_reason(error))
    return "; ".join(dict.fromkeys(why))


def _reason(error: BaseException) -> str:
    """Return the first of several errors in one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split())


def _frame(line: Line, rows: Iterable[tuple[Number, tuple[float, float, float], str]]) -> pd.DataFrame:
    found = []
    for number, costs, why in rows:
        value = number.value
        swing = max(costs) - min(costs) if all(map(math.isfinite, costs)) else math.nan
        figures = (value.unit, value.low, value.value, value.high)
        evidence = (value.grade, shown(value.source, line.library.bibliography))
        found.append((number.where, number.quantity, number.title, *figures, *evidence, *costs, swing, why))
    frame = pd.DataFrame(found, columns=Results.influence.names[:-1])
    return frame.sort_values("swing_usd_per_unit", ascending=False, kind="stable", ignore_index=True)
