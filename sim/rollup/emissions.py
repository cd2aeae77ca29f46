"""Emissions: hydrogen sulfide at the workplaces, and greenhouse gas per unit shipped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from sim.inputs import Library, formulas
from sim.plant import Line
from sim.results import Results
from sim.rollup.energy import EnergyFlow, energy_flows, workplaces
from sim.rollup.ledger import Ledger
from sim.rollup.machines import footprints, open_hours_by_step, per_year, shipped_per_year
from sim.rollup.materials import MaterialFlow, feeds, material_flows

__all__ = ["caustic_of", "gwp_table", "hydrogen_sulfide", "is_hydrogen_sulfide"]

_CO2 = {"C": 1.0, "O": 2.0}


_H2S = {"H": 2.0, "S": 1.0}


def is_hydrogen_sulfide(library: Library, material: str) -> bool:
    """Return whether a material is H2S, whatever it is called."""
    formula = library.materials[material].formula
    return bool(formula) and formulas.elements(formula) == _H2S


def caustic_of(library: Library) -> str:
    """Return the name of sodium hydroxide, with which H2S is scrubbed; empty if the catalogue has none."""
    found = (name for name, entry in library.materials.items() if entry.formula)
    return next((name for name in found if formulas.elements(library.materials[name].formula) == _NAOH), "")


_NAOH = {"H": 1.0, "Na": 1.0, "O": 1.0}

MOLAR_VOLUME = 0.0244654
"""Volume of an ideal gas at 25 degC and 1 atm [m3/mol]."""


def hydrogen_sulfide(line: Line, ledger: Ledger, flows: Iterable[MaterialFlow] | None = None) -> pd.DataFrame:
    """Return what becomes of the H2S of every room if it were let go there.

    ppm = (g/h / M) V_m / (m3/h of fresh air) * 1e6, capture = 1 - limit / ppm

    Returns
    -------
    DataFrame
        One row per room in which the line has machines: line, room, g_per_h (formed per open hour of its steps),
        fresh_air_m3_per_h (floor x height x air change), ppm_if_released, limit_ppm, capture_needed (share that has to
        be caught at the machine so that the air of the room stays below the limit, 0 if none).

    Notes
    -----
    A mean over the open hours with perfect mixing: a charge that reacts in minutes, or air that stands, makes more.
    """
    library, open_of, places = line.library, open_hours_by_step(line), workplaces(line)
    floor: dict[str, float] = {}
    for item in footprints(line, ledger):
        if item.area_m2 == 0.0:  # an auxiliary of which the line has none
            continue
        floor[item.room] = floor.get(item.room, 0.0) + item.area_m2
    grams = dict.fromkeys(floor, 0.0)
    limits = [item.limit for name, item in library.materials.items() if is_hydrogen_sulfide(library, name)]
    limit = next((1e6 * value.value for value in limits if value is not None), math.nan)
    for flow in material_flows(line, ledger) if flows is None else flows:
        room = places.get(flow.step, "")
        if flow.direction == "emission" and room in grams and is_hydrogen_sulfide(library, flow.material):
            grams[room] += 1000.0 * flow.kg / (open_of[flow.step] or ledger.window_h)
    rows = []
    for name, rate in grams.items():
        entry = library.rooms[name]
        air = floor[name] * entry.height.value * entry.air_change.value
        ppm = 1e3 * rate / formulas.molar_mass("H2S") * MOLAR_VOLUME / air
        needed = max(0.0, 1.0 - limit / ppm) if ppm > 0.0 else 0.0
        rows.append((line.name, name, rate, air, ppm, limit, needed))
    return Results.h2s.frame(rows)


def gwp_table(
    line: Line,
    ledger: Ledger,
    materials: Iterable[MaterialFlow] | None = None,
    energy: Iterable[EnergyFlow] | None = None,
    taken: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return greenhouse gas per year: line, step, kind, source, kg_co2e_per_year, kg_co2e_per_unit.

    Kinds are `material` (cradle to gate of what is fed for the product of the window), `energy`, and `direct` (carbon
    dioxide that leaves the plant). Vented solvents, treatment of wastes, machines and buildings are left out. A feed
    without a figure counts nothing; `missing_gwp` in the attributes of the table names them.
    """
    library, factor, shipped = line.library, per_year(ledger), shipped_per_year(ledger)
    total: dict[tuple[str, str, str], float] = {}
    missing: set[str] = set()

    def add(step: str, kind: str, source: str, kg: float) -> None:
        total[step, kind, source] = total.get((step, kind, source), 0.0) + kg

    for step, material, kg in feeds(line, ledger, taken):
        gwp = library.materials[material].gwp
        if gwp is None:
            missing.add(material)
        else:
            add(step, "material", material, kg * gwp.value)
    for flow in material_flows(line, ledger) if materials is None else materials:
        entry = library.materials[flow.material]
        if flow.direction == "emission" and entry.formula and formulas.elements(entry.formula) == _CO2:
            add(flow.step, "direct", flow.material, flow.kg)
    for item in energy_flows(line, ledger) if energy is None else energy:
        add(item.step, "energy", item.utility, item.kwh * library.utilities[item.utility].gwp.value)
    rows = [(line.name, *key, kg * factor, kg * factor / shipped) for key, kg in total.items()]
    frame = pd.DataFrame(rows, columns=["line", "step", "kind", "source", "kg_co2e_per_year", "kg_co2e_per_unit"])
    frame.attrs["missing_gwp"] = sorted(missing)
    return frame
