import numpy as np
import pytest
from scipy import stats

from sim.analysis.sampling import SAMPLERS, tied, triangular, unit_cube

NAMES = [f"n{at}" for at in range(300)]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_fills_the_cube_evenly_and_seed_zero_is_a_seed(sampler):
    points = unit_cube(1024, NAMES[:3], sampler=sampler, seed=0)
    assert points.shape == (1024, 3)
    assert points.mean(axis=0) == pytest.approx(np.full(3, 0.5), abs=0.03)
    assert (points > 0.0).all()
    assert (points < 1.0).all()
    assert np.array_equal(points, unit_cube(1024, NAMES[:3], sampler=sampler, seed=0))
    assert not np.array_equal(points, unit_cube(1024, NAMES[:3], sampler=sampler, seed=1))


def test_a_stratum_of_each_coordinate_holds_one_point():
    for sampler in ("sobol", "latin_hypercube"):
        points = unit_cube(64, NAMES[:5], sampler=sampler, seed=7)
        assert (np.sort(np.floor(64 * points), axis=0) == np.arange(64)[:, None]).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_many_coordinates_are_independent_pair_by_pair(sampler):
    # chance alone leaves 1/sqrt(512) = 0.044; the worst of 44,850 pairs of a plain Sobol' sequence has 0.7
    points = unit_cube(512, NAMES[:300], sampler=sampler, seed=0)
    assert np.abs(np.corrcoef(points.T) - np.eye(300)).max() < 0.25


def test_an_unknown_sampler_is_an_error():
    with pytest.raises(ValueError, match="unknown sampler 'halton'; allowed are sobol, latin_hypercube, random"):
        unit_cube(8, NAMES[:2], sampler="halton", seed=0)


def test_quantiles_are_those_of_scipy():
    p = np.linspace(0.001, 0.999, 37)
    law = stats.triang(c=(3.0 - 2.0) / (7.0 - 2.0), loc=2.0, scale=5.0)
    assert triangular(p, 2.0, 3.0, 7.0) == pytest.approx(law.ppf(p))
    # the mode at an end: p = 1/4 of a falling law lies at 1 - sqrt(3/4)
    assert triangular(np.array([0.25]), 0.0, 0.0, 1.0)[0] == pytest.approx(1.0 - 0.75**0.5)


def test_a_copula_gives_the_rank_correlation_and_keeps_every_coordinate_uniform():
    rank = 0.6
    matrix = np.eye(3)
    matrix[0, 2] = matrix[2, 0] = 2.0 * np.sin(np.pi * rank / 6.0)
    points = tied(unit_cube(8192, NAMES[:3], sampler="sobol", seed=1), matrix)
    rho = stats.spearmanr(points).statistic
    assert rho[0, 2] == pytest.approx(rank, abs=0.01)
    assert rho[0, 1] == pytest.approx(0.0, abs=0.02)
    for column in points.T:
        assert np.quantile(column, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.01)


def test_a_sample_is_the_same_whatever_others_are_at_hand():
    matrix = np.full((40, 40), 0.6) + 0.4 * np.eye(40)
    points = np.random.default_rng(0).random((1000, 40))
    some = tied(points[500:507].copy(), matrix)
    assert np.array_equal(tied(points, matrix)[500:507], some)


def test_without_correlation_points_stay_as_they_are():
    points = unit_cube(8, NAMES[:2], sampler="random", seed=3)
    assert np.array_equal(tied(points, np.eye(2)), points)


def test_a_coordinate_of_a_latin_hypercube_is_the_same_beside_others():
    alone = unit_cube(64, ["price"], sampler="latin_hypercube", seed=5)
    beside = unit_cube(64, ["wage", "price", "yield"], sampler="latin_hypercube", seed=5)
    assert np.array_equal(alone[:, 0], beside[:, 1])
    assert sorted((64 * alone[:, 0]).astype(int)) == list(range(64))
