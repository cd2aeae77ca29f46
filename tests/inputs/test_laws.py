import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.inputs.laws import Law, Sampler, describe, mean, parse_law, scale, std

LAWS = [
    Law("fixed", (0.75,)),
    Law("uniform", (2.0, 5.0)),
    Law("triangular", (4.0, 6.0, 9.0)),
    Law("triangular", (4.0, 4.0, 9.0)),
    Law("triangular", (4.0, 9.0, 9.0)),
    Law("exponential", (4.0,)),
    Law("lognormal", (4.0, 0.2)),
    Law("truncnormal", (4.0, 3.0)),
    Law("truncnormal", (400.0, 3.0)),
    Law("weibull", (1.5, 100.0)),
    Law("erlang", (3.0, 6.0)),
]
REFERENCES = {
    "uniform": lambda low, high: stats.uniform(low, high - low),
    "triangular": lambda low, mode, high: stats.triang((mode - low) / (high - low), low, high - low),
    "exponential": lambda mean: stats.expon(scale=mean),
    "lognormal": lambda mean, cv: stats.lognorm(np.sqrt(np.log1p(cv**2)), scale=mean / np.sqrt(1 + cv**2)),
    "truncnormal": lambda mean, sd: stats.truncnorm(-mean / sd, np.inf, mean, sd),
    "weibull": lambda shape, scale: stats.weibull_min(shape, scale=scale),
    "erlang": lambda k, mean: stats.gamma(k, scale=mean / k),
}
RANDOM = LAWS[1:]


def name(law):
    return describe(law, "h")


def values(law, count, *, seed=1, block=1024):
    sampler = Sampler(law, np.random.default_rng(seed), block=block)
    return [sampler() for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("45 min", Law("fixed", (0.75,))),
        ("0 h", Law("fixed", (0.0,))),
        ("triangular(240, 360, 540) min", Law("triangular", (4.0, 6.0, 9.0))),
        ("uniform(2,5)h", Law("uniform", (2.0, 5.0))),
        ("exponential(4) h", Law("exponential", (4.0,))),
        ("lognormal(4, cv=0.2) h", Law("lognormal", (4.0, 0.2))),
        ("lognormal(cv=0.2, mean=4) h", Law("lognormal", (4.0, 0.2))),
        ("truncnormal(4, sd=30) d", Law("truncnormal", (96.0, 720.0))),
        ("weibull(1.5, 2) d", Law("weibull", (1.5, 48.0))),
        ("erlang(k=3, mean=4) h", Law("erlang", (3.0, 4.0))),
    ],
)
def test_laws_are_read_in_canonical_units(text, law):
    assert parse_law(text, "h") == law


def test_a_pure_number_needs_no_unit():
    assert parse_law("uniform(0.1, 0.2)", "1") == Law("uniform", (0.1, 0.2))
    assert parse_law("uniform(10, 20) %", "1") == Law("uniform", (0.1, 0.2))
    assert parse_law(0.5, "1") == Law("fixed", (0.5,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("triangular(9, 6, 4) h", "triangular(low, mode, high) needs 0 <= low <= mode <= high, found 9, 6, 4"),
        ("uniform(-1, 4) h", "uniform(low, high) needs 0 <= low <= high, found -1, 4"),
        ("exponential(0) h", "exponential(mean) needs a mean above 0, found 0"),
        ("lognormal(4, -1) h", "lognormal(mean, cv) needs a mean above 0 and a cv of 0 or more, found 4, -1"),
        ("truncnormal(4, 0) h", "truncnormal(mean, sd) needs a mean of 0 or more and an sd above 0, found 4, 0"),
        ("weibull(0, 4) h", "weibull(shape, scale) needs a shape of 0.1 or more and a scale above 0, found 0, 4"),
        ("erlang(2.5, 4) h", "erlang(k, mean) needs a whole k of 1 to 100 and a mean above 0, found 2.5, 4"),
        ("-3 h", "expected 0 or more, found '-3 h'"),
        ("exponential(nan) h", "expected a finite number, found nan"),
        ("exponential(1, 2) h", "expected exponential(mean), found exponential(1, 2)"),
        ("lognormal(4) h", "expected lognormal(mean, cv), found lognormal(4)"),
        ("lognormal(4, sigma=1) h", "expected lognormal(mean, cv), found lognormal(4, sigma=1)"),
        (
            "exponential(4 h)",
            "expected plain numbers with the unit behind the bracket, as in 'triangular(4, 6, 9) h', found '4 h'",
        ),
        (
            "exponential() h",
            "expected plain numbers with the unit behind the bracket, as in 'triangular(4, 6, 9) h', found nothing",
        ),
        ("exponential(4", "expected a law such as 'triangular(4, 6, 9) h', found 'exponential(4'"),
        ("exponential(4)", "expected a quantity with a unit such as 'min' or 'h', found the bare number 4"),
        ("exponential(4) kg", "expected a time (h), found a mass: '4 kg'"),
        (45, "expected a quantity with a unit such as 'min' or 'h', found the bare number 45"),
        (
            "triangel(4, 6, 9) h",
            "unknown law 'triangel' (did you mean 'triangular'?); allowed are erlang, exponential, fixed, lognormal, "
            "triangular, truncnormal, uniform, weibull",
        ),
    ],
)
def test_a_wrong_law_says_what_is_allowed(text, message):
    with pytest.raises(ValueError) as caught:
        parse_law(text, "h")

    assert str(caught.value) == message


def test_a_law_cannot_be_given_in_a_unit_with_a_zero_of_its_own():
    with pytest.raises(ValueError, match="a law cannot be given in 'degC'"):
        parse_law("uniform(20, 30) degC", "K")


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("normal", (1.0, 1.0)), ("uniform", (1.0,)), ("fixed", (float("nan"),))],
)
def test_a_law_cannot_be_made_wrong(kind, parameters):
    with pytest.raises(ValueError):
        Law(kind, parameters)


@pytest.mark.parametrize("law", LAWS, ids=name)
def test_a_description_reads_back_as_the_same_law(law):
    assert parse_law(describe(law, "h"), "h") == law
    assert parse_law(describe(law, "1"), "1") == law


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_moments_and_draws_agree_with_the_law(law):
    reference = REFERENCES[law.kind](*law.parameters)
    draws = values(law, 20_000)

    assert mean(law) == pytest.approx(reference.mean(), rel=1e-9)
    assert std(law) == pytest.approx(reference.std(), rel=1e-6)
    assert stats.kstest(draws, reference.cdf).pvalue > 0.001
    assert min(draws) >= 0


@pytest.mark.parametrize("law", LAWS, ids=name)
@pytest.mark.parametrize("block", [1, 7, 100, 5000])
def test_the_block_size_does_not_change_the_sequence(law, block):
    assert values(law, 2500, block=block) == values(law, 2500)


def test_a_block_holds_one_value_or_more():
    with pytest.raises(ValueError, match="expected a block of 1 or more, found 0"):
        Sampler(LAWS[1], np.random.default_rng(0), block=0)


@pytest.mark.parametrize("law", LAWS, ids=name)
def test_a_scaled_law_rescales_every_draw(law):
    assert values(scale(law, 2.5), 100) == pytest.approx([2.5 * value for value in values(law, 100)])
    assert mean(scale(law, 2.5)) == pytest.approx(2.5 * mean(law))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_law_is_scaled_by_a_factor_above_zero(factor):
    with pytest.raises(ValueError, match="expected a finite factor above 0"):
        scale(LAWS[1], factor)


def test_a_changed_parameter_keeps_the_standardised_draws():
    narrow, wide = (values(Law("lognormal", (4.0, cv)), 500) for cv in (0.1, 0.5))

    assert np.corrcoef(np.log(narrow), np.log(wide))[0, 1] == pytest.approx(1.0)


def test_a_fixed_law_draws_nothing():
    generator = np.random.default_rng(3)
    Sampler(Law("fixed", (2.0,)), generator)()

    assert generator.random() == np.random.default_rng(3).random()


def test_draw_and_call_are_the_same_sequence():
    sampler = Sampler(LAWS[1], np.random.default_rng(1))

    assert [sampler.draw(), sampler(), sampler.draw()] == values(LAWS[1], 3)
    assert isinstance(sampler.draw(), float)


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.integers(0, 2**32),
)
def test_triangular_draws_stay_between_low_and_high(a, b, c, seed):
    low, mode, high = sorted((a, b, c))

    draws = values(Law("triangular", (low, mode, high)), 50, seed=seed)

    slack = 1e-12 * high
    assert all(low - slack <= value <= high + slack for value in draws)
