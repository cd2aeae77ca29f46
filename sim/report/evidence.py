"""The table of assumptions, and the list of the sources that it cites."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.compare import records, solid_share
from sim.figures.bars import moving
from sim.figures.style import compact, name, number, title, unit
from sim.report.tables import Headed, Line, Row, Table, breakable, table

__all__ = ["References", "assumptions", "influential"]


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


def influential(influence: pd.DataFrame, costs: pd.DataFrame, lines: Sequence[Line], most: int = 5) -> Table:
    """Return the numbers of every line that move its cost most, with the cost at both ends of their ranges."""
    columns = [
        ("Number", "", "w"),
        ("Value", "", "r"),
        ("Range", "", "r"),
        ("Grade", "", "c"),
        ("Cost at low end", "USD/unit", "r"),
        ("at high end", "USD/unit", "r"),
    ]
    rows: list[Row] = []
    for line in lines:
        own = moving(influence[influence["line"] == line["name"]]).head(most)
        weak = 1.0 - solid_share(costs[costs["line"] == line["name"]])
        base = f"; {number(float(own['cost'].iloc[0]))} USD/{unit(line['unit'])} in expected values" if len(own) else ""
        rows.append(f"{name(line['name'])}: {100 * weak:.0f} % of the cost rests on grade D and E{base}")
        for row in records(own):
            span = f"{compact(row.low)} – {compact(row.high)}"
            figure = f"{compact(row.value)} {unit(str(row.unit))}".strip()
            ends = (number(float(row.cost_low)), number(float(row.cost_high)))
            rows.append([title(str(row.title)), figure, span, str(row.grade), *ends])
    return table(columns, rows)


def _entry(where: str) -> str:
    """Return the entry that a number belongs to: a step, a material, an economic figure.

    >>> _entry("route.metathesis.steps.anneal.power"), _entry("materials.Li2S"), _entry("economics")
    ('route.metathesis.steps.anneal', 'materials.Li2S', 'economics')
    """
    parts = where.split(".")
    depth = (4 if len(parts) > 2 and parts[2] in ("steps", "tanks") else 2) if parts[0] == "route" else 2
    return ".".join(parts[:depth])
