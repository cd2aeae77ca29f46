"""One language of paths: the same words change, sweep and compare the same number."""

from pathlib import Path

import pytest

from sim.analysis.sensitivity import break_even
from sim.errors import InputError
from sim.inputs.paths import below
from sim.study.load import load_scenario
from sim.study.parameters import called, parameters

BASE = (Path(__file__).parents[1] / "routes" / "base.yaml").read_text()
LINES = "lines: [{name: a, route: one.yaml}, {name: b, route: two.yaml}, {name: c, route: two.yaml}]\n"
HEAD = "name: small\ntitle: Three lines of two routes\nhorizon: 1 y\nwarm_up: 4 week\n"
DRYING = "steps.dry.duration"


@pytest.fixture
def load(tmp_path):
    """Return a function that reads three lines of two routes, with changes."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(BASE.replace("name: small", f"name: {name}", 1))
    (tmp_path / "s.yaml").write_text(HEAD + LINES)
    return lambda overrides=(): load_scenario(tmp_path / "s.yaml", overrides=overrides)


def hours(study):
    return {line.name: line.graph.steps["dry"].duration.value for line in study.lines}


def test_a_path_of_a_line_is_of_that_line(load):
    assert hours(load([f"b.{DRYING}=5 h"])) == {"a": 8.0, "b": 5.0, "c": 8.0}


def test_a_star_is_every_line(load):
    assert hours(load([f"*.{DRYING}=5 h"])) == {"a": 5.0, "b": 5.0, "c": 5.0}


def test_the_name_that_tables_print_is_of_every_line_of_the_route(load):
    assert hours(load([f"route.two.{DRYING}=5 h"])) == {"a": 8.0, "b": 5.0, "c": 5.0}


def test_values_by_their_paths_are_changes_as_well(load):
    assert hours(load({f"b.{DRYING}": "5 h"})) == {"a": 8.0, "b": 5.0, "c": 8.0}


def test_a_star_sets_what_lines_say_of_themselves(load):
    study = load(["*.region=CN"])
    assert [line.region for line in study.scenario.lines] == ["CN", "CN", "CN"]
    assert [change.path for change in study.changes] == ["a.region", "b.region", "c.region"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"route.too.{DRYING}", "no line has a route 'too' (did you mean 'two'?)"),
        ("route.two", "'route.two' is a whole route: name a value in it"),
        ("*", "'*' is a whole line: name a value in it"),
        (f"*.{DRYING}.", "hits nothing"),
        ("b.steps.try.duration", "no 'try' (did you mean 'dry'?)"),
    ],
)
def test_a_path_that_hits_nothing_says_where_it_ends(load, path, message):
    with pytest.raises(InputError) as error:
        load([f"{path}=5 h"])
    assert message in str(error.value)


def test_tables_call_a_number_by_its_route(load):
    study = load([f"*.{DRYING}={{value: 8 h, range: [4 h, 9 h]}}"])
    keys = {parameter.key: sorted(parameter.ranges) for parameter in parameters(study.lines)}
    assert keys[f"route.two.{DRYING}"] == ["b", "c"]
    line = study.lines[1]
    assert called(f"b.{DRYING}", line) == called(f"*.{DRYING}", line) == f"route.two.{DRYING}"
    assert called("materials.Li2S.price", line) == "materials.Li2S.price"


def test_lines_are_compared_over_a_path_as_it_changes_them(load):
    one, other, _ = load(["b.steps.dry.duration=8.5 h"]).lines
    of_line, of_route = (
        break_even(one, other, f"{first}.{DRYING}", low=4.0, high=30.0) for first in ("a", "route.one")
    )
    assert len(of_line) > 0
    assert of_line.drop(columns="parameter").equals(of_route.drop(columns="parameter"))
    with pytest.raises(InputError, match=r"unknown number 'a\.steps\.try\.duration'"):
        break_even(one, other, "a.steps.try.duration", low=4.0, high=30.0)


def test_a_chain_has_its_routes_between_line_and_step():
    assert below(("a", "wet", "steps"), "a", ["wet", "film"], chain=True) == ("wet", "steps")
    assert below(("route", "wet", "steps"), "a", ["wet", "film"], chain=True) == ("wet", "steps")
    assert below(("route", "dry", "steps"), "a", ["wet", "film"], chain=True) is None
    assert below(("materials", "Li2S"), "a", ["wet"], chain=False) is None
