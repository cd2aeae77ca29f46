"""The trial of a line before the work: its year in expected values, priced and rolled up as a simulated one will be."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.flowsheet import FlowsheetError
from sim.plant import Line
from sim.rollup import expected, hydrogen_sulfide, kpi_table, rollup

__all__ = ["faults"]

_MUST = ("throughput", "cost_per_unit", "energy_per_unit", "capital")
"""Indicators that every line has that ships anything."""


def faults(line: Line) -> Iterator[str]:
    """Yield why a line cannot be rolled up, if it cannot.

    What the streams and sizes of a line allow may still have no price or no product; a run would find out when it has
    simulated everything.
    """
    try:
        ledger = expected(line)
        it = rollup(line, ledger)
        table = kpi_table(it)
        hydrogen_sulfide(line, ledger, it.materials)
    except FlowsheetError as error:
        text, step, *_ = error.args
        yield f"'{line.name}': {step}: {text}"
    except (ValueError, ArithmeticError, KeyError) as error:
        yield f"'{line.name}' cannot be priced: {error}"
    else:
        found = dict(zip(table["kpi"], table["value"], strict=True))
        if not found["throughput"] > 0.0:
            yield f"'{line.name}' ships nothing in expected values"
        elif wrong := [name for name in _MUST if not math.isfinite(found[name])]:
            yield f"'{line.name}' has no {', no '.join(wrong)} in expected values"
