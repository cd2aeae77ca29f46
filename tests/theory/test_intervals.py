"""Confidence intervals hold the true mean as often as they say, on a queue whose mean is known exactly."""

import pytest
from scipy import stats

from sim.engine import simulate
from sim.engine.log import Kind
from sim.engine.plan import SHIP, Outlet, Phase, Plan, PlanStep, Release
from sim.inputs.laws import Law
from sim.results.statistics import interval

EXPERIMENTS, REPLICATIONS = 400, 10
ARRIVALS, SERVICE = 0.5, 1.0


def sojourn(seed, replication):
    """Mean time from arrival to departure in one replication of M/M/1 [h]."""
    law, release = Law("exponential", (1.0 / SERVICE,)), Release("interval", Law("exponential", (1.0 / ARRIVALS,)), -1)
    step = PlanStep(
        "theory/s", inlets=(), charge_max=1.0, one_lot=True, phases=(Phase("run", law),), outlets=(Outlet((SHIP,), 1.0),),
        release=release,
    )  # fmt: skip
    rows = simulate(Plan("queue", 50.0, 400.0, (step,)), seed=seed, replication=replication).rows
    rows = rows[(rows["kind"] == Kind.CARRY) & (rows["time_h"] >= 50.0)]
    return (rows["time_h"] - rows["amount"]).mean()


@pytest.mark.slow
def test_95_percent_of_400_intervals_hold_the_mean():
    exact = 1.0 / (SERVICE - ARRIVALS)  # M/M/1: 2 h
    held = 0
    for seed in range(EXPERIMENTS):
        found = interval([sojourn(seed, number) for number in range(REPLICATIONS)])
        held += found.low <= exact <= found.high
    assert held / EXPERIMENTS == pytest.approx(0.95, abs=0.03)
    # and not by being too wide: 400 experiments of a sure 95 % hold it 366 to 392 times in 99.9 % of all cases
    low, high = stats.binom.interval(0.999, EXPERIMENTS, 0.95)
    assert low <= held <= high
