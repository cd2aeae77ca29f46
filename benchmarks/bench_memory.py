"""How much memory the whole study takes as a user runs it: five routes, ten replications, one year, report included."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

LIMIT_MB = 500.0


def family(process):
    """A process and all that it has started."""
    found = [process]
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        with suppress(OSError):  # it has ended meanwhile
            found += family(int(child))
    return found


def memory_mb(process):
    """Memory of a process and its children; shared pages count once."""
    total = 0
    for member in family(process):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


@pytest.mark.benchmark
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads memory from /proc")
def test_five_routes_for_a_year(tmp_path, row):
    words = ("run", "five_routes", "--jobs", "2", "--out", tmp_path / "out")
    process = subprocess.Popen([sys.executable, "-m", "sim", *map(str, words)], stdout=subprocess.DEVNULL)
    peak_mb = 0.0
    while process.poll() is None:
        with suppress(OSError):
            peak_mb = max(peak_mb, memory_mb(process.pid))
        time.sleep(0.1)
    assert process.returncode == 0
    visits = json.loads((tmp_path / "out" / "manifest.json").read_text())["visits"]
    row(f"memory of `sim run five_routes`, {visits:,} step visits", f"{peak_mb:.0f} MB", f"{LIMIT_MB:.0f} MB")
    assert peak_mb < LIMIT_MB
