import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.plan import Calendar, Plan
from sim.inputs.scenario import HOURS_PER_YEAR, Plant
from sim.plant.calendars import like_the_year, open_hours, plant_calendar


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
