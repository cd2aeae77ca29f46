"""The annex: everything that the report leaves out, figure by figure and table by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.reporting import backends, evidence, tables
from sim.reporting.blocks import chapter, figure, heading, sheet, words
from sim.reporting.contract import Block, Chapter
from sim.reporting.evidence import References
from sim.reporting.words import name
from sim.results import Results

__all__ = ["OF_LINE", "annex"]

OF_LINE = {
    "graph": "Process graph of {line}.",
    "mass": "Mass per {unit} of good product of {line}, step by step; width is mass.",
    "influence": "Cost of {line} at both ends of the range of one number, all others as stated.",
    "effects": "Which numbers the scatter of the cost of {line} comes from.",
    "steps": "Cost and energy of {line}, step by step.",
    "states": "What the machines of {line} do, and how much lithium is still on its way.",
    "gantt": "First days of {line}, at most three machines of a step.",
    "time": "Shipped product and work in process of {line} by week, from the empty plant on.",
    "settling": "How {line} settles: shipped on every open day (left), and the statistic that ends the beginning.",
}
"""Figures of a line, with their captions."""


def annex(
    results: Results, slugs: Mapping[str, str], titles: Mapping[tuple[str, str], str], drawn: Mapping[str, Any],
    references: References,
) -> list[Chapter]:  # fmt: skip
    """Return the chapters of the annex."""
    lines = results.manifest["lines"]
    return [
        chapter("annex.figures", "Annex: key figures, costs and plants", _figures(results, titles), fresh=True),
        *(
            chapter(
                f"annex.{slugs[line['name']]}",
                f"Annex: {name(line['name'])}",
                _of_line(slugs[line["name"]], line, drawn),
            )
            for line in lines
        ),
        chapter(
            "annex.steps",
            "Annex: steps and machines",
            [sheet("annex.steps", tables.steps(results.steps, lines), small=True)],
        ),
        chapter(
            "annex.assumptions",
            "Annex: assumptions",
            [
                words("Every number that the lines rest on, once, under its entry and its source or reason."),
                sheet("annex.assumptions", evidence.assumptions(results.assumptions, references), small=True),
            ],
        ),
    ]


def _figures(results: Results, titles: Mapping[tuple[str, str], str]) -> Iterator[Block]:
    lines, summary = results.manifest["lines"], results.summary
    yield heading("All key figures")
    for at, part in enumerate(tables.by_scale(lines)):
        yield sheet(
            f"annex.kpis.{at}",
            tables.kpis(summary, part),
            "Mean of the replications and half of its 95 % interval.",
            small=True,
        )
        yield sheet(f"annex.categories.{at}", tables.categories(results.costs, part), "Cost by category.", small=True)
    crossed = backends.cross_check(results.backend, titles, lines)
    if crossed is not None:
        yield heading("Capital by backend")
        yield words(
            "What the machines cost installed by the catalogue, as in a chemical plant, and as processes of a battery "
            "plant scaled down. What a battery plant does not have keeps the price of the catalogue."
        )
        yield from (words(text) for text in backends.orders(lines))
        yield sheet("annex.backends", crossed, small=True)
    yield heading("Losses")
    yield sheet(
        "annex.losses",
        tables.losses(results.losses, titles, summary, lines),
        "Machine hours of a calendar year, and product lost.",
        small=True,
    )
    yield heading("Materials per unit shipped")
    yield sheet("annex.materials", tables.side_flows(summary, results.materials, lines), small=True)


def _of_line(slug: str, line: Mapping[str, Any], drawn: Mapping[str, Any]) -> Iterator[Block]:
    for kind, caption in OF_LINE.items():
        key = f"{slug}.{kind}"
        if key in drawn:
            yield figure(key, caption.format(line=name(line["name"]), unit=line["unit"]))
