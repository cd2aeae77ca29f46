"""The discrete-event engine: a plan in, an event log out.

=============  =========================================================================
line           builds all parts of a line, runs them on SimPy's clock; the only public name is here
servers        the life of a server, as a story
visits         the same story for servers that need only a part of it, written for speed
slots          machines with several slots
steps          how idle servers come by their charges
operations     phases, failure modes and what one operation is
deliveries     what happens to a product: quality, hold, inspection, outlets
places         lots, buffers and tanks
resources      calendars and shared resources
liveness       deadlocks
=============  =========================================================================
"""

from sim.engine.line import simulate

__all__ = ["simulate"]
