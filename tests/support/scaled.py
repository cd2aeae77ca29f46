"""Made-up results of routes at three scales: those of `results` thrice, dearer and smaller."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sim.results.folder import Results
from support.results import make as plain

SCALES = {"lab": 400.0, "pilot": 3.0, "industrial": 1.0}
"""Cost and energy of a unit over those of the plant; good output is smaller by its square."""
LABOUR = 100.0
"""Labour shrinks by that much more."""


def make(names: tuple[str, ...] = ("ball_milling", "wet_thf", "dry_ptfe")) -> Results:
    """Return results of *names* at every scale; lines are called NAME_SCALE."""
    base = plain(names)
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in base.tables}
    lines = []
    for scale, factor in SCALES.items():
        for name, table in base.tables.items():
            columns = [column for column in ("line", "line_a", "line_b") if column in table]
            own = table.assign(**{column: table[column].astype(str) + f"_{scale}" for column in columns})
            tables[name].append(_scaled(name, own, factor))
        for line in base.manifest["lines"]:
            lines.append(
                {**line, "name": f"{line['name']}_{scale}", "scale": scale, "open_hours_per_year": 2080.0 * len(lines)}
                | {"route": {"name": line["name"]}}
            )
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    return replace(base, tables=joined, manifest={**base.manifest, "lines": lines})


def _scaled(name: str, table: pd.DataFrame, factor: float) -> pd.DataFrame:
    if name == "costs":
        more = table["category"].map({"labour": LABOUR if factor > 1.0 else 1.0}).fillna(1.0)
        return table.assign(usd_per_unit=table["usd_per_unit"] * factor * more)
    if name == "energy":
        return table.assign(kwh_per_unit=table["kwh_per_unit"] * factor)
    if name == "summary":
        by = {"cost_per_unit": factor, "energy_per_unit": factor, "throughput": factor**-2.0}
        factors = table["kpi"].map(by).fillna(1.0)
        return table.assign(**{column: table[column] * factors for column in ("mean", "ci_low", "ci_high")})
    return table
