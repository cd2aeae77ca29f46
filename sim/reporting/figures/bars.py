"""Bars: cost and energy of lines and of steps, machine states, yield, and what the cost rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from sim.reporting.figures.style import (
    FULL,
    INK,
    MUTED,
    OTHER,
    SMALL,
    Look,
    categorical,
    mm,
    note,
    note_swatch,
    rectangles,
    styled,
    swatches,
)
from sim.reporting.words import (
    MARK,
    at_scale,
    called,
    compact,
    energy_use,
    money,
    name,
    number,
    of_number,
    per,
    percent,
    title,
    unit,
    upper,
)
from sim.results import CATEGORIES, UTILITIES, group_key
from sim.results import LineFacts as Line

__all__ = [
    "STATES",
    "cost_by_step",
    "energy_by_use",
    "energy_parts",
    "from_lab_to_plant",
    "groups",
    "moving",
    "states_and_yield",
    "tornado",
]

COST = categorical(CATEGORIES)
STATES = {
    "run": Look("#1c5a62"),
    "setup": Look("#5b93a6", "////"),
    "clean": Look("#9cc3cf", "...."),
    "down": Look("#a3341f", "xxxx"),
    "blocked": Look("#d98a2b", "\\\\\\\\"),
    "waiting": Look("#f0c877", "...."),
    "starved": Look("#e3e6e9"),
    "off_shift": Look("#ffffff", "////"),
}
GRADES = categorical(("A", "B", "C", "D", "E"))
ENDS = {"low": Look("#103f60"), "high": Look("#d29343")}
"""Colours of the ends of a range."""
ROW = 4.5
"""Height of a row in a figure by step [mm]."""


def groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines that may be compared with each other, in the order of the scenario."""
    found: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        found.setdefault(group_key(line), []).append(line)
    return list(found.values())


@styled
def energy_by_use(energy: pd.DataFrame, lines: Sequence[Line]) -> Figure:
    """Draw site final energy per unit shipped of every line, stacked by utility and use."""
    table = _energy(energy).pivot_table(
        index="line", columns="part", values="kwh_per_unit", aggfunc="sum", fill_value=0.0
    )
    parts = energy_parts(energy)
    table = _fold(table, parts)
    return _by_line(table, lines, _known(categorical(parts), table.columns), "Site final energy", "kWh")


@styled
def cost_by_step(
    costs: pd.DataFrame,
    energy: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    unit_: str = "kg",
    parts: Sequence[str] | None = None,
) -> Figure:
    """Draw cost (by category) and energy (by use) of every step of one line, side by side.

    *parts* are the parts of the energy to tell apart; given for the whole run, a part has one colour in all figures.
    """
    order = _order(steps)
    cost = costs.pivot_table(index="step", columns="category", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    kwh = _energy(energy).pivot_table(
        index="step", columns="part", values="kwh_per_unit", aggfunc="sum", fill_value=0.0
    )
    rows = [*order, *[step for step in [*cost.index, *kwh.index] if step not in order]]
    rows = list(dict.fromkeys(rows))
    parts = energy_parts(energy) if parts is None else parts
    kwh = _fold(kwh, parts)
    looks = (_known(COST, cost.columns), _known(categorical(parts), kwh.columns))
    figure = Figure(figsize=mm(FULL, 36.0 + ROW * max(9, len(rows))), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, table, look, words in (
        (left, cost, looks[0], f"Cost [{per(unit_)}]"),
        (right, kwh, looks[1], f"Site final energy [kWh/{unit(unit_)}]"),
    ):
        _stack(axes, table.reindex(rows).fillna(0.0), look, totals=True)
        axes.set_xlabel(words)
        axes.legend(
            handles=swatches(look),
            loc="upper center",
            bbox_to_anchor=(0.5, -9.5 / (ROW * len(rows))),
            ncols=3 if axes is left else 2,
            columnspacing=0.8,
            handlelength=1.1,
            handletextpad=0.5,
        )
    marked = set(steps.loc[steps["out_of_range"] > 0, "step"])
    left.set_yticks(range(len(rows)), [_title(order, step) + (MARK if step in marked else "") for step in rows])
    if marked & set(rows):
        note(figure)
    return figure


@styled
def states_and_yield(machines: pd.DataFrame, steps: pd.DataFrame) -> Figure:
    """Draw machine states of every step of one line in percent of the calendar, and the yield that is left after it."""
    order = _order(steps)
    rows = list(order)
    hours = (
        machines.pivot_table(index="step", columns="state", values="hours", aggfunc="sum", fill_value=0.0)
        .reindex(rows)
        .fillna(0.0)
    )
    share = hours.div(hours.sum(axis=1).where(lambda total: total > 0, 1.0), axis=0)
    figure = Figure(figsize=mm(FULL, 25.0 + ROW * max(2, len(rows))), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2.2, 1))
    looks = _known(STATES, share.columns)
    _stack(left, share, looks)
    left.set_xlim(0, 1)
    left.xaxis.set_major_formatter(FuncFormatter(percent))
    left.set_xlabel("Share of the calendar, mean of the machines [%]")
    bottleneck = steps[steps["bottleneck"] == 1]["step"].tolist()
    left.set_yticks(range(len(rows)), [_title(order, step) for step in rows])
    for label, step in zip(left.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if step in bottleneck else "normal")
    figure.legend(handles=swatches(looks), loc="outside lower center", ncols=8)
    yields = _main_yields(
        steps.drop_duplicates("step").set_index("step")["cumulative_yield"].reindex(rows).to_numpy(dtype=float)
    )
    here = np.flatnonzero(~np.isnan(yields))
    right.plot(yields[here], here, color=STATES["run"].colour, marker="o", markersize=2.6, linewidth=1.0)
    low = min(float(yields[here].min(initial=1.0)), 0.98)
    span = 1.0 - low
    right.set_xlim(low - 0.12 * span, 1.0 + 0.38 * span)
    for place, amount in enumerate(yields):
        if place in here:
            right.text(
                amount + 0.06 * span,
                place,
                f"{100 * amount:.1f}",
                va="center_baseline",
                fontsize=SMALL,
                in_layout=False,
            )
        else:
            right.text(low, place, "side stream", va="center_baseline", fontsize=SMALL, color=MUTED, in_layout=False)
    right.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune=None))
    right.xaxis.set_major_formatter(FuncFormatter(percent))
    right.set_xlabel("Yield up to and with the step [%]")
    right.grid(axis="x")
    right.tick_params(axis="y", length=0)
    return figure


@styled
def tornado(influence: pd.DataFrame, base: float, *, unit_: str = "kg", most: int = 10) -> Figure:
    """Draw what the cost of one line becomes at both ends of the ranges that move it most.

    Parameters
    ----------
    influence : DataFrame
        Rows of one line, the largest swing first.
    base : float
        The line's cost; by how much an end of a range moves it is worked out in expected values [USD/unit].
    most : int, default=10
        Numbers to show.
    """
    rows = moving(influence).head(most)
    ends = {end: base + (rows[f"cost_{end}"] - rows["cost"]).to_numpy(dtype=float) for end in ENDS}
    figure = Figure(figsize=mm(FULL, 19.0 + 5.0 * len(rows)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(rows))
    far = np.abs(ends["high"] - base) > np.abs(ends["low"] - base)
    for end, longer in (("low", far), ("high", ~far), ("low", ~far), ("high", far)):
        # the longer of two bars to one side is drawn first, the shorter before it
        here = ~longer
        cost = ends[end][here]
        axes.add_artist(
            rectangles(
                np.minimum(cost, base), np.maximum(cost, base), places[here] - 0.32, places[here] + 0.32, ENDS[end]
            )
        )
    axes.axvline(base, color=INK, linewidth=0.8)
    both = np.concatenate(list(ends.values()))
    low, high = min(base, float(both.min())), max(base, float(both.max()))
    span = high - low
    axes.set_xlim(low - 0.2 * span, high + 0.2 * span)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for place, row in enumerate(rows.itertuples()):
        for end, side in (("low", ends["low"][place] - base), ("high", ends["high"][place] - base)):
            other = (ends["high"] if end == "low" else ends["low"])[place] - base
            if side == 0.0 or (side * other > 0.0 and abs(side) < abs(other)):
                continue
            axes.text(
                base + side + math.copysign(0.008 * span, side),
                place,
                _with_unit(float(getattr(row, end)), str(row.unit)),
                ha="left" if side > 0 else "right",
                va="center_baseline",
                fontsize=SMALL,
                in_layout=False,
            )
    axes.set_yticks(places, [_shortened(upper(of_number(str(words))), 64) for words in rows["title"]])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(6))
    of = per(unit_)
    axes.set_xlabel(f"Cost [{of}]; vertical line: {number(base)} {of}, changes in expected values")
    figure.legend(
        handles=swatches({"at the low end of the range": ENDS["low"], "at the high end": ENDS["high"]}),
        loc="outside lower center",
        ncols=2,
    )
    return figure


def moving(influence: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that move a cost, the largest swing first."""
    swing = influence["swing_usd_per_unit"]
    return influence[swing > 1e-9 * influence["cost"].abs()].sort_values(
        "swing_usd_per_unit", ascending=False, kind="stable"
    )


def _with_unit(value: float, of: str) -> str:
    return f"{compact(value)} {unit(of)}".rstrip()


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _main_yields(yields: np.ndarray) -> np.ndarray:
    """Return the yields with NaN at side streams: steps that hold less than half of what a later step holds again."""
    later = np.fmax.accumulate(yields[::-1])[::-1] if len(yields) else yields
    return np.where(yields < 0.5 * later, np.nan, yields)


def _by_line(table: pd.DataFrame, lines: Sequence[Line], looks: dict[str, Look], words: str, of: str = "USD") -> Figure:
    parts = groups(lines)
    figure = Figure(figsize=mm(FULL, 15.0 + sum(10.0 + 4.6 * len(part) for part in parts)), layout="constrained")
    panels = figure.subplots(len(parts), 1, squeeze=False, height_ratios=[1.2 + len(part) for part in parts])[:, 0]
    for axes, part in zip(panels, parts, strict=True):
        names = [line["name"] for line in part]
        _stack(axes, table.reindex(names).fillna(0.0), looks, totals=True)
        axes.set_yticks(range(len(names)), [called(line) for line in part])
        axes.set_xlabel(_per(f"{words} [{money(of)}/{unit(part[0]['unit'])} of {name(part[0]['function'])}]", part))
    handles = [*swatches(looks), *note_swatch(lines)]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(7, max(4, -(-len(looks) // 2))))
    figure.align_ylabels()
    return figure


def _per(words: str, part: Sequence[Line]) -> str:
    return at_scale(words, str(part[0].get("scale", "")))


@styled
def from_lab_to_plant(costs: pd.DataFrame, summary: pd.DataFrame, rungs: Sequence[Sequence[Line]]) -> Figure:
    """Draw routes at several scales: what the cost is made of, what it comes to, energy and lithium yield.

    Parameters
    ----------
    costs, summary : DataFrame
        Tables of the run.
    rungs : sequence of sequence of mappings
        Lines of every route from the smallest scale to the largest, of one kind, function and unit; see `ladders`.
    """
    rows: dict[str, str] = {}
    for number_, ladder in enumerate(rungs):
        rows |= {f"gap {number_}": ""} if number_ else {}
        rows |= {line["name"]: f"{title(line['route']['name'])}, {name(line['scale'])}" for line in ladder}
    table = costs.pivot_table(index="line", columns="category", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    table = table.reindex(list(rows)).fillna(0.0)
    table = table.div(table.sum(axis=1).where(lambda total: total > 0.0, 1.0), axis=0)
    looks = _known(COST, table.columns[(table != 0.0).any()])
    figure = Figure(figsize=mm(FULL, 27.0 + 5.2 * len(rows)), layout="constrained")
    share, *others = figure.subplots(1, 4, sharey=True, width_ratios=(2.3, 1.25, 1.25, 0.9))
    _stack(share, table, looks)
    share.set_xlim(min(0.0, float(table.clip(upper=0.0).sum(axis=1).min())), 1.0)
    share.xaxis.set_major_formatter(FuncFormatter(percent))
    share.set_xlabel("Share of cost [%]")
    share.set_yticks(range(len(rows)), list(rows.values()))
    of = unit(rungs[0][0]["unit"])
    for axes, kpi, words in zip(
        others,
        ("cost_per_unit", "energy_per_unit", "yield_Li"),
        (f"Cost [{per(of)}]", f"Energy [kWh/{of}]", "Lithium yield [%]"),
        strict=True,
    ):
        means = summary[summary["kpi"] == kpi].set_index("line")["mean"].reindex(list(rows)).to_numpy(dtype=float)
        _dots(axes, 100.0 * means if kpi == "yield_Li" else means, log=kpi != "yield_Li")
        axes.set_xlabel(words)
    figure.legend(handles=swatches(looks), loc="outside lower center", ncols=min(7, max(4, -(-len(looks) // 2))))
    return figure


def _dots(axes: Axes, values: np.ndarray, *, log: bool) -> None:
    """Draw a dot and its figure in every row; on a logarithmic axis if the values span decades."""
    here = np.flatnonzero(values > 0.0)
    low, high = (float(values[here].min()), float(values[here].max())) if len(here) else (1.0, 1.0)
    axes.plot(values[here], here, linestyle="", color=STATES["run"].colour, marker="o", markersize=3.2)
    if log:
        axes.set_xscale("log")
        # room for the figure to the right of the largest dot
        span = np.log10(high / low) + 0.5
        axes.set_xlim(low / 10 ** (0.1 * span), high * 10 ** (0.6 * span))
        axes.xaxis.set_major_locator(LogLocator(base=10.0, numticks=5))
        axes.xaxis.set_major_formatter(FuncFormatter(_power))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_xlim(0.0, 150.0)
        axes.set_xticks([0, 50, 100])
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    for place in here:
        axes.annotate(
            number(float(values[place])),
            (values[place], place),
            xytext=(3.5, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL,
            in_layout=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
        )


def _power(value: float, _place: int = 0) -> str:
    """Return a power of ten as a tick label."""
    exponent = round(float(np.log10(value))) if value > 0.0 else 0
    return f"{value:g}" if 0 <= exponent <= 2 else "10" + str(exponent).translate(_SUPERSCRIPT)


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _stack(axes: Axes, table: pd.DataFrame, looks: Mapping[str, Look], *, totals: bool = False) -> None:
    """Stack horizontal bars, one per row from the top; negative parts (credits) to the left."""
    places = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for key, look in looks.items():
        values = table[key].to_numpy(dtype=float) if key in table else np.zeros(len(table))
        start = np.where(values >= 0, up, down)
        there = values != 0
        axes.add_artist(
            rectangles(start[there], (start + values)[there], places[there] - 0.35, places[there] + 0.35, look)
        )
        up, down = up + np.maximum(values, 0.0), down + np.minimum(values, 0.0)
    axes.set_ylim(len(table) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    if totals:
        top = float(up.max(initial=0.0)) or 1.0
        low = float(down.min(initial=0.0))
        axes.set_xlim(1.05 * low, top * 1.16)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        for place, (end, total) in enumerate(zip(up, up + down, strict=True)):
            axes.text(
                end + 0.012 * top,
                place,
                number(float(total), 3 if total >= 0.1 * top else 2),
                va="center_baseline",
                fontsize=SMALL,
                in_layout=False,
            )
        if low < 0:
            axes.axvline(0, color=MUTED, linewidth=0.5)


def _energy(energy: pd.DataFrame) -> pd.DataFrame:
    """Name parts of the energy; electricity first."""
    known = {key: index for index, key in enumerate(UTILITIES)}
    rank = energy["utility"].map(known).fillna(len(known))
    return energy.assign(part=list(map(energy_use, energy["utility"], energy["use"]))).iloc[
        np.argsort(rank.to_numpy(), kind="stable")
    ]


def energy_parts(energy: pd.DataFrame, most: int = 9) -> list[str]:
    """Return the largest parts of the energy, electricity first, and the name of the rest if there is any."""
    named = _energy(energy)
    largest = named.groupby(["line", "part"])["kwh_per_unit"].sum()
    share = largest / largest.groupby("line").transform("sum")
    size = share.groupby("part").max().sort_values(ascending=False, kind="stable")
    kept = set(size.index if len(size) <= most + 1 else size.index[:most])
    rank = dict(zip(named["part"], named["utility"].map(_rank), strict=True))
    order = sorted(kept, key=lambda part: (rank[part], -size[part], part))
    return [*order, OTHER] if len(kept) < len(size) else order


def _rank(utility: str) -> int:
    return UTILITIES.index(utility) if utility in UTILITIES else len(UTILITIES)


def _fold(table: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    """Keep the parts asked for; the others are one."""
    folded = table[[part for part in parts if part in table]].copy()
    rest = [part for part in table.columns if part not in parts]
    if rest:
        folded[OTHER] = table[rest].sum(axis=1)
    return folded


def _known(looks: Mapping[str, Look], present: Iterable[str]) -> dict[str, Look]:
    """Return the looks of what is there, in their order; unknown parts at the end."""
    here = set(present)
    found = {key: look for key, look in looks.items() if key in here}
    return found | {key: Look("#b9a7d6", "++++") for key in sorted(here - set(looks))}


def _order(steps: pd.DataFrame) -> dict[str, str]:
    ordered = steps.sort_values("order", kind="stable").drop_duplicates("step")
    return {
        str(step): f"{index}  {title(words)}"
        for index, (step, words) in enumerate(zip(ordered["step"], ordered["title"], strict=True), 1)
    }


def _title(order: Mapping[str, str], step: str) -> str:
    route, _, own = step.rpartition("/")
    whole = f"whole line{f' of {route}' if route else ''}"
    text = title(order.get(step, whole if own in ("", "line") else step))
    return _shortened(text, 34)
