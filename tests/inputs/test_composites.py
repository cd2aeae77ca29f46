"""Composites: what they keep of their powder, interpolated group by group, and where nothing is said."""

import math

import pytest

from sim.inputs.composites import Composites, kept, measured_composites
from sim.inputs.library import load_library

MEASURED = measured_composites(load_library())
ROUND = Composites.model_validate(
    {
        "title": "round", "electrolyte": "Li6PS5Cl", "least": 0.3, "source": "review2024",
        "series": {
            "a": {"title": "a", "powder": "2 mS/cm", "points": [
                {"share": 0.2, "conductivity": "0.002 mS/cm"}, {"share": 0.4, "conductivity": "0.2 mS/cm"},
            ]},
            "b": {"title": "b", "powder": "1 mS/cm", "points": [
                {"share": 0.25, "conductivity": "0.04 mS/cm"}, {"share": 0.35, "conductivity": "0.04 mS/cm"},
            ]},
        },
    }
)  # fmt: skip


def test_each_group_is_interpolated_in_the_logarithm_and_their_spread_is_the_range():
    # a keeps 0.001 and 0.1: half way, at 0.3, the geometric mean 0.01; b keeps 0.04 all along
    found = kept(ROUND, 0.3)
    assert found.low == pytest.approx(0.01)
    assert found.high == pytest.approx(0.04)
    assert found.mean == pytest.approx(math.sqrt(0.01 * 0.04))


def test_no_value_below_the_least_share_nor_where_one_group_alone_has_measured():
    assert kept(ROUND, 0.29) is None
    assert kept(ROUND, 0.36) is None
    assert kept(MEASURED, 0.349) is None
    assert kept(MEASURED, 0.62) is None


def test_a_measured_point_is_met():
    series = MEASURED.series["ncm622"]
    alone = MEASURED.model_copy(update={"series": {"once": series, "again": series}})
    for point in series.points[2:]:
        found = kept(alone, point.share.value)
        assert found.low == found.high == pytest.approx(point.conductivity.value / series.powder.value)


def test_composites_lose_more_than_a_bruggeman_exponent_of_one_and_a_half_takes():
    for share in (0.36, 0.4, 0.45, 0.5, 0.6):
        found = kept(MEASURED, share)
        assert found.low <= found.mean <= found.high < share**2.2
    assert kept(MEASURED, 0.5).high > 0.5**3.0
