import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.results.statistics import interval, paired_difference, student_quantile, summary


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 400])
@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_student_quantiles_are_those_of_scipy(confidence, freedom):
    assert student_quantile(confidence, freedom) == pytest.approx(stats.t.ppf(0.5 + confidence / 2, freedom), rel=1e-9)


@pytest.mark.parametrize(("confidence", "freedom"), [(0.0, 3), (1.0, 3), (0.95, 0)])
def test_impossible_confidence_is_an_error(confidence, freedom):
    with pytest.raises(ValueError, match="expected a confidence"):
        student_quantile(confidence, freedom)


def test_interval_is_the_textbook_one():
    # mean 2, standard deviation 1, t(0.95, 2) = 4.3027, half width 4.3027/sqrt(3)
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_one_replication_has_a_mean_but_no_interval():
    found = interval([5.0])
    assert found.mean == 5.0
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_intervals_hold_the_true_mean_as_often_as_they_say():
    numbers = np.random.default_rng(1).normal(10.0, 2.0, (2000, 5))
    held = sum(found.low <= 10.0 <= found.high for found in map(interval, numbers))
    assert held / 2000 == pytest.approx(0.95, abs=0.02)


def test_pairs_are_sharper_than_the_lines_themselves():
    common = np.random.default_rng(2).normal(0.0, 10.0, 20)
    own = np.random.default_rng(3).normal(0.0, 0.1, 20)
    found = paired_difference(common + 1.0 + own, common)
    assert found.low < 1.0 < found.high
    assert found.half_width < 0.1
    assert interval(common).half_width > 3.0


def test_pairs_of_unequal_length_are_an_error():
    with pytest.raises(ValueError, match="found 2 and 3"):
        paired_difference([1.0, 2.0], [1.0, 2.0, 3.0])


def test_summary_keeps_the_order_of_lines_and_kpis():
    rows = [(line, r, kpi, "1", r + 1.0) for line in ("b", "a") for r in range(3) for kpi in ("z", "y")]
    found = summary(pd.DataFrame(rows, columns=["line", "replication", "kpi", "unit", "value"]))
    assert list(found.columns) == ["line", "kpi", "unit", "mean", "ci_low", "ci_high", "replications"]
    assert found[["line", "kpi"]].to_numpy().tolist() == [["b", "z"], ["b", "y"], ["a", "z"], ["a", "y"]]
    assert found["mean"].tolist() == [2.0] * 4
    assert found["replications"].tolist() == [3] * 4
