"""The uncertain parameters of a study: every range once, its law in every line, and what varies together.

A number with a range is a parameter under its dotted path. Lines that hold the same path share the parameter: they get
the same draw, each through the range that it has in that line (a price may have one in each price set).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from sim.errors import nearest
from sim.flowsheet import Problem
from sim.inputs import ESTIMATE, LAWS, Chain, Correlation, Number, Path, Uncertainty, below, split
from sim.plant import Line, design
from sim.rollup import numbers

__all__ = [
    "DOUBT",
    "RANKS",
    "Parameter",
    "Range",
    "called",
    "correlations",
    "parameters",
    "ranks",
    "uncertainty_problems",
    "underived",
]

Floats = NDArray[np.float64]

RANKS: Mapping[str, float] = {"capital": 0.6, "footprints": 0.5, "repairs": 0.5, "yields": 0.5}
"""Rank correlation within the common factors, unless the scenario says otherwise [1]. Estimates: prices of equipment
share the correlation they were worked out with, the index and the site, so most of their error is common; floors and
repair times were judged by one person at one time, as were yields with the same reason, of which half is taken to be
common."""

DOUBT = Uncertainty(
    by="expected",
    sampler="latin_hypercube",
    correlate=[
        Correlation(between=["utilities.electricity.price", "utilities.heat.price", "utilities.gas.price"], rank=0.6)
    ],
)
"""What every run samples unless its scenario says otherwise. The draws of a latin hypercube go by the name of the
number, so that runs which are compared share them. Energy prices follow one another (estimate)."""


@dataclass(frozen=True, slots=True)
class Range:
    """A parameter as one line has it: triangular from *low* over *mode* to *high*, or uniform between the ends."""

    paths: tuple[Path, ...]
    """Where the number stands in the line's route or catalogue."""
    low: float
    mode: float
    """The value that a run takes."""
    high: float
    """[canonical unit]"""
    law: str = LAWS[0]


@dataclass(frozen=True, slots=True)
class Parameter:
    """An uncertain number."""

    key: str
    """Dotted path, such as `materials.Li2S.price` or `route.metathesis.steps.filter.yield`."""
    unit: str
    group: tuple[str, str]
    """Common factor, and the reason that its members share; empty if it is in none."""
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """By name of the line."""


def parameters(lines: Iterable[Line], spec: Uncertainty | None = None) -> list[Parameter]:
    """Return the uncertain parameters of lines, in alphabetical order.

    Parameters
    ----------
    lines : iterable of Line
        Lines of a study.
    spec : Uncertainty or None, default=None
        Its `only` names the parameters; None takes all.

    Notes
    -----
    What follows from other numbers is no parameter: a price that the price set replaced, what a scale of a route does
    not use, the duration of a mill that has dose and power. The same number of several routes of a chain is one.
    """
    found: dict[str, Parameter] = {}
    for line in lines:
        for number in _ranged(line):
            key = _key(number)
            if spec is not None and spec.only and not _named(key, spec.only):
                continue
            value = number.value
            assert value.low is not None
            assert value.high is not None
            known = found.setdefault(key, Parameter(key, value.unit, _group(number)))
            before = known.ranges.get(line.name)
            paths = (*(before.paths if before else ()), number.path)
            own = Range(paths, value.low, value.value, value.high, value.range_law)
            found[key] = replace(known, ranges={**known.ranges, line.name: own})
    return [found[key] for key in sorted(found)]


def underived(line: Line) -> Line:
    """Return a line in which nothing is given that follows from other numbers, so that these may move."""
    steps = [
        step.model_copy(update={"duration": None}) if _derived_duration(line, index) else step
        for index, step in enumerate(line.route.steps)
    ]
    if all(new is old for new, old in zip(steps, line.route.steps, strict=True)):
        return line
    return design(line, route=line.route.model_copy(update={"steps": steps}), reads=())


def _ranged(line: Line) -> Iterator[Number]:
    for number in numbers(line):
        value = number.value
        if value.low is None or value.low == value.high:
            continue
        derived = number.path[:2] == ("route", "steps") and number.path[3:] == ("duration",)
        if not (derived and _derived_duration(line, int(number.path[2]))):
            yield number


def _derived_duration(line: Line, index: int) -> bool:
    """Whether a duration follows from E = P t / m."""
    step = line.route.steps[index]
    return step.duration is not None and step.dose is not None and step.power is not None


def called(path: str, line: Line) -> str:
    """Return what the tables call a number of a line: `route.ROUTE.` in place of `LINE.` or `*.`."""
    rest = below(split(path), line.name, (), chain=False)
    if rest is None:
        return path
    return ".".join(("route", *rest) if isinstance(line.route, Chain) else ("route", line.route.name, *rest))


def _key(number: Number) -> str:
    return f"{number.where}.{number.quantity}"


def _named(key: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def _group(number: Number) -> tuple[str, str]:
    """Return the common factor of a number, and the reason that binds its members."""
    kind, *rest = number.path
    if kind == "equipment" and rest[1:] == ["price", "value"]:
        return "capital", ""
    if kind == "equipment" and rest[1:] == ["footprint"]:
        return "footprints", ""
    if kind == "equipment" and rest[1:] == ["mttr"]:
        return "repairs", ""
    if kind == "route" and rest[-1] == "yield_" and number.value.source.startswith(ESTIMATE):
        return "yields", number.value.source
    return "", ""


# -- correlation -------------------------------------------------------------------------------------------------------


def ranks(spec: Uncertainty) -> dict[str, float]:
    """Return the rank correlation within every common factor [1]."""
    return {**RANKS, **{str(name): rank for name, rank in spec.factors.items()}}


def correlations(found: Sequence[Parameter], spec: Uncertainty) -> Floats:
    """Return the correlation matrix of the normal numbers behind the parameters.

    A rank correlation rho between two parameters is r = 2 sin(pi rho / 6) between their normal numbers (Pearson 1907).

    Raises
    ------
    ValueError
        If the matrix is not positive definite; the second argument is the number of the entry of `correlate` with
        which it ceases to be.
    """
    matrix = np.eye(len(found))
    members: dict[tuple[str, str], list[int]] = {}
    for index, parameter in enumerate(found):
        if parameter.group[0]:
            members.setdefault(parameter.group, []).append(index)
    for (name, _), indices in members.items():
        _correlate(matrix, indices, ranks(spec)[name])
    for number, entry in enumerate(spec.correlate):
        indices = [index for index, parameter in enumerate(found) if _named(parameter.key, entry.between)]
        _correlate(matrix, indices, entry.rank)
        if indices and float(np.linalg.eigvalsh(matrix)[0]) < 1e-10:
            pair = " and ".join(f"'{path}'" for path in entry.between[:2])
            text = f"{pair} cannot have a rank correlation of {entry.rank:g} beside what is said of the others: "
            raise ValueError(f"{text}the correlation matrix is not positive definite", number)
    return matrix


def _correlate(matrix: Floats, indices: Sequence[int], rank: float) -> None:
    for place, one in enumerate(indices):
        for other in indices[:place]:
            matrix[one, other] = matrix[other, one] = 2.0 * np.sin(np.pi * rank / 6.0)


def uncertainty_problems(lines: Sequence[Line], spec: Uncertainty) -> Iterator[Problem]:
    """Yield what is wrong in the block `uncertainty` of a scenario."""
    there = {_key(number): number for line in lines for number in numbers(line)}
    asked: list[tuple[Path, str]] = [(("only", index), path) for index, path in enumerate(spec.only)]
    for index, entry in enumerate(spec.correlate):
        asked += [(("correlate", index, "between", place), path) for place, path in enumerate(entry.between)]
    faults = [Problem(text, place) for place, path in asked if (text := _fault(path, there))]
    yield from faults
    if faults:
        return
    found = parameters(lines, spec)
    for index, entry in enumerate(spec.correlate):
        names = [parameter.key for parameter in found if _named(parameter.key, entry.between)]
        if len(names) < 2:
            text = f"a correlation needs two parameters that are sampled, found {', '.join(names) or 'none'}"
            yield Problem(text, ("correlate", index, "between"))
            return
    try:
        correlations(found, spec)
    except ValueError as error:
        yield Problem(str(error.args[0]), ("correlate", error.args[1]))


def _fault(path: str, there: Mapping[str, Number]) -> str:
    """Return what is wrong with the path of a parameter, empty if nothing is."""
    hits = [number for key, number in there.items() if fnmatchcase(key, path)]
    if not hits:
        return f"no number of these lines is called '{path}'{nearest(path, there)}"
    if all(number.value.low is None for number in hits):
        return f"'{path}' has no range: give it one, {{value: {hits[0].value.text}, range: [low, high]}}"
    return ""
