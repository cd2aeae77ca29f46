"""Sensitivity: which numbers of a line matter, where two lines cost the same, and what must be true for a goal.

All on the expected ledger, with streams, sizes and machine counts following the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.indices import METHODS, morris, screened, sobol, spearman
from sim.analysis.responses import Response, expected_kpis, response
from sim.analysis.sampling import unit_cube
from sim.errors import InputError, Issue, nearest
from sim.plant import Line
from sim.results import Kpis, kpi_named
from sim.rollup import numbers
from sim.study import Parameter, Range, called, parameters

__all__ = ["COMPARED", "REACHED", "break_even", "break_even_map", "reach", "sensitivity"]

Floats = NDArray[np.float64]

COST = Kpis.cost_per_unit.name

SAMPLES = {"morris": 8, "sobol": 128, "spearman": 256}
"""Trajectories or samples where nobody asks for a number; those of Sobol' are a power of two."""

MOST = 10
"""How many parameters, after a Morris screening, share the variance out among them."""

STEPS = 16
"""Parts of a range in which a crossing is looked for."""


# -- which numbers matter ----------------------------------------------------------------------------------------------


def sensitivity(
    line: Line,
    *,
    kpi: str = COST,
    method: str = "sobol",
    samples: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how an indicator of a line's expected ledger depends on all of its ranges, independent of each other.

    Parameters
    ----------
    kpi : str, default="cost_per_unit"
        Name of an indicator.
    method : str, default="sobol"
        `morris`, `sobol` or `spearman`; for `sobol` the `MOST` largest of a Morris screening, the others held.
    samples : int or None, default=None
        Trajectories of Morris, samples of the others (of Sobol' a power of two is taken); see `SAMPLES`.

    Returns
    -------
    DataFrame
        parameter, title, method, value, low, high; the largest first. See `sim.analysis.indices.COLUMNS`. No row if
        nothing moves the indicator.

    Raises
    ------
    InputError
        If there is no such method or indicator.
    """
    _known("method", method, METHODS)
    kpi_named(kpi)
    count = samples or SAMPLES[method]
    it = response(line, parameters([line]))
    names = [parameter.key for parameter in it.parameters]

    def function(points: Floats) -> Floats:
        return expected_kpis(it, it.values(points), [kpi])[:, 0]

    if method == "spearman":
        points = unit_cube(count, names, sampler="sobol", seed=seed)
        found = spearman(it.values(points), function(points), names)
    else:
        trajectories = count if method == "morris" else SAMPLES["morris"]
        found = morris(function, names, trajectories=trajectories, seed=seed)
    if not found["value"].any():
        found = found.iloc[:0]
    elif method == "sobol":
        kept, _ = screened(found, MOST)
        which = [names.index(name) for name in kept]

        def few(points: Floats) -> Floats:
            values = np.tile(it.modes, (len(points), 1))
            everywhere = np.full((len(points), len(names)), 0.5)
            everywhere[:, which] = points
            values[:, which] = it.values(everywhere)[:, which]
            return expected_kpis(it, values, [kpi])[:, 0]

        found = sobol(few, kept, samples=2 ** round(np.log2(count)), seed=seed)
    titles = _titles(line)
    found.insert(1, "title", [titles[name] for name in found["parameter"]])
    order = found["value"].abs().groupby(found["parameter"]).transform("max")
    return (
        found.assign(order=order)
        .sort_values(["order", "method"], ascending=[False, True], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def _known(what: str, word: str, allowed: Sequence[str]) -> None:
    if word not in allowed:
        hint = nearest(word, allowed) or (f"; allowed are {', '.join(allowed)}" if len(allowed) < 40 else "")
        raise InputError([Issue("sensitivity", 1, 1, f"unknown {what} '{word}'{hint}")])


def _titles(line: Line) -> dict[str, str]:
    """Return the plain words for every number of a line."""
    return {f"{number.where}.{number.quantity}": number.title for number in numbers(line)}


# -- at which value two lines are equal --------------------------------------------------------------------------------

COMPARED = ("parameter", "value", "cost", "cheaper_below", "cheaper_above")


def break_even(
    one: Line, other: Line, path: str, *, kpi: str = COST, low: float | None = None, high: float | None = None
) -> pd.DataFrame:
    """Return the values of a number at which two lines have the same cost, or another indicator.

    Parameters
    ----------
    path : str
        Dotted path of a number that at least one of the lines holds, such as `materials.Li2S.price`.
    low, high : float or None, default=None
        Where to look [canonical unit]; the ends of its range if not given.

    Returns
    -------
    DataFrame
        parameter, value, cost (of both), cheaper_below, cheaper_above (names of lines); no row if one of them is
        cheaper everywhere.

    Notes
    -----
    The difference is looked at in equal steps, and every change of sign is closed in on by Chandrupatla's method.
    Where a line's cost jumps, as with one more machine, the crossing may be the jump; `cost` is then that of *one* just
    there.
    """
    pair = _Pair.of(one, other, (path,), kpi, (low, high))
    roots, before = _roots(lambda x: pair.gap(x[:, None]), pair.span(0))
    costs, _ = pair.costs(roots[:, None])
    rows = [(path, *row, *pair.order(sign)) for *row, sign in zip(roots, costs, before, strict=True)]
    return pd.DataFrame(rows, columns=list(COMPARED))


def break_even_map(one: Line, other: Line, paths: tuple[str, str], *, kpi: str = COST, steps: int = 17) -> pd.DataFrame:
    """Return the difference of two lines over two numbers: columns x, y, difference (*other* less *one*).

    Parameters
    ----------
    paths : tuple of str
        Dotted paths of two numbers with ranges.
    steps : int, default=17
        Values of each, from one end of its range to the other.
    """
    pair = _Pair.of(one, other, paths, kpi)
    xs, ys = (np.linspace(*pair.span(place), steps) for place in (0, 1))
    points = np.array([(x, y) for y in ys for x in xs])
    return pd.DataFrame(np.column_stack([points, pair.gap(points)]), columns=["x", "y", "difference"])


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two lines as functions of the same numbers."""

    responses: tuple[Response, Response]
    parameters: tuple[Parameter, ...]
    kpi: str

    @classmethod
    def of(
        cls,
        one: Line,
        other: Line,
        paths: Sequence[str],
        kpi: str,
        span: tuple[float | None, float | None] = (None, None),
    ) -> _Pair:
        """Find the numbers, each with its range in either line or the one that is given.

        Raises
        ------
        InputError
            If there is no such number in either line, or no range to look in.
        """
        kpi_named(kpi)
        mine = tuple(_asked(path, (one, other), *span) for path in paths)
        return cls((response(one, mine), response(other, mine)), mine, kpi)

    def span(self, place: int) -> tuple[float, float]:
        """Return where a number may lie."""
        ranges = self.parameters[place].ranges.values()
        return min(item.low for item in ranges), max(item.high for item in ranges)

    def costs(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the indicator of both lines at values of the numbers, of shape (points, numbers)."""
        found = []
        for it in self.responses:
            mine = [place for place, item in enumerate(self.parameters) if it.line.name in item.ranges]
            found.append(expected_kpis(it, values[:, mine], [self.kpi])[:, 0])
        return found[0], found[1]

    def gap(self, values: Floats) -> Floats:
        """Return by how much the other line is above the one."""
        one, other = self.costs(values)
        return other - one

    def order(self, before: float) -> tuple[str, str]:
        """Return the names of the lines: cheaper below a crossing, and above it."""
        one, other = (it.line.name for it in self.responses)
        return (one, other) if before > 0.0 else (other, one)


def _asked(path: str, lines: Sequence[Line], low: float | None, high: float | None) -> Parameter:
    """Return a number of some lines as a parameter."""
    ranges: dict[str, Range] = {}
    units: dict[str, str] = {}
    for line in lines:
        wanted = called(path, line)
        for number in numbers(line):
            key, value = f"{number.where}.{number.quantity}", number.value
            units[path if key == wanted else key] = value.unit
            least, most = (value.low if low is None else low), (value.high if high is None else high)
            if key != wanted or least is None or most is None:
                continue
            before = ranges[line.name].paths if line.name in ranges else ()
            ranges[line.name] = Range((*before, number.path), least, value.value, most)
    _known("number", path, list(units))
    if not ranges:
        text = f"'{path}' has no range: say where to look, with both ends"
        raise InputError([Issue("sensitivity", 1, 1, text)])
    return Parameter(path, units[path], ("", ""), ranges)


def _roots(function: Callable[[Floats], Floats], span: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the zeros of a function, and its value at the step before each."""
    places = np.linspace(*span, STEPS + 1)
    values = function(places)
    before, after = values[:-1], values[1:]
    with np.errstate(invalid="ignore"):
        crossing = (before != 0.0) & np.isfinite(before * after) & (before * after <= 0.0)
    ends = places[:-1][crossing], places[1:][crossing]
    return _root(function, ends, 1e-9) if crossing.any() else ends[0], before[crossing]


def _root(function: Callable[..., Floats], ends: tuple[Floats, Floats], tolerance: float, *given: Any) -> Floats:
    """Return the zeros of a function between pairs of ends, to a relative tolerance."""
    from scipy.optimize.elementwise import find_root

    found: Floats = find_root(function, ends, args=given, tolerances={"xrtol": tolerance}).x
    return found


# -- what must be true -------------------------------------------------------------------------------------------------

REACHED = ("parameter", "title", "unit", "low", "value", "high", "at_low", "at_high", "needed", "together")


def reach(line: Line, goal: float, *, kpi: str = COST) -> pd.DataFrame:
    """Return what must be true for a line to reach a cost, or another indicator to fall to a goal.

    Parameters
    ----------
    goal : float
        Wanted value of the indicator, in its unit.

    Returns
    -------
    DataFrame
        One row for every number with a range, the most helpful first: parameter, title, unit, low, value, high,
        at_low, at_high (the indicator with this number alone at an end of its range), needed (the value at which this
        number alone reaches the goal; nan if none in its range does) and together (the indicator with this number and
        all rows above it at their good ends).
    """
    kpi_named(kpi)
    it = response(line, parameters([line]))
    count = len(it.parameters)
    ends = np.tile(it.modes, (2 * count + 1, 1))
    lows, highs = np.array([item.low for item in it.ranges]), np.array([item.high for item in it.ranges])
    ends[np.arange(count), np.arange(count)] = lows
    ends[count + np.arange(count), np.arange(count)] = highs
    found = expected_kpis(it, ends, [kpi])[:, 0]
    at_low, at_high, now = found[:count], found[count:-1], float(found[-1])
    better = np.fmin(np.fmin(at_low, at_high), now)
    order = np.argsort(better, kind="stable")
    good = np.where(at_low <= np.fmin(at_high, now), lows, np.where(at_high < now, highs, it.modes))
    steps = np.tile(it.modes, (count, 1))
    for row, index in enumerate(order):
        steps[row:, index] = good[index]
    together = expected_kpis(it, steps, [kpi])[:, 0]
    needed = np.full(count, np.nan)
    alone = np.flatnonzero(better <= goal) if goal < now else np.empty(0, dtype=int)
    needed[alone] = _needed(it, alone, goal, kpi, good[alone])
    rows = []
    titles = _titles(line)
    for index, both in zip(order, together, strict=True):
        own, parameter = it.ranges[index], it.parameters[index]
        figures = (own.low, own.mode, own.high, at_low[index], at_high[index], needed[index], both)
        rows.append((parameter.key, titles[parameter.key], parameter.unit, *figures))
    frame = pd.DataFrame(rows, columns=list(REACHED))
    frame.attrs["now"] = now
    return frame


def _needed(it: Response, which: NDArray[np.intp], goal: float, kpi: str, ends: Floats) -> Floats:
    """Return the value of each of some numbers at which it alone reaches the goal, between today's and its good end."""

    def gap(alone: Floats, index: NDArray[np.intp]) -> Floats:
        values = np.tile(it.modes, (len(alone), 1))
        values[np.arange(len(alone)), index] = alone
        return expected_kpis(it, values, [kpi])[:, 0] - goal

    return _root(gap, (it.modes[which], ends), 1e-6, which) if which.size else ends
