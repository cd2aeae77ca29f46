import pytest
from pydantic import Field

from sim.inputs import yamlfile
from sim.inputs.overrides import Overlay, Override
from sim.inputs.route import Route
from sim.inputs.spec import Sourced, Spec

TEXT = """\
name: x
steps:
  - id: mill
    duration: {value: 1 h, range: [1 h, 2 h], source: a}
    feeds: {THF: 5 kg/kg}
    power: 5 kW
  - id: dry
    duration: 2 h
price: {value: 5 USD/kg, year: 2020}
"""


def overlay(schema=None):
    return Overlay(yamlfile.parse(TEXT, name="f.yaml"), schema)


def override(path, value):
    document = yamlfile.parse(f"set:\n  {path}: {value}\n", name="s.yaml")
    return Override(tuple(path.split(".")), document.data["set"][path], document, ("set", path), "scenario", path)


def changed(path, value, schema=Route):
    """Return the data after one override, and what it says of itself."""
    laid = overlay(schema)
    item = override(path, value)
    assert laid.apply(item, item.path) is None
    return laid.data, laid.changes[0][1:]


def test_a_plain_value_is_replaced_and_recorded():
    data, change = changed("steps.dry.duration", "3 h")

    assert data["steps"][1]["duration"] == "3 h"
    assert change == ("2 h", "3 h")


def test_the_file_itself_stays_as_it_was():
    laid = overlay()
    item = override("steps.dry.duration", "3 h")
    laid.apply(item, item.path)

    assert laid.document.data["steps"][1]["duration"] == "2 h"


@pytest.mark.parametrize("path", ["steps.mill.duration", "steps.mill.duration.value", "steps.0.duration"])
def test_a_figure_with_evidence_loses_its_range_and_source(path):
    data, change = changed(path, "9 h")

    assert data["steps"][0]["duration"] == {"value": "9 h"}
    assert change == ("1 h", "9 h")


@pytest.mark.parametrize("value", ["9 USD/kg", "{value: 9 USD/kg, source: b}"])
def test_money_keeps_its_year(value):
    assert changed("price", value)[0]["price"]["year"] == 2020


def test_a_year_of_its_own_beats_the_old_one():
    price = changed("price", "{value: 9 USD/kg, year: 2024}")[0]["price"]
    assert price == {"value": "9 USD/kg", "year": 2024}


def test_what_the_schema_knows_may_be_set_although_the_file_does_not_give_it():
    data, change = changed("steps.dry.hold", "3 h")

    assert data["steps"][1]["hold"] == "3 h"
    assert change == ("not given", "3 h")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("steps.dryer.duration", "'steps.dryer.duration' hits nothing: no 'dryer' (did you mean 'dry'?)"),
        ("steps.dry.duratoin", "'steps.dry.duratoin' hits nothing: no 'duratoin' (did you mean 'duration'?)"),
        ("steps.mill.feeds.ethanol", "'steps.mill.feeds.ethanol' hits nothing: no 'ethanol'"),
        ("steps.mill.power.idle", "'steps.mill.power.idle' hits nothing: no 'idle' below '5 kW'"),
        ("steps.7.duration", "'steps.7.duration' hits nothing: no '7'"),
        ("steps.dry.clean.every", "'steps.dry.clean.every' hits nothing: 'clean' is not given; set it whole"),
    ],
)
def test_an_override_that_hits_nothing_is_an_issue_at_the_override(path, text):
    item = override(path, "3 h")

    assert str(overlay(Route).apply(item, item.path)) == f"s.yaml:2:3: {text}"


def test_a_bad_value_is_reported_at_the_override():
    laid = overlay(Route)
    item = override("steps.dry.duration", "3 kg")
    laid.apply(item, item.path)

    assert str(laid.issue(("steps", 1, "duration"), "wrong")) == "s.yaml:2:3: wrong"
    assert str(laid.issue(("steps", 0, "duration"), "wrong")) == "f.yaml:4:15: wrong"


class Inner(Sourced):
    number: int = Field(ge=1, strict=True)


class Outer(Spec):
    name: str
    inner: Inner
    many: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        ("name: x\ninner: {number: 1}\n", []),
        ("name: 3\ninner: {number: 1.5}\n", ["1:7: 'name': expected text, found 3", "2:17: 'number': expected a whole number, found 1.5"]),
        ("inner: {numbr: 1}\n", ["1:1: 'name' is missing", "1:8: 'number' is missing", "1:9: unknown key 'numbr' (did you mean 'number'?)"]),
        ("name: x\ninner: {number: 0}\n", ["2:17: 'number': expected at least 1, found 0"]),
        ("name: x\ninner: []\n", ["2:8: 'inner': expected a mapping, found a list"]),
        ("name: x\ninner: {number: 1, estimate: a, source: b}\n", ["2:30: 'inner': give either a 'source' or an 'estimate', not both"]),
        ("name: x\ninner: {number: 1}\nmany: {a: {number: 1, noe: 2}}\n", ["3:23: unknown key 'noe' (did you mean 'note'?)"]),
    ],
)  # fmt: skip
def test_every_problem_is_reported_at_its_place(text, issues):
    laid = Overlay(yamlfile.parse(text, name="f"), Outer)
    found = []
    model = laid.validate(Outer, laid.data, (), found)

    assert [str(issue).removeprefix("f:") for issue in sorted(found)] == issues
    assert (model is None) == bool(issues)
