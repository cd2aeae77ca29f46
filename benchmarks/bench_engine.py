"""Speed of the engine against plain SimPy models of the same lines, alternating in one process.

A bundled line for a year, and ten stations in series. The engine keeps its whole event log; the plain models keep
nothing.
"""

import statistics
import time

import numpy as np
import pytest
import simpy
from twin import simulated

import sim
from sim.engine import SHIP, Engine, Kind, Outlet, Phase, Plan, PlanBuffer, PlanStep, Sampler, Source, simulate
from sim.inputs import Law

STATIONS = 10
ROOM = 10
HORIZON = 24_000.0
"""Hours; about 20,000 lots."""
ROUNDS = 5
ENGINES = [
    (Engine.SIMPY, "engine", "1.5", "1.5"),
    (Engine.COMPILED, "compiled engine", "17", "at most 0.7 us a visit"),
]


def ten_stations():
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


def plain_stations():
    """Run the shortest model of the ten stations; the same random numbers, so every visit is the same."""
    env = simpy.Environment()
    stores = [simpy.Store(env, capacity=ROOM) for _ in range(STATIONS - 1)]
    visits = 0

    def station(index):
        nonlocal visits
        draw = Sampler(Law("exponential", (1.0,)), Source(0, 0).stream(f"bench/station_{index}/0/phase 0")).draw
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


def rate(run):
    """Return visits a second and visits."""
    begin = time.perf_counter()
    visits = run()
    return visits / (time.perf_counter() - begin), visits


def logged(plan, kind, engine):
    return lambda: int(np.count_nonzero(simulate(plan, seed=0, replication=0, engine=engine).rows["kind"] == kind))


def alternating(engine, plain):
    """Return the ratios of visits per second, round by round, the engine's median rate, and both counts of visits."""
    found = [(rate(engine), rate(plain)) for _ in range(ROUNDS)]
    ratios = [ours[0] / theirs[0] for ours, theirs in found]
    return ratios, statistics.median(ours[0] for ours, _ in found), found[0][0][1], found[0][1][1]


@pytest.mark.benchmark
@pytest.mark.parametrize(("engine", "name", "wanted", "_"), ENGINES)
def test_ten_stations(row, engine, name, wanted, _):
    ratios, speed, ours, theirs = alternating(logged(ten_stations(), Kind.FINISH, engine), plain_stations)
    assert ours == theirs
    row(
        f"{name} with its whole event log, over a minimal `simpy.Store` model of the same ten stations",
        f"{statistics.median(ratios):.2f} times as fast (worst of {ROUNDS}: {min(ratios):.2f}); {speed / STATIONS:,.0f} lots/s",
        wanted,
    )


@pytest.mark.benchmark
@pytest.mark.parametrize(("engine", "name", "_", "wanted"), ENGINES)
def test_a_bundled_line(row, engine, name, _, wanted):
    plan = sim.load_scenario("five_routes").lines[0].plan
    ratios, speed, ours, theirs = alternating(logged(plan, Kind.START, engine), lambda: simulated(plan))
    assert theirs == pytest.approx(ours, rel=0.1)  # the same plant, but for what the plain model leaves out
    row(
        f"{name}: ball milling for a year with its whole event log, over a plain SimPy model of the same line",
        f"{statistics.median(ratios):.2f} times as fast (worst of {ROUNDS}: {min(ratios):.2f}); {1e6 / speed:.2f} us a visit",
        wanted,
    )
