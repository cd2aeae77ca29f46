"""Opening hours: from shifts and shutdowns to explicit switch times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from sim.engine import COINCIDENCE_H, Calendar
from sim.inputs import HOURS_PER_WEEK, HOURS_PER_YEAR, Plant

__all__ = ["like_the_year", "open_hours", "plant_calendar"]


def plant_calendar(plant: Plant, end_h: float) -> Calendar:
    """Return the plant's opening hours up to *end_h*, week after week, shutdowns repeated every year."""
    daily = 8.0 * plant.shifts_per_day
    closed: list[tuple[float, float]] = []
    for day in range(int(end_h // 24) + 1):
        start = 24.0 * day
        if start % HOURS_PER_WEEK >= 24.0 * plant.days_per_week:
            closed.append((start, start + 24.0))
        elif daily < 24.0:
            closed.append((start + daily, start + 24.0))
    for shutdown in plant.shutdowns:
        for year in range(int(end_h // HOURS_PER_YEAR) + 1):
            start = year * HOURS_PER_YEAR + shutdown.start.value
            closed.append((start, start + shutdown.duration.value))
    merged: list[list[float]] = []
    for start, stop in sorted(closed):
        if merged and start <= merged[-1][1] + COINCIDENCE_H:
            merged[-1][1] = max(merged[-1][1], stop)
        elif start < end_h:
            merged.append([start, stop])
    switches = [time for pair in merged for time in pair if time < end_h]
    open_at_start = not switches or switches[0] > 0.0
    return Calendar("plant", open_at_start, tuple(switches if open_at_start else switches[1:]))


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
