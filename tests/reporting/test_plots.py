"""What results and studies show of themselves in a notebook."""

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from support.results import make

from sim import api
from sim.reporting import Plots, terminal

RESULTS = make()
LINES = [line["name"] for line in RESULTS.manifest["lines"]]
DATA = Path(__file__).parent.parent / "cli" / "data"


def labels(figure):
    return {text.get_text() for text in figure.findobj(mpl.text.Text)}


@pytest.mark.parametrize("kind", ["cost", "energy", "bridge"])
def test_figures_of_all_lines_are_drawn_by_their_names(kind):
    assert isinstance(getattr(Plots(RESULTS), kind)(), Figure)


def test_results_have_their_figures_at_hand():
    assert isinstance(RESULTS, api.Results)
    assert isinstance(RESULTS.plot, Plots)
    assert set(RESULTS.plot.names) >= {"all.answer", "compare.1.bridge", f"{LINES[0]}.gantt"}


def test_a_gantt_shows_the_window_asked_for_and_only_what_happens_in_it():
    figure = RESULTS.plot.gantt(LINES[0], window_h=(24.0, 60.0))
    (axes,) = figure.axes
    boxes = [patch.get_path().get_extents() for patch in axes.patches]

    assert axes.get_xlim() == (1.0, 2.5)
    assert boxes
    assert all(1.0 <= box.x0 <= box.x1 <= 2.5 for box in boxes)


@pytest.mark.parametrize("window", [(60.0, 24.0), (-1.0, 5.0), (1e6, 2e6)])
def test_a_window_without_anything_in_it_is_refused(window):
    with pytest.raises(ValueError, match="expected a window within 0 to"):
        RESULTS.plot.gantt(LINES[0], window_h=window)


def test_what_there_is_not_is_refused_with_what_there_is():
    with pytest.raises(ValueError, match=r"no figure 'all.answr'.*did you mean 'all.answer'"):
        RESULTS.plot("all.answr")
    with pytest.raises(ValueError, match=f"no line ''; there are {', '.join(LINES)}"):
        RESULTS.plot.states()
    with pytest.raises(AttributeError, match="did you mean 'costs'"):
        RESULTS.cost  # noqa: B018


def test_a_line_may_be_left_out_where_there_is_only_one():
    one = make((LINES[0],))

    assert labels(one.plot.steps()) == labels(one.plot.steps(LINES[0]))


def test_results_show_a_small_table_and_the_verdict():
    shown = RESULTS._repr_html_()
    text = terminal.run(RESULTS)

    assert len(shown) < 10_000
    assert len(repr(RESULTS)) < 500
    assert shown.count("<tr") == 1 + len(LINES)
    assert all(line in shown for line in LINES)
    # the same numbers as on a terminal
    assert set(text.splitlines()[1].split()) <= set(shown.replace("<", " ").replace(">", " ").split())


def test_a_study_shows_its_lines_and_their_targets():
    study = api.load_scenario(DATA / "small.yaml")
    shown = study._repr_html_()

    assert len(repr(study)) < 500
    assert shown.count("<tr") == 1 + len(study.lines)
    assert all(line.name in shown for line in study.lines)
