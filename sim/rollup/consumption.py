"""What the product of the window took: what steps took in, less what of it is still in stock at the end.

A window that ends with more powder in process than it began with has bought the lithium sulfide of that powder, but for
the product of another window. So feeds and make-up are counted at what each step would have taken in for the same
product with unchanged stocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.flowsheet import Group
from sim.inputs import samples
from sim.plant import Line, buffer_names
from sim.rollup.ledger import Equivalents, Ledger, equivalents

__all__ = ["used"]

Taken = dict[str, float]
"""Units of primary inlet by step."""


class _Change(NamedTuple):
    """A stock that is another at the end of the window than at its beginning."""

    step: str
    place: str | int
    """`inside` the machines of the step, the number of one of its `outlets`, or the name of a buffer before it."""
    inlet: int
    """Number of the inlet that a buffer stands at; -1 for other places."""
    amount: float
    """End less beginning, in the unit of its stream."""


def used(line: Line, ledger: Ledger) -> Taken:
    """Return what every step took in for what left the line in the window, stocks apart.

    used(u) = taken(u) - sum over stocks p of e(u, p) (end - beginning)

    Parameters
    ----------
    line : Line
        The line.
    ledger : Ledger
        Its window, simulated or expected.

    Returns
    -------
    dict
        Units of the primary inlet by step, 0 or more.

    Notes
    -----
    e(u, p) is what step u has taken in for one unit of the stream at p, rejects included as expected: 1 for what is
    inside u itself. Where a step has several outlets, what it took is shared among them by what they become; waste
    carries nothing. In expected values stocks do not change, and used is what was taken.
    """
    taken = {name: step.taken for name, step in ledger.steps.items()}
    changes = list(_changes(line, ledger))
    if changes:
        content = _Content(line)
        for change in changes:
            for name, units in content.at(change).items():
                taken[name] -= units * change.amount
    return {name: samples.highest(0.0, units) for name, units in taken.items()}


def _changes(line: Line, ledger: Ledger) -> Iterator[_Change]:
    """Yield all stocks that have changed."""
    for name, step in ledger.steps.items():
        yield from _if(_Change(name, "inside", -1, step.open_end - step.open_start))
        for number, outlet in enumerate(step.outlets):
            yield from _if(_Change(name, number, -1, outlet.open_end - outlet.open_start))
    for step_id in line.graph.steps:
        inlets = len(line.graph.inlets(step_id))
        for number, buffer in enumerate(buffer_names(line.graph, step_id)):
            level = ledger.buffers[buffer]
            inlet = number if number < inlets else 0
            yield from _if(_Change(step_id, buffer, inlet, level.level_end - level.level_start))


def _if(change: _Change) -> Iterator[_Change]:
    if change.amount:
        yield change


class _Content:
    """What steps have taken in for one unit of every stream of a line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._inlets: dict[tuple[str, int], Taken] = {}
        self._inside: dict[str, Taken] = {}
        self._outlets: dict[tuple[str, int], Taken] = {}
        worth = equivalents(line)
        for name in line.graph.order:
            self._add(name, worth)

    def at(self, change: _Change) -> Taken:
        """Return units of primary inlet by step per unit of the stream where a stock has changed."""
        if change.place == "inside":
            return self._inside[change.step]
        if isinstance(change.place, int):
            return self._outlets[change.step, change.place]
        return self._inlets[change.step, change.inlet]

    def _add(self, name: str, worth: Equivalents) -> None:
        """Follow the streams through one step whose sources are known."""
        flow, fate = self._line.flowsheet.steps[name], self._line.graph.fractions(name)
        inside: Taken = {}
        for number, group in enumerate(self._line.graph.inlets(name)):
            self._inlets[name, number] = stream = self._mixed(group)
            _add(inside, stream, group.ratio)
        inside[name] = 1.0
        self._inside[name] = inside
        becomes = [o.factor * worth.outlets[name, i] * (1.0 if i else fate.passed) for i, o in enumerate(flow.outlets)]
        again = self._reworking(name)
        for number in range(len(flow.outlets)):
            share = worth.outlets[name, number] / sum(becomes) if sum(becomes) > 0.0 else 0.0
            self._outlets[name, number] = {
                # what is reworked was taken once by the steps before the loop, and again by those in it
                step: units * share * (1.0 if step in again else 1.0 - fate.reworked)
                for step, units in inside.items()
            }

    def _reworking(self, name: str) -> frozenset[str]:
        """Return the steps through which what an inspection sends back goes again."""
        graph = self._line.graph
        before = graph.upstream(name)
        target = next((step for step in graph.order if name in graph.rework_into(step)), None)
        return before if target is None else (before - graph.upstream(target)) | {target}

    def _mixed(self, group: Group) -> Taken:
        """Return the content of one inlet, of all its sources in the proportion in which they are expected."""
        flows, graph = self._line.flowsheet.steps, self._line.graph
        weights = [
            flows[edge.source].expected * flows[edge.source].outlets[edge.outlet].factor * edge.share
            * (graph.fractions(edge.source).failed if edge.role == "fail" else 1.0)
            for edge in group.edges
        ]  # fmt: skip
        mixed: Taken = {}
        for edge, weight in zip(group.edges, weights, strict=True):
            _add(mixed, self._outlets[edge.source, edge.outlet], weight / sum(weights))
        return mixed


def _add(total: Taken, part: Mapping[str, float], factor: float) -> None:
    for name, units in part.items():
        total[name] = total.get(name, 0.0) + units * factor
