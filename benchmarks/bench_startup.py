"""How long the command line takes to answer: `sim --help` against a bare interpreter, alternating."""

import statistics
import subprocess
import sys
import time

import pytest

ROUNDS = 9
LIMIT_S = 0.25


def took(*arguments):
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


@pytest.mark.benchmark
def test_help_answers_at_once():
    took("-m", "sim", "--help")  # fills the caches of the interpreter and of the disk
    bare, helped = [], []
    for _ in range(ROUNDS):
        bare.append(took("-c", "pass"))
        helped.append(took("-m", "sim", "--help"))
    more = [one - other for one, other in zip(helped, bare, strict=True)]
    median = statistics.median(more)
    print(f"\nsim --help: median {statistics.median(helped):.3f} s, bare interpreter {statistics.median(bare):.3f} s")
    print(f"difference: median {median:.3f} s, worst {max(more):.3f} s (limit {LIMIT_S} s)")
    assert median < LIMIT_S
