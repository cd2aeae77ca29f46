"""The life of a server: take a charge, set up, run, hand on, clean.

A life is a generator. It yields where it waits, for its own timer or for something that another one must do, and is
resumed through `resume`. Whatever it changes, it changes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import TYPE_CHECKING, Any

from sim.engine.deliveries import Delivery
from sim.engine.log import NO_LOT, NO_PLACE, Kind
from sim.engine.operations import Life, Line, Mode, Stage, Station
from sim.engine.places import PACK, Lot, Parcel
from sim.engine.plan import COINCIDENCE_H
from sim.engine.resources import FIRST, STARTER, Needs, merged

if TYPE_CHECKING:
    from sim.engine.slots import Machine
    from sim.engine.steps import Step

__all__ = ["Server"]

NEVER_H = -1.0
"""Time before all times [h]."""

START, FINISH, RESUME, WAIT, IDLE, LOSS = map(
    int, (Kind.START, Kind.FINISH, Kind.RESUME, Kind.WAIT, Kind.IDLE, Kind.LOSS)
)


class Server(Station):
    """One server of a step: an ordinary machine, or one slot of a machine with several."""

    __slots__ = (
        "_by_products", "_clean_h", "_costs", "_delivery", "_ended", "_factor", "_failing", "_operations", "_paced",
        "_pool", "_sends", "_setup_h", "book", "clock", "hours", "line", "modes",
        "pending", "stages", "starved", "timer",
    )  # fmt: skip

    machine: Machine | None

    def __init__(self, line: Line, step: Step, index: int, number: int, priority: int) -> None:
        plan = step.plan
        self.line = line
        self.book = line.book
        self.clock = line.book.clock
        self.step = step
        self.number = step.index
        self.index = index
        self.priority = priority
        self.hours = line.hours[plan.calendar] if plan.pause else None
        self.machine = None
        self.rest = ""
        self.since = 0.0
        self.parcels = []
        self.charge: Lot | None = None
        """What is inside between taking and FINISH."""
        self.stages = Stage.all_of(line, plan, number)
        self.modes: list[Mode] = []
        self._costs: dict[str, list[tuple[int, float]]] = {loss.per: [] for loss in plan.losses}
        """What an event costs the next operation: (place in `pending`, amount)."""
        for place, loss in enumerate(plan.losses):
            self._costs[loss.per].append((place, loss.amount))
        self.pending = [0.0] * len(plan.losses)
        """Losses per event that the next operation will bear, one for each of PlanStep.losses."""
        self._paced: list[Mode] = []
        """The modes whose clocks do not count hours."""
        self._failing: Mode
        self._pool = line.pool
        self._sends = bool(plan.outlets)
        self._by_products = [(index, outlet.factor) for index, outlet in enumerate(plan.outlets) if index]
        self._factor = plan.outlets[0].factor if plan.outlets else 1.0
        self._delivery = Delivery(line, self, number)
        self._setup_h = line.sampler(plan, number, "setup", plan.setup_h) if plan.setup_h else None
        self._clean_h = line.sampler(plan, number, "clean", plan.clean.duration_h) if plan.clean else None
        self._ended = NEVER_H
        """Time at which the last operation ended [h]."""
        self._operations = 0
        self.in_last_phase = False
        self.crew: Needs = ()
        """Who leaves while the machine that it shares is repaired."""
        self.starved = True
        """The log says that it is starved, unless it says that it runs."""
        self.resume: Callable[[Any], Any]
        self.timer: Any = None

    def animate(self, life: Life) -> None:
        """Begin *life*; it goes on when the line starts."""
        self.resume = life.send
        self.timer = self.clock.timer(life.send)
        self.book.ready.append((life.send, None))

    def fit(self, modes: list[Mode]) -> None:
        """Let the server fail in *modes*."""
        self.modes = modes
        self._paced = [mode for mode in modes if mode.clock != "hours"]

    def write(self, kind: int, amount: float = 0.0, lot: int = NO_LOT, place: int = NO_PLACE) -> None:
        """Append a row of this server to the log."""
        rows = self.book.rows
        rows += PACK(self.clock.now, amount, lot, self.number, self.index, place, kind)

    def inside(self) -> Lot | None:
        """Return the charge of an unfinished operation."""
        return None if self.rest in {"idle", "outlet", "recovery"} else self.charge

    # -- the story: what yields waits, for the own timer or for another actor ------------------------------------------

    def life(self) -> Life:
        """Live through one operation after another."""
        plan = self.step.plan
        while True:
            charge = self.take()
            if charge is None:
                charge = yield
            self.charge = charge
            amount = charge.amount
            if plan.draws:
                yield from self._draw_tanks(amount)
            if self._setup_h is not None and self.clock.now - self._ended > COINCIDENCE_H:
                yield from self._set_up(self._setup_h())
            yield from self._run(charge)
            self._hand_on(charge)
            if self.parcels:
                self._be_blocked()
                yield
            if plan.recoveries:
                yield from self._recover(amount)
            if self._clean_h is not None and self._is_dirty():
                yield from self._clean(self._clean_h())

    def _draw_tanks(self, amount: float) -> Life:
        """Draw what the operation needs from the tanks."""
        wanted = tuple((tank, amount * share) for tank, share in self.step.plan.draws)
        if not self.line.tanks.draw(self, wanted):
            self.write(WAIT)
            self._rest("tank")
            yield
            if not self.step.open:
                self.step.sleepers.append(self)
                self._rest("shift")
                yield

    def _set_up(self, hours: float) -> Life:
        """Set up, because the last operation has not only just ended; what is set up may start off shift."""
        needs = merged(self.step.plan.setup_resources)
        if self._lacks(needs, STARTER, starting=True):
            yield
        self.write(Kind.SETUP)
        self._spend(hours)
        yield
        self._pool.release(self, needs)
        self._ended = NEVER_H

    def _run(self, charge: Lot) -> Life:
        """Go through the phases, each with its crew."""
        acquire, release, amount = self._pool.acquire, self._pool.release, charge.amount
        stages = self.stages
        for stage in stages:
            stage.hours = stage.draw() * amount if stage.per_amount else stage.draw()
        for mode in self._paced:
            mode.set_pace(amount * self._factor, stages)
        for stage in stages:
            if stage.begins:
                set_up = self._setup_h is not None and self._ended == NEVER_H
                if stage.first and not acquire(self, stage.first, STARTER, starting=not set_up):
                    self._stand_in_line()
                    yield
                self._start(charge)
            elif stage.first and not acquire(self, stage.first, stage.rank):
                self._stand_in_line()
                yield
                self.write(RESUME)
            if self.machine is None:
                left = self._work(stage.hours)
                yield
                while left > 0.0:
                    yield from self._repair(stage)
                    left = self._work(left)
                    yield
            else:
                yield from self._share_machine(self.machine, stage)
            if stage.last:
                release(self, stage.last)

    def _share_machine(self, machine: Machine, stage: Stage) -> Life:
        """Run in a slot; after a failure of the machine the crew has to come back."""
        left: float | None = stage.hours
        self.crew = stage.crew
        self.in_last_phase = stage is self.stages[-1]
        while left is not None:
            machine.enter(self, left)
            left = yield
            if left is not None:
                if self._lacks(stage.crew, FIRST):
                    yield
                self.write(Kind.UP)

    def _repair(self, stage: Stage) -> Life:
        """Be down: the crew leaves, the repairers come, the crew returns before all others."""
        mode = self._failing
        self.write(Kind.DOWN, place=mode.index)
        self.add_losses("failure")
        self._pool.release(self, stage.crew)
        if not self._pool.acquire(self, mode.resources, stage.rank):
            self._rest("resource")
            yield
        self.clock.at(self.timer, self.priority, mode.repaired(self.clock.now))
        yield
        self._pool.release(self, mode.resources)
        if self._lacks(stage.crew, FIRST):
            yield
        self.write(Kind.UP)
        mode.left = mode.to_failure()

    def _recover(self, amount: float) -> Life:
        """Return what is recovered to the tanks."""
        for tank, share in self.step.plan.recoveries:
            if not self.line.tanks.give(self, tank, amount * share):
                if self.starved:
                    self.write(Kind.BLOCK)
                    self.starved = False
                self._rest("recovery")
                yield

    def _clean(self, hours: float) -> Life:
        """Clean, and let the next operation bear what that costs."""
        self.starved = False
        needs = merged(self.step.plan.clean.resources)
        if self._lacks(needs, STARTER):
            yield
        self.write(Kind.CLEAN)
        self._spend(hours)
        yield
        self._pool.release(self, needs)
        self.add_losses("clean")

    # -- its scenes: what happens at once ------------------------------------------------------------------------------

    def take(self) -> Lot | None:
        """Take a charge; None if one has to be waited for."""
        step = self.step
        if step.open and (self.machine is None or self.machine.is_free()):
            charge: Lot | None = step.take(self)
            if charge is not None:
                step.relieve()
                return charge
        self.note_idle()
        step.stand_by(self)
        return None

    def note_idle(self) -> None:
        """Note that the server waits for a charge, or for room in the hold behind it."""
        if self.step.fills and (stuck := self.step.stuck()):
            self.write(Kind.BLOCK, place=stuck.places[0].index)
            self.starved = False
        elif not self.starved:
            self.write(IDLE)
            self.starved = True

    def _start(self, charge: Lot) -> None:
        """Note the start, and what it will cost if it follows anything but a run."""
        now = self.clock.now
        rows = self.book.rows
        rows += PACK(now, charge.amount, charge.number, self.number, self.index, NO_PLACE, START)
        if self.pending:
            self.add_losses("lot")
            if now - self._ended > COINCIDENCE_H:
                self.add_losses("start")
        if self.machine is not None:
            self.machine.started()

    def _work(self, hours: float) -> float:
        """Set out to run for *hours*, or until a failure; return what is left to run after that one.

        A failure that would come at the end of the operation comes at the beginning of the next.
        """
        run = hours
        for mode in self.modes:
            pace = mode.pace
            if pace > 0.0 and mode.left / pace < run - COINCIDENCE_H:
                run = max(0.0, mode.left / pace)
                self._failing = mode
        for mode in self.modes:
            mode.left -= run * mode.pace + mode.toll
        clock = self.clock
        end = clock.now + run if self.hours is None else self.hours.after(clock.now, run)
        heappush(clock.heap, (clock.exact(end), self.priority, clock.ticket(), self.timer))
        return hours - run

    def _hand_on(self, lot: Lot) -> None:
        """End the operation: the charge becomes the product and goes its way."""
        charge, passes = lot.amount, lot.passes
        self._ended = now = self.clock.now
        rows = self.book.rows
        rows += PACK(now, charge, lot.number, self.number, self.index, NO_PLACE, FINISH)
        self.starved = True
        self.charge = None
        lot.amount = charge * self._factor
        if self.pending:
            self._spoil(lot)
        if self._sends and lot.amount > 0.0:
            self._delivery.send(lot)
        for index, factor in self._by_products:
            share = Lot(self.book.number(), charge * factor, lot.birth, lot.quality, passes)
            if share.amount > 0.0:
                self._delivery.send_aside(share, index)

    def block(self, parcel: Parcel) -> None:
        """Stand in line with *parcel* until it has left."""
        parcel.send()
        self.parcels.append(parcel)
        self._be_blocked()

    def _be_blocked(self) -> None:
        self.write(Kind.BLOCK, place=self.parcels[0].places[0].index)
        self.starved = False
        self._rest("outlet")

    def _is_dirty(self) -> bool:
        """Count the operations; return whether it is time to clean."""
        self._operations += 1
        return bool(self._operations % self.step.plan.clean.every == 0)

    # -- waiting, before a yield ---------------------------------------------------------------------------------------

    def _spend(self, hours: float) -> None:
        """Set the timer to the end of *hours*, on shift if the step pauses."""
        clock = self.clock
        end = clock.now + hours if self.hours is None else self.hours.after(clock.now, hours)
        heappush(clock.heap, (clock.exact(end), self.priority, clock.ticket(), self.timer))

    def _lacks(self, needs: Needs, rank: int, *, starting: bool = False) -> bool:
        """Get resources; return whether they have to be waited for."""
        if self._pool.acquire(self, needs, rank, starting=starting):
            return False
        self._stand_in_line()
        return True

    def _stand_in_line(self) -> None:
        """Wait for resources."""
        self.rest = "resource"
        self.since = now = self.clock.now
        rows = self.book.rows
        rows += PACK(now, 0.0, NO_LOT, self.number, self.index, NO_PLACE, WAIT)

    def _rest(self, reason: str) -> None:
        """Rest until another actor does what this one waits for."""
        self.rest = reason
        self.since = self.clock.now

    # -- what an operation costs ---------------------------------------------------------------------------------------

    def add_losses(self, event: str) -> None:
        """Let the next operation bear the losses of *event*."""
        for number, amount in self._costs.get(event, ()):
            self.pending[number] += amount

    def _spoil(self, lot: Lot) -> None:
        """Take from *lot* the losses that it has to bear."""
        for number, due in enumerate(self.pending):
            if due > 0.0:
                lost = min(due, lot.amount)
                if lost > 0.0:
                    self.write(LOSS, lost, place=number)
                    lot.amount -= lost
                self.pending[number] = 0.0
