import math

import numpy as np
import pytest

from sim.analysis.indices import morris, screened, sobol, spearman


def ishigami(points):
    x = math.pi * (2.0 * points - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def by_name(frame, method):
    return frame[frame["method"] == method].set_index("parameter")


@pytest.mark.parametrize("seed", [0, 1])
def test_sobol_indices_of_the_ishigami_function_are_those_of_the_textbook(seed):
    # a = 7, b = 0.1: V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2; V1 = (1 + b pi^4/5)^2 / 2; V2 = a^2/8;
    # V13 = b^2 pi^8 (1/18 - 1/50)
    a, b = 7.0, 0.1
    first, second = 0.5 * (1.0 + b * math.pi**4 / 5.0) ** 2, a**2 / 8.0
    both = b**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = first + second + both
    found = sobol(ishigami, ["x1", "x2", "x3"], samples=4096, seed=seed)
    single, total = by_name(found, "sobol_first"), by_name(found, "sobol_total")
    assert single["value"].tolist() == pytest.approx([first / whole, second / whole, 0.0], abs=0.01)
    assert total["value"].tolist() == pytest.approx([(first + both) / whole, second / whole, both / whole], abs=0.01)
    assert (single["low"] < single["value"]).all()
    assert (total["value"] < total["high"]).all()
    assert found.equals(sobol(ishigami, ["x1", "x2", "x3"], samples=4096, seed=seed))


def test_elementary_effects_of_a_plane_are_its_slopes():
    found = morris(lambda x: 3.0 * x[:, 0] - 5.0 * x[:, 1] + 0.0 * x[:, 2], ["a", "b", "c"], trajectories=4, seed=0)
    assert found["value"].tolist() == pytest.approx([3.0, 5.0, 0.0])
    # of 9 + 25 + 0, the largest leaves out 9
    names, share = screened(found, 1)
    assert names == ["b"]
    assert share == pytest.approx(9.0 / 34.0)


def test_points_without_a_value_are_left_out_with_their_trajectory():
    def patchy(x):
        return np.where(x[:, 0] + x[:, 1] > 1.9, np.nan, 2.0 * x[:, 0])

    found = morris(patchy, ["a", "b"], trajectories=20, seed=0)
    assert found["value"].tolist() == pytest.approx([2.0, 0.0])
    with pytest.raises(ValueError, match="hardly any combination"):
        morris(lambda x: np.full(len(x), np.nan), ["a"], trajectories=4, seed=0)


def test_rank_correlation_of_a_rising_curve_is_one():
    x = np.random.default_rng(0).random((200, 3))
    x[:, 2] = 0.5
    found = by_name(spearman(x, np.exp(5.0 * x[:, 0]), ["up", "other", "fixed"]), "spearman")
    assert found["value"]["up"] == pytest.approx(1.0)
    assert found["low"]["other"] < 0.0 < found["high"]["other"]
    assert list(found.index) == ["up", "other"]


def test_values_that_are_repeated_count_once_for_the_interval():
    # eight values, a hundred times each: no more is known of the parameter than eight values tell
    x = np.tile(np.arange(8.0), 100)[:, None]
    y = np.tile(np.array([1.0, 0.0, 3.0, 2.0, 5.0, 4.0, 7.0, 6.0]), 100)
    few, many = spearman(x[:8], y[:8], ["x"]), spearman(x, y, ["x"])
    assert many[["low", "high"]].to_numpy() == pytest.approx(few[["low", "high"]].to_numpy(), abs=0.05)
