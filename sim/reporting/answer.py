"""The answer in sentences, made from the numbers: who is ahead, by how much, how sure, and what drives it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.reporting.films import worth
from sim.reporting.words import at_scale, listed, name, number, quantity, title, unit
from sim.results import GOOD, BreakEven, Difference, Driver, Manifest, Rank, Verdict, films, kpi_named, records, shared

__all__ = ["answer"]

MEASURES = ("energy_per_unit", "gwp_per_unit", "yield_Li", "capital", "people", "area", "lead_time")
FEW = 4
"""Most break-evens, or lines behind the first two, that are told one by one."""
Paragraph = dict[str, str]


def answer(verdict: Verdict, summary: pd.DataFrame, manifest: Manifest) -> dict[str, Any]:
    """Return heading and paragraphs (a bold `lead` and the `text` after it) about one group of lines."""
    per = unit(verdict.unit)
    heading = f"{at_scale(title(verdict.function), verdict.scale)}, per {per}"
    unpriced = [{"lead": f"{title(line)} gets no price.", "text": _upper(f"{why}.")} for line, why in verdict.unpriced]
    if not verdict.ranking:
        none = {"lead": "No cost was found for these lines.", "text": ""}
        return {"heading": heading, "paragraphs": unpriced or [none]}
    if verdict.reason == "alone":
        return {"heading": heading, "paragraphs": [_alone(verdict, summary), *unpriced]}
    assert verdict.difference is not None
    first, second = verdict.ranking[:2]
    paragraphs = [{"ahead": _ahead, "tie": _tie, "estimates": _open}[verdict.reason](verdict, manifest)]
    bought = worth(films(summary, verdict.lines), verdict.unit)
    paragraphs.append({"lead": "What a square metre buys." if bought else "", "text": bought})
    paragraphs.append(_sure(verdict, verdict.difference))
    paragraphs.append(_drivers(verdict, first, second))
    if verdict.reason != "estimates" and verdict.break_evens:
        paragraphs.append({"lead": "What would turn it.", "text": _turning(verdict)})
    paragraphs += [_others(verdict, summary, manifest), *unpriced]
    return {"heading": heading, "paragraphs": [p for p in paragraphs if p["text"] or p["lead"]]}


def _called(line: str) -> str:
    return name(line)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _usd(value: float, verdict: Verdict) -> str:
    return quantity(value, f"USD/{verdict.unit}")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "none"


def _ahead(verdict: Verdict, _: Manifest) -> Paragraph:
    first, second = verdict.ranking[:2]
    gap = verdict.difference
    assert gap is not None
    lead = (
        f"{title(first.line)} is the cheapest route, at {_usd(first.cost, verdict)}: {_usd(gap.mean, verdict)} "
        f"({_percent(gap.relative)}) below {_called(second.line)} at {_usd(second.cost, verdict)}."
    )
    return {"lead": lead, "text": _rest(verdict)}


def _tie(verdict: Verdict, _: Manifest) -> Paragraph:
    first, second = verdict.ranking[:2]
    lead = (
        f"No winner is named: {_called(first.line)} ({_usd(first.cost, verdict)}) and {_called(second.line)} "
        f"({_usd(second.cost, verdict)}) cannot be told apart."
    )
    return {"lead": lead, "text": _rest(verdict)}


def _open(verdict: Verdict, manifest: Manifest) -> Paragraph:
    first, second = verdict.ranking[:2]
    weak = [rank for rank in (first, second) if rank.solid < 0.5]
    shares = " and ".join(f"{_percent(rank.solid)} of the cost of {_called(rank.line)}" for rank in weak)
    if all(rank.solid < 0.005 for rank in weak):
        shares = f"next to nothing of the cost of {' and '.join(_called(rank.line) for rank in weak)}"
    else:
        shares = f"only {shares}"
    verb = "rests" if len(weak) == 1 or "nothing" in shares else "rest"
    lead = f"No winner is named: {shares} {verb} on numbers of grade {GOOD[0]} to {GOOD[-1]}; half is needed."
    names = {rank.line for rank in verdict.ranking}
    prices = name(shared([line for line in manifest["lines"] if line["name"] in names], "prices"))
    at = f"At the prices of {prices}" if prices else "At these prices"
    text = (
        f"{at}, {_called(first.line)} comes to {_usd(first.cost, verdict)} and {_called(second.line)} to "
        f"{_usd(second.cost, verdict)}.{_rest(verdict, ' ')} "
    )
    if verdict.break_evens or manifest["scenario"].get("price_axis"):
        text += _turning(verdict)
    return {"lead": lead, "text": text.strip()}


def _rest(verdict: Verdict, before: str = "") -> str:
    others = verdict.ranking[2:]
    if not others:
        return ""
    shown = others if len(others) <= FEW else others[: FEW - 2]
    words = [f"{_called(rank.line)} at {_usd(rank.cost, verdict)}" for rank in shown]
    if len(shown) < len(others):
        last = others[-1]
        words.append(f"{len(others) - len(shown)} more, up to {_called(last.line)} at {_usd(last.cost, verdict)}")
    return f"{before}Behind them: {listed(words)}."


def _turning(verdict: Verdict) -> str:
    """Say at which prices two lines cost the same; of many, where the cheapest would no longer be the cheapest."""
    if not verdict.break_evens:
        return "Within the price axis of the scenario no two of these routes cost the same."
    if len(verdict.break_evens) <= FEW:
        return " ".join(_break_even(item) for item in verdict.break_evens)
    first = verdict.ranking[0].line
    below = [item for item in verdict.break_evens if item.other == first][-1:]
    above = [item for item in verdict.break_evens if item.line == first][:1]
    if not below + above:
        return f"{title(first)} is the cheapest at every price within the price axis of the scenario."
    return " ".join(_break_even(item) for item in below + above)


def _break_even(item: BreakEven) -> str:
    return (
        f"{title(item.line)} and {_called(item.other)} cost the same at {quantity(item.price, 'USD/kg')} of "
        f"{name(item.material)}; above that price {_called(item.other)} is the cheaper one."
    )


def _sure(verdict: Verdict, gap: Difference) -> Paragraph:
    if gap.replications == 1:
        said = (
            f"{title(gap.line)} was {'cheaper' if gap.won else 'dearer'} than {_called(gap.other)}; one replication "
            "says nothing of chance. The doubt about the inputs stands beside it: "
        )
        return {"lead": "How sure.", "text": f"{said}{_resting(verdict)}."}
    low, high = sorted((gap.low, gap.high))
    every = "both" if gap.replications == 2 else f"every one of {gap.replications}"
    won = every if gap.won == gap.replications else f"{gap.won} of {gap.replications}"
    said = (
        f"{title(gap.line)} was cheaper than {_called(gap.other)} in {won} paired replications; "
        f"the 95 % interval of the difference is {number(low)} to {_usd(high, verdict)}. "
        "That interval holds the chance within the simulated plant only. The doubt about the inputs is larger: "
    )
    return {"lead": "How sure.", "text": f"{said}{_resting(verdict)}."}


def _resting(verdict: Verdict) -> str:
    """Say how much of the cost of every line is guessed."""
    if len(verdict.ranking) > FEW + 2:
        least, most = (pick(verdict.ranking, key=lambda rank: rank.solid) for pick in (max, min))
        return (
            f"{_percent(1 - least.solid)} (of the cost of {_called(least.line)}) to {_percent(1 - most.solid)} "
            f"({_called(most.line)}) rest on unchecked figures or estimates (grade D and E)"
        )
    first, *others = verdict.ranking
    shares = [f"{_percent(1 - first.solid)} of the cost of {_called(first.line)}"]
    shares += [f"{_percent(1 - rank.solid)} of that of {_called(rank.line)}" for rank in others]
    return f"{listed(shares)} {'rest' if others else 'rests'} on unchecked figures or estimates (grade D and E)"


def _drivers(verdict: Verdict, first: Rank, second: Rank) -> Paragraph:
    if not verdict.categories:
        return {"lead": "", "text": ""}
    parts = listed([_driver(driver, verdict) for driver in verdict.categories])
    text = f"Against {_called(second.line)}, {_called(first.line)} pays {parts}"
    if verdict.items:
        largest = verdict.items[0]
        text += f"; the largest single item is {name(largest.name)} ({_driver(largest, verdict, named=False)})"
    return {"lead": "What drives it.", "text": text + "."}


def _driver(driver: Driver, verdict: Verdict, *, named: bool = True) -> str:
    amount = f"{_usd(abs(driver.usd), verdict)} {'less' if driver.usd > 0 else 'more'}"
    return f"{amount} for {name(driver.name)}" if named else amount


def _others(verdict: Verdict, summary: pd.DataFrame, manifest: Manifest) -> Paragraph:
    """Say which line is best by other measures, where the best is at least 2 % ahead."""
    found: dict[str, list[str]] = {}
    for kpi in MEASURES:
        measure = kpi_named(kpi)
        rows = summary[(summary["kpi"] == kpi) & summary["line"].isin(verdict.lines)].sort_values(
            "mean", ascending=measure.better == "less", kind="stable"
        )
        if len(rows) < 2 or abs(rows["mean"].iloc[0] - rows["mean"].iloc[1]) < 0.02 * abs(rows["mean"].iloc[1]):
            continue
        best = rows.iloc[0]
        by_how_much = quantity(float(best["mean"]), str(best["unit"]))
        found.setdefault(str(best["line"]), []).append(f"{measure.best} ({by_how_much})")
    if not found:
        return {"lead": "", "text": ""}
    text = _upper("; ".join(f"{_called(line)} has the {listed(words)}" for line, words in found.items())) + "."
    made = {line["name"]: len(line["route"].get("segments", ())) for line in manifest["lines"]}
    buyers = [_called(line) for line in found if made[line] < max(made[other] for other in verdict.lines)]
    if buyers:
        text += f" But {listed(buyers)} {'buys' if len(buyers) == 1 else 'buy'} what other lines make on the site."
    return {"lead": "By other measures.", "text": text}


def _alone(verdict: Verdict, summary: pd.DataFrame) -> Paragraph:
    only = verdict.ranking[0]
    kpis = {row.kpi: row for row in records(summary[summary["line"] == only.line])}

    def shown(kpi: str) -> str:
        return quantity(float(kpis[kpi].mean), str(kpis[kpi].unit)) if kpi in kpis else "–"

    lead = f"{title(only.line)} costs {_usd(only.cost, verdict)}, {shown('conversion_cost_per_unit')} of it conversion."
    text = (
        f"It needs {shown('energy_per_unit')} of site energy, {shown('people')} and {shown('area')} of floor, and "
        f"ships {shown('throughput')} at an OEE of {shown('oee')}; {_resting(verdict)}. "
        f"There is no other line of its kind, function{', unit and scale' if verdict.scale else ' and unit'} here, "
        "so it is not ranked."
    )
    return {"lead": lead, "text": text}
