"""The verdict in words: who is the cheapest, how sure that is, what would turn it; one for paper and terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.reporting.words import at_scale, compact, listed, name, number, of_number, quantity, title, unit, upper
from sim.results import Kpis, VerdictFacts, records

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["between", "called_group", "chance", "finding", "medians", "share", "spread", "sure", "turning"]

COST = Kpis.cost_per_unit.name
FEW = 3
"""Most lines that are named one by one in a sentence."""


def chance(share: float) -> str:
    """Return a chance as it is printed: none that comes of samples is sure.

    >>> chance(0.99971), chance(0.0), chance(0.854)
    ('more than 99 %', 'less than 1 %', '85 %')
    """
    if share > 0.99:
        return "more than 99 %"
    if share < 0.01:
        return "less than 1 %"
    return f"{100.0 * share:.0f} %"


def share(part: float) -> str:
    """Return a share in whole percent.

    >>> share(0.526), share(0.002)
    ('53 %', 'less than 1 %')
    """
    return f"{100.0 * part:.0f} %" if part >= 0.005 else "less than 1 %"


def medians(results: Results) -> dict[str, Any]:
    """Return the rows of the unit cost in the table of samples, by line."""
    return {row.line: row for row in records(results.uncertainty) if row.kpi == COST and math.isfinite(row.p50)}


def spread(row: Any) -> str:
    """Return a median with the two ends between which eight samples of ten lie."""
    low, high = between(float(row.p10), float(row.p90))
    return f"{quantity(float(row.p50), str(row.unit))} ({low} to {high} in eight cases of ten)"


def between(low: float, high: float) -> tuple[str, str]:
    """Return two ends with as many digits as tell them apart, three at least.

    >>> between(13.61, 13.64), between(90.0, 136.0)
    (('13.61', '13.64'), ('90.0', '136'))
    """
    digits = 3
    while low < high and number(low, digits) == number(high, digits) and digits < 6:
        digits += 1
    return number(low, digits), number(high, digits)


def called_group(verdict: VerdictFacts) -> str:
    """Return what the lines of a verdict make, with its service and the scale where others differ in them."""
    of = f" ({name(verdict['service'])})" if verdict["service"] else ""
    return at_scale(f"{title(verdict['function'])}{of}", verdict["scale"])


def finding(verdict: VerdictFacts, results: Results) -> str:
    """Return the verdict on a group of lines in a sentence."""
    facts = {line["name"]: line for line in results.manifest["lines"]}
    rows, first = medians(results), verdict["lines"][0] if verdict["lines"] else ""
    priced = [line for line in verdict["lines"] if not facts[line].get("unpriced")]
    if not priced:
        whys = [
            f"{title(line)} gets no price: {unit(str(facts[line].get('unpriced')))}" for line in verdict["lines"][:FEW]
        ]
        return f"{'; '.join(whys)}."
    cost = spread(rows[first]) if first in rows else quantity(_stated(results, first), f"USD/{verdict['unit']}")
    if verdict["reason"] == "alone":
        return f"{title(first)} costs {cost}; nothing here can be compared with it."
    if verdict["reason"] == "unequal":
        other = name(verdict["function"])
        return f"{title(first)} costs {cost}; no other {other} is ranked with it: none is known to do the same."
    second = priced[1]
    if verdict["reason"] == "not_sampled":
        ahead = quantity(_stated(results, second) - _stated(results, first), f"USD/{verdict['unit']}")
        return f"{title(first)} costs {cost}, {ahead} less than {name(second)}; how sure that is was not asked."
    often = dict(zip(verdict["lines"], verdict["chances"], strict=True))
    if verdict["reason"] == "ahead":
        return (
            f"{title(first)} is the cheapest in {chance(often[first] or 0.0)} of cases, at {cost}, "
            f"and at every price set; next is {name(second)} at {spread(rows[second])}."
        )
    if verdict["reason"] == "price_set":
        at = listed([f"“{name(one)}”" for one in verdict["unless"]])
        others = listed(list(dict.fromkeys(name(_first_at(results, verdict, one)) for one in verdict["unless"])))
        return (
            f"{title(first)} is the cheapest in {chance(often[first] or 0.0)} of cases, at {cost}; at the prices of "
            f"{at} it is {others}."
        )
    if verdict["reason"] == "service":
        return (
            f"No winner is named: {name(first)} is the cheapest per m² in {chance(often[first] or 0.0)} of cases, but "
            "by the ranges of the area resistances another may be so per usable kWh."
        )
    close = [f"{name(line)} in {chance(often[line] or 0.0)}" for line in priced[1:FEW] if (often[line] or 0.0) >= 0.005]
    rest = f", {listed(close)}" if close else ""
    return f"No winner is named: {name(first)} is the cheapest in {chance(often[first] or 0.0)} of cases{rest}."


def _stated(results: Results, line: str) -> float:
    rows = results.summary[(results.summary["kpi"] == COST) & (results.summary["line"] == line)]
    return float(rows["mean"].iloc[0]) if len(rows) else math.nan


def _first_at(results: Results, verdict: VerdictFacts, price_set: str) -> str:
    """Return the line that is the cheapest most often at a price set."""
    own = results.chances[(results.chances["price_set"] == price_set) & results.chances["line"].isin(verdict["lines"])]
    return str(max(records(own), key=lambda row: float(row.chance_cheapest)).line)


def turning(verdict: VerdictFacts, results: Results, most: int = 3) -> str:
    """Say what would turn the order of the two first: price sets, prices on the axis, numbers within their ranges."""
    if len(verdict["lines"]) < 2 or verdict["reason"] in ("alone", "unequal", "unpriced"):
        return ""
    first = verdict["lines"][0]
    said = []
    axis = results.prices[results.prices["line"] == first]
    for row in records(results.breakeven):
        if first in (row.line_a, row.line_b) and {row.line_a, row.line_b} <= set(verdict["lines"]) and len(axis):
            low, high = float(axis["low"].iloc[0]), float(axis["high"].iloc[0])
            if low <= row.price <= high:
                other = row.line_b if row.line_a == first else row.line_a
                side = "below" if _slope(results, other) > _slope(results, first) else "above"
                price = quantity(float(row.price), "USD/kg")
                said.append((float(row.price), f"{name(other)} is cheaper {side} {price} of {name(row.material)}"))
    said.sort(reverse=True)
    parts = [text for _, text in said[:most]]
    own = results.switches[results.switches["line"] == first]
    shown = [
        row for row in records(own) if not any(str(row.parameter) == f"materials.{m}.price" for m in axis["material"])
    ]
    for row in shown[:most]:
        side = "above" if row.cheaper_above == row.other else "below"
        at = f"{quantity(float(row.switch), str(row.unit))}" if row.unit != "1" else number(float(row.switch))
        parts.append(
            f"{name(row.other)} is cheaper with the {of_number(row.title)} {side} {unit(at)} "
            f"(as stated {compact(float(row.value))})"
        )
    if not parts:
        return "No number turns the order by itself within its range."
    more = len(shown) - most
    rest = f"; {more} more number{'s' if more > 1 else ''} would" if more > 0 else ""
    return f"{upper('; '.join(parts))}{rest}. All other numbers stay as stated."


def _slope(results: Results, line: str) -> float:
    rows = results.prices[results.prices["line"] == line]
    return float(rows["slope_kg_per_unit"].iloc[0]) if len(rows) else 0.0


def sure(verdict: VerdictFacts, results: Results) -> str:
    """Say what the doubt about the order rests on, and what knowing takes off it."""
    if len(verdict["lines"]) < 2:
        return ""
    own = records(results.deciding[results.deciding["line"] == verdict["lines"][0]])
    if not own:
        return ""
    other = name(own[0].other)
    largest = listed([f"{of_number(row.title)} ({share(abs(row.share))})" for row in own[:FEW]])
    text = f"The difference to {other} is uncertain mostly because of the {largest}."
    if verdict["guessed"] is not None:
        text += f" Numbers of grade D and E make {share(verdict['guessed'])} of its variance."
    blind = verdict["chances"][0] or 0.0
    worth = sorted(own, key=lambda row: (-row.chance_known, -abs(row.share)))
    gains = [
        f"{of_number(row.title)} to {chance(row.chance_known)}" for row in worth[:5] if row.chance_known > blind + 0.005
    ]
    if gains:
        text += (
            f" Knowing one number raises the chance to name the right line from {chance(blind)}: {'; '.join(gains)}."
        )
    elif blind < 1.0:
        text += " No single number, once known, would make the order surer."
    return text
