"""What a run was: its steps and streams, the prices it rests on, and the manifest that names it all."""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel

from sim.flowsheet import OutletFlow, element_flows, rework_target
from sim.inputs import (
    AUTO,
    Followed,
    Library,
    LineSpec,
    PriceAxis,
    Reference,
    Scenario,
    Value,
    by_roots,
    load_targets,
    shown,
)
from sim.plant import Line, like_the_year, out_of_range, size_sections
from sim.results import (
    DIRECTIONS,
    FORMAT,
    Kpis,
    LineFacts,
    Manifest,
    MeasuredFacts,
    PrecisionFacts,
    ReferenceFacts,
    Results,
    TargetFacts,
    interval,
    ties,
)
from sim.rollup import Rollup, assumptions, cost_at, entries_used, mixed_years, price_slope
from sim.study import cells, service, warmup
from sim.study.apart import apart
from sim.study.load import Study
from sim.study.warmup import Truncation

__all__ = ["Run", "manifest", "price_sets", "prices", "set_costs", "steps", "streams", "tables", "unpriced_why"]

PROGRAM = "solid-electrolyte-sim"

MISSED, GROWN = 0.01, 1.5
"""Short of the target by more than this share, or with a lead time that grows by more than this factor, a line gets no
price in a headline [1]."""

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went."""

    replications: int
    visits: int
    """Operations started, of all steps, lines and replications, warm-up included [1]."""
    pacing: Mapping[str, float]
    """By how much the releases of each line were slowed [1]."""
    settled: Mapping[str, Truncation]
    """Where each line has settled."""
    facts: Mapping[str, MeasuredFacts]
    """What the manifest tells of each line from its first replication: bottleneck and backend."""
    imprecise: str = ""
    """What to say if the precision that was asked for has not been reached."""


def tables(study: Study, run: Run, gathered: Tables) -> dict[str, pd.DataFrame]:
    """Return the tables that say what was run: steps, streams, breakeven, assumptions, followed prices."""
    lines = study.lines
    return {
        "steps": pd.concat([steps(line, run, gathered) for line in lines], ignore_index=True),
        "streams": pd.concat([streams(line) for line in lines], ignore_index=True),
        "breakeven": ties(gathered["prices"], service.ranking_keys(study)),
        "assumptions": pd.concat([assumptions(line).assign(line=line.name) for line in lines], ignore_index=True),
        "price_roots": Results.price_roots.frame(row for line in lines for row in _price_roots(line)),
        "followed": Results.followed.frame(row for line in lines for row in _followed(line)),
    }


def _price_roots(line: Line) -> Iterator[tuple[str, str, str, float, float, float]]:
    """Yield what every followed price of a line moves by, root by root."""
    materials = line.library.materials
    for name in entries_used(line)["materials"]:
        good = materials[name].price
        if isinstance(good, Followed):
            share = good.yield_.value if good.yield_ else 1.0
            for root in good.roots:
                other = materials[root.name].price
                assert other is not None
                path, of = f"materials.{name}.price", f"materials.{root.name}.price"
                yield line.name, path, of, root.kg_per_kg / share, good.value, other.value


def _followed(line: Line) -> Iterator[tuple[str, str, str, str, float, float, float, float]]:
    """Yield the prices of what a line buys that follow others, as used and as worked out from their roots."""
    materials, bought = line.library.materials, dict[str, float]()
    for flow in line.flowsheet.steps.values():
        for name, kg in flow.feeds.items():
            bought[name] = bought.get(name, 0.0) + kg * flow.expected
    for name, kg in sorted(bought.items()):
        price = materials[name].price
        if isinstance(price, Followed):
            told = by_roots(name, materials)
            own = math.nan if told is None else told
            used = "worked out" if price.quote is None else "quote"
            yield line.name, name, price.from_, used, price.value, own, kg, kg * (own - price.value)


def steps(line: Line, run: Run, gathered: Tables) -> pd.DataFrame:
    """Return one row per step and section: equipment, machines, size, planned load, availability, yield so far."""
    tight = run.facts[line.name]["bottleneck_step"]
    machines = gathered["machines"]
    spent = machines[machines["line"] == line.name].groupby(["step", "state"])["hours"].sum().to_dict()
    outside = {found.label for found in out_of_range(line.graph, line.library, line.sizing)}
    yields = _yields(line, gathered["materials"])
    rows = []
    for order, step in enumerate(line.route.steps):
        flow, size = line.flowsheet.steps[step.id], line.sizing.steps[step.id]
        ran, down = (float(spent[step.id, state]) for state in ("run", "down"))
        bought = [
            (section, value, unit, entry.title)
            for section, (value, unit, entry) in size_sections(step, line.library, size).items()
        ]
        for section, value, unit, equipment in bought or [("", math.nan, "", "")]:
            rows.append(
                {
                    "line": line.name,
                    "order": order,
                    "step": step.id,
                    "title": line.titles[step.id],
                    "section": section,
                    "equipment": equipment,
                    "machines": size.machines,
                    "size": value,
                    "size_unit": "" if unit == "1" else unit,
                    "load": size.load,
                    "availability": ran / (ran + down) if ran + down > 0.0 else math.nan,
                    "cumulative_yield": yields.get(step.id, math.nan),
                    "operations_per_year": size.operations_per_year,
                    "operation_h": size.operation_h,
                    "out_of_range": int(f"{step.id}{'.' if section else ''}{section}" in outside),
                    "charge": size.charge,
                    "unit": flow.inlet.unit,
                    "bottleneck": int(step.id == tight),
                }
            )
    return Results.steps.frame(rows)


def _yields(line: Line, materials: pd.DataFrame) -> dict[str, float]:
    """Return by step which share of the lithium fed so far has not been lost [1]; the last is the yield of the line.

    What leaves in a side stream that never becomes product is lost where it leaves; steps of such a stream have none.
    """
    graph, flows = line.graph, line.flowsheet.steps
    own = materials[materials["line"] == line.name]
    lithium = {name: element_flows({name: 1.0}, line.library).get("Li", 0.0) for name in own["material"].unique()}
    kg = own["kg_per_year"] * own["material"].map(lithium)
    sums = kg.groupby([own["step"], own["direction"]]).sum().to_dict()
    ships = [name for name, flow in flows.items() if any("ship" in outlet.places for outlet in flow.outlets)]
    way = frozenset[str]().union(*(graph.upstream(name) for name in ships))
    found = {}
    for name in way:
        before = graph.upstream(name)
        counted = {*before, *(other for other in set(flows) - way if graph.upstream(other) & before)}
        # in the order of the steps: a set of names has another order in every process
        inside = [step for step in flows if step in counted]
        total = {direction: sum(sums.get((step, direction), 0.0) for step in inside) for direction in DIRECTIONS}
        used = total["feed"] - total["stock_change"]
        lost = total["waste"] + total["by_product"] + total["emission"]
        found[name] = 1.0 - lost / used if used > 0.0 else math.nan
    return found


def streams(line: Line) -> pd.DataFrame:
    """Return the edges of the process graph with their flows per unit shipped."""
    return Results.streams.frame(_edges(line))


def _edges(line: Line) -> Iterator[dict[str, Any]]:
    for name in line.graph.order:
        for source, target, role, unit, amount, kg in (*_side_edges(line, name), *_lot_edges(line, name)):
            values = {"line": line.name, "source": source, "target": target, "role": role, "unit": unit}
            yield {**values, "amount_per_unit": amount, "kg_per_unit": kg}


_Edge = tuple[str, str, str, str, float, float]
"""Source, target, role, unit, amount per unit shipped, kg per unit shipped."""


def _side_edges(line: Line, name: str) -> Iterator[_Edge]:
    """Yield what a step takes in and gives off beside its lots."""
    flow = line.flowsheet.steps[name]
    for material, fed in flow.feeds.items():
        drawn = flow.drawn.get(material, 0.0)
        for origin, kg in ((f"tank:{material}", drawn), (f"feed:{material}", fed - drawn)):
            if kg > 1e-12:
                yield origin, name, "feed", "kg", kg * flow.expected, kg * flow.expected
    for material, kg in flow.recovered.items():
        yield name, f"tank:{material}", "recycle", "kg", kg * flow.expected, kg * flow.expected
    for direction in ("waste", "by_product", "emission"):
        kg = sum(side.kg for side in flow.sides if side.direction == direction) * flow.expected
        if kg > 0.0:
            yield name, direction, direction, "kg", kg, kg


def _lot_edges(line: Line, name: str) -> Iterator[_Edge]:
    """Yield where a step's lots go: on, away, and after an inspection back or out."""
    graph, flow = line.graph, line.flowsheet.steps[name]
    fate, inspect = graph.fractions(name), graph.steps[name].inspect

    def edge(outlet: OutletFlow, target: str, role: str, share: float) -> _Edge:
        amount = line.flowsheet.forked.get((name, target), outlet.factor * flow.expected * share)
        return name, target, role, outlet.stream.unit, amount, amount * sum(outlet.stream.kg_per_unit.values())

    for number, outlet in enumerate(flow.outlets):
        main = number < len(graph.main_outlets(name))
        for place in outlet.places:
            role = ("main" if main else "branch") if place in graph.steps else place
            yield edge(outlet, place, role, fate.passed if main else 1.0)
    back = rework_target(inspect) if inspect else None
    if back is not None and fate.reworked > 0.0:
        yield edge(flow.primary, back, "rework", fate.reworked)
    if inspect is not None and fate.failed > 0.0:
        target = inspect.fail if back is None else "waste"
        yield edge(flow.primary, target, "branch" if target in graph.steps else "waste", fate.failed)


def prices(it: Rollup, axis: PriceAxis | None) -> pd.DataFrame:
    """Return the cost per unit of one replication as a straight line over the price of the scenario's price axis."""
    rows = []
    if axis is not None:
        cost = price_slope(it.line, it.ledger, axis.material, **it.flows)
        rows.append((it.line.name, axis.material, cost.fixed, cost.slope, axis.low.value, axis.high.value))
    return Results.prices.frame(rows)


def price_sets(line: Line) -> dict[str, dict[str, float]]:
    """Return the prices of the sets that are for the scale of a line, by set and material [USD/kg]."""
    return {
        name: {material: price.value for material, price in item.prices.items()}
        for name, item in line.library.price_sets.items()
        if not item.scales or line.key[-1] in item.scales
    }


def set_costs(it: Rollup, axis: PriceAxis | None) -> pd.DataFrame:
    """Return the cost per unit of one replication at the price sets of the line's scale."""
    rows = []
    if axis is not None:
        for name, prices in price_sets(it.line).items():
            rows.append((it.line.name, name, cost_at(it.line, it.ledger, prices, **it.flows)))
    return Results.set_costs.frame(rows)


def manifest(study: Study, run: Run, gathered: Tables) -> Manifest:
    """Return everything that names this run: program, files, seed, scenario, overrides, warnings."""
    scenario = study.scenario
    axis = scenario.price_axis.material if scenario.price_axis else ""
    library = study.lines[0].library
    scales = {line.key[-1] for line in study.lines}
    sets = {
        name: {material: price.value for material, price in item.prices.items()}
        for name, item in library.price_sets.items()
        if not item.scales or scales & set(item.scales)
    }
    warm_up_h, found = study.lines[0].warm_up_h, scenario.warm_up == AUTO
    late = warmup.doubts(run.settled, warm_up_h, given=not found)
    unpriced = {line.name: unpriced_why(line, gathered["kpis"]) for line in study.lines}
    of = service.classes(study)
    doubts = (
        *study.warnings,
        *_part_years(study),
        *(f"{name} gets no price: {why}" for name, why in unpriced.items() if why),
        *late,
        *(apart(line, gathered) for line in study.lines),
        run.imprecise,
        mixed_years(study.lines),
    )
    return {
        "format": FORMAT,
        "program_version": importlib.metadata.version(PROGRAM),
        "files": dict(study.digests),
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "question": scenario.question,
            "seed": scenario.seed,
            "replications": run.replications,
            "horizon_h": scenario.horizon.value,
            "warm_up_h": warm_up_h,
            "warm_up_found": found,
            "precision": _precision(scenario, run),
            "prices": scenario.prices,
            "region": scenario.region,
            "price_axis": axis,
            "open_hours_per_year": study.lines[0].sizing.open_hours_per_year,
        },
        "resolved": plain(scenario),
        "lines": [
            _line(study, line, spec, run, unpriced[line.name]) | ({"service": of[line.name]} if of[line.name] else {})
            for line, spec in zip(study.lines, scenario.lines, strict=True)
        ],
        "price_year": library.economics.year,
        "price_sets": sets,
        "pacing": dict(run.pacing),
        "visits": run.visits,
        "warnings": [study.told(text) for text in doubts if text],
        "changes": [
            {"path": change.path, "old": change.old, "new": change.new, "by": change.by} for change in study.changes
        ],
        "targets": (aims := _targets(library)),
        "references": _references(library.bibliography, gathered, [aim["source"] for aim in aims.values()]),
        "cell": cells.facts(study),
    }


def _targets(library: Library) -> dict[str, TargetFacts]:
    """Return what is asked of powders and films."""
    aims: dict[str, Value] = dict(load_targets(library))
    return {
        name: {
            "value": aim.value,
            "unit": aim.unit,
            "grade": aim.grade,
            "source": shown(aim.source, library.bibliography),
            "note": aim.note,
        }
        for name, aim in aims.items()
    }


def _references(
    bibliography: Mapping[str, Reference], gathered: Tables, more: Iterable[str]
) -> dict[str, ReferenceFacts]:
    """Return the sources that the tables name, and *more* of them, by what they call them."""
    cited = {*more, *(source for name in ("assumptions", "influence") for source in gathered[name]["source"])}
    return {
        words: {
            "title": entry.title,
            "authors": entry.authors,
            "year": entry.year,
            "doi": entry.doi,
            "where": entry.where,
            "grade": entry.grade,
        }
        for key, entry in bibliography.items()
        if (words := shown(key, bibliography)) in cited
    }


def _precision(scenario: Scenario, run: Run) -> PrecisionFacts | None:
    """Return what precision was asked for and whether it was reached."""
    asked = scenario.precision
    if asked is None:
        return None
    return {
        "relative": asked.relative.value,
        "confidence": asked.confidence.value,
        "most": asked.most,
        "reached": not run.imprecise,
    }


def _line(study: Study, line: Line, spec: LineSpec, run: Run, unpriced: str) -> LineFacts:
    facts, settled = run.facts[line.name], run.settled[line.name]
    found: LineFacts = {
        "name": line.name,
        "title": line.route.title,
        "kind": line.route.kind,
        "function": line.route.function,
        "unit": line.unit,
        "scale": line.scale,
        "open_hours_per_year": line.sizing.open_hours_per_year,
        "target": line.target_per_year,
        "product": line.route.product.material,
        "spec": dict(line.route.product.spec),
        "out_of_range": [doubt.label for doubt in out_of_range(line.graph, line.library, line.sizing)],
        "warnings": [study.told(text) for text in line.warnings],
        "route": plain(line.route),
        "backend": facts["backend"],
        "bottleneck_step": facts["bottleneck_step"],
        "bottleneck_why": facts["bottleneck_why"],
        "settled_h": settled.cut_h if settled.settled else None,
        "prices": spec.prices or study.scenario.prices,
        "region": spec.region or study.scenario.region,
    }
    rules = [step.quality for step in line.route.steps if step.quality is not None and step.quality.set is not None]
    if rules and rules[-1].temperature is not None:
        found["measured_at_k"] = rules[-1].temperature.value
    if unpriced:
        found["unpriced"] = unpriced
    return found


def _part_years(study: Study) -> Iterator[str]:
    """Yield a warning for every plant whose window is open for another share of its time than its year."""
    found: dict[float, list[str]] = {}
    for line in study.lines:
        factor = like_the_year(line, line.open_h)
        if abs(factor - 1.0) > 0.005:
            found.setdefault(factor, []).append(line.name)
    for factor, names in found.items():
        yield (
            f"{', '.join(names)}: {factor - 1.0:+.1%} of open time in the window against the same time of a year; "
            f"yearly figures are scaled by open time, so by {1.0 / factor:.4g}"
        )


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.4g}"


def unpriced_why(line: Line, kpis: pd.DataFrame) -> str:
    """Return why no headline may give a line a price, empty if one may.

    It stays more than 1 % below its target with its whole 95 % interval, or its lead time grows: in most
    replications what shipped in the last quarter of the window took more than 1.5 times as long as in the second.
    """
    own = kpis[kpis["line"] == line.name]
    output = interval(own.loc[own["kpi"] == Kpis.throughput.name, "value"].to_numpy())
    growth = own.loc[own["kpi"] == Kpis.lead_time_growth.name, "value"]
    high = output.mean if math.isnan(output.high) else output.high
    if line.target_per_year is not None and high < (1.0 - MISSED) * line.target_per_year:
        gap = output.mean / line.target_per_year - 1.0
        return (
            f"it makes {_whole(output.mean)} {line.unit}/y, {-gap:.1%} less than its target of "
            f"{_whole(line.target_per_year)}"
        )
    if len(growth) and 2 * int((growth > GROWN).sum()) > len(growth):
        return f"its lead time grows, {float(growth.median()):.3g} times from the second to the last quarter of the run"
    return ""


def plain(item: Any) -> Any:
    """Return data of a file as plain values: quantities as they were written."""
    if isinstance(item, Value):
        return item.text
    if isinstance(item, BaseModel):
        fields = type(item).model_fields
        return {
            info.alias or name: plain(getattr(item, name))
            for name, info in fields.items()
            if getattr(item, name) not in (None, "", [], {})
        }
    if isinstance(item, Mapping):
        return {str(key): plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [plain(value) for value in item]
    return item
