"""The discrete-event engine: a plan in, an event log out."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np
from simpy import Environment
from simpy.events import Event

from sim.engine.draws import Sampler
from sim.engine.liveness import Watch
from sim.engine.log import DTYPE, NO_LOT, NO_PLACE, NO_SERVER, Kind, Log
from sim.engine.operations import Draw, Mode
from sim.engine.places import Book, Buffer, Tanks
from sim.engine.plan import COINCIDENCE_H, Plan, PlanResource, PlanStep
from sim.engine.random import Source
from sim.engine.resources import Hours, Pool
from sim.engine.servers import Server
from sim.engine.slots import Machine
from sim.engine.steps import Step, Yard
from sim.errors import DeadlockError
from sim.inputs import Law

__all__ = ["simulate"]

# Classes of timed events at one instant; SimPy's own stop comes first (0).
CALENDAR, ARRIVAL, SERVER, PATIENCE, EXPIRY, LOOK = (number << 20 for number in range(1, 7))

LOOKS = 50
"""How often a line is looked at for deadlocks, beside the look at its end [1]."""


def simulate(plan: Plan, *, seed: int, replication: int) -> Log:
    """Run one replication of *plan* and return its event log.

    Parameters
    ----------
    plan : Plan
        The line, checked before.
    seed : int
        Seed of the whole study; 0 is a seed like any other.
    replication : int
        Number of the replication; with the seed it decides all random numbers.

    Returns
    -------
    Log
        Rows in [0, warm-up + horizon), then the END rows of what is still inside.

    Raises
    ------
    DeadlockError
        If machines wait for each other for ever.
    """
    try:
        return _Line(plan, Clock(_marks(plan)), seed=seed, replication=replication).run()
    except DeadlockError:
        # it lasts for ever, so looking now and then finds it; the same run under constant watch tells where it began
        return _Line(plan, WatchedClock(_marks(plan)), seed=seed, replication=replication).run()


def _marks(plan: Plan) -> tuple[float, ...]:
    """Return the times that others coincide with [h].

    They are all switches of calendars, all changes of shifts, and begin and end of the window.
    """
    times = {time for calendar in plan.calendars for time in calendar.switches_h}
    times |= {time for resource in plan.resources for time, _ in resource.changes}
    return tuple(sorted(times | {plan.warm_up_h, plan.end_h}))


class Timer(Event):
    """An event that can be set again and again."""

    def __init__(self, clock: Clock, action: Callable[[Any], Any]) -> None:
        super().__init__(clock)
        self._ok = True
        self._value = None
        self.callbacks = [action]


class Clock(Environment):
    """SimPy's environment, with alarms at exact times and a queue of those who may go on at this instant."""

    now: float = 0.0  # a plain number instead of SimPy's property, because nothing is read more often

    def __init__(self, marks: tuple[float, ...] = ()) -> None:
        super().__init__()
        self._marks = (*marks, math.inf)
        """Exact times, in order: what is due within the tolerance of one of them is due at it [h]."""
        self.heap: list[Any] = self._queue
        self.ticket: Callable[[], int] = self._eid.__next__
        self.ready: deque[tuple[Callable[[Any], Any], Any]] = deque()

    def timer(self, action: Callable[[Any], Any]) -> Timer:
        """Return an alarm that calls *action* as often as it is set."""
        return Timer(self, action)

    def exact(self, time_h: float) -> float:
        """Return the exact time that *time_h* misses by roundings, or else *time_h* itself [h]."""
        mark = self._marks[bisect_left(self._marks, time_h - COINCIDENCE_H)]
        return mark if mark <= time_h + COINCIDENCE_H else time_h

    def at(self, timer: Timer, priority: int, time_h: float) -> None:
        """Set *timer* to the exact time of *time_h*; least priority first at one instant."""
        heappush(self.heap, (self.exact(time_h), priority, self.ticket(), timer))

    def step(self) -> None:
        """Go on to the next alarm, then resume all who may go on at this instant, first come first served."""
        self.now, _, _, event = heappop(self.heap)
        event.callbacks[0](event)
        ready = self.ready
        while ready:
            resume, value = ready.popleft()
            resume(value)


class WatchedClock(Clock):
    """A clock with a look at the line after every event."""

    look: Callable[[], None]

    def step(self) -> None:
        """Go on to the next alarm and look at what has become of it."""
        super().step()
        self.look()


class _Line:
    """One replication of one line: builds all parts and runs them."""

    def __init__(self, plan: Plan, clock: Clock, *, seed: int, replication: int) -> None:
        self.plan = plan
        self.seed = seed
        self.replication = replication
        self.source = Source(seed, replication)
        self.clock = clock
        self.book = Book(self.clock)
        self.hours = [Hours(calendar) for calendar in plan.calendars]
        self.pool = Pool(plan.resources, self.hours, self.book)
        self.tanks = Tanks(plan.tanks, self.book)
        self.buffers = [Buffer(index, item, self.book) for index, item in enumerate(plan.buffers)]
        self.steps = [Step(index, item, self.buffers, self.book) for index, item in enumerate(plan.steps)]
        self.servers: list[Server] = []
        self.machines: list[Machine] = []
        for index in range(len(plan.calendars)):
            self._keep_hours(index)
        for index, resource in enumerate(plan.resources):
            self._keep_shifts(len(plan.calendars) + index, index, resource)
        for buffer in self.buffers:
            self._keep_fresh(buffer)
            self._keep_patience(buffer)
        for step in self.steps:
            self._equip(step)
        self._watch = Watch(self.steps, self.machines, self.buffers, self.pool, self.tanks)
        if isinstance(clock, WatchedClock):
            clock.look = self._watch.check
        else:
            self._keep_watch()

    def run(self) -> Log:
        """Let time go on until the end of the plan."""
        end = self.plan.end_h
        if end > 0.0:
            self.clock.at(self.clock.timer(lambda _: None), 0, 0.0)
            self.clock.run(until=end)
            self._watch.check_end()
            self._count_stock()
        rows = np.frombuffer(self.book.rows, dtype=DTYPE)
        return Log(self.plan, self.seed, self.replication, rows)

    def sampler(self, step: PlanStep, number: int, purpose: str, law: Law) -> Draw:
        """Return the draws of the random stream of one purpose of one server or machine of *step*."""
        return Sampler(law, self.source.stream(f"{step.name}/{number}/{purpose}")).draw

    def _equip(self, step: Step) -> None:
        """Place the servers of *step* and begin their lives."""
        plan = step.plan
        for machine in range(plan.machines):
            slots = []
            for slot in range(plan.slots):
                index = len(self.servers)
                server = Server(self, step, index, machine * plan.slots + slot, SERVER + index)
                self.servers.append(server)
                step.servers.append(server)
                slots.append(server)
            modes = [Mode.of(self, plan, machine, index, failure) for index, failure in enumerate(plan.failures)]
            if plan.slots > 1 or plan.pitch_h > 0.0:
                shared = Machine(self, step, slots, modes)
                self.machines.append(shared)
                for server in slots:
                    server.machine = shared
            else:
                slots[0].fit(modes)
        for server in self.servers[-len(step.servers) :]:
            server.animate(server.life())
        if not plan.inlets:
            interval = plan.release.interval_h if plan.release else None
            draw = self.sampler(plan, 0, "release", interval) if interval else None
            step.yard = Yard(step, ARRIVAL + step.index, draw, self.hours[plan.calendar])

    def _keep_watch(self) -> None:
        """Look for deadlocks at regular times."""
        pause_h = self.plan.end_h / LOOKS

        def look(_: object) -> None:
            self._watch.check()
            self.clock.at(timer, LOOK, self.clock.now + pause_h)

        timer = self.clock.timer(look)
        self.clock.at(timer, LOOK, pause_h)

    def _keep_hours(self, index: int) -> None:
        """Open and close calendar *index* at its switches."""
        hours = self.hours[index]
        steps = [step for step in self.steps if step.plan.calendar == index]
        for step in steps:
            step.open = hours.open
            step.hopeful = hours.hopeful
        switches = iter(self.plan.calendars[index].switches_h)

        def switch(_: object) -> None:
            hours.open = not hours.open
            for step in steps:
                step.open = hours.open
            if hours.open:
                for step in steps:
                    step.wake()
                self.pool.serve()
            wait()

        def wait() -> None:
            time_h = next(switches, None)
            if time_h is not None:
                self.clock.at(timer, CALENDAR + index, time_h)

        timer = self.clock.timer(switch)
        wait()

    def _keep_shifts(self, order: int, index: int, resource: PlanResource) -> None:
        """Let there be as many of a resource as its shifts say."""
        changes = iter(resource.changes)

        def change(number: int) -> None:
            self.pool.change(index, number)
            wait()

        def wait() -> None:
            time_h, number = next(changes, (math.inf, 0))
            if time_h < math.inf:
                self.clock.at(self.clock.timer(lambda _: change(number)), CALENDAR + order, time_h)

        wait()

    def _keep_patience(self, buffer: Buffer) -> None:
        """Let the step behind *buffer* start with what is there when the longest wait of a lot is over."""
        patience_h = self.plan.steps[buffer.consumer_index].start_after_h
        if patience_h == math.inf:
            return
        clock, step = self.clock, self.steps[buffer.consumer_index]

        def ring(_: object) -> None:
            later = clock.now + COINCIDENCE_H
            others = self._others(PATIENCE)
            if any(
                others <= lot.since + patience_h + COINCIDENCE_H
                for lot in buffer.lots
                if lot.since + patience_h <= later
            ):
                clock.at(timer, PATIENCE + buffer.index, others)
                return
            if step.idle:
                step.dispatch()
                step.relieve()
            waits = (lot.since + patience_h for lot in buffer.lots)
            due_h = next((time_h for time_h in waits if time_h > later), math.inf)
            buffer.patient = due_h < math.inf
            if buffer.patient:
                clock.at(timer, PATIENCE + buffer.index, due_h)

        timer = clock.timer(ring)
        buffer.patience_h = patience_h
        buffer.remind = lambda time_h: clock.at(timer, PATIENCE + buffer.index, time_h)

    def _others(self, least: int) -> float:
        """Return when the next alarm of a class before *least* is due [h]."""
        return min((time_h for time_h, priority, *_ in self.clock.heap if priority < least), default=math.inf)

    def _keep_fresh(self, buffer: Buffer) -> None:
        """Let *buffer* scrap what has waited too long, after all else that is due at that instant."""
        clock = self.clock

        def expire(_: object) -> None:
            others = self._others(EXPIRY)
            if buffer.lots and others <= buffer.lots[0].since + buffer.max_wait_h + COINCIDENCE_H:
                buffer.arm(others)
            else:
                buffer.expire()

        timer = clock.timer(expire)
        buffer.arm = lambda time_h: clock.at(timer, EXPIRY + buffer.index, time_h)

    def _count_stock(self) -> None:
        """Write down what is inside at the end."""
        write = self.book.write
        for buffer in self.buffers:
            write(buffer.level, NO_LOT, buffer.consumer_index, NO_SERVER, buffer.index, Kind.END_BUFFER)
        for tank, level in enumerate(self.tanks.level):
            write(level, NO_LOT, 0, NO_SERVER, tank, Kind.END_TANK)
        for server in self.servers:
            charge = server.inside()
            if charge is not None:
                write(charge.amount, charge.number, server.step.index, server.index, NO_PLACE, Kind.END_CHARGE)
            for parcel in server.parcels:
                for lot in parcel.lots:
                    write(lot.amount, lot.number, server.step.index, server.index, parcel.outlet, Kind.END_OUTLET)
        for step in self.steps:
            for parcel in step.held:
                for lot in parcel.lots:
                    write(lot.amount, lot.number, step.index, parcel.sender.index, NO_PLACE, Kind.END_HOLD)
