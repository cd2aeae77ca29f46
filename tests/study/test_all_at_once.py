"""All that is wrong in a study is said at once, whatever its stage: values, names, streams; scenario, overlays, routes."""

import pytest

from sim import api
from sim.errors import InputError

ROUTE = """\
name: mine
title: Li6PS5Cl by milling and firing
kind: synthesis
function: electrolyte powder
product: {material: Li6PS5Cl, unit: kg}
steps:
  - {id: weigh, equipment: isolator_dosing, batch: 50 kg, recipe: {Li2S: 5 mol, P2S5: 1 mol, LiCl: 2 mol}, duration: 1 h, estimate: x}
  - {id: mill, equipment: stirred_mill, size: 40 kW, batch: 25 kg, duration: 10 h, estimate: x}
  - {id: fire, equipment: retort_furnace, size: 100 kg, duration: 12 h, estimate: x,
     reactions: [{equation: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl, conversion: {P2S5: 1.0}}]}
  - {id: pack, equipment: packing_station, size: 200 kg/h, rate: 100 kg/h, next: ship, estimate: x}
"""
SCENARIO = "{name: s, title: s, horizon: 1 y, warm_up: auto, overlays: [o.yaml], lines: [{name: a, route: r.yaml, target: 40 t/y}]}\n"


def codes(folder, *, route=ROUTE, scenario=SCENARIO, overlay="{}"):
    """Where and of which kind the problems of a study are."""
    for name, text in (("r.yaml", route), ("s.yaml", scenario), ("o.yaml", overlay)):
        (folder / name).write_text(text)
    with pytest.raises(InputError) as caught:
        api.check(str(folder / "s.yaml"))
    return [(issue.file.rpartition("/")[2], issue.line, issue.code) for issue in caught.value.issues]


def changed(*pairs):
    text = ROUTE
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


VALUE = ("duration: 10 h", "duration: 10")
NAME = ("retort_furnace", "retort_furnaze")
STREAM = ("rate: 100 kg/h", "rate: 100 kg/h, dry_to: {THF: 1 %}")
SOURCE = ("duration: 1 h, estimate: x", "duration: 1 h")


def test_the_study_is_sound_before_anything_is_changed(tmp_path):
    (tmp_path / "r.yaml").write_text(ROUTE)
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("overlays: [o.yaml], ", ""))

    assert api.check(str(tmp_path / "s.yaml"))[0] == "ok, 1 line"


def test_values_names_sources_and_streams_of_a_route_are_said_at_once(tmp_path):
    expected = [("r.yaml", 7, "E301"), ("r.yaml", 8, "E101"), ("r.yaml", 9, "E202"), ("r.yaml", 11, "E403")]

    assert codes(tmp_path, route=changed(VALUE, NAME, STREAM, SOURCE)) == expected


def test_the_route_is_read_whatever_is_wrong_in_scenario_and_overlay(tmp_path):
    scenario = SCENARIO.replace("horizon: 1 y", "horizon: 1").replace("target: 40", "targett: 40")
    overlay = "materials: {LiCl: {price: 3 USD/m2}, mine: {titel: x, estimate: x}}"
    found = codes(tmp_path, route=changed(VALUE, NAME, STREAM), scenario=scenario, overlay=overlay)

    assert {("r.yaml", 8, "E101"), ("r.yaml", 9, "E202"), ("r.yaml", 11, "E403")} <= set(found)
    assert {("s.yaml", 1, "E101"), ("s.yaml", 1, "E109")} <= set(found)
    assert {("o.yaml", 1, "E102"), ("o.yaml", 1, "E108"), ("o.yaml", 1, "E109")} <= set(found)


def test_what_a_faulty_overlay_would_add_is_no_unknown_name(tmp_path):
    route = changed(("LiCl: 2 mol", "LiCl: 2 mol, filler: 0.01 mol"), VALUE)
    found = codes(tmp_path, route=route, overlay="materials: {filler: {title: filler, formula: Xx2, estimate: x}}")

    assert sorted(found) == [("o.yaml", 1, "E401"), ("r.yaml", 8, "E101")]


def test_no_fault_of_a_step_makes_others_up_behind_it(tmp_path):
    """What the faulty step would have handed on is unknown, so nothing is said of it."""
    assert codes(tmp_path, route=changed(("P2S5: 1 mol", "P2S5: 1"))) == [("r.yaml", 7, "E101")]
    assert codes(tmp_path, route=changed(("recipe:", "recpie:"))) == [("r.yaml", 7, "E109")]


@pytest.mark.parametrize(
    "plant", ["plant: {shutdowns: [{start: 0 h, duration: 8760 h}], estimate: x}", "plant: {days_per_week: 8}"]
)
def test_a_plant_at_fault_hides_no_fault_of_a_route(plant, tmp_path):
    found = codes(tmp_path, route=changed(VALUE), scenario=SCENARIO.replace("horizon: 1 y", f"horizon: 1 y, {plant}"))

    assert [place[0] for place in found] == ["r.yaml", "s.yaml"]
