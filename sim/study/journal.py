"""The journal of a study: all that it asks writes into one store, so that a stopped study goes on where it was.

Kept is every task that is handed to workers: pilots, replications, points of sweeps, samples and what they are chosen
by, plants of a bottleneck or a search, parts of a sensitivity. What a study works out by itself in between is done
again, a matter of milliseconds each: where two lines are equal, which numbers change the plan, and the prices in
expected values by which a search chooses what to simulate.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.engine import fingerprint
from sim.errors import SimulationError
from sim.study.load import Study
from sim.study.manifest import plain
from sim.study.resume import Store, key
from sim.workers import Staff, Workers

__all__ = ["remembering"]


@contextmanager
def remembering(
    study: Study, staff: Staff, folder: Path | None, *question: Any, keep: bool = False
) -> Iterator[Workers]:
    """Yield workers that remember what they have done for a study before.

    Parameters
    ----------
    folder : Path or None
        Results folder in which it is kept; None keeps nothing.
    *question
        What is asked of the study, as plain values: the answer to another question is no answer.
    keep : bool, default=False
        Leave all that was done when the question is answered; otherwise it goes then.
    """
    if folder is None:
        yield staff
        return
    store = Store(folder, _key(study, question))
    try:
        yield replace(staff, memory=store)
    except SimulationError:
        store.drop()  # it would fail again
        raise
    if not keep:
        store.drop()


def _key(study: Study, question: tuple[Any, ...]) -> str:
    """Return a digest of all that the results of a study depend on."""
    changes = [(change.path, change.old, change.new) for change in study.changes]
    plans = [(line.name, fingerprint(line.plan)) for line in study.lines]
    return key(plain(study.scenario), dict(study.digests), changes, plans, question)
