"""Which machines of a line are a process of the battery plant, what they cost there, and how lines choose."""

from dataclasses import replace
from functools import cache

import pytest
from support import lines as small

from sim.analysis.one_at_a_time import influence
from sim.inputs.bundle import bundled
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.inputs.yamlfile import read
from sim.plant import battery as counterparts
from sim.plant.resolve import Part, resolve, resolve_chain
from sim.results.tables import Tables
from sim.rollup.assumptions import numbers
from sim.rollup.backends import cross_check, facts
from sim.rollup.capital import capital_parts
from sim.rollup.costs import expected_cost
from sim.rollup.expected import expected
from sim.rollup.machines import footprints

LIBRARY = load_library()


@cache
def film(name="slurry_casting", target=2.5e6, **options):
    return resolve("film", bundled("routes")[name], LIBRARY, Plant(), target_per_year=target, **options)


def found(line, process):
    matches = counterparts.matches(line.graph, line.flowsheet, line.library, line.sizing)
    return [match for match in matches if match.process == process]


def parts_of(line, step):
    return {part.section: part for part in capital_parts(line) if part.step == step}


def test_a_coating_line_is_one_process_with_its_winder_and_its_camera():
    (match,) = found(film(), "coating_positive")

    assert (match.step, match.sections) == ("coat_dry", ("coater", "dryer", "camera", "wind"))
    assert [(m.step, m.sections) for m in found(film(), "nmp_recovery")] == [("coat_dry", ("nmp_recovery",))]


def test_a_winder_beside_machines_that_no_battery_plant_has_keeps_its_own_price():
    parts = parts_of(film("infiltration"), "dip_dry")

    assert parts["wind"].basis == parts["bath_1"].basis == "catalogue"
    assert parts["condenser"].basis == "battery plant"


def test_a_process_handles_what_its_step_does_for_the_target():
    line = film()
    (slitting,), (mixing,), (recovery,) = (
        found(line, name) for name in ("slitting", "mixing_positive", "nmp_recovery")
    )
    slit, mix = line.sizing.steps["slit"], line.sizing.steps["mix_slurry"]
    flows = line.flowsheet.steps

    # m2 that the slitter takes: charges x operations; BatPaC's slitters see both electrodes, 618 Mm2/y
    assert slitting.volume == pytest.approx(slit.operations_per_year * slit.charge * flows["slit"].run_units)
    assert slitting.ratio == pytest.approx(slitting.volume / 618e6)
    # all of the slurry but its NMP
    solids = 1.0 - flows["mix_slurry"].charge_kg["NMP"] / sum(flows["mix_slurry"].charge_kg.values())
    assert mixing.volume == pytest.approx(mix.operations_per_year * mix.charge_kg * solids)
    evaporated = flows["coat_dry"].evaporated["NMP"] * line.sizing.steps["coat_dry"].charge
    assert recovery.volume == pytest.approx(evaporated * line.sizing.steps["coat_dry"].operations_per_year)


@cache
def cells(target=1e6, **options):
    return film("cell_stacking", target=target, **options)


def test_steps_of_cells_are_processes_of_the_battery_plant_but_for_the_press():
    assert {match.step: match.process for match in cells().matches} == {
        "cut_cathode": "notching_positive",
        "cut_separator": "notching_positive",
        "stack": "stacking",
        "weld": "welding",
        "pouch": "insertion",
        "form": "formation",
        "test": "x_ray",
    }
    assert parts_of(cells(), "press")[""].basis == "catalogue"


def test_a_step_of_cells_handles_as_many_as_its_m2_make():
    (stacking,), (forming,) = (found(cells(), name) for name in ("stacking", "formation"))

    form = cells().sizing.steps["form"]

    # 1 million m2 of good cells, of which 95 % pass, and a little for begins and ends of rolls; 1.436 m2 make a cell
    assert forming.volume == pytest.approx(form.operations_per_year * form.charge / 1.436)
    assert forming.volume == pytest.approx(1e6 / 0.95 / 1.436, rel=0.01)
    # of what is stacked 0.99 x 0.985 x 0.995 x 0.995 are left to form
    assert forming.volume / stacking.volume == pytest.approx(0.99 * 0.985 * 0.995 * 0.995)
    assert stacking.ratio == pytest.approx(stacking.volume / 211e6)
    # cells of the baseline's size: no factor for larger ones; 170 MUSD, power 0.9
    assert stacking.scaled.capital_usd == pytest.approx(170e6 * stacking.ratio**0.9)


def test_formation_takes_the_money_and_the_floor_of_as_many_cells_of_the_battery_plant():
    (match,), part, (alone,) = (
        found(cells(), "formation"),
        parts_of(cells(), "form")[""],
        parts_of(cells(backend="chemical"), "form").values(),
    )
    index = LIBRARY.economics.cost_index

    # 830 MUSD of 2022 and 110,000 m2 for 211 million cells, power 0.95; 1.3 for foundations and utilities
    usd = 1.3 * 830e6 * match.ratio**0.95 * index[2023] / index[2022]
    assert (part.basis, part.installed_usd) == ("battery plant", pytest.approx(usd))
    assert part.area_m2 == pytest.approx(110_000 * match.ratio**0.95)
    # two racks for half a day each are less than what BatPaC has for cycles, rest and tests
    assert alone.installed_usd < part.installed_usd


def test_a_line_of_cells_costs_about_the_same_by_both_backends_for_both_rest_on_batpac():
    chemical, battery = (expected_cost(cells(backend=name))[0] for name in ("chemical", "battery"))

    assert battery == pytest.approx(chemical, rel=0.02)
    assert battery != chemical


def test_a_line_of_cells_rests_on_the_area_of_the_baselines_cell():
    def area(line):
        return [number for number in numbers(line) if number.path == ("batpac", "cell_area")]

    assert [number.value.grade for number in area(cells())] == ["C"]
    assert area(film()) == area(cells(backend="chemical")) == []


def test_without_a_target_a_process_handles_what_its_machines_can():
    idle, busy = film(target=None), film()
    one, other = (found(line, "slitting")[0].volume for line in (idle, busy))
    size = idle.sizing.steps["slit"]

    # 8,760 open hours at the planned utilisation of 88 %
    assert one == pytest.approx(8760 * 0.88 / size.operation_h * size.charge * idle.flowsheet.steps["slit"].run_units)
    assert one > other


def test_the_price_is_that_of_the_process_with_foundations_in_the_money_of_the_year():
    line = film()
    (match,) = found(line, "mixing_positive")
    part = parts_of(line, "mix_slurry")[""]
    index = line.library.economics.cost_index

    # 200 MUSD of 2022 for 72,500 t/y, power 0.9; 1.3 for foundations and utilities
    usd = 200e6 * (match.volume / 72.5e6) ** 0.9 * index[2023] / index[2022]
    assert part.purchase_usd == pytest.approx(usd)
    assert part.installed_usd == pytest.approx(1.3 * usd)
    assert part.floor_usd == pytest.approx(2500.0 * part.area_m2)
    assert (part.basis, part.grade) == ("battery plant", "E")
    assert part.note == "mixing, positive of the battery plant at 0.6 % of its volume"


def test_no_machine_costs_less_than_the_smallest_of_its_kind():
    line = film()
    part, catalogue = (parts_of(one, "slit")[""] for one in (line, replace(line, backend="chemical")))

    # 600,000 USD at 1 m, power 0.6, smallest 0.3 m, installed with 1.3: 378,800 USD
    assert part.basis == "smallest machine"
    assert part.installed_usd == pytest.approx(600e3 * 0.3**0.6 * 1.3)
    assert part.installed_usd < catalogue.installed_usd == pytest.approx(780e3)
    assert (part.size, part.number, part.area_m2) == (catalogue.size, catalogue.number, catalogue.area_m2)


def test_a_process_is_shared_out_by_the_prices_of_its_machines():
    line = film()
    parts, catalogue = (parts_of(one, "coat_dry") for one in (line, replace(line, backend="chemical")))
    shares = {
        parts[name].installed_usd / catalogue[name].installed_usd for name in ("coater", "dryer", "camera", "wind")
    }

    assert max(shares) == pytest.approx(min(shares))


def test_the_floor_is_never_less_than_that_of_the_machines_and_rooms_follow_it():
    # ten film lines share one mixer that stands on 40 m2; mixing takes 8,000 m2 of the baseline, power 0.95
    large, little = film("dry_ptfe", target=2.5e7), film("dry_ptfe")
    (match,) = found(large, "mixing_positive")
    area = next(item.area_m2 for item in footprints(large) if item.step == "dose_mix")
    mixer = parts_of(large, "dose_mix")[""]

    assert area == mixer.area_m2 == pytest.approx(8000 * match.ratio**0.95)
    assert area > 40.0
    assert mixer.room_usd == pytest.approx(LIBRARY.rooms["dry_room_60"].capital.value * area)
    assert parts_of(little, "dose_mix")[""].area_m2 == 40.0


@pytest.mark.parametrize(
    ("route", "options", "costed"),
    [
        ("slurry_casting", {}, True),
        ("slurry_casting", {"backend": "chemical"}, False),
        ("slurry_casting", {"backend": "battery"}, True),
        ("ball_milling", {}, False),
        ("ball_milling", {"backend": "battery"}, True),
        ("infiltration", {"scale": "pilot"}, False),
        ("infiltration", {"scale": "pilot", "backend": "battery"}, True),
        ("infiltration", {"scale": "industrial"}, True),
    ],
)
def test_films_and_electrodes_of_plants_go_to_the_battery_plant_unless_it_is_forced(route, options, costed):
    line = film(route, target=None, **options)

    assert bool(line.matches) == costed
    assert any(part.basis != "catalogue" for part in capital_parts(line)) == costed


def test_in_a_chain_each_route_goes_by_its_own_kind():
    parts = [Part(read(bundled("routes")[name])) for name in ("ball_milling", "dry_ptfe")]
    line = resolve_chain("chain", parts, LIBRARY, Plant(), target_per_year=2.5e6)

    assert {match.step.partition("/")[0] for match in line.matches} == {"dry_ptfe"}
    mixers = {part.step: part.basis for part in capital_parts(line) if part.equipment == "intensive_mixer"}
    assert mixers["dry_ptfe/dose_mix"] == "battery plant"
    assert set(mixers.values()) == {"battery plant", "catalogue"}


def test_a_line_below_the_reach_of_the_powers_says_so_once():
    (text,) = film().warnings

    assert text.partition(": ")[2] == (
        "the battery plant costs 6 processes here at 0.42 to 0.95 % of its volume and is taken to hold down to 10 %: "
        "no machine costs less than the smallest of its kind"
    )
    assert film(backend="chemical").warnings == ()


def test_a_catalogue_without_a_battery_plant_costs_all_by_itself():
    line = small.resolved(small.WET, target_per_year=3e5, backend="battery")

    assert line.matches == []
    assert {part.basis for part in capital_parts(line)} == {"catalogue"}


def test_a_line_rests_on_the_numbers_of_its_processes_alone():
    def names(line):
        return {".".join(map(str, n.path[1:3])) for n in numbers(line) if n.path[0] == "batpac"}

    assert names(film(backend="chemical")) == set()
    assert {"processes.slitting", "processes.coating_positive", "drivers.nmp", "least"} <= names(film())
    assert not {"processes.formation", "drivers.packs", "overheads.wage"} & names(film())


def test_the_power_of_a_process_moves_the_cost():
    frame = influence(film())
    row = frame[(frame["where"] == "batpac.processes.mixing_positive") & (frame["quantity"] == "p_capital")].iloc[0]

    assert (row["low"], row["value"], row["high"]) == (0.7, 0.9, 1.0)
    assert row["cost_low"] > row["cost"] > row["cost_high"]
    assert row["title"] == "mixing, positive: power of capital"


def test_the_two_backends_stand_side_by_side_and_add_up():
    line = film()
    table = cross_check(line, expected(line))
    parts, forced = capital_parts(line), capital_parts(replace(line, backend="chemical"))
    slit = table[table["title"] == "slitting"].iloc[0]

    assert list(table.columns) == Tables.backend.names
    assert table["usd"].sum() == pytest.approx(sum(part.installed_usd for part in parts))
    assert table["usd_chemical"].sum() == pytest.approx(sum(part.installed_usd for part in forced))
    assert table["m2"].sum() == pytest.approx(sum(part.area_m2 for part in parts))
    own = table[table["title"] != ""]
    assert own["usd"].tolist() == pytest.approx(own[["usd_battery", "usd_smallest"]].max(axis=1).tolist())
    # 260,000 h of the baseline at 0.42 % of its web, power 0.7; beside it loading and unloading of every coil
    assert slit["labour_h_battery"] == pytest.approx(260e3 * slit["ratio"] ** 0.7)
    assert slit["labour_h"] == pytest.approx(line.sizing.steps["slit"].operator_h_per_year)


def test_the_manifest_says_what_each_backend_comes_to():
    line = film()
    told = facts(line, expected(line))

    assert told["asked"] == "by_kind"
    assert sum(told["shares"].values()) == pytest.approx(1.0)
    assert set(told["shares"]) == {"catalogue", "battery plant", "smallest machine"}
    assert told["cost_per_unit"] == {
        name: pytest.approx(expected_cost(replace(line, backend=name))[0])
        for name in ("chemical", "battery", "by_kind")
    }
    assert told["cost_per_unit"]["by_kind"] == told["cost_per_unit"]["battery"]
