import json
import multiprocessing
import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import facts

from sim.errors import InputError, SimError
from sim.results import folder as module
from sim.results.folder import Results, check_file, check_target, read, write
from sim.results.tables import TABLES

MANIFEST = facts.manifest(facts.line("é"))


def made(mark=1.0):
    """Return small results, a row or two of whatever their tables declare; *mark* tells one run from another."""
    values = {"text": ["1e5", ""], "number": [mark, 1 / 3], "count": [0, 7]}
    gaps = {"mean": [float("nan"), mark]}
    tables = {
        name: pd.DataFrame({c.name: gaps.get(c.name, values[c.kind]) for c in table.columns})
        for name, table in TABLES.items()
        if not table.when
    }
    return Results(tables, {**MANIFEST, "visits": int(mark)})


def written(folder, **changed):
    """Write results whose manifest says something else."""
    write(made(), folder)
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, **changed}))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_results_come_back_as_they_were_written(tmp_path):
    folder = write(made(), tmp_path / "deep" / "run")
    back = read(folder)

    assert back.manifest == made().manifest
    assert set(back.tables) == set(made().tables)
    for name, table in made().tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table)
    assert back.costs is back.tables["costs"]


def test_a_misspelt_table_is_an_error_with_the_nearest_name():
    with pytest.raises(AttributeError, match=r"results have no table 'cost' \(did you mean 'costs'\?\)"):
        made().cost  # noqa: B018


def test_a_table_that_a_run_does_not_have_is_empty():
    assert made().sweep.empty
    assert list(made().sweep.columns) == TABLES["sweep"].names


def test_a_table_with_other_columns_than_declared_is_no_result():
    with pytest.raises(ValueError, match="costs lacks line, step, category, usd_per_year, usd_per_unit, grade"):
        Results({"costs": pd.DataFrame({"item": ["Li2S"]})}, MANIFEST)


@settings(max_examples=10)  # of a hundred numbers each
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=100, max_size=100))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory, numbers):
    results = made()
    results.tables["timeline"] = pd.DataFrame({"time_h": numbers, "shipped": 0.0, "wip": 0.0, "line": "a"})
    back = read(write(results, tmp_path_factory.mktemp("x") / "run"))

    assert back.timeline["time_h"].tolist() == numbers


def test_the_same_results_are_the_same_bytes(tmp_path):
    assert contents(write(made(), tmp_path / "a")) == contents(write(made(), tmp_path / "b"))


def test_new_results_replace_old_ones_whole(tmp_path):
    write(made(1.0), tmp_path / "run")
    (tmp_path / "run" / "report.pdf").write_bytes(b"old")
    write(made(2.0), tmp_path / "run")

    assert read(tmp_path / "run").manifest["visits"] == 2.0
    assert not (tmp_path / "run" / "report.pdf").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_events_are_kept(tmp_path):
    events = pd.DataFrame({"time_h": [0.0, 1.5], "kind": ["start", "finish"]})
    write(Results(made().tables, MANIFEST, events), tmp_path / "run")

    pd.testing.assert_frame_equal(read(tmp_path / "run").events, events)


def test_an_error_while_writing_leaves_the_old_results_and_nothing_else(tmp_path, monkeypatch):
    write(made(1.0), tmp_path / "run")

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(SimError, match="cannot be written: No space left on device"):
        write(made(2.0), tmp_path / "run")
    monkeypatch.undo()

    assert read(tmp_path / "run").manifest["visits"] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_error_while_swapping_brings_the_old_results_back(tmp_path, monkeypatch):
    write(made(1.0), tmp_path / "run")
    rename = Path.rename

    def fail(self, target):
        if target == tmp_path / "run" and not self.name.endswith(".old"):
            raise PermissionError(13, "no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(PermissionError):
        write(made(2.0), tmp_path / "run")

    assert read(tmp_path / "run").manifest["visits"] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def _killed_while_writing(folder):
    Path.write_text = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    write(made(2.0), folder)


def _killed_between_the_renames(folder):
    rename = Path.rename

    def kill(self, target):
        if target == folder:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)

    Path.rename = kill
    write(made(2.0), folder)


@pytest.mark.parametrize("killed", [_killed_while_writing, _killed_between_the_renames])
@pytest.mark.parametrize("then", ["read", "write"])
def test_a_killed_run_leaves_earlier_results_whole(tmp_path, killed, then):
    folder = tmp_path / "run"
    write(made(1.0), folder)
    before = contents(folder)
    process = multiprocessing.get_context("fork").Process(target=killed, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    if then == "write":
        write(made(3.0), folder)
        assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert read(folder).manifest["visits"] == (3.0 if then == "write" else 1.0)
    assert then == "write" or contents(folder) == before


def _writes(folder, mark):
    for _ in range(8):
        write(made(mark), folder)


def test_runs_into_one_folder_at_once_do_not_mix(tmp_path):
    folder = tmp_path / "run"
    context = multiprocessing.get_context("fork")
    marks = [1.0, 2.0, 3.0]
    processes = [context.Process(target=_writes, args=(folder, mark)) for mark in marks]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    found = read(folder)
    assert {found.costs["usd_per_unit"][0], found.kpis["value"][0]} == {found.manifest["visits"]}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    ("arrange", "text"),
    [
        (lambda path: path.write_text("x"), "this is not a folder; results need a folder of their own"),
        (lambda path: path.symlink_to(path.parent), "this is not a folder; results need a folder of their own"),
        (lambda path: path.symlink_to("nowhere"), "this is not a folder; results need a folder of their own"),
        (lambda path: (path.mkdir(), (path / "thesis.tex").touch()), "the folder holds other things than results (thesis.tex); nothing was written"),
        (
            lambda path: (write(made(), path), [(path / name).touch() for name in "cab" "d"]),
            "the folder holds other things than results (a, b, c, ...); nothing was written",
        ),
        (lambda path: (path.mkdir(), (path / "costs.csv").touch()), "the folder holds files, but no manifest.json of a run; nothing was written"),
        (lambda path: (path.mkdir(), (path / "manifest.json").write_text("{}")), "the folder holds files, but no manifest.json of a run; nothing was written"),
    ],
)  # fmt: skip
def test_nothing_but_results_is_ever_replaced(tmp_path, arrange, text):
    folder = tmp_path / "run"
    arrange(folder)
    before = sorted(path.name for path in tmp_path.rglob("*"))

    with pytest.raises(InputError) as caught:
        write(made(), folder)

    assert str(caught.value) == f"{folder}:1:1: {text}"
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("folder", [".", "..", "x/..", "../../.."])
def test_the_folder_one_is_in_is_not_replaced(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="it cannot be the one you are in or one above"):
        write(made(), Path(folder))


def test_an_empty_folder_may_be_written_to(tmp_path):
    (tmp_path / "run").mkdir()

    check_target(tmp_path / "run")
    assert read(write(made(), tmp_path / "run")).manifest["visits"] == 1.0


@pytest.mark.parametrize("below", ["file/run", "x" * 300])
def test_a_place_where_no_folder_can_be(tmp_path, below):
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="no results can be written here: "):
        write(made(), tmp_path / below)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 245, "\U0001f642" * 62, "a\0b", "x/" + "y" * 250])
def test_a_name_that_the_disk_refuses_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(InputError, match="no results can be written here: "):
        check_target(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_written_to_is_left_as_it_was(tmp_path):
    check_target(tmp_path / "deep" / "run")
    check_file(tmp_path / "new.csv")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old.csv").write_text("1\n")
    check_file(tmp_path / "old.csv")
    assert (tmp_path / "old.csv").read_text() == "1\n"


@pytest.mark.parametrize(
    ("name", "text"), [("x" * 300, "too long"), ("no/x.csv", "no such folder"), ("a\0", "null"), (".", "directory")]
)
def test_a_file_that_the_disk_refuses_is_refused_before_the_work(tmp_path, name, text):
    with pytest.raises(InputError, match=f"the table cannot be written: .*{text}"):
        check_file(tmp_path / name)


def test_results_that_are_replaced_while_they_are_read_are_not_mixed(tmp_path, monkeypatch):
    place = write(made(1), tmp_path / "run")
    reads = module._read_table

    def replaced(path, table):
        if table is TABLES["summary"]:
            write(made(2), place)
        return reads(path, table)

    monkeypatch.setattr(module, "_read_table", replaced)
    with pytest.raises(InputError, match="other results have come into the folder while these were read"):
        read(place)


def test_a_name_with_signs_of_patterns_is_a_name(tmp_path):
    stranger = tmp_path / ".b.999999999.x"
    stranger.mkdir()
    write(made(), tmp_path / "[b]")

    assert stranger.exists()


@pytest.mark.parametrize(
    ("arrange", "text"),
    [
        (lambda path: None, "no results here: there is no manifest.json"),
        (lambda path: path.mkdir(), "no results here: there is no manifest.json"),
        (lambda path: (write(made(), path), (path / "costs.csv").unlink()), "the results cannot be read: "),
        (lambda path: (write(made(), path), (path / "costs.csv").write_text("a,b\n")), "the results cannot be read: costs lacks line, step, category, item, usd_per_year, usd_per_unit, grade and has a, b, which are not declared: run the scenario again"),
        (lambda path: (write(made(), path), (path / "manifest.json").write_text("{")), "the results cannot be read: "),
        (lambda path: (write(made(), path), (path / "manifest.json").write_text("[]")), "the results cannot be read: manifest.json is not that of a run"),
        (lambda path: written(path, program_version="0.0.9", format=0), "the results cannot be read: they are of format 0 (version 0.0.9), this version reads format 1: run the scenario again"),
        (lambda path: written(path, lines=[{"name": "a"}]), "the results cannot be read: manifest.json, lines.0.title: field required"),
        (lambda path: written(path, visits="many"), "the results cannot be read: manifest.json, visits: input should be a valid integer"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_issue(tmp_path, arrange, text):
    arrange(tmp_path / "run")

    with pytest.raises(InputError) as caught:
        read(tmp_path / "run")

    assert caught.value.issues[0].text.startswith(text)


def test_a_full_disk_is_said_in_words(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(SimError, match="the results cannot be written: No space left on device"):
        write(made(), tmp_path / "run")

    assert list(tmp_path.iterdir()) == []


def test_a_manifest_is_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write(Results(made().tables, {**MANIFEST, "x": float("nan")}), tmp_path / "run")

    text = (write(made(), tmp_path / "run") / "manifest.json").read_text()
    assert list(json.loads(text)) == list(MANIFEST)  # in the order that the report prints
    assert module.MANIFEST == "manifest.json"
