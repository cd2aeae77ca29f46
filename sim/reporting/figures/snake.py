"""The route on a strip: steps from left to right, row by row, with numbered streams, feeds above and exits below."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from sim.reporting.figures.ink import Ink, wrap
from sim.reporting.figures.style import FULL, INK, MUTED, mm, styled
from sim.reporting.words import name, number, title
from sim.results import records

__all__ = ["edges", "flow"]

Edge = tuple[int, str, str, float]
"""Number, step it comes from, step it goes to, kg per unit."""

ACROSS, LONG = 6, 18
"""Steps side by side, and steps of a route from which there is one more."""
TALL, GAP, EDGE = 9.6, 6.2, 6.6
"""Height of a step, room between two, room at the left [mm]."""
LINE = 2.6
"""Height of a line of text [mm]."""
LETTERS = 6.5
"""Size of all letters [pt]."""
SIDES = 2
"""Feeds or exits that are named at a step; of more, the rest is counted."""


def edges(steps: pd.DataFrame, streams: pd.DataFrame) -> Iterator[Edge]:
    """Yield the streams between steps, numbered in the order of the steps that they come from."""
    order = _order(steps)
    inside = streams[streams["source"].isin(order) & (streams["target"].isin(order) | (streams["target"] == "ship"))]
    rows = sorted(records(inside), key=lambda row: (order[row.source], order.get(row.target, len(order))))
    for at, row in enumerate(rows, 1):
        yield at, str(row.source), str(row.target), float(row.kg_per_unit)


def _order(steps: pd.DataFrame) -> dict[str, int]:
    ordered = steps.sort_values("order", kind="stable")["step"].drop_duplicates()
    return {str(step): at for at, step in enumerate(ordered)}


@styled
def flow(steps: pd.DataFrame, streams: pd.DataFrame, materials: pd.DataFrame) -> Figure:
    """Draw the steps of a line on strips, with numbered streams.

    Parameters
    ----------
    steps, streams, materials : DataFrame
        Tables of one line.
    """
    order = _order(steps)
    across = ACROSS + (len(order) > LONG)
    box = (FULL - 2.0 * EDGE - (across - 1) * GAP) / across
    titles = dict(zip(steps["step"], steps["title"], strict=True))
    fed = {step: _some(_fed(streams, step)) for step in order}
    left = {step: _some(_left(materials, streams, step)) for step in order}
    tops, height = [], 1.0
    for start in range(0, len(order), across):
        row = list(order)[start : start + across]
        tops.append(height + LINE * max(len(fed[step]) for step in row) + 0.6)
        height = tops[-1] + TALL + LINE * max(1, *(len(left[step]) for step in row)) + 2.0
    figure = Figure(figsize=mm(FULL, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, FULL)
    axes.set_ylim(height, 0)
    axes.axis("off")
    ink = Ink(figure)
    places = {step: ((at % across) * (box + GAP) + EDGE, tops[at // across]) for step, at in order.items()}
    for at, (step, (x, y)) in enumerate(places.items(), 1):
        _box(axes, x, y, box, f"{at}  {title(str(titles.get(step, step)))}")
        _beside(axes, x, y, box, fed[step], above=True)
        _beside(axes, x, y + TALL, box, left[step], above=False)
    _streams(axes, ink, places, box, list(edges(steps, streams)))
    ink.flush()
    return figure


def _box(axes: Axes, x: float, y: float, box: float, words: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x, y), box, TALL, boxstyle="round,pad=0,rounding_size=1.0", linewidth=0.7, edgecolor="#103f60",
            facecolor="#eef3f6", zorder=4,
        )
    )  # fmt: skip
    lines = wrap(words, LETTERS, box - 0.8, 3)
    middle = y + TALL / 2 - 1.35 * (len(lines) - 1)
    for at, line in enumerate(lines):
        axes.text(x + box / 2, middle + 2.7 * at, line, fontsize=LETTERS, ha="center", va="center", color=INK, zorder=5)


def _some(items: list[str]) -> list[str]:
    """Return the first items, and how many more there are."""
    return items if len(items) <= SIDES + 1 else [*items[:SIDES], f"and {len(items) - SIDES} more"]


def _beside(axes: Axes, x: float, y: float, box: float, items: list[str], *, above: bool) -> None:
    for at, item in enumerate(reversed(items) if above else items):
        place = y - 1.6 - LINE * at if above else y + 2.0 + LINE * at
        text = wrap(item, LETTERS, box + GAP - 1.0, 1)[0]
        colour = "#3c6d56" if above else "#a3341f"
        axes.text(x + 0.4, place, text, fontsize=LETTERS, va="center", color=colour, zorder=5)


def _fed(streams: pd.DataFrame, step: str) -> list[str]:
    own = streams[(streams["target"] == step) & streams["source"].str.contains(":")]
    return [
        f"{name(str(row.source).partition(':')[2])} {number(float(row.kg_per_unit), 2)}"
        for row in records(own.sort_values("kg_per_unit", ascending=False, kind="stable"))
        if row.kg_per_unit > 0.0
    ]


def _left(materials: pd.DataFrame, streams: pd.DataFrame, step: str) -> list[str]:
    own = materials[(materials["step"] == step) & materials["direction"].isin(["waste", "emission", "by_product"])]
    found = own.groupby("material")["kg_per_unit"].sum().sort_values(ascending=False, kind="stable")
    out = [f"{name(str(item))} {number(float(kg), 2)}" for item, kg in found.items() if kg > 5e-4]
    back = streams[(streams["source"] == step) & streams["target"].str.startswith("tank:")]
    return [f"{name(str(row.target)[5:])} {number(float(row.kg_per_unit), 2)} back" for row in records(back)] + out


def _streams(axes: Axes, ink: Ink, places: dict[str, tuple[float, float]], box: float, found: list[Edge]) -> None:
    """Draw streams to the next step as arrows, all others as stubs with their number at either end."""
    order = {step: at for at, step in enumerate(places)}
    out: dict[str, int] = {}
    into: dict[str, int] = {}
    for number_, source, target, _ in found:
        x, y = places[source]
        middle = y + TALL / 2
        there = order.get(target)
        if there == order[source] + 1 and places[target][1] == y:
            ink.path([(x + box, middle), (x + box + GAP, middle)], INK, width=0.9)
            axes.text(x + box + GAP / 2 - 0.4, middle - 1.7, str(number_), fontsize=LETTERS, ha="center", va="center")
            continue
        level = out.get(source, int(_onward(found, places, source)))
        out[source] = level + 1
        right = middle + 2.9 * level
        ink.path([(x + box, right), (x + box + 2.4, right)], MUTED, width=0.8)
        word = f"{number_}"
        axes.text(
            x + box + 2.8, right, word, fontsize=LETTERS, va="center", fontweight="bold" if target == "ship" else None
        )
        if there is not None:
            level = into.get(target, 0)
            into[target] = level + 1
            left, top = places[target]
            here = top + TALL / 2 + 2.9 * level + (2.9 if _taken(found, places, target) else 0.0)
            ink.path([(left - 2.2, here), (left, here)], MUTED, width=0.8)
            axes.text(left - 2.5, here, str(number_), fontsize=LETTERS, va="center", ha="right")


def _onward(found: list[Edge], places: dict[str, tuple[float, float]], source: str) -> bool:
    """Whether an arrow leaves the middle of a step for the next one."""
    return any(here == source and to in places and _next(places, here, to) for _, here, to, _ in found)


def _taken(found: list[Edge], places: dict[str, tuple[float, float]], target: str) -> bool:
    """Whether an arrow from the step before comes in at the middle of a step."""
    return any(to == target and _next(places, here, to) for _, here, to, _ in found)


def _next(places: dict[str, tuple[float, float]], source: str, target: str) -> bool:
    """Whether a step stands right behind another, in the same row."""
    order = list(places)
    return order.index(target) == order.index(source) + 1 and places[source][1] == places[target][1]
