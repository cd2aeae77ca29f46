"""What is stopped leaves what it has done, goes on from there, and ends with the same bytes."""

import itertools
import os
import signal
import subprocess
import sys
import time

import pytest
from support.runs import BASE, HEAD, POWDER, TANKED, contents, inside

import sim
from sim import api, workers
from sim.engine import simulate
from sim.errors import SimulationError
from sim.results import PARTIAL
from sim.study import run

SCENARIO = HEAD + POWDER + TANKED + "horizon: 6 week\nwarm_up: auto\nreplications: 4\nseed: 0\n"
TASKS = 1 + 2 * 5 + 1 + 2 * 4
"""A pilot, the search for the warm-up, a pilot again, the replications; one line has no target to be paced to."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "lines.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture(scope="module")
def whole(path, tmp_path_factory):
    """The files of a run that nobody stopped."""
    return contents(api.save(sim.run(path), tmp_path_factory.mktemp("whole") / "run", report=False))


def stored(folder):
    return sorted(path.name for path in folder.glob(f"{PARTIAL}/*/*.gz"))


def stop_after(number, monkeypatch):
    """Let the engine run so often, then press Ctrl-C."""
    done = []

    def counted(plan, **numbers):
        if len(done) == number:
            raise KeyboardInterrupt
        done.append(numbers)
        return simulate(plan, **numbers)

    monkeypatch.setattr(run, "simulate", counted)
    return done


def stop_after_tasks(number, monkeypatch):
    """Let workers do so many tasks of whatever kind, then press Ctrl-C."""
    done, begun = [], workers._stream

    def stream(crew, function, tasks, memory):
        def counted(task, context):
            if len(done) == number:
                raise KeyboardInterrupt
            done.append(function.__name__)
            return function(task, context)

        return begun(crew, counted, tasks, memory)

    monkeypatch.setattr(workers, "_stream", stream)
    return done


@pytest.mark.parametrize("number", [0, 1, 7, 12, 17])
def test_a_stopped_run_goes_on_and_gives_the_same_bytes(number, path, whole, tmp_path, monkeypatch):
    parts = tmp_path / "parts"
    stop_after(number, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sim.run(path, partial=parts)
    assert len(stored(parts)) == number

    done = stop_after(TASKS, monkeypatch)
    api.save(sim.run(path, partial=parts), parts, report=False)
    assert len(done) == TASKS - number
    assert contents(parts) == whole
    assert not (parts / PARTIAL).exists()


def test_a_stopped_run_leaves_earlier_results_as_they_were(path, tmp_path, monkeypatch):
    out = tmp_path / "out"
    api.save(sim.run(path, ranges=False), out, report=False)
    before = contents(out)
    stop_after(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sim.run(path, partial=out)

    assert contents(out) == before
    assert sim.load_run(out).summary.equals(sim.load_run(out).summary)
    assert len(stored(out)) == 5


def test_another_study_takes_nothing_of_what_was_done(path, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sim.run(path, partial=out)
    for fields in ({"seed": 1}, {"horizon": "7 week"}, {"overrides": ["materials.LiCl.price=9 USD/kg"]}):
        done = stop_after(1, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            sim.run(sim.load_scenario(path, **fields), partial=out)
        assert len(done) == 1


def test_what_cannot_be_read_is_worked_out_again(path, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(5, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sim.run(path, partial=out)
    first, second, *_ = out.glob(f"{PARTIAL}/*/*.gz")
    first.write_bytes(first.read_bytes()[:40])
    second.write_bytes(b"")
    done = stop_after(TASKS, monkeypatch)
    found = sim.run(path, partial=out)
    monkeypatch.undo()

    assert len(done) == TASKS - 3
    assert found.kpis.equals(sim.run(path).kpis)


SMALL = f"""\
name: small
title: One line
lines:
  - {{name: powder, route: {BASE}, target: 100 t/y}}
horizon: 1 week
warm_up: 1 week
replications: 2
seed: 0
sweep: {{over: {{powder.target: [50 t/y, 100 t/y]}}, simulate: [2], by: expected}}
"""


@pytest.mark.parametrize(
    "ask",
    [
        api.sweep,
        api.bottleneck,
        pytest.param(lambda study, **how: api.optimise(study, trials=4, **how).table(), marks=pytest.mark.slow),
    ],
    ids=["sweep", "bottleneck", "optimise"],
)
def test_a_stopped_question_goes_on_and_has_the_same_answer(ask, tmp_path, monkeypatch):
    (tmp_path / "small.yaml").write_text(SMALL)
    study, parts = sim.load_scenario(tmp_path / "small.yaml"), tmp_path / "parts"
    every = stop_after_tasks(10_000, monkeypatch)
    whole = ask(study)
    monkeypatch.undo()
    half = len(every) // 2
    stop_after_tasks(half, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        ask(study, partial=parts)
    assert len(stored(parts)) == half >= 2
    monkeypatch.undo()

    rest = stop_after_tasks(10_000, monkeypatch)
    answer = ask(study, partial=parts)
    assert rest == every[half:]
    assert answer.to_csv() == whole.to_csv()
    assert not (parts / PARTIAL).exists()


def test_another_question_takes_nothing_of_what_was_done(tmp_path, monkeypatch):
    (tmp_path / "small.yaml").write_text(SMALL)
    study = sim.load_scenario(tmp_path / "small.yaml")
    stop_after_tasks(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        api.optimise(study, trials=4, partial=tmp_path / "out")
    monkeypatch.undo()
    for ask in (api.bottleneck, lambda *_, **how: api.optimise(study, trials=5, **how)):
        done = stop_after_tasks(1, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            ask(study, partial=tmp_path / "out")
        monkeypatch.undo()
        assert len(done) == 1


BLOCKS = """\
confirm: true
bottleneck: [powder]
uncertainty: {samples: 16, sampler: random, plans: 3, few: 2}
sensitivity: {method: morris, samples: 2}
"""


@pytest.mark.slow
def test_a_run_stopped_in_each_of_its_blocks_gives_the_same_bytes(tmp_path, monkeypatch):
    (tmp_path / "small.yaml").write_text(SMALL + BLOCKS)
    study, parts = sim.load_scenario(tmp_path / "small.yaml"), tmp_path / "parts"
    every = stop_after_tasks(10_000, monkeypatch)
    api.save(sim.run(study), tmp_path / "whole", report=False)
    monkeypatch.undo()
    assert set(every) > {"_pilot", "_measure", "_replicate", "_ranges", "_in_expected_values", "_screen", "_simulated"}

    # one task of every kind, then Ctrl-C
    firsts = [number + 1 for number in range(1, len(every)) if every[number] != every[number - 1]]
    for start, end in itertools.pairwise([0, *firsts]):
        done = stop_after_tasks(end - start, monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            sim.run(study, partial=parts)
        assert done == every[start:end]
        monkeypatch.undo()
    api.save(sim.run(study, partial=parts), parts, report=False)
    assert contents(parts) == contents(tmp_path / "whole")


def test_a_store_that_cannot_be_made_is_an_error(path, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(sim.errors.InputError, match="no results can be written here"):
        sim.run(path, partial=tmp_path / "file" / "out")


def test_a_process_that_fails_ends_the_others(path, monkeypatch):
    def broken(plan, **_):
        if "powder" in plan.line:
            raise SimulationError("broken", "", 1.0)
        time.sleep(60.0)

    monkeypatch.setattr(run, "simulate", broken)
    begin = time.monotonic()
    with pytest.raises(SimulationError, match="broken"):
        sim.run(sim.load_scenario(path, warm_up="1 week"), jobs=2)
    assert time.monotonic() - begin < 30.0


@pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_cleanly(jobs, path, tmp_path):
    out = tmp_path / "out"
    words = (path, "--out", out, "--jobs", jobs, "--no-report", "--set", "horizon=26 week")
    command = [sys.executable, "-m", "sim", "run", *map(str, words)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while len(stored(out)) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all processes
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert (
        said == "stopped; earlier results are as they were; what is done is kept, and the same words go on from here\n"
    )
    assert len(stored(out)) >= 3
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nobody is left
    done = inside("run", *words)
    assert done.exit_code == 0, done.stderr
    assert not (out / PARTIAL).exists()
