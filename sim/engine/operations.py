"""What one operation is: its phases, its failure modes, and what it needs of its line."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from sim.engine.log import NO_LOT, NO_PLACE
from sim.engine.places import Actor, Book, Buffer, Lot, Tanks
from sim.engine.plan import Failure, Phase, PlanStep
from sim.engine.resources import HOLDER, STARTER, Hours, Needs, Pool, merged
from sim.inputs import Law

__all__ = ["Draw", "Life", "Line", "Mode", "Stage", "Station"]

Draw = Callable[[], float]
Life = Generator[None, Any, None]


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


class Station(Actor):
    """What others know of a server, whose life is told in `servers`: its charge and crew, and what it tells the log."""

    __slots__ = ("charge", "crew", "in_last_phase", "priority")

    charge: Lot | None
    """What is inside between taking and FINISH."""
    crew: Needs
    """Who leaves while the machine that it shares is repaired."""
    in_last_phase: bool
    priority: int

    @abstractmethod
    def write(self, kind: int, amount: float = 0.0, lot: int = NO_LOT, place: int = NO_PLACE) -> None:
        """Append a row of this server to the log."""

    @abstractmethod
    def add_losses(self, event: str) -> None:
        """Let the next operation bear the losses of *event*."""

    @abstractmethod
    def note_idle(self) -> None:
        """Note that the server waits for a charge, or for room in the hold behind it."""


@dataclass(slots=True)
class Mode:
    """One failure mode of a machine and how far it is from its next failure, on its own clock."""

    index: int
    clock: str
    to_failure: Draw
    repair: Draw
    resources: Needs
    hours: Hours | None
    """Opening hours in which repairs go on; None: always."""
    left: float
    pace: float = 1.0
    """How fast the clock goes while the operation at hand runs [h/h, unit/h or 1/h]."""
    toll: float = 0.0
    """How far the clock goes in each phase of an operation that takes no time [unit or 1]."""

    @classmethod
    def of(cls, line: Line, step: PlanStep, number: int, index: int, plan: Failure) -> Mode:
        """Return mode *index* of machine *number*."""
        to_failure = line.sampler(step, number, f"failure {index}", plan.to_failure)
        repair = line.sampler(step, number, f"repair {index}", plan.repair_h)
        hours = line.hours[plan.calendar] if plan.calendar >= 0 else None
        return cls(index, plan.clock, to_failure, repair, merged(plan.resources), hours, to_failure())

    def repaired(self, now: float) -> float:
        """Return when a repair that begins now is done [h]."""
        hours = self.repair()
        return self.hours.after(now, hours) if self.hours else now + hours

    def set_pace(self, amount: float, stages: list[Stage]) -> None:
        """Spread what an operation takes from a clock of amounts or operations evenly over its run time."""
        quantity = amount if self.clock == "amount" else 1.0
        total_h = sum(stage.hours for stage in stages)
        self.pace = quantity / total_h if total_h > 0.0 else 0.0
        self.toll = 0.0 if total_h > 0.0 else quantity / len(stages)


@dataclass(slots=True)
class Stage:
    """One phase as a server sees it: its draws and its resources."""

    begins: bool
    """It is the first one."""
    draw: Draw
    per_amount: bool
    rank: int
    """Rank in the queue of those who ask for something while it runs or before it begins, unless it is the first."""
    crew: Needs
    """Held during this phase only."""
    first: Needs
    """Wanted at its beginning."""
    last: Needs
    """Given back at its end."""
    hours: float = 0.0
    """How long it takes in the operation at hand [h]."""

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
            rank = HOLDER if step.held else STARTER
            stages.append(cls(index == 0, draw, phase.per_amount, rank, crew, first, last))
        return stages
