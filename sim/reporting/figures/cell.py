"""The cell: its cost by part, made against bought, and Table 1 of the review with parts that lines make."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.reporting.figures.style import FULL, INK, MUTED, RAMP, SMALL, Look, mm, rectangles, styled, swatches
from sim.reporting.words import money, name, number, per, title
from sim.results import CELL, CellFacts

__all__ = ["ALL_BOUGHT", "STEPS", "cell_bars", "cell_cost", "table1_waterfall"]

ALL_BOUGHT = "all parts bought"
WHOLE = "whole cell, assembled and formed"
HATCH = "////"
"""Hatch of what a line makes; bought parts are plain."""
SHADES = (RAMP[1], RAMP[6], RAMP[3], RAMP[8], RAMP[4], RAMP[7], RAMP[2], RAMP[5])
"""Colours of parts, neighbours far apart in lightness."""
LIQUID = {"parts of a liquid cell": Look("#8a8f94"), "making of a liquid cell": Look("#d0d4d8")}
"""What a cell of a battery plant costs."""
STEPS = {"Separator": Look(RAMP[1]), "Electrolyte": Look(RAMP[6])}
"""Rows of Table 1 that are replaced, in order."""
ROW = 5.2
"""Height of a row [mm]."""
Bar = dict[str, tuple[float, bool]]
"""USD/kWh and whether it is made, by component."""


def cell_bars(cells: pd.DataFrame, pairs: pd.DataFrame, cell: CellFacts) -> dict[str, Bar]:
    """Return the bars by label: all bought, then one for each line, then the cheapest pair of each powder."""
    own: dict[str, Bar] = {}
    for row in cells.itertuples():
        own.setdefault(str(row.line), {})[str(row.component)] = (float(str(row.usd_per_kwh)), bool(row.made_by))
    bought = own.pop("", {})
    bars = {ALL_BOUGHT: bought} if set(bought) == set(cell["titles"]) else {}
    # powder is inside other parts: it is no cell by itself
    bars |= {name(line): bar for line, bar in own.items() if "powder" not in bar}
    for _, group in pairs.groupby("powder", sort=False):
        best = group.sort_values("usd_per_kwh").iloc[0]
        one, other = str(best["separator"]), str(best["cathode"])
        both = own[one] | {part: item for part, item in own[other].items() if cell["functions"].get(part) == "cathode"}
        bars[f"{name(one)} + {name(other)}"] = both
    return bars


def _rivals(rivals: pd.DataFrame) -> dict[str, Bar]:
    """Return the bars of cells that a battery plant makes, of the smallest plant at the prices of the run."""
    own = rivals[rivals["price_set"] == ""]
    own = own[own["gwh_per_year"] == own["gwh_per_year"].min()]
    parts, making = LIQUID
    found = {}
    for rival, rows in own.groupby("rival", sort=False):
        bought = math.fsum(rows.loc[rows["category"] == "materials", "usd_per_kwh"])
        rest = math.fsum(rows["usd_per_kwh"]) - bought
        found[f"liquid {name(str(rival))}"] = {parts: (bought, False), making: (rest, False)}
    return found


@styled
def cell_cost(cells: pd.DataFrame, pairs: pd.DataFrame, cell: CellFacts, rivals: pd.DataFrame) -> Figure:
    """Draw USD per kWh of cell, stacked by part: all bought, with what each line makes, with the best pairs; rivals.

    Parameters
    ----------
    cells, cell_pairs, rivals : DataFrame
        Tables of the run; of the rivals those at the prices of the run from the smallest plant are drawn.
    cell : mapping
        What the manifest tells of the design.
    """
    bars = cell_bars(cells, pairs, cell) | _rivals(rivals)
    present = {part for bar in bars.values() for part in bar}
    known = [*cell["titles"], *sorted(present - cell["titles"].keys() - LIQUID.keys()), *LIQUID]
    parts = [part for part in known if part in present]
    figure = Figure(figsize=mm(FULL, 19.0 + ROW * len(bars)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(bars))
    end = np.zeros(len(bars))
    for number_, part in enumerate(parts):
        usd = np.array([bar.get(part, (0.0, False))[0] for bar in bars.values()])
        made = np.array([bar.get(part, (0.0, False))[1] for bar in bars.values()])
        for own in (False, True):
            here = (made == own) & (usd > 0.0)
            look = LIQUID.get(part) or Look(SHADES[number_ % len(SHADES)], HATCH if own else "")
            box = (end[here], (end + usd)[here], places[here] - 0.35, places[here] + 0.35)
            axes.add_artist(rectangles(*box, look))
        end = end + np.nan_to_num(usd)
    axes.set_ylim(len(bars) - 0.45, -0.55)
    axes.set_xlim(0.0, 1.12 * float(end.max(initial=0.0)) or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    for place, total in enumerate(end):
        axes.text(
            total + 0.008 * float(end.max()),
            place,
            number(float(total)),
            va="center_baseline",
            fontsize=SMALL,
            in_layout=False,
        )
    axes.set_yticks(places, list(bars))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    whole = CELL in present
    axes.set_xlabel(f"Cost of {'a cell' if whole else 'the parts of a cell'} [{per('kWh')}]")
    titles = {CELL: WHOLE, **cell["titles"]}
    looks = {titles.get(part, part): LIQUID.get(part) or Look(SHADES[i % len(SHADES)]) for i, part in enumerate(parts)}
    made_patch = Patch(label="hatched: made by the line", facecolor="white", edgecolor=INK, hatch=HATCH, linewidth=0.4)
    figure.legend(handles=[*swatches(looks), made_patch], loc="outside lower center", ncols=4)
    return figure


@styled
def table1_waterfall(waterfall: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw from Table 1 to each chain: its separator, then its electrolyte, replaced by mass; one row a line.

    Parameters
    ----------
    waterfall : DataFrame
        Table of the run.
    names : sequence of str
        Lines in order; those without rows are left out.
    """
    names = [line for line in names if line in set(waterfall["line"])]
    figure = Figure(figsize=mm(FULL, 19.0 + 7.0 * len(names)), layout="constrained")
    axes = figure.subplots()
    start = float(waterfall["usd"].iloc[0])
    low, high = float(waterfall["usd"].min()), float(waterfall["usd"].max())
    span = max(high - low, 0.05 * start)
    for place, line in enumerate(names):
        rows = waterfall[waterfall["line"] == line].iloc[1:]
        height = 0.76 / len(rows)
        before, top = start, place - 0.38
        for row in rows.itertuples():
            after = float(str(row.usd))
            ends = (min(before, after), max(before, after))
            axes.add_artist(rectangles(*ends, top, top + height, STEPS[str(row.component)]))
            side = math.copysign(1.0, after - before)
            axes.text(
                after + side * 0.008 * span,
                top + height / 2,
                f"{side * abs(after - before):+.2f}".replace("-", "−"),
                ha="left" if side > 0 else "right",
                va="center_baseline",
                fontsize=SMALL,
                color=MUTED,
                in_layout=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )
            before, top = after, top + height
            axes.plot([after, after], [top - height, place + 0.38], color=INK, linewidth=0.8)
        axes.text(
            high + 0.16 * span,
            place,
            f"{before:.2f}",
            ha="right",
            va="center_baseline",
            fontsize=SMALL + 0.6,
            fontweight="bold",
            in_layout=False,
        )
    axes.axvline(start, color=INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=2.5)
    axes.set_xlim(low - 0.12 * span, high + 0.18 * span)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [name(line) for line in names])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(8))
    axes.set_xlabel(
        f"Materials of the cell of Table 1 [{money('USD')}]; dashed: its rows add up to {start:.4f}; bold: what is left"
    )
    used = {f"{title(key)} made": look for key, look in STEPS.items() if (waterfall["component"] == key).any()}
    figure.legend(handles=swatches(used), loc="outside lower center", ncols=2)
    return figure
