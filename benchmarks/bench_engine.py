"""Speed of the engine against a minimal SimPy model of the same line, alternating in one process.

Ten stations in series, one machine each, ten lots between them, exponential times, 20,000 lots. The engine keeps its
whole event log; the minimal model keeps nothing.
"""

import statistics
import time

import numpy as np
import pytest
import simpy

from sim.engine import SHIP, Kind, Outlet, Phase, Plan, PlanBuffer, PlanStep, generator, simulate
from sim.inputs import Law, Sampler

STATIONS = 10
ROOM = 10
LOTS = 20_000
ROUNDS = 7
HORIZON = 24_000.0


def line():
    steps = [
        PlanStep(
            f"bench/station_{index}",
            inlets=((index - 1, 1.0),) if index else (),
            charge_max=1.0,
            one_lot=True,
            phases=(Phase("run", Law("exponential", (1.0,))),),
            outlets=(Outlet((index,) if index < STATIONS - 1 else (SHIP,), 1.0),),
        )
        for index in range(STATIONS)
    ]
    buffers = tuple(PlanBuffer(f"buffer_{index}", index + 1, float(ROOM), "lots") for index in range(STATIONS - 1))
    return Plan("bench", 0.0, HORIZON, tuple(steps), buffers)


def run_engine():
    rows = simulate(line(), seed=0, replication=0).rows
    return int(np.count_nonzero(rows["kind"] == Kind.FINISH))


def run_minimal():
    """Run the shortest model of the same line; the same random numbers, so every visit is the same."""
    env = simpy.Environment()
    stores = [simpy.Store(env, capacity=ROOM) for _ in range(STATIONS - 1)]
    visits = 0

    def station(index):
        nonlocal visits
        draw = Sampler(Law("exponential", (1.0,)), generator(0, 0, f"bench/station_{index}/0/phase 0")).draw
        lot = 0
        while True:
            lot = (yield stores[index - 1].get()) if index else lot + 1
            yield env.timeout(draw())
            visits += 1
            if index < STATIONS - 1:
                yield stores[index].put(lot)

    for index in range(STATIONS):
        env.process(station(index))
    env.run(until=HORIZON)
    return visits


def timed(run):
    start = time.perf_counter()
    visits = run()
    return visits, visits / (time.perf_counter() - start)


@pytest.mark.benchmark
def test_engine_is_faster_than_minimal_simpy():
    ratios, engine, minimal = [], [], []
    for _ in range(ROUNDS):
        ours, rate = timed(run_engine)
        engine.append(rate)
        theirs, rate = timed(run_minimal)
        minimal.append(rate)
        assert ours == theirs
        ratios.append(engine[-1] / minimal[-1])
    median = statistics.median(ratios)
    rates = [statistics.median(rates) / STATIONS for rates in (engine, minimal)]
    print(f"\nengine {rates[0]:,.0f} lots/s, minimal {rates[1]:,.0f} lots/s")
    print(f"ratio: median {median:.2f}, worst {min(ratios):.2f}")
    assert median >= 1.5
