"""Invented tables and facts of a manifest, made from what is declared."""

from typing import Any, NotRequired, get_args, get_origin, get_type_hints

import pandas as pd
from typing_extensions import is_typeddict

from sim.results import manifest as declared
from sim.results.tables import TABLES


def invented(kind: Any, /, **given: Any) -> Any:
    """Return an empty value of every field that a manifest must have; those that are given beat it."""
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = {name: hint for name, hint in hints.items() if get_origin(hint) is not NotRequired}
        return {**({name: invented(hint) for name, hint in needed.items()} if kind.__total__ else {}), **given}
    allowed = get_args(kind)
    return None if type(None) in allowed else (get_origin(kind) or kind)()


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a table of invented rows; what they do not say is empty, or 0 where it must be a number."""
    empty = {"text": "", "number": float("nan"), "count": 0}
    filled = {column.name: empty[column.kind] for column in TABLES[name].columns if column.kind != "more"}
    return TABLES[name].frame({**filled, **row} for row in rows)


def line(name: str, **given: Any) -> declared.LineFacts:
    """Return the facts of a line."""
    return invented(declared.LineFacts, name=name, **{"route": {"name": name}, **given})


def manifest(*lines: declared.LineFacts, **given: Any) -> declared.Manifest:
    """Return a manifest."""
    return invented(declared.Manifest, format=declared.FORMAT, program_version="0.1.0", lines=list(lines), **given)
