"""Deadlocks: who waits for what can never come.

An actor is alive if it is in timed activity, or if what it waits for can be provided by something alive. What is not
alive after all conclusions are drawn is a knot, even if the rest of the plant runs on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.engine.places import Actor, Buffer, Parcel, Tanks
from sim.engine.resources import Pool, Request
from sim.errors import DeadlockError

if TYPE_CHECKING:
    from sim.engine.servers import Server
    from sim.engine.slots import Machine
    from sim.engine.steps import Step

__all__ = ["Watch"]

BUSY = ""


class Watch:
    """Looks for deadlocks in one line."""

    def __init__(
        self, steps: Sequence[Step], machines: Sequence[Machine], buffers: Sequence[Buffer], pool: Pool, tanks: Tanks
    ) -> None:
        self._steps = steps
        self._servers: list[Server] = [server for step in steps for server in step.servers]
        self._actors: list[Actor] = [*self._servers, *machines]
        self._pool = pool
        self._tanks = tanks
        self._feeders: dict[int, list[Step]] = {buffer.index: [] for buffer in buffers}
        for step in steps:
            for place in sorted(_targets(step)):
                self._feeders[place].append(step)

    def check(self) -> None:
        """Raise DeadlockError if there is a knot."""
        alive = self._alive()
        dead = self._dead(alive)
        if dead:
            self._fail(dead, alive)

    def check_end(self) -> None:
        """Raise DeadlockError if there is a knot, or nothing left that could ever happen."""
        alive = self._alive()
        dead = self._dead(alive)
        moving = any(server in alive for server in self._servers) or any(step.held for step in self._steps)
        if dead or not moving:
            self._fail(dead or list(self._actors), alive)

    def _dead(self, alive: set[Actor]) -> list[Actor]:
        return [actor for actor in self._actors if actor.rest not in {BUSY, "idle"} and actor not in alive]

    def _awakes(self, request: Request) -> bool:
        """Return whether the shifts that *request* waits for will come."""
        hours = self._pool.hours
        return request.actor.step.hopeful and all(hours[index].hopeful for index, _ in request.needs)

    def _alive(self) -> set[Actor]:
        """Return all actors that can go on, now or when another one has."""
        alive = {actor for actor in self._actors if actor.rest == BUSY and not self._stopped(actor)}
        growing = True
        while growing:
            found = [actor for actor in self._actors if actor not in alive and self._can_go_on(actor, alive)]
            alive.update(found)
            growing = bool(found)
        return alive

    def _stopped(self, actor: Actor) -> bool:
        machine: Machine | None = actor.machine
        return machine is not None and machine.rest != BUSY and actor in machine.stopped

    def _can_go_on(self, actor: Actor, alive: set[Actor]) -> bool:
        if actor.rest == "idle":
            return self._can_charge(actor, alive)
        if actor.rest == "shift":
            return bool(actor.step.hopeful)
        if actor.rest == "outlet":
            return all(self._can_leave(parcel, alive) for parcel in actor.parcels)
        if actor.rest == "resource":
            return self._can_get(actor, alive)
        if actor.rest == "tank":
            return self._can_draw(actor, alive)
        if actor.rest == "recovery":
            wanted = {tank for other, tank, _ in self._tanks.gifts if other is actor}
            return all(self._has(alive, "draws", tank) for tank in wanted)
        return actor.machine in alive

    def _can_charge(self, actor: Actor, alive: set[Actor]) -> bool:
        step: Step = actor.step
        if not step.hopeful:
            return False
        if step.stuck():
            return any(self._can_leave(parcel, alive) for parcel in step.held if parcel.places)
        if step.would_take() or (not step.inlets and step.yard is not None):
            return True
        if any(self._is_fed(buffer, alive) for buffer in step.rework):
            return True
        return bool(step.inlets) and all(self._is_fed(buffer, alive) for buffer in step.short())

    def _is_fed(self, buffer: Buffer, alive: set[Actor]) -> bool:
        for step in self._feeders[buffer.index]:
            if any(server in alive for server in step.servers):
                return True
            if any(not parcel.places or self._can_leave(parcel, alive) for parcel in step.held):
                return True
        return False

    def _can_leave(self, parcel: Parcel, alive: set[Actor]) -> bool:
        return any(
            any(server in alive for server in place.consumer.servers) or (place.expires and place.lots)
            for place in parcel.places
        )

    def _can_get(self, actor: Actor, alive: set[Actor]) -> bool:
        queue = [request for request in self._pool.queue if not self._pool.asleep(request)]
        mine = self._pool.request_of(actor)
        if self._pool.asleep(mine):
            return self._awakes(mine)
        ahead = queue[: queue.index(mine)]
        return self._can_grant(mine, alive) and all(request.actor in alive for request in ahead[-1:])

    def _can_grant(self, request: Request, alive: set[Actor]) -> bool:
        for index, number in request.needs:
            coming = sum(held for holder, held in self._pool.holders[index].items() if holder in alive)
            if self._pool.free[index] + coming < number:
                return False
        return True

    def _can_draw(self, actor: Actor, alive: set[Actor]) -> bool:
        for other, wanted in self._tanks.draws:
            if other is actor:
                return all(self._has(alive, "recoveries", tank) for tank in self._tanks.lacks(wanted))
            if other not in alive and self._tanks.contend(other, actor):
                return False
        return False

    def _has(self, alive: set[Actor], flow: str, tank: int) -> bool:
        return any(tank in dict(getattr(server.step.plan, flow)) for server in self._servers if server in alive)

    def _fail(self, dead: list[Actor], alive: set[Actor]) -> None:
        knot = [actor for actor in self._actors if actor not in alive]
        time_h = max(actor.since for actor in knot)
        steps = list(dict.fromkeys(actor.step.plan.name for actor in dead))
        full: list[str] = []
        waits: list[str] = []
        for actor in dead:
            full += [place.name for parcel in actor.parcels for place in parcel.places]
            waits.append(f"{actor.step.plan.name} ({_REASONS.get(actor.rest, 'stopped')})")
        text = f"deadlock: {', '.join(dict.fromkeys(waits))} can never go on"
        if full:
            text += f"; full: {', '.join(dict.fromkeys(full))}"
        raise DeadlockError(text, steps[0], time_h)


_REASONS = {
    "idle": "waits for a charge",
    "outlet": "blocked",
    "resource": "waits for a resource",
    "tank": "waits for a tank",
    "recovery": "blocked by a full tank",
}


def _targets(step: Step) -> set[int]:
    """Return the buffers that *step* can put lots into."""
    targets = {place for outlet in step.plan.outlets for place in outlet.places}
    inspection = step.plan.inspection
    if inspection is not None:
        targets.add(inspection.fail_place)
        if inspection.rework is not None:
            targets.add(inspection.rework)
    return {place for place in targets if place >= 0}
