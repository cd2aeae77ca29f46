"""The figure of the warm-up: what a line ships from the empty plant on, and where MSER-5 cuts it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.reporting.figures.bars import STATES
from sim.reporting.figures.style import FULL, INK, mm, styled
from sim.reporting.figures.time import WEEK_H, note_above, over_weeks, thousands
from sim.reporting.words import unit

__all__ = ["settling"]


@styled
def settling(
    table: pd.DataFrame, *, unit_: str = "kg", settled_h: float | None = None, warm_up_h: float = 0.0
) -> Figure:
    """Draw the series on which the warm-up of one line is judged, and the statistic whose least value cuts it.

    Parameters
    ----------
    table : DataFrame
        Columns time_h, shipped [unit/d] and mser [(unit/d)^2] of one line.
    settled_h : float or None, default=None
        Time that MSER-5 leaves out; None where the run is too short to tell [h].
    warm_up_h : float, default=0.0
        End of the warm-up of the run [h].
    """
    figure = Figure(figsize=mm(FULL, 38.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    weeks = table["time_h"].to_numpy(dtype=float) / WEEK_H
    shipped = table["shipped"].to_numpy(dtype=float)
    peak = float(np.nanmax(shipped, initial=0.0))
    factor, prefix = thousands(shipped)
    left.plot(weeks, shipped / factor, color=STATES["run"].colour, linewidth=0.6)
    left.set_ylim(0, (peak / factor or 1.0) * 1.22)
    left.set_ylabel(f"Shipped [{prefix}{unit(unit_)}/open day]")
    statistic = table["mser"].to_numpy(dtype=float)
    # where next to nothing is left, the statistic says nothing
    some = statistic[: max(1, int(0.9 * len(statistic)))]
    least = float(some.min(initial=np.inf)) or 1.0
    starts = np.concatenate([[0.0], weeks])[: len(some)]
    right.plot(starts, some / least, color=STATES["run"].colour, linewidth=0.8)
    right.set_ylabel("MSER-5 [1 = least]")
    right.set_ylim(0, 6.1)
    right.set_yticks([1, 2, 3, 4, 5])
    for axes in (left, right):
        over_weeks(axes, weeks, warm_up_h)
        if settled_h is not None:
            axes.axvline(settled_h / WEEK_H, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
    cut = (
        "not settled within the run" if settled_h is None else f"dashed: MSER-5 cuts at {settled_h / WEEK_H:.1f} weeks"
    )
    note_above(left, f"{cut}; " + "grey: warm-up" * (warm_up_h > 0.0))
    return figure
