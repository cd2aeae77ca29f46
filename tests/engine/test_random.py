import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.random import generator


def test_equal_arguments_give_equal_numbers():
    assert (generator(0, 3, "mill").random(5) == generator(0, 3, "mill").random(5)).all()


@pytest.mark.parametrize("other", [(1, 0, "mill"), (0, 1, "mill"), (0, 0, "mills"), (0, 0, ""), (10, 0, "mill")])
def test_any_other_argument_gives_other_numbers(other):
    assert generator(0, 0, "mill").random() != generator(*other).random()


def test_the_numbers_are_pinned():
    assert generator(0, 0, "a/b").integers(0, 1000, 4).tolist() == [534, 245, 806, 182]


@pytest.mark.parametrize(("seed", "replication"), [(-1, 0), (0, -1)])
def test_negative_seeds_are_refused(seed, replication):
    with pytest.raises(ValueError, match="expected a seed and a replication of 0 or more"):
        generator(seed, replication, "x")


@given(st.integers(0, 2**70), st.integers(0, 2**40), st.text())
def test_any_name_and_any_seed_will_do(seed, replication, name):
    assert isinstance(generator(seed, replication, name), np.random.Generator)


def test_streams_are_not_correlated():
    first, second = (generator(0, 0, f"step/{number}").standard_normal(20_000) for number in (1, 2))

    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
