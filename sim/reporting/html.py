"""The page of a run: report.html, one file that carries its data, its code and its charts, and asks no network."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.reporting.contract import Report
from sim.reporting.words import money, name, title
from sim.results import DOLLAR, RANKED, TABLES, group_key, records

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["page"]

HERE = Path(__file__).parent / "page"
UNSHOWN = ("samples", "sample_slopes", "replay", "traffic", "gantt", "warmup")
"""Tables that the page does not list: what they hold it draws, or it is too much to read."""


def page(results: Results, report: Report) -> str:
    """Return the page of a run.

    Parameters
    ----------
    results : Results
        Tables and manifest of a run.
    report : Report
        What the run says, see `sim.reporting.contract`.
    """
    modules = {
        f"sim/{path.name}": f"data:text/javascript;base64,{_base64(path.read_bytes())}"
        for path in sorted(HERE.glob("*.js"))
    }
    parts = {
        "STYLE": (HERE / "style.css").read_text("utf-8"),
        "IMPORTS": json.dumps({"imports": modules}),
        "DATA": _packed(json.dumps(_data(results, report), ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
        "CHARTS": _charts(),
    }
    text = (HERE / "page.html").read_text("utf-8")
    for key, part in parts.items():
        text = text.replace(f"/*{key}*/", part)
    return text


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _packed(text: str) -> str:
    return _base64(zlib.compress(text.encode("utf-8"), 9))


@cache
def _charts() -> str:
    """Return the library of the charts, as its own package brings it."""
    found = importlib.util.find_spec("plotly")
    assert found is not None
    assert found.origin is not None
    return _packed((Path(found.origin).parent / "package_data" / "plotly.min.js").read_text("utf-8"))


def _data(results: Results, report: Report) -> dict[str, Any]:
    """Return what the page draws from."""
    manifest = results.manifest
    facts = {line["name"]: line for line in manifest["lines"]}
    economics = {row.quantity: float(row.value) for row in records(results.assumptions) if row.where == "economics"}
    rates = sorted(set(results.rate_costs["rate"]))
    return {
        "report": report,
        "scenario": manifest["scenario"]["name"],
        "currency": money(DOLLAR),
        "year": None if money(DOLLAR) == DOLLAR else manifest["price_year"],
        "names": {line: name(line) for line in facts},
        "lines": [_line(results, line["line"], group_key(facts[line["line"]])) for line in report["lines"]],
        "rates": rates,
        "rate": economics.get("discount_rate", rates[0] if rates else 0.0),
        "sets": sorted(set(results.set_costs["price_set"])),
        "chances": _chances(results),
        "plants": {line: _plant(results, line) for line in facts if (results.replay["line"] == line).any()},
        "tables": {key: _table(key, results.tables[key]) for key in TABLES if _told(results, key)},
    }


def _line(results: Results, key: str, group: tuple[str, ...]) -> dict[str, Any]:
    costs = results.costs[results.costs["line"] == key]
    slopes: dict[str, Any] = {}
    for row in records(results.price_slopes[results.price_slopes["line"] == key]):
        told = {"price": row.price, "title": row.title, "unit": row.unit, "value": float(row.value), "by": {}}
        slopes.setdefault(str(row.price), told)["by"][row.category] = float(row.slope)
    own = results.rate_costs[results.rate_costs["line"] == key].sort_values("rate", kind="stable")
    sets = results.set_costs[results.set_costs["line"] == key]
    unit = next(line["unit"] for line in results.manifest["lines"] if line["name"] == key)
    return {
        "line": key,
        "unit": unit,
        "key": [*group[:-1], name(group[-1])],
        "costs": {str(category): math.fsum(part) for category, part in costs.groupby("category")["usd_per_unit"]},
        "slopes": slopes,
        "rates": {
            str(category): [float(usd) for usd in part] for category, part in own.groupby("category")["usd_per_unit"]
        },
        "sets": {row.price_set: float(row.usd_per_unit) for row in records(sets)},
        "samples": _samples(results, key),
    }


def _samples(results: Results, key: str) -> dict[str, Any] | None:
    own = results.samples[results.samples["line"] == key] if len(results.samples) else results.samples
    if not len(own):
        return None
    own = own[own["sample"] < RANKED]
    slopes = results.sample_slopes[results.sample_slopes["line"] == key]
    by_price = dict(list(slopes.sort_values("sample", kind="stable").groupby("price")))
    return {
        "cost": _floats(own["cost_per_unit"]),
        "value": {str(price): _floats(part["value"]) for price, part in by_price.items()},
        "slope": {str(price): _floats(part["slope"]) for price, part in by_price.items()},
    }


def _floats(column: pd.Series[Any]) -> str:
    return _base64(column.to_numpy(dtype="<f4").tobytes())


def _chances(results: Results) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in records(results.chances):
        told = {"chance": _plain(float(row.chance_cheapest)), "median": _plain(float(row.cost_per_unit))}
        found.setdefault(str(row.price_set), {})[str(row.line)] = told
    return found


def _plant(results: Results, key: str) -> dict[str, Any]:
    """Return steps, streams between them, and what every machine does."""
    steps = results.steps[results.steps["line"] == key].sort_values("order", kind="stable").drop_duplicates("step")
    streams = results.streams[results.streams["line"] == key]
    titles = dict(zip(steps["step"], (title(str(text)) for text in steps["title"]), strict=True))
    own = results.replay[results.replay["line"] == key]
    moved = results.traffic[results.traffic["line"] == key]
    number = {step: index for index, step in enumerate(titles)}
    inside = streams[streams["source"].isin(titles) & streams["target"].isin(titles)]
    return {
        "steps": [
            {
                "step": row.step,
                "title": titles[row.step],
                "equipment": title(str(row.equipment)) or "no machine",
                "machines": int(row.machines),
                "load": _plain(float(row.load)),
            }
            for row in records(steps)
        ],
        "edges": [[row.source, row.target] for row in records(inside)],
        "unit": next(line["unit"] for line in results.manifest["lines"] if line["name"] == key),
        "moves": {
            "time": _floats(moved["time_h"]),
            "amount": _floats(moved["amount"]),
            "lots": moved["lots"].tolist(),
            "move": moved["move"].tolist(),
            **{way: [number.get(step, -1) for step in moved[way]] for way in ("source", "target")},
        },
        "from_h": float(own["start_h"].min()),
        "to_h": float(own["end_h"].max()),
        "spans": [
            {
                "step": step,
                "title": titles[str(step)],
                "machine": int(str(machine)),
                "start": [round(float(at), 3) for at in part["start_h"]],
                "state": [str(state) for state in part["state"]],
            }
            for (step, machine), part in own.groupby(["step", "machine"], sort=False)
        ],
    }


def _told(results: Results, key: str) -> bool:
    """Whether the page lists a table."""
    return key not in UNSHOWN and key in results.tables and len(results.tables[key]) > 0


def _table(key: str, table: pd.DataFrame) -> dict[str, Any]:
    columns = [[_plain(value) for value in table[head].tolist()] for head in table.columns]
    return {"heads": [money(str(head)) for head in table.columns], "columns": columns, "meaning": TABLES[key].meaning}


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
