"""Texts in CSV are texts in a spreadsheet, too, and come back as they were."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.spreadsheet import plain, shielded, write_csv


@given(st.text(alphabet="'=+-@\t\r1.ea"))
def test_every_text_comes_back_and_none_is_a_formula(text):
    assert plain(shielded(text)) == text
    if shielded(text)[:1] in tuple("=@\t\r"):
        raise AssertionError(text)


@pytest.mark.parametrize("number", ["-1", "+2.5", "-3e-7", "-.5", "-inf"])
def test_signed_numbers_stay_numbers(number):
    assert shielded(number) == number


def test_a_table_on_disk_has_no_formula_and_the_same_numbers(tmp_path):
    table = pd.DataFrame({"title": ["=cmd|'/C calc'!A0", "@x", "mill"], "gain": [-1.5, np.nan, 2.0], "n": [-1, 0, 1]})
    write_csv(table, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "title,gain,n\n'=cmd|'/C calc'!A0,-1.5,-1\n'@x,,0\nmill,2.0,1\n"
