from support import lines

from sim.rollup.assumptions import assumptions, entries_used, mixed_years
from sim.study.load import load_scenario


def test_assumptions_list_the_numbers_of_route_and_catalogue_with_their_sources():
    line = lines.resolved(lines.ONE_STEP)
    frame = assumptions(line)
    assert list(frame.columns) == ["where", "quantity", "value", "unit", "low", "high", "grade", "source", "note"]
    found = {(where, quantity): row for (where, quantity), row in frame.set_index(["where", "quantity"]).iterrows()}
    run = found["route.toy.steps.mill.power", "run"]
    assert (run["value"], run["unit"], run["grade"]) == (20.0, "kW", "A")
    assert run["source"] == "Handbook, doi:10.1000/1"
    price = found["equipment.vessel.price", "value"]
    assert (price["value"], price["grade"], price["source"]) == (100000.0, "E", "estimate: made up")
    assert ("economics", "wage") in found
    assert ("materials.LiCl", "price") in found


def test_catalogue_entries_that_the_line_does_not_use_are_left_out():
    used = entries_used(lines.resolved(lines.ONE_STEP))
    assert used["materials"] == ["LiCl"]
    assert used["equipment"] == ["vessel"]
    assert used["consumables"] == ["bag"]
    assert entries_used(lines.resolved(lines.WET, target_per_year=1e5))["equipment"] == ["column", "vessel", "web"]


def test_prices_of_several_years_are_a_warning_that_names_them():
    study = load_scenario("five_routes", replications=1)
    text = mixed_years(study.lines)

    assert text.startswith("prices of several years stand side by side, none is moved: 2022 (")
    assert "Li2S" in text.split("2025 (")[1]
    assert mixed_years([]) == ""
