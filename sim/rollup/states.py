"""What machines do: stretches of states from the rows of an event log, closed hours taken into account."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine import STATE_KINDS, Calendar, Log, Plan, server_table
from sim.plant import Line
from sim.results import STATES
from sim.rollup.window import Floats, Ints, Places, count

__all__ = ["gantt", "in_proportion", "machine_hours", "opened"]

_PRIORITY = ("down", "run", "clean", "setup", "blocked", "waiting", "starved")
"""State of a machine with slots: the first of these that any slot is in."""

_RUN, _DOWN, _STARVED, _OFF = (STATES.index(name) for name in ("run", "down", "starved", "off_shift"))
_SUSPENDED = [STATES.index(name) for name in ("blocked", "starved", "waiting")]


def opened(calendar: Calendar, times: Floats | float, end_h: float | None = None) -> Floats:
    """Return the open hours of a calendar from 0 to each of *times* [h]."""
    last = float(np.max(times, initial=0.0)) if end_h is None else end_h
    edges, total = _elapsed(calendar, last)
    return np.asarray(np.interp(times, edges, total), dtype=np.float64)


@cache
def _elapsed(calendar: Calendar, end_h: float) -> tuple[Floats, Floats]:
    """Return the switch times up to *end_h*, and the open hours that have elapsed at each."""
    edges = np.array([0.0, *(time for time in calendar.switches_h if 0.0 < time < end_h), max(end_h, 0.0)])
    opens = (np.arange(len(edges) - 1) % 2 == 0) == calendar.open_at_start
    return edges, np.concatenate([[0.0], np.cumsum(np.diff(edges) * opens)])


@dataclass(frozen=True, slots=True)
class _Spans:
    """Stretches of one state; owner is a server or a machine."""

    owner: Ints
    state: Ints
    start: Floats
    end: Floats


def _state_rows(log: Log) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield (server, state, time) of all changes by step, sorted by server and time, each server starved at 0."""
    codes = np.full(256, -1, dtype=np.intp)
    for kind, state in STATE_KINDS.items():
        codes[kind] = STATES.index(state)
    index = np.flatnonzero((codes >= 0)[log.rows["kind"]]).astype(np.uint32)
    server = log.rows["server"][index]
    order = index[np.argsort(server, kind="stable")]
    step_of = server_table(log.plan)[0]
    first = np.searchsorted(step_of, np.arange(len(log.plan.steps) + 1))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(server, minlength=len(step_of)))])[first]
    for mine, begin, end in zip(itertools.pairwise(first.tolist()), bounds[:-1], bounds[1:], strict=True):
        rows, own = log.rows[order[begin:end]], np.arange(*mine)
        servers = np.concatenate([own, rows["server"].astype(np.intp)])
        states = np.concatenate([np.full(len(own), _STARVED), codes[rows["kind"]]])
        times = np.concatenate([np.zeros(len(own)), rows["time_h"]])
        place = np.argsort(servers.astype(np.uint16), kind="stable")
        yield servers[place], states[place], times[place]


def _spans(owner: Ints, state: Ints, time: Floats, end_h: float) -> _Spans:
    """Turn changes, sorted by owner and time, into stretches."""
    stop = np.full(len(time), float(end_h))
    same = owner[1:] == owner[:-1]
    stop[:-1][same] = time[1:][same]
    return _Spans(owner, state, time, stop)


def _machine_spans(log: Log, maps: Places) -> Iterator[tuple[_Spans, _Spans]]:
    """Yield the stretches of the machines of every step, and those of their servers."""
    for slots, (server, state, time) in zip(maps.slots, _state_rows(log), strict=True):
        servers = _spans(server, state, time, log.plan.end_h)
        changes = _merge_slots(server, state, time, maps) if slots > 1 else (maps.machine_of[server], state, time)
        owner, states, times = changes
        yield _spans(owner, states, times, log.plan.end_h), servers


def _merge_slots(server: Ints, state: Ints, time: Floats, maps: Places) -> tuple[Ints, Ints, Floats]:
    """Return the changes of machines from those of their slots."""
    before = np.full(len(state), -1)
    same = server[1:] == server[:-1]
    before[1:][same] = state[:-1][same]
    machine = maps.machine_of[server]
    # servers of one machine are neighbours; at one instant the order of the slots does not matter
    order = np.lexsort((time, machine))
    machine, state, before, time = machine[order], state[order], before[order], time[order]
    counts = np.zeros((len(state), len(STATES)), dtype=np.int32)
    rows = np.arange(len(state))
    counts[rows, state] += 1
    known = before >= 0
    counts[rows[known], before[known]] -= 1
    counts = counts.cumsum(axis=0)
    fresh = np.flatnonzero(np.concatenate([[True], machine[1:] != machine[:-1]]))
    base = np.concatenate([np.zeros((1, len(STATES)), dtype=counts.dtype), counts[fresh[1:] - 1]])
    counts -= np.repeat(base, np.diff([*fresh, len(state)]), axis=0)
    priority = np.array([STATES.index(name) for name in _PRIORITY])
    return machine, priority[(counts[:, priority] > 0).argmax(axis=1)], time


def _suspended(state: Ints, step: Ints, plan: Plan) -> NDArray[np.bool_]:
    """Return which stretches stand still in closed hours: waits, runs of a step that pauses, repairs on shift only."""
    pauses = np.array([item.pause for item in plan.steps])
    rests = np.array([any(mode.calendar >= 0 for mode in item.failures) for item in plan.steps])
    resting = (pauses[step] & (state == _RUN)) | (rests[step] & (state == _DOWN))
    return np.asarray(np.isin(state, _SUSPENDED) | resting, dtype=bool)


def machine_hours(log: Log, maps: Places) -> tuple[Floats, Floats]:
    """Return machine hours, shape (n_machines, n_states), and run hours of all servers by step."""
    size = len(maps.machine_step) * len(STATES)
    hours, run = np.zeros(size), np.zeros(maps.steps)
    # step by step: the stretches of all machines of a long log would take as much memory again
    for machines, servers in _machine_spans(log, maps):
        hours += _hours(log.plan, machines, maps)
        run += _run_hours(log.plan, servers, maps)
    return hours.reshape(-1, len(STATES)), run


def _hours(plan: Plan, machines: _Spans, maps: Places) -> Floats:
    """Return the hours of some machines in the window by machine and state, those of all others 0."""
    start = np.clip(machines.start, plan.warm_up_h, plan.end_h)
    end = np.clip(machines.end, plan.warm_up_h, plan.end_h)
    length, step = end - start, maps.machine_step[machines.owner]
    closed = np.zeros(len(length))
    calendars = np.array([item.calendar for item in plan.steps])
    suspended = _suspended(machines.state, step, plan)
    for index, calendar in enumerate(plan.calendars):
        if calendar.open_at_start and not calendar.switches_h:
            continue
        mine = suspended & (calendars[step] == index)
        passed = opened(calendar, end[mine], plan.end_h) - opened(calendar, start[mine], plan.end_h)
        closed[mine] = length[mine] - passed
    size = len(maps.machine_step) * len(STATES)
    hours = count(machines.owner * len(STATES) + machines.state, length - closed, size)
    return hours + count(machines.owner * len(STATES) + _OFF, closed, size)


def in_proportion(hours: Floats, maps: Places, plan: Plan, factor: float) -> Floats:
    """Return machine hours of a window as of the part of a year, *factor* times as long, that is open as long.

    Machines of the plant's calendar get more or fewer closed hours; those that are always open more or fewer of all.
    """
    if factor == 1.0:
        return hours
    names = [plan.calendars[item.calendar].name for item in plan.steps]
    plants = np.array([name.startswith(plan.calendars[0].name) for name in names])[maps.machine_step]
    found = np.where(plants[:, None], hours, hours * factor)
    missing = plan.horizon_h * (factor - 1.0)
    found[plants, _OFF] = np.maximum(0.0, found[plants, _OFF] + missing)
    return found


def _run_hours(plan: Plan, servers: _Spans, maps: Places) -> Floats:
    """Return the run hours of all servers by step; while a step that pauses is closed, it does not run."""
    running = servers.state == _RUN
    step = maps.step_of[servers.owner[running]]
    start = np.clip(servers.start[running], plan.warm_up_h, plan.end_h)
    end = np.clip(servers.end[running], plan.warm_up_h, plan.end_h)
    spent = end - start
    for index, calendar in enumerate(plan.calendars):
        pausing = np.array([item.pause and item.calendar == index for item in plan.steps])[step]
        if pausing.any():
            passed = opened(calendar, end[pausing], plan.end_h) - opened(calendar, start[pausing], plan.end_h)
            spent[pausing] = passed
    return count(step, spent, maps.steps)


def gantt(log: Log, line: Line, *, until_h: float, from_h: float = 0.0) -> pd.DataFrame:
    """Return what every machine does, in stretches.

    Parameters
    ----------
    until_h : float
        Time to stop at [h].
    from_h : float, default=0
        Time to begin at [h].

    Returns
    -------
    DataFrame
        Columns step, machine (from 0), state (one of STATES), start_h, end_h; no stretch is empty, and those of a
        machine follow each other without gaps.
    """
    maps, plan = Places(log.plan), log.plan
    until = min(until_h, plan.end_h)
    parts = _cut_at_shifts(
        _joined([_between(spans, from_h, until) for spans, _ in _machine_spans(log, maps)]), plan, maps
    )
    order = np.lexsort((parts.start, parts.owner))
    owner, state, start, end = parts.owner[order], parts.state[order], parts.start[order], parts.end[order]
    joined = (owner[1:] == owner[:-1]) & (state[1:] == state[:-1])
    first = np.flatnonzero(np.concatenate([[True], ~joined])) if len(owner) else np.zeros(0, dtype=np.intp)
    last = np.append(first[1:], len(owner))[: len(first)] - 1
    step = maps.machine_step[owner[first]]
    shown = [item.id for item in line.route.steps]
    frame = pd.DataFrame(
        {
            "step": pd.Categorical(np.array(shown, dtype=object)[step], categories=shown, ordered=True),
            "machine": owner[first] - maps.first[step],
            "state": np.array(STATES, dtype=object)[state[first]],
            "start_h": start[first],
            "end_h": end[last],
        }
    )
    frame = frame.sort_values(["step", "machine", "start_h"], ignore_index=True)
    frame["step"] = frame["step"].astype(object)
    return frame


def _between(spans: _Spans, from_h: float, until_h: float) -> _Spans:
    """Return what of some stretches lies between two times."""
    keep = (spans.end > np.maximum(spans.start, from_h)) & (spans.start < until_h)
    begin, end = np.maximum(spans.start[keep], from_h), np.minimum(spans.end[keep], until_h)
    return _Spans(spans.owner[keep], spans.state[keep], begin, end)


def _joined(parts: Sequence[_Spans]) -> _Spans:
    """Return several lists of stretches as one."""
    return _Spans(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Spans)))


def _cut_at_shifts(spans: _Spans, plan: Plan, maps: Places) -> _Spans:
    """Return stretches cut where calendars switch, idle ones in closed hours as off_shift."""
    step = maps.machine_step[spans.owner]
    calendar_of = np.array([item.calendar for item in plan.steps])[step]
    suspended = _suspended(spans.state, step, plan)
    kept = ~suspended
    parts = [_Spans(spans.owner[kept], spans.state[kept], spans.start[kept], spans.end[kept])]
    for index, calendar in enumerate(plan.calendars):
        mine = suspended & (calendar_of == index)
        switches = np.array(calendar.switches_h)
        low = np.searchsorted(switches, spans.start[mine], side="right")
        pieces = np.searchsorted(switches, spans.end[mine], side="left") - low + 1
        which = np.repeat(np.arange(int(mine.sum())), pieces)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        number = low[which] + rank
        edges = np.concatenate([[0.0], switches, [np.inf]])
        start = np.maximum(spans.start[mine][which], edges[number])
        end = np.minimum(spans.end[mine][which], edges[number + 1])
        shut = (number % 2 == 0) != calendar.open_at_start
        state = np.where(shut, _OFF, spans.state[mine][which])
        parts.append(_Spans(spans.owner[mine][which], state, start, end))
    return _joined(parts)
