"""Digests: what was found, as small tables for a terminal, and for a notebook."""

from __future__ import annotations

import math
from html import escape

import pandas as pd

from sim.reporting.verdict import called_group, finding, medians
from sim.reporting.words import money, plain, printing
from sim.results import TABLES, OptimumFacts, Results, records, verdicts

__all__ = ["bottlenecks", "html", "optimum", "run", "sweep", "swept"]


def run(results: Results) -> str:
    """Return the key figures of a run as a small text table, and the verdict on every group of lines below it."""
    with printing(results) as told:
        table, said = _headlines(told)
    return "\n".join([table.to_string(), *said])


def html(results: Results) -> str:
    """Return the same for a notebook."""
    with printing(results) as told:
        table, said = _headlines(told)
    heading = results.manifest["scenario"].get("title") or results.manifest["scenario"]["name"]
    shown = [f"<b>{escape(heading)}</b>", *(f"<p>{escape(text)}</p>" for text in said), table.to_html(border=0)]
    return "\n".join(shown)


def _headlines(results: Results) -> tuple[pd.DataFrame, list[str]]:
    """Return the key figures of a run, a row for every line, and the verdict on every group of lines."""
    rows, unpriced = medians(results), [line["name"] for line in results.manifest["lines"] if line.get("unpriced")]
    wanted = {
        "throughput": "output/y",
        "cost_per_unit": "as stated" if rows else money("USD/unit"),
        "conversion_cost_per_unit": "conversion",
        "energy_per_unit": "kWh/unit",
        "oee": "OEE",
        "lead_time": "lead time h",
    }
    summary = results.summary[results.summary["kpi"].isin(wanted)]
    means = {(row.line, row.kpi): float(row.mean) for row in records(summary)}
    costs = ("cost_per_unit", "conversion_cost_per_unit")
    found = []
    for line in results.manifest["lines"]:
        key, row = line["name"], rows.get(line["name"])
        shown: dict[str, str] = {"": key, "unit": line["unit"], "output/y": _figure(means.get((key, "throughput")))}
        if rows:
            told = row is not None and key not in unpriced
            shown[money("USD/unit")] = _figure(float(row.p50)) if row is not None and told else "none"
            shown["P10-P90"] = "-".join(map(_figure, (row.p10, row.p90))) if row is not None and told else "none"
        for kpi, head in list(wanted.items())[1:]:
            shown[head] = "none" if kpi in costs and key in unpriced else _figure(means.get((key, kpi)))
        found.append(shown)
    table = pd.DataFrame(found).set_index("")
    table.index.name = None
    said = [f"{called_group(one)}: {finding(one, results)}" for one in verdicts(results)]
    return table, [plain(text) for text in said if len(rows)]


def _figure(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "none"
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def swept(results: Results) -> str:
    """Return the sweeps of a run as a small text table."""
    with printing(results) as told:
        return sweep(told.sweep)


def sweep(table: pd.DataFrame) -> str:
    """Return a sweep as a small text table: axes, machines and the headline figures."""
    rest = [name for name in table.columns if name not in TABLES["sweep"].names]
    axes = rest[: rest.index("throughput")] if "throughput" in rest else rest
    words = {"throughput": "output/y", "cost_per_unit": money("USD/unit"), "energy_per_unit": "kWh/unit"}
    kept = table[["point", "line", "by", *axes, "machines", "out_of_range", *(name for name in words if name in rest)]]
    shown = kept.rename(columns={**words, "out_of_range": "off price"})
    return shown.to_string(index=False, na_rep="", float_format=lambda x: f"{x:,.4g}" if abs(x) < 1e4 else f"{x:,.0f}")


def bottlenecks(table: pd.DataFrame) -> str:
    """Return what additions are worth as a text table, those that were not tried in a line below."""
    parts = []
    for line, own in table.groupby("line", sort=False):
        tried = own[own["screened"] == 0]
        of = str(own["unit"].iloc[0])
        rows = [
            {
                "step": row.step or "(line)",
                "change": f"{row.change} {row.before:.4g} -> {row.after:.4g}",
                f"gain {of}/y": f"{row.gain:+,.0f}",
                "95 %": f"{row.gain_low:+,.0f} to {row.gain_high:+,.0f}",
                f"cost {money('USD')}/{of}": f"{row.cost_change:+.3f}",
                "95 % ": f"{row.cost_change_low:+.3f} to {row.cost_change_high:+.3f}",
            }
            for row in records(tried)
        ]
        left = ", ".join(dict.fromkeys(own.loc[own["screened"] == 1, "step"]))
        note = f"\nnot tried, for they are less than half as busy as the busiest: {left}" if left else ""
        parts.append(f"{line}, released at capacity\n{pd.DataFrame(rows).to_string(index=False)}{note}")
    return "\n\n".join(parts)


def optimum(table: pd.DataFrame, facts: OptimumFacts) -> str:
    """Return the plant that a search found beside the one sized in expected values, as a text table."""
    rows = table[(table["quantity"] != "machines") | (table["auto"] != table["found"]) | (table["auto"] > 1)]
    shown = rows.assign(quantity=rows["quantity"] + (": " + rows["step"]).where(rows["step"] != "", ""))
    shown = shown[["quantity", "auto", "found"]]
    verdict = (
        "the cheapest plant found meets the target with 95 % probability"
        if facts["met"]
        else "no plant that was simulated meets the target with 95 % probability; shown is the plant as sized"
    )
    count = f"{facts['simulated']} plants simulated, {facts['looked_at']} looked at in expected values"
    return f"{shown.to_string(index=False, float_format=lambda x: f'{x:,.4g}')}\n{verdict}; {count}"
