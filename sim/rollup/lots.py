"""Lots on their way: where they wait and when they move on, from the rows of an event log."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.engine import NO_PLACE, Kind, Log
from sim.plant import Line
from sim.rollup.window import Bools, Floats, Ints, Places

__all__ = ["traffic"]

_REST = 1e-6
"""What is left of a lot, as a share of it, that is a rounding [1]."""

_MOVES = {int(kind): kind.name.lower() for kind in (Kind.PUT, Kind.TAKE, Kind.SCRAP, Kind.SHIP)}


def traffic(log: Log, line: Line, *, until_h: float, from_h: float = 0.0) -> pd.DataFrame:
    """Return the moves of all lots between steps.

    Parameters
    ----------
    until_h : float
        Time to stop at [h].
    from_h : float, default=0
        Time to begin at [h].

    Returns
    -------
    DataFrame
        Columns time_h, move (`there` for what waits at *from_h*, `put`, `take`, `scrap`, `ship`), source and target
        (steps; empty where a lot comes from or goes to none), lots (waiting in front of the target afterwards) and
        amount [kg or m2], in order of time.
    """
    rows, plan = log.rows, log.plan
    kind = rows["kind"]
    chosen = np.flatnonzero(np.isin(kind, list(_MOVES)))
    kind, time, amount = kind[chosen].astype(np.intp), rows["time_h"][chosen], rows["amount"][chosen]
    step, place = rows["step"][chosen].astype(np.intp), rows["place"][chosen].astype(np.intp)
    buffered = (kind != Kind.SHIP) & (place != NO_PLACE)
    consumer = Places(plan).consumer
    target = np.where(buffered, consumer[np.where(buffered, place, 0)] if len(consumer) else -1, -1)
    source = np.where(kind == Kind.TAKE, -1, np.where(buffered & (kind == Kind.SCRAP), -1, step))
    change = np.zeros(len(chosen), dtype=np.intp)
    signed = np.where(kind == Kind.PUT, amount, -amount)
    change[buffered] = _comings(place[buffered], rows["lot"][chosen][buffered].astype(np.intp), signed[buffered])
    lots = _running(target, change, len(plan.steps))
    names = np.array([*(item.id for item in line.route.steps), ""], dtype=object)
    inside = (time >= from_h) & (time < until_h)
    there = _there(target[time < from_h], lots[time < from_h], len(plan.steps))
    before = pd.DataFrame({"move": "there", "source": "", "target": names[:-1], "lots": there}).assign(
        time_h=from_h, amount=0.0
    )
    after = pd.DataFrame(
        {
            "move": pd.Series(kind[inside]).map(_MOVES),
            "source": names[source[inside]],
            "target": names[target[inside]],
            "lots": lots[inside],
            "time_h": time[inside],
            "amount": amount[inside],
        }
    )
    return pd.concat([before, after], ignore_index=True)[["time_h", "move", "source", "target", "lots", "amount"]]


def _comings(place: Ints, lot: Ints, signed: Floats) -> Ints:
    """Return +1 where a lot begins to wait and -1 where the last of it goes, 0 where a part of it comes or goes."""
    order = np.lexsort((np.arange(len(lot)), lot, place))
    own = signed[order]
    first = _firsts(place[order], lot[order])
    start = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    after = np.cumsum(own)
    after -= (after[start] - own[start])[group] if len(start) else 0.0
    least = _REST * np.maximum.reduceat(np.abs(own), start)[group] if len(start) else 0.0
    held, held_before = after > least, after - own > least
    found = np.zeros(len(lot), dtype=np.intp)
    found[order] = held.astype(np.intp) - (held_before & ~first)
    return found


def _firsts(place: Ints, lot: Ints) -> Bools:
    if not len(lot):
        return np.zeros(0, dtype=bool)
    return np.concatenate([[True], (place[1:] != place[:-1]) | (lot[1:] != lot[:-1])])


def _running(target: Ints, change: Ints, steps: int) -> Ints:
    """Return how many lots wait in front of the target of every row after it."""
    lots = np.zeros(len(target), dtype=np.intp)
    for step in range(steps):
        own = target == step
        lots[own] = np.cumsum(change[own])
    return lots


def _there(target: Ints, lots: Ints, steps: int) -> Ints:
    """Return how many lots wait in front of every step at the end of some rows."""
    found = np.zeros(steps, dtype=np.intp)
    known = target >= 0
    found[target[known]] = lots[known]  # the last of several wins
    return found
