"""Where a number comes from: what `sim explain` says gives, by hand, what the tables hold."""

import re

import pytest

import sim
from sim.errors import SimError

LINES = ("metathesis", "dry_ptfe")


@pytest.fixture(scope="module")
def results():
    return sim.run(sim.load_scenario("five_routes", replications=2, lines=LINES, doubt=False))


@pytest.mark.parametrize("line", LINES)
def test_the_products_of_every_cost_add_up_to_it(results, line):
    costs = results.costs[results.costs["line"] == line]
    for category in costs["category"].unique():
        for one in sim.explain(results, line, category):
            if " of " in one.title:  # not the key figure of that name
                assert sum(product.usd_per_unit for product in one.products) == pytest.approx(one.value, rel=1e-9), one


def test_one_capital_item_worked_out_by_hand_from_what_is_printed(results):
    (one,) = [item for item in sim.explain(results, "metathesis", "anneal") if item.title.endswith("pusher_kiln")]
    text = str(sim.explain(results, "metathesis", "anneal/pusher_kiln"))

    def read(pattern):
        return [float(number.replace(",", "")) for number in re.search(pattern, text).groups()]

    price, size, reference, exponent, index = read(
        r"a machine: ([\d,.]+) USD x \(([\d.]+) kg/h / ([\d.]+) kg/h\)\^([\d.]+) x ([\d.]+) \(cost index"
    )
    (containment,) = read(r"containment x ([\d.]+), the price is with it")
    (factor,) = read(r"\+ \(([\d.]+) - 1\) x")
    (machines,) = read(r"x ([\d.]+) machines? =")
    (rate, life) = read(r"annuity at ([\d.]+) over ([\d.]+) y")
    machine = price * (size / reference) ** exponent * index
    installed = machines * (machine + (factor - 1.0) * machine / containment)
    annuity = rate / (1.0 - (1.0 + rate) ** -life)
    costs = results.costs
    row = costs[(costs["line"] == "metathesis") & (costs["step"] == "anneal") & (costs["item"] == "pusher_kiln")]
    assert installed * annuity == pytest.approx(row["usd_per_year"].iloc[0], rel=1e-5)
    assert one.value == row["usd_per_unit"].iloc[0]


def test_every_number_that_is_used_says_its_source(results):
    for line in LINES:
        for one in sim.explain(results, line):
            for product in one.products:
                assert all(factor.source and factor.unit for factor in product.factors), one.title


def test_without_an_item_the_categories_add_up_to_the_cost(results):
    whole, *items = sim.explain(results, "metathesis")
    costs = results.costs[results.costs["line"] == "metathesis"]
    assert whole.value == costs["usd_per_unit"].sum()
    assert len(whole.lines) == costs["category"].nunique()
    assert [item.value for item in items] == sorted((item.value for item in items), reverse=True)


def test_energy_and_key_figures_are_told_too(results):
    (energy,) = sim.explain(results, "metathesis", "energy")
    rows = results.energy[results.energy["line"] == "metathesis"]
    assert energy.value == pytest.approx(rows["kwh_per_unit"].sum(), rel=1e-12)
    (oee,) = sim.explain(results, "metathesis", "oee")
    assert any(text.startswith("formula: ") for text in oee.lines)


@pytest.mark.parametrize(
    ("line", "item", "text"),
    [
        ("metathesi", "", "there is no line 'metathesi' (did you mean 'metathesis'?); there are metathesis, dry_ptfe"),
        ("metathesis", "aneal", "'metathesis' has nothing called 'aneal' (did you mean 'anneal'?)"),
    ],
)
def test_what_is_not_there_is_said_with_what_may_be_meant(results, line, item, text):
    with pytest.raises(SimError) as caught:
        sim.explain(results, line, item)
    assert str(caught.value).startswith(text)
