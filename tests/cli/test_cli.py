"""The command line as a person or a script meets it; what is about processes stands in test_processes.py."""

import importlib
import json
import re
import shutil
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from support.runs import contents, inside

from sim.cli import main
from sim.errors import ReportError
from sim.validation import rows

DATA = Path(__file__).parent / "data"
ROOT = DATA.parent.parent.parent
TABLES = {"summary", "kpis", "costs", "energy", "materials", "machines"}


def copied(target):
    """The test files in a folder of their own."""
    shutil.copytree(DATA, target, dirs_exist_ok=True)
    return target


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run with its report; tests must not change it."""
    folder = tmp_path_factory.mktemp("finished") / "small"
    done = inside("run", DATA / "small.yaml", "--out", folder, "--jobs", 1)
    assert done.exit_code == 0, done.stderr
    return folder


@pytest.fixture
def results(finished, tmp_path):
    """A copy of a small run that a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "results"))


# -- help and listings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(main.commands))
def test_help_of_every_command_has_examples_of_it(name):
    shown = inside(name, "--help")
    assert shown.exit_code == 0
    assert "Examples:" in shown.output
    assert f"  sim {name}" in shown.output.partition("Examples:")[2]


def test_help_lists_the_commands_and_has_examples():
    shown = inside("--help")
    assert shown.exit_code == 0
    assert "Examples:" in shown.output
    for name in ("check", "run", "compare", "report", "graph", "routes", "schema"):
        assert re.search(rf"^  {name} ", shown.output, re.MULTILINE)


def test_examples_of_the_help_use_options_that_exist():
    for name, item in main.commands.items():
        known = {option for parameter in item.params for option in parameter.opts}
        for option in re.findall(r"(--[a-z-]+)", item.epilog or ""):
            assert option in known, f"{name}: {option}"


def test_routes_lists_every_bundled_file():
    shown = inside("routes")
    assert shown.exit_code == 0
    for path in [*ROOT.glob("routes/*.yaml"), *ROOT.glob("scenarios/*.yaml")]:
        assert re.search(rf"^(route|scenario) +{path.stem} ", shown.output, re.MULTILINE)


@pytest.mark.parametrize(("kind", "key"), [("route", "steps"), ("scenario", "lines")])
def test_schema_is_json_that_describes_the_file(kind, key):
    shown = inside("schema", kind)
    assert shown.exit_code == 0
    schema = json.loads(shown.output)
    assert key in schema["properties"]
    assert schema["additionalProperties"] is False


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_names_every_file_that_is_right():
    # that every bundled scenario is right, tests/routes/test_bundled.py says
    files = [*sorted(ROOT.glob("routes/b*.yaml")), ROOT / "scenarios" / "five_routes.yaml"]
    shown = inside("check", *files)
    assert shown.exit_code == 0
    assert [line.partition(": ok, ")[0] for line in shown.stdout.splitlines()] == [str(path) for path in files]


def test_check_reports_all_problems_with_their_places():
    done = inside("check", DATA / "bad.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [re.match(r".*bad\.yaml:(\d+):(\d+): ", line).groups() for line in lines] == [
        ("11", "15"),
        ("12", "5"),
        ("13", "12"),
    ]
    assert "unit" in lines[0]
    assert "yield" in lines[1]
    assert "-3 kW" in lines[2]


def test_check_of_a_good_and_a_bad_file_says_both():
    shown = inside("check", DATA / "loop.yaml", DATA / "bad.yaml")
    assert shown.exit_code == 2
    assert "loop.yaml: ok, 2 steps" in shown.stdout
    assert "bad.yaml:11:15" in shown.stderr


# -- errors ------------------------------------------------------------------------------------------------------------


def test_unknown_scenario_is_an_input_error_with_a_hint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("run", "five_ruotes")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean 'five_routes'?" in done.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "five_routes", "--replications", "0"),
        ("run", "five_routes", "--seed", "-1"),
        ("run", "five_routes", "--jobs", "0"),
        ("run", "five_routes", "--set", "ball_milling.steps.mil.dose=20 kWh/kg"),
        ("run", "five_routes", "--set", "ball_milling.steps.mill.dose=20"),
        ("run", "five_routes", "--set", "no_equals_sign"),
        ("run", "missing.yaml"),
        ("run",),
        ("check", "missing.yaml"),
        ("report", "missing"),
        ("compare", "missing"),
        ("graph", "missing"),
        ("graph", "metathesis", "--out", "picture.txt"),
        ("graph", "metathesis", "--out", "missing/picture.png"),
        ("schema", "machine"),
        ("paint",),
    ],
)
def test_wrong_input_exits_with_2_without_traceback_and_writes_nothing(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = inside(*arguments)
    assert shown.exit_code == 2
    assert isinstance(shown.exception, SystemExit)
    assert shown.stderr.strip()
    assert not any(tmp_path.iterdir())


def test_bad_route_in_a_scenario_stops_the_run_and_writes_nothing(tmp_path, monkeypatch):
    copied(tmp_path)
    scenario = (tmp_path / "deadlock.yaml").read_text().replace("loop.yaml", "bad.yaml")
    (tmp_path / "small.yaml").write_text(scenario)
    before = contents(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = inside("run", "small.yaml", "--out", "out")
    assert done.exit_code == 2
    assert done.stderr.count("bad.yaml:") == 3
    assert "Traceback" not in done.stderr
    assert contents(tmp_path) == before


def test_debug_shows_where_an_error_was_raised(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("--debug", "check", "missing.yaml")
    assert done.exit_code == 2
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (OSError(28, "No space left on device", "out/costs.csv"), "out/costs.csv: No space left on device", 1),
        (MemoryError(), "the memory does not suffice; fewer --jobs or samples need less", 1),
        (
            BrokenProcessPool("terminated abruptly"),
            "a worker process was ended from outside: killed, or out of memory",
            1,
        ),
        (CancelledError(), "the cluster has given up what it was asked for", 1),
        (
            ZeroDivisionError("by zero"),
            "a fault of this program, ZeroDivisionError: by zero; sim --debug shows where it is",
            5,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_machine_refuses_is_one_sentence(error, words, code, monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(importlib.import_module("sim.api"), "run", refuse)
    shown = inside("run", DATA / "small.yaml", "--no-report", "--out", tmp_path / "out")

    assert (shown.exit_code, shown.stdout) == (code, "")
    assert shown.stderr == f"{words}; what is done is kept, and the same words go on from here\n"


@pytest.fixture
def broken_report(monkeypatch):
    def fail(*_, **__):
        raise ReportError("no ink")

    monkeypatch.setattr(importlib.import_module("sim.reporting"), "write_report", fail)


@pytest.mark.usefixtures("broken_report")
def test_a_run_whose_report_fails_exits_with_4_and_has_its_tables(tmp_path):
    shown = inside("run", DATA / "small.yaml", "--out", tmp_path / "out", "--jobs", 1)
    assert (shown.exit_code, shown.stderr) == (4, "no ink\n")
    assert {f"{name}.csv" for name in TABLES} <= set(contents(tmp_path / "out"))
    assert not (tmp_path / "out" / "report.pdf").exists()


@pytest.mark.usefixtures("broken_report")
def test_a_report_that_cannot_be_made_again_leaves_the_earlier_one(results):
    before = contents(results)
    shown = inside("report", results)
    assert (shown.exit_code, shown.stderr) == (4, "no ink\n")
    assert contents(results) == before


def test_deadlock_exits_with_3_names_step_and_time_and_keeps_earlier_results(results):
    before = contents(results)
    beside = sorted(results.parent.iterdir())
    done = inside("run", DATA / "deadlock.yaml", "--out", results, "--jobs", 1)
    assert (done.exit_code, done.stdout) == (3, "")
    assert re.search(r"^at [\d.]+ h: loop/dissolve: deadlock: .*waits for a tank", done.stderr)
    assert "Traceback" not in done.stderr
    assert contents(results) == before
    assert sorted(results.parent.iterdir()) == beside


# -- run ---------------------------------------------------------------------------------------------------------------


def test_run_writes_tables_figures_report_and_manifest(finished):
    names = set(contents(finished))
    assert {f"{name}.csv" for name in TABLES} <= names
    assert {"report.pdf", "manifest.json"} <= names
    assert any(name.startswith("figures/") and name.endswith(".png") for name in names)
    assert (finished / "report.pdf").read_bytes().startswith(b"%PDF")


def test_run_without_report_writes_tables_only(tmp_path):
    done = inside("run", DATA / "small.yaml", "--out", tmp_path / "out", "--no-report", "--jobs", 1)
    assert done.exit_code == 0
    names = set(contents(tmp_path / "out"))
    assert {f"{name}.csv" for name in TABLES} <= names
    assert all(name.endswith((".csv", ".json", ".parquet")) for name in names)
    assert "report.json" not in names


def test_flags_beat_the_scenario_and_are_recorded(tmp_path):
    change = "loop.steps.dry.duration=3 h"
    flags = ("--replications", 1, "--seed", 7, "--set", change, "--no-report", "--jobs", 1)
    done = inside("run", DATA / "small.yaml", "--out", tmp_path / "out", *flags)
    assert done.exit_code == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["scenario"]["seed"] == 7
    assert manifest["scenario"]["replications"] == 1
    changes = [(item["path"], item["old"], item["new"], item["by"]) for item in manifest["changes"]]
    assert ("loop.steps.dry.duration", "lognormal(5, cv=0.2) h", "3 h", "command line") in changes
    assert ("loop.tanks.ethanol.on_empty", "wait", "buy", "line") in changes


def test_events_are_written_on_demand(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    done = inside("run", DATA / "small.yaml", "--out", tmp_path / "out", "--events", "--no-report", "--jobs", 1)
    assert done.exit_code == 0
    events = pandas.read_parquet(tmp_path / "out" / "events.parquet")
    assert set(events["line"]) == {"loop"}
    assert set(events["replication"]) == {0, 1}
    assert {"start", "finish", "ship"} <= set(events["kind"])


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_target_with_other_things_is_refused_before_anything_is_simulated(kind, tmp_path):
    target = tmp_path / "out"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    elif kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(elsewhere)
    before = contents(tmp_path)
    # so many replications would outlast the patience of this test
    done = inside("run", DATA / "small.yaml", "--out", target, "--replications", 100_000, "--jobs", 1)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert contents(tmp_path) == before


def test_results_are_replaced_as_a_whole(results):
    done = inside("run", DATA / "small.yaml", "--out", results, "--seed", 5, "--no-report", "--jobs", 1)
    assert done.exit_code == 0
    assert not (results / "report.pdf").exists()
    assert not (results / "figures").exists()
    assert json.loads((results / "manifest.json").read_text())["scenario"]["seed"] == 5
    assert [path.name for path in results.parent.iterdir()] == [results.name]


def test_a_file_of_ones_own_beside_results_is_not_swept_away(results):
    (results / "notes.txt").write_text("mine")
    before = contents(results)
    shown = inside("run", DATA / "small.yaml", "--out", results, "--no-report", "--jobs", 1)
    assert shown.exit_code == 2
    assert "notes.txt" in shown.stderr
    assert contents(results) == before


def test_names_with_spaces_and_other_letters_work(tmp_path):
    folder = copied(tmp_path / "größe 1 – ß")
    done = inside("run", folder / "small.yaml", "--out", folder / "Ergebnis ä ö", "--no-report", "--jobs", 1)
    assert done.exit_code == 0, done.stderr
    again = inside("report", folder / "Ergebnis ä ö")
    assert again.exit_code == 0, again.stderr
    assert (folder / "Ergebnis ä ö" / "report.pdf").is_file()


def test_results_go_to_reports_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("run", DATA / "small.yaml", "--no-report", "--jobs", 1)
    assert done.exit_code == 0
    assert (tmp_path / "reports" / "small" / "summary.csv").is_file()


# -- report, compare, graph --------------------------------------------------------------------------------------------


def test_report_makes_the_same_report_again(results):
    before = contents(results)
    (results / "report.pdf").unlink()
    done = inside("report", results)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{results / 'report.pdf'}\n"
    assert contents(results) == before


def test_compare_puts_the_lines_of_two_runs_side_by_side(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "first")
    flags = ("--set", "loop.steps.dry.duration=9 h", "--no-report", "--jobs", 1)
    assert inside("run", DATA / "small.yaml", "--out", tmp_path / "slow dryer", *flags).exit_code == 0
    done = inside("compare", tmp_path / "first", tmp_path / "slow dryer", "--out", tmp_path / "both")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "both" / "report.pdf").is_file()
    rows = (tmp_path / "both" / "summary.csv").read_text().splitlines()
    lines = {row.split(",")[0] for row in rows[1:]}
    assert len(lines) == 2


def test_compare_without_a_folder_prints_and_writes_nothing(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("compare", finished)
    assert done.exit_code == 0, done.stderr
    assert "loop" in done.stdout
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_graph_draws_a_route_the_same_every_time(ending, tmp_path):
    for name in ("one", "two"):
        shown = inside("graph", DATA / "loop.yaml", "--out", tmp_path / f"{name}.{ending}")
        assert (shown.exit_code, shown.stderr) == (0, "")
        assert shown.stdout == f"{tmp_path / name}.{ending}\n"
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


def test_graph_of_a_bundled_route_goes_to_the_folder_one_is_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("graph", "metathesis")
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["metathesis.png"]


def test_sources_says_what_to_ask_a_vendor_for_and_of_which_file(tmp_path):
    result = inside("sources", "dry_ptfe", "--wanted", "--csv", tmp_path / "wanted.csv")
    assert result.exit_code == 0
    assert "ask for the price of argyrodite electrolyte Li6PS5Cl" in result.output
    assert (tmp_path / "wanted.csv").read_text(encoding="utf-8").startswith("where,quantity,title,grade,value,unit")
    refused = inside("sources", "--wanted")
    assert refused.exit_code == 2
    assert "--wanted needs the NAME of a route or scenario" in refused.output


def test_sources_lists_the_bibliography_and_writes_it(tmp_path):
    result = inside("sources", "--csv", tmp_path / "sources.csv")
    assert result.exit_code == 0
    assert "general_knowledge" in result.output
    assert (
        (tmp_path / "sources.csv").read_text(encoding="utf-8").startswith("source,grade,read,year,title,doi,numbers\n")
    )


def test_a_table_that_cannot_be_written_is_said(tmp_path):
    result = inside("sources", "--csv", tmp_path / "none" / "sources.csv")
    assert result.exit_code == 2
    assert "the table cannot be written" in result.output


# -- validate ----------------------------------------------------------------------------------------------------------


def test_validate_prints_claims_and_writes_the_page(tmp_path):
    out = tmp_path / "claims.md"
    result = inside("validate", "finance", "9", "--out", out, "--jobs", "1")

    assert result.exit_code == 0, result.output
    assert "published 0.14903 1/y   computed 0.14903 1/y   ratio 1.000" in result.output
    assert "10 claims: 10 reproduced" in result.output
    assert result.output.endswith(f"{out}\n")
    text = out.read_bytes()
    assert b"\r" not in text
    assert b"## 11. Annuities, cost index, economy of scale" in text
    assert inside("validate", "finance", "9", "--out", out).exit_code == 0
    assert out.read_bytes() == text


def test_validate_refuses_unknown_groups_and_folders(tmp_path):
    result = inside("validate", "financ")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("financ:1:1: unknown group (did you mean 'finance'?); there are 1 demand, ")

    result = inside("validate", "finance", "--out", tmp_path / "nowhere" / "claims.md")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no such folder" in result.stderr


def test_validate_fails_when_a_claim_turns_out_otherwise_than_known(monkeypatch):
    monkeypatch.setitem(rows.COMPUTATIONS, "six_tenths", lambda facts, claim: rows.Found(100.0))
    result = inside("validate", "finance")

    assert result.exit_code == 1
    assert "! A machine of twice the size costs 52 % more" in result.stdout
    assert result.stderr == "unexpected: six_tenths is 'not reproduced', not 'reproduced'\n"


def test_a_purchasers_list_becomes_an_overlay_that_a_run_takes(tmp_path):
    given, overlay = tmp_path / "prices.csv", tmp_path / "own.yaml"
    result = inside("prices", "export", given)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{given}: ")

    text = given.read_text(encoding="utf-8")
    given.write_text(text.replace(",lithium sulfide,280.0,", ",lithium sulfide,151.5,"), encoding="utf-8")
    result = inside("prices", "import", given, overlay)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{given}:2:8: no source:")
    assert not overlay.exists()

    result = inside("prices", "import", given, overlay, "--source", "estimate: offer of a trader")
    assert (result.exit_code, result.output) == (0, f"{overlay}: 1 price changed\n")
    assert "151.5 USD/kg (2025)" in inside("show", "Li2S", "--overlay", overlay).output
