"""What must not change a result: other names, other units, another order, a step that does nothing, another tank fill.

Each relation says whether results are equal exactly, to rounding or within chance.
"""

import math
from dataclasses import replace

import pytest
from support import lines
from support.runs import HEAD, POWDER, TAIL, TANKED

import sim
from sim.engine import simulate
from sim.rollup import kpi_table, rollup
from sim.rollup.ledger import reduce

SURE = (
    lines.WET.replace("    clean: {every: 5, duration: 1 h}\n", "")
    .replace("    loss: [{per: clean, amount: 2 kg}, {per: lot, amount: 0.5 kg}]\n", "")
    .replace("    failures: [{after: exponential(50) h, repair: 3 h}]\n", "")
    .replace("    inspect: {pass: 0.8, fail: rework -> anneal, passes: 1}\n", "")
    .replace("triangular(1, 2, 4) h", "2 h")
    .replace("    buffer: {capacity: 900 kg, max_wait: 1 h}\n", "")
)
"""A line without chance."""


def values(text, *, catalogue=None, seed=1, **options):
    """Return the indicators of one replication."""
    line = lines.resolved(
        text, catalogue, **{"target_per_year": 1e5, "horizon_h": 2000.0, "warm_up_h": 300.0, **options}
    )
    ledger = reduce(simulate(line.plan, seed=seed, replication=0), line)
    return kpi_table(rollup(line, ledger)).set_index("kpi")["value"].dropna().to_dict()


def equal(one, other, *, without=(), rel=1e-9):
    assert one.keys() == other.keys()
    kept = [name for name in one if not name.startswith(tuple(without) or "-")]
    assert {name: other[name] for name in kept} == pytest.approx({name: one[name] for name in kept}, rel=rel, abs=1e-12)


def test_a_feed_split_in_two_like_ones_costs_the_same_to_rounding():
    library = lines.library()
    catalogue = replace(library, materials={**library.materials, "LiCl_2": library.materials["LiCl"]})
    one = lines.ONE_STEP
    two = one.replace("recipe: {LiCl: 1 kg}", "recipe: {LiCl: 0.4 kg, LiCl_2: 0.6 kg}")
    equal(values(one, catalogue=catalogue), values(two, catalogue=catalogue), without=("yield_key",))


def test_a_line_by_another_name_has_the_same_results_exactly():
    assert values(lines.WET, name="a") == values(lines.WET, name="another")


def test_a_route_with_other_names_has_the_same_results_to_rounding_where_nothing_is_left_to_chance():
    renamed = SURE.replace("id: anneal", "id: fire").replace("name: wet", "name: moist").replace("id: pack", "id: wrap")
    equal(values(SURE), values(renamed))


def test_a_route_with_other_names_has_the_same_results_within_chance_else():
    renamed = lines.WET.replace("id: react", "id: stir").replace("name: wet", "name: moist")
    one, other = (values(text, horizon_h=8000.0, target_per_year=1e5) for text in (lines.WET, renamed))
    for name in ("throughput", "cost_per_unit", "solvent_per_unit", "yield_Li"):
        assert other[name] == pytest.approx(one[name], rel=0.05), name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("duration: 4 h", "duration: 240 min"),
        ("batch: 300 kg", "batch: 0.3 t"),
        ("{after: exponential(50) h, repair: 3 h}", "{after: exponential(3000) min, repair: 10800 s}"),
        ("capacity: 2000 kg, initial: 500 kg", "capacity: 2 t, initial: 500000 g"),
        ("heat: {to: 400 K,", "heat: {to: 126.85 degC,"),
        ("size: 2 m3\n    batch: 300", "size: 2000 L\n    batch: 300"),
    ],
)
def test_other_units_say_the_same_to_rounding(old, new):
    assert old in lines.WET
    equal(values(lines.WET), values(lines.WET.replace(old, new)), rel=1e-6)


def test_a_step_that_only_passes_on_changes_nothing_to_rounding():
    through = SURE.replace("  - id: pack\n", "  - {id: belt, duration: 0 h, machines: 9, failures: []}\n  - id: pack\n")
    equal(values(SURE), values(through), without=("availability", "oee"))


def test_twice_the_horizon_has_the_same_costs_to_the_work_in_process_where_nothing_is_left_to_chance():
    one, two = values(SURE, horizon_h=2000.0), values(SURE, horizon_h=4000.0)
    assert two["solvent_per_unit"] == pytest.approx(one["solvent_per_unit"], rel=1e-9)
    for name in ("throughput", "yield_Li", "pmi", "cost_per_unit", "energy_per_unit", "gwp_per_unit"):
        assert two[name] == pytest.approx(one[name], rel=0.01), name


def test_twice_the_horizon_has_the_same_costs_within_chance():
    one, two = values(lines.WET, horizon_h=4000.0), values(lines.WET, horizon_h=8000.0)
    for name in ("throughput", "cost_per_unit", "solvent_per_unit", "yield_Li"):
        assert two[name] == pytest.approx(one[name], rel=0.05), name


@pytest.mark.parametrize("kg", [0.001, 1999])
def test_any_fill_of_a_tank_gives_the_same_results_to_rounding_but_for_the_interest_on_it(kg):
    filled = lines.WET.replace("initial: 500 kg", f"initial: {kg} kg")
    equal(values(lines.WET), values(filled), without=("cost_per_unit", "conversion_cost_per_unit"))


def test_the_order_of_lines_changes_nothing_exactly(tmp_path):
    found = []
    for text in (POWDER + TANKED, TANKED + POWDER):
        path = tmp_path / "lines.yaml"
        path.write_text(HEAD + text + TAIL)
        kpis = sim.run(sim.load_scenario(path, replications=1), ranges=False).kpis
        found.append(kpis.set_index(["line", "kpi", "replication"])["value"].sort_index())
    assert found[0].equals(found[1]) or all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(found[0], found[1], strict=True)
    )
