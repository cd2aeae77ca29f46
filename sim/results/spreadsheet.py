"""Cells of CSV: texts that a spreadsheet would take for formulas are texts there, too, and come back as they were.

An apostrophe is put before a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, apostrophes in front
of these not counted, and taken away again by whoever reads it; numbers stay numbers, with or without a sign.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

__all__ = ["plain", "shielded", "write_csv"]

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
