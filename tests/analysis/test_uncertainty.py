import math
from functools import cache

import numpy as np
import pytest

from sim.analysis.uncertainty import KPIS_SAMPLED, propagate, shared_out
from sim.errors import InputError
from sim.results.compare import merge
from sim.results.folder import read, write
from sim.study import run as experiment
from sim.study.load import load_scenario

SCENARIO = """name: two_prices
title: two prices
lines:
  - {name: dear, route: dry_ptfe, target: 2.5 Mm2/y}
  - {name: cheap, route: dry_ptfe, target: 2.5 Mm2/y, prices: at_scale}
horizon: 2 week
warm_up: 1 week
replications: 2
uncertainty:
"""
PRICES = "  samples: 256\n  only: [materials.*.price, utilities.*.price]\n"
PLANS = "  samples: 16\n  plans: 3\n  few: 2\n  only: [route.*.film_line.*speed, route.*.film_line.yield, route.*.areal_mass, economics.*]\n"


@pytest.fixture(scope="session")
def study_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")

    @cache
    def made(block, seed=0):
        path = folder / "two_prices.yaml"
        path.write_text(SCENARIO + block)
        return load_scenario(path, seed=seed)

    return made


@pytest.fixture(scope="session")
def run_of(study_of):
    @cache
    def run(block, jobs=1, seed=0):
        study = study_of(block, seed)
        return propagate(study, experiment.run(study, jobs=jobs), jobs=jobs)

    return run


def test_both_lines_get_the_same_draw_through_their_own_range(run_of):
    samples = run_of(PRICES).samples.set_index(["line", "sample"])["materials.Li2CO3.price"].unstack("line")
    assert samples["dear"].rank().tolist() == samples["cheap"].rank().tolist()
    assert samples["dear"].between(7.0, 15.0).all()
    assert samples["cheap"].max() > 15.0


def test_cost_is_the_straight_line_of_the_price_that_the_run_knows(run_of, study_of):
    only = "  samples: 32\n  only: [materials.Li6PS5Cl.price]\n"
    results = run_of(only)
    study = study_of(only)
    line = study.lines[0]
    dear = results.samples[results.samples["line"] == "dear"]
    slope = np.polyfit(dear["materials.Li6PS5Cl.price"], dear["cost_per_unit"], 1)
    assert np.polyval(slope, dear["materials.Li6PS5Cl.price"]) == pytest.approx(dear["cost_per_unit"].to_numpy())
    first = results.kpis.query("line == 'dear' and replication == 0 and kpi == 'cost_per_unit'")["value"].iloc[0]
    assert np.polyval(slope, line.library.materials["Li6PS5Cl"].price.value) == pytest.approx(first, rel=1e-9)


def test_quantiles_are_those_of_the_samples_and_chance_stands_apart(run_of):
    results = run_of(PRICES)
    row = results.uncertainty.query("line == 'dear' and kpi == 'cost_per_unit'").iloc[0]
    cost = results.samples.query("line == 'dear'")["cost_per_unit"]
    runs = results.kpis.query("line == 'dear' and kpi == 'cost_per_unit'")["value"]
    assert [row["p10"], row["p50"], row["p90"]] == pytest.approx(np.quantile(cost, [0.1, 0.5, 0.9]).tolist())
    assert row["lots_sd"] == pytest.approx(runs.std())
    assert row["share_from_ranges"] == pytest.approx(row["sd"] ** 2 / (row["sd"] ** 2 + row["lots_sd"] ** 2))
    assert row["samples"] == 256
    capital = results.uncertainty.query("line == 'dear' and kpi == 'capital'").iloc[0]
    assert capital["sd"] == pytest.approx(0.0, abs=1e-3)


def test_the_line_with_the_lower_prices_wins_in_every_sample(run_of):
    beats = run_of(PRICES).beats.set_index("kpi")
    assert beats["probability"]["cost_per_unit"] == 0.0
    assert beats["probability"]["energy_per_unit"] == 0.5
    assert (beats["line_a"] == "dear").all()


def test_the_price_that_is_most_of_the_cost_has_the_strongest_rank(run_of):
    first = run_of(PRICES).sensitivity.query("line == 'dear' and kpi == 'cost_per_unit'").iloc[0]
    # a kg of electrolyte holds 0.43 kg of it, and a quote of electrolyte moves with what it holds
    assert first["parameter"] == "materials.Li2S.price"
    assert first["value"] > 0.8


def test_only_the_few_that_move_the_cost_get_plans_of_their_own(run_of):
    results = run_of(PLANS)
    about = results.manifest["uncertainty"]["lines"][0]
    assert len(about["plan_sampled"]) == 2
    assert about["plan_held"] > 0
    assert 0.0 < about["held_share"] < 1.0
    dear = results.samples.query("line == 'dear'")
    assert all(dear[name].nunique() == 3 for name in about["plan_sampled"])
    assert dear["economics.wage"].nunique() == 16
    assert dear["cost_per_unit"].notna().all()


def test_without_plans_all_that_would_change_one_is_held(run_of):
    about = run_of(PLANS.replace("plans: 3", "plans: 0")).manifest["uncertainty"]["lines"][0]
    assert about["plan_sampled"] == []
    assert about["held_share"] == 1.0


def test_the_number_of_processes_changes_nothing(run_of):
    one, two = run_of(PLANS), run_of(PLANS, 2)
    for name in ("samples", "uncertainty", "beats", "sensitivity"):
        assert one.tables[name].to_csv() == two.tables[name].to_csv()
    assert one.manifest == two.manifest


def test_another_seed_gives_other_samples(run_of):
    assert not run_of(PRICES).samples.equals(run_of(PRICES, 1, 5).samples)


def test_samples_are_written_and_read_back(run_of, tmp_path):
    results = run_of(PRICES)
    folder = write(results, tmp_path / "out")
    assert (folder / "samples.parquet").is_file()
    again = read(folder)
    assert again.samples.equals(results.samples)
    for name in ("uncertainty", "beats", "sensitivity"):
        assert again.tables[name].shape == results.tables[name].shape
    write(results, tmp_path / "out")


def test_runs_without_samples_have_empty_tables(study_of, tmp_path):
    study = study_of(PRICES)
    results = experiment.run(study)
    folder = write(results, tmp_path / "out")
    assert not (folder / "samples.parquet").exists()
    again = read(folder)
    assert again.samples.empty
    assert list(again.beats.columns) == ["line_a", "line_b", "kpi", "probability", "samples"]


def test_merged_runs_keep_their_samples(run_of):
    one = run_of(PRICES)
    both = merge([one, one])
    assert len(both.samples) == 2 * len(one.samples)
    assert both.samples["line"].nunique() == 4
    assert not math.isnan(both.uncertainty["p50"].sum())
    assert set(KPIS_SAMPLED) <= set(both.samples.columns)


@pytest.mark.slow
def test_a_scenario_may_ask_for_shares_of_variance(study_of):
    only = study_of(
        "  samples: 8\n  only: [materials.*.price]\nsensitivity: {method: morris, kpis: [capital], samples: 2}\n"
    )
    results = shared_out(only, propagate(only, experiment.run(only)))
    found = results.sensitivity
    assert set(found["method"]) == {"spearman", "morris"}
    morris = found[(found["method"] == "morris") & (found["line"] == "dear")].set_index("parameter")["value"]
    assert set(found[found["method"] == "morris"]["kpi"]) == {"capital"}
    # a price of electrolyte builds nothing; one of a calender does
    assert morris["materials.Li6PS5Cl.price"] == 0.0
    assert morris["equipment.multiroll_calender.price.value"] > 1e6


def test_a_scenario_asks_for_indicators_that_are_declared(tmp_path):
    path = tmp_path / "two_prices.yaml"
    path.write_text(SCENARIO + PRICES + "sensitivity: {kpis: [capital, coast_per_unit]}\n")
    with pytest.raises(InputError) as info:
        load_scenario(path)
    assert str(info.value).endswith("unknown indicator 'coast_per_unit' (did you mean 'cost_per_unit'?)")
