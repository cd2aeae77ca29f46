"""Powders against films: one panel for every quantity, its numbers in the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.reporting.figures.ink import wrap
from sim.reporting.figures.style import FULL, INK, SMALL, footnote, luminance, mm, styled
from sim.reporting.words import name, number, unit
from sim.results import KPIS, Grid, Kpis, grid, records
from sim.results import LineFacts as Line

__all__ = ["PANELS", "heatmap"]

PANELS = tuple(
    kpi.name
    for kpi in (
        Kpis.cost_per_unit,
        Kpis.conversion_cost_per_unit,
        Kpis.energy_per_unit,
        Kpis.gwp_per_unit,
        Kpis.area_resistance,
    )
)  # fmt: skip
"""Quantities in the order of the panels; less is better in all."""
LIGHT, DARK = "#f3f5f6", "#1c5a62"
"""Colours of the best and the worst cell of a panel: one hue whose luminance falls, so it also reads in grey."""
ACROSS, WIDE = 3, 9
"""Panels side by side, and cells side by side that leave room for more of them."""
NAMES, CELL = 24.0, 6.5
"""Room for the names of powders, and height of a cell [mm]."""


@styled
def heatmap(summary: pd.DataFrame, lines: Sequence[Line]) -> Figure:
    """Draw cost, conversion cost, energy, greenhouse gas and, of membranes, area resistance of powders x films.

    Parameters
    ----------
    summary : DataFrame
        Columns line, kpi, unit, mean.
    lines : sequence of mappings
        Comparable lines that form a grid of powders and films.
    """
    places = grid(lines)
    if places is None:
        raise ValueError("these lines form no grid of powders and films")
    cells = {(str(row.kpi), str(row.line)): row for row in records(summary)}
    shown = [kpi for kpi in PANELS if all((kpi, line) in cells for line in places.lines.values())]
    across = len(shown) if len(shown) * len(places.films) <= WIDE else ACROSS
    down = -(-len(shown) // across)
    width = (FULL - NAMES) / across / len(places.films)
    figure = Figure(figsize=mm(FULL, down * (17.0 + CELL * len(places.powders)) + 2.0), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes, kpi in zip(panels.flat, shown, strict=False):
        rows = {place: cells[kpi, line] for place, line in places.lines.items()}
        _panel(axes, places, {place: float(row.mean) for place, row in rows.items()})
        of = next(iter(rows.values())).unit
        axes.set_title(f"{KPIS[kpi].head} [{unit(str(of))}]", fontweight="normal")
        words = [_words(film, 0.9 * width) for film in places.films]
        axes.set_xticks(range(len(places.films)), words, fontsize=SMALL)
    for axes in list(panels.flat)[len(shown) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_yticks(range(len(places.powders)), [name(powder) for powder in places.powders])
    footnote(figure, lines)
    return figure


def _words(film: str, width: float) -> str:
    return "\n".join(wrap(name(film), SMALL, width, 3))


def _panel(axes: Axes, places: Grid, values: Mapping[tuple[str, str], float]) -> None:
    """Draw one quantity; the best cell is framed."""
    low, high = min(values.values()), max(values.values())
    best = min(values, key=lambda place: values[place])
    for y, powder in enumerate(places.powders):
        for x, film in enumerate(places.films):
            value = values[powder, film]
            colour = _colour((value - low) / (high - low) if high > low else 0.0)
            axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8))
            light = luminance(colour) < 0.5
            axes.text(
                x,
                y,
                number(value),
                ha="center",
                va="center_baseline",
                fontsize=SMALL + 0.8,
                fontweight="bold" if (powder, film) == best else "normal",
                color="white" if light else INK,
            )
    y, x = places.powders.index(best[0]), places.films.index(best[1])
    axes.add_patch(Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor="none", edgecolor=INK, linewidth=1.0))
    axes.set_xlim(-0.5, len(places.films) - 0.5)
    axes.set_ylim(len(places.powders) - 0.5, -0.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _colour(share: float) -> str:
    """Return the colour at a share of the way from the best to the worst."""
    mixed = np.array(to_rgb(LIGHT)) * (1.0 - share) + np.array(to_rgb(DARK)) * share
    return "#" + "".join(f"{round(255 * float(part)):02x}" for part in mixed)
