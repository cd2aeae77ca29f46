"""Two processes of one run against two runs of one process each, side by side: what sharing the work costs.

Both do the same replications of the same lines at the same time of day: rounds of one and of the other take turns, and
what counts is the median of the rounds, for a machine that others use may be twice as fast from one to the next.
"""

import subprocess
import sys
from statistics import median

import pytest

ROUNDS = 3
REPLICATIONS = 10
LIMIT = 0.9

WORK = """
import os, sys, time
import sim
if __name__ == "__main__":
    jobs, replications = int(sys.argv[1]), int(sys.argv[2])
    study = sim.load_scenario("five_routes", replications=replications, horizon="13 week")
    done = []
    print("ready", flush=True)
    sys.stdin.readline()
    begin, before = time.perf_counter(), sum(os.times()[:4])
    sim.run(study, jobs=jobs, ranges=False, progress=lambda *numbers: done.append(numbers))
    print(len(done), time.perf_counter() - begin, sum(os.times()[:4]) - before, flush=True)
"""


def measured(processes, jobs, replications):
    """(lines simulated per second, the same per second of processor time) of so many runs at once, pilots included.

    The clock starts when all of them are ready; the second figure does not know what else the machine does.
    """
    words = [sys.executable, "-c", WORK, str(jobs), str(replications)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(words, **pipes) for _ in range(processes)]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    found = [tuple(map(float, run.communicate()[0].split())) for run in runs]
    return sum(done / wall_s for done, wall_s, _ in found), sum(row[0] for row in found) / sum(row[2] for row in found)


@pytest.mark.benchmark
def test_two_jobs_against_two_runs(row):
    ratios = []
    for _ in range(ROUNDS):
        (one, one_cpu), (two, two_cpu) = measured(1, 2, 2 * REPLICATIONS), measured(2, 1, REPLICATIONS)
        ratios.append((one / two, one_cpu / two_cpu))
    wall, cpu = (sorted(found) for found in zip(*ratios, strict=True))
    row(
        f"one run with two processes, over two runs at once (a quarter of five routes x {2 * REPLICATIONS} replications)",
        f"{median(wall):.2f} times the throughput (median of {ROUNDS}), {median(cpu):.2f} per second of processor time",
        f"{LIMIT}",
    )
    assert median(wall) >= LIMIT
