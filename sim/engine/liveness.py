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

FAR = 4
"""Steps that the quick look goes upstream; without an end it would run in circles where the streams do [1]."""


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
        self._quick = {
            "outlet": self._leads_on,
            "idle": self._is_supplied,
            "shift": self._is_hopeful,
            "resource": self._crew_works,
            "tank": self._tank_fills,
        }
        """The common cases, each looking no further than along one chain or what leads to one inlet."""
        self._feeders: dict[int, list[Step]] = {buffer.index: [] for buffer in buffers}
        for step in steps:
            for place in sorted(_targets(step)):
                self._feeders[place].append(step)

    def check(self, actor: Actor) -> None:
        """Raise DeadlockError if *actor*, which has just come to rest, can never go on."""
        quick = self._quick.get(actor.rest)
        if quick is not None and quick(actor):
            return
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

    def _is_supplied(self, actor: Actor, far: int = FAR) -> bool:
        """Return whether all that an idle server lacks is being made, or will be; looks *far* steps upstream."""
        step: Step = actor.step
        if not step.hopeful or step.stuck():
            return False
        if step.inlets and not step.would_take():
            for buffer in step.short():
                if not any(self._makes(feeder, far) for feeder in self._feeders[buffer.index]):
                    return False
        return True

    def _makes(self, step: Step, far: int) -> bool:
        """Return whether *step* works, or will as soon as it gets its crew, or the charge that is on its way."""
        for server in step.servers:
            if server.rest == BUSY:
                return True
        for server in step.servers:
            if server.rest == "resource" and self._crew_works(server):
                return True
            if server.rest == "idle" and (far or not step.inlets) and self._is_supplied(server, far - 1):
                return True
        return False

    def _is_hopeful(self, actor: Actor) -> bool:
        """Return whether there will be a shift to start in."""
        return bool(actor.step.hopeful)

    def _crew_works(self, actor: Actor) -> bool:
        """Return whether the shift will come, or all who hold anything work, so that everything will be given back."""
        pool = self._pool
        mine = pool.request_of(actor)
        if pool.asleep(mine):
            return self._awakes(mine)
        for holders in pool.holders:
            for holder in holders:
                if holder.rest != BUSY or (holder.machine is not None and self._stopped(holder)):
                    return False
        for index, number in mine.needs:  # noqa: SIM110 - asked so often that a loop pays
            if number > pool.capacity[index]:
                return False
        return True

    def _awakes(self, request: Request) -> bool:
        """Return whether the shifts that *request* waits for will come."""
        hours = self._pool.hours
        return request.actor.step.hopeful and all(hours[index].hopeful for index, _ in request.needs)

    def _tank_fills(self, actor: Actor) -> bool:
        """Return whether working servers will recover what this one waits for."""
        return self._can_draw(actor, {server for server in self._servers if server.rest == BUSY})

    def _leads_on(self, actor: Actor) -> bool:
        """Follow blocked servers downstream; True if the end of the chain works, or waits for no blocked one."""
        for _ in range(len(self._steps)):
            following: Actor | None = None
            for parcel in actor.parcels:
                found = _nearest(parcel)
                if found is None:
                    return False
                if found.rest != BUSY:
                    following = found
            if following is None:
                return True
            if len(actor.parcels) > 1:
                return False
            if following.rest != "outlet":
                quick = self._quick.get(following.rest)
                return quick is not None and quick(following)
            actor = following
        return False

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


def _nearest(parcel: Parcel) -> Actor | None:
    """Return a server that may make room for *parcel*, a working one if there is any."""
    servers: list[Actor] = [server for place in parcel.places for server in place.consumer.servers]
    return next((server for server in servers if server.rest == BUSY), servers[0] if servers else None)


def _targets(step: Step) -> set[int]:
    """Return the buffers that *step* can put lots into."""
    targets = {place for outlet in step.plan.outlets for place in outlet.places}
    inspection = step.plan.inspection
    if inspection is not None:
        targets.add(inspection.fail_place)
        if inspection.rework is not None:
            targets.add(inspection.rework)
    return {place for place in targets if place >= 0}
