"""What a film is worth: the front of cost and resistance, grids of powders and films, and the words for them."""

import pytest
from support.films import make

from sim.reporting.films import every, sections, worth
from sim.results.films import Film, films, front, grid, parts, thickness


def film(line, cost, resistance):
    return Film(line, cost, cost, cost, resistance, resistance, resistance)


def said(*every):
    return worth(sorted(every, key=lambda item: item.cost), "m2").replace("\u00a0", " ")


def test_films_are_those_with_a_resistance_cheapest_first():
    summary, lines = make()
    kept = summary[~((summary["kpi"] == "area_resistance") & (summary["line"] == "milled_cast"))]
    found = films(kept, [line["name"] for line in lines])

    assert found[0].line == "wet_thf_cast"
    assert len(found) == 11
    assert [item.cost for item in found] == sorted(item.cost for item in found)


def test_a_line_that_shipped_nothing_is_no_film():
    summary, lines = make()
    summary.loc[summary["line"] == "milled_cast", ["mean", "ci_low", "ci_high"]] = float("nan")
    assert "milled_cast" not in [item.line for item in films(summary, [line["name"] for line in lines])]


def test_nobody_on_the_front_is_beaten_and_everybody_else_is():
    every = [film("a", 10, 6), film("b", 11, 6), film("c", 15, 3), film("d", 16, 2), film("e", 16, 3), film("f", 30, 9)]

    # b costs more than a for the same, e more than c, f is worse than all
    assert [item.line for item in front(every)] == ["a", "c", "d"]


def test_equal_films_beat_neither():
    assert len(front([film("a", 10, 5), film("b", 10, 5)])) == 2


def test_powders_before_films_are_a_grid():
    _, lines = make()
    found = grid(lines)

    assert found.powders == ("milled", "wet_thf", "metathesis_of_salts")
    assert found.films == ("pressed", "cast", "slurry_nbr_nylon", "infiltrated")
    assert found.lines["wet_thf", "cast"] == "wet_thf_cast"


@pytest.mark.parametrize(
    "chosen",
    [
        slice(0, 11),  # a place is empty
        slice(0, 4),  # one powder alone
        slice(0, 12, 4),  # one film alone
    ],
)
def test_what_is_no_full_grid_is_none(chosen):
    assert grid(make()[1][chosen]) is None


def test_a_place_that_is_taken_twice_is_no_grid():
    _, lines = make()
    assert grid([*lines[:11], {**lines[0], "name": "again"}]) is None


def test_a_film_of_bought_powder_begins_with_no_powder():
    assert parts({"route": {"name": "dry_ptfe"}}) == ("", "dry_ptfe")
    assert grid([{"name": name, "route": {"name": name}} for name in ("a", "b")]) is None
    assert thickness({"route": {"name": "ball_milling"}}) == ""


def test_the_words_say_what_the_cheapest_costs_in_resistance():
    # 26 / 2 = 13 times; 20 - 12 = 8 USD/m2 more
    assert said(film("pi", 12.0, 26.0), film("ptfe", 20.0, 2.0), film("nbr", 25.0, 12.0)) == (
        "PI, the cheapest, has an area resistance of 26.0 Ω cm², 13.0 times the least. "
        "Less resistance costs more: PTFE with 2.00 Ω cm² for 8.00 USD/m² more. "
        "The other, NBR, resists more and is not cheaper: 12.0 Ω cm²."
    )


def test_the_words_say_when_the_cheapest_also_resists_least():
    assert said(film("ptfe", 12.0, 2.0), film("nbr", 20.0, 12.0), film("pi", 50.0, 26.0)) == (
        "PTFE, the cheapest, has an area resistance of 2.00 Ω cm², the least of all. "
        "The other 2 resist more and are not cheaper: 12.0 (NBR) to 26.0 Ω cm² (PI)."
    )


def test_nothing_is_made_of_small_differences():
    assert (
        said(film("a", 12.0, 2.0), film("b", 20.0, 2.05))
        == "All have about the same area resistance, 2.00 to 2.05 Ω cm²."
    )
    assert said(film("a", 12.0, 2.0)) == ""


def test_the_table_is_in_order_of_cost_and_marks_the_front():
    summary, lines = make()
    (found,) = sections(summary, lines, {"compare.1.pareto": (174.0, 96.0)})
    heads = [column["title"] for column in found["table"]["columns"]]
    rows = [row["cells"] for row in found["table"]["rows"]]

    assert heads[:3] == ["Line", "Thickness", "Cost"]
    assert heads[-3:] == ["Conductivity", "Area resistance", "On the front"]
    assert [row[0] for row in rows if row[-1]] == ["milled cast", "milled pressed"]
    assert [float(row[2]) for row in rows] == sorted(float(row[2]) for row in rows)
    assert found["pareto"] == "compare.1.pareto"
    assert found["heatmap"] == ""


def test_runs_without_films_have_no_section():
    summary, lines = make()
    assert sections(summary, lines, {}) == []


def test_films_that_may_not_be_ranked_still_stand_in_one_table_in_the_order_of_the_scenario():
    summary, lines = make()
    hot = {**lines[0], "function": "thin film", "measured_at_k": 773.15, "spec": {"published cell": "107 mAh/g at 1C"}}
    powder = {**lines[2], "name": "powder", "kind": "synthesis", "spec": {}}
    plain = {**lines[1], "spec": {}}
    unknown = {**plain, "name": "unknown"}
    found = every(summary, [hot, powder, plain, unknown])

    assert [column["title"] for column in found["columns"]][-3:] == ["Cost", "Measured at", "Cell"]
    first, second, third = (row["cells"] for row in found["rows"])
    assert (first[0], *first[-2:]) == ("milled pressed", "500", "107 mAh/g at 1C")
    assert (second[0], *second[-2:]) == ("milled cast", "25", "–")
    assert third[2:] == ["–"] * 5
    # the groups' own tables say it all where every film may be ranked with every other
    assert every(summary, [plain, unknown]) is None
