"""Lots between steps, held to what a reader of the log counts by hand."""

from pathlib import Path

import pytest

from sim.engine import NO_PLACE, Kind, simulate
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.plant import design
from sim.plant.resolve import resolve
from sim.rollup import traffic

ROUTES = Path(__file__).parents[2] / "routes"
FROM_H, UNTIL_H = 300.0, 600.0


@pytest.fixture(scope="module", params=["ball_milling", "infiltration", "sebs_xylene"])
def case(request):
    line = resolve(request.param, ROUTES / f"{request.param}.yaml", load_library(prices="spot_2025"), Plant())
    line = design(line, warm_up_h=FROM_H, horizon_h=UNTIL_H)
    log = simulate(line.plan, seed=3, replication=0)
    return log, line, traffic(log, line, from_h=FROM_H, until_h=UNTIL_H)


def counted(log, line, until_h):
    """Lots in front of every step just before a time, counted row by row."""
    held = {}
    for row in log.rows:
        kind, place = int(row["kind"]), int(row["place"])
        if row["time_h"] >= until_h or place == NO_PLACE or kind not in (Kind.PUT, Kind.TAKE, Kind.SCRAP):
            continue
        key = place, int(row["lot"])
        held[key] = held.get(key, 0.0) + float(row["amount"]) * (1 if kind == Kind.PUT else -1)
    found = dict.fromkeys([step.id for step in line.route.steps], 0)
    for (place, _), amount in held.items():
        found[line.route.steps[log.plan.buffers[place].consumer].id] += amount > 1e-6
    return found


def test_queues_begin_and_end_as_long_as_the_log_says(case):
    log, line, found = case
    there = found[found["move"] == "there"]
    assert dict(zip(there["target"], there["lots"], strict=True)) == counted(log, line, FROM_H)

    last = found[found["target"] != ""].groupby("target", sort=False)["lots"].last()
    assert dict(last) == counted(log, line, UNTIL_H)


def test_no_queue_is_ever_shorter_than_nothing(case):
    assert case[2]["lots"].min() >= 0
    assert case[2]["lots"].max() > 0


def test_every_move_inside_the_window_is_there_once_in_order_of_time(case):
    log, _, found = case
    rows = log.rows[(log.rows["time_h"] >= FROM_H) & (log.rows["time_h"] < UNTIL_H)]
    moved = found[found["move"] != "there"]
    for kind in (Kind.PUT, Kind.TAKE, Kind.SHIP, Kind.SCRAP):
        own, known = rows[rows["kind"] == kind], moved[moved["move"] == kind.name.lower()]
        assert len(own) == len(known)
        assert float(own["amount"].sum()) == pytest.approx(known["amount"].sum(), rel=1e-12)
    assert moved["time_h"].is_monotonic_increasing
    assert len(moved[moved["move"] == "ship"]) > 0


def test_a_lot_comes_from_a_step_that_feeds_the_one_it_waits_for(case):
    log, line, found = case
    puts = found[found["move"] == "put"]
    ways = {
        (own.id, line.route.steps[log.plan.buffers[place].consumer].id)
        for own, step in zip(line.route.steps, log.plan.steps, strict=True)
        for outlet in step.outlets
        for place in outlet.places
        if place >= 0
    }
    assert set(map(tuple, puts[["source", "target"]].drop_duplicates().to_numpy())) <= ways
