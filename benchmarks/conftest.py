"""What benchmarks share: a bare loop to compare the machine's hours by, and the table of the README that they write."""

import re
import resource
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parents[1] / "README.md"
TABLE = re.compile(r"(<!-- made by `make bench` -->\n\| what .*\n\|.*\n)((?:\|.*\n)*)")


def pytest_configure(config):
    config.rows = {}


@pytest.fixture
def row(request):
    """Put a row into the README's table: what was measured, the figure, and what is wanted."""

    def put(what, measured, wanted=""):
        print(f"\n{what}: {measured}" + (f" (wanted: {wanted})" if wanted else ""))
        request.config.rows[what] = (measured, wanted)

    return put


def pytest_sessionfinish(session):
    """Write the rows that were measured; rows of other benchmarks stay as they are."""
    if not session.config.rows:
        return
    text = README.read_text(encoding="utf-8")
    found = TABLE.search(text)
    assert found is not None, "the README has lost its table of timings"
    known = {cells[1].strip(): line for line in found[2].splitlines() if (cells := line.split("|"))}
    known |= {what: f"| {what} | {figure} | {wanted} |" for what, (figure, wanted) in session.config.rows.items()}
    table = found[1] + "".join(f"{line}\n" for line in known.values())
    README.write_text(text.replace(found[0], table), encoding="utf-8")


def bare_loop_s():
    """Processor time of ten million additions, which tells how fast the machine is at the moment."""
    begin, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - begin


class Took(NamedTuple):
    """Seconds of a command: processor time of all its processes, wall time, and the bare loop beside it."""

    processor: float
    wall: float
    loop: float

    def __str__(self):
        ratio = self.processor / self.loop
        return f"{self.processor:.1f} s of processor time, {self.wall:.1f} s of wall time ({ratio:.0f} bare loops)"


@pytest.fixture
def command():
    """Run a command line several times; returns the medians."""

    def run(words, rounds=1):
        arguments = [sys.executable, "-m", *shlex.split(words)]
        found = []
        for _ in range(rounds):
            loop, begin = bare_loop_s(), time.perf_counter()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found.append(Took(processor, time.perf_counter() - begin, loop))
        return Took(*map(statistics.median, zip(*found, strict=True)))

    return run
