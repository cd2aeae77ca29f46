"""The lines side by side, their plants, and a page for every route."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.reporting import tables
from sim.reporting.blocks import chapter, facts, figure, heading, listing, see, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.figures.bars import moving
from sim.reporting.figures.snake import edges
from sim.reporting.tables import Row, table
from sim.reporting.verdict import called_group
from sim.reporting.words import called, compact, name, number, quantity, title, unit
from sim.results import LineFacts, Results, VerdictFacts, records

__all__ = ["PAGES", "plant", "routes", "side_by_side"]

PAGES = 6
"""Most routes that get a page each; of more, every line gets a row."""
TIGHT = 3
"""Steps of a line whose load is printed: the tightest."""
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
    for at, verdict in enumerate(verdicts, 1):
        key = f"compare.{at}.key_figures"
        if key in drawn:
            blocks += [
                heading(called_group(verdict)),
                figure(
                    key,
                    f"Key figures against those of {name(_first(results, verdict))}; bars: 95 %, chance in the plant.",
                ),
            ]
    return chapter("lines", "The lines side by side", blocks)


def _first(results: Results, verdict: VerdictFacts) -> str:
    return next(line["name"] for line in results.manifest["lines"] if line["name"] in verdict["lines"])


def _energy(results: Results) -> str:
    """Say what takes most of the energy of every line, by utility and use."""
    said = []
    for line in results.manifest["lines"][:PAGES]:
        own = results.energy[results.energy["line"] == line["name"]]
        parts = own.groupby(["utility", "use"])["kwh_per_unit"].sum().sort_values(ascending=False)
        whole = float(parts.sum())
        if whole > 0.0:
            utility, use = parts.index[0]
            said.append(
                f"{name(line['name'])} {100 * float(parts.iloc[0]) / whole:.0f} % {_use(str(utility), str(use))}"
            )
    return f"What takes most of the energy: {'; '.join(said)} ({see('all.energy')})." if said else ""


_USES = {
    "run": "to run machines", "idle": "of idle machines", "clean": "to clean", "process": "for what each unit takes",
    "heat": "to heat", "drives": "for drives", "condensing": "to condense vapour", "vacuum": "for vacuum",
    "cooling": "for cooling", "room": "for rooms", "regeneration": "to dry the air again",
}  # fmt: skip


def _use(utility: str, use: str) -> str:
    return f"{utility} {_USES.get(use, use)}"


# -- plant -------------------------------------------------------------------------------------------------------------


def plant(results: Results) -> Chapter:
    """Return page 6: machines, people, floor, the tightest steps as simulated, losses, hydrogen sulfide."""
    lines = results.manifest["lines"]
    titles = {
        (str(row.line), str(row.step)): str(row.title)
        for row in records(results.steps.drop_duplicates(["line", "step"]))
    }
    short = [f"{name(line['name'])}: {line['unpriced']}" for line in lines if line.get("unpriced")]
    shown = lines[: 3 * PAGES]
    blocks: list[Block | None] = [
        words("; ".join(short) + ".", "No price.") if short else None,
        words(
            f"Sizes, people and capital stand in {see('plant')}; what the machines of the tightest steps do all year, "
            f"as simulated, in {see('loads')}."
        ),
        sheet("plant", tables.plant(results.steps, results.summary, shown), "Plants of the lines.", small=True),
        sheet("loads", _loads(results, shown, titles), _LOADS, small=True),
    ]
    gas = [line for line in shown if float(results.h2s.loc[results.h2s["line"] == line["name"], "g_per_h"].sum()) > 0.0]
    if gas:
        blocks += [
            words(
                f"Hydrogen sulfide that the written reactions set free stands in {see('h2s')}, as a mean over open "
                "hours; hydrolysis by moist air and peaks are not in it.",
                "Hydrogen sulfide.",
            ),
            sheet("h2s", tables.hydrogen_sulfide(results.h2s, gas), "Hydrogen sulfide by room.", small=True),
        ]
    return chapter("plant", "The plants", blocks)


_LOADS = (
    "The three busiest steps of every line: share of its open hours in which a machine runs, is set up or cleaned, is "
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
        rows.append(name(line["name"]))
        for step in (busy + down).sort_values(ascending=False, kind="stable").index[:few]:
            spare = 100.0 * (100.0 - busy[step] - down[step]) / busy[step] if busy[step] > 0.0 else math.nan
            mark = " (limits the line)" if step == line["bottleneck_step"] else ""
            shares = (busy, part("run"), part("setup", "clean"), down, part("starved", "blocked", "waiting"))
            cells = [f"{float(share[step]):.1f}" for share in shares]
            rows.append(
                [
                    f"{title(titles.get((line['name'], str(step)), str(step)))}{mark}",
                    f"{int(counts[step])}",
                    *cells,
                    number(spare, 2),
                ]
            )
    return table(columns, rows)


# -- routes ------------------------------------------------------------------------------------------------------------


def routes(results: Results, slugs: Mapping[str, str], drawn: Mapping[str, Any]) -> list[Chapter]:
    """Return a page for every route, or one with a row for every line where there are many."""
    lines = results.manifest["lines"]
    first: dict[str, LineFacts] = {}
    for line in lines:
        first.setdefault(f"{line['route']['name']} {line.get('scale', '')}", line)
    if len(first) > PAGES:
        return [_rows(results, lines)]
    return [_route(results, line, slugs[line["name"]], drawn) for line in first.values()]


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
                str(top.title) if top else "–",
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


def _route(results: Results, line: LineFacts, slug: str, drawn: Mapping[str, Any]) -> Chapter:
    own = results.of(line["name"])
    key, of = line["name"], line["unit"]
    flow, steps, streams = f"{slug}.flow", f"steps.{slug}", f"streams.{slug}"
    blocks: list[Block | None] = [
        words(unit(name(str(line["title"])))),
        facts(_facts(results, line, own)),
        figure(
            flow,
            "The route, row by row; what is shipped in bold. Above a step: fed; below: leaves; in kg per unit.",
        )
        if flow in drawn
        else None,
        words(
            f"Streams are numbered as in {see(flow)}; {see(steps)} shows where money, energy and lithium go."
            if flow in drawn
            else f"{see(steps)} shows where money, energy and lithium go."
        ),
        sheet(streams, _streams(own, line), f"Streams between steps, per {unit(of)} of good product.", small=True)
        if flow in drawn
        else None,
        sheet(steps, _steps(own), f"Steps of {name(key)}; the darker, the more of the line's total.", small=True),
        *_measure(own, line),
    ]
    return chapter(f"route.{slug}", f"{title(key)}", blocks)


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
        yield "Doubt", text


def _streams(own: Results, line: LineFacts) -> tables.Table:
    titles = dict(zip(own.steps["step"], own.steps["title"], strict=True))
    columns = [("", "", "r"), ("From", "", "w"), ("To", "", "w"), (f"kg per {unit(line['unit'])}", "", "r")]

    def called_(place: str) -> str:
        return title(str(titles.get(place, place.replace(":", " "))))

    rows: list[Row] = [
        [str(number_), called_(source), called_(target), number(kg)]
        for number_, source, target, kg in edges(own.steps, own.streams)
    ]
    half = -(-len(rows) // 2)
    if len(rows) <= 8:
        return table(columns, rows)
    wide = [[*rows[at], *(rows[at + half] if at + half < len(rows) else ["", "", "", ""])] for at in range(half)]
    return table([*columns, *columns], wide)


def _steps(own: Results) -> tables.Table:
    columns = [
        ("Step", "", "w"), ("Equipment", "", "w"), ("Machines", "", "r"), ("Load", "%", "r"), ("Cost", "USD/unit", "r"),
        ("Energy", "kWh/unit", "r"), ("Li so far", "%", "r"),
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


def _short(text: str, most: int = 34) -> str:
    """Return the beginning of a text, up to a comma or bracket or so many letters."""
    kept = text.partition(",")[0].partition(" (")[0]
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def _shade(share: float) -> float:
    return math.pow(min(1.0, max(0.0, share)), 0.7)


def _measure(own: Results, line: LineFacts) -> Iterator[Block]:
    """Yield the numbers that move the cost of a line most, and what to do about them."""
    moved = moving(own.influence).head(MEASURED)
    if moved.empty:
        return
    base, stated = float(own.costs["usd_per_unit"].sum()), []
    for row in records(moved):
        ends = sorted(base + float(end - row.cost) for end in (row.cost_low, row.cost_high))
        of = f"{compact(float(row.value))} {unit(str(row.unit))}".strip()
        stated.append(
            f"{row.title}: {of} (grade {row.grade}); between {compact(float(row.low))} and {compact(float(row.high))} "
            f"the cost goes from {number(ends[0])} to {quantity(ends[1], 'USD/' + line['unit'])}"
        )
    yield words("The five numbers that move the cost most, one at a time.", "To measure first.")
    yield listing(stated)
