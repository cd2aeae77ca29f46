"""The Plan: all that the event loop needs to know, as plain frozen numbers.

A plan holds no composition, heat duty, power or price, so its `fingerprint` tells whether a change of the
inputs can change the event log at all. Same fingerprint, seed and replication: the old log serves.

Amounts are real amounts of a stream, in the unit of that stream (kg or m2); times are hours.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

from sim.inputs import Law

__all__ = [
    "ALWAYS_OPEN",
    "COINCIDENCE_H",
    "FORMAT_VERSION",
    "SHIP",
    "WASTE",
    "Calendar",
    "Clean",
    "Failure",
    "Inspection",
    "Loss",
    "Outlet",
    "Phase",
    "Plan",
    "PlanBuffer",
    "PlanResource",
    "PlanStep",
    "PlanTank",
    "Release",
    "fingerprint",
]

FORMAT_VERSION = 5
"""Raised whenever the rules of the simulation change, so that old logs are not taken for new ones."""

COINCIDENCE_H = 1e-7
"""Instants closer to each other than this are one instant [h].

Times are sums of durations and miss exact times by roundings: 24 times 0.333333333 h ends 8e-9 h before a shift of 8 h
does. The longest such sum is far below 1e-7 h, and no plant tells 0.36 ms apart.
"""

SHIP = -1
"""Place index of an outlet whose lots leave as good product."""

WASTE = -2
"""Place index of an outlet whose lots leave as waste or by-product."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours as explicit switch times: open or closed at 0, then toggled at every time of *switches_h*."""

    name: str
    open_at_start: bool = True
    switches_h: tuple[float, ...] = ()
    """Strictly increasing times at which the calendar toggles [h]."""


ALWAYS_OPEN = Calendar("always")


@dataclass(frozen=True, slots=True)
class Release:
    """How charges of a source step (one without inlets) become available.

    Kind `capacity`: there is always material. Kind `interval`: one charge (of `charge_max`) arrives whenever the
    law has elapsed in open hours of the step's calendar, and waits in an unbounded yard, or in one with
    room for *room* charges (further arrivals are lost, row REFUSE).
    """

    kind: str = "capacity"
    interval_h: Law | None = None
    room: int = -1
    """Number of charges that may wait; -1 = unbounded [1]."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of an operation: a duration, fixed or drawn, and the resources held during it."""

    name: str
    duration_h: Law
    """Duration of the phase, or of one unit of the primary inlet's amount when *per_amount* [h or h/unit]."""
    per_amount: bool = False
    resources: tuple[tuple[int, int], ...] = ()
    """(resource index, number held) during this phase only."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Product lost per event, taken from the primary outlet of the next operation that finishes."""

    per: str
    """`start` (first operation after any other state than run), `clean`, `failure` or `lot` (every operation)."""
    amount: float
    """Amount of the primary outlet's stream [kg or m2]."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Cleaning after every *every* operations of a machine."""

    every: int
    duration_h: Law
    resources: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure mode of a machine; its clock counts run hours, amount processed or operations, over lots."""

    clock: str
    """`hours` (run time), `amount` (of the primary outlet's stream) or `operations`."""
    to_failure: Law
    repair_h: Law
    resources: tuple[tuple[int, int], ...] = ()
    calendar: int = -1
    """Calendar in whose open hours repairs go on; -1 = they go on whatever the hour. Repairers are asked for when the
    machine stops, even in closed hours."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Decision on a lot when the operation (and its hold) ends.

    Either a fixed *pass_probability*, or a measured quality: the lot's quality times a measurement error,
    compared with *limit*. Failed lots go to *rework* (a rework buffer) until they have passed through
    *max_passes* times, then to *fail_place*.
    """

    pass_probability: float | None = None
    limit: float | None = None
    """Lowest measured quality that passes [unit of the lot's quality]."""
    error: Law | None = None
    """Multiplicative measurement error, mean 1 [1]."""
    rework: int | None = None
    """Buffer index of the rework queue, None = no rework."""
    max_passes: int = 0
    fail_place: int = WASTE
    """Buffer index or WASTE for lots that fail for good."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One stream out of a step: where its lots go and how much of it there is per unit of primary inlet."""

    places: tuple[int, ...]
    """Buffer indices in order of preference (whole lots go to the first with room), or (SHIP,) or (WASTE,)."""
    factor: float
    """Amount out per amount of primary inlet [unit/unit]; shares of `next:` mappings are already in it."""
    lot_size: float = math.inf
    """Amount at which an outgoing lot is cut into several."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a line, with all of its machines."""

    name: str
    """`route/step`, the key of every random stream and of every table."""
    machines: int = 1
    slots: int = 1
    """Servers per machine that share its failures (`staggered` slots); 1 = an ordinary machine."""
    pitch_h: float = 0.0
    """Least time between two starts in one machine with slots [h]."""
    inlets: tuple[tuple[int, float], ...] = ()
    """(buffer index, amount per amount of the primary inlet); the first is primary, ratio 1. Empty: a source."""
    charge_max: float = math.inf
    charge_min: float = 0.0
    """Smallest charge that may start; equal to *charge_max* = full charges only. Both in the primary unit."""
    start_after_h: float = math.inf
    """Longest wait for a charge: when the first lot of the primary inlet (or of the rework queue) has waited this long,
    the charge starts with what is there, however little, if a server is free; infinite = it waits until it is
    *charge_min* at least. Never with *one_lot* [h]."""
    one_lot: bool = False
    """Takes exactly one lot, whatever its amount (then charge_max and charge_min do not matter)."""
    release: Release | None = None
    phases: tuple[Phase, ...] = ()
    held: tuple[tuple[int, int], ...] = ()
    """(resource index, number) kept from the first phase to the end of the last, such as a glovebox place."""
    setup_h: Law | None = None
    """Machine time before every start (see Loss.per `start`) [h]."""
    setup_resources: tuple[tuple[int, int], ...] = ()
    clean: Clean | None = None
    failures: tuple[Failure, ...] = ()
    losses: tuple[Loss, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    """The first outlet is primary: quality, inspection, hold and losses act on it."""
    hold_h: Law | None = None
    hold_fills: bool = False
    """Whether nothing new starts while a lot whose hold is over waits for room; else there is room for any number."""
    """Time a finished lot waits for release after the machine is free again [h]."""
    quality_set: Law | None = None
    """Quality drawn anew by this step (the anneal decides the conductivity)."""
    quality_factor: Law | None = None
    """Factor on the quality of what passes through."""
    inspection: Inspection | None = None
    draws: tuple[tuple[int, float], ...] = ()
    """(tank index, kg per amount of primary inlet) drawn when the operation starts."""
    recoveries: tuple[tuple[int, float], ...] = ()
    """(tank index, kg per amount of primary inlet) returned when the operation ends."""
    calendar: int = 0
    pause: bool = False
    """True: an operation stops while the calendar is closed; False: it finishes."""


@dataclass(frozen=True, slots=True)
class PlanBuffer:
    """A place for lots in front of one step."""

    name: str
    consumer: int
    """Index of the step that takes from it."""
    capacity: float = math.inf
    unit: str = "amount"
    """`amount` (capacity in kg or m2) or `lots` (capacity in lots; only before a one-lot step)."""
    max_wait_h: float = math.inf
    """Lots that have waited this long are scrapped [h]."""
    decay_per_h: float = 0.0
    """Exponential loss of quality while waiting [1/h]."""
    rework: bool = False
    """Served first, unbounded, never mixed with fresh lots in one charge."""


@dataclass(frozen=True, slots=True)
class PlanTank:
    """Bulk inventory of one pure material [kg]."""

    name: str
    capacity_kg: float = math.inf
    initial_kg: float = 0.0
    on_full: str = "waste"
    """`waste` (overflow is discarded, row OVERFLOW) or `block`."""
    on_empty: str = "buy"
    """`buy` (the missing amount is bought, row BUY) or `wait`."""


@dataclass(frozen=True, slots=True)
class PlanResource:
    """A shared, counted resource: operators, glovebox or dry-room places."""

    name: str
    capacity: int
    """How many there are at the start [1]."""
    calendar: int = 0
    changes: tuple[tuple[float, int], ...] = ()
    """(time, how many there are from then on), times strictly increasing [h, 1]. Who holds some when they become fewer
    keeps them; a request for more than there are at present waits like one for what is off shift."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One line of a scenario, ready for the event loop; replication and seed are given to the engine."""

    line: str
    warm_up_h: float
    horizon_h: float
    """Length of the observed window after the warm-up; the run ends at warm_up_h + horizon_h [h]."""
    steps: tuple[PlanStep, ...]
    buffers: tuple[PlanBuffer, ...] = ()
    tanks: tuple[PlanTank, ...] = ()
    resources: tuple[PlanResource, ...] = ()
    calendars: tuple[Calendar, ...] = (ALWAYS_OPEN,)
    version: int = field(default=FORMAT_VERSION)

    @property
    def end_h(self) -> float:
        """End of the run [h]."""
        return self.warm_up_h + self.horizon_h


def fingerprint(plan: Plan) -> str:
    """Return a hash of everything in *plan* that can change its event log.

    The line's own name is left out: it appears in no random stream, and two lines that differ in nothing
    else share their logs.
    """
    body = repr((plan.version, plan.warm_up_h, plan.horizon_h, plan.steps, plan.buffers, plan.tanks))
    body += repr((plan.resources, plan.calendars))
    return hashlib.sha256(body.encode()).hexdigest()[:32]
