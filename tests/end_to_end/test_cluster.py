"""Any executor gives the numbers of one process: threads, processes, and a Dask cluster that loses a worker."""

import os
import runpy
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest

import sim
from sim import api, executors
from sim.errors import SimError

distributed = pytest.importorskip("distributed")

shared = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "_shared.py")))
contents, inside = shared.contents, shared.inside
SCENARIO = shared.TWO_LINES.replace("replications: 2", "replications: 4")
# Dask warns of what is its own affair, such as a port that is taken or a worker that was slow to end.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "lines.yaml"
    path.write_text(SCENARIO)
    return path


def test_threads_and_processes_of_the_user_give_the_same_numbers(path):
    one = sim.run(path, ranges=False)
    with ThreadPoolExecutor(3) as threads:
        two = sim.run(path, jobs=threads, ranges=False)
        other = sim.run(sim.load_scenario(path, seed=1), jobs=threads, ranges=False)
        again = sim.run(path, jobs=threads, ranges=False)  # the threads turn from one study to another and back
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        three = sim.run(path, jobs=processes, ranges=False)
        assert processes.submit(int, "5").result() == 5  # it is left running
    for found in (two, again, three):
        assert found.manifest == one.manifest
        assert all(found.tables[name].equals(table) for name, table in one.tables.items())
    assert not other.kpis.equals(one.kpis)


MORE = """\
sweep:
  - title: Wages
    over: {economics.wage: {from: 20 USD/h, to: 40 USD/h, points: 3}}
    by: expected
    simulate: [1]
uncertainty: {samples: 16, sampler: random, plans: 2, few: 2}
"""


@pytest.mark.slow
def test_sweeps_and_samples_are_the_same_on_any_executor(path):
    path.write_text(SCENARIO.replace("replications: 4", "replications: 2") + MORE)
    one = sim.run(path)
    with ThreadPoolExecutor(2) as threads:
        two = sim.run(path, jobs=threads)
    assert len(one.sweep) > 0
    assert len(one.uncertainty) > 0
    assert all(two.tables[name].equals(table) for name, table in one.tables.items())


def test_a_worker_with_another_program_is_refused(path, monkeypatch):
    monkeypatch.setattr(executors, "program", iter(["ours", "theirs"] * 100).__next__)
    with ThreadPoolExecutor(1) as threads, pytest.raises(SimError, match="another version of this program"):
        sim.run(path, jobs=threads)


@pytest.fixture
def cluster():
    with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        yield cluster


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_gives_the_same_bytes(path, cluster, tmp_path):
    study = sim.load_scenario(path, horizon="26 week", replications=8)
    api.save(sim.run(study), tmp_path / "one", report=False)
    killed = []

    def kill(done, _):
        if done == 4:
            victim = next(iter(cluster.workers.values()))
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    with executors.dask(cluster.scheduler_address) as executor:
        found = sim.run(study, jobs=executor, progress=kill)
    api.save(found, tmp_path / "dask", report=False)

    assert killed
    with pytest.raises(ProcessLookupError):
        os.kill(killed[0], 0)
    assert contents(tmp_path / "dask") == contents(tmp_path / "one")


@pytest.mark.slow
def test_the_command_line_runs_on_a_cluster(path, cluster, tmp_path):
    def run(name, *words):
        command = [sys.executable, "-m", "sim", "run", path, "--out", tmp_path / name, "--no-report", *words]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return contents(tmp_path / name)

    assert run("dask", "--executor", "dask", "--scheduler", cluster.scheduler_address) == run("one", "--jobs", "1")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (
            "tcp://127.0.0.1:1",
            "no Dask scheduler at 'tcp://127.0.0.1:1': Connection refused; start one with: dask scheduler",
        ),
        ("nowhere", "expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, found 'nowhere'"),
        ("tcp://a:b", "expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, found 'tcp://a:b'"),
    ],
)
def test_a_scheduler_that_is_not_there_is_an_error_within_ten_seconds(address, text, path, tmp_path):
    begin = time.monotonic()
    done = inside("run", path, "--out", tmp_path / "out", "--executor", "dask", "--scheduler", address)
    assert (done.exit_code, done.stderr) == (1, text + "\n")
    assert time.monotonic() - begin < 10.0
    assert not (tmp_path / "out").exists()


def test_a_host_that_does_not_answer_is_an_error_too(monkeypatch):
    def silent(_, patience_s):
        raise TimeoutError

    monkeypatch.setattr(executors.socket, "create_connection", silent)
    with pytest.raises(SimError, match="no answer within 4 s"), executors.dask("tcp://10.255.255.1:8786"):
        pass


@pytest.mark.parametrize("words", [("--executor", "dask"), ("--scheduler", "tcp://127.0.0.1:1")])
def test_a_cluster_needs_its_address(words, path):
    done = subprocess.run(
        [sys.executable, "-m", "sim", "run", str(path), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--executor dask and --scheduler ADDRESS go together" in done.stderr
