"""The columns of the result tables."""

from sim.inputs import CELL

__all__ = ["CELL", "INFLUENCE", "SWEEP_FIRST", "SWEEP_LAST"]

INFLUENCE = (
    "where", "quantity", "title", "unit", "low", "value", "high", "grade", "source", "cost_low", "cost", "cost_high",
    "swing_usd_per_unit", "note",
)  # fmt: skip

SWEEP_FIRST = ("sweep", "point", "line", "by", "unit")
SWEEP_LAST = ("machines", "out_of_range", "outside", "note")
"""Columns of a sweep before and behind those of the axes; the indicators follow."""
