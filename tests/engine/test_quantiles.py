import numpy as np
import pytest
from scipy import special

from sim.engine.quantiles import KNOTS, PER_SCORE, REACH, beta_table, gamma_table, looked_up

SCORES = np.random.default_rng(1).uniform(-8.2, 5.0, 4000)
U = special.ndtr(SCORES)
SHAPES = {0.1: 5e-6, 0.25: 2e-7, 0.5: 2e-8, 1.0: 1e-9, 3.0: 1e-9, 100.0: 1e-9, 1e6: 3e-9}
"""Shape of a gamma law and the largest error of its quantiles, in parts of the mean."""
PAIRS = {(0.1, 0.1): 2e-6, (0.1, 5.0): 1e-7, (0.5, 0.5): 2e-8, (1.0, 5.0): 1e-9, (3.0, 3.0): 1e-9, (5e5, 5e5): 1e-9}
"""Shapes of a beta law and the largest error of its quantiles, in parts of the width."""
TABLES = {
    **{f"gamma {shape:g}": gamma_table(shape) for shape in SHAPES},
    **{f"beta {alpha:g} {beta:g}": beta_table(alpha, beta) for alpha, beta in PAIRS},
}


@pytest.mark.parametrize(("shape", "error"), SHAPES.items())
def test_gamma_quantiles_are_true_far_into_both_tails(shape, error):
    upper = special.ndtr(-SCORES)
    exact = np.where(SCORES < 0.0, special.gammaincinv(shape, U), special.gammainccinv(shape, upper)) / shape

    assert np.abs(looked_up(gamma_table(shape), U) - exact).max() < error


@pytest.mark.parametrize(("shapes", "error"), PAIRS.items())
def test_beta_quantiles_are_true_far_into_both_tails(shapes, error):
    exact = special.betaincinv(*shapes, U)

    assert np.abs(looked_up(beta_table(*shapes), U) - exact).max() < error


def test_the_last_knots_of_a_gamma_table_are_true():
    z = np.arange(KNOTS) / PER_SCORE - REACH
    exact = special.gammainccinv(2.0, special.ndtr(-z[KNOTS // 2 :])) / 2.0

    assert gamma_table(2.0)[::2][KNOTS // 2 :] == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_never_falls_between_its_knots_either(table):
    u = special.ndtr(np.linspace(-8.2, 8.2, 40_000))
    found = looked_up(table, np.clip(u, 2.0**-53, 1.0 - 2.0**-53))

    assert (np.diff(table[::2]) >= 0.0).all()
    assert (np.diff(found) >= -4e-16 * found[1:]).all()
    assert found.min() >= 0.0


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_most_extreme_draws_stay_in_a_table(table):
    least, most = looked_up(table, np.array([2.0**-53, 1.0 - 2.0**-53]))

    assert table[0] <= least <= most <= table[-2]


def test_a_table_is_for_reading_only():
    with pytest.raises(ValueError, match="read-only"):
        gamma_table(2.0)[0] = 1.0


def test_tables_are_pinned_to_the_bit():
    assert [gamma_table(2.5)[number].hex() for number in (100, 529, 1001)] == [
        "0x1.c663d68a54460p-16",
        "0x1.2a1c1c549bf4ep-6",
        "0x1.90e64659cee55p-4",
    ]
    assert [beta_table(2.5, 4.0)[number].hex() for number in (100, 529, 1001)] == [
        "0x1.e30610f3d60a7p-17",
        "0x1.92dcf97e56b99p-8",
        "0x1.2ff9b1033ddaap-16",
    ]
