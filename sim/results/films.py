"""What a film is worth: cost against area resistance, who is on the front, and powders set against films."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sim.results.compare import records
from sim.results.manifest import LineFacts

__all__ = ["Film", "Grid", "films", "front", "grid", "parts", "thickness"]


@dataclass(frozen=True, slots=True)
class Film:
    """One separator: what a square metre costs and what it resists, each with its 95 % interval."""

    line: str
    cost: float
    """Cost per functional unit [USD/m2]."""
    cost_low: float
    cost_high: float
    resistance: float
    """Area resistance: thickness over conductivity [ohm cm2]."""
    resistance_low: float
    resistance_high: float

    def beats(self, other: Film) -> bool:
        """Whether this one is as cheap and resists as little, and is better in one of the two."""
        mine, its = (self.cost, self.resistance), (other.cost, other.resistance)
        return mine != its and mine[0] <= its[0] and mine[1] <= its[1]


def films(summary: pd.DataFrame, lines: Iterable[str]) -> list[Film]:
    """Return those of comparable lines that have an area resistance, cheapest first.

    Parameters
    ----------
    summary : DataFrame
        Columns line, kpi, mean, ci_low, ci_high.
    lines : iterable of str
        Names of lines of one kind, function, unit and scale.
    """
    rows = {(row.line, row.kpi): row for row in records(summary)}
    found = []
    for key in lines:
        if (key, "area_resistance") in rows and (key, "cost_per_unit") in rows:
            usd, ohm = rows[key, "cost_per_unit"], rows[key, "area_resistance"]
            numbers = (usd.mean, usd.ci_low, usd.ci_high, ohm.mean, ohm.ci_low, ohm.ci_high)
            if math.isfinite(usd.mean) and math.isfinite(ohm.mean):  # a line that ships nothing has neither
                found.append(Film(key, *map(float, numbers)))
    return sorted(found, key=lambda film: film.cost)


def front(every: Sequence[Film]) -> list[Film]:
    """Return the films that no other beats in cost and resistance, cheapest first.

    >>> best = front([Film("a", 10, 9, 11, 5, 5, 5), Film("b", 12, 11, 13, 6, 6, 6), Film("c", 15, 14, 16, 2, 2, 2)])
    >>> [film.line for film in best]
    ['a', 'c']
    """
    kept = [film for film in every if not any(other.beats(film) for other in every)]
    return sorted(kept, key=lambda film: film.cost)


def parts(line: LineFacts) -> tuple[str, str]:
    """Return the powder that a line of a manifest begins with, empty if it is bought, and its last route.

    >>> parts({"route": {"name": "a_b_c", "segments": {"a": {}, "b": {}, "c": {}}}}), parts({"route": {"name": "c"}})
    (('a + b', 'c'), ('', 'c'))
    """
    route = line["route"]
    names = list(route.get("segments") or {}) or [str(route["name"])]
    return " + ".join(names[:-1]), names[-1]


def thickness(line: LineFacts) -> str:
    """Return the thickness of a line's product as its route gives it, empty if it gives none."""
    return str(line["route"].get("product", {}).get("thickness", ""))


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines that set every powder before every film."""

    powders: tuple[str, ...]
    films: tuple[str, ...]
    lines: Mapping[tuple[str, str], str]
    """Name of the line by powder and film."""


def grid(lines: Sequence[LineFacts]) -> Grid | None:
    """Return comparable lines as a grid of powders and films, in the order of the scenario.

    None if a place of the grid is empty or taken twice, or if there are fewer than two powders or two films.
    """
    places = [(parts(line), str(line["name"])) for line in lines]
    powders = tuple(dict.fromkeys(powder for (powder, _), _ in places))
    last = tuple(dict.fromkeys(film for (_, film), _ in places))
    taken = dict(places)
    full = len(taken) == len(places) == len(powders) * len(last)
    return Grid(powders, last, taken) if full and all(powders) and min(len(powders), len(last)) > 1 else None
