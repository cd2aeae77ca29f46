"""Lots, buffers and tanks while a line runs.

Every change of a level happens in the call that causes it, with its row in the log. Who waited for the change is put
into the queue of the ready and resumed before time goes on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import Any, Protocol

from sim.engine.arithmetic import exp_of
from sim.engine.log import NO_LOT, NO_SERVER, ROW_FORMAT, Kind
from sim.engine.plan import COINCIDENCE_H, PlanBuffer, PlanTank

__all__ = ["TOLERANCE", "Actor", "Book", "Buffer", "Clock", "Consumer", "Lot", "Parcel", "Tanks"]

TOLERANCE = 1e-9
"""Share of a charge that is as good as nothing: levels are sums of rounded numbers [1]."""

PACK = Struct(ROW_FORMAT).pack
"""Packs one row; the busiest writers call it themselves."""

FREE, PUT = int(Kind.FREE), int(Kind.PUT)


class Clock(Protocol):
    """The engine's clock and alarm."""

    heap: list[Any]
    """Alarms that are set: (time, priority, ticket, timer)."""
    ticket: Callable[[], int]
    """Counts, so that no two entries of the heap are equal."""
    now: float
    """Simulated time [h]."""
    ready: deque[tuple[Callable[[Any], Any], Any]]
    """Who may go on at this instant, and with what."""

    def timer(self, action: Callable[[Any], Any]) -> Any:
        """Return an alarm that calls *action* as often as it is set."""
        ...

    def exact(self, time_h: float) -> float:
        """Return the exact time that *time_h* misses by roundings, or else *time_h* itself [h]."""
        ...

    def at(self, timer: Any, priority: int, time_h: float) -> None:
        """Set *timer* to a time."""
        ...


class Consumer(Protocol):
    """The step behind a buffer, as far as the buffer must know it."""

    index: int
    open: bool
    idle: list[Any]
    servers: list[Any]

    def dispatch(self) -> None:
        """Let idle servers take charges for as long as there are both."""
        ...

    def awaits(self, buffer: Buffer, lot: Lot) -> bool:
        """Return whether an idle server would take *lot* at once if it were put into *buffer*."""
        ...


class Actor:
    """Something that takes part with a life of its own: a server, or a machine that several slots share."""

    __slots__ = ("index", "machine", "number", "parcels", "rest", "resume", "since", "step")

    index: int
    """Number of the server in the plan, for the log."""
    number: int
    """Number of its step, for the log."""
    step: Any
    machine: Any
    """What a slot shares with others; None for all other actors."""
    resume: Callable[[Any], Any]
    """Goes on with its life until it waits again."""
    rest: str
    """What it waits for without knowing for how long: idle, outlet, resource, tank, recovery; empty if it does not."""
    since: float
    """Time at which it came to rest [h]."""
    parcels: list[Parcel]
    """Lots that wait to leave it."""


class Book:
    """What all parts of a running line share: the log, the lot numbers and the queue of those who may go on."""

    __slots__ = ("_lots", "clock", "ready", "rows")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows = bytearray()
        self.ready = clock.ready
        self._lots = 0

    def number(self) -> int:
        """Return the number of a new lot, from 1."""
        self._lots += 1
        return self._lots

    def write(self, amount: float, lot: int, step: int, server: int, place: int, kind: Kind) -> None:
        """Append a row to the log."""
        self.rows += PACK(self.clock.now, amount, lot, step, server, place, kind)


class Lot:
    """An amount of one stream that moves as one piece."""

    __slots__ = ("amount", "birth", "number", "passes", "quality", "since")

    def __init__(self, number: int, amount: float, birth: float, quality: float = 1.0, passes: int = 0) -> None:
        self.number = number
        self.amount = amount
        """Amount in the unit of its stream [kg or m2]."""
        self.birth = birth
        """Time at which its material entered the line, amount-weighted [h]."""
        self.quality = quality
        self.passes = passes
        """How often it was sent to rework."""
        self.since = 0.0
        """Time at which it entered the buffer [h]."""

    def part(self, number: int, amount: float) -> Lot:
        """Return a cut lot: birth, quality, passes and waiting time are those of the whole."""
        lot = Lot(number, amount, self.birth, self.quality, self.passes)
        lot.since = self.since
        return lot


class Parcel:
    """Lots of one outlet that could not leave; it stands in line at every place that may take them."""

    __slots__ = ("held", "lots", "outlet", "places", "sender")

    def __init__(self, sender: Actor, outlet: int, lots: deque[Lot], places: tuple[Buffer, ...], *, held: bool) -> None:
        self.sender = sender
        self.outlet = outlet
        self.lots = lots
        self.places = places
        self.held = held
        """The lots are in the hold after the step, not in the machine."""

    def send(self) -> bool:
        """Put the lots into the first places with room; return False if some must wait for it."""
        while self.lots:
            lot = self.lots[0]
            place = next((place for place in self.places if not place.waiting and place.has_room(lot)), None)
            if place is None:
                for place in self.places:
                    place.waiting.append(self)
                return False
            self.lots.popleft()
            place.put(lot, self.sender, held=self.held)
        return True

    def step_out(self) -> None:
        """Leave every line it stands in, now that its last lot goes."""
        for place in self.places:
            place.waiting.remove(self)


class Buffer:
    """A place for lots in front of one step."""

    __slots__ = (
        "_armed", "_book", "_capacity", "_clock", "_in_lots", "_limit", "arm", "consumer", "consumer_index",
        "decay_per_h", "expires", "index", "level", "lots", "max_wait_h", "name", "patience_h", "patient", "remind",
        "rework", "waiting",
    )  # fmt: skip

    def __init__(self, index: int, plan: PlanBuffer, book: Book) -> None:
        self.index = index
        self.name = plan.name
        self._book = book
        self._clock = book.clock
        self._in_lots = plan.unit == "lots"
        self._capacity = plan.capacity
        self._limit = plan.capacity * (1.0 + TOLERANCE)
        self.max_wait_h = plan.max_wait_h
        self.expires = plan.max_wait_h < math.inf
        """Whether lots here are scrapped in the end."""
        self.decay_per_h = plan.decay_per_h
        self.rework = plan.rework
        self.consumer_index = plan.consumer
        self.lots: deque[Lot] = deque()
        self.level = 0.0
        """Amount inside [kg or m2]."""
        self.waiting: deque[Parcel] = deque()
        """Parcels that wait for room, first come first served."""
        self.consumer: Consumer
        self.arm: Callable[[float], None]
        """Asks to be called (expire) at a time; set by the engine."""
        self._armed = False
        self.patience_h = math.inf
        """Longest wait for a charge, after which the step behind starts with what is there [h]."""
        self.patient = False
        """Whether somebody will look when a lot's longest wait is over."""
        self.remind: Callable[[float], None]
        """Asks to look at a time; set by the engine if there is a longest wait."""

    @property
    def plain(self) -> bool:
        """Whether nothing happens to a lot by waiting here."""
        return not self.expires and self.decay_per_h == 0.0

    def has_room(self, lot: Lot) -> bool:
        """Return whether *lot* fits, be it because a machine would take it at once."""
        if self._in_lots:
            return len(self.lots) + 1 <= self._capacity or (not self.lots and self.consumer.awaits(self, lot))
        return self.level + lot.amount <= self._limit

    def put(self, lot: Lot, sender: Actor, *, held: bool) -> None:
        """Put *lot* in and let the step behind take it."""
        now = self._clock.now
        amount = lot.amount
        rows = self._book.rows
        if held:
            rows += PACK(now, amount, lot.number, sender.number, sender.index, self.index, FREE)
        rows += PACK(now, amount, lot.number, sender.number, sender.index, self.index, PUT)
        lot.since = now
        self.lots.append(lot)
        self.level += amount
        if self.expires and not self._armed:
            self._armed = True
            self.arm(now + self.max_wait_h)
        if self.patience_h < math.inf and not self.patient:
            self.patient = True
            self.remind(now + self.patience_h)
        if self.consumer.idle:
            self.consumer.dispatch()

    def admit(self) -> None:
        """Let waiting parcels in for as long as there is room, and tell their senders."""
        while self.waiting:
            parcel = self.waiting[0]
            lot = parcel.lots[0]
            if not self.has_room(lot):
                return
            parcel.lots.popleft()
            last = not parcel.lots
            if last:
                parcel.step_out()
            self.put(lot, parcel.sender, held=parcel.held)
            if last:
                self._let_go(parcel)

    def is_overdue(self) -> bool:
        """Return whether the first lot has waited for a charge as long as it may."""
        lots = self.lots
        return bool(lots) and lots[0].since + self.patience_h <= self._clock.now + COINCIDENCE_H

    def take_lot(self) -> Lot:
        """Take out the first lot, whole and aged."""
        lot = self.lots.popleft()
        self.level = self.level - lot.amount if self.lots else 0.0
        if self.decay_per_h:
            self._age(lot)
        return lot

    def take(self, amount: float) -> list[tuple[int, Lot]]:
        """Take out *amount* as (number of the lot it came from, lot); no shred of the charge is left behind."""
        shred = TOLERANCE * amount
        pieces: list[tuple[int, Lot]] = []
        while self.lots and amount > shred:
            lot = self.lots[0]
            if lot.amount - amount <= shred:
                lot = self.take_lot()
                pieces.append((lot.number, lot))
            else:
                piece = lot.part(self._book.number(), amount)
                lot.amount -= amount
                self.level -= amount
                if self.decay_per_h:
                    self._age(piece)
                pieces.append((lot.number, piece))
                return pieces
            amount -= lot.amount
        return pieces

    def expire(self) -> None:
        """Scrap the lots that have waited too long."""
        now = self._clock.now
        while self.lots and self.lots[0].since + self.max_wait_h <= now + COINCIDENCE_H:
            lot = self.lots.popleft()
            self.level = self.level - lot.amount if self.lots else 0.0
            self._book.write(lot.amount, lot.number, self.consumer.index, NO_SERVER, self.index, Kind.SCRAP)
        self._armed = bool(self.lots)
        if self.lots:
            self.arm(self.lots[0].since + self.max_wait_h)
        self.admit()

    def _age(self, lot: Lot) -> None:
        lot.quality *= exp_of(-self.decay_per_h * (self._clock.now - lot.since))

    def _let_go(self, parcel: Parcel) -> None:
        sender = parcel.sender
        if parcel.held:
            sender.step.held.remove(parcel)
            sender.step.go_on()
        else:
            sender.parcels.remove(parcel)
            if not sender.parcels and sender.rest == "outlet":  # not while it is still handing on
                sender.rest = ""
                self._book.ready.append((sender.resume, None))
        for other in parcel.places:
            if other is not self:
                other.admit()


class Tanks:
    """The bulk inventories of a line; draws that must wait and recoveries that find no room stand in line."""

    __slots__ = ("_blocks", "_book", "_plans", "_waits", "draws", "gifts", "level")

    def __init__(self, plans: tuple[PlanTank, ...], book: Book) -> None:
        self._book = book
        self._plans = plans
        self._waits = [plan.on_empty == "wait" for plan in plans]
        self._blocks = [plan.on_full == "block" for plan in plans]
        self.level = [plan.initial_kg for plan in plans]
        self.draws: list[tuple[Actor, tuple[tuple[int, float], ...]]] = []
        self.gifts: list[tuple[Actor, int, float]] = []

    def draw(self, actor: Actor, wanted: tuple[tuple[int, float], ...]) -> bool:
        """Draw all of *wanted* (tank, kg) at once, or stand in line and return False."""
        for tank, amount in wanted:
            if self._waits[tank] and (self._dry(tank, amount) or self._is_wanted(tank)):
                self.draws.append((actor, wanted))
                return False
        self._pour(actor, wanted)
        return True

    def give(self, actor: Actor, tank: int, amount: float) -> bool:
        """Return *amount* to *tank*, or stand in line and return False if it blocks when full."""
        if self._blocks[tank] and (self._full(tank, amount) or any(tank == other for _, other, _ in self.gifts)):
            self.gifts.append((actor, tank, amount))
            return False
        self._fill(actor, tank, amount)
        return True

    def awaited(self, wanted: tuple[tuple[int, float], ...]) -> list[int]:
        """Return the tanks in front of which those stand in line who want *wanted*."""
        return [tank for tank in dict(wanted) if self._waits[tank]]

    def lacks(self, wanted: tuple[tuple[int, float], ...]) -> list[int]:
        """Return the tanks that do not hold what is wanted of them."""
        return [tank for tank, amount in wanted if self._dry(tank, amount)]

    def _is_wanted(self, tank: int) -> bool:
        return any(tank == other for _, wanted in self.draws for other, _ in wanted)

    def _dry(self, tank: int, amount: float) -> bool:
        return self._waits[tank] and self.level[tank] < amount * (1.0 - TOLERANCE)

    def _full(self, tank: int, amount: float) -> bool:
        return self._blocks[tank] and self.level[tank] + amount > self._plans[tank].capacity_kg * (1.0 + TOLERANCE)

    def _pour(self, actor: Actor, wanted: tuple[tuple[int, float], ...]) -> None:
        for tank, amount in wanted:
            missing = amount - self.level[tank]
            if missing > 0.0 and not self._waits[tank]:
                self._book.write(missing, NO_LOT, actor.number, actor.index, tank, Kind.BUY)
            self._book.write(amount, NO_LOT, actor.number, actor.index, tank, Kind.DRAW)
            self.level[tank] = self.level[tank] - amount if missing < 0.0 else 0.0
        if self.gifts:
            self._serve_gifts()

    def _fill(self, actor: Actor, tank: int, amount: float) -> None:
        plan = self._plans[tank]
        self._book.write(amount, NO_LOT, actor.number, actor.index, tank, Kind.RECOVER)
        self.level[tank] += amount
        if self.level[tank] > plan.capacity_kg and not self._blocks[tank]:
            surplus = self.level[tank] - plan.capacity_kg
            self._book.write(surplus, NO_LOT, actor.number, actor.index, tank, Kind.OVERFLOW)
            self.level[tank] = plan.capacity_kg
        if self.draws:
            self._serve_draws()

    def _serve_draws(self) -> None:
        passed: set[int] = set()
        for request in list(self.draws):
            actor, wanted = request
            if request not in self.draws:  # served meanwhile, because a gift found room
                continue
            if any(self._dry(tank, amount) or tank in passed for tank, amount in wanted):
                passed.update(tank for tank, _ in wanted if self._waits[tank])
                continue
            self.draws.remove(request)
            actor.rest = ""
            self._book.ready.append((actor.resume, None))
            self._pour(actor, wanted)

    def _serve_gifts(self) -> None:
        passed: set[int] = set()
        for request in list(self.gifts):
            actor, tank, amount = request
            if request not in self.gifts:  # served meanwhile, because a draw was
                continue
            if tank in passed or self._full(tank, amount):
                passed.add(tank)
                continue
            self.gifts.remove(request)
            actor.rest = ""
            self._book.ready.append((actor.resume, None))
            self._fill(actor, tank, amount)
