"""Ranking, verdicts and merging of results."""

import math
from dataclasses import replace

import pytest
from support.results import make

from sim.errors import InputError
from sim.results import compare


@pytest.fixture(scope="module")
def results():
    return make()


def test_only_lines_of_one_kind_function_and_unit_are_ranked(results):
    powder, separator, cathode = compare.rank(results)

    assert powder.lines == ("metathesis", "wet_thf", "ball_milling")
    assert (separator.lines, cathode.lines) == (("dry_ptfe",), ("infiltration",))
    assert (separator.reason, separator.winner, separator.difference) == ("alone", None, None)


def test_no_winner_where_less_than_half_of_a_cost_is_more_than_a_guess(results):
    verdict = compare.rank(results)[0]

    assert verdict.winner is None
    assert verdict.reason == "estimates"
    assert verdict.ranking[1].solid < 0.5
    assert verdict.break_evens[0].material == "Li2S"


def test_a_winner_is_named_where_the_numbers_are_good_and_the_interval_excludes_zero():
    verdict = compare.rank(make(grade="B"))[0]

    assert (verdict.winner, verdict.reason) == ("metathesis", "ahead")
    assert verdict.difference.sure
    assert verdict.categories[0].name == "materials"
    assert verdict.categories[0].usd > 0
    assert verdict.items[0].name == "Li2S"


def test_lines_that_cannot_be_told_apart_are_a_tie():
    verdict = compare.rank(make(("ball_milling", "wet_thf"), grade="A"))[0]

    assert verdict.reason in ("tie", "ahead")
    assert (verdict.winner is None) == (verdict.difference.low <= 0.0 <= verdict.difference.high)


def test_common_random_numbers_make_the_paired_interval_narrower(results):
    kpis, summary = results.tables["kpis"], results.tables["summary"]
    gap = compare.paired(kpis, "wet_thf", "ball_milling")
    cost = summary[summary["kpi"] == "cost_per_unit"].set_index("line")
    apart = sum((cost["ci_high"] - cost["ci_low"])[["wet_thf", "ball_milling"]] ** 2) ** 0.5

    assert gap.high - gap.low < apart
    assert gap.mean == pytest.approx(cost["mean"]["ball_milling"] - cost["mean"]["wet_thf"])
    assert 0 <= gap.won <= gap.replications == 5


def test_the_driver_of_the_break_even_is_the_line_with_the_steeper_cost(results):
    first = compare.rank(results)[0].break_evens[0]
    slope = results.tables["prices"].set_index("line")["slope_kg_per_unit"]

    assert slope[first.line] > slope[first.other]


def test_break_evens_outside_the_price_axis_are_not_reported(results):
    tables = dict(results.tables)
    tables["prices"] = tables["prices"].assign(low=70.0)
    verdict = compare.rank(replace(results, tables=tables))[0]

    assert all(item.price >= 70.0 for item in verdict.break_evens)


def test_drivers_add_up_to_the_difference(results):
    costs = results.tables["costs"]
    parts = compare.drivers(costs, "metathesis", "wet_thf", "category", most=99)
    total = costs.groupby("line")["usd_per_unit"].sum()

    assert sum(part.usd for part in parts) == pytest.approx(total["wet_thf"] - total["metathesis"])


def test_one_replication_has_no_interval(results):
    kpis = results.tables["kpis"]
    gap = compare.paired(kpis[kpis["replication"] == 0], "wet_thf", "metathesis")

    assert gap.replications == 1
    assert math.isnan(gap.low) or gap.low == -math.inf
    assert not gap.sure


def test_merging_keeps_names_that_differ_and_finds_break_evens_between_runs():
    merged = compare.merge([make(("ball_milling",)), make(("metathesis",))])

    assert [line["name"] for line in merged.manifest["lines"]] == ["ball_milling", "metathesis"]
    assert merged.tables["breakeven"][["line_a", "line_b"]].to_numpy().tolist() == [["ball_milling", "metathesis"]]
    assert compare.rank(merged)[0].lines == ("metathesis", "ball_milling")


def test_merging_tells_lines_of_one_name_apart():
    one = make(("wet_thf",))
    scenario = {**one.manifest["scenario"], "name": "at_scale", "seed": 8}
    merged = compare.merge([one, replace(one, manifest={**one.manifest, "scenario": scenario})])
    names = [line["name"] for line in merged.manifest["lines"]]

    assert names == ["five_routes_wet_thf", "at_scale_wet_thf"]
    assert set(merged.tables["costs"]["line"]) == set(names)
    assert any("different seeds" in warning for warning in merged.manifest["warnings"])


def test_merging_calls_runs_by_their_labels_and_counts_equal_ones():
    one = make(("wet_thf",))

    def names(*labels):
        return [line["name"] for line in compare.merge([one, one], labels).manifest["lines"]]

    assert names("base", "cheap") == ["base_wet_thf", "cheap_wet_thf"]
    assert names("base", "base") == ["base_wet_thf", "2_base_wet_thf"]


def test_runs_in_money_of_different_years_are_refused():
    one = make(("wet_thf",))
    other = replace(one, manifest={**one.manifest, "price_year": 2019})

    with pytest.raises(InputError, match="different price years"):
        compare.merge([one, other])
