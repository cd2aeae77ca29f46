import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from sim.engine.draws import Form, Sampler, recipe, values
from sim.engine.random import Source
from sim.inputs.laws import Law, beta_shapes, describe, mean, parse_law, scale, std

MEASURED = (1.0, 2.0, 2.0, 5.0, 5.5, 9.0)
LAWS = [
    Law("fixed", (0.75,)),
    Law("uniform", (2.0, 5.0)),
    Law("triangular", (4.0, 6.0, 9.0)),
    Law("triangular", (4.0, 4.0, 9.0)),
    Law("triangular", (4.0, 9.0, 9.0)),
    Law("exponential", (4.0,)),
    Law("lognormal", (4.0, 0.2)),
    Law("lognormal", (4.0, 2.0)),
    Law("normal", (4.0, 1.0)),
    Law("truncnormal", (4.0, 3.0)),
    Law("truncnormal", (0.0, 3.0)),
    Law("truncnormal", (400.0, 3.0)),
    Law("weibull", (1.5, 100.0)),
    Law("weibull", (0.5, 100.0)),
    Law("erlang", (3.0, 6.0)),
    Law("gamma", (4.0, 0.5)),
    Law("gamma", (4.0, 1.5)),
    Law("beta", (2.0, 9.0, 4.0, 1.0)),
    Law("beta", (0.0, 1.0, 0.3, 0.35)),
    Law("pert", (4.0, 6.0, 9.0)),
    Law("pert", (4.0, 4.0, 9.0)),
    Law("measured", MEASURED),
]
RANDOM = LAWS[1:]


def gamma(shape, scale):
    return lambda u: scale * special.gammaincinv(shape, u)


QUANTILES = {
    "uniform": lambda low, high: stats.uniform(low, high - low).ppf,
    "triangular": lambda low, mode, high: stats.triang((mode - low) / (high - low), low, high - low).ppf,
    "exponential": lambda mean: stats.expon(scale=mean).ppf,
    "lognormal": lambda mean, cv: stats.lognorm(math.sqrt(math.log1p(cv**2)), scale=mean / math.sqrt(1 + cv**2)).ppf,
    "normal": lambda mean, sd: stats.norm(mean, sd).ppf,
    "truncnormal": lambda mean, sd: stats.truncnorm(-mean / sd, np.inf, mean, sd).ppf,
    "weibull": lambda shape, scale: stats.weibull_min(shape, scale=scale).ppf,
    "erlang": lambda k, mean: gamma(k, mean / k),
    "gamma": lambda mean, cv: gamma(1 / cv**2, mean * cv**2),
    "beta": lambda *p: stats.beta(*beta_shapes(Law("beta", p)), loc=p[0], scale=p[1] - p[0]).ppf,
    "pert": lambda *p: stats.beta(*beta_shapes(Law("pert", p)), loc=p[0], scale=p[2] - p[0]).ppf,
    "measured": lambda *p: lambda u: np.quantile(p, u, method="hazen"),
}
"""Quantiles of every law by other means."""


def name(law):
    return describe(law, "h")


def drawn(law, count, *, stream="test", **blocks):
    sampler = Sampler(law, Source(1, 0).stream(stream), **blocks)
    return [sampler() for _ in range(count)]


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_quantiles_are_those_of_the_law(law):
    u = np.concatenate([np.linspace(0.001, 0.999, 500), 10.0 ** -np.arange(3, 15)])
    u = (np.floor(u * 2**52) + 0.5) / 2**52  # as a stream gives them
    exact = np.maximum(QUANTILES[law.kind](*law.parameters)(u), 0.0)

    assert values(recipe(law), u) == pytest.approx(exact, rel=1e-7, abs=5e-7 * mean(law))


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_the_mean_over_all_probabilities_is_that_of_the_law(law):
    found = values(recipe(law), (np.arange(100_000) + 0.5) / 100_000)

    assert found.mean() == pytest.approx(mean(law), rel=1e-3)
    assert found.std() == pytest.approx(std(law), rel=2e-2)


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_draws_follow_the_law(law):
    found = drawn(law, 20_000)
    # where the law's quantiles lead back to, draws are uniform
    u = np.linspace(0.0, 1.0, 2001)[1:-1]
    expected = QUANTILES[law.kind](*law.parameters)(u)
    largest = np.abs(np.searchsorted(np.sort(found), expected, side="right") / len(found) - u)
    alone = np.concatenate([[True], np.diff(expected) > 1e-9]) & np.concatenate([np.diff(expected) > 1e-9, [True]])

    assert largest[alone].max() < stats.kstwo.ppf(0.999, len(found))
    assert np.mean(found) == pytest.approx(mean(law), abs=4.0 * std(law) / math.sqrt(len(found)))
    assert min(found) >= 0.0


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_a_value_never_falls_when_its_number_grows(law):
    u = np.concatenate([[2.0**-53], np.linspace(1e-9, 1.0 - 1e-9, 50_000), [1.0 - 2.0**-53]])
    found = values(recipe(law), u)

    assert (np.diff(found) >= -4e-15 * found[1:]).all()
    assert np.isfinite(found).all()
    assert found[0] >= 0.0


@pytest.mark.parametrize("law", LAWS, ids=name)
@pytest.mark.parametrize("blocks", [(1, 1), (7, 100), (100, 5000)])
def test_the_size_of_blocks_does_not_change_the_sequence(law, blocks):
    fewest, most = blocks

    assert drawn(law, 2500, fewest=fewest, most=most) == drawn(law, 2500)


@pytest.mark.parametrize("blocks", [(0, 5), (5, 4)])
def test_blocks_hold_one_value_or_more_and_do_not_shrink(blocks):
    with pytest.raises(ValueError, match="expected blocks of 1 or more that do not shrink, found"):
        Sampler(LAWS[1], Source(0, 0).stream("x"), fewest=blocks[0], most=blocks[1])


@pytest.mark.parametrize("law", LAWS, ids=name)
def test_a_scaled_law_rescales_every_draw(law):
    assert drawn(scale(law, 2.5), 100) == pytest.approx([2.5 * value for value in drawn(law, 100)])


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_every_law_takes_one_number_for_each_value(law):
    taken = []
    uniforms = Source(1, 0).stream("test")

    def counted(count):
        taken.append(count)
        return uniforms(count)

    sampler = Sampler(law, counted, fewest=10, most=10)
    found = [sampler() for _ in range(50)]

    assert taken == [10] * 5
    assert found == values(recipe(law), Source(1, 0).stream("test")(50)).tolist()


def test_the_number_behind_a_value_is_the_same_whatever_the_parameters():
    u = Source(1, 0).stream("test")(500)
    laws = [Law("exponential", (7.0,)), Law("uniform", (1.0, 2.0)), Law("triangular", (0.0, 3.0, 9.0)), LAWS[15]]
    ranks = [np.argsort(np.argsort(drawn(law, 500))).tolist() for law in laws]

    assert all(rank == np.argsort(np.argsort(u)).tolist() for rank in ranks)


def test_a_changed_parameter_keeps_the_standardised_draws():
    narrow, wide = (drawn(Law("lognormal", (4.0, cv)), 500) for cv in (0.1, 0.5))

    assert np.corrcoef(np.log(narrow), np.log(wide))[0, 1] == pytest.approx(1.0)


def test_a_fixed_law_draws_nothing():
    def refuse(count):
        raise AssertionError(count)

    assert Sampler(Law("fixed", (2.0,)), refuse)() == 2.0


def test_draw_and_call_are_the_same_sequence():
    sampler = Sampler(LAWS[1], Source(1, 0).stream("test"))

    assert [sampler.draw(), sampler(), sampler.draw()] == drawn(LAWS[1], 3)
    assert isinstance(sampler.draw(), float)


def test_a_lognormal_law_without_scatter_gives_its_mean():
    assert drawn(Law("lognormal", (4.0, 0.0)), 3) == [4.0] * 3


def test_a_normal_law_is_clipped_at_zero():
    law = parse_law("normal(3.72, sd=1) h", "h")

    assert values(recipe(law), np.array([2.0**-53, 0.5])).tolist() == [0.0, 3.72]


def test_measured_values_are_drawn_between_neighbours_and_never_beyond_the_ends():
    u = np.array([2.0**-53, 1 / 12, 2 / 12, 3 / 12, 11 / 12, 1.0 - 2.0**-53])

    assert values(recipe(Law("measured", MEASURED)), u) == pytest.approx([1.0, 1.0, 1.5, 2.0, 9.0, 9.0])


def test_laws_of_one_shape_share_their_table():
    assert recipe(Law("gamma", (4.0, 0.5))).table is recipe(Law("erlang", (4.0, 9.0))).table


def test_every_form_is_drawn_by_some_law():
    assert {recipe(law).form for law in LAWS} == set(Form)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 2**32))
def test_triangular_draws_stay_between_low_and_high(a, b, c, seed):
    low, mode, high = sorted((a, b, c))
    found = values(recipe(Law("triangular", (low, mode, high))), Source(seed, 0).stream("x")(50))

    assert low <= found.min() <= found.max() <= high


PINNED = {
    "uniform(2, 5) h": ["0x1.5581b9a662f37p+1", "0x1.2d3093761c648p+1", "0x1.da4ab3fedcaf9p+1"],
    "triangular(4, 6, 9) h": ["0x1.5f80a0dd0fd59p+2", "0x1.456d8e05800b4p+2", "0x1.9d2bc128a2ce5p+2"],
    "triangular(4, 4, 9) h": ["0x1.25de53bc73c71p+2", "0x1.136b112c6492cp+2", "0x1.6dc9ded8ad2a0p+2"],
    "triangular(4, 9, 9) h": ["0x1.9700acf841299p+2", "0x1.6dc675251ff3ep+2", "0x1.f145160d0f048p+2"],
    "exponential(4) h": ["0x1.01f0d079b57fbp+0", "0x1.006a152b1f1c4p-1", "0x1.ae4ac5044bd50p+1"],
    "lognormal(4, cv=0.2) h": ["0x1.afa1606693d60p+1", "0x1.8ce8a073d57ffp+1", "0x1.03c05422a2a19p+2"],
    "lognormal(4, cv=2) h": ["0x1.5bd1d7ad5c5fap-1", "0x1.9682f1cfcfbd5p-2", "0x1.1cfa90ffb2364p+1"],
    "normal(4, sd=1) h": ["0x1.9e4fa7321a941p+1", "0x1.681ba6cdc0718p+1", "0x1.0b09d7e2e35afp+2"],
    "truncnormal(4, sd=3) h": ["0x1.2f7fb7b594d28p+1", "0x1.74920a7251890p+0", "0x1.348b28fd41123p+2"],
    "truncnormal(0, sd=3) h": ["0x1.b263834c6a83ap-1", "0x1.c6c0427cc01bdp-2", "0x1.2e0b4af34e874p+1"],
    "truncnormal(400, sd=3) h": ["0x1.8db5ddeb2c9f8p+8", "0x1.8c70a5e8d282bp+8", "0x1.9084761ea2a84p+8"],
    "weibull(shape=1.5, scale=100) h": ["0x1.3f152b245bebap+5", "0x1.906e791740069p+4", "0x1.643926018fa57p+6"],
    "weibull(shape=0.5, scale=100) h": ["0x1.96166dfba15d7p+2", "0x1.914bc6d66800ap+0", "0x1.1a84b6711c859p+6"],
    "erlang(k=3, 6) h": ["0x1.9f8f053c84334p+1", "0x1.2fd7cd016eda9p+1", "0x1.7b436881fa8a2p+2"],
    "gamma(4, cv=0.5) h": ["0x1.340dfc743cceep+1", "0x1.dad80a4b33eedp+0", "0x1.00a2c27efaa7ap+2"],
    "gamma(4, cv=1.5) h": ["0x1.e697585c26f29p-3", "0x1.c91b720aac525p-5", "0x1.234a18a3cfc08p+1"],
    "beta(2, 9, 4, sd=1) h": ["0x1.94981464f5a64p+1", "0x1.6bc05a93f5957p+1", "0x1.0495015abd642p+2"],
    "beta(0, 1, 0.3, sd=0.35) h": ["0x1.692ec7a661271p-9", "0x1.2702111d9d16fp-13", "0x1.99ff5ce3d6089p-3"],
    "pert(4, 6, 9) h": ["0x1.57c889e7aee16p+2", "0x1.40f6ec97b0124p+2", "0x1.93d419a928c58p+2"],
    "pert(4, 4, 9) h": ["0x1.0fb8d104e8384p+2", "0x1.07e9d85d572d6p+2", "0x1.318259b2bcf78p+2"],
    "measured(6 values, 1 to 9) h": ["0x1.d606e6998bcdbp+0", "0x1.34c24dd871921p+0", "0x1.2ee01bfc960ebp+2"],
}


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_the_first_draws_are_pinned_to_the_bit(law):
    assert [value.hex() for value in drawn(law, 3, stream="pinned")] == PINNED[name(law)]
