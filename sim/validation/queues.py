"""Queues whose means are known exactly, through route files and the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.results import interval
from sim.validation.claims import Claim, Found
from sim.validation.plants import run, study

__all__ = ["KEYS", "LINES", "replications", "sample", "summarised"]

LINES: Mapping[str, str] = {
    "queue_mm1": "mm1",
    "queue_mm2": "mm2",
    "queue_md1": "md1",
    "queue_mg1": "mg1",
    "queue_dd1": "dd1",
    "queue_mm1k": "mm1k",
    "queue_jackson": "jackson",
    "queue_pair_0": "pair_0",
    "queue_pair_2": "pair_2",
    "queue_triple_0": "triple_0",
    "queue_triple_2": "triple_2",
}
"""Line of the scenario `queues` that shows each claim."""

BIAS = "queue_bias"
"""The claim on all of them together."""

KEYS = frozenset({*LINES, BIAS})

SOJOURN = frozenset({"queue_mm1", "queue_mm2", "queue_md1", "queue_mg1", "queue_dd1", "queue_jackson"})
"""Claims on the time from arrival to departure; the others are on throughput."""


def replications() -> int:
    """Return how often each queue is run."""
    return study("queues").scenario.replications


def sample(key: str, replication: int) -> float:
    """Return the mean time in the system [h] or the throughput [1/h] of one replication."""
    ledger = run("queues", LINES[key], (), replication).ledger
    return ledger.lead_time_h if key in SOJOURN else ledger.shipped / ledger.window_h


def summarised(claims: Mapping[str, Claim], samples: Mapping[str, Sequence[float]]) -> dict[str, Found]:
    """Return the mean of every queue with its confidence interval, and of all queues relative to what is exact."""
    found: dict[str, Found] = {}
    for key, values in samples.items():
        it = interval(values)
        found[key] = Found(it.mean, half_width=it.half_width)
    if samples:
        relative = [value / claims[key].target for key, values in samples.items() for value in values]
        it = interval(relative)
        found[BIAS] = Found(it.mean, half_width=it.half_width)
    return found
