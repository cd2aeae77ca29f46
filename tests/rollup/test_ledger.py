import numpy as np
import pytest
from support import lines

from sim.engine import simulate
from sim.engine.log import NO_PLACE, Kind
from sim.engine.plan import Calendar, Failure, PlanResource
from sim.inputs.laws import Law
from sim.results.tables import STATES
from sim.rollup.ledger import equivalents, gantt, reduce, timeline


def one(**options):
    return lines.resolved(lines.ONE_STEP, **{"warm_up_h": 10.0, "horizon_h": 100.0, **options})


def hours(ledger, step="mill"):
    return ledger.steps[step].state_h


def test_hours_in_the_window_come_from_starts_and_finishes():
    line = one()
    # server 0 runs 5-15 and 20-40; the window is 10-110
    log = lines.log_of(line, *lines.batch(5, 15), *lines.batch(20, 40, lot=2))
    ledger = reduce(log, line)
    assert ledger.steps["mill"].hours[0].tolist() == [25.0, 0.0, 0.0, 0.0, 0.0, 75.0, 0.0, 0.0]
    assert ledger.steps["mill"].hours[1].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0]
    assert ledger.window_h == 100.0


def test_every_state_row_begins_its_state():
    line = one()
    kinds = (Kind.SETUP, Kind.WAIT, Kind.START, Kind.DOWN, Kind.UP, Kind.FINISH, Kind.BLOCK, Kind.CLEAN, Kind.IDLE)
    rows = [(20.0 + 2 * k, kind, 0, 0, 0.0, NO_PLACE, 0) for k, kind in enumerate(kinds)]
    found = hours(reduce(lines.log_of(line, *rows), line))
    # starved: 10 before, 2 after FINISH, 74 at the end, 100 of the other machine
    assert found == {
        "run": 4,
        "setup": 2,
        "clean": 2,
        "down": 2,
        "blocked": 2,
        "starved": 186,
        "waiting": 2,
        "off_shift": 0,
    }


def test_closed_hours_of_idle_machines_are_off_shift():
    line = lines.replaced(one(), plan_calendars=(Calendar("day", True, (20.0, 50.0)),), plan_resources=())
    log = lines.log_of(line, *lines.batch(15, 25), (60.0, Kind.WAIT, 0, 0))
    found = reduce(log, line).steps["mill"].hours[0]
    # closed 20-50; the run of 15-25 goes on into it, 25-50 is off shift
    assert dict(zip(STATES, found.tolist(), strict=True)) == pytest.approx(
        {"run": 10, "setup": 0, "clean": 0, "down": 0, "blocked": 0, "starved": 15, "waiting": 50, "off_shift": 25}
    )


def test_a_paused_run_is_off_shift():
    line = lines.replaced(one(), plan_calendars=(Calendar("day", True, (20.0, 50.0)),), plan_resources=(), pause=True)
    found = reduce(lines.log_of(line, *lines.batch(15, 55)), line).steps["mill"].hours[0]
    assert found[STATES.index("run")] == pytest.approx(10.0)
    assert found[STATES.index("off_shift")] == pytest.approx(30.0)


def test_a_machine_with_slots_runs_while_any_slot_runs():
    line = lines.replaced(one(), machines=1, slots=2)
    rows = sorted([*lines.batch(20, 40, 0), *lines.batch(30, 60, 1, lot=2)], key=lambda row: row[0])
    ledger = reduce(lines.log_of(line, *rows), line)
    assert hours(ledger)["run"] == 40.0  # 20-60
    assert ledger.steps["mill"].slot_run_h == 50.0
    assert ledger.steps["mill"].hours.sum() == pytest.approx(100.0, abs=1e-9)


def test_a_failure_of_a_slot_stops_the_machine_and_counts_once():
    failure = Failure("hours", Law("fixed", (10.0,)), Law("fixed", (5.0,)))
    line = lines.replaced(one(), machines=1, slots=2, failures=(failure,))
    rows = [
        (20.0, Kind.START, 0, 0, 100.0),
        (22.0, Kind.START, 0, 1, 100.0),
        (30.0, Kind.DOWN, 0, 0, 0.0, 0),
        (30.0, Kind.DOWN, 0, 1, 0.0, 0),
        (35.0, Kind.UP, 0, 0),
        (35.0, Kind.UP, 0, 1),
    ]
    ledger = reduce(lines.log_of(line, *rows), line)
    assert hours(ledger)["down"] == 5.0
    assert ledger.steps["mill"].failures == 1


def test_state_hours_of_a_simulated_line_add_up_to_the_window():
    line = lines.resolved(lines.WET, target_per_year=2e5, warm_up_h=100.0, horizon_h=2000.0)
    ledger = reduce(simulate(line.plan, seed=3, replication=0), line)
    for step in ledger.steps.values():
        assert np.abs(step.hours.sum(axis=1) - 2000.0).max() < 1e-9
        assert step.hours.min() >= -1e-9
    assert ledger.closure < 1e-9


def test_amounts_before_the_window_are_stock_and_not_flow():
    line = one()
    log = lines.log_of(line, *lines.batch(1, 8), (9.0, Kind.START, 0, 0, 100.0), *lines.batch(20, 30, 1, lot=3))
    mine = reduce(log, line).steps["mill"]
    assert mine.open_start == 100.0
    assert (mine.started, mine.finished, mine.operations) == (100.0, 100.0, 1)


def test_a_missing_ship_row_shows_in_the_closure():
    line = one()
    rows = [row for row in lines.batch(20, 30) if row[1] not in (Kind.SHIP, Kind.CARRY, Kind.QUALITY)]
    assert reduce(lines.log_of(line, *rows), line).closure == pytest.approx(1.0)
    assert reduce(lines.log_of(line, *lines.batch(20, 30)), line).closure == 0.0


def test_lead_time_is_weighted_by_amount():
    line = one()
    log = lines.log_of(line, *lines.batch(20, 30, 0, 100.0), *lines.batch(40, 80, 1, 300.0, 2))
    ledger = reduce(log, line)
    assert ledger.lead_time_h == pytest.approx((100 * 10 + 300 * 40) / 400)
    assert (ledger.shipped, ledger.shipped_lots) == (400.0, 2)


def test_quality_is_weighted_by_amount():
    line = one()
    log = lines.log_of(
        line, *lines.batch(20, 30, 0, 100.0, quality=2.0), *lines.batch(40, 80, 1, 300.0, 2, quality=1.0)
    )
    # 100 kg of 2.0 and 300 kg of 1.0 mS/cm
    assert reduce(log, line).quality == pytest.approx(1.25)


def test_nothing_shipped_has_no_lead_time_and_no_quality():
    ledger = reduce(lines.log_of(one()), one())
    assert np.isnan(ledger.lead_time_h)
    assert np.isnan(ledger.quality)


def test_lots_shipped_without_their_quality_are_an_error():
    line = one()
    rows = [row for row in lines.batch(20, 30) if row[1] != Kind.QUALITY]
    with pytest.raises(ValueError, match="a QUALITY row for every SHIP row"):
        reduce(lines.log_of(line, *rows), line)


def test_work_in_process_is_a_time_average():
    line = one()
    # 100 kg inside for 50 of 100 hours, 10 of them before the window
    assert reduce(lines.log_of(line, *lines.batch(0, 60)), line).wip == pytest.approx(50.0)


def test_littles_law_holds_for_a_simulated_line():
    line = lines.resolved(lines.ONE_STEP.replace("machines: 2", "machines: 1"), warm_up_h=100.0, horizon_h=5000.0)
    ledger = reduce(simulate(line.plan, seed=1, replication=0), line)
    assert ledger.wip == pytest.approx(ledger.shipped / 5000.0 * ledger.lead_time_h, rel=1e-3)


def test_operator_hours_and_overtime():
    calendar = Calendar("day", True, (40.0, 60.0))
    line = lines.replaced(one(), plan_calendars=(calendar,), plan_resources=(PlanResource("operators", 2, 0),))
    rows = [
        (5.0, Kind.ACQUIRE, 0, 0, 2.0, 0),
        (20.0, Kind.RELEASE, 0, 0, 2.0, 0),
        (30.0, Kind.ACQUIRE, 0, 0, 1.0, 0),
        (50.0, Kind.RELEASE, 0, 0, 1.0, 0),
    ]
    ledger = reduce(lines.log_of(line, *rows), line)
    assert ledger.operator_h == pytest.approx(2 * 10 + 20)
    assert ledger.overtime_h == pytest.approx(10.0)
    assert ledger.steps["mill"].operator_h == ledger.operator_h


def test_starts_are_operations_that_do_not_directly_follow_another():
    line = one()
    log = lines.log_of(line, *lines.batch(20, 30), *lines.batch(30, 40, lot=2), *lines.batch(41, 50, lot=3))
    mine = reduce(log, line).steps["mill"]
    assert (mine.operations, mine.starts) == (3, 2)


def test_first_pass_counts_lots_without_earlier_rework():
    line = one()
    rows = [
        (20.0, Kind.PASS, 0, 0, 60.0, 0),
        (21.0, Kind.FAIL, 0, 0, 40.0, 0),
        (22.0, Kind.PASS, 0, 0, 40.0, 1),
    ]
    mine = reduce(lines.log_of(line, *rows), line).steps["mill"]
    assert (mine.inspected, mine.inspected_first, mine.passed_first) == (140.0, 100.0, 60.0)


def test_a_repair_that_rests_off_shift_is_off_shift_meanwhile():
    mode = Failure("hours", Law("fixed", (1.0,)), Law("fixed", (1.0,)), calendar=0)
    line = one(warm_up_h=0.0)
    day = Calendar("day", True, (20.0, 50.0))
    line = lines.replaced(line, failures=(mode,), plan_calendars=(day,), plan_resources=())
    log = lines.log_of(line, (10.0, Kind.START, 0, 0, 100.0), (15.0, Kind.DOWN, 0, 0), (55.0, Kind.UP, 0, 0))
    found = hours(reduce(log, line))
    assert found["down"] == pytest.approx(5 + 5)


def test_gantt_covers_every_machine_without_gaps_and_agrees_with_the_ledger():
    line = lines.replaced(one(warm_up_h=0.0), plan_calendars=(Calendar("day", True, (20.0, 50.0)),), plan_resources=())
    log = lines.log_of(line, *lines.batch(15, 25), *lines.batch(55, 70, lot=2))
    frame = gantt(log, line, until_h=100.0)
    assert list(frame.columns) == ["step", "machine", "state", "start_h", "end_h"]
    for _, machine in frame.groupby("machine"):
        assert machine["start_h"].iloc[0] == 0.0
        assert machine["end_h"].iloc[-1] == 100.0
        assert (machine["start_h"].iloc[1:].to_numpy() == machine["end_h"].iloc[:-1].to_numpy()).all()
    first = frame[frame["machine"] == 0]
    assert first["state"].tolist() == ["starved", "run", "off_shift", "starved", "run", "starved"]
    assert first["start_h"].tolist() == [0.0, 15.0, 25.0, 50.0, 55.0, 70.0]
    spent = (frame["end_h"] - frame["start_h"]).groupby(frame["state"]).sum()
    assert spent["off_shift"] == pytest.approx(hours(reduce(log, line))["off_shift"])


def test_timeline_adds_up_to_what_was_shipped():
    line = one(warm_up_h=0.0)
    log = lines.log_of(line, *lines.batch(5, 30), *lines.batch(40, 60, lot=2), (90.0, Kind.START, 0, 0, 100.0))
    frame = timeline(log, line)
    assert frame["time_h"].tolist() == [24.0, 48.0, 72.0, 96.0, 100.0]
    assert frame["shipped"].tolist() == [0.0, 100.0, 100.0, 0.0, 0.0]
    assert frame["wip"].tolist() == [100.0, 100.0, 0.0, 100.0, 100.0]


def test_equivalents_are_the_flowsheets_where_nothing_is_merged():
    line = lines.resolved(lines.WET, target_per_year=2e5)
    worth = equivalents(line)
    for name, flow in line.flowsheet.steps.items():
        assert worth.steps[name] == pytest.approx(flow.product_per_unit)
