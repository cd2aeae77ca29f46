"""What happens to a product: quality, hold, inspection, and the way out."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from sim.engine.log import NO_PLACE, Kind
from sim.engine.operations import Line, Station
from sim.engine.places import TOLERANCE, Buffer, Lot, Parcel
from sim.engine.plan import SHIP, Inspection, Outlet
from sim.inputs import Law

__all__ = ["Delivery"]


class Way(NamedTuple):
    """A way out of a server."""

    buffers: tuple[Buffer, ...]
    """Where lots go, in order of preference; empty if they leave the line."""
    limit: float
    """What is larger is cut to the lots of the outlet [kg or m2]."""
    outlet: int
    end: Kind
    """How lots leave the line: SHIP, DUMP or SCRAP."""


class Delivery:
    """The way of lots out of one server."""

    __slots__ = ("_draws", "_line", "_plan", "_rework", "_scrap", "_server", "_simple", "_ways")

    def __init__(self, line: Line, server: Station, number: int) -> None:
        plan = server.step.plan
        inspection = plan.inspection
        laws: dict[str, Law | None] = {
            "hold": plan.hold_h,
            "quality": plan.quality_set,
            "quality factor": plan.quality_factor,
            "error": inspection.error if inspection else None,
            "inspection": Law("uniform", (0.0, 1.0)) if inspection else None,
        }
        self._draws = {name: line.sampler(plan, number, name, law) for name, law in laws.items() if law is not None}
        self._line = line
        self._plan = plan
        self._server = server
        self._simple = not self._draws
        """Whether nothing happens to a product on its way."""
        self._ways = [self._way(index, outlet) for index, outlet in enumerate(plan.outlets)]
        if inspection is not None:
            self._scrap = self._way(0, Outlet((inspection.fail_place,), 1.0), Kind.SCRAP)
            self._rework = self._scrap if inspection.rework is None else self._way(0, Outlet((inspection.rework,), 1.0))

    def _way(self, number: int, outlet: Outlet, end: Kind = Kind.DUMP) -> Way:
        buffers = tuple(self._line.buffers[place] for place in outlet.places if place >= 0)
        limit = outlet.lot_size * (1.0 + TOLERANCE)
        return Way(buffers, limit, number, Kind.SHIP if outlet.places[0] == SHIP else end)

    def send(self, lot: Lot) -> None:
        """Send the product of an operation on its way; what finds no room joins the parcels of the server."""
        if self._simple:
            self._emit(lot, self._ways[0])
            return
        self._improve(lot)
        if self._plan.hold_h is None:
            self._judge(lot)
        else:
            self._hold(lot)

    def send_aside(self, lot: Lot, outlet: int) -> None:
        """Send a by-product out of *outlet*."""
        self._emit(lot, self._ways[outlet])

    def _improve(self, lot: Lot) -> None:
        plan = self._plan
        if plan.quality_set is not None:
            lot.quality = self._draws["quality"]()
        if plan.quality_factor is not None:
            lot.quality *= self._draws["quality factor"]()

    def _hold(self, lot: Lot) -> None:
        """Let *lot* wait for its release beside the machine."""
        self._server.write(Kind.HOLD, lot.amount, lot.number)
        parcel = Parcel(self._server, 0, deque([lot]), (), held=True)
        self._server.step.held.append(parcel)
        clock = self._line.book.clock
        timer = clock.timer(lambda _: self._let_out(parcel))
        clock.at(timer, self._server.priority, clock.now + self._draws["hold"]())

    def _let_out(self, parcel: Parcel) -> None:
        self._server.step.held.remove(parcel)
        self._judge(parcel.lots[0], held=True)

    def _judge(self, lot: Lot, *, held: bool = False) -> None:
        """Inspect *lot* and send it where it belongs."""
        inspection = self._plan.inspection
        if inspection is None or self._passes(lot, inspection):
            self._emit(lot, self._ways[0], held=held)
        elif lot.passes < inspection.max_passes and inspection.rework is not None:
            lot.passes += 1
            self._emit(lot, self._rework, held=held)
        else:
            self._emit(lot, self._scrap, held=held)

    def _passes(self, lot: Lot, inspection: Inspection) -> bool:
        if inspection.limit is not None:
            measured = lot.quality * self._draws["error"]() if inspection.error is not None else lot.quality
            self._server.write(Kind.MEASURE, measured, lot.number)
            good = measured >= inspection.limit
        else:
            good = self._draws["inspection"]() < (inspection.pass_probability or 0.0)
        self._server.write(Kind.PASS if good else Kind.FAIL, lot.amount, lot.number, lot.passes)
        return good

    def _emit(self, lot: Lot, way: Way, *, held: bool = False) -> None:
        """Send *lot* out, cut if it is too large."""
        buffers = way.buffers
        if not buffers:
            for item in self._cut(lot, way):
                self._leave(item, way, held=held)
            return
        if lot.amount <= way.limit:
            first = buffers[0]
            if not first.waiting and first.has_room(lot):
                first.put(lot, self._server, held=held)
                return
        parcel = Parcel(self._server, way.outlet, self._cut(lot, way), buffers, held=held)
        if not parcel.send():
            if held:
                self._server.step.held.append(parcel)
                self._server.step.stop()
            else:
                self._server.parcels.append(parcel)

    def _leave(self, lot: Lot, way: Way, *, held: bool) -> None:
        """Note that *lot* leaves the line."""
        write = self._server.write
        if held:
            write(Kind.FREE, lot.amount, lot.number)
        write(way.end, lot.amount, lot.number, way.outlet if way.end == Kind.DUMP else NO_PLACE)
        if way.end == Kind.SHIP:
            write(Kind.CARRY, lot.birth, lot.number)
            write(Kind.QUALITY, lot.quality, lot.number)

    def _cut(self, lot: Lot, way: Way) -> deque[Lot]:
        """Return *lot* in pieces of the size of the outlet's lots; the last one keeps its number."""
        pieces: deque[Lot] = deque()
        while lot.amount > way.limit:
            size = self._plan.outlets[way.outlet].lot_size
            pieces.append(lot.part(self._line.book.number(), size))
            lot.amount -= size
        pieces.append(lot)
        return pieces
