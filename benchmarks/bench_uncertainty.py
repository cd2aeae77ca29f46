"""How long samples take over five routes: prices alone, and all numbers that leave the plans as they are."""

import time

import numpy as np
import pytest

from sim.analysis import expected_kpis, late_kpis, response, tied, told_apart, unit_cube
from sim.analysis.uncertainty import KPIS_SAMPLED
from sim.inputs import Uncertainty
from sim.rollup import expected
from sim.study import correlations, load_scenario, parameters


@pytest.mark.benchmark
@pytest.mark.parametrize(("samples", "only", "limit_s"), [(100_000, ["*.price"], 3.0), (10_000, [], 30.0)])
def test_samples_that_share_a_plan_are_rolled_up_at_once(samples, only, limit_s, row):
    study, spec = load_scenario("five_routes"), Uncertainty(samples=samples, only=only)
    begin = time.process_time()
    found = parameters(study.lines, spec)
    points = tied(unit_cube(samples, [item.key for item in found], sampler="sobol", seed=0), correlations(found, spec))
    late = 0
    for line in study.lines:
        it = told_apart(response(line, found))
        mine = [index for index, parameter in enumerate(found) if line.name in parameter.ranges]
        values = it.values(points[:, mine])
        assert np.isfinite(late_kpis(it, it.line, expected(it.line), values, KPIS_SAMPLED)).all()
        late += int(np.count_nonzero(~it.early))
    seconds = time.process_time() - begin
    what = "all prices" if only else "all numbers that leave the plans as they are"
    row(f"{samples:,} samples of {what} of five routes", f"{seconds:.1f} s ({late} numbers)", f"{limit_s} s")
    assert seconds < limit_s


@pytest.mark.benchmark
def test_plants_are_worked_out_at_once(row):
    study, samples, limit_s = load_scenario("five_routes"), 1000, 3.0
    begin, count = time.process_time(), 0
    for line in study.lines:
        it = response(line, parameters([line]))
        values = it.values(unit_cube(samples, [item.key for item in it.parameters], sampler="sobol", seed=0))
        assert np.isfinite(expected_kpis(it, values, KPIS_SAMPLED)[:, 0]).mean() > 0.8
        count += len(it.parameters)
    seconds = time.process_time() - begin
    what = f"{samples:,} samples of all numbers of five routes in expected values, plants included"
    row(what, f"{seconds:.1f} s ({count} numbers)", f"{limit_s} s")
    assert seconds < limit_s
