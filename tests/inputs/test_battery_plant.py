"""Battery plants of the BatPaC type."""

import pytest

from sim.errors import InputError
from sim.inputs import library as library_module
from sim.inputs import yamlfile
from sim.inputs.battery_plant import conversion_cost, multipliers, overhead_chain, scaled_processes
from sim.inputs.library import DATA, load_library


@pytest.fixture(scope="module")
def catalogue():
    return load_library()


@pytest.fixture(scope="module")
def plant(catalogue):
    return catalogue.batpac


def one(costs, name):
    return next(cost for cost in costs if cost.process == name)


def test_the_baseline_plant_scaled_to_itself_is_itself(plant):
    for cost in scaled_processes(plant):
        process = plant.processes[cost.process]
        assert cost[1:] == pytest.approx((process.labour.value, process.capital.value, process.area.value))


def test_the_baseline_adds_up_to_what_batpac_has(plant):
    costs = scaled_processes(plant)

    assert sum(cost.labour_h for cost in costs) == pytest.approx(3.835e6)
    assert sum(cost.capital_usd for cost in costs) == pytest.approx(4207.6e6)
    assert sum(cost.area_m2 for cost in costs) == pytest.approx(303_700)


def test_half_the_active_material_halves_mixing_less_than_in_proportion(plant):
    base, half = (
        one(scaled_processes(plant, volumes), "mixing_positive") for volumes in ({}, {"positive_active": 36.25e6})
    )

    # 0.5 ** 0.9 = 0.5359 of labour and capital, 0.5 ** 0.95 = 0.5176 of the floor
    assert half.labour_h / base.labour_h == pytest.approx(0.5359, abs=1e-4)
    assert half.capital_usd / base.capital_usd == pytest.approx(0.5359, abs=1e-4)
    assert half.area_m2 / base.area_m2 == pytest.approx(0.5176, abs=1e-4)


def test_a_wetter_slurry_needs_a_longer_dryer_and_the_same_people(plant):
    wet = one(scaled_processes(plant, {"nmp": 2 * 24.2e6}), "coating_positive")

    # twice the NMP per m2: 2 ** 0.2 = 1.1487
    assert wet.capital_usd == pytest.approx(90e6 * 1.1487, rel=1e-4)
    assert (wet.labour_h, wet.area_m2) == pytest.approx((59_000, 16_000))


def test_as_much_solvent_per_area_leaves_the_dryer_to_the_area_alone(plant):
    twice = one(scaled_processes(plant, {"nmp": 2 * 24.2e6, "positive_area": 2 * 303e6}), "coating_positive")

    assert twice.capital_usd == pytest.approx(90e6 * 2**0.9)


def test_the_dry_room_follows_whatever_has_grown_more(plant):
    by_cells, by_area = (
        one(scaled_processes(plant, volumes), "dry_room")
        for volumes in ({"cells": 2 * 211e6, "electrode_area": 618e6}, {"cells": 211e6, "electrode_area": 3 * 618e6})
    )

    assert by_cells.area_m2 == pytest.approx(61_000 * 2**0.95)
    assert by_area.area_m2 == pytest.approx(61_000 * 3**0.95)
    assert by_area.labour_h == 8_000


def test_larger_cells_take_longer_to_stack_and_to_form(plant):
    costs = scaled_processes(plant, cell_ah=102.0)

    # 102 / 68 = 1.5; stacking 1.5 ** 0.95 = 1.4699, formation 1.5 ** 0.3 x 1.1 = 1.2423 as it is above 80 Ah
    assert one(costs, "stacking").capital_usd == pytest.approx(170e6 * 1.4699**0.9, rel=1e-4)
    assert one(costs, "formation").labour_h == pytest.approx(560_000 * 1.2423**0.7, rel=1e-4)
    assert one(costs, "filling").capital_usd == pytest.approx(25e6)
    assert one(scaled_processes(plant, cell_ah=80.0), "formation").capital_usd == pytest.approx(
        830e6 * (80 / 68) ** (0.3 * 0.95)
    )


def test_a_cell_of_the_baseline_holds_its_share_of_the_positive_electrode(plant):
    # 303 Mm2/y over 211 million cells/y; 68 Ah on 1.436 m2 are 4.7 mAh/cm2, those of one coated side
    drivers = plant.drivers

    assert plant.cell_area.value == pytest.approx(
        drivers["positive_area"].volume.value / drivers["cells"].volume.value, rel=1e-3
    )


def test_a_process_that_the_plant_lacks_costs_nothing(plant):
    kept = scaled_processes(plant, without=["nmp_recovery"])

    assert sum(cost.capital_usd for cost in kept) == pytest.approx(4207.6e6 - 36e6)
    assert one(scaled_processes(plant, {"nmp": 0.0}), "nmp_recovery")[1:] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"volumes": {"nmpp": 1.0}}, "unknown driver 'nmpp' (did you mean 'nmp'?)"),
        ({"without": ["nmp_recover"]}, "unknown process 'nmp_recover' (did you mean 'nmp_recovery'?)"),
        ({"volumes": {"nmp": -1.0}}, "expected volumes of 0 or more and cells of more than 0 Ah"),
        ({"cell_ah": 0.0}, "expected volumes of 0 or more and cells of more than 0 Ah"),
    ],
)
def test_what_is_not_there_is_named(plant, asked, message):
    with pytest.raises(ValueError) as error:
        scaled_processes(plant, **asked)
    assert str(error.value) == message


def test_overheads_collapse_to_the_multipliers_that_batpac_prints(plant):
    # labour: (1.4 + 0.25 x 1.4 + 0.05 x 0.25 x 1.4) x 1.056 = 1.8665
    # equipment: ((1 + .2 + .25 + .05 + .4) x .1 + .05 x 1.005) x 1.056 = 0.2537
    assert multipliers(plant.overheads) == pytest.approx((1.8665, 0.2537, 0.1533, 1.0666), abs=5e-5)


def test_the_chain_of_overheads_of_the_golden_cell(plant):
    # 0.4 x 1.58 + 0.2 x 7.50 = 2.13; 0.25 x (1.58 + 2.13 + 7.50) = 2.80; 0.4 x 7.50 = 3.00
    assert overhead_chain(plant.overheads, labour=1.58, depreciation=7.5) == pytest.approx(
        (2.13, 2.80, 3.00), abs=0.005
    )


def test_the_baseline_adds_27_7_usd_per_kwh_to_its_materials(plant):
    # 76.7 h/MWh x 25 x 1.8665 + 84.2 x 0.2537 + 6,074 m2/GWh x 3,000 x 0.1533 = 3.58 + 21.35 + 2.79
    assert conversion_cost(plant, scaled_processes(plant)) / 50e6 == pytest.approx(27.72, abs=0.01)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("drivers: [nmp]", "drivers: [npm]", "unknown driver 'npm'"),
        ("solvent: water, p_solvent: 0.2", "solvent: water", "give 'solvent' and 'p_solvent' together"),
        ("{value: 36e6 USD, year: 2022}", "36e6 USD", "money needs its price year"),
        ("source: batpac5\nnote", "source: batpac6\nnote", "unknown source 'batpac6'"),
        ("labour: 17000 h", "labour: 17000", "expected"),
        (
            "labour: 17000 h, capital: {value: 36e6 USD, year: 2022}",
            "labour: 17000 h, capital: {value: 36e6 USD, year: 1950}",
            "there is no cost index of 1950",
        ),
        (
            "slitter: {process: slitting,",
            "slitter: {process: sliting,",
            "unknown process 'sliting' (did you mean 'slitting'?)",
        ),
        ("  slitter: {", "  slittr: {", "unknown equipment 'slittr' (did you mean 'slitter'?)"),
        (
            "slitter: {process: slitting,",
            "slitter: {process: modules,",
            "no step of a line can tell how much 'modules' handles",
        ),
        (
            "slitter: {process: slitting,",
            "slitter: {process: slitting, beside: [slitting],",
            "give one of 'process' and 'beside'",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_reported_at_its_line(monkeypatch, old, new, message):
    text = (DATA / "batpac.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    broken = yamlfile.parse(text.replace(old, new), name="sim/data/batpac.yaml")
    whole = library_module._document
    monkeypatch.setattr(library_module, "_document", lambda name: broken if name == "batpac" else whole(name))

    with pytest.raises(InputError) as error:
        load_library()
    assert message in str(error.value)
    assert f"sim/data/batpac.yaml:{line}:" in str(error.value)
