"""The workbook of a run: what may be changed with formulas that follow it, all other tables as values, and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.reporting.formulas import COST, EQUIPMENT, INPUTS, STOCKS, TOTALS, Model
from sim.reporting.sheets import Book, Column, format_of
from sim.results import TABLES, Results, nameless, timeless

__all__ = ["workbook_of"]

UNSHOWN = ("costs", "equipment", "quantities", "price_roots", "samples", "sample_slopes", "replay", "traffic", "gantt")
"""Tables that stand in the sheets with formulas, or are too long for a sheet."""


def workbook_of(results: Results) -> bytes:
    """Return the workbook of a run; the same results give the same bytes.

    Raises
    ------
    SimError
        If openpyxl is missing.
    """
    book = Book.empty()
    model = Model(nameless(results), results.currency)
    _about(book, results)
    inputs = list(model.inputs())
    _sheet(book, "Inputs", INPUTS, model.code, inputs, frozen="B2")
    for row, (path, _, owner, *_) in enumerate(inputs, start=2):
        book.name(model.names[path, owner], f"Inputs!$D${row}")
    _sheet(book, "Equipment", EQUIPMENT, model.code, model.equipment(), frozen="E2")
    _sheet(book, "Stocks", STOCKS, model.code, model.stocks(), frozen="B2")
    _sheet(book, "Cost", COST, model.code, model.cost(), frozen="E2")
    _sheet(book, "Totals", TOTALS, model.code, model.totals(), frozen="B2")
    for name, table in TABLES.items():
        if name not in UNSHOWN and len(found := getattr(results, name)):
            _values(
                book, name, found, {column.name: column.unit for column in table.in_money(results.currency).columns}
            )
    _sources(book, results)
    return timeless(book.book)


def _sheet(book: Book, title: str, columns: tuple[Column, ...], code: str, rows: Any, *, frozen: str) -> None:
    heads = [column._replace(head=column.head.replace("USD", code)) for column in columns]
    book.sheet(title, heads, rows, frozen=frozen)


# -- sheets with values ------------------------------------------------------------------------------------------------


def _values(book: Book, name: str, table: pd.DataFrame, units: Mapping[str, str]) -> None:
    columns = []
    for head in map(str, table.columns):
        unit = units.get(head, "")
        is_number = pd.api.types.is_numeric_dtype(table[head])
        widest = max([len(head) + 2, *(len(str(text)) for text in table[head].head(200))]) if not is_number else 12
        columns.append(
            Column(
                f"{head} [{unit}]" if unit and "`" not in unit else head,
                format_of(table[head]) if pd.api.types.is_float_dtype(table[head]) else "0",
                max(10.0, widest),
            )
        )
    rows = ([None if pd.isna(x) else x for x in row] for row in table.itertuples(index=False))
    book.sheet(name, columns, rows, frozen="B2")


def _sources(book: Book, results: Results) -> None:
    """Write the references of a run."""
    columns = (
        Column("key", width=24), Column("authors", width=40), Column("title", width=60),
        Column("publisher, page or address", width=40),
        Column("year", "0"), Column("DOI", width=32), Column("grade", width=7),
    )  # fmt: skip
    rows = [
        (key, it["authors"], it["title"], it["where"], it["year"], it["doi"], it["grade"])
        for key, it in results.manifest["references"].items()
    ]
    book.sheet("Sources", columns, rows, frozen="B2")


def _about(book: Book, results: Results) -> None:
    """Write what the workbook is of, and how it is read."""
    manifest = results.manifest
    scenario = manifest["scenario"]
    rows = [
        ("scenario", scenario["title"] or scenario["name"]),
        ("program", manifest["program_version"]),
        ("money", f"{results.currency} of {manifest['price_year']}"),
        ("replications", f"{scenario['replications']}, seed {scenario['seed']}"),
        (
            "blue numbers",
            "may be typed over: prices, wage and shares in Inputs; quotes, exponents and lives in Equipment",
        ),
        (
            "black numbers",
            "of Inputs, Equipment, Stocks, Cost and Totals follow by formulas, or come from the simulation",
        ),
        ("amounts", "kg, kWh, hours, machines and sizes are those of the simulation: no price changes them"),
        ("total", "is the cost with every number as stated: the base case, not the median of the samples"),
        *(("changed", f"{it['path']}: {it['old']} → {it['new']} ({it['by']})") for it in manifest["changes"]),
        *(("warning", text) for text in manifest["warnings"]),
    ]
    book.sheet("About", (Column("what", width=18), Column("", width=110)), rows, frozen="A2")
