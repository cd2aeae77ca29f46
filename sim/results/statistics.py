"""Statistics over replications: means, confidence intervals and paired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.results.tables import Tables

__all__ = ["Interval", "interval", "paired_difference", "relative_half_width", "student_quantile", "summary"]

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean and the confidence interval around it."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2.0


@lru_cache(maxsize=1024)
def student_quantile(confidence: float, freedom: int) -> float:
    """Return the factor t of a two-sided confidence interval: P(-t < T < t) = confidence.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.
    freedom : int
        Degrees of freedom, 1 or more.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    With whole degrees of freedom the probability is a finite sum of powers of cos(theta), tan(theta) = t/sqrt(n),
    which is inverted by bisection.

    References
    ----------
    M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4.

    Examples
    --------
    >>> round(student_quantile(0.95, 9), 3), round(student_quantile(0.95, 1), 3)
    (2.262, 12.706)
    """
    if not 0.0 < confidence < 1.0 or freedom < 1:
        found = f"{confidence} and {freedom}"
        raise ValueError(f"expected a confidence between 0 and 1 and a freedom of 1 or more, found {found}")
    low, high = 0.0, math.pi / 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if _probability(middle, freedom) < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _probability(theta: float, freedom: int) -> float:
    """Return P(-t < T < t) for t = sqrt(freedom) tan(theta)."""
    cosine, sine = math.cos(theta), math.sin(theta)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for number in range(2 if odd else 1, freedom - 1, 2):
        term *= cosine * cosine * number / (number + 1)
        total += term
    return (theta + sine * total) * 2.0 / math.pi if odd else sine * total


def interval(values: Sequence[float] | np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of independent values and its confidence interval after Student.

    Parameters
    ----------
    values : array-like of shape (n,)
        One value per replication.
    confidence : float, default=0.95
        Chance that the interval holds the true mean [1].

    Returns
    -------
    Interval
        low and high are nan for fewer than two values; all are nan if any value is.

    Examples
    --------
    >>> [round(value, 3) for value in interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    numbers = np.asarray(values, dtype=float)
    count = len(numbers)
    mean = float(numbers.mean()) if count else math.nan
    if count < 2:
        return Interval(mean, math.nan, math.nan)
    half = student_quantile(confidence, count - 1) * float(numbers.std(ddof=1)) / math.sqrt(count)
    return Interval(mean, mean - half, mean + half)


def paired_difference(
    one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray, confidence: float = CONFIDENCE
) -> Interval:
    """Return the mean of *one* less *other*, value by value, and its confidence interval.

    With common random numbers the k-th replications of two lines belong together; their differences scatter less
    than the lines themselves.

    Raises
    ------
    ValueError
        If the two are not of one length.
    """
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if first.shape != second.shape:
        raise ValueError(f"expected as many values of one as of the other, found {len(first)} and {len(second)}")
    return interval(first - second, confidence)


def summary(kpis: pd.DataFrame, *, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Return means and confidence intervals of all KPIs.

    Parameters
    ----------
    kpis : DataFrame
        Columns line, replication, kpi, unit, value.

    Returns
    -------
    DataFrame
        Columns line, kpi, unit, mean, ci_low, ci_high, replications; lines and KPIs in order of appearance.
    """
    rows = []
    for (line, kpi, unit), values in kpis.groupby(["line", "kpi", "unit"], sort=False)["value"]:
        rows.append((line, kpi, unit, *interval(values.to_numpy(), confidence), len(values)))
    return Tables.summary.frame(rows)


def relative_half_width(values: Sequence[float] | np.ndarray, confidence: float = CONFIDENCE) -> float:
    """Return half the width of the confidence interval of a mean over that mean [1].

    It is 0 where nothing scatters, and endless where there is no interval or its middle is 0.

    Examples
    --------
    >>> round(relative_half_width([1.0, 2.0, 3.0]), 3), relative_half_width([2.0, 2.0]), relative_half_width([2.0])
    (1.242, 0.0, inf)
    """
    found = interval(values, confidence)
    if found.half_width == 0.0:
        return 0.0
    share = found.half_width / abs(found.mean) if found.mean else math.inf
    return math.inf if math.isnan(share) else share
