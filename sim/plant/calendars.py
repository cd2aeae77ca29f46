"""Opening hours: from shifts and shutdowns to explicit switch times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from sim.engine import ALWAYS_OPEN, COINCIDENCE_H, Calendar
from sim.inputs import HOURS_PER_WEEK, HOURS_PER_YEAR, Maintenance, Plant, Route

__all__ = [
    "ALWAYS", "PLANT", "Timetable", "Year", "like_the_year", "on_shift", "open_hours", "operators_calendar",
    "plant_calendar", "timetable", "year_of",
]  # fmt: skip


PLANT, ALWAYS = 0, 1
"""Places of the calendars that every plan has: the plant's, and the one that is always open."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """All calendars of a plan, and who keeps which."""

    calendars: tuple[Calendar, ...]
    """The plant's, the one that is always open, and what else there is."""
    operators: int
    """Calendar of the operators."""
    steps: Mapping[str, int]
    """Calendars of the steps."""


@dataclass(frozen=True, slots=True)
class Year:
    """What a plant says of a year of a route."""

    open_h: float
    """Open hours of the plant [h/y]."""
    operators_h: float
    """Hours in which operators are given out [h/y]."""
    steps: Mapping[str, float]
    """Open hours of the steps [h/y]."""
    plant: Plant


def plant_calendar(plant: Plant, end_h: float) -> Calendar:
    """Return the plant's opening hours up to *end_h*, week after week, shutdowns and holidays repeated every year."""
    return _calendar("plant", _closed(plant, end_h), end_h)


def operators_calendar(plant: Plant, end_h: float) -> Calendar:
    """Return the hours in which operators are given out: the plant's without breaks and handovers."""
    pauses = [(pause.after.value, pause.after.value + pause.duration.value) for pause in plant.breaks]
    if plant.handover is not None and plant.handover.value > 0.0:
        pauses.append((0.0, plant.handover.value))
    starts = [24.0 * day + plant.shift_h * shift for day in _days(end_h) for shift in range(plant.shifts_per_day)]
    closed = [(start + begin, start + end) for start in starts for begin, end in pauses]
    return _calendar("plant, operators", [*_closed(plant, end_h), *closed], end_h)


def timetable(plant: Plant, route: Route, end_h: float) -> Timetable:
    """Return all calendars of a plan up to *end_h*."""
    calendars = [plant_calendar(plant, end_h), ALWAYS_OPEN]
    operators = PLANT
    if plant.breaks or plant.handover is not None:
        operators = len(calendars)
        calendars.append(operators_calendar(plant, end_h))
    steps = {}
    for step in route.steps:
        steps[step.id] = PLANT if step.calendar == "plant" else ALWAYS
        if step.maintenance:
            away = [span for rule in step.maintenance for span in _repeated(rule, end_h)]
            shut = _closed(plant, end_h) if step.calendar == "plant" else []
            steps[step.id], name = len(calendars), calendars[steps[step.id]].name
            calendars.append(_calendar(f"{name}, {step.id}", [*shut, *away], end_h))
    return Timetable(tuple(calendars), operators, steps)


def year_of(plant: Plant, route: Route) -> Year:
    """Return what a plant says of a year of a route."""
    table = timetable(plant, route, HOURS_PER_YEAR)
    hours = [open_hours(calendar, 0.0, HOURS_PER_YEAR) for calendar in table.calendars]
    return Year(hours[PLANT], hours[table.operators], {name: hours[at] for name, at in table.steps.items()}, plant)


def on_shift(plant: Plant, skill: str, end_h: float) -> tuple[int, tuple[tuple[float, int], ...]]:
    """Return how many operators of a skill there are at the start, and when that changes to what."""
    team = plant.team(skill)
    changes: list[tuple[float, int]] = []
    now = team[0]
    for day in _days(end_h):
        for shift, number in enumerate(team):
            time_h = round(24.0 * day + plant.shift_h * shift, 9)
            if number != now and time_h < end_h:
                changes.append((time_h, number))
                now = number
    return team[0], tuple(changes)


def _days(end_h: float) -> range:
    return range(int(end_h // 24) + 1)


def _closed(plant: Plant, end_h: float) -> list[tuple[float, float]]:
    """Return all spans in which a plant has no shifts; they may overlap."""
    daily = plant.shift_h * plant.shifts_per_day
    closed: list[tuple[float, float]] = []
    for day in _days(end_h):
        start = 24.0 * day
        if start % HOURS_PER_WEEK >= 24.0 * plant.days_per_week:
            closed.append((start, start + 24.0))
        elif daily < 24.0:
            closed.append((start + daily, start + 24.0))
    for year in range(int(end_h // HOURS_PER_YEAR) + 1):
        for shutdown in plant.shutdowns:
            start = year * HOURS_PER_YEAR + shutdown.start.value
            closed.append((start, start + shutdown.duration.value))
        for holiday in plant.holidays:
            start = year * HOURS_PER_YEAR + 24.0 * (holiday.value // 24.0)
            closed.append((start, start + 24.0))
    return closed


def _repeated(rule: Maintenance, end_h: float) -> Iterator[tuple[float, float]]:
    """Yield the spans of a planned maintenance."""
    first = rule.every.value if rule.first is None else rule.first.value
    number = 0
    while (start := first + number * rule.every.value) < end_h:
        yield start, start + rule.duration.value
        number += 1


def _calendar(name: str, closed: Iterable[tuple[float, float]], end_h: float) -> Calendar:
    """Return a calendar that is closed in some spans, which may overlap."""
    merged: list[list[float]] = []
    for start, stop in sorted((round(start, 9), round(stop, 9)) for start, stop in closed):
        if merged and start <= merged[-1][1] + COINCIDENCE_H:
            merged[-1][1] = max(merged[-1][1], stop)
        elif start < end_h:
            merged.append([start, stop])
    switches = [time for pair in merged for time in pair if time < end_h]
    open_at_start = not switches or switches[0] > 0.0
    return Calendar(name, open_at_start, tuple(switches if open_at_start else switches[1:]))


@lru_cache(maxsize=256)
def open_hours(calendar: Calendar, start_h: float, end_h: float) -> float:
    """Return the open hours of a calendar between two times [h].

    >>> open_hours(Calendar("shift", True, (8.0, 24.0, 32.0)), 0.0, 48.0)
    16.0
    """
    times = np.array([0.0, *calendar.switches_h, max(end_h, *calendar.switches_h, 0.0)])
    opens = (np.arange(len(times) - 1) % 2 == 0) == calendar.open_at_start
    left, right = np.clip(times[:-1], start_h, end_h), np.clip(times[1:], start_h, end_h)
    return float(((right - left) * opens).sum())


class _Timed(Protocol):
    """A plan, or the line that it is made for."""

    @property
    def calendars(self) -> Sequence[Calendar]: ...
    @property
    def warm_up_h(self) -> float: ...
    @property
    def horizon_h(self) -> float: ...
    @property
    def end_h(self) -> float: ...


def like_the_year(plan: _Timed, open_h_per_year: float) -> float:
    """Return how much longer a window would have to be so that its open hours are the year's share of it [1].

    (open hours of the window / open hours of the year) / (hours of the window / hours of the year)

    More than 1 for twelve weeks that miss the summer shutdown: what they make is made in more than twelve weeks of a
    year. 1 for whole years, and for a plant that is never open in the window.
    """
    open_h = open_hours(plan.calendars[0], plan.warm_up_h, plan.end_h)
    if not (open_h and plan.horizon_h and open_h_per_year):
        return 1.0
    factor = (open_h / open_h_per_year) / (plan.horizon_h / HOURS_PER_YEAR)
    return 1.0 if abs(factor - 1.0) < 1e-9 else factor
