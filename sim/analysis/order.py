"""The order of lines under doubt: how often each is the cheapest, what would turn that, and what is worth knowing.

Lines that may be compared are sampled with the same draws, so the k-th sample of each is the same world. What a number
does to the difference of two lines is read off its influence, the costs of both with the number at either end of its
range and all others as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.responses import Response, expected_kpis
from sim.inputs import worst
from sim.results import Kpis, Results, least, records
from sim.study import Parameter

__all__ = ["Sampled", "comparable", "deciding", "pairs", "switches"]

Floats = NDArray[np.float64]

COST = Kpis.cost_per_unit.name

LISTED = 25
"""Numbers that are listed for a difference."""
BINS, SHUFFLES = 16, 16
"""Parts into which samples are sorted by a number; times that this is done by chance instead."""
BLOCKS = 32
"""Parts of the samples, each of which is left out once to see how far a share scatters."""
GRID = 33
"""Values between two ends among which a switch is sought."""
ALONG = 9
"""Values of the first of two numbers at which the second is sought."""

FACTORS: Mapping[str, str] = {
    "capital": "prices of equipment",
    "footprints": "floor areas of machines",
    "repairs": "repair times",
    "yields": "yields that were guessed alike",
}
"""Common factors in plain words."""


@dataclass(frozen=True)
class Sampled:
    """A line, its samples, and what its numbers do one at a time."""

    response: Response
    values: Floats
    """Of its parameters, in the first `RANKED` samples."""
    cost: Floats
    """In every sample [USD/unit]."""
    ratio: float
    """Simulated over expected cost of the line as it is [1]."""
    influence: pd.DataFrame
    """Of the line, see `sim.analysis.influence`."""

    @property
    def name(self) -> str:
        """Name of the line."""
        return self.response.line.name

    def effects(self) -> dict[str, _Effect]:
        """Return what every parameter does to the cost by itself, by its path."""
        columns = {parameter.key: index for index, parameter in enumerate(self.response.parameters)}
        found = {}
        for row in records(self.influence):
            key = f"{row.where}.{row.quantity}"
            if key in columns and np.isfinite(row.swing_usd_per_unit) and row.swing_usd_per_unit > 0.0:
                costs = self.ratio * (np.array([row.cost_low, row.cost, row.cost_high]) - row.cost)
                ends = np.array([row.low, row.value, row.high])
                found[key] = _Effect(row.title, row.unit, row.grade, ends, costs, self.values[:, columns[key]])
        return found


@dataclass(frozen=True)
class _Effect:
    """What one number does to the cost of one line."""

    title: str
    unit: str
    grade: str
    ends: Floats
    """Low end, value and high end of its range."""
    change: Floats
    """Of the cost there [USD/unit]."""
    values: Floats
    """In the first samples."""

    @property
    def made(self) -> Floats:
        """What it adds to the cost in each of these [USD/unit]."""
        return np.interp(self.values, *_rising(self.ends, self.change))


def _rising(ends: Floats, change: Floats) -> tuple[Floats, Floats]:
    """Return ends and changes without an end that is the value itself."""
    kept = np.concatenate([[True], np.diff(ends) > 0.0])
    return ends[kept], change[kept]


def comparable(lines: Iterable[Sampled], keys: Mapping[str, Hashable]) -> list[list[Sampled]]:
    """Return the lines that may be compared, two or more together; what they must share is *keys*, by their names.

    The one that is the cheapest most often comes first; of equals that with the lower median.
    """
    groups: dict[Hashable, list[Sampled]] = {}
    for line in lines:
        groups.setdefault(keys[line.name], []).append(line)
    found = []
    for group in groups.values():
        if len(group) > 1:
            often = least(np.column_stack([line.cost for line in group]))
            middle = np.array([np.nanmedian(line.cost) if np.isfinite(line.cost).any() else np.inf for line in group])
            found.append([group[index] for index in np.lexsort((middle, -often))])
    return found


# -- what the difference rests on --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cause:
    """A number, or numbers that go up and down together, and what they add to the difference in every sample."""

    key: str
    title: str
    numbers: int
    grade: str
    made: Floats
    rises: float
    """Above 0 if the difference grows with the number."""


def deciding(groups: Sequence[Sequence[Sampled]]) -> pd.DataFrame:
    """Return what the difference between the two lines that are cheapest most often rests on.

    Notes
    -----
    The difference D of a sample is, but for what numbers do together, the sum of what each adds by itself, c. The
    share of a number is cov(c, D) / var(D) [1]; its interval is that of a jackknife over blocks of samples, and a
    number whose interval holds zero is left out. Numbers of one common factor count as one.

    Once a number is known, the line that is named is the one that is cheapest most often at its value. The chance that
    this is right, less that without knowing, is the value of the knowledge where a wrong choice costs one [2]; samples
    are sorted by what the number adds and cut into bins, and what sorting by chance brings is taken off.

    References
    ----------
    [1] G. Li, H. Rabitz et al., J. Phys. Chem. A 114, 6022 (2010). [2] M. Strong, J. E. Oakley, Med. Decis. Making 33,
    755 (2013).
    """
    rows = []
    for group in groups:
        table = np.column_stack([line.cost[: len(line.values)] for line in group])
        whole = np.isfinite(table).all(axis=1)
        if np.count_nonzero(whole) < 2 * BINS:
            continue
        table = table[whole]
        gap = table[:, 1] - table[:, 0]
        found = []
        for cause in _causes(group[0], group[1]):
            made = cause.made[whole]
            share, half = _share(made, gap)
            if np.isfinite(share) and abs(share) > half:
                found.append((cause, made, share, half))
        found.sort(key=lambda item: -abs(item[2]))
        best = table <= table.min(axis=1, keepdims=True)
        for cause, made, share, half in found[:LISTED]:
            effect = float(made.std(ddof=1)) * (-1.0 if cause.rises < 0.0 else 1.0)
            told = (cause.key, cause.title, cause.numbers, cause.grade)
            rows.append(
                (group[0].name, group[1].name, *told, share, share - half, share + half, effect, _known(made, best))
            )
    return Results.deciding.frame(rows)


def _causes(line: Sampled, other: Sampled) -> Iterator[_Cause]:
    own, theirs = line.effects(), other.effects()
    parameters = {item.key: item for one in (line, other) for item in one.response.parameters}
    bound: dict[tuple[str, str], list[str]] = {}
    for key in dict.fromkeys((*own, *theirs)):
        bound.setdefault(parameters[key].group if parameters[key].group[0] else ("", key), []).append(key)
    for (factor, _), keys in bound.items():
        parts = [_difference(own.get(key), theirs.get(key)) for key in keys]
        told = [own.get(key) or theirs[key] for key in keys]
        made = np.sum([part for part, _ in parts], axis=0)
        title = told[0].title if len(keys) == 1 else FACTORS[factor]
        name = keys[0] if len(keys) == 1 else f"{factor}: {_reason(parameters[keys[0]])}".removesuffix(": ")
        yield _Cause(name, title, len(keys), worst([item.grade for item in told]), made, sum(rise for _, rise in parts))


def _reason(parameter: Parameter) -> str:
    return parameter.group[1]


def _difference(own: _Effect | None, theirs: _Effect | None) -> tuple[Floats, float]:
    """Return what a number adds to the difference in every sample, and by how much more at its high end."""
    plus = (theirs.made, theirs.change[2] - theirs.change[0]) if theirs else (0.0, 0.0)
    minus = (own.made, own.change[2] - own.change[0]) if own else (0.0, 0.0)
    return np.asarray(plus[0] - minus[0]), float(plus[1] - minus[1])


def _share(made: Floats, gap: Floats) -> tuple[float, float]:
    """Return cov(made, gap) / var(gap) and half of its 95 % interval."""
    blocks = np.arange(len(gap)) * BLOCKS // len(gap)

    def sums(values: Floats) -> Floats:
        return np.bincount(blocks, weights=values, minlength=BLOCKS).astype(float)

    counts, x, y = sums(np.ones(len(gap))), sums(made), sums(gap)
    xy, yy = sums(made * gap), sums(gap * gap)

    def of(n: Floats, x: Floats, y: Floats, xy: Floats, yy: Floats) -> Floats:
        return np.asarray((xy - x * y / n) / (yy - y * y / n))

    with np.errstate(divide="ignore", invalid="ignore"):
        share = float(of(*(np.array([item.sum()]) for item in (counts, x, y, xy, yy)))[0])
        without = of(*(item.sum() - item for item in (counts, x, y, xy, yy)))
    spread = float(np.sqrt((BLOCKS - 1) / BLOCKS * ((without - without.mean()) ** 2).sum()))
    return share, 1.96 * spread


def _known(made: Floats, best: NDArray[np.bool_]) -> float:
    """Return the chance to name the cheapest line once what a number adds is known [1]."""
    right = best / best.sum(axis=1, keepdims=True)
    blind = float(right.mean(axis=0).max())
    bins = np.arange(len(made)) * BINS // len(made)

    def named(order: NDArray[np.intp]) -> float:
        chances = np.array([right[order[bins == number]].mean(axis=0).max() for number in range(BINS)])
        return float(chances.mean())

    random = np.random.default_rng(0)
    by_chance = np.mean([named(random.permutation(len(made))) for _ in range(SHUFFLES)])
    return min(1.0, blind + max(0.0, named(np.argsort(made, kind="stable")) - float(by_chance)))


# -- what turns the order ----------------------------------------------------------------------------------------------


def switches(groups: Sequence[Sequence[Sampled]]) -> pd.DataFrame:
    """Return the values of single numbers at which the cheapest line of a group and another one cost the same.

    All other numbers are as they are; costs are those of the expected ledger times simulated over expected. Numbers
    whose ends do not turn the difference round are taken not to do so in between.
    """
    rows = []
    for group in groups:
        first = group[0]
        for other in group[1:]:
            found = []
            for key, effect in _turning(first, other):
                at = _switch(first, other, key, effect.ends)
                if at is not None:
                    found.append((key, effect, *at))
            found.sort(key=lambda item: (abs(item[2] - item[1].ends[1]) / abs(item[1].ends[1] or 1.0), item[0]))
            for key, effect, switch, above in found:
                low, value, high = effect.ends
                told = (key, effect.title, effect.unit, low, value, high, switch, above, effect.grade)
                rows.append((first.name, other.name, *told))
    return Results.switches.frame(rows)


def _turning(first: Sampled, other: Sampled) -> Iterator[tuple[str, _Effect]]:
    """Yield the numbers at one end of which the other line is on the other side."""
    base = _base(other) - _base(first)
    own, theirs = first.effects(), other.effects()
    for key in dict.fromkeys((*own, *theirs)):
        gaps = base + _ends(theirs.get(key)) - _ends(own.get(key))
        if (np.sign(gaps) != np.sign(base)).any():
            yield key, own.get(key) or theirs[key]


def _base(line: Sampled) -> float:
    costs = line.influence["cost"]
    return line.ratio * float(costs.iloc[0]) if len(costs) else np.nan


def _ends(effect: _Effect | None) -> Floats:
    return effect.change if effect else np.zeros(3)


def _gap(first: Sampled, other: Sampled, moved: Mapping[str, Floats]) -> Floats:
    """Return the cost of the other line less that of the first where some numbers have other values [USD/unit]."""
    costs = []
    for line in (first, other):
        it = line.response
        count = len(next(iter(moved.values())))
        values = np.tile(it.modes, (count, 1))
        for index, parameter in enumerate(it.parameters):
            if parameter.key in moved:
                values[:, index] = moved[parameter.key]
        costs.append(line.ratio * expected_kpis(it, values, [COST])[:, 0])
    return np.asarray(costs[1] - costs[0])


def _switch(first: Sampled, other: Sampled, key: str, ends: Floats) -> tuple[float, str] | None:
    """Return where the lines change places nearest to the value as it is, and which is cheaper above."""
    points = np.unique(np.concatenate([np.linspace(ends[0], ends[1], GRID), np.linspace(ends[1], ends[2], GRID)]))
    gaps = _gap(first, other, {key: points})
    found = _crossings(points, gaps)
    if not found:
        return None
    at, rising = min(found, key=lambda item: abs(item[0] - ends[1]))
    return at, first.name if rising else other.name


def _crossings(points: Floats, gaps: Floats) -> list[tuple[float, bool]]:
    """Return where gaps change their sign, by straight lines between points, and whether they rise there."""
    found = []
    for (x, here), (y, there) in zip(
        zip(points, gaps, strict=True), list(zip(points, gaps, strict=True))[1:], strict=False
    ):
        if np.isfinite([here, there]).all() and (here < 0.0) != (there < 0.0):
            found.append((float(x + (y - x) * here / (here - there)), bool(there > here)))
    return found


def pairs(groups: Sequence[Sequence[Sampled]]) -> pd.DataFrame:
    """Return, for the two numbers that move the difference of the two first lines most, where both cost the same."""
    rows = []
    for group in groups:
        first, other = group[:2]
        own, theirs = first.effects(), other.effects()
        swings = {key: np.ptp(_ends(theirs.get(key)) - _ends(own.get(key))) for key in dict.fromkeys((*own, *theirs))}
        strongest = sorted(swings, key=lambda key: (-swings[key], key))[:2]
        if len(strongest) < 2:
            continue
        ends = [(own.get(key) or theirs[key]).ends for key in strongest]
        along = np.linspace(ends[0][0], ends[0][2], ALONG)
        across = np.linspace(ends[1][0], ends[1][2], GRID)
        grid = np.array(list(product(along, across)))
        gaps = _gap(first, other, {strongest[0]: grid[:, 0], strongest[1]: grid[:, 1]}).reshape(ALONG, GRID)
        lines = [_crossings(across, row) for row in gaps]
        if any(lines):
            for value, found in zip(along, lines, strict=True):
                switch = found[0][0] if found else np.nan
                rows.append((first.name, other.name, strongest[0], value, strongest[1], switch))
    return Results.switch_pairs.frame(rows)
