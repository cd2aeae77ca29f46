"""Ensembles: a number in many samples at once, which the sums of the roll-up take for a plain number.

What the roll-up does with a number is arithmetic and, now and then, a decision: is there any waste, which of two limits
is lower. An `Ensemble` does the arithmetic for all samples with numpy. Where a decision falls differently in different
samples it raises `Divided`, and `evaluate` works out either part by itself. So every sample has the result that it
would have alone, whatever the code in between decides, and no formula is written twice.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Divided",
    "Ensemble",
    "Faults",
    "above",
    "decided",
    "evaluate",
    "exp",
    "expm1",
    "highest",
    "largest",
    "log",
    "log1p",
    "lowest",
    "normal",
    "smallest",
    "stacked",
    "total",
    "typical",
    "unstacked",
    "where",
]

Floats = NDArray[np.float64]

Number = TypeVar("Number", int, float)
"""For the types an ensemble is the number that it stands for."""


class Divided(Exception):  # noqa: N818 - no error: it tells which samples go their own way
    """A decision that falls differently in different samples."""

    def __init__(self, apart: NDArray[np.bool_]) -> None:
        super().__init__(apart)
        self.apart = apart
        """Samples that go one way; all others go another."""


class Ensemble:
    """A number in many samples.

    >>> (2.0 * Ensemble(np.array([1.0, 2.0])) + 1.0).values.tolist()
    [3.0, 5.0]
    >>> Ensemble(np.array([1.0, 2.0])) < 3.0
    True
    """

    __slots__ = ("values",)

    values: Floats
    """The number in every sample."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **_: Any) -> Any:
        """Do arithmetic with numpy scalars; in an array every item is one object among others."""
        if method != "__call__":
            return NotImplemented
        if any(isinstance(item, np.ndarray) and item.ndim for item in inputs):
            return ufunc(*(_boxed(item) for item in inputs))
        if ufunc in _DECISIONS:
            return _decided(ufunc(*map(_bare, inputs)))
        return Ensemble(ufunc(*map(_bare, inputs)))

    def __bool__(self) -> bool:
        return _decided(self.values != 0.0)

    def __float__(self) -> float:
        _decided(self.values == self.values[0])
        return float(self.values[0])

    def __index__(self) -> int:
        value = float(self)
        if not value.is_integer():
            raise TypeError(f"{value} is no whole number")
        return int(value)

    __int__ = __index__

    def __ceil__(self) -> Ensemble:
        return Ensemble(np.ceil(self.values))

    def __neg__(self) -> Ensemble:
        return Ensemble(-self.values)

    def __abs__(self) -> Ensemble:
        return Ensemble(np.abs(self.values))

    def __format__(self, form: str) -> str:
        return format(float(self.values[0]), form)

    __hash__ = None  # type: ignore[assignment]


_DECISIONS = frozenset({np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal})


def _bare(item: Any) -> Any:
    return item.values if isinstance(item, Ensemble) else item


def _boxed(item: Any) -> Any:
    """Return an ensemble as an array of one object, so that numpy does not look inside."""
    if not isinstance(item, Ensemble):
        return item
    box = np.empty((), dtype=object)
    box[()] = item
    return box


def _decided(answers: NDArray[np.bool_]) -> bool:
    """Return the answer that all samples give."""
    yes = np.count_nonzero(answers)
    if yes in (0, answers.size):
        return bool(yes)
    raise Divided(answers)


def _arithmetic(name: str, neutral: float) -> None:
    """Give ensembles an operator, with the ensemble on either side; *neutral* on the right leaves them as they are."""
    operation = getattr(operator, name)
    commutes = name in ("add", "mul")

    def here(self: Ensemble, other: Any) -> Any:
        if type(other) is Ensemble:
            return Ensemble(operation(self.values, other.values))
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self if other == neutral else Ensemble(operation(self.values, other))

    def there(self: Ensemble, other: Any) -> Any:
        return self if commutes and other == neutral else Ensemble(operation(other, self.values))

    setattr(Ensemble, f"__{name}__", here)
    setattr(Ensemble, f"__r{name}__", there)


def _decision(name: str) -> None:
    """Give ensembles a comparison, which is one answer for all samples."""
    compare = getattr(operator, name)

    def here(self: Ensemble, other: Any) -> Any:
        if other is None or isinstance(other, (str, bytes)):
            return NotImplemented
        return _decided(compare(self.values, _bare(other)))

    setattr(Ensemble, f"__{name}__", here)


for _name, _neutral in (("add", 0.0), ("sub", 0.0), ("mul", 1.0), ("truediv", 1.0), ("mod", math.nan), ("pow", 1.0)):
    _arithmetic(_name, _neutral)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _decision(_name)


# -- functions that take either ----------------------------------------------------------------------------------------


def _either(plain: Callable[[float], float], many: Callable[[Floats], Floats]) -> Callable[[float], float]:
    # an ensemble passes for a number, so that is what the types say
    def function(value: Any) -> Any:
        return Ensemble(many(value.values)) if isinstance(value, Ensemble) else plain(value)

    function.__doc__ = f"Return {plain.__name__} of a number or of an ensemble."
    return function


exp = _either(math.exp, np.exp)
expm1 = _either(math.expm1, np.expm1)
log = _either(math.log, np.log)
log1p = _either(math.log1p, np.log1p)


def normal(value: float) -> float:
    """Return the probability that a standard normal number is below one or, of an ensemble, below each."""
    probability = NormalDist().cdf
    if isinstance(value, Ensemble):
        found: Any = Ensemble(np.array([probability(item) for item in value.values.tolist()]))
        return found
    return probability(value)


def lowest(first: Number, *others: Number) -> Number:
    """Return the lowest of several numbers; of ensembles the lowest in every sample.

    >>> lowest(2.0, Ensemble(np.array([1.0, 3.0]))).values.tolist()
    [1.0, 2.0]
    """
    found: Number = _folded(np.minimum, min, first, others)
    return found


def highest(first: Number, *others: Number) -> Number:
    """Return the highest of several numbers; of ensembles the highest in every sample."""
    found: Number = _folded(np.maximum, max, first, others)
    return found


def _folded(many: np.ufunc, plain: Callable[[Iterable[Any]], Any], first: Any, others: tuple[Any, ...]) -> Any:
    for item in (first, *others):
        if isinstance(item, Ensemble):
            return Ensemble(reduce(many, map(_bare, (first, *others))))
    return plain((first, *others))


def above(one: float, other: float) -> Any:
    """Return whether one number is above another, of ensembles in which samples: a condition for `where`."""
    return _bare(one) > _bare(other)


def where(condition: Any, yes: Number, no: Number) -> Number:
    """Return one of two numbers, in every sample the one that its condition (see `above`) chooses.

    >>> many = Ensemble(np.array([1.0, 3.0]))
    >>> where(above(many, 2.0), many, 0.0).values.tolist()
    [0.0, 3.0]
    """
    if isinstance(condition, np.ndarray):
        found: Any = Ensemble(np.where(condition, _bare(yes), _bare(no)))
        return found  # type: ignore[no-any-return]
    return yes if condition else no


def stacked(rows: Sequence[Sequence[Any]], columns: int) -> Floats:
    """Return rows of numbers as a matrix, of ensembles one for every sample.

    Returns
    -------
    ndarray of shape ([n_samples,] n_rows, *columns*)
    """
    many = next((item.values for row in rows for item in row if isinstance(item, Ensemble)), None)
    found = np.zeros((*(() if many is None else many.shape), len(rows), columns))
    for place, row in enumerate(rows):
        for column, item in enumerate(row):
            if isinstance(item, Ensemble) or item:
                found[..., place, column] = _bare(item)
    return found


def unstacked(found: Floats) -> list[float]:
    """Return the numbers of the last axis, ensembles if there are samples before it."""
    items: list[Any] = found.tolist() if found.ndim == 1 else [Ensemble(values) for values in found.T.copy()]
    return items


def decided(answers: Any) -> bool:
    """Return the answer that all samples give, as the comparisons of ensembles do."""
    return _decided(np.asarray(answers))


def largest(value: Any) -> Any:
    """Return a number, or the largest that an ensemble has.

    What is there in some samples only is there in all of them, in the others in the amount 0.
    """
    return float(value.values.max()) if isinstance(value, Ensemble) else value


def smallest(value: Any) -> Any:
    """Return a number, or the smallest that an ensemble has."""
    return float(value.values.min()) if isinstance(value, Ensemble) else value


def total(values: Iterable[float]) -> float:
    """Return the sum of numbers without loss of digits; of ensembles the plain sum."""
    items: list[Any] = list(values)
    return sum(items) if any(isinstance(item, Ensemble) for item in items) else math.fsum(items)


def typical(value: Any) -> float:
    """Return one number that stands for an ensemble where samples need not agree, such as which item is largest."""
    return float(value.values.mean()) if isinstance(value, Ensemble) else float(value)


# -- evaluation --------------------------------------------------------------------------------------------------------

BLOCK = 2**20
"""Numbers that are moved together at most, over all samples: what comes of them is to stay below some 100 MB."""

Faults = (ValueError, ArithmeticError, ExceptionGroup)
"""What numbers beyond sense raise: FlowsheetError, alone or in groups, and the errors of arithmetic."""


def evaluate(function: Callable[[list[Any]], Sequence[Any]], columns: Sequence[Floats], *, results: int) -> Floats:
    """Work out a function of several numbers in all samples.

    Parameters
    ----------
    function : callable
        Called with one number for every column, a float or an Ensemble; returns as many as *results*.
    columns : sequence of ndarray of shape (n_samples,)
        The numbers in every sample.
    results : int
        How many numbers *function* returns.

    Returns
    -------
    ndarray of shape (n_samples, results)
        nan in samples whose numbers do not go together (a FlowsheetError or an error of arithmetic).

    Notes
    -----
    Samples that a decision divides are worked out apart, down to single ones if it must be; so a sample that is refused
    is refused with all that are worked out with it. Only where arithmetic fails, they are parted to find those in which
    it does. A column that is the same in all samples is handed on as a plain number.
    """
    number = len(columns[0]) if columns else 0
    found = np.full((number, results), math.nan)
    moved = sum(bool((column != column[:1]).any()) for column in columns)
    block = max(1, BLOCK // max(1, moved))
    waiting = [np.arange(start, min(start + block, number)) for start in range(0, number, block)]
    while waiting:
        here = waiting.pop()
        single = here.size == 1
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                answers = function([_column(column[here]) for column in columns])
        except Divided as divided:
            waiting += [here[~divided.apart], here[divided.apart]]
            continue
        except (FloatingPointError, TypeError):
            # some sample is beyond sense, nobody knows which; or something takes plain numbers only
            if not single:
                waiting += [here[here.size // 2 :], here[: here.size // 2]]
                continue
            answers = [math.nan] * results
        except Faults:
            answers = [math.nan] * results
        for place, answer in enumerate(answers):
            found[here, place] = _bare(answer)
    return found


def _column(values: Floats) -> Any:
    first = float(values[0])
    return first if (values == first).all() else Ensemble(values)
