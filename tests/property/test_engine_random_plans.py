"""What must hold for every plan: the log adds up, tells every state, repeats itself and does not depend on its end."""

from dataclasses import replace

import numpy as np
import pytest
from support.plans import END_H, random_plan

from sim.engine import simulate
from sim.engine.log import STATE_KINDS, Kind, server_table
from sim.errors import DeadlockError
from sim.rollup import closure


def run(plan, seed):
    try:
        return simulate(plan, seed=seed, replication=0)
    except DeadlockError:
        return None


SEEDS = [*range(60), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(60, 2000))]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_plan(seed):
    plan = random_plan(seed)
    log = run(plan, seed)
    assert log is not None

    assert closure.explain(log) == []
    assert closure.check(log) < closure.LIMIT

    rows = log.rows
    assert (np.diff(rows["time_h"]) >= 0.0).all()
    assert (rows["amount"][rows["kind"] != Kind.CARRY] >= -1e-12).all()

    again = simulate(plan, seed=seed, replication=0)
    assert again.rows.tobytes() == rows.tobytes()

    short = run(replace(plan, horizon_h=END_H / 2), seed)
    before = rows[rows["time_h"] < END_H / 2]
    assert short is not None
    assert short.rows[: len(before)].tobytes() == before.tobytes()
    assert (short.rows["kind"][len(before) :] >= Kind.END_BUFFER).all()


@pytest.mark.parametrize("seed", range(30))
def test_starts_lie_in_open_hours(seed):
    plan = random_plan(seed)
    log = run(plan, seed)
    for index, step in enumerate(plan.steps):
        if step.calendar:
            times = log.rows["time_h"][(log.rows["kind"] == Kind.START) & (log.rows["step"] == index)]
            if step.setup_h is None:
                assert (np.mod(times, 24.0) < 16.0).all()


@pytest.mark.parametrize("seed", range(40))
def test_resources_are_never_over_given(seed):
    plan = random_plan(seed)
    log = run(plan, seed)
    for index, resource in enumerate(plan.resources):
        rows = log.rows[log.rows["place"] == index]
        change = np.where(rows["kind"] == Kind.ACQUIRE, rows["amount"], 0.0)
        change -= np.where(rows["kind"] == Kind.RELEASE, rows["amount"], 0.0)
        held = np.cumsum(change)
        assert ((held >= 0) & (held <= resource.capacity)).all()


@pytest.mark.parametrize("seed", range(40))
def test_state_rows_follow_each_other(seed):
    allowed = {
        "starved": {"run", "setup", "blocked", "waiting", "clean", "starved"},
        "run": {"starved", "down", "waiting"},
        "down": {"run", "waiting"},
        "setup": {"run", "waiting"},
        "clean": {"starved", "run", "setup", "waiting"},
        "blocked": {"starved", "run", "setup", "waiting", "clean"},
        "waiting": {"run", "setup", "clean", "waiting", "down"},
    }
    plan = random_plan(seed)
    log = run(plan, seed)
    for server in range(len(server_table(plan)[0])):
        state = "starved"
        for kind in log.rows["kind"][log.rows["server"] == server]:
            after = STATE_KINDS.get(Kind(kind))
            if after is not None:
                assert after in allowed[state], (state, after)
                state = after


def test_a_missing_take_and_a_halved_shipment_are_caught():
    caught = {"take": 0, "ship": 0}
    for seed in range(20):
        log = run(random_plan(seed), seed)
        rows = log.rows
        takes = np.flatnonzero(rows["kind"] == Kind.TAKE)
        ships = np.flatnonzero(rows["kind"] == Kind.SHIP)
        for kind, broken in (
            ("take", np.delete(rows, takes[len(takes) // 2 :][:1])),
            ("ship", halved(rows, ships[len(ships) // 2 :][:1])),
        ):
            if len(takes) and len(ships):
                assert closure.check(replace(log, rows=broken)) > 1e-4
                assert closure.explain(replace(log, rows=broken))
                caught[kind] += 1
    assert min(caught.values()) > 10


def halved(rows, index):
    rows = rows.copy()
    rows["amount"][index] /= 2
    return rows


@pytest.mark.parametrize(
    "kind", [Kind.PUT, Kind.START, Kind.FINISH, Kind.DUMP, Kind.SCRAP, Kind.LOSS, Kind.DRAW, Kind.BUY]
)
def test_any_missing_row_of_a_flow_is_caught(kind):
    found = 0
    for seed in range(40):
        log = run(random_plan(seed), seed)
        which = np.flatnonzero((log.rows["kind"] == kind) & (log.rows["amount"] > 0.1))
        if len(which):
            broken = replace(log, rows=np.delete(log.rows, which[len(which) // 2]))
            assert closure.check(broken) > 1e-6, seed
            found += 1
    assert found
