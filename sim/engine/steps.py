"""How the servers of a step come by their charges."""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Callable

from sim.engine.log import NO_LOT, NO_PLACE, NO_SERVER, Kind
from sim.engine.operations import Station
from sim.engine.places import PACK, TOLERANCE, Book, Buffer, Lot, Parcel
from sim.engine.plan import PlanStep
from sim.engine.resources import Hours

__all__ = ["Step", "Yard"]

Inlets = tuple[tuple[Buffer, float], ...]

TAKE = int(Kind.TAKE)


class Step:
    """One step of a running line: its inlets and the servers that wait for a charge."""

    __slots__ = (
        "_whole", "book", "charge_max", "feeding", "fills", "held", "hopeful", "idle", "index", "inlets", "least",
        "open", "plan", "rework", "servers", "sleepers", "yard",
    )  # fmt: skip

    def __init__(self, index: int, plan: PlanStep, buffers: list[Buffer], book: Book) -> None:
        self.index = index
        self.plan = plan
        self.book = book
        self.open = True
        """Whether the calendar lets operations start."""
        self.hopeful = True
        """False if the calendar never opens."""
        self.charge_max = plan.charge_max
        self.fills = plan.hold_fills
        """Whether a lot that finds no room after its hold keeps the step from starting anything new."""
        self.least = plan.charge_min * (1.0 - TOLERANCE)
        self.inlets: Inlets = tuple((buffers[buffer], ratio) for buffer, ratio in plan.inlets)
        self.rework = [buffer for buffer in buffers if buffer.rework and buffer.consumer_index == index]
        self.feeding = [*self.rework, *(buffer for buffer, _ in self.inlets)]
        for buffer in self.feeding:
            buffer.consumer = self
        self._whole = self.inlets[0][0] if plan.one_lot and len(self.inlets) == 1 and not self.rework else None
        """Where whole lots come from if they come from one place only."""
        self.idle: list[tuple[float, int, Station]] = []
        """Servers that wait for a charge: idle longest first, then lowest index."""
        self.servers: list[Station] = []
        self.sleepers: list[Station] = []
        """Servers with a charge that wait for the shift to start it."""
        self.yard: Yard | None = None
        """Where the charges of a source come from."""
        self.held: list[Parcel] = []
        """Lots in hold, and those whose hold is over and that wait for room; these have places to go to."""

    def take(self, server: Station) -> Lot | None:
        """Take a charge for *server*, rework first; None if there is no full one. Then call relieve."""
        charge: Lot | None = None
        if self.fills and self.stuck():
            return None
        if self._whole is not None:
            if self._whole.lots:
                charge = self._whole.take_lot()
                self._note(charge, charge.number, self._whole, server)
        else:
            charge = self._gather(server)
        if charge is not None and server.machine is not None:
            server.machine.starting = True
        return charge

    def _gather(self, server: Station) -> Lot | None:
        """Put a charge together from rework, or else from all inlets, or from the yard of a source."""
        for buffer in self.rework:
            if buffer.lots and (charge := self._draw(((buffer, 1.0),), server)):
                return charge
        if self.inlets:
            return self._draw(self.inlets, server)
        return self.yard.take() if self.yard else None

    def relieve(self) -> None:
        """Use the room that a charge has left, or that an idle server offers."""
        for buffer in self.feeding:
            if buffer.waiting:
                buffer.admit()

    def stand_by(self, server: Station) -> None:
        """Let *server* wait for a charge."""
        server.rest = "idle"
        server.since = self.book.clock.now
        insort(self.idle, (server.since, server.index, server))
        self.relieve()

    def dispatch(self) -> None:
        """Let idle servers take charges for as long as there are both."""
        while self.idle and self.open and (place := self._next()) >= 0:
            server = self.idle[place][2]
            charge = self.take(server)
            if charge is None:
                return
            del self.idle[place]
            server.rest = ""
            self.book.ready.append((server.resume, charge))
            self.relieve()

    def wake(self, _: object = None) -> None:
        """Try again: the shift has begun, or a slot may take its next charge."""
        if not self.open:
            return
        for server in self.sleepers:
            server.rest = ""
            self.book.ready.append((server.resume, None))
        self.sleepers.clear()
        if self.idle:
            self.dispatch()
            self.relieve()

    def awaits(self, buffer: Buffer, lot: Lot) -> bool:
        """Return whether an idle server would take *lot* at once if it were put into *buffer*."""
        if not self.has_idle():
            return False
        if buffer.rework:
            return True
        if buffer is not self.inlets[0][0]:
            return False
        return all(other.level >= lot.amount * ratio * (1.0 - TOLERANCE) for other, ratio in self.inlets[1:])

    def stuck(self) -> Parcel | None:
        """Return a lot that fills the hold because it finds no room behind it: then nothing new is started."""
        return next((parcel for parcel in self.held if parcel.places), None) if self.fills else None

    def stop(self) -> None:
        """Note that idle servers are blocked from now on, because the hold is full."""
        if self.stuck():
            for _, _, server in self.idle:
                server.note_idle()

    def go_on(self) -> None:
        """Let idle servers start again if a lot that has left the hold was the last to fill it."""
        if self.fills and self.idle and self.stuck() is None:
            for _, _, server in self.idle:
                server.note_idle()
            self.dispatch()
            self.relieve()

    def has_idle(self) -> bool:
        """Return whether a server could start at once."""
        return self.open and self._next() >= 0

    def would_take(self) -> bool:
        """Return whether an idle server could take a charge now if its shift were on."""
        for buffer in self.rework:
            if self._share(((buffer, 1.0),)):
                return True
        return self._share(self.inlets) > 0.0 if self.inlets else self.yard is not None

    def short(self) -> list[Buffer]:
        """Return the inlets that do not hold their share of the least charge."""
        primary = self.inlets[0][0]
        if self.plan.one_lot:
            if not primary.lots:
                return [primary]
            least = primary.lots[0].amount
        else:
            # whatever is there will start when its longest wait is over
            least = self.least if self.plan.start_after_h == math.inf else TOLERANCE * self.charge_max
        return [buffer for buffer, ratio in self.inlets if not buffer.lots or buffer.level < least * ratio]

    def _next(self) -> int:
        """Return the place in line of the first server that may take a charge, -1 if there is none."""
        if self.fills and self.stuck():
            return -1
        for place, (_, _, server) in enumerate(self.idle):
            if server.machine is None or server.machine.is_free():
                return place
        return -1

    def _share(self, inlets: Inlets) -> float:
        """Return the charge that all inlets can give at once, 0 if it is not a full one."""
        primary = inlets[0][0]
        if not primary.lots:
            return 0.0
        if self.plan.one_lot:
            amount = primary.lots[0].amount
            for other, ratio in inlets[1:]:
                if other.level < amount * ratio * (1.0 - TOLERANCE):
                    return 0.0
            return amount
        amount = min(primary.level, self.charge_max)
        for other, ratio in inlets[1:]:
            amount = min(amount, other.level / ratio)
        if amount >= self.least:
            return amount
        # what is less than a shred of a charge is a rounding and no charge
        return amount if amount > TOLERANCE * self.charge_max and primary.is_overdue() else 0.0

    def _draw(self, inlets: Inlets, server: Station) -> Lot | None:
        """Take a charge out of all *inlets* at once, if they hold a full one."""
        amount = self._share(inlets)
        if amount <= 0.0:
            return None
        primary = inlets[0][0]
        if self.plan.one_lot:
            lot = primary.take_lot()
            pieces = [(lot.number, lot)]
        else:
            pieces = primary.take(amount)
        for number, lot in pieces:
            self._note(lot, number, primary, server)
        charge = pieces[0][1] if len(pieces) == 1 else self._mixed([lot for _, lot in pieces])
        for other, ratio in inlets[1:]:
            for number, lot in other.take(charge.amount * ratio):
                self._note(lot, number, other, server)
        return charge

    def _note(self, lot: Lot, number: int, buffer: Buffer, server: Station) -> None:
        """Note that *lot* was taken, whole or cut from lot *number*."""
        rows = self.book.rows
        rows += PACK(self.book.clock.now, lot.amount, number, self.index, server.index, buffer.index, TAKE)

    def _mixed(self, lots: list[Lot]) -> Lot:
        """Return one lot of many: birth and quality weighted by amount, the highest pass count."""
        amount = birth = quality = 0.0
        passes = 0
        for lot in lots:
            amount += lot.amount
            birth += lot.amount * lot.birth
            quality += lot.amount * lot.quality
            passes = max(passes, lot.passes)
        return Lot(self.book.number(), amount, birth / amount, quality / amount, passes)


class Yard:
    """The charges of a source: always there, or arriving one by one."""

    __slots__ = ("_births", "_draw", "_hours", "_priority", "_room", "_step", "_timer")

    def __init__(self, step: Step, priority: int, draw: Callable[[], float] | None, hours: Hours) -> None:
        release = step.plan.release
        self._step = step
        self._priority = priority
        self._draw = draw
        """Draws the open hours to the next arrival; None if there is always material."""
        self._hours = hours
        self._room = math.inf if release is None or release.room < 0 else release.room
        self._births: deque[float] = deque()
        self._timer = step.book.clock.timer(self._arrive)
        self._wait()

    def take(self) -> Lot | None:
        """Return a new charge, None if none has arrived."""
        book = self._step.book
        if self._draw is None:
            return Lot(book.number(), self._step.charge_max, book.clock.now)
        if not self._births:
            return None
        return Lot(book.number(), self._step.charge_max, self._births.popleft())

    def _wait(self) -> None:
        if self._draw is not None:
            clock = self._step.book.clock
            clock.at(self._timer, self._priority, self._hours.after(clock.now, self._draw()))

    def _arrive(self, _: object) -> None:
        step = self._step
        step.book.write(step.charge_max, NO_LOT, step.index, NO_SERVER, NO_PLACE, Kind.ARRIVE)
        if len(self._births) < self._room or step.has_idle():
            self._births.append(step.book.clock.now)
            if step.idle:
                step.dispatch()
        else:
            step.book.write(step.charge_max, NO_LOT, step.index, NO_SERVER, NO_PLACE, Kind.REFUSE)
        self._wait()
