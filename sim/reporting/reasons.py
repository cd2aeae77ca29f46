"""Why two runs differ: what went in differently, what that does to every line's cost, and what of it is chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from sim.errors import SimError
from sim.reporting.words import money, plain, printing
from sim.results import Interval, Results, paired_difference, records, student_quantile

__all__ = ["Difference", "Moved", "Why", "why"]

MOST = 10
"""Inputs, and rows of a bridge, that are told of a line."""
CONFIDENCE = 0.95
ELSEWHERE = ("lines", "name", "title", "question")
"""What of a scenario is told of line by line, or is but words."""


class Moved(NamedTuple):
    """An input that two runs have differently."""

    path: str
    before: str
    after: str


class Difference(NamedTuple):
    """What became of one line."""

    line: str
    unit: str
    before: float
    after: float
    """Cost as simulated [USD/unit]."""
    chance: Interval
    """Difference of the means over replications with its interval; without bounds from single replications."""
    inputs: tuple[Moved, ...]
    by_category: pd.Series[float]
    """Difference of every category, which add up to that of the cost [USD/unit]."""
    by_step: pd.Series[float]
    """The same by step [USD/unit]."""


class Why(NamedTuple):
    """All that two runs differ in; it prints as text."""

    names: tuple[str, str]
    scenario: tuple[Moved, ...]
    """What their scenarios say differently."""
    lines: tuple[Difference, ...]

    def __str__(self) -> str:
        return plain("\n".join(_told(self)))


def why(one: Results, other: Results, names: tuple[str, str] = ("the first", "the second")) -> Why:
    """Return why the second of two runs differs from the first, for all lines that both have.

    Parameters
    ----------
    one, other : Results
        Of runs in one currency.
    names : (str, str)
        What they are called.

    Raises
    ------
    SimError
        If they have no line in common, or are in different currencies.

    Notes
    -----
    Where both have the same seed and number of replications, replication by replication is compared: the same random
    numbers stand behind both, and what is left of chance is smaller than that of each.
    """
    if one.currency != other.currency:
        raise SimError(f"{names[0]} is in {one.currency}, {names[1]} in {other.currency}: run both in one currency")
    shared = [line["name"] for line in one.manifest["lines"] if line["name"] in _lines(other)]
    if not shared:
        raise SimError(f"{names[0]} and {names[1]} have no line of one name: nothing can be set beside the other")
    with printing(one) as first, printing(other) as second:
        moved = tuple(_moved(_flat(first.manifest["resolved"]), _flat(second.manifest["resolved"])))
        return Why(names, moved, tuple(_difference(first, second, line) for line in shared))


def _lines(results: Results) -> set[str]:
    return {line["name"] for line in results.manifest["lines"]}


def _difference(one: Results, other: Results, line: str) -> Difference:
    facts = next(fact for fact in one.manifest["lines"] if fact["name"] == line)
    costs = [_own(results.costs, line) for results in (one, other)]
    numbers = [
        {f"{row.where}.{row.quantity}": _amount(row) for row in records(_own(results.assumptions, line))}
        for results in (one, other)
    ]
    sides = [_said(results, line) for results in (one, other)]
    before, after = (float(table["usd_per_unit"].sum()) for table in costs)
    return Difference(
        line,
        facts["unit"],
        before,
        after,
        _chance(one, other, line),
        (*_moved(*sides), *_moved(*numbers)),
        _apart(costs, "category"),
        _apart(costs, "step"),
    )


def _said(results: Results, line: str) -> dict[str, str]:
    """Return what a scenario says of a line."""
    facts: Mapping[str, Any] = next(fact for fact in results.manifest["lines"] if fact["name"] == line)
    return {key: str(facts[key]) for key in ("prices", "region", "scale", "target") if facts.get(key)}


def _own(table: pd.DataFrame, line: str) -> pd.DataFrame:
    return table[table["line"] == line]


def _amount(row: Any) -> str:
    return f"{row.value:.6g} {money(str(row.unit))}".removesuffix(" 1")


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Moved]:
    """Yield what is not the same in both."""
    for path in dict.fromkeys([*before, *after]):
        if before.get(path) != after.get(path):
            yield Moved(path, before.get(path, "nothing"), after.get(path, "nothing"))


def _flat(data: Any, path: str = "") -> dict[str, str]:
    """Return every leaf of a scenario by its path; its lines and texts are told of elsewhere."""
    if isinstance(data, Mapping):
        kept = {key: item for key, item in data.items() if path or key not in ELSEWHERE}
        parts = [_flat(item, f"{path}.{key}" if path else str(key)) for key, item in kept.items()]
        return {leaf: text for part in parts for leaf, text in part.items()}
    if isinstance(data, list):
        return {leaf: text for at, item in enumerate(data) for leaf, text in _flat(item, f"{path}[{at}]").items()}
    return {} if data is None else {path: str(data)}


def _apart(costs: Sequence[pd.DataFrame], by: str) -> pd.Series[float]:
    """Return the second less the first, largest first."""
    before, after = (table.groupby(by, sort=False)["usd_per_unit"].sum() for table in costs)
    found = after.sub(before, fill_value=0.0)
    return found.reindex(found.abs().sort_values(ascending=False, kind="stable").index)


def _chance(one: Results, other: Results, line: str) -> Interval:
    values = []
    for results in (one, other):
        own = _own(results.kpis, line)
        own = own[own["kpi"] == "cost_per_unit"].sort_values("replication")
        values.append(own["value"].to_numpy(dtype=float))
    if one.manifest["scenario"]["seed"] == other.manifest["scenario"]["seed"] and len(values[0]) == len(values[1]):
        return paired_difference(values[1], values[0])
    mean = float(values[1].mean() - values[0].mean())
    if min(map(len, values)) < 2:
        return Interval(mean, math.nan, math.nan)
    variance = sum(found.var(ddof=1) / len(found) for found in values)
    # the shorter series has the say about the factor
    half = student_quantile(CONFIDENCE, min(map(len, values)) - 1) * math.sqrt(variance)
    return Interval(mean, mean - half, mean + half)


def _told(found: Why) -> Iterator[str]:
    yield f"{found.names[0]} -> {found.names[1]}"
    for moved in found.scenario[:MOST]:
        yield f"  scenario: {moved.path}: {moved.before} -> {moved.after}"
    for line in found.lines:
        of = money(f"USD/{line.unit}")
        yield ""
        yield f"{line.line}: {line.before:.6g} -> {line.after:.6g} {of}, {line.after - line.before:+.6g}"
        chance = line.chance
        if chance.low == chance.high == 0.0:
            yield "  the same in every replication"
        elif math.isnan(chance.low):
            yield "  of single replications nobody can say what of that is chance"
        elif chance.low <= 0.0 <= chance.high:
            yield f"  may be chance: 95 % interval of the difference {chance.low:+.4g} to {chance.high:+.4g}"
        else:
            yield f"  more than chance: 95 % interval of the difference {chance.low:+.4g} to {chance.high:+.4g}"
        if not line.inputs and line.after != line.before:
            yield "  its numbers are the same in both"
        for moved in line.inputs[:MOST]:
            yield f"  {moved.path}: {moved.before} -> {moved.after}"
        if len(line.inputs) > MOST:
            yield f"  and {len(line.inputs) - MOST} more numbers"
        for by, parts in (("category", line.by_category), ("step", line.by_step)) if line.after != line.before else ():
            shown = [f"{name} {usd:+.4g}" for name, usd in parts.items() if abs(usd) > 5e-5 * abs(line.before)][:MOST]
            yield f"  by {by}: {', '.join(shown) or 'no difference'}"
