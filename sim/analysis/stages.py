"""Stages: which parts of the way from a line's numbers to its cost in expected values read which number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sim.inputs import Followed, Path, Value, followed
from sim.plant import Line, checks, renumbered
from sim.rollup import expected, expected_cost

__all__ = ["stages_read"]

_STAGES: Mapping[str, Callable[[Line], Any]] = {
    "checks": lambda line: list(checks.sums(line.route, line.library)),
    "streams": lambda line: line.flowsheet,
    "sizes": lambda line: line.sizing,
    "ledger": expected,
    "costs": expected_cost,
}
"""What is worked out one after the other."""


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
    """Return which stages read each of some numbers: checks, streams, sizes, ledger, costs.

    Raises
    ------
    FlowsheetError, or a group of them
        If the line has no expected ledger.
    """
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
    for stage, work in _STAGES.items():
        now = stage
        work(seen)
    return reads


def _origins(name: str, line: Line) -> Iterator[Path]:
    """Yield the paths of all numbers that the price of a material comes of."""
    path, price = ("materials", name, "price"), line.library.materials[name].price
    if not isinstance(price, Followed):
        yield path
        return
    yield from [path] if price.quote is not None else [(*path, "plus"), (*path, "yield_")]
    for root in price.roots:
        yield from _origins(root.name, line)
