import pytest

from sim.inputs import yamlfile
from sim.inputs.catalogue import Reference
from sim.inputs.evidence import graded, shown, worst
from sim.inputs.overrides import Overlay, Override
from sim.inputs.quantity import Quantity
from sim.inputs.route import Route
from sim.inputs.spec import Sourced

BOOK = {
    "good": Reference.model_validate({"title": "Handbook", "doi": "10.1000/1", "grade": "A"}),
    "fair": Reference.model_validate({"title": "Web page", "grade": "C"}),
}
ROUTE = """\
name: toy
title: one machine
kind: synthesis
function: powder
product: {material: LiCl, unit: kg}
source: fair
note: of the whole route
steps:
  - id: weigh
    recipe: {LiCl: 1 kg}
    duration: 1 h
    source: good
    note: of the step
  - id: mill
    grade: D
    duration: {value: 4 h, source: good, grade: B, note: its own}
    yield: 0.98
    power: {run: 20 kW, idle: {value: 2 kW, estimate: a tenth}}
    clean: {every: 5, duration: 1 h, source: good}
    buffer: {capacity: 400 kg}
    next: ship
    source: fair
"""


def hours(**evidence):
    return Quantity("h").read({"value": "4 h", **evidence})


@pytest.mark.parametrize(
    ("evidence", "around", "grade"),
    [
        ({"source": "good"}, {}, "A"),
        ({"source": "fair"}, {}, "C"),
        ({"source": "good", "grade": "D"}, {}, "D"),
        ({"source": "fair", "grade": "A"}, {}, "C"),
        ({"estimate": "a guess"}, {}, "E"),
        ({"source": "nowhere"}, {}, "E"),
        ({}, {}, "E"),
        ({}, {"source": "good"}, "A"),
        ({}, {"source": "good", "grade": "B"}, "B"),
        ({"grade": "C"}, {"source": "good", "grade": "B"}, "C"),
        ({}, {"estimate": "a guess"}, "E"),
        ({"source": "good"}, {"estimate": "a guess"}, "A"),
    ],
)
def test_a_number_has_the_grade_of_its_source_or_what_stands_beside_it_if_that_is_lower(evidence, around, grade):
    assert graded(hours(**evidence), BOOK, around=Sourced.model_validate(around)).grade == grade


def route(*changes, own=False):
    """Return the route with changes (path, value), settled."""
    overlay = Overlay(yamlfile.parse(ROUTE, name="f.yaml"), Route)
    for path, value in changes:
        document = yamlfile.parse(value, name=f"--set {path}")
        item = Override(tuple(path.split(".")), document.data, document, (), "command line", path, own=own)
        assert overlay.apply(item, item.path) is None
    issues = []
    found = overlay.validate(Route, overlay.data, (), issues)
    assert issues == []
    return graded(found, BOOK, overlay)


def evidence(value):
    return value.source, value.grade, value.note


def test_a_number_without_evidence_takes_that_of_the_innermost_entry_around_it():
    weigh, mill = route().steps
    assert evidence(weigh.duration) == ("good", "A", "of the step")
    assert evidence(mill.duration) == ("good", "B", "its own")
    assert evidence(mill.yield_) == ("fair", "D", "of the whole route")
    assert evidence(mill.power.idle) == ("estimate: a tenth", "E", "of the whole route")
    assert evidence(mill.clean.duration) == ("good", "A", "of the whole route")


def test_an_entry_says_how_good_its_words_are():
    found = route()
    assert (found.source, found.grade) == ("fair", "C")
    assert [(step.source, step.grade) for step in found.steps] == [("good", "A"), ("fair", "D")]


SET = ("estimate: set by the command line", "E", "")


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("steps.weigh.duration", "3 h", lambda steps: steps[0].duration),
        ("steps.mill.duration", "3 h", lambda steps: steps[1].duration),
        ("steps.mill.duration.value", "3 h", lambda steps: steps[1].duration),
        ("steps.mill.yield", "0.9", lambda steps: steps[1].yield_),
        ("steps.mill.power", "3 kW", lambda steps: steps[1].power.run),
        ("steps.mill.power.run", "3 kW", lambda steps: steps[1].power.run),
        ("steps.mill.clean", "{every: 3, duration: 3 h}", lambda steps: steps[1].clean.duration),
        ("steps.mill.buffer", "300 kg", lambda steps: steps[1].buffer[""].capacity),
        ("steps.mill.buffer.capacity", "300 kg", lambda steps: steps[1].buffer[""].capacity),
        ("steps.mill.hold", "{value: 3 h, range: [1 h, 9 h], grade: B}", lambda steps: steps[1].hold),
    ],
)
def test_a_number_that_was_set_is_an_estimate_of_whoever_set_it(path, value, found):
    assert evidence(found(route((path, value)).steps)) == SET


def test_what_was_not_set_keeps_its_evidence():
    mill = route(("steps.mill.power.run", "3 kW")).steps[1]
    assert evidence(mill.power.idle) == ("estimate: a tenth", "E", "of the whole route")
    assert evidence(mill.duration) == ("good", "B", "its own")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("steps.mill.yield", "{value: 0.9, source: good, note: measured}", ("good", "A", "measured")),
        ("steps.mill.clean", "{every: 3, duration: 3 h, source: good, grade: C}", ("good", "C", "")),
    ],
)
def test_evidence_that_comes_with_a_change_stays(path, value, expected):
    mill = route((path, value)).steps[1]
    assert evidence(mill.yield_ if path.endswith("yield") else mill.clean.duration) == expected


def test_a_later_change_of_the_whole_beats_an_earlier_one_inside():
    mill = route(("steps.mill.power.idle", "1 kW"), ("steps.mill.power", "{run: 3 kW, idle: 1 kW}")).steps[1]
    assert evidence(mill.power.idle) == SET


def test_what_a_file_says_of_its_own_scale_rests_on_what_stands_around_it():
    mill = route(("steps.mill.duration", "3 h"), own=True).steps[1]
    assert evidence(mill.duration) == ("fair", "D", "of the whole route")


def test_numbers_keep_their_evidence_when_a_step_before_them_is_removed():
    (mill,) = route(("steps.weigh", "null"), ("steps.mill.yield", "0.9")).steps
    assert evidence(mill.yield_) == SET
    assert evidence(mill.clean.duration) == ("good", "A", "of the whole route")


def test_worst_of_nothing_is_the_best():
    assert worst([]) == "A"


def test_a_source_is_shown_by_title_and_doi():
    assert shown("good", BOOK) == "Handbook, doi:10.1000/1"
    assert shown("fair", BOOK) == "Web page"
    assert shown("estimate: a guess", BOOK) == "estimate: a guess"
