"""Laws of lot-to-lot scatter: read from text, described, and sampled.

All laws give values of 0 or more. The k-th *standardised* draw of a generator is the same whatever the parameters, so
a changed parameter only rescales the draws (common random numbers).

===============================  =====================================================  =====================
law                              parameters                                             standardised draw
===============================  =====================================================  =====================
``fixed(value)``                 the value                                              none
``uniform(low, high)``           least and greatest value                               uniform
``triangular(low, mode, high)``  least, most likely and greatest value                  uniform
``exponential(mean)``            mean                                                   exponential
``lognormal(mean, cv)``          mean and coefficient of variation of the value itself  normal
``truncnormal(mean, sd)``        of the normal law, before what lies below 0 is cut     uniform
``weibull(shape, scale)``        shape, and the value that 63 % do not reach            uniform
``erlang(k, mean)``              number of phases and mean of their sum                 sum of k exponentials
===============================  =====================================================  =====================
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.errors import nearest
from sim.inputs import units

__all__ = ["BLOCK", "Law", "Sampler", "describe", "mean", "parse_law", "scale", "std"]

BLOCK = 1024
"""How many values a sampler draws at once; it changes the speed, never the sequence."""

_Floats = NDArray[np.float64]

_PARAMETERS = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "exponential": ("mean",),
    "lognormal": ("mean", "cv"),
    "truncnormal": ("mean", "sd"),
    "weibull": ("shape", "scale"),
    "erlang": ("k", "mean"),
}
_PURE = frozenset({"cv", "shape", "k"})
_MOST_PHASES = 100
_LEAST_SHAPE = 0.1
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*(.*?)\s*", re.DOTALL)
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Law:
    """A probability law with its parameters in canonical units; wrong parameters are a ValueError.

    >>> Law("triangular", (4.0, 6.0, 9.0))
    Law(kind='triangular', parameters=(4.0, 6.0, 9.0))
    """

    kind: str
    """Name of the law, one of those in the table above."""

    parameters: tuple[float, ...]
    """Parameters in the order of the table; those with a unit are in the caller's canonical unit."""

    def __post_init__(self) -> None:
        if self.kind not in _PARAMETERS:
            raise ValueError(_unknown(self.kind))
        if len(self.parameters) != len(_PARAMETERS[self.kind]):
            raise ValueError(f"expected {_form(self.kind)}, found {len(self.parameters)} parameters")
        problem = _problem(self.kind, self.parameters)
        if problem:
            raise ValueError(f"{_form(self.kind)} needs {problem}, found {_numbers(self.parameters)}")


class Sampler:
    """Draw values of a law, one per call.

    A fixed law draws nothing from the generator. Give every sampler a generator of its own: values are drawn ahead.

    Parameters
    ----------
    law : Law
        What to draw from.
    generator : numpy.random.Generator
        Where the random numbers come from.
    block : int, default=1024
        How many values are drawn at once; the sequence does not depend on it.

    Examples
    --------
    >>> sampler = Sampler(Law("fixed", (0.75,)), np.random.default_rng(0))
    >>> sampler(), sampler()
    (0.75, 0.75)
    """

    __slots__ = ("draw",)

    draw: Callable[[], float]
    """Return the next value; the fastest way to call a sampler in a loop."""

    def __init__(self, law: Law, generator: np.random.Generator, *, block: int = BLOCK) -> None:
        if block < 1:
            raise ValueError(f"expected a block of 1 or more, found {block}")
        if law.kind == "fixed":
            self.draw = repeat(law.parameters[0]).__next__
        else:
            # no Python code runs between two values of a block
            self.draw = chain.from_iterable(_blocks(law, generator, block)).__next__

    def __call__(self) -> float:
        """Return the next value."""
        return self.draw()


def parse_law(text: object, unit: str) -> Law:
    """Read a law such as ``triangular(4, 6, 9) h``, or a quantity such as ``45 min`` as a fixed law.

    Parameters
    ----------
    text : str or object
        The law; its unit stands behind the bracket and holds for all parameters but cv, shape and k.
    unit : str
        Canonical unit of the parameters of the result.

    Raises
    ------
    ValueError
        If the law, its parameters or its unit are wrong; the message says what is allowed.

    Examples
    --------
    >>> parse_law("lognormal(30, cv=0.2) min", "h")
    Law(kind='lognormal', parameters=(0.5, 0.2))
    >>> parse_law("triangular(9, 6, 4) h", "h")
    Traceback (most recent call last):
    ValueError: triangular(low, mode, high) needs 0 <= low <= mode <= high, found 9, 6, 4
    """
    call = _CALL.fullmatch(text) if isinstance(text, str) else None
    if not call:
        return _fixed(text, unit)
    kind, inside, word = call.groups()
    if kind not in _PARAMETERS:
        raise ValueError(_unknown(kind))
    return Law(kind, _arguments(kind, inside, word, unit))


def mean(law: Law) -> float:
    """Return the mean of *law*, in its unit.

    >>> mean(Law("triangular", (3.0, 6.0, 9.0)))
    6.0
    """
    return _moments(law)[0]


def std(law: Law) -> float:
    """Return the standard deviation of *law*, in its unit.

    >>> std(Law("exponential", (4.0,)))
    4.0
    """
    return _moments(law)[1]


def scale(law: Law, factor: float) -> Law:
    """Return the law of *factor* times a value of *law*.

    Parameters
    ----------
    law : Law
        The law to stretch.
    factor : float
        Above 0 [1].

    Examples
    --------
    >>> scale(Law("lognormal", (4.0, 0.2)), 2.0)
    Law(kind='lognormal', parameters=(8.0, 0.2))
    """
    if not (math.isfinite(factor) and factor > 0):
        raise ValueError(f"expected a finite factor above 0, found {factor}")
    names = _PARAMETERS[law.kind]
    pairs = zip(names, law.parameters, strict=True)
    return Law(law.kind, tuple(value if name in _PURE else value * factor for name, value in pairs))


def describe(law: Law, unit: str) -> str:
    """Return *law* as :func:`parse_law` reads it, rounded to six digits.

    >>> describe(Law("lognormal", (4.0, 0.2)), "h")
    'lognormal(4, cv=0.2) h'
    >>> describe(Law("fixed", (0.75,)), "h")
    '0.75 h'
    """
    behind = "" if unit == "1" else f" {unit}"
    if law.kind == "fixed":
        return f"{law.parameters[0]:.6g}{behind}"
    named = _PURE | {"sd", "scale"}
    pairs = zip(_PARAMETERS[law.kind], law.parameters, strict=True)
    shown = (f"{name}={value:.6g}" if name in named else f"{value:.6g}" for name, value in pairs)
    return f"{law.kind}({', '.join(shown)}){behind}"


def _fixed(text: object, unit: str) -> Law:
    if isinstance(text, str) and "(" in text and text.split("(")[0].strip() in _PARAMETERS:
        raise ValueError(f"expected a law such as 'triangular(4, 6, 9) {unit}', found {text!r}")
    value = units.parse(text, unit)
    if value < 0:
        raise ValueError(f"expected 0 or more, found {text!r}")
    return Law("fixed", (value,))


def _arguments(kind: str, inside: str, word: str, unit: str) -> tuple[float, ...]:
    """Return the parameters of a law in *unit*, in their order."""
    names = _PARAMETERS[kind]
    given: dict[str, float] = {}
    for position, part in enumerate(inside.split(",")):
        name, equals, number = part.rpartition("=")
        name = name.strip() if equals else names[min(position, len(names) - 1)]
        if name not in names or name in given:
            raise ValueError(f"expected {_form(kind)}, found {kind}({inside})")
        given[name] = _parameter(number.strip(), word, unit, pure=name in _PURE)
    if len(given) < len(names):
        raise ValueError(f"expected {_form(kind)}, found {kind}({inside})")
    return tuple(given[name] for name in names)


def _parameter(number: str, word: str, unit: str, *, pure: bool) -> float:
    """Return one parameter in canonical units; a pure one has none."""
    try:
        value = float(number)
    except ValueError:
        example = f"'triangular(4, 6, 9) {unit}'"
        shown = repr(number) if number else "nothing"
        raise ValueError(
            f"expected plain numbers with the unit behind the bracket, as in {example}, found {shown}"
        ) from None
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {number}")
    if pure:
        return value
    converted = units.parse(f"{number} {word}", unit)
    if word and units.parse(f"0 {word}", unit) != 0:
        raise ValueError(f"a law cannot be given in {word!r}, which has a zero of its own; use {unit!r}")
    return converted


def _form(kind: str) -> str:
    return f"{kind}({', '.join(_PARAMETERS[kind])})"


def _unknown(kind: str) -> str:
    return f"unknown law {kind!r}{nearest(kind, _PARAMETERS)}; allowed are {', '.join(sorted(_PARAMETERS))}"


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _problem(kind: str, p: tuple[float, ...]) -> str:
    """Return what the parameters of a law should have been; empty if they are."""
    if not all(map(math.isfinite, p)):
        return "finite numbers"
    first, last = p[0], p[-1]
    rules = {
        "fixed": (True, "a finite number"),
        "uniform": (0 <= first <= last, "0 <= low <= high"),
        "triangular": (0 <= first <= p[len(p) // 2] <= last, "0 <= low <= mode <= high"),
        "exponential": (first > 0, "a mean above 0"),
        "lognormal": (first > 0 and last >= 0, "a mean above 0 and a cv of 0 or more"),
        "truncnormal": (first >= 0 and last > 0, "a mean of 0 or more and an sd above 0"),
        "weibull": (first >= _LEAST_SHAPE and last > 0, f"a shape of {_LEAST_SHAPE} or more and a scale above 0"),
        "erlang": (
            first in range(1, _MOST_PHASES + 1) and last > 0,
            f"a whole k of 1 to {_MOST_PHASES} and a mean above 0",
        ),
    }
    holds, wanted = rules[kind]
    return "" if holds else wanted


def _moments(law: Law) -> tuple[float, float]:
    """Return mean and standard deviation."""
    match law.kind, law.parameters:
        case "fixed", (value,):
            return value, 0.0
        case "uniform", (low, high):
            return (low + high) / 2, (high - low) / math.sqrt(12)
        case "triangular", (low, mode, high):
            squares = (mode - low) ** 2 + (high - mode) ** 2 + (mode - low) * (high - mode)
            return (low + mode + high) / 3, math.sqrt(squares / 18)
        case "exponential", (average,):
            return average, average
        case "lognormal", (average, cv):
            return average, average * cv
        case "truncnormal", (average, sd):
            ratio = average / sd
            hazard = _NORMAL.pdf(ratio) / _NORMAL.cdf(ratio)
            return average + sd * hazard, sd * math.sqrt(1 - ratio * hazard - hazard**2)
        case "weibull", (shape, size):
            average = size * math.gamma(1 + 1 / shape)
            return average, math.sqrt(max(size**2 * math.gamma(1 + 2 / shape) - average**2, 0.0))
        case _, (phases, average):
            return average, average / math.sqrt(phases)
    raise AssertionError(law)  # Law admits no other


def _blocks(law: Law, generator: np.random.Generator, block: int) -> Iterator[list[float]]:
    """Yield lists of values for ever."""
    while True:
        yield _transform(law, _standardised(law, generator, block)).tolist()


def _standardised(law: Law, generator: np.random.Generator, size: int) -> _Floats:
    """Draw numbers that do not depend on the parameters of the law, but for the k of erlang."""
    match law.kind:
        case "exponential":
            return generator.standard_exponential(size)
        case "lognormal":
            return generator.standard_normal(size)
        case "erlang":
            phases = int(law.parameters[0])
            sums: _Floats = generator.standard_exponential((size, phases)).sum(axis=1)
            return sums
        case _:
            return generator.random(size)


def _transform(law: Law, draws: _Floats) -> _Floats:
    """Turn standardised draws into values of the law."""
    match law.kind, law.parameters:
        case "uniform", (low, high):
            return low + (high - low) * draws
        case "triangular", (low, mode, high):
            rising = low + np.sqrt(draws * (high - low) * (mode - low))
            falling = high - np.sqrt((1 - draws) * (high - low) * (high - mode))
            # tiny numbers underflow, and rounding may pass an end by the last digit
            return np.clip(np.where(draws * (high - low) < mode - low, rising, falling), low, high)
        case "exponential", (average,):
            return average * draws
        case "lognormal", (average, cv):
            variance = math.log1p(cv**2)
            return average * np.exp(math.sqrt(variance) * draws - variance / 2)
        case "truncnormal", (average, sd):
            return _truncated(average, sd, draws)
        case "weibull", (shape, size):
            return size * (-np.log1p(-draws)) ** (1 / shape)
        case _, (phases, average):
            return average / phases * draws
    raise AssertionError(law)  # Law admits no other


def _truncated(average: float, sd: float, draws: _Floats) -> _Floats:
    """Turn uniform draws into values of a normal law without the part below 0."""
    below = _NORMAL.cdf(-average / sd)
    # inv_cdf takes neither 0 nor 1
    shares = np.clip(below + (1 - below) * draws, 1e-300, 1 - 2**-53)
    scores = np.array([_NORMAL.inv_cdf(share) for share in shares.tolist()])
    return np.maximum(average + sd * scores, 0.0)
