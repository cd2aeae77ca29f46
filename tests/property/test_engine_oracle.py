"""Serial lines against the recursion of blocking after service, written without any simulation."""

import heapq
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import simulate
from sim.engine.draws import Sampler
from sim.engine.log import STATE_KINDS, Kind
from sim.engine.plan import SHIP, Outlet, Phase, Plan, PlanBuffer, PlanStep, Release
from sim.engine.random import Source
from sim.inputs.laws import Law
from sim.rollup import closure

INF = float("inf")

laws = st.one_of(
    st.sampled_from([0.0, 0.25, 1.0, 1.5]).map(lambda value: Law("fixed", (value,))),
    st.sampled_from([0.5, 1.0, 2.0]).map(lambda value: Law("exponential", (value,))),
    st.sampled_from([0.5, 1.0]).map(lambda value: Law("uniform", (value, 2 * value))),
)
busy = laws.filter(lambda law: law.parameters[0] > 0.0)


def line(durations, rooms, interval, *, machines=None):
    """Return a serial line; rooms[k] is the buffer in front of step k + 1."""
    steps = []
    for index, law in enumerate(durations):
        release = Release("interval", interval) if interval and not index else None
        last = index == len(durations) - 1
        steps.append(
            PlanStep(
                f"line/s{index}",
                machines=machines[index] if machines else 1,
                inlets=((index - 1, 1.0),) if index else (),
                charge_max=1.0,
                one_lot=True,
                release=release,
                phases=(Phase("run", law),),
                outlets=(Outlet((SHIP,) if last else (index,), 1.0),),
            )
        )
    buffers = tuple(PlanBuffer(f"b{index}", index + 1, room, "lots") for index, room in enumerate(rooms))
    return Plan("line", 0.0, 60.0, tuple(steps), buffers)


def draws(plan, seed, step, server=0):
    law = plan.steps[step].phases[0].duration_h
    return Sampler(law, Source(seed, 0).stream(f"{plan.steps[step].name}/{server}/phase 0"))


def arrivals(plan, seed, count):
    release = plan.steps[0].release
    if release is None:
        return np.zeros(count)
    sampler = Sampler(release.interval_h, Source(seed, 0).stream(f"{plan.steps[0].name}/0/release"))
    return np.cumsum([sampler() for _ in range(count)])


def departures(plan, seed, count):
    """Return the times at which lots leave each step, shape (n_steps, count)."""
    number = len(plan.steps)
    samplers = [draws(plan, seed, step) for step in range(number)]
    times = [[sampler() for _ in range(count)] for sampler in samplers]
    arrive = arrivals(plan, seed, count)
    left = np.full((number, count), -INF)
    for lot in range(count):
        for step in range(number):
            ready = arrive[lot] if step == 0 else left[step - 1, lot]
            start = max(ready, left[step, lot - 1]) if lot else ready
            finish = start + times[step][lot]
            if step < number - 1:
                room = plan.buffers[step].capacity
                first = lot - room - 1  # it must have left the next step
                if first >= 0:
                    finish = max(finish, left[step + 1, int(first)])
            left[step, lot] = finish
    return left


def found(log, step, last):
    kind = Kind.SHIP if last else Kind.PUT
    rows = log.rows
    return rows["time_h"][(rows["kind"] == kind) & (rows["step"] == step)]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    durations=st.lists(busy, min_size=1, max_size=1).flatmap(
        lambda first: st.lists(laws, min_size=0, max_size=4).map(lambda rest: first + rest)
    ),
    data=st.data(),
    seed=st.integers(0, 1000),
)
def test_departures_follow_the_recursion(durations, data, seed):
    rooms = [data.draw(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0, INF])) for _ in durations[1:]]
    interval = data.draw(st.one_of(st.none(), busy))
    plan = line(durations, rooms, interval)
    log = simulate(plan, seed=seed, replication=0)
    expected = departures(plan, seed, 400)
    for step in range(len(durations)):
        seen = found(log, step, step == len(durations) - 1)
        assert len(seen) == np.searchsorted(expected[step], plan.end_h)
        np.testing.assert_allclose(seen, expected[step][: len(seen)], rtol=0.0, atol=1e-9)
    assert closure.check(log) < closure.LIMIT


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    durations=st.lists(busy, min_size=1, max_size=4),
    machines=st.lists(st.integers(1, 3), min_size=4, max_size=4),
    interval=busy,
    seed=st.integers(0, 1000),
)
def test_parallel_machines_serve_idle_longest_first(durations, machines, interval, seed):
    plan = line(durations, [INF] * (len(durations) - 1), interval, machines=machines)
    log = simulate(plan, seed=seed, replication=0)
    ready = arrivals(plan, seed, 2000)
    for step in range(len(durations)):
        samplers = [draws(plan, seed, step, server) for server in range(machines[step])]
        free = [(0.0, server) for server in range(machines[step])]
        left = []
        for time_h in ready:
            since, server = heapq.heappop(free)
            end = max(time_h, since) + samplers[server]()
            left.append(end)
            heapq.heappush(free, (end, server))
        ready = np.sort(left)
        seen = found(log, step, step == len(durations) - 1)
        assert len(seen) == np.searchsorted(ready, plan.end_h)
        np.testing.assert_allclose(seen, ready[: len(seen)], rtol=0.0, atol=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(durations=st.lists(busy, min_size=1, max_size=4), room=st.sampled_from([0.0, 2.0]), seed=st.integers(0, 1000))
def test_states_last_as_long_as_they_should(durations, room, seed):
    plan = line(durations, [room] * (len(durations) - 1), None)
    log = simulate(plan, seed=seed, replication=0)
    for server in range(len(durations)):
        rows = log.rows[(log.rows["server"] == server) & np.isin(log.rows["kind"], list(STATE_KINDS))]
        starts = rows["time_h"][rows["kind"] == Kind.START]
        ends = rows["time_h"][rows["kind"] == Kind.FINISH]
        sampler = draws(plan, seed, server)
        expected = [sampler() for _ in ends]
        np.testing.assert_allclose(ends - starts[: len(ends)], expected, rtol=0.0, atol=1e-9)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(durations=st.lists(busy, min_size=2, max_size=5), room=st.sampled_from([0.0, 3.0]), seed=st.integers(0, 1000))
def test_a_step_more_changes_no_other_stream(durations, room, seed):
    plan = line(durations, [room] * (len(durations) - 1), None)
    renamed = [replace(step, name=f"x/{index}" if index else step.name) for index, step in enumerate(plan.steps)]
    first = simulate(plan, seed=seed, replication=0)
    other = simulate(replace(plan, steps=tuple(renamed)), seed=seed, replication=0)

    def spans(log):
        mine = log.rows[log.rows["server"] == 0]
        ends = mine["time_h"][mine["kind"] == Kind.FINISH]
        return ends - mine["time_h"][mine["kind"] == Kind.START][: len(ends)]

    count = min(len(spans(first)), len(spans(other)))
    np.testing.assert_allclose(spans(first)[:count], spans(other)[:count], rtol=0.0, atol=1e-9)


def test_seeds_and_replications_differ():
    plan = line([Law("exponential", (1.0,))] * 2, [1.0], None)
    logs = [
        simulate(plan, seed=seed, replication=replication) for seed, replication in [(0, 0), (0, 1), (1, 0), (0, 0)]
    ]
    texts = [log.rows.tobytes() for log in logs]
    assert texts[0] == texts[3]
    assert len(set(texts)) == 3


def test_rows_are_read_without_copying():
    log = simulate(line([Law("fixed", (1.0,))], [], None), seed=0, replication=0)
    assert log.rows.itemsize == 27
    assert not log.rows.flags.owndata
