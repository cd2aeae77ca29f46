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

ACROSS = 6
BOX, TALL, GAP, ROW, EDGE = 21.8, 9.6, 6.4, 27.0, 5.4
"""Width and height of a step, room between two, height of a row, room at the left [mm]."""
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
    titles = dict(zip(steps["step"], steps["title"], strict=True))
    rows = -(-len(order) // ACROSS)
    height = rows * ROW + 3.0
    figure = Figure(figsize=mm(FULL, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, FULL)
    axes.set_ylim(height, 0)
    axes.axis("off")
    ink = Ink(figure)
    places = {step: ((at % ACROSS) * (BOX + GAP) + EDGE, (at // ACROSS) * ROW + 10.0) for step, at in order.items()}
    for at, (step, (x, y)) in enumerate(places.items(), 1):
        _box(axes, x, y, f"{at}  {title(str(titles.get(step, step)))}")
        _beside(axes, x, y, _fed(streams, step), above=True)
        _beside(axes, x, y + TALL, _left(materials, streams, step), above=False)
    _streams(axes, ink, places, list(edges(steps, streams)))
    ink.flush()
    return figure


def _box(axes: Axes, x: float, y: float, words: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x, y), BOX, TALL, boxstyle="round,pad=0,rounding_size=1.0", linewidth=0.7, edgecolor="#103f60",
            facecolor="#eef3f6", zorder=4,
        )
    )  # fmt: skip
    lines = wrap(words, LETTERS, BOX - 2.0, 3)
    middle = y + TALL / 2 - 1.35 * (len(lines) - 1)
    for at, line in enumerate(lines):
        axes.text(x + BOX / 2, middle + 2.7 * at, line, fontsize=LETTERS, ha="center", va="center", color=INK, zorder=5)


def _beside(axes: Axes, x: float, y: float, items: list[str], *, above: bool) -> None:
    shown = items[:SIDES] + ([f"{len(items) - SIDES} more"] if len(items) > SIDES else [])
    for at, item in enumerate(reversed(shown) if above else shown):
        place = y - 1.6 - 2.6 * at if above else y + 2.0 + 2.6 * at
        text = wrap(item, LETTERS, BOX + GAP - 1.0, 1)[0]
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


def _streams(axes: Axes, ink: Ink, places: dict[str, tuple[float, float]], found: list[Edge]) -> None:
    """Draw streams to the next step as arrows, all others as stubs with their number at either end."""
    order = {step: at for at, step in enumerate(places)}
    out: dict[str, int] = {}
    into: dict[str, int] = {}
    for number_, source, target, _ in found:
        x, y = places[source]
        middle = y + TALL / 2
        there = order.get(target)
        if there == order[source] + 1 and (order[source] + 1) % ACROSS:
            ink.path([(x + BOX, middle), (x + BOX + GAP, middle)], INK, width=0.9)
            axes.text(x + BOX + GAP / 2 - 0.4, middle - 1.7, str(number_), fontsize=LETTERS, ha="center", va="center")
            continue
        level = out.get(source, 0)
        out[source] = level + 1
        right = middle + 2.9 * level
        ink.path([(x + BOX, right), (x + BOX + 2.4, right)], MUTED, width=0.8)
        word = f"{number_}"
        axes.text(
            x + BOX + 2.8, right, word, fontsize=LETTERS, va="center", fontweight="bold" if target == "ship" else None
        )
        if there is not None:
            level = into.get(target, 0)
            into[target] = level + 1
            left, top = places[target]
            here = top + TALL / 2 + 2.9 * level + (2.9 if _taken(found, order, target) else 0.0)
            ink.path([(left - 2.2, here), (left, here)], MUTED, width=0.8)
            axes.text(left - 2.5, here, str(number_), fontsize=LETTERS, va="center", ha="right")


def _taken(found: list[Edge], order: dict[str, int], target: str) -> bool:
    """Whether an arrow from the step before comes in at the middle of a step."""
    return any(
        to == target and order[source] + 1 == order[target] and order[target] % ACROSS for _, source, to, _ in found
    )
