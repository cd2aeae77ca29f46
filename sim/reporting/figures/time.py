"""Figures over time: the Gantt chart of the first days, throughput and work in process."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.reporting.figures.bars import STATES
from sim.reporting.figures.style import FULL, INK, MUTED, SMALL, mm, rectangles, styled, swatches
from sim.reporting.words import title, unit

__all__ = ["WEEK_H", "gantt", "note_above", "over_weeks", "thousands", "timeline"]

MACHINES = 3
"""Machines shown of each step."""
WEEK_H = 168.0
ROW = 2.7
"""Height of a machine's row [mm]."""


@styled
def gantt(spans: pd.DataFrame, steps: pd.DataFrame, *, window_h: tuple[float, float] = (0.0, 120.0)) -> Figure:
    """Draw what the machines of one line do in a window of time, at most three machines of each step.

    Parameters
    ----------
    spans : DataFrame
        Columns step, machine, state, start_h, end_h of one line.
    steps : DataFrame
        The steps of the line, in their order.
    window_h : tuple of float, default=(0.0, 120.0)
        Begin and end of the axis [h].
    """
    rows, ticks, edges = _machines(spans, steps)
    figure = Figure(figsize=mm(FULL, 19.0 + ROW * max(len(rows), 4)), layout="constrained")
    axes = figure.subplots()
    first_h, last_h = window_h
    spans = spans[(spans["start_h"] < last_h) & (spans["end_h"] > first_h)]
    place = pd.MultiIndex.from_frame(spans[["step", "machine"]]).map(rows)
    spans = spans.assign(place=place).dropna(subset=["place"])
    for state, look in STATES.items():
        part = spans[spans["state"] == state]
        if part.empty or state == "starved":
            continue
        at = part["place"].to_numpy()
        start = np.maximum(part["start_h"].to_numpy(), first_h) / 24
        end = np.minimum(part["end_h"].to_numpy(), last_h) / 24
        axes.add_artist(rectangles(start, end, at - 0.42, at + 0.42, look, linewidth=0.25))
    axes.set_xlim(first_h / 24, last_h / 24)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_yticks([at for at, _ in ticks], [label for _, label in ticks])
    axes.tick_params(axis="y", length=0)
    for edge_at in edges[1:]:
        axes.axhline(edge_at - 0.5, color="#c3c9cf", linewidth=0.4)
    axes.set_xlabel("Time since the start [d]; white: starved")
    present = set(spans["state"])
    shown = {state: look for state, look in STATES.items() if state in present and state != "starved"}
    figure.legend(handles=swatches(shown), loc="outside lower center", ncols=8)
    return figure


def _machines(
    spans: pd.DataFrame, steps: pd.DataFrame
) -> tuple[dict[tuple[str, str], int], list[tuple[float, str]], list[int]]:
    """Return rows of machines, a label for each step, and the first row of each step."""
    ordered = steps.sort_values("order", kind="stable").drop_duplicates("step")
    machines = spans[["step", "machine"]].drop_duplicates()
    rows: dict[tuple[str, str], int] = {}
    ticks, edges = [], []
    for index, (step, words) in enumerate(zip(ordered["step"], ordered["title"], strict=True), 1):
        of = list(machines[machines["step"] == step]["machine"])
        if not of:
            continue
        first = len(rows)
        for machine in of[:MACHINES]:
            rows[(step, machine)] = len(rows)
        text = f"{index}  {title(words)}"
        text = text if len(text) <= 30 else text[:29].rstrip() + "…"
        more = f" ({MACHINES} of {len(of)})" if len(of) > MACHINES else ""
        ticks.append((first + (len(rows) - first - 1) / 2, text + more))
        edges.append(first)
    return rows, ticks, edges


@styled
def timeline(table: pd.DataFrame, *, unit_: str = "kg", target: float | None = None, warm_up_h: float = 0.0) -> Figure:
    """Draw weekly output and work in process of one line, mean of the replications, from the empty plant on.

    Parameters
    ----------
    table : DataFrame
        Columns time_h, shipped [unit/d] and wip [unit] of one line.
    target : float or None, default=None
        Target output [unit/y].
    warm_up_h : float, default=0.0
        End of the warm-up, before which nothing counts [h].
    """
    figure = Figure(figsize=mm(FULL, 41.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    week = ((table["time_h"] - table["time_h"].min()) // WEEK_H).astype(int)
    complete = week.map(week.value_counts()) == 7
    mean = (
        table[complete].groupby(week[complete])[["shipped", "wip"]].mean()
        if complete.any()
        else table.set_index(week)[["shipped", "wip"]]
    )
    weeks = mean.index.to_numpy(dtype=float)
    for axes, key, words in ((left, "shipped", "Shipped"), (right, "wip", "Work in process")):
        values = mean[key].to_numpy(dtype=float)
        factor, prefix = thousands(values)
        per = f"{unit(unit_)}/d" if key == "shipped" else unit(unit_)
        axes.step(weeks, values / factor, where="post", color=STATES["run"].colour, linewidth=1.0)
        axes.set_ylim(0, (float(np.nanmax(values, initial=0.0)) / factor or 1.0) * 1.22)
        axes.set_ylabel(f"{words} [{prefix}{per}]")
        over_weeks(axes, weeks, warm_up_h)
    if target:
        shipped = mean["shipped"].to_numpy(dtype=float)
        peak, (factor, _) = float(np.nanmax(shipped, initial=0.0)), thousands(shipped)
        left.axhline(target / 365 / factor, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
        left.set_ylim(0, max(peak, target / 365) / factor * 1.22)
    note_above(left, "dashed: target, mean of the year; " * bool(target) + "grey: warm-up" * (warm_up_h > 0.0))
    return figure


def thousands(values: np.ndarray) -> tuple[float, str]:
    """Return factor and prefix of an axis of such values."""
    return (1000.0, "1000 ") if np.nanmax(values, initial=0.0) >= 20_000 else (1.0, "")


def over_weeks(axes: Axes, weeks: np.ndarray, warm_up_h: float) -> None:
    """Lay out an axis of weeks from the empty plant on, with the warm-up in grey."""
    axes.set_xlim(0, max(float(weeks.max(initial=1.0)), 1.0))
    axes.set_xlabel("Time since the start [weeks]")
    axes.grid(axis="y")
    if warm_up_h > 0.0:
        axes.axvspan(0, warm_up_h / WEEK_H, facecolor="#e9ebee", edgecolor="none", zorder=0)


def note_above(axes: Axes, words: str) -> None:
    """Say above the axes, clear of the data, what lines and shades mean."""
    axes.annotate(
        words.removesuffix("; "),
        (1.0, 1.0),
        (0, 1.5),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=MUTED,
    )
