"""Any executor gives the numbers of one process: threads, processes, and a Dask cluster that loses a worker."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from support.runs import TWO_LINES, contents, inside

import sim
from sim import api, workers
from sim.errors import SimError

distributed = pytest.importorskip("distributed")

SCENARIO = TWO_LINES.replace("replications: 2", "replications: 4")
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
    monkeypatch.setattr(workers, "program", iter(["ours", "theirs"] * 100).__next__)
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

    with workers.dask(cluster.scheduler_address) as executor:
        found = sim.run(study, jobs=executor, progress=kill)
    api.save(found, tmp_path / "dask", report=False)

    assert killed
    with pytest.raises(ProcessLookupError):
        os.kill(killed[0], 0)
    assert contents(tmp_path / "dask") == contents(tmp_path / "one")


@pytest.mark.slow
def test_sweeps_and_samples_on_a_dask_cluster_give_the_same_bytes(path, cluster, tmp_path):
    path.write_text(SCENARIO.replace("replications: 4", "replications: 2") + MORE)
    api.save(sim.run(path), tmp_path / "one", report=False)
    with workers.dask(cluster.scheduler_address) as executor:
        found = sim.run(path, jobs=executor, partial=tmp_path / "dask")
    assert {kind.rsplit("_", 2)[1] for kind in kept(tmp_path / "dask")} >= {"measure", "screen", "simulated", "values"}
    api.save(found, tmp_path / "dask", report=False)

    assert contents(tmp_path / "dask") == contents(tmp_path / "one")


def kept(folder):
    return [file.stem for file in folder.glob(".partial/*/*.gz")]


OVER = "economics.wage=20 USD/h,40 USD/h"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("run", "--no-report"), "--out"),
        (("sweep", "--line", "powder", "--over", OVER), "--csv"),
        (("bottleneck", "--line", "powder"), "--csv"),
        (("sensitivity", "--line", "powder", "--method", "morris", "--samples", "4"), "--out"),
    ],
)
def test_the_command_line_works_on_a_cluster(words, out, path, cluster, tmp_path):
    def bytes_of(name, *more):
        (tmp_path / name).mkdir()
        target = tmp_path / name / "table.csv" if out == "--csv" else tmp_path / name
        command = [sys.executable, "-m", "sim", words[0], path, *words[1:], out, target, *more]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return contents(tmp_path / name)

    assert bytes_of("dask", "--executor", "dask", "--scheduler", cluster.scheduler_address)
    assert contents(tmp_path / "dask") == bytes_of("one", "--jobs", "1")


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

    monkeypatch.setattr(workers.socket, "create_connection", silent)
    with pytest.raises(SimError, match="no answer within 4 s"), workers.dask("tcp://10.255.255.1:8786"):
        pass


COMMANDS = {
    "run": (),
    "sweep": ("--over", OVER),
    "bottleneck": (),
    "optimise": ("--line", "powder"),
    "sensitivity": (),
    "compare": (),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("words", [("--executor", "dask"), ("--scheduler", "tcp://127.0.0.1:1")])
def test_a_cluster_needs_its_address(words, command, path):
    done = inside(command, path, *COMMANDS[command], *words)
    assert done.exit_code == 2
    assert "--executor dask and --scheduler ADDRESS go together" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_that_no_scheduler_is_there(command, path):
    words = ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:1")
    done = inside(command, path, *COMMANDS[command], *words)
    assert done.exit_code == 1
    assert done.stderr.startswith("no Dask scheduler at 'tcp://127.0.0.1:1': Connection refused")
