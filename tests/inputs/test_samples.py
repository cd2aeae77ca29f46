import math

import numpy as np
import pytest

from sim.inputs import samples
from sim.inputs.samples import Divided, Ensemble, evaluate


def many(*values):
    return Ensemble(np.array(values, dtype=float))


def test_arithmetic_is_that_of_every_sample():
    one, other = many(1.0, 4.0), many(2.0, 8.0)
    found = (2.0 * one + other / one - 1.0) ** 2 + abs(-other)
    # (2 + 2 - 1)^2 + 2 = 11, (8 + 2 - 1)^2 + 8 = 89
    assert found.values.tolist() == [11.0, 89.0]
    assert (10.0 - one).values.tolist() == [9.0, 6.0]
    assert (2.0**one).values.tolist() == [2.0, 16.0]
    assert math.ceil(many(0.2, 1.0)).values.tolist() == [1.0, 1.0]


def test_numpy_numbers_and_arrays_of_objects_go_along():
    found = np.float64(2.0) * many(1.0, 4.0)
    assert isinstance(found, Ensemble)
    table = np.array([many(1.0, 2.0), many(3.0, 4.0)], dtype=object)
    assert (table * many(2.0, 2.0)).sum().values.tolist() == [8.0, 12.0]


def test_a_decision_that_all_samples_take_alike_is_one_answer():
    assert (many(1.0, 2.0) > 0.5) is True
    assert (many(1.0, 2.0) == 3.0) is False
    assert (np.float64(3.0) > many(1.0, 2.0)) is True
    assert many(1.0, 2.0) is not None
    assert many(1.0, 2.0) != "text"


def test_a_decision_that_divides_says_which_samples_go_apart():
    with pytest.raises(Divided) as caught:
        bool(many(1.0, 2.0, 3.0) > 1.5)
    assert caught.value.apart.tolist() == [False, True, True]
    with pytest.raises(Divided):
        float(many(1.0, 2.0))
    assert float(many(2.0, 2.0)) == 2.0


def test_functions_take_either():
    assert samples.exp(1.0) == math.exp(1.0)
    assert samples.log1p(many(0.0, 1.0)).values.tolist() == pytest.approx([0.0, math.log(2.0)])
    assert samples.total([0.1] * 10) == 1.0
    assert samples.total([many(1.0, 2.0), 3.0]).values.tolist() == [4.0, 5.0]
    assert samples.typical(many(1.0, 3.0)) == 2.0


def test_every_sample_has_the_result_that_it_would_have_alone():
    calls = []

    def bent(numbers):
        (x, y) = numbers
        calls.append(x)
        return [max(x, 2.0) * (3.0 if x * y > 10.0 else 1.0), y]

    x = np.array([1.0, 3.0, 5.0, 0.5, 9.0])
    y = np.array([2.0, 2.0, 2.5, 1.0, 7.0])
    found = evaluate(bent, [x, y], results=2)
    assert found[:, 0].tolist() == [2.0, 3.0, 15.0, 2.0, 27.0]
    assert found[:, 1].tolist() == y.tolist()
    # all together, above 2, both ways of those; below 2
    assert len(calls) == 5


def test_samples_that_fail_are_nan_and_spoil_no_other():
    def root(numbers):
        (x,) = numbers
        if x < 0.0:
            raise ValueError("below zero")
        return [1.0 / x]

    found = evaluate(root, [np.array([1.0, -1.0, 0.0, 4.0])], results=1)[:, 0]
    assert found[[0, 3]].tolist() == [1.0, 0.25]
    assert np.isnan(found[[1, 2]]).all()


def test_a_column_that_does_not_vary_is_a_plain_number():
    seen = []
    evaluate(lambda numbers: seen.append(numbers) or numbers, [np.ones(3), np.arange(3.0)], results=2)
    assert seen[0][0] == 1.0
    assert isinstance(seen[0][0], float)
    assert isinstance(seen[0][1], Ensemble)
