"""Cells that a battery plant makes, beside those of the lines; both columns of Table 1 of the review on one footing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.inputs import CELL, CellDesign, at_catalogue, needed, printed_table
from sim.results import Results, records
from sim.rollup import catalogue_at, rival_items
from sim.study.load import Study
from sim.study.manifest import price_sets, unpriced_why

__all__ = ["tables"]

Frames = Mapping[str, pd.DataFrame]


def tables(study: Study, found: Frames) -> dict[str, pd.DataFrame]:
    """Return the tables `rivals` and `footing`, empty if the scenario names no rivals.

    Parameters
    ----------
    study : Study
        Resolved scenario.
    found : mapping of str to DataFrame
        Tables `kpis`, `cells`, `cell_pairs` and `waterfall` of the run.
    """
    rivals = Results.rivals.frame(row for design in study.rivals for row in _rival(study, design))
    return {"rivals": rivals, "footing": Results.footing.frame(_footing(study, found, rivals))}


def _rival(study: Study, design: CellDesign) -> Iterator[dict[str, Any]]:
    """Yield the items of a kWh of one design, at the prices of the run and of every set, from plants of every size."""
    library = study.lines[0].library
    at_sets = {
        "": library,
        **{name: catalogue_at(library, prices) for name, prices in price_sets(study.lines[0]).items()},
    }
    for price_set, catalogue in at_sets.items():
        priced = at_catalogue(design, catalogue)
        for kwh in _sizes(study):
            for item in rival_items(priced, catalogue, kwh):
                yield {
                    "rival": design.name,
                    "price_set": price_set,
                    "gwh_per_year": kwh / 1e6,
                    **item._asdict(),
                }


def _sizes(study: Study) -> list[float]:
    """Return the sizes of the plants: for what the lines are, and that of the battery plant itself [kWh/y]."""
    assert study.cell is not None
    sizes = []
    for line in study.lines:
        amount = needed(study.cell, line.route.function, line.unit)
        if amount is not None and line.target_per_year is not None:
            sizes.append(float(f"{line.target_per_year / amount:.3g}"))
    plant = study.lines[0].library.batpac
    return sorted({*sizes, *([plant.drivers["energy"].volume.value] if plant is not None else [])})


def _footing(study: Study, found: Frames, rivals: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the ratio of the two columns of Table 1, as printed and after every assumption is made equal.

    The solid-state column is a thousand times the cost of its cell, and the lithium-ion column is taken to be so, too.
    Both buy the same cathode material, so it tells how much larger the one cell is. The first rival is what the
    lithium-ion column stands for.
    """
    design = study.cell
    if design is None or not study.rivals:
        return
    found = _priced(study, found)
    rival, rows = study.rivals[0], printed_table(study.lines[0].library).components
    solid, liquid = (math.fsum(getattr(row, column) for row in rows.values()) / 1e3 for column in ("assb", "lib"))
    yield _step("as printed", solid, liquid, "USD")
    active = rows["NCM811"]
    liquid *= active.assb / active.lib
    yield _step("equal mass of cathode material", solid, liquid, "USD")
    kwh = [active.weight_g * 1e-6 * one.capacity.value * one.voltage.value for one in (design, rival)]
    yield _step("per kWh, at the capacity and voltage of each", solid / kwh[0], liquid / kwh[1], "USD/kWh")
    left = found["waterfall"].drop_duplicates("line", keep="last")
    if len(left):
        solid = min(float(row.usd) for row in records(left))
        yield _step(
            "separator and electrolyte as the cheapest line makes them", solid / kwh[0], liquid / kwh[1], "USD/kWh"
        )
    own = rivals[(rivals["rival"] == rival.name) & (rivals["price_set"] == "")]
    own = own[own["gwh_per_year"] == own["gwh_per_year"].min()]
    bill = _cheapest_parts(found)
    parts = float(own.loc[own["category"] == "materials", "usd_per_kwh"].sum())
    if math.isfinite(bill):
        yield _step("parts of both designs at the prices of the run, rejects in it", bill, parts, "USD/kWh")
    whole = found["cells"][(found["cells"]["component"] == CELL) & found["cells"]["usd_per_kwh"].notna()]["usd_per_kwh"]
    if len(whole):
        yield _step(
            "made, formed and tested, by plants of one size",
            float(whole.min()),
            float(own["usd_per_kwh"].sum()),
            "USD/kWh",
        )


def _priced(study: Study, found: Frames) -> Frames:
    """Return the tables without the lines that no headline may price."""
    without = {line.name for line in study.lines if unpriced_why(line, found["kpis"])}
    pairs = found["cell_pairs"]
    return {
        **found,
        **{name: found[name][~found[name]["line"].isin(without)] for name in ("cells", "waterfall")},
        "cell_pairs": pairs[~pairs["separator"].isin(without) & ~pairs["cathode"].isin(without)],
    }


def _step(assumption: str, solid: float, liquid: float, unit: str) -> dict[str, Any]:
    return {"assumption": assumption, "solid": solid, "liquid": liquid, "unit": unit, "ratio": solid / liquid}


def _cheapest_parts(found: Frames) -> float:
    """Return the cheapest bill of parts of a solid cell, bought or made [USD/kWh]; nan if there is none."""
    cells = found["cells"][~found["cells"]["component"].isin([CELL, "powder"])]
    sums = cells.groupby("line")["usd_per_kwh"].agg(lambda column: column.sum(skipna=False))
    return float(pd.concat([sums, found["cell_pairs"]["usd_per_kwh"]]).min())
