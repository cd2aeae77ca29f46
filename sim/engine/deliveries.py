"""What happens to a product: quality, hold, inspection, and the way out."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sim.distributions import Law
from sim.engine.operations import Line
from sim.engine.places import TOLERANCE, Lot, Parcel
from sim.events import Kind
from sim.plan import SHIP

if TYPE_CHECKING:
    from sim.engine.servers import Server

__all__ = ["Delivery"]


class Delivery:
    """The way of lots out of one server."""

    __slots__ = ("_draws", "_line", "_plan", "_server")

    def __init__(self, line: Line, server: Server, number: int) -> None:
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

    def send(self, lot: Lot) -> None:
        """Send the product of an operation on its way; what finds no room joins the parcels of the server."""
        self._improve(lot)
        if self._plan.hold_h is None:
            self._judge(lot)
        else:
            self._hold(lot)

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
        book = self._line.book
        timer = book.clock.timer(lambda _: self._let_out(parcel), book.drain)
        book.clock.at(timer, self._server.priority, book.clock.now + self._draws["hold"]())

    def _let_out(self, parcel: Parcel) -> None:
        self._server.step.held.remove(parcel)
        self._judge(parcel.lots[0], held=True)

    def _judge(self, lot: Lot, *, held: bool = False) -> None:
        """Inspect *lot* and send it where it belongs."""
        plan = self._plan
        inspection = plan.inspection
        if inspection is None or self._passes(lot):
            self.emit(lot, 0, plan.outlets[0].places, held=held)
        elif inspection.rework is not None and lot.passes < inspection.max_passes:
            lot.passes += 1
            self.emit(lot, 0, (inspection.rework,), held=held, failed=True)
        else:
            self.emit(lot, 0, (inspection.fail_place,), held=held, failed=True)

    def _passes(self, lot: Lot) -> bool:
        inspection = self._plan.inspection
        if inspection.limit is not None:
            measured = lot.quality * self._draws["error"]() if inspection.error is not None else lot.quality
            self._server.write(Kind.MEASURE, measured, lot.number)
            good = measured >= inspection.limit
        else:
            good = self._draws["inspection"]() < inspection.pass_probability
        good = bool(good)
        self._server.write(Kind.PASS if good else Kind.FAIL, lot.amount, lot.number)
        return good

    def emit(self, lot: Lot, outlet: int, where: tuple[int, ...], *, held: bool = False, failed: bool = False) -> None:
        """Send *lot* out, cut to the size of the outlet's lots unless it failed."""
        size = self._plan.outlets[outlet].lot_size
        lots = deque([lot]) if failed else self._cut(lot, size)
        if where[0] >= 0:
            self._put(lots, outlet, where, held=held)
            return
        for item in lots:
            if held:
                self._server.write(Kind.FREE, item.amount, item.number)
            if where[0] == SHIP:
                self._server.write(Kind.SHIP, item.amount, item.number)
                self._server.write(Kind.CARRY, item.birth, item.number)
            elif failed:
                self._server.write(Kind.SCRAP, item.amount, item.number)
            else:
                self._server.write(Kind.DUMP, item.amount, item.number, outlet)

    def _put(self, lots: deque[Lot], outlet: int, where: tuple[int, ...], *, held: bool) -> None:
        parcel = Parcel(self._server, outlet, lots, tuple(self._line.buffers[place] for place in where), held=held)
        if parcel.send():
            return
        if held:
            self._server.step.held.append(parcel)
        else:
            self._server.parcels.append(parcel)

    def _cut(self, lot: Lot, size: float) -> deque[Lot]:
        """Return *lot* in pieces of *size*; the last one keeps its number."""
        pieces: deque[Lot] = deque()
        while lot.amount > size * (1.0 + TOLERANCE):
            pieces.append(lot.part(self._line.book.number(), size))
            lot.amount -= size
        pieces.append(lot)
        return pieces
