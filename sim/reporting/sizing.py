"""The report's section on machine counts: what the simulation confirms, where more would help, what is cheapest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.reporting.figures import slug
from sim.reporting.figures.worth import CHANGES
from sim.reporting.tables import Row, table
from sim.reporting.words import name, number, quantity, title, unit
from sim.results import records

__all__ = ["bottleneck", "confirmed", "optimum"]

SHOWN = 8
"""Additions that a table shows for each line."""

Titles = Mapping[tuple[str, str], str]


def _step(titles: Titles, line: str, step: str) -> str:
    return title(titles.get((line, step), step)) if step else "whole line"


def confirmed(rows: pd.DataFrame, titles: Titles) -> dict[str, Any]:
    """Return sentences and a table of the machines that the simulation added."""
    sentences: list[str] = []
    cells: list[Row] = []
    for line, own in rows.groupby("line", sort=False):
        first, last = float(own["output_expected_counts"].iloc[0]), float(own["output"].iloc[0])
        added = own[own["machines"] != own["machines_expected"]]
        if len(added):
            extra = int((added["machines"] - added["machines_expected"]).sum())
            sentences.append(
                f"{title(str(line))}: with the counts of the expected values the plant ships {100 * first:.1f} % of "
                f"its target, with {extra} machine{'s'[: extra > 1]} more {100 * last:.1f} %."
            )
        else:
            sentences.append(
                f"{title(str(line))}: the simulation confirms all counts, with {100 * first:.1f} % of the target."
            )
        for row in records(own[own["why"] != ""]):
            counts = [f"{row.machines_expected:.0f}", f"{row.machines:.0f}"]
            cells.append([name(str(line)), _step(titles, str(line), row.step), *counts, name(row.why)])
    columns = [
        ("Line", "", "l"),
        ("Step", "", "l"),
        ("Expected", "machines", "r"),
        ("Confirmed", "machines", "r"),
        ("Why", "", "w"),
    ]
    return {"sentences": sentences, "table": table(columns, cells) if cells else None}


def bottleneck(rows: pd.DataFrame, titles: Titles) -> dict[str, Any]:
    """Return sentences and a table of what every addition is worth."""
    sentences: list[str] = []
    cells: list[Row] = []
    for line, own in rows.groupby("line", sort=False):
        tried = own[own["screened"] == 0]
        sure = tried[tried["gain_low"] > 0.0]
        of = str(own["unit"].iloc[0])
        if len(sure):
            best = sure.iloc[0]
            sentences.append(
                f"{title(str(line))}: what lifts the output most is {CHANGES[best['change']]} "
                f"({_step(titles, str(line), best['step'])}), by "
                f"{100 * best['gain'] / (best['output'] - best['gain']):.2g} % to "
                f"{quantity(best['output'], f'{of}/y')} at capacity; a unit then costs "
                f"{quantity(abs(best['cost_change']), f'USD/{of}')} {'less' if best['cost_change'] < 0.0 else 'more'}."
            )
        else:
            sentences.append(f"{title(str(line))}: no single addition lifts the output beyond doubt.")
        cells.append(name(str(line)))
        for row in records(tried.head(SHOWN)):
            gain = quantity(row.gain, f"{of}/y") + _between(row.gain_low, row.gain_high)
            cost = number(row.cost_change) + _between(row.cost_change_low, row.cost_change_high)
            cells.append([_step(titles, str(line), row.step), CHANGES[row.change], gain, cost])
    columns = [
        ("Step", "", "w"),
        ("Addition", "", "l"),
        ("Output gained", "95 % interval", "r"),
        ("Cost", "USD/unit", "r"),
    ]
    figures = [f"{slug(str(line))}.worth" for line in dict.fromkeys(rows["line"])]
    return {"sentences": sentences, "table": table(columns, cells), "figures": figures}


def _between(low: float, high: float) -> str:
    return "" if math.isnan(low) else f" ({number(low)} to {number(high)})"


def _found(quantity_: str, value: float) -> str:
    """Return what a search found, as its quantity is read.

    >>> _found("machines", 28.0), _found("output at capacity over target", 1.127), _found("meets the target", 1.0)
    ('28', '113 %', 'yes')
    """
    if quantity_.startswith("meets"):
        return "yes" if value else "no"
    if "over target" in quantity_:
        return quantity(value, "1")
    return number(value) if quantity_.startswith("expected cost") else f"{value:g}"


def optimum(rows: pd.DataFrame, searches: Sequence[Mapping[str, Any]], titles: Titles) -> dict[str, Any]:
    """Return sentences and a table of the cheapest plants that were found, beside the auto ones."""
    sentences: list[str] = []
    cells: list[Row] = []
    for search in searches:
        line = str(search["line"])
        own = rows[rows["line"] == line]
        costs = own[own["quantity"].str.startswith("expected cost")].iloc[0]
        of = str(costs["quantity"]).partition("[")[2].rstrip("]")
        looked = f"{search['simulated']} plants simulated, {search['looked_at']} looked at in expected values"
        if search["met"]:
            text = (
                f"from the cheapest plant that meets its target with 95 % probability a unit costs "
                f"{quantity(costs['found'], of)}, from the one sized in expected values {quantity(costs['auto'], of)} "
                f"({looked})."
            )
        else:
            text = f"no plant that was simulated meets the target with 95 % probability ({looked})."
        sentences.append(f"{title(line)}: {text}")
        cells.append(name(line))
        for row in records(own):
            if row.auto != row.found or row.quantity != "machines":
                words = f"{_step(titles, line, row.step)}: machines" if row.step else title(row.quantity)
                cells.append([unit(words), _found(row.quantity, row.auto), _found(row.quantity, row.found)])
    columns = [("Line", "", "w"), ("Sized in expected values", "", "r"), ("Cheapest found", "", "r")]
    return {"sentences": sentences, "table": table(columns, cells)}
