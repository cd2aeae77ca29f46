"""Elementary functions whose every bit is the same on every machine: `log`, `exp`, the normal law and its inverse.

Libraries and processors round `log` and `exp` differently in the last digit. Here they are made of operations that
IEEE 754 fixes to the bit: + - * / and square root, comparisons, floor, and the taking apart and putting together of
fraction and exponent (`frexp`, `ldexp`, both exact). A twin in another language that takes the same operations in the
same order, without fused multiply-add, gives the same bits; `horner` says how a polynomial is summed.

Arrays go through `log`, `exp` and `inverse_normal`, single numbers through `log_of` and `exp_of`: the same lines, so
the same bits.

References
----------
Logarithm and exponential: the series of artanh and of x coth(x/2), after a split of powers of two.
Inverse normal: M. J. Wichura, Applied Statistics 37, 477 (1988), algorithm AS 241, routine PPND16.
Normal law: G. Marsaglia, J. Stat. Softw. 11 (4), 1 (2004).
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_EXPONENT", "exp", "exp_of", "inverse_normal", "log", "log1p_of", "log_of", "normal_below"]

Floats = NDArray[np.float64]
Numbers = TypeVar("Numbers", float, Floats)

LARGEST_EXPONENT = 708.0
"""`exp` takes what lies beyond this on either side for this."""

SQRT_HALF = 0.7071067811865476
LOG2_E = 1.4426950408889634
INVERSE_SQRT_2_PI = 0.3989422804014327

LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
"""Upper 33 bits of log 2, so that its product with any exponent is exact."""
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""What remains of log 2."""

_LOG = tuple(2.0 / odd for odd in range(21, 1, -2))
"""Series of artanh(s) / s - 1, doubled, in s**2: 2/21, 2/19, ..., 2/3, highest power first."""

_EXP = (-691.0 / 653837184000.0, 1.0 / 23950080.0, -1.0 / 604800.0, 1.0 / 15120.0, -1.0 / 360.0, 1.0 / 6.0)
"""Series of r coth(r / 2) - 2 in r**2 (Bernoulli numbers), highest power first."""

_CENTRE = (
    (
        2509.0809287301226727,
        33430.575583588128105,
        67265.770927008700853,
        45921.953931549871457,
        13731.693765509461125,
        1971.5909503065514427,
        133.14166789178437745,
        3.3871328727963666080,
    ),
    (
        5226.4952788528545610,
        28729.085735721942674,
        39307.895800092710610,
        21213.794301586595867,
        5394.1960214247511077,
        687.18700749205790830,
        42.313330701600911252,
        1.0,
    ),
)
_TAIL = (
    (
        7.74545014278341407640e-4,
        0.0227238449892691845833,
        0.241780725177450611770,
        1.27045825245236838258,
        3.64784832476320460504,
        5.76949722146069140550,
        4.63033784615654529590,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        0.0151986665636164571966,
        0.148103976427480074590,
        0.689767334985100004550,
        1.67638483018380384940,
        2.05319162663775882187,
        1.0,
    ),
)
_FAR_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        0.0265321895265761230930,
        0.296560571828504891230,
        1.78482653991729133580,
        5.46378491116411436990,
        6.65790464350110377720,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        0.0148753612908506148525,
        0.136929880922735805310,
        0.599832206555887937690,
        1.0,
    ),
)
"""Numerator and denominator of AS 241 in the centre (|p - 1/2| <= 0.425), in the tails and far out, highest power
first."""


def horner(x: Numbers, coefficients: tuple[float, ...]) -> Numbers:
    """Return a polynomial, highest power first: the sum so far times *x*, plus the next coefficient, and so on.

    >>> horner(2.0, (1.0, 3.0, 5.0))
    15.0
    """
    first, *others, last = coefficients
    total = first * x
    for coefficient in others:
        total += coefficient
        total *= x
    return total + last


def log(x: Floats) -> Floats:
    """Return the natural logarithm, to less than one unit in the last place.

    Parameters
    ----------
    x : ndarray
        Finite and at least 2.3e-308, the smallest normal number.

    Notes
    -----
    x = 2**k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2); s = f / (2 + f);
    log x = k log 2 + f - s (f - R), R = 2 (s**2 / 3 + s**4 / 5 + ... + s**20 / 21)
    """
    fraction, power = np.frexp(x)
    low = fraction < SQRT_HALF
    return _log(np.where(low, fraction + fraction, fraction) - 1.0, np.subtract(power, low, dtype=np.float64))


def log_of(x: float) -> float:
    """Return the natural logarithm of one number; see `log`.

    >>> log_of(1.0), log_of(0.5)
    (0.0, -0.6931471805599453)
    """
    fraction, power = math.frexp(x)
    if fraction < SQRT_HALF:
        fraction, power = fraction + fraction, power - 1
    return _log(fraction - 1.0, float(power))


def _log(f: Numbers, k: Numbers) -> Numbers:
    """Return log(2**k (1 + f)); the order of operations is part of the definition."""
    s = f / (2.0 + f)
    z = s * s
    tail = z * horner(z, _LOG)
    return k * LN2_HIGH - ((s * (f - tail) - k * LN2_LOW) - f)


def log1p_of(x: float) -> float:
    """Return log(1 + x) for one number of 0 or more, true also where 1 + x is rounded.

    >>> log1p_of(0.0), log1p_of(1e-20)
    (0.0, 1e-20)
    """
    whole = 1.0 + x
    return log_of(whole) - ((whole - 1.0) - x) / whole


def exp(x: Floats) -> Floats:
    """Return the exponential, to less than one unit in the last place; beyond +-`LARGEST_EXPONENT` that of the bound.

    Notes
    -----
    x = k log 2 + r with |r| <= log(2) / 2; exp x = 2**k (1 + 2 r / (2 + C - r)), C = r coth(r / 2) - 2
    = r**2 / 6 - r**4 / 360 + ... - 691 r**12 / 653837184000
    """
    x = np.minimum(np.maximum(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    k = np.floor(x * LOG2_E + 0.5)
    return np.ldexp(_exp(x, k), k.astype(np.int32))


def exp_of(x: float) -> float:
    """Return the exponential of one number; see `exp`.

    >>> exp_of(0.0), exp_of(-800.0) == exp_of(-708.0)
    (1.0, True)
    """
    x = min(max(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    k = math.floor(x * LOG2_E + 0.5)
    return math.ldexp(_exp(x, float(k)), k)


def _exp(x: Numbers, k: Numbers) -> Numbers:
    """Return exp(x) / 2**k; the order of operations is part of the definition."""
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    z = r * r
    c = r - z * horner(z, _EXP)
    return 1.0 - ((low - (r * c) / (2.0 - c)) - high)


def inverse_normal(p: Floats) -> Floats:
    """Return the quantiles of the standard normal law, to some 1e-16.

    Parameters
    ----------
    p : ndarray
        Strictly between 0 and 1.

    Notes
    -----
    q = p - 1/2. Where |q| <= 0.425: q A(r) / B(r), r = 0.180625 - q**2. Else r = sqrt(-log(min(p, 1 - p))) and
    C(r - 1.6) / D(r - 1.6) up to r = 5, E(r - 5) / F(r - 5) above, with the sign of q.
    """
    q = p - 0.5
    found = _ratio(0.180625 - q * q, _CENTRE, q)
    outer = np.flatnonzero(np.abs(q) > 0.425)
    if outer.size:
        tail, right = p[outer], q[outer] > 0.0
        r = np.sqrt(-log(np.where(right, 1.0 - tail, tail)))
        score = _ratio(r - 1.6, _TAIL)
        far = np.flatnonzero(r > 5.0)
        if far.size:
            score[far] = _ratio(r[far] - 5.0, _FAR_TAIL)
        found[outer] = np.where(right, score, -score)
    return found


def _ratio(r: Floats, terms: tuple[tuple[float, ...], tuple[float, ...]], factor: Floats | float = 1.0) -> Floats:
    above, below = terms
    return horner(r, above) * factor / horner(r, below)


def normal_below(x: float) -> float:
    """Return the share of the standard normal law below *x*, true to some 1e-16 of the whole.

    Phi(x) = 1/2 + exp(-x**2 / 2) / sqrt(2 pi) (x + x**3 / 3 + x**5 / (3 5) + ...)

    >>> normal_below(0.0), normal_below(-9.0), normal_below(9.0)
    (0.5, 0.0, 1.0)
    """
    if abs(x) > 8.5:
        return 0.0 if x < 0.0 else 1.0
    total, last, term, odd = x, 0.0, x, 1.0
    while total != last:
        last, odd = total, odd + 2.0
        term = term * (x * x) / odd
        total = total + term
    return min(max(0.5 + total * exp_of(-0.5 * (x * x)) * INVERSE_SQRT_2_PI, 0.0), 1.0)
