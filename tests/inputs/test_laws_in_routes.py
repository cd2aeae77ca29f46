"""Laws where they stand in a route: any law wherever a figure may scatter, measured values included."""

import pytest
from support import lines

from sim.engine import simulate
from sim.errors import InputError
from sim.inputs.laws import KINDS, Law
from sim.rollup.closure import check

ROUTE = """
name: toy
title: one machine
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: good
steps:
  - id: mill
    equipment: vessel
    size: 2 m3
    machines: 2
    batch: 100 kg
    recipe: {LiCl: 1 kg}
    release: {interval: "LAW h"}
    duration: LAW h
    phases: {load: "LAW h", unload: "LAW h"}
    setup: {duration: "LAW h"}
    clean: {every: 5, duration: "LAW h"}
    failures: [{after: "LAW h", repair: "LAW h"}, {after: "LAW kg", repair: "LAW s"}]
    hold: LAW h
    quality: {set: "LAW mS/cm"}
  - id: age
    equipment: vessel
    size: 2 m3
    duration: LAW h
    quality: {factor: "LAW"}
    inspect: {limit: 1 mS/cm}
    next: ship
"""
LAWS = [
    "fixed(4)", "uniform(2, 5)", "triangular(2, 3, 5)", "pert(2, 3, 5)", "beta(2, 9, mean=4, sd=1)", "exponential(3)",
    "erlang(k=3, mean=4)", "gamma(4, cv=0.5)", "weibull(shape=1.5, scale=3)", "lognormal(4, cv=0.2)",
    "normal(4, sd=0.5)", "truncnormal(4, sd=3)", "measured(FILE)",
]  # fmt: skip


@pytest.fixture
def measured(tmp_path):
    file = tmp_path / "kiln.csv"
    file.write_text("hours\n5\n6.5\n6\n7.25\n5.5\n")
    return file


def test_these_are_all_laws():
    assert [law.split("(")[0] for law in LAWS] == [form.split("(")[0] for form in KINDS]


@pytest.mark.parametrize("law", LAWS)
def test_any_law_may_stand_wherever_a_figure_may_scatter(law, measured):
    line = lines.resolved(ROUTE.replace("LAW", law.replace("FILE", str(measured))), horizon_h=1000.0)
    step, age = line.plan.steps
    laws = [
        step.release.interval_h, *(phase.duration_h for phase in step.phases), step.setup_h, step.clean.duration_h,
        *(law for mode in step.failures for law in (mode.to_failure, mode.repair_h)),
        step.hold_h, step.quality_set, age.quality_factor,
    ]  # fmt: skip
    log = simulate(line.plan, seed=1, replication=0)

    assert {found.kind for found in laws} == {law.split("(")[0]}
    assert len(log.rows) > 100
    assert check(log) < 1e-9


def test_measured_values_are_part_of_the_plan(measured):
    line = lines.resolved(lines.ONE_STEP.replace("10 h", f"measured({measured}) h"))

    assert line.plan.steps[0].phases[0].duration_h == Law("measured", (5.0, 5.5, 6.0, 6.5, 7.25))
    assert line.route.steps[0].duration.value == pytest.approx(6.05)
    assert line.route.steps[0].duration.text == f"measured({measured}) h"


def test_a_missing_file_of_values_is_reported_where_it_is_named():
    with pytest.raises(
        InputError, match=r"route.yaml:15:15: the measured values cannot be read: 'kiln.csv': No such file"
    ):
        lines.resolved(lines.ONE_STEP.replace("10 h", "measured(kiln.csv) h"))
