"""Sensitivity: which uncertain parameters matter, by screening (Morris), by variance (Sobol') and by rank (Spearman).

All methods take any function of points of the unit cube. For a line that is an indicator of its expected ledger with
every parameter at that quantile of its range, independent of the others.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["COLUMNS", "METHODS", "morris", "screened", "sobol", "spearman"]

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
"""Of points of the unit cube, of shape (samples, parameters); nan where it has no value."""

METHODS = ("morris", "sobol", "spearman")

COLUMNS = ("parameter", "method", "value", "low", "high")
"""`method` is morris (mean absolute elementary effect), sobol_first, sobol_total or spearman; low and high are the ends
of its 95 % interval."""

LEVELS = 4
"""Levels of the grid that Morris' trajectories walk on."""


def morris(function: Function, names: Sequence[str], *, trajectories: int, seed: int) -> pd.DataFrame:
    """Screen parameters by their elementary effects.

    mu* = mean over trajectories of |f(x + delta e_i) - f(x)| / delta, delta = 2/3 of the range

    Parameters
    ----------
    function : callable
        See `Function`; called once, with trajectories x (parameters + 1) points.
    names : sequence of str
        Of the parameters.
    trajectories : int
        2 or more.

    Returns
    -------
    DataFrame
        See `COLUMNS`; values in the unit of the function, for the whole width of a range.

    References
    ----------
    M. D. Morris, Technometrics 33, 161 (1991). F. Campolongo et al., Environ. Model. Softw. 22, 1509 (2007).
    """
    if not names:
        return pd.DataFrame(columns=list(COLUMNS))
    from SALib.analyze import morris as morris_analysis
    from SALib.sample import morris as morris_sample

    problem = _problem(names)
    points = morris_sample.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    kept, results = _whole(points, function(points), len(names) + 1)
    found = morris_analysis.analyze(problem, kept, results, num_levels=LEVELS, seed=seed)
    effect, half = np.asarray(found["mu_star"], dtype=float), np.asarray(found["mu_star_conf"], dtype=float)
    return _frame(names, "morris", effect, np.maximum(0.0, effect - half), effect + half)


def sobol(function: Function, names: Sequence[str], *, samples: int, seed: int) -> pd.DataFrame:
    """Share the variance of a function out among its parameters.

    First order: V(E(f | x_i)) / V(f), what would vanish if x_i were known. Total: 1 - V(E(f | all but x_i)) / V(f),
    what would remain if all but x_i were known.

    Parameters
    ----------
    function : callable
        See `Function`; called once, with samples x (parameters + 2) points.
    names : sequence of str
        Of the parameters.
    samples : int
        A power of two.

    Returns
    -------
    DataFrame
        See `COLUMNS`, with the methods sobol_first and sobol_total [1]; intervals by bootstrap.

    References
    ----------
    A. Saltelli et al., Comput. Phys. Commun. 181, 259 (2010).
    """
    if not names:
        return pd.DataFrame(columns=list(COLUMNS))
    from SALib.analyze import sobol as sobol_analysis
    from SALib.sample import sobol as sobol_sample

    problem = _problem(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SALib, about its own arguments
        points = sobol_sample.sample(problem, samples, calc_second_order=False, seed=seed)
    _, results = _whole(points, function(points), len(names) + 2)
    # SALib takes a seed of 0 for none
    found = sobol_analysis.analyze(problem, results, calc_second_order=False, seed=seed + 1)
    frames = []
    for method, key in (("sobol_first", "S1"), ("sobol_total", "ST")):
        share, half = np.asarray(found[key], dtype=float), np.asarray(found[f"{key}_conf"], dtype=float)
        frames.append(_frame(names, method, share, share - half, share + half))
    return pd.concat(frames, ignore_index=True)


def spearman(values: Floats, results: Floats, names: Sequence[str]) -> pd.DataFrame:
    """Correlate ranks of parameters with ranks of a result; parameters that do not vary are left out.

    Parameters
    ----------
    values : ndarray of shape (samples, parameters)
        Of the parameters; may be correlated.
    results : ndarray of shape (samples,)
        nan where there is none.

    Notes
    -----
    The interval is that of Fisher's transform, with the variance 1.06 / (n - 3) of ranks (Fieller et al., Biometrika
    44, 470, 1957); n is the number of different values of the parameter.
    """
    from scipy.stats import rankdata

    there = np.isfinite(results)
    known = values[there]
    right, left = rankdata(results[there]), rankdata(known, axis=0)
    if not right.size or (right == right[0]).all():
        return pd.DataFrame(columns=list(COLUMNS))
    right, left = right - right.mean(), left - left.mean(axis=0)
    # sums in the order of the samples: a product of matrices hangs on the number of cores
    both = np.sqrt((left * left).sum(axis=0) * (right * right).sum())
    joint = (left * right[:, None]).sum(axis=0)
    counts = 1 + (np.diff(np.sort(known, axis=0), axis=0) != 0.0).sum(axis=0)
    rows = []
    for name, count, up, whole in zip(names, counts, joint, both, strict=True):
        if count < 4:
            continue
        rho = float(np.clip(up / whole, -1.0, 1.0))
        if abs(rho) > 1.0 - 1e-12:
            rows.append((name, "spearman", rho, rho, rho))
            continue
        half = 1.959964 * math.sqrt(1.06 / (int(count) - 3))
        rows.append((name, "spearman", rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def screened(found: pd.DataFrame, few: int) -> tuple[list[str], float]:
    """Return the parameters with the largest elementary effects, and the share of variance that the others leave out.

    The variance of a parameter is taken to grow with the square of its effect.
    """
    order = found.sort_values("value", ascending=False, kind="stable")
    names = [str(name) for name in order["parameter"][:few]]
    squares = order["value"].to_numpy(dtype=float) ** 2
    whole = float(squares.sum())
    return names, float(squares[few:].sum()) / whole if whole > 0.0 else 0.0


def _problem(names: Sequence[str]) -> dict[str, object]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _whole(points: Floats, results: Floats, size: int) -> tuple[Floats, Floats]:
    """Leave out the blocks of points in which a result is missing.

    Raises
    ------
    ValueError
        If fewer than two are left.
    """
    good = np.isfinite(results).reshape(-1, size).all(axis=1)
    if np.count_nonzero(good) < 2:
        raise ValueError("hardly any combination of these values can be worked out")
    kept = np.repeat(good, size)
    return points[kept], results[kept]


def _frame(names: Sequence[str], method: str, value: Floats, low: Floats, high: Floats) -> pd.DataFrame:
    return pd.DataFrame({"parameter": list(names), "method": method, "value": value, "low": low, "high": high})
