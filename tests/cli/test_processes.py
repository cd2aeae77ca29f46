"""The command line as a process of its own: in a pipe, on a terminal, interrupted, killed, and several at once."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.runs import contents, inside

DATA = Path(__file__).parent / "data"
TABLES_ONLY = ("--no-report", "--jobs", 1)
ENDLESS = ("--replications", 100_000, "--jobs", 1)
"""So many replications outlast the patience of any test."""


def command(*arguments):
    return [sys.executable, "-m", "sim", *map(str, arguments)]


def on_a_terminal(*arguments):
    """A process whose errors and progress go to a terminal, and our end of it."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    return process, ours


def read_until(terminal, word):
    """What a terminal shows until a word comes, or to the end."""
    shown = b""
    with suppress(OSError):  # the other end has been closed
        while word is None or word not in shown:
            chunk = os.read(terminal, 4096)
            if not chunk:
                break
            shown += chunk
    return shown


@pytest.fixture
def results(tmp_path):
    """Earlier results, which a run would replace."""
    folder = tmp_path / "results"
    assert inside("run", DATA / "small.yaml", "--out", folder, *TABLES_ONLY).exit_code == 0
    return folder


def test_python_m_sim_works():
    done = subprocess.run(command("--version"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)


def test_a_reader_that_goes_away_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m sim schema route | head -c 10", shell=True, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("words", [("routes",), ("schema", "route"), ("--help",)], ids=" ".join)
def test_output_to_a_full_device_is_one_sentence(words):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command(*words), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "the output: No space left on device\n")


def test_a_run_in_a_pipe_has_no_progress_bar(tmp_path):
    words = command("run", DATA / "small.yaml", "--out", tmp_path / "out", *TABLES_ONLY)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert "simulating" not in done.stderr
    assert done.stdout.splitlines()[-1] == str(tmp_path / "out" / "manifest.json")


def test_a_deadlock_is_named_the_same_way_by_several_processes(tmp_path):
    one, two = (inside("run", DATA / "deadlock.yaml", "--out", tmp_path / "out", "--jobs", jobs) for jobs in (1, 2))
    assert (two.exit_code, two.stderr) == (one.exit_code, one.stderr) == (3, one.stderr)
    assert not any(tmp_path.iterdir())


def test_two_runs_into_one_folder_at_once_do_not_mix(tmp_path):
    alone = {}
    for seed in (1, 2):
        folder = tmp_path / f"alone_{seed}"
        assert inside("run", DATA / "small.yaml", "--out", folder, "--seed", seed, *TABLES_ONLY).exit_code == 0
        alone[seed] = contents(folder)
    assert alone[1] != alone[2]
    both = [
        subprocess.Popen(command("run", DATA / "small.yaml", "--out", tmp_path / "both", "--seed", seed, *TABLES_ONLY))
        for seed in (1, 2)
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert contents(tmp_path / "both") in alone.values()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone_1", "alone_2", "both"]


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        pytest.param(ENDLESS, "results/.partial/*/*.gz", id="simulating"),
        pytest.param(("--seed", 9, "--jobs", 1), ".results.*", id="writing"),
    ],
)
def test_a_killed_run_leaves_earlier_results_whole(words, sign, results):
    before = contents(results)
    process = subprocess.Popen(command("run", DATA / "small.yaml", "--out", results, *words))
    limit = time.monotonic() + 60
    while not list(results.parent.glob(sign)):
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert contents(results) == before
    # the next run works, and sweeps away what the killed one has left
    assert inside("run", DATA / "small.yaml", "--out", results, "--seed", 9, *TABLES_ONLY).exit_code == 0
    assert contents(results) != before
    assert [path.name for path in results.parent.iterdir()] == [results.name]


def test_a_run_says_what_it_does_from_the_first_and_never_of_how_many_it_does_not_know(tmp_path):
    process, terminal = on_a_terminal("run", DATA / "small.yaml", "--out", tmp_path / "out")
    shown = read_until(terminal, None).decode()
    os.close(terminal)

    assert process.wait(timeout=120) == 0
    places = [shown.find(stage) for stage in ("reading and sizing", "pilot runs", "replications", "figures and report")]
    assert -1 not in places
    assert places == sorted(places)
    assert "/?" not in shown


def test_what_is_done_is_said_line_by_line_if_asked(tmp_path):
    done = inside("-v", "run", DATA / "small.yaml", "--out", tmp_path / "out", *TABLES_ONLY)
    said = [line for line in done.stderr.splitlines() if line.startswith("sim: ")]

    assert said[0].startswith("sim: reading and sizing ")
    assert "sim: replications" in said
    assert "sim: " not in inside("run", DATA / "small.yaml", "--out", tmp_path / "out", *TABLES_ONLY).stderr


def test_an_interrupted_run_shows_its_progress_says_so_and_leaves_earlier_results_whole(results):
    before = contents(results)
    process, terminal = on_a_terminal("run", DATA / "small.yaml", "--out", results, *ENDLESS)
    assert b"simulating" in read_until(terminal, b"simulating")
    process.send_signal(signal.SIGINT)
    shown = read_until(terminal, None)
    os.close(terminal)
    assert process.wait(timeout=60) == 130
    assert b"stopped; earlier results are as they were" in shown
    assert b"Traceback" not in shown
    assert contents(results) == before
