"""Figures of a run one by one, for a notebook: `results.plot.cost()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import nearest
from sim.reporting.figures import figures, gantt, slug
from sim.reporting.words import printing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results import Results

__all__ = ["Plots"]


@dataclass(frozen=True, slots=True)
class Plots:
    """Draws figures of results, those that lie in the folder of a run; `results.plot(name)` draws any of `names`.

    Where a method takes a line, it may be left out if there is only one.
    """

    results: Results

    @property
    def names(self) -> list[str]:
        """Names of all figures of these results."""
        with printing(self.results) as told:
            return [name for name, _ in figures(told)]

    def __call__(self, name: str) -> Figure:
        """Draw the figure of a name.

        Raises
        ------
        ValueError
            If these results have no such figure.
        """
        with printing(self.results) as told:
            found = dict(figures(told))
            if name not in found:
                raise ValueError(f"no figure '{name}'{nearest(name, found)}; there are {', '.join(found)}")
            return found[name]()

    def cost(self) -> Figure:
        """Draw the cost of every line by category with P10 to P90 of its samples [USD/unit]."""
        return self("all.answer")

    def energy(self) -> Figure:
        """Draw the energy of every line by use [kWh/unit]."""
        return self("all.energy")

    def bridge(self, group: int = 1) -> Figure:
        """Draw how the second cheapest line of a group becomes the cheapest."""
        return self(f"compare.{group}.bridge")

    def price(self, group: int = 1) -> Figure:
        """Draw the cost of the lines of a group over the price of the scenario's `price_axis`."""
        return self(f"compare.{group}.price")

    def samples(self, group: int = 1) -> Figure:
        """Draw the samples of the cost of the lines of a group."""
        return self(f"compare.{group}.doubt")

    def flow(self, line: str = "") -> Figure:
        """Draw a line from left to right with its streams."""
        return self._of(line, "flow")

    def influence(self, line: str = "") -> Figure:
        """Draw what the numbers that move the cost of a line most do to it."""
        return self._of(line, "influence")

    def steps(self, line: str = "") -> Figure:
        """Draw cost and energy of a line by step."""
        return self._of(line, "steps")

    def states(self, line: str = "") -> Figure:
        """Draw the hours of the machines of a line by state, and its yield."""
        return self._of(line, "states")

    def timeline(self, line: str = "") -> Figure:
        """Draw what a line ships and holds over time."""
        return self._of(line, "time")

    def gantt(self, line: str = "", window_h: tuple[float, float] = (0.0, 120.0)) -> Figure:
        """Draw what the machines of a line do in a window of the hours that the table `gantt` holds.

        Raises
        ------
        ValueError
            If there is nothing in the window.
        """
        own = self.results.of(self._line(line))
        first_h, last_h = window_h
        known_h = float(own.gantt["end_h"].max()) if len(own.gantt) else 0.0
        if not 0.0 <= first_h < min(last_h, known_h):
            raise ValueError(f"expected a window within 0 to {known_h:g} h, found {first_h:g} to {last_h:g} h")
        return gantt(own.gantt, own.steps, window_h=(first_h, min(last_h, known_h)))

    def _of(self, line: str, kind: str) -> Figure:
        return self(f"{slug(self._line(line))}.{kind}")

    def _line(self, line: str) -> str:
        names = [one["name"] for one in self.results.manifest["lines"]]
        if line in names or (not line and len(names) == 1):
            return line or names[0]
        raise ValueError(f"no line '{line}'{nearest(line, names)}; there are {', '.join(names)}")
