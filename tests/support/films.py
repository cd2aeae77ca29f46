"""Made-up separators: three powders before four films, to compare and draw without simulating."""

from __future__ import annotations

from typing import Any

import pandas as pd

POWDERS = {"milled": 0.0, "wet_thf": 1.0, "metathesis_of_salts": 2.0}
FILMS = {"pressed": (20.0, 2.0), "cast": (12.0, 6.0), "slurry_nbr_nylon": (25.0, 13.0), "infiltrated": (50.0, 27.0)}
"""Cost [USD/m2] and area resistance [ohm cm2] with the first powder."""
KPIS = (
    ("cost_per_unit", "USD/m2", 1.0, 0.0),
    ("conversion_cost_per_unit", "USD/m2", 0.4, 0.0),
    ("energy_per_unit", "kWh/m2", 0.1, 0.0),
    ("gwp_per_unit", "kg CO2e/m2", 0.05, 0.0),
    ("conductivity", "mS/cm", 0.0, 0.5),
    ("area_resistance", "ohm cm2", 0.0, 1.0),
)


def make(spread: float = 1.0) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return the summary and the lines; every powder after the first adds *spread* in USD/m2 and ohm cm2."""
    rows, lines = [], []
    for powder, dearer in POWDERS.items():
        for film, (usd, ohm) in FILMS.items():
            key = f"{powder}_{film}"
            lines.append(
                {
                    "name": key,
                    "kind": "membrane",
                    "function": "separator",
                    "unit": "m2",
                    "product": film,
                    "route": {"name": key, "segments": {powder: {}, film: {}}, "product": {"thickness": "30 um"}},
                }
            )
            for kpi, of, by_cost, by_resistance in KPIS:
                mean = by_cost * (usd + dearer * spread) + by_resistance * (ohm + 0.1 * dearer * spread)
                rows.append((key, kpi, of, mean, 0.98 * mean, 1.02 * mean, 5))
    columns = ["line", "kpi", "unit", "mean", "ci_low", "ci_high", "replications"]
    return pd.DataFrame(rows, columns=columns), lines
