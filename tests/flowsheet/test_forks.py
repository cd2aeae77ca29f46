from dataclasses import replace

import numpy as np
import pytest
from support import lines as small

from sim.analysis.one_at_a_time import influence
from sim.engine import simulate
from sim.engine.log import Kind
from sim.errors import InputError
from sim.flowsheet import forks
from sim.inputs import yamlfile
from sim.inputs.bundle import bundled
from sim.inputs.catalogue import Economics
from sim.inputs.library import load_library
from sim.inputs.quantity import Quantity
from sim.inputs.scenario import Plant
from sim.plant.resolve import Part, resolve_chain
from sim.plant.shares import fitting
from sim.rollup.closure import LIMIT, check
from sim.rollup.costs import expected_cost, priced
from sim.rollup.expected import expected
from sim.rollup.ledger import reduce
from sim.rollup.machines import shipped_per_year
from sim.rollup.materials import element_error, material_flows
from sim.study.load import load_scenario

LIBRARY = load_library(prices="spot_2025")

POWDER = """
name: powder
title: powder
kind: synthesis
function: powder
product: {material: Li6PS5Cl, unit: kg}
source: good
staff: {control: 1 persons}
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
  - {id: pack, duration: 1 h, next: ship}
"""

FILM = """
name: film
title: film
kind: membrane
function: separator
product: {material: film, unit: m2}
source: good
accepts: {electrolytes: [Li6PS5Cl], at: dose, buffer: 2 t}
steps:
  - {id: dose, batch: 70 kg, recipe: {Li6PS5Cl: 1 kg}, duration: 1 h, yield: 0.98}
  - {id: press, equipment: web, size: 1 m3, machines: 1, areal_mass: 0.05 kg/m2, rate: 3000 m2/h, yield: 0.95}
  - {id: store, duration: 0.1 h, hold: 6 h}
  - {id: ship_film, duration: 0.1 h, next: ship}
"""

FACE = """
name: face
title: face
kind: electrode
function: cathode
product: {material: face, unit: m2}
source: good
accepts: {electrolytes: [Li6PS5Cl], at: dose, buffer: 2 t}
steps:
  - {id: dose, batch: 70 kg, recipe: {Li6PS5Cl: 1 kg}, duration: 1 h, yield: 0.99}
  - {id: press, equipment: web, size: 1 m3, machines: 1, areal_mass: 0.04 kg/m2, rate: 3000 m2/h, yield: 0.9, next: ship}
"""

CELL = """
name: cells
title: cells
kind: cell
function: cell
product: {material: cell, unit: m2}
source: good
components: {separator: {at: take_film, buffer: 5000 m2}, cathode: {at: take_face, buffer: 5000 m2}}
steps:
  - {id: take_face, batch: 500 m2, recipe: {Li2S: 1 kg}, areal_mass: 0.04 kg/m2, duration: 0.1 h, next: stack}
  - {id: take_film, batch: 500 m2, recipe: {Li6PS5Cl: 1 kg}, areal_mass: 0.05 kg/m2, duration: 0.1 h, next: stack}
  - id: stack
    equipment: vessel
    size: 1 m3
    machines: 1
    inlets: {take_face: 1, take_film: 1.1}
    batch: 200 m2
    feeds: {LiCl: 0.02 kg/m2}
    rate: 1000 m2/h
    yield: 0.95
    next: ship
"""

FILM_POWDER = 1.1 / 0.95 * 0.05 / 0.95 / 0.98
"""Powder for the film of 1 m2 of cell: 1.1 m2 of it, back through stacking, pressing and dosing [kg/m2]."""
FACE_POWDER = 1.0 / 0.95 * 0.04 / 0.9 / 0.99


def document(text):
    return yamlfile.parse(text, name="route.yaml")


def line(*stages, target=1e6, catalogue=None, shares=(None, None), **options):
    """Return a line of route texts; a tuple among them is a fork."""
    parts = []
    for stage, item in enumerate(stages):
        if isinstance(item, tuple):
            parts += [Part(document(text), stage=stage, share=share) for text, share in zip(item, shares, strict=True)]
        else:
            parts.append(Part(document(item), stage=stage))
    return resolve_chain("a", parts, catalogue or small.library(), Plant(), target_per_year=target, **options)


def shared(*numbers):
    return [Quantity("1").read({"value": number, "estimate": "test"}) for number in numbers]


def bundle(*stages, **options):
    """Return a line of bundled routes; a tuple among them is a fork."""
    parts = []
    for stage, item in enumerate(stages):
        names = item if isinstance(item, tuple) else (item,)
        parts += [Part(yamlfile.read(bundled("routes")[name]), stage=stage) for name in names]
    return resolve_chain("a", parts, LIBRARY, Plant(days_per_week=6), target_per_year=1e6, **options)


# -- amounts -----------------------------------------------------------------------------------------------------------


def test_each_branch_gets_the_powder_that_its_part_of_a_cell_takes():
    streams = line(POWDER, (FILM, FACE), CELL).flowsheet

    assert streams.forked == pytest.approx(
        {("powder/pack", "film/dose"): FILM_POWDER, ("powder/pack", "face/dose"): FACE_POWDER}
    )
    pack = streams.steps["powder/pack"]
    assert pack.expected * pack.primary.factor == pytest.approx(FILM_POWDER + FACE_POWDER)
    assert streams.imbalance < 1e-12


def test_the_cell_holds_what_its_parts_hold():
    # 1.1 m2 of film at 50 g, a face at 40 g, 20 g of LiCl
    stream = line(POWDER, (FILM, FACE), CELL).flowsheet.steps["cells/stack"].primary.stream

    assert stream.unit == "m2"
    assert stream.kg_per_unit == pytest.approx({"Li6PS5Cl": 1.1 * 0.05 + 0.04, "LiCl": 0.02})


def test_lots_that_nothing_decides_upon_are_shared_evenly():
    text = (
        "{name: x, title: x, kind: synthesis, function: x, product: {material: LiCl, unit: kg}, source: good, steps: "
    )
    text += "[{id: a, batch: 9 kg, recipe: {LiCl: 1 kg}, duration: 1 h, next: [b, c]}, "
    text += "{id: b, duration: 1 h, next: ship}, {id: c, duration: 1 h, next: ship}]}"

    assert small.resolved(text).flowsheet.forked == pytest.approx({("a", "b"): 0.5, ("a", "c"): 0.5})


def test_wishes_decide_only_where_the_equations_leave_a_choice():
    # x + y = 3 and x = 2 leave nothing open; x + y = 3 alone lets the wish x = 2 y decide
    wish = np.array([[1.0, -2.0]])

    assert forks.settle(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([3.0, 2.0]), wish) == pytest.approx([2.0, 1.0])
    assert forks.settle(np.array([[1.0, 1.0]]), np.array([3.0]), wish) == pytest.approx([2.0, 1.0])
    assert forks.settle(np.array([[1.0, 1.0]]), np.array([3.0]), -wish[:, ::-1]) == pytest.approx([1.0, 2.0])


def test_a_part_that_no_route_of_the_chain_makes_is_bought():
    made = line(POWDER, FILM, CELL)
    fed = {(name, material) for name, flow in made.flowsheet.steps.items() for material in flow.feeds}

    assert ("cells/take_face", "Li2S") in fed
    assert not [name for name, material in fed if material == "Li6PS5Cl"]
    assert made.graph.steps["cells/take_film"].areal_mass is None
    assert made.graph.steps["cells/take_face"].areal_mass.value == 0.04


def test_branches_that_buy_their_powder_may_begin_a_line():
    fork = line((FILM, FACE), CELL)
    release = {step.id: plan.release for step, plan in zip(fork.route.steps, fork.plan.steps, strict=True)}

    assert release["film/dose"].kind == release["face/dose"].kind == "interval"
    assert fork.flowsheet.steps["film/dose"].expected == pytest.approx(FILM_POWDER)


# -- pull and push -----------------------------------------------------------------------------------------------------


def ran(chain):
    log = simulate(chain.plan, seed=1, replication=0)
    return log, reduce(log, chain)


def puts(chain, log, buffer):
    """Return the amounts of the lots that arrive in a buffer."""
    index = [item.name for item in chain.plan.buffers].index(buffer)
    rows = log.rows[(log.rows["kind"] == Kind.PUT) & (log.rows["place"] == index)]
    return rows["amount"]


def test_whole_lots_go_to_the_branch_that_asks_until_both_have_what_the_cells_take():
    chain = line(POWDER, (FILM, FACE), CELL, target=4e6, warm_up_h=1000.0, horizon_h=3000.0)
    log, ledger = ran(chain)

    assert set(np.round(puts(chain, log, "film/dose"), 9)) == set(np.round(puts(chain, log, "face/dose"), 9)) == {200.0}
    assert check(log) < LIMIT
    film, face = ledger.steps["film/dose"].taken, ledger.steps["face/dose"].taken
    assert film / face == pytest.approx(FILM_POWDER / FACE_POWDER, rel=0.02)
    assert ledger.shipped == pytest.approx(4e6 * 3000 / 8760, rel=0.02)


def test_fixed_shares_cut_every_lot():
    share = round(FILM_POWDER / (FILM_POWDER + FACE_POWDER), 3)
    numbers = shared(share, 1.0 - share)
    chain = line(POWDER, (FILM, FACE), CELL, shares=numbers, warm_up_h=500.0, horizon_h=1000.0)
    log, ledger = ran(chain)

    assert set(np.round(puts(chain, log, "film/dose"), 9)) == {round(200.0 * share, 9)}
    assert ledger.shipped == pytest.approx(1e6 * 1000 / 8760, rel=0.05)
    assert check(log) < LIMIT


def test_shares_that_fit_are_those_of_the_demand_and_others_are_refused():
    fits = fitting((fork := line(POWDER, (FILM, FACE), CELL)).graph, fork.flowsheet)

    whole = FILM_POWDER + FACE_POWDER
    assert fits == pytest.approx({"film": FILM_POWDER / whole, "face": FACE_POWDER / whole})
    with pytest.raises(InputError, match=r"shares that fit are 0\.568 for 'film' and 0\.432 for 'face'"):
        line(POWDER, (FILM, FACE), CELL, shares=shared(0.5, 0.5))


def test_what_a_branch_loses_per_event_changes_the_share_that_fits():
    # of every 70 kg dosed for the face 7 kg are lost: a tenth of 0.99 * 70 kg is 10.1 %
    losing = FACE.replace("yield: 0.99}", "yield: 0.99, loss: [{per: lot, amount: 7 kg}]}")
    fork = line(POWDER, (FILM, losing), CELL)
    face = FACE_POWDER / (1.0 - 7.0 / (0.99 * 70.0))

    assert fitting(fork.graph, fork.flowsheet)["face"] == pytest.approx(face / (face + FILM_POWDER))
    # only the powder and the branch itself carry the loss
    through = {name: size.operations_per_year * size.charge for name, size in fork.sizing.steps.items()}
    assert through["film/dose"] == pytest.approx(1e6 * FILM_POWDER)
    assert through["powder/pack"] == pytest.approx(1e6 * (FILM_POWDER + face))


def test_a_branch_asks_for_no_more_than_the_cells_take_though_its_hold_has_no_walls():
    # the cathode press handles 30 m2/h and loses a tenth, stacking 5 %: 25.65 m2/h of cell; film waits, its store is full
    slow = FACE.replace("rate: 3000", "rate: 30")
    chain = line(POWDER, (FILM, slow), CELL, target=1e6, warm_up_h=1000.0, horizon_h=2000.0)
    log, ledger = ran(chain)
    made = ledger.steps["film/press"]

    assert ledger.shipped == pytest.approx(30 * 0.9 * 0.95 * 2000, rel=0.05)
    assert made.taken * made_per_kg(chain) == pytest.approx(ledger.shipped / 0.95 * 1.1, rel=0.1)
    assert max(ledger.buffers["cells/take_film"].level_end, 0.0) <= 5000.0
    assert check(log) < LIMIT


def made_per_kg(chain):
    return chain.flowsheet.steps["film/press"].primary.factor


# -- nothing twice, nothing lost ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plant():
    """Cells from raw materials, six weeks: line, log and ledger."""
    parts = ("dry_ptfe", "dry_ptfe_cathode")
    chain = bundle("metathesis", parts, "cell_stacking", warm_up_h=8 * 168.0, horizon_h=6 * 168.0)
    log = simulate(chain.plan, seed=1, replication=0)
    return chain, log, reduce(log, chain)


def test_the_log_closes_and_elements_balance_over_the_whole_plant(plant):
    chain, log, ledger = plant

    assert check(log) < LIMIT
    assert ledger.shipped == pytest.approx(1e6 * 6 * 7 / 365, rel=0.15)
    assert chain.flowsheet.imbalance < 1e-9
    assert element_error(material_flows(chain, ledger), chain.library) < 1e-9


def test_what_the_synthesis_hands_on_is_what_both_branches_take_and_what_lies_between(plant):
    chain, _, ledger = plant
    pack = ledger.steps["metathesis/pack"]
    doors = ["dry_ptfe/dose_powder", "dry_ptfe_cathode/dose_powder"]

    made = pack.finished * chain.flowsheet.steps["metathesis/pack"].primary.factor
    handed = made - (pack.out_open_end - pack.out_open_start)
    between = sum(ledger.buffers[name].level_end - ledger.buffers[name].level_start for name in doors)
    assert handed == pytest.approx(sum(ledger.steps[name].taken for name in doors) + between, rel=1e-9)


def test_nothing_that_the_plant_makes_is_bought(plant):
    chain, _, ledger = plant
    flows = material_flows(chain, ledger)

    bought = {flow.material for flow in flows if flow.direction == "feed"}
    assert not bought & {"Li6PS5Cl", "sulfide_separator", "composite_cathode"}
    assert {"lithium", "nickel_foil", "pouch_laminate", "NCM811_coated", "Na2S"} <= bought
    assert {flow.step for flow in flows if flow.direction == "product"} == {"cell_stacking/pack"}


def test_every_item_of_cost_belongs_to_a_step_of_one_route_and_they_add_up(plant):
    chain, _, _ = plant
    total, items = expected_cost(chain)
    routes = ("metathesis", "dry_ptfe", "dry_ptfe_cathode", "cell_stacking", "line")
    by_route = dict.fromkeys(routes, 0.0)
    for item in items:
        by_route[item.step.partition("/")[0]] += item.usd_per_year

    assert sum(by_route.values()) / shipped_per_year(expected(chain)) == pytest.approx(total, rel=1e-9)
    assert min(by_route.values()) > 0.0


def test_making_the_parts_and_buying_them_at_the_cost_of_making_cost_the_same():
    # no queues, no failures, no charge for capital in stocks: then fork and joint themselves must cost nothing
    economics = {**small.ECONOMICS, "discount_rate": "0 %", "working_capital": "0 %"}
    library = replace(small.library(), economics=Economics.model_validate(economics))
    options = {"catalogue": library}

    made, _ = expected_cost(line(POWDER, (FILM, FACE), CELL, **options))
    powder, _ = expected_cost(line(POWDER, target=1e6 * (FILM_POWDER + FACE_POWDER), **options))
    film, _ = expected_cost(priced(line(FILM, target=1e6 * 1.1 / 0.95, **options), {"Li6PS5Cl": powder}))
    face, _ = expected_cost(priced(line(FACE, target=1e6 / 0.95, **options), {"Li6PS5Cl": powder}))
    parts = {"Li6PS5Cl": film / 0.05, "Li2S": face / 0.04}
    bought, _ = expected_cost(priced(line(CELL, **options), parts))

    assert made == pytest.approx(bought, rel=1e-9)


def test_expected_values_and_influence_work_on_a_plant_with_branches():
    fork = line(POWDER, (FILM, FACE), CELL)

    assert expected(fork).shipped == pytest.approx(1e6)
    table = influence(fork)
    assert not table["swing_usd_per_unit"].isna().any()


# -- the bundled route -------------------------------------------------------------------------------------------------


def test_a_square_metre_of_cell_weighs_what_its_parts_weigh():
    # g: cathode 219.35, 1.05 of separator at 49.1, lithium 10.7 with 0.03 of interlayer, nickel 44.5, tabs 0.735 and 2.14, pouch 10.56
    alone = bundle("cell_stacking")
    mass = sum(alone.flowsheet.steps["pack"].primary.stream.kg_per_unit.values())

    assert mass == pytest.approx(0.21935 + 1.05 * 0.0491 + 0.0107 + 0.00003 + 0.0445 + 0.000735 + 0.00214 + 0.01056)
    assert alone.key[:3] == ("cell", "cell", "m2")


# -- what is refused ---------------------------------------------------------------------------------------------------

SCENARIO = """name: small
title: Forks
lines:
  - name: a
    target: 1 Mm2/y
    line: {line}
plant: {{days_per_week: 6}}
horizon: 5 week
warm_up: 1 week
replications: 1
"""

WITH = "[metathesis, [{{route: dry_ptfe, share: {}}}, {{route: dry_ptfe_cathode{}}}], cell_stacking]"


@pytest.mark.parametrize(
    ("chain", "at", "text"),
    [
        (WITH.format(1.4, ", share: 0.4"), 50, "'share': expected at most 1, found '1.4'"),
        (WITH.format(0.4, ", share: 0.4"), 89, "the shares of the fork add up to 0.8, not 1"),
        (WITH.format(0.4, ""), 64, "'dry_ptfe_cathode' has no 'share': give all branches of the fork one, or none"),
        (WITH.format(0.4, ", share: 0.6"), 50, "the branches do not fit together: one would pile up while"),
        ("[metathesis, {route: dry_ptfe, share: 1}]", 49, "a 'share' is that of a branch"),
        ("[metathesis, [dry_ptfe, dry_ptfe_cathode]]", 35, "nothing joins 'dry_ptfe' and 'dry_ptfe_cathode': a line"),
        ("[metathesis, [dry_ptfe, pi_infiltration], cell_stacking]", 53, "'dry_ptfe' and 'pi_infiltration' both make"),
        (
            "[metathesis, [dry_ptfe, li2s_carbothermic], cell_stacking]",
            55,
            "nothing takes up what 'li2s_carbothermic' makes",
        ),
        ("[metathesis, [dry_ptfe, [infiltration, dry_ptfe_cathode]], cell_stacking]", 35, "'line': a fork in a fork"),
        ("[metathesis, [dry_ptfe], cell_stacking]", 24, "'line': expected at least 2 of them, found 1"),
        ("[metathesis, [dry_ptfe, dry_ptfe_cathode], pi_infiltration]", 54, "'pi_infiltration' takes one electrolyte"),
        (
            "[metathesis, [dry_ptfe, {route: infiltration, from: polish_filter}], cell_stacking]",
            63,
            "a solution goes from one route to one other",
        ),
    ],
)
def test_a_fork_that_makes_no_sense_is_refused_where_it_is_written(tmp_path, chain, at, text):
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.format(line=chain), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_scenario(path)

    found = [(issue.line, issue.col) for issue in caught.value.issues if issue.text.startswith(text)]
    assert found == [(6, at)], str(caught.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("{Li2S: 1 kg}", "{LiOH: 1 kg}"), "nobody makes or sells the cathode of 'cells': put a route that makes it"),
        (("{at: take_film", "{at: take_foil"), "unknown step 'take_foil'"),
        (("{at: take_film", "{at: stack"), "'stack' takes in LiCl, expected the separator alone"),
        (("areal_mass: 0.05 kg/m2, ", ""), "'take_film' needs 'areal_mass'"),
    ],
)
def test_a_cell_needs_parts_that_somebody_makes_or_sells(change, text):
    with pytest.raises(InputError) as caught:
        line(CELL.replace(*change))

    issue = next(issue for issue in caught.value.issues if issue.text.startswith(text))
    assert issue.line == 8


def test_a_part_that_is_made_need_not_be_for_sale():
    unsold = CELL.replace("{Li2S: 1 kg}", "{LiOH: 1 kg}")

    assert line(POWDER, (FILM, FACE), unsold).flowsheet.imbalance < 1e-12
