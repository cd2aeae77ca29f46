import shutil

import pytest

from sim.api import load_route
from sim.errors import InputError
from sim.inputs import library, yamlfile
from sim.inputs.bundle import bundled
from sim.inputs.catalogue import CATALOGUE, KINDS, SINGLE
from sim.inputs.evidence import NO_SOURCE, evidence_faults, unsourced
from sim.inputs.library import load_library
from sim.inputs.overrides import Override
from sim.rollup.assumptions import numbers


def override(path, value):
    document = yamlfile.parse(value, name=f"--set {path}={value}")
    return Override(tuple(path.split(".")), document.data, document, (), "command line", path)


def test_money_carries_its_year():
    catalogue = load_library()

    assert catalogue.materials["Li2S"].price.year == 2025
    assert catalogue.economics.wage.year is not None
    assert all(entry.price.value.year for entry in catalogue.equipment.values())


def test_a_price_set_replaces_prices_and_an_override_beats_it():
    # 1.6084 kg of carbonate at 8.4 USD/kg over 0.97, and 45 of conversion
    assert load_library(prices="at_scale").materials["Li2S"].price.value == pytest.approx(58.928, abs=1e-3)

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


def test_the_chiller_may_be_changed():
    library = load_library(overrides=[override("services.chiller.efficiency", "0.4")])

    assert library.services.chiller.efficiency.value == 0.4
    assert library.services.chiller.efficiency.source == "estimate: set by the command line"


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
            "rooms.open_hall.dew_point",
            "-40 degC",
            "'dew_point' needs 'supply_dew_point' and 'water_per_person' and 'air_power'",
        ),
        ("services.chiller.efficiency", "1.2", "expected at most 1, found '1.2'"),
        ("economics.discount_rate", "15", "expected at most 0.5, found '15' (did you mean '15 %'?)"),
        ("economics.install.fluid", "45", "expected at most 20, found '45'"),
        ("economics.paid_hours", "18000 h", "expected at most 8760 h, found '18000 h'"),
        ("materials.THF.boiling_point", "6600 degC", "expected at most 4000 K, found '6600 degC'"),
        ("services.chiller.condensing", "40 K", "expected at least 250 K, found '40 K'"),
        ("rooms.dry_room_40.dew_point", "20 degC", "expected at most 273.15 K, found '20 degC'"),
        ("services.chiller.condensing", "{value: 40 degC, source: nobody}", "unknown source 'nobody'"),
        ("equipment.qc_bench.purge", "{NaCI: 1 m3/h}", "unknown material 'NaCI' (did you mean 'NaCl'?)"),
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


def private(text, name="my_prices.yaml"):
    return yamlfile.parse(text, name=name)


def test_a_region_switches_electricity_and_wages_and_keeps_their_evidence():
    base, korea = load_library(), load_library(region="KR")

    # 182.7 KRW/kWh at 0.000733 USD/KRW = 0.1339 USD/kWh
    assert korea.utilities["electricity"].price.value == pytest.approx(0.1339, abs=1e-4)
    assert korea.utilities["electricity"].price.source == "kepco_2024"
    assert korea.economics.wage.value != base.economics.wage.value
    assert korea.utilities["heat"] == base.utilities["heat"]


@pytest.mark.parametrize("name", ["US", "EU", "CN", "KR", "JP"])
def test_every_region_gives_the_price_of_electricity_and_wages_with_a_source(name):
    region = load_library().regions[name]

    for value in (region.electricity, region.electricity_gwp, region.wage):
        assert value.source
        assert value.low <= value.value <= value.high


def test_a_private_file_replaces_what_it_names_and_nothing_else():
    text = """
    materials:
      LiCl: {price: {value: 9 EUR/kg, year: 2024, estimate: our contract}}
      LiF: {title: lithium fluoride, formula: LiF, price: {value: 20 USD/kg, year: 2024, estimate: quote}}
    equipment:
      stirred_mill: {price: {value: {value: 3 USD, year: 2023, estimate: offer}}}
    economics: {paid_hours: 1700 h}
    """
    base, library = load_library(), load_library(prices="at_scale", files=[private(text)])

    assert library.materials["LiCl"].price.value == pytest.approx(9 * 1.082)
    assert library.materials["LiCl"].gwp == base.materials["LiCl"].gwp
    assert library.materials["LiF"].mass_fractions.keys() == {"Li", "F"}
    assert library.equipment["stirred_mill"].price.value.value == 3.0
    assert library.equipment["stirred_mill"].price.exponent == base.equipment["stirred_mill"].price.exponent
    assert library.economics.paid_hours.source == "estimate: set by overlay my_prices.yaml"
    assert [new for _, _, new in library.changes] == ["9 EUR/kg", "new entry", "3 USD", "1700 h"]
    assert load_library().materials == base.materials


def test_a_private_file_adds_currencies_exchange_rates_and_years_of_the_cost_index():
    text = """
    currencies:
      GBP: {title: pound sterling, usd: {"2026": 1.33}, estimate: our bank}
      EUR: {usd: {"2026": 1.16}, estimate: our bank}
    economics: {cost_index: {"2026": 830}}
    materials:
      LiCl: {price: {value: 10 EUR/kg, year: 2026, estimate: our offer}}
      P2S5: {price: {value: 4 GBP/kg, year: 2026, estimate: our offer}}
    equipment:
      stirred_mill: {price: {value: {value: 3 USD, year: 2026, estimate: our offer}}}
    """
    library = load_library(files=[private(text)])

    assert library.materials["LiCl"].price.value == pytest.approx(11.6)
    assert library.materials["P2S5"].price.value == pytest.approx(5.32)
    assert library.equipment["stirred_mill"].price.value.year == 2026
    assert library.economics.cost_index[2026] == 830.0
    assert "GBP" not in load_library().currencies


def test_a_quote_in_money_that_nobody_has_a_rate_for_says_how_to_give_one():
    with pytest.raises(InputError) as caught:
        load_library(files=[private("materials: {LiCl: {price: {value: 10 EUR/kg, year: 2026, estimate: offer}}}")])

    assert 'currencies: {EUR: {usd: {"2026": RATE}, source: ...}}' in str(caught.value)


def test_a_private_price_beats_the_price_set_and_an_override_beats_it():
    file = private("materials: {Li2S: {price: {value: 40 USD/kg, year: 2026, estimate: contract}}}")

    assert load_library(prices="at_scale", files=[file]).materials["Li2S"].price.value == 40.0
    item = override("materials.Li2S.price", "50 USD/kg")
    assert load_library(prices="at_scale", files=[file], overrides=[item]).materials["Li2S"].price.value == 50.0


def test_money_without_a_year_is_of_the_year_of_what_it_replaces_in_a_private_file_as_on_the_command_line():
    base = load_library().materials["P2S5"].price
    item, file = override("materials.P2S5.price", "9 USD/kg"), private("materials: {P2S5: {price: 9 USD/kg}}")
    for found in (load_library(overrides=[item]), load_library(files=[file])):
        price = found.materials["P2S5"].price
        assert (price.value, price.year) == (9.0, base.year)


def test_the_source_of_a_price_is_not_that_of_the_price_which_it_replaces():
    file = private("economics: {wage: {value: 40 USD/h, year: 2024}}")

    assert load_library(files=[file]).economics.wage.source == "estimate: set by overlay my_prices.yaml"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("materials: {NaCl: {price: 9 USD/kg}}", ["my_prices.yaml:1:20: money needs its price year: {value: 9 USD/kg, year: 2024}"]),
        ("goods: {LiCl: {price: 9 USD/kg}}", ["my_prices.yaml:1:1: unknown part of the catalogue 'goods' (did you mean 'rooms'?)"]),
        ("materials: 5", ["my_prices.yaml:1:12: expected a mapping of entries"]),
        ("[1]", ["my_prices.yaml:1:1: expected a mapping of materials, equipment, utilities, rooms, consumables, price_sets, regions, currencies, bibliography, services, economics"]),
        ("materials: {LiCl: {prise: {value: 9 USD/kg, year: 2024}}}", ["my_prices.yaml:1:20: 'materials.LiCl.prise' hits nothing: no 'prise' (did you mean 'price'?)"]),
        ("materials: {LiCl: {price: {value: 9 USD/kg, year: 2024, source: our_contract}}}", ["unknown source 'our_contract'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_private_file_is_said_at_its_line(text, messages):
    with pytest.raises(InputError) as caught:
        load_library(files=[private(text)])

    assert len(caught.value.issues) == len(messages)
    for issue, message in zip(caught.value.issues, messages, strict=True):
        assert message in str(issue)


def test_the_cost_index_covers_every_year_from_1990_to_2023():
    assert sorted(load_library().economics.cost_index) == list(range(1990, 2024))


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
        assert number.value.grade in tuple("ABCDE"), place
        if number.value.source.startswith("estimate: "):
            assert number.value.grade == "E", place
        else:
            assert number.value.grade >= line.library.bibliography[number.value.source].grade, place


def test_every_number_of_the_catalogue_has_a_source():
    catalogue = load_library()
    entries = [entry for kind in KINDS for entry in getattr(catalogue, kind).values()]
    for entry in (*entries, *(getattr(catalogue, kind) for kind in SINGLE)):
        assert list(unsourced(entry)) == []
        assert list(evidence_faults(entry, catalogue.bibliography)) == []
