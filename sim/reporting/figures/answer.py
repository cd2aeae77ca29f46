"""Figures of the answer: what the lines cost and how sure that is, and how one cost becomes another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.reporting.figures.bars import GRADES, groups
from sim.reporting.figures.ink import text_width, wrap
from sim.reporting.figures.style import (
    FULL,
    INK,
    MUTED,
    SMALL,
    Look,
    line_colours,
    luminance,
    mm,
    note_swatch,
    rectangles,
    styled,
    swatches,
)
from sim.reporting.verdict import between
from sim.reporting.words import at_scale, called, name, number, per, title
from sim.results import LineFacts as Line
from sim.results import records

__all__ = ["SIX", "bridge", "cost_and_doubt", "shown", "six"]

SIX: Mapping[str, tuple[str, ...]] = {
    "materials": ("materials",),
    "solvents, gases, waste": ("solvents", "gases", "consumables", "waste"),
    "energy": ("utilities",),
    "labour": ("labour",),
    "plant": ("capital", "maintenance", "building", "insurance_tax"),
    "overhead, stocks": ("overhead", "working_capital"),
}
"""Six categories of cost, and what they are made of; the plant is capital, upkeep, building, insurance."""
LOOKS = dict(zip(SIX, map(Look, ("#011959", "#1c5a62", "#687b3e", "#9d892b", "#d29343", "#fdb7bc")), strict=True))
ROW, HEAD, FOOT = 12.5, 8.0, 10.0
"""Heights of a line, of the title of a group, and of the legend [mm]."""
CUT = 0.25
"""Share of the cost below which the steps of a bridge are drawn on an axis that does not begin at 0."""
DOWN, UP = "#9aa7b2", "#4a5560"
"""Colours of what makes a line cheaper, and of what makes it dearer."""
TALL, TAIL, LEAST = 222.0, 7.0, 5.5
"""Height of the page that the figure may take, room below the axes of a group, least height of a line [mm]."""


def six(costs: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the cost of every line in six categories [USD/unit]."""
    of = {part: whole for whole, parts in SIX.items() for part in parts}
    found = costs.assign(six=costs["category"].map(of)).pivot_table(
        index="line", columns="six", values="usd_per_unit", aggfunc="sum", fill_value=0.0
    )
    table = found.reindex(columns=list(SIX), fill_value=0.0)
    return {
        str(line): dict(zip(SIX, map(float, values), strict=True))
        for line, values in zip(table.index, table.to_numpy(dtype=float), strict=True)
    }


def shown(lines: Sequence[Line]) -> list[list[Line]]:
    """Return groups of comparable lines that fit a page; those of few lines are left out first."""
    parts = groups(lines)
    while len(parts) > 1 and FOOT + sum(HEAD + TAIL + LEAST * len(part) for part in parts) > TALL:
        least = min(map(len, parts))
        parts.pop(max(at for at, part in enumerate(parts) if len(part) == least))
    return parts


@styled
def cost_and_doubt(
    costs: pd.DataFrame, spread: pd.DataFrame, lines: Sequence[Line], order: Mapping[str, int]
) -> Figure:
    """Draw the cost of every line in six categories, its P10 to P90, and the grades that it rests on.

    Parameters
    ----------
    costs : DataFrame
        Cost items as stated.
    spread : DataFrame
        The table `uncertainty`; lines that are not in it have no whisker.
    lines : sequence of mappings
        All lines; those that may be compared share an axis.
    order : mapping
        Place of a line in its group.
    """
    parts = [sorted(part, key=lambda line: order.get(line["name"], 0)) for part in shown(lines)]
    room = TALL - FOOT - (HEAD + TAIL) * len(parts)
    row = min(ROW, max(LEAST, room / sum(map(len, parts))))
    heights = [HEAD + row * len(part) + TAIL for part in parts]
    height = sum(heights) + FOOT
    figure = Figure(figsize=mm(FULL, height))
    colours = line_colours(lines)
    names = max((text_width(called(line), SMALL) for line in lines), default=0.0)
    edge = min(46.0, names + 6.0)
    table, known = six(costs), {item.line: item for item in records(spread) if item.kpi == "cost_per_unit"}
    top = height
    for part, needed in zip(parts, heights, strict=True):
        base = top - HEAD - row * len(part)
        left, width = edge / FULL, (142.0 - edge) / FULL
        axes = figure.add_axes((left, base / height, width, row * len(part) / height))
        strip = figure.add_axes((148.0 / FULL, base / height, 24.0 / FULL, row * len(part) / height))
        _bars(axes, part, table, known, (142.0 - edge, row), colours)
        _grades(strip, part, costs)
        of = at_scale(f"{title(part[0]['function'])} [{per(part[0]['unit'])}]", str(part[0].get("scale", "")))
        axes.set_title(of, loc="left", fontsize=7.4, fontweight="bold")
        strip.set_title("share by grade [1]", loc="left", fontsize=SMALL, fontweight="normal", color=MUTED)
        top -= needed
    whisker = Line2D([], [], color=INK, marker="|", markersize=5, linewidth=1.0, label="median, P10 to P90")
    handles: list[Artist] = [*swatches(LOOKS), *([whisker] if known else []), *note_swatch(lines)]
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(edge / FULL, 0.0), ncols=4, fontsize=SMALL, borderpad=0.0
    )
    grades = [
        Line2D([], [], linestyle="none", marker="s", color=look.colour, label=key) for key, look in GRADES.items()
    ]
    figure.legend(
        handles=grades, loc="lower left", bbox_to_anchor=(147.0 / FULL, 0.0), ncols=5, fontsize=SMALL,
        borderpad=0.0, handletextpad=0.0, columnspacing=0.3, handlelength=1.2,
    )  # fmt: skip
    return figure


def _bars(
    axes: Axes, part: Sequence[Line], table: Mapping[str, Mapping[str, float]], known: Mapping[str, Any],
    size_mm: tuple[float, float], colours: Mapping[str, str],
) -> None:  # fmt: skip
    """Draw the bars of comparable lines in axes so wide, with rows so high [mm]."""
    ends, least = [], 0.0
    labels: list[tuple[float, float, float, Look]] = []
    for place, line in enumerate(part):
        values = table.get(line["name"], dict.fromkeys(SIX, 0.0))
        start = sum(min(0.0, value) for value in values.values())
        least = min(least, start)
        low = start
        for key, value in values.items():
            size = abs(value)
            if value > 0.0:
                start = max(start, 0.0)
                axes.add_artist(rectangles(start, start + size, place - 0.40, place + 0.08, LOOKS[key]))
                labels.append((start + size / 2.0, place - 0.16, size, LOOKS[key]))
                start += size
            elif value < 0.0:
                axes.add_artist(rectangles(low, low + size, place - 0.40, place + 0.08, LOOKS[key]))
                low += size
        found, total = known.get(line["name"]), sum(values.values())
        if found is not None and np.isfinite(found.p90):
            y = place + 0.26
            axes.plot([found.p10, found.p90], [y, y], color=INK, linewidth=1.0)
            axes.plot([found.p10, found.p50, found.p90], [y] * 3, "|", color=INK, markersize=4.5)
            first, last = between(float(found.p10), float(found.p90))
            text, end = f"{number(float(found.p50))}  ({first} to {last})", max(start, float(found.p90))
            if line.get("unpriced"):
                text = "no price"
        else:
            text, end = ("no price" if line.get("unpriced") else number(total)), start
        ends.append((place, end, text))
    widest = max((end for _, end, _ in ends), default=1.0) or 1.0
    for place, end, text in ends:
        axes.text(end + 0.015 * widest, place - 0.02, text, va="center", fontsize=SMALL + 0.3, fontweight="bold")
    # as wide as the texts behind the bars need
    said = {text: min(0.7, (text_width(text, SMALL + 0.3, bold=True) + 4.0) / size_mm[0]) for _, _, text in ends}
    span = max([(end - least) / (1.0 - said[text]) for _, end, text in ends], default=1.0)
    _sizes(axes, labels, size_mm, span)
    _belong(axes, [colours[line["name"]] for line in part], size_mm[0])
    axes.tick_params(axis="y", pad=9.0)
    axes.set_xlim(least, least + span)
    axes.set_ylim(len(part) - 0.45, -0.55)
    axes.set_yticks(range(len(part)), [called(line) for line in part], fontsize=SMALL)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x")


def _sizes(
    axes: Axes, parts: Sequence[tuple[float, float, float, Look]], size_mm: tuple[float, float], span: float
) -> None:
    """Write into the parts of the bars what they come to, where it fits."""
    for x, y, size, look in parts if size_mm[1] > 6.5 else ():
        text = number(size, 2 if size < 100.0 else 3)
        if text_width(text, SMALL) + 1.0 < size / span * size_mm[0]:
            ink = "#ffffff" if luminance(look.colour) < 0.6 else INK
            axes.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=ink)


def _belong(axes: Axes, colours: Sequence[str], width_mm: float) -> None:
    """Mark every row with the colour that stands for its line in all figures."""
    for place, colour in enumerate(colours):
        axes.plot(
            [-1.8 / width_mm], [place], "s", color=colour, markersize=4.0, clip_on=False,
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip


def _grades(axes: Axes, part: Sequence[Line], costs: pd.DataFrame) -> None:
    """Draw the share of every line's cost by grade."""
    table = costs.assign(usd=costs["usd_per_unit"].abs()).pivot_table(
        index="line", columns="grade", values="usd", aggfunc="sum", fill_value=0.0
    )
    for place, line in enumerate(part):
        if line["name"] not in table.index:
            continue
        own = dict(zip(map(str, table.columns), map(float, table.loc[line["name"]].to_numpy()), strict=True))
        whole, start = sum(own.values()) or 1.0, 0.0
        for key, look in GRADES.items():
            size = own.get(key, 0.0) / whole
            axes.add_artist(
                rectangles(start, start + size, place - 0.32, place + 0.02, Look(look.colour), linewidth=0.0)
            )
            start += size
    axes.set_xlim(0, 1)
    axes.set_ylim(len(part) - 0.45, -0.55)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


@styled
def bridge(costs: pd.DataFrame, dear: str, cheap: str, of: str, colours: Mapping[str, str]) -> Figure:
    """Draw how the cost of one line becomes that of a cheaper one, category by category, as stated.

    Parameters
    ----------
    dear, cheap : str
        Names of the lines.
    of : str
        Unit that both ship.
    colours : mapping
        Colour of every line.
    """
    table = six(costs)
    gaps = {key: table[cheap][key] - table[dear][key] for key in SIX}
    steps = sorted(gaps.items(), key=lambda item: -abs(item[1]))
    first, last = sum(table[dear].values()), sum(table[cheap].values())
    items = _largest(costs, dear, cheap)
    figure = Figure(figsize=mm(FULL, 58.0))
    axes = figure.add_axes((14.0 / FULL, 14.0 / 58.0, 156.0 / FULL, 42.0 / 58.0))
    places, at = np.arange(len(steps) + 2), first
    axes.bar(0, first, width=0.62, color=colours[dear])
    axes.bar(places[-1], last, width=0.62, color=colours[cheap])
    top = max(first, last)
    for place, (_, step) in zip(places[1:], steps, strict=False):
        low, high = sorted((at, at + step))
        colour = DOWN if step < 0.0 else UP
        axes.bar(place, high - low, bottom=low, width=0.62, color=colour)
        axes.plot([place - 1 + 0.31, place + 0.31], [at, at], color=MUTED, linewidth=0.5)
        sign = "+" if step > 0.0 else "−"
        axes.annotate(
            f"{sign}{number(abs(step))}", (place, high), (0, 2.5), textcoords="offset points", ha="center",
            fontsize=SMALL + 0.3,
        )  # fmt: skip
        at += step
        top = max(top, high)
    axes.plot([places[-1] - 1 + 0.31, places[-1] + 0.31], [at, at], color=MUTED, linewidth=0.5)
    for place, value in ((0, first), (places[-1], last)):
        axes.annotate(
            number(value), (place, value), (0, 2.5), textcoords="offset points", ha="center", fontsize=SMALL + 0.6,
            fontweight="bold",
        )  # fmt: skip
    slot = 156.0 / (len(places) + 0.4) - 1.0
    told = [key if key not in items else f"{key}: mostly {items[key]}" for key, _ in steps]
    ticks = ["\n".join(wrap(words, SMALL, slot, 4)) for words in (name(dear), *told, name(cheap))]
    axes.set_xticks(places, ticks, fontsize=SMALL)
    axes.tick_params(axis="x", length=0)
    levels = first + np.cumsum([0.0, *(step for _, step in steps)])
    low, span = float(levels.min()), float(np.ptp(levels))
    # where the two differ little, the steps between them are what is to be seen
    cut = span < CUT * low
    axes.set_ylabel(f"Cost as stated [{per(of)}]" + (", not from 0" if cut else ""), fontsize=SMALL)
    axes.set_ylim(low - span if cut else min(0.0, low), top + 0.13 * (2.0 * span if cut else top))
    axes.set_xlim(-0.5, places[-1] + 0.5)
    return figure


def _largest(costs: pd.DataFrame, dear: str, cheap: str) -> dict[str, str]:
    """Return, by category, the item that differs most, in a word."""
    of = {part: whole for whole, parts in SIX.items() for part in parts}
    own = costs[costs["line"].isin([dear, cheap])].assign(six=lambda table: table["category"].map(of))
    wide = own.pivot_table(index=["six", "item"], columns="line", values="usd_per_unit", aggfunc="sum", fill_value=0.0)
    gap = (wide[cheap] - wide[dear]).abs()
    found: dict[str, str] = {}
    for whole in SIX:
        if whole in gap.index.get_level_values(0) and whole in ("materials", "solvents, gases, waste"):
            best = str(gap[whole].idxmax())
            found[whole] = name(best)
    return found
