"""The last pages: the numbers that decide, the warnings, the method in ten lines."""

from __future__ import annotations

from sim.reporting import tables
from sim.reporting.blocks import chapter, heading, listing, see, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.figures.bars import moving
from sim.reporting.tables import Row, table
from sim.reporting.words import compact, in_words, name, number, of_number, unit
from sim.results import Results, records

__all__ = ["last"]

NUMBERS = 25
"""Numbers that are listed at the end."""
METHOD = (
    "A route is a graph of steps; streams are balanced by element, so what is fed leaves as product, by-product, waste "
    "or emission.",
    "Machines, charges and people are sized in expected values for the target in the open hours.",
    "Lots, machines, buffers, tanks, operators, failures and shifts are then simulated event by event; what is counted "
    "comes from the event log after the warm-up.",
    "Cost is what a year takes: goods at their prices, work by posts, capital by installed price and the annuity of "
    "its life, all divided by what is shipped.",
    "Equipment costs follow size by a power law from a reference, or the published baseline of a battery plant.",
    "Every number has a source and a grade: A measured or first principles, B published, C secondary, D unchecked, E "
    "estimate.",
    "Ranges are triangular between their ends unless the file says otherwise; prices of equipment, floors, repair "
    "times and yields go up and down partly together.",
    "A winner is named if it is the cheapest in nine samples of ten, and first at every whole price set of its scale.",
    "Energy is what is metered at the fence; greenhouse gas is that of goods and energy, not of machines.",
    "The manual has all formulas, and what is not modelled.",
)


def last(results: Results) -> Chapter:
    """Return the last pages."""
    said = list(dict.fromkeys(results.manifest["warnings"]))
    numbers = _numbers(results)
    blocks: list[Block | None] = [
        words(f"{see('numbers')} has the numbers that move the cost of a line most, one at a time.")
        if numbers
        else None,
        sheet(
            "numbers",
            numbers,
            "Cost of the line with the number at either end of its range, all others as stated.",
            small=True,
        )
        if numbers
        else None,
        heading("Warnings"),
        listing(map(in_words, said)) if said else words("None."),
        heading("Changes"),
        words(f"{see('changes')} has the keys whose values are not those of the files.")
        if results.manifest["changes"]
        else None,
        sheet(
            "changes",
            tables.changes(results.manifest["changes"]),
            "Numbers that were changed against the files.",
            small=True,
        )
        if results.manifest["changes"]
        else words("None: every number is that of its route or of the catalogue."),
        heading("Method"),
        listing(METHOD),
    ]
    return chapter("last", "The numbers that decide, warnings, method", blocks)


def _numbers(results: Results) -> tables.Table | None:
    lines = [line["name"] for line in results.manifest["lines"]]
    each = max(1, NUMBERS // max(1, len(lines)))
    columns = [
        ("Number", "", "w"),
        ("As stated", "", "r"),
        ("Range", "", "r"),
        ("Grade", "", "c"),
        ("At low end", "USD/unit", "r"),
        ("At high end", "USD/unit", "r"),
    ]
    rows: list[Row] = []
    for line in lines[:NUMBERS]:
        own = moving(results.influence[results.influence["line"] == line]).head(each)
        if own.empty:
            continue
        base = float(results.costs.loc[results.costs["line"] == line, "usd_per_unit"].sum())
        rows.append(f"{name(line)}: {number(base)} as stated")
        for row in records(own):
            ends = [number(base + float(end - row.cost)) for end in (row.cost_low, row.cost_high)]
            of = f"{compact(float(row.value))} {unit(str(row.unit))}".strip()
            rows.append(
                [
                    of_number(str(row.title)),
                    of,
                    f"{compact(float(row.low))} to {compact(float(row.high))}",
                    str(row.grade),
                    *ends,
                ]
            )
    return table(columns, rows) if rows else None
