import math

import pytest

from sim.results import Results
from sim.results.ties import CostLine, tie, ties


def test_a_tie_is_where_two_lines_cross():
    one, other = CostLine(40.0, 0.5), CostLine(70.0, 0.1)
    price = tie(one, other)
    assert one.at(price) == pytest.approx(other.at(price))
    assert math.isnan(tie(one, CostLine(50.0, 0.5)))
    assert math.isnan(tie(one, CostLine(30.0, 0.1)))


def test_lines_are_tied_with_their_like_alone():
    rows = [
        (name, "Li2S", fixed, slope, 1.0, 9.0) for name, fixed, slope in [("a", 50, 0.5), ("b", 75, 0.25), ("c", 9, 0)]
    ]
    found = ties(Results.prices.frame(rows), {"a": "powder", "b": "powder", "c": "film"})
    assert found.to_numpy().tolist() == [["a", "b", "Li2S", 100.0]]
