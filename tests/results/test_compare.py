"""Merging of results."""

from dataclasses import replace

import pytest
from support.results import make

from sim.errors import InputError
from sim.results import compare, verdicts
from sim.results.tables import Tables


def test_merging_keeps_names_that_differ_and_finds_break_evens_between_runs():
    merged = compare.merge([make(("ball_milling",)), make(("metathesis",))])

    assert [line["name"] for line in merged.manifest["lines"]] == ["ball_milling", "metathesis"]
    assert merged.tables["breakeven"][["line_a", "line_b"]].to_numpy().tolist() == [["ball_milling", "metathesis"]]
    assert verdicts(merged)[0]["lines"] == ["metathesis", "ball_milling"]


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


def test_rivals_of_runs_that_differ_in_prices_or_sizes_are_left_out_of_a_comparison():
    one, other = make(("ball_milling",)), make(("metathesis",))
    rows = [("nmc811_graphite", "", 1.0, "materials", "active", usd, 0.0, 0.0, "E") for usd in (20.0, 25.0)]
    priced, dearer = (
        replace(run, tables={**run.tables, "rivals": Tables.rivals.frame([row])})
        for run, row in zip((one, other), rows, strict=True)
    )
    alike = replace(other, tables={**other.tables, "rivals": priced.rivals})

    assert compare.merge([priced, dearer]).rivals.empty
    assert len(compare.merge([priced, alike]).rivals) == 1


def test_runs_in_money_of_different_years_are_refused():
    one = make(("wet_thf",))
    other = replace(one, manifest={**one.manifest, "price_year": 2019})

    with pytest.raises(InputError, match="different price years"):
        compare.merge([one, other])
