"""The cross-check of the report: what the chemical and the battery plant make of the machines of every line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import pandas as pd

from sim.reporting.tables import Headed, Row, Table, table
from sim.reporting.words import at_scale, name, number, quantity, title
from sim.results import LineFacts as Line
from sim.results import group_key, records

__all__ = ["cross_check", "orders"]

WORDS = {
    "catalogue": "by the catalogue",
    "battery plant": "by the battery plant",
    "smallest machine": "as the smallest machine of its kind",
}


def cross_check(rows_: pd.DataFrame, titles: Mapping[tuple[str, str], str], lines: Sequence[Line]) -> Table | None:
    """Return capital, floor and labour of both backends, process by process; None if no line has such a process."""
    columns = [
        ("Step: process", "", "w"),
        ("Volume", "% of baseline", "r"),
        ("Catalogue", "million USD", "r"),
        ("Battery plant", "million USD", "r"),
        ("Smallest", "million USD", "r"),
        ("Taken", "million USD", "r"),
        ("Floor", "catalogue / battery, m²", "r"),
        ("Labour", "line / battery, h/y", "r"),
    ]
    out: list[Row] = []
    for line in lines:
        own = rows_[rows_["line"] == line["name"]]
        known = own["title"] != ""
        if not known.any() or ((own["basis"] == "catalogue").all() and line["backend"]["asked"] != "chemical"):
            continue
        out.append(Headed(name(line["name"]), _note(line)))
        out += [
            [
                f"{title(titles.get((row.line, row.step), str(row.step)))}: {name(str(row.title))}",
                number(100.0 * float(row.ratio), 2),
                *[_millions(usd) for usd in (row.usd_chemical, row.usd_battery, row.usd_smallest, row.usd)],
                f"{_whole(row.m2_chemical)} / {_whole(row.m2_battery)}",
                f"{_whole(row.labour_h)} / {_whole(row.labour_h_battery)}",
            ]
            for row in records(own[known])
        ]
        rest = own[~known]
        if len(rest):
            usd = _millions(float(rest["usd_chemical"].sum()))
            out.append(["without counterpart", "–", usd, "–", "–", usd, _whole(float(rest["m2"].sum())), "–"])
    return table(columns, out) if out else None


def _note(line: Line) -> str:
    """Return what a line costs by each backend, and what the prices of its equipment rest on."""
    backend = line["backend"]
    costs = backend["cost_per_unit"]
    words = {"chemical": "chemical plant", "battery": "battery plant"}
    parts = [
        f"{quantity(float(costs[key]), 'USD/' + line['unit'])} by the {of}" for key, of in words.items() if key in costs
    ]
    found = [" and ".join(parts) + ", in expected values"] if parts else []
    shares = [f"{100.0 * float(share):.0f} % {WORDS[basis]}" for basis, share in backend["shares"].items()]
    return "; ".join([*found, "equipment priced " + ", ".join(shares)] if shares else found)


def _millions(usd: float) -> str:
    return number(float(usd) * 1e-6) if not math.isnan(usd) else "–"


def _whole(x: float) -> str:
    return number(float(x)) if not math.isnan(x) else "–"


def orders(lines: Sequence[Line]) -> Iterator[str]:
    """Yield a sentence for each group of comparable lines: whether both backends rank them alike."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        if {"chemical", "battery"} <= line["backend"]["cost_per_unit"].keys():
            groups.setdefault(group_key(line), []).append(line)
    for (_, function, *_), group in groups.items():
        costs = {line["name"]: line["backend"]["cost_per_unit"] for line in group}
        if len(group) < 2 or all(one["chemical"] == one["battery"] for one in costs.values()):
            continue
        turned = [
            (a, b)
            for a, b in combinations(costs, 2)
            if (costs[a]["chemical"] - costs[b]["chemical"]) * (costs[a]["battery"] - costs[b]["battery"]) < 0.0
        ]
        head = at_scale(title(function), str(group[0].get("scale", "")))
        if turned:
            pairs = "; ".join(f"{name(a)} and {name(b)}" for a, b in turned)
            yield f"{head}: which line is cheaper depends on the backend for {pairs}."
        else:
            yield f"{head}: both backends rank the lines alike."
