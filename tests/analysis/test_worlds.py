"""Samples are drawn and worked out in blocks: what is at hand together changes nothing, and memory hardly grows."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis import uncertainty, worlds
from sim.analysis.sampling import SAMPLERS
from sim.analysis.uncertainty import propagate
from sim.inputs import Uncertainty
from sim.study import parameters
from sim.study import run as experiment
from sim.study.load import load_scenario

SCENARIO = """name: two_prices
title: two prices
lines:
  - {name: dear, route: dry_ptfe, target: 2.5 Mm2/y}
  - {name: cheap, route: dry_ptfe, target: 2.5 Mm2/y, prices: at_scale}
horizon: 2 week
warm_up: 1 week
replications: 1
uncertainty: {by: expected, samples: 100}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "two_prices.yaml"
    path.write_text(SCENARIO)
    return load_scenario(path)


@pytest.fixture(scope="module")
def results(study):
    return experiment.run(study)


def asking(study, **spec):
    """The study with other samples."""
    return replace(
        study, scenario=study.scenario.model_copy(update={"uncertainty": Uncertainty(by="expected", **spec)})
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sample_has_the_same_values_whatever_others_are_drawn_with_it(sampler, study):
    spec = Uncertainty(samples=100, sampler=sampler, plans=8, factors={"capital": 0.6})
    found = parameters(study.lines, spec)
    drawn = worlds.worlds(found, spec, {item.key for item in found[3:6]}, 5)
    whole = drawn.points(0, 100)
    assert np.array_equal(np.vstack([drawn.points(start, start + 20) for start in range(0, 100, 20)]), whole)
    assert all(np.array_equal(whole[8:16, place], whole[:8, place]) for place in (3, 4, 5))


def test_the_results_are_the_same_in_blocks_of_any_size(study, results, monkeypatch):
    whole = propagate(study, results)
    monkeypatch.setattr(worlds, "BLOCK", 33)
    parts = propagate(study, results)
    for name in ("samples", "sample_slopes", "uncertainty", "chances", "beats"):
        # the last block is a single sample, which is added up without loss of digits
        pd.testing.assert_frame_equal(parts.tables[name], whole.tables[name], rtol=1e-12)


@pytest.mark.slow
def test_forty_thousand_samples_of_five_routes_take_less_than_200_mb(monkeypatch):
    study = load_scenario("five_routes", overrides=["horizon=2 week", "warm_up=1 week", "replications=1"])
    results = experiment.run(study)
    evaluated, blocks = worlds.expected_kpis, iter(range(10**6))

    def some_evaluated(it, values, kpis, slopes=()):
        """Work out the first blocks for real; all of them would take half an hour."""
        if next(blocks) < 4:
            return evaluated(it, values, kpis, slopes)
        return np.repeat(values[:, :1], len(kpis) + len(slopes), axis=1)

    monkeypatch.setattr(worlds, "expected_kpis", some_evaluated)
    tracemalloc.start()
    try:
        found = uncertainty.propagate(asking(study, samples=40_000), results)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.samples) == 200_000
    assert peak < 200e6
