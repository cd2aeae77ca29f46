"""The section of the report on the cell: sentences, tables, and what the figures show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.reporting.figures.cell import ALL_BOUGHT, STEPS, cell_bars
from sim.reporting.tables import Row, Table, table, value
from sim.reporting.words import listed, money, name, number, per, quantity, title, unit
from sim.results import CELL, CellFacts, LineFacts, records

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["section", "sentences"]

FEW = 4
"""Most lines that are named one by one in a sentence."""


def section(results: Results) -> dict[str, Any] | None:
    """Return what the report says of the cell; None if the run has none."""
    cell, lines = results.manifest["cell"], results.manifest["lines"]
    if not cell or results.cells.empty:
        return None
    whole = [line["name"] for line in lines if line["function"] == CELL]
    return {
        "basis": _basis(cell, whole=len(whole), lines=len(lines)),
        "sentences": [text for text in [*sentences(results), _needs(cell), _usable(results)] if text],
        "bills": _bills(results, lines, cell),
        "bars": _caption(whole=len(whole), lines=len(lines)),
        "parts": _parts(results.cells, cell),
        "pairs": _pairs(results.cell_pairs) if len(results.cell_pairs) else None,
        # whole cells replace nothing in Table 1
        "table1": _printed(results.table1) if len(results.waterfall) else None,
        "steps": _steps(results.waterfall),
    }


def sentences(results: Results) -> list[str]:
    """Return what the cheapest cell costs, of bought parts and whole, and what is left of Table 1; of priced lines."""
    cell = results.manifest["cell"]
    if not cell or results.cells.empty:
        return []
    lines = results.manifest["lines"]
    priced = [line["name"] for line in lines if not line.get("unpriced")]
    whole = [line["name"] for line in lines if line["function"] == CELL and line["name"] in priced]
    found = [
        _cheapest(results, cell),
        _whole(results, cell, whole),
        _left(results.table1, results.waterfall[results.waterfall["line"].isin(priced)]),
    ]
    return [text for text in found if text]


PARTS = (
    "One part is what the line makes, all others are bought at the prices of the design. This is a bill of parts: "
    "assembly, formation and profit are not in it, and energy is that of the line alone: nobody states that of bought "
    "parts."
)
WHOLE = (
    "A line of whole cells ships them good and formed: its figures hold assembly, formation, tests and what fails in "
    "them, and what it buys at the prices of the catalogue. The bill of bought parts holds the parts alone, those of "
    "failed cells included, but no assembly and no formation. Neither holds profit, and energy is that of the line: "
    "nobody states that of bought parts."
)


def _basis(cell: CellFacts, *, whole: int, lines: int) -> str:
    text = (
        f"{name(cell['title'])}: {number(1e3 * cell['loading_kg_per_m2'])} g/m² of {name(cell['active'])} at "
        f"{number(cell['capacity_ah_per_kg'], 4)} mAh/g are {number(cell['areal_mah_per_cm2'])} mAh/cm², and at "
        f"{number(cell['voltage_v'])} V {number(1e3 * cell['kwh_per_m2'])} Wh per m² of one face, of grade "
        f"{cell['grade']}. {number(100 * cell['yield'])} % of the cells are good; what fails takes its parts along."
    )
    if not whole:
        return f"{text} {PARTS}"
    of_parts = "Of lines of parts, one part is what the line makes and all others are bought. " if whole < lines else ""
    return f"{text} {of_parts}{WHOLE}"


def _caption(*, whole: int, lines: int) -> str:
    """Return the caption of the bars."""
    if not whole:
        return (
            "Cost of the parts of a cell per kWh: all bought, with the part that a line makes, and with the cheapest "
            "pair of separator and cathode from one powder."
        )
    others = "" if whole == lines else " and with the parts that lines make"
    return (
        f"Cost of a cell per kWh: the parts alone, all bought{others}, and whole cells with their assembly and "
        "formation."
    )


def _cheapest(results: Results, cell: CellFacts) -> str:
    """Return a sentence on the cheapest cell whose parts the lines allow, against the bought one."""
    lines = results.manifest["lines"]
    skipped = {name(line["name"]) for line in lines if line["function"] == CELL or line.get("unpriced")}
    bars = {label: bar for label, bar in _bars(results, cell).items() if not skipped & set(label.split(" + "))}
    totals = {label: math.fsum(usd for usd, _ in bar.values()) for label, bar in bars.items()}
    bought = totals.pop(ALL_BOUGHT, math.nan)
    if not totals:
        return ""
    best = min(totals, key=lambda label: totals[label])
    text = f"The cheapest cell here has the parts of {best}: {number(totals[best])} {per('kWh')}"
    if math.isnan(bought):
        return text + "."
    change = totals[best] / bought - 1.0
    way = "less" if change < 0.0 else "more"
    return f"{text}, {number(100 * abs(change), 2)} % {way} than with all parts bought ({number(bought)} {per('kWh')})."


def _whole(results: Results, cell: CellFacts, whole: Sequence[str]) -> str:
    """Return a sentence on the cheapest whole cell, with the bill of bought parts beside it."""
    cells = results.cells
    own = records(cells[cells["line"].isin(list(whole)) & cells["usd_per_kwh"].notna()])
    best = min(own, key=lambda row: float(row.usd_per_kwh), default=None)
    if best is None:
        return ""
    text = (
        f"The cheapest whole cell is that of {name(str(best.line))}, with assembly, formation and tests: "
        f"{number(float(best.usd_per_kwh))} {per('kWh')}, {number(float(best.kwh_per_kwh))} kWh/kWh of energy and "
        f"{number(float(best.kg_co2e_per_kwh))} kg CO₂e/kWh."
    )
    bought = cells[cells["line"] == ""]
    if set(bought["component"]) != set(cell["titles"]):
        return text
    return (
        f"{text} The bill of bought parts, without assembly and formation, comes to "
        f"{number(float(bought['usd_per_kwh'].sum()))} {per('kWh')} and "
        f"{number(float(bought['kg_co2e_per_kwh'].sum(skipna=False)))} kg CO₂e/kWh."
    )


def _bars(results: Results, cell: CellFacts) -> dict[str, Any]:
    return cell_bars(results.cells, results.cell_pairs, cell)


def _needs(cell: CellFacts) -> str:
    """Return a sentence on what a GWh of good cells takes."""
    parts = []
    for key, amount in cell["needed_per_kwh"].items():
        function, _, of = key.rpartition("/")
        if function != "cell":
            parts.append(f"{quantity(1e6 * amount, f'{of}/y').removesuffix('/y')} of {name(function)}")
    return f"One GWh of good cells takes {listed(parts)}." if parts else ""


def _usable(results: Results) -> str:
    """Return a sentence on what a kWh costs that is usable at C/3, where that is known."""
    rows = [row for row in records(results.service) if math.isfinite(row.usd_per_usable_kwh_low)]
    if not rows:
        return ""
    rows.sort(key=lambda row: float(row.usd_per_usable_kwh_low))
    shown = rows if len(rows) <= FEW else [rows[0], rows[-1]]
    told = [f"{_range(row.usd_per_usable_kwh_low, row.usd_per_usable_kwh_high)} with {name(row.line)}" for row in shown]
    said = listed(told) if shown is rows else " to ".join(told)
    lost = 100.0 * (1.0 - min(float(row.usable_low) for row in rows))
    return (
        f"Per kWh that is usable at C/3 the cell costs {said}, all else bought: Ohm's law in this one part takes up to "
        f"{number(lost, 2)} % of the energy, and what a cell loses besides is not in it."
    )


def _range(low: float, high: float) -> str:
    return f"{' to '.join(dict.fromkeys((number(low), number(high))))} {per('kWh')}"


def _left(table1: pd.DataFrame, waterfall: pd.DataFrame) -> str:
    """Return a sentence on the true totals of Table 1, and what the cheapest line leaves of them."""
    if waterfall.empty:
        return ""
    *_, last, total = records(table1)
    of = money("USD")
    text = (
        f"The rows of Table 1 add up to {total.weight_g:.3f} g and {total.usd:.4f} {of}, where it prints "
        f"{total.printed_weight_g:.3f} g and {total.printed_usd:.4f} {of}"
    )
    gaps = (total.weight_g - total.printed_weight_g - last.weight_g, total.usd - total.printed_usd - last.usd)
    if max(map(abs, gaps)) < 1e-6:
        text += f": the printed totals omit the last row, {last.component} ({last.weight_g:.3f} g, {last.usd:.4f} {of})"
    *_, best = sorted(records(waterfall.drop_duplicates("line", keep="last")), key=lambda row: -row.usd)
    change = best.usd / total.usd - 1.0
    way = "less" if change < 0.0 else "more"
    made = listed([str(part).lower() for part in waterfall.loc[waterfall["line"] == best.line, "component"]][1:])
    return (
        f"{text}. With the {made} of {name(str(best.line))}, by mass, {best.usd:.2f} {of} are left, "
        f"{number(100 * abs(change), 2)} % {way}."
    )


def _steps(waterfall: pd.DataFrame) -> str:
    """Return the caption of the waterfall: what is replaced, with its price in Table 1."""
    bought = waterfall.drop_duplicates("component").set_index("component")["bought_usd_per_kg"].to_dict()
    parts = [f"its bought {part.lower()} ({bought[part]:g} {per('kg')})" for part in STEPS if part in bought]
    return f"Table 1 of the review with {', then '.join(parts)} replaced, by mass, by what each line makes it for."


def _bills(results: Results, lines: Sequence[LineFacts], cell: CellFacts) -> Table:
    """Return a row for every line: its part made and bought, the cell with it, and the plant behind it."""
    columns = [
        ("Line", "", "w"),
        ("Part it makes", "", "l"),
        ("made", "USD/kWh", "r"),
        ("bought", "USD/kWh", "r"),
        ("Cell", "USD/kWh", "r"),
        ("Energy", "kWh/kWh", "r"),
        ("Cell", "kg CO₂e/kWh", "r"),
        ("Cells", "GWh/y", "r"),
        ("Output", "per year", "r"),
        ("Powder", "t/y", "r"),
        ("Machines", "", "r"),
    ]
    sold = results.cells[results.cells["line"] == ""].set_index("component")["usd_per_kwh"].to_dict()
    rows: list[Row] = []
    for line in lines:
        own = results.cells[results.cells["line"] == line["name"]]
        made = own[own["made_by"] == line["name"]]
        if made.empty:
            continue
        parts = [str(part) for part in made["component"]]
        bought = math.fsum(sold.get(part, math.nan) for part in (cell["titles"] if parts == [CELL] else parts))
        whole = parts != ["powder"]
        output = value(results.summary, line["name"], "throughput")
        per_kwh = cell["needed_per_kwh"].get(f"{line['function']}/{line['unit']}", math.nan)
        steps = results.steps[results.steps["line"] == line["name"]].drop_duplicates("step")
        rows.append(
            [
                name(line["name"]),
                listed([name(cell["titles"].get(part, part)) for part in parts]),
                number(float(made["usd_per_kwh"].sum())),
                "–" if math.isnan(bought) else number(bought),
                number(float(own["usd_per_kwh"].sum())) if whole else "–",
                number(float(made["kwh_per_kwh"].sum())),
                number(float(own["kg_co2e_per_kwh"].sum())) if whole else "–",
                number(1e-6 * output / per_kwh),
                quantity(output, f"{line['unit']}/y").removesuffix("/y").replace(" million", " M"),
                number(1e-3 * output * _powder_per_unit(results.streams, line)),
                f"{int(steps['machines'].sum())}",
            ]
        )
    return table(columns, rows)


def _powder_per_unit(streams: pd.DataFrame, line: LineFacts) -> float:
    """Return the powder behind a unit of a line's product [kg/unit]; nan if it is bought, or goes on as a solution.

    What routes of powder hand on to those of films and cathodes, on all branches of a fork.
    """
    if line["unit"] == "kg":
        return 1.0
    segments = line.get("route", {}).get("segments", {})
    if any(part.get("solvent") for part in segments.values()):
        return math.nan
    own = streams[(streams["line"] == line["name"]) & (streams["role"] == "main")]
    units = own[["source", "target"]].map(lambda step: segments.get(step.partition("/")[0], {}).get("unit"))
    crossing = (units["source"] == "kg") & (units["target"] == "m2")
    return float(own.loc[crossing, "kg_per_unit"].sum()) or math.nan


def _parts(cells: pd.DataFrame, cell: CellFacts) -> Table:
    """Return the parts of the cell as they are bought."""
    columns = [
        ("Part", "", "w"),
        ("Area", "m² per m² of cell", "r"),
        ("Mass", "g per m² of cell", "r"),
        ("Cost", "USD/kWh", "r"),
        ("GWP", "kg CO₂e/kWh", "r"),
        ("Grade", "", "c"),
    ]
    rows: list[Row] = []
    for row in records(cells[cells["line"] == ""]):
        figures = (row.m2_per_m2, 1e3 * row.kg_per_m2, row.usd_per_kwh, row.kg_co2e_per_kwh)
        part = str(row.component)
        rows.append([name(cell["titles"].get(part, part)), *[number(float(x)) for x in figures], str(row.grade)])
    return table(columns, rows)


def _pairs(pairs: pd.DataFrame) -> Table:
    """Return the cheapest separator and cathode from powder of each route."""
    columns = [
        ("Powder", "", "l"),
        ("Separator", "", "w"),
        ("Cathode", "", "w"),
        ("Cell", "USD/kWh", "r"),
        ("Energy of both", "kWh/kWh", "r"),
        ("Cell", "kg CO₂e/kWh", "r"),
    ]
    rows: list[Row] = []
    best = pairs.loc[pairs.groupby("powder", sort=False)["usd_per_kwh"].idxmin()]
    for row in records(best.sort_values("usd_per_kwh", kind="stable")):
        figures = (row.usd_per_kwh, row.kwh_per_kwh, row.kg_co2e_per_kwh)
        words = (title(str(row.powder)), name(str(row.separator)), name(str(row.cathode)))
        rows.append([*words, *[number(float(figure)) for figure in figures]])
    return table(columns, rows)


def _printed(table1: pd.DataFrame) -> Table:
    """Return Table 1 row by row, with its true totals beside the printed ones."""
    columns = [
        ("Component", "", "w"),
        ("Weight", "g", "r"),
        ("Price", "USD/kg", "r"),
        ("Cost", "USD", "r"),
        ("Weight × price", "USD", "r"),
        ("Printed weight", "g", "r"),
        ("Printed cost", "USD", "r"),
    ]
    rows: list[Row] = []
    for row in records(table1):
        price = "" if math.isnan(row.usd_per_kg) else f"{row.usd_per_kg:g}"
        words = title(str(row.component)) if row.component == "total" else unit(str(row.component))
        figures = (f"{row.weight_g:.3f}", price, f"{row.usd:.4f}", f"{row.usd_computed:.4f}")
        rows.append([words, *figures, f"{row.printed_weight_g:.3f}", f"{row.printed_usd:.4f}"])
    return table(columns, rows, total=True)
