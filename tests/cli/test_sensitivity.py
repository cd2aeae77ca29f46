"""`sim sensitivity` as a person meets it."""

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import main

SCENARIO = """name: films
title: Films
lines:
  - {name: film, route: dry_ptfe, target: 2.5 Mm2/y}
  - {name: cheap, route: dry_ptfe, target: 2.5 Mm2/y, prices: at_scale}
horizon: 1 y
warm_up: 1 week
"""


@pytest.fixture
def ask(tmp_path):
    path = tmp_path / "films.yaml"
    path.write_text(SCENARIO)

    def run(*words):
        return CliRunner().invoke(main, ["sensitivity", str(path), "--jobs", "1", *map(str, words)])

    return run


def test_what_must_be_true_is_said_in_a_sentence(ask, tmp_path):
    done = ask("--line", "film", "--reach", "13 USD/m2", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    # the electrolyte is quoted, and its price follows that of lithium sulfide
    assert "one number alone reaches 13: lithium sulfide: price" in done.output
    table = pd.read_csv(tmp_path / "out" / "reach.csv")
    assert table["parameter"].iloc[0] == "materials.Li2S.price"
    assert "materials.Li6PS5Cl.price" in table["parameter"].tolist()


def test_the_value_at_which_two_lines_are_equal_is_where_they_swap(ask):
    # 180 against 65 USD/kg: equal only if the speed of one could make up for it, which it cannot
    done = ask("--line", "film", "--line", "cheap", "--equal", "economics.wage")
    assert done.exit_code == 0, done.output
    assert "film and cheap are equal nowhere in that range." in done.output


def test_a_map_is_drawn(ask, tmp_path):
    words = ("--equal", "economics.wage", "--equal", "materials.Li6PS5Cl.price")
    done = ask("--line", "film", "--line", "cheap", *words, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "break_even_map.png").is_file()
    assert len(pd.read_csv(tmp_path / "out" / "break_even_map.csv")) == 17 * 17


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--line", "filn"), "the scenario has no line 'filn' (did you mean 'film'?)"),
        (("--kpi", "cost_per_unti"), "unknown indicator 'cost_per_unti' (did you mean 'cost_per_unit'?)"),
        (("--line", "film", "--method", "sobel"), "unknown method 'sobel' (did you mean 'sobol'?)"),
        (("--line", "film", "--reach", "13 EUR/m2"), "cost_per_unit of 'film' is in USD/m2, found '13 EUR/m2'"),
        (("--line", "film", "--reach", "cheap"), "expected a number with the unit of cost_per_unit"),
        (("--line", "film", "--equal", "economics.wage"), "two lines are compared, found 1"),
        (
            ("--line", "film", "--line", "cheap", "--equal", "economics.wgae"),
            "unknown number 'economics.wgae' (did you mean 'economics.wage'?)",
        ),
    ],
)
def test_bad_questions_are_answered_with_a_hint(ask, words, message):
    done = ask(*words)
    assert done.exit_code == 2
    assert message in done.output
