import math

import numpy as np
import pytest
from scipy import integrate, stats

from sim.inputs.laws import Law, beta_shapes, describe, mean, parse_law, scale, std

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
    Law("gamma", (4.0, 0.5)),
    Law("normal", (4.0, 1.0)),
    Law("beta", (2.0, 9.0, 4.0, 1.0)),
    Law("pert", (4.0, 6.0, 9.0)),
    Law("pert", (4.0, 4.0, 9.0)),
]
REFERENCES = {
    "uniform": lambda low, high: stats.uniform(low, high - low),
    "triangular": lambda low, mode, high: stats.triang((mode - low) / (high - low), low, high - low),
    "exponential": lambda mean: stats.expon(scale=mean),
    "lognormal": lambda mean, cv: stats.lognorm(np.sqrt(np.log1p(cv**2)), scale=mean / np.sqrt(1 + cv**2)),
    "truncnormal": lambda mean, sd: stats.truncnorm(-mean / sd, np.inf, mean, sd),
    "weibull": lambda shape, scale: stats.weibull_min(shape, scale=scale),
    "erlang": lambda k, mean: stats.gamma(k, scale=mean / k),
    "gamma": lambda mean, cv: stats.gamma(1 / cv**2, scale=mean * cv**2),
    "beta": lambda low, high, mean, sd: stats.beta(
        *beta_shapes(Law("beta", (low, high, mean, sd))), loc=low, scale=high - low
    ),
    "pert": lambda low, mode, high: stats.beta(*beta_shapes(Law("pert", (low, mode, high))), loc=low, scale=high - low),
}
RANDOM = [law for law in LAWS if law.kind in REFERENCES]
MEASURED = Law("measured", (1.0, 2.0, 2.0, 5.0))


def name(law):
    return describe(law, "h")


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
        ("gamma(30, cv=0.5) min", Law("gamma", (0.5, 0.5))),
        ("normal(4, sd=1) d", Law("normal", (96.0, 24.0))),
        ("beta(2, 9, mean=4, sd=1) h", Law("beta", (2.0, 9.0, 4.0, 1.0))),
        ("pert(240, 360, 540) min", Law("pert", (4.0, 6.0, 9.0))),
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
        ("lognormal(4, -1) h", "lognormal(mean, cv) needs a mean above 0 and a cv of 0 to 1000, found 4, -1"),
        ("truncnormal(4, 0) h", "truncnormal(mean, sd) needs a mean of 0 or more and an sd above 0, found 4, 0"),
        ("weibull(0, 4) h", "weibull(shape, scale) needs a shape of 0.1 or more and a scale above 0, found 0, 4"),
        ("erlang(2.5, 4) h", "erlang(k, mean) needs a whole k of 1 to 100 and a mean above 0, found 2.5, 4"),
        ("gamma(4, 4) h", "gamma(mean, cv) needs a mean above 0 and a cv of 0.001 to 3, found 4, 4"),
        ("normal(0, 1) h", "normal(mean, sd) needs a mean above 0 and an sd above 0, found 0, 1"),
        (
            "normal(4, 3) h",
            "normal(mean, sd) needs at most 0.01 % of it below 0, where 9.1 % are (truncnormal cuts them off), found 4, 3",
        ),
        ("pert(4, 4, 4) h", "pert(low, mode, high) needs 0 <= low <= mode <= high and low below high, found 4, 4, 4"),
        ("beta(2, 9, 9, 1) h", "beta(low, high, mean, sd) needs 0 <= low < mean < high, found 2, 9, 9, 1"),
        (
            "beta(2, 9, 4, 5) h",
            "beta(low, high, mean, sd) needs an sd of 0.00316228 to 2.72166 between these ends, found 2, 9, 4, 5",
        ),
        ("measured(4, 5) h", "measured values are read with the file that names theirs, found 'measured(4, 5) h'"),
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
            "unknown law 'triangel' (did you mean 'triangular'?); allowed are beta, erlang, exponential, fixed, gamma, "
            "lognormal, measured, normal, pert, triangular, truncnormal, uniform, weibull",
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
    [
        ("gauss", (1.0, 1.0)),
        ("uniform", (1.0,)),
        ("fixed", (math.nan,)),
        ("measured", ()),
        ("measured", (1.0,)),
        ("measured", (2.0, 1.0)),
        ("measured", (-1.0, 1.0)),
        ("beta", (1.0, 2.0, 1.5, math.nan)),
    ],
)
def test_a_law_cannot_be_made_wrong(kind, parameters):
    with pytest.raises(ValueError):
        Law(kind, parameters)


@pytest.mark.parametrize("law", LAWS, ids=name)
def test_a_description_reads_back_as_the_same_law(law):
    assert parse_law(describe(law, "h"), "h") == law
    assert parse_law(describe(law, "1"), "1") == law


def test_a_description_of_measured_values_says_what_they_span():
    assert describe(MEASURED, "h") == "measured(4 values, 1 to 5) h"


@pytest.mark.parametrize("law", RANDOM, ids=name)
def test_mean_and_standard_deviation_are_those_of_the_law(law):
    reference = REFERENCES[law.kind](*law.parameters)

    assert mean(law) == pytest.approx(reference.mean(), rel=1e-9)
    assert std(law) == pytest.approx(reference.std(), rel=1e-6)


@pytest.mark.parametrize("sd", [1.0, 0.5, 1e-4])
def test_the_moments_of_a_normal_law_count_what_lies_below_zero_as_zero(sd):
    law, density = Law("normal", (3.8, sd)), stats.norm(3.8, sd).pdf
    low, high = max(0.0, 3.8 - 12.0 * sd), 3.8 + 12.0 * sd
    average = integrate.quad(lambda x: x * density(x), low, high, points=[3.8])[0]
    squares = integrate.quad(lambda x: (x - average) ** 2 * density(x), low, high, points=[3.8])[0]
    squares += average**2 * stats.norm(3.8, sd).cdf(0.0)

    assert mean(law) == pytest.approx(average, rel=1e-9)
    assert std(law) == pytest.approx(math.sqrt(squares), rel=1e-6)


def test_the_mean_of_measured_values_is_their_mean():
    assert mean(MEASURED) == 2.5


def test_the_scatter_of_measured_values_is_that_of_the_lines_between_them():
    # an eighth each at 1 and at 5, a fourth each between 1 and 2, at 2, between 2 and 5
    squares = (1.5**2 + 2.5**2) / 8
    lines = [(-1.5, -0.5), (-0.5, -0.5), (-0.5, 2.5)]
    squares += sum((a * a + a * b + b * b) / 3 for a, b in lines) / 4

    assert std(MEASURED) == pytest.approx(math.sqrt(squares))


@pytest.mark.parametrize("law", [*LAWS, MEASURED], ids=name)
def test_a_scaled_law_has_scaled_moments(law):
    assert mean(scale(law, 2.5)) == pytest.approx(2.5 * mean(law))
    assert std(scale(law, 2.5)) == pytest.approx(2.5 * std(law))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_law_is_scaled_by_a_factor_above_zero(factor):
    with pytest.raises(ValueError, match="expected a finite factor above 0"):
        scale(LAWS[1], factor)
