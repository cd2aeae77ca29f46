"""Calendars and shared resources while a line runs."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

from sim.engine.log import NO_LOT, Kind
from sim.engine.places import PACK
from sim.engine.plan import COINCIDENCE_H, Calendar, PlanResource

if TYPE_CHECKING:
    from sim.engine.places import Actor, Book

__all__ = ["FIRST", "HOLDER", "STARTER", "Hours", "Needs", "Pool", "Request"]

Needs = tuple[tuple[int, int], ...]
"""(resource index, number) of all that is wanted at once."""

ACQUIRE, RELEASE = int(Kind.ACQUIRE), int(Kind.RELEASE)

FIRST, HOLDER, STARTER = 0, 1, 2
"""Ranks in the queue: a crew returning after a repair, then whoever holds a place already, then the others.

Without the second rank a machine that holds the only glovebox and asks for an operator would stand behind one
that waits for the glovebox.
"""


class Hours:
    """Opening hours: are they open now, and when has an open time elapsed."""

    __slots__ = ("_first", "_switches", "hopeful", "open")

    def __init__(self, calendar: Calendar) -> None:
        self._first = calendar.open_at_start
        self._switches = calendar.switches_h
        self.open = calendar.open_at_start
        self.hopeful = calendar.open_at_start or bool(calendar.switches_h)
        """False if it never opens."""

    def after(self, now: float, hours: float) -> float:
        """Return the time at which *hours* of open time have elapsed since *now* [h].

        What would be left at closing time within the tolerance of coinciding instants is nothing: it is over then.
        """
        if not self._switches:
            return now + hours if self._first else math.inf
        index = bisect_right(self._switches, now)
        while True:
            until = self._switches[index] if index < len(self._switches) else math.inf
            if self._first == (index % 2 == 0):
                if now + hours <= until + COINCIDENCE_H:
                    return min(now + hours, until)
                hours -= until - now
            if until == math.inf:
                return math.inf
            now = until
            index += 1

    def between(self, start: float, end: float) -> float:
        """Return the open time between *start* and *end* [h]."""
        if not self._switches:
            return end - start if self._first else 0.0
        index = bisect_right(self._switches, start)
        total = 0.0
        while True:
            until = min(end, self._switches[index]) if index < len(self._switches) else end
            if self._first == (index % 2 == 0):
                total += until - start
            if until >= end:
                return total
            start = until
            index += 1


class Request:
    """Resources that an actor waits for."""

    __slots__ = ("actor", "needs", "rank", "starting")

    def __init__(self, actor: Actor, needs: Needs, rank: int, *, starting: bool) -> None:
        self.actor = actor
        self.needs = needs
        self.rank = rank
        self.starting = starting


class Pool:
    """All resources of a line and the one queue in front of them: first come, first served, no overtaking.

    A request that cannot be met because a resource or its own step is off shift keeps its place in the queue but
    does not hold up the others.
    """

    __slots__ = ("_clock", "_ready", "_rows", "_there", "free", "holders", "hours", "most", "queue")

    def __init__(self, resources: tuple[PlanResource, ...], hours: list[Hours], book: Book) -> None:
        self._clock, self._ready, self._rows = book.clock, book.ready, book.rows
        self._there = [resource.capacity for resource in resources]
        self.free = list(self._there)
        """How many are not held; below 0 while more are held than there are [1]."""
        self.most = [max([resource.capacity, *(number for _, number in resource.changes)]) for resource in resources]
        """How many there are at most [1]."""
        self.hours = [hours[resource.calendar] for resource in resources]
        self.holders: list[dict[Actor, int]] = [{} for _ in resources]
        self.queue: list[Request] = []

    def acquire(self, actor: Actor, needs: Needs, rank: int, *, starting: bool = False) -> bool:
        """Give *needs* to *actor* at once, or put it into the queue and return False."""
        if not needs:
            return True
        place = self._place(rank) if self.queue else 0
        if (not place or all(map(self.asleep, self.queue[:place]))) and self._grant(actor, needs):
            return True
        self.queue.insert(place, Request(actor, needs, rank, starting=starting))
        return False

    def change(self, resource: int, number: int) -> None:
        """Let there be *number* of a resource from now on."""
        more = number - self._there[resource]
        self._there[resource] = number
        self.free[resource] += more
        if more > 0 and self.queue:
            self.serve()

    def release(self, actor: Actor, needs: Needs) -> None:
        """Take *needs* back from *actor* and serve the queue."""
        if not needs:
            return
        now, step, server = self._clock.now, actor.number, actor.index
        rows, free = self._rows, self.free
        for resource, number in needs:
            free[resource] += number
            holders = self.holders[resource]
            left = holders.pop(actor) - number
            if left > 0:
                holders[actor] = left
            rows += PACK(now, number, NO_LOT, step, server, resource, RELEASE)
        if self.queue:
            self.serve()

    def serve(self) -> None:
        """Grant requests from the head of the queue for as long as they can be met."""
        queue, place = self.queue, 0
        while place < len(queue):
            request = queue[place]
            if self.asleep(request):
                place += 1
            elif self._grant(request.actor, request.needs):
                del queue[place]
                actor = request.actor
                actor.rest = ""
                self._ready.append((actor.resume, None))
            else:
                return

    def asleep(self, request: Request) -> bool:
        """Return whether *request* waits for a shift to begin, its own or one with enough people."""
        if request.starting and not request.actor.step.open:
            return True
        for resource, number in request.needs:
            if not self.hours[resource].open or self._there[resource] < number:
                return True
        return False

    def _place(self, rank: int) -> int:
        """Return where in the queue a request of *rank* belongs."""
        place = len(self.queue)
        while place and self.queue[place - 1].rank > rank:
            place -= 1
        return place

    def _grant(self, actor: Actor, needs: Needs) -> bool:
        """Give *needs* to *actor* if all of it is free and on shift."""
        free, hours, rows = self.free, self.hours, self._rows
        for resource, number in needs:
            if free[resource] < number or not hours[resource].open:
                return False
        now, step, server = self._clock.now, actor.number, actor.index
        for resource, number in needs:
            free[resource] -= number
            holders = self.holders[resource]
            holders[actor] = holders[actor] + number if actor in holders else number
            rows += PACK(now, number, NO_LOT, step, server, resource, ACQUIRE)
        return True


def merged(*parts: Needs) -> Needs:
    """Return the sum of several needs, in order of the resource index.

    >>> merged(((1, 1),), ((0, 2), (1, 1)))
    ((0, 2), (1, 2))
    """
    total: dict[int, int] = {}
    for part in parts:
        for resource, number in part:
            total[resource] = total.get(resource, 0) + number
    return tuple(sorted(item for item in total.items() if item[1] > 0))
