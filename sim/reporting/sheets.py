"""Sheets of a workbook: cells with their formats, no text a formula, and references to ranges of cells."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from sim.results import openpyxl

__all__ = ["Book", "Column", "Formula", "Typed", "format_of", "summed"]

LONGEST = 32_767
"""Characters that a cell holds."""
WIDEST = 60
"""Width of a column [character]."""
LINE_PT = 15.0
"""Height of a line of text [pt]."""


class Formula(str):
    """Text of a formula, without the sign of equality."""

    __slots__ = ()


class Typed(float):
    """A number that the reader may change."""

    __slots__ = ()


class Column(NamedTuple):
    """Head of a column, and how its numbers look."""

    head: str
    format: str = "General"
    width: float = 12.0


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that is being written."""

    openpyxl: Any
    book: Any

    @staticmethod
    def empty() -> Book:
        """Return a book without sheets."""
        library = openpyxl()
        book = library.Workbook()
        book.remove(book.active)
        book.calculation.fullCalcOnLoad = True
        return Book(library, book)

    def name(self, name: str, place: str) -> None:
        """Let formulas call a cell by a name."""
        self.book.defined_names[name] = self.openpyxl.workbook.defined_name.DefinedName(name, attr_text=place)

    def sheet(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, frozen: str) -> None:
        """Write a sheet with a bold head, frozen left of and above a cell."""
        sheet, fonts = self.book.create_sheet(title), self.openpyxl.styles
        sheet.freeze_panes = frozen
        bold, blue = fonts.Font(bold=True), fonts.Font(color="0000FF")
        wrapped = fonts.Alignment(wrap_text=True, vertical="top")
        for at, column in enumerate(columns, start=1):
            head = self._put(sheet.cell(1, at), column.head)
            head.font, head.alignment = bold, wrapped
            sheet.column_dimensions[head.column_letter].width = min(column.width, WIDEST)
        words = max(math.ceil(1.2 * len(column.head) / min(column.width, WIDEST)) for column in columns)
        sheet.row_dimensions[1].height = LINE_PT * words
        for number, row in enumerate(rows, start=2):
            for at, (column, content) in enumerate(zip(columns, row, strict=True), start=1):
                if content is None:
                    continue
                cell = self._put(sheet.cell(number, at), content)
                if not isinstance(content, str) or isinstance(content, Formula):
                    cell.number_format = column.format
                if isinstance(content, Typed):
                    cell.font = blue
        if sheet.max_row > 1:
            sheet.auto_filter.ref = sheet.dimensions

    def _put(self, cell: Any, content: Any) -> Any:
        """Return a cell with its content; a number that is none stays empty."""
        if isinstance(content, Formula):
            cell.value = f"={content}"
        elif isinstance(content, str):
            cell.value = self.openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", content)[:LONGEST]
            cell.data_type = "s"
            cell.quotePrefix = content[:1] in ("=", "+", "-", "@")
        elif isinstance(content, int | np.integer):
            cell.value = int(content)
        elif math.isfinite(content):
            cell.value = float(content)
        elif math.isinf(content):
            cell.value = str(content)
        return cell


def format_of(values: Iterable[float]) -> str:
    """Return a number format for numbers of a size.

    >>> format_of([250_000.0, 12.0, 80_000.0]), format_of([0.31, 0.02]), format_of([2e-6])
    ('#,##0', '0.0000', '0.000E+00')
    """
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    middle = statistics.median_low(sizes) if sizes else 1.0
    return next((text for least, text in _FORMATS if middle >= least), "0.000E+00")


_FORMATS = ((1000.0, "#,##0"), (1.0, "#,##0.00"), (0.001, "0.0000"))


def summed(column: str, rows: Iterable[int], sheet: str = "") -> str:
    """Return the sum of cells of a column as part of a formula.

    >>> summed("K", [2, 3, 4, 9]), summed("K", [7], "Cost"), summed("K", [])
    ('SUM(K2:K4,K9)', 'Cost!K7', '0')
    """
    runs = [[row for _, row in run] for _, run in groupby(enumerate(sorted(rows)), key=lambda pair: pair[1] - pair[0])]
    of = f"{sheet}!" if sheet else ""
    parts = [f"{of}{column}{run[0]}" + (f":{column}{run[-1]}" if len(run) > 1 else "") for run in runs]
    if not parts:
        return "0"
    return parts[0] if runs == [[runs[0][0]]] else f"SUM({','.join(parts)})"
