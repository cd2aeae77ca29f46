"""Small routes to work out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.flowsheet import streams
from sim.flowsheet.graph import Graph, build
from sim.inputs import yamlfile
from sim.inputs.library import load_library
from sim.inputs.route import Route
from sim.inputs.scenario import Plant
from sim.inputs.yamlfile import Document
from sim.plant.line import Line
from sim.plant.resolve import resolve

LIBRARY = load_library()
HEAD = {
    "name": "small",
    "title": "Small",
    "kind": "synthesis",
    "function": "powder",
    "product": {"material": "Li2S", "unit": "kg"},
    "source": "general_knowledge",
}


def route(*steps: str, **more: Any) -> dict[str, Any]:
    """Return the data of a route; a step is given as the inside of a YAML flow mapping.

    Steps have the equipment `none` and take an hour, the first weighs in 100 kg of Li2S, the last ships, unless they
    say otherwise.
    """
    data = [yamlfile.parse(f"{{{text}}}", name="step").data for text in steps]
    for number, step in enumerate(data):
        step.setdefault("failures", [])
        if not step.keys() & {"duration", "rate", "speed", "dose", "deposit", "press"}:
            step["duration"] = "1 h"
        if number == 0:
            step.setdefault("recipe", {"Li2S": "1 kg"})
        if "recipe" in step:
            step.setdefault("batch", "100 kg")
    data[-1].setdefault("next", "ship")
    return {**HEAD, "steps": data, **more}


def solved(*steps: str, **more: Any) -> streams.Flowsheet:
    """Return the streams of a route."""
    graph = graphed(*steps, **more)
    return streams.solve(graph.route, LIBRARY, graph)


def graphed(*steps: str, **more: Any) -> Graph:
    """Return the graph of a route that has no problems."""
    graph, problems = build(Route.model_validate(route(*steps, **more)))
    assert problems == []
    return graph


def lined(*steps: str, plant: Plant | None = None, target: float | None = None, **more: Any) -> Line:
    """Return a route resolved."""
    document = Document("small.yaml", route(*steps, **more), {(): (1, 1)}, {})
    path = Path("small.yaml")
    return resolve(
        "small", path, LIBRARY, plant or Plant(), document=document, target_per_year=target, horizon_h=1000.0
    )


def doubted(line: Line) -> list[str]:
    """Return the doubts of a line, but for those of what a small route leaves out on purpose."""
    left_out = ("nobody attends", "draws no energy", "no 'staff'", "no step inspects", "forms H2S")
    return [text for text in line.warnings if not any(words in text for words in left_out)]
