"""The table of assumptions, and the list of the sources that it cites."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.reporting.contract import Reference
from sim.reporting.tables import Headed, Row, Table, breakable, table
from sim.reporting.words import compact, name, quantity, unit
from sim.results import ReferenceFacts, records

__all__ = ["References", "assumptions", "followed"]


UNCHECKED = "General knowledge"
"""How the source of numbers begins that were written down from memory: a grade, not a reference."""
_ADDRESS = re.compile(
    r"(?:https?://)?\b(?:[a-z0-9-]+\.)+(?:com|org|eu|br|net|gov|edu|de|jp|cn|int|io)\b(?:/[^\s,;)]*)?"
)


class References:
    """Numbers for sources in the order in which they are met."""

    def __init__(self, known: Mapping[str, ReferenceFacts]) -> None:
        self.known = known
        self.texts: dict[str, int] = {}
        self.links: dict[str, str] = {}

    def cite(self, source: str) -> str:
        """Return how a source is shown beside a number: the reason of an estimate, or a number in brackets."""
        source = source.strip()
        if not source:
            return "no source"
        if source.startswith("estimate:"):
            return source
        if source.startswith(UNCHECKED):
            return "general knowledge"
        text = self._text(source)
        return f"[{self.texts.setdefault(text, len(self.texts) + 1)}]"

    def _text(self, source: str) -> str:
        entry = self.known.get(source)
        if not isinstance(entry, Mapping):
            return source
        doi = f"doi:{entry['doi']}" if entry.get("doi") else ""
        parts = [entry.get("authors"), entry.get("title"), entry.get("where"), entry.get("year"), doi]
        text = ", ".join(str(part) for part in parts if part)
        address = _ADDRESS.search(str(entry.get("where") or ""))
        there = f"https://{address[0].removeprefix('https://').removeprefix('http://')}" if address else ""
        self.links[text] = f"https://doi.org/{entry['doi']}" if doi else there
        return text

    def told(self, source: str) -> str:
        """Return a source in a few words with its number, or the reason of an estimate."""
        cited, entry = self.cite(source), self.known.get(source.strip())
        if not isinstance(entry, Mapping) or not cited.startswith("["):
            return cited
        who = str(entry.get("authors") or entry["title"]).split(",")[0]
        others = " and others" if str(entry.get("authors") or "").count(",") > 1 else ""
        year = f", {entry['year']}" if entry.get("year") and str(entry["year"]) not in who else ""
        return f"{who}{others}{year} {cited}"

    @property
    def entries(self) -> list[Reference]:
        """All sources, by number."""
        return [
            {"number": number, "text": text, "link": self.links.get(text, "")} for text, number in self.texts.items()
        ]


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
            inner = str(row.where)[len(str(where)) :].strip(".")
            label = f"{inner}.{row.quantity}" if inner else str(row.quantity)
            out.append([breakable(name(label)), *_figures(row), str(row.grade)])
    return table(columns, out)


def _figures(row: Any) -> tuple[str, str]:
    """Return value and range of a number in the unit that people read: °C, mbar and µm for K, Pa and m."""
    shift, factor, shown = 0.0, 1.0, str(row.unit)
    if shown == "K" and str(row.quantity) not in _DIFFERENCES:
        shift, shown = -273.15, "degC"
    elif shown == "Pa":
        factor, shown = 0.01, "mbar"
    elif shown == "m" and abs(row.value) < 1e-3:
        factor, shown = 1e6, "um"
    value, low, high = (round((x + shift) * factor, 9) for x in (row.value, row.low, row.high))
    span = "" if math.isnan(low) or math.isnan(high) else f"{compact(low)} – {compact(high)}"
    return f"{compact(value)} {unit(shown)}".strip(), span


_DIFFERENCES = ("approach", "difference")
"""Temperatures that are differences, and stay in K."""


def _entry(where: str) -> str:
    """Return the entry that a number belongs to: a step, a material, an economic figure.

    >>> _entry("route.metathesis.steps.anneal.power"), _entry("materials.Li2S"), _entry("economics")
    ('route.metathesis.steps.anneal', 'materials.Li2S', 'economics')
    """
    parts = where.split(".")
    depth = (4 if len(parts) > 2 and parts[2] in ("steps", "tanks") else 2) if parts[0] == "route" else 2
    return ".".join(parts[:depth])


def followed(rows: pd.DataFrame, of: str) -> str:
    """Say which price of a good that follows others was used, and how far the quote stands from what its roots make.

    Parameters
    ----------
    rows : DataFrame
        Table `followed` of one line.
    of : str
        Unit of the line.
    """
    parts = []
    for row in rows.itertuples():
        used, own, apart = (float(str(getattr(row, key))) for key in _FOLLOWED)
        roots = name(str(row.roots))
        if row.used != "quote":
            parts.append(f"{name(str(row.material))} {quantity(used, 'USD/kg')}, worked out from {roots}")
        elif math.isnan(own):
            parts.append(f"{name(str(row.material))} {quantity(used, 'USD/kg')}, a quote that moves with {roots}")
        else:
            between = f"{'+' if apart > 0.0 else '−' if apart < 0.0 else '±'}{quantity(abs(apart), f'USD/{of}')}"
            parts.append(
                f"{name(str(row.material))} {quantity(used, 'USD/kg')}, a quote; from {roots} it would be "
                f"{quantity(own, 'USD/kg')} ({between})"
            )
    return "; ".join(parts)


_FOLLOWED = ("usd_per_kg", "worked_out_usd_per_kg", "apart_usd_per_unit")
