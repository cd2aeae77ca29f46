"""Comparison of lines: who is ahead, by how much, how sure that is, and what drives it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.errors import InputError, Issue
from sim.inputs import INDUSTRIAL
from sim.results.currency import named, nameless
from sim.results.differences import differences
from sim.results.folder import Results
from sim.results.kpis import Kpis
from sim.results.manifest import CellFacts, LineFacts, Manifest, ScenarioFacts
from sim.results.sampled import beats, chances
from sim.results.tables import TABLES
from sim.results.ties import ties

__all__ = [
    "GOOD",
    "group_key",
    "ladders",
    "merge",
    "records",
    "shared",
    "solid_share",
]

COST = Kpis.cost_per_unit.name
GOOD = ("A", "B", "C")
"""Grades of numbers that are more than a guess."""


def group_key(line: LineFacts) -> tuple[str, str, str, str, str]:
    """Return what lines of a manifest must share to be compared: kind, function, unit, scale and service."""
    scale = line.get("scale") or INDUSTRIAL
    return (line["kind"], line["function"], line["unit"], scale, line.get("service", ""))


def shared(lines: Iterable[LineFacts], field: str) -> str:
    """Return a word that all lines have, such as the name of their price set; empty if they differ."""
    found = {str(line.get(field) or "") for line in lines}
    return found.pop() if len(found) == 1 else ""


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
        If the runs do not share what makes them comparable: money and its year.
    """
    years = {run.manifest.get("price_year") for run in runs}
    if len(years) > 1:
        text = f"runs with different price years cannot be compared: {', '.join(map(str, sorted(years, key=str)))}"
        raise InputError([Issue("compare", 1, 1, text)])
    currencies = sorted({run.currency for run in runs})
    if len(currencies) > 1:
        text = f"runs in {' and '.join(currencies)} cannot be compared: run them again in one 'currency'"
        raise InputError([Issue("compare", 1, 1, text)])
    money, runs = runs[0].manifest.get("currency"), [nameless(run) for run in runs]
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
    for key in ("rivals", "footing"):
        # of plants as large as the lines of one run, at its prices: of runs that differ in them nothing is told
        own = [run.tables[key] for run in runs if key in run.tables]
        if any(not found.equals(own[0]) for found in own):
            tables[key] = TABLES[key].frame()
        elif own:
            tables[key] = own[0]
    keys = {line["name"]: group_key(line) for line in lines}
    tables["breakeven"] = ties(tables["prices"], {line["name"]: group_key(line) for line in lines})
    tables["differences"] = differences(tables["kpis"], keys)
    if "samples" in tables:
        costs = {
            str(name): own[COST].to_numpy(dtype=float) for name, own in tables["samples"].groupby("line", sort=False)
        }
        known = tables.get("chances", TABLES["chances"].frame())
        at_sets = known[known["price_set"] != ""] if len(runs) == 1 else known[:0]
        priced = {line["name"]: keys[line["name"]] for line in lines if not line.get("unpriced")}
        tables["chances"] = pd.concat([chances(costs, priced), at_sets], ignore_index=True)
        tables["beats"] = beats(tables["samples"], priced)
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
    return named(replace(runs[0], tables=tables, manifest=manifest), money)


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
