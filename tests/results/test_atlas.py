"""Where routes lie in the map: what they cost and conduct, or cost and resist."""

import math

import pytest

import sim
from sim.results import mapped, places


@pytest.fixture(scope="module")
def results():
    return sim.run(sim.load_scenario("five_routes", replications=1))


def test_every_priced_line_with_a_quality_has_its_place_powders_first(results):
    found = places(results)
    assert [place.line for place in found] == ["metathesis", "wet_thf", "ball_milling", "dry_ptfe"]
    known = results.summary.set_index(["line", "kpi"])["mean"]
    median = results.uncertainty.set_index(["line", "kpi"])
    for place in found:
        quality = "conductivity" if place.unit == "kg" else "area_resistance"
        assert place.quality == known[place.line, quality]
        assert (place.low, place.cost, place.high) == tuple(
            median.loc[(place.line, "cost_per_unit"), ["p10", "p50", "p90"]]
        )


def test_without_samples_a_line_lies_at_its_cost_as_stated():
    bare = sim.run(sim.load_scenario("five_routes", replications=1, doubt=False))
    stated = bare.summary.set_index(["line", "kpi"])["mean"]
    for place in places(bare):
        assert place.cost == stated[place.line, "cost_per_unit"]
        assert math.isnan(place.low)


def test_a_map_needs_many_places_of_both_kinds(results):
    found = places(results)
    assert not mapped(found)
    assert mapped(found * 2)
    assert not mapped([place for place in found * 3 if place.unit == "kg"])
