"""The first pages: the answer, why it is so, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.reporting import tables
from sim.reporting.blocks import chapter, figure, heading, see, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.figures.answer import shown, six
from sim.reporting.leads import ANSWER, Lead
from sim.reporting.tables import Row, table
from sim.reporting.verdict import between, called_group, chance, finding, medians, share, sure, turning
from sim.reporting.words import called, compact, listed, name, number, of_number, quantity, unit, upper
from sim.results import GOOD, LineFacts, Results, VerdictFacts, records, solid_share

__all__ = ["answer", "certainty", "costs", "why"]

MOST = 3
"""Groups of lines that are told at length; of more, the report shows figures and tables."""
LISTED = 10
"""Numbers that are listed for a difference."""


def answer(results: Results, verdicts: Sequence[VerdictFacts], first: Lead) -> Chapter:
    """Return page 1: what the lines cost, which is the cheapest, how sure that is, and unless what."""
    lines = results.manifest["lines"]
    sampled = bool(len(results.uncertainty))
    caption = first.caption if first.figure != ANSWER else _caption(results)
    blocks: list[Block | None] = [figure(first.figure, caption)]
    if len(lines) <= SHORT:
        blocks.append(sheet("lines", _lines(results, lines, verdicts), _HEADS if sampled else _PLAIN, small=True))
    told = [verdict for verdict in verdicts if len(verdict["lines"]) > 1] or list(verdicts)
    for verdict in [*told, *(one for one in verdicts if one not in told)][: 2 * MOST]:
        # the title of the page says it of one group already
        said = [text for text in [finding(verdict, results)] if text != first.finding]
        turned = turning(verdict, results)
        said += [f"What would turn the order: {turned}"] if turned else []
        if said:
            blocks.append(words(" ".join(said), f"{called_group(verdict)}." if len(verdicts) > 1 else ""))
    where = [see(first.figure), see("lines")]
    blocks.append(words(f"{COUNTED} {listed(where)} have the numbers.", "What is in the cost."))
    if len(lines) > SHORT:
        blocks.append(sheet("lines", _lines(results, lines, verdicts), _HEADS if sampled else _PLAIN, small=True))
    return chapter("answer", "", blocks)


SHORT = 10
"""Lines up to which their table stands before the words of page 1."""


def costs(results: Results) -> Chapter:
    """Return what the lines cost, where page 1 shows something else first."""
    return chapter(
        "costs",
        "What the lines cost",
        [words(f"{see(ANSWER)} has the cost of the lines by category."), figure(ANSWER, _caption(results))],
    )


def _caption(results: Results) -> str:
    caption = "Cost per unit of good product by category, with every number as stated"
    caption += ", and below it the median and P10 to P90 of all samples" if len(results.uncertainty) else ""
    caption += ". Right: share of the cost by grade of the numbers, A (measured) to E (estimate)."
    left = len(results.manifest["lines"]) - sum(map(len, shown(results.manifest["lines"])))
    return caption + (f" {left} lines with fewer others to compare with stand in the table only." if left else "")


COUNTED = (
    "Materials, solvents, gases, consumables, waste, energy, labour, maintenance, capital as an annuity, building, "
    "insurance and tax, working capital and overhead of one plant, per unit of good product that is shipped. Not in "
    "it: sales, research, profit, financing of the start."
)


_PLAIN = (
    "The lines, the cheapest first. As stated: simulated, with every number at its stated value; checked: share of the "
    f"cost that rests on numbers of grade {GOOD[0]} to {GOOD[-1]}."
)
_HEADS = f"{_PLAIN} Chance: share of the samples in which the line is the cheapest of its group."


def _lines(results: Results, lines: Sequence[LineFacts], verdicts: Sequence[VerdictFacts]) -> tables.Table:
    rows_of, facts_of = medians(results), {line["name"]: line for line in lines}
    columns = [
        ("", "", "w"),
        ("Output", "per year", "r"),
        *([("Median", "USD/unit", "r"), ("P10 to P90", "USD/unit", "r")] if rows_of else []),
        ("As stated", "USD/unit", "r"),
        ("Conversion", "USD/unit", "r"),
        ("Energy", "kWh/unit", "r"),
        ("GWP", "kg CO₂e/unit", "r"),
        ("Li yield", "%", "r"),
        ("Capital", "M USD", "r"),
        *([("Chance", "", "r")] if rows_of else []),
        ("Checked", "%", "r"),
    ]
    rows: list[Row] = []
    for verdict in verdicts:
        product = name(str(facts_of[verdict["lines"][0]]["product"])) if verdict["lines"] else ""
        rows.append(f"{called_group(verdict)}; unit: {unit(verdict['unit'])} of {product}")
        for key, often in zip(verdict["lines"], verdict["chances"], strict=True):
            line, own = facts_of[key], results.costs[results.costs["line"] == key]
            priced = not line.get("unpriced")

            def get(kpi: str, scale: float = 1.0, key: str = key) -> str:
                return number(tables.value(results.summary, key, kpi) * scale)

            output = quantity(tables.value(results.summary, key, "throughput"), f"{line['unit']}/y")
            found = rows_of.get(key)
            doubt = []
            if rows_of:
                doubt = ["–", "–"]
                if found is not None and priced:
                    doubt = [number(float(found.p50)), " to ".join(between(float(found.p10), float(found.p90)))]
            rows.append(
                [
                    called(line),
                    output.removesuffix("/y").replace(" million", " M"),
                    *doubt,
                    get("cost_per_unit") if priced else "no price",
                    get("conversion_cost_per_unit") if priced else "–",
                    get("energy_per_unit"),
                    get("gwp_per_unit"),
                    get("yield_Li", 100),
                    get("capital", 1e-6),
                    *([chance(often) if often is not None else "–"] if rows_of else []),
                    f"{100 * solid_share(own):.0f}",
                ]
            )
    return table(columns, rows)


# -- why ---------------------------------------------------------------------------------------------------------------


def why(results: Results, verdicts: Sequence[VerdictFacts], drawn: Mapping[str, Any]) -> Chapter | None:
    """Return page 2: how the cost of the second becomes that of the first, and what prices do to it."""
    blocks: list[Block | None] = []
    for number_, verdict in enumerate(verdicts, 1):
        if f"compare.{number_}.bridge" not in drawn:
            continue
        if sum(block is not None and block["kind"] == "heading" for block in blocks) >= MOST:
            break
        blocks.append(heading(called_group(verdict)))
        blocks += _why(results, verdict, number_, drawn)
    return chapter("why", "Why", blocks) if blocks else None


def _why(results: Results, verdict: VerdictFacts, at: int, drawn: Mapping[str, Any]) -> Iterator[Block | None]:
    bridged, priced = f"compare.{at}.bridge", f"compare.{at}.price"
    if bridged in drawn:
        first, second = verdict["lines"][:2]
        parts_of = six(results.costs)
        cheap, dear = sorted((first, second), key=lambda line: sum(parts_of[line].values()))
        gap = {key: parts_of[cheap][key] - parts_of[dear][key] for key in parts_of[cheap]}
        largest = sorted(gap.items(), key=lambda item: -abs(item[1]))[:3]
        of = f"USD/{verdict['unit']}"
        parts = [
            f"{quantity(abs(usd), of)} {'less' if usd < 0 else 'more'} for {key.replace(', stocks', ' and stocks')}"
            for key, usd in largest
        ]
        text = f"With every number as stated, {name(cheap)} costs {quantity(abs(sum(gap.values())), of)} less than "
        text += f"{name(dear)}: {listed(parts)} ({see(bridged)})."
        yield words(text)
        yield figure(
            bridged, f"From the cost of {name(dear)} to that of {name(cheap)}, category by category, as stated."
        )
    if priced in drawn:
        own = results.prices[results.prices["line"].isin(verdict["lines"])]
        material = name(str(own["material"].iloc[0]))
        yield words(
            f"What the price of {material} does to every line, as stated otherwise, stands in {see(priced)}; what the "
            f"lines cost when all prices of a set move at once, in {see(f'sets.{at}')}."
        )
        yield figure(
            priced,
            f"Cost as stated against the price of {material}. Circles: two lines cost the same. Squares: cost at all "
            "prices of a set.",
        )
        current = {str(line["prices"]) for line in results.manifest["lines"] if line["name"] in verdict["lines"]}
        lines = [line for line in results.manifest["lines"] if line["name"] in verdict["lines"]]
        sets = tables.prices(results.set_costs, lines, current.pop() if len(current) == 1 else "")
        yield sheet(f"sets.{at}", sets, "Cost as stated at every whole price set.", small=True)


# -- how sure ----------------------------------------------------------------------------------------------------------


def certainty(results: Results, verdicts: Sequence[VerdictFacts], drawn: Mapping[str, Any]) -> Chapter | None:
    """Return page 3: what the samples say of every line and of the order, and what would make it surer."""
    about = results.manifest.get("uncertainty")
    if about is None or not len(results.uncertainty):
        return None
    how = "worked out in expected values and carried to the simulation" if about["by"] == "expected" else "simulated"
    blocks: list[Block | None] = [
        words(
            f"{about['samples']} samples of {about['parameters']} numbers with a range, {how}; what lines share is "
            f"drawn once for all of them. {_apart(results)}{_failed(results)}{_chance_in_the_plant(results)}"
        )
    ]
    told = 0
    for at, verdict in enumerate(verdicts, 1):
        key, leaning = f"compare.{at}.doubt", _leaning(results, verdict)
        if len(verdict["lines"]) < 2 or verdict["reason"] in ("alone", "unequal"):
            blocks.append(words(leaning, f"{called_group(verdict)}.") if leaning else None)
        elif key in drawn and told < MOST:
            told += 1
            blocks.append(heading(called_group(verdict)))
            blocks.append(
                words(
                    " ".join(
                        text for text in (leaning, sure(verdict, results), _pointing(results, verdict, at)) if text
                    )
                )
            )
            blocks.append(figure(key, _DENSITY))
            blocks += [_duels(results, verdict, at), _switches(results, verdict, at), _deciding(results, verdict, at)]
    return chapter("certainty", "How sure", blocks)


_DENSITY = (
    "Cost over all samples: density, median and P10 to P90. Red: the cost as stated, with its scatter from lot to lot."
)


def _apart(results: Results) -> str:
    """Say between what the simulated cost stands to the expected one."""
    ratios = [float(row.ratio) for row in medians(results).values()]
    if not ratios or results.manifest["uncertainty"]["by"] != "expected":
        return ""
    low, high = min(ratios), max(ratios)
    apart = (
        f"{100 * (low - 1):+.1f} % to {100 * (high - 1):+.1f} %" if high - low > 5e-4 else f"{100 * (high - 1):+.1f} %"
    )
    off = [name(line) for line, row in medians(results).items() if abs(float(row.ratio) - 1.0) > 0.03]
    doubt = f" For {listed(off)} that is more than 3 %: their samples are less sure than the others." if off else ""
    return f"The simulated cost differs from the expected one by {apart.replace('-', '−')}.{doubt} "


def _failed(results: Results) -> str:
    facts = results.manifest["uncertainty"]
    lost = [
        f"{100 * line['failed'] / facts['samples']:.0f} % of {name(line['name'])}"
        for line in facts["lines"]
        if line["failed"] > 0.005 * facts["samples"]
    ]
    return f"Samples whose numbers do not go together are left out: {listed(lost)}. " if lost else ""


def _chance_in_the_plant(results: Results) -> str:
    """Say what lots and failures scatter the cost by, which is not in the samples."""
    own = results.summary[results.summary["kpi"] == "cost_per_unit"]
    half = ((own["ci_high"] - own["ci_low"]) / 2 / own["mean"].abs()).dropna()
    if half.empty:
        return "Chance in the plant is not known from one replication."
    count = int(own["replications"].iloc[0])
    return (
        f"Chance in the plant, lots and failures, moves the mean of {count} replications by "
        f"at most ±{100 * float(half.max()):.2g} % (95 % interval)."
    )


def _leaning(results: Results, verdict: VerdictFacts) -> str:
    """Say of which lines the cost as stated is far from the median, and which ranges make it so."""
    rows = medians(results)
    found: dict[tuple[bool, str], list[str]] = {}
    for line in verdict["lines"]:
        row = rows.get(line)
        if row is None or not abs(float(row.p50) / float(row.run) - 1.0) > 0.05:
            continue
        own = results.influence[results.influence["line"] == line]
        up = float(row.p50) > float(row.run)
        ends = own[["cost_low", "cost_high"]]
        reach = (ends.max(axis=1) + ends.min(axis=1)) / 2 - own["cost"]
        far = own.loc[reach.sort_values(ascending=not up).index[:2], "title"]
        why_ = listed([of_number(str(text)) for text in far])
        off = share(abs(float(row.p50) / float(row.run) - 1.0))
        found.setdefault((up, why_), []).append(f"{off} for {name(line)}")
    said = [
        f"{'above' if up else 'below'} it by {listed(lines)}" + (f", mostly because of the {why_}" if why_ else "")
        for (up, why_), lines in found.items()
    ]
    if not said:
        return ""
    return f"The median is not the cost as stated, for ranges reach further to one side: it lies {'; '.join(said)}."


def _pointing(results: Results, verdict: VerdictFacts, at: int) -> str:
    """Say where figure and tables of a group stand."""
    first = verdict["lines"][0]
    said = [f"{see(f'compare.{at}.doubt')} shows the samples, {see(f'beats.{at}')} who is below whom in them"]
    if (results.switches["line"] == first).any():
        said.append(f"{see(f'switches.{at}')} the numbers that turn the order")
    if (results.deciding["line"] == first).any():
        said.append(f"{see(f'deciding.{at}')} what makes the difference uncertain")
    return f"{listed(said)}."


def _duels(results: Results, verdict: VerdictFacts, at: int) -> Block:
    own = results.beats[results.beats["probability"].notna()]
    lines = [line for line in verdict["lines"] if line in {*own["line_a"], *own["line_b"]}]
    known = {
        (row.line_a, row.line_b): float(row.probability) for row in records(results.beats) if row.kpi == "cost_per_unit"
    }

    def cell(one: str, other: str) -> str:
        if one == other:
            return ""
        found = known.get((one, other))
        found = 1.0 - known[other, one] if found is None and (other, one) in known else found
        return "–" if found is None or math.isnan(found) else chance(found)

    shown = lines[:8]
    rows = [[name(one), *[cell(one, other) for other in shown]] for one in lines]
    columns = [("", "", "w"), *[(name(other), "", "r") for other in shown]]
    return sheet(
        f"beats.{at}",
        table(columns, rows),
        "Chance that the line at the left costs less than the line above.",
        small=True,
    )


def _switches(results: Results, verdict: VerdictFacts, at: int) -> Block | None:
    own = results.switches[results.switches["line"] == verdict["lines"][0]]
    if own.empty:
        return None
    rows: list[Row] = [
        [
            upper(of_number(str(row.title))),
            f"{compact(float(row.value))} {unit(str(row.unit))}".strip(),
            f"{compact(float(row.low))} to {compact(float(row.high))}",
            number(float(row.switch)),
            name(str(row.cheaper_above)),
            str(row.grade),
        ]
        for row in records(own.head(LISTED))
    ]
    columns = [
        ("Number", "", "w"),
        ("As stated", "", "r"),
        ("Range", "", "r"),
        ("Turns at", "", "r"),
        ("Cheaper above", "", "l"),
        ("Grade", "", "c"),
    ]
    return sheet(
        f"switches.{at}",
        table(columns, rows),
        "Numbers within whose range the order turns, all others as stated.",
        small=True,
    )


def _deciding(results: Results, verdict: VerdictFacts, at: int) -> Block | None:
    own = results.deciding[results.deciding["line"] == verdict["lines"][0]].head(LISTED)
    if own.empty:
        return None
    blind = verdict["chances"][0] or 0.0
    known = [float(row.chance_known) > blind + 0.005 for row in records(own)]
    most = float(own["share"].abs().max()) or 1.0
    rows: list[Row] = []
    shades = []
    for row, tells in zip(records(own), known, strict=True):
        many = f" ({int(row.numbers)} numbers)" if row.numbers > 1 else ""
        helps = name(str(row.line)) if row.effect > 0 else name(str(row.other))
        right = [chance(float(row.chance_known)) if tells else "–"] if any(known) else []
        rows.append(
            [f"{upper(of_number(str(row.title)))}{many}", share(abs(float(row.share))), helps, str(row.grade), *right]
        )
        shades.append([0.0, abs(float(row.share)) / most, *[0.0] * (len(rows[-1]) - 2)])
    columns = [
        ("Number", "", "w"),
        ("Share of the", "variance", "r"),
        ("A higher value favours", "", "l"),
        ("Grade", "", "c"),
    ]
    caption = f"What the difference between {name(verdict['lines'][0])} and {name(str(own['other'].iloc[0]))} rests on."
    if any(known):
        columns.append(("Right line named", "once known", "r"))
        caption += (
            f" Once known: chance to name the cheapest line when this number is known, where above {chance(blind)}."
        )
    return sheet(f"deciding.{at}", tables.shaded(table(columns, rows), shades), caption, small=True)
