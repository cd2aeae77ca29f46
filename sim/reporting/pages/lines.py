"""The lines side by side, their plants, and a page for every route."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.reporting import tables
from sim.reporting.blocks import chapter, facts, figure, listing, see, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.figures.bars import moving
from sim.reporting.figures.snake import edges
from sim.reporting.figures.style import line_colours
from sim.reporting.tables import Row, table
from sim.reporting.verdict import called_group, share
from sim.reporting.words import (
    as_typed,
    called,
    compact,
    energy_use,
    in_words,
    listed,
    name,
    number,
    of_number,
    printed,
    quantity,
    title,
    unit,
    upper,
)
from sim.results import Kpis, LineFacts, Results, VerdictFacts, records

__all__ = ["PAGES", "plant", "routes", "side_by_side"]

PAGES = 6
"""Most routes that get a page each; of more, every line gets a row."""
FEW = 3
"""Lines without a price of which the reason is told."""
TIGHT = 3
"""Steps of a line whose load is printed: the tightest."""
NAMED = 16
"""Streams up to which steps are named in their table; beyond, they are numbered."""
MEASURED = 5
"""Numbers of a line that are printed: those that move its cost most."""


def side_by_side(results: Results, verdicts: Sequence[VerdictFacts], drawn: Mapping[str, Any]) -> Chapter:
    """Return page 5: key figures of the lines beside each other, and their energy."""
    blocks: list[Block | None] = []
    if "all.energy" in drawn:
        blocks += [
            words(_energy(results)),
            figure("all.energy", "Site energy per unit by utility and use, as metered at the fence."),
        ]
    blocks.append(
        words(f"{see('side')} sets the lines beside each other; a bar is a share of the largest of its group.")
    )
    blocks.append(sheet("side", _beside(results, verdicts), _BESIDE, small=True))
    return chapter("lines", "The lines side by side", blocks)


BESIDE = (
    Kpis.cost_per_unit, Kpis.conversion_cost_per_unit, Kpis.energy_per_unit, Kpis.gwp_per_unit, Kpis.capital,
    Kpis.people, Kpis.area, Kpis.lead_time, Kpis.first_pass_yield, Kpis.oee, Kpis.e_factor,
)  # fmt: skip
"""Key figures that are set beside each other."""
_BESIDE = "Key figures as simulated, every number as stated."


def _beside(results: Results, verdicts: Sequence[VerdictFacts]) -> tables.Table:
    """Return key figures of all lines with bars that are as long as their share of the largest of the group."""
    facts_of = {line["name"]: line for line in results.manifest["lines"]}
    colours = line_colours(results.manifest["lines"])
    units = {line["unit"] for line in facts_of.values()}
    columns = [("", "", "l")]
    for kpi in BESIDE:
        of = printed(kpi.name, kpi.of(units.pop() if len(units) == 1 else "unit"), 1.0)[1]
        columns.append((_HEADS.get(kpi.name, kpi.head), "" if of == "persons" else of, "b"))
    rows: list[Row] = []
    bars: list[list[float | None]] = []
    shades: list[str] = []
    for verdict in verdicts:
        rows.append(f"{called_group(verdict)}, per {unit(verdict['unit'])}")
        values = {
            (kpi.name, line): tables.value(results.summary, line, kpi.name)
            for kpi in BESIDE
            for line in verdict["lines"]
        }
        for line in verdict["lines"]:
            cells = [called(facts_of[line])]
            lengths: list[float | None] = [None]
            for kpi in BESIDE:
                value = values[kpi.name, line]
                if kpi in _MONEY and facts_of[line].get("unpriced"):
                    value = math.nan
                most = max((abs(values[kpi.name, one]) for one in verdict["lines"]), default=0.0)
                factor = printed(kpi.name, kpi.of(verdict["unit"]), 1.0)[0]
                cells.append(f"{value:.0f}" if kpi is Kpis.people else number(value * factor))
                alone = len(verdict["lines"]) == 1 or not math.isfinite(value) or not most > 0.0
                lengths.append(None if alone else abs(value) / most)
            rows.append(cells)
            bars.append(lengths)
            shades.append(colours[line])
    return tables.barred(table(columns, rows), bars, shades)


_MONEY = (Kpis.cost_per_unit, Kpis.conversion_cost_per_unit)
_HEADS = {Kpis.conversion_cost_per_unit.name: "Conversion", Kpis.first_pass_yield.name: "First pass"}


def _energy(results: Results) -> str:
    """Say what takes most of the energy of every line."""
    found: dict[str, list[str]] = {}
    for line in results.manifest["lines"][: 2 * PAGES]:
        own = results.energy[results.energy["line"] == line["name"]]
        parts = own.groupby(["utility", "use"])["kwh_per_unit"].sum().sort_values(ascending=False)
        whole = float(parts.sum())
        if whole > 0.0:
            utility, use = parts.index[0]
            part = f"{name(line['name'])} ({share(float(parts.iloc[0]) / whole)})"
            found.setdefault(energy_use(str(utility), str(use)), []).append(part)
    said = [f"{use} in {listed(lines)}" for use, lines in found.items()]
    return f"What takes most of the energy is {'; '.join(said)} ({see('all.energy')})." if said else ""


# -- plant -------------------------------------------------------------------------------------------------------------


def plant(results: Results) -> Chapter:
    """Return page 6: machines, people, floor, the tightest steps as simulated, losses, hydrogen sulfide."""
    lines = results.manifest["lines"]
    titles = {
        (str(row.line), str(row.step)): str(row.title)
        for row in records(results.steps.drop_duplicates(["line", "step"]))
    }
    short = [f"{name(line['name'])}: {unit(str(line['unpriced']))}" for line in lines if line.get("unpriced")]
    shown = lines[: 3 * PAGES]
    blocks: list[Block | None] = [
        words("; ".join([*short[:FEW], *([f"{len(short) - FEW} more"] if len(short) > FEW else [])]) + ".", "No price.")
        if short
        else None,
        words(
            f"Sizes, people and capital stand in {see('plant')}; what the machines of the tightest steps do all year, "
            f"as simulated, in {see('loads')}. " + (_GAS if float(results.h2s["g_per_h"].sum()) > 0.0 else "")
        ),
        sheet(
            "plant",
            tables.plant(results.steps, results.summary, results.h2s, shown),
            "Plants of the lines.",
            small=True,
        ),
        sheet("loads", _loads(results, [*_first_of(shown).values()], titles), _LOADS, small=True),
    ]
    return chapter("plant", "The plants", blocks)


_GAS = (
    "Hydrogen sulfide is what the written reactions set free, as a mean over open hours, without hydrolysis by moist "
    "air and peaks; to be caught is the share that must not reach the room where it is largest."
)
_LOADS = (
    "The busiest steps of every line: share of its open hours in which a machine runs, is set up or cleaned, is "
    "down, and waits for material, room or people. Spare: how much more the step could do."
)


def _loads(results: Results, lines: Sequence[LineFacts], titles: Mapping[tuple[str, str], str]) -> tables.Table:
    columns = [
        ("Step", "", "w"), ("Machines", "", "r"), ("Busy", "%", "r"), ("Runs", "%", "r"),
        ("Set-up, cleaning", "%", "r"),        ("Down", "%", "r"), ("Waits", "%", "r"), ("Spare", "%", "r"),
    ]  # fmt: skip
    rows: list[Row] = []
    few = TIGHT if len(lines) <= PAGES else 1
    for line in lines:
        own = results.machines[results.machines["line"] == line["name"]]
        hours = own.pivot_table(index="step", columns="state", values="hours", aggfunc="sum", fill_value=0.0)
        if hours.empty:
            continue
        opened = hours.drop(columns="off_shift", errors="ignore").sum(axis=1)

        def part(*states: str, hours: pd.DataFrame = hours, opened: pd.Series[Any] = opened) -> pd.Series[Any]:
            there = [state for state in states if state in hours]
            return 100.0 * hours[there].sum(axis=1) / opened.where(opened > 0.0)

        busy, down = part("run", "setup", "clean"), part("down")
        counts = own.groupby("step")["machine"].nunique()
        rows += [name(line["name"])] if few > 1 else []
        for step in (busy + down).sort_values(ascending=False, kind="stable").index[:few]:
            spare = 100.0 * (100.0 - busy[step] - down[step]) / busy[step] if busy[step] > 0.0 else math.nan
            more = "–" if math.isnan(spare) else "> 500" if spare > 500.0 else f"{spare:.0f}"
            mark = " (limits the line)" if step == line["bottleneck_step"] else ""
            shares = (busy, part("run"), part("setup", "clean"), down, part("starved", "blocked", "waiting"))
            cells = [f"{float(share[step]):.1f}" for share in shares]
            rows.append(
                [
                    ("" if few > 1 else f"{name(line['name'])}: ")
                    + f"{title(titles.get((line['name'], str(step)), str(step)))}{mark}",
                    f"{int(counts[step])}",
                    *cells,
                    more,
                ]
            )
    return table(columns, rows)


# -- routes ------------------------------------------------------------------------------------------------------------


def routes(results: Results, slugs: Mapping[str, str], drawn: Mapping[str, Any]) -> list[Chapter]:
    """Return a page for every route, or one with a row for every line where there are many."""
    lines = results.manifest["lines"]
    first = _first_of(lines)
    asked = bool(results.manifest.get("sweeps") or results.manifest["cell"])
    # where something else is asked, routes are told of in a row each
    if len(lines) > PAGES or (asked and len(first) > 1):
        return [_rows(results, lines)]
    alone = len(first) == len(lines)
    routes = [line["route"]["name"] for line in first.values()]
    titles = {
        key: title(line["name"] if alone or routes.count(line["route"]["name"]) > 1 else line["route"]["name"])
        for key, line in first.items()
    }
    return [_route(results, line, slugs[line["name"]], titles[key], drawn) for key, line in first.items()]


def _first_of(lines: Sequence[LineFacts]) -> dict[str, LineFacts]:
    """Return the first line of every route and variant at every scale: regions change its prices, not its plant."""
    found: dict[str, LineFacts] = {}
    for line in lines:
        found.setdefault(f"{line['route']['name']} {line['title']} {line.get('scale', '')} {line.get('target')}", line)
    return found


def _rows(results: Results, lines: Sequence[LineFacts]) -> Chapter:
    columns = [
        ("Line", "", "l"), ("Machines", "", "r"), ("People", "", "r"), ("What limits it", "", "w"),
        ("Number that moves the cost most", "", "w"), ("Cost at its ends", "USD/unit", "r"),
    ]  # fmt: skip
    rows: list[Row] = []
    for line in lines:
        own = results.steps[results.steps["line"] == line["name"]].drop_duplicates("step")
        titles = dict(zip(own["step"], own["title"], strict=True))
        moved = moving(results.influence[results.influence["line"] == line["name"]])
        top = next(iter(records(moved)), None)
        rows.append(
            [
                called(line),
                f"{int(own['machines'].sum())}",
                f"{tables.value(results.summary, line['name'], 'people'):.0f}",
                title(str(titles.get(line["bottleneck_step"], line["bottleneck_step"]))),
                of_number(str(top.title)) if top else "–",
                f"{number(float(top.cost_low))}, {number(float(top.cost_high))}" if top else "–",
            ]
        )
    return chapter(
        "routes",
        "The lines one by one",
        [
            words(f"{see('rows')} has a row for every line."),
            sheet("rows", table(columns, rows), "The lines.", small=True),
        ],
    )


def _route(results: Results, line: LineFacts, slug: str, called_: str, drawn: Mapping[str, Any]) -> Chapter:
    own = results.of(line["name"])
    of = line["unit"]
    flow, steps, streams = f"{slug}.flow", f"steps.{slug}", f"streams.{slug}"
    blocks: list[Block | None] = [
        words(unit(as_typed(line["title"]))),
        facts(_facts(results, line, own)),
        figure(
            flow,
            "The route, row by row; what is shipped in bold. Above a step: fed; below: leaves; in kg per unit.",
        )
        if flow in drawn
        else None,
        words(
            f"{see(streams)} has the streams as they are numbered in {see(flow)}; {see(steps)} shows where money, "
            "energy and lithium go."
            if flow in drawn
            else f"{see(steps)} shows where money, energy and lithium go."
        ),
        sheet(streams, _streams(own, line), f"Streams between steps, per {unit(of)} of good product.", small=True)
        if flow in drawn
        else None,
        sheet(steps, _steps(own), f"Steps of {called_}; the darker, the more of the line's total.", small=True),
        *(
            _measure(own, line)
            if own.steps["step"].nunique() > NAMED or f"{slug}.influence" not in drawn
            else _first_numbers(slug)
        ),
    ]
    return chapter(f"route.{slug}", called_, blocks, alone=True)


def _facts(results: Results, line: LineFacts, own: Results) -> Iterator[tuple[str, str]]:
    def shown(kpi: str) -> str:
        rows = results.summary[(results.summary["line"] == line["name"]) & (results.summary["kpi"] == kpi)]
        return quantity(float(rows["mean"].iloc[0]), str(rows["unit"].iloc[0])) if len(rows) else "–"

    spec = unit(", ".join(f"{name(k)} {v}" for k, v in line["spec"].items()))
    yield "Product", name(str(line["product"])) + (f"; {spec}" if spec else "")
    steps = own.steps.drop_duplicates("step")
    machines = int(steps["machines"].sum())
    yield (
        "Plant",
        (
            f"{machines} machine{'s' if machines != 1 else ''}, {shown('people')}, {shown('area')} of floor, "
            f"{shown('capital')} of capital; ships {shown('throughput')} at an OEE of {shown('oee')}, "
            f"{shown('lead_time')} from first step to store"
        ),
    )
    titles = dict(zip(steps["step"], steps["title"], strict=True))
    tight = title(str(titles.get(line["bottleneck_step"], line["bottleneck_step"])))
    why = str(line["bottleneck_why"]).replace("%", " %")
    yield "Limited by", f"{tight}" + (f" ({why})" if why and not why.startswith(tight) else "")
    for text in line["warnings"][:3]:
        yield "Doubt", in_words(text)


def _streams(own: Results, line: LineFacts) -> tables.Table:
    """Return the streams between steps, several side by side; the steps of a long route by their numbers."""
    order = own.steps.sort_values("order", kind="stable").drop_duplicates("step")
    found = list(edges(own.steps, own.streams))
    short = len(found) > NAMED
    titles = {str(row.step): str(at) if short else title(str(row.title)) for at, row in enumerate(records(order), 1)}
    rows = [
        [str(number_), titles.get(source, source), titles.get(target, "shipped"), number(kg)]
        for number_, source, target, kg in found
    ]
    across = 4 if short else 2
    down = -(-len(rows) // across)
    rows += [[""] * 4] * (across * down - len(rows))
    wide = [[cell for part in range(across) for cell in rows[at + part * down]] for at in range(down)]
    side, of = ("r", "step") if short else ("w", "")
    columns = [("", "", "b" if short else "r"), ("From", of, side), ("To", of, side)]
    return table([*columns, ("kg", f"per {unit(line['unit'])}", "r")] * across, wide)


def _steps(own: Results) -> tables.Table:
    columns = [
        ("Step", "", "l"), ("Equipment", "", "w"), ("Machines", "", "r"), ("Load as sized", "%", "r"),
        ("Cost", "USD/unit", "r"), ("Energy", "kWh/unit", "r"), ("Li so far", "%", "r"),
    ]  # fmt: skip
    ordered = own.steps.sort_values("order", kind="stable").drop_duplicates("step")
    cost, kwh = own.costs.groupby("step")["usd_per_unit"].sum(), own.energy.groupby("step")["kwh_per_unit"].sum()
    whole, energy = float(own.costs["usd_per_unit"].sum()) or 1.0, float(own.energy["kwh_per_unit"].sum()) or 1.0
    rows: list[Row] = []
    shades: list[list[float]] = []
    for at, row in enumerate(records(ordered), 1):
        usd, used = float(cost.get(row.step, 0.0)), float(kwh.get(row.step, 0.0))
        load = float(row.load) if not math.isnan(row.load) else 0.0
        kept = f"{100 * row.cumulative_yield:.1f}" if not math.isnan(row.cumulative_yield) else "–"
        rows.append(
            [
                f"{at}  {title(str(row.title))}",
                _short(title(str(row.equipment))) or "–",
                f"{int(row.machines)}",
                f"{100 * load:.0f}",
                number(usd),
                number(used),
                kept,
            ]
        )
        shades.append([0.0, 0.0, 0.0, min(1.0, load) ** 2, _shade(usd / whole), _shade(used / energy), 0.0])
    rest = whole - sum(float(cost.get(step, 0.0)) for step in ordered["step"])
    if abs(rest) > 5e-4 * abs(whole):
        rows.append(
            [
                "Whole line",
                "",
                "",
                "",
                number(rest),
                number(energy - sum(float(kwh.get(step, 0.0)) for step in ordered["step"])),
                "",
            ]
        )
        shades.append([0.0, 0.0, 0.0, 0.0, _shade(rest / whole), 0.0, 0.0])
    return tables.shaded(table(columns, rows), shades)


def _short(text: str, most: int = 60) -> str:
    """Return the beginning of a text, up to a comma or bracket or so many letters."""
    kept = text.partition(",")[0].partition(" (")[0]
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def _shade(share: float) -> float:
    return math.pow(min(1.0, max(0.0, share)), 0.7)


def _first_numbers(slug: str) -> Iterator[Block]:
    key = f"{slug}.influence"
    yield words(f"{see(key)} shows the numbers that move the cost most, each within its range.", "To measure first.")
    yield figure(key, "Cost with one number at either end of its range, all others as stated.")


def _measure(own: Results, line: LineFacts) -> Iterator[Block]:
    """Yield the numbers that move the cost of a line most, and what to do about them."""
    moved = moving(own.influence).head(MEASURED)
    if moved.empty:
        return
    base, stated = float(own.costs["usd_per_unit"].sum()), []
    for row in records(moved):
        ends = sorted(base + float(end - row.cost) for end in (row.cost_low, row.cost_high))
        of = f"{compact(float(row.value))} {unit(str(row.unit))}".strip()
        span = f"between {compact(float(row.low))} and {compact(float(row.high))}"
        usd = f"{number(ends[0])} to {quantity(ends[1], 'USD/' + line['unit'])}"
        stated.append(f"{upper(of_number(row.title))}: {of} (grade {row.grade}); {span} the cost goes from {usd}")
    yield words(
        "The numbers that move the cost most, each within its range, all others as stated.", "To measure first."
    )
    yield listing(stated)
