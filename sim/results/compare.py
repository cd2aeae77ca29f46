"""Comparison of lines: who is ahead, by how much, how sure that is, and what drives it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, Issue
from sim.inputs import INDUSTRIAL
from sim.results.folder import Results
from sim.results.kpis import Kpis
from sim.results.manifest import CellFacts, LineFacts, Manifest, ScenarioFacts
from sim.results.ranking import differences, ranking
from sim.results.statistics import paired_difference
from sim.results.tables import TABLES
from sim.results.ties import ties

__all__ = [
    "GOOD",
    "BreakEven",
    "Difference",
    "Driver",
    "Rank",
    "Verdict",
    "group_key",
    "ladders",
    "merge",
    "paired",
    "rank",
    "records",
    "shared",
    "solid_share",
]

COST = Kpis.cost_per_unit.name
GOOD = ("A", "B", "C")
"""Grades of numbers that are more than a guess."""


@dataclass(frozen=True, slots=True)
class Rank:
    """One line among its equals."""

    line: str
    cost: float
    """Cost per functional unit [USD/unit]."""
    low: float
    high: float
    """95 % interval of the simulation's mean [USD/unit]."""
    solid: float
    """Share of the cost that rests on numbers of grade A to C [1]."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Paired difference of two lines' cost under common random numbers: *other* less *line*."""

    line: str
    other: str
    mean: float
    low: float
    high: float
    """[USD/unit]"""
    relative: float
    """Of the other's cost [1]."""
    replications: int
    won: int
    """Replications in which *line* was cheaper."""

    @property
    def sure(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True)
class Driver:
    """One part of a difference: a category or an item of cost."""

    name: str
    usd: float
    """Other less line: positive where the other pays more [USD/unit]."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The price of a material at which two lines cost the same, within the scenario's price axis."""

    line: str
    """Cheaper below the price."""
    other: str
    """Cheaper above it."""
    material: str
    price: float
    """[USD/kg]"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said about the lines of one kind, function, unit and scale."""

    kind: str
    function: str
    unit: str
    scale: str
    """Empty where nobody speaks of scales."""
    ranking: tuple[Rank, ...]
    """Cheapest first."""
    winner: str | None
    """Line that is ahead, or None if the numbers do not allow to name one."""
    reason: str
    """`ahead`, `alone`, `estimates` (too much of the cost is guessed) or `tie`."""
    difference: Difference | None
    """Between the two cheapest."""
    categories: tuple[Driver, ...]
    """Largest differences by category, between the two cheapest."""
    items: tuple[Driver, ...]
    """Largest differences by item."""
    break_evens: tuple[BreakEven, ...]
    unpriced: tuple[tuple[str, str], ...] = ()
    """Lines that get no price, and why."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Names of the lines, cheapest first."""
        return tuple(rank.line for rank in self.ranking)


def group_key(line: LineFacts) -> tuple[str, str, str, str]:
    """Return what lines of a manifest must share to be compared: kind, function, unit and scale."""
    return (line["kind"], line["function"], line["unit"], line.get("scale") or INDUSTRIAL)


def shared(lines: Iterable[LineFacts], field: str) -> str:
    """Return a word that all lines have, such as the name of their price set; empty if they differ."""
    found = {str(line.get(field) or "") for line in lines}
    return found.pop() if len(found) == 1 else ""


def rank(results: Results) -> list[Verdict]:
    """Return a verdict for every group of lines with equal kind, function, unit and scale, in the scenario's order.

    Lines that no headline may price (see `LineFacts`) are not ranked. No winner is named where less than half of the
    cost of either of the two cheapest rests on numbers of grade A to C, nor where the interval of their paired
    difference holds zero.
    """
    groups: dict[tuple[str, str, str, str], list[LineFacts]] = {}
    for line in results.manifest["lines"]:
        groups.setdefault(group_key(line), []).append(line)
    return [_verdict(results.tables, (*key[:3], lines[0].get("scale", "")), lines) for key, lines in groups.items()]


def ladders(lines: Sequence[LineFacts], summary: pd.DataFrame) -> list[list[list[LineFacts]]]:
    """Return the routes that a run holds at two or more scales, together by kind, function and unit.

    Each route is a list of its lines, one of each scale, from the smallest good output to the largest.
    """
    output = summary[summary["kpi"] == "throughput"].set_index("line")["mean"]
    found: dict[tuple[str, ...], dict[str, dict[str, LineFacts]]] = {}
    for line in lines:
        if line.get("scale"):
            routes = found.setdefault(group_key(line)[:3], {})
            routes.setdefault(line["route"]["name"], {}).setdefault(line["scale"], line)
    rungs = [
        [sorted(scales.values(), key=lambda line: float(output.get(line["name"], 0.0))) for scales in routes.values()]
        for routes in found.values()
    ]
    kept = [[ladder for ladder in group if len(ladder) > 1] for group in rungs]
    return [group for group in kept if group]


def records(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table as named tuples, of no particular type to a type checker."""
    return list(table.itertuples(index=False))


def solid_share(costs: pd.DataFrame) -> float:
    """Return the share of one line's cost that rests on numbers of grade A to C, credits by their size [1]."""
    size = costs["usd_per_unit"].abs()
    total = float(size.sum())
    return float(size[costs["grade"].isin(GOOD)].sum()) / total if total > 0.0 else 0.0


def paired(kpis: pd.DataFrame, line: str, other: str, kpi: str = COST) -> Difference:
    """Return the difference of two lines' KPI over common random numbers, with its 95 % interval.

    Parameters
    ----------
    kpis : DataFrame
        Columns line, replication, kpi, value.
    line, other : str
        The difference is *other* less *line*.
    kpi : str, default="cost_per_unit"
        What to compare.
    """
    table = kpis[(kpis["kpi"] == kpi) & kpis["line"].isin([line, other])]
    wide = table.pivot_table(index="replication", columns="line", values="value").dropna()
    gap = paired_difference(wide[other].to_numpy(dtype=float), wide[line].to_numpy(dtype=float))
    base = float(wide[other].mean())
    won = int(np.count_nonzero(wide[other] > wide[line]))
    return Difference(line, other, gap.mean, gap.low, gap.high, gap.mean / base if base else math.nan, len(wide), won)


def _verdict(tables: Mapping[str, pd.DataFrame], key: tuple[str, str, str, str], lines: Sequence[LineFacts]) -> Verdict:
    unpriced = tuple((line["name"], line["unpriced"]) for line in lines if line.get("unpriced"))
    names = [line["name"] for line in lines if not line.get("unpriced")]
    costs, summary = tables["costs"], tables["summary"]
    means = summary[summary["kpi"] == COST].set_index("line")
    found = [
        Rank(
            name,
            float(means["mean"][name]),
            float(means["ci_low"][name]),
            float(means["ci_high"][name]),
            solid_share(costs[costs["line"] == name]),
        )
        for name in names
        if name in means.index
    ]
    ranks = tuple(sorted(found, key=lambda item: item.cost))
    break_evens = tuple(_break_evens(tables["breakeven"], tables["prices"], names))
    if len(ranks) < 2:
        return Verdict(*key, ranks, None, "alone", None, (), (), break_evens, unpriced)
    first, second = ranks[:2]
    difference = paired(tables["kpis"], first.line, second.line)
    if min(first.solid, second.solid) < 0.5:
        winner, reason = None, "estimates"
    elif not difference.sure:
        winner, reason = None, "tie"
    else:
        winner, reason = first.line, "ahead"
    return Verdict(
        *key,
        ranks,
        winner,
        reason,
        difference,
        drivers(costs, first.line, second.line, "category"),
        drivers(costs, first.line, second.line, "item"),
        break_evens,
        unpriced,
    )


def drivers(costs: pd.DataFrame, line: str, other: str, by: str, most: int = 3) -> tuple[Driver, ...]:
    """Return the largest parts of the difference *other* less *line*, by category, item or step."""
    table = costs[costs["line"].isin([line, other])]
    wide = table.pivot_table(index=by, columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    gap = wide[other] - wide[line]
    order = gap.abs().sort_values(ascending=False, kind="stable").index[:most]
    return tuple(Driver(str(name), float(gap[name])) for name in order if gap[name] != 0.0)


def _break_evens(table: pd.DataFrame, prices: pd.DataFrame, names: Sequence[str]) -> list[BreakEven]:
    axis = prices.set_index("line")
    slope = axis["slope_kg_per_unit"]
    found = []
    for row in records(table):
        if {row.line_a, row.line_b} <= set(names) and axis["low"].get(row.line_a, 0.0) <= row.price <= axis["high"].get(
            row.line_a, 0.0
        ):
            steep_first = slope.get(row.line_a, 0.0) >= slope.get(row.line_b, 0.0)
            pair = (row.line_a, row.line_b) if steep_first else (row.line_b, row.line_a)
            found.append(BreakEven(str(pair[0]), str(pair[1]), str(row.material), float(row.price)))
    return sorted(found, key=lambda item: item.price)


def merge(runs: Sequence[Results], labels: Sequence[str] = ()) -> Results:
    """Return the lines of several runs side by side, as one.

    Lines keep their names where these differ; otherwise the label of their run is put in front. Break-evens are found
    anew for all pairs.

    Parameters
    ----------
    labels : sequence of str, default=()
        What the runs are called, such as their folders; the names of their scenarios if not given.

    Raises
    ------
    InputError
        If the runs do not share what makes them comparable: the year of money.
    """
    years = {run.manifest.get("price_year") for run in runs}
    if len(years) > 1:
        text = f"runs with different price years cannot be compared: {', '.join(map(str, sorted(years, key=str)))}"
        raise InputError([Issue("compare", 1, 1, text)])
    names = [line["name"] for run in runs for line in run.manifest["lines"]]
    twice = len(set(names)) < len(names)
    labels = list(labels) or [str(run.manifest["scenario"]["name"]) for run in runs]
    fronts = [label if labels.index(label) == at else f"{at + 1}_{label}" for at, label in enumerate(labels)]
    renamed = [_renamed(run, f"{front}_") if twice else run for run, front in zip(runs, fronts, strict=True)]
    parts = {key: [run.tables[key] for run in renamed if key in run.tables] for key in TABLES}
    tables = {key: pd.concat(found, ignore_index=True) for key, found in parts.items() if found}
    first = renamed[0].manifest
    lines = [line for run in renamed for line in run.manifest["lines"]]
    for key in ("cells", "table1"):
        # what belongs to no line is the same in all runs
        tables[key] = tables[key].drop_duplicates(ignore_index=True)
    keys = {line["name"]: group_key(line) for line in lines}
    tables["breakeven"] = ties(tables["prices"], {line["name"]: group_key(line) for line in lines})
    tables["differences"] = differences(tables["kpis"], keys)
    tables["ranking"] = ranking(tables["kpis"], keys)
    titles = [str(run.manifest["scenario"]["title"]) for run in renamed]
    scenario: ScenarioFacts = {
        **first["scenario"],
        "name": "compare_" + "_".join(dict.fromkeys(str(run.manifest["scenario"]["name"]) for run in renamed)),
        "title": " · ".join(dict.fromkeys(titles)),
        "question": "How do the lines of these runs compare?",
    }
    manifest: Manifest = {
        **first,
        "scenario": scenario,
        "lines": lines,
        "cell": _common_cell(renamed),
        "warnings": [*dict.fromkeys(text for run in renamed for text in run.manifest["warnings"]), *_doubts(renamed)],
        "changes": [change for run in renamed for change in run.manifest["changes"]],
        "price_sets": {name: prices for run in renamed for name, prices in run.manifest["price_sets"].items()},
        "references": {key: facts for run in renamed for key, facts in run.manifest["references"].items()},
        "runs": [run.manifest["scenario"] for run in renamed],
    }
    manifest.pop("sweeps", None)
    return replace(runs[0], tables=tables, manifest=manifest)


def _renamed(run: Results, prefix: str) -> Results:
    tables = {}
    for key, table in run.tables.items():
        columns = [column for column in ("line", "line_a", "line_b", "made_by") if column in table]
        columns += [column for column in ("separator", "cathode") if key == "cell_pairs"]
        tables[key] = table.assign(**{column: _prefixed(table[column], prefix) for column in columns})
    lines: list[LineFacts] = [{**line, "name": prefix + line["name"]} for line in run.manifest["lines"]]
    return replace(run, tables=tables, manifest={**run.manifest, "lines": lines})


def _prefixed(names: pd.Series[Any], prefix: str) -> pd.Series[Any]:
    """Return names of lines with the prefix of their run; a part that no line makes has none."""
    return (prefix + names.astype(str)).where(names != "", "")


def _common_cell(runs: Sequence[Results]) -> CellFacts:
    """Return the cell design of all runs, nothing if they have several: their kWh are not of one cell."""
    cells = [cell for run in runs if (cell := run.manifest.get("cell"))]
    return cells[0] if cells and all(cell == cells[0] for cell in cells) else CellFacts()


def _doubts(runs: Sequence[Results]) -> list[str]:
    """Return what makes differences between runs less sure than within one."""
    doubts = []
    for key, words in (
        ("seed", "seeds"),
        ("replications", "numbers of replications"),
        ("prices", "price sets"),
        ("horizon_h", "horizons"),
    ):
        values = [run.manifest["scenario"].get(key) for run in runs]
        if len(set(map(str, values))) > 1:
            doubts.append(
                f"the runs have different {words} ({', '.join(map(str, values))}); "
                "their differences hold more than the routes"
            )
    return doubts
