"""A window that is no whole year is scaled to one by its open time."""

import numpy as np
import pytest
from support import lines

from sim.engine import simulate
from sim.inputs.scenario import Plant
from sim.rollup import indicator, rollup
from sim.rollup.expected import expected
from sim.rollup.ledger import reduce
from sim.rollup.machines import per_year

WINDOWS = [(0.0, 2000.0), (0.0, 8760.0), (0.0, 13140.0), (3000.0, 4000.0), (4700.0, 1200.0)]
FREE = lines.ONE_STEP.replace("    operators: 1\n", "")
ALWAYS = FREE.replace("machines: 2", "machines: 2\n    calendar: continuous")
SHUT = {"start": "200 d", "duration": "30 d"}


def closed(text, warm_up_h, horizon_h):
    plant = Plant.model_validate({"shutdowns": [SHUT]})
    return lines.resolved(text, plant=plant, warm_up_h=warm_up_h, horizon_h=horizon_h)


@pytest.mark.parametrize(("warm_up_h", "horizon_h"), WINDOWS)
def test_the_yearly_output_does_not_depend_on_whether_the_window_meets_the_shutdown(warm_up_h, horizon_h):
    # two machines, 100 kg in 10 h, 335 days a year
    line = closed(FREE, warm_up_h, horizon_h)
    for ledger in (reduce(simulate(line.plan, seed=0, replication=0), line), expected(line)):
        assert ledger.shipped * per_year(ledger) == pytest.approx(2 * 100 * 33.5 * 24, rel=0.01)


@pytest.mark.parametrize("text", [FREE, ALWAYS])
@pytest.mark.parametrize(("warm_up_h", "horizon_h"), WINDOWS)
def test_machine_hours_of_a_year_add_up_to_the_year(text, warm_up_h, horizon_h):
    line = closed(text, warm_up_h, horizon_h)
    for ledger in (reduce(simulate(line.plan, seed=0, replication=0), line), expected(line)):
        yearly = ledger.steps["mill"].hours.sum(axis=1) * per_year(ledger)
        assert yearly == pytest.approx(np.full(len(yearly), 8760.0), rel=2e-3)


def test_cost_energy_and_closed_hours_of_a_part_of_a_year_are_those_of_the_year():
    year, part = (closed(FREE, 0.0, hours) for hours in (8760.0, 2000.0))
    found = [rollup(line, reduce(simulate(line.plan, seed=0, replication=0), line)) for line in (year, part)]
    for name in ("throughput", "cost_per_unit", "energy_per_unit", "gwp_per_unit", "oee"):
        assert indicator(found[1], name) == pytest.approx(indicator(found[0], name), rel=0.01), name
    shut = [it.ledger.steps["mill"].state_h["off_shift"] * per_year(it.ledger) for it in found]
    assert shut == pytest.approx([2 * 30 * 24] * 2, rel=0.01)
