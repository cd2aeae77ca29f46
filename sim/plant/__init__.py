"""The plant: streams and a target in, machines, people and the engine's plan out."""

from sim.plant import battery, checks
from sim.plant.battery import Match
from sim.plant.calendars import like_the_year, open_hours, plant_calendar
from sim.plant.checks import out_of_range
from sim.plant.line import Change, Line, Moves, design, renumbered
from sim.plant.lowering import buffer_names
from sim.plant.resolve import Part, resolve, resolve_chain, scales, unknown_scale
from sim.plant.sizing import Operation, StepSize, losses, lot_of, operation_of, size_sections

__all__ = [
    "Change",
    "Line",
    "Match",
    "Moves",
    "Operation",
    "Part",
    "StepSize",
    "battery",
    "buffer_names",
    "checks",
    "design",
    "like_the_year",
    "losses",
    "lot_of",
    "open_hours",
    "operation_of",
    "out_of_range",
    "plant_calendar",
    "renumbered",
    "resolve",
    "resolve_chain",
    "scales",
    "size_sections",
    "unknown_scale",
]
