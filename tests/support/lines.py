"""A small catalogue, small lines and event logs written by hand."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.log import DTYPE, NO_LOT, NO_PLACE, NO_SERVER, Kind, Log
from sim.inputs.catalogue import Consumable, Economics, Equipment, Library, Material, Reference, Room, Services, Utility
from sim.inputs.evidence import graded_library
from sim.inputs.scenario import Plant
from sim.plant.calendars import open_hours
from sim.plant.line import Line
from sim.plant.resolve import resolve

GUESS = {"estimate": "made up"}


def usd_kg(number: float) -> dict[str, Any]:
    """Return a price of 2023."""
    return {"value": f"{number} USD/kg", "year": 2023}


MATERIALS: dict[str, dict[str, Any]] = {
    "Li2S": {"formula": "Li2S", "price": usd_kg(100), "gwp": "10 kg/kg", "hazards": ["H2S_former"]},
    "LiOH": {"formula": "LiOH", "disposal": usd_kg(1)},
    "P2S5": {"formula": "P2S5", "price": usd_kg(10), "gwp": "3 kg/kg", "hazards": ["H2S_former"]},
    "LiCl": {"formula": "LiCl", "price": usd_kg(5), "gwp": "5 kg/kg", "disposal": usd_kg(1)},
    "Li6PS5Cl": {"formula": "Li6PS5Cl", "price": usd_kg(200), "gwp": "20 kg/kg", "hazards": ["H2S_former"]},
    "soda": {
        "formula": "Na2S",
        "price": usd_kg(4),
        "gwp": "2 kg/kg",
        "assay": {"soda": 0.8, "water": 0.2},
        "disposal": usd_kg(2),
    },
    "water": {"formula": "H2O", "phase": "liquid"},
    "H2S": {"formula": "H2S", "phase": "gas", "limit": "1 ppm"},
    "NaOH": {"formula": "NaOH", "price": usd_kg(0.5), "gwp": "1 kg/kg"},
    "CO2": {"formula": "CO2", "phase": "gas"},
    "argon": {"formula": "Ar", "phase": "gas", "price": usd_kg(1), "gwp": "0.5 kg/kg", "density": "1.6 kg/m3"},
    "THF": {
        "formula": "C4H8O",
        "phase": "liquid",
        "price": usd_kg(2),
        "gwp": "5 kg/kg",
        "disposal": usd_kg(0.3),
        "heat_capacity": "1.7 kJ/kg/K",
        "boiling_point": "339 K",
        "vaporisation": "410 kJ/kg",
    },
}

SERVICES: dict[str, Any] = {
    "chiller": {"efficiency": "0.5", "condensing": "40 degC", "approach": "7 K", "most": "20"},
    "vacuum_pump": {"efficiency": "0.3", "leak": "0.1"},
    **GUESS,
}

ECONOMICS: dict[str, Any] = {
    "year": 2023,
    "discount_rate": "8 %",
    "building_life": "20 y",
    "building": {"value": "2500 USD/m2", "year": 2023},
    "install": {"solids": "3.0", "solid_fluid": "3.5", "fluid": "4.5", "turnkey": "1.2"},
    "maintenance": "3 %",
    "insurance_tax": "1 %",
    "contingency": "20 %",
    "startup": "5 %",
    "working_capital": "15 %",
    "overhead_on_labour": "40 %",
    "overhead_on_capital": "10 %",
    "wage": {"value": "30 USD/h", "year": 2023},
    "paid_hours": "1800 h",
    "operator_utilisation": "0.75",
    "machine_utilisation": "0.85",
    "sulfide_deactivation": {"value": "5 USD/kg", "year": 2023},
    "scrubber_caustic": "2.35 kg/kg",
    "cost_index": {2013: 600.0, 2023: 900.0},
    **GUESS,
}


def equipment(**changes: Any) -> Equipment:
    """Return a contained vessel: 100,000 USD of 2013 at 1 m3, twice its plain price."""
    price = {
        "value": {"value": "100000 USD", "year": 2013},
        "at": "1 m3",
        "exponent": "0.6",
        "containment": "2",
        **GUESS,
    }
    raw: dict[str, Any] = {
        "title": "vessel",
        "price": {**price, **changes.pop("price", {})},
        "sizes": ["0.1 m3", "10 m3"],
        "install": "solids",
        "footprint": "10 m2",
        "room": "hall",
        "life": "10 y",
        **GUESS,
    }
    return Equipment.model_validate({**raw, **changes})


def library(**materials: dict[str, Any]) -> Library:
    """Return the small catalogue; keywords give materials other evidence or data."""
    book = {
        "good": {"title": "Handbook", "doi": "10.1000/1", "grade": "A"},
        "fair": {"title": "Web page", "grade": "C"},
    }
    found = {name: {"title": name, **raw, **materials.get(name, GUESS)} for name, raw in MATERIALS.items()}
    hall = {
        "title": "hall",
        "power": "0.1 kW/m2",
        "setback": "50 %",
        "capital": {"value": "1000 USD/m2", "year": 2023},
        "height": "5 m",
        "air_change": "4 1/h",
    }
    catalogue = Library(
        materials={name: Material.model_validate(raw) for name, raw in found.items()},
        equipment={
            "vessel": equipment(),
            "web": equipment(title="web machine", install="turnkey"),
            "column": equipment(
                title="column", price={"at": "100 kg/h", "containment": "1"}, sizes=["10 kg/h", "1000 kg/h"]
            ),
        },
        utilities={
            name: Utility.model_validate(
                {"title": name, "price": {"value": f"{price} USD/kWh", "year": 2023}, "gwp": f"{gwp} kg/kWh", **GUESS}
            )
            for name, price, gwp in (("electricity", 0.1, 0.4), ("heat", 0.05, 0.2), ("gas", 0.04, 0.2))
        },
        rooms={"hall": Room.model_validate({**hall, **GUESS})},
        consumables={
            "bag": Consumable.model_validate({"title": "bag", "price": {"value": "5 USD", "year": 2023}, **GUESS})
        },
        services=Services.model_validate(SERVICES),
        economics=Economics.model_validate(ECONOMICS),
        price_sets={},
        regions={},
        currencies={},
        bibliography={name: Reference.model_validate(raw) for name, raw in book.items()},
    )
    return graded_library(catalogue, {})


ONE_STEP = """
name: toy
title: one machine
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - id: mill
    equipment: vessel
    size: 2 m3
    machines: 2
    batch: 100 kg
    recipe: {LiCl: 1 kg}
    duration: 10 h
    power: {run: 20 kW, idle: 2 kW, clean: 5 kW}
    cooling: {fraction: 0.5, cop: 4}
    operators: 1
    consumables: {bag: 0.1 1/kg}
    next: ship
"""

WET = """
name: wet
title: everything at once
kind: synthesis
function: powder
product: {material: Li6PS5Cl, unit: kg, key_feed: Li2S}
source: good
tanks:
  THF:
    {capacity: 2000 kg, initial: 500 kg, regeneration: {equipment: column, heat: 0.5 kWh/kg, electricity: 0.1 kWh/kg}}
staff: {control: 1 persons}
auxiliaries: {vessel: 1}
steps:
  - id: react
    equipment: vessel
    size: 2 m3
    batch: 300 kg
    recipe: {Li2S: 5 mol, P2S5: 1 mol, LiCl: 2 mol}
    feeds: {THF: 2 kg/kg, soda: 0.01 kg/kg}
    reactions:
      - {equation: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl, conversion: {P2S5: 0.98}}
      - {equation: Li2S + 2 water -> H2S + 2 LiOH, conversion: {water: 0.5}}
    split: {emission: {H2S: 1.0}}
    duration: 4 h
    operators: 1
    power: {run: 10 kW, idle: 1 kW}
    gas: {argon: 0.1 kg/kg}
    clean: {every: 5, duration: 1 h}
    loss: [{per: clean, amount: 2 kg}, {per: lot, amount: 0.5 kg}]
    failures: [{after: exponential(50) h, repair: 3 h}]
  - id: dry
    equipment: vessel
    size: 2 m3
    batch: 290 kg
    min_batch: 0.5
    duration: 5 h
    dry_to: {THF: 1 %}
    recover: {THF: {recycle: 0.9, purge: 0.06, vent: 0.04}}
    heat: {to: 400 K, efficiency: 0.5, idle: 3 kW}
    condense: {cop: 2}
    yield: 0.97
    operators: {run: 1}
    buffer: {capacity: 900 kg, max_wait: 1 h}
  - id: anneal
    batch: 100 kg
    duration: 8 h
    slots: 3
    pitch: 2 h
    operators: 0
  - id: inspect
    duration: triangular(1, 2, 4) h
    hold: 6 h
    inspect: {pass: 0.8, fail: rework -> anneal, passes: 1}
    operators: 1
  - id: pack
    equipment: web
    size: 1 m3
    rate: 50 kg/h
    next: ship
"""


def resolved(text: str, catalogue: Library | None = None, **options: Any) -> Line:
    """Return the line of a route text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "route.yaml"
        path.write_text(text, encoding="utf-8")
        name = options.pop("name", "line")
        plant = options.pop("plant", Plant())
        return resolve(name, path, catalogue or library(), plant, **options)


def replaced(line: Line, **changes: Any) -> Line:
    """Return a line made to have another plan in its first step; `plan_` in front of changes to the plan itself."""
    of_plan = {name[5:]: value for name, value in changes.items() if name.startswith("plan_")}
    of_step = {name: value for name, value in changes.items() if not name.startswith("plan_")}
    first, *others = line.plan.steps
    plan = replace(line.plan, steps=(replace(first, **of_step), *others), **of_plan)
    forced = replace(line, warm_up_h=plan.warm_up_h, horizon_h=plan.horizon_h)
    share = open_hours(plan.calendars[0], plan.warm_up_h, plan.end_h) / plan.horizon_h
    own = {"open_h": share * 8760.0, "calendars": plan.calendars} if "calendars" in of_plan else {}
    if own:
        own["sizing"] = replace(line.sizing, open_hours_per_year=share * 8760.0)
    vars(forced).update(plan=plan, **own)
    return forced


def log_of(line: Line, *rows: tuple[Any, ...]) -> Log:
    """Return a log of rows (time, kind, step, server, amount, place, lot); what is left out stays empty."""
    table = np.zeros(len(rows), dtype=DTYPE)
    empty = (0.0, Kind.IDLE, 0, NO_SERVER, 0.0, NO_PLACE, NO_LOT)
    for index, row in enumerate(rows):
        values = (*row, *empty[len(row) :])
        for name, value in zip(("time_h", "kind", "step", "server", "amount", "place", "lot"), values, strict=True):
            table[index][name] = value
    return Log(line.plan, 0, 0, table)


def batch(
    start: float, end: float, server: int = 0, amount: float = 100.0, lot: int = 1, quality: float = 1.0
) -> list[tuple[Any, ...]]:
    """Return the rows of one operation of a one-step line that ships at its end."""
    return [
        (start, Kind.START, 0, server, amount, NO_PLACE, lot),
        (end, Kind.FINISH, 0, server, amount, NO_PLACE, lot),
        (end, Kind.SHIP, 0, server, amount, NO_PLACE, lot),
        (end, Kind.CARRY, 0, server, start, NO_PLACE, lot),
        (end, Kind.QUALITY, 0, server, quality, NO_PLACE, lot),
    ]
