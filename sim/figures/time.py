"""Figures over time: the Gantt chart of the first days, throughput and work in process."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.bars import STATES
from sim.figures.style import FULL, INK, MUTED, SMALL, mm, rectangles, styled, swatches, title, unit

__all__ = ["gantt", "timeline"]

MACHINES = 3
"""Machines shown of each step."""
ROW = 2.7
"""Height of a machine's row [mm]."""


@styled
def gantt(spans: pd.DataFrame, steps: pd.DataFrame, *, days: float = 5.0) -> Figure:
    """Draw what the machines of one line do in the first days, at most three machines of each step.

    Parameters
    ----------
    spans : DataFrame
        Columns step, machine, state, start_h, end_h of one line.
    steps : DataFrame
        The steps of the line, in their order.
    days : float, default=5.0
        Length of the axis [d].
    """
    rows, ticks, edges = _machines(spans, steps)
    figure = Figure(figsize=mm(FULL, 19.0 + ROW * max(len(rows), 4)), layout="constrained")
    axes = figure.subplots()
    spans = spans[spans["start_h"] < 24 * days]
    place = pd.MultiIndex.from_frame(spans[["step", "machine"]]).map(rows)
    spans = spans.assign(place=place).dropna(subset=["place"])
    for state, look in STATES.items():
        part = spans[spans["state"] == state]
        if part.empty or state == "starved":
            continue
        at = part["place"].to_numpy()
        end = np.minimum(part["end_h"].to_numpy() / 24, days)
        axes.add_artist(rectangles(part["start_h"].to_numpy() / 24, end, at - 0.42, at + 0.42, look, linewidth=0.25))
    axes.set_xlim(0, days)
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
    week = ((table["time_h"] - table["time_h"].min()) // 168).astype(int)
    complete = week.map(week.value_counts()) == 7
    mean = (
        table[complete].groupby(week[complete])[["shipped", "wip"]].mean()
        if complete.any()
        else table.set_index(week)[["shipped", "wip"]]
    )
    weeks = mean.index.to_numpy(dtype=float)
    for axes, key, words in ((left, "shipped", "Shipped"), (right, "wip", "Work in process")):
        values = mean[key].to_numpy(dtype=float)
        factor, prefix = (1000.0, "1000 ") if np.nanmax(values, initial=0.0) >= 20_000 else (1.0, "")
        per = f"{unit(unit_)}/d" if key == "shipped" else unit(unit_)
        axes.step(weeks, values / factor, where="post", color=STATES["run"].colour, linewidth=1.0)
        axes.set_ylim(0, (float(np.nanmax(values, initial=0.0)) / factor or 1.0) * 1.22)
        axes.set_xlim(0, max(float(weeks.max(initial=1.0)), 1.0))
        axes.set_xlabel("Time since the start [weeks]")
        axes.set_ylabel(f"{words} [{prefix}{per}]")
        axes.grid(axis="y")
        if warm_up_h > 0:
            axes.axvspan(0, warm_up_h / 168, facecolor="#e9ebee", edgecolor="none", zorder=0)
            axes.annotate(
                "warm-up",
                (warm_up_h / 168, 0.98),
                (2, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="left",
                va="top",
                fontsize=SMALL,
                color=MUTED,
                in_layout=False,
            )
    if target:
        peak = float(np.nanmax(mean["shipped"].to_numpy(dtype=float), initial=0.0))
        factor = 1000.0 if peak >= 20_000 else 1.0
        left.axhline(target / 365 / factor, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
        left.set_ylim(0, max(peak, target / 365) / factor * 1.22)
        left.annotate(
            "dashed: target, mean of the year",
            (1.0, 0.03),
            (-2, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=SMALL,
            in_layout=False,
        )
    return figure
