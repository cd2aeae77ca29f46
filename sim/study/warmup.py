"""The warm-up: how long it takes a line that starts empty to ship as it always will, found by MSER-5."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.engine import Calendar

__all__ = ["Truncation", "common_h", "doubts", "mser", "table", "truncation"]

DAY_H, WEEK_H = 24.0, 168.0
FEWEST = 20
"""Batches below which nothing is said: their scatter is that of single lots."""
LAST = 5
"""Batches that are never all that is left."""
ROUNDING = 1e-12

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where the beginning of a series ends, by MSER-5."""

    time_h: Floats
    """End of every batch [h]."""
    batches: Floats
    """Shipped in every batch, an open day [unit/d]."""
    statistic: Floats
    """MSER statistic if all batches before this one are left out [(unit/d)^2]."""
    cut: int
    """Batches to leave out: those before the least statistic."""

    @property
    def settled(self) -> bool:
        """Whether the series is long enough to tell: it is cut in its first half."""
        return len(self.batches) >= FEWEST and self.cut <= len(self.batches) // 2

    @property
    def cut_h(self) -> float:
        """Time that is left out [h]."""
        return float(self.time_h[self.cut - 1]) if self.cut else 0.0


def mser(values: npt.ArrayLike) -> Floats:
    """Return the statistic of the marginal standard error rule for leaving out the first 0, 1, 2, ... values.

    Formula: sum over i > d of (x_i - mean of these)^2 / (n - d)^2, the squared standard error of the mean of what is
    left. Its least value trades the bias of the beginning against what leaving it out costs in scatter.

    References
    ----------
    K. P. White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69 (1997)
    323-334.

    Examples
    --------
    >>> [round(float(value), 3) for value in mser([0.0, 2.0, 2.0])]
    [0.296, 0.0, 0.0]
    """
    series = np.asarray(values, dtype=float)
    left = np.arange(len(series), 0, -1)
    # from the mean, so that the squares of large numbers do not swallow small scatter
    away = series - series.mean() if len(series) else series
    total = np.cumsum(away[::-1])[::-1]
    squares = np.cumsum((away * away)[::-1])[::-1]
    statistic: Floats = np.maximum(squares - total * total / left, 0.0) / (left * left)
    return statistic


def truncation(timeline: pd.DataFrame, calendar: Calendar) -> Truncation:
    """Return where a line has settled, from the mean of its replications.

    A batch of five periods is a day in which the plant opens. What ships while it is closed counts to the open day
    before, so that Sundays and shutdowns are no part of the scatter. The last few batches are never all that is left:
    such as agree by chance would have the least error.

    Parameters
    ----------
    timeline : DataFrame
        Columns time_h (end of the day) and shipped [unit] of one line from time 0 on.
    calendar : Calendar
        When its plant is open.

    References
    ----------
    K. P. White, M. J. Cobb, S. C. Spratt, A comparison of five steady-state truncation heuristics for simulation,
    Proc. 2000 Winter Simulation Conference, 755-760: batches of five. K. Hoad, S. Robinson, R. Davies, Automating
    warm-up length estimation, J. Oper. Res. Soc. 61 (2010) 1389-1403: on the mean of several replications.
    """
    time, shipped = (timeline[name].to_numpy(dtype=float) for name in ("time_h", "shipped"))
    whole = np.isclose(np.diff(time, prepend=0.0), DAY_H)
    time, shipped = time[whole], shipped[whole]
    batch = np.maximum(np.cumsum(_opened(calendar, time) > 0.0) - 1, 0)
    made = np.bincount(batch, shipped).astype(float)
    ends = time[np.append(np.diff(batch) > 0, True)] if len(batch) else time
    statistic = mser(made)
    some = statistic[: max(1, len(made) - LAST)]
    # what does not scatter at all must not be cut by rounding
    cut = int(np.argmax(some <= some.min() + ROUNDING * some.max())) if len(made) else 0
    return Truncation(ends, made, statistic, cut)


def common_h(found: Iterable[Truncation], longest_h: float) -> float:
    """Return the warm-up of all lines together: the longest, in whole weeks; *longest_h* if one has not settled."""
    lines = list(found)
    if not all(line.settled for line in lines):
        return longest_h
    return min(longest_h, max(WEEK_H * math.ceil(line.cut_h / WEEK_H - 1e-9) for line in lines))


def doubts(found: Mapping[str, Truncation], warm_up_h: float, *, given: bool) -> Iterator[str]:
    """Yield a warning for every line whose warm-up is too short, or cannot be told."""
    days = f"{warm_up_h / DAY_H:.3g} d"
    for name, line in found.items():
        if given and line.settled and line.cut_h > warm_up_h:
            yield f"{name}: the warm-up of {days} is shorter than the {line.cut_h / DAY_H:.3g} d that MSER-5 leaves out"
        elif not line.settled and (not given or len(line.batches) >= FEWEST):
            taken = days if given else f"half of the horizon, {days}"
            yield f"{name}: the run is too short to find out when the line has settled (MSER-5); warm-up: {taken}"


def table(found: Mapping[str, Truncation]) -> pd.DataFrame:
    """Return the series on which the warm-up is judged: line, time_h (end of the day), shipped [unit/d], mser."""
    parts = [
        pd.DataFrame({"line": name, "time_h": it.time_h, "shipped": it.batches, "mser": it.statistic})
        for name, it in found.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _opened(calendar: Calendar, time_h: Floats) -> Floats:
    """Return the open hours between each time and the one before [h]."""
    last = float(time_h[-1]) if len(time_h) else 0.0
    switches = np.array([0.0, *calendar.switches_h, max(last, *calendar.switches_h, 0.0)])
    opens = (np.arange(len(switches) - 1) % 2 == 0) == calendar.open_at_start
    total = np.concatenate([[0.0], np.cumsum(np.diff(switches) * opens)])
    return np.diff(np.interp(time_h, switches, total), prepend=0.0)
