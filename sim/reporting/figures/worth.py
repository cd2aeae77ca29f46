"""Figure of bottlenecks: what one more machine, operator or shift, or a larger buffer, does to output and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.reporting.figures.style import FULL, INK, MUTED, mm, styled
from sim.reporting.words import per, title, unit

__all__ = ["CHANGES", "worth_of_one_more"]

CHANGES = {
    "machine": "one more machine",
    "buffer": "twice the buffer",
    "operator": "one more operator",
    "shift": "one more shift",
}
MOST_ROWS = 12
"""Additions that are drawn, the largest gains first."""


@styled
def worth_of_one_more(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the gain in output and the change of unit cost of every addition to one line, with 95 % intervals.

    Parameters
    ----------
    table : DataFrame
        Rows of one line in the table `bottleneck`, the largest gain first.
    titles : mapping
        Plain names of the steps.
    """
    rows = table[table["screened"] == 0].head(MOST_ROWS)
    of = unit(str(table["unit"].iloc[0]))
    figure = Figure(figsize=mm(FULL, 22.0 + 4.6 * len(rows)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    places = np.arange(len(rows))
    base = float((rows["output"] - rows["gain"]).iloc[0]) or 1.0
    for axes, key, factor in ((left, "gain", 100.0 / base), (right, "cost_change", 1.0)):
        mean, low, high = (rows[f"{key}{end}"].to_numpy(dtype=float) * factor for end in ("", "_low", "_high"))
        sure = (low > 0.0) | (high < 0.0)
        axes.axvline(0.0, color=MUTED, linewidth=0.6)
        for chosen, colour in ((sure, INK), (~sure, "#9aa3ab")):
            if chosen.any():
                spread: Any = np.nan_to_num(np.stack([mean - low, high - mean])[:, chosen])
                axes.errorbar(
                    mean[chosen], places[chosen], xerr=spread, fmt="o", color=colour, markersize=3.2, capsize=2.0
                )
        axes.grid(axis="x")
    left.set_title(title(str(table["line"].iloc[0])))
    left.set_yticks(places, [_label(row, titles) for _, row in rows.iterrows()])
    left.invert_yaxis()
    left.set_xlabel("Output at capacity gained [%]")
    right.set_xlabel(f"Change of unit cost [{per(of)}]")
    return figure


def _label(row: Any, titles: Mapping[str, str]) -> str:
    where = title(str(titles.get(row["step"], row["step"]))) if row["step"] else "Whole line"
    return f"{where}: {CHANGES[row['change']]}"
