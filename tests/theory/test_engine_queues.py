"""The engine against queueing theory: every expected value has a closed formula.

Seeds are fixed, so nothing here is flaky. Each mean must lie within its 99.9 % confidence interval over the
replications, and that interval must be narrower than a stated width; the slow runs are sixteen times as long and the
width is a fourth: 3 % for waits, below 1 % for throughputs.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sim.engine import simulate
from sim.engine.log import Kind
from sim.engine.plan import SHIP, Failure, Inspection, Outlet, Phase, Plan, PlanBuffer, PlanStep, Release
from sim.inputs.laws import Law

REPLICATIONS = 16
WARM_UP_H = 200.0


def exponential(mean):
    return Law("exponential", (mean,))


def step(name, law, *, inlets=(), to=(SHIP,), **extra):
    return PlanStep(
        f"theory/{name}", inlets=inlets, charge_max=1.0, one_lot=True, phases=(Phase("run", law),),
        outlets=(Outlet(to, 1.0),), **extra,
    )  # fmt: skip


def queue(law, *, arrival_rate, machines=1, room=-1, hours=2_500.0):
    release = Release("interval", exponential(1.0 / arrival_rate), room)
    return Plan("queue", WARM_UP_H, hours, (step("s", law, machines=machines, release=release),))


@pytest.fixture(params=[1, pytest.param(16, marks=pytest.mark.slow)])
def effort(request):
    return request.param


def logs(plan, effort):
    plan = replace(plan, horizon_h=effort * plan.horizon_h)
    return [simulate(plan, seed=11, replication=replication) for replication in range(REPLICATIONS)]


def rate_of(log, kind):
    return len(window(log, kind)) / log.plan.horizon_h


def window(log, kind):
    rows = log.rows[log.rows["kind"] == kind]
    return rows[rows["time_h"] >= log.plan.warm_up_h]


def sojourn(log):
    rows = window(log, Kind.CARRY)
    return (rows["time_h"] - rows["amount"]).mean()


def agrees(values, expected, effort, *, width):
    """Assert that *expected* lies in the interval of the mean and that the interval is narrow."""
    mean = np.mean(values)
    half = stats.t.ppf(0.9995, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    assert half <= width / math.sqrt(effort) * expected, (mean, half, expected)
    assert abs(mean - expected) <= half + 1e-12, (mean, half, expected)


def test_one_machine_exponential(effort):
    agrees([sojourn(log) for log in logs(queue(exponential(1.0), arrival_rate=0.5), effort)], 2.0, effort, width=0.12)


@pytest.mark.parametrize("machines", [2, 4])
def test_several_machines_exponential(machines, effort):
    load = 0.6 * machines
    terms = [load**k / math.factorial(k) for k in range(machines)]
    last = load**machines / math.factorial(machines) / (1 - load / machines)
    waits = last / (sum(terms) + last)  # Erlang C
    expected = 1.0 + waits / (machines - load)
    plan = queue(exponential(1.0), arrival_rate=load, machines=machines, hours=2_500.0 / load)
    agrees([sojourn(log) for log in logs(plan, effort)], expected, effort, width=0.12)


@pytest.mark.parametrize(
    ("law", "squared_cv"),
    [(Law("fixed", (1.0,)), 0.0), (Law("erlang", (4, 1.0)), 0.25), (Law("lognormal", (1.0, 0.8)), 0.64)],
)
def test_one_machine_any_law(law, squared_cv, effort):
    rate = 0.5
    expected = 1.0 + rate * (1.0 + squared_cv) / (2.0 * (1.0 - rate))  # Pollaczek and Khinchine
    agrees([sojourn(log) for log in logs(queue(law, arrival_rate=rate), effort)], expected, effort, width=0.12)


def test_refusals_with_finite_room(effort):
    rate, room = 0.8, 3
    places = room + 1
    expected = (1 - rate) * rate**places / (1 - rate ** (places + 1))
    shares = [
        len(window(log, Kind.REFUSE)) / len(window(log, Kind.ARRIVE))
        for log in logs(queue(exponential(1.0), arrival_rate=rate, room=room), effort)
    ]
    agrees(shares, expected, effort, width=0.16)


def test_loss_system(effort):
    load, machines = 2.0, 3
    terms = [load**k / math.factorial(k) for k in range(machines + 1)]
    expected = terms[-1] / sum(terms)  # Erlang B
    plan = queue(exponential(1.0), arrival_rate=load, machines=machines, room=0)
    shares = [len(window(log, Kind.REFUSE)) / len(window(log, Kind.ARRIVE)) for log in logs(plan, effort)]
    agrees(shares, expected, effort, width=0.12)


@pytest.mark.parametrize("room", [0, 2, 8])
def test_two_saturated_stations_that_block(room, effort):
    plan = Plan(
        "tandem", WARM_UP_H, 2_500.0,
        (step("a", exponential(1.0), to=(0,)), step("b", exponential(1.0), inlets=((0, 1.0),))),
        (PlanBuffer("between", 1, float(room), "lots"),),
    )  # fmt: skip
    expected = (room + 2) / (room + 3)
    agrees([rate_of(log, Kind.SHIP) for log in logs(plan, effort)], expected, effort, width=0.03)


def test_three_saturated_stations_without_room(effort):
    plan = Plan(
        "tandem", WARM_UP_H, 2_500.0,
        (
            step("a", exponential(1.0), to=(0,)),
            step("b", exponential(1.0), inlets=((0, 1.0),), to=(1,)),
            step("c", exponential(1.0), inlets=((1, 1.0),)),
        ),
        (PlanBuffer("x", 1, 0.0, "lots"), PlanBuffer("y", 2, 0.0, "lots")),
    )  # fmt: skip
    # blocking after service, three equal stations: G. C. Hunt, Operations Research 4 (1956) 674
    agrees([rate_of(log, Kind.SHIP) for log in logs(plan, effort)], 22 / 39, effort, width=0.03)


def test_two_stations_in_series_with_endless_room(effort):
    plan = Plan(
        "series", WARM_UP_H, 2_500.0,
        (
            step("a", exponential(1.0), to=(0,), release=Release("interval", exponential(2.0))),
            step("b", exponential(1.25), inlets=((0, 1.0),)),
        ),
        (PlanBuffer("between", 1, math.inf, "lots"),),
    )  # fmt: skip
    expected = 1 / (1.0 - 0.5) + 1 / (0.8 - 0.5)  # Burke: the second is such a queue of its own
    agrees([sojourn(log) for log in logs(plan, effort)], expected, effort, width=0.13)


def test_little():
    log = simulate(queue(exponential(1.0), arrival_rate=0.8, machines=1), seed=3, replication=0)
    rows = log.rows[(log.rows["kind"] == Kind.ARRIVE) | (log.rows["kind"] == Kind.SHIP)]
    inside = np.cumsum(np.where(rows["kind"] == Kind.ARRIVE, 1, -1))
    end = rows["time_h"][np.flatnonzero(inside == 0)[-1]]  # the last time at which nothing is inside
    rows = rows[rows["time_h"] <= end]
    area = np.sum(inside[: len(rows) - 1] * np.diff(rows["time_h"]))
    carry = log.rows[(log.rows["kind"] == Kind.CARRY) & (log.rows["time_h"] <= end)]
    assert area == pytest.approx(np.sum(carry["time_h"] - carry["amount"]), rel=1e-9)


def test_availability(effort):
    failure = Failure("hours", exponential(9.0), exponential(1.0))
    plan = Plan("failing", WARM_UP_H, 2_500.0, (step("s", Law("fixed", (1.0,)), failures=(failure,)),))
    agrees([rate_of(log, Kind.SHIP) for log in logs(plan, effort)], 0.9, effort, width=0.03)


def test_availability_of_several_modes(effort):
    modes = (
        Failure("hours", exponential(20.0), exponential(1.0)),
        Failure("operations", exponential(10.0), exponential(0.5)),
        Failure("amount", exponential(10.0), exponential(0.5)),
    )
    plan = Plan("failing", WARM_UP_H, 2_500.0, (step("s", Law("fixed", (2.0,)), failures=modes),))
    expected = 1 / (2.0 + 2.0 / 20.0 + 0.5 / 10.0 + 0.5 / 10.0)
    agrees([rate_of(log, Kind.SHIP) for log in logs(plan, effort)], expected, effort, width=0.03)


def test_failing_machine_with_a_queue(effort):
    # completion time of a lot: service with interruptions that come at rate f and last a mean r
    rate, f, r = 0.5, 0.1, 1.0
    mean = 1.0 * (1 + f * r)
    square = 1.0 * (1 + f * r) ** 2 + f * 1.0 * 2 * r**2  # fixed service of 1 h, exponential repairs
    expected = mean + rate * square / (2 * (1 - rate * mean))
    release = Release("interval", exponential(1 / rate))
    failure = Failure("hours", exponential(1 / f), exponential(r))
    plan = Plan("failing", WARM_UP_H, 2_500.0, (step("s", Law("fixed", (1.0,)), release=release, failures=(failure,)),))
    agrees([sojourn(log) for log in logs(plan, effort)], expected, effort, width=0.12)


def test_rework_doubles_the_work_of_the_failed(effort):
    inspection = Inspection(pass_probability=0.8, rework=0, max_passes=1)
    plan = Plan(
        "rework", WARM_UP_H, 2_500.0, (step("s", Law("fixed", (1.0,)), inspection=inspection),),
        (PlanBuffer("again", 0, rework=True),),
    )  # fmt: skip
    good = [rate_of(log, Kind.SHIP) for log in logs(plan, effort)]
    agrees(good, (0.8 + 0.2 * 0.8) / 1.2, effort, width=0.03)
