"""Tables come back from the store to the last bit, and nothing half-written is ever read."""

import gzip
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Required, TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.errors import InputError, SimError
from sim.study.resume import Store, key


@dataclass(frozen=True)
class Part:
    name: str
    hours: NDArray[np.float64]


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    lost: Mapping[str, float]
    table: pd.DataFrame | None
    facts: Mapping[str, Any]


WHOLE = Whole(
    (Part("mill", np.array([[0.1, math.nan], [1.0, -0.0]])),), {"clean": math.inf}, None, {"a": [1, None, "t"]}
)


def test_tables_come_back(tmp_path):
    table = pd.DataFrame(
        {"line": ["a", "b"], "n": [1, 2], "x": [math.pi, math.nan], "y": [math.inf, -0.0], "mixed": [None, "t"]}
    )
    empty = table.iloc[:0]
    store = Store(tmp_path, "k")
    store.save("one", {"kpis": table, "none": empty})
    found = store.load("one", dict[str, pd.DataFrame])

    pd.testing.assert_frame_equal(found["kpis"], table, check_exact=True)
    pd.testing.assert_frame_equal(found["none"], empty.reset_index(drop=True))


@given(st.lists(st.floats(), max_size=20))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory, numbers):
    store = Store(tmp_path_factory.mktemp("store"), "k")
    store.save("x", pd.DataFrame({"value": np.array(numbers, dtype=float)}))
    back = store.load("x", pd.DataFrame)["value"].to_numpy()
    assert np.array_equal(back, np.array(numbers), equal_nan=True)
    assert np.array_equal(np.signbit(back), np.signbit(numbers)) or np.isnan(numbers).any()


def test_what_a_task_returns_comes_back_as_the_type_that_it_says(tmp_path):
    store = Store(tmp_path, "k")
    store.save("x", [WHOLE])
    (found,) = store.load("x", list[Whole])

    assert np.array_equal(found.parts[0].hours, WHOLE.parts[0].hours, equal_nan=True)
    assert np.signbit(found.parts[0].hours[1, 1])
    assert replace(found, parts=()) == replace(WHOLE, parts=())


@pytest.mark.parametrize(
    "kind",
    [
        list[str], list[float], dict[str, Whole], tuple[Whole, Whole], float, pd.DataFrame, NDArray[np.float64],
        list[Part], list[pd.DataFrame | None],
    ],
    ids=str,
)  # fmt: skip
def test_what_is_of_another_type_is_absent(tmp_path, kind):
    store = Store(tmp_path, "k")
    store.save("x", [WHOLE])
    assert store.load("x", kind) is None


def damaged(whole):
    """Yield what may have become of a file: cut, changed, made up with care."""
    checksum, _, packed = whole.partition(b"\n")
    yield from (b"", b"hello", whole[:-4], whole[1:], packed, checksum, whole[:80] + b"\xff" * 8 + whole[88:])
    for at in range(0, len(whole), 7):
        yield whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]


def test_a_damaged_file_is_absent(tmp_path):
    store = Store(tmp_path, "k")
    store.save("x", [WHOLE])
    (file,) = tmp_path.rglob("x.gz")
    for broken in damaged(file.read_bytes()):
        file.write_bytes(broken)
        assert store.load("x", list[Whole]) is None


def test_a_file_of_another_task_or_study_is_absent(tmp_path):
    one, other = Store(tmp_path, "k"), Store(tmp_path, "l")
    one.save("x", 1.5)
    (file,) = tmp_path.rglob("x.gz")
    (file.parent / "y.gz").write_bytes(file.read_bytes())
    (file.parent.parent / "l" / "x.gz").write_bytes(file.read_bytes())

    assert one.load("x", float) == 1.5
    assert one.load("y", float) is None
    assert other.load("x", float) is None


@pytest.mark.parametrize(
    "hostile",
    [
        {"record": "sim.results.folder.write", "fields": {"results": 1, "folder": "stolen"}},
        {"name": "mill", "hours": {"array": [1.0], "dtype": "notadtype", "shape": [1]}},
        {"name": "mill", "hours": {"array": [1.0], "dtype": "object", "shape": [1]}},
        {"name": "mill", "hours": {"array": [1.0], "dtype": "float64", "shape": [2, 2]}},
        {"name": "mill", "hours": {"array": [1.0]}},
        {"name": "mill"},
        {"name": "mill", "hours": None, "more": 1},
        [], 5, "x", None, True,
    ],
    ids=str,
)  # fmt: skip
def test_what_somebody_has_made_up_is_absent(tmp_path, hostile):
    store = Store(tmp_path, "k")
    store.save("x", hostile)
    assert store.load("x", Part) is None


def test_what_is_nested_without_end_is_absent(tmp_path):
    store = Store(tmp_path, "k")
    packed = gzip.compress(b"[" * 100_000 + b"]" * 100_000)
    store.save("x", 1.0)
    (file,) = tmp_path.rglob("x.gz")
    file.write_bytes(store._checksum("x", packed) + b"\n" + packed)
    assert store.load("x", list[float]) is None


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
    Store(tmp_path, "one").save("x", 1.0)
    assert Store(tmp_path, "two").load("x", float) is None


def test_a_store_that_has_become_a_file_is_an_error(tmp_path):
    store = Store(tmp_path, "k")
    folder = next((tmp_path / ".partial").iterdir())
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(SimError, match="what is done cannot be written"):
        store.save("x", 1)


class Told(TypedDict, total=False):
    """As what the first replication tells of a line."""

    why: Required[str]
    shares: dict[str, float]


@pytest.mark.parametrize("value", [{"why": "a"}, {"why": "a", "shares": {"b": 0.5}}])
def test_a_typed_mapping_comes_back(tmp_path, value):
    store = Store(tmp_path, "k")
    store.save("told", value)
    assert store.load("told", Told) == value


@pytest.mark.parametrize("value", [{}, {"why": "a", "how": "b"}, {"why": "a", "shares": {"b": "c"}}])
def test_what_is_no_such_mapping_counts_as_absent(tmp_path, value):
    store = Store(tmp_path, "k")
    store.save("told", value)
    assert store.load("told", Told) is None


def test_nothing_is_read_or_written_through_a_link_or_a_pipe(tmp_path):
    store = Store(tmp_path / "out", "k")
    own = tmp_path / "own.txt"
    own.write_text("mine")
    folder = tmp_path / "out" / ".partial" / "k"
    (folder / f"x.{os.getpid()}").symlink_to(own)
    store.save("x", 1.0)
    assert (own.read_text(), store.load("x", float)) == ("mine", 1.0)

    (folder / "x.gz").rename(tmp_path / "x.gz")
    (folder / "x.gz").symlink_to(tmp_path / "x.gz")
    os.mkfifo(folder / "y.gz")
    assert (store.load("x", float), store.load("y", float)) == (None, None)


@pytest.mark.parametrize("place", [".partial", ".partial/k"])
def test_a_folder_that_is_a_link_keeps_nothing(place, tmp_path):
    (tmp_path / "home").mkdir()
    link = tmp_path / "out" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "home")
    with pytest.raises(InputError, match="a link to elsewhere"):
        Store(tmp_path / "out", "k")
    assert [*(tmp_path / "home").iterdir()] == []
