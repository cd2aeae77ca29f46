"""Quantile tables of laws without a formula for their quantiles: gamma (and with it Erlang) and beta (with PERT).

A table gives the quantile as a function of the *normal score* z of a probability, Phi(z) = u, because in z the
quantiles of all these laws are smooth, far out in both tails as well. Knot i stands at z = i / `PER_SCORE` - `REACH`,
and the table holds two numbers for each: the quantile and its slope per step between knots,

    value 0, slope 0, value 1, slope 1, ..., value `KNOTS` - 1, slope `KNOTS` - 1

Between the knots runs the cubic with these values and slopes (Hermite); slopes are held below three times the rise on
either side, so that it never falls (F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17, 238 (1980)). Over the
range of all draws it is true to 5e-6 of the mean (gamma) or of the width (beta) for shapes of 0.1, to 2e-8 for shapes
of 1/2, and to 1e-9 for shapes of 1 or more.

Tables are made of the operations of `sim.engine.arithmetic` alone, so they are the same on every machine: the density
is integrated on the scale where it has one peak and falls off smoothly, log x or log x / (1 - x), by three-point Gauss
rules, from either end so that tails keep their digits, and inverted by Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from sim.engine.arithmetic import INVERSE_SQRT_2_PI, Floats, exp, inverse_normal, log, log_of

__all__ = ["KNOTS", "PER_SCORE", "REACH", "beta_table", "gamma_table", "looked_up"]

PER_SCORE = 32.0
"""Knots per unit of z."""

REACH = 8.25
"""z of the last knot; the most extreme draws, 2**-53 away from 0 and 1, lie at 8.21."""

KNOTS = 529
"""Number of knots."""

Density = Callable[[Floats], Floats]

_FAINT = 60.0
"""Where the logarithm of a density is this far below its peak, it has ended."""
_CELLS = 256
"""Cells on either side of a peak."""
_NODES = ((-0.7745966692414834, 5.0 / 9.0), (0.0, 8.0 / 9.0), (0.7745966692414834, 5.0 / 9.0))
"""Gauss-Legendre rule of three points."""
_STEPS = 6
"""Newton steps; each doubles the digits of a guess inside of a cell."""


@lru_cache(maxsize=256)
def gamma_table(shape: float) -> Floats:
    """Return the table of the gamma law of mean 1, which nobody may write to.

    Parameters
    ----------
    shape : float
        From 0.1 to 1e6 [1].

    Examples
    --------
    >>> table = gamma_table(4.0)
    >>> len(table), round(float(table[KNOTS - 1]), 4)
    (1058, 0.918)
    """
    # y = log x: shape (y - exp y), with its peak at y = 0
    y, density = _solved(lambda y: shape * (y - exp(y)), 0.0)
    x = exp(y)
    return _table(x, x / density)


@lru_cache(maxsize=256)
def beta_table(alpha: float, beta: float) -> Floats:
    """Return the table of the beta law on 0 to 1, which nobody may write to.

    Parameters
    ----------
    alpha, beta : float
        From 0.1, with a sum of at most 1e6 [1].

    Examples
    --------
    >>> round(float(beta_table(2.0, 2.0)[KNOTS - 1]), 12)
    0.5
    """

    # y = log x / (1 - x): -alpha log(1 + exp -y) - beta log(1 + exp y)
    def log_density(y: Floats) -> Floats:
        small = log(1.0 + exp(-np.abs(y)))
        return -(alpha * (small + np.maximum(-y, 0.0)) + beta * (small + np.maximum(y, 0.0)))

    y, density = _solved(log_density, log_of(alpha / beta))
    x, rest = 1.0 / (1.0 + exp(-y)), 1.0 / (1.0 + exp(y))
    return _table(x, x * rest / density)


def looked_up(table: Floats, u: Floats) -> Floats:
    """Return the quantiles of a table at probabilities *u* strictly between 0 and 1.

    Notes
    -----
    place = (z + `REACH`) `PER_SCORE`, i = floor(place), t = place - i; with the values y0, y1 and slopes d0, d1 of the
    knots i and i + 1:
    rise = y1 - y0, b = (d0 + d1) - (rise + rise), a = (rise - d0) - b, y = y0 + t (d0 + t (a + t b)),
    and no less than y0, no more than y1.
    """
    place = (inverse_normal(u) + REACH) * PER_SCORE
    knot = np.floor(place)
    t = place - knot
    index = 2 * knot.astype(np.int64)
    y0, d0, y1, d1 = table[index], table[index + 1], table[index + 2], table[index + 3]
    rise = y1 - y0
    b = (d0 + d1) - (rise + rise)
    a = (rise - d0) - b
    return np.minimum(np.maximum(y0 + t * (d0 + t * (a + t * b)), y0), y1)


def _table(values: Floats, per_density: Floats) -> Floats:
    """Return the table of quantiles and of what their slope is over the density of z."""
    slopes = per_density * exp(-0.5 * (_SCORES * _SCORES)) * (INVERSE_SQRT_2_PI / PER_SCORE)
    most = 3.0 * np.diff(values)
    slopes[1:] = np.minimum(slopes[1:], most)
    slopes[:-1] = np.minimum(slopes[:-1], most)
    table: Floats = np.column_stack([values, slopes]).ravel()
    table.flags.writeable = False
    return table


def _solved(log_density: Density, peak: float) -> tuple[Floats, Floats]:
    """Return for every knot where a law has the knot's probability below it, and its density there."""
    lower, density = _lower_half(log_density, peak)
    upper, other = _lower_half(lambda y: log_density(-y), -peak)
    return np.concatenate([lower, -upper[-2::-1]]), np.concatenate([density, other[-2::-1]])


def _lower_half(log_density: Density, peak: float) -> tuple[Floats, Floats]:
    """Return the same for the knots up to the median."""
    top = log_density(np.array([peak]))

    def density(y: Floats) -> Floats:
        return exp(log_density(y) - top)

    distance = _FIRST * np.cumprod(np.full(_GROWTHS, _GROWTH))
    ends = [peak + sign * distance[np.argmax(log_density(peak + sign * distance) < top - _FAINT)] for sign in (-1, 1)]
    parts = np.arange(_CELLS + 1) / _CELLS
    edges = np.concatenate([ends[0] + (peak - ends[0]) * parts, peak + (ends[1] - peak) * parts[1:]])
    below = np.concatenate([[0.0], np.cumsum(_integrals(density, edges[:-1], edges[1:]))])
    wanted = _BELOW * below[-1]
    cell = np.searchsorted(below, wanted) - 1
    left, right, missing = edges[cell], edges[cell + 1], wanted - below[cell]
    y = left + (right - left) * (missing / (below[cell + 1] - below[cell]))
    for _ in range(_STEPS):
        y = np.minimum(np.maximum(y - (_integrals(density, left, y) - missing) / density(y), left), right)
    return y, density(y) / below[-1]


def _integrals(density: Density, left: Floats, right: Floats) -> Floats:
    """Return the integrals over many short stretches."""
    middle, half = 0.5 * (left + right), 0.5 * (right - left)
    first, second, third = (weight * density(middle + node * half) for node, weight in _NODES)
    return half * (first + second + third)


def _normal_below() -> Floats:
    """Return the share of the normal law below every knot up to the median, true to its last digits in the tail."""
    beyond = int(4.75 * PER_SCORE)
    z = np.arange(-int(REACH * PER_SCORE) - beyond, 1) / PER_SCORE
    shares = np.cumsum(_integrals(lambda z: exp(-0.5 * (z * z)) * INVERSE_SQRT_2_PI, z[:-1], z[1:]))
    return shares[beyond - 1 :]


_FIRST, _GROWTH, _GROWTHS = 0.001, 1.25, 60
"""Distances from a peak at which the end of a density is looked for."""

_SCORES = np.arange(KNOTS) / PER_SCORE - REACH
_BELOW = _normal_below()
