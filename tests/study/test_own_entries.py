"""A route brings what the catalogue has not; a route by itself is a line; every command knows private files."""

import re

import pytest
import yaml
from support.runs import inside

from sim import api
from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.library import load_library
from sim.inputs.missing import SMALLEST
from sim.rollup import expected, kpi_table, rollup
from sim.study.load import load_scenario

ROUTE = """\
name: bromide
title: Li6PS5Br from lithium sulfide, phosphorus sulfide and lithium bromide
kind: synthesis
function: electrolyte powder
product: {material: Li6PS5Br, unit: kg}
steps:
  - {id: weigh, equipment: isolator_dosing, batch: 100 kg, recipe: {Li2S: 5 mol, P2S5: 1 mol, LiBr: 2 mol},
     duration: 1 h, power: 3 kW, estimate: usual}
  - {id: fire, equipment: muffle, size: 100 kg, duration: 8 h, power: 30 kW, next: ship, estimate: usual,
     reactions: [{equation: 5 Li2S + P2S5 + 2 LiBr -> 2 Li6PS5Br, conversion: {P2S5: 1.0}}]}
"""
OWN = """\
materials:
  Li6PS5Br: {title: bromide argyrodite, formula: Li6PS5Br, gwp: 20 kg/kg, disposal: {value: 5 USD/kg, year: 2024}, source: quotes_of_may}
  LiBr: {title: lithium bromide, formula: LiBr, price: {value: 9 EUR/kg, year: 2024, source: quotes_of_may}, gwp: 7 kg/kg,
    disposal: {value: 0.2 USD/kg, year: 2024}, estimate: as LiCl}
equipment:
  muffle: {title: muffle furnace, price: {value: {value: 60000 USD, year: 2023}, at: 100 kg, exponent: 0.6}, sizes: [10 kg, 500 kg],
    footprint: 6 m2, room: open_hall, life: 15 y, source: quotes_of_may}
bibliography:
  quotes_of_may: {title: Quotes to a laboratory, year: 2026, grade: C}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bare.yaml").write_text(ROUTE)
    (tmp_path / "own.yaml").write_text(ROUTE + OWN)
    (tmp_path / "private.yaml").write_text(OWN)
    return tmp_path


def cost(study):
    (line,) = study.lines
    table = kpi_table(rollup(line, expected(line)))
    return dict(zip(table["kpi"], table["value"], strict=True))["cost_per_unit"]


def problems(call, *args, **rest):
    with pytest.raises(InputError) as caught:
        call(*args, **rest)
    return [(issue.line, issue.text) for issue in caught.value.issues]


def test_entries_of_the_route_cost_what_the_same_entries_of_an_overlay_cost(folder):
    own = load_scenario(folder / "own.yaml", target="10 t/y")
    laid = load_scenario(folder / "bare.yaml", target="10 t/y", overlays=[folder / "private.yaml"])

    assert cost(own) == cost(laid)


def test_entries_of_the_route_keep_their_own_sources_and_grades(folder):
    (line,) = load_scenario(folder / "own.yaml").lines
    price, furnace = line.library.materials["LiBr"].price, line.library.equipment["muffle"].price.value

    assert (price.source, price.grade) == ("quotes_of_may", "C")
    assert (furnace.source, furnace.grade) == ("quotes_of_may", "C")
    assert line.library.materials["LiBr"].gwp.grade == "E"


def test_an_entry_of_the_route_without_a_source_is_a_problem_at_its_line(folder):
    (folder / "own.yaml").write_text(ROUTE + OWN.replace(", source: quotes_of_may}\n  LiBr", "}\n  LiBr"))

    found = problems(api.check, str(folder / "own.yaml"))
    assert {line for line, _ in found} == {12}
    assert all(text.startswith("no source: give a 'source'") for _, text in found)


def test_an_overlay_beats_the_entries_of_a_route_field_by_field(folder):
    (folder / "dear.yaml").write_text("materials: {LiBr: {price: {value: 90 USD/kg, year: 2024}}}\n")
    dear = load_scenario(folder / "own.yaml", target="10 t/y", overlays=[folder / "dear.yaml"])

    assert dear.lines[0].library.materials["LiBr"].price.value == 90.0
    assert cost(dear) > cost(load_scenario(folder / "own.yaml", target="10 t/y"))


def test_a_later_overlay_changes_one_field_of_what_an_earlier_one_added():
    files = [
        yamlfile.parse("materials: {LiBr: {title: lithium bromide, formula: LiBr, density: 3460 kg/m3, estimate: x}}", name="a"),
        yamlfile.parse("materials: {LiBr: {density: {value: 3000 kg/m3, estimate: y}}}", name="b"),
    ]  # fmt: skip

    entry = load_library(files=files).materials["LiBr"]
    assert (entry.title, entry.density.value) == ("lithium bromide", 3000.0)


def test_a_change_of_an_own_entry_is_one_of_the_catalogue(folder):
    changed = load_scenario(folder / "own.yaml", overrides=["materials.LiBr.price=90 USD/kg"])
    assert changed.lines[0].library.materials["LiBr"].price.value == 90.0

    found = problems(load_scenario, folder / "own.yaml", overrides=["bromide.materials.LiBr.price=90 USD/kg"])
    text = "'bromide.materials.LiBr.price' is part of the catalogue: write 'materials.LiBr.price'"
    assert found == [(1, text)]


def test_a_route_changes_nothing_that_other_routes_use(folder):
    (folder / "own.yaml").write_text(
        ROUTE + OWN.replace("  LiBr:", "  LiCl: {title: x, formula: LiCl, estimate: x}\n  LiBr:")
    )

    text = "the catalogue has 'LiCl' already, for all routes: change it in an overlay or by 'set'"
    assert problems(api.check, str(folder / "own.yaml")) == [(13, text)]


def test_two_routes_do_not_mean_different_things_by_one_name(folder):
    other = (ROUTE + OWN).replace("name: bromide", "name: other").replace("9 EUR/kg", "8 EUR/kg")
    (folder / "other.yaml").write_text(other)
    scenario = folder / "s.yaml"
    scenario.write_text(
        "{name: two, title: two, horizon: 1 y, warm_up: 1 week, lines: [{name: a, route: own.yaml}, {name: b, route: other.yaml}]}"
    )

    ((line, text),) = problems(load_scenario, scenario)
    assert line == 13
    assert re.fullmatch(r"'LiBr' stands otherwise in .*own.yaml, line 13: say it once, in an overlay", text)


@pytest.mark.parametrize("kind", ["material", "equipment", "source"])
def test_the_smallest_block_of_the_message_does(folder, kind):
    """Without the entry the message says what to write; with that and words of one's own the file checks."""
    whole = yaml.safe_load(ROUTE + OWN)
    kinds = {
        "material": ("materials", "LiBr"),
        "equipment": ("equipment", "muffle"),
        "source": ("bibliography", "quotes_of_may"),
    }
    block, name = kinds[kind]
    del whole[block][name]
    path = folder / "lacks.yaml"
    path.write_text(yaml.safe_dump(whole))

    texts = [text for _, text in problems(api.check, str(path)) if "to add it: " in text]
    told = texts[0].partition("to add it: ")[2].partition("; a guess")[0]
    assert told.startswith(SMALLEST[kind].partition("%s")[0] + name)
    whole[block] |= yaml.safe_load(told.replace("1 m3", "100 kg").replace("0.1 m3, 10 m3", "10 kg, 500 kg"))[block]
    if kind == "equipment":
        whole[block][name]["sizes"] = ["10 kg", "500 kg"]
    path.write_text(yaml.safe_dump(whole))

    assert api.check(str(path))[0].startswith("ok, 2 steps")


def test_the_block_stands_once_for_each_name(folder):
    texts = [text for _, text in problems(api.check, str(folder / "bare.yaml"))]

    assert sum("to add it" in text and "'LiBr'" in text for text in texts) == 1
    assert sum("'LiBr'" in text for text in texts) == 2


def test_another_formula_of_a_material_is_known_with_its_moles(folder):
    (folder / "own.yaml").write_text((ROUTE + OWN).replace("P2S5: 1 mol", "P4S10: 0.5 mol"))

    text = "unknown material 'P4S10': the catalogue calls it 'P2S5', of which 2 mol are 1 mol of P4S10"
    assert (7, text) in problems(api.check, str(folder / "own.yaml"))


def test_no_synonym_is_the_name_of_another_material():
    known = load_library().materials
    synonyms = [name for entry in known.values() for name in entry.synonyms]

    assert len(synonyms) == len(set(synonyms))
    assert not set(synonyms) & set(known)


def test_a_route_by_itself_is_the_scenario_of_its_line(folder):
    scenario = folder / "s.yaml"
    scenario.write_text(
        "{name: bromide, title: x, horizon: 1 y, warm_up: auto, lines: [{name: bromide, route: own.yaml, target: 10 t/y}]}"
    )

    assert cost(load_scenario(folder / "own.yaml", target="10 t/y")) == cost(load_scenario(scenario))


def test_every_command_that_reads_a_file_takes_an_overlay(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for words in (["check", "bare.yaml"], ["graph", "bare.yaml"], ["sources", "bare.yaml"]):
        assert inside(*words).exit_code == 2
        done = inside(*words, "--overlay", "private.yaml")
        assert done.exit_code == 0, done.stderr
