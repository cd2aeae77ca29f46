"""The contract of what a run says: everything that paper and page print, as `report.json` holds it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from sim.results import VerdictFacts

__all__ = [
    "Block", "Chapter", "Chart", "ChartColumn", "Column", "Given", "Headline", "Number", "Picture", "Reference",
    "Report", "Row", "Table", "schema",
]  # fmt: skip


class Column(TypedDict):
    """Head of a column."""

    title: str
    unit: str
    side: Literal["l", "r", "c", "w", "b"]
    """Left, right, centred, left and as wide as there is room, or right with a bar below the number."""


class Row(TypedDict):
    """Cells of a row, or a heading between rows with a line of small text."""

    head: str
    cells: list[str]
    shades: list[float]
    """How dark every cell is, from 0 to 1; empty if none is."""
    bars: list[float | None]
    """Length of the bar of every cell, from 0 to 1, None without one; empty if no cell has a bar."""
    colour: str
    """Of the bars: that of the line; empty without bars."""


class Table(TypedDict):
    """A table as it is printed."""

    columns: list[Column]
    rows: list[Row]
    total: bool
    """Whether the last row is a sum."""


class Block(TypedDict):
    """A part of a chapter: a paragraph, a heading, a picture, a table, a list, or facts as pairs of words."""

    kind: Literal["words", "heading", "figure", "table", "list", "facts"]
    lead: str
    """Bold words before the text; the caption of a picture or table."""
    text: str
    key: str
    """Name of a figure or table, by which texts refer to it; empty for the rest."""
    number: str
    """Such as `Figure 3`; empty for what is no figure and no table."""
    table: Table | None
    items: list[tuple[str, str]]
    """Of a list or of facts: a word and what is said of it."""
    small: bool
    """Printed in small letters, as a table of many columns or a note is."""


class Chapter(TypedDict):
    """A page or more under one heading."""

    key: str
    heading: str
    fresh: bool
    """Whether it begins on a new page."""
    alone: bool
    """Whether it has a page to itself, which it is made to fit."""
    blocks: list[Block]


class Number(TypedDict):
    """A key figure of a line: as simulated, and over the samples of all ranges."""

    kpi: str
    title: str
    unit: str
    value: float
    """Mean of the replications, every number as stated [`unit`]."""
    low: float | None
    high: float | None
    """95 % interval of that mean, chance in the plant only; None of one replication [`unit`]."""
    p10: float | None
    p50: float | None
    p90: float | None
    """Of the samples; None for what is not sampled [`unit`]."""


class Given(TypedDict):
    """A number that a line rests on and that moves its cost."""

    path: str
    """Dotted, as `--set` takes it."""
    title: str
    unit: str
    value: float
    low: float | None
    high: float | None
    """Its range [`unit`]."""
    grade: str
    source: str
    """Key of the source, or the reason of an estimate."""
    cost_low: float | None
    cost_high: float | None
    """Cost of the line with this number at either end, all others as stated [USD/unit]."""


class Headline(TypedDict):
    """The numbers of a line on page 1, in the unit of the line."""

    line: str
    title: str
    function: str
    unit: str
    cost_median: float | None
    cost_p10: float | None
    cost_p90: float | None
    """Of the samples of all ranges [USD/unit]; None without samples."""
    cost_stated: float | None
    """With every number as it stands, simulated [USD/unit]; None if no headline may price the line."""
    chance_cheapest: float | None
    """Among the lines that it may be compared with [1]."""
    output: float
    """[unit/y]"""
    grades: dict[str, float]
    """Share of the cost by the grade of the numbers that it rests on [1]."""
    categories: dict[str, float]
    """Cost as stated in six categories [USD/unit]."""
    colour: str
    """Of the line, wherever it is drawn."""
    numbers: list[Number]
    """Every key figure."""
    given: list[Given]
    """The numbers that move its cost, the largest swing first."""


class Reference(TypedDict):
    """A source."""

    number: int
    text: str
    """Authors, title, publisher and year."""
    link: str
    """Address; empty if there is none."""


class ChartColumn(TypedDict):
    """What a column of a chart's data is."""

    title: str
    unit: str
    """Empty for words."""


class Chart(TypedDict):
    """What a figure shows, as numbers: a row for every bar, step or point."""

    columns: list[ChartColumn]
    rows: list[list[str | float | None]]


class Picture(TypedDict):
    """A figure that was drawn."""

    file: str
    width_mm: float
    height_mm: float


class Report(TypedDict):
    """All that a run says."""

    format: int
    title: str
    """What the scenario is called."""
    question: str
    finding: str
    """The answer in a sentence."""
    findings: list[tuple[str, str]]
    """The verdict on every group of lines that may be compared: its heading and a sentence."""
    basis: str
    """Replications, horizon, prices, year of money."""
    footer: str
    lines: list[Headline]
    verdicts: list[VerdictFacts]
    chapters: list[Chapter]
    annex: list[Chapter]
    """Empty unless it was asked for."""
    references: list[Reference]
    warnings: list[str]
    figures: dict[str, Picture]
    charts: dict[str, Chart]
    """Data of the figures that can be drawn again, by the name of the figure."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `report.json`."""
    return TypeAdapter(Report).json_schema()
