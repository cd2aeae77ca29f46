"""Cells that a battery plant makes, beside those of the lines: a sentence, a table, and Table 1 on one footing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from sim.reporting.tables import Row, Table, table
from sim.reporting.words import listed, money, name, number, per, unit
from sim.results import CELL, records

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["BESIDE", "FOOTING", "beside", "explained", "footing", "sentence", "totals"]

BESIDE = (
    "Cells of a battery plant beside those of the lines. With a line of parts it is a bill of parts, without assembly "
    "and formation, and the energy is that of the line alone; all other rows hold both. No row holds profit. A price "
    "set that moves nothing of a rival has no row."
)
FOOTING = "Both columns of the review's table of cell costs, made comparable one assumption after the other."
SMALL = 0.1
"""Share of the battery plant's own size below which its powers are not known to hold."""


class _Total(NamedTuple):
    """A kWh of good cells of one rival."""

    rival: str
    price_set: str
    gwh_per_year: float
    usd: float
    materials: float
    kwh: float
    kg_co2e: float


def totals(rivals: pd.DataFrame) -> list[_Total]:
    """Return what a kWh of every rival comes to, at every price set and size, in the order of the table."""
    found = []
    keys = ["rival", "price_set", "gwh_per_year"]
    for rival, price_set, size in rivals[keys].drop_duplicates().itertuples(index=False):
        own = rivals[(rivals[keys] == [rival, price_set, size]).all(axis=1)]
        sums = [math.fsum(own[column]) for column in ("usd_per_kwh", "kwh_per_kwh", "kg_co2e_per_kwh")]
        materials = math.fsum(own.loc[own["category"] == "materials", "usd_per_kwh"])
        found.append(_Total(str(rival), str(price_set), float(size), sums[0], materials, sums[1], sums[2]))
    return found


def sentence(results: Results) -> str:
    """Return what the rivals cost from a plant as large as the lines' and from one of the battery plant's size."""
    found = totals(results.rivals)
    called = results.manifest["cell"]["rivals"]
    own = [one for one in found if not one.price_set]
    small, large = min(one.gwh_per_year for one in own), max(one.gwh_per_year for one in own)
    said = []
    for rival, title in called.items():
        by_size = {one.gwh_per_year: one.usd for one in own if one.rival == rival}
        less = f" ({number(by_size[large])} from one of {number(large)} GWh/y)" if large > small else ""
        said.append(f"a {title[0].lower()}{title[1:]} costs {number(by_size[small])} {per('kWh')}{less}")
    text = f"From a plant of {number(small)} GWh/y, by the same finance, {listed(said)}."
    best = _best(results)
    if best:
        line, usd = best
        least = min(one.usd for one in own if one.gwh_per_year == small)
        text += (
            f" The cheapest whole solid cell, that of {name(line)}, costs {number(usd / least)} times the cheaper one."
        )
    if small < SMALL * large:
        text += (
            " So small a plant lies below what the scaling of the battery plant was made for: whole machines would "
            "cost more, and the rival is rather too cheap there."
        )
    return text


def _best(results: Results) -> tuple[str, float] | None:
    """Return the line that makes whole cells for least, of those that a headline may price."""
    priced = [line["name"] for line in results.manifest["lines"] if not line.get("unpriced")]
    own = results.cells[(results.cells["component"] == CELL) & results.cells["line"].isin(priced)]
    best = min(records(own), key=lambda row: float(row.usd_per_kwh), default=None)
    return None if best is None else (str(best.line), float(best.usd_per_kwh))


def beside(results: Results) -> Table:
    """Return rivals and the cells of all lines in one table."""
    columns = [
        ("Cell", "", "w"),
        ("Prices", "", "l"),
        ("Plant", "GWh/y", "r"),
        ("Parts", "USD/kWh", "r"),
        ("Cell", "USD/kWh", "r"),
        ("Energy", "kWh/kWh", "r"),
        ("Cell", "kg CO₂e/kWh", "r"),
    ]
    return table(columns, [*_rivals(results), *_lines(results)])


def _rivals(results: Results) -> Iterator[Row]:
    called = results.manifest["cell"]["rivals"]
    prices = results.manifest["scenario"]["prices"]
    found = totals(results.rivals)
    stated = {(one.rival, one.gwh_per_year): one.usd for one in found if not one.price_set}
    for one in found:
        if one.price_set and math.isclose(one.usd, stated[one.rival, one.gwh_per_year], rel_tol=1e-6):
            continue
        of = one.price_set or prices or "as stated"
        figures = (one.gwh_per_year, one.materials, one.usd, one.kwh, one.kg_co2e)
        yield [name(called[one.rival]), name(of), *(number(figure) for figure in figures)]


def _lines(results: Results) -> Iterator[Row]:
    cell, prices = results.manifest["cell"], results.manifest["scenario"]["prices"]
    output = {row.line: float(row.mean) for row in records(results.summary) if row.kpi == "throughput"}
    for line in results.manifest["lines"]:
        own = results.cells[results.cells["line"] == line["name"]]
        parts = set(own["component"])
        if not len(own) or "powder" in parts:
            continue
        sums = [math.fsum(own[column].dropna()) for column in ("usd_per_kwh", "kwh_per_kwh", "kg_co2e_per_kwh")]
        size = 1e-6 * output[line["name"]] / cell["needed_per_kwh"][f"{line['function']}/{line['unit']}"]
        usd = ("–", number(sums[0])) if CELL in parts else (number(sums[0]), "–")
        yield [name(line["name"]), name(prices or "as stated"), number(size), *usd, number(sums[1]), number(sums[2])]


def explained(steps: pd.DataFrame) -> str:
    """Return what the ratio of Table 1 becomes, and which assumption does most to it."""
    rows = records(steps)
    if len(rows) < 2:
        return ""
    changes = [(math.log(row.ratio / before.ratio), row) for before, row in pairwise(rows)]
    change, most = max(changes, key=lambda item: abs(item[0]))
    way = "falls" if change < 0.0 else "rises"
    first, last = (number(float(row.ratio)) for row in (rows[0], rows[-1]))
    return (
        f"The review's table of cell costs has its solid cell cost {first} times the lithium-ion cell; on one "
        f"footing it is {last} times. What does most to the ratio: {most.assumption}, by which it {way} to "
        f"{number(float(most.ratio))}."
    )


def footing(steps: pd.DataFrame) -> Table:
    """Return the steps from the printed columns to one footing."""
    columns = [("Made equal", "", "w"), ("Solid", "", "r"), ("Liquid", "", "r"), ("", "", "l"), ("Ratio", "", "r")]
    rows: list[Row] = []
    for row in records(steps):
        solid, liquid, ratio = (number(float(figure)) for figure in (row.solid, row.liquid, row.ratio))
        rows.append([str(row.assumption), solid, liquid, unit(money(str(row.unit))), ratio])
    return table(columns, rows)
