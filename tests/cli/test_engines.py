"""--engine: what simulates changes no file, and the terminal says what was compared."""

import pytest
from support.runs import ONE_LINE, TWO_LINES, contents, inside

from sim.engine import choice
from sim.engine.compiled import library

needs_core = pytest.mark.skipif(library.core() is None, reason=library.why_not())
SWEEP = ONE_LINE + "sweep: {over: {powder.target: [50 t/y, 100 t/y]}}\n"


@pytest.fixture
def run(tmp_path):
    def run(text, *words):
        (tmp_path / "lines.yaml").write_text(text)
        out = tmp_path / "_".join(("out", *words))
        done = inside("run", tmp_path / "lines.yaml", "--out", out, "--no-report", "--jobs", 1, *words)
        return done, contents(out)

    return run


@needs_core
def test_every_file_is_the_same_whatever_the_engine(run):
    done, files = run(TWO_LINES)
    assert "both engines: 2 of 2 lines equal\n" in done.stderr
    assert not [name for name, data in files.items() if b"engines" in data]
    for engine in ("simpy", "compiled", "checked"):
        other, same = run(TWO_LINES, "--engine", engine)
        assert same == files
        assert ("both engines" in other.stderr) == (engine == "checked")


@needs_core
def test_of_a_sweep_the_first_plan_is_compared(run):
    done, _ = run(SWEEP)
    assert "both engines: 1 of 1 lines equal, 1 of 2 plans compared, equal\n" in done.stderr


@needs_core
def test_a_difference_stops_the_run_and_leaves_no_results(run, monkeypatch):
    def other(plan, **numbers):
        log = library.core().simulate(plan, **numbers)
        log.rows["amount"][100] += 1.0
        return log

    monkeypatch.setattr(choice, "core", lambda: type("Other", (), {"simulate": staticmethod(other)}))
    done, files = run(ONE_LINE)
    assert done.exit_code == 3
    assert "the engines differ in row 100: SimPy has (" in done.stderr
    assert done.stderr.endswith("; --engine simpy goes on without the core\n")
    assert files == {}
    assert run(ONE_LINE, "--engine", "simpy")[0].exit_code == 0


def test_without_a_core_a_line_says_so_and_simpy_does_everything(run, monkeypatch):
    monkeypatch.setattr(choice, "core", lambda: None)
    monkeypatch.setattr(choice, "why_not", lambda: "there is no compiled core")
    done, files = run(ONE_LINE)
    assert done.exit_code == 0
    assert done.stderr.count("there is no compiled core; SimPy has done everything\n") == 1
    assert run(ONE_LINE, "--engine", "simpy")[1] == files
    asked = run(ONE_LINE, "--engine", "compiled")[0]
    assert (asked.exit_code, asked.stderr) == (1, "there is no compiled core\n")
