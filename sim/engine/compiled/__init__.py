"""The engine once more, compiled: the same log to the byte, some twenty times as fast.

The files in C++ tell what those of `sim.engine` tell, under the same names, line by line: where Python yields, C++
co_awaits. SimPy stays the reference; a rule is changed there first, then here, and `sim.engine.choice` compares.

===============  ======================================================================
plan, checks     the Plan, read from a flat buffer, and what it must be to be run safely
arithmetic       log, exp and inverse normal, the same bits everywhere
random, draws    streams of uniform numbers, and values of laws from them
clock, log       alarms, lives and the rows of the log
places           lots, buffers and tanks
resources        calendars and shared resources
steps            how idle servers come by their charges
operations       phases, failure modes and what they need of their line
deliveries       what happens to a product
servers, slots   the life of a server, and machines with several slots
liveness         deadlocks
line             one replication: builds all parts and runs them
core             the plain C interface, and all of the above as one unit to compile
encoding.py      the Plan as a flat buffer
library.py       the library, called from Python
build.py         building it
===============  ======================================================================
"""
