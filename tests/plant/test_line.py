"""No line holds the stages of another, and what a change cannot reach is not worked out again."""

from dataclasses import replace

import pytest
from support import lines

from sim.engine.plan import fingerprint
from sim.inputs.laws import scale
from sim.plant.line import design

DURATION, POWER_PRICE = ("route", "steps", 0, "duration"), ("utilities", "electricity", "price")


@pytest.fixture(scope="module")
def line():
    text = lines.ONE_STEP.replace("machines: 2", "machines: auto")
    return lines.resolved(text, target_per_year=5e4, horizon_h=8760.0)


def test_a_line_put_together_by_hand_agrees_with_itself(line):
    longer = design(line, {DURATION: 20.0})
    by_hand = replace(line, route=longer.route)
    assert by_hand.sizing == longer.sizing != line.sizing
    assert by_hand.plan == longer.plan != line.plan


def test_a_number_that_nobody_is_known_to_read_changes_everything(line):
    assert not {"flowsheet", "sizing", "unpaced"} & vars(design(line, {DURATION: 20.0})).keys()


def test_a_number_that_no_stage_reads_keeps_them_all(line):
    dearer = design(line, {POWER_PRICE: 1.0}, reads=())
    assert dearer.library.utilities["electricity"].price.value == 1.0
    assert dearer.flowsheet is line.flowsheet
    assert dearer.sizing is line.sizing
    assert dearer.plan is line.plan


def test_a_number_that_moves_duties_alone_keeps_the_sizes(line):
    moved = design(line, {DURATION: 20.0}, reads=["streams"])
    assert moved.flowsheet is not line.flowsheet
    assert moved.sizing is line.sizing


def test_counts_that_are_fixed_stay_whatever_follows(line):
    assert line.machines == {"mill": 1}
    assert design(line, machines={"mill": 3}).machines == {"mill": 3}
    assert design(design(line, machines={}), {DURATION: 20.0}).machines == {"mill": 1}
    assert design(line, {DURATION: 20.0}).machines == {"mill": 2}


def test_more_room_in_front_of_a_step_is_in_the_plan_alone(line):
    roomy = design(line, buffers={"mill": 2.0})
    assert roomy.sizing is line.sizing
    assert [item.capacity for item in roomy.plan.buffers] == [2.0 * item.capacity for item in line.plan.buffers]


def test_a_pace_slows_the_release_at_the_target_and_nothing_else(line):
    slow = design(line, pace=2.0)
    (before,), (after,) = (one.plan.steps for one in (line, slow))
    assert after.release.interval_h == scale(before.release.interval_h, 2.0)
    assert replace(after, release=before.release) == before
    assert slow.unpaced is line.unpaced
    assert design(line, pace=2.0, at_capacity=True).plan == design(line, at_capacity=True).plan


def test_another_time_is_that_of_a_line_read_for_it(line):
    text = lines.ONE_STEP.replace("machines: 2", "machines: auto")
    whole = lines.resolved(text, target_per_year=5e4, warm_up_h=100.0, horizon_h=1000.0)
    assert fingerprint(design(line, warm_up_h=100.0, horizon_h=1000.0).plan) == fingerprint(whole.plan)
