"""Figures: what they show, that no text overlaps, and that they do not change."""

import re
from functools import cache
from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from support.films import make as films
from support.results import make
from support.scaled import make as make_scaled

from sim.reporting import figures, words
from sim.reporting.figures import bars, sankey, style
from sim.reporting.figures.ink import text_width, wrap

RESULTS = make()
NAMES = [name for name, _ in figures.figures(RESULTS)]
ALIKE = ("steps", "states", "gantt", "time", "settling", "influence")
"""Figures of one line that differ little from line to line: the line with most steps and a film stand for all."""
COLOURS = style.line_colours(RESULTS.manifest["lines"])
PICTURES = [name for name in NAMES if name.endswith((".graph", ".mass", ".flow"))]
DRAWN = [
    pytest.param(name, marks=pytest.mark.slow)
    if name.endswith(ALIKE) and not name.startswith(("metathesis", "dry_ptfe"))
    else name
    for name in NAMES
]


@cache
def drawn(name):
    figure = dict(figures.figures(RESULTS))[name]()
    with mpl.rc_context(style.RC):
        FigureCanvasAgg(figure).draw()
    return figure


@cache
def texts(figure):
    """Return all visible texts of a figure with their boxes, tick labels included."""
    found = []
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        axes = text.axes
        if text.get_text().strip() and text.get_visible() and (axes is None or axes.get_visible()):
            box = Text.get_window_extent(text, renderer)  # without the arrow of an annotation
            if box.width and _shown(figure, text, box):
                found.append((text.get_text(), box))
    return found


def _shown(figure, text, box):
    """Whether a text is drawn: tick labels beyond the axes are not."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = {
                id(label)
                for tick in axis.get_major_ticks() + axis.get_minor_ticks()
                for label in (tick.label1, tick.label2)
            }
            if id(text) in ticks:
                drawn_now = {id(label) for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
                return id(text) in drawn_now
    return True


def overlaps(figure):
    bad = []
    for (one, a), (other, b) in combinations(texts(figure), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > 1.0 and high > 0.35 * min(a.height, b.height):
            bad.append((one, other))
    return bad


def outside(figure):
    return [
        text
        for text, box in texts(figure)
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.width + 1 or box.y1 > figure.bbox.height + 1
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_overlaps_another_or_leaves_the_figure(name):
    figure = drawn(name)

    assert overlaps(figure) == []
    assert outside(figure) == []


@pytest.mark.parametrize("name", DRAWN)
def test_no_number_is_printed_with_seven_digits(name):
    shown = " ".join(text for text, _ in texts(drawn(name)))

    assert not re.search(r"\d{7,}|\d\.\d{7,}", shown)


@pytest.mark.parametrize("name", [name for name in DRAWN if name not in PICTURES])
def test_axes_name_their_unit(name):
    figure = drawn(name)
    labels = [
        axes.get_xlabel() + axes.get_ylabel() + axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()
    ]

    assert labels
    assert all("[" in label and "]" in label for label in labels)


def test_there_is_every_figure_that_a_report_needs():
    kinds = {name.split(".")[-1] for name in NAMES}

    assert kinds == {
        "answer",
        "bridge",
        "cost",
        "energy",
        "flow",
        "price",
        "graph",
        "mass",
        "steps",
        "states",
        "gantt",
        "time",
        "settling",
        "influence",
        "table1",
    }
    assert sum(name.endswith(".graph") for name in NAMES) == 5


def test_the_bridge_leads_from_one_cost_to_the_other():
    figure = figures.bridge(RESULTS.costs, "wet_thf", "metathesis", "kg", COLOURS)
    costs = RESULTS.costs.groupby("line")["usd_per_unit"].sum()
    bars_ = [(patch.get_y(), patch.get_height()) for patch in figure.axes[0].patches]

    assert bars_[0] == (0.0, pytest.approx(costs["wet_thf"]))
    assert bars_[1] == (0.0, pytest.approx(costs["metathesis"]))
    steps = sum(height for _, height in bars_[2:])
    assert steps >= abs(costs["wet_thf"] - costs["metathesis"]) - 1e-9
    assert len(bars_) == 2 + len(figures.SIX)


def test_every_stream_between_steps_has_a_number_of_its_own():
    own = {key: rows[rows["line"] == "metathesis"] for key, rows in RESULTS.tables.items() if "line" in rows}
    found = list(figures.edges(own["steps"], own["streams"]))
    steps = set(own["steps"]["step"])
    inside = own["streams"][own["streams"]["source"].isin(steps) & own["streams"]["target"].isin(steps | {"ship"})]

    assert [number for number, *_ in found] == list(range(1, len(inside) + 1))
    assert sum(kg for *_, kg in found) == pytest.approx(inside["kg_per_unit"].sum())
    shown = {text for text, _ in texts(drawn("metathesis.flow"))}
    assert {str(number) for number, *_ in found} <= shown


def test_the_process_graph_shows_steps_feeds_and_product():
    shown = " ".join(text for text, _ in texts(drawn("metathesis.graph")))

    for text in ("Metathesis", "NaCl 1.2", "by-product", "ethanol tank, make-up", "P₂S₅", "1 kg shipped"):
        assert text in shown


def test_the_process_graph_can_be_drawn_from_the_streams_alone():
    streams = RESULTS.tables["streams"]
    own = streams[streams["line"] == "infiltration"]
    titles = dict.fromkeys(RESULTS.tables["steps"].query("line == 'infiltration'")["step"], "")
    figure = figures.process_graph(own, titles={step: step for step in titles}, title="Infiltration")

    FigureCanvasAgg(figure).draw()
    assert any(text.get_text() == "Infiltration" for text in figure.findobj(Text))


def test_solvent_that_comes_back_from_a_tank_is_not_drawn_as_a_feed():
    shown = " ".join(text for text, _ in texts(drawn("wet_thf.graph")))

    assert "kg from tank" in shown
    assert "kg to tank" in shown


def test_the_tornado_stands_on_the_cost_of_the_line():
    costs = RESULTS.costs[RESULTS.costs["line"] == "wet_thf"]["usd_per_unit"].sum()
    figure = figures.tornado(RESULTS.influence[RESULTS.influence["line"] == "wet_thf"], 50.0)
    (axes,) = figure.axes

    assert axes.lines[0].get_xdata()[0] == 50.0
    assert f"vertical line: {words.number(float(costs))} USD/kg" in " ".join(
        text for text, _ in texts(drawn("wet_thf.influence"))
    )


def test_the_width_of_the_sankey_is_mass():
    t = {key: rows[rows["line"] == "wet_thf"] for key, rows in RESULTS.tables.items() if "line" in rows}
    rows = sankey._rows(t["steps"].sort_values("order"), t["streams"], t["materials"])
    dissolve = rows[1]

    assert dissolve.filled == pytest.approx(dissolve.into + 9.25)
    assert [flow.kind for flow in dissolve.feeds] == ["from tank"]
    assert rows[-1].out == pytest.approx(t["streams"].query("role == 'ship'")["kg_per_unit"].iloc[0])


def test_stacked_bars_end_at_the_total():
    figure = figures.cost_and_doubt(RESULTS.costs, RESULTS.uncertainty, RESULTS.manifest["lines"], {})
    total = RESULTS.tables["costs"].groupby("line")["usd_per_unit"].sum()
    shown = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_fontweight() == "bold"]

    assert shown == [words.number(float(total[line["name"]])) for line in RESULTS.manifest["lines"]]


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("all.answer", 1),
        ("all.energy", 1),
        ("compare.1.price", 1),
        ("metathesis.steps", 1),
        ("wet_thf.steps", 0),
    ],
)
def test_what_rests_on_a_price_out_of_its_range_is_marked_and_explained(name, marks):
    figure = drawn(name)
    found = [text for text, _ in texts(figure) if text.endswith(words.MARK)]
    notes = [text for text, _ in texts(figure) if text.startswith("†")]

    assert len(found) == marks
    assert len(notes) == min(marks, 1)


def test_side_streams_are_left_out_of_the_yield():
    found = bars._main_yields(np.array([0.99, 0.02, 0.97, 0.96]))

    assert np.isnan(found).tolist() == [False, True, False, False]


def test_neighbours_in_a_stack_differ_in_grey():
    for looks in (bars.COST, bars.STATES, bars.GRADES):
        pairs = list(looks.values())
        for one, other in pairwise(pairs):
            differ = abs(style.luminance(one.colour) - style.luminance(other.colour)) > 0.1
            assert differ or one.hatch != other.hatch


def test_luminance_rises_along_a_palette():
    shades = [style.luminance(look.colour) for look in style.categorical([str(i) for i in range(13)]).values()]

    assert shades == sorted(shades)


def test_global_settings_are_left_alone():
    before = dict(mpl.rcParams)
    figures.cost_and_doubt(RESULTS.costs, RESULTS.uncertainty, RESULTS.manifest["lines"], {})

    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_has_the_same_bytes_twice(tmp_path, ending):
    for number in (1, 2):
        figure = dict(figures.figures(RESULTS))["wet_thf.states"]()
        figures.save_figure(figure, tmp_path / f"{number}.{ending}")

    assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()


def test_long_texts_are_broken_and_then_cut():
    lines = wrap("Deagglomerate and load the saggers with argon", 6.0, 20.0, 2, bold=True)

    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width(line, 6.0, bold=True) <= 20.0 for line in lines)


def test_names_of_files_cannot_leave_their_folder():
    assert figures.slug("../../etc/passwd") == "etc_passwd"
    assert figures.slug("***") == "line"


@pytest.mark.parametrize("name", ["scales.1", "scales.2", "all.answer"])
def test_figures_of_several_scales_are_legible(name):
    scaled = make_scaled()
    figure = dict(figures.figures(scaled))[name]()
    with mpl.rc_context(style.RC):
        FigureCanvasAgg(figure).draw()

    assert overlaps(figure) == []
    assert outside(figure) == []


@pytest.mark.parametrize(("spread", "count"), [(1.0, 12), (0.02, 12), (1.0, 3)])
@pytest.mark.parametrize("draw", [figures.pareto, figures.heatmap])
def test_figures_of_films_are_legible(draw, spread, count):
    summary, lines = films(spread)
    part = lines[:count] if draw is figures.pareto else lines
    figure = draw(summary, part)
    with mpl.rc_context(style.RC):
        FigureCanvasAgg(figure).draw()

    assert overlaps(figure) == []
    assert outside(figure) == []
    shown = {text for text, _ in texts(figure)}
    assert draw is figures.heatmap or {words.name(line["name"]) for line in part} <= shown


def test_the_front_is_drawn_as_a_staircase():
    figure = figures.pareto(*films())
    (stairs,) = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]

    # milled x cast costs 12 and resists 6, milled x pressed 20 and 2; nothing lies below or left of the line between
    assert list(zip(stairs.get_xdata(), stairs.get_ydata(), strict=True))[2:5] == [
        (2.0, 20.0),
        (6.0, 20.0),
        (6.0, 12.0),
    ]


def test_the_best_cell_of_a_heat_map_is_bold():
    figure = figures.heatmap(*films())
    bold = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_fontweight() == "bold"]

    assert bold[0] == "12.0"
    assert bold[-1] == "2.00"
    assert len(bold) == len([axes for axes in figure.axes if axes.get_visible()])


def test_lines_that_form_no_grid_have_no_heat_map():
    summary, lines = films()
    with pytest.raises(ValueError, match="no grid"):
        figures.heatmap(summary, lines[:-1])
