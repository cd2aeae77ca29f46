"""What a kWh of cell costs with the parts that the lines make, and Table 1 of the review with them in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from sim.inputs import (
    CATHODE,
    CELL,
    GRADES,
    SEPARATOR,
    CellComponent,
    CellDesign,
    Chain,
    PrintedRow,
    needed,
    printed_table,
    worst,
)
from sim.plant import Line
from sim.results import TABLES, CellFacts
from sim.rollup import entry_assumptions
from sim.study.load import Study

__all__ = ["facts", "handed_on_kg", "tables"]

TOTAL, START, POWDER = "total", "Table 1", "powder"
BOUGHT = "bought"
"""What stands for the powder route of a line that buys its powder."""
FIGURES = ("usd_per_kwh", "kwh_per_kwh", "kg_co2e_per_kwh")
Frames = Mapping[str, pd.DataFrame]
Row = dict[str, Any]


class _Made(NamedTuple):
    """What a line ships, per unit of it."""

    usd: float
    kwh: float
    kg_co2e: float
    kg: float
    grade: str


def facts(study: Study) -> CellFacts:
    """Return what the manifest tells of the cell design, nothing without one."""
    design = study.cell
    if design is None:
        return {}
    energy = (design.loading, design.capacity, design.voltage, design.yield_)
    return {
        "name": design.name,
        "title": design.title,
        "active": design.active,
        "loading_kg_per_m2": design.loading.value,
        "capacity_ah_per_kg": design.capacity.value,
        "areal_mah_per_cm2": design.areal_ah_per_m2 / 10.0,
        "voltage_v": design.voltage.value,
        "kwh_per_m2": design.kwh_per_m2,
        "yield": design.yield_.value,
        "grade": worst(value.grade for value in energy),
        "needed_per_kwh": {
            f"{function}/{unit}": amount
            for function, unit in product(design.functions, ("kg", "m2"))
            if (amount := needed(design, function, unit)) is not None
        },
        "functions": {name: part.function for name, part in design.components.items()},
        "titles": {name: part.title or name.replace("_", " ") for name, part in design.components.items()},
        "rivals": {rival.name: rival.title for rival in study.rivals},
    }


def tables(study: Study, found: Frames) -> dict[str, pd.DataFrame]:
    """Return the tables of the cell: cells, cell_pairs, table1, waterfall; empty if the scenario names no cell.

    With a cell also the assumptions of the run, to which its numbers are added.

    Parameters
    ----------
    study : Study
        Resolved scenario.
    found : mapping of str to DataFrame
        Tables `summary`, `costs`, `streams` and `assumptions` of the run.
    """
    rows: dict[str, list[Row]] = {name: [] for name in ("cells", "cell_pairs", "table1", "waterfall")}
    if study.cell is not None:
        cell = _Cell(study, study.cell, found)
        rows["cells"] = [*cell.bought(), *(row for line in study.lines for row in cell.bill(line))]
        rows["cell_pairs"] = sorted(cell.pairs(), key=lambda row: (row["powder"], row["usd_per_kwh"]))
        rows["table1"] = list(_table1(study))
        rows["waterfall"] = [row for line in study.lines for row in cell.waterfall(line)]
    made = {name: TABLES[name].frame(found) for name, found in rows.items()}
    if study.cell is None:
        return made
    bibliography = study.lines[0].library.bibliography
    own = [entry_assumptions(design, f"cell.{design.name}", bibliography) for design in (study.cell, *study.rivals)]
    # the numbers of a cell belong to no line
    return made | {
        "assumptions": pd.concat([found["assumptions"], *(one.assign(line="") for one in own)], ignore_index=True)
    }


class _Cell:
    """A design with the lines that make its parts."""

    def __init__(self, study: Study, design: CellDesign, found: Frames) -> None:
        self.design = design
        self.bibliography = study.lines[0].library.bibliography
        self.found = found
        self.made = {line.name: _made(line, found) for line in study.lines}
        self.lines = study.lines
        self.printed = printed_table(study.lines[0].library)

    def bought(self) -> Iterator[Row]:
        """Yield the parts of a cell that are for sale, under no line."""
        for name, part in self.design.components.items():
            if part.price is not None:
                yield self._bought("", name, part)

    def bill(self, line: Line) -> Iterator[Row]:
        """Yield the parts of a cell with what a line makes, all others bought; nothing for a line of other things.

        Powder is inside the bought parts, so a line of powder has one row, what a kWh of cell takes of it.
        """
        function, unit = line.route.function, line.unit
        amount = needed(self.design, function, unit)
        if amount is None:
            return
        if unit == "kg" or function == CELL:
            yield self._row(line, POWDER if unit == "kg" else CELL, line, amount)
            return
        for name, part in self.design.components.items():
            if part.function == function:
                maker = line
            elif part.price is None:
                maker = min(self._makers(part.function), key=lambda item: self.made[item.name].usd)
            else:
                yield self._bought(line.name, name, part)
                continue
            yield self._row(line, name, maker, self._area(part))

    def _makers(self, function: str) -> list[Line]:
        return [line for line in self.lines if line.route.function == function and line.unit == "m2"]

    def _area(self, part: CellComponent) -> float:
        """Return m2 of a part per kWh of good cell."""
        return part.area_m2 / (self.design.yield_.value * self.design.kwh_per_m2)

    def _row(self, line: Line, name: str, maker: Line, amount: float) -> Row:
        """Return what a line makes of the cell; *amount* in its unit per kWh of good cell."""
        made = self.made[maker.name]
        per_m2 = amount * self.design.kwh_per_m2
        return {
            "line": line.name,
            "component": name,
            "made_by": maker.name,
            "kg_per_m2": per_m2 * made.kg,
            "m2_per_m2": per_m2 if maker.unit == "m2" else math.nan,
            "usd_per_kwh": made.usd * amount,
            "kwh_per_kwh": made.kwh * amount,
            "kg_co2e_per_kwh": made.kg_co2e * amount,
            "grade": made.grade,
        }

    def _bought(self, line: str, name: str, part: CellComponent) -> Row:
        amount = self._area(part)
        price, gwp = part.per_m2(part.price), part.per_m2(part.gwp)
        grades = [GRADES[-1] if part.price is None else part.price.grade, part.mass.grade]
        grades += [] if part.area is None else [part.area.grade]
        return {
            "line": line,
            "component": name,
            "made_by": "",
            "kg_per_m2": part.mass.value * part.area_m2 / self.design.yield_.value,
            "m2_per_m2": part.area_m2 / self.design.yield_.value,
            "usd_per_kwh": (math.nan if price is None else price) * amount,
            "kwh_per_kwh": math.nan,
            "kg_co2e_per_kwh": (math.nan if gwp is None else gwp) * amount,
            "grade": worst(grades),
        }

    def pairs(self) -> Iterator[Row]:
        """Yield cells whose separator and cathode are both made, from powder of one route."""
        for one, other in product(self._makers(SEPARATOR), self._makers(CATHODE)):
            powder = _powder(one)
            if powder != _powder(other):
                continue
            bill = {row["component"]: row for row in self.bill(one)}
            bill |= {row["component"]: row for row in self.bill(other) if row["made_by"] == other.name}
            sums = {key: math.fsum(row[key] for row in bill.values() if not math.isnan(row[key])) for key in FIGURES}
            yield {"powder": powder or BOUGHT, "separator": one.name, "cathode": other.name, **sums}

    def _powder_kg(self, line: Line) -> float:
        """Return the powder that goes on to the film of a chain [kg/m2]; 0 if none does, or as a solution."""
        routes = _routes(line)
        solution = isinstance(line.route, Chain) and any(part.solvent for part in line.route.segments.values())
        return 0.0 if solution else handed_on_kg(self.found["streams"], line.name, routes)

    def waterfall(self, line: Line) -> Iterator[Row]:
        """Yield Table 1 with its separator and its electrolyte replaced, by mass, by what a line makes them for.

        USD per kg of film = USD per m2 over kg per m2. The electrolyte is what a powder line ships, or in a chain the
        powder at the joint: the cost of all steps of the powder's routes over the mass that goes on to the film. Tanks
        that both share stay with the film; a solution that goes on has no price of a powder.
        """
        made, function = self.made[line.name], line.route.function
        prices: dict[str, tuple[float, str]] = {}
        if function == SEPARATOR and line.unit == "m2":
            prices["Separator"] = (made.usd / made.kg, made.grade)
        if self.design.powder is not None and function == self.design.powder.function:
            prices["Electrolyte"] = (made.usd, made.grade)
        elif function in (SEPARATOR, CATHODE) and (kg := self._powder_kg(line)):
            costs = self.found["costs"]
            routes = costs["step"].str.partition("/")[0].isin(_routes(line)[:-1])
            own = costs[(costs["line"] == line.name) & routes]
            prices["Electrolyte"] = (float(own["usd_per_unit"].sum()) / kg, worst(own["grade"]))
        if not prices:
            return
        usd = math.fsum(row.usd for row in self.printed.components.values())
        columns = dict.fromkeys(("weight_g", "bought_usd_per_kg", "made_usd_per_kg"), math.nan)
        printed = self.bibliography[self.printed.source].grade
        yield {"line": line.name, "component": START, **columns, "change_usd": 0.0, "usd": usd, "grade": printed}
        for name, (price, grade) in prices.items():
            row = self.printed.components[name]
            change = row.weight_g / 1000.0 * price - row.usd
            usd += change
            yield {
                "line": line.name,
                "component": name,
                "weight_g": row.weight_g,
                "bought_usd_per_kg": row.usd_per_kg,
                "made_usd_per_kg": price,
                "change_usd": change,
                "usd": usd,
                "grade": grade,
            }


def _table1(study: Study) -> Iterator[Row]:
    """Yield Table 1 row by row, then its true totals beside the printed ones."""
    library = study.lines[0].library
    printed = printed_table(library)
    grade = library.bibliography[printed.source].grade
    rows = printed.components
    for name, row in rows.items():
        yield {"component": name, "usd_per_kg": row.usd_per_kg, **_weighed([row], row), "grade": grade}
    yield {"component": TOTAL, "usd_per_kg": math.nan, **_weighed(rows.values(), printed.total), "grade": grade}


def _weighed(rows: Iterable[PrintedRow], printed: PrintedRow) -> Row:
    """Return the sums of rows, and what is printed for them."""
    rows = list(rows)
    return {
        "weight_g": math.fsum(row.weight_g for row in rows),
        "usd": math.fsum(row.usd for row in rows),
        "usd_computed": math.fsum(row.weight_g * row.usd_per_kg / 1000.0 for row in rows),
        "printed_weight_g": printed.weight_g,
        "printed_usd": printed.usd,
    }


def _made(line: Line, found: Frames) -> _Made:
    summary, costs, streams = (table[table["line"] == line.name] for table in (found[key] for key in _NEEDED))
    means = summary.set_index("kpi")["mean"]
    shipped = streams[streams["target"] == "ship"]
    return _Made(
        usd=float(means["cost_per_unit"]),
        kwh=float(means["energy_per_unit"]),
        kg_co2e=float(means["gwp_per_unit"]),
        kg=float(shipped["kg_per_unit"].sum() / shipped["amount_per_unit"].sum()),
        grade=worst(costs["grade"]),
    )


_NEEDED = ("summary", "costs", "streams")


def _routes(line: Line) -> list[str]:
    """Return the routes of a chain in order of flow; none for a route by itself."""
    return list(line.route.segments) if isinstance(line.route, Chain) else []


def _powder(line: Line) -> str:
    """Return the routes that make the powder of a line, empty if it is bought."""
    return " + ".join(_routes(line)[:-1])


def handed_on_kg(streams: pd.DataFrame, line: str, routes: Sequence[str]) -> float:
    """Return what the last route of a chain takes from the one before, per unit shipped [kg/unit]; 0 for one route."""
    if len(routes) < 2:
        return 0.0
    own = streams[(streams["line"] == line) & (streams["role"] == "main")]
    source, target = (own[end].str.partition("/")[0] for end in ("source", "target"))
    return float(own.loc[(source == routes[-2]) & (target == routes[-1]), "kg_per_unit"].sum())
