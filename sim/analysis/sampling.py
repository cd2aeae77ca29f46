"""Samples of uncertain parameters: even points of the unit cube, tied together by a copula, made numbers of a law."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLERS", "Cube", "tied", "triangular", "uniform", "unit_cube"]

Floats = NDArray[np.float64]

SAMPLERS = ("sobol", "latin_hypercube", "random")

BLOCK = 20
"""Coordinates of one Sobol' sequence; so few have no bad pairs."""

_EDGE = 2.0**-33
"""Distance that points keep from the faces of the unit cube, where the normal law has no number."""


class Cube:
    """Points of the unit cube, made when they are asked for: of a million only those at hand are kept.

    Parameters
    ----------
    samples : int
        Number of points.
    names : sequence of str
        What the coordinates are called.
    sampler : str
        `sobol` (scrambled after Owen; evenest for powers of two), `latin_hypercube` (which is kept whole) or `random`.
    seed : int
        Any whole number from 0; the same seed gives the same points.

    Raises
    ------
    ValueError
        If the sampler is unknown.

    Notes
    -----
    With as many coordinates as points, some pairs of a Sobol' sequence are all but one line (correlations of 0.9 among
    750 coordinates of 512 points). So coordinates come in blocks of `BLOCK`, each a sequence of its own whose points
    are shuffled: a Latin supercube (Owen). A coordinate of a latin hypercube depends on the seed and its own name
    alone, whatever others there are.

    References
    ----------
    I. M. Sobol', USSR Comput. Math. Math. Phys. 7, 86 (1967). A. B. Owen, ACM Trans. Model. Comput. Simul. 8, 71
    (1998).
    M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21, 239 (1979).
    """

    def __init__(self, samples: int, names: Sequence[str], *, sampler: str, seed: int) -> None:
        if sampler not in SAMPLERS:
            raise ValueError(f"unknown sampler '{sampler}'; allowed are {', '.join(SAMPLERS)}")
        self._size, self._seed = len(names), seed
        self._strata = np.empty((samples, len(names) if sampler == "latin_hypercube" else 0))
        self._sequences: list[_Sequence] = []
        if sampler == "latin_hypercube":
            for index, name in enumerate(names):
                self._strata[:, index] = _strata(samples, name, seed)
        if sampler == "sobol":
            generator = np.random.default_rng(seed)
            sizes = [min(BLOCK, len(names) - start) for start in range(0, len(names), BLOCK)]
            self._sequences = [_Sequence(samples, size, generator) for size in sizes]
            for sequence in self._sequences[1:]:
                sequence.order = generator.permutation(samples).astype(np.uint32)

    def rows(self, start: int, stop: int) -> Floats:
        """Return the points from one number up to another, an array of shape (*stop* - *start*, coordinates)."""
        if not self._size:
            return np.empty((stop - start, 0))
        if self._strata.size:
            found = self._strata[start:stop]
        elif self._sequences:
            found = np.empty((stop - start, self._size))
            for number, sequence in enumerate(self._sequences):
                found[:, number * BLOCK : (number + 1) * BLOCK] = sequence.rows(start, stop)
        else:
            bits = np.random.PCG64(self._seed)
            bits.advance(start * self._size)
            found = np.random.Generator(bits).random((stop - start, self._size))
        return np.clip(found, _EDGE, 1.0 - _EDGE)


class _Sequence:
    """A scrambled Sobol' sequence whose points can be had in any order.

    Its k-th point is the exclusive or of its first one and of direction numbers, one for every bit of the Gray code of
    k. scipy makes points in their own order only, so the numbers are read off those that have one such bit.
    """

    def __init__(self, samples: int, size: int, generator: np.random.Generator) -> None:
        from scipy.stats import qmc

        engine = qmc.Sobol(size, scramble=True, rng=generator)
        points = [_next(engine)]
        for bit in range(max(1, (samples - 1).bit_length())):
            # the Gray code of 2^(bit + 1) - 1 is 2^bit
            engine.fast_forward(2 ** (bit + 1) - 1 - engine.num_generated)
            points.append(_next(engine))
        self._first = points[0]
        self._directions = [point ^ points[0] for point in points[1:]]
        self.order: NDArray[np.uint32] | None = None
        """In which order the points are taken; None: their own."""

    def rows(self, start: int, stop: int) -> Floats:
        """Return some of the points."""
        place = np.arange(start, stop, dtype=np.uint32) if self.order is None else self.order[start:stop]
        gray = place ^ (place >> np.uint32(1))
        found = np.tile(self._first, (len(place), 1))
        for bit, direction in enumerate(self._directions):
            found[(gray >> np.uint32(bit)) & np.uint32(1) == 1] ^= direction
        return found / _SCALE


_SCALE = 2.0**30
"""What scipy's points of a Sobol' sequence are whole numbers over."""


def _next(engine: Any) -> NDArray[np.uint32]:
    with warnings.catch_warnings():
        # any number of points is allowed: the first of a sequence, evenest at powers of two
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(engine.random(1)[0] * _SCALE, dtype=np.uint32)


def _strata(samples: int, name: str, seed: int) -> Floats:
    """Return a number in each of so many equal parts of the unit interval, in an order of its own."""
    generator = np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")])
    return (generator.permutation(samples) + generator.random(samples)) / samples


def unit_cube(samples: int, names: Sequence[str], *, sampler: str, seed: int) -> Floats:
    """Return all points of a `Cube`, an array of shape (samples, coordinates)."""
    return Cube(samples, names, sampler=sampler, seed=seed).rows(0, samples)


def tied(points: Floats, correlation: Floats) -> Floats:
    """Move points so that they have the dependence of a Gaussian copula; every coordinate by itself stays uniform.

    u' = Phi(L Phi**-1(u)), L L' = correlation

    A coordinate is moved by those before it only. The points are moved where they are, and returned.

    Parameters
    ----------
    points : ndarray of shape (samples, parameters)
        Independent points of the unit cube.
    correlation : ndarray of shape (parameters, parameters)
        Positive definite, with ones on the diagonal.
    """
    bound = np.flatnonzero((correlation != np.eye(len(correlation))).any(axis=1))
    if not bound.size:
        return points
    from scipy.special import ndtr, ndtri

    factor = _cholesky(correlation[np.ix_(bound, bound)])
    normal = ndtri(points[:, bound])
    moved = np.zeros_like(normal)
    for column, weights in enumerate(factor.T):
        # one coordinate after the other: the order in a product of matrices hangs on processor and cores
        there = np.flatnonzero(weights)
        moved[:, there] += normal[:, column, None] * weights[there]
    points[:, bound] = ndtr(moved)
    return points


def _cholesky(matrix: Floats) -> Floats:
    """Return the lower L with L L' = *matrix*, by plain operations in an order that hangs on no processor and cores."""
    rest, factor = matrix.copy(), np.zeros_like(matrix)
    for k in range(len(matrix)):
        factor[k:, k] = rest[k:, k] / np.sqrt(rest[k, k])
        rest[k + 1 :, k + 1 :] -= factor[k + 1 :, k, None] * factor[k + 1 :, k]
    return factor


def triangular(probability: Floats, low: float, mode: float, high: float) -> Floats:
    """Return the quantiles of a triangular law.

    low + sqrt(p (high - low) (mode - low)) up to the mode, high - sqrt((1 - p) (high - low) (high - mode)) above it

    >>> triangular(np.array([0.0, 0.5, 1.0]), 2.0, 3.0, 4.0).tolist()
    [2.0, 3.0, 4.0]
    """
    width = high - low
    below = low + np.sqrt(probability * width * (mode - low))
    above = high - np.sqrt((1.0 - probability) * width * (high - mode))
    found: Floats = np.where(probability * width <= mode - low, below, above)
    return np.clip(found, low, high)


def uniform(probability: Floats, low: float, high: float) -> Floats:
    """Return the quantiles of a uniform law."""
    return low + probability * (high - low)
