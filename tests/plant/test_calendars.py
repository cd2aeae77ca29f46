import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import lines

from sim.engine import Kind, simulate
from sim.engine.plan import Calendar, Plan
from sim.inputs.scenario import HOURS_PER_YEAR, Plant
from sim.plant.calendars import like_the_year, on_shift, open_hours, operators_calendar, plant_calendar
from sim.rollup.expected import expected
from sim.rollup.ledger import reduce


def year(**plant):
    """Return the open hours of a year."""
    return open_hours(plant_calendar(Plant(**plant), HOURS_PER_YEAR), 0.0, HOURS_PER_YEAR)


def shutdown(start, duration):
    return {"start": f"{start} d", "duration": f"{duration} d"}


def test_a_plant_that_never_closes_has_no_switches():
    assert plant_calendar(Plant(), 1e5) == Calendar("plant", open_at_start=True, switches_h=())
    assert year() == 8760.0


def test_a_week_of_six_days_is_open_for_144_hours():
    calendar = plant_calendar(Plant(days_per_week=6), 400.0)

    assert calendar.switches_h == (144.0, 168.0, 312.0, 336.0)
    assert open_hours(calendar, 0.0, 168.0) == 144.0
    # 52 weeks and one more day
    assert year(days_per_week=6) == 52 * 144 + 24


def test_two_shifts_are_sixteen_hours():
    calendar = plant_calendar(Plant(days_per_week=5, shifts_per_day=2), 200.0)

    assert calendar.switches_h[:4] == (16.0, 24.0, 40.0, 48.0)
    assert calendar.switches_h[8:10] == (112.0, 168.0)
    assert year(days_per_week=5, shifts_per_day=2) == 52 * 80 + 16


def test_a_shutdown_takes_the_open_hours_in_it():
    # days 200 to 214 hold the closed days 202 and 209: 13 x 24 h less
    assert year(days_per_week=6, shutdowns=[shutdown(200, 15)]) == 7512 - 312 == 7200


def test_shutdowns_come_again_every_year_and_may_overlap():
    calendar = plant_calendar(Plant(shutdowns=[shutdown(10, 5), shutdown(12, 5)]), 2 * HOURS_PER_YEAR)

    assert calendar.switches_h == (240.0, 408.0, 9000.0, 9168.0)


def test_a_shutdown_at_the_turn_of_the_year_begins_closed_and_runs_over():
    calendar = plant_calendar(Plant(shutdowns=[shutdown(0, 2), shutdown(364, 3)]), 2 * HOURS_PER_YEAR)

    assert not calendar.open_at_start
    assert calendar.switches_h[:3] == (48.0, 8736.0, 8808.0)


def test_hours_between_two_times():
    calendar = Calendar("x", open_at_start=False, switches_h=(10.0, 20.0))

    assert open_hours(calendar, 0.0, 30.0) == 10.0
    assert open_hours(calendar, 15.0, 18.0) == 3.0
    assert open_hours(calendar, 25.0, 30.0) == 0.0


@given(
    days=st.integers(1, 7),
    shifts=st.integers(1, 3),
    closed=st.lists(st.tuples(st.floats(0.01, 365), st.floats(0.01, 60)), max_size=4),
    end=st.floats(1, 3 * HOURS_PER_YEAR),
)
def test_switches_strictly_increase_within_the_run(days, shifts, closed, end):
    plant = Plant(days_per_week=days, shifts_per_day=shifts, shutdowns=[shutdown(*item) for item in closed])
    calendar = plant_calendar(plant, end)

    assert all(one < other for one, other in itertools.pairwise((0.0, *calendar.switches_h, end)))
    assert 0.0 <= open_hours(calendar, 0.0, end) <= end


@pytest.mark.parametrize("at", [0.0, 24.0, 100.0, 144.0, 150.0, 168.0])
def test_hours_add_up(at):
    calendar = plant_calendar(Plant(days_per_week=6, shifts_per_day=2), 336.0)

    assert open_hours(calendar, 0.0, at) + open_hours(calendar, at, 336.0) == open_hours(calendar, 0.0, 336.0) == 192.0


def window(start_h, length_h, **plant):
    """Return how much longer a window would have to be to be like the year of its plant."""
    hours = {"warm_up_h": start_h, "horizon_h": length_h}
    plan = Plan("line", steps=(), calendars=(plant_calendar(Plant(**plant), start_h + length_h),), **hours)
    return like_the_year(plan, year(**plant))


@pytest.mark.parametrize("start_d", [0, 35, 200, 210])
def test_a_whole_year_is_like_the_year_wherever_it_begins(start_d):
    assert window(24.0 * start_d, HOURS_PER_YEAR, shutdowns=[shutdown(200, 30)]) == 1.0


def test_twelve_weeks_that_miss_the_shutdown_are_open_as_long_as_more_weeks_of_the_year():
    assert window(0.0, 12 * 168.0, shutdowns=[shutdown(200, 30)]) == pytest.approx(365 / 335)
    assert window(24.0 * 200, 30 * 24.0 * 2, shutdowns=[shutdown(200, 30)]) == pytest.approx(0.5 * 365 / 335)


def test_a_window_in_which_the_plant_is_never_open_is_not_scaled():
    assert window(24.0 * 200, 24.0, shutdowns=[shutdown(200, 30)]) == 1.0


# -- shifts of twelve hours, breaks, handovers, holidays, maintenance ------------------------------------------------


def plant(**said):
    return Plant.model_validate(said)


def test_two_shifts_of_twelve_hours_never_close():
    assert year_h(shifts_per_day=2, shift_hours="12 h") == 8760.0
    assert year_h(shifts_per_day=1, shift_hours="12 h") == 4380.0


def year_h(**said):
    return open_hours(plant_calendar(plant(**said), HOURS_PER_YEAR), 0.0, HOURS_PER_YEAR)


def test_a_holiday_is_a_day_of_every_year():
    assert year_h(holidays=["0 d", "358 d"]) == 363 * 24
    calendar = plant_calendar(plant(holidays=["358.5 d"]), 2 * HOURS_PER_YEAR)
    assert calendar.switches_h == (358 * 24.0, 359 * 24.0, 8760 + 358 * 24.0, 8760 + 359 * 24.0)


def test_breaks_and_handovers_are_those_of_operators_and_not_of_the_plant():
    said = {"shifts_per_day": 2, "breaks": [{"after": "4 h", "duration": "30 min"}], "handover": "15 min"}
    assert plant_calendar(plant(**said), 24.0).switches_h == (16.0,)
    hours = operators_calendar(plant(**said), 24.0)
    assert not hours.open_at_start
    assert hours.switches_h == (0.25, 4.0, 4.5, 8.0, 8.25, 12.0, 12.5, 16.0)


def test_operators_change_with_the_shift():
    said = plant(operators={"general": [3, 2, 1], "furnace": 1})
    assert on_shift(said, "general", 48.0) == (3, ((8.0, 2), (16.0, 1), (24.0, 3), (32.0, 2), (40.0, 1)))
    assert on_shift(said, "furnace", 48.0) == (1, ())


KEPT = """
name: kept
title: mills of which one kind is maintained
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - {id: mill, batch: 10 kg, recipe: {LiCl: 1 kg}, duration: 2 h, machines: 1, failures: [],
     maintenance: [{every: 10 d, duration: 12 h}, {every: 100 d, duration: 2 d, first: 0 h}]}
  - {id: pack, duration: 1 h, machines: 1, failures: [], next: ship}
"""


def test_maintenance_closes_a_step_by_the_calendar():
    line = lines.resolved(KEPT, horizon_h=30 * 24.0)
    away = 2 * 24 + 2 * 12  # one long one at the start, then after 10 and 20 days
    ledger = reduce(simulate(line.plan, seed=0, replication=0), line)
    assert ledger.steps["mill"].state_h["off_shift"] == pytest.approx(away, abs=3)
    assert ledger.steps["pack"].state_h["off_shift"] == 0.0
    assert ledger.steps["mill"].started == pytest.approx(10 * (30 * 24 - away) / 2, abs=20)
    assert line.sizing.steps["mill"].open_h == 8760 - 33 * 12 - 4 * 48


def test_maintenance_counts_in_expected_values_as_in_simulated_ones():
    line = lines.resolved(KEPT, horizon_h=8760.0)
    simulated, sure = reduce(simulate(line.plan, seed=0, replication=0), line), expected(line)
    assert simulated.shipped == pytest.approx(sure.shipped, rel=5e-3)
    assert sure.shipped == pytest.approx(10 * (8760 - 33 * 12 - 4 * 48) / 2)


def test_a_maintained_step_is_sized_for_the_hours_that_are_left():
    free = KEPT.replace(
        "maintenance: [{every: 10 d, duration: 12 h}, {every: 100 d, duration: 2 d, first: 0 h}]", "clean: null"
    )
    text = KEPT.replace("every: 10 d", "every: 1 d").replace("machines: 1, failures: [],\n", "failures: [],\n")
    target = 20_000.0
    kept = lines.resolved(text, target_per_year=target).sizing.steps["mill"].machines
    without = lines.resolved(free.replace("machines: 1, failures: [],\n", "failures: [],\n"), target_per_year=target)
    assert kept == 2 * without.sizing.steps["mill"].machines


# -- who is there ------------------------------------------------------------------------------------------------------

SKILLED = """
name: skilled
title: mills that anybody runs and a furnace that few may run
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - {id: mill, batch: 10 kg, recipe: {LiCl: 1 kg}, duration: 2 h, machines: 3, operators: 1, failures: []}
  - {id: fire, duration: 1 h, machines: 3, operators: 1, skill: furnace, failures: [], next: ship}
"""


def shipped(line):
    ledger = reduce(simulate(line.plan, seed=0, replication=0), line)
    assert expected(line).shipped == pytest.approx(ledger.shipped, rel=0.02)
    return ledger.shipped


def test_operators_of_the_plant_are_what_there_is():
    # of three mills two run
    few = plant(operators={"general": 2, "furnace": 2})
    assert shipped(lines.resolved(SKILLED, plant=few, horizon_h=1000.0)) == pytest.approx(10 * 1000, rel=0.01)


def test_nobody_stands_in_for_a_skill():
    many = plant(operators={"general": 9, "furnace": 1})
    assert shipped(lines.resolved(SKILLED, plant=many, horizon_h=1000.0)) == pytest.approx(10 * 1000, rel=0.01)


def test_without_a_word_of_the_plant_every_skill_is_sized():
    line = lines.resolved(SKILLED, horizon_h=1000.0)
    assert line.sizing.skills.keys() == {"general", "furnace"}
    assert [resource.name for resource in line.plan.resources] == ["operators", "operators/furnace"]
    assert shipped(line) == pytest.approx(15 * 1000, rel=0.02)


def test_people_by_shift_are_paid_on_average():
    by_shift = plant(operators={"general": [3, 2, 1], "furnace": [1, 1, 1]})
    line = lines.resolved(SKILLED, plant=by_shift, horizon_h=1000.0)
    assert (line.sizing.operators, line.sizing.posts) == (4, 3.0)
    assert line.plan.resources[0].changes[:3] == ((8.0, 2), (16.0, 1), (24.0, 3))


def test_in_breaks_what_needs_nobody_goes_on():
    one = SKILLED.replace(", operators: 1, failures", ", failures")
    pauses = {"breaks": [{"after": "2 h", "duration": "2 h"}], "operators": {"general": 0, "furnace": 3}}
    line = lines.resolved(one, plant=plant(**pauses), horizon_h=1000.0)
    starts = [row for row in simulate(line.plan, seed=0, replication=0).rows if row["kind"] == Kind.START]
    pause = {0: 0, 1: 0}
    for row in starts:
        pause[int(row["step"])] += 2.0 <= row["time_h"] % 8.0 < 4.0
    assert pause[0] > 100
    assert pause[1] == 0


def test_a_plant_that_repairs_on_shift_does_so_at_every_step_that_says_nothing_else():
    text = SKILLED.replace("failures: []", "failures: [{after: 10 h, repair: 1 h}]").replace(
        "skill: furnace,", "repairs: always,"
    )
    line = lines.resolved(text, plant=plant(repairs="on_shift", shifts_per_day=1))
    assert [step.failures[0].calendar for step in line.plan.steps] == [0, -1]
