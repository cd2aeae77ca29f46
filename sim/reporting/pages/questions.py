"""What a scenario asks beside the order of its lines: sweeps, scales, regions, cells, worth of one more machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.reporting import cell, films, rivals, sizing, sweeps, tables
from sim.reporting.blocks import chapter, figure, heading, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.leads import Lead
from sim.reporting.regions import regions
from sim.results import LineFacts, Results, ladders

__all__ = ["questions"]


def questions(results: Results, slugs: Mapping[str, str], drawn: Mapping[str, Any], first: Lead) -> list[Chapter]:
    """Return a chapter for every question; *first* stands on page 1 already."""
    found: list[Chapter | None] = [
        _sweeps(results, drawn),
        _scales(results, drawn),
        _regions(results),
        _cell(results, drawn),
    ]
    found += [_films(results, drawn), _machines(results, slugs, drawn)]
    there: list[Any] = [
        {**one, "blocks": [block for block in one["blocks"] if (block["key"] or block["text"]) not in first]}
        for one in found
        if one is not None
    ]
    return [chapter for chapter in there if chapter["blocks"]]


def _sweeps(results: Results, drawn: Mapping[str, Any]) -> Chapter | None:
    blocks: list[Block] = []
    for sweep in results.manifest.get("sweeps", []):
        found, key = sweeps.section(results.sweep, sweep), f"sweep.{sweep['number']}"
        blocks.append(heading(found["heading"]))
        blocks += [words(text) for text in found["sentences"]]
        if key in drawn:
            blocks.append(
                figure(
                    key, "Cost, energy and machines along the sweep. Rings: a size lies outside the range of its price."
                )
            )
        if found["table"] is not None:
            blocks.append(sheet(f"table.{key}", found["table"], "The points of the sweep.", small=True))
    return chapter("sweep", "What one number makes of it", blocks) if blocks else None


def _scales(results: Results, drawn: Mapping[str, Any]) -> Chapter | None:
    blocks: list[Block] = []
    for at, rungs in enumerate(ladders(results.manifest["lines"], results.summary), 1):
        blocks += [words(tables.shrinking(results.costs, ladder)) for ladder in rungs]
        if f"scales.{at}" in drawn:
            blocks.append(figure(f"scales.{at}", "Cost by category, cost, energy and lithium yield at each scale."))
        for number, ladder in enumerate(rungs, 1):
            blocks.append(
                sheet(
                    f"scales.{at}.{number}",
                    tables.scales(results.costs, ladder),
                    "Cost by category and scale.",
                    small=True,
                )
            )
    return chapter("scales", "From laboratory to plant", blocks) if blocks else None


def _regions(results: Results) -> Chapter | None:
    said = regions(results.costs, results.manifest["lines"])
    if not said:
        return None
    shown: Sequence[LineFacts] = results.manifest["lines"]
    table = tables.categories(results.costs, shown) if len(shown) <= tables.WIDE else None
    blocks: list[Block | None] = [words(text) for text in said]
    blocks.append(sheet("regions", table, "Cost by category in every region.", small=True) if table else None)
    return chapter("regions", "What the region makes of it", blocks)


def _cell(results: Results, drawn: Mapping[str, Any]) -> Chapter | None:
    found = cell.section(results)
    return chapter("cell", "What it means for the cell", _of_cell(results, found, drawn)) if found is not None else None


def _of_cell(results: Results, found: Mapping[str, Any], drawn: Mapping[str, Any]) -> Iterator[Block]:
    yield from (words(text) for text in found["sentences"])
    if "cell.cost" in drawn:
        yield figure("cell.cost", found["bars"])
    yield sheet("cell.bills", found["bills"], found["basis"], small=True)
    if found["pairs"] is not None:
        yield sheet("cell.pairs", found["pairs"], "Separator and cathode from one powder.", small=True)
    if found["table1"] is not None and "cell.table1" in drawn:
        yield figure("cell.table1", found["steps"])
    yield from _of_rivals(results)


def _of_rivals(results: Results) -> Iterator[Block]:
    if not len(results.rivals):
        return
    yield words(rivals.sentence(results), "The liquid rival.")
    yield sheet("cell.rivals", rivals.beside(results), rivals.BESIDE, small=True)
    yield words(rivals.explained(results.footing))
    yield sheet("cell.footing", rivals.footing(results.footing), rivals.FOOTING, small=True)


def _films(results: Results, drawn: Mapping[str, Any]) -> Chapter | None:
    blocks: list[Block] = []
    for at, part in enumerate(films.sections(results.summary, results.manifest["lines"], drawn), 1):
        blocks += [heading(part["heading"]), words(part["text"])] if part["text"] else [heading(part["heading"])]
        if part["heatmap"]:
            blocks.append(
                figure(
                    part["heatmap"], "Every powder before every film: dark is more, the best of each panel is framed."
                )
            )
        if part["pareto"]:
            blocks.append(figure(part["pareto"], "Cost against area resistance; down and to the left is better."))
        blocks.append(sheet(f"films.{at}", part["table"], "Cost and what a square metre does.", small=True))
    beside = films.every(results.summary, results.manifest["lines"])
    if beside:
        text = "Every membrane, also those that no other may be ranked with; cells as published, not worked out here."
        blocks.append(sheet("films.every", beside, text, small=True))
    return chapter("films", "What a square metre buys", blocks) if blocks else None


def _machines(results: Results, slugs: Mapping[str, str], drawn: Mapping[str, Any]) -> Chapter | None:
    titles = {
        (str(line), str(step)): str(words_)
        for line, step, words_ in zip(results.steps["line"], results.steps["step"], results.steps["title"], strict=True)
    }
    blocks: list[Block] = []
    if len(results.sizing):
        blocks += _part("sizing", "Machine counts, confirmed by simulation", sizing.confirmed(results.sizing, titles))
    if len(results.bottleneck):
        blocks += _part("bottleneck", "What one more is worth", sizing.bottleneck(results.bottleneck, titles))
        for line in results.bottleneck["line"].drop_duplicates():
            key = f"{slugs[str(line)]}.worth"
            if key in drawn:
                blocks.append(
                    figure(
                        key,
                        "What every addition does to output and cost, with 95 % intervals; grey: it holds zero.",
                    )
                )
    if len(results.optimum):
        found = sizing.optimum(results.optimum, results.manifest["optimised"], titles)
        blocks += _part("optimum", "The cheapest plant that meets its target", found)
    return chapter("machines", "Machines, operators, buffers and shifts", blocks) if blocks else None


def _part(key: str, head: str, found: Mapping[str, Any]) -> Iterator[Block]:
    yield heading(head)
    yield from (words(text) for text in found["sentences"])
    if found["table"] is not None:
        yield sheet(key, found["table"], f"{head}.", small=True)
