"""The discrete-event engine: a plan in, an event log out; the only room that knows SimPy.

=============  =========================================================================
plan           the engine's input: numbers and names, no callable, no price
log            the event log and its columns
random         seeds to streams of random numbers
choice         which engine runs a plan: SimPy, the compiled core, or both, compared
simulation     builds all parts of a line and runs them on SimPy's clock
servers        the life of a server, as a story
slots          machines with several slots
steps          how idle servers come by their charges
operations     phases, failure modes and what one operation is
deliveries     what happens to a product: quality, hold, inspection, outlets
places         lots, buffers and tanks
draws          laws and streams to values
quantiles      tables of the laws without a formula
arithmetic     log, exp and the normal law, the same bits on every machine
resources      calendars and shared resources
liveness       deadlocks
compiled       the same once more, compiled
=============  =========================================================================
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
