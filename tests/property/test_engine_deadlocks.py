"""A deadlock that is reported must be one: let the plant run on, and nothing named may ever move again."""

import sys

import numpy as np
import pytest
from support.plans import KNOTTY_H, knotty_plan

from sim.engine import simulate
from sim.engine.liveness import Watch
from sim.engine.log import Kind
from sim.engine.plan import SHIP, Outlet, Phase, Plan, PlanBuffer, PlanResource, PlanStep, PlanTank
from sim.engine.simulation import Clock, _Line
from sim.errors import DeadlockError
from sim.inputs.laws import Law

MOVES = [Kind.TAKE, Kind.START, Kind.FINISH, Kind.DRAW]


@pytest.mark.parametrize("seed", [*range(100), *(pytest.param(n, marks=pytest.mark.slow) for n in range(100, 3000))])
def test_what_is_called_dead_never_moves_again(seed, monkeypatch):
    plan = knotty_plan(seed)
    try:
        simulate(plan, seed=seed, replication=0)
        error = None
    except DeadlockError as caught:
        error = caught
    monkeypatch.setattr(Watch, "check", lambda self: None)
    monkeypatch.setattr(Watch, "check_end", lambda self: None)
    rows = simulate(plan, seed=seed, replication=0).rows
    if error is None:
        return
    assert 0.0 <= error.time_h < KNOTTY_H
    for index, step in enumerate(plan.steps):
        if f"{step.name} (" in error.text:
            # lots already in the hold may still leave
            mine = rows[(rows["server"] == index) & np.isin(rows["kind"], MOVES)]
            assert not (mine["time_h"] > error.time_h).any(), step.name


def test_what_stands_for_ever_is_called_dead(monkeypatch):
    """The converse: no line is left that neither reports a knot nor does anything in its second half."""
    deadlocks = 0
    for seed in range(100):
        plan = knotty_plan(seed)
        try:
            rows = simulate(plan, seed=seed, replication=0).rows
        except DeadlockError:
            deadlocks += 1
            continue
        moving = rows[(rows["kind"] == Kind.FINISH) & (rows["time_h"] > KNOTTY_H / 2)]
        assert len(np.unique(moving["step"])) >= 1
    assert 20 < deadlocks < 95


def waiting_for_a_crew(number):
    step = PlanStep(
        "r/s", machines=number, charge_max=1.0, outlets=(Outlet((SHIP,), 1.0),),
        phases=(Phase("p", Law("fixed", (1.0,)), resources=((0, 1),)),),
    )  # fmt: skip
    return Plan("crew", 0.0, 1.5, (step,), resources=(PlanResource("operators", 1),))


def waiting_for_a_tank(number):
    steps = (
        PlanStep("r/a", machines=number, charge_max=1.0, outlets=(Outlet((SHIP,), 1.0),), draws=((0, 1.0),)),
        PlanStep("r/b", charge_max=1.0, phases=(Phase("p", Law("fixed", (1.0,))),), recoveries=((0, 1.0),)),
    )
    return Plan("tank", 0.0, 0.5, steps, tanks=(PlanTank("t", 5.0, 0.0, on_empty="wait"),))


def standing_in_each_others_way(number):
    steps = [
        PlanStep(
            f"r/s{index}", inlets=((index - 1, 1.0),) if index else (), charge_max=1.0, one_lot=True,
            phases=(Phase("p", Law("fixed", (1000.0 if index == number - 1 else 0.1,))),),
            outlets=(Outlet((SHIP,) if index == number - 1 else (index,), 1.0),),
        )
        for index in range(number)
    ]  # fmt: skip
    buffers = tuple(PlanBuffer(f"b{index}", index + 1, 1.0, "lots") for index in range(number - 1))
    return Plan("full", 0.0, 0.4 * number, tuple(steps), buffers)


@pytest.mark.parametrize("plan", [waiting_for_a_crew, waiting_for_a_tank, standing_in_each_others_way])
def test_a_look_takes_as_long_as_the_line_is(plan):
    def calls(number):
        line = _Line(plan(number), Clock(), seed=0, replication=0)
        line.run()
        assert sum(server.rest not in {"", "idle"} for server in line.servers) >= 0.4 * number
        count = 0

        def tick(_, event, __):
            nonlocal count
            count += event in {"call", "c_call"}

        sys.setprofile(tick)
        try:
            line._watch.check()
        finally:
            sys.setprofile(None)
        return count

    assert calls(160) < 4.5 * calls(40)
