"""The plant: streams and a target in, machines, people and the engine's plan out."""

from sim.plant import battery, checks, lowering, sizing
from sim.plant.battery import Match
from sim.plant.calendars import like_the_year, open_hours, plant_calendar
from sim.plant.checks import out_of_range
from sim.plant.line import Change, Line, Part, resolve, resolve_chain, scales, timed, unknown_scale
from sim.plant.sizing import Operation, StepSize, losses, lot_of, operation_of, size_sections
from sim.plant.variants import counts, varied

__all__ = [
    "Change",
    "Line",
    "Match",
    "Operation",
    "Part",
    "StepSize",
    "battery",
    "checks",
    "counts",
    "like_the_year",
    "losses",
    "lot_of",
    "lowering",
    "open_hours",
    "operation_of",
    "out_of_range",
    "plant_calendar",
    "resolve",
    "resolve_chain",
    "scales",
    "size_sections",
    "sizing",
    "timed",
    "unknown_scale",
    "varied",
]
