"""Where a series settles, by MSER-5, and what is said about a warm-up that is too short."""

import numpy as np
import pandas as pd
import pytest

from sim.engine.plan import Calendar
from sim.study import warmup

ALWAYS = Calendar("plant", open_at_start=True, switches_h=())
SUNDAYS = Calendar("plant", open_at_start=True, switches_h=tuple(h for w in range(30) for h in (168 * w + 144, 168 * w + 168)))  # fmt: skip


def days(shipped):
    return pd.DataFrame({"time_h": 24.0 * np.arange(1, len(shipped) + 1), "shipped": shipped})


def test_the_statistic_is_the_squared_standard_error_of_what_is_left():
    # 0, 3, 5, 4: all: mean 3, squares 9 + 0 + 4 + 1 = 14, / 16; without the first: mean 4, 1 + 1 + 0 = 2, / 9;
    # then 5 and 4: 0.5 / 4; then one value, which does not scatter
    assert warmup.mser([0.0, 3.0, 5.0, 4.0]) == pytest.approx([14 / 16, 2 / 9, 0.5 / 4, 0.0])


def test_a_large_mean_does_not_swallow_small_scatter():
    series = np.array([0.0, 3.0, 5.0, 4.0])
    assert warmup.mser(series + 1e9) == pytest.approx(warmup.mser(series), rel=1e-6, abs=1e-12)


def test_a_ramp_is_cut_where_it_ends():
    found = warmup.truncation(days([0.0] * 4 + [1.0, 2.0] + [3.0, 3.1] * 30), ALWAYS)
    assert (found.cut, found.cut_h, found.settled) == (6, 144.0, True)


def test_a_line_that_ships_the_same_from_the_first_day_on_is_not_cut():
    assert warmup.truncation(days([2.0] * 40), ALWAYS).cut_h == 0.0


def test_what_still_grows_at_the_end_has_not_settled():
    found = warmup.truncation(days(np.arange(60.0) ** 3), ALWAYS)
    assert not found.settled


def test_a_short_run_says_nothing():
    assert not warmup.truncation(days([2.0] * 19), ALWAYS).settled
    assert not warmup.truncation(days([]), ALWAYS).settled


def test_closed_days_are_no_scatter():
    week = [1.0] * 5 + [0.8, 0.2]  # what ships on Sunday counts to Saturday
    found = warmup.truncation(days([0.0] * 7 + week * 20), SUNDAYS)
    assert found.batches[6:] == pytest.approx(1.0)
    assert len(found.batches) == 21 * 6
    assert (found.cut, found.cut_h) == (6, 168.0)  # the six open days of the first week, up to the end of Sunday


def test_on_noise_the_cut_is_that_of_the_ramp_give_or_take_a_few_days():
    random = np.random.default_rng(5)
    cuts = [
        warmup.truncation(
            days(np.concatenate([np.zeros(7), np.full(300, 10.0)]) + random.normal(0, 1, 307)), ALWAYS
        ).cut
        for _ in range(100)
    ]
    assert min(cuts) == 7
    assert np.median(cuts) <= 9


def truncated(cut, count=100):
    shipped = np.concatenate([np.zeros(cut), np.full(count - cut, 5.0)])
    return warmup.truncation(days(shipped), ALWAYS)


def test_the_warm_up_of_all_is_the_longest_in_whole_weeks():
    assert warmup.common_h([truncated(3), truncated(8)], 4000.0) == 2 * 168.0
    assert warmup.common_h([truncated(7)], 4000.0) == 168.0
    assert warmup.common_h([truncated(0)], 4000.0) == 0.0


def test_the_warm_up_ends_at_its_limit():
    assert warmup.common_h([truncated(3), truncated(8)], 200.0) == 200.0
    assert warmup.common_h([truncated(80)], 1000.0) == 1000.0


def test_a_given_warm_up_that_is_too_short_is_a_doubt():
    found = {"a": truncated(8), "b": truncated(3)}
    assert list(warmup.doubts(found, 168.0, given=True)) == [
        "a: the warm-up of 7 d is shorter than the 8 d that MSER-5 leaves out"
    ]
    assert list(warmup.doubts(found, 192.0, given=True)) == []


def test_a_run_that_is_too_short_to_tell_says_so():
    (said,) = warmup.doubts({"a": truncated(80)}, 336.0, given=False)
    assert said == (
        "a: the run is too short to find out when the line has settled (MSER-5); warm-up: half of the horizon, 14 d"
    )
    assert list(warmup.doubts({"a": truncated(2, 10)}, 336.0, given=True)) == []
