"""Paired differences, and what common random numbers bought."""

import numpy as np
import pandas as pd
import pytest

from sim.results.differences import differences, variance_reduction

COSTS = {"a": [10.0, 12.0, 11.0], "b": [11.0, 13.0, 12.5], "c": [9.0, 9.0, 9.0]}
GROUPS = {"a": "powder", "b": "powder", "c": "film"}


def kpis(costs=None, kpi="cost_per_unit"):
    rows = [
        (line, number, kpi, "USD/kg", value)
        for line, values in (costs or COSTS).items()
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["line", "replication", "kpi", "unit", "value"])


def test_differences_are_of_pairs_of_one_group():
    found = differences(kpis(), GROUPS)
    # b - a: 1, 1, 1.5; mean 7/6, standard deviation 0.288675, t(0.95, 2) = 4.302653
    half = 4.302653 * 0.288675 / np.sqrt(3)
    assert found[["line_a", "line_b", "kpi", "replications"]].to_numpy().tolist() == [["a", "b", "cost_per_unit", 3]]
    assert found[["mean", "ci_low", "ci_high"]].to_numpy()[0] == pytest.approx(
        [7 / 6, 7 / 6 - half, 7 / 6 + half], rel=1e-5
    )
    assert found["correlation"][0] == pytest.approx(np.corrcoef(COSTS["a"], COSTS["b"])[0, 1])


def test_variance_reduction_is_what_pairs_take_off():
    # var a = 1, var b = 13/12, var of the difference = 1/12: 1 - (1/12) / (25/12) = 24/25
    assert variance_reduction(COSTS["a"], COSTS["b"]) == pytest.approx(24 / 25)
    assert variance_reduction([1.0, 2.0], [2.0, 1.0]) == pytest.approx(-1.0)  # against each other: twice the variance
    assert np.isnan(variance_reduction([1.0, 1.0], [2.0, 2.0]))
    assert np.isnan(variance_reduction([1.0], [2.0]))


def test_a_run_without_pairs_has_an_empty_table():
    assert differences(kpis({"c": COSTS["c"]}), GROUPS).empty
