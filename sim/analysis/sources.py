"""Where the numbers come from: the bibliography, and what a line rests on, source by source, as text and as tables."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

import pandas as pd

from sim.analysis.one_at_a_time import influence
from sim.inputs import ESTIMATE, GRADES, Library, Number, catalogue_numbers
from sim.plant import Line
from sim.rollup import expected_cost, numbers

__all__ = ["bibliography", "line_sources", "line_text", "text"]

WIDTH = 110
"""Columns of the text."""


def bibliography(library: Library) -> pd.DataFrame:
    """Return the sources: key, grade, read (how much of it), year, title, doi, numbers (of the catalogue) from it."""
    cited = Counter(number.value.source for number in catalogue_numbers(library))
    rows = [
        (key, item.grade, item.read, item.year, item.title, item.doi, cited[key])
        for key, item in library.bibliography.items()
    ]
    columns = ["source", "grade", "read", "year", "title", "doi", "numbers"]
    return pd.DataFrame(rows, columns=columns).astype({"year": "Int64"})


def text(library: Library) -> str:
    """Return the bibliography to read, with a count of the catalogue's numbers by grade."""
    lines = [f"{'source':<24} grade  read      year  title"]
    for key, item in library.bibliography.items():
        head = f"{key:<24} {item.grade:<5}  {item.read:<8}  {item.year or '':<4}  "
        words = item.title + (f", doi:{item.doi}" if item.doi else "")
        lines += textwrap.wrap(words, WIDTH, initial_indent=head, subsequent_indent=" " * 10, break_long_words=False)
    found = list(catalogue_numbers(library))
    lines += ["", f"The catalogue has {len(found)} numbers: {_counted(found)}."]
    return "\n".join(lines)


def line_sources(line: Line) -> pd.DataFrame:
    """Return every number that a line rests on, by grade and source.

    Returns
    -------
    DataFrame
        Columns source (key, or the reason of an estimate), grade, where, quantity, title, value, unit, low, high,
        note, cost_low, cost, cost_high, swing_usd_per_unit; the costs are nan for numbers without a range.
    """
    costs = ["cost_low", "cost", "cost_high", "swing_usd_per_unit"]
    moved = influence(line)
    places = zip(moved["where"], moved["quantity"], strict=True)
    swings = dict(zip(places, moved[costs].itertuples(index=False, name=None), strict=True))
    rows = []
    for number in sorted(numbers(line), key=lambda number: _rank(number, line.library)):
        value, place = number.value, (number.where, number.quantity)
        known = swings.get(place, (math.nan,) * len(costs))
        words = (value.source, value.grade, *place, number.title)
        rows.append((*words, value.value, value.unit, value.low, value.high, value.note, *known))
    columns = ["source", "grade", "where", "quantity", "title", "value", "unit", "low", "high", "note", *costs]
    return pd.DataFrame(rows, columns=columns).astype({"low": float, "high": float})


def line_text(line: Line, table: pd.DataFrame, most: int = 5) -> str:
    """Return what a line rests on to read: a summary, the numbers that matter most, and all numbers by source.

    Parameters
    ----------
    table : DataFrame
        From `line_sources`.
    most : int, default=5
        Numbers with the largest swing to name.
    """
    return "\n".join([*_summary(line), *_swings(line, table, most), *_by_source(line, table)])


def _summary(line: Line) -> Iterator[str]:
    found = list(numbers(line))
    basis = f"{line.target_per_year:,.0f} {line.unit}/y" if line.target_per_year else "no target, one machine a step"
    yield f"{line.name}: {line.route.title} ({basis})"
    yield f"{len(found)} numbers: {_counted(found)}."
    try:
        cost, items = expected_cost(line)
    except ValueError as error:
        yield f"No cost in expected values: {error}."
        return
    total = sum(abs(item.usd_per_year) for item in items)
    by_grade = {grade: sum(abs(item.usd_per_year) for item in items if item.grade == grade) for grade in GRADES}
    shares = ", ".join(f"{grade} {100.0 * usd / total:.0f} %" for grade, usd in by_grade.items() if usd)
    yield f"Share of the cost, {cost:.4g} USD/{line.unit} in expected values: {shares}."


def _swings(line: Line, table: pd.DataFrame, most: int) -> Iterator[str]:
    largest = table[table["swing_usd_per_unit"] > 0.0].nlargest(most, "swing_usd_per_unit")
    if largest.empty:
        return
    yield ""
    yield f"What matters most: the cost [USD/{line.unit}] with one number at the low and at the high end of its range"
    for row in largest.itertuples():
        ends = f"{row.cost_low:.4g} to {row.cost_high:.4g}"
        yield f"{_row(row)}  {ends:>18}"


def _by_source(line: Line, table: pd.DataFrame) -> Iterator[str]:
    for source, rows in table.groupby("source", sort=False):
        yield ""
        yield from textwrap.wrap(_heading(str(source), line.library), WIDTH, subsequent_indent="    ")
        yield from map(_row, rows.itertuples())


def _heading(source: str, library: Library) -> str:
    item = library.bibliography.get(source)
    if item is None:
        return source or "no source"
    facts = ", ".join(str(part) for part in (item.year, f"doi:{item.doi}" if item.doi else item.where) if part)
    return f"{source} (grade {item.grade}, read: {item.read}): {item.title}{', ' if facts else ''}{facts}"


def _row(row: object) -> str:
    """Return a number in columns: what, value, range, grade."""
    words, unit = str(getattr(row, "title", "")), str(getattr(row, "unit", ""))
    value, low, high = (float(getattr(row, name, math.nan)) for name in ("value", "low", "high"))
    figure = f"{_figure(value)} {'' if unit == '1' else unit}".rstrip()
    span = "" if math.isnan(low) else f"{_figure(low)} to {_figure(high)}"
    words = words if len(words) <= 54 else words[:53].rstrip() + "…"
    return f"  {words:<54} {figure:>16} {span:>22}  {getattr(row, 'grade', '')}"


def _figure(value: float) -> str:
    """Return a number in few digits.

    >>> _figure(0.998), _figure(2.0e6), _figure(1234.5)
    ('0.998', '2,000,000', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def _counted(found: Iterable[Number]) -> str:
    by_grade = Counter(number.value.grade for number in found)
    return ", ".join(f"{by_grade[grade]} of grade {grade}" for grade in GRADES if by_grade[grade])


def _rank(number: Number, library: Library) -> tuple[int, str, str]:
    """Return the place of a number: the best sources first, estimates last, each source together."""
    source = library.bibliography.get(number.value.source)
    guess = number.value.source.startswith(ESTIMATE) or source is None
    return (int(guess), source.grade if source else "E", number.value.source)
