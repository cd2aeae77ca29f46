"""What the region makes of the cost of a route, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sim.reporting.words import listed, name, number, per, quantity, title
from sim.results import LineFacts

__all__ = ["regions"]


def regions(costs: pd.DataFrame, lines: Sequence[LineFacts]) -> list[str]:
    """Say what the region makes of the cost of every route that is worked out in several, and by what."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        found.setdefault((str(line.get("route", {}).get("name")), str(line["unit"])), []).append(line["name"])
    regions = {line["name"]: line.get("region") for line in lines}
    out = []
    for (route, of), names in found.items():
        if len({regions[key] for key in names}) < max(2, len(names)):
            continue
        wide = costs[costs["line"].isin(names)].pivot_table(
            index="category", columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0
        )
        totals = wide.sum()
        low, high = str(totals.idxmin()), str(totals.idxmax())
        more = (wide[high] - wide[low]).sort_values(ascending=False, kind="stable")
        parts = [
            f"{number(float(usd))} is {name(str(key))}"
            for key, usd in more.head(3).items()
            if usd > 0.005 * totals[low]
        ]
        out.append(
            f"{title(route)} costs {number(float(totals[low]))} {per(of)} in {name(str(regions[low]))} and "
            f"{quantity(float(totals[high]), f'USD/{of}')} in {name(str(regions[high]))}"
            + (f"; of the difference, {listed(parts)}." if parts else ".")
        )
    return out
