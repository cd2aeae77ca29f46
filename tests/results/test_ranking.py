"""Paired differences, what common random numbers bought, and the chance to be the cheapest."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.results.ranking import chance_to_be_least, differences, ranking, variance_reduction

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


@pytest.mark.parametrize("gap", [-0.4, 0.0, 0.1, 0.7])
def test_for_two_lines_the_chance_is_that_of_the_paired_t_test(gap):
    random = np.random.default_rng(3)
    common, own = random.normal(0, 5, 8), random.normal(0, 1, 8)
    table = np.column_stack([common, common + own + gap])
    expected = stats.ttest_rel(table[:, 0], table[:, 1], alternative="less").pvalue
    assert chance_to_be_least(table)[0] == pytest.approx(1 - expected, abs=0.006)  # 100 000 draws: 4 sigma


def test_chances_of_independent_lines_are_those_of_their_order():
    # three alike: a third each, but for the scatter that was seen; many replications, so that normal is near
    table = np.random.default_rng(1).normal(0, 1, (2000, 3))
    table -= table.mean(axis=0)
    assert chance_to_be_least(table) == pytest.approx([1 / 3] * 3, abs=0.03)
    assert chance_to_be_least(table).sum() == pytest.approx(1.0)


def test_more_lines_than_replications_can_be_ranked():
    found = chance_to_be_least(np.random.default_rng(2).normal(np.arange(6.0), 0.1, (3, 6)))
    assert found.sum() == pytest.approx(1.0)
    assert found[0] > 0.9


def test_lines_that_are_the_same_share_their_chance():
    found = chance_to_be_least([[1.0, 1.0, 5.0], [2.0, 2.0, 6.5], [1.5, 1.5, 5.0]])
    assert found == pytest.approx([0.5, 0.5, 0.0], abs=0.01)


def test_one_replication_gives_no_chance():
    assert np.isnan(chance_to_be_least([[1.0, 2.0]])).all()


def test_the_ranking_is_by_cost_and_leaves_out_who_is_alone():
    found = ranking(kpis({"b": COSTS["b"], "a": COSTS["a"], "c": COSTS["c"]}), GROUPS)
    assert found[["line", "rank", "cost_per_unit"]].to_numpy().tolist() == [
        ["a", 1, 11.0],
        ["b", 2, pytest.approx(36.5 / 3)],
    ]
    assert found["chance_best"].sum() == pytest.approx(1.0)
    assert found["chance_best"][0] > 0.97


def test_a_run_without_pairs_has_empty_tables():
    assert differences(kpis({"c": COSTS["c"]}), GROUPS).empty
    assert ranking(kpis({"c": COSTS["c"]}), GROUPS).empty
