"""The flowsheet: a route in, balanced streams and duties out."""

from sim.flowsheet import chains, graph, heat, streams
from sim.flowsheet.graph import Graph, Group, Problem, rework_target
from sim.flowsheet.streams import Flowsheet, FlowsheetError, OutletFlow, StepFlow, Stream, element_flows, expected_flows

__all__ = [
    "Flowsheet",
    "FlowsheetError",
    "Graph",
    "Group",
    "OutletFlow",
    "Problem",
    "StepFlow",
    "Stream",
    "chains",
    "element_flows",
    "expected_flows",
    "graph",
    "heat",
    "rework_target",
    "streams",
]
