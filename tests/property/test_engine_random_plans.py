"""What must hold for every plan: the log adds up, tells every state, repeats itself and does not depend on its end."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from sim.engine import simulate
from sim.engine.log import STATE_KINDS, Kind, server_table
from sim.engine.plan import (
    ALWAYS_OPEN,
    SHIP,
    WASTE,
    Calendar,
    Clean,
    Failure,
    Inspection,
    Loss,
    Outlet,
    Phase,
    Plan,
    PlanBuffer,
    PlanResource,
    PlanStep,
    PlanTank,
    Release,
)
from sim.errors import DeadlockError
from sim.inputs.laws import Law
from sim.rollup import closure

END_H = 150.0
OPERATORS, PLACES = 0, 1
SOLVENT, MADE = 0, 1


class Dice(random.Random):
    """Draws parts of plans."""

    def law(self, mean):
        kind = self.choice(["fixed", "exponential", "uniform", "lognormal"])
        mean = mean * self.choice([0.5, 1.0, 2.0])
        parameters = {"fixed": (mean,), "exponential": (mean,), "uniform": (0.5 * mean, 1.5 * mean)}
        return Law(kind, parameters.get(kind, (mean, 0.3)))

    def phases(self, *, plain=False):
        phases = []
        for number in range(self.choice([1, 1, 2, 3])):
            crew = ((OPERATORS, self.choice([1, 1, 2])),) if self.random() < 0.4 and not plain else ()
            per_amount = self.random() < 0.2
            phases.append(Phase(f"p{number}", self.law(0.1 if per_amount else 1.0), per_amount, crew))
        return tuple(phases)

    def failures(self):
        clocks = self.sample(["hours", "amount", "operations"], self.choice([0, 0, 1, 2, 3]))
        crew = ((OPERATORS, 1),) if self.random() < 0.5 else ()
        return tuple(Failure(clock, self.law(20.0), self.law(1.5), crew) for clock in clocks)

    def losses(self):
        return tuple(Loss(per, self.random()) for per in ("start", "clean", "failure", "lot") if self.random() < 0.2)

    def extras(self):
        extras = {"failures": self.failures(), "losses": self.losses(), "machines": self.choice([1, 1, 2, 3])}
        if self.random() < 0.3:
            extras["clean"] = Clean(self.choice([1, 3, 10]), self.law(0.7), ((OPERATORS, 1),))
        if self.random() < 0.3:
            extras["setup_h"] = self.law(0.2)
        if self.random() < 0.2:
            extras["held"] = ((PLACES, 1),)
        if self.random() < 0.3:
            extras["hold_h"] = self.law(2.0)
        if self.random() < 0.3:
            extras["quality_set"] = Law("lognormal", (1.0, 0.1))
        if self.random() < 0.4:
            extras["calendar"] = 1
            extras["pause"] = self.random() < 0.5
        if self.random() < 0.3:
            extras["draws"] = ((SOLVENT, 0.5),)
            extras["recoveries"] = ((SOLVENT, 0.4),)
        return extras


def shifts(end_h=END_H):
    days = range(0, int(end_h) + 24, 24)
    return Calendar("shifts", True, tuple(float(hour) for day in days for hour in (day + 16, day + 24)))


def random_plan(seed):
    """Return source(s) -> merge or not -> chain with gathering, splitting, rework and a by-product -> ship."""
    dice = Dice(seed)
    steps, buffers = [], []
    sources = dice.choice([1, 1, 2])
    ratio = 1.0
    for number in range(sources):
        release = Release("interval", dice.law(1.0), dice.choice([-1, 3])) if dice.random() < 0.4 else Release()
        steps.append(
            PlanStep(
                f"r/source{number}", charge_max=10.0, charge_min=10.0, release=release, phases=dice.phases(),
                outlets=(Outlet((number,), 1.0, dice.choice([math.inf, 4.0])),), calendar=dice.choice([0, 1]),
            )
        )  # fmt: skip
    decays = [dice.choice([0.0, 0.01]) for _ in range(sources)]
    buffers += [PlanBuffer(f"b{number}", sources, 60.0, decay_per_h=decay) for number, decay in enumerate(decays)]
    length = dice.choice([1, 2, 3, 4])
    inlets = tuple((number, 1.0 if number == 0 else ratio) for number in range(sources))
    for number in range(length):
        place = len(buffers)
        index = len(steps)
        last = number == length - 1
        one_lot = len(inlets) == 1 and dice.random() < 0.4 and buffers[inlets[0][0]].capacity == 60.0
        charge = dice.choice([5.0, 10.0, 25.0])
        outlets = [Outlet((SHIP,) if last else (place,), dice.choice([1.0, 0.9]), dice.choice([math.inf, 5.0]))]
        if dice.random() < 0.3:
            outlets.append(Outlet((WASTE,), 0.1))
        extras = dice.extras()
        if not last:
            buffers.append(PlanBuffer(f"b{place}", index + 1, 60.0, max_wait_h=dice.choice([math.inf, math.inf, 15.0])))
        if dice.random() < 0.3:
            rework = None
            if len(inlets) == 1 and dice.random() < 0.6:
                rework = len(buffers)
                buffers.append(PlanBuffer(f"rework{index}", index, rework=True))
            measured = dice.random() < 0.5
            extras["inspection"] = Inspection(
                None if measured else 0.8, 0.9 if measured else None,
                Law("lognormal", (1.0, 0.1)) if measured else None, rework, 2,
            )  # fmt: skip
        slots = dice.choice([1, 1, 1, 3])
        steps.append(
            PlanStep(
                f"r/s{index}", inlets=inlets, charge_max=charge, charge_min=dice.choice([charge, 1.0]), one_lot=one_lot,
                phases=dice.phases(), outlets=tuple(outlets), slots=slots, pitch_h=0.3 if slots > 1 else 0.0, **extras,
            )
        )  # fmt: skip
        inlets = ((place, 1.0),)
    tanks = (PlanTank("solvent", 30.0, 10.0, "waste", "buy"),)
    resources = (PlanResource("operators", 3), PlanResource("places", 2, dice.choice([0, 1])))
    return Plan("fuzz", 0.0, END_H, tuple(steps), tuple(buffers), tanks, resources, (ALWAYS_OPEN, shifts()))


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
