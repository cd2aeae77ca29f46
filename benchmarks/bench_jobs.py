"""Two processes of one run against two runs of one process each, side by side: what sharing the work costs.

Both do the same replications of the same lines at the same time of day: rounds of one and of the other take turns.
"""

import subprocess
import sys
import time

import pytest

ROUNDS = 3
REPLICATIONS = 5
LIMIT = 0.9

WORK = """
import sys, time
import sim
if __name__ == "__main__":
    jobs, replications = int(sys.argv[1]), int(sys.argv[2])
    study = sim.load_scenario("five_routes", replications=replications, horizon="13 week")
    print("ready", flush=True)
    sys.stdin.readline()
    done = []
    begin = time.perf_counter()
    sim.run(study, jobs=jobs, ranges=False, progress=lambda *numbers: done.append(numbers))
    print(len(done) / (time.perf_counter() - begin), flush=True)
"""


def throughput(processes, jobs, replications):
    """Simulated lines per second, pilots included, of so many runs at once, from when all of them are ready."""
    words = [sys.executable, "-c", WORK, str(jobs), str(replications)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(words, **pipes) for _ in range(processes)]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    return sum(float(run.communicate()[0]) for run in runs)


@pytest.mark.benchmark
def test_two_jobs_against_two_runs():
    shared, apart = [], []
    begin = time.perf_counter()
    for _ in range(ROUNDS):
        shared.append(throughput(1, 2, 2 * REPLICATIONS))
        apart.append(throughput(2, 1, REPLICATIONS))
    ratio = sum(shared) / sum(apart)
    print(
        f"\nfive routes x a quarter, {2 * REPLICATIONS} replications, {ROUNDS} rounds, {time.perf_counter() - begin:.0f} s"
    )
    print(f"one run with --jobs 2: {sum(shared) / ROUNDS:.3f} lines/s; two runs: {sum(apart) / ROUNDS:.3f} lines/s")
    print(f"ratio {ratio:.2f} (limit {LIMIT})")
    assert ratio >= LIMIT
