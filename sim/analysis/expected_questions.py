"""What is asked in expected values: which numbers matter, what must be true for a goal, where two lines are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.analysis.ask import Answer, Question, lines_of
from sim.analysis.sensitivity import break_even, break_even_map, reach, sensitivity
from sim.errors import InputError, Issue, nearest
from sim.plant import Line
from sim.results import kpi_named
from sim.rollup import numbers
from sim.study import Study, called
from sim.workers import Progress, Workers

__all__ = ["Sensitivity"]

MOST = 15
"""Rows of a table that are shown."""


@dataclass(frozen=True)
class Sensitivity(Question[Answer]):
    """Which numbers matter; or, with `reach` or `equal`, what must be true, or where lines are equal."""

    lines: Sequence[str] = ()
    """Names of lines, all if none are named; with `equal` two."""
    kpi: str = "cost_per_unit"
    """Name of an indicator."""
    method: str = "sobol"
    """`sobol`, `morris` or `spearman`."""
    samples: int | None = None
    """Samples, or trajectories of Morris; see `sim.analysis.sensitivity.SAMPLES`."""
    reach: str | None = None
    """A value of the indicator that the lines are to reach, such as `50 USD/kg`."""
    equal: Sequence[str] = ()
    """Path of a number, or of two, at which two lines are to come to the same."""
    low: float | None = None
    high: float | None = None
    """Where to look for the one number of `equal`, in its own unit; the ends of its range if not given."""

    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Answer:  # noqa: ARG002 - fast
        """Return which numbers of the lines matter, or what else is asked, in words and as a table."""
        known = {line.name: line for line in study.lines}
        for name in self.lines:
            if name not in known:
                raise _unknown(f"the scenario has no line '{name}'{nearest(name, known)}; it has {', '.join(known)}")
        kpi_named(self.kpi)
        lines = lines_of(study, self.lines)
        if self.equal:
            return _equal(lines, self)
        if self.reach is not None:
            return _reach(lines, self.reach, self.kpi)
        return _sensitivity(lines, self, study.scenario.seed)


def _sensitivity(lines: Sequence[Line], asked: Sensitivity, seed: int) -> Answer:
    """Say which numbers of lines matter."""
    kpi, tables, texts = asked.kpi, [], []
    for line in lines:
        found = sensitivity(line, kpi=kpi, method=asked.method, samples=asked.samples, seed=seed)
        tables.append(found.assign(line=line.name, kpi=kpi))
        shown = _text(found.drop(columns="parameter"), 2 * MOST) if len(found) else "no number with a range moves it"
        texts.append(f"{line.name}, {kpi}:\n{shown}")
    columns = ["line", "kpi", "method", "parameter", "title", "value", "low", "high"]
    units = {line.name: _unit(line, kpi) for line in lines}
    return Answer("sensitivity", pd.concat(tables, ignore_index=True)[columns], "\n\n".join(texts), {"unit": units})


def _label(path: str, lines: Sequence[Line]) -> str:
    """Return a number in plain words with its unit."""
    for line in lines:
        for number in numbers(line):
            if f"{number.where}.{number.quantity}" == called(path, line):
                return f"{number.title} [{number.value.unit}]"
    return path


def _unknown(text: str) -> InputError:
    return InputError([Issue("sensitivity", 1, 1, text)])


def _unit(line: Line, kpi: str) -> str:
    return kpi_named(kpi).of(line.unit)


def _text(table: pd.DataFrame, most: int = MOST) -> str:
    shown = table.head(most).to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep="-")
    return f"{shown}\n({len(table) - most} more rows)" if len(table) > most else shown


def _reach(lines: Sequence[Line], goal: str, kpi: str) -> Answer:
    """Say what must be true for lines to reach a goal."""
    number, _, unit = goal.strip().partition(" ")
    try:
        wanted = float(number)
    except ValueError:
        raise _unknown(f"expected a number with the unit of {kpi}, such as '50 USD/kg', found '{goal}'") from None
    tables, texts = [], []
    for line in lines:
        if unit.strip() not in ("", _unit(line, kpi)):
            raise _unknown(f"{kpi} of '{line.name}' is in {_unit(line, kpi)}, found '{goal}'")
        table = reach(line, wanted, kpi=kpi)
        tables.append(table.assign(line=line.name, kpi=kpi, goal=wanted))
        texts.append(f"{_said(table, line, wanted, kpi)}\n{_text(table.drop(columns='parameter'))}")
    return Answer("reach", pd.concat(tables, ignore_index=True), "\n\n".join(texts))


def _said(table: pd.DataFrame, line: Line, goal: float, kpi: str) -> str:
    """Say in a sentence what would reach a goal."""
    unit, now = _unit(line, kpi), float(table.attrs["now"])
    head = f"{line.name}: {kpi} is {now:.4g} {unit} in expected values"
    if now <= goal:
        return f"{head}, which is {goal:g} or less already."
    alone = table[table["needed"].notna()]
    words = [f"{row.title} {row.needed:.4g} {row.unit} (now {row.value:.4g})" for row in alone.itertuples()]
    said = (
        f"one number alone reaches {goal:g}: {'; or '.join(words[:5])}"
        if words
        else f"no number alone reaches {goal:g}"
    )
    there = table["together"] <= goal
    if not there.any():
        return f"{head}; {said}, nor do all at their good ends: {float(table['together'].min()):.4g}."
    count = int(there.to_numpy().argmax()) + 1
    return f"{head}; {said}. The first {count} of the list at their good ends do, together."


def _equal(lines: Sequence[Line], asked: Sensitivity) -> Answer:
    """Say at which value of one number, or of two, two lines come to the same."""
    paths, kpi = asked.equal, asked.kpi
    if len(lines) != 2:
        raise _unknown(f"two lines are compared, found {len(lines)}: name them with --line")
    one, other = lines
    if _unit(one, kpi) != _unit(other, kpi):
        raise _unknown(f"'{one.name}' has {kpi} in {_unit(one, kpi)}, '{other.name}' in {_unit(other, kpi)}")
    if len(paths) > 2:
        raise _unknown(f"a map has two numbers, found {len(paths)}")
    if len(paths) == 2:
        table = break_even_map(one, other, (paths[0], paths[1]), kpi=kpi)
        share = float((table["difference"] > 0.0).mean())
        text = f"{one.name} is lower in {share:.0%} of the map, {other.name} in the rest; --out draws it."
        about = {
            "labels": tuple(_label(path, lines) for path in paths),
            "lines": (one.name, other.name),
            "unit_": _unit(one, kpi),
        }
        return Answer("break_even_map", table, text, about)
    table = break_even(one, other, paths[0], kpi=kpi, low=asked.low, high=asked.high)
    if table.empty:
        return Answer("break_even", table, f"{one.name} and {other.name} are equal nowhere in that range.")
    texts = [
        f"{row.parameter} = {row.value:.6g}: both have {kpi} {row.cost:.4g} {_unit(one, kpi)}; "
        f"below it {row.cheaper_below} is lower, above it {row.cheaper_above}"
        for row in table.itertuples()
    ]
    return Answer("break_even", table, "\n".join(texts))
