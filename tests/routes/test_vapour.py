"""The films from vapour of the review: masses, times and utilisations worked out by hand."""

import pytest

from sim.inputs import Plant, bundled, load_library
from sim.plant import resolve
from sim.plant.operations import run_hours

LIBRARY = load_library()
VAPOUR = ("pld_garnet", "cvd_llzo", "cvd_lii", "cvd_fnbr", "ald_zno_latp", "ald_lso", "ald_mgpon")


def line_of(name):
    return resolve(name, bundled("routes")[name], LIBRARY, Plant())


def deposition(name):
    """Return the step of a route that deposits, and its flow."""
    line = line_of(name)
    step = next(step for step in line.route.steps if step.deposit is not None)
    return step, line.flowsheet.steps[step.id]


def hours(name):
    step, flow = deposition(name)
    return run_hours(step, flow, 1.0)


@pytest.mark.parametrize(
    ("name", "load_h"),
    [
        # 2 um at 0.7 um/h, with 1.5, 1, 1.5 and a third of an hour
        ("pld_garnet", 2 / 0.7 + 4 + 1 / 3),
        # 1 um at 4 um/h, with 0.5, 1, 1 and a third of an hour
        ("cvd_llzo", 0.25 + 2.5 + 1 / 3),
        # 500 cycles of 46.4 s, with 0.5, 1.5, 1 and a third of an hour
        ("ald_lso", 500 * 46.4 / 3600 + 3 + 1 / 3),
        # 500 cycles of 11 + 15 + 15 + 12 + 10.2 s, with a third, 0.5, 0.5 and a sixth of an hour
        ("ald_mgpon", 500 * 63.2 / 3600 + 1.5),
        # 50 cycles of 20.6 s, with 0.5, 1, 0.5 and 0.5 h
        ("ald_zno_latp", 50 * 20.6 / 3600 + 2.5),
        # 100 nm at 100 nm/h, with 1, 2, 2 and 0.5 h
        ("cvd_fnbr", 6.5),
    ],
)
def test_a_load_takes_as_long_as_by_hand(name, load_h):
    assert hours(name) == (pytest.approx(load_h), False)


def test_lithium_foil_passes_iodine_at_two_metres_a_minute():
    # 5 m at 12 um/h grow 0.5 um in 150 s; the web is 0.5 m wide
    assert hours("cvd_lii") == (pytest.approx(1 / (2 * 60 * 0.5)), True)


def test_half_a_micrometre_of_iodide_takes_a_tenth_of_a_gram_of_lithium_and_two_of_iodine():
    _, flow = deposition("cvd_lii")
    film = 0.5e-6 * 4080

    # LiI is 133.85 g/mol: 6.94 of lithium and 126.90 of iodine, of which half is caught
    assert flow.feeds["iodine"] == pytest.approx(2 * film * 126.90 / 133.85, rel=1e-4)
    spent = flow.inlet.kg_per_unit["lithium"] - flow.primary.stream.kg_per_unit["lithium"]
    assert spent == pytest.approx(film * 6.94 / 133.85, rel=1e-3)


def test_a_gram_of_garnet_from_diketonates_takes_six_of_them_and_gives_fourteen_of_carbon_dioxide():
    _, flow = deposition("cvd_llzo")
    film = 1e-6 * 5110

    used = {"LiTMHD": 0.08, "LaTMHD": 0.1, "ZrTMHD": 0.1}
    assert sum(flow.feeds[name] * share for name, share in used.items()) / film == pytest.approx(6.0, rel=0.02)
    gas = next(side.kg for side in flow.sides if side.material == "CO2")
    # 264 CO2 of 44.01 to one garnet of 839.7 g/mol
    assert gas / film == pytest.approx(264 * 44.01 / 839.7, rel=1e-3)
    assert 0.15 < sum(flow.feeds[name] for name in used) < 0.61


def test_a_target_is_mostly_lost_and_the_film_is_twelve_grams():
    _, flow = deposition("pld_garnet")

    film = flow.primary.stream.kg_per_unit["Li6BaLa2Ta2O12"]
    assert film == pytest.approx(2e-6 * 6250)
    target = flow.inlet.kg_per_unit["garnet_target"]
    assert film / target == pytest.approx(0.05, rel=0.02)
    assert not flow.primary.stream.kg_per_unit.get("garnet_target")


def test_an_atomic_layer_film_is_a_seventh_of_its_dose():
    _, flow = deposition("ald_lso")
    mol = 49e-9 * 2390 / 0.119845

    # lithium orthosilicate is 119.85, the butoxide 80.05, the silicate ester 208.33 g/mol
    assert flow.feeds["LiOtBu"] == pytest.approx(4 * mol * 0.080055 / 0.15, rel=1e-3)
    assert flow.feeds["TEOS"] == pytest.approx(mol * 0.20833 / 0.15, rel=1e-3)


def test_zinc_oxide_on_both_faces_is_counted_by_one():
    _, flow = deposition("ald_zno_latp")

    assert flow.primary.stream.kg_per_unit["ZnO"] == pytest.approx(2 * 2.5e-9 * 5610)
    # the sheet has 14 mg/m2 for a face and 3-20 % of utilisation
    assert 1e-4 < flow.feeds["DEZ"] < 1e-3


def test_plates_of_latp_are_weighed_in_by_their_equation():
    line = line_of("ald_zno_latp")
    recipe = line.flowsheet.steps["weigh"].feeds

    # 1.7 titania of 79.87 and 3 of the phosphate of 115.03 g/mol
    assert recipe["titania"] / recipe["NH4H2PO4"] == pytest.approx(1.7 * 79.87 / (3 * 115.03), rel=1e-3)
    calcined = line.flowsheet.steps["calcine"]
    ammonia = next(side.kg for side in calcined.sides if side.material == "NH3")
    assert ammonia / calcined.inlet.kg_per_unit["NH4H2PO4"] == pytest.approx(17.03 / 115.03, rel=1e-3)


def test_a_graft_takes_one_carbonate_to_one_butadiene_unit():
    flow = line_of("cvd_fnbr").flowsheet.steps["react"]

    # 54.09 g/mol take 114.10, of which 0.95 react
    grafted = flow.primary.stream.kg_per_unit["NBR_VEC"]
    rubber = flow.inlet.kg_per_unit["polybutadiene"]
    whole = flow.primary.factor
    assert grafted * whole / 0.99 == pytest.approx(0.95 * rubber * (54.09 + 114.10) / 54.09 * 0.99, rel=0.02)


def test_films_from_vapour_are_not_ranked_with_films_of_powder():
    functions = {name: line_of(name).route.function for name in VAPOUR}

    assert "separator" not in functions.values()
    # two garnets on wafers are the only two that do the same
    assert functions["pld_garnet"] == functions["cvd_llzo"]
    assert len(set(functions.values())) == len(VAPOUR) - 1
