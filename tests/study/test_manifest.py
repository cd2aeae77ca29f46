"""What a run was, as its manifest and its tables of steps and streams tell."""

import pytest
from support.runs import BASE, HEAD, LOOP, POWDER, TAIL, TWO_LINES, inside

import sim
from sim.results import read, verdicts


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


def test_the_load_of_a_step_is_the_time_of_its_operations_over_the_open_hours_of_its_machines(results):
    opened = {line["name"]: line["open_hours_per_year"] for line in results.manifest["lines"]}
    steps = results.steps[results.steps["operations_per_year"] > 0.0]
    hours = steps["operations_per_year"] * steps["operation_h"] / steps["machines"]
    assert len(steps)
    assert steps["load"].to_numpy() == pytest.approx((hours / steps["line"].map(opened)).to_numpy())


def test_every_source_that_the_tables_name_is_a_reference_unless_it_is_an_estimate(results):
    marks = [mark["source"] for mark in results.manifest["targets"].values()]
    named = {
        source for source in (*results.assumptions["source"], *marks) if not source.startswith(("estimate:", "set by"))
    }
    assert named == set(results.manifest["references"])


def test_results_do_not_say_from_where_the_scenario_was_run(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "own.yaml").write_text(BASE.read_text(encoding="utf-8"), encoding="utf-8")
    text = HEAD + "  - {name: own, route: own.yaml, target: 100 t/y}\n" + TAIL
    (home / "lines.yaml").write_text(text, encoding="utf-8")
    (home / "prices.yaml").write_text("materials: {}\n", encoding="utf-8")

    def manifest(folder, scenario, overlay):
        monkeypatch.chdir(folder)
        study = sim.load_scenario(scenario, overlays=[overlay], replications=1)
        return sim.run(study, ranges=False).manifest

    here = manifest(home, "lines.yaml", "prices.yaml")
    assert list(here["files"]) == ["lines.yaml", "prices.yaml", "own.yaml"]
    assert any(text.startswith("own.yaml:") for text in here["warnings"])
    assert manifest(tmp_path, "home/lines.yaml", "home/prices.yaml") == here
    assert manifest(tmp_path, home / "lines.yaml", home / "prices.yaml") == here


# -- doubts ------------------------------------------------------------------------------------------------------------

SHUT = "plant: {shutdowns: [{start: 200 d, duration: 30 d}]}\n"


def warned(folder, text):
    scenario = folder / "s.yaml"
    scenario.write_text(text, encoding="utf-8")
    done = inside("run", scenario, "--out", folder / "out", "--no-report")
    assert done.exit_code == 0, done.output
    return done.output


def test_a_window_that_misses_the_shutdown_is_a_warning_with_the_factor(tmp_path):
    assert "yearly figures are scaled by open time, so by 0.9178" in warned(tmp_path, HEAD + POWDER + SHUT + TAIL)


def test_a_window_like_the_year_is_no_warning(tmp_path):
    assert "scaled by open time" not in warned(tmp_path, HEAD + POWDER + TAIL)


# -- lines without a price ---------------------------------------------------------------------------------------------

SLOW = f"  - {{name: slow, route: {BASE}, target: 100 t/y, set: {{steps.react.machines: 1, steps.react.duration: 30 h}}}}\n"
CROWDED = (
    f"  - {{name: crowded, route: {LOOP}, "
    "set: {tanks.ethanol.on_empty: buy, steps.dissolve.release: {interval: 1 h}, steps.dissolve.machines: 1, "
    "steps.dry.duration: 2 h}}\n"
)


def found(folder):
    return read(folder / "out")


def test_a_line_below_its_target_gets_a_sentence_in_the_place_of_a_price(tmp_path):
    printed = warned(tmp_path, HEAD + SLOW + TAIL)
    assert "warning: slow gets no price: it makes" in printed
    assert "less than its target of 100,000" in printed
    row = next(text for text in printed.splitlines() if text.startswith("slow   kg"))
    assert row.split()[3:5] == ["none", "none"]


def test_a_line_whose_lead_time_grows_gets_no_price(tmp_path):
    assert "crowded gets no price: its lead time grows" in warned(tmp_path, HEAD + CROWDED + TAIL)


def test_a_line_without_a_price_is_not_ranked_but_told_of(tmp_path):
    printed = warned(tmp_path, HEAD + POWDER + SLOW + TAIL)
    assert "powder gets no price" not in printed
    results = found(tmp_path)
    (verdict,) = verdicts(results)
    assert verdict["lines"] == ["powder", "slow"]
    assert verdict["reason"] == "alone"
