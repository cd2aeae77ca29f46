"""Figures: pure functions from result tables to matplotlib figures, and the set that a run's folder holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.reporting.figures.answer import SIX, bridge, cost_and_doubt
from sim.reporting.figures.atlas import atlas
from sim.reporting.figures.bars import (
    cost_by_step,
    energy_by_use,
    energy_parts,
    from_lab_to_plant,
    groups,
    moving,
    states_and_yield,
    tornado,
)
from sim.reporting.figures.cell import cell_cost, table1_waterfall
from sim.reporting.figures.doubt import break_even_map, effects, violins
from sim.reporting.figures.flow import process_graph
from sim.reporting.figures.heatmap import heatmap
from sim.reporting.figures.pareto import pareto
from sim.reporting.figures.sankey import mass_sankey
from sim.reporting.figures.snake import edges, flow
from sim.reporting.figures.style import line_colours, save
from sim.reporting.figures.sweeps import sweep_curves
from sim.reporting.figures.time import gantt, timeline
from sim.reporting.figures.versus import cost_against_price
from sim.reporting.figures.warmup import settling
from sim.reporting.figures.worth import worth_of_one_more
from sim.reporting.words import money
from sim.results import LineFacts, VerdictFacts, films, grid, ladders, mapped, places, shared, verdicts

if TYPE_CHECKING:
    import pandas as pd

    from sim.results import Results

__all__ = [
    "SIX",
    "break_even_map",
    "bridge",
    "cell_cost",
    "cost_against_price",
    "cost_and_doubt",
    "cost_by_step",
    "draw",
    "edges",
    "effects",
    "energy_by_use",
    "figures",
    "flow",
    "from_lab_to_plant",
    "gantt",
    "heatmap",
    "mass_sankey",
    "pareto",
    "process_graph",
    "save_figure",
    "settling",
    "slug",
    "states_and_yield",
    "sweep_curves",
    "table1_waterfall",
    "timeline",
    "tornado",
    "violins",
    "worth_of_one_more",
]

Draw = Callable[[], Figure]


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure to a .png, .svg or .pdf file; the same figure gives the same bytes."""
    if path.suffix == ".pdf":
        figure.savefig(path, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    elif path.suffix == ".svg":
        save(figure, svg=path)
    else:
        save(figure, png=path)


def slug(text: str) -> str:
    """Return a text as part of a file's name.

    >>> slug("wet THF / 2"), slug("../../x")
    ('wet_THF_2', 'x')
    """
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("_") or "line"


def figures(results: Results) -> Iterator[tuple[str, Draw]]:
    """Yield the name of every figure of a run, and how to draw it.

    Figures of one line are called `LINE.kind`, those of comparable lines `compare.NUMBER.kind`, those of one route at
    several scales `scales.NUMBER`, those of a sweep `sweep.NUMBER`, those of bottlenecks `LINE.worth`.
    """
    lines = results.manifest["lines"]
    found = verdicts(results)
    placed = places(results)
    ranks = {line: place for verdict in found for place, line in enumerate(verdict["lines"])}
    yield "all.answer", lambda: cost_and_doubt(results.costs, results.uncertainty, lines, ranks)
    if mapped(placed):
        yield "all.map", lambda: atlas(placed, results.manifest.get("targets", {}), line_colours(lines))
    yield "all.energy", lambda: energy_by_use(results.energy, lines)
    for number, verdict in enumerate(found, 1):
        if len(verdict["lines"]) > 1 and verdict["reason"] not in ("alone", "unequal", "unpriced"):
            yield f"compare.{number}.bridge", lambda verdict=verdict: _bridge(results, verdict)  # type: ignore[misc]
    for number, rungs in enumerate(ladders(lines, results.summary), 1):
        yield f"scales.{number}", lambda rungs=rungs: from_lab_to_plant(results.costs, results.summary, rungs)  # type: ignore[misc]
    for number, group in enumerate(groups(lines), 1):
        yield from _of_group(results, group, f"compare.{number}")
    yield from _of_cell(results)
    for sweep in results.manifest.get("sweeps", []):
        yield f"sweep.{sweep['number']}", lambda sweep=sweep: sweep_curves(results.sweep, sweep, line_colours(lines))  # type: ignore[misc]
    yield from _worth(results)
    parts = energy_parts(results.energy)
    for line in lines:
        yield from _of_line(results, line, parts)


def _of_group(results: Results, group: list[LineFacts], key: str) -> Iterator[tuple[str, Draw]]:
    """Yield the figures of lines that are compared."""
    summary, curve = results.summary, results.prices
    if len(films(summary, [line["name"] for line in group])) > 2:
        yield f"{key}.pareto", lambda: pareto(summary, group)
    if grid(group) is not None:
        yield f"{key}.heatmap", lambda: heatmap(summary, group)
    priced = [line for line in group if not line.get("unpriced")]
    if set(results.uncertainty["line"]) & {line["name"] for line in priced}:
        yield (
            f"{key}.doubt",
            lambda: violins(results.samples, results.uncertainty, priced, line_colours(results.manifest["lines"])),
        )
    curve = curve[curve["line"].isin([line["name"] for line in group])]
    if (curve["slope_kg_per_unit"].abs() > 1e-9).any():
        yield f"{key}.price", lambda: _against_price(results, group)


def _of_cell(results: Results) -> Iterator[tuple[str, Draw]]:
    cell = results.manifest["cell"]
    if cell and len(results.cells):
        yield "cell.cost", lambda: cell_cost(results.cells, results.cell_pairs, cell, results.rivals)
        if len(results.waterfall):
            names = [line["name"] for line in results.manifest["lines"]]
            yield "cell.table1", lambda: table1_waterfall(results.waterfall, names)


def _bridge(results: Results, verdict: VerdictFacts) -> Figure:
    costs = results.costs.groupby("line")["usd_per_unit"].sum()
    cheap, dear = sorted(verdict["lines"][:2], key=lambda line: float(costs[line]))
    return bridge(results.costs, dear, cheap, verdict["unit"], line_colours(results.manifest["lines"]))


def _worth(results: Results) -> Iterator[tuple[str, Draw]]:
    """Yield the figures of what one more is worth, a line each."""
    steps = results.steps
    for line, rows in results.bottleneck.groupby("line", sort=False):
        own = steps[steps["line"] == line]
        titles = dict(zip(own["step"], own["title"], strict=True))
        yield f"{slug(str(line))}.worth", lambda rows=rows, titles=titles: worth_of_one_more(rows, titles)  # type: ignore[misc]


def _against_price(results: Results, group: list[LineFacts]) -> Figure:
    current = shared(group, "prices")
    return cost_against_price(
        results.prices, results.breakeven, results.set_costs, results.manifest["price_sets"], group,
        line_colours(results.manifest["lines"]), current=current,
    )  # fmt: skip


def _of_line(results: Results, line: LineFacts, parts: list[str]) -> Iterator[tuple[str, Draw]]:
    key, of = slug(line["name"]), line["unit"]
    own = results.of(line["name"])
    warm_up = float(results.manifest["scenario"].get("warm_up_h", 0.0))
    yield f"{key}.flow", lambda: flow(own.steps, own.streams, own.materials)
    yield f"{key}.graph", lambda: process_graph(own.streams, own.steps, own.materials, unit_=of)
    yield f"{key}.mass", lambda: mass_sankey(own.steps, own.streams, own.materials, unit_=of)
    if len(moving(own.influence)):
        yield (
            f"{key}.influence",
            lambda: tornado(own.influence, float(own.costs["usd_per_unit"].sum()), unit_=of, most=6),
        )
    shares = _effects(results, line["name"])
    if len(shares):
        yield f"{key}.effects", lambda: effects(shares, unit_=money(f"USD/{of}"))
    yield f"{key}.steps", lambda: cost_by_step(own.costs, own.energy, own.steps, unit_=of, parts=parts)
    yield f"{key}.states", lambda: states_and_yield(own.machines, own.steps)
    yield f"{key}.gantt", lambda: gantt(own.gantt, own.steps)
    yield f"{key}.time", lambda: timeline(own.timeline, unit_=of, target=line.get("target"), warm_up_h=warm_up)
    if len(own.warmup):
        yield (
            f"{key}.settling",
            lambda: settling(own.warmup, unit_=of, settled_h=line.get("settled_h"), warm_up_h=warm_up),
        )


def _effects(results: Results, line: str) -> pd.DataFrame:
    """Return shares of the variance of a line's cost, or elementary effects, with the numbers in plain words."""
    found, numbers = results.sensitivity, results.influence
    found = found[(found["line"] == line) & (found["kpi"] == "cost_per_unit") & (found["method"] != "spearman")]
    titles = dict(zip(numbers["where"] + "." + numbers["quantity"], numbers["title"], strict=True))
    return found.assign(title=[titles.get(key, key) for key in found["parameter"]])


def draw(figure: Draw, path: Path) -> tuple[float, float]:
    """Draw one figure as vectors (SVG, text as text); returns its width and height [mm]."""
    drawn = figure()
    save(drawn, svg=path)
    width, height = drawn.get_size_inches()
    return float(width) * 25.4, float(height) * 25.4
