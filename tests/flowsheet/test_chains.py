from dataclasses import replace
from pathlib import Path

import pytest
from support import lines as small

import sim
from sim.analysis.one_at_a_time import influence
from sim.engine import simulate
from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.bundle import bundled
from sim.inputs.catalogue import Economics
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.plant.resolve import Part, resolve_chain
from sim.rollup.assumptions import numbers
from sim.rollup.capital import capital_parts
from sim.rollup.closure import LIMIT, check
from sim.rollup.costs import expected_cost, priced
from sim.rollup.ledger import reduce
from sim.rollup.materials import element_error, material_flows
from sim.study.load import load_scenario

ROUTES = Path(__file__).parent.parent / "routes"
BASE, FILM = ROUTES / "base.yaml", ROUTES / "film.yaml"
LIBRARY = load_library(prices="spot_2025")
TARGET = 2.5e6
"""Film or cathode, as in the bundled scenario [m2/y]."""

SCENARIO = """
name: small
title: Chains
lines:
  - {{name: a, {line}}}
plant: {{days_per_week: 6}}
horizon: 5 week
warm_up: 1 week
replications: 1
prices: spot_2025
"""


def chained(*names, target=TARGET, taken="", library=LIBRARY, **options):
    """Return a chain of routes, bundled by name or given as paths; the last takes the solution of step *taken*."""
    paths = [name if isinstance(name, Path) else bundled("routes")[name] for name in names]
    parts = [Part(yamlfile.read(path)) for path in paths]
    parts[-1] = replace(parts[-1], taken=taken)
    return resolve_chain("a", parts, library, Plant(days_per_week=6), target_per_year=target, **options)


def scenario(tmp_path, line, **fields):
    """Return a scenario of one line."""
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.format(line=line), encoding="utf-8")
    return load_scenario(path, **fields)


# -- one route ---------------------------------------------------------------------------------------------------------


def test_a_chain_of_one_route_gives_the_tables_of_that_route_byte_by_byte(tmp_path):
    alone = sim.run(scenario(tmp_path, f"route: {BASE}, target: 100 t/y"))
    chain = sim.run(scenario(tmp_path, f"line: [{BASE}], target: 100 t/y"))

    assert alone.tables.keys() == chain.tables.keys()
    for name, table in alone.tables.items():
        assert table.to_csv() == chain.tables[name].to_csv(), name


def test_a_path_of_a_chain_begins_with_the_route_that_it_changes(tmp_path):
    typed = ["a.film.steps.pack.rate=400 m2/h", "a.small.steps.dry.duration=6 h"]
    study = scenario(tmp_path, f"line: [{BASE}, {FILM}], target: 100000 m2/y", overrides=typed)

    assert study.lines[0].graph.steps["film/pack"].rate.value == 400.0
    assert [(c.path, c.old, c.new) for c in study.changes] == [
        ("a.small.steps.dry.duration", "8 h", "6 h"),
        ("a.film.steps.pack.rate", "500 m2/h", "400 m2/h"),
    ]
    assert {"base.yaml", "film.yaml"} <= {Path(name).name for name in study.digests}


def test_routes_that_do_not_fit_are_refused_without_a_scenario_too():
    with pytest.raises(InputError, match="'film' takes Li3PS4, and 'wet_thf' makes Li6PS5Cl"):
        chained("wet_thf", FILM)


# -- the joint ---------------------------------------------------------------------------------------------------------


def test_steps_have_the_names_by_which_they_draw_their_random_numbers_alone():
    line = chained("metathesis", "dry_ptfe")
    alone = [chained(name, target=None).plan.steps for name in ("metathesis", "dry_ptfe")]

    assert [step.name for step in line.plan.steps] == [step.name for steps in alone for step in steps]
    assert [step.id for step in line.route.steps] == [step.name for step in line.plan.steps]


def test_what_one_route_ships_arrives_where_the_next_weighs_in_and_keeps_its_quality():
    line = chained("metathesis", "dry_ptfe")
    steps = dict(zip(line.titles, line.plan.steps, strict=True))
    dose, film = line.graph.steps["dry_ptfe/dose_powder"], steps["dry_ptfe/film_line"]

    assert [edge.source for edge in line.graph.into("dry_ptfe/dose_powder")] == ["metathesis/pack"]
    assert (dose.recipe, dose.quality) == ({}, None)
    assert steps["metathesis/anneal"].quality_set is not None
    assert film.quality_factor is not None
    store = next(buffer for buffer in line.plan.buffers if buffer.name == "dry_ptfe/dose_powder")
    assert store.capacity == 3000.0


def test_amounts_by_product_mean_the_product_of_the_own_route():
    alone, line = chained("metathesis", target=1e5), chained("metathesis", "dry_ptfe")

    for name, flow in alone.flowsheet.steps.items():
        assert line.flowsheet.steps[f"metathesis/{name}"].product_per_unit == pytest.approx(
            flow.product_per_unit, rel=1e-9
        )
        assert line.sizing.steps[f"metathesis/{name}"].charge == pytest.approx(alone.sizing.steps[name].charge)


def test_the_expected_flow_goes_back_through_the_joint():
    # a kg of powder, 1 % of it THF, with 5 kg of THF makes 6 kg of solution, with 0.01 of its mass of PTFE 0.99 + 0.06
    # kg of film once it is dry; at 0.05 kg/m2, 0.9 of it is left after trimming and 0.97 of that passes
    line = chained(BASE, FILM)
    powder = 0.05 / (0.99 + 0.06) / 0.9 / 0.97

    pack = line.flowsheet.steps["small/pack"]
    assert line.flowsheet.steps["film/dissolve"].expected == pytest.approx(powder, rel=1e-9)
    assert pack.expected * pack.primary.factor == pytest.approx(powder, rel=1e-9)


def test_only_the_first_route_is_paced_and_what_the_others_add_is_made_as_it_is_drawn():
    line = chained(BASE, FILM)
    release = {step.id: plan.release for step, plan in zip(line.route.steps, line.plan.steps, strict=True)}

    assert release["small/weigh"].kind == "interval"
    assert release["film/melt"].kind == "capacity"
    assert release["film/dissolve"] is None


def test_tanks_of_one_solvent_are_one_and_places_staff_and_titles_stay_apart():
    line = chained(BASE, FILM)

    assert (line.route.tanks["THF"].capacity.value, line.route.tanks["THF"].initial.value) == (30_000.0, 7_000.0)
    assert dict(line.route.places) == {"small/glovebox": 2, "film/glovebox": 1}
    assert line.graph.steps["film/coat"].resources == {"film/glovebox": 1}
    assert list(line.route.staff) == ["film/shift_lead"]
    assert line.titles["film/pack"] == "pack (film)"
    assert line.titles["film/coat"] == "coat"


# -- the solution ------------------------------------------------------------------------------------------------------


def test_a_solution_replaces_the_step_that_dissolves_powder_and_all_behind_it_drop_out():
    line = chained(BASE, FILM, taken="react")

    names = ["small/weigh", "small/react", "film/melt", "film/coat", "film/pack"]
    assert [step.id for step in line.route.steps] == names
    assert list(line.graph.steps["film/coat"].inlets) == ["small/react", "film/melt"]
    assert line.graph.steps["film/coat"].buffer["small/react"].max_wait.value == 8.0
    assert line.flowsheet.imbalance < 1e-12
    assert "Li3PS4" not in line.flowsheet.steps["small/react"].feeds


def test_the_product_of_a_route_that_hands_on_a_solution_is_what_is_dissolved():
    line = chained(BASE, FILM, taken="react")
    flow = line.flowsheet.steps["small/react"]

    assert flow.product_per_unit == pytest.approx(flow.primary.factor * flow.primary.stream.kg_per_unit["Li3PS4"])


# -- nothing twice, nothing lost ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["metathesis", "wet_thf"])
def month(request):
    """A film from its raw materials, three weeks: line, log and ledger."""
    line = chained(request.param, "dry_ptfe", warm_up_h=2 * 168.0, horizon_h=3 * 168.0)
    log = simulate(line.plan, seed=1, replication=0)
    return line, log, reduce(log, line)


def test_the_log_closes_and_elements_balance_over_the_whole_chain(month):
    line, log, ledger = month

    assert check(log) < LIMIT
    assert ledger.shipped > 1e4
    assert line.flowsheet.imbalance < 1e-9
    assert element_error(material_flows(line, ledger), line.library) < 1e-9


def test_what_the_first_route_hands_on_is_what_the_second_takes_and_what_lies_between(month):
    line, _, ledger = month
    first = line.route.name.removesuffix("_dry_ptfe")
    pack, dose = ledger.steps[f"{first}/pack"], ledger.steps["dry_ptfe/dose_powder"]
    store = ledger.buffers["dry_ptfe/dose_powder"]

    made = pack.finished * line.flowsheet.steps[f"{first}/pack"].primary.factor
    handed = made - (pack.out_open_end - pack.out_open_start)
    assert handed == pytest.approx(dose.taken + store.level_end - store.level_start, rel=1e-9)
    assert pack.outlets[0].shipped == 0.0


def test_no_electrolyte_is_bought_and_the_impurities_of_the_powder_are_in_the_film(month):
    line, _, ledger = month
    flows = material_flows(line, ledger)
    film = {flow.material for flow in flows if flow.direction == "product"}
    powder = line.flowsheet.steps[f"{line.route.name.removesuffix('_dry_ptfe')}/pack"].primary.stream.kg_per_unit

    assert not [flow for flow in flows if flow.direction == "feed" and flow.material == "Li6PS5Cl"]
    assert {flow.step for flow in flows if flow.direction == "product"} == {"dry_ptfe/pack"}
    assert film == {*powder, "PTFE"}
    assert len(powder) > 1


def test_the_machines_of_a_chain_are_those_of_its_routes_and_carry_their_names():
    # both routes alone, the powder for what the film needs: 1 kg of powder for every expected kg of dose_powder
    # (the losses per event that a process of a battery plant makes up for are those of the whole chain)
    chemical = {"backend": "chemical"}
    line, film = chained("metathesis", "dry_ptfe", **chemical), chained("dry_ptfe", **chemical)
    powder = chained("metathesis", target=TARGET * film.flowsheet.steps["dose_powder"].expected, **chemical)
    parts = capital_parts(line)

    def bought(*lines):
        return sum(
            part.purchase_usd for one in lines for part in capital_parts(one) if not part.item.endswith("column")
        )

    assert bought(line) == pytest.approx(bought(film, powder), rel=1e-9)
    assert {part.step.partition("/")[0] for part in parts} == {"metathesis", "dry_ptfe", "line"}
    assert {part.item for part in parts if part.step == "dry_ptfe/line"} == {"isolator_dosing", "h2s_scrubber"}


POWDER = """
name: powder
title: powder
kind: synthesis
function: powder
product: {material: Li6PS5Cl, unit: kg}
source: good
staff: {control: 2 persons}
auxiliaries: {vessel: 1}
steps:
  - id: react
    equipment: vessel
    size: 2 m3
    machines: 1
    batch: 200 kg product
    recipe: {Li2S: 5 mol, P2S5: 1 mol, LiCl: 2 mol}
    reactions: [{equation: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl, conversion: {P2S5: 1.0}}]
    duration: 4 h
    yield: 0.9
    power: {run: 10 kW, idle: 1 kW}
    gas: {argon: 0.1 kg/kg}
  - id: pack
    rate: 50 kg/h
    consumables: {bag: 0.1 1/kg}
    next: ship
"""

PRESSED = """
name: pressed
title: pressed
kind: membrane
function: separator
product: {material: film, unit: m2}
source: good
accepts: {electrolytes: [Li6PS5Cl], at: dose, buffer: 100 t}
staff: {control: 1 persons}
steps:
  - id: dose
    equipment: vessel
    size: 1 m3
    machines: 2
    batch: 70 kg
    recipe: {Li6PS5Cl: 1 kg}
    duration: 1 h
    yield: 0.98
    power: 3 kW
  - id: press
    equipment: web
    size: 1 m3
    machines: 1
    areal_mass: 0.05 kg/m2
    rate: 3000 m2/h
    yield: 0.95
    power: 30 kW
    next: ship
"""


MILLED = """
name: milled
title: milled
kind: synthesis
function: powder
product: {material: Li6PS5Cl, unit: kg}
source: good
accepts: {electrolytes: [Li6PS5Cl], at: take}
steps:
  - id: take
    batch: 100 kg product
    recipe: {Li6PS5Cl: 1 kg}
    duration: 1 h
    yield: 0.8
    next: pack
  - id: pack
    rate: 100 kg/h
    next: ship
"""


def test_a_chain_may_have_a_route_in_its_middle_that_takes_and_ships():
    parts = [Part(yamlfile.parse(text, name="route.yaml")) for text in (POWDER, MILLED, PRESSED)]
    line = resolve_chain("a", parts, small.library(), Plant(), target_per_year=1e6)
    steps = line.sizing.steps

    assert list(line.route.segments) == ["powder", "milled", "pressed"]
    assert line.flowsheet.imbalance < 1e-12
    # 200 kg of powder from a charge that loses a tenth, 100 kg of milled powder from one that loses a fifth
    assert steps["powder/react"].charge == pytest.approx(200.0 / 0.9)
    assert steps["milled/take"].charge == pytest.approx(100.0 / 0.8)
    # 1e6 m2 of 0.05 kg, back through the yields of pressing, dosing, milling and reacting
    demand = 1e6 * 0.05 / 0.95 / 0.98 / 0.8 / 0.9
    assert steps["powder/react"].operations_per_year * 200.0 / 0.9 == pytest.approx(demand)


@pytest.mark.parametrize(("scale", "target"), [("lab", 10.0), ("pilot", 30_000.0)])
def test_a_chain_may_be_run_at_another_scale_of_all_its_routes(scale, target):
    line = chained("metathesis", "dry_ptfe", target=target, scale=scale, warm_up_h=336.0, horizon_h=2000.0)
    ledger = reduce(simulate(line.plan, seed=1, replication=0), line)

    assert not line.warnings
    assert line.key[-1] == scale
    assert ledger.shipped > 0.0
    assert element_error(material_flows(line, ledger), line.library) < 1e-9


def test_making_and_buying_at_the_cost_of_making_cost_the_same():
    # no queues, no failures, no charge for capital in stocks: then the joint itself must cost nothing
    economics = {**small.ECONOMICS, "discount_rate": "0 %", "working_capital": "0 %"}
    library = replace(small.library(), economics=Economics.model_validate(economics))

    def line(*texts, target):
        parts = [Part(yamlfile.parse(text, name="route.yaml")) for text in texts]
        return resolve_chain("a", parts, library, Plant(), target_per_year=target)

    film = line(PRESSED, target=1e6)
    need = 1e6 * film.flowsheet.steps["dose"].expected  # 1e6 * 0.05 / 0.95 / 0.98 kg/y
    assert need == pytest.approx(1e6 * 0.05 / 0.95 / 0.98)

    made, items = expected_cost(line(POWDER, PRESSED, target=1e6))
    powder, _ = expected_cost(line(POWDER, target=need))
    bought, _ = expected_cost(priced(film, {"Li6PS5Cl": powder}))

    assert made == pytest.approx(bought, rel=1e-9)
    # what the steps and the staff of the first route cost is what the powder costs
    first = sum(item.usd_per_year for item in items if item.step.startswith("powder/"))
    assert first == pytest.approx(powder * need, rel=1e-9)
    own = {"powder/react", "powder/pack", "powder/line", "pressed/dose", "pressed/press", "pressed/line"}
    assert {item.step for item in items if item.usd_per_year} == own


def test_a_number_of_a_chain_is_called_as_in_its_own_route():
    line, alone = chained(BASE, FILM), chained(FILM)
    names = {(number.where, number.quantity) for number in numbers(line)}

    assert ("route.film.staff", "shift_lead") in names
    assert ("route.small.steps.dry", "duration") in names
    assert {(n.where, n.quantity) for n in numbers(alone) if n.where.startswith("route.film.steps.coat")} <= names


def test_every_number_of_a_chain_keeps_the_evidence_that_it_has_alone():
    line, alone = chained("metathesis", "dry_ptfe"), [chained(name) for name in ("metathesis", "dry_ptfe")]
    grades = {(n.where, n.quantity): (n.value.grade, n.value.source) for one in alone for n in numbers(one)}

    shared = [(n, grades[n.where, n.quantity]) for n in numbers(line) if (n.where, n.quantity) in grades]
    assert len(shared) > 500
    assert [n for n, own in shared if (n.value.grade, n.value.source) != own] == []


def test_the_influence_of_every_number_of_a_chain_can_be_worked_out():
    table = influence(chained(BASE, FILM))

    assert not table["swing_usd_per_unit"].isna().any()
    assert table["swing_usd_per_unit"].iloc[0] > 0.0
