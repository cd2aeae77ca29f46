"""Where many routes lie: what a powder costs and conducts, what a film costs and resists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.results.compare import records

if TYPE_CHECKING:
    from sim.results.folder import Results

__all__ = ["Place", "mapped", "places"]

MANY = 8
"""Powders and films from which they are shown in a map."""
QUALITIES = {"kg": "conductivity", "m2": "area_resistance"}
"""What a unit of product is judged by, by the unit."""


class Place(NamedTuple):
    """One line in the map."""

    line: str
    unit: str
    """`kg` of powder or `m2` of film."""
    cost: float
    """Median of the samples, or the cost as stated if there are none [USD/unit]."""
    low: float
    high: float
    """P10 and P90; not a number without samples [USD/unit]."""
    quality: float
    """Conductivity [mS/cm] of a powder, area resistance [ohm cm2] of a film."""
    at_k: float | None = None
    """Temperature at which that was measured, if not that of a room [K]."""


def places(results: Results) -> list[Place]:
    """Return those lines of a run that have a price and a quality, powders before films, cheapest first."""
    known = {(row.line, row.kpi): float(row.mean) for row in records(results.summary)}
    sampled = {row.line: row for row in records(results.uncertainty) if row.kpi == "cost_per_unit"}
    found = []
    for line in results.manifest["lines"]:
        key, unit = line["name"], line["unit"]
        stated = known.get((key, "cost_per_unit"), math.nan)
        quality = known.get((key, QUALITIES.get(unit, "")), math.nan)
        if line.get("unpriced") or not (stated > 0.0 and quality > 0.0):
            continue
        row = sampled.get(key)
        numbers = (stated, math.nan, math.nan) if row is None else (float(row.p50), float(row.p10), float(row.p90))
        found.append(Place(key, unit, *numbers, quality, line.get("measured_at_k")))
    return sorted(found, key=lambda place: (place.unit, place.cost))


def mapped(found: Sequence[Place]) -> bool:
    """Whether so many powders and films are better shown in a map."""
    return len(found) >= MANY and len({place.unit for place in found}) > 1
