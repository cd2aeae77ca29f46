"""What the figures show, as numbers: rows that a page draws again, and a reader can check."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.reporting.contract import Chart
from sim.reporting.figures.answer import SIX, six
from sim.reporting.figures.bars import groups
from sim.reporting.words import money
from sim.results import Kpis, Results, VerdictFacts, records

__all__ = ["charts"]

COST = Kpis.cost_per_unit.name
QUANTILES = tuple(float(at) for at in np.linspace(0.01, 0.99, 99).round(2))
"""Shares of the samples that lie below the points of a distribution [1]."""


def charts(results: Results, verdicts: Sequence[VerdictFacts]) -> dict[str, Chart]:
    """Return the data of the figures that a page draws again, by the name of the figure."""
    lines = results.manifest["lines"]
    spread = results.uncertainty[results.uncertainty["kpi"] == COST]
    energy = results.energy.groupby(["line", "utility", "use"], sort=False)["kwh_per_unit"].sum().reset_index()
    found = {
        "all.answer": _chart(
            ("line", "category", "cost [USD/unit]"),
            ((line, key, usd) for line, parts in six(results.costs).items() for key, usd in parts.items()),
        ),
        "all.energy": _chart(("line", "utility", "use", "energy [kWh/unit]"), energy.to_numpy(dtype=object).tolist()),
    }
    for at, verdict in enumerate(verdicts, 1):
        if len(verdict["lines"]) > 1 and verdict["reason"] not in ("alone", "unequal", "unpriced"):
            found[f"compare.{at}.bridge"] = _bridge(results, verdict)
    for at, group in enumerate(groups(lines), 1):
        names = [line["name"] for line in group]
        prices = results.prices[results.prices["line"].isin(names)]
        found[f"compare.{at}.price"] = _chart(
            ("line", "material", "low [USD/kg]", "high [USD/kg]", "cost at 0 [USD/unit]", "slope [kg/unit]"),
            (
                (row.line, row.material, row.low, row.high, row.intercept_usd_per_unit, row.slope_kg_per_unit)
                for row in records(prices)
            ),
        )
        own = spread[spread["line"].isin(names)]
        found[f"compare.{at}.doubt"] = _chart(
            ("line", "share of samples below [1]", "cost [USD/unit]"), _distributions(results.samples, own["line"])
        )
    return {key: chart for key, chart in found.items() if chart["rows"]}


def _chart(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Chart:
    heads = [money(column).partition(" [") for column in columns]
    return {
        "columns": [{"title": words, "unit": of.removesuffix("]")} for words, _, of in heads],
        "rows": [[_plain(value) for value in row] for row in rows],
    }


def _plain(value: Any) -> str | float | None:
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None


def _bridge(results: Results, verdict: VerdictFacts) -> Chart:
    first, second = verdict["lines"][:2]
    table = six(results.costs)
    rows = ((key, table[second][key], table[first][key]) for key in SIX)
    return _chart(("category", f"{second} [USD/unit]", f"{first} [USD/unit]"), rows)


def _distributions(samples: pd.DataFrame, lines: Iterable[str]) -> Iterable[tuple[str, float, float]]:
    for line in lines:
        cost = samples.loc[samples["line"] == line, COST].dropna().to_numpy(dtype=float)
        if len(cost):
            yield from ((line, at, float(usd)) for at, usd in zip(QUANTILES, np.quantile(cost, QUANTILES), strict=True))
