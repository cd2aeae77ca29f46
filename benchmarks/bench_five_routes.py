"""The whole study as a user runs it: five routes, ten replications, one year, report included, on two cores."""

import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

REPLICATIONS = 10
CORES = 2
LIMIT_S = 30.0
LIMIT_MB = 500.0


def family(process):
    """A process and all that it has started."""
    found = [process]
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        with suppress(OSError):  # it has ended meanwhile
            found += family(int(child))
    return found


def memory_mb(process, kind):
    """Memory of a process and its children: `Rss`, or `Pss`, which counts shared pages once."""
    total = 0
    for member in family(process):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    total += int(line.split()[1])
    return total / 1024


def measured(arguments):
    """(wall time, processor time, peak memory, the same with shared pages counted in each process) of a command."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([sys.executable, "-m", "sim", *arguments], stdout=subprocess.DEVNULL)
    os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:CORES])  # before it starts children
    pss = rss = 0.0
    while process.poll() is None:
        with suppress(OSError):
            pss, rss = max(pss, memory_mb(process.pid, "Pss")), max(rss, memory_mb(process.pid, "Rss"))
        time.sleep(0.1)
    assert process.returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, worked, pss, rss


@pytest.mark.benchmark
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads memory from /proc")
def test_five_routes_for_a_year(tmp_path):
    out = tmp_path / "five_routes"
    flags = ("--replications", str(REPLICATIONS), "--jobs", str(CORES), "--out", str(out))
    wall_s, worked_s, pss, rss = measured(("run", "five_routes", *flags))
    visits = json.loads((out / "manifest.json").read_text())["visits"]
    assert (out / "report.pdf").is_file()
    print(f"\nfive routes x {REPLICATIONS} replications x 1 year, report included, {CORES} cores")
    print(
        f"wall time {wall_s:.1f} s (limit {LIMIT_S:.0f} s), ratio {LIMIT_S / wall_s:.2f}; processor time {worked_s:.1f} s"
    )
    print(f"step visits {visits:,}, {visits / wall_s:,.0f} a second")
    print(f"peak memory {pss:.0f} MB (limit {LIMIT_MB:.0f} MB); {rss:.0f} MB with shared pages counted in each process")
    assert wall_s < LIMIT_S
    assert pss < LIMIT_MB
