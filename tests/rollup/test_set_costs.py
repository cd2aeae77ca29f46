"""A price set moves all of its prices, and what follows them."""

import pytest

import sim
from sim.rollup.costs import cost_at, expected_cost
from sim.rollup.expected import expected

LINES = ("ball_milling", "metathesis", "dry_ptfe")


@pytest.fixture(scope="module")
def base():
    return {line.name: line for line in sim.load_scenario("five_routes").lines}


@pytest.mark.parametrize("price_set", ["spot_2025", "spot_2026", "at_scale", "catalogue"])
def test_the_cost_at_a_price_set_is_that_of_a_run_at_this_set(base, price_set):
    there = {line.name: line for line in sim.load_scenario("five_routes", overrides=[f"prices={price_set}"]).lines}
    for name in LINES:
        line = base[name]
        prices = {key: price.value for key, price in line.library.price_sets[price_set].prices.items()}

        assert cost_at(line, expected(line), prices) == pytest.approx(expected_cost(there[name])[0], rel=1e-9)
