"""Figures of doubt, for made-up samples."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.results import make

from sim.reporting import figures
from sim.reporting.figures.style import line_colours
from sim.results.tables import Tables

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
        figures_ = (*np.quantile(cost, [0.1, 0.5, 0.9]), cost.mean(), cost.std(), run, 0.01 * run, 0.99, 1.0, 400)
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
        "by": "expected",
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


def test_only_runs_that_were_sampled_have_violins(results):
    assert not any(name.endswith("doubt") for name, _ in figures.figures(make()))
    assert any(name.endswith("doubt") for name, _ in figures.figures(results))


def test_the_violins_lie_over_their_samples_and_the_lots_apart(results):
    line = results.manifest["lines"][0]
    figure = figures.violins(results.samples, results.uncertainty, [line], line_colours([line]))
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
    FigureCanvasAgg(figures.violins(flat, results.uncertainty, [line], line_colours([line]))).draw()


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
