"""What a run was: its steps and streams, the prices it rests on, and the manifest that names it all."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from sim.costs import CostLine, break_even, price_slope
from sim.evidence import assumptions
from sim.flowsheet import element_flows
from sim.graph import rework_target
from sim.kpis import bottleneck
from sim.ledger import STATES, Ledger
from sim.line import Line
from sim.quantity import Value
from sim.sizing import size_sections
from sim.study import Study

__all__ = ["manifest", "prices", "steps", "streams", "tables"]

PROGRAM = "solid-electrolyte-sim"

Ledgers = Mapping[str, Sequence[Ledger]]


def tables(study: Study, ledgers: Ledgers) -> dict[str, pd.DataFrame]:
    """Return the tables that are not means over replications: steps, streams, prices, breakeven, assumptions."""
    lines = study.lines
    curve = prices(study, ledgers)
    return {
        "steps": pd.concat([steps(line, ledgers[line.name]) for line in lines], ignore_index=True),
        "streams": pd.concat([streams(line) for line in lines], ignore_index=True),
        "prices": curve,
        "breakeven": _break_even(lines, curve),
        "assumptions": pd.concat([assumptions(line).assign(line=line.name) for line in lines], ignore_index=True),
    }


def steps(line: Line, ledgers: Sequence[Ledger]) -> pd.DataFrame:
    """Return one row per step and section: equipment, machines, size, planned load, availability, yield so far."""
    tight = bottleneck(line, ledgers[0]).step
    run, down = STATES.index("run"), STATES.index("down")
    rows = []
    for order, step in enumerate(line.route.steps):
        flow, size = line.flowsheet.steps[step.id], line.sizing.steps[step.id]
        hours = np.sum([ledger.steps[step.id].hours.sum(axis=0) for ledger in ledgers], axis=0)
        busy = hours[run] + hours[down]
        parts = size_sections(step, line.library, size) or {"": (float("nan"), "", None)}
        for section, (value, unit, entry) in parts.items():
            rows.append(
                {
                    "line": line.name,
                    "order": order,
                    "step": step.id,
                    "title": line.titles[step.id],
                    "section": section,
                    "equipment": entry.title if entry else "",
                    "machines": size.machines,
                    "size": value,
                    "size_unit": "" if unit == "1" else unit,
                    "load": size.load,
                    "availability": hours[run] / busy if busy > 0.0 else float("nan"),
                    "cumulative_yield": _surviving(line, step.id),
                    "operations_per_year": size.operations_per_year,
                    "charge": size.charge,
                    "unit": flow.inlet.unit,
                    "bottleneck": int(step.id == tight),
                }
            )
    return pd.DataFrame(rows)


def _surviving(line: Line, name: str) -> float:
    """Return the lithium that leaves a step as product-to-be, per lithium fed up to there [1]."""
    graph, flows = line.graph, line.flowsheet.steps

    def lithium(masses: Mapping[str, float]) -> float:
        return element_flows(masses, line.library).get("Li", 0.0)

    before = graph.upstream(name)
    fed = sum(lithium(flows[other].feeds) * flows[other].expected for other in before)
    flow = flows[name]
    out = lithium(flow.primary.stream.kg_per_unit) * flow.primary.factor * flow.expected * graph.fractions(name).passed
    for inspection in graph.steps:
        step = graph.steps[inspection].inspect
        target = rework_target(step) if step else None
        if target in before and name != inspection and name in graph.upstream(inspection):
            # What goes round again has been counted once: only the first pass is lithium from the feeds.
            again = flows[inspection].primary
            out -= lithium(again.stream.kg_per_unit) * again.factor * flows[inspection].expected * graph.fractions(inspection).reworked
    return out / fed if fed > 0.0 else float("nan")


def streams(line: Line) -> pd.DataFrame:
    """Return the edges of the process graph with their flows per unit shipped."""
    return pd.DataFrame(list(_edges(line)))


def _edges(line: Line) -> Iterator[dict[str, Any]]:
    graph, unit = line.graph, line.unit
    for name in graph.order:
        flow, fate, step = line.flowsheet.steps[name], graph.fractions(name), graph.steps[name]

        def edge(source: str, target: str, role: str, amount: float, kg: float, of: str = unit) -> dict[str, Any]:
            values = {"source": source, "target": target, "role": role, "unit": of}
            return {"line": line.name, **values, "amount_per_unit": amount, "kg_per_unit": kg}

        for material, kg in flow.feeds.items():
            drawn = flow.drawn.get(material, 0.0)
            for origin, amount in ((f"tank:{material}", drawn), (f"feed:{material}", kg - drawn)):
                if amount > 1e-12:
                    yield edge(origin, name, "feed", amount * flow.expected, amount * flow.expected, "kg")
        for material, kg in flow.recovered.items():
            yield edge(name, f"tank:{material}", "recycle", kg * flow.expected, kg * flow.expected, "kg")
        for direction in ("waste", "by_product", "emission"):
            kg = sum(side.kg for side in flow.sides if side.direction == direction) * flow.expected
            if kg > 0.0:
                yield edge(name, direction, direction, kg, kg, "kg")
        for number, outlet in enumerate(flow.outlets):
            mass = sum(outlet.stream.kg_per_unit.values())
            main = number < len(graph.main_outlets(name))
            share = (fate.passed if main else 1.0) / len(outlet.places)
            for place in outlet.places:
                role = place if place not in graph.steps else ("main" if main else "branch")
                amount = outlet.factor * flow.expected * share
                yield edge(name, place, role, amount, amount * mass, outlet.stream.unit)
        if step.inspect is not None:
            back = rework_target(step.inspect)
            amount, mass = flow.primary.factor * flow.expected, sum(flow.primary.stream.kg_per_unit.values())
            of = flow.primary.stream.unit
            if back is not None and fate.reworked > 0.0:
                yield edge(name, back, "rework", amount * fate.reworked, amount * fate.reworked * mass, of)
            if fate.failed > 0.0:
                target = step.inspect.fail if back is None else "waste"
                role = "branch" if target in graph.steps else "waste"
                yield edge(name, target, role, amount * fate.failed, amount * fate.failed * mass, of)


def prices(study: Study, ledgers: Ledgers) -> pd.DataFrame:
    """Return cost per unit as a straight line over the price of the scenario's price axis."""
    axis = study.scenario.price_axis
    rows = []
    for line in study.lines if axis is not None else ():
        assert axis is not None
        pairs = np.array([price_slope(line, ledger, axis.material) for ledger in ledgers[line.name]])
        intercept, slope = pairs.mean(axis=0)
        found = {"intercept_usd_per_unit": intercept, "slope_kg_per_unit": slope}
        limits = {"low": axis.low.value, "high": axis.high.value}
        rows.append({"line": line.name, "material": axis.material, **found, **limits})
    columns = ["line", "material", "intercept_usd_per_unit", "slope_kg_per_unit", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _break_even(lines: Sequence[Line], curve: pd.DataFrame) -> pd.DataFrame:
    """Return the price at which two comparable lines cost the same; empty if at none above 0."""
    found = curve.set_index("line")
    rows = []
    for one, other in combinations(lines, 2):
        if one.key != other.key or one.name not in found.index:
            continue
        a, b = (CostLine(*found.loc[line.name, ["intercept_usd_per_unit", "slope_kg_per_unit"]]) for line in (one, other))
        material, price = found.loc[one.name, "material"], break_even(a, b)
        rows.append({"line_a": one.name, "line_b": other.name, "material": material, "price": price})
    return pd.DataFrame(rows, columns=["line_a", "line_b", "material", "price"])


def manifest(study: Study, pacing: Mapping[str, float], ledgers: Ledgers, visits: int) -> dict[str, Any]:
    """Return everything that names this run: program, files, seed, scenario, overrides, warnings."""
    scenario = study.scenario
    missed = list(_missed(study, ledgers))
    axis = scenario.price_axis.material if scenario.price_axis else ""
    library = study.lines[0].library
    sets = {
        name: {material: price.value for material, price in item.prices.items()}
        for name, item in library.price_sets.items()
    }
    return {
        "program_version": importlib.metadata.version(PROGRAM),
        "files": dict(study.digests),
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "question": scenario.question,
            "seed": scenario.seed,
            "replications": scenario.replications,
            "horizon_h": scenario.horizon.value,
            "warm_up_h": scenario.warm_up.value,
            "prices": scenario.prices,
            "price_axis": axis,
            "open_hours_per_year": study.lines[0].sizing.open_hours_per_year,
        },
        "resolved": plain(scenario),
        "lines": [_line(line, ledgers[line.name][0]) for line in study.lines],
        "price_year": library.economics.year,
        "price_sets": sets,
        "pacing": dict(pacing),
        "visits": visits,
        "warnings": [*study.warnings, *missed],
        "changes": [
            {"path": change.path, "old": change.old, "new": change.new, "by": change.by} for change in study.changes
        ],
    }


def _line(line: Line, ledger: Ledger) -> dict[str, Any]:
    tight = bottleneck(line, ledger)
    return {
        "name": line.name,
        "title": line.route.title,
        "kind": line.route.kind,
        "function": line.route.function,
        "unit": line.unit,
        "target": line.target_per_year,
        "product": line.route.product.material,
        "spec": dict(line.route.product.spec),
        "bottleneck_step": tight.step,
        "bottleneck_why": tight.why,
        "warnings": list(line.warnings),
        "route": plain(line.route),
    }


def _missed(study: Study, ledgers: Ledgers) -> Iterator[str]:
    """Yield a warning for every line that misses its target by more than 3 %."""
    for line in study.lines:
        if line.target_per_year is None:
            continue
        made = float(np.mean([ledger.shipped * 8760.0 / ledger.window_h for ledger in ledgers[line.name]]))
        gap = made / line.target_per_year - 1.0
        if abs(gap) > 0.03:
            yield f"{line.name}: the good output is {gap:+.1%} off its target of {line.target_per_year:g} {line.unit}/y"


def plain(item: Any) -> Any:
    """Return data of a file as plain values: quantities as they were written."""
    if isinstance(item, Value):
        return item.text
    if isinstance(item, BaseModel):
        fields = type(item).model_fields
        return {info.alias or name: plain(getattr(item, name)) for name, info in fields.items() if getattr(item, name) not in (None, "", [], {})}
    if isinstance(item, Mapping):
        return {str(key): plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [plain(value) for value in item]
    return item
