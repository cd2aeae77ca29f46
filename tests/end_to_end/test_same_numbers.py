"""Equal inputs give equal files, and what should not matter does not."""

import subprocess
import sys

import pytest
from support.runs import BASE, HEAD, ONE_LINE, TAIL, TWO_LINES, contents, inside

import sim
from sim import api
from sim.engine import simulate
from sim.results.statistics import relative_half_width
from sim.study import run

QUICK = ("--set", "horizon=2 week", "--set", "warm_up=1 week", "--replications", "2")

ANOTHER = f"""\
  - {{name: milled, route: ball_milling, target: 500 t/y}}
  - {{name: powder_again, route: {BASE}, target: 50 t/y}}
"""


def numbers(results, line):
    table = results.kpis[results.kpis["line"] == line]
    return table[["replication", "kpi", "value"]].to_numpy().tolist()


def files_of_two_runs(scenario, tmp_path, *more):
    """Return the files of a run in this process, and of one in two processes that another interpreter starts."""
    words = ("run", scenario, *more, "--out")
    assert inside(*words, tmp_path / "1", "--jobs", "1").exit_code == 0
    command = [sys.executable, "-m", "sim", *words, tmp_path / "2", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return contents(tmp_path / "1"), contents(tmp_path / "2")


def test_every_table_is_the_same_twice_and_for_any_number_of_processes(tmp_path):
    (tmp_path / "lines.yaml").write_text(TWO_LINES)
    # the report: tests/unit/test_report.py, and the slow test below
    one, two = files_of_two_runs(tmp_path / "lines.yaml", tmp_path, "--no-report")
    assert set(one) >= {"manifest.json", "kpis.csv", "costs.csv", "influence.csv"}
    assert one == two


@pytest.mark.slow
def test_every_file_of_the_five_routes_is_the_same_twice(tmp_path):
    one, two = files_of_two_runs("five_routes", tmp_path, *QUICK)
    assert len(one) > 40
    assert one == two


def test_adding_a_line_changes_no_other_lines_numbers(tmp_path):
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(TWO_LINES)
    after.write_text(TWO_LINES.replace("  - {name: loop", ANOTHER + "  - {name: loop"))
    one, other = sim.run(before, ranges=False), sim.run(after, ranges=False)
    for line in ("powder", "loop"):
        assert numbers(one, line) == numbers(other, line)


def test_seed_zero_is_a_seed_and_differs_from_one(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE)
    zero, again, one = (sim.run(sim.load_scenario(path, seed=seed, replications=1), ranges=False) for seed in (0, 0, 1))
    assert numbers(zero, "powder") == numbers(again, "powder")
    assert numbers(zero, "powder") != numbers(one, "powder")


def test_more_replications_keep_the_first_ones(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE)
    one, two = (
        sim.run(sim.load_scenario(path, replications=1), ranges=False),
        sim.run(sim.load_scenario(path, replications=2), ranges=False),
    )
    assert numbers(one, "powder") == [row for row in numbers(two, "powder") if row[0] == 0]


def test_prices_change_costs_and_nothing_that_was_simulated(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE)
    cheap = sim.run(sim.load_scenario(path, prices="at_scale"), ranges=False)
    dear = sim.run(sim.load_scenario(path, prices="spot_2025"), ranges=False)
    assert cheap.machines.equals(dear.machines)
    assert cheap.materials.equals(dear.materials)
    assert cheap.energy.equals(dear.energy)
    cost = [
        results.kpis.query("line == 'powder' and kpi == 'cost_per_unit'")["value"].mean() for results in (cheap, dear)
    ]
    assert cost[0] < cost[1]


def test_results_read_back_are_the_results_that_were_written(tmp_path, short):
    api.save(short, tmp_path / "out", report=False)
    back = sim.load_run(tmp_path / "out")
    assert back.summary["mean"].to_numpy() == pytest.approx(short.summary["mean"].to_numpy(), rel=1e-12)
    assert back.manifest == short.manifest
    api.save(back, tmp_path / "again", report=False)
    assert contents(tmp_path / "again") == contents(tmp_path / "out")


def test_lines_that_differ_in_prices_only_share_their_logs_and_get_the_numbers_they_get_alone(tmp_path, monkeypatch):
    calls = []

    def counted(plan, **numbers):
        calls.append(numbers)
        return simulate(plan, **numbers)

    monkeypatch.setattr(run, "simulate", counted)
    lines = [
        f"  - {{name: here, route: {BASE}, target: 100 t/y}}\n",
        f"  - {{name: there, route: {BASE}, target: 100 t/y, region: JP}}\n",
    ]
    found = {}
    for name, some in {"both": lines, "alone": lines[1:]}.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD + "".join(some) + TAIL)
        calls.clear()
        found[name] = sim.run(path)
        assert len(calls) == 3  # the pilot and two replications

    assert numbers(found["both"], "there") == numbers(found["alone"], "there")
    assert numbers(found["both"], "there") != numbers(found["both"], "here")


def test_a_run_without_ranges_has_the_same_numbers_and_can_be_reported(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE)
    whole, bare = sim.run(path), sim.run(path, ranges=False)

    assert len(whole.influence) > 20
    assert bare.influence.empty
    assert numbers(whole, "powder") == numbers(bare, "powder")
    api.save(bare, tmp_path / "out")
    assert (tmp_path / "out" / "report.pdf").is_file()


AUTO = ONE_LINE.replace("warm_up: 1 week", "warm_up: auto").replace("horizon: 3 week", "horizon: 8 week")


def test_a_warm_up_that_is_found_gives_the_numbers_of_that_warm_up_given(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(AUTO)
    found = sim.run(path, ranges=False)
    weeks = found.manifest["scenario"]["warm_up_h"] / 168.0
    given = sim.run(sim.load_scenario(path, warm_up=f"{weeks:g} week"), ranges=False)

    assert weeks == int(weeks) > 0
    assert found.manifest["scenario"]["warm_up_found"]
    for name in ("kpis", "costs", "machines", "timeline"):
        assert found.tables[name].equals(given.tables[name])


def test_too_short_a_run_takes_half_of_its_horizon_and_says_so(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(AUTO.replace("horizon: 8 week", "horizon: 2 week"))
    found = sim.run(path, ranges=False)

    assert found.manifest["scenario"]["warm_up_h"] == 168.0
    assert "powder: the run is too short to find out when the line has settled" in " ".join(found.manifest["warnings"])


def test_replications_to_a_precision_are_the_first_that_give_it(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(TWO_LINES.replace("replications: 2", "precision: 1.8 %"))
    # two lines with other plans, so that several tasks make one replication
    one, two = (sim.run(path, jobs=jobs, ranges=False) for jobs in (1, 2))
    count = one.manifest["scenario"]["replications"]

    assert 10 < count < 200
    assert one.manifest == two.manifest
    assert one.kpis.equals(two.kpis)
    assert one.manifest["scenario"]["precision"]["reached"]

    def widths(replications):
        some = one.kpis[one.kpis["replication"] < replications]
        some = some[some["kpi"].isin(["throughput", "cost_per_unit"])]
        return [relative_half_width(values) for _, values in some.groupby(["line", "kpi"])["value"]]

    assert max(widths(count)) <= 0.018
    assert all(max(widths(fewer)) > 0.018 for fewer in range(10, count))


def test_a_precision_that_cannot_be_reached_stops_at_its_limit_and_says_so(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE.replace("replications: 2", "precision: {relative: 0.01 %, most: 12}"))
    found = sim.run(path, ranges=False)

    assert found.kpis["replication"].nunique() == 12
    assert not found.manifest["scenario"]["precision"]["reached"]
    assert "the precision of 0.01 % was not reached within 12 replications" in " ".join(found.manifest["warnings"])
    api.save(found, tmp_path / "out")
    assert (tmp_path / "out" / "report.pdf").is_file()


def test_what_is_typed_about_replications_beats_the_file(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(ONE_LINE.replace("replications: 2", "precision: 1 %"))
    fixed = sim.load_scenario(path, replications=3)
    assert (fixed.scenario.replications, fixed.scenario.precision) == (3, None)
    path.write_text(ONE_LINE)
    assert sim.load_scenario(path, precision="2 %").scenario.precision.relative.value == 0.02


def test_lines_of_one_route_share_chance_and_their_difference_gains(tmp_path):
    lines = [
        f"  - {{name: {name}, route: {BASE}, set: {{steps.react.duration: {law}, steps.dry.duration: 4 h}}}}\n"
        for name, law in (("quick", '"triangular(4, 6, 9) h"'), ("slow", '"triangular(4.2, 6.3, 9.45) h"'))
    ]
    path = tmp_path / "pair.yaml"
    path.write_text(HEAD + "".join(lines) + TAIL.replace("replications: 2", "replications: 8"))

    pairs = sim.run(path, ranges=False).tables["differences"].set_index("kpi")

    assert pairs["variance_reduction"]["cost_per_unit"] > 0.5
