import math
import sys
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from sim.engine.arithmetic import (
    LARGEST_EXPONENT,
    LN2_HIGH,
    LN2_LOW,
    exp,
    exp_of,
    inverse_normal,
    log,
    log1p_of,
    log_of,
    normal_below,
)

TINY = sys.float_info.min


def spread(low, high, count=1500):
    """Numbers whose logarithms are spread evenly."""
    return np.exp(np.random.default_rng(1).uniform(math.log(low), math.log(high), count))


def even(low, high, count=1500):
    return np.random.default_rng(1).uniform(low, high, count)


def units_off(found, arguments, function):
    """The largest error in units of the last place, against 40 digits."""
    with localcontext(prec=40):
        exact = [function(Decimal(argument)) for argument in arguments.tolist()]
        return max(
            abs(float((Decimal(one) - other) / Decimal(math.ulp(float(other)))))
            for one, other in zip(found.tolist(), exact, strict=True)
        )


LOGARITHMS = {
    "draws": spread(2.0**-53, 1.0),
    "around one": even(0.5, 2.0),
    "close to one": even(0.999, 1.001),
    "all": spread(1e-300, 1e300),
}
EXPONENTS = {
    "small": even(-1e-6, 1e-6),
    "around one": even(-1.0, 1.0),
    "draws": even(-40.0, 40.0),
    "all": even(-708.0, 708.0),
}


@pytest.mark.parametrize("x", LOGARITHMS.values(), ids=LOGARITHMS)
def test_a_logarithm_is_off_by_less_than_a_unit_in_the_last_place(x):
    assert units_off(log(x), x, Decimal.ln) < 0.9


@pytest.mark.parametrize("x", EXPONENTS.values(), ids=EXPONENTS)
def test_an_exponential_is_off_by_less_than_a_unit_in_the_last_place(x):
    assert units_off(exp(x), x, Decimal.exp) < 0.9


def test_logarithm_and_exponential_agree_with_the_library():
    x, y = LOGARITHMS["all"], EXPONENTS["all"]

    assert all(abs(a - math.log(b)) <= 2 * math.ulp(a) for a, b in zip(log(x).tolist(), x.tolist(), strict=True))
    assert all(abs(a - math.exp(b)) <= 2 * math.ulp(a) for a, b in zip(exp(y).tolist(), y.tolist(), strict=True))


@pytest.mark.parametrize("x", LOGARITHMS.values(), ids=LOGARITHMS)
def test_one_logarithm_has_the_bits_of_many(x):
    assert [log_of(number) for number in x.tolist()] == log(x).tolist()


@pytest.mark.parametrize("x", EXPONENTS.values(), ids=EXPONENTS)
def test_one_exponential_has_the_bits_of_many(x):
    assert [exp_of(number) for number in x.tolist()] == exp(x).tolist()


def test_simple_arguments_give_exact_values():
    assert log(np.array([1.0, TINY])).tolist() == [0.0, math.log(TINY)]
    assert exp(np.array([0.0, -0.0])).tolist() == [1.0, 1.0]


def test_an_exponent_beyond_the_bounds_counts_as_the_bound():
    assert exp(np.array([-1e9, 1e9])).tolist() == exp(np.array([-LARGEST_EXPONENT, LARGEST_EXPONENT])).tolist()
    assert exp_of(-math.inf) == exp_of(-LARGEST_EXPONENT) > 0.0
    assert exp_of(math.inf) == exp_of(LARGEST_EXPONENT) < math.inf


def test_the_two_parts_of_log_two_make_it_up():
    with localcontext(prec=40):
        assert abs(Decimal(LN2_HIGH) + Decimal(LN2_LOW) - Decimal(2).ln()) < Decimal("1e-25")
    assert (LN2_HIGH * 2**33).is_integer()


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-12, 0.01, 1.0, 1e6])
def test_the_logarithm_of_one_and_a_little_keeps_its_digits(x):
    assert log1p_of(x) == pytest.approx(math.log1p(x), rel=4e-16, abs=0.0)


def test_the_inverse_normal_law_agrees_with_the_library():
    p = np.concatenate([spread(2.0**-53, 1.0), 1.0 - spread(2.0**-53, 0.5), even(0.0, 1.0)])
    p = p[p < 1.0]
    exact = [NormalDist().inv_cdf(number) for number in p.tolist()]

    assert inverse_normal(p) == pytest.approx(np.array(exact), rel=1e-15, abs=1e-18)


def test_the_inverse_normal_law_leads_back_to_its_probability():
    z = np.linspace(-8.2, 0.0, 400)

    assert inverse_normal(stats.norm.cdf(z)) == pytest.approx(z, rel=4e-15, abs=1e-15)


def test_the_inverse_normal_law_is_odd_and_rises():
    p = np.sort(np.concatenate([spread(2.0**-53, 0.5), np.array([0.075, 0.5 - 0.425])]))
    p = np.array([math.floor(number * 2**53) / 2**53 for number in p.tolist()])  # 1 - p is exact

    assert (inverse_normal(1.0 - p) == -inverse_normal(p)).all()
    assert (np.diff(inverse_normal(np.unique(p))) > 0.0).all()
    assert inverse_normal(np.array([0.5])).tolist() == [0.0]


@pytest.mark.parametrize("x", [-40.0, -8.6, -8.4, -3.0, -0.5, 0.0, 1.0, 2.5, 8.6, 40.0])
def test_the_normal_law_agrees_with_the_library(x):
    assert normal_below(x) == pytest.approx(NormalDist().cdf(x), abs=2e-15)


def test_the_functions_are_pinned_to_the_bit():
    x = np.array([1e-9, 0.1, 0.3, 0.6, 0.97])

    assert [number.hex() for number in log(x).tolist()] == [
        "-0x1.4b927f32bffb8p+4",
        "-0x1.26bb1bbb55515p+1",
        "-0x1.34378fcbda721p+0",
        "-0x1.058aefa811452p-1",
        "-0x1.f30b2d0091d8ap-6",
    ]
    assert [number.hex() for number in exp(-20.0 * x).tolist()] == [
        "0x1.ffffff5433891p-1",
        "0x1.152aaa3bf81ccp-3",
        "0x1.44e51f113d4d6p-9",
        "0x1.9c54c3b43bc8bp-18",
        "0x1.021663729667ap-28",
    ]
    assert [number.hex() for number in inverse_normal(x).tolist()] == [
        "-0x1.7fdc11f44b5a7p+2",
        "-0x1.4813c36e26d34p+0",
        "-0x1.0c7e39582c5fap-1",
        "0x1.036d6c4a04b5ap-2",
        "0x1.e17bb09d8913ep+0",
    ]
    assert normal_below(-1.5).hex() == "0x1.11a46d89647ecp-4"
