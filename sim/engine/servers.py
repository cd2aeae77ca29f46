"""The life of a server: take a charge, set up, run, hand on, clean.

A life is a generator. It yields where it waits, for its own timer or for something that another one must do, and is
resumed through `resume`. Whatever it changes, it changes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from sim.engine.deliveries import Delivery
from sim.engine.operations import Life, Line, Mode, Stage, Work, product_of
from sim.engine.places import Actor, Lot, Parcel
from sim.engine.resources import FIRST, HOLDER, STARTER, Needs, merged
from sim.events import NO_LOT, NO_PLACE, Kind

if TYPE_CHECKING:
    from sim.engine.slots import Machine
    from sim.engine.steps import Step

__all__ = ["Server"]

NEVER_H = -1.0
"""Time before all times [h]."""

Waited = Generator[None, Any, bool]


class Server(Actor):
    """One server of a step: an ordinary machine, or one slot of a machine with several."""

    def __init__(self, line: Line, step: Step, index: int, number: int, priority: int) -> None:
        plan = step.plan
        self.line = line
        self.book = line.book
        self.clock = line.book.clock
        self.step = step
        self.index = index
        self.priority = priority
        self.hours = line.hours[plan.calendar]
        self.machine: Machine | None = None
        self.rest = ""
        self.since = 0.0
        self.parcels: list[Parcel] = []
        self.charge: Lot | None = None
        """What is inside between taking and FINISH."""
        self.stages = Stage.all_of(line, plan, number)
        self.modes: list[Mode] = []
        self.pending = [0.0] * len(plan.losses)
        """Losses per event that the next operation will bear, one for each of PlanStep.losses."""
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
        self.timer = self.clock.timer(life.send, self.book.drain)
        self.book.ready.append((life.send, None))

    def write(self, kind: Kind, amount: float = 0.0, lot: int = NO_LOT, place: int = NO_PLACE) -> None:
        """Append a row of this server to the log."""
        self.book.write(amount, lot, self.step.index, self.index, place, kind)

    def inside(self) -> Lot | None:
        """Return the charge of an unfinished operation."""
        return None if self.rest in {"idle", "outlet", "recovery"} else self.charge

    # -- the story -----------------------------------------------------------------------------------------------------

    def life(self) -> Life:
        """Live through one operation after another."""
        while True:
            charge = yield from self.take()
            work = self._plan(charge)
            yield from self._draw_tanks(charge)
            yield from self._set_up()
            yield from self._run(work)
            yield from self._hand_on(work)
            yield from self._recover(charge)
            yield from self._clean()

    def take(self) -> Generator[None, Any, Lot]:
        """Take a charge, or wait for one."""
        step = self.step
        charge: Lot | None = None
        if step.open and (self.machine is None or self.machine.is_free()):
            charge = step.take(self)
        if charge is None:
            charge = yield from self._wait_for_charge()
        else:
            step.relieve()
        self.charge = charge
        return charge

    def _wait_for_charge(self) -> Generator[None, Any, Lot]:
        """Stand idle until a charge is given."""
        if not self.starved:
            self.write(Kind.IDLE)
            self.starved = True
        self.step.rest(self)
        if self.rest == "idle" and any(buffer.waiting for buffer in self.step.feeding):
            self.line.check(self)
        charge: Lot = yield
        return charge

    def _plan(self, charge: Lot) -> Work:
        """Draw how long everything will take."""
        durations = [stage.draw() * charge.amount if stage.per_amount else stage.draw() for stage in self.stages]
        outlets = self.step.plan.outlets
        amount = charge.amount * outlets[0].factor if outlets else charge.amount
        return Work(charge, amount, durations, sum(durations))

    def _draw_tanks(self, charge: Lot) -> Life:
        """Draw what the operation needs from the tanks."""
        wanted = tuple((tank, charge.amount * share) for tank, share in self.step.plan.draws)
        if wanted and not self.line.tanks.draw(self, wanted):
            self.write(Kind.WAIT)
            yield from self._wait("tank")
            if not self.step.open:
                self.step.sleepers.append(self)
                yield from self._wait("shift")

    def _set_up(self) -> Life:
        """Set up, unless the last operation has only just ended; what is set up may start off shift."""
        plan = self.step.plan
        if self._setup_h is None or self.clock.now == self._ended:
            return
        needs = merged(plan.setup_resources)
        yield from self._acquire(needs, STARTER, starting=True)
        self.write(Kind.SETUP)
        yield from self._spend(self._setup_h())
        self.line.pool.release(self, needs)
        self._ended = NEVER_H

    def _run(self, work: Work) -> Life:
        """Go through the phases, each with its crew."""
        rank = HOLDER if self.step.plan.held else STARTER
        for number, stage in enumerate(self.stages):
            if number == 0:
                set_up = self._setup_h is not None and self._ended == NEVER_H
                yield from self._acquire(stage.first, STARTER, starting=not set_up)
                self._start(work.charge)
            elif (yield from self._acquire(stage.first, rank)):
                self.write(Kind.RESUME)
            if self.machine is None:
                yield from self._work(work, work.durations_h[number], stage.crew, rank)
            else:
                self.in_last_phase = number == len(self.stages) - 1
                yield from self._share_machine(self.machine, work.durations_h[number], stage.crew)
            self.line.pool.release(self, stage.last)

    def _share_machine(self, machine: Machine, hours: float, crew: Needs) -> Life:
        """Run for *hours* in a slot; after a failure of the machine the crew has to come back."""
        left: float | None = hours
        self.crew = crew
        while left is not None:
            machine.enter(self, left)
            left = yield
            if left is not None:
                yield from self._acquire(crew, FIRST)
                self.write(Kind.UP)

    def _start(self, charge: Lot) -> None:
        """Note the start, and what it will cost if it follows anything but a run."""
        self.write(Kind.START, charge.amount, charge.number)
        fresh = self.clock.now != self._ended
        for number, loss in enumerate(self.step.plan.losses):
            if loss.per == "lot" or (loss.per == "start" and fresh):
                self.pending[number] += loss.amount
        if self.machine is not None:
            self.machine.started()

    def _work(self, work: Work, hours: float, crew: Needs, rank: int) -> Life:
        """Run for *hours*, with repairs in between."""
        while self.modes:
            run, mode = self._next_failure(work, hours)
            if mode is None:
                break
            yield from self._spend(run)
            hours -= run
            self._wear(work, run)
            mode.left = 0.0
            yield from self._repair(mode, crew, rank)
        yield from self._spend(hours)
        self._wear(work, hours)

    def _next_failure(self, work: Work, hours: float) -> tuple[float, Mode | None]:
        """Return after how many run hours which mode fails, None if none does within *hours*."""
        failing = None
        for mode in self.modes:
            rate = mode.rate(work)
            if rate > 0.0 and mode.left / rate < hours:
                hours = mode.left / rate
                failing = mode
        return hours, failing

    def _repair(self, mode: Mode, crew: Needs, rank: int) -> Life:
        """Be down: the crew leaves, the repairers come, the crew returns before all others."""
        self.write(Kind.DOWN, place=mode.index)
        self.add_losses("failure")
        pool = self.line.pool
        pool.release(self, crew)
        if not pool.acquire(self, mode.resources, rank):
            yield from self._wait("resource")
        self.clock.at(self.timer, self.priority, self.clock.now + mode.repair())
        yield
        pool.release(self, mode.resources)
        yield from self._acquire(crew, FIRST)
        self.write(Kind.UP)
        mode.left = mode.to_failure()

    def _hand_on(self, work: Work) -> Life:
        """End the operation and be blocked until all of its product has left."""
        charge = work.charge
        self._finish(work)
        lot = product_of(charge, self._spoiled(work.amount))
        outlets = self.step.plan.outlets
        if outlets and lot.amount > 0.0:
            self._delivery.send(lot)
        for index, outlet in enumerate(outlets[1:], start=1):
            share = Lot(self.book.number(), charge.amount * outlet.factor, charge.birth, lot.quality, charge.passes)
            if share.amount > 0.0:
                self._delivery.emit(share, index, outlet.places)
        if self.parcels:
            yield from self._be_blocked()

    def block(self, parcel: Parcel) -> Life:
        """Wait until *parcel* has left."""
        parcel.send()
        self.parcels.append(parcel)
        yield from self._be_blocked()

    def _be_blocked(self) -> Life:
        self.write(Kind.BLOCK, place=self.parcels[0].places[0].index)
        self.starved = False
        yield from self._wait("outlet")

    def _recover(self, charge: Lot) -> Life:
        """Return what is recovered to the tanks."""
        for tank, share in self.step.plan.recoveries:
            if not self.line.tanks.give(self, tank, charge.amount * share):
                if self.starved:
                    self.write(Kind.BLOCK)
                    self.starved = False
                yield from self._wait("recovery")

    def _clean(self) -> Life:
        """Clean if it is due."""
        clean = self.step.plan.clean
        self._operations += 1
        if self._clean_h is None or self._operations % clean.every:
            return
        self.starved = False
        needs = merged(clean.resources)
        yield from self._acquire(needs, STARTER)
        self.write(Kind.CLEAN)
        yield from self._spend(self._clean_h())
        self.line.pool.release(self, needs)
        self.add_losses("clean")

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _spend(self, hours: float) -> Life:
        """Let *hours* pass, on shift if the step pauses."""
        now = self.clock.now
        end = self.hours.after(now, hours) if self.step.plan.pause else now + hours
        self.clock.at(self.timer, self.priority, end)
        yield

    def _acquire(self, needs: Needs, rank: int, *, starting: bool = False) -> Waited:
        """Get resources; return whether it had to wait."""
        if self.line.pool.acquire(self, needs, rank, starting=starting):
            return False
        self.write(Kind.WAIT)
        yield from self._wait("resource")
        return True

    def _wait(self, reason: str) -> Life:
        """Rest until another actor does what this one waits for."""
        self.rest = reason
        self.since = self.clock.now
        self.line.check(self)
        yield

    # -- what an operation does to its lot -----------------------------------------------------------------------------

    def _finish(self, work: Work) -> None:
        self.write(Kind.FINISH, work.charge.amount, work.charge.number)
        self._ended = self.clock.now
        self.starved = True
        self.charge = None

    def _wear(self, work: Work, hours: float) -> None:
        for mode in self.modes:
            mode.left -= hours * mode.rate(work)
            if work.total_h <= 0.0 and mode.clock != "hours":
                mode.left -= (work.amount if mode.clock == "amount" else 1.0) / len(self.stages)

    def add_losses(self, event: str) -> None:
        """Let the next operation bear the losses of *event*."""
        for number, loss in enumerate(self.step.plan.losses):
            if loss.per == event:
                self.pending[number] += loss.amount

    def _spoiled(self, amount: float) -> float:
        """Return what is left of *amount* after the losses."""
        for number, due in enumerate(self.pending):
            lost = min(due, amount)
            if lost > 0.0:
                self.write(Kind.LOSS, lost, place=number)
                amount -= lost
            self.pending[number] = 0.0
        return amount
