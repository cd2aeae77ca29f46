"""Cells of CSV and workbooks: texts that a spreadsheet would take for formulas are texts there, too.

In CSV an apostrophe is put before a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, apostrophes
in front of these not counted, and taken away again by whoever reads it; numbers stay numbers, with or without a sign.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import SimError

__all__ = ["openpyxl", "plain", "shielded", "timeless", "write_csv"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]inf")


def shielded(text: str) -> str:
    """Return a text as it stands in a cell.

    >>> [shielded(text) for text in ("=1+1", "'=x", "-3.5", "'tis", "mill")]
    ["'=1+1", "''=x", '-3.5', "'tis", 'mill']
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """Return the text of a cell.

    >>> [plain(shielded(text)) for text in ("=1+1", "'=x", "-3.5", "'tis", "mill")]
    ['=1+1', "'=x", '-3.5', "'tis", 'mill']
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV; only texts that look like formulas are touched."""
    texts = table.select_dtypes(exclude=["number", "bool"])
    cells = {name: [shielded(x) if isinstance(x, str) else x for x in texts[name]] for name in texts.columns}
    table.assign(**cells).to_csv(path, index=False, lineterminator="\n")


# -- workbooks ---------------------------------------------------------------------------------------------------------


def openpyxl() -> Any:
    """Return the library of workbooks.

    Raises
    ------
    SimError
        If it is not installed.
    """
    try:
        import openpyxl
        import openpyxl.styles
        import openpyxl.workbook.defined_name
    except ImportError as error:
        raise SimError("workbooks need openpyxl: pip install openpyxl") from error
    return openpyxl


def timeless(book: Any) -> bytes:
    """Return a workbook as a file that does not say when it was written: the same book gives the same bytes."""
    made, timeless = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "docProps/core.xml":
                content = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", content)
            new.writestr(zipfile.ZipInfo(item.filename), content, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()
