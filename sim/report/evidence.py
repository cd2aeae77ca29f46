"""The table of assumptions, and the list of the sources that it cites."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.compare import records
from sim.figures.style import name, number, unit
from sim.report.tables import Headed, Row, Table, breakable, table

__all__ = ["References", "assumptions"]


class References:
    """Numbers for sources in the order in which they are met."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known
        self.texts: dict[str, int] = {}

    def cite(self, source: str) -> str:
        """Return how a source is shown beside a number: the reason of an estimate, or a number in brackets."""
        source = source.strip()
        if not source:
            return "no source"
        if source.startswith("estimate:"):
            return source
        text = self._text(source)
        return f"[{self.texts.setdefault(text, len(self.texts) + 1)}]"

    def _text(self, source: str) -> str:
        entry = self.known.get(source)
        if not isinstance(entry, Mapping):
            return source
        doi = f"doi:{entry['doi']}" if entry.get("doi") else ""
        parts = [entry.get("authors"), entry.get("title"), entry.get("where"), entry.get("year"), doi]
        return ", ".join(str(part) for part in parts if part)

    @property
    def listed(self) -> list[str]:
        """All sources, by number."""
        return list(self.texts)


def assumptions(rows_: pd.DataFrame, references: References) -> Table:
    """Return every number that the lines rest on, once, under its entry and its source."""
    columns = [("Quantity", "", "w"), ("Value", "", "r"), ("Range", "", "r"), ("Grade", "", "c")]
    unique = rows_.drop_duplicates([column for column in rows_.columns if column != "line"])
    entry = unique["where"].map(_entry)
    out: list[Row] = []
    said: set[str] = set()
    for where, part in unique.groupby(entry, sort=False):
        source_before = ""
        first = True
        for row in records(part.sort_values("source", kind="stable")):
            note = str(row.note) if isinstance(row.note, str) and row.note and row.note not in said else ""
            said.add(note)
            source = f"{references.cite(str(row.source))} {note}".strip()
            if first or note or str(row.source) != source_before:
                out.append(Headed(breakable(str(where)), source) if first else [source])
                first = False
            source_before = str(row.source)
            span = (
                f"{compact(row.low)} – {compact(row.high)}"
                if not math.isnan(row.low) and not math.isnan(row.high)
                else ""
            )
            inner = str(row.where)[len(str(where)) :].strip(".")
            label = f"{inner}.{row.quantity}" if inner else str(row.quantity)
            out.append(
                [breakable(name(label)), f"{compact(row.value)} {unit(str(row.unit))}".strip(), span, str(row.grade)]
            )
    return table(columns, out)


def _entry(where: str) -> str:
    """Return the entry that a number belongs to: a step, a material, an economic figure.

    >>> _entry("route.metathesis.steps.anneal.power"), _entry("materials.Li2S"), _entry("economics")
    ('route.metathesis.steps.anneal', 'materials.Li2S', 'economics')
    """
    parts = where.split(".")
    depth = (4 if len(parts) > 2 and parts[2] in ("steps", "tanks") else 2) if parts[0] == "route" else 2
    return ".".join(parts[:depth])


def compact(x: Any) -> str:
    """Return a number as short as four digits allow.

    >>> compact(14.0), compact(0.998), compact(12500.0), compact(2.5e6)
    ('14', '0.998', '12 500', '2.5 million')
    """
    try:
        x = float(x)
    except (TypeError, ValueError):
        return str(x)
    text, _, word = number(x, 4).partition(" million")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return (f"{whole}.{part}" if part else whole) + (" million" + word if " million" in number(x, 4) else "")
