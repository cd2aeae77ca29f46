"""How sure: figures and the section of the report, for made-up samples."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.results import make

from sim.reporting import document as report
from sim.reporting import figures
from sim.reporting.doubt import doubt
from sim.reporting.short import short
from sim.results.tables import Tables

pypdf = pytest.importorskip("pypdf")
KPI = "cost_per_unit"


def sampled(results, *, wide=0.2):
    """Return made-up results with log-normal samples around the cost of every line."""
    generator = np.random.default_rng(3)
    samples, spread, ranks = [], [], []
    summary = results.summary[results.summary["kpi"] == KPI].set_index("line")["mean"]
    for line in results.manifest["lines"]:
        name, run = line["name"], float(summary[line["name"]])
        cost = run * 1.1 * np.exp(wide * generator.normal(size=400))
        samples.append(pd.DataFrame({"line": name, "sample": range(400), KPI: cost, "materials.Li2S.price": cost / 3}))
        figures_ = (*np.quantile(cost, [0.1, 0.5, 0.9]), cost.mean(), cost.std(), run, 0.01 * run, 0.99, 400)
        spread.append((name, KPI, f"USD/{line['unit']}", *figures_))
        ranks.append((name, KPI, "spearman", "materials.Li2S.price", 0.93, 0.91, 0.95))
    lines = [line["name"] for line in results.manifest["lines"]]
    tables = {
        "samples": pd.concat(samples, ignore_index=True),
        "uncertainty": Tables.uncertainty.frame(spread),
        "beats": Tables.beats.frame([(lines[0], lines[1], KPI, 0.125, 400)]),
        "sensitivity": Tables.sensitivity.frame(ranks),
    }
    about = {
        "samples": 400,
        "sampler": "sobol",
        "plans": 8,
        "parameters": 90,
        "factors": [{"name": "capital", "parameters": 20, "rank": 0.6}],
        "correlate": [],
        "lines": [
            {
                "name": name,
                "parameters": 50,
                "plan_sampled": ["a", "b"],
                "plan_held": 8,
                "held_share": 0.04,
                "failed": 0,
            }
            for name in lines
        ],
    }
    return replace(results, tables={**results.tables, **tables}, manifest={**results.manifest, "uncertainty": about})


@pytest.fixture(scope="module")
def results():
    return sampled(make())


def test_only_runs_that_were_sampled_say_how_sure_they_are(results):
    assert doubt(make()) is None
    assert not any(name.endswith("doubt") for name, _ in figures.figures(make()))
    assert any(name.endswith("doubt") for name, _ in figures.figures(results))


def test_the_sentences_give_the_numbers(results):
    found = doubt(results)
    row = results.uncertainty.iloc[0]
    first = found["groups"][0]["sentences"][0]
    assert f"{row['p90']:.3g}" in first
    assert "of the samples cost more" in first
    assert "which is 1 % of the variance" in first
    duel = found["groups"][0]["sentences"][-1]
    lines = [line["name"] for line in results.manifest["lines"]]
    # 0.125 for the first is 0.875 for the second
    assert "in 88 % of the samples" in duel or "in 87 % of the samples" in duel
    assert duel.index(figures.style.name(lines[1])) < duel.index(figures.style.name(lines[0]))
    assert "prices of equipment (0.6)" in found["method"][0]
    assert "2 of 10 (4 %)" in found["method"][1]


@pytest.mark.slow
def test_the_report_has_the_section(tmp_path):
    report.write_report(sampled(make(("ball_milling", "metathesis"))), tmp_path)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    assert "What the scatter comes from" in text
    assert (tmp_path / "figures" / "compare_1_doubt.png").is_file()


def test_the_violins_lie_over_their_samples_and_the_lots_apart(results):
    line = results.manifest["lines"][0]
    figure = figures.violins(results.samples, results.uncertainty, [line])
    axes = figure.axes[0]
    (body,) = [item for item in axes.collections if len(item.get_paths()) and len(item.get_paths()[0].vertices) > 50]
    reach = body.get_paths()[0].vertices[:, 0]
    cost = results.samples.loc[results.samples["line"] == line["name"], KPI]
    assert reach.min() == pytest.approx(cost.quantile(0.005), rel=1e-6)
    assert reach.max() == pytest.approx(cost.quantile(0.995), rel=1e-6)
    row = results.uncertainty.iloc[0]
    assert any(list(item.get_xdata()) == [row["p10"], row["p90"]] for item in axes.lines if len(item.get_xdata()) == 2)


def test_samples_that_do_not_vary_have_no_violin_and_no_error(results):
    line = results.manifest["lines"][0]
    flat = results.samples.assign(**{KPI: 5.0})
    FigureCanvasAgg(figures.violins(flat, results.uncertainty, [line])).draw()


@pytest.mark.parametrize("methods", [("sobol_first", "sobol_total"), ("morris",), ("spearman",)])
def test_effects_show_every_number_with_its_interval(methods):
    rows = [(f"number {at}", method, 1.0 / at, 0.9 / at, 1.2 / at) for at in range(1, 16) for method in methods]
    found = pd.DataFrame(rows, columns=["parameter", "method", "value", "low", "high"])
    figure = figures.effects(found, unit_="USD/kg", most=12)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == 12
    assert len(axes.patches) == 12 * len(methods)
    assert max(patch.get_width() for patch in axes.patches) == 1.0


def test_the_line_of_a_map_is_where_both_cost_the_same():
    grid = np.linspace(0.0, 10.0, 11)
    table = pd.DataFrame([(x, y, y - x) for y in grid for x in grid], columns=["x", "y", "difference"])
    figure = figures.break_even_map(table, labels=("price [USD/kg]", "dose [kWh/kg]"), lines=("a", "b"))
    FigureCanvasAgg(figure).draw()
    (line,) = [item for item in figure.axes[0].collections if type(item).__name__ == "QuadContourSet"]
    vertices = np.vstack([path.vertices for path in line.get_paths()])
    assert vertices[:, 0] == pytest.approx(vertices[:, 1])


def test_a_run_that_costs_less_than_its_samples_says_why(results):
    """Two numbers of a line: +30 or -10, and +5 or -2 USD/kg; so 35 at the dear ends and 12 at the cheap ones."""
    line = results.manifest["lines"][0]["name"]
    table = results.tables["influence"]
    some = table[table["line"] == line].head(2).assign(cost_low=[90.0, 105.0], cost=100.0, cost_high=[130.0, 98.0])
    spread = results.uncertainty.assign(run=results.uncertainty["p10"] - 1.0)
    dear = replace(results, tables={**results.tables, "influence": some, "uncertainty": spread})

    first = doubt(dear)["groups"][0]["sentences"][0]
    assert "reach further up than down" in first
    assert "the numbers add 35.0 USD/kg in all, at their cheap ends they take off 12.0" in first
    assert any(
        "cost less than that, for most ranges reach further up than down" in item["text"] for item in short(dear, {})
    )
    assert "reach further" not in "".join(doubt(results)["groups"][0]["sentences"])
