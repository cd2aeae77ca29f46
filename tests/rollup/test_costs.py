import math
from dataclasses import replace
from functools import cache

import pytest
from support import lines

from sim.engine import simulate
from sim.engine.log import Kind
from sim.inputs.catalogue import Economics
from sim.inputs.scenario import Plant
from sim.results.tables import CATEGORIES
from sim.rollup import capital_recovery_factor
from sim.rollup.capital import capital_parts, equipment_cost
from sim.rollup.costs import cost_table, price_slope, priced
from sim.rollup.energy import energy_flows
from sim.rollup.expected import expected
from sim.rollup.kpis import rollup
from sim.rollup.ledger import reduce
from sim.rollup.machines import shipped_per_year
from sim.rollup.materials import feeds, material_flows
from sim.study.load import load_scenario

MONEY = lines.library().economics


@cache
def wet():
    line = lines.resolved(lines.WET, target_per_year=3e5, warm_up_h=100.0, horizon_h=3000.0)
    return line, reduce(simulate(line.plan, seed=1, replication=0), line)


@cache
def toy():
    """Two vessels, 40 operations of 10 h and 100 kg in a year, operators held for 400 h."""
    line = lines.resolved(lines.ONE_STEP, horizon_h=8760.0)
    rows = [(0.0, Kind.ACQUIRE, 0, 0, 1.0, 0), (400.0, Kind.RELEASE, 0, 0, 1.0, 0)]
    for number in range(40):
        rows += lines.batch(10.0 * number, 10.0 * number + 10.0, lot=number + 1)
    return line, reduce(lines.log_of(line, *sorted(rows, key=lambda row: row[0])), line)


def yearly(line, ledger):
    return cost_table(line, ledger).groupby(["category", "item"])["usd_per_year"].sum()


@pytest.mark.parametrize(
    ("rate", "life", "factor"), [(0.07, 25, 0.08581), (0.08, 10, 0.14903), (0.10, 20, 0.11746), (0.0, 8, 0.125)]
)
def test_capital_recovery_factors_are_the_published_ones(rate, life, factor):
    assert capital_recovery_factor(rate, life) == pytest.approx(factor, abs=5e-6)


def test_the_present_value_of_the_payments_is_the_capital():
    payment = capital_recovery_factor(0.08, 10)
    assert sum(payment / 1.08**year for year in range(1, 11)) == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "life"), [(0.08, 0.0), (-0.01, 10.0)])
def test_impossible_finance_is_an_error(rate, life):
    with pytest.raises(ValueError, match="expected a life above 0"):
        capital_recovery_factor(rate, life)


def test_six_tenths_rule():
    small, large = (equipment_cost(lines.equipment(), size, MONEY) for size in (1.0, 2.0))
    assert large.contained / small.contained == pytest.approx(2**0.6)


def test_the_cost_index_moves_the_price_to_the_reporting_year():
    # 100,000 USD of 2013 x 900/600
    assert equipment_cost(lines.equipment(), 1.0, MONEY).contained == pytest.approx(150e3)


def test_containment_is_paid_once_and_not_installed():
    # contained 150,000, plain 75,000, F = 3: 150,000 + 2 x 75,000
    assert equipment_cost(lines.equipment(), 1.0, MONEY).installed == pytest.approx(300e3)
    quoted_plain = lines.equipment(price={"contained": False})
    # plain 150,000, contained 300,000: 300,000 + 2 x 150,000
    assert equipment_cost(quoted_plain, 1.0, MONEY) == pytest.approx((150e3, 300e3, 600e3))


def test_money_without_a_year_is_an_error():
    with pytest.raises(ValueError, match="has no year"):
        equipment_cost(lines.equipment(price={"value": "100000 USD"}), 1.0, MONEY)


def test_a_year_without_an_index_is_an_error():
    late = lines.equipment(price={"value": {"value": "1 USD", "year": 1999}})
    with pytest.raises(ValueError, match="no cost index for 1999; there are 2013, 2023"):
        equipment_cost(late, 1.0, MONEY)


def test_a_size_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="size above 0"):
        equipment_cost(lines.equipment(), 0.0, MONEY)


def test_only_turn_key_machines_pay_for_their_floor():
    line, ledger = wet()
    parts = {(part.step, part.item): part for part in capital_parts(line, ledger)}
    assert parts["react", "vessel"].floor_usd == 0.0
    assert parts["pack", "web"].floor_usd == pytest.approx(2500.0 * parts["pack", "web"].area_m2)
    assert parts["react", "vessel"].room_usd == pytest.approx(1000.0 * parts["react", "vessel"].area_m2)


def test_a_column_is_sized_by_the_recovery_per_open_hour():
    line, ledger = wet()
    column = next(part for part in capital_parts(line, ledger) if part.item == "THF: column")
    per_unit = sum(flow.expected * flow.recovered.get("THF", 0.0) for flow in line.flowsheet.steps.values())
    assert column.size == pytest.approx(per_unit * 3e5 / 8760.0)
    assert column.purchase_usd == pytest.approx(150e3 * (column.size / 100.0) ** 0.6)


def test_materials_by_hand():
    line, ledger = toy()
    # 40 x 100 kg LiCl at 5 USD; a tenth of a bag per kg at 5 USD
    found = yearly(line, ledger)
    assert found["materials", "LiCl"] == pytest.approx(20_000.0)
    assert found["consumables", "bag"] == pytest.approx(2_000.0)


def test_utilities_by_hand():
    line, ledger = toy()
    # run 400 h x 20 kW = 8,000; idle (2 x 8760 - 400) h x 2 kW = 34,240; cooling half of both / 4; room 2 kW x 8760 h
    kwh = 42_240 * (1 + 0.5 / 4) + 17_520
    assert yearly(line, ledger)["utilities", "electricity"] == pytest.approx(0.1 * kwh)


def test_capital_by_hand():
    line, ledger = toy()
    found = yearly(line, ledger)
    # two vessels of 2 m3: 2 x 300,000 x 2^0.6 installed; room 20 m2 x 1,000 USD; CRF 0.14903 (10 y), 0.10185 (20 y)
    installed = 2 * 300e3 * 2**0.6
    equipment, room = installed * 0.149029489, 20e3 * 0.101852209
    assert found["capital", "vessel"] == pytest.approx(equipment, rel=1e-8)
    assert found["building", "room"] == pytest.approx(room, rel=1e-8)
    assert found["capital", "contingency"] == pytest.approx(0.2 * (equipment + room), rel=1e-8)
    assert found["capital", "start-up"] == pytest.approx(0.05 * (equipment + room), rel=1e-8)
    assert found["maintenance", "maintenance"] == pytest.approx(0.03 * (installed + 20e3))
    assert found["insurance_tax", "insurance and tax"] == pytest.approx(0.01 * (installed + 20e3))
    assert found["overhead", "on capital"] == pytest.approx(0.1 * 1.25 * (equipment + room), rel=1e-8)


def test_labour_is_paid_posts_and_not_busy_hours():
    line, ledger = toy()
    # an operator for each of two mills around the clock: 8760 h x 30 USD, although held for 400 h only
    assert line.sizing.posts == 2
    found = yearly(line, ledger)
    assert found["labour", "operators"] == pytest.approx(2 * 8760 * 30.0)
    assert found["overhead", "on labour"] == pytest.approx(2 * 0.4 * 8760 * 30.0)


def test_crews_that_are_too_few_for_the_paid_hours_of_their_people_are_paid_overtime():
    few, many = (lines.resolved(lines.ONE_STEP, plant=Plant(crews=number), horizon_h=100.0) for number in (4, 6))
    ledger = reduce(lines.log_of(few, *lines.batch(0, 10)), few)
    assert (few.sizing.people, many.sizing.people) == (8, 12)
    # four people are paid 7,200 h of 8,760 by contract
    assert yearly(few, ledger)["labour", "operators"] == pytest.approx(2 * 8760 * 30.0)
    assert yearly(many, ledger)["labour", "operators"] == pytest.approx(2 * 6 * 1800 * 30.0)


def test_working_capital_by_hand():
    line, ledger = toy()
    table = cost_table(line, ledger)
    variable = table[table["category"].isin(["materials", "utilities", "consumables"])]["usd_per_year"].sum()
    found = yearly(line, ledger)
    assert found["working_capital", "stocks and receivables"] == pytest.approx(0.15 * 0.08 * variable)
    # 100 kg inside for 400 of 8,760 h, at the variable cost of the 4,000 kg shipped
    wip = 100 * 400 / 8760
    assert found["working_capital", "work in process"] == pytest.approx(0.08 * wip * variable / 4000)


def test_staff_stands_on_the_line_and_operators_on_steps_by_hours():
    line, ledger = wet()
    table = cost_table(line, ledger)
    labour = table[table["category"] == "labour"].set_index(["step", "item"])["usd_per_year"]
    assert labour.sum() == pytest.approx(line.sizing.people * 1800 * 30)
    assert labour["line", "staff"] == pytest.approx(8760 * 30.0)
    ratio = ledger.steps["react"].operator_h / ledger.steps["dry"].operator_h
    assert labour["react", "operators"] / labour["dry", "operators"] == pytest.approx(ratio)


def test_a_crew_is_paid_on_its_step():
    text = lines.ONE_STEP.replace("    operators: 1\n", "    operators: 1\n    crew: 1.5 persons\n")
    line = lines.resolved(text, horizon_h=100.0)
    labour = cost_table(line, reduce(simulate(line.plan, seed=1, replication=0), line))
    found = labour[labour["category"] == "labour"].set_index(["step", "item"])["usd_per_year"]
    # two posts of operators and 1.5 of crew, each 8760 h x 30 USD
    assert line.sizing.posts == 3.5
    assert found.to_dict() == pytest.approx({("mill", "operators"): 2 * 262800.0, ("mill", "crew"): 1.5 * 262800.0})


def test_wastes_cost_their_disposal_or_the_deactivation_of_sulfides():
    line, ledger = wet()
    waste = {}
    for flow in material_flows(line, ledger):
        if flow.direction == "waste":
            waste[flow.material] = waste.get(flow.material, 0.0) + flow.kg * 8760 / 3000
    found = yearly(line, ledger)
    assert found["waste", "Li6PS5Cl"] == pytest.approx(5.0 * waste["Li6PS5Cl"])  # no price of its own
    assert found["waste", "soda"] == pytest.approx(2.0 * waste["soda"])  # a sulfide with one
    assert found["waste", "THF"] == pytest.approx(0.3 * waste["THF"])


def test_scrubbing_hydrogen_sulfide_takes_caustic():
    line, ledger = wet()
    kg = sum(flow.kg for flow in material_flows(line, ledger) if (flow.material, flow.direction) == ("H2S", "emission"))
    assert yearly(line, ledger)["waste", "scrubber caustic"] == pytest.approx(kg * 8760 / 3000 * 2.35 * 0.5)


def test_solvent_is_charged_at_its_make_up_and_the_first_fill_as_capital():
    line, ledger = wet()
    found = yearly(line, ledger)
    make_up = sum(kg for _, material, kg in feeds(line, ledger) if material == "THF")
    assert found["solvents", "THF"] == pytest.approx(make_up * 8760 / 3000 * 2.0)
    assert found["working_capital", "first fill of THF"] == pytest.approx(500 * 2.0 * 0.08)


def test_by_products_bring_nothing_and_cost_nothing():
    text = lines.WET.replace("split: {emission: {H2S: 1.0}}", "split: {emission: {H2S: 1.0}, by_product: {LiCl: 0.5}}")
    line = lines.resolved(text, target_per_year=2e5, horizon_h=500.0)
    ledger = reduce(simulate(line.plan, seed=1, replication=0), line)
    flows = [flow for flow in material_flows(line, ledger) if flow.material == "LiCl"]
    kg = {name: sum(flow.kg for flow in flows if flow.direction == name) for name in ("by_product", "waste")}
    assert kg["by_product"] > 0.0
    assert yearly(line, ledger)["waste", "LiCl"] == pytest.approx(1.0 * kg["waste"] * 8760 / 500)
    assert cost_table(line, ledger)["usd_per_year"].min() >= 0.0


def test_parts_add_up_to_the_total_and_per_unit_is_per_shipped_unit():
    line, ledger = wet()
    table = cost_table(line, ledger)
    assert list(table.columns) == ["line", "step", "category", "item", "usd_per_year", "usd_per_unit", "grade"]
    assert set(table["category"]) <= set(CATEGORIES)
    total = math.fsum(table["usd_per_year"])
    for key in ("step", "category", "item"):
        assert math.fsum(table.groupby(key)["usd_per_year"].sum()) == pytest.approx(total, rel=1e-12)
    assert math.fsum(table["usd_per_unit"]) * shipped_per_year(ledger) == pytest.approx(total, rel=1e-9)
    assert not table.duplicated(["step", "category", "item"]).any()


def test_what_is_known_may_be_handed_in():
    line, ledger = wet()
    it = rollup(line, ledger)
    table = cost_table(line, ledger, it.costs)
    assert table.equals(cost_table(line, ledger))


def test_grades_are_the_worst_of_price_and_figure():
    line = lines.resolved(lines.ONE_STEP, lines.library(LiCl={"source": "fair"}), horizon_h=100.0)
    ledger = reduce(lines.log_of(line, *lines.batch(0, 10)), line)
    grades = cost_table(line, ledger).set_index(["category", "item"])["grade"]
    assert grades["materials", "LiCl"] == "C"
    assert grades["consumables", "bag"] == "E"  # how many is known, the price is a guess
    assert grades["capital", "vessel"] == "E"


def test_cost_is_a_straight_line_of_one_price():
    line, ledger = wet()
    found = price_slope(line, ledger, "Li2S")
    for price in (0.0, 60.0, 100.0, 280.0, 12_500.0):
        table = cost_table(priced(line, {"Li2S": price}), ledger)
        assert found.at(price) == pytest.approx(math.fsum(table["usd_per_unit"]), rel=1e-9)


def test_the_slope_of_a_root_is_that_of_all_that_follows_it():
    # 1.60836 kg of carbonate in a kg of Li2S and 0.87153 in one of LiCl, 97 % of which arrive
    line = next(line for line in load_scenario("five_routes").lines if line.name == "ball_milling")
    ledger = expected(line)
    root, sulfide, chloride = (price_slope(line, ledger, name).slope for name in ("Li2CO3", "Li2S", "LiCl"))
    assert root == pytest.approx((1.60836 * sulfide + 0.87153 * chloride) / 0.97, rel=1e-4)


def test_the_slope_is_the_purchase_and_the_capital_tied_up_in_it():
    line, ledger = wet()
    bought = sum(kg for _, material, kg in feeds(line, ledger) if material == "Li2S") / ledger.shipped
    carried = 0.15 * 0.08 + 0.08 * ledger.wip / shipped_per_year(ledger)
    assert price_slope(line, ledger, "Li2S").slope == pytest.approx(bought * (1 + carried))


def test_a_material_that_is_not_bought_has_no_slope():
    line, ledger = wet()
    assert price_slope(line, ledger, "Li6PS5Cl").slope == 0.0
    assert price_slope(line, ledger, "water").slope == 0.0


def test_an_unknown_or_unpriced_material_cannot_be_repriced():
    line, _ = wet()
    with pytest.raises(KeyError):
        priced(line, {"unobtainium": 1.0})
    with pytest.raises(KeyError, match="water has no price"):
        priced(line, {"water": 1.0})


def test_no_interest_no_working_capital():
    line, ledger = toy()
    free = Economics.model_validate({**lines.ECONOMICS, "discount_rate": "0 %"})
    table = cost_table(replace(line, library=replace(line.library, economics=free)), ledger)
    assert table[table["category"] == "working_capital"]["usd_per_year"].sum() == 0.0


def test_energy_of_a_line_without_operation_is_idle_and_room():
    line = lines.resolved(lines.ONE_STEP, horizon_h=100.0)
    ledger = reduce(lines.log_of(line), line)
    assert {flow.use for flow in energy_flows(line, ledger) if flow.kwh} == {"idle", "room", "cooling"}
    assert cost_table(line, ledger)["usd_per_unit"].isna().all()
