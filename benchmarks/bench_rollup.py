"""How long the roll-up of one replication takes: the ledger of a million rows, and costs and KPIs of a ledger."""

import runpy
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.engine import simulate
from sim.rollup import kpi_table, reduce, rollup

lines = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "tests" / "unit" / "_lines.py")))
ROUNDS = 5
LEDGER_LIMIT_S = 1.0
ROLLUP_LIMIT_S = 0.1


def best(action):
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


@pytest.mark.benchmark
def test_rolling_up_is_quick():
    line = lines.resolved(lines.WET, target_per_year=2e5, horizon_h=8760.0 * 6)
    log = simulate(line.plan, seed=1, replication=0)
    ledger = reduce(log, line)
    million = best(lambda: reduce(log, line)) * 1e6 / len(log.rows)
    one = best(lambda: kpi_table(rollup(line, ledger)))
    print(f"\nledger: {million:.2f} s for a million rows; KPIs of one replication: {1000 * one:.1f} ms")
    assert million < LEDGER_LIMIT_S
    assert one < ROLLUP_LIMIT_S
