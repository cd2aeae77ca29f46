"""The ledger: one replication's event log reduced to hours, amounts and counts in the observed window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.engine import COINCIDENCE_H, NO_PLACE, Kind, Log, Plan, PlanStep
from sim.flowsheet import Stream
from sim.plant import Line, like_the_year
from sim.results import STATES
from sim.rollup import closure
from sim.rollup.states import gantt, in_proportion, machine_hours, opened
from sim.rollup.window import Floats, Ints, Part, Places, Sums, View, count, weighed

__all__ = [
    "BufferLedger",
    "Equivalents",
    "Ledger",
    "OutletLedger",
    "StepLedger",
    "TankLedger",
    "equivalents",
    "gantt",
    "inlet_stream",
    "reduce",
    "shipped",
    "timeline",
]


FEWEST_LOTS = 10
"""Lots whose mean lead time says something [1]."""


@dataclass(frozen=True, slots=True)
class OutletLedger:
    """One outlet of a step in the window, in the unit of its stream."""

    shipped: float
    """Left as good product."""
    dumped: float
    """Left as waste or by-product, as this outlet is meant to."""
    open_start: float
    """Made but not handed on (blocked or in hold) at the start of the window."""
    open_end: float
    """The same at its end."""


@dataclass(frozen=True, slots=True)
class StepLedger:
    """One step in the window; amounts in units of the step's own streams."""

    hours: Floats
    """Machine hours by machine and state, shape (n_machines, len(STATES)); no rows in expected values [h]."""
    state_h: Mapping[str, float]
    """Machine hours by state, all machines of the step together [h]."""
    slot_run_h: float
    """Run hours of all slots; those of the machines if they have one each [h]."""
    taken: float
    """Charges taken in, in units of the primary inlet; equal to *started* for a first step."""
    started: float
    """Charges started, in units of the primary inlet."""
    finished: float
    """Charges finished, in units of the primary inlet."""
    operations: float
    """Operations finished."""
    starts: float
    """Operations that did not directly follow another."""
    cleans: float
    failures: float
    lost: Mapping[str, float]
    """Lost per event (start, clean, failure, lot), in units of the primary outlet."""
    scrapped: float
    """Failed inspection for good, in units of the primary outlet."""
    reworked: float
    """Sent back, in units of the primary outlet."""
    inspected: float
    """Amount inspected for the first time and again, in units of the primary outlet."""
    passed_first: float
    """Amount that passed at its first inspection."""
    inspected_first: float
    """Amount inspected for the first time."""
    open_start: float
    """Charges inside machines at the start of the window, in units of the primary inlet."""
    open_end: float
    """The same at its end."""
    drawn: Mapping[str, float]
    """Taken from tanks, by material [kg]."""
    drawn_open_start: Mapping[str, float]
    """Of what was taken from tanks, inside machines at the start of the window, by material [kg]."""
    drawn_open_end: Mapping[str, float]
    """The same at its end [kg]."""
    recovered: Mapping[str, float]
    """Returned to tanks, by material [kg]."""
    recovered_open_start: Mapping[str, float]
    """Due to tanks from finished operations at the start of the window, by material [kg]."""
    recovered_open_end: Mapping[str, float]
    """The same at its end [kg]."""
    outlets: tuple[OutletLedger, ...]
    """In the order of the flowsheet's outlets; the first is primary."""
    expired_in: Mapping[str, float]
    """Scrapped in this step's inlet buffers for waiting too long, by buffer name, in that buffer's stream."""
    operator_h: float
    """Operator hours held by this step [h]."""

    @property
    def out_open_start(self) -> float:
        """Finished but not yet handed on (blocked, hold) at the start of the window, primary outlet."""
        return self.outlets[0].open_start if self.outlets else 0.0

    @property
    def out_open_end(self) -> float:
        """Finished but not yet handed on (blocked, hold) at the end of the window, primary outlet."""
        return self.outlets[0].open_end if self.outlets else 0.0


@dataclass(frozen=True, slots=True)
class BufferLedger:
    """One buffer: amounts in the unit of its stream."""

    level_start: float
    level_end: float
    mean_level: float
    """Time average [unit]."""


@dataclass(frozen=True, slots=True)
class TankLedger:
    """One tank [kg]."""

    bought: float
    drawn: float
    recovered: float
    """Returned, overflow included."""
    overflow: float
    level_start: float
    level_end: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """All of one replication that the roll-up needs."""

    window_h: float
    """Length of the window; of one that is open more or less of its time than a year, the length of the part of a year
    that is open as long [h]."""
    steps: Mapping[str, StepLedger]
    """By name of the step in the line's route."""
    buffers: Mapping[str, BufferLedger]
    """By buffer name."""
    tanks: Mapping[str, TankLedger]
    """By material."""
    shipped: float
    """Good product shipped [unit]."""
    shipped_lots: float
    lead_time_h: float
    """Amount-weighted mean time from release to shipping; nan if nothing was shipped [h]."""
    lead_time_growth: float
    """Mean lead time in open hours of what shipped in the last quarter of the window over that in the second; nan if
    either shipped fewer than ten lots [1]."""
    quality: float
    """Amount-weighted mean quality of what was shipped; nan if nothing was [mS/cm], or 1 if nothing sets a quality."""
    wip: float
    """Time-average product-equivalent in the line [unit]."""
    operator_h: float
    """Operator hours held [h]."""
    overtime_h: float
    """Of these, in closed hours [h]."""
    closure: float
    """Largest relative violation of the closure identities [1]."""


def reduce(log: Log, line: Line, *, view: View | None = None) -> Ledger:
    """Return the ledger of one replication: hours, amounts and counts in [warm-up, end).

    Parameters
    ----------
    log : Log
        The event log, with its END rows.
    line : Line
        The line that was simulated.
    view : View or None, default=None
        The log by kinds, if it has been sorted already.

    Returns
    -------
    Ledger
        Levels at the start of the window come from the rows before it, stock at the end from the END rows; that the
        rows in between lead from the one to the other is what `closure` says.

    Notes
    -----
    The state of a machine with slots is that of its worst or busiest slot: down if any slot is down, else run if
    any runs, else clean, setup, blocked, waiting, starved in this order. Hours in which the calendar of the step is
    closed are off_shift if the machine was starved, blocked or waiting, or running in a step that pauses.

    The window counts as so much of a year as its open hours are of the year's: closed hours of the plant are as many as
    go with them, and machines that are always open have proportionally more or fewer hours.

    Charges count as inside from the moment they are taken, those of a first step from their start.
    """
    view, plan, maps = View(log) if view is None else view, log.plan, Places(log.plan)
    factor = like_the_year(plan, line.sizing.open_hours_per_year)
    flows = _flows(view, maps)
    ends = _ends(view, maps)
    levels = _mean_levels(view, maps)
    crew = _operators(view, line, maps)
    hours, slot_run = machine_hours(log, maps)
    hours = in_proportion(hours, maps, plan, factor)
    starts, failures = _starts(view, maps), _failures(view, maps)
    lost = view[Kind.LOSS].inside()
    judged = _inspections(view, maps)
    operations, cleans = view[Kind.FINISH].counts(maps.steps), view[Kind.CLEAN].counts(maps.steps)
    materials = list(line.route.tanks)
    steps: dict[str, StepLedger] = {}
    for number, (step, item) in enumerate(zip(line.route.steps, plan.steps, strict=True)):
        drawn = {materials[tank]: number * maps.tanks + tank for tank, _ in item.draws}
        returned = {materials[tank]: number * maps.tanks + tank for tank, _ in item.recoveries}
        steps[step.id] = StepLedger(
            hours=(mine := hours[maps.first[number] : maps.first[number + 1]]),
            state_h=dict(zip(STATES, mine.sum(axis=0).tolist(), strict=True)),
            slot_run_h=float(slot_run[number]),
            taken=float(flows["taken"].within[number]),
            started=float(flows["started"].within[number]),
            finished=float(flows["finished"].within[number]),
            operations=int(operations[number]),
            starts=int(starts[number]),
            cleans=int(cleans[number]),
            failures=int(failures[number]),
            lost=_losses(lost.where(lost.step == number), item),
            scrapped=float(flows["scrapped"].within[number]),
            reworked=float(flows["reworked"].within[number]),
            inspected=float(judged[0][number]),
            passed_first=float(judged[1][number]),
            inspected_first=float(judged[2][number]),
            open_start=float(flows["inside"].before[number]),
            open_end=float(ends["charge"][number]),
            drawn={name: float(flows["drawn"].within[code]) for name, code in drawn.items()},
            drawn_open_start={name: float(flows["drawn_open"].before[code]) for name, code in drawn.items()},
            drawn_open_end={name: float(flows["drawn_open"].end[code]) for name, code in drawn.items()},
            recovered={name: float(flows["returned"].within[code]) for name, code in returned.items()},
            recovered_open_start={name: float(flows["due"].before[code]) for name, code in returned.items()},
            recovered_open_end={name: float(flows["due"].end[code]) for name, code in returned.items()},
            outlets=tuple(_outlet(flows, ends, number * maps.wide + index) for index in range(len(item.outlets))),
            expired_in={
                buffer.name: float(flows["expired"].within[index])
                for index, buffer in enumerate(plan.buffers)
                if buffer.consumer == number and flows["expired"].within[index]
            },
            operator_h=float(crew[0][number]),
        )
    ship = view[Kind.SHIP].inside()
    lead_time_h, quality = _shipped(view)
    _, change, remaining = _wip(view, line, maps)
    return Ledger(
        window_h=plan.horizon_h * factor,
        steps=steps,
        buffers={
            buffer.name: BufferLedger(
                float(flows["level"].before[index]), float(ends["buffer"][index]), float(levels[index])
            )
            for index, buffer in enumerate(plan.buffers)
        },
        tanks={name: _tank(flows, ends, plan, index) for index, name in enumerate(materials)},
        shipped=float(ship.amount.sum()),
        shipped_lots=len(ship.amount),
        lead_time_h=lead_time_h,
        lead_time_growth=_growth(view),
        quality=quality,
        wip=weighed(change, remaining),
        operator_h=float(crew[0].sum()),
        overtime_h=crew[1],
        closure=closure.check(log),
    )


def shipped(log: Log) -> float:
    """Return what shipped in the window, without the rest of the ledger [unit]."""
    return float(View(log)[Kind.SHIP].inside().amount.sum())


def _losses(lost: Part, step: PlanStep) -> dict[str, float]:
    """Return what a step lost, by the event that it is lost at."""
    losses: dict[str, float] = {}
    for index, loss in enumerate(step.losses):
        losses[loss.per] = losses.get(loss.per, 0.0) + float(lost.amount[lost.place == index].sum())
    return losses


def _tank(flows: Mapping[str, Sums], ends: Mapping[str, Floats], plan: Plan, index: int) -> TankLedger:
    return TankLedger(
        bought=float(flows["bought"].within[index]),
        drawn=float(flows["draw"].within[index]),
        recovered=float(flows["recovered"].within[index]),
        overflow=float(flows["overflow"].within[index]),
        level_start=float(flows["tank"].before[index]) + plan.tanks[index].initial_kg,
        level_end=float(ends["tank"][index]),
    )


def _outlet(flows: Mapping[str, Sums], ends: Mapping[str, Floats], code: int) -> OutletLedger:
    return OutletLedger(
        shipped=float(flows["shipped"].within[code]),
        dumped=float(flows["dumped"].within[code]),
        open_start=float(flows["outlet"].before[code]),
        open_end=float(ends["outlet"][code]),
    )


def _flows(view: View, maps: Places) -> dict[str, Sums]:
    """Return what moved, by step, buffer, tank or outlet."""
    codes = maps.steps * maps.wide
    take, put, finish = view[Kind.TAKE], view[Kind.PUT], view[Kind.FINISH]
    scrap, loss, dump, ship = view[Kind.SCRAP], view[Kind.LOSS], view[Kind.DUMP], view[Kind.SHIP]
    expired, failed = scrap.where(scrap.place != NO_PLACE), scrap.where(scrap.place == NO_PLACE)
    primary = take.where(maps.inlet[take.place] == 0)
    back = put.where(maps.rework[put.place])
    started, finished = view[Kind.START].sums(view[Kind.START].step, maps.steps), finish.sums(finish.step, maps.steps)
    taken = primary.sums(primary.step, maps.steps) + started.times(maps.source.astype(float))
    shipped = ship.sums(maps.code(ship.step, maps.ship[ship.step]), codes)
    dumped = dump.sums(maps.code(dump.step, dump.place), codes)
    made = finished.spread(maps.factor)
    gone = put.sums(maps.code(put.step, maps.outlet[put.step, put.place]), codes) + shipped + dumped
    gone = gone + failed.sums(maps.code(failed.step, 0), codes) + loss.sums(maps.code(loss.step, 0), codes)
    draw, buy, back_in, over = (view[kind] for kind in (Kind.DRAW, Kind.BUY, Kind.RECOVER, Kind.OVERFLOW))
    drawn = draw.sums(draw.step * maps.tanks + draw.place, maps.steps * maps.tanks)
    used = finished.spread(maps.coefficient)
    due = finished.spread(maps.recovery)
    returned = back_in.sums(back_in.step * maps.tanks + back_in.place, maps.steps * maps.tanks)
    tank = {
        "draw": draw.sums(draw.place, maps.tanks),
        "bought": buy.sums(buy.place, maps.tanks),
        "recovered": back_in.sums(back_in.place, maps.tanks),
        "overflow": over.sums(over.place, maps.tanks),
    }
    puts, takes = put.sums(put.place, maps.buffers), take.sums(take.place, maps.buffers)
    lapsed = expired.sums(expired.place, maps.buffers)
    return {
        **tank,
        "tank": tank["bought"] + tank["recovered"] - tank["overflow"] - tank["draw"],
        "started": started,
        "finished": finished,
        "taken": taken,
        "inside": taken - finished,
        "drawn": drawn,
        "drawn_open": drawn - used,
        "returned": returned,
        "due": due - returned,
        "made": made,
        "gone": gone,
        "outlet": made - gone,
        "shipped": shipped,
        "dumped": dumped,
        "scrapped": failed.sums(failed.step, maps.steps),
        "reworked": back.sums(back.step, maps.steps),
        "puts": puts,
        "expired": lapsed,
        "takes": takes,
        "level": puts - takes - lapsed,
    }


def _mean_levels(view: View, maps: Places) -> Floats:
    """Return the time average of what is in each buffer."""
    put, take, scrap = view[Kind.PUT], view[Kind.TAKE], view[Kind.SCRAP]
    expired = scrap.where(scrap.place != NO_PLACE)
    came, went, lapsed = (part.mean(part.place, maps.buffers) for part in (put, take, expired))
    return came - went - lapsed


def _ends(view: View, maps: Places) -> dict[str, Floats]:
    """Return the stock that the END rows report."""
    codes = maps.steps * maps.wide
    charge, hold, outlet = view[Kind.END_CHARGE], view[Kind.END_HOLD], view[Kind.END_OUTLET]
    servers = len(maps.step_of)
    running = np.bincount(view[Kind.START].server, minlength=servers)
    running -= np.bincount(view[Kind.FINISH].server, minlength=servers)
    # a first step that waits for its crew has taken nothing yet
    real = charge.where((running[charge.server] > 0) | ~maps.source[charge.step])
    by_outlet = count(maps.code(outlet.step, outlet.place), outlet.amount, codes)
    return {
        "charge": count(real.step, real.amount, maps.steps),
        "outlet": by_outlet + count(maps.code(hold.step, 0), hold.amount, codes),
        "buffer": count(view[Kind.END_BUFFER].place, view[Kind.END_BUFFER].amount, maps.buffers),
        "tank": count(view[Kind.END_TANK].place, view[Kind.END_TANK].amount, maps.tanks),
    }


def _operators(view: View, line: Line, maps: Places) -> tuple[Floats, float]:
    """Return operator hours by step, and those in closed hours."""
    plan = view.plan
    hours, closed = np.zeros(maps.steps), 0.0
    for index, resource in enumerate(plan.resources):
        if resource.name in line.route.places:
            continue
        calendar = plan.calendars[resource.calendar]
        for kind, sign in ((Kind.ACQUIRE, 1.0), (Kind.RELEASE, -1.0)):
            part = view[kind].where(view[kind].place == index)
            hours += sign * plan.horizon_h * part.mean(part.step, maps.steps)
            times = np.maximum(part.time, plan.warm_up_h)
            shut = (plan.end_h - times) - (opened(calendar, plan.end_h) - opened(calendar, times, plan.end_h))
            closed += sign * weighed(part.amount, shut)
    return hours, max(0.0, closed)


def _starts(view: View, maps: Places) -> Ints:
    """Return the operations that did not directly follow another, by step."""
    start, finish = view[Kind.START], view[Kind.FINISH]
    # the end of the last operation of the same server: both lists are in order of server and time
    a, b = np.argsort(start.server, kind="stable"), np.argsort(finish.server, kind="stable")
    begins, ends = np.bincount(start.server, minlength=1), np.bincount(finish.server, minlength=1)
    offset_a = np.cumsum(begins) - begins
    rank = np.arange(len(a)) - np.repeat(offset_a, begins)
    size = max(len(begins), len(ends))
    offset_b = np.cumsum(np.bincount(finish.server, minlength=size)) - np.bincount(finish.server, minlength=size)
    before = offset_b[start.server[a]] + rank - 1
    ended = np.full(len(a), -1.0)
    follows = rank > 0
    ended[follows] = finish.time[b][before[follows]]
    fresh = (start.time[a] - ended > COINCIDENCE_H) & (a >= start.early)
    return np.bincount(start.step[a][fresh], minlength=maps.steps)


def _failures(view: View, maps: Places) -> Ints:
    """Return the failures in the window, by step; one that stops several slots counts once."""
    down = view[Kind.DOWN].inside()
    down = down.where(down.place != NO_PLACE)
    machine = maps.machine_of[down.server]
    order = np.lexsort((down.time, machine))
    machine, time = machine[order], down.time[order]
    fresh = np.ones(len(time), dtype=bool)
    fresh[1:] = (machine[1:] != machine[:-1]) | (time[1:] != time[:-1])
    return np.bincount(maps.machine_step[machine[fresh]], minlength=maps.steps)


def _inspections(view: View, maps: Places) -> tuple[Floats, Floats, Floats]:
    """Return inspected, passed at first and first inspected amounts by step; *place* counts earlier reworks."""
    good, bad = view[Kind.PASS].inside(), view[Kind.FAIL].inside()
    every, passed, first = (np.zeros(maps.steps) for _ in range(3))
    for part in (good, bad):
        fresh = part.where((part.place == 0) | (part.place == NO_PLACE))
        every += count(part.step, part.amount, maps.steps)
        amounts = count(fresh.step, fresh.amount, maps.steps)
        first += amounts
        passed += amounts if part is good else 0.0
    return every, passed, first


def _shipped(view: View) -> tuple[float, float]:
    """Return the amount-weighted means of shipping time less birth time [h], and of quality."""
    ship = view[Kind.SHIP]
    amount, spent = ship.amount[ship.early :], ship.time[ship.early :] - _beside(view, Kind.CARRY)
    quality, total = _beside(view, Kind.QUALITY), float(amount.sum())
    return (weighed(amount, spent) / total, weighed(amount, quality) / total) if total else (math.nan, math.nan)


def _growth(view: View) -> float:
    """Return the mean lead time in the plant's open hours of the last quarter of the window over that of the second."""
    plan, ship = view.plan, view[Kind.SHIP]
    amount, shipped_h, born_h = ship.amount[ship.early :], ship.time[ship.early :], _beside(view, Kind.CARRY)
    calendar, means = plan.calendars[0], []
    for quarter in (1, 3):
        begin_h = plan.warm_up_h + 0.25 * quarter * plan.horizon_h
        inside = (shipped_h >= begin_h) & (shipped_h < begin_h + 0.25 * plan.horizon_h)
        if np.count_nonzero(inside) < FEWEST_LOTS:
            return math.nan
        spent = opened(calendar, shipped_h[inside], plan.end_h) - opened(calendar, born_h[inside], plan.end_h)
        means.append(weighed(amount[inside], spent) / float(amount[inside].sum()))
    return means[1] / means[0] if means[0] > 0.0 else math.nan


def _beside(view: View, kind: Kind) -> Floats:
    """Return what the rows of a kind say of the lots shipped in the window."""
    ship, part = view[Kind.SHIP], view[kind]
    if len(ship.lot) != len(part.lot) or not np.array_equal(ship.lot, part.lot):
        raise ValueError(f"expected a {kind.name} row for every SHIP row, in the same order")
    return part.amount[ship.early :]


def inlet_stream(line: Line, step: str, inlet: int) -> Stream:
    """Return the stream that arrives at one inlet of a step."""
    edge = line.graph.inlets(step)[inlet].edges[0]
    return line.flowsheet.steps[edge.source].outlets[edge.outlet].stream


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Units of shipped product that one unit becomes, by where it is."""

    steps: Mapping[str, float]
    """Per unit of primary inlet of a step."""
    inlets: Mapping[tuple[str, int], float]
    """Per unit of one inlet's stream."""
    outlets: Mapping[tuple[str, int], float]
    """Per unit of one outlet's stream."""


def equivalents(line: Line) -> Equivalents:
    """Return how much shipped product a unit of every stream becomes, without events and rejects.

    Where streams are merged, what they become together is shared among them by mass, so that work in process
    counts nothing twice; elsewhere, in a route by itself, it is the flowsheet's product_per_unit.
    """
    graph, flows = line.graph, line.flowsheet.steps
    steps: dict[str, float] = {}
    inlets: dict[tuple[str, int], float] = {}
    outlets: dict[tuple[str, int], float] = {}
    for name in reversed(graph.order):
        total = 0.0
        for number, outlet in enumerate(flows[name].outlets):
            value = 1.0 if outlet.places == ("ship",) else 0.0
            parts = {place: line.flowsheet.forked.get((name, place), 1.0) for place in outlet.places}
            for place in (place for place in parts if place in graph.steps):
                groups = graph.inlets(place)
                index = next(i for i, group in enumerate(groups) if any(e.source == name for e in group.edges))
                value += inlets[place, index] * parts[place] / sum(parts.values())
            outlets[name, number] = value
            total += outlet.factor * value
        steps[name] = total
        groups = graph.inlets(name)
        mass = [group.ratio * sum(inlet_stream(line, name, i).kg_per_unit.values()) for i, group in enumerate(groups)]
        for index, group in enumerate(groups):
            inlets[name, index] = total * mass[index] / (sum(mass) or 1.0) / group.ratio
    return Equivalents(steps, inlets, outlets)


def _wip(view: View, line: Line, maps: Places) -> tuple[Floats, Floats, Floats]:
    """Return (time, product-equivalents that came or went, share of the window that comes after) of rows."""
    plan, worth = view.plan, equivalents(line)
    names = [step.id for step in line.route.steps]
    at_step = np.array([worth.steps[name] for name in names])
    at_outlet = np.zeros((maps.steps, maps.wide))
    for number, name in enumerate(names):
        for index in range(len(plan.steps[number].outlets)):
            at_outlet[number, index] = worth.outlets[name, index]
    at_buffer = np.zeros(maps.buffers)
    for index, buffer in enumerate(plan.buffers):
        name = names[buffer.consumer]
        at_buffer[index] = worth.steps[name] if buffer.rework else worth.inlets[name, int(maps.inlet[index])]
    start, ship, put, scrap = view[Kind.START], view[Kind.SHIP], view[Kind.PUT], view[Kind.SCRAP]
    start = start.where(maps.source[start.step])
    expired, failed = scrap.where(scrap.place != NO_PLACE), scrap.where(scrap.place == NO_PLACE)
    loss, dump = view[Kind.LOSS], view[Kind.DUMP]
    changes = [
        (start, at_step[start.step]),
        (put, at_buffer[put.place] - at_outlet[put.step, maps.outlet[put.step, put.place]]),
        (ship, -at_outlet[ship.step, maps.ship[ship.step]]),
        (dump, -at_outlet[dump.step, dump.place]),
        (failed, -at_outlet[failed.step, 0]),
        (loss, -at_outlet[loss.step, 0]),
        (expired, -at_buffer[expired.place]),
    ]
    return (
        np.concatenate([part.time for part, _ in changes]),
        np.concatenate([part.amount * worth for part, worth in changes]),
        np.concatenate([part.share for part, _ in changes]),
    )


def timeline(log: Log, line: Line, *, bin_h: float = 24.0, view: View | None = None) -> pd.DataFrame:
    """Return how much is shipped and how much is in the line over time, from time 0 on.

    Parameters
    ----------
    bin_h : float, default=24
        Length of one row [h].
    view : View or None, default=None
        The log by kinds, if it has been sorted already.

    Returns
    -------
    DataFrame
        Columns time_h (end of the row's time), shipped (in the row's time [unit]) and wip (product-equivalent in the
        line at its end [unit]).
    """
    view, maps = View(log) if view is None else view, Places(log.plan)
    number = max(1, int(np.ceil(log.plan.end_h / bin_h - 1e-9)))
    edges = np.arange(number + 1) * bin_h
    ship = view[Kind.SHIP]
    time, change, _ = _wip(view, line, maps)
    return pd.DataFrame(
        {
            "time_h": np.minimum(edges[1:], log.plan.end_h),
            "shipped": np.histogram(ship.time, edges, weights=ship.amount)[0],
            "wip": np.cumsum(np.histogram(time, edges, weights=change)[0]),
        }
    )
