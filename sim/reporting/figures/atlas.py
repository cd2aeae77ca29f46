"""The map of many routes: powders by cost and conductivity, films by cost and area resistance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.reporting.figures.labels import Labelled, fit, label
from sim.reporting.figures.style import FULL, INK, SMALL, mm, styled
from sim.reporting.words import compact, name, per, unit
from sim.results import Place, TargetFacts

__all__ = ["atlas"]

HEIGHT, LEFT, RIGHT, TOP, BOTTOM, BETWEEN = 205.0, 18.0, 3.0, 6.0, 11.0, 19.0
"""Height of the figure and room around its two axes [mm]."""
PANELS = (
    ("kg", "Powders", "Conductivity [mS/cm]", "powder_cost", ""),
    ("m2", "Films", "Area resistance [Ω cm²]", "film_cost", "film_resistance"),
)
"""Unit, title, horizontal axis, and the targets that belong to them."""
MET = "#dcebe4"
"""Ground on which the targets are met."""


@styled
def atlas(found: Sequence[Place], targets: Mapping[str, TargetFacts], colours: Mapping[str, str]) -> Figure:
    """Draw where every line lies, with P10 to P90 of its cost, and the targets.

    Parameters
    ----------
    found : sequence of Place
        Powders and films.
    targets : mapping
        Marks by their names: `powder_cost`, `film_cost`, `film_resistance`.
    colours : mapping
        Colour of every line.
    """
    figure = Figure(figsize=mm(FULL, HEIGHT))
    high = (HEIGHT - TOP - BOTTOM - BETWEEN) / 2
    for at, (of, title, across, cost, quality) in enumerate(PANELS):
        bottom = HEIGHT - TOP - high - at * (high + BETWEEN)
        axes = figure.add_axes((LEFT / FULL, bottom / HEIGHT, (FULL - LEFT - RIGHT) / FULL, high / HEIGHT))
        own = [place for place in found if place.unit == of]
        _panel(axes, own, targets.get(cost), targets.get(quality), colours)
        axes.set_title(title, loc="left")
        axes.set_xlabel(across)
        axes.set_ylabel(f"Cost [{per(of)}]")
    return figure


def _panel(
    axes: Axes,
    found: Sequence[Place],
    cost: TargetFacts | None,
    quality: TargetFacts | None,
    colours: Mapping[str, str],
) -> None:
    ends = [value for place in found for value in (place.low, place.high, place.cost) if not math.isnan(value)]
    fit(axes, "x", [place.quality for place in found] + ([quality["value"]] if quality else []))
    fit(axes, "y", ends + ([cost["value"]] if cost else []))
    axes.grid(which="both")
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    corners: list[list[tuple[float, float]]] = []
    if cost:
        most = quality["value"] if quality else right
        axes.fill_between([left, most], bottom, cost["value"], color=MET, linewidth=0.0, zorder=0)
        axes.axhline(cost["value"], color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        corners.append([(left, cost["value"]), (right, cost["value"])])
        words = f"asked: {compact(cost['value'])} {per(cost['unit'].split('/')[-1])}"
        axes.annotate(words, (right, cost["value"]), (-2, 3), textcoords="offset points", ha="right", fontsize=SMALL)
    if quality:
        axes.axvline(quality["value"], color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        words = f"asked: {compact(quality['value'])} {unit(quality['unit'])}"
        spot = (quality["value"], top)
        axes.annotate(words, spot, (3, -3), textcoords="offset points", va="top", fontsize=SMALL)
    for place in found:
        colour = colours[place.line]
        if not math.isnan(place.low):
            axes.plot([place.quality] * 2, [place.low, place.high], color=colour, linewidth=1.0, zorder=2)
            corners.append([(place.quality, place.low), (place.quality, place.high)])
        axes.plot(
            [place.quality], [place.cost], "o", markersize=5, zorder=3,
            color=colour if place.at_k is None else "white",
            markeredgecolor="white" if place.at_k is None else colour,
            markeredgewidth=0.5 if place.at_k is None else 1.2,
        )  # fmt: skip
    named = [Labelled(place.quality, place.cost, _named(place)) for place in found]
    label(axes, named, corners)


def _named(place: Place) -> str:
    return name(place.line) if place.at_k is None else f"{name(place.line)}, at {place.at_k - 273.15:.0f} °C"
