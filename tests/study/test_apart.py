import pandas as pd
import pytest
from support import lines

from sim.rollup import expected_cost
from sim.study.apart import apart


def told(factor, category="materials", output=1.0, spread=(), expired=0.0):
    """Return what is said of a line whose simulated cost differs in one category and in which some product expires."""
    line = lines.resolved(lines.ONE_STEP, target_per_year=1e4, horizon_h=8760.0)
    expected, items = expected_cost(line)
    per_unit = expected / sum(item.usd_per_year for item in items)
    rows = [(line.name, item.category, item.usd_per_year * per_unit) for item in items]
    rows.append((line.name, category, (factor - 1.0) * expected))
    costs = pd.DataFrame(rows, columns=["line", "category", "usd_per_unit"])
    simulated = [(line.name, "cost_per_unit", factor * expected + off) for off in spread]
    kpis = pd.DataFrame([(line.name, "throughput", 1e4 * output), *simulated], columns=["line", "kpi", "value"])
    losses = pd.DataFrame(
        [(line.name, "mill", "expired", expired)], columns=["line", "step", "category", "units_per_year"]
    )
    return apart(line, {"costs": costs, "kpis": kpis, "losses": losses}), expected


def test_costs_within_a_hundredth_are_the_same():
    assert told(1.0)[0] == ""
    assert told(1.0099)[0] == ""


def test_chance_is_no_difference():
    # three replications of 5 % more, 10 % apart
    _, expected = told(1.0)
    assert told(1.05, spread=(-0.1 * expected, 0.0, 0.1 * expected))[0] == ""
    assert told(1.05, spread=(-0.001 * expected, 0.0, 0.001 * expected))[0]


@pytest.mark.parametrize("category", ["materials", "labour"])
def test_what_is_dearer_in_the_simulation_is_named(category):
    text, expected = told(1.05, category, output=0.97)
    assert "+5.0 % off the expected one" in text
    assert f": {category} {0.05 * expected:+.3g}" in text
    assert text.endswith("; its output is -3.0 % off the target")


def test_where_product_spoils_that_nobody_expected_is_named():
    text, _ = told(1.05, expired=300.0)
    assert text.endswith("; spoiled at mill (expired): 300 kg/y of product, 0 kg/y expected")
    assert "spoiled" not in told(1.05, expired=9.0)[0]
