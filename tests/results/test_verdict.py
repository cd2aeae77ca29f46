"""The verdict: who is named the cheapest, and why nobody is."""

from dataclasses import replace

import pandas as pd
import pytest
from support.results import make

from sim.results import verdicts
from sim.results.tables import Tables

POWDERS = ("ball_milling", "wet_thf", "metathesis")


def judged(drawn, *, deciding=(), unpriced=(), **sets):
    """Return the verdict on three powders with these chances, as drawn and at price sets."""
    results = make(POWDERS)
    rows = [
        (line, name, 1.0, chance, 100) for name, part in {"": drawn, **sets}.items() for line, chance in part.items()
    ]
    lines = [{**line, "unpriced": "late"} if line["name"] in unpriced else line for line in results.manifest["lines"]]
    tables = {**results.tables, "chances": Tables.chances.frame(rows), "deciding": Tables.deciding.frame(deciding)}
    (found,) = verdicts(replace(results, tables=tables, manifest={**results.manifest, "lines": lines}))
    return found


def test_nine_samples_of_ten_make_a_winner_and_fewer_do_not():
    ahead = judged({"wet_thf": 0.9, "metathesis": 0.06, "ball_milling": 0.04})
    assert (ahead["winner"], ahead["reason"]) == ("wet_thf", "ahead")
    assert ahead["lines"] == ["wet_thf", "metathesis", "ball_milling"]
    close = judged({"wet_thf": 0.899, "metathesis": 0.061, "ball_milling": 0.04})
    assert (close["winner"], close["reason"]) == ("", "close")


def test_a_price_set_at_which_another_is_first_takes_the_name_away():
    drawn = {"wet_thf": 0.97, "metathesis": 0.03, "ball_milling": 0.0}
    held = judged(drawn, spot_2025={"wet_thf": 0.6, "metathesis": 0.4, "ball_milling": 0.0})
    assert (held["winner"], held["unless"]) == ("wet_thf", [])
    lost = judged(drawn, at_scale={"wet_thf": 0.4, "metathesis": 0.6, "ball_milling": 0.0})
    assert (lost["winner"], lost["reason"], lost["unless"]) == ("", "price_set", ["at_scale"])


def test_without_samples_lines_stand_in_the_order_of_their_cost():
    results = make(POWDERS)
    (found,) = verdicts(results)
    cost = results.costs.groupby("line")["usd_per_unit"].sum()
    assert (found["winner"], found["reason"]) == ("", "not_sampled")
    assert found["lines"] == sorted(POWDERS, key=lambda line: cost[line])
    assert found["chances"] == [None, None, None]


def test_nobody_wins_over_a_line_that_was_not_sampled():
    found = judged({"wet_thf": 0.95, "metathesis": 0.05})
    assert (found["winner"], found["reason"]) == ("", "not_sampled")


def test_a_line_without_a_price_stands_last():
    found = judged({"wet_thf": 0.95, "metathesis": 0.05, "ball_milling": 0.0}, unpriced=("metathesis",))
    assert found["lines"] == ["wet_thf", "ball_milling", "metathesis"]


def test_grades_d_and_e_count_as_guessed_by_their_share_of_the_variance():
    rows = [
        ("wet_thf", "metathesis", name, name, 1, grade, share, 0.0, 1.0, 1.0, 0.9)
        for name, grade, share in (("a", "B", 0.5), ("b", "D", 0.2), ("c", "E", -0.1))
    ]
    found = judged({"wet_thf": 0.5, "metathesis": 0.4, "ball_milling": 0.1}, deciding=rows)
    assert found["guessed"] == pytest.approx(0.3 / 0.8)


def test_lines_of_unlike_kind_have_verdicts_of_their_own():
    found = verdicts(make(("wet_thf", "dry_ptfe", "infiltration")))
    assert [(one["function"], one["reason"]) for one in found] == [
        ("electrolyte powder", "alone"), ("separator", "alone"), ("cathode", "alone"),
    ]  # fmt: skip


def test_chances_of_a_group_are_read_for_its_own_lines_only():
    results = make(("wet_thf", "metathesis", "dry_ptfe"))
    rows = [("wet_thf", "", 1.0, 0.2, 9), ("metathesis", "", 1.0, 0.8, 9)]
    tables = {**results.tables, "chances": pd.DataFrame(rows, columns=Tables.chances.names)}
    powder, film = verdicts(replace(results, tables=tables))
    assert powder["lines"][0] == "metathesis"
    assert film["chances"] == [None]
