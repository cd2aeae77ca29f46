"""How often machines start anew: by rule, and as simulated."""

import pytest
from support import lines

from sim.engine import Checks, Engine
from sim.rollup.standing import stand_stills
from sim.study import measure
from sim.workers import Staff

HEAD = """
name: queue
title: steps that feed each other
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
"""


def step(name, following, batch_kg, hours, machines=1, first=False, more=""):
    recipe = "recipe: {LiCl: 1 kg}, " if first else ""
    return (
        f"  - {{id: {name}, equipment: vessel, size: 2 m3, machines: {machines}, batch: {batch_kg} kg, {recipe}"
        f"duration: {hours} h, operators: 0, power: 1 kW, {more}next: {following}}}\n"
    )


def shares(*steps):
    """Return by step the share of its starts after standing still, by rule and as simulated."""
    line = lines.resolved(HEAD + "".join(steps), target_per_year=4e5, horizon_h=8760.0)
    (found,) = measure([line], seed=0, replications=1, jobs=Staff(1, checks=Checks(Engine.SIMPY)))
    ledger, rule = found.ledgers[0], stand_stills(line)
    return {name: (rule[name], at.starts / at.operations) for name, at in ledger.steps.items()}


def test_a_step_faster_than_the_one_before_stands_after_every_delivery():
    found = shares(step("mix", "press", 400, 8, first=True), step("press", "ship", 100, 1))

    assert found["press"] == (pytest.approx(0.25), pytest.approx(0.25, abs=0.01))


def test_a_delivery_wakes_all_machines_that_are_done_with_the_one_before():
    found = shares(step("mix", "press", 400, 8, first=True), step("press", "ship", 100, 2, machines=2))

    assert found["press"] == (pytest.approx(0.5, abs=0.02), pytest.approx(0.5, abs=0.01))


def test_a_slower_step_stands_only_when_the_one_before_has_stood():
    # every 800 kg are two presses of 1.5 h, and four millings of 1 h: the second press is done before the first two are
    found = shares(
        step("mix", "press", 800, 0.5, first=True), step("press", "mill", 400, 1.5), step("mill", "ship", 200, 1)
    )

    assert found["press"] == (pytest.approx(0.5), pytest.approx(0.5, abs=0.01))
    assert found["mill"] == (pytest.approx(0.25), pytest.approx(0.25, abs=0.01))


def test_machines_that_are_woken_together_deliver_together():
    # two presses work side by side and hand on 800 kg at once
    found = shares(
        step("mix", "press", 800, 3, first=True),
        step("press", "mill", 400, 4, machines=2),
        step("mill", "ship", 200, 0.5),
    )

    assert found["press"] == (pytest.approx(1.0, abs=0.1), pytest.approx(1.0, abs=0.01))
    assert found["mill"] == (pytest.approx(0.25, abs=0.02), pytest.approx(0.25, abs=0.01))


def test_behind_a_step_that_is_always_released_nothing_slower_stands():
    found = shares(
        step("mix", "press", 400, 0.5, first=True, more="release: {at: capacity}, "), step("press", "ship", 400, 8)
    )

    assert found["press"] == (0.0, pytest.approx(0.0, abs=0.01))
