"""The short life of a server that only takes a lot, runs and hands it on.

It writes the same rows in the same order as `Server.life` (a test compares the bytes), with everything left out that
such a server cannot need: no resources, failures, losses or inspections, one phase, one outlet. Most visits of most
lines are of this kind, so here, and only here, rows are packed in pairs and alarms are set without a call.
"""

from __future__ import annotations

import math
from collections import deque
from heapq import heappush
from struct import Struct
from typing import TYPE_CHECKING

from sim.engine.places import Parcel
from sim.events import NO_PLACE, ROW_FORMAT, Kind
from sim.plan import SHIP

if TYPE_CHECKING:
    from sim.engine.operations import Life
    from sim.engine.servers import Server

__all__ = ["is_simple", "visits"]

ONE_ROW = Struct(ROW_FORMAT).pack
TWO_ROWS = Struct(ROW_FORMAT + ROW_FORMAT[1:]).pack
FOUR_ROWS = Struct(ROW_FORMAT + 3 * ROW_FORMAT[1:]).pack
TAKE, START, FINISH, PUT, SHIPPED, CARRY, QUALITY = map(
    int, (Kind.TAKE, Kind.START, Kind.FINISH, Kind.PUT, Kind.SHIP, Kind.CARRY, Kind.QUALITY)
)


def is_simple(server: Server) -> bool:
    """Return whether the short life is all there is to *server*."""
    step, plan = server.step, server.step.plan
    richer = (
        server.machine,
        plan.failures, plan.setup_h, plan.clean, plan.losses, plan.held,
        plan.hold_h, plan.quality_set, plan.quality_factor, plan.inspection,
        plan.draws, plan.recoveries, plan.pause, step.rework,
    )  # fmt: skip
    if any(item is not None and item not in (False, (), []) for item in richer):
        return False
    if len(plan.phases) != 1 or plan.phases[0].resources or len(plan.outlets) != 1 or len(plan.inlets) > 1:
        return False
    if plan.inlets and not (plan.one_lot and step.inlets[0][0].plain):
        return False
    outlet = plan.outlets[0]
    if len(outlet.places) != 1 or outlet.lot_size < math.inf:
        return False
    place = outlet.places[0]
    return place == SHIP or bool(place >= 0 and server.line.buffers[place].plain)


def visits(server: Server) -> Life:
    """Take a lot, run, hand it on, for ever."""
    step, book, clock, index = server.step, server.book, server.clock, server.index
    rows, heap, ticket = book.rows, clock.heap, clock.ticket
    timer, priority = server.timer, server.priority
    draw, per_amount = server.stages[0].draw, server.stages[0].per_amount
    number = step.index
    factor = step.plan.outlets[0].factor
    place = None if step.plan.outlets[0].places[0] == SHIP else server.line.buffers[step.plan.outlets[0].places[0]]
    inlet = step.inlets[0][0] if step.inlets else None
    now = clock.now
    while True:
        if inlet is None or not step.open or not inlet.lots:
            taken = server.take()
            lot = taken if taken is not None else (yield)
            now = clock.now
            rows += ONE_ROW(now, lot.amount, lot.number, number, index, NO_PLACE, START)
        else:
            lot = inlet.lots.popleft()
            inlet.level = inlet.level - lot.amount if inlet.lots else 0.0
            if inlet.waiting:
                rows += ONE_ROW(now, lot.amount, lot.number, number, index, inlet.index, TAKE)
                inlet.admit()
                rows += ONE_ROW(now, lot.amount, lot.number, number, index, NO_PLACE, START)
            else:
                rows += TWO_ROWS(
                    now, lot.amount, lot.number, number, index, inlet.index, TAKE,
                    now, lot.amount, lot.number, number, index, NO_PLACE, START,
                )  # fmt: skip
        server.charge = lot
        server.starved = True
        charge = lot.amount

        now += draw() * charge if per_amount else draw()
        heappush(heap, (now, priority, ticket(), timer))
        yield

        lot.amount = amount = charge * factor
        if place is None:
            rows += FOUR_ROWS(
                now, charge, lot.number, number, index, NO_PLACE, FINISH,
                now, amount, lot.number, number, index, NO_PLACE, SHIPPED,
                now, lot.birth, lot.number, number, index, NO_PLACE, CARRY,
                now, lot.quality, lot.number, number, index, NO_PLACE, QUALITY,
            )  # fmt: skip
        elif not place.waiting and place.has_room(lot):
            rows += TWO_ROWS(
                now, charge, lot.number, number, index, NO_PLACE, FINISH,
                now, amount, lot.number, number, index, place.index, PUT,
            )  # fmt: skip
            place.lots.append(lot)
            place.level += amount
            if place.consumer.idle:
                place.consumer.dispatch()
        else:
            rows += ONE_ROW(now, charge, lot.number, number, index, NO_PLACE, FINISH)
            server.block(Parcel(server, 0, deque([lot]), (place,), held=False))
            yield
            now = clock.now
