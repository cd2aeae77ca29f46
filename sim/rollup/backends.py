"""Both backends side by side: what the chemical and the battery plant make of the machines of a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from sim.plant import Line, Match, battery, design
from sim.results import BackendFacts, Results
from sim.rollup.capital import BASES, CapitalPart, capital_parts, process_price
from sim.rollup.costs import expected_cost
from sim.rollup.ledger import Ledger

__all__ = ["cross_check", "facts"]


def cross_check(line: Line, ledger: Ledger) -> pd.DataFrame:
    """Return what both backends make of every machine of a line.

    Returns
    -------
    DataFrame
        One row for every process of the battery plant that the line holds, and one for every machine without such a
        counterpart: line, step, title of the process (empty without one), item (equipment); driver, its unit and its
        yearly volume, and the ratio to the baseline's; installed cost of the chemical plant, of the battery plant as
        its powers have it and of the smallest machines, and the one taken, with what it rests on [USD]; floor of both
        and the one taken [m2]; labour of the battery plant beside that of the simulated operators and crew of the step
        [h/y]; and a note. What does not apply is nan.

    Notes
    -----
    Labour is a cross-check alone: people are paid as posts, as the line needs them. Of a step with two processes, its
    people stand beside the first.
    """
    chemical = capital_parts(design(line, backend="chemical"), ledger)
    found = battery.matches(line.graph, line.flowsheet, line.library, line.sizing)
    groups: dict[tuple[Any, ...], tuple[Match | None, list[tuple[CapitalPart, CapitalPart]]]] = {}
    for own, other in zip(capital_parts(line, ledger), chemical, strict=True):
        match = next((m for m in found if m.step == own.step and own.section in m.sections), None)
        key = (own.step, match.process) if match is not None else (own.step, own.section, own.equipment)
        groups.setdefault(key, (match, []))[1].append((own, other))
    rows, staffed = [], set()
    for match, pairs in groups.values():
        taken, catalogue = ([pair[at] for pair in pairs] for at in (0, 1))
        step = taken[0].step
        row = _taken(line, taken, catalogue)
        if match is not None:
            row |= _process(line, match, catalogue)
            row |= {"labour_h": _labour(line, step)} if step not in staffed else {}
            staffed.add(step)
        rows.append(row)
    return Results.backend.frame(rows)


def _taken(line: Line, taken: Sequence[CapitalPart], catalogue: Sequence[CapitalPart]) -> dict[str, Any]:
    return {
        "line": line.name,
        "step": taken[0].step,
        "title": "",
        "item": ", ".join(part.item for part in taken),
        "driver": "",
        "unit": "",
        "usd_chemical": math.fsum(part.installed_usd for part in catalogue),
        "usd": math.fsum(part.installed_usd for part in taken),
        "basis": taken[0].basis,
        "m2_chemical": math.fsum(part.area_m2 for part in catalogue),
        "m2": math.fsum(part.area_m2 for part in taken),
        "note": taken[0].note,
    }


def _process(line: Line, match: Match, catalogue: Sequence[CapitalPart]) -> dict[str, Any]:
    plant = line.library.batpac
    assert plant is not None
    driver, price = plant.drivers[match.driver], process_price(line.library, match, catalogue)
    return {
        "title": plant.processes[match.process].title,
        "driver": driver.title,
        "unit": driver.volume.unit,
        "volume": match.volume,
        "ratio": match.ratio,
        "usd_battery": price.scaled,
        "usd_smallest": price.smallest,
        "m2_battery": match.scaled.area_m2,
        "labour_h_battery": match.scaled.labour_h,
    }


def _labour(line: Line, name: str) -> float:
    """Return the hours of operators that a step holds and of its crew [h/y]."""
    crew = line.graph.steps[name].crew
    return line.sizing.steps[name].operator_h_per_year + (crew.value * line.sizing.open_hours_per_year if crew else 0.0)


def facts(line: Line, ledger: Ledger) -> BackendFacts:
    """Return for the manifest which backend a line asks for, and what each of them comes to.

    Returns
    -------
    dict
        asked: `by_kind`, `chemical` or `battery`; shares of the installed equipment by what its price rests on [1];
        and capital_usd (installed equipment) and cost_per_unit (in expected values, where there are such) of the two
        backends, each wherever it can, and of the one asked for [USD, USD/unit].
    """
    parts = capital_parts(line, ledger)
    total = math.fsum(part.installed_usd for part in parts)
    shares = {basis: math.fsum(part.installed_usd for part in parts if part.basis == basis) for basis in BASES}
    variants = {name: design(line, backend=name) for name in dict.fromkeys(("chemical", "battery", line.backend))}
    return {
        "asked": line.backend,
        "shares": {basis: usd / total for basis, usd in shares.items() if usd},
        "capital_usd": {
            name: math.fsum(part.installed_usd for part in capital_parts(one, ledger)) for name, one in variants.items()
        },
        "cost_per_unit": dict(_costs(variants)),
    }


def _costs(variants: dict[str, Line]) -> Iterator[tuple[str, float]]:
    for name, line in variants.items():
        try:
            cost = expected_cost(line)[0]
        except (ValueError, ArithmeticError):
            continue
        if math.isfinite(cost):
            yield name, cost
