"""What the report rests on: the run, the prices that matter with their sources, the economics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sim.reporting import tables
from sim.reporting.blocks import chapter, facts, see, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.films import SAME
from sim.reporting.tables import Row, table
from sim.reporting.words import compact, listed, name, number, per, quantity, title, unit
from sim.results import Results, mapped, places, records

__all__ = ["basis"]

ECONOMICS = (
    ("economics", "wage"), ("economics", "discount_rate"), ("economics", "working_capital"),
    ("economics", "maintenance"), ("utilities.electricity", "price"), ("utilities.heat", "price"),
)  # fmt: skip
PRICES = 12
"""Prices that are listed: those of the goods on which most is spent."""


def basis(results: Results, basis_: str, told: Any) -> Chapter:
    """Return page 4: what is counted, when the plant is open, the prices that matter, and the economics."""
    scenario = results.manifest["scenario"]
    items = [
        ("Unit", "good product that is shipped; what fails inspection is paid for by what passes"),
        ("Run", basis_),
        ("Scenario", f"{scenario['name']}; {_count(len(results.manifest['lines']), 'line')}; "
                     f"{_count(len(results.manifest['changes']), 'key')} changed against the files"),
    ]  # fmt: skip
    return chapter(
        "basis",
        "What it rests on",
        [
            facts(items),
            words(
                f"The goods on which most is spent, and what work, energy and capital cost, stand in {see('prices')}."
            ),
            sheet("prices", _prices(results, told), "Prices as used, with range, grade and source.", small=True),
            *_films(results),
            *_targets(results, told),
        ],
    )


def _count(many: int, of: str) -> str:
    return f"{many or 'no'} {of}{'s' if many != 1 else ''}"


def _films(results: Results) -> Iterator[Block]:
    """Yield what separators and electrodes resist, and why that is not known."""
    rows = records(results.service)
    told = [f"{name(row.line)} {_resistance(row)}" for row in rows if not row.why]
    why: dict[str, list[str]] = {}
    for row in rows:
        if row.why:
            why.setdefault(str(row.why), []).append(name(row.line))
    text = f"A square metre is not a service: {listed(told)}." if told else ""
    text += "".join(f" No value is given for {listed(lines)}: {reason}." for reason, lines in why.items())
    if told:
        text += " Lines of unlike resistance are not equal at any cost."
    if why:
        text += " Electrodes without a value are ranked with those of their own route only."
    if rows:
        yield words(text.strip(), "Area resistance.")


def _resistance(row: Any) -> str:
    """Return an area resistance with its range, where it has one."""
    if row.resistance_high <= SAME * row.resistance_low:
        return quantity(float(row.resistance), "ohm cm2")
    return f"{number(float(row.resistance_low))} to {quantity(float(row.resistance_high), 'ohm cm2')}"


def _targets(results: Results, told: Any) -> Iterator[Block]:
    """Yield where the marks of the map are from."""
    if not mapped(places(results)):
        return
    marks = results.manifest.get("targets", {})
    told_of = [
        f"{quantity(mark['value'], mark['unit'])} (grade {mark['grade']}; "
        f"{'; '.join(text for text in (told(mark['source']), mark['note']) if text)})"
        for mark in marks.values()
    ]
    yield words(f"{'; '.join(told_of)}.", "What is asked.")


def _prices(results: Results, told: Any) -> tables.Table:
    spent = results.costs[results.costs["category"].isin(("materials", "solvents", "gases"))]
    share_ = spent["usd_per_unit"] / spent.groupby("line")["usd_per_unit"].transform("sum")
    weight = share_.groupby(spent["item"]).max().sort_values(ascending=False, kind="stable")
    known = {(row.where, row.quantity): row for row in records(results.assumptions)}
    wanted = [(f"materials.{item}", "price") for item in weight.index][:PRICES] + list(ECONOMICS)
    out: list[Row] = []
    for key in wanted:
        if key not in known:
            continue
        row = known[key]
        label = name(key[0].partition(".")[2]) if key[0].startswith("materials.") else _label(*key)
        out.append([title(label), *_value(row), str(row.grade), _cut(told(str(row.source)))])
    columns = [("", "", "l"), ("Value", "", "r"), ("Range", "", "r"), ("Grade", "", "c"), ("Source or reason", "", "w")]
    return table(columns, out)


def _cut(text: str, most: int = 78) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


def _label(where: str, quantity_: str) -> str:
    own = where.partition(".")[2]
    return f"{own}: {quantity_.replace('_', ' ')}" if own else quantity_.replace("_", " ")


def _value(row: Any) -> tuple[str, str]:
    factor, of = (100.0, "%") if row.unit == "1" else (1.0, unit(str(row.unit)))
    if of == per("J"):
        factor, of = 3.6e6, per("kWh")
    ends = [float(row.low) * factor, float(row.high) * factor]
    span = "" if any(map(math.isnan, ends)) else f"{compact(ends[0])} to {compact(ends[1])}"
    return f"{compact(float(row.value) * factor)} {of}", span
