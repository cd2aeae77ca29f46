"""Results: the contract that other programs rely on; the folder, comparison and ranking."""

from sim.results import ranking, statistics
from sim.results.columns import Column, Table
from sim.results.compare import (
    GOOD,
    BreakEven,
    Difference,
    Driver,
    Rank,
    Verdict,
    group_key,
    ladders,
    merge,
    rank,
    records,
    shared,
    solid_share,
)
from sim.results.films import Film, Grid, films, front, grid, parts, thickness
from sim.results.folder import PARTIAL, Results, check_target, read, write
from sim.results.kpis import KPIS, Kpi, Kpis, kpi_named, unknown_kpi
from sim.results.statistics import interval, paired_difference, relative_half_width, student_quantile
from sim.results.tables import CATEGORIES, CELL, DIRECTIONS, LOSSES, SPOILED, STATES, TABLES, UTILITIES

__all__ = [
    "CATEGORIES",
    "CELL",
    "DIRECTIONS",
    "GOOD",
    "KPIS",
    "LOSSES",
    "PARTIAL",
    "SPOILED",
    "STATES",
    "TABLES",
    "UTILITIES",
    "BreakEven",
    "Column",
    "Difference",
    "Driver",
    "Film",
    "Grid",
    "Kpi",
    "Kpis",
    "Rank",
    "Results",
    "Table",
    "Verdict",
    "check_target",
    "films",
    "front",
    "grid",
    "group_key",
    "interval",
    "kpi_named",
    "ladders",
    "merge",
    "paired_difference",
    "parts",
    "rank",
    "ranking",
    "read",
    "records",
    "relative_half_width",
    "shared",
    "solid_share",
    "statistics",
    "student_quantile",
    "thickness",
    "unknown_kpi",
    "write",
]
