"""The event log of every bundled route adds up, and a log that was tampered with does not."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine import simulate
from sim.engine.log import Kind
from sim.rollup import closure

ROUTES = ("ball_milling", "wet_thf", "metathesis", "dry_ptfe", "infiltration")


@pytest.fixture(scope="module")
def logs(short_study):
    return {line.name: simulate(line.plan, seed=11, replication=0) for line in short_study.lines}


def row_of(log, kind, which):
    """Index of the first, the middle or the last row of a kind."""
    found = np.flatnonzero(log.rows["kind"] == kind)
    return found[{"first": 0, "middle": len(found) // 2, "last": -1}[which]]


@pytest.mark.parametrize("route", ROUTES)
def test_the_log_closes(logs, route):
    assert closure.check(logs[route]) < closure.LIMIT
    assert closure.explain(logs[route]) == []
    assert (logs[route].rows["kind"] == Kind.SHIP).sum() > 10


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_deleted_take_is_seen(logs, route, which):
    log = logs[route]
    broken = replace(log, rows=np.delete(log.rows, row_of(log, Kind.TAKE, which)))
    assert closure.check(broken) > closure.LIMIT
    assert any("taken" in text for text in closure.explain(broken))


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_halved_shipment_is_seen(logs, route, which):
    log = logs[route]
    rows = log.rows.copy()
    rows["amount"][row_of(log, Kind.SHIP, which)] *= 0.5
    broken = replace(log, rows=rows)
    assert closure.check(broken) > closure.LIMIT
    assert any("handed on" in text for text in closure.explain(broken))


@pytest.mark.parametrize("route", ROUTES)
def test_elements_balance_in_the_flowsheet(short_study, route):
    line = next(line for line in short_study.lines if line.name == route)
    assert line.flowsheet.imbalance < 1e-9
