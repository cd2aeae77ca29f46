"""Samples of uncertain parameters: even points of the unit cube, tied together by a copula, made numbers of a law."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAMPLERS", "tied", "triangular", "uniform", "unit_cube"]

Floats = NDArray[np.float64]

SAMPLERS = ("sobol", "latin_hypercube", "random")

BLOCK = 20
"""Coordinates of one Sobol' sequence; so few have no bad pairs."""

_EDGE = 2.0**-33
"""Distance that points keep from the faces of the unit cube, where the normal law has no number."""


def unit_cube(samples: int, names: Sequence[str], *, sampler: str, seed: int) -> Floats:
    """Return points of the unit cube.

    Parameters
    ----------
    samples : int
        Number of points.
    names : sequence of str
        What the coordinates are called.
    sampler : str
        `sobol` (scrambled after Owen; evenest for powers of two), `latin_hypercube` or `random`.
    seed : int
        Any whole number from 0; the same seed gives the same points.

    Returns
    -------
    ndarray of shape (samples, parameters)

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
    if sampler not in SAMPLERS:
        raise ValueError(f"unknown sampler '{sampler}'; allowed are {', '.join(SAMPLERS)}")
    parameters = len(names)
    if not parameters:
        return np.empty((samples, 0))
    # one array from the start: of many samples a second one may be too much
    found, generator = np.empty((samples, parameters)), np.random.default_rng(seed)
    if sampler == "random":
        generator.random(out=found)
    elif sampler == "latin_hypercube":
        for index, name in enumerate(names):
            found[:, index] = _strata(samples, name, seed)
    else:
        blocks = [slice(start, min(start + BLOCK, parameters)) for start in range(0, parameters, BLOCK)]
        for block in blocks:
            found[:, block] = _sobol(samples, block.stop - block.start, generator)
        for block in blocks[1:]:
            found[:, block] = generator.permutation(found[:, block], axis=0)
    return np.clip(found, _EDGE, 1.0 - _EDGE, out=found)


def _strata(samples: int, name: str, seed: int) -> Floats:
    """Return a number in each of so many equal parts of the unit interval, in an order of its own."""
    generator = np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")])
    return (generator.permutation(samples) + generator.random(samples)) / samples


def _sobol(samples: int, size: int, generator: np.random.Generator) -> Floats:
    from scipy.stats import qmc

    with warnings.catch_warnings():
        # any number of points is allowed: the first of a sequence, evenest at powers of two
        warnings.simplefilter("ignore", UserWarning)
        found: Floats = qmc.Sobol(size, scramble=True, rng=generator).random(samples)
    return found


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
