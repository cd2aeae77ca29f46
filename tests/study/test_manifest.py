"""What a run was, as its manifest and its tables of steps and streams tell."""

import pytest
from support.runs import TWO_LINES

import sim


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "lines.yaml"
    path.write_text(TWO_LINES)
    return sim.run(sim.load_scenario(path, replications=1), ranges=False)


def test_the_yield_curve_ends_at_the_yield_of_the_line(results):
    summary = results.summary.set_index(["line", "kpi"])["mean"]
    for line, steps in results.steps.groupby("line"):
        assert steps["cumulative_yield"].iloc[-1] == pytest.approx(summary[line, "yield_Li"], rel=1e-9)
        assert steps["cumulative_yield"].dropna().between(0.0, 1.0 + 1e-9).all()


def test_every_source_that_the_tables_name_is_a_reference_unless_it_is_an_estimate(results):
    named = {source for source in results.assumptions["source"] if not source.startswith(("estimate:", "set by"))}
    assert named == set(results.manifest["references"])
