"""Confirming machine counts: where the simulated plant misses its target, a machine is added at the bottleneck.

Counts are first worked out in expected values (`sim.plant.sizing`). What these leave out, machines that fail together,
wait for operators or stand blocked, shows in the simulation only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.evaluators import Evaluator
from sim.plant import Line, design
from sim.results import STATES, Kpis, Results
from sim.rollup import Ledger, bottleneck, busy_share
from sim.study import Measured, Study

__all__ = ["TOLERANCE", "confirmed", "states"]

TOLERANCE = 0.01
"""Share of the target that may be missing [1]."""

MOST_ADDED = 10
"""Machines that are added to a line at most."""


class _Tried(NamedTuple):
    """A plant that was simulated."""

    line: Line
    ledgers: tuple[Ledger, ...]
    share: float
    """Output over target [1]."""


def confirmed(study: Study, evaluate: Evaluator) -> tuple[Study, pd.DataFrame]:
    """Return a study whose machine counts the simulation confirms, and the table of what was added and why.

    Parameters
    ----------
    study : Study
        Lines without a target stay as they are.
    evaluate : Evaluator
        That simulates.

    Returns
    -------
    Study, DataFrame
        Columns line, step, machines_expected (sized in expected values), machines (confirmed), given (1 if the route
        gives the count), load (planned busy share), busy (simulated), the shares of the open hours in every state,
        output_expected_counts and output (over the target, before and after), why.

    Notes
    -----
    A line is short if it ships less than 1 - TOLERANCE of its target, paced to it and also when its first step
    releases at capacity, in the mean of the replications. Then the step that is busiest, among those whose count is
    `auto`, gets a machine, up to MOST_ADDED. All tries have the same random numbers.
    """
    lines, tables = [], []
    for line in study.lines:
        if line.target_per_year is None:
            lines.append(line)
            continue
        found, table = _confirmed(line, evaluate)
        lines.append(found)
        tables.append(table)
    frame = pd.concat(tables, ignore_index=True) if tables else Results.sizing.frame()
    return replace(study, lines=tuple(lines)), frame


def _confirmed(line: Line, evaluate: Evaluator) -> tuple[Line, pd.DataFrame]:
    free = [step.id for step in line.route.steps if isinstance(step.machines, str)]
    first = tried = _tried(line, evaluate)
    why: dict[str, str] = {}
    added = 0
    while tried.share < 1.0 - TOLERANCE and free and added < MOST_ADDED:
        step = max(free, key=lambda name: _busy(tried, name))
        why.setdefault(step, _why(tried, step))
        added += 1
        more = {step: tried.line.machines[step] + 1}
        tried = _tried(design(tried.line, machines=more), evaluate)
    if tried.share < 1.0 - TOLERANCE:
        tight = bottleneck(tried.line, tried.ledgers[0])
        why[tight.step] = f"still {1.0 - tried.share:.1%} short with {added} machines more: {tight.why}"
    if added == 0:
        tried = tried._replace(line=line)
    return tried.line, _table(line, free, first, tried, why)


def _tried(line: Line, evaluate: Evaluator) -> _Tried:
    """Simulate a line paced to its target; if it is short, at capacity as well, and keep the better."""
    best = None
    for variant in (line, design(line, machines={}, operators=line.sizing.operators, at_capacity=True)):
        (it,) = evaluate([variant])
        share = _share(line, it)
        if best is None or share > best.share:
            best = _Tried(line, it.ledgers, share)
        if share >= 1.0 - TOLERANCE:
            break
    assert best is not None
    return best


def _share(line: Line, it: Measured) -> float:
    assert line.target_per_year is not None
    return float(np.nan_to_num(it.values(Kpis.throughput)).mean()) / line.target_per_year


def _busy(tried: _Tried, step: str) -> float:
    return float(np.mean([busy_share(tried.line, ledger, step) for ledger in tried.ledgers]))


def states(ledgers: Sequence[Ledger], step: str) -> dict[str, float]:
    """Return the shares of a step's open hours in every state, in the mean over replications [1]."""
    hours = np.sum([ledger.steps[step].hours.sum(axis=0) for ledger in ledgers], axis=0)
    found = dict(zip(STATES, hours, strict=True))
    opened = float(hours.sum() - found["off_shift"]) or 1.0
    return {state: float(value) / opened for state, value in found.items() if state != "off_shift"}


def _why(tried: _Tried, step: str) -> str:
    """Return in words what kept a step from what expected values promise."""
    found = states(tried.ledgers, step)
    words = {
        "down": "down", "blocked": "blocked", "starved": "starved", "waiting": "waiting for operators",
        "setup": "setting up", "clean": "cleaning",
    }  # fmt: skip
    parts = sorted(((found[state], word) for state, word in words.items() if found[state] >= 0.005), reverse=True)
    lost = ", ".join(f"{word} {share:.1%}" for share, word in parts) or "no time lost"
    return f"output {1.0 - tried.share:.1%} short, busy {_busy(tried, step):.0%} of its open hours: {lost}"


def _table(line: Line, free: Sequence[str], first: _Tried, last: _Tried, why: dict[str, str]) -> pd.DataFrame:
    before, after = line.machines, last.line.machines
    rows: list[dict[str, Any]] = []
    for name in before:
        row = {"line": line.name, "step": name, "machines_expected": before[name], "machines": after[name]}
        row |= {"given": int(name not in free), "load": line.sizing.steps[name].load, "busy": _busy(last, name)}
        row |= states(last.ledgers, name)
        rows.append(row | {"output_expected_counts": first.share, "output": last.share, "why": why.get(name, "")})
    return Results.sizing.frame(rows)
