"""What page 1 shows first: what the scenario asks beside the order of its lines, or else that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.reporting import cell, sizing, sweeps
from sim.reporting.figures import slug
from sim.reporting.regions import regions
from sim.reporting.verdict import finding
from sim.reporting.words import at_scale, compact, name, quantity, title, unit, upper
from sim.results import Place, Results, TargetFacts, VerdictFacts, ladders, mapped, places

__all__ = ["ANSWER", "Lead", "lead"]

ANSWER = "all.answer"
"""Figure of what the lines cost."""


class Lead(NamedTuple):
    """First figure of a report, and the sentence above it."""

    figure: str
    caption: str
    finding: str


def lead(results: Results, verdicts: Sequence[VerdictFacts], drawn: Mapping[str, Any]) -> Lead:
    """Return the first figure and the title of a report."""
    for found in (_cell(results), _sweep(results), _scales(results), _worth(results), _map(results)):
        if found is not None and found.figure in drawn:
            return found
    told = [verdict for verdict in verdicts if len(verdict["lines"]) > 1] or list(verdicts)
    said = regions(results.costs, results.manifest["lines"])
    text = said[0] if said else finding(told[0], results) if told else ""
    return Lead(ANSWER, "", text)


def _cell(results: Results) -> Lead | None:
    said = cell.sentences(results)
    liquid = "; grey: liquid cells of a battery plant with their making" if len(results.rivals) else ""
    caption = f"Cost of the parts of a cell, those that a line makes hatched{liquid}."
    return Lead("cell.cost", caption, said[0]) if said else None


def _sweep(results: Results) -> Lead | None:
    for sweep in results.manifest.get("sweeps", []):
        said = sweeps.ends(results.sweep, sweep)
        if said:
            return Lead(
                f"sweep.{sweep['number']}",
                "Cost, energy and machines along the sweep. Rings: a size lies outside the range of its price.",
                sweeps.cheapest_end(results.sweep, sweep) or said[0],
            )
    return None


def _scales(results: Results) -> Lead | None:
    for at, rungs in enumerate(ladders(results.manifest["lines"], results.summary), 1):
        totals = results.costs.groupby("line")["usd_per_unit"].sum()
        best = min(rungs, key=lambda ladder: float(totals[ladder[-1]["name"]]))
        first, last = best[0], best[-1]
        of = f"USD/{last['unit']}"
        text = f"{title(last['route']['name'])} falls from {quantity(float(totals[first['name']]), of)} at"
        text += f" {at_scale('', first['scale']).strip(', ')} to {quantity(float(totals[last['name']]), of)} at"
        text += f" {at_scale('', last['scale']).strip(', ')}, as stated"
        others = [ladder for ladder in rungs if ladder is not best]
        text += f"; no other {name(last['function'])} is cheaper there." if others else "."
        return Lead(f"scales.{at}", "Cost by category, cost, energy and lithium yield at each scale.", text)
    return None


def _worth(results: Results) -> Lead | None:
    if not len(results.bottleneck):
        return None
    titles = {
        (str(line), str(step)): str(words)
        for line, step, words in zip(results.steps["line"], results.steps["step"], results.steps["title"], strict=True)
    }
    said = sizing.bottleneck(results.bottleneck, titles)["sentences"]
    key = f"{slug(str(results.bottleneck['line'].iloc[0]))}.worth"
    return Lead(key, "What every addition does to output and cost, with 95 % intervals; grey: it holds zero.", said[0])


def _map(results: Results) -> Lead | None:
    """Return the map of many routes; its title says how many of them meet what is asked."""
    found, targets = places(results), results.manifest.get("targets", {})
    if not mapped(found):
        return None
    powders, films = ([place for place in found if place.unit == of] for of in ("kg", "m2"))
    said = [*_met(powders, "powder", targets.get("powder_cost")), *_met(films, "film", targets.get("film_cost"))]
    mark = targets.get("film_resistance")
    if mark:
        low = sum(film.quality <= mark["value"] and film.at_k is None for film in films)
        said.append(f"{_many(low, films)} resist{'s' if low < 2 else ''} less than {_amount(mark)} at room temperature")
    return Lead("all.map", MAP, f"{upper('; '.join(said))}.")


MAP = (
    "What every powder costs and conducts, and every film costs and resists: median with P10 to P90 of the cost. "
    "Dashed: what is asked; shaded: where all of it is met. Hollow: measured hot."
)


def _met(found: Sequence[Place], what: str, mark: TargetFacts | None) -> list[str]:
    if mark is None:
        return []
    best = found[0]  # the cheapest comes first
    if len(found) == 1:
        cost = quantity(best.cost, mark["unit"])
        return [f"{name(best.line)}, the only {what}, costs {cost}, and {_amount(mark)} are asked"]
    met = sum(place.cost <= mark["value"] for place in found)
    beside = f" ({name(best.line)}, the cheapest, {quantity(best.cost, mark['unit'])})" if not met else ""
    return [f"{_many(met, found)} {what}s cost{'s' if met < 2 else ''} less than {_amount(mark)}{beside}"]


def _many(some: int, of: Sequence[Place]) -> str:
    return f"{some or 'none'} of the {len(of)}"


def _amount(mark: TargetFacts) -> str:
    return f"{compact(mark['value'])} {unit(mark['unit'])}"
