from functools import cache

import numpy as np
import pytest
from support import lines

from sim.analysis import responses as module
from sim.analysis.responses import at, expected_kpis, groups, late_kpis, response, told_apart
from sim.analysis.sampling import unit_cube
from sim.engine.plan import fingerprint
from sim.inputs import yamlfile
from sim.inputs.bundle import bundled
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.plant.line import design
from sim.plant.resolve import resolve
from sim.results.kpis import KPIS
from sim.rollup.assumptions import numbers
from sim.rollup.expected import expected
from sim.rollup.kpis import indicator, rollup
from sim.study.load import load_scenario
from sim.study.parameters import parameters

KPI = ["cost_per_unit", "energy_per_unit", "gwp_per_unit", "capital", "people"]


@cache
def film():
    line = next(line for line in load_scenario("five_routes").lines if line.name == "dry_ptfe")
    return told_apart(response(line, parameters([line])))


@cache
def points():
    it = film()
    return it.values(unit_cube(16, [item.key for item in it.parameters], sampler="sobol", seed=0))


def alone(line, ledger=None):
    roll = rollup(line, ledger or expected(line))
    return [indicator(roll, name) for name in KPI]


def toy(**ranges):
    text = lines.ONE_STEP.replace("machines: 2", "machines: auto")
    for name, (value, given) in ranges.items():
        text = text.replace(f"{name}: {value}", f"{name}: {{value: {value}, range: {given}}}")
    line = lines.resolved(text, target_per_year=5e4, horizon_h=8760.0)
    return told_apart(response(line, parameters([line])))


def test_powers_are_rolled_up_and_times_make_another_plan():
    it = toy(duration=("10 h", "[8 h, 20 h]"), cop=("4", "[2, 6]"))
    early = {
        parameter.key.rpartition(".")[2]: bool(early) for parameter, early in zip(it.parameters, it.early, strict=True)
    }
    assert early == {"cop": False, "duration": True}


def test_a_price_moves_the_cost_by_what_is_bought_and_tied_up():
    catalogue = lines.library(
        LiCl={
            **lines.GUESS,
            "price": {"value": "5 USD/kg", "range": ["3 USD/kg", "10 USD/kg"], "year": 2023, **lines.GUESS},
        }
    )
    line = lines.resolved(lines.ONE_STEP, catalogue, target_per_year=5e4, horizon_h=8760.0)
    it = response(line, parameters([line]))
    low, value, high = expected_kpis(it, np.array([[3.0], [5.0], [10.0]]), ["cost_per_unit"])[:, 0]
    # a kg is bought per kg shipped; 15 % of the year's purchases and the 10 h of a charge are carried at 8 %
    slope = 1.0 + 0.15 * 0.08 + 10.0 / 8760.0 * 0.08
    assert high - value == pytest.approx(5.0 * slope)
    assert value - low == pytest.approx(2.0 * slope)


def test_all_samples_at_once_are_every_sample_by_itself():
    it = film()
    values = np.where(it.early, it.modes, points())
    found = expected_kpis(it, values, KPI)
    assert np.isfinite(found).all()
    paths = [own.paths for own in it.ranges]
    for sample in (0, 7):
        given = {path: values[sample, index] for index, places in enumerate(paths) for path in places}
        assert found[sample] == pytest.approx(alone(design(it.line, given)), rel=1e-12)


def alike(line, samples):
    """Compare samples of all ranges of a line, worked out together, with each worked out by itself."""
    it = response(line, parameters([line]))
    values = it.values(unit_cube(samples, [item.key for item in it.parameters], sampler="sobol", seed=5))
    found = expected_kpis(it, values, EVERY)
    every = np.arange(len(it.parameters))
    for sample, row in zip(values, found, strict=True):
        try:
            plant = design(it.line, it.by_path(every, sample.tolist()))
            roll = rollup(plant, expected(plant))
        except (ValueError, ExceptionGroup):
            assert np.isnan(row).all()
            continue
        assert row == pytest.approx([indicator(roll, name) for name in EVERY], rel=1e-12, nan_ok=True)
    return np.isfinite(found[:, 0]).mean()


EVERY = [item.name for item in KPIS.values() if not item.each]


@pytest.mark.parametrize("name", ["ball_milling", "wet_thf", "metathesis", "dry_ptfe", "infiltration"])
def test_plants_worked_out_together_are_the_plants_by_themselves(name):
    line = next(line for line in load_scenario("five_routes").lines if line.name == name)
    assert alike(line, 3) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("path", bundled("routes").values(), ids=lambda path: path.stem)
def test_plants_of_every_route_worked_out_together_are_the_plants_by_themselves(path):
    unit = yamlfile.read(path).data["product"]["unit"]
    line = resolve("x", path, load_library(), Plant(), target_per_year=5e5 if unit == "kg" else 2.5e6, horizon_h=8760.0)
    assert alike(line, 20) > 0.0


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["chains", "cell_plant"])
def test_plants_of_every_chain_worked_out_together_are_the_plants_by_themselves(scenario):
    for line in load_scenario(scenario).lines:
        assert alike(line, 10) > 0.0


def test_a_thousand_plants_are_few_questions(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "design", lambda *given: asked.append(1) or design(*given))
    it = film()
    expected_kpis(it, it.values(unit_cube(1000, [item.key for item in it.parameters], sampler="sobol", seed=0)), KPI)
    # machine counts, limits and losses that fall one way here and another there part no samples
    assert len(asked) < 5


def test_late_parameters_leave_the_plan_and_the_expected_ledger_alone():
    it = film()
    late = np.flatnonzero(~it.early)
    assert 100 < len(late) < len(it.parameters)
    for corner in ("low", "high"):
        moved = design(it.line, it.by_path(late, [getattr(it.ranges[index], corner) for index in late]))
        assert fingerprint(moved.plan) == fingerprint(it.line.plan)
        assert repr(expected(moved)) == repr(expected(it.line))


def test_a_number_that_changes_the_plan_is_early():
    it = film()
    before = fingerprint(it.line.plan)
    for index in np.flatnonzero(it.early)[::7]:
        own = it.ranges[index]
        plans = {fingerprint(design(it.line, {own.paths[0]: end}).plan) for end in (own.low, own.high)}
        reads = repr(expected(design(it.line, {own.paths[0]: own.high}))) != repr(expected(it.line))
        # a share of busy time may size this plant alike at both ends, and others not
        assert plans != {before} or reads or it.parameters[index].key.endswith("_utilisation")


def test_samples_with_one_plan_are_one_group():
    it = film()
    values = np.where(it.early, it.modes, points())
    assert len(groups(it, values)) == 1
    values[1::2, np.flatnonzero(it.early)[0]] *= 1.01
    found = groups(it, values)
    assert sorted(here.tolist() for _, here in found) == [list(range(0, 16, 2)), list(range(1, 16, 2))]
    assert at(it, it.modes[it.early]) is it.line


def test_numbers_that_do_not_go_together_have_no_result():
    # the shares of LiCl that leave add up to 1.1 at the high end
    text = lines.ONE_STEP.replace(
        "    duration: 10 h",
        "    split: {waste: {LiCl: {value: 0.1, range: [0.05, 0.7]}}, by_product: {LiCl: 0.4}}\n    duration: 10 h",
    )
    line = lines.resolved(text, target_per_year=1e4, horizon_h=8760.0)
    it = response(line, parameters([line]))
    found = expected_kpis(it, np.array([[0.1], [0.7]]), ["cost_per_unit"])[:, 0]
    assert np.isfinite(found[0])
    assert np.isnan(found[1])


def test_a_simulated_ledger_is_rolled_up_like_an_expected_one():
    it = film()
    ledger = expected(it.line)
    found = late_kpis(it, it.line, ledger, points(), KPI)
    values = np.where(it.early, it.modes, points())
    assert found == pytest.approx(expected_kpis(it, values, KPI), rel=1e-12)


def test_every_indicator_can_be_sampled():
    it = film()
    values = np.where(it.early, it.modes, points())[:2]
    found = expected_kpis(it, values, EVERY)
    assert np.isfinite(found).any(axis=0).sum() >= len(EVERY) - 1
    assert len(list(numbers(it.line))) > len(it.parameters)


def test_a_uniform_range_is_equally_likely_anywhere():
    text = lines.ONE_STEP.replace("cop: 4", "cop: {value: 4, range: [2, 6], law: uniform}")
    line = lines.resolved(text)
    it = response(line, parameters([line]))
    assert it.values(np.array([[0.0], [0.25], [1.0]]))[:, 0].tolist() == [2.0, 3.0, 6.0]
