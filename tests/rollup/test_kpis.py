import math
from functools import cache
from time import perf_counter

import pytest
from support import lines

from sim.engine import simulate
from sim.engine.log import NO_PLACE, Kind
from sim.engine.plan import Calendar
from sim.results.kpis import KPIS
from sim.results.tables import LOSSES
from sim.rollup.kpis import (
    FORMULAS,
    availability,
    bottleneck,
    busy_share,
    kpi_table,
    loss_tree,
    machines_table,
    oee,
    rollup,
)
from sim.rollup.ledger import reduce
from sim.rollup.materials import element_balance


@cache
def wet():
    line = lines.resolved(lines.WET, target_per_year=3e5, warm_up_h=100.0, horizon_h=3000.0)
    return line, reduce(simulate(line.plan, seed=1, replication=0), line)


def toy(*rows, text=lines.ONE_STEP, **options):
    line = lines.resolved(text.replace("machines: 2", "machines: 1"), horizon_h=100.0, **options)
    return line, reduce(lines.log_of(line, *rows), line)


def values(line, ledger):
    return kpi_table(rollup(line, ledger)).set_index("kpi")["value"]


def test_availability_leaves_planned_stops_out():
    rows = [(0.0, Kind.START, 0, 0, 100.0), (10.0, Kind.DOWN, 0, 0), (15.0, Kind.UP, 0, 0)]
    rows += [(45.0, Kind.FINISH, 0, 0, 100.0), (45.0, Kind.CLEAN, 0, 0), (60.0, Kind.IDLE, 0, 0)]
    line, ledger = toy(*rows)
    # run 10 + 30, down 5
    assert availability(ledger.steps["mill"]) == pytest.approx(40 / 45)
    assert busy_share(line, ledger, "mill") == pytest.approx(0.6)


def test_a_machine_that_never_ran_has_no_availability():
    _, ledger = toy()
    assert math.isnan(availability(ledger.steps["mill"]))


def test_busy_share_counts_open_hours_only():
    line = lines.resolved(lines.ONE_STEP.replace("machines: 2", "machines: 1"), horizon_h=100.0)
    line = lines.replaced(line, plan_calendars=(Calendar("day", True, (50.0,)),), plan_resources=())
    ledger = reduce(lines.log_of(line, *lines.batch(0, 40)), line)
    assert busy_share(line, ledger, "mill") == pytest.approx(0.8)


def test_oee_of_a_machine_that_ran_all_the_time_is_1_whatever_ended_in_the_window():
    # three operations end within 25 h in which one machine can run two and a half
    line = lines.resolved(lines.ONE_STEP.replace("machines: 2", "machines: 1"), warm_up_h=5.0, horizon_h=25.0)
    rows = [row for number in range(3) for row in lines.batch(10 * number, 10 * number + 10, lot=number + 1)]
    ledger = reduce(lines.log_of(line, *rows), line)
    assert ledger.steps["mill"].operations == 3
    assert oee(line, ledger, "mill") == pytest.approx(1.0)


def test_oee_of_operations_that_were_shorter_than_meant_is_no_more_than_their_run_time():
    line, ledger = toy(*lines.batch(0, 5), *lines.batch(5, 10, lot=2), (10.0, Kind.IDLE, 0, 0))
    assert oee(line, ledger, "mill") == pytest.approx(10 / 100)


def test_oee_is_good_output_at_ideal_speed():
    # two operations of 100 kg with 10 h ideal each in 100 open hours; they took 15 and 20 h
    line, ledger = toy(*lines.batch(0, 15), *lines.batch(20, 40, lot=2))
    assert oee(line, ledger, "mill") == pytest.approx(0.2)
    assert busy_share(line, ledger, "mill") == pytest.approx(0.35)


def test_oee_counts_scrap_and_partial_charges_out():
    rows = [*lines.batch(0, 10), *lines.batch(20, 30, lot=2)[:2], (30.0, Kind.SCRAP, 0, 0, 100.0, NO_PLACE, 2)]
    line, ledger = toy(*rows)
    assert oee(line, ledger, "mill") == pytest.approx(0.1)
    line, ledger = toy(*lines.batch(0, 10, amount=50.0))
    assert oee(line, ledger, "mill") == pytest.approx(0.05)


def test_oee_is_availability_times_performance_times_quality():
    line, ledger = wet()
    for step in ("react", "dry", "pack"):
        # the times of packing are drawn: their mean may fall short of the expected one
        slack = 1.03 if step == "pack" else 1.0 + 1e-9
        assert 0.0 < oee(line, ledger, step) <= slack * busy_share(line, ledger, step)


def test_the_bottleneck_is_the_busiest_step_and_says_why():
    line, ledger = wet()
    found = bottleneck(line, ledger)
    assert found.busy == max(busy_share(line, ledger, step) for step in ledger.steps)
    assert found.why.startswith(line.titles[found.step])
    assert found.why.endswith(".")
    assert "busy" in found.why


def test_every_line_has_every_kpi_once():
    line, ledger = wet()
    table = kpi_table(rollup(line, ledger), replication=4)
    assert list(table.columns) == ["line", "replication", "kpi", "unit", "value"]
    names = table["kpi"].tolist()
    assert set(KPIS) - {"conductivity", "area_resistance", "yield_"} <= set(names)
    assert {"yield_Li", "yield_P", "yield_S", "yield_Cl"} <= set(names)
    assert len(names) == len(set(names))
    assert set(table["replication"]) == {4}
    assert table["value"].notna().all()


def test_every_declared_kpi_has_one_formula_and_every_formula_a_kpi():
    assert sorted(FORMULAS) == sorted(KPIS)


def test_every_kpi_says_what_it_is():
    for item in KPIS.values():
        assert all((item.name, item.title, item.unit, item.meaning, item.range)), item


def test_hours_of_work_times_the_wage_are_the_cost_of_labour():
    line, ledger = wet()
    it = rollup(line, ledger)
    labour = sum(item.usd_per_year for item in it.costs if item.category == "labour") / it.shipped
    wage = line.library.economics.wage.value
    assert values(line, ledger)["labour_h_per_unit"] == pytest.approx(labour / wage)


def test_units_name_the_functional_unit():
    line, ledger = wet()
    units = kpi_table(rollup(line, ledger)).set_index("kpi")["unit"]
    assert units["cost_per_unit"] == "USD/kg"
    assert units["throughput"] == "kg/y"


def test_parts_of_cost_and_energy_add_up():
    line, ledger = wet()
    it, found = rollup(line, ledger), values(line, ledger)
    bought = sum(item.usd_per_year for item in it.costs if item.category in ("materials", "solvents"))
    assert found["conversion_cost_per_unit"] == pytest.approx(found["cost_per_unit"] - bought / it.shipped, rel=1e-9)
    parts = sum(found[f"{name}_per_unit"] for name in ("electricity", "heat", "gas"))
    assert found["energy_per_unit"] == pytest.approx(parts, rel=1e-12)


def test_yield_and_its_waste_make_one():
    line, ledger = wet()
    it = rollup(line, ledger)
    kg = element_balance(it.materials, line.library)
    lost = sum(kg[direction].get("Li", 0.0) for direction in ("waste", "by_product", "emission"))
    assert values(line, ledger)["yield_Li"] == pytest.approx(1 - lost / (kg["feed"]["Li"] - kg["stock_change"]["Li"]))


def test_yield_of_a_short_window_is_not_spoiled_by_the_filling_of_the_line():
    line = lines.resolved(lines.WET, target_per_year=3e5, warm_up_h=0.0, horizon_h=60.0)
    ledger = reduce(simulate(line.plan, seed=1, replication=0), line)
    kg = element_balance(rollup(line, ledger).materials, line.library)
    assert kg["product"]["Li"] / kg["feed"]["Li"] < 0.7
    assert values(line, ledger)["yield_Li"] > 0.8


def test_a_key_feed_that_reacts_is_followed_by_its_elements():
    line, ledger = wet()
    found = values(line, ledger)
    assert found["yield_key"] == pytest.approx(min(found["yield_Li"], found["yield_S"]))


def test_a_key_feed_that_stays_is_followed_as_such():
    line, ledger = toy(*lines.batch(0, 10), text=lines.ONE_STEP.replace("unit: kg}", "unit: kg, key_feed: LiCl}"))
    assert values(line, ledger)["yield_key"] == pytest.approx(1.0)


def test_a_route_without_key_feed_has_no_key_yield():
    line, ledger = toy(*lines.batch(0, 10))
    assert "yield_key" not in values(line, ledger)


def test_process_mass_intensity_is_one_more_than_the_e_factor():
    line, ledger = wet()
    found = values(line, ledger)
    assert found["pmi"] == pytest.approx(found["e_factor"] + 1.0)
    assert 1.0 < found["pmi_without_solvent"] < found["pmi"]


def test_first_pass_yield_is_the_chance_to_pass():
    line, ledger = wet()
    assert values(line, ledger)["first_pass_yield"] == pytest.approx(0.8, abs=0.05)


def test_a_line_without_inspection_passes_everything():
    line, ledger = toy(*lines.batch(0, 10))
    assert values(line, ledger)["first_pass_yield"] == 1.0


def test_loss_tree_hours_add_up_to_the_machines_calendar_hours():
    line, ledger = wet()
    tree = loss_tree(line, ledger)
    hours = tree[tree["category"].isin(LOSSES)].groupby("step")["hours_per_year"].sum()
    for step in ledger.steps:
        assert hours[step] == pytest.approx(8760 * len(ledger.steps[step].hours), rel=1e-12)
    scrap = tree[(tree["category"] == "scrap") & (tree["step"] == "inspect")]["units_per_year"].item()
    assert scrap == pytest.approx(ledger.steps["inspect"].scrapped * 8760 / 3000)


def test_machine_hours_of_a_year_are_8760():
    line, ledger = wet()
    hours = machines_table(line, ledger).groupby(["step", "machine"])["hours"].sum()
    assert hours.to_numpy() == pytest.approx(8760.0)


def test_one_roll_up_takes_milliseconds():
    line, ledger = wet()
    kpi_table(rollup(line, ledger))
    begin = perf_counter()
    kpi_table(rollup(line, ledger))
    assert perf_counter() - begin < 0.1
