"""The ways in: begin a study, look at what comes along, run a route by itself."""

import re
from pathlib import Path

import pytest
from support.runs import inside

from sim import api
from sim.errors import InputError, kinds
from sim.inputs import KINDS_OF_START, bundled, load_library

QUICK = ("--replications", 1, "--set", "horizon=2 week", "--set", "warm_up=1 week", "--no-report", "--jobs", 1)


@pytest.mark.parametrize("kind", KINDS_OF_START)
def test_what_is_begun_from_nothing_checks_and_runs(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert inside("init", "mine", "--kind", kind).output == "mine.yaml\nmine_scenario.yaml\n"

    assert inside("check", "mine.yaml", "mine_scenario.yaml").exit_code == 0
    done = inside("run", "mine_scenario.yaml", *QUICK, "--out", "out")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "out" / "summary.csv").is_file()


@pytest.mark.parametrize("route", ["metathesis", "dry_ptfe", "cell_stacking", "llzto_solid_state"])
def test_what_is_begun_from_a_bundled_route_checks(route, tmp_path):
    for path in api.init("mine", tmp_path, route=route):
        assert api.check(str(path))[0].startswith("ok")


def test_nothing_is_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_scenario.yaml").write_text("mine\n")
    done = inside("init", "mine")

    assert done.exit_code == 2
    assert done.stderr.startswith("mine_scenario.yaml:1:1: this file is there already; nothing was written")
    assert [path.name for path in tmp_path.iterdir()] == ["mine_scenario.yaml"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("../x",), "expected a name of letters, digits and '_' that begins with a letter"),
        (("x", "--from", "metathesys"), "there is no bundled route 'metathesys' (did you mean 'metathesis'?)"),
        (("x", "--kind", "cell"), "expected membrane or synthesis, found 'cell'; others begin from a bundled route, by --from"),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_is_said_in_a_line(words, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = inside("init", *words)

    assert done.exit_code == 2
    assert text in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_route_is_run_without_a_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    api.init("mine")
    done = inside("run", "mine.yaml", "--target", "40 t/y", *QUICK)

    assert done.exit_code == 0, done.stderr
    found = api.load_run(tmp_path / "reports" / "mine")
    (line,) = found.manifest["lines"]
    assert line["name"] == "mine"
    assert 30e3 < found.summary.query("kpi == 'throughput'")["mean"].item() < 50e3
    assert str(tmp_path) not in (tmp_path / "reports" / "mine" / "manifest.json").read_text()


def test_every_entry_of_the_catalogue_can_be_shown_with_its_sources():
    library = load_library()
    for kind in ("materials", "equipment", "rooms", "price_sets", "bibliography"):
        listed = api.show(kind).splitlines()
        assert len(listed) == len(getattr(library, kind))
        name = listed[0].split()[0]
        assert api.show(f"{kind}.{name}").startswith(f"{kind}.{name}: ")

    text = api.show("LiCl")
    assert "density" in text
    assert "general_knowledge: General knowledge of battery" in text


def test_every_route_and_scenario_is_shown_as_it_stands_with_its_sources():
    for kind in ("routes", "scenarios"):
        for name, path in bundled(kind).items():
            assert api.show(name).startswith(path.read_text(encoding="utf-8"))
    assert "# turton_book: " in api.show("metathesis") or "# Sources" in api.show("metathesis")


def test_every_code_is_shown_with_its_cure():
    for code, kind in kinds().items():
        assert " ".join(kind.mend.split()) in " ".join(api.show(code).split())


def test_what_is_not_there_is_said_with_what_may_be_meant():
    with pytest.raises(InputError, match=r"nothing of this name comes along \(did you mean 'Li2S'\?\)"):
        api.show("Li2T")


def test_routes_are_listed_with_their_paths():
    for line in inside("routes").output.splitlines():
        assert Path(re.search(r"\((/.*\.yaml)\)$", line)[1]).is_file()


def test_messages_of_the_command_line_end_in_their_code(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("steps: [{id: a, duration: 2}]\n")

    shown = inside("check", path).stderr.splitlines()
    assert all(re.search(r" \[E\d{3}\]$", line) for line in shown)
