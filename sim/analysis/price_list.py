"""A purchaser's list: the prices of the catalogue as a table to fill in, and a filled one as an overlay."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from sim.errors import InputError, Issue, nearest
from sim.inputs import ESTIMATE, Document, Library, load_library, unknown
from sim.results import openpyxl, plain, timeless, write_csv

__all__ = ["overlay_of", "price_list", "write_list"]

BOUGHT = ("materials", "utilities", "consumables")
"""Parts of the catalogue that a purchaser pays for."""

COLUMNS = ("path", "title", "price", "low", "high", "unit", "year", "source", "grade", "note")
NEEDED = ("path", "price", "unit", "year")
"""Columns without which a list is none."""
SAYS_PRICE = ("price", "unit")
BELONGS = ("low", "high", "source", "grade", "note")
"""What is said of one price, and not of another that takes its place."""

SAME = 1e-12
"""Relative difference of two numbers that a spreadsheet makes by rounding [1]."""

_WIDTHS = {"path": 38, "title": 38, "unit": 10, "source": 40, "note": 60}
"""Width of columns of the sheet [character]; others have 11."""

_Cell = str | float | None
_Row = Mapping[str, _Cell]


class _Sheet(NamedTuple):
    """A table as it stands in a file."""

    name: str
    """File and sheet, as messages call it."""
    rows: Sequence[Sequence[_Cell]]


def price_list(library: Library) -> pd.DataFrame:
    """Return the prices of all goods and energy of a catalogue.

    Returns
    -------
    DataFrame
        Columns path (as `--set` takes it), title, price, low and high (ends of its range) in `unit`, year, source (a
        key of the bibliography, or `estimate: reason`), grade and note.
    """
    rows = []
    for kind in BOUGHT:
        for name, entry in getattr(library, kind).items():
            if (price := entry.price) is not None:
                told = (price.value, price.low, price.high, price.unit, price.year, price.source or entry.source)
                rows.append((f"{kind}.{name}.price", entry.title, *told, price.grade, price.note))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"low": float, "high": float, "year": "Int64"})


def write_list(table: pd.DataFrame, path: Path) -> None:
    """Write a price list as CSV or, by the ending of *path*, as a workbook; the same list gives the same bytes.

    Raises
    ------
    InputError
        If nothing can be written there, or *path* ends otherwise.
    SimError
        If openpyxl is missing for a workbook.
    """
    try:
        if _ending(path) == ".xlsx":
            path.write_bytes(_workbook(table))
        else:
            write_csv(table, path)
    except OSError as error:
        raise InputError([Issue(str(path), 1, 1, f"nothing can be written here: {error.strerror}")]) from None


def overlay_of(path: Path, *, source: str = "", files: Sequence[Document] = ()) -> tuple[str, int]:
    """Return the overlay of the prices in which a list differs from the catalogue, and how many these are.

    Parameters
    ----------
    path : Path
        CSV, or a workbook, of which every sheet is read whose first row names the columns of `price_list`.
    source : str, default=""
        Source of changed prices that name none of their own: a key of the bibliography, or `estimate: reason`.
    files : sequence of Document
        Private files over the catalogue; the overlay is to be laid over these.

    Raises
    ------
    InputError
        With every cell that is refused.

    Notes
    -----
    Where a price was changed, what else a row says and was left as it was (range, source, grade, note) belongs to the
    price that stood there, and is not taken.
    """
    library = load_library(files=files)
    stated = {str(row["path"]): row for row in _told(price_list(library))}
    issues: list[Issue] = []
    documents = [_changed(sheet, stated, (library, source), issues) for sheet in _sheets(path)]
    try:
        load_library(files=[*files, *documents])
    except InputError as error:
        names = {document.name for document in documents}
        issues += [_at_cell(issue) if issue.file in names else issue for issue in error.issues]
    if issues:
        raise InputError(issues)
    merged: dict[str, dict[str, Any]] = {}
    for document in documents:
        for kind, entries in document.data.items():
            merged.setdefault(kind, {}).update(entries)
    number = sum(map(len, merged.values()))
    text = yaml.safe_dump({"format": 1, **merged}, sort_keys=False, allow_unicode=True, width=110)
    return text, number


# -- from a sheet ------------------------------------------------------------------------------------------------------


def _sheets(path: Path) -> list[_Sheet]:
    """Return the sheets of a file that are price lists."""
    ending = _ending(path)
    try:
        found = list(_workbook_sheets(path)) if ending == ".xlsx" else [_Sheet(str(path), _csv_rows(path))]
    except FileNotFoundError:
        raise InputError([Issue(str(path), 1, 1, "no such file")]) from None
    except (OSError, UnicodeDecodeError, csv.Error, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError([Issue(str(path), 1, 1, f"the file cannot be read: {error}")]) from None
    lists = [sheet for sheet in found if sheet.rows and NEEDED[0] in sheet.rows[0]]
    if not lists:
        text = f"'path' is missing: the first row of a price list names its columns, {', '.join(COLUMNS)}"
        raise InputError([Issue(str(path), 1, 1, text)])
    issues = [
        Issue(sheet.name, 1, 1, f"'{name}' is missing: a price list has the columns {', '.join(NEEDED)}")
        for sheet in lists
        for name in NEEDED
        if name not in sheet.rows[0]
    ]
    if issues:
        raise InputError(issues)
    return lists


def _csv_rows(path: Path) -> list[list[_Cell]]:
    text = path.read_text(encoding="utf-8-sig")
    head = text.partition("\n")[0]
    # where the comma is that of decimals, spreadsheets part cells by semicolons
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    return [[_cell(plain(item)) for item in row] for row in reader]


def _workbook_sheets(path: Path) -> Iterator[_Sheet]:
    book = openpyxl().load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            yield _Sheet(
                f"{path}, sheet {sheet.title}", [[_cell(x) for x in row] for row in sheet.iter_rows(values_only=True)]
            )
    finally:
        book.close()


def _cell(found: Any) -> _Cell:
    """Return a number, a text without blanks around it, or None."""
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    text = "" if found is None else str(found).strip()
    try:
        return float(text)
    except ValueError:
        return text or None


def _changed(sheet: _Sheet, stated: Mapping[str, _Row], taken: tuple[Library, str], issues: list[Issue]) -> Document:
    """Return the prices of a sheet that differ, as if they were a file of the shape of the catalogue.

    Parameters
    ----------
    stated : mapping of str to mapping
        Rows of the catalogue by path.
    taken : tuple
        The catalogue, and the source of prices that name none.
    issues : list of Issue
        Takes what is refused.
    """
    library, otherwise = taken
    head = [str(name) for name in sheet.rows[0]]
    data: dict[str, Any] = {}
    marks: dict[tuple[str | int, ...], tuple[int, int]] = {(): (1, 1)}
    first: dict[str, int] = {}

    def refuse(line: int, column: str, text: str) -> None:
        issues.append(_at_cell(Issue(sheet.name, line, head.index(column) + 1 if column in head else 1, text)))

    for line, cells in enumerate(sheet.rows[1:], start=2):
        row: _Row = {name: cell for name, cell in zip(head, cells, strict=False) if name in COLUMNS}
        path = str(row.get("path") or "")
        if not any(cell is not None for cell in row.values()):
            continue
        if path not in stated:
            refuse(line, "path", f"unknown price '{path}'{nearest(path, stated)}")
        elif path in first:
            refuse(line, "path", f"repeated key '{path}'; it stands first in line {first[path]}")
        else:
            first[path] = line
            told = _difference(row, stated[path], otherwise)
            if not told:
                continue
            source = str(told.get("source", ""))
            if not source:
                refuse(line, "source", "no source: say what a changed price rests on, a key or 'estimate: reason'")
            elif source not in library.bibliography and not source.startswith(ESTIMATE):
                text = unknown("source", source, library.bibliography)
                refuse(line, "source", f"{text}; a guess is written 'estimate: reason'")
                told["source"] = f"{ESTIMATE} none"  # so that the rest of the row is read, too
            kind, name, field = path.split(".")
            data.setdefault(kind, {})[name] = {field: _written(told)}
            place = (kind, name, field)
            columns = {"value": "price", "range": "low", "estimate": "source"}
            for key in ("value", "range", "year", "source", "estimate", "grade", "note"):
                column = columns.get(key, key)
                marks[*place, key] = (line, head.index(column) + 1 if column in head else 1)
            marks[place] = marks[*place, "value"]
    return Document(sheet.name, data, marks, {})


def _difference(row: _Row, stated: _Row, source: str) -> dict[str, _Cell]:
    """Return what a changed row says, empty if it says what the catalogue does."""
    told = {name: row.get(name) for name in COLUMNS if name not in ("path", "title")}
    moved = {name for name in told if name in row and not _same(told[name], stated[name])}
    if not moved:
        return {}
    if moved.intersection(SAYS_PRICE):
        told |= {name: None for name in BELONGS if name not in moved}
        told["source"] = told["source"] or source or None
    else:
        told |= {name: stated[name] for name in told if name not in row}
    return {name: cell for name, cell in told.items() if cell is not None}


def _same(one: _Cell, other: _Cell) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= SAME * max(abs(one), abs(other))
    return one == other


def _written(told: Mapping[str, _Cell]) -> dict[str, Any]:
    """Return a row as a price is written in a file."""
    unit = str(told.get("unit", ""))
    found: dict[str, Any] = {"value": _quantity(told.get("price", ""), unit)}
    ends = [_quantity(told[name], unit) for name in ("low", "high") if name in told]
    if ends:
        found["range"] = ends
    for name in ("year", "grade", "note"):
        if name in told:
            cell = told[name]
            found[name] = int(cell) if name == "year" and isinstance(cell, float) and cell.is_integer() else cell
    source = str(told.get("source", ""))
    if source.startswith(ESTIMATE):
        found["estimate"] = source.removeprefix(ESTIMATE).strip()
    elif source:
        found["source"] = source
    return found


def _quantity(number: _Cell, unit: str) -> str:
    return f"{number!r} {unit}" if isinstance(number, float) else f"{number or ''} {unit}".strip()


def _at_cell(issue: Issue) -> Issue:
    """Return an issue that names the cell as a spreadsheet does."""
    letters, col = "", issue.col
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return replace(issue, text=f"{issue.text} (cell {letters}{issue.line})")


# -- to a sheet --------------------------------------------------------------------------------------------------------


def _told(table: pd.DataFrame) -> Iterator[_Row]:
    """Yield the rows of a list as they are read back."""
    for row in table.itertuples(index=False):
        cells = zip(COLUMNS, row, strict=True)
        yield {name: None if pd.isna(cell) else _cell(cell) for name, cell in cells}


def _workbook(table: pd.DataFrame) -> bytes:
    """Return a list as a workbook: head frozen, prices with their format, no text a formula."""
    library = openpyxl()
    book = library.Workbook()
    sheet = book.active
    sheet.title = "prices"
    sheet.freeze_panes = "C2"
    for row, told in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *_told(table)], start=1):
        for col, (name, found) in enumerate(told.items(), start=1):
            cell = sheet.cell(row, col, found)
            if isinstance(found, str):
                cell.data_type = "s"
            elif isinstance(found, float):
                cell.number_format = "0" if name == "year" else "#,##0.00##"
            if row == 1:
                cell.font = library.styles.Font(bold=True)
                sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(name, 11)
    sheet.auto_filter.ref = sheet.dimensions
    return timeless(book)


def _ending(path: Path) -> str:
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise InputError([Issue(str(path), 1, 1, "expected '.csv' or '.xlsx' at the end of the name of a price list")])
    return path.suffix.lower()
