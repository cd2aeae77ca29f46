"""Tables of the report, as text: titles and units of columns, rows of cells, and headings between rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from sim.reporting import contract
from sim.reporting.contract import Table
from sim.reporting.figures.bars import groups
from sim.reporting.words import amount, as_typed, money, name, number, per, plus_minus, printed, quantity, title, unit
from sim.results import CATEGORIES, ChangeFacts, kpi_named, records
from sim.results import LineFacts as Line

__all__ = [
    "Headed",
    "Row",
    "Table",
    "barred",
    "breakable",
    "by_scale",
    "categories",
    "changes",
    "kpis",
    "losses",
    "plant",
    "prices",
    "scales",
    "shaded",
    "shrinking",
    "side_flows",
    "steps",
    "table",
]


class Headed(NamedTuple):
    """A heading between rows with a line of small text below it."""

    head: str
    note: str


Column = tuple[str, str, str]
"""Title, unit, and `l`, `r` or `w` (left, right, or left and wide)."""

Row = Headed | Sequence[str] | str

SHOWN_YIELDS = ("yield_Li", "yield_S", "yield_P", "yield_Cl")
WIDE = 7
"""Most lines side by side in a table."""


def table(columns: Sequence[Column], rows: Sequence[Row], *, total: bool = False) -> Table:
    """Return a table; a row that is one text, or a text with a note, is a heading between rows."""
    heads: list[Any] = [{"title": words, "unit": money(of), "side": side} for words, of, side in columns]
    return {"columns": heads, "rows": [_row(row) for row in rows], "total": total}


def shaded(found: Table, shades: Sequence[Sequence[float]]) -> Table:
    """Return a table whose cells have shades, from 0 to 1; headings between rows have none."""
    left = iter(shades)
    rows: list[contract.Row] = [row if row["head"] else {**row, "shades": list(next(left))} for row in found["rows"]]
    return {**found, "rows": rows}


def barred(found: Table, bars: Sequence[Sequence[float | None]], colours: Sequence[str]) -> Table:
    """Return a table whose cells have bars in the colour of their row; headings between rows have none."""
    left = iter(zip(bars, colours, strict=True))
    rows: list[contract.Row] = []
    for row in found["rows"]:
        own, colour = ([], "") if row["head"] else next(left)
        rows.append({**row, "bars": list(own), "colour": colour})
    return {**found, "rows": rows}


def _row(row: Row) -> contract.Row:
    head, cells = "", list(row)
    if isinstance(row, Headed):
        head, cells = row.head, [row.note]
    elif isinstance(row, str):
        head, cells = row, []
    return {"head": head, "cells": cells, "shades": [], "bars": [], "colour": ""}


def value(summary: pd.DataFrame, line: str, kpi: str) -> float:
    """Return the mean of a KPI; NaN if the line has none."""
    kpi_named(kpi)  # a misspelt name is an error, not a gap
    rows = summary[(summary["line"] == line) & (summary["kpi"] == kpi)]
    return float(rows["mean"].iloc[0]) if len(rows) else math.nan


def by_scale(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each scale, so that a table of all lines stays as wide as a page.

    Where there are too many for that, lines that may be compared stand in one table as far as they fit.
    """
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(str(line.get("scale", "")), []).append(line)
    return [part for scale in found.values() for part in ([scale] if len(scale) <= WIDE else _apart(scale))]


def _apart(lines: Sequence[Line]) -> list[list[Line]]:
    """Return comparable lines in parts of nearly equal size that fit a page.

    >>> [len(part) for part in _apart([{"kind": "", "function": "", "unit": ""}] * 9)]
    [5, 4]
    """
    found = []
    for group in groups(lines):
        count = -(-len(group) // WIDE)
        size, more = divmod(len(group), count)
        ends = [size * at + min(at, more) for at in range(count + 1)]
        found += [group[start:end] for start, end in pairwise(ends)]
    return found


def kpis(summary: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return every key figure of comparable lines with half the width of its 95 % interval."""
    names = [line["name"] for line in lines]
    cells = {(row.kpi, row.line): row for row in records(summary) if row.line in names}
    present = dict.fromkeys(kpi for kpi, _ in cells)
    rows: list[Row] = []
    for kpi in (kpi for kpi in present if not kpi_named(kpi).each or kpi in SHOWN_YIELDS):
        own = {line: cells[kpi, line] for line in names if (kpi, line) in cells}
        largest = max(abs(float(row.mean)) for row in own.values())
        if not largest > 1e-12:
            continue
        scales = {line: printed(kpi, str(row.unit), largest) for line, row in own.items()}
        units = {of for _, of in scales.values()}
        shared = units.pop() if len(units) == 1 else _common(units)
        texts = [_cell(own[line], *scales[line], with_unit=not shared) if line in own else "–" for line in names]
        rows.append([name(kpi_named(kpi).called(kpi)), shared, *texts])
    return table([("Key figure", "", "w"), ("Unit", "", "l"), *[(_stacked(line), "", "r") for line in names]], rows)


def _stacked(line: str) -> str:
    """Return the name of a line on two rows, for the head of a narrow column."""
    return name(line).replace(" ", "\n", 1)


def _cell(row: Any, factor: float, of: str, *, with_unit: bool) -> str:
    if row.unit == "persons":
        return f"{float(row.mean):.0f}"
    text = plus_minus(float(row.mean) * factor, (float(row.ci_high) - float(row.ci_low)) / 2 * factor)
    return f"{text} {of.replace('million', 'M')}" if with_unit else text


def _common(units: set[str]) -> str:
    """Return one unit for lines of different functional units, or nothing if they have none."""
    heads = {of.rpartition("/")[0] for of in units}
    tails = {of.rpartition("/")[2] for of in units}
    return f"{heads.pop()}/unit" if len(heads) == 1 and heads != {""} and tails <= {"kg", "m²"} else ""


def categories(costs: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return cost by category of all lines, with the share of each in its line."""
    wide = costs.pivot_table(index="category", columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    order = [key for key in CATEGORIES if key in wide.index] + [key for key in wide.index if key not in CATEGORIES]
    names = [line["name"] for line in lines]
    totals = {line: float(wide[line].sum()) for line in names}

    def cell(x: float, total: float) -> str:
        if x == 0:
            return "–"
        share = f"{100 * x / total:.0f} %" if total and abs(x) >= 0.005 * abs(total) else "<1 %"
        text = _fixed(x, total)
        return f"{text} ({share})" if text.strip("−0.") else share

    rows: list[Row] = [[title(key), *[cell(float(wide[line][key]), totals[line]) for line in names]] for key in order]
    rows.append(["Total", *[_fixed(totals[line], totals[line]) for line in names]])
    return table(
        [("Category", "", "w"), *[(_stacked(line["name"]), per(line["unit"]), "r") for line in lines]],
        rows,
        total=True,
    )


def scales(costs: pd.DataFrame, ladder: Sequence[Line]) -> Table:
    """Return the cost of one route by category at each scale, and the factor by which it shrinks on the way."""
    of = per(ladder[0]["unit"])
    wide = _by_category(costs, ladder)
    wide.loc["total"] = wide.sum()
    rows: list[Row] = [
        [title(str(key)), *[number(float(x)) for x in usd], _factor(float(usd[0]), float(usd[-1]))]
        for key, usd in zip(wide.index, wide.to_numpy(dtype=float), strict=True)
    ]
    route = title(ladder[0]["route"]["name"])
    columns = [(route, "", "w"), *[(title(line["scale"]), of, "r") for line in ladder], ("Shrinks by", "factor", "r")]
    return table(columns, rows, total=True)


def _by_category(costs: pd.DataFrame, ladder: Sequence[Line]) -> pd.DataFrame:
    """Return the cost of one route: categories down, scales from the smallest to the largest across [USD/unit]."""
    own = costs[costs["line"].isin([line["name"] for line in ladder])]
    wide = own.pivot_table(index="category", columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    order = [key for key in CATEGORIES if key in wide.index] + [key for key in wide.index if key not in CATEGORIES]
    wide = wide.loc[order, [line["name"] for line in ladder]]
    return wide.set_axis([line["scale"] for line in ladder], axis=1)


def _factor(first: float, last: float) -> str:
    """Return by what factor a cost shrinks.

    >>> _factor(200.0, 0.5), _factor(1.0, 4.0), _factor(0.0, 1.0), _factor(1.0, 0.0)
    ('400', '0.250', 'new', 'gone')
    """
    if first == 0.0 or last == 0.0:
        return "–" if first == last else "new" if last else "gone"
    return number(first / last)


def shrinking(costs: pd.DataFrame, ladder: Sequence[Line]) -> str:
    """Return a sentence on which category of a route's cost shrinks most with scale, and which least."""
    wide = _by_category(costs, ladder)
    first, last = wide.iloc[:, 0].to_dict(), wide.iloc[:, -1].to_dict()
    of = f"USD/{ladder[0]['unit']}"
    most, least = max(first, key=lambda key: first[key] - last[key]), min(first, key=lambda key: first[key] - last[key])
    how = "shrinks least" if first[least] >= last[least] else "grows"

    def change(key: Any) -> str:
        return f"{name(str(key))}, from {number(first[key])} to {quantity(last[key], of)}"

    small, large = (name(ladder[at]["scale"]) for at in (0, -1))
    total = f"from {number(sum(first.values()))} ({small}) to {quantity(sum(last.values()), of)} ({large})"
    route = title(ladder[0]["route"]["name"])
    return f"{route} goes {total}. What shrinks most is {change(most)}; what {how} is {change(least)}."


def _fixed(x: float, total: float) -> str:
    """Return a part with as many places as give its total three digits."""
    places = max(0, 2 - math.floor(math.log10(abs(total)))) if total else 2
    return f"{x:.{places}f}".replace("-", "−")


def prices(costs: pd.DataFrame, lines: Sequence[Line], current: str) -> Table:
    """Return the cost of comparable lines at every price set, all prices of the set at once."""
    names = [line["name"] for line in lines]
    known = {(row.line, row.price_set): float(row.usd_per_unit) for row in records(costs) if row.line in names}
    dearness = {key: min(usd for (_, one), usd in known.items() if one == key) for _, key in known}
    sets = sorted(dearness, key=dearness.__getitem__)
    rows: list[Row] = [
        [name(line), *[number(known[line, key]) for key in sets]] for line in names if (line, sets[0]) in known
    ]
    of = per(lines[0]["unit"])
    columns = [(name(key) + (" (this run)" if key == current else ""), of, "r") for key in sets]
    return table([("Line", "", "w"), *columns], rows)


def plant(results_steps: pd.DataFrame, summary: pd.DataFrame, h2s: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return machines, people, area, capital, lead time, work in process and hydrogen sulfide of every line."""
    columns = [
        ("Line", "", "l"),
        ("Machines", "", "r"),
        ("People", "", "r"),
        ("Area", "m²", "r"),
        ("Capital", "million USD", "r"),
        ("Capital intensity", "USD per unit/y", "r"),
        ("Lead time", "h", "r"),
        ("In process", "", "r"),
        ("H₂S", "g/h", "r"),
        ("To be caught", "%", "r"),
        ("Bottleneck", "", "w"),
    ]
    rows: list[Row] = []
    for line in lines:
        key = line["name"]
        own = results_steps[results_steps["line"] == key].drop_duplicates("step")
        titles = dict(zip(own["step"], own["title"], strict=True))
        capital, output = value(summary, key, "capital"), value(summary, key, "throughput")
        gas = h2s[h2s["line"] == key]
        freed, caught = float(gas["g_per_h"].sum()), float(gas["capture_needed"].max()) if len(gas) else 0.0
        rows.append(
            [
                name(key),
                f"{int(own['machines'].sum())}",
                f"{value(summary, key, 'people'):.0f}",
                number(value(summary, key, "area")),
                number(capital * 1e-6),
                number(capital / output if output else math.nan),
                number(value(summary, key, "lead_time")),
                quantity(value(summary, key, "wip"), line["unit"]),
                number(freed) if freed > 0.0 else "–",
                f"{100 * caught:.0f}" if caught > 0.0 else "–",
                title(str(titles.get(line["bottleneck_step"], line["bottleneck_step"]))),
            ]
        )
    return table(columns, rows)


def losses(
    rows_: pd.DataFrame, titles: Mapping[tuple[str, str], str], summary: pd.DataFrame, lines: Sequence[Line]
) -> Table:
    """Return the loss tree: hours of the bottleneck and of all machines in percent, and what output was lost."""
    known = ("run", "setup", "clean", "planned", "failure", "starved", "blocked", "waiting")
    lost = ("loss", "scrap", "expired", "rework")
    present = [key for key in known if key in set(rows_["category"])]
    columns = [
        ("", "", "w"),
        *[(title(key), "% of hours", "r") for key in present],
        ("Lost", "% of output", "r"),
        ("Scrap", "% of output", "r"),
        ("Rework", "% of output", "r"),
    ]
    out: list[Row] = []
    for line in lines:
        own = rows_[rows_["line"] == line["name"]]
        output = value(summary, line["name"], "throughput")
        tight = line["bottleneck_step"]
        out.append(f"{name(line['name'])}; bottleneck: {title(titles.get((line['name'], tight), tight))}")
        for label, part in (("bottleneck", own[own["step"] == tight]), ("all machines", own)):
            by = part.groupby("category")[["hours_per_year", "units_per_year"]].sum()
            hours = by["hours_per_year"].drop(labels=[key for key in lost if key in by.index])
            total = float(hours.sum())
            shares = [
                f"{100 * float(hours.get(key, 0.0)) / total:.1f}" if total and hours.get(key, 0.0) else "–"
                for key in present
            ]
            units = by["units_per_year"]
            amounts = (
                units.get("loss", 0.0),
                units.get("scrap", 0.0) + units.get("expired", 0.0),
                units.get("rework", 0.0),
            )
            out.append([label, *shares, *[f"{100 * float(x) / output:.2f}" if x and output else "–" for x in amounts]])
    return table(columns, out)


def side_flows(summary: pd.DataFrame, materials: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return feeds, make-up, waste, by-products and emissions of every line, per unit shipped."""
    columns = [
        ("Line", "", "l"),
        ("Fed", "", "w"),
        ("Waste", "", "r"),
        ("By-products", "", "l"),
        ("Emitted", "", "w"),
        ("H₂S", "", "r"),
        ("Recovered", "", "l"),
    ]
    rows: list[Row] = []
    for line in lines:
        own = (
            materials[materials["line"] == line["name"]]
            .groupby(["direction", "material"], sort=False)["kg_per_unit"]
            .sum()
        )

        def of(direction: str, most: int = 6, own: pd.Series[Any] = own) -> str:
            if direction not in own.index.get_level_values(0):
                return "–"
            part = own[direction].sort_values(ascending=False, kind="stable")
            part = part[part > 1e-6]
            parts = [f"{name(str(material))} {amount(float(kg))}" for material, kg in part.items()][:most]
            return ", ".join([*parts, *([f"{len(part) - most} more"] if len(part) > most else [])]) or "–"

        waste = float(own["waste"].sum()) if "waste" in own.index.get_level_values(0) else 0.0
        sulfide = summary[(summary["line"] == line["name"]) & (summary["kpi"] == "h2s_per_unit")]
        h2s = quantity(float(sulfide["mean"].iloc[0]), str(sulfide["unit"].iloc[0]), 2) if len(sulfide) else "–"
        rows.append(
            [
                name(line["name"]),
                of("feed", 8),
                amount(waste),
                of("by_product"),
                of("emission", 4),
                h2s,
                of("recovered"),
            ]
        )
    return table(columns, rows)


def steps(rows_: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return every step and section with its equipment, machines, size, load, availability and operations."""
    columns = [
        ("Step", "", "l"),
        ("Equipment", "", "w"),
        ("Machines", "", "r"),
        ("Size", "", "r"),
        ("Load as sized", "%", "r"),
        ("Available", "%", "r"),
        ("Charge", "", "r"),
        ("Operations", "per year", "r"),
    ]
    out: list[Row] = []
    for line in lines:
        own = rows_[rows_["line"] == line["name"]].sort_values("order", kind="stable")
        out.append(f"{name(line['name'])}: {as_typed(line['title'])}")
        seen: dict[str, int] = {}
        for row in records(own):
            first = row.step not in seen
            seen.setdefault(str(row.step), len(seen) + 1)
            size = (
                f"{number(float(row.size), 2)} {unit(str(row.size_unit))}".strip()
                if not math.isnan(row.size) and row.size_unit
                else "–"
            )
            words = f"{seen[str(row.step)]}  {title(str(row.title))}" if first else ""
            if row.section:
                words = f"{words}, {name(str(row.section))}" if first else f"     {name(str(row.section))}"
            facts = (
                [
                    f"{int(row.machines)}",
                    size,
                    _share(row.load),
                    _share(row.availability),
                    f"{number(float(row.charge))} {unit(str(row.unit))}",
                    number(float(row.operations_per_year)),
                ]
                if first
                else ["", size, "", "", "", ""]
            )
            out.append([words, title(str(row.equipment)) or "–", *facts])
    return table(columns, out)


def _share(x: float) -> str:
    return f"{100 * x:.0f}" if not math.isnan(x) else "–"


def changes(rows_: Sequence[ChangeFacts]) -> Table:
    """Return every key that was changed, with its old and new value."""
    rows = [[breakable(str(row["path"])), str(row["old"]), str(row["new"]), str(row["by"])] for row in rows_]
    return table([("Key", "", "w"), ("Old", "", "l"), ("New", "", "l"), ("By", "", "l")], rows)


def breakable(path: str) -> str:
    """Let a dotted path break after its dots and underscores."""
    return path.replace(".", ".\u200b").replace("_", "_\u200b")
