"""The commands that work out many plants: sweep, bottleneck, optimise."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim import analysis
from sim.cli import main

ROUTES = Path(__file__).parents[1] / "routes"
BASE = (ROUTES / "base_scenario.yaml").read_text().replace("route: base.yaml", f"route: {ROUTES / 'base.yaml'}")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(BASE.replace("horizon: 1 y", "horizon: 4 week\nreplications: 3"))
    return str(file)


def sim(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_sweep_prints_a_row_for_each_point_and_writes_the_table(path, tmp_path):
    table = tmp_path / "t.csv"
    done = sim("sweep", path, "--over", "a.target=50 t/y:200 t/y:3:log", "--expected", "--csv", table, "--jobs", 1)

    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == 4
    assert table.read_text().startswith("sweep,point,line,by,unit,a.target,machines,out_of_range,outside,note")


def test_a_sweep_with_a_folder_writes_the_whole_run(path, tmp_path):
    done = sim("sweep", path, "--over", "region=US,CN", "--expected", "--out", tmp_path / "out", "--jobs", 1)

    assert done.exit_code == 0, done.output
    assert {"sweep.csv", "summary.csv", "report.pdf"} <= {item.name for item in (tmp_path / "out").iterdir()}
    assert (tmp_path / "out" / "figures" / "sweep_1.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--csv", "t.csv"),
            "stopped; earlier results are as they were; what is done is kept, and the same words go on from here\n",
        ),
        ((), "stopped; earlier results are as they were\n"),
    ],
)
def test_ctrl_c_tells_whether_what_was_done_is_kept(words, said, path, tmp_path, monkeypatch):
    def stopped(*_, **how):
        assert how["partial"] == (Path() if words else None)
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "asked", stopped)
    monkeypatch.chdir(tmp_path)
    done = sim("bottleneck", path, *words)

    assert done.exit_code == 130
    assert done.stderr == said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sweep",), "the scenario holds no sweep: say what to sweep"),
        (("sweep", "--over", "a.target=1"), "expected PATH=LOW:HIGH:N"),
        (
            ("sweep", "--over", "a.steps.dry.durration=1 h,2 h"),
            "hits nothing: no 'durration' (did you mean 'duration'?)",
        ),
        (("sweep", "--over", "region=US,CN", "--line", "b"), "there is no line 'b'; there are a"),
        (("bottleneck", "--line", "b"), "there is no line 'b'; there are a"),
        (("bottleneck", "--csv", "none/t.csv"), "none/t.csv:1:1: the table cannot be written: there is no such folder"),
        (("optimise", "--set", "a.target=null"), "no target to be met"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(path, arguments, message):
    command, *rest = arguments
    done = sim(command, path, *rest)

    assert done.exit_code in (1, 2)
    assert message in done.output


def test_bottleneck_prints_gains_with_intervals(path):
    done = sim("bottleneck", path, "--replications", 2, "--jobs", 1, "--set", "a.steps.dry.machines=1")

    assert done.exit_code == 0, done.output
    assert "machine 1 -> 2" in done.output
    assert "95 %" in done.output


def test_optimise_prints_the_found_plant_beside_the_sized_one(path):
    done = sim("optimise", path, "--trials", 2, "--jobs", 1)

    assert done.exit_code == 0, done.output
    assert "looked at in expected values" in done.output
    assert "auto" in done.output
