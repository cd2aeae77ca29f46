"""Running the claims, and the page that says what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim import workers
from sim.errors import InputError, Issue, SimError, nearest
from sim.inputs import Reference
from sim.validation import (
    announced,
    battery,
    cells,
    contradictions,
    figures,
    li2s,
    materials,
    plant,
    powders,
    queues,
    review,
    worked,
)
from sim.validation.claims import Claim, Facts, Found, load_facts, verdict

__all__ = ["COMPUTATIONS", "Row", "page", "run", "table"]

COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {
    **materials.COMPUTATIONS,
    **li2s.COMPUTATIONS,
    **powders.COMPUTATIONS,
    **battery.COMPUTATIONS,
    **plant.COMPUTATIONS,
    **figures.COMPUTATIONS,
    **contradictions.COMPUTATIONS,
    **cells.COMPUTATIONS,
    **announced.COMPUTATIONS,
    **review.COMPUTATIONS,
    **worked.COMPUTATIONS,
}
"""What computes each claim, by its key; queues are sampled and have `queues.sample`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One claim with its verdict."""

    key: str
    number: int
    """Of the group."""
    group: str
    title: str
    """Of the group."""
    how: str
    """How its values are computed."""
    claim: str
    source: str
    """Key of the bibliography."""
    cited: str
    """The source in full, and how much of it was read."""
    grade: str
    tolerance: float
    published: str
    computed: str
    ratio: str
    verdict: str
    """`reproduced`, `fits`, `not reproduced` or `contradiction`."""
    text: str
    """The verdict in full."""
    expected: str

    @property
    def surprising(self) -> bool:
        """Whether the verdict is another than the program is known to give."""
        return self.verdict != self.expected


def run(
    only: Sequence[str] = (),
    *,
    jobs: int = 1,
    facts: Facts | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Compute claims and judge them.

    Parameters
    ----------
    only : sequence of str, default=()
        Groups by number or name; empty runs all.
    jobs : int, default=1
        Processes; the rows do not depend on it.
    facts : Facts or None, default=None
        What to compute with; None reads the bundled files.
    progress : callable, default=None
        Called with (tasks done, tasks in all).

    Raises
    ------
    InputError
        If a group is not known.
    SimError
        If nothing computes a claim.
    """
    facts = facts or load_facts()
    wanted = _groups(facts, only)
    keys = [name for group in wanted for name, claim in facts.claims.claims.items() if claim.group == group]
    for key in keys:
        if key not in COMPUTATIONS and key not in queues.KEYS:
            raise SimError(f"sim/data/claims.yaml: nothing computes the claim '{key}'{nearest(key, COMPUTATIONS)}")
    single = [(key, 0) for key in keys if key in COMPUTATIONS]
    sampled = [(key, number) for key in keys if key in queues.LINES for number in range(queues.replications())]
    tasks = [*sampled, *single]
    # only the queues take long enough for a second process to pay
    computed = workers.map(
        _compute, tasks, facts, jobs=jobs if sampled else 1, tick=workers.counter(progress, len(tasks))
    )
    results = dict(zip(tasks, computed, strict=True))
    samples = {key: [results[task] for task in sampled if task[0] == key] for key in keys if key in queues.LINES}
    found = {key: results[key, 0] for key in keys if key in COMPUTATIONS}
    found |= queues.summarised(facts.claims.claims, samples)
    return [_row(facts, key, found[key]) for key in keys]


def _compute(task: tuple[str, int], facts: Facts) -> Any:
    key, replication = task
    if key in COMPUTATIONS:
        return COMPUTATIONS[key](facts, facts.claims.claims[key])
    return queues.sample(key, replication)


def _groups(facts: Facts, only: Sequence[str]) -> list[str]:
    """Return the groups asked for, in their own order."""
    known = list(facts.claims.groups)
    chosen = set()
    for name in only:
        if name.isdecimal() and 1 <= int(name) <= len(known):
            chosen.add(known[int(name) - 1])
        elif name in known:
            chosen.add(name)
        else:
            listed = ", ".join(f"{number} {group}" for number, group in enumerate(known, 1))
            raise InputError([Issue(name, 1, 1, f"unknown group{nearest(name, known)}; there are {listed}")])
    return [name for name in known if not only or name in chosen]


_BEGINNING = {
    "reproduced": "reproduced; ",
    "fits": "fits only with ",
    "not reproduced": "not reproduced: ",
    "contradiction": "contradiction: ",
}


def _row(facts: Facts, key: str, found: Found) -> Row:
    claim = facts.claims.claims[key]
    kind, reason = verdict(claim, found)
    unit = claim.unit and f" {claim.unit}"
    text = _BEGINNING[kind] + reason if reason else kind
    ends = claim.published if isinstance(claim.published, list) else [claim.published]
    nearest_end = min(ends, key=lambda end: abs(end - found.value))
    inside = min(ends) <= found.value <= max(ends)
    base = found.value if inside and len(ends) > 1 else nearest_end
    computed = number(found.value, 5) if found.half_width is None else f"{found.value:.5g} ± {found.half_width:.2g}"
    reference: Reference = facts.library.bibliography[claim.source]
    return Row(
        key=key,
        number=list(facts.claims.groups).index(claim.group) + 1,
        group=claim.group,
        title=facts.claims.groups[claim.group].title,
        how=facts.claims.groups[claim.group].how.strip(),
        claim=claim.claim,
        source=claim.source,
        cited=_cited(reference),
        grade=claim.grade,
        tolerance=claim.tolerance,
        published=f"{' to '.join(number(end) for end in ends)}{unit}",
        computed=f"{computed}{unit}",
        ratio=f"{found.value / base:.3f}" if base else "",
        verdict=kind,
        text=text,
        expected=claim.expected,
    )


def _cited(reference: Reference) -> str:
    parts = [reference.authors, reference.title, reference.where, f"doi:{reference.doi}" if reference.doi else ""]
    return f"{'; '.join(part for part in parts if part)} (read: {reference.read})"


def number(value: float, digits: int = 12) -> str:
    """Return a number as a reader wants it, thousands apart.

    >>> number(0.427963, 4), number(4207.6e6, 5), number(71.18)
    ('0.428', '4,207,600,000', '71.18')
    """
    if abs(value) >= 10.0**digits or abs(value) >= 1e5:
        return f"{value:,.0f}"
    return f"{value:,.{digits}g}"


def table(rows: Sequence[Row]) -> str:
    """Return rows as text for a terminal."""
    lines: list[str] = []
    for position, row in enumerate(rows):
        if position == 0 or rows[position - 1].group != row.group:
            lines += ["", f"{row.number} {row.title}"]
        mark = "!" if row.surprising else " "
        lines.append(f"{mark} {row.claim} [{row.source}, grade {row.grade}]")
        ratio = f"   ratio {row.ratio}" if row.ratio else ""
        lines.append(f"      published {row.published}   computed {row.computed}{ratio}")
        lines.append(f"      {row.text}")
    lines += ["", summary(rows)]
    return "\n".join(lines).lstrip("\n")


def summary(rows: Sequence[Row]) -> str:
    """Return how many claims met which fate, in a sentence."""
    words = {
        "reproduced": "reproduced",
        "fits": "fit only under an assumption",
        "not reproduced": "not reproduced",
        "contradiction": "at odds with other figures of the same source or of a paper that it cites",
    }
    counts = {kind: sum(row.verdict == kind for row in rows) for kind in words}
    return f"{len(rows)} claims: " + ", ".join(f"{counts[kind]} {word}" for kind, word in words.items()) + "."


_HEAD = """\
<!-- Made by `sim validate --out docs/validation.md`; do not edit. -->
# Validation: published results, computed again

Every value in the column *computed* comes from the program itself: from its routes, catalogue, flowsheet, sizing,
simulation, energy and cost code. The verdict follows from the numbers: *reproduced* lies within the tolerance of the
claim, *fits only with* needs the assumption that is named (the value in brackets is what it then gives), *not
reproduced* says why, and *contradiction* marks figures of one source that exclude each other. Grades run from A (first
principles, measured) over B (published and read) and C (secondary page or excerpt) to D (unchecked); they belong to the
source and not to the verdict. The claims are data: `sim/data/claims.yaml`.

"""


def page(rows: Sequence[Row]) -> str:
    """Return rows as a page of Markdown, the same to the byte for the same rows."""
    parts = [_HEAD, summary(rows), "\n"]
    for position, row in enumerate(rows):
        if position == 0 or rows[position - 1].group != row.group:
            parts.append(section([one for one in rows if one.group == row.group]))
    cited = {row.source: row.cited for row in rows}
    parts += ["\n## Sources\n\n", *(f"- {key}: {cited[key]}\n" for key in sorted(cited))]
    return "".join(parts)


def section(rows: Sequence[Row]) -> str:
    """Return the part of the page that the rows of one group fill."""
    lines = ["", f"## {rows[0].number}. {rows[0].title}", "", rows[0].how, ""]
    lines += [
        "| claim | source | published | tolerance | computed | ratio | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        words = row.text.replace(row.verdict, f"**{row.verdict}**", 1)
        if row.verdict == "fits":
            words = row.text.replace("fits only with", "**fits only with**", 1)
        tolerance = f"{100.0 * row.tolerance:.3g} %"
        cells = [row.claim, f"{row.source} ({row.grade})", row.published, tolerance, row.computed, row.ratio, words]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
