"""The life of a server: take a charge, set up, run, hand on, clean; a private neighbour of the engine.

A life is a generator. It yields where it waits, for its own timer or for something that another one must do, and is
resumed through `resume`. Whatever it changes, it changes at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sim.distributions import Law
from sim.events import NO_LOT, NO_PLACE, Kind
from sim.engine.places import TOLERANCE, Actor, Book, Buffer, Lot, Parcel, Tanks
from sim.plan import SHIP, Failure, Phase, PlanStep
from sim.engine.resources import FIRST, HOLDER, STARTER, Hours, Needs, Pool, merged

if TYPE_CHECKING:
    from sim.engine.slots import Machine
    from sim.engine.steps import Step

__all__ = ["Draw", "Life", "Line", "Mode", "Server", "Work", "product_of"]

Draw = Callable[[], float]
Life = Generator[None, Any, None]
Waited = Generator[None, Any, bool]


class Line(Protocol):
    """What a server needs of the line it stands in."""

    book: Book
    buffers: list[Buffer]
    hours: list[Hours]
    pool: Pool
    tanks: Tanks

    def sampler(self, step: PlanStep, number: int, purpose: str, law: Law) -> Draw:
        """Return the draws of one random stream."""
        ...

    def check(self, actor: Actor) -> None:
        """Raise DeadlockError if what *actor* waits for can never come."""
        ...


@dataclass(slots=True)
class Mode:
    """One failure mode of a machine and how far it is from its next failure, on its own clock."""

    index: int
    clock: str
    to_failure: Draw
    repair: Draw
    resources: Needs
    left: float

    @classmethod
    def of(cls, line: Line, step: PlanStep, number: int, index: int, plan: Failure) -> Mode:
        """Return mode *index* of machine *number*."""
        to_failure = line.sampler(step, number, f"failure {index}", plan.to_failure)
        repair = line.sampler(step, number, f"repair {index}", plan.repair_h)
        return cls(index, plan.clock, to_failure, repair, merged(plan.resources), to_failure())

    def rate(self, work: Work) -> float:
        """Return how fast the clock goes while *work* runs [1/h, unit/h or h/h]."""
        if self.clock == "hours":
            return 1.0
        quantity = work.amount if self.clock == "amount" else 1.0
        return quantity / work.total_h if work.total_h > 0.0 else 0.0


@dataclass(slots=True)
class Work:
    """One operation: what is worked on and how long each phase takes."""

    charge: Lot
    amount: float
    """Amount of the primary outlet [kg or m2]."""
    durations_h: list[float]
    total_h: float


@dataclass(slots=True)
class Stage:
    """One phase as a server sees it: its draws and its resources."""

    draw: Draw
    per_amount: bool
    crew: Needs
    """Held during this phase only."""
    first: Needs
    """Wanted at its beginning."""
    last: Needs
    """Given back at its end."""

    @classmethod
    def all_of(cls, line: Line, step: PlanStep, number: int) -> list[Stage]:
        """Return the phases of server *number* of *step*; a step without any has one that takes no time."""
        phases = step.phases or (Phase("none", Law("fixed", (0.0,))),)
        held = merged(step.held)
        stages = []
        for index, phase in enumerate(phases):
            draw = line.sampler(step, number, f"phase {index}", phase.duration_h)
            crew = merged(phase.resources)
            first = merged(held, crew) if index == 0 else crew
            last = merged(held, crew) if index == len(phases) - 1 else crew
            stages.append(cls(draw, phase.per_amount, crew, first, last))
        return stages


def product_of(charge: Lot, amount: float) -> Lot:
    """Return *amount* of what a charge became."""
    return Lot(charge.number, amount, charge.birth, charge.quality, charge.passes)


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
        self._places = [tuple(line.buffers[place] for place in outlet.places if place >= 0) for outlet in plan.outlets]
        self._draws = self._other_draws(line, plan, number)
        self._ended = -1.0
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
        if any(buffer.waiting for buffer in self.step.feeding):
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

    def _set_up(self) -> Life:
        """Set up, unless the last operation has only just ended."""
        plan = self.step.plan
        if plan.setup_h is None or self.clock.now == self._ended:
            return
        needs = merged(plan.setup_resources)
        yield from self._acquire(needs, STARTER, starting=True)
        self.write(Kind.SETUP)
        yield from self._spend(self._draws["setup"]())
        self.line.pool.release(self, needs)
        self._ended = -1.0

    def _run(self, work: Work) -> Life:
        """Go through the phases, each with its crew."""
        rank = HOLDER if self.step.plan.held else STARTER
        for number, stage in enumerate(self.stages):
            if number == 0:
                yield from self._acquire(stage.first, STARTER, starting=True)
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
            times = ((mode.left / mode.rate(work), mode) for mode in self.modes if mode.rate(work))
            run, mode = min(times, key=_first, default=_NEVER)
            if mode is None or run >= hours:
                break
            yield from self._spend(run)
            hours -= run
            self._wear(work, run)
            mode.left = 0.0
            yield from self._repair(mode, crew, rank)
        yield from self._spend(hours)
        self._wear(work, hours)

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
            self._improve(lot)
            if self.step.plan.hold_h is None:
                self._judge(lot)
            else:
                self._hold(lot)
        for index, outlet in enumerate(outlets[1:], start=1):
            share = Lot(self.book.number(), charge.amount * outlet.factor, charge.birth, lot.quality, charge.passes)
            if share.amount > 0.0:
                self._emit(share, index, outlet.places)
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
        if clean is None or self._operations % clean.every:
            return
        self.starved = False
        needs = merged(clean.resources)
        yield from self._acquire(needs, STARTER)
        self.write(Kind.CLEAN)
        yield from self._spend(self._draws["clean"]())
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
                mode.left -= work.amount if mode.clock == "amount" else 1.0

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

    def _improve(self, lot: Lot) -> None:
        plan = self.step.plan
        if plan.quality_set is not None:
            lot.quality = self._draws["quality"]()
        if plan.quality_factor is not None:
            lot.quality *= self._draws["quality factor"]()

    def _hold(self, lot: Lot) -> None:
        """Let *lot* wait for its release beside the machine."""
        self.write(Kind.HOLD, lot.amount, lot.number)
        parcel = Parcel(self, 0, deque([lot]), (), held=True)
        self.step.held.append(parcel)
        timer = self.clock.timer(lambda _: self._let_out(parcel), self.book.drain)
        self.clock.at(timer, self.priority, self.clock.now + self._draws["hold"]())

    def _let_out(self, parcel: Parcel) -> None:
        self.step.held.remove(parcel)
        self._judge(parcel.lots[0], held=True)

    def _judge(self, lot: Lot, *, held: bool = False) -> None:
        """Inspect *lot* and send it where it belongs."""
        plan = self.step.plan
        inspection = plan.inspection
        if inspection is None or self._passes(lot):
            self._emit(lot, 0, plan.outlets[0].places, held=held)
        elif inspection.rework is not None and lot.passes < inspection.max_passes:
            lot.passes += 1
            self._emit(lot, 0, (inspection.rework,), held=held, failed=True)
        else:
            self._emit(lot, 0, (inspection.fail_place,), held=held, failed=True)

    def _passes(self, lot: Lot) -> bool:
        inspection = self.step.plan.inspection
        if inspection.limit is not None:
            measured = lot.quality * self._draws["error"]() if inspection.error is not None else lot.quality
            self.write(Kind.MEASURE, measured, lot.number)
            good = measured >= inspection.limit
        else:
            good = self._draws["inspection"]() < inspection.pass_probability
        good = bool(good)
        self.write(Kind.PASS if good else Kind.FAIL, lot.amount, lot.number)
        return good

    def _emit(self, lot: Lot, outlet: int, where: tuple[int, ...], *, held: bool = False, failed: bool = False) -> None:
        """Send *lot* out, cut to the size of the outlet's lots unless it failed."""
        size = self.step.plan.outlets[outlet].lot_size
        lots = deque([lot]) if failed else self._cut(lot, size)
        if where[0] >= 0:
            self._put(lots, outlet, where, held=held)
            return
        for item in lots:
            if held:
                self.write(Kind.FREE, item.amount, item.number)
            if where[0] == SHIP:
                self.write(Kind.SHIP, item.amount, item.number)
                self.write(Kind.CARRY, item.birth, item.number)
            elif failed:
                self.write(Kind.SCRAP, item.amount, item.number)
            else:
                self.write(Kind.DUMP, item.amount, item.number, outlet)

    def _put(self, lots: deque[Lot], outlet: int, where: tuple[int, ...], *, held: bool) -> None:
        parcel = Parcel(self, outlet, lots, tuple(self.line.buffers[place] for place in where), held=held)
        if parcel.send():
            return
        if held:
            self.step.held.append(parcel)
        else:
            self.parcels.append(parcel)

    def _cut(self, lot: Lot, size: float) -> deque[Lot]:
        """Return *lot* in pieces of *size*; the last one keeps its number."""
        pieces: deque[Lot] = deque()
        while lot.amount > size * (1.0 + TOLERANCE):
            pieces.append(lot.part(self.book.number(), size))
            lot.amount -= size
        pieces.append(lot)
        return pieces

    def _other_draws(self, line: Line, plan: PlanStep, number: int) -> dict[str, Draw]:
        """Return the random streams of everything but phases and failures, by purpose."""
        laws = {
            "setup": plan.setup_h,
            "clean": plan.clean.duration_h if plan.clean else None,
            "hold": plan.hold_h,
            "quality": plan.quality_set,
            "quality factor": plan.quality_factor,
            "error": plan.inspection.error if plan.inspection else None,
            "inspection": Law("uniform", (0.0, 1.0)) if plan.inspection else None,
        }
        return {purpose: line.sampler(plan, number, purpose, law) for purpose, law in laws.items() if law is not None}


_NEVER: tuple[float, Mode | None] = (0.0, None)


def _first(item: tuple[float, Any]) -> float:
    return item[0]
