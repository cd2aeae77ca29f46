"""Tables of the report, as text: titles and units of columns, rows of cells, and headings between rows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.compare import GOOD, solid_share
from sim.figures.bars import CATEGORIES, groups
from sim.figures.style import amount, name, number, quantity, unit

__all__ = [
    "References",
    "assumptions",
    "categories",
    "changes",
    "key_figures",
    "kpis",
    "losses",
    "plant",
    "prices",
    "side_flows",
    "steps",
    "weak_items",
]

Line = Mapping[str, Any]
Table = dict[str, Any]
Column = tuple[str, str, str]
"""Title, unit, and `l`, `r` or `w` (left, right, or left and wide)."""

KPI_WORDS = {
    "throughput": "Good output",
    "cost_per_unit": "Cost",
    "conversion_cost_per_unit": "Conversion cost",
    "energy_per_unit": "Site final energy",
    "electricity_per_unit": "of this electricity",
    "heat_per_unit": "of this heat",
    "gwp_per_unit": "Greenhouse gas",
    "lead_time": "Lead time",
    "wip": "Work in process",
    "oee": "OEE",
    "utilisation": "Utilisation",
    "availability": "Availability",
    "first_pass_yield": "First-pass yield",
    "yield_key": "Key-feed yield",
    "e_factor": "E factor",
    "pmi": "Process mass intensity",
    "capital": "Capital",
    "people": "People",
    "area": "Area",
    "waste_per_unit": "Waste",
    "h2s_per_unit": "H2S emitted",
    "argon_per_unit": "Argon",
}
PLAIN = ("e_factor", "pmi")


def table(columns: Sequence[Column], rows: Sequence[Sequence[str] | str]) -> Table:
    """Return a table; a row that is one text is a heading between rows."""
    return {
        "columns": [{"title": title, "unit": of, "side": side} for title, of, side in columns],
        "rows": [{"head": row, "cells": []} if isinstance(row, str) else {"head": "", "cells": list(row)} for row in rows],
    }


def value(summary: pd.DataFrame, line: str, kpi: str) -> float:
    """Return the mean of a KPI; NaN if the line has none."""
    rows = summary[(summary["line"] == line) & (summary["kpi"] == kpi)]
    return float(rows["mean"].iloc[0]) if len(rows) else math.nan


def key_figures(summary: pd.DataFrame, costs: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return the table of the first page: one row per line, under the heading of its kind."""
    columns = [
        ("Line", "", "w"), ("Good output", "per year", "r"), ("Cost", "USD/unit", "r"), ("Conversion", "USD/unit", "r"), ("Energy", "kWh/unit", "r"),
        ("GWP", "kg CO₂e/unit", "r"), ("Li yield", "%", "r"), ("OEE", "%", "r"), ("Capital", "M USD", "r"), ("People", "", "r"), ("Area", "m²", "r"),
        ("Grade A–C", "% of cost", "r"),
    ]  # fmt: skip
    rows: list[Sequence[str] | str] = []
    for group in groups(lines):
        of = group[0]["unit"]
        rows.append(f"{name(group[0]['function']).capitalize()}; unit: {unit(of)} of {name(str(group[0]['product']))}")
        for line in group:
            def get(kpi: str, scale: float = 1.0, digits: int = 3, line: Line = line) -> str:
                return number(value(summary, line["name"], kpi) * scale, digits)

            share = solid_share(costs[costs["line"] == line["name"]])
            output = quantity(value(summary, line["name"], "throughput"), f"{of}/y").removesuffix("/y").replace(" million", " M")
            rows.append([
                name(line["name"]), output, get("cost_per_unit"), get("conversion_cost_per_unit"), get("energy_per_unit"), get("gwp_per_unit"),
                get("yield_Li", 100), get("oee", 100), get("capital", 1e-6), f"{value(summary, line['name'], 'people'):.0f}", get("area"), f"{100 * share:.0f}",
            ])  # fmt: skip
    return table(columns, rows)


def kpis(summary: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return every key figure of comparable lines with half the width of its 95 % interval."""
    names = [line["name"] for line in lines]
    part = summary[summary["line"].isin(names)].set_index(["kpi", "line"])
    present = list(dict.fromkeys(part.index.get_level_values(0)))
    order = [kpi for kpi in KPI_WORDS if kpi in present]
    order += [kpi for kpi in present if kpi not in KPI_WORDS]
    rows: list[Sequence[str] | str] = []
    for kpi in order:
        own = part.loc[kpi]
        if (own["mean"].abs() < 1e-12).all():
            continue
        scales = {_scale(kpi, str(of), float(own["mean"].abs().max())) for of in own["unit"]}
        shown = {of for _, of in scales}
        rows.append([_kpi_name(kpi), shown.pop() if len(shown) == 1 else _common(shown), *[_cell(own, line, kpi) for line in names]])
    return table([("Key figure", "", "w"), ("Unit", "", "l"), *[(name(line), "", "r") for line in names]], rows)


def _cell(own: pd.DataFrame, line: str, kpi: str) -> str:
    if line not in own.index:
        return "–"
    found = own.loc[line]
    factor = _scale(kpi, str(found["unit"]), float(own["mean"].abs().max()))[0]
    return plus_minus(float(found["mean"]) * factor, (float(found["ci_high"]) - float(found["ci_low"])) / 2 * factor)


def _common(shown: set[str]) -> str:
    """Return one unit for lines of different functional units."""
    return re.sub(r"/(?:kg|m²)$", "/unit", sorted(shown)[0]) if all("/" in of for of in shown) and len({of.split("/")[0] for of in shown}) == 1 else ", ".join(sorted(shown))


def _kpi_name(kpi: str) -> str:
    if kpi in KPI_WORDS:
        return name(KPI_WORDS[kpi])
    if kpi.startswith("yield_"):
        return f"{name(kpi[6:])} yield"
    if kpi.startswith("makeup_"):
        return f"{name(kpi[7:])} make-up"
    return name(kpi).capitalize()


def _scale(kpi: str, of: str, largest: float) -> tuple[float, str]:
    """Return factor and unit in which a key figure is printed."""
    if of == "1":
        return (1.0, "kg/kg") if kpi in PLAIN else (100.0, "%")
    if of.startswith("kg/") and largest < 0.1:
        return 1000.0, unit("g" + of[2:])
    known = {"USD": (1e-6, "million USD"), "kg/y": (1e-3, "t/y"), "m2/y": (1e-6, "million m²/y")}
    return known.get(of, (1.0, unit(of)))


def plus_minus(mean: float, half: float) -> str:
    """Return a mean and half an interval to the same place.

    >>> plus_minus(168.81, 0.86), plus_minus(50.5, 0.0), plus_minus(12345.6, 78.9)
    ('168.8 ± 0.9', '50.5', '12 346 ± 79')
    """
    if not half > 1e-4 * abs(mean):
        return number(mean)
    places = max(0, -math.floor(math.log10(half)))
    places = min(places, max(0, 3 - math.floor(math.log10(abs(mean)))) if mean else 3)
    return f"{mean:,.{places}f} ± {half:,.{places}f}".replace(",", " ").replace("-", "−")


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
        return f"{_fixed(x, total)} ({share})"

    rows: list[Sequence[str] | str] = [
        [name(key).capitalize(), *[cell(float(wide.loc[key, line]), totals[line]) for line in names]] for key in order
    ]
    rows.append(["Total", *[_fixed(totals[line], totals[line]) for line in names]])
    return table([("Category", "", "w"), *[(name(line["name"]), f"USD/{unit(line['unit'])}", "r") for line in lines]], rows) | {"total": True}


def _fixed(x: float, total: float) -> str:
    """Return a part with as many places as give its total three digits."""
    places = max(0, 2 - math.floor(math.log10(abs(total)))) if total else 2
    return f"{x:.{places}f}".replace("-", "−")


def prices(curve: pd.DataFrame, sets: Mapping[str, Mapping[str, float]], lines: Sequence[Line], current: str) -> Table:
    """Return the cost of comparable lines at the price of every price set."""
    names = [line["name"] for line in lines]
    rows_of = curve[curve["line"].isin(names)].set_index("line")
    material = str(rows_of["material"].iloc[0])
    here = [line for line in names if line in rows_of.index]
    rows: list[Sequence[str] | str] = []
    for key, marks in sorted(sets.items(), key=lambda item: item[1].get(material, math.inf)):
        if material not in marks:
            continue
        price = float(marks[material])
        costs = [float(rows_of.loc[line, "intercept_usd_per_unit"]) + float(rows_of.loc[line, "slope_kg_per_unit"]) * price for line in here]
        rows.append([name(key) + (" (this run)" if key == current else ""), number(price), *[number(cost) for cost in costs]])
    of = unit(lines[0]["unit"])
    return table([("Price set", "", "w"), (name(material), "USD/kg", "r"), *[(name(line), f"USD/{of}", "r") for line in here]], rows)


def plant(results_steps: pd.DataFrame, summary: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return machines, people, area, capital, lead time and work in process of every line."""
    columns = [
        ("Line", "", "l"), ("Machines", "", "r"), ("People", "", "r"), ("Area", "m²", "r"), ("Capital", "million USD", "r"),
        ("Capital intensity", "USD per unit/y", "r"), ("Lead time", "h", "r"), ("Work in process", "", "r"), ("Bottleneck", "", "w"),
    ]  # fmt: skip
    rows: list[Sequence[str] | str] = []
    for line in lines:
        key = line["name"]
        own = results_steps[results_steps["line"] == key].drop_duplicates("step")
        titles = dict(zip(own["step"], own["title"], strict=True))
        capital, output = value(summary, key, "capital"), value(summary, key, "throughput")
        rows.append([
            name(key), f"{int(own['machines'].sum())}", f"{value(summary, key, 'people'):.0f}", number(value(summary, key, "area")),
            number(capital * 1e-6), number(capital / output if output else math.nan), number(value(summary, key, "lead_time")),
            quantity(value(summary, key, "wip"), line["unit"]), name(str(titles.get(line["bottleneck_step"], line["bottleneck_step"]))),
        ])  # fmt: skip
    return table(columns, rows)


def losses(rows_: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return the loss tree: hours of the bottleneck and of all machines by category, in percent, and scrap."""
    known = ("run", "setup", "clean", "planned", "failure", "starved", "blocked", "waiting")
    present = [key for key in known if key in set(rows_["category"])]
    present += sorted(set(rows_["category"].dropna()) - set(known) - {"scrap"})
    columns = [("", "", "w"), *[(name(key).capitalize(), "%", "r") for key in present], ("Scrap", "per unit", "r")]
    out: list[Sequence[str] | str] = []
    for line in lines:
        own = rows_[rows_["line"] == line["name"]]
        out.append(name(line["name"]))
        for label, part in (("bottleneck: " + name(str(line["bottleneck_step"])), own[own["step"] == line["bottleneck_step"]]), ("all machines", own)):
            hours = part[part["category"] != "scrap"].groupby("category")["hours_per_year"].sum()
            total = float(hours.sum())
            scrap = float(part.loc[part["category"] == "scrap", "amount_per_unit"].sum()) if "amount_per_unit" in part else math.nan
            shares = [f"{100 * float(hours.get(key, 0.0)) / total:.1f}" if total and hours.get(key, 0.0) else "–" for key in present]
            out.append([label, *shares, number(scrap, 2)])
    return table(columns, out)


def side_flows(summary: pd.DataFrame, materials: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return feeds, make-up, waste, by-products and emissions of every line, per unit shipped."""
    columns = [("Line", "", "l"), ("Fed", "", "w"), ("Waste", "", "r"), ("By-products", "", "l"), ("Emitted", "", "w"), ("H₂S", "", "r"), ("Recovered", "", "l")]
    rows: list[Sequence[str] | str] = []
    for line in lines:
        own = materials[materials["line"] == line["name"]].groupby(["direction", "material"], sort=False)["kg_per_unit"].sum()

        def of(direction: str, most: int = 6, own: pd.Series[Any] = own) -> str:
            if direction not in own.index.get_level_values(0):
                return "–"
            part = own[direction].sort_values(ascending=False, kind="stable")
            part = part[part > 1e-6]
            parts = [f"{name(str(material))} {amount(float(kg))}" for material, kg in part.items()][:most]
            return ", ".join([*parts, *([f"{len(part) - most} more"] if len(part) > most else [])]) or "–"

        waste = float(own["waste"].sum()) if "waste" in own.index.get_level_values(0) else 0.0
        h2s = value(summary, line["name"], "h2s_per_unit")
        rows.append([name(line["name"]), of("feed", 8), amount(waste), of("by_product"), of("emission", 4), amount(h2s) if h2s == h2s else "–", of("recovered")])
    return table(columns, rows)


def weak_items(costs: pd.DataFrame, lines: Sequence[Line], most: int = 5) -> Table:
    """Return the largest cost items of every line whose numbers are of grade D or E: what matters most to check."""
    columns = [("Cost item", "", "w"), ("Category", "", "l"), ("Cost", "USD/unit", "r"), ("Share", "%", "r"), ("Grade", "", "l")]
    rows: list[Sequence[str] | str] = []
    for line in lines:
        own = costs[costs["line"] == line["name"]]
        total = float(own["usd_per_unit"].abs().sum()) or 1.0
        weak = own[~own["grade"].isin(GOOD)]
        share = float(weak["usd_per_unit"].abs().sum()) / total
        grouped = weak.groupby(["item", "category", "grade"], sort=False)["usd_per_unit"].sum()
        largest = grouped[grouped.abs().sort_values(ascending=False, kind="stable").index[:most]]
        rows.append(f"{name(line['name'])}: {100 * share:.0f} % of the cost rests on grade D and E")
        for (item, category, grade), usd in largest.items():  # type: ignore[misc]
            rows.append([name(str(item)), name(str(category)), number(float(usd)), f"{100 * float(usd) / total:.1f}", str(grade)])
    return table(columns, rows)


def steps(rows_: pd.DataFrame, lines: Sequence[Line]) -> Table:
    """Return every step and section with its equipment, machines, size, load, availability and operations."""
    columns = [
        ("Step", "", "l"), ("Equipment", "", "w"), ("Machines", "", "r"), ("Size", "", "r"), ("Load", "%", "r"), ("Available", "%", "r"),
        ("Charge", "", "r"), ("Operations", "per year", "r"),
    ]  # fmt: skip
    out: list[Sequence[str] | str] = []
    for line in lines:
        own = rows_[rows_["line"] == line["name"]].sort_values("order", kind="stable")
        out.append(f"{name(line['name'])}: {name(str(line['title']))}")
        seen: dict[str, int] = {}
        for row in own.itertuples(index=False):
            first = row.step not in seen
            seen.setdefault(str(row.step), len(seen) + 1)
            size = f"{number(float(row.size), 2)} {unit(str(row.size_unit))}".strip() if row.size == row.size and row.size_unit else "–"
            title = f"{seen[str(row.step)]}  {name(str(row.title))}" if first else ""
            if row.section:
                title = f"{title}, {name(str(row.section))}" if first else f"     {name(str(row.section))}"
            facts = [f"{int(row.machines)}", size, _share(row.load), _share(row.availability), f"{number(float(row.charge))} {unit(str(row.unit))}",
                     number(float(row.operations_per_year))] if first else ["", size, "", "", "", ""]  # fmt: skip
            out.append([title, name(str(row.equipment)) or "–", *facts])
    return table(columns, out)


def _share(x: float) -> str:
    return f"{100 * x:.0f}" if x == x else "–"


def changes(rows_: Sequence[Mapping[str, str]]) -> Table:
    """Return every key that was changed, with its old and new value."""
    rows = [[breakable(str(row["path"])), str(row["old"]), str(row["new"]), str(row["by"])] for row in rows_]
    return table([("Key", "", "w"), ("Old", "", "l"), ("New", "", "l"), ("By", "", "l")], rows)


class References:
    """Numbers for sources in the order in which they are met."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known
        self.texts: dict[str, int] = {}

    def cite(self, source: str) -> str:
        """Return how a source is shown beside a number: the reason of an estimate, or a number in brackets."""
        source = source.strip()
        if not source:
            return "no source"
        if source.startswith("estimate:"):
            return source
        text = self._text(source)
        return f"[{self.texts.setdefault(text, len(self.texts) + 1)}]"

    def _text(self, source: str) -> str:
        entry = self.known.get(source)
        if not isinstance(entry, Mapping):
            return source
        doi = f"doi:{entry['doi']}" if entry.get("doi") else ""
        parts = [entry.get("authors"), entry.get("title"), entry.get("where"), entry.get("year"), doi]
        return ", ".join(str(part) for part in parts if part)

    @property
    def listed(self) -> list[str]:
        """All sources, by number."""
        return list(self.texts)


def assumptions(rows_: pd.DataFrame, references: References) -> Table:
    """Return every number that the lines rest on, once, under the entry it belongs to."""
    columns = [("Quantity", "", "l"), ("Value", "", "r"), ("Range", "", "r"), ("Grade", "", "c"), ("Source, or reason of the estimate", "", "w")]
    keys = [column for column in rows_.columns if column != "line"]
    unique = rows_.drop_duplicates(keys)
    out: list[Sequence[str] | str] = []
    for where, part in unique.groupby("where", sort=False):
        out.append(breakable(str(where)))
        seen_note = ""
        for row in part.itertuples(index=False):
            span = f"{compact(row.low)} – {compact(row.high)}" if row.low == row.low and row.high == row.high else ""
            source = references.cite(str(row.source))
            note = str(row.note) if isinstance(row.note, str) and row.note and row.note != seen_note else ""
            seen_note = note or seen_note
            grade = str(row.grade)
            out.append([name(str(row.quantity)), f"{compact(row.value)} {unit(str(row.unit))}".strip(), span, grade, f"{source} {note}".strip()])
    return table(columns, out)


def compact(x: Any) -> str:
    """Return a number as short as four digits allow.

    >>> compact(14.0), compact(0.998), compact(12500.0), compact(2.5e6)
    ('14', '0.998', '12 500', '2.5 million')
    """
    try:
        x = float(x)
    except (TypeError, ValueError):
        return str(x)
    text, _, word = number(x, 4).partition(" million")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return (f"{whole}.{part}" if part else whole) + (" million" + word if " million" in number(x, 4) else "")


def breakable(path: str) -> str:
    """Let a dotted path break after its dots and underscores."""
    return path.replace(".", ".\u200b").replace("_", "_\u200b")

