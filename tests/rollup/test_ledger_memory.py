"""Reducing a long log takes about twice the memory of the log itself, whatever it is made of."""

import tracemalloc

import pytest
from support import lines

from sim.engine import simulate
from sim.rollup.ledger import reduce


@pytest.mark.slow
def test_ten_years_are_reduced_in_twice_the_memory_of_their_log():
    line = lines.resolved(lines.WET, target_per_year=2e5, horizon_h=87600.0)
    log = simulate(line.plan, seed=1, replication=0)
    assert len(log.rows) > 8e5
    tracemalloc.start()
    try:
        ledger = reduce(log, line)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ledger.closure < 1e-9
    assert peak < 2.0 * log.rows.nbytes
