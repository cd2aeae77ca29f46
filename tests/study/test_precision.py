"""Replications to a precision: when the rule stops, what it expects, what it says at its limit."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.inputs.questions import Precision
from sim.study.precision import Widest, needed, precise, unreached, widest

ONE_PERCENT = Precision(relative="1 %")


def test_the_widest_interval_decides():
    values = {"a": np.array([99.0, 100.0, 101.0]), "b": np.array([98.0, 100.0, 102.0])}
    found = widest(lambda kpi: values if kpi == "cost_per_unit" else {"a": np.ones(3)}, ONE_PERCENT)
    # b: standard deviation 2, t(0.95, 2) = 4.302653: half width 4.9683 of 100
    assert found == (pytest.approx(4.302653 * 2 / math.sqrt(3) / 100), "b", "cost_per_unit")
    assert not precise(found, ONE_PERCENT)
    assert precise(found, Precision(relative="5 %"))


def test_what_is_surer_takes_more():
    values = {"a": np.random.default_rng(0).normal(100, 1, 12)}
    shares = [widest(lambda _: values, Precision(relative=0.01, confidence=c)).share for c in (0.9, 0.99)]
    assert shares[1] / shares[0] == pytest.approx(stats.t.ppf(0.995, 11) / stats.t.ppf(0.95, 11), rel=1e-9)


def test_half_the_width_takes_four_times_the_replications():
    assert needed(Widest(0.02, "a", "throughput"), ONE_PERCENT, 10) == pytest.approx(40.0)


def test_at_the_limit_it_says_what_is_known_and_what_it_would_take():
    assert unreached(Widest(0.02, "a", "throughput"), ONE_PERCENT, 10) == (
        "the precision of 1 % was not reached within 10 replications: the good output of a is known to ± 2.00%; "
        "it would take about 40"
    )
    assert unreached(Widest(math.inf, "a", "cost_per_unit"), ONE_PERCENT, 10).endswith("known to ± inf%")
