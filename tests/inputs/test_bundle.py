import pytest

from sim.errors import InputError
from sim.inputs.bundle import bundled, find


def test_bundled_files_are_found_by_name():
    names = [
        "cell_plant",
        "cells",
        "chains",
        "debottleneck",
        "five_routes",
        "how_sure",
        "lab_to_plant",
        "matrix",
        "more_routes",
        "regions",
        "review",
        "scale_curve",
        "table2",
    ]
    assert sorted(bundled("scenarios")) == names
    assert sorted(bundled("cells")) == ["lfp_graphite", "nmc811_graphite", "nmc_lithium_sulfide"]
    assert find("routes", "wet_thf") == (bundled("routes")["wet_thf"], "routes/wet_thf.yaml")


def test_a_relative_path_starts_beside_the_file_that_names_it_and_then_here(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.yaml").touch()
    (tmp_path / "b.yaml").touch()
    monkeypatch.chdir(tmp_path)
    beside = tmp_path / "there" / "scenario.yaml"

    assert find("routes", "a.yaml", beside=beside)[0] == tmp_path / "there" / "a.yaml"
    assert find("routes", "b.yaml", beside=beside)[0].resolve() == tmp_path / "b.yaml"
    assert find("routes", "b.yaml")[1] == "b.yaml"


def test_a_file_without_suffix_is_found_too(tmp_path, monkeypatch):
    (tmp_path / "mine").touch()
    monkeypatch.chdir(tmp_path)

    assert find("routes", "mine")[1] == "mine"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("wet_thff", "neither a file nor a bundled name (did you mean 'wet_thf'?)"),
        ("a.yaml", "there is no such file"),
        ("../a", "there is no such file"),
        ("..", "expected a file, found a directory"),
        ("\0", f"neither a file nor a bundled name; bundled routes are {', '.join(sorted(bundled('routes')))}"),
    ],
)
def test_what_is_not_there_is_an_issue(wanted, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        find("routes", wanted)

    assert [issue.text for issue in caught.value.issues] == [text]
