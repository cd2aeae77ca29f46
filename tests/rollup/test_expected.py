from functools import cache

import pytest
from support import lines

from sim.engine import simulate
from sim.flowsheet.streams import FlowsheetError
from sim.inputs.scenario import Plant
from sim.rollup.expected import expected
from sim.rollup.kpis import kpi_table, rollup
from sim.rollup.ledger import reduce
from sim.rollup.machines import per_year
from sim.rollup.materials import element_error
from sim.study.load import load_scenario

DAY_SHIFT = Plant.model_validate({"days_per_week": 7, "shifts_per_day": 1})

LOSSY = """
name: lossy
title: a mill that is rinsed and an inspection that sends back
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - id: mill
    batch: 100 kg
    recipe: {LiCl: 1 kg}
    duration: 4 h
    setup: {duration: 1 h}
    clean: {every: 10, duration: 5 h}
    failures: [{after: exponential(40) h, repair: 6 h}]
    loss: [{per: clean, amount: 50 kg}, {per: start, amount: 1 kg}]
    operators: 1
  - id: inspect
    duration: 1 h
    hold: 9 h
    inspect: {pass: 0.8, fail: rework -> inspect, passes: 1}
    operators: 0
    next: ship
"""


@cache
def wet():
    return lines.resolved(lines.WET, target_per_year=3e5, warm_up_h=500.0, horizon_h=8760.0)


def kpis(line, ledger):
    return kpi_table(rollup(line, ledger)).set_index("kpi")["value"]


def test_the_year_of_one_machine_by_hand():
    # 100,000 kg/y in charges of 100 kg are 1,000 operations of 10 h on two machines: each runs 5,000 h and stands 3,760
    line = lines.resolved(lines.ONE_STEP, target_per_year=1e5, horizon_h=8760.0)
    ledger = expected(line)
    mill = ledger.steps["mill"]
    assert ledger.shipped == pytest.approx(1e5)
    assert mill.operations == mill.starts == pytest.approx(1000.0)
    assert [*mill.state_h.values()] == pytest.approx([10_000.0, 0, 0, 0, 0, 7520.0, 0, 0])
    assert ledger.operator_h == pytest.approx(10_000.0)
    assert ledger.lead_time_h == pytest.approx(10.0)
    # 20 kW for 10,000 h, 2 kW for 7,520 h, half of it removed at a COP of 4; 0.1 kW/m2 on 20 m2 for 8,760 h
    kwh = (200_000 + 15_040) * (1 + 0.5 / 4) + 0.1 * 20 * 8760
    assert kpis(line, ledger)["energy_per_unit"] == pytest.approx(kwh / 1e5)


def test_losses_stops_and_rework_by_hand():
    line = lines.resolved(LOSSY, target_per_year=1e5, horizon_h=8760.0)
    ledger = expected(line)
    mill, inspect = ledger.steps["mill"], ledger.steps["inspect"]
    # 4 % of the lots fail twice: 104,166.7 kg are inspected for the first time, a fifth of it a second time
    first = 1e5 / 0.96
    assert inspect.inspected_first == pytest.approx(first)
    assert inspect.taken == inspect.inspected == pytest.approx(1.2 * first)
    assert inspect.reworked == pytest.approx(0.2 * first)
    assert inspect.scrapped == pytest.approx(0.04 * first)
    assert inspect.passed_first == pytest.approx(0.8 * first)
    # of 100 kg the mill loses 1 kg by its start and 5 kg by a tenth of a rinse
    assert mill.taken == pytest.approx(first / 0.94)
    assert mill.lost == {"clean": pytest.approx(0.05 * mill.taken), "start": pytest.approx(0.01 * mill.taken)}
    # per operation 4 h of run, 1 h of setup, a tenth of 5 h of cleaning, a tenth of 6 h of repair
    hours, number = mill.state_h, mill.taken / 100.0
    assert [hours[state] / number for state in ("run", "setup", "clean", "down")] == pytest.approx([4, 1, 0.5, 0.6])
    assert hours["starved"] == pytest.approx(8760.0 - 6.1 * number)
    # in process: 4 h of what the mill takes, 1 h of what is inspected and 9 h of what waits for its release
    assert ledger.wip == pytest.approx((4 * mill.taken * 1.0 + 10 * inspect.taken) / 8760.0)
    assert ledger.lead_time_h == pytest.approx(ledger.wip * 8760.0 / 1e5)


def test_closed_hours_are_off_shift():
    line = lines.resolved(lines.ONE_STEP, target_per_year=2e4, horizon_h=8760.0, plant=DAY_SHIFT)
    hours = expected(line).steps["mill"].state_h
    assert hours["off_shift"] == pytest.approx(2 * 8760 * 2 / 3)
    assert hours["run"] == pytest.approx(2000.0)
    assert hours["starved"] == pytest.approx(2 * 8760 / 3 - 2000.0)


@pytest.mark.parametrize(
    ("old", "new", "shipped"),
    [
        ("operators: 1", "operators: 0", 175_200.0),  # 2 x 8,760 h in charges of 100 kg and 10 h
        ("operators: 1", "operators: 1", 175_200.0),  # as many operators as machines
        ("operators: 1", "operators: 0\n    release: {interval: 50 h}", 17_520.0),
        ("operators: 1", "operators: 0\n    release: {rate: 3 kg/h}", 26_280.0),
        ("operators: 1", "operators: 0\n    resources: {box: 1}", 87_600.0),
    ],
)
def test_without_a_target_the_tightest_limit_says_what_is_shipped(old, new, shipped):
    text = lines.ONE_STEP.replace(old, new).replace("steps:", "places: {box: 1}\nsteps:")
    assert expected(lines.resolved(text, horizon_h=8760.0)).shipped == pytest.approx(shipped)


def test_a_target_beyond_the_machines_is_not_reached():
    text = lines.ONE_STEP.replace("operators: 1", "operators: 0")
    assert expected(lines.resolved(text, target_per_year=9e9, horizon_h=8760.0)).shipped == pytest.approx(175_200.0)


def test_a_shorter_window_holds_its_part_of_the_year():
    whole, part = (
        expected(lines.resolved(lines.ONE_STEP, target_per_year=1e5, horizon_h=hours)) for hours in (8760.0, 876.0)
    )
    assert part.shipped == pytest.approx(0.1 * whole.shipped)
    assert part.wip == pytest.approx(whole.wip)


def test_slots_run_while_any_of_them_does():
    # 3,750 operations of 8 h a year on two machines: on each, one starts every 4.67 h, before the last has ended
    line = wet()
    anneal = expected(line).steps["anneal"]
    assert anneal.operations == pytest.approx(3750.0)
    assert anneal.slot_run_h == pytest.approx(30_000.0)
    assert anneal.state_h["run"] == pytest.approx(2 * 8760.0)


def test_elements_balance_and_hours_add_up():
    for line in (wet(), *load_scenario("five_routes").lines):
        ledger = expected(line)
        assert element_error(rollup(line, ledger).materials, line.library) < 1e-9
        for name, step in ledger.steps.items():
            assert sum(step.state_h.values()) == pytest.approx(8760.0 * line.sizing.steps[name].machines)
            assert min(step.state_h.values()) >= 0.0


def test_the_simulation_of_everything_at_once_comes_to_the_same_but_for_its_queues():
    line = wet()
    found, seen = expected(line), reduce(simulate(line.plan, seed=1, replication=0), line)
    one, other = kpis(line, found), kpis(line, seen)
    # 3 % of the mass lapses in front of the dryer, with its pot life of an hour: no expected value knows that
    assert sum(seen.steps["dry"].expired_in.values()) == pytest.approx(0.03 * seen.steps["dry"].taken, rel=0.1)
    assert one["cost_per_unit"] == pytest.approx(other["cost_per_unit"] * 0.97, rel=0.01)
    assert one["energy_per_unit"] == pytest.approx(other["energy_per_unit"], rel=0.02)
    assert one["capital"] == other["capital"]
    assert found.lead_time_h < seen.lead_time_h


def test_the_tank_is_filled_up_by_what_recovery_lacks():
    ledger = expected(wet())
    tank = ledger.tanks["THF"]
    assert tank.bought == pytest.approx(tank.drawn - tank.recovered)
    assert tank.recovered / tank.drawn == pytest.approx(0.9, abs=0.02)
    assert tank.overflow == tank.level_end == 0.0


def test_an_operation_that_loses_all_it_makes_has_no_year():
    text = LOSSY.replace("amount: 1 kg", "amount: 95 kg")
    with pytest.raises(FlowsheetError, match="as much is lost per event as an operation makes"):
        expected(lines.resolved(text, horizon_h=8760.0))


# -- charges that divide the shift -------------------------------------------------------------------------------------

PATTERNS = [
    {"shifts_per_day": 1},
    {"shifts_per_day": 2},
    {"days_per_week": 5, "shifts_per_day": 2, "shift_hours": "10 h"},
    {"days_per_week": 6, "shifts_per_day": 1, "shift_hours": "12 h"},
]
TICK = """
name: tick
title: two steps that take as long
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - {id: weigh, batch: 10 kg, recipe: {LiCl: 1 kg}, duration: DURATION, machines: 1, failures: []}
  - {id: pack, duration: DURATION, machines: 1, failures: [], next: ship}
"""


@pytest.mark.parametrize("said", PATTERNS)
@pytest.mark.parametrize("parts", [1, 3, 5, 7, 12, 24])
def test_simulated_and_expected_charges_are_open_time_over_duration_on_every_pattern(said, parts):
    plant = Plant.model_validate(said)
    hours = plant.shifts_per_day * plant.shift_h / parts
    text = TICK.replace("DURATION", f"{hours:.9f} h")
    line = lines.resolved(text, plant=plant, warm_up_h=168.0, horizon_h=4 * 168.0)
    ledger, sure = reduce(simulate(line.plan, seed=0, replication=0), line), expected(line)
    charges = 4 * plant.days_per_week * parts
    assert [ledger.steps[name].operations for name in ("weigh", "pack")] == [charges, charges]
    assert [sure.steps[name].operations for name in ("weigh", "pack")] == pytest.approx([charges, charges], rel=1e-6)


@pytest.mark.parametrize(
    ("minutes", "shifts", "kg_per_year"),
    [(160, 1, 10_950), (96, 1, 18_250), (80, 1, 21_900), (40, 1, 43_800), (320, 2, 10_950), (160, 2, 21_900)],
)
def test_a_year_of_charges_that_divide_the_shift(minutes, shifts, kg_per_year):
    text = TICK.replace("DURATION", f"{minutes} min")
    line = lines.resolved(text, plant=Plant(shifts_per_day=shifts), warm_up_h=168.0, horizon_h=364 * 24.0)
    ledger = reduce(simulate(line.plan, seed=0, replication=0), line)
    assert ledger.shipped * per_year(ledger) == pytest.approx(kg_per_year, rel=1e-9)
    assert expected(line).shipped * per_year(ledger) == pytest.approx(kg_per_year, rel=1e-9)
