"""A cluster that does not answer, or is lost in the middle of the work, ends in a sentence within seconds."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from support.runs import TWO_LINES

from sim import workers
from sim.errors import SimError

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")


def test_a_scheduler_that_accepts_and_is_silent_is_an_error_within_seconds():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(SimError, match="no answer within 4 s"), workers.dask(address):
            pass
        assert time.monotonic() - begin < 10.0


def test_what_hangs_up_at_once_is_no_scheduler():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SimError, match="no Dask scheduler at"), workers.dask(address):
            pass


def started(*words):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "distributed.cli." + words[0], *words[1:]], **quiet)


@pytest.fixture
def cluster():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    worker = started("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
    yield address, scheduler, worker
    for process in (worker, scheduler):
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "text"),
    [("scheduler", "has gone: no answer within 4 s"), ("worker", "has lost its last worker; 20 s brought no other")],
)
def test_a_cluster_that_is_lost_is_a_sentence_and_what_was_done_is_kept(victim, text, cluster, tmp_path):
    address, scheduler, worker = cluster
    (tmp_path / "s.yaml").write_text(TWO_LINES.replace("replications: 2", "replications: 400"))
    out = tmp_path / "out"
    words = ("run", tmp_path / "s.yaml", "--no-report", "--out", out, "--executor", "dask", "--scheduler", address)
    command = [sys.executable, "-m", "sim", *map(str, words)]
    run = None
    for _ in range(20):  # until the worker is there
        run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while run.poll() is None and len([*out.glob(".partial/*/*.gz")]) < 3:
            time.sleep(0.05)
        if run.poll() is None:
            break
        assert "no workers" in run.stderr.read() or "no Dask scheduler" in run.stderr.read()
    os.kill({"scheduler": scheduler, "worker": worker}[victim].pid, signal.SIGKILL)
    begin = time.monotonic()
    _, said = run.communicate(timeout=90)
    assert run.returncode == 1, said
    assert text in said
    assert "Traceback" not in said
    assert time.monotonic() - begin < 60.0
    assert [*out.glob(".partial/*/*.gz")]
