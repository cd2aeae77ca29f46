"""How long the command line takes to answer: `sim --help` against a bare interpreter, alternating."""

import resource
import statistics
import subprocess
import sys

import pytest

ROUNDS = 9
LIMIT_S = 0.1


def took(*arguments):
    """Return the processor time, which does not know what else the machine does [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.benchmark
def test_help_answers_at_once(row):
    took("-m", "sim", "--help")  # fills the caches of the interpreter and of the disk
    bare, helped = [], []
    for _ in range(ROUNDS):
        bare.append(took("-c", "pass"))
        helped.append(took("-m", "sim", "--help"))
    more = [one - other for one, other in zip(helped, bare, strict=True)]
    median = statistics.median(more)
    row(
        "`sim --help` over a bare interpreter", f"{median:.2f} s (worst of {ROUNDS}: {max(more):.2f} s)", f"{LIMIT_S} s"
    )
    assert median < LIMIT_S
