"""Draws: from a law and the uniform numbers of a stream to values, one number for each value.

A law becomes a `Recipe`, plain numbers that both engines draw by. With u the next number of the stream and z =
`inverse_normal` (u), a value is

==============  ====================  ========================================================================
form            numbers               value
==============  ====================  ========================================================================
``FIXED``       value                 value, and no number is taken
``UNIFORM``     low, high             low + (high - low) u
``TRIANGULAR``  low, mode, high       w = (high - low) u, rise = mode - low, fall = high - mode; where w < rise:
                                      low + sqrt(w rise), else high - sqrt(((1 - u) (high - low)) fall); no less
                                      than low, no more than high
``EXPONENTIAL`` mean                  mean (-log(1 - u))
``WEIBULL``     shape, scale          scale exp(log(-log(1 - u)) / shape)
``LOGNORMAL``   mean, sigma, half     mean exp(sigma z - half), sigma = sqrt(s), half = s / 2, s = log(1 + cv cv)
``NORMAL``      mean, sd              mean + sd z, or 0 if that is less
``TRUNCNORMAL`` mean, sd, above       mean - sd `inverse_normal` ((1 - u) above), or 0 if that is less; above is the
                                      share of the normal law above 0
``TABLE``       low, width            low + width y, y from the table as `sim.engine.quantiles.looked_up` does it;
                                      gamma and erlang: low 0, width the mean
``MEASURED``    number of values      t = u number - 1/2, no less than 0, no more than number - 1;
                                      i = floor(t), at most number - 2; v[i] + (v[i + 1] - v[i]) (t - i), v being
                                      the measured values in rising order (the table)
==============  ====================  ========================================================================

`log`, `exp`, `inverse_normal` and `log1p_of` are those of `sim.engine.arithmetic`. Sums and products are taken as they
are written, from the left where no bracket says otherwise. A value never falls when u grows, so of two laws on the
same stream both are long or both are short together, and the number behind the k-th value is the same whatever the
parameters (common random numbers).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import chain, repeat

import numpy as np

from sim.engine.arithmetic import Floats, exp, inverse_normal, log, log1p_of, normal_below
from sim.engine.quantiles import beta_table, gamma_table, looked_up
from sim.engine.random import Uniforms
from sim.inputs import Law, laws

__all__ = ["Form", "Recipe", "Sampler", "recipe", "values"]

FEWEST, MOST = 32, 1024
"""How many values a sampler draws at first and in the long run; it changes the speed, never the sequence."""


class Form(IntEnum):
    """How a value is made of a uniform number; see the table above."""

    FIXED = 0
    UNIFORM = 1
    TRIANGULAR = 2
    EXPONENTIAL = 3
    WEIBULL = 4
    LOGNORMAL = 5
    NORMAL = 6
    TRUNCNORMAL = 7
    TABLE = 8
    MEASURED = 9


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """A law as the engines draw from it."""

    form: Form
    numbers: tuple[float, ...]
    table: Floats = field(default_factory=lambda: np.empty(0))
    """Quantiles and slopes (`TABLE`), or the measured values (`MEASURED`)."""


class Sampler:
    """Draw values of a law, one per call.

    A fixed law takes nothing from its stream. Give every sampler a stream of its own: values are drawn ahead.

    Parameters
    ----------
    law : Law
        What to draw from.
    uniforms : callable
        The stream.
    fewest, most : int, default=32, 1024
        How many values are drawn at once, doubled from block to block; the sequence does not depend on it.

    Examples
    --------
    >>> from sim.engine.random import Source
    >>> sampler = Sampler(Law("fixed", (0.75,)), Source(0, 0).stream("mill"))
    >>> sampler(), sampler()
    (0.75, 0.75)
    """

    __slots__ = ("draw",)

    draw: Callable[[], float]
    """Return the next value; the fastest way to call a sampler in a loop."""

    def __init__(self, law: Law, uniforms: Uniforms, *, fewest: int = FEWEST, most: int = MOST) -> None:
        if not 1 <= fewest <= most:
            raise ValueError(f"expected blocks of 1 or more that do not shrink, found {fewest} to {most}")
        if law.kind == "fixed":
            self.draw = repeat(law.parameters[0]).__next__
        else:
            # no Python code runs between two values of a block
            self.draw = chain.from_iterable(_blocks(law, uniforms, fewest, most)).__next__

    def __call__(self) -> float:
        """Return the next value."""
        return self.draw()


@lru_cache(maxsize=1024)
def recipe(law: Law) -> Recipe:
    """Return how values of *law* are drawn.

    >>> how = recipe(Law("lognormal", (4.0, 0.0)))
    >>> how.form.name, how.numbers
    ('LOGNORMAL', (4.0, 0.0, 0.0))
    """
    match law.kind, law.parameters:
        case "lognormal", (mean, cv):
            variance = log1p_of(cv * cv)
            return Recipe(Form.LOGNORMAL, (mean, math.sqrt(variance), variance / 2.0))
        case "truncnormal", (mean, sd):
            return Recipe(Form.TRUNCNORMAL, (mean, sd, normal_below(mean / sd)))
        case "erlang", (phases, mean):
            return Recipe(Form.TABLE, (0.0, mean), gamma_table(phases))
        case "gamma", (mean, cv):
            return Recipe(Form.TABLE, (0.0, mean), gamma_table(1.0 / (cv * cv)))
        case ("beta", (low, high, _, _)) | ("pert", (low, _, high)):
            return Recipe(Form.TABLE, (low, high - low), beta_table(*laws.beta_shapes(law)))
        case "measured", measured:
            return Recipe(Form.MEASURED, (float(len(measured)),), np.array(measured))
        case kind, parameters:
            return Recipe(Form[kind.upper()], parameters)


def values(how: Recipe, u: Floats) -> Floats:
    """Return the values of a law at probabilities *u* strictly between 0 and 1.

    >>> values(recipe(Law("uniform", (2.0, 4.0))), np.array([0.25, 0.5])).tolist()
    [2.5, 3.0]
    """
    return _VALUES[how.form](u, how.table, *how.numbers)


def _blocks(law: Law, uniforms: Uniforms, size: int, most: int) -> Iterator[list[float]]:
    """Yield lists of values for ever."""
    how = recipe(law)
    while True:
        yield values(how, uniforms(size)).tolist()
        size = min(2 * size, most)


def _triangular(u: Floats, low: float, mode: float, high: float) -> Floats:
    width, rise = high - low, mode - low
    part = width * u
    rising = low + np.sqrt(part * rise)
    falling = high - np.sqrt(((1.0 - u) * width) * (high - mode))
    # rounding may pass an end by the last digit
    return np.minimum(np.maximum(np.where(part < rise, rising, falling), low), high)


def _measured(u: Floats, table: Floats, number: float) -> Floats:
    t = np.minimum(np.maximum(u * number - 0.5, 0.0), number - 1.0)
    below = np.minimum(np.floor(t), number - 2.0)
    i = below.astype(np.int64)
    found: Floats = table[i] + (table[i + 1] - table[i]) * (t - below)
    return found


_VALUES: dict[Form, Callable[..., Floats]] = {
    Form.FIXED: lambda u, _, value: np.full(len(u), value),
    Form.UNIFORM: lambda u, _, low, high: low + (high - low) * u,
    Form.TRIANGULAR: lambda u, _, low, mode, high: _triangular(u, low, mode, high),
    Form.EXPONENTIAL: lambda u, _, mean: mean * -log(1.0 - u),
    Form.WEIBULL: lambda u, _, shape, scale: scale * exp(log(-log(1.0 - u)) / shape),
    Form.LOGNORMAL: lambda u, _, mean, sigma, half: mean * exp(sigma * inverse_normal(u) - half),
    Form.NORMAL: lambda u, _, mean, sd: np.maximum(mean + sd * inverse_normal(u), 0.0),
    Form.TRUNCNORMAL: lambda u, _, mean, sd, above: np.maximum(mean - sd * inverse_normal((1.0 - u) * above), 0.0),
    Form.TABLE: lambda u, table, low, width: low + width * looked_up(table, u),
    Form.MEASURED: _measured,
}
