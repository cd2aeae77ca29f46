"""Influence: what the unit cost becomes when one number stands at an end of its range and all others stay.

The expected ledger takes the place of the simulation: streams, losses, machine counts and stocks follow the number;
queues, and what chance makes of them, do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs import (
    Followed,
    Number,
    Path,
    Value,
    evaluate,
    followed,
    shown,
    total,
)
from sim.plant import Line, checks, design, renumbered
from sim.results import Results
from sim.rollup import (
    CostItem,
    capital_parts,
    energy_flows,
    expected,
    fixed_items,
    material_flows,
    merged,
    numbers,
    shipped_per_year,
    stock_items,
    variable_items,
)

__all__ = ["influence", "stages_read"]


def influence(line: Line) -> pd.DataFrame:
    """Return the unit cost at both ends of the range of every number that a line rests on.

    Returns
    -------
    DataFrame
        One row for every number with a range in the line's route and in the catalogue entries that it uses, the
        largest swing first: where, quantity, title (plain words), unit, low, value, high, grade, source, cost_low,
        cost, cost_high [USD/unit], swing_usd_per_unit (largest less smallest of the three) and note. A cost that
        cannot be worked out is nan, and `note` says why.

    Notes
    -----
    One number moves at a time; the price of a material is the one in force, that of the scenario's price set. Costs
    are those of the expected ledger, `cost` included: they differ from the simulated ones by what queues and chance
    do. Machine counts that are `auto` follow the number, so the cost may jump.

    Numbers of a year are worked out in stages, from streams to cost items. The first pass notes which stage reads
    which number; a number then needs only the stages that read it and those behind them. Numbers that no stage up to
    the ledger reads are worked out all at once.
    """
    ranged = [number for number in numbers(line) if number.value.low is not None]
    try:
        base, reads = _watched(line, [number.path for number in ranged])
    except _FAULTS as error:
        why = _reason(error)
        return _frame(line, [(number, (math.nan,) * 3, why) for number in ranged])
    late = _late_ends(base, [number for number in ranged if reads[number.path] and reads[number.path] <= _LATE])
    rows = [(number, *_ends(base, number, reads[number.path], late.get(number.path))) for number in ranged]
    return _frame(line, rows)


# -- the year, stage by stage ------------------------------------------------------------------------------------------

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "checks": (),
    "streams": (),
    "sizes": ("streams",),
    "ledger": ("streams", "sizes"),
    "materials": ("ledger",),
    "parts": ("streams", "sizes", "ledger"),
    "energy": ("streams", "duties", "sizes", "ledger"),
    "variable": ("ledger", "materials", "energy"),
    "fixed": ("ledger", "parts", "sizes"),
    "stocks": ("ledger", "variable"),
}
"""What is worked out one after the other, and what each rests on; the duties come with the streams."""


@dataclass(slots=True)
class _Year:
    """A line's year: its streams and sizes stand in the line, the rest beside it."""

    line: Line
    ledger: Any = None
    materials: Any = None
    parts: Any = None
    energy: Any = None
    variable: Any = None
    fixed: Any = None
    stocks: Any = None
    cost: float = math.nan
    """Unit cost [USD/unit]."""

    def make(self, stage: str) -> None:
        """Work out one stage."""
        found = _FIGURES[stage](self.line, self)
        if stage not in _OF_LINE:
            setattr(self, stage, found)

    def items(self) -> list[CostItem]:
        """Return the yearly cost, item by item, as `cost_items` does."""
        fixed, overhead = self.fixed
        return merged([*self.variable, *fixed, *self.stocks, *overhead])

    def total(self) -> None:
        """Add up the unit cost."""
        self.cost = total(item.usd_per_year for item in self.items()) / shipped_per_year(self.ledger)


_OF_LINE = ("checks", "streams", "sizes")
"""Stages that stand in the line."""

_FIGURES: Mapping[str, Callable[[Line, _Year], Any]] = {
    "checks": lambda line, _: list(checks.names(line.route, line.library)),
    "streams": lambda line, _: line.flowsheet,
    "sizes": lambda line, _: line.sizing,
    "ledger": lambda line, _: expected(line),
    "materials": lambda line, year: material_flows(line, year.ledger),
    "parts": lambda line, year: capital_parts(line, year.ledger),
    "energy": lambda line, year: energy_flows(line, year.ledger),
    "variable": lambda line, year: variable_items(line, year.ledger, year.materials, year.energy),
    "fixed": lambda line, year: fixed_items(line, year.ledger, year.parts),
    "stocks": lambda line, year: stock_items(line, year.ledger, year.variable),
}
"""How the stages are worked out."""


def _year(line: Line, stages: Collection[str] = _NEEDS.keys(), before: _Year | None = None) -> _Year:
    """Work out *stages* and all that rests on what they change; the rest is that of *before*."""
    found = _Year(line) if before is None else replace(before, line=line)
    changed: set[str] = set()
    if before is not None:
        changed |= {"duties"} if line.flowsheet is not before.line.flowsheet else set()
        changed |= {"sizes"} if line.sizing is not before.line.sizing else set()
    for stage, needs in _NEEDS.items():
        if stage in _OF_LINE:
            continue
        if stage in stages or changed.intersection(needs):
            found.make(stage)
            changed.add(stage)
    found.total()
    return found


class _Watched(Value):
    """A number that notes which stage reads it."""

    __slots__ = ("note_read",)
    note_read: Callable[[], None]

    @classmethod
    def of(cls, value: Value, note_read: Callable[[], None]) -> _Watched:
        """Return a watched copy."""
        copy = cls.__new__(cls)
        for field in fields(Value):
            Value.__dict__[field.name].__set__(copy, getattr(value, field.name))
        object.__setattr__(copy, "note_read", note_read)
        return copy

    def _read(self, name: str) -> Any:
        self.note_read()
        return Value.__dict__[name].__get__(self)

    value = property(lambda self: self._read("value"))
    law = property(lambda self: self._read("law"))


def stages_read(line: Line, paths: Iterable[Path]) -> dict[Path, set[str]]:
    """Return which stages of a year read each of some numbers: checks, streams, sizes, ledger, materials, parts, ..."""
    return _watched(line, paths)[1]


def _watched(line: Line, paths: Iterable[Path]) -> tuple[_Year, dict[Path, set[str]]]:
    """Return the year as it is, and which stages have read each number."""
    reads: dict[Path, set[str]] = {path: set() for path in paths}
    now = ""

    def watching(own: set[str]) -> Callable[[Value], Value]:
        return lambda value: _Watched.of(value, lambda: own.add(now))

    def among(name: str) -> Callable[[Value], Value]:
        # who reads a price that follows others reads all that it comes of
        owners = [reads[path] for path in _origins(name, line) if path in reads]

        def read() -> None:
            for own in owners:
                own.add(now)

        return lambda value: _Watched.of(value, read)

    seen = renumbered(line, {path: watching(own) for path, own in reads.items()})
    seen = renumbered(seen, {("materials", name, "price"): among(name) for name in followed(line.library.materials)})
    for own in reads.values():
        own.clear()
    year = _Year(seen)
    for stage in _NEEDS:
        now = stage
        year.make(stage)
    year.total()
    return replace(year, line=replace(line, near=line.flowsheet)), reads


def _origins(name: str, line: Line) -> Iterator[Path]:
    """Yield the paths of all numbers that the price of a material comes of."""
    path, price = ("materials", name, "price"), line.library.materials[name].price
    if not isinstance(price, Followed):
        yield path
        return
    yield from [path] if price.quote is not None else [(*path, "plus"), (*path, "yield_")]
    for root in price.roots:
        yield from _origins(root.name, line)


_LATE = frozenset({"materials", "parts", "energy", "variable", "fixed", "stocks"})
"""Stages behind the ledger."""


def _late_ends(base: _Year, moved: Sequence[Number]) -> dict[Path, tuple[float, float]]:
    """Return the costs at both ends of numbers that only stages behind the ledger read; nan if there is none."""
    paths = [number.path for number in moved]
    samples = np.tile([number.value.value for number in moved], (2 * len(moved), 1))
    for at, number in enumerate(moved):
        samples[2 * at, at], samples[2 * at + 1, at] = number.value.low, number.value.high

    def cost(given: Sequence[float]) -> list[float]:
        return [_year(design(base.line, dict(zip(paths, given, strict=True)), reads=["plan"]), _LATE, base).cost]

    costs = evaluate(cost, list(samples.T), results=1)
    return {path: (float(low), float(high)) for path, (low, high) in zip(paths, costs.reshape(-1, 2), strict=True)}


def _ends(
    base: _Year, number: Number, reads: Collection[str], late: tuple[float, float] | None
) -> tuple[tuple[float, float, float], str]:
    """Return the cost at the low end, at the value and at the high end, and why one of them is missing."""
    if late is not None and all(map(math.isfinite, late)):
        return (late[0], base.cost, late[1]), ""
    costs, why = [], []
    for end in (number.value.low, number.value.high):
        assert end is not None
        if not reads or end == number.value.value:
            costs.append(base.cost)
            continue
        try:
            costs.append(_year(design(base.line, {number.path: end}, reads=[*reads, "plan"]), reads, base).cost)
        except _FAULTS as error:
            costs.append(math.nan)
            why.append(_reason(error))
    return (costs[0], base.cost, costs[1]), "; ".join(dict.fromkeys(why))


_FAULTS = (ValueError, ArithmeticError, ExceptionGroup)
"""What a number beyond sense raises: FlowsheetError, alone or in groups, and the errors of arithmetic."""


def _reason(error: BaseException) -> str:
    """Return the first of several errors in one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split())


# -- the table ---------------------------------------------------------------------------------------------------------


def _frame(line: Line, rows: Iterable[tuple[Number, tuple[float, float, float], str]]) -> pd.DataFrame:
    found = []
    for number, costs, why in rows:
        value = number.value
        swing = max(costs) - min(costs) if all(map(math.isfinite, costs)) else math.nan
        figures = (value.unit, value.low, value.value, value.high)
        evidence = (value.grade, shown(value.source, line.library.bibliography))
        found.append((number.where, number.quantity, number.title, *figures, *evidence, *costs, swing, why))
    frame = pd.DataFrame(found, columns=Results.influence.names[:-1])
    return frame.sort_values("swing_usd_per_unit", ascending=False, kind="stable", ignore_index=True)
