"""Tables come back from the store to the last bit, and nothing half-written is ever read."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SimError
from sim.rollup.ledger import OutletLedger
from sim.study.resume import Store, key


def test_tables_and_what_is_around_them_come_back(tmp_path):
    table = pd.DataFrame(
        {"line": ["a", "b"], "n": [1, 2], "x": [math.pi, math.nan], "y": [math.inf, -0.0], "mixed": [None, "t"]}
    )
    empty = table.iloc[:0]
    Store(tmp_path, "k").save("one", [["a", 3, {"kpis": table, "none": empty}, 0.1, None]])
    (found,) = Store(tmp_path, "k").load("one")

    assert found[:2] + found[3:] == ["a", 3, 0.1, None]
    pd.testing.assert_frame_equal(found[2]["kpis"], table, check_exact=True)
    pd.testing.assert_frame_equal(found[2]["none"], empty.reset_index(drop=True))


@given(st.lists(st.floats(), max_size=20))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory, numbers):
    store = Store(tmp_path_factory.mktemp("store"), "k")
    store.save("x", pd.DataFrame({"value": np.array(numbers, dtype=float)}))
    back = store.load("x")["value"].to_numpy()
    assert np.array_equal(back, np.array(numbers), equal_nan=True)
    assert np.array_equal(np.signbit(back), np.signbit(numbers)) or np.isnan(numbers).any()


def test_what_is_not_there_or_broken_is_none(tmp_path):
    store = Store(tmp_path, "k")
    store.save("x", 1.5)
    assert store.load("x") == 1.5
    assert store.load("y") is None
    (file,) = tmp_path.rglob("x.gz")
    whole = file.read_bytes()
    for broken in (b"", whole[:-4], b"x" + whole[1:]):
        file.write_bytes(broken)
        assert store.load("x") is None


def test_arrays_and_records_come_back(tmp_path):
    hours = np.array([[0.1, math.nan], [1.0, -0.0]])
    step = OutletLedger(np.float64(0.1), 1.0, 2.0, math.inf)
    store = Store(tmp_path, "k")
    store.save("x", [hours, np.array([True, False]), np.empty((0, 3)), step])
    back, flags, empty, record = store.load("x")

    assert np.array_equal(back, hours, equal_nan=True)
    assert flags.tolist() == [True, False]
    assert flags.dtype == bool
    assert empty.shape == (0, 3)
    assert record == step


def test_a_record_of_another_program_is_not_made(tmp_path):
    store = Store(tmp_path, "k")
    store.save("x", {"record": "subprocess.Popen", "fields": {"args": "true"}})
    assert store.load("x") is None


def test_only_folders_that_a_store_has_made_go_with_it(tmp_path):
    Store(tmp_path / "new", "k").drop()
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    Store(tmp_path / "old", "k").drop()
    assert (tmp_path / "old").is_dir()
    assert not any((tmp_path / "old").iterdir())


def test_a_key_is_that_of_its_parts():
    assert key("a", {"b": 1, "c": 2}) == key("a", {"c": 2, "b": 1})
    assert key("a", {"b": 1}) != key("a", {"b": 2})


def test_stores_of_two_keys_are_apart(tmp_path):
    Store(tmp_path, "one").save("x", 1)
    assert Store(tmp_path, "two").load("x") is None


def test_a_store_that_has_become_a_file_is_an_error(tmp_path):
    store = Store(tmp_path, "k")
    folder = next((tmp_path / ".partial").iterdir())
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(SimError, match="what is done cannot be written"):
        store.save("x", 1)
