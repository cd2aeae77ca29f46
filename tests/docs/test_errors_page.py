"""Every problem has a code, every code a page, and every example on it gives just its code."""

import re
import sys
from pathlib import Path

import pytest

from sim.errors import InputError, Issue, kinds
from sim.inputs import yamlfile
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.plant.resolve import resolve
from sim.study.load import load_scenario

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from make_errors import BAD, PAGE, page

REST = "E999"


def scenario(path):
    load_scenario(str(path))


def route(path):
    resolve("a", path, load_library(prices="spot_2025"), Plant(days_per_week=6), target_per_year=1e5)


def codes(name):
    """The codes of what is wrong in a file of `bad`."""
    path = BAD / f"{name}.yaml"
    with pytest.raises(InputError) as caught:
        (scenario if name.startswith("scenario_") else route)(path)
    return {issue.code for issue in caught.value.issues}


@pytest.mark.parametrize("code", [code for code, kind in kinds().items() if kind.example])
def test_an_example_gives_just_its_code(code):
    assert codes(kinds()[code].example) == {code}


def test_what_files_can_say_wrong_has_an_example():
    assert [code for code, kind in kinds().items() if not kind.example] == ["E801", "E802", REST]


def test_every_problem_of_every_bad_file_has_a_kind_of_its_own():
    heads = [
        line.partition(": ")[2]
        for path in BAD.glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"# (\S+:)?\d+:\d+: ", line)
    ]

    assert len(heads) > 200
    assert [head for head in heads if Issue("x", 1, 1, head).code == REST] == []


def test_the_page_is_of_today():
    assert PAGE.read_text(encoding="utf-8") == page(), "python docs/make_errors.py renews the page"


def test_a_problem_knows_its_path_as_python_writes_it():
    with pytest.raises(InputError) as caught:
        resolve("a", BAD / "missing_unit.yaml", load_library(), Plant())

    (issue,) = caught.value.issues
    assert (issue.path, issue.code, issue.line) == ("steps[2].duration", "E101", 32)


def test_a_file_of_another_format_is_refused_in_a_sentence():
    text = "the file is of format 2, and this version reads format 1; see docs/formats.md"
    overlay = yamlfile.parse("format: 2\n", name="mine.yaml")
    with pytest.raises(InputError) as caught:
        load_library(files=[overlay])

    assert str(caught.value) == f"mine.yaml:1:9: {text}"
    assert load_library(files=[yamlfile.parse("format: 1\n", name="mine.yaml")]).materials
