import pandas as pd
import pytest
from support import lines

from sim.rollup import expected_cost
from sim.study.apart import apart


def told(factor, category="materials", output=1.0, spread=()):
    """Return what is said of a line whose simulated cost differs in one category."""
    line = lines.resolved(lines.ONE_STEP, target_per_year=1e4, horizon_h=8760.0)
    expected, items = expected_cost(line)
    per_unit = expected / sum(item.usd_per_year for item in items)
    rows = [(line.name, item.category, item.usd_per_year * per_unit) for item in items]
    rows.append((line.name, category, (factor - 1.0) * expected))
    costs = pd.DataFrame(rows, columns=["line", "category", "usd_per_unit"])
    simulated = [(line.name, "cost_per_unit", factor * expected + off) for off in spread]
    kpis = pd.DataFrame([(line.name, "throughput", 1e4 * output), *simulated], columns=["line", "kpi", "value"])
    return apart(line, {"costs": costs, "kpis": kpis}), expected


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
