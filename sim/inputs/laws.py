"""Laws of lot-to-lot scatter: read from text, described, and their moments.

`KINDS` lists them. All give values of 0 or more. How values are drawn is said in `sim.engine.draws`.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from sim.errors import nearest
from sim.inputs import units
from sim.inputs.measured import Measured

__all__ = ["KINDS", "Law", "beta_shapes", "describe", "mean", "parse_law", "scale", "std"]

KINDS = {
    "fixed(value)": "always the same; a plain quantity such as `45 min` is this law",
    "uniform(low, high)": "equally likely from the least to the greatest value",
    "triangular(low, mode, high)": "least, most likely and greatest value",
    "pert(low, mode, high)": "the same, rounder than a triangle: a beta law with the mean (low + 4 mode + high) / 6",
    "beta(low, high, mean, sd)": "least and greatest value, mean and standard deviation",
    "exponential(mean)": "without memory, such as the time to a failure by chance",
    "erlang(k, mean)": "sum of k exponential phases; mean of the sum",
    "gamma(mean, cv)": "mean and coefficient of variation (0.001 to 3)",
    "weibull(shape, scale)": "wear (shape above 1) or early failures (below 1); 63 % of the values lie below the scale",
    "lognormal(mean, cv)": "mean and coefficient of variation of the value itself",
    "normal(mean, sd)": "mean and standard deviation; at most 0.01 % may lie below 0, and count as 0",
    "truncnormal(mean, sd)": "a normal law of which the part below 0 is cut off; mean and sd are those before the cut",
    "measured(file.csv)": "values that were measured, one a line: drawn from the straight lines between neighbours in "
    "rising order, never beyond the least and the greatest, with the mean of the measured values",
}
"""How every law is written, and what it says."""

_PARAMETERS = {form.split("(")[0]: tuple(re.findall(r"\w+", form.split("(")[1])) for form in KINDS}
_PURE = frozenset({"cv", "shape", "k"})
_MOST_PHASES = 100
_LEAST_SHAPE, _MOST_SHAPES = 0.1, 1e6
"""Of gamma, beta and Weibull laws; for beta the sum of both."""
_GAMMA_CV = 0.001, 3.0
_LARGEST_CV = 1000.0
_BELOW_ZERO = 1e-4
"""The share of a normal law that may lie below 0."""
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*(.*?)\s*", re.DOTALL)
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Law:
    """A probability law with its parameters in canonical units; wrong parameters are a ValueError.

    >>> Law("triangular", (4.0, 6.0, 9.0))
    Law(kind='triangular', parameters=(4.0, 6.0, 9.0))
    """

    kind: str
    """Name of the law, one of those in `KINDS`."""

    parameters: tuple[float, ...]
    """Parameters in the order of `KINDS`; those with a unit are in the caller's canonical unit.

    Those of `measured` are the values in rising order.
    """

    def __post_init__(self) -> None:
        if self.kind not in _PARAMETERS:
            raise ValueError(_unknown(self.kind))
        if self.kind != "measured" and len(self.parameters) != len(_PARAMETERS[self.kind]):
            raise ValueError(f"expected {_form(self.kind)}, found {len(self.parameters)} parameters")
        problem = _problem(self.kind, self.parameters)
        if problem:
            raise ValueError(f"{_form(self.kind)} needs {problem}, found {_numbers(self.parameters)}")


def parse_law(text: object, unit: str) -> Law:
    """Read a law such as ``triangular(4, 6, 9) h``, or a quantity such as ``45 min`` as a fixed law.

    Parameters
    ----------
    text : str or object
        The law; its unit stands behind the bracket and holds for all parameters but cv, shape and k. The text of
        `measured` brings its values along (`sim.inputs.measured.Measured`).
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
    if isinstance(text, Measured):
        return _measured(text, unit)
    call = _CALL.fullmatch(text) if isinstance(text, str) else None
    if not call:
        return _fixed(text, unit)
    kind, inside, word = call.groups()
    if kind not in _PARAMETERS:
        raise ValueError(_unknown(kind))
    if kind == "measured":
        raise ValueError(f"measured values are read with the file that names theirs, found {text!r}")
    return Law(kind, _arguments(kind, inside, word, unit))


def mean(law: Law) -> float:
    """Return the mean of *law*, in its unit.

    >>> mean(Law("triangular", (3.0, 6.0, 9.0)))
    6.0
    """
    return _MOMENTS[law.kind](*law.parameters)[0]


def std(law: Law) -> float:
    """Return the standard deviation of *law*, in its unit.

    >>> std(Law("exponential", (4.0,)))
    4.0
    """
    return _MOMENTS[law.kind](*law.parameters)[1]


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
    if law.kind == "measured":
        return Law(law.kind, tuple(value * factor for value in law.parameters))
    pairs = zip(_PARAMETERS[law.kind], law.parameters, strict=True)
    return Law(law.kind, tuple(value if name in _PURE else value * factor for name, value in pairs))


def beta_shapes(law: Law) -> tuple[float, float]:
    """Return alpha and beta of a law `beta` or `pert`, which lies between its low and its high.

    >>> beta_shapes(Law("pert", (2.0, 4.0, 10.0)))
    (2.0, 4.0)
    """
    if law.kind == "pert":
        low, mode, high = law.parameters
        return 1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low)
    return _shapes(*law.parameters)


def describe(law: Law, unit: str) -> str:
    """Return *law* as :func:`parse_law` reads it, rounded to six digits; of measured values only what they span.

    >>> describe(Law("lognormal", (4.0, 0.2)), "h")
    'lognormal(4, cv=0.2) h'
    >>> describe(Law("fixed", (0.75,)), "h")
    '0.75 h'
    """
    behind = "" if unit == "1" else f" {unit}"
    if law.kind == "fixed":
        return f"{law.parameters[0]:.6g}{behind}"
    if law.kind == "measured":
        return f"measured({len(law.parameters)} values, {law.parameters[0]:.6g} to {law.parameters[-1]:.6g}){behind}"
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


def _measured(text: Measured, unit: str) -> Law:
    """Return the law of values that were read from a file."""
    call = _CALL.fullmatch(text)
    assert call is not None  # only such a text brings values along
    word = call.group(3)
    if not word and unit != "1":
        raise ValueError(f"expected the unit of the values behind the bracket, such as {unit!r}, found {str(text)!r}")
    factor = _parameter("1", word, unit, pure=False)
    return Law("measured", tuple(value * factor for value in text.values))


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
    if kind in _PROBLEMS:
        return _PROBLEMS[kind](*p)
    first, last = p[0], p[-1]
    rules = {
        "fixed": (True, "a finite number"),
        "uniform": (0 <= first <= last, "0 <= low <= high"),
        "triangular": (0 <= first <= p[len(p) // 2] <= last, "0 <= low <= mode <= high"),
        "pert": (0 <= first <= p[len(p) // 2] <= last > first, "0 <= low <= mode <= high and low below high"),
        "exponential": (first > 0, "a mean above 0"),
        "gamma": (
            first > 0 and _GAMMA_CV[0] <= last <= _GAMMA_CV[1],
            f"a mean above 0 and a cv of {_GAMMA_CV[0]:g} to {_GAMMA_CV[1]:g}",
        ),
        "lognormal": (
            first > 0 and 0 <= last <= _LARGEST_CV,
            f"a mean above 0 and a cv of 0 to {_LARGEST_CV:g}",
        ),
        "truncnormal": (first >= 0 and last > 0, "a mean of 0 or more and an sd above 0"),
        "weibull": (first >= _LEAST_SHAPE and last > 0, f"a shape of {_LEAST_SHAPE} or more and a scale above 0"),
        "erlang": (
            first in range(1, _MOST_PHASES + 1) and last > 0,
            f"a whole k of 1 to {_MOST_PHASES} and a mean above 0",
        ),
    }
    holds, wanted = rules[kind]
    return "" if holds else wanted


def _measured_problem(*measured: float) -> str:
    rising = len(measured) > 1 and measured[0] >= 0 and all(one <= other for one, other in pairwise(measured))
    return "" if rising else "2 values of 0 or more in rising order"


def _normal_problem(average: float, sd: float) -> str:
    if not (average > 0 and sd > 0):
        return "a mean above 0 and an sd above 0"
    below = _NORMAL.cdf(-average / sd)
    most = f"at most {100 * _BELOW_ZERO:g} % of it below 0, where {100 * below:.2g} % are (truncnormal cuts them off)"
    return most if below > _BELOW_ZERO else ""


def _beta_problem(low: float, high: float, average: float, sd: float) -> str:
    if not 0 <= low < average < high:
        return "0 <= low < mean < high"
    part = (average - low) / (high - low)
    spread = (high - low) * math.sqrt(part * (1.0 - part))
    least = spread / math.sqrt(1.0 + _MOST_SHAPES)
    most = spread / math.sqrt(1.0 + _LEAST_SHAPE / min(part, 1.0 - part))
    return "" if least <= sd <= most else f"an sd of {least:.6g} to {most:.6g} between these ends"


_PROBLEMS: dict[str, Callable[..., str]] = {
    "normal": _normal_problem,
    "beta": _beta_problem,
    "measured": _measured_problem,
}


def _shapes(low: float, high: float, average: float, sd: float) -> tuple[float, float]:
    """Return alpha and beta of a beta law."""
    part, spread = (average - low) / (high - low), sd / (high - low)
    both = part * (1.0 - part) / (spread * spread) - 1.0
    return part * both, (1.0 - part) * both


def _triangular_moments(low: float, mode: float, high: float) -> tuple[float, float]:
    squares = (mode - low) ** 2 + (high - mode) ** 2 + (mode - low) * (high - mode)
    return (low + mode + high) / 3, math.sqrt(squares / 18)


def _pert_moments(low: float, mode: float, high: float) -> tuple[float, float]:
    alpha, beta = beta_shapes(Law("pert", (low, mode, high)))
    return (low + 4 * mode + high) / 6, (high - low) * math.sqrt(alpha * beta / 252)


def _weibull_moments(shape: float, size: float) -> tuple[float, float]:
    average = size * math.gamma(1 + 1 / shape)
    return average, math.sqrt(max(size**2 * math.gamma(1 + 2 / shape) - average**2, 0.0))


def _normal_moments(average: float, sd: float) -> tuple[float, float]:
    """Return the moments of a normal law whose part below 0 counts as 0."""
    ratio = average / sd
    below = _NORMAL.cdf(-ratio)
    shift = _NORMAL.pdf(ratio) - ratio * below
    return average + sd * shift, sd * math.sqrt(1 - below - ratio * shift - shift**2)


def _truncnormal_moments(average: float, sd: float) -> tuple[float, float]:
    ratio = average / sd
    hazard = _NORMAL.pdf(ratio) / _NORMAL.cdf(ratio)
    return average + sd * hazard, sd * math.sqrt(1 - ratio * hazard - hazard**2)


def _measured_moments(*measured: float) -> tuple[float, float]:
    """Return the moments of the straight lines between neighbours, half a share of each end standing still."""
    average = math.fsum(measured) / len(measured)
    off = [value - average for value in measured]
    squares = [(one * one + one * other + other * other) / 3 for one, other in pairwise(off)]
    ends = (off[0] ** 2 + off[-1] ** 2) / 2
    return average, math.sqrt(math.fsum([*squares, ends]) / len(measured))


_MOMENTS: dict[str, Callable[..., tuple[float, float]]] = {
    "fixed": lambda value: (value, 0.0),
    "uniform": lambda low, high: ((low + high) / 2, (high - low) / math.sqrt(12)),
    "triangular": _triangular_moments,
    "pert": _pert_moments,
    "beta": lambda _low, _high, average, sd: (average, sd),
    "exponential": lambda average: (average, average),
    "erlang": lambda phases, average: (average, average / math.sqrt(phases)),
    "gamma": lambda average, cv: (average, average * cv),
    "lognormal": lambda average, cv: (average, average * cv),
    "weibull": _weibull_moments,
    "normal": _normal_moments,
    "truncnormal": _truncnormal_moments,
    "measured": _measured_moments,
}
"""Mean and standard deviation by the parameters of a law."""
