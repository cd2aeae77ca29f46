from functools import cache

import pytest
from support import lines

from sim.analysis.quotes import quotes, quotes_text
from sim.analysis.sources import line_sources
from sim.api import load_scenario, sources

FIVE = ("ball_milling", "dry_ptfe")


@cache
def wanted():
    found = tuple(line for line in load_scenario("five_routes").lines if line.name in FIVE)
    tables = [line_sources(line) for line in found]
    return found, tables, quotes(found, tables)


def test_what_moves_the_lines_most_is_asked_for_first():
    _, tables, table = wanted()
    assert table["moves"].is_monotonic_decreasing
    # the mean over both lines of swing over cost, here of one that only the mill has
    dose = table[table["quantity"] == "dose"].iloc[0]
    own = tables[0][tables[0]["quantity"] == "dose"].iloc[0]
    assert dose["moves"] == pytest.approx(own["swing_usd_per_unit"] / own["cost"] / 2)


def test_only_numbers_that_nobody_has_read_and_a_vendor_could_answer_for_are_asked():
    _, _, table = wanted()
    assert set(table["grade"]) <= {"D", "E"}
    kinds = set(table["where"].str.partition(".")[0])
    assert kinds <= {"materials", "equipment", "consumables", "rooms", "route"}
    assert "economics" not in kinds


def test_the_question_names_machine_size_and_yearly_amount():
    found, _, table = wanted()
    asks = dict(zip(zip(table["where"], table["quantity"], strict=True), table["ask"], strict=True))
    assert asks["equipment.stirred_mill.price", "value"].startswith(
        "the price of one high-energy stirred mill of 40 kW"
    )
    # 500 t/y take 0.447 kg of P2S5 a kg, the film bought powder: its roots are in no line
    kg = 1000 * 500 * sum(flow.expected * flow.feeds.get("P2S5", 0.0) for flow in found[0].flowsheet.steps.values())
    assert f"{float(f'{kg:.2g}'):,.0f} kg a year" in asks["materials.P2S5", "price"]
    assert asks["route.ball_milling.steps.mill", "dose"] == (
        "a trial with the real charge on high-energy stirred mill: dose of 'High-energy mill'"
    )
    assert asks["route.dry_ptfe.steps.film_line", "speed"] == (
        "a trial with the real charge on a line of feed form, calender, densify, laminate, camera, wind: "
        "speed of 'Calender film'"
    )


def test_a_line_without_weak_numbers_wants_no_quote():
    line = lines.resolved(lines.ONE_STEP, target_per_year=1e5)
    assert quotes_text(quotes([line], [line_sources(line)])).startswith("No number of grade D or E")


def test_the_command_prints_the_first_of_them():
    text, table = sources("dry_ptfe", quotes=True)
    assert text.splitlines()[2].startswith(" 1  ")
    assert table["title"].iloc[0] in text
