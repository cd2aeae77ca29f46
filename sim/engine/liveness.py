"""Deadlocks: who waits for what can never come.

An actor is alive if it is in timed activity, or if what it waits for can be provided by something alive. What is not
alive after all conclusions are drawn is a knot, even if the rest of the plant runs on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.engine.places import Actor, Buffer, Tanks
from sim.engine.resources import Pool, Request
from sim.errors import DeadlockError

if TYPE_CHECKING:
    from sim.engine.operations import Station
    from sim.engine.slots import Machine
    from sim.engine.steps import Step

__all__ = ["Member", "Watch", "knot"]

BUSY = ""

Member = tuple[str, str, list[str]]
"""One of those who can never go on: name of its step, what it waits for, names of the places that are full."""


class Watch:
    """Looks for deadlocks in one line."""

    def __init__(
        self, steps: Sequence[Step], machines: Sequence[Machine], buffers: Sequence[Buffer], pool: Pool, tanks: Tanks
    ) -> None:
        self.steps = steps
        self.machines = machines
        self.servers: list[Station] = [server for step in steps for server in step.servers]
        self.actors: list[Actor] = [*self.servers, *machines]
        self.pool = pool
        self.tanks = tanks
        self.before: list[list[Step]] = [[] for _ in steps]
        """Of every step, those that can put lots in front of it."""
        self.behind: list[list[Step]] = [[] for _ in steps]
        """Of every step, those in front of which it can put lots."""
        self.feeders: list[list[Step]] = [[] for _ in buffers]
        """Of every buffer, the steps that can put lots into it."""
        self.filling: dict[int, list[Step]] = defaultdict(list)
        """Of every tank, the steps that return something to it."""
        for step in steps:
            for tank, _ in step.plan.recoveries:
                self.filling[tank].append(step)
            for place in sorted(_targets(step)):
                self.feeders[place].append(step)
            for number in sorted({buffers[place].consumer_index for place in _targets(step)}):
                self.behind[step.index].append(steps[number])
                self.before[number].append(step)

    def check(self) -> None:
        """Raise DeadlockError if there is a knot."""
        look = _Look(self)
        dead = self._dead(look)
        if dead:
            self._fail(dead, look)

    def check_end(self) -> None:
        """Raise DeadlockError if there is a knot, or nothing left that could ever happen."""
        look = _Look(self)
        dead = self._dead(look)
        moving = any(server in look.alive for server in self.servers) or any(map(look.lets_out, self.steps))
        if dead or not moving:
            self._fail(dead or self.actors, look)

    def _dead(self, look: _Look) -> list[Actor]:
        return [actor for actor in self.actors if actor.rest not in {BUSY, "idle"} and actor not in look.alive]

    def _fail(self, dead: list[Actor], look: _Look) -> None:
        members = [
            (actor.step.plan.name, actor.rest, [place.name for parcel in actor.parcels for place in parcel.places])
            for actor in dead
        ]
        raise knot(members, max(actor.since for actor in self.actors if actor not in look.alive))


class _Look:
    """One look at a line: from those who are busy to those whom they let go on, and so forth, each once."""

    def __init__(self, watch: Watch) -> None:
        self.alive: set[Actor] = set()
        self._watch = watch
        self._found: list[Actor] = []
        """Those alive of whom it is not yet known whom they let go on."""
        self._moving: set[int] = set()
        """Steps with a server that is alive."""
        self._outs = [_outs(step) for step in watch.steps]
        """Of every step, the ways that lots in its hold wait for, each once; an empty one is not waited for."""
        self._slots: dict[Actor, list[Station]] = {machine: list(machine.stopped) for machine in watch.machines}
        self._blocked: dict[int, list[Actor]] = defaultdict(list)
        """Those who wait for room in front of a step."""
        self._givers: dict[int, list[Actor]] = defaultdict(list)
        """Those who wait for room in a tank."""
        self._takers: dict[int, list[int]] = defaultdict(list)
        """Those who wait for a tank, by their places in `Tanks.draws`, the first one last."""
        self._held: dict[Actor, list[tuple[int, int]]] = defaultdict(list)
        self._coming = list(watch.pool.free)
        """How many of each resource are free, or will be [1]."""
        self._queue = [request for request in reversed(watch.pool.queue) if not watch.pool.asleep(request)]
        """Those who wait for resources that are on shift, the first one last."""
        self._survey()
        self._begin()
        while self._found:
            self._conclude(self._found.pop())

    # -- who waits for what --------------------------------------------------------------------------------------------

    def _survey(self) -> None:
        tanks = self._watch.tanks
        for actor in self._watch.actors:
            for parcel in actor.parcels:
                for place in parcel.places:
                    self._blocked[place.consumer_index].append(actor)
        for actor, tank, _ in tanks.gifts:
            self._givers[tank].append(actor)
        for number in reversed(range(len(tanks.draws))):
            for tank in tanks.awaited(tanks.draws[number][1]):
                self._takers[tank].append(number)
        for resource, holders in enumerate(self._watch.pool.holders):
            for actor, number in holders.items():
                self._held[actor].append((resource, number))

    def _begin(self) -> None:
        """Find those who need nobody else, or nothing but what is there."""
        for actor in self._watch.actors:
            if (actor.rest == BUSY and not _stopped(actor)) or (actor.rest == "shift" and actor.step.hopeful):
                self._revive(actor)
            self._try_to_leave(actor)
        pool = self._watch.pool
        for request in pool.queue:
            if pool.asleep(request) and _awakes(request, pool):
                self._revive(request.actor)
        for step in self._watch.steps:
            self._try_to_charge(step)
        for tank in self._takers:
            self._try_to_draw(tank)
        self._try_to_get()

    # -- what follows from one that can go on --------------------------------------------------------------------------

    def _revive(self, actor: Actor) -> None:
        if actor not in self.alive:
            self.alive.add(actor)
            self._found.append(actor)

    def _conclude(self, actor: Actor) -> None:
        """Find those whom *actor* lets go on."""
        for resource, number in self._held.get(actor, ()):
            self._coming[resource] += number
        if actor in self._held:
            self._try_to_get()
        if actor in self._slots:
            for slot in self._slots[actor]:
                self._revive(slot)
        elif actor.number not in self._moving:
            self._moving.add(actor.number)
            self._move(actor.step)

    def _move(self, step: Step) -> None:
        """Find those whom a step with a server alive lets go on."""
        for other in self._watch.behind[step.index]:
            self._try_to_charge(other)
        for actor in self._blocked[step.index]:
            self._try_to_leave(actor)
        for other in self._watch.before[step.index]:
            if other.held:
                self._try_to_charge(other)
                for fed in self._watch.behind[other.index]:
                    self._try_to_charge(fed)
        for tank, _ in step.plan.recoveries:
            self._try_to_draw(tank)
        for tank, _ in step.plan.draws:
            for actor in self._givers[tank]:
                self._revive(actor)

    # -- whether that is enough ----------------------------------------------------------------------------------------

    def _try_to_charge(self, step: Step) -> None:
        if step.idle and step.idle[0][2] not in self.alive and self._can_charge(step):
            for _, _, server in step.idle:
                self._revive(server)

    def _can_charge(self, step: Step) -> bool:
        if not step.hopeful:
            return False
        if step.stuck():
            return any(self._can_leave(way) for way in self._outs[step.index] if way)
        if step.would_take() or any(map(self._is_fed, step.rework)):
            return True
        return bool(step.inlets) and all(map(self._is_fed, step.short()))

    def _is_fed(self, buffer: Buffer) -> bool:
        return any(step.index in self._moving or self.lets_out(step) for step in self._watch.feeders[buffer.index])

    def lets_out(self, step: Step) -> bool:
        """Return whether a lot in the hold of *step* is still held, or will find room."""
        return any(not way or self._can_leave(way) for way in self._outs[step.index])

    def _can_leave(self, way: tuple[Buffer, ...]) -> bool:
        return any(place.consumer_index in self._moving or (place.expires and place.lots) for place in way)

    def _try_to_leave(self, actor: Actor) -> None:
        if actor.rest == "outlet" and all(self._can_leave(parcel.places) for parcel in actor.parcels):
            self._revive(actor)

    def _try_to_get(self) -> None:
        """Go along the queue for as long as what is wanted is free, or will be."""
        queue = self._queue
        while queue and all(self._coming[index] >= number for index, number in queue[-1].needs):
            self._revive(queue.pop().actor)

    def _try_to_draw(self, tank: int) -> None:
        """Go along the line in front of a tank; who waits for several must be the first in front of each."""
        tanks, ready = self._watch.tanks, [tank]
        while ready:
            line = self._takers[ready.pop()]
            if not line:
                continue
            actor, wanted = tanks.draws[line[-1]]
            lines = [self._takers[other] for other in tanks.awaited(wanted)]
            first = all(other[-1] == line[-1] for other in lines)
            if first and all(map(self._is_filled, tanks.lacks(wanted))):
                self._revive(actor)
                for other in lines:
                    other.pop()
                ready += tanks.awaited(wanted)

    def _is_filled(self, tank: int) -> bool:
        return any(step.index in self._moving for step in self._watch.filling[tank])


def _stopped(actor: Actor) -> bool:
    machine: Machine | None = actor.machine
    return machine is not None and machine.rest != BUSY and actor in machine.stopped


def _awakes(request: Request, pool: Pool) -> bool:
    """Return whether the shifts that *request* waits for will come."""
    coming = all(pool.hours[index].hopeful and pool.most[index] >= number for index, number in request.needs)
    return request.actor.step.hopeful and coming


def _outs(step: Step) -> list[tuple[Buffer, ...]]:
    return list(dict.fromkeys(parcel.places for parcel in step.held))


def _targets(step: Step) -> set[int]:
    """Return the buffers that *step* can put lots into."""
    targets = {place for outlet in step.plan.outlets for place in outlet.places}
    inspection = step.plan.inspection
    if inspection is not None:
        targets.add(inspection.fail_place)
        if inspection.rework is not None:
            targets.add(inspection.rework)
    return {place for place in targets if place >= 0}


_REASONS = {
    "idle": "waits for a charge",
    "outlet": "blocked",
    "resource": "waits for a resource",
    "tank": "waits for a tank",
    "recovery": "blocked by a full tank",
}


def knot(members: Sequence[Member], time_h: float) -> DeadlockError:
    """Return the error that names those who can never go on, and when that began."""
    waits = dict.fromkeys(f"{step} ({_REASONS.get(rest, 'stopped')})" for step, rest, _ in members)
    full = dict.fromkeys(place for _, _, places in members for place in places)
    text = f"deadlock: {', '.join(waits)} can never go on"
    if full:
        text += f"; full: {', '.join(full)}"
    return DeadlockError(text, members[0][0], time_h)
