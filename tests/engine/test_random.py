import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.random import Source, key

ONES = 2**64 - 1
PI = (
    0x243F6A8885A308D3,
    0x13198A2E03707344,
    0xA4093822299F31D0,
    0x082EFA98EC4E6C89,
    0x452821E638D01377,
    0xBE5466CF34E90C6C,
)
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)),
    ((ONES,) * 4, (ONES,) * 2, (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)),
    (PI[:4], PI[4:], (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6)),
]
"""Counter, key and block of philox4x64-10, published with Random123."""


def philox(counter, keys):
    """Philox4x64-10 as its paper writes it."""
    for _ in range(10):
        left, right = counter[0] * 0xD2E7470EE14C6C93, counter[2] * 0xCA5A826395121157
        counter = (
            (right >> 64) ^ counter[1] ^ keys[0],
            right & ONES,
            (left >> 64) ^ counter[3] ^ keys[1],
            left & ONES,
        )
        keys = ((keys[0] + 0x9E3779B97F4A7C15) & ONES, (keys[1] + 0xBB67AE8584CAA73B) & ONES)
    return counter


def numbers(name, count, *, seed=0, replication=0):
    return Source(seed, replication).stream(name)(count).tolist()


@pytest.mark.parametrize(("counter", "keys", "block"), KNOWN_ANSWERS)
def test_the_generator_of_these_tests_gives_the_published_answers(counter, keys, block):
    assert philox(counter, keys) == block


def test_a_stream_counts_its_blocks_from_zero():
    keys = key(7, 3, "a/b")
    raw = [number for block in range(5) for number in philox((block, 0, 0, 0), keys)]

    assert numbers("a/b", 20, seed=7, replication=3) == [((number >> 12) + 0.5) / 2**52 for number in raw]


def test_a_key_is_the_two_halves_of_a_digest():
    assert key(0, 0, "mill/1/duration") == (0xDDA28F2873954986, 0x06960E7C25FB7A9E)


def test_the_numbers_are_pinned():
    assert [number.hex() for number in numbers("a/b", 5)] == [
        "0x1.e7b755a9ba57bp-1",
        "0x1.c63e97fd94b2dp-1",
        "0x1.508425f0ec413p-1",
        "0x1.04fa4f1e9b565p-1",
        "0x1.59ebbc8e49395p-1",
    ]


def test_equal_arguments_give_equal_numbers():
    assert numbers("mill", 5, replication=3) == numbers("mill", 5, replication=3)


@pytest.mark.parametrize("other", [(1, 0, "mill"), (0, 1, "mill"), (0, 0, "mills"), (0, 0, ""), (10, 0, "mill")])
def test_any_other_argument_gives_other_numbers(other):
    seed, replication, name = other

    assert set(numbers("mill", 50)).isdisjoint(numbers(name, 50, seed=seed, replication=replication))


@given(st.lists(st.integers(0, 9), max_size=12))
def test_numbers_do_not_depend_on_how_many_are_asked_for_at_once(counts):
    uniforms = Source(0, 0).stream("mill")

    assert [number for count in counts for number in uniforms(count)] == numbers("mill", sum(counts))


def test_streams_of_one_source_do_not_disturb_each_other():
    source = Source(0, 0)
    mill, kiln = source.stream("mill"), source.stream("kiln")
    turns = [(mill(3).tolist(), kiln(5).tolist()) for _ in range(4)]

    assert [number for turn, _ in turns for number in turn] == numbers("mill", 12)
    assert [number for _, turn in turns for number in turn] == numbers("kiln", 20)


def test_the_most_extreme_raw_numbers_stay_inside_of_zero_and_one(monkeypatch):
    source = Source(0, 0)
    monkeypatch.setattr(source, "_raw", lambda *_: np.array([0, ONES], dtype=np.uint64))
    least, most = source.stream("x")(2).tolist()

    assert (least, most) == (2.0**-53, 1.0 - 2.0**-53)
    assert 1.0 - most == least


@pytest.mark.parametrize(("seed", "replication"), [(-1, 0), (0, -1)])
def test_negative_seeds_are_refused(seed, replication):
    with pytest.raises(ValueError, match="expected a seed and a replication of 0 or more"):
        key(seed, replication, "x")


@given(st.integers(0, 2**70), st.integers(0, 2**40), st.text())
def test_any_name_and_any_seed_will_do(seed, replication, name):
    assert 0.0 < numbers(name, 1, seed=seed, replication=replication)[0] < 1.0


def test_streams_are_not_correlated():
    first, second = (numbers(f"step/{number}", 20_000) for number in (1, 2))

    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_numbers_of_a_stream_are_not_correlated_with_the_next_ones():
    found = numbers("step", 20_000)

    assert all(abs(np.corrcoef(found[:-lag], found[lag:])[0, 1]) < 0.03 for lag in (1, 2, 3, 4, 5))
