"""A machine with several slots, such as a pusher kiln: one pitch and one set of failures for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from sim.engine.log import Kind
from sim.engine.operations import Life, Line, Mode, Station
from sim.engine.places import Actor
from sim.engine.plan import COINCIDENCE_H
from sim.engine.resources import HOLDER, STARTER
from sim.engine.steps import Step

__all__ = ["Machine"]


class Machine(Actor):
    """The part of a machine that its slots share.

    Its clocks of run hours go while any slot runs. A failure stops all slots: their ends and the next start move by
    the time of the repair, and their crews leave meanwhile.
    """

    __slots__ = (
        "_ends", "_fails", "_timer", "_wound", "clock", "down", "hours", "line", "modes", "next_start", "priority",
        "starting", "stopped",
    )  # fmt: skip

    def __init__(self, line: Line, step: Step, slots: Sequence[Station], modes: list[Mode]) -> None:
        self.line = line
        self.step = step
        self.index = slots[0].index
        self.number = step.index
        self.machine = None
        self.clock = line.book.clock
        self.hours = line.hours[step.plan.calendar] if step.plan.pause else None
        self.priority = slots[0].priority
        self.rest = ""
        self.since = 0.0
        self.parcels = []
        self.modes = modes
        self.down = False
        self.starting = False
        """A slot has taken its charge but not started yet."""
        self.next_start = 0.0
        self._ends: dict[Station, float] = {}
        """Running slots and when their phase ends [h]."""
        self.stopped: dict[Station, float] = {}
        """Stopped slots and how long their phase still takes [h]."""
        self._wound = 0.0
        """Time up to which the clocks are right [h]."""
        self._fails = -1.0
        """Time of the next failure by run hours, unless something happens before [h]."""
        life = self.life()
        next(life)
        self.resume = life.send
        self._timer = self.clock.timer(life.send)

    def is_free(self) -> bool:
        """Return whether the next slot may take a charge."""
        return not (self.down or self.starting) and self.clock.now >= self.next_start - COINCIDENCE_H

    def started(self) -> None:
        """Note that a slot has started; the next may after the pitch."""
        self.starting = False
        pitch = self.step.plan.pitch_h
        self.next_start = self.clock.now + pitch
        self._alarm()

    def enter(self, slot: Station, hours: float) -> None:
        """Let *slot* run for *hours*; it is resumed at the end."""
        if self.down:
            slot.write(Kind.DOWN)
            self.stopped[slot] = hours
            self.line.pool.release(slot, slot.crew)
            return
        if not self._ends:
            self._wound = self.clock.now
        self._run(slot, hours)
        self._wind()

    def life(self) -> Life:
        """Go from failure to failure."""
        while True:
            mode: Mode = yield
            failed = self.clock.now
            self._stop(mode)
            if not self.line.pool.acquire(self, mode.resources, HOLDER if self.step.plan.held else STARTER):
                self.rest = "resource"
                self.since = failed
                yield
            self.clock.at(self._timer, self.priority, mode.repaired(self.clock.now))
            yield
            self.line.pool.release(self, mode.resources)
            mode.left = mode.to_failure()
            self._restart(self.clock.now - failed)

    def _stop(self, mode: Mode) -> None:
        self._settle()
        self.down = True
        for slot, end in self._ends.items():
            slot.write(Kind.DOWN, place=mode.index)
            self.stopped[slot] = self._between(self.clock.now, end)
            self.line.pool.release(slot, slot.crew)
        if self._ends:
            min(self._ends.items(), key=lambda item: (item[1], item[0].index))[0].add_losses("failure")
        self._ends.clear()
        self._fails = -1.0

    def _restart(self, lost: float) -> None:
        self.down = False
        self._wound = self.clock.now
        if self.next_start > self.clock.now - lost:
            self.next_start += lost
        for slot, left in self.stopped.items():
            self.line.book.ready.append((slot.resume, left))
        self.stopped.clear()
        self._alarm()

    def _run(self, slot: Station, hours: float) -> None:
        end = self._after(hours)
        self._ends[slot] = end
        timer = self.clock.timer(lambda _: self._end(slot, end))
        self.clock.at(timer, slot.priority, end)

    def _end(self, slot: Station, end: float) -> None:
        """End the phase of *slot*, unless its end has moved."""
        if self._ends.get(slot) != end:
            return
        self._settle()
        del self._ends[slot]
        charge = slot.charge
        due = self._count(charge.amount) if charge is not None and slot.in_last_phase else None
        slot.resume(None)
        if due is not None and not self.down:
            self.resume(due)
        if not self._ends:
            self._fails = -1.0

    def _count(self, charge: float) -> Mode | None:
        """Move the clocks of amount and operations; return the mode that fails now."""
        outlets = self.step.plan.outlets
        for mode in self.modes:
            if mode.clock != "hours":
                mode.left -= charge * (outlets[0].factor if outlets else 1.0) if mode.clock == "amount" else 1.0
        return next((mode for mode in self.modes if mode.clock != "hours" and mode.left <= 0.0), None)

    def _settle(self) -> None:
        """Move the clocks of run hours to now."""
        now = self.clock.now
        if self._ends:
            for mode in self.modes:
                if mode.clock == "hours":
                    mode.left -= self._between(self._wound, now)
        self._wound = now

    def _wind(self) -> None:
        """Set the alarm for the next failure by run hours."""
        modes = [mode for mode in self.modes if mode.clock == "hours"]
        if not modes or not self._ends or self.down or self._fails >= 0.0:
            return
        mode = min(modes, key=lambda mode: mode.left)
        self._fails = fails = self._after(max(mode.left, 0.0))
        timer = self.clock.timer(lambda _: self._fail(mode, fails))
        self.clock.at(timer, self.priority, fails)

    def _fail(self, mode: Mode, fails: float) -> None:
        if self._fails == fails:
            self.resume(mode)

    def _alarm(self) -> None:
        """Let the step look again when the pitch is over."""
        if self.step.plan.pitch_h > 0.0 and self.next_start > self.clock.now + COINCIDENCE_H:
            timer = self.clock.timer(self.step.wake)
            self.clock.at(timer, self.priority, self.next_start)
        else:
            self.step.wake()

    def _after(self, hours: float) -> float:
        now = self.clock.now
        return self.clock.exact(self.hours.after(now, hours) if self.hours else now + hours)

    def _between(self, start: float, end: float) -> float:
        return self.hours.between(start, end) if self.hours else end - start
