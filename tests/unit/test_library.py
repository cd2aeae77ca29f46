import shutil

import pytest

from sim import library, yamlfile
from sim.api import load_route
from sim.bundle import bundled
from sim.errors import InputError
from sim.evidence import numbers
from sim.library import CATALOGUE, NO_SOURCE, load_library
from sim.overlay import Override


def override(path, value):
    document = yamlfile.parse(value, name=f"--set {path}={value}")
    return Override(tuple(path.split(".")), document.data, document, (), "command line", path)


def test_money_carries_its_year():
    catalogue = load_library()

    assert catalogue.materials["Li2S"].price.year == 2025
    assert catalogue.economics.wage.year is not None
    assert all(entry.price.value.year for entry in catalogue.equipment.values())


def test_a_price_set_replaces_prices_and_an_override_beats_it():
    assert load_library(prices="at_scale").materials["Li2S"].price.value == 60.0

    item = override("materials.Li2S.price", "100 USD/kg")
    price = load_library(prices="at_scale", overrides=[item]).materials["Li2S"].price
    assert (price.value, price.year, price.low, price.source) == (
        100.0,
        2025,
        None,
        "estimate: set by the command line",
    )


def test_a_price_set_itself_may_be_changed():
    item = override("price_sets.at_scale.prices.Li2S", "70 USD/kg")

    assert load_library(prices="at_scale", overrides=[item]).materials["Li2S"].price.value == 70.0


def test_changes_are_kept_in_the_order_asked_for():
    items = [
        override("utilities.heat.price", "0.06 USD/kWh"),
        override("materials.LiCl.density", "2 t/m3"),
        override("economics.discount_rate", "0.1"),
    ]
    changes = load_library(overrides=items).changes

    assert [(".".join(item.path), new) for item, _, new in changes] == [
        ("utilities.heat.price", "0.06 USD/kWh"),
        ("materials.LiCl.density", "2 t/m3"),
        ("economics.discount_rate", "0.1"),
    ]
    assert changes[1][1] == "2070 kg/m3"


def test_loading_twice_gives_the_same_and_changes_nothing_for_others():
    before = load_library()
    load_library(overrides=[override("materials.LiCl.density", "2 t/m3")])

    assert load_library() == before


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_whole_file_is_no_value(kind):
    with pytest.raises(InputError, match=f"'{kind}' is a whole file: name a value in it"):
        load_library(overrides=[override(kind, "3")])


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("materials.carbon_black.elements.C", "0.9", "the fractions add up to 0.9, not 1"),
        ("materials.NaCl.price", "3 USD/kg", "money needs its price year: {value: 3 USD/kg, year: 2024}"),
        ("materials.NaCl.soluble_in", "[watr]", "unknown material 'watr' (did you mean 'water'?)"),
        ("materials.Na2S.assay", "{Na2CO3: 1}", "the assay names what Na2S is bought for, itself, with more than 0"),
        (
            "equipment.pin_mill.sizes",
            "['1 kg/h', '2 m']",
            "'sizes': expected a mass rate (kg/h), found a length: '2 m'",
        ),
        ("equipment.pin_mill.price.value", "3 USD", ""),
        ("economics.year", "1960", "there is no cost index of 1960"),
        ("price_sets.at_scale.prices", "{Li2T: {value: 3 USD/kg, year: 2024}}", "unknown material 'Li2T'"),
        ("rooms.open_hall.capital", "{value: 3 USD/m2, source: nobody}", "unknown source 'nobody'"),
        (
            "materials.LiCl.density",
            "{value: 2070 kg/m3, source: general_knowledge, grade: B}",
            "grade B is better than D, the grade of general_knowledge",
        ),
        (
            "materials.LiCl.density",
            "{value: 2070 kg/m3, estimate: by eye, grade: D}",
            "grade D is better than E, the grade of an estimate",
        ),
        ("economics.grade", "A", "grade A is better than B, the grade of idaes_costing"),
        (
            "materials.LiCl.density",
            "{value: 2070 kg/m3, range: [1000 kg/m3, 2000 kg/m3], source: general_knowledge}",
            "the range [1000 kg/m3, 2000 kg/m3] does not contain the value 2070 kg/m3",
        ),
        ("equipment.pin_mill.price.value.year", "1960", "there is no cost index of 1960"),
    ],
)
def test_a_catalogue_with_a_fault_is_refused(path, value, text):
    item = override(path, value)
    if not text:
        assert load_library(overrides=[item]).equipment["pin_mill"].price.value.year
        return
    with pytest.raises(InputError) as caught:
        load_library(overrides=[item])

    (issue,) = caught.value.issues
    assert text in issue.text
    assert issue.file == item.document.name


@pytest.mark.parametrize(
    ("kind", "old", "new", "text"),
    [
        ("materials", ", source: korff_decaluwe}", "}", NO_SOURCE),
        (
            "materials",
            "korff_decaluwe}",
            "korf_decaluwe}",
            "unknown source 'korf_decaluwe' (did you mean 'korff_decaluwe'?)",
        ),
        (
            "materials",
            "korff_decaluwe}",
            "korff_decaluwe, grade: A}",
            "grade A is better than B, the grade of korff_decaluwe",
        ),
        ("economics", "paid_hours: {value: 1800 h", "paid_hours: {value: 180 h", "does not contain the value 180 h"),
        ("materials", ", year: 2025, source: smm_li2s_2025", ", source: smm_li2s_2025", "money needs its price year"),
    ],
)
def test_a_file_of_the_catalogue_with_a_fault_is_refused_at_its_line(tmp_path, monkeypatch, kind, old, new, text):
    shutil.copytree(library.DATA, tmp_path / "data")
    path = tmp_path / "data" / f"{kind}.yaml"
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(library, "DATA", tmp_path / "data")
    library._document.cache_clear()
    try:
        with pytest.raises(InputError) as caught:
            load_library()
    finally:
        library._document.cache_clear()

    (issue,) = caught.value.issues
    assert text in issue.text
    assert issue.file == f"sim/data/{kind}.yaml"
    assert issue.line == before[: before.index(old)].count("\n") + 1


@pytest.mark.parametrize("name", bundled("routes"))
def test_every_number_of_a_bundled_route_and_of_what_it_uses_has_a_source_and_no_grade_above_it(name):
    line = load_route(name)
    for number in numbers(line):
        place = f"{number.where}.{number.quantity}"
        assert number.grade in tuple("ABCDE"), place
        if number.source.startswith("estimate: "):
            assert number.grade == "E", place
        else:
            assert number.grade >= line.library.bibliography[number.source].grade, place


def test_every_number_of_the_catalogue_has_a_source():
    catalogue = load_library()
    entries = [entry for kind in CATALOGUE[:-1] for entry in getattr(catalogue, kind).values()]
    for entry in (*entries, catalogue.economics):
        assert list(library.unsourced(entry)) == []
        assert list(library.evidence_faults(entry, catalogue.bibliography)) == []
