"""The roll-up: a line and its log in; ledger, energy, materials, cost and indicators out."""

from sim.rollup import backends
from sim.rollup.assumptions import (
    assumptions,
    entry_assumptions,
    mixed_years,
    numbers,
)
from sim.rollup.capital import CapitalPart, capital_parts, equipment_cost
from sim.rollup.costs import (
    CostItem,
    capital_recovery_factor,
    cost_at,
    cost_items,
    cost_table,
    expected_cost,
    fixed_items,
    merged,
    price_slope,
    priced,
    stock_items,
    variable_items,
)
from sim.rollup.emissions import hydrogen_sulfide
from sim.rollup.energy import energy_flows, energy_table
from sim.rollup.expected import expected
from sim.rollup.kpis import (
    FORMULAS,
    Rollup,
    bottleneck,
    busy_share,
    indicator,
    kpi_table,
    loss_tree,
    machines_table,
    rollup,
)
from sim.rollup.ledger import Ledger, gantt, reduce, shipped, timeline
from sim.rollup.machines import shipped_per_year
from sim.rollup.materials import material_flows, materials_table
from sim.rollup.window import View

__all__ = [
    "FORMULAS",
    "CapitalPart",
    "CostItem",
    "Ledger",
    "Rollup",
    "View",
    "assumptions",
    "backends",
    "bottleneck",
    "busy_share",
    "capital_parts",
    "capital_recovery_factor",
    "cost_at",
    "cost_items",
    "cost_table",
    "energy_flows",
    "energy_table",
    "entry_assumptions",
    "equipment_cost",
    "expected",
    "expected_cost",
    "fixed_items",
    "gantt",
    "hydrogen_sulfide",
    "indicator",
    "kpi_table",
    "loss_tree",
    "machines_table",
    "material_flows",
    "materials_table",
    "merged",
    "mixed_years",
    "numbers",
    "price_slope",
    "priced",
    "reduce",
    "rollup",
    "shipped",
    "shipped_per_year",
    "stock_items",
    "timeline",
    "variable_items",
]
