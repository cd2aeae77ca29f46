"""How long the roll-up of one replication takes: the ledger of a million rows, and costs and KPIs of a ledger."""

import time

import pytest
from support import lines

from sim.engine import simulate
from sim.rollup import kpi_table, reduce, rollup

ROUNDS = 5
LEDGER_LIMIT_S = 1.0
ROLLUP_LIMIT_S = 0.1


def best(action):
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        action()
        seconds.append(time.process_time() - begin)
    return min(seconds)


@pytest.mark.benchmark
def test_rolling_up_is_quick(row):
    line = lines.resolved(lines.WET, target_per_year=2e5, horizon_h=8760.0 * 6)
    log = simulate(line.plan, seed=1, replication=0)
    ledger = reduce(log, line)
    million = best(lambda: reduce(log, line)) * 1e6 / len(log.rows)
    one = best(lambda: kpi_table(rollup(line, ledger)))
    row("the ledger of a log of a million rows", f"{million:.2f} s", f"{LEDGER_LIMIT_S} s")
    row("costs and indicators of one replication", f"{1000 * one:.1f} ms", f"{1000 * ROLLUP_LIMIT_S:.0f} ms")
    assert million < LEDGER_LIMIT_S
    assert one < ROLLUP_LIMIT_S
