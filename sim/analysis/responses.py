"""Response: the indicators of a line as a function of its uncertain parameters.

In expected values all samples are worked out at once, with whatever parameters, by the code that works out one. Where
samples are simulated, two kinds of parameter are kept apart. Those that change the line's plan or its expected ledger
(*early*: times, yields, charges, failures) make it another plant, which is simulated anew for every set of their
values. All others (*late*: prices, powers, heat duties, wages, lives) are rolled up on the same ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sampling import triangular, uniform
from sim.analysis.stages import stages_read
from sim.engine import fingerprint
from sim.inputs import Divided, Ensemble, Faults, Path, evaluate
from sim.plant import Line, design, renumbered
from sim.results import Kpis
from sim.rollup import Ledger, cost_of, expected, indicator, raised, rollup
from sim.study import Parameter, Range, underived

__all__ = ["Response", "at", "expected_at", "expected_kpis", "groups", "late_kpis", "response", "told_apart"]

Floats = NDArray[np.float64]

COST = Kpis.cost_per_unit.name

UPSTREAM = frozenset({"checks", "streams", "sizes"})
"""Stages between a number and the sizes of the plant."""


@dataclass(frozen=True, slots=True)
class Response:
    """A line and the parameters that it holds."""

    line: Line
    parameters: tuple[Parameter, ...]
    early: NDArray[np.bool_]
    """Of every parameter, whether it changes the plan or may do so."""
    moving: bool = False
    """Whether a late parameter reads its way through streams and sizes, such as a heat of vaporisation."""

    @property
    def ranges(self) -> list[Range]:
        """The parameters as this line has them."""
        return [parameter.ranges[self.line.name] for parameter in self.parameters]

    @property
    def modes(self) -> Floats:
        """The values that a run takes."""
        return np.array([item.mode for item in self.ranges])

    def values(self, points: Floats) -> Floats:
        """Return the values at points of the unit cube, a column for every parameter."""
        columns = [_quantiles(points[:, index], item) for index, item in enumerate(self.ranges)]
        return np.column_stack(columns) if columns else np.empty((len(points), 0))

    def by_path(self, which: NDArray[np.intp], values: Sequence[float]) -> dict[Path, float]:
        """Return values of some parameters by the places where they stand."""
        ranges = self.ranges
        return {path: value for index, value in zip(which, values, strict=True) for path in ranges[index].paths}


def _quantiles(probability: Floats, item: Range) -> Floats:
    if item.law == "uniform":
        return uniform(probability, item.low, item.high)
    return triangular(probability, item.low, item.mode, item.high)


def response(line: Line, parameters: Sequence[Parameter]) -> Response:
    """Return the response of a line to those of the *parameters* that it holds, any of which may change the plan."""
    mine = tuple(item for item in parameters if line.name in item.ranges)
    return Response(underived(line), mine, np.ones(len(mine), dtype=bool))


def told_apart(it: Response) -> Response:
    """Return a response that knows which of its parameters change the plan.

    Raises
    ------
    FlowsheetError, or a group of them
        If the line has no expected ledger.
    """
    paths = [item.paths[0] for item in it.ranges]
    reads = stages_read(it.line, paths)
    early = np.array(["ledger" in reads[path] for path in paths], dtype=bool)
    through = [index for index, path in enumerate(paths) if not early[index] and reads[path] & UPSTREAM]
    plain = [index for index, path in enumerate(paths) if not early[index] and not reads[path] & UPSTREAM]
    it = replace(it, early=early)
    for index in _planning(it, plain):
        early[index] = True
    for index in through:
        # what nothing behind the sizes reads acts by these alone: its ends may size this plant alike, another one not
        early[index] = reads[paths[index]] <= UPSTREAM or _moves_plant(it, index)
    return replace(it, moving=any(not early[index] for index in through))


def _planning(it: Response, which: Sequence[int]) -> Iterator[int]:
    """Yield those of some parameters that are in the plan, found by halves."""
    if not which:
        return
    for end in ("low", "high"):
        values = [getattr(it.ranges[index], end) for index in which]
        moved = design(it.line, it.by_path(np.array(which), values), reads=["plan"])
        if fingerprint(moved.plan) != fingerprint(it.line.plan):
            break
    else:
        return
    if len(which) == 1:
        yield which[0]
        return
    middle = len(which) // 2
    yield from _planning(it, which[:middle])
    yield from _planning(it, which[middle:])


def _moves_plant(it: Response, index: int) -> bool:
    """Whether a parameter changes plan or expected ledger by way of streams and sizes."""
    here, own = np.array([index]), it.ranges[index]
    before = fingerprint(it.line.plan)
    try:
        for end in (own.low, own.high):
            if fingerprint(design(it.line, it.by_path(here, [end])).plan) != before:
                return True
        # an ensemble prints otherwise than a number, so whatever has become one shows
        ends: list[float] = [Ensemble(np.array([own.low, own.high]))]  # type: ignore[list-item]
        moved = design(it.line, it.by_path(here, ends))
        return repr(expected(moved)) != repr(expected(it.line))
    except (*Faults, Divided, TypeError):
        return True


# -- evaluation --------------------------------------------------------------------------------------------------------


def at(it: Response, early: Floats) -> Line:
    """Return the line at values of its early parameters, with the plant that follows."""
    which = np.flatnonzero(it.early)
    moved = early != it.modes[which]
    if not moved.any():
        return it.line
    return design(it.line, it.by_path(which[moved], early[moved].tolist()))


def groups(it: Response, values: Floats) -> list[tuple[Floats, NDArray[np.intp]]]:
    """Return the samples that share the values of all early parameters: these values, and the samples' numbers."""
    early = np.ascontiguousarray(values[:, it.early])
    if not early.shape[1]:
        return [(early[0], np.arange(len(values)))] if len(values) else []
    rows, where = np.unique(early, axis=0, return_inverse=True)
    order = np.argsort(where.ravel(), kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(where.ravel()))[:-1])
    return list(zip(rows, parts, strict=True))


def late_kpis(it: Response, line: Line, ledger: Ledger, values: Floats, kpis: Sequence[str]) -> Floats:
    """Return indicators rolled up on one ledger in many samples.

    Parameters
    ----------
    line : Line
        The line at the samples' early parameters.
    ledger : Ledger
        Its ledger, simulated or expected.
    values : ndarray of shape (samples, parameters)
        All parameters; early ones are not looked at.
    kpis : sequence of str
        Names of indicators.

    Returns
    -------
    ndarray of shape (samples, indicators)
        nan where the numbers of a sample do not go together.
    """
    late, reads = np.flatnonzero(~it.early), UPSTREAM if it.moving else ()

    def function(given: list[float]) -> list[float]:
        roll = rollup(design(line, it.by_path(late, given[1:]), reads=reads), ledger)
        return [indicator(roll, name) for name in kpis]

    columns = [np.zeros(len(values)), *values[:, late].T]
    return evaluate(function, columns, results=len(kpis))


def expected_kpis(it: Response, values: Floats, kpis: Sequence[str], slopes: Sequence[Path] = ()) -> Floats:
    """Return indicators of the expected ledger, with streams, sizes and machine counts that follow the parameters.

    Parameters
    ----------
    values : ndarray of shape (samples, parameters)
        Values of the parameters, in the order of `it.parameters`.
    slopes : sequence of path, default=()
        As in `expected_at`.

    Returns
    -------
    ndarray of shape (samples, indicators + slopes)
        nan where the numbers of a sample do not go together.
    """
    columns = [(own, values[:, index]) for index, own in enumerate(it.ranges)]
    moves = {path: column for own, column in columns if (column != own.mode).any() for path in own.paths}
    return expected_at(it.line, moves, kpis, samples=len(values), slopes=slopes)


def expected_at(
    line: Line, moves: Mapping[Path, Floats], kpis: Sequence[str], *, samples: int, slopes: Sequence[Path] = ()
) -> Floats:
    """Return indicators of the expected ledger of a line in so many *samples*.

    Parameters
    ----------
    moves : mapping of path to ndarray of shape (samples,)
        Numbers of the line that are others than they stand.
    kpis : sequence of str
        Names of indicators.
    slopes : sequence of path, default=()
        Prices of which to return what one unit more does to the unit cost; other numbers than prices and wages would
        need another ledger.

    Returns
    -------
    ndarray of shape (samples, indicators + slopes)
        nan where the numbers of a sample do not go together.
    """

    def function(given: list[float]) -> list[float]:
        numbers: dict[Path, Any] = dict(zip(moves, given[1:], strict=True))
        moved = design(line, numbers)
        roll = rollup(moved, expected(moved))
        found = [indicator(roll, name) for name in kpis]
        cost = indicator(roll, COST) if slopes else 0.0
        for path in slopes:
            # from the line as stated: a price that follows another would follow it twice
            library = renumbered(line, {**numbers, path: numbers[path] + 1.0 if path in numbers else raised}).library
            found.append(cost_of(design(moved, library=library, reads=()), roll) - cost)
        return found

    return evaluate(function, [np.zeros(samples), *moves.values()], results=len(kpis) + len(slopes))
