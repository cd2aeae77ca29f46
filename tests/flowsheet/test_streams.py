import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.routes import LIBRARY, solved

from sim.flowsheet.streams import FlowsheetError

MAKE = "id: make, recipe: {Li2S: 5 mol, P2S5: 1 mol, LiCl: 2 mol}, batch: 100 kg"
REACT = "reactions: [{equation: 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl, conversion: {P2S5: %s}}]"
ARGYRODITE = {"product": {"material": "Li6PS5Cl", "unit": "kg"}}
THF = {"tanks": {"THF": {"capacity": "10 t", "initial": "5 t"}}}


def sides(flow):
    """Return what leaves a step, by material and direction."""
    return {(side.material, side.direction): side.kg for side in flow.sides}


def test_a_kilogram_of_argyrodite_takes_what_stoichiometry_says():
    flow = solved(f"{MAKE}, {REACT % 1.0}", **ARGYRODITE).steps["make"]

    # 5 x 45.94, 222.27 and 2 x 42.39 g make 2 x 268.36 g
    assert flow.feeds == pytest.approx({"Li2S": 0.428, "P2S5": 0.414, "LiCl": 0.158}, abs=5e-4)
    assert flow.primary.stream.kg_per_unit == pytest.approx({"Li6PS5Cl": 1.0})
    assert flow.product_per_unit == pytest.approx(1.0)


def test_a_conversion_is_that_of_its_reactant():
    flow = solved(f"{MAKE}, {REACT % 0.9}", **ARGYRODITE).steps["make"]

    # 90 % of every reactant reacts, for they stand in the ratio of the equation
    assert flow.primary.stream.kg_per_unit == pytest.approx(
        {"Li6PS5Cl": 0.9, "Li2S": 0.0428, "P2S5": 0.0414, "LiCl": 0.0158}, abs=5e-5
    )


def test_a_species_that_stands_twice_on_a_side_reacts_twice():
    flow = solved(
        "id: make, recipe: {Li2S: 1 mol, P2S5: 1 mol}, "
        "reactions: [{equation: Li2S + 2 Li2S + P2S5 -> 2 Li3PS4, conversion: {Li2S: 1}}]",
        product={"material": "Li3PS4", "unit": "kg"},
    )

    # a third of the P2S5 finds its 3 Li2S
    assert flow.steps["make"].primary.stream.kg_per_unit["P2S5"] == pytest.approx(2 / 3 * 222.27 / 268.21, abs=1e-4)
    assert flow.imbalance < 1e-12


def test_drying_leaves_the_residual_by_mass_of_the_whole():
    flow = solved(
        "id: mix, feeds: {THF: 5 kg/kg}, batch: 600 kg",
        "id: dry, dry_to: {THF: 1 wt%}, recover: {THF: {recycle: 0.95, purge: 0.01, vent: 0.04}}",
        **THF,
    ).steps["dry"]

    # of 6 kg, 1 kg of solids keeps 1/99 kg of THF; per kg of inlet a sixth of all
    gone = (5 - 1 / 99) / 6
    assert flow.primary.factor == pytest.approx(100 / 99 / 6)
    assert flow.primary.stream.kg_per_unit == pytest.approx({"Li2S": 0.99, "THF": 0.01})
    assert flow.recovered == pytest.approx({"THF": 0.95 * gone})
    assert sides(flow) == pytest.approx({("THF", "waste"): 0.01 * gone, ("THF", "emission"): 0.04 * gone})


def test_what_is_not_recovered_is_emitted():
    flow = solved("id: mix, feeds: {THF: 1 kg/kg}", "id: dry, dry_to: {THF: 0}", **THF).steps["dry"]

    assert sides(flow) == pytest.approx({("THF", "emission"): 0.5})


def test_a_solvent_that_is_scarcer_than_its_residual_stays_and_the_other_is_dried_exactly():
    flow = solved(
        "id: mix, feeds: {THF: 1 kg/kg, ethanol: 0.001 kg/kg}",
        "id: dry, dry_to: {THF: 0.1, ethanol: 0.5}",
        **THF,
    ).steps["dry"]

    shares = flow.primary.stream.kg_per_unit
    assert shares["THF"] == pytest.approx(0.1)
    assert shares["ethanol"] / shares["Li2S"] == pytest.approx(0.001)


def test_feeds_count_by_the_inlet_by_a_species_and_by_the_product():
    flows = solved(
        f"{MAKE}, {REACT % 1.0}",
        "id: mix, feeds: {NaCl: 0.1 kg/kg, ZrO2: 2 kg/kg, THF: 0.5 kg/kg NaCl, LiCl: 1 mol/mol NaCl, ethanol: 3 kg/kg product}, "
        "split: {waste: {NaCl: 1, ZrO2: 1, LiCl: 1}}, dry_to: {THF: 0, water: 0, ethanol: 0}, batch: 100 kg",
        **ARGYRODITE,
    ).steps

    feeds = flows["mix"].feeds
    assert (feeds["NaCl"], feeds["ZrO2"], feeds["THF"]) == pytest.approx((0.1, 2.0, 0.05))
    assert feeds["LiCl"] == pytest.approx(0.1 * 42.39 / 58.44, rel=1e-3)
    # what is dried off and split off again leaves 1 kg of product per kg of inlet
    assert feeds["ethanol"] == pytest.approx(3.0, rel=1e-3)


def test_feeds_by_product_settle_with_losses_downstream():
    flow = solved("id: mix, feeds: {THF: 9 kg/kg product}, dry_to: {THF: 0}", "id: sieve, yield: 0.5").steps["mix"]

    # half of each kg is shipped, so 4.5 kg come with it
    assert flow.product_per_unit == pytest.approx(0.5)
    assert flow.feeds["THF"] == pytest.approx(4.5)


def test_an_assay_brings_its_impurity():
    flow = solved("id: mix, recipe: {Na2S: 1 kg}", product={"material": "Na2S", "unit": "kg"}).steps["mix"]

    # 98 % pure: a kg of Na2S comes with 0.02/0.98 kg of carbonate
    assert flow.feeds == pytest.approx({"Na2S": 1.0, "Na2CO3": 0.02 / 0.98})


def test_splits_send_species_to_steps_and_out():
    flows = solved(
        "id: mix, recipe: {Li2S: 8 kg, NaCl: 2 kg}",
        "id: filter, split: {waste: {NaCl: 0.5}, cake: {NaCl: 0.4, Li2S: 0.25}}, next: pack",
        "id: cake, next: waste",
        "id: pack",
    ).steps

    main, cake = flows["filter"].outlets
    assert main.factor == pytest.approx(0.6 + 0.02)
    assert (cake.places, cake.factor) == (("cake",), pytest.approx(0.28))
    assert cake.stream.kg_per_unit == pytest.approx({"NaCl": 0.08 / 0.28, "Li2S": 0.2 / 0.28})
    assert sides(flows["filter"]) == pytest.approx({("NaCl", "waste"): 0.1})
    assert flows["cake"].product_per_unit == 0.0


def test_a_web_is_counted_in_square_metres():
    flow = solved(
        "id: mix",
        "id: coat, areal_mass: 0.05 kg/m2, feeds: {aluminium_foil: 0.03 kg/m2}, yield: 0.95, regrind: 0.9, batch: 70 kg",
        product={"material": "film", "unit": "m2"},
    ).steps["coat"]

    # 1 kg makes 20 m2; trim returns: net yield 0.95 / (1 - 0.05 x 0.9)
    assert flow.primary.factor == pytest.approx(20 * 0.95 / 0.955)
    assert flow.run_units == pytest.approx(20 / 0.955)
    assert flow.primary.stream.kg_per_unit == pytest.approx({"Li2S": 0.05, "aluminium_foil": 0.03})
    assert sides(flow)["aluminium_foil", "waste"] == pytest.approx(0.6 * (1 - 0.95 / 0.955))


def test_a_yield_loses_the_stream_as_it_is():
    flow = solved("id: mix, recipe: {Li2S: 3 kg, LiCl: 1 kg}, yield: 0.9").steps["mix"]

    assert flow.primary.factor == pytest.approx(0.9)
    assert sides(flow) == pytest.approx({("Li2S", "waste"): 0.075, ("LiCl", "waste"): 0.025})


def test_a_merge_takes_its_inlets_in_the_given_ratio():
    flows = solved(
        "id: a, next: mix",
        "id: b, recipe: {LiCl: 1 kg}, next: mix",
        "id: mix, inlets: {a: 1, b: 0.25}, batch: 100 kg",
    ).steps

    # 1 kg of a with 0.25 kg of b make 1.25 kg
    assert flows["mix"].primary.factor == pytest.approx(1.25)
    assert flows["mix"].inlet.kg_per_unit == pytest.approx({"Li2S": 1.0, "LiCl": 0.25})
    assert [flows[name].expected for name in ("mix", "a", "b")] == pytest.approx([0.8, 0.8, 0.2])
    assert [flows[name].product_per_unit for name in ("mix", "a", "b")] == pytest.approx([1.25, 1.25, 5.0])


def test_equal_streams_may_share_an_inlet_and_halve_the_flow():
    flows = solved("id: a, next: pack", "id: b, recipe: {Li2S: 5 kg}, next: pack", "id: pack").steps

    assert [flows[name].expected for name in ("a", "b", "pack")] == pytest.approx([0.5, 0.5, 1.0])


def test_unequal_streams_may_not():
    with pytest.raises(ExceptionGroup) as caught:
        solved("id: a, next: pack", "id: b, recipe: {LiCl: 5 kg}, next: pack", "id: pack")

    (error,) = caught.value.exceptions
    assert isinstance(error, FlowsheetError)
    assert str(error).startswith("the streams from 'a' and 'b' differ in Li2S, LiCl")


@pytest.mark.parametrize("passes", [0, 1, 2, 5])
def test_rework_raises_the_flow_by_what_comes_back(passes):
    flows = solved("id: a", "id: b", f"id: test, inspect: {{pass: 0.8, fail: rework -> b, passes: {passes}}}").steps

    # a lot that fails with q is tried 1 + q + ... + q^k times, and is lost with q^(k+1)
    q = 0.2
    good = 1 - q ** (passes + 1)
    assert flows["a"].expected == pytest.approx(1 / good)
    assert flows["b"].expected == pytest.approx(sum(q**n for n in range(passes + 1)) / good)
    assert flows["test"].expected == pytest.approx(1 / (1 - q))


def test_failed_lots_that_go_to_another_step_come_back_by_their_own_way():
    flows = solved(
        "id: a",
        "id: test, inspect: {pass: 0.9, fail: mend}, next: pack",
        "id: mend, yield: 0.5, next: pack",
        "id: pack",
    ).steps

    # 0.9 pass, 0.1 x 0.5 are mended
    assert flows["test"].expected == pytest.approx(1 / 0.95)
    assert flows["mend"].expected == pytest.approx(0.1 / 0.95)


def test_shares_divide_the_stream():
    flows = solved("id: a, next: {b: 0.3, c: 0.7}", "id: b, next: ship", "id: c").steps

    assert [outlet.factor for outlet in flows["a"].outlets] == pytest.approx([0.3, 0.7])
    assert [flows[name].expected for name in "abc"] == pytest.approx([1.0, 0.3, 0.7])


def test_evaporating_a_kilogram_of_thf_takes_its_warmth_and_its_latent_heat():
    steps = ("id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg", "id: dry, dry_to: {THF: 0}, heat: {efficiency: 0.5}")
    (duty,) = solved(*steps, **THF).steps["dry"].duties

    # 0.1346 kWh/kg from 25 degC, half a kg per kg of inlet, over the efficiency
    assert (duty.utility, duty.use) == ("heat", "heat")
    assert duty.kwh == pytest.approx(0.1346 * 0.5 / 0.5, abs=1e-4)


def test_what_stays_is_warmed():
    heat = "heat: {to: 398.15 K, extra: 0.2 kWh/kg, electricity: 0.1 kWh/kg, efficiency: 0.8, by: gas}"
    duties = {duty.use: duty for duty in solved("id: mix", f"id: bake, {heat}").steps["bake"].duties}

    # 100 K x 1.415 kJ/kg/K = 141.5 kJ
    assert duties["heat"].kwh == pytest.approx((141.5 / 3600 + 0.2) / 0.8)
    assert (duties["heat"].utility, duties["drives"].kwh) == ("gas", pytest.approx(0.1))


def test_purge_gas_is_fed_and_emitted():
    flow = solved("id: mix, yield: 0.5, gas: {argon: 2 m3/kg}").steps["mix"]

    # half a kg goes on
    density = LIBRARY.materials["argon"].density.value
    assert flow.feeds["argon"] == sides(flow)["argon", "emission"] == pytest.approx(density)


def figures(low, high):
    return st.floats(low, high).map(lambda number: round(number, 6))


@given(
    conversion=figures(0.0, 1.0),
    solvent=figures(0.01, 20.0),
    residual=figures(0.0, 0.4),
    away=figures(0.0, 0.9),
    share=figures(0.3, 1.0),
    ratio=figures(0.01, 3.0),
    passing=figures(0.5, 1.0),
)
def test_elements_in_are_elements_out(conversion, solvent, residual, away, share, ratio, passing):
    flows = solved(
        f"{MAKE}, feeds: {{THF: {solvent} kg/kg, Na2S: 0.1 kg/kg}}, {REACT % conversion}",
        f"id: filter, split: {{waste: {{Na2S: {away}, LiCl: {away}}}, emission: {{Na2CO3: 1}}}}",
        f"id: dry, dry_to: {{THF: {residual}}}, recover: {{THF: {{recycle: 0.9, purge: 0.1, vent: 0}}}}, yield: {share}, next: mix",
        "id: more, recipe: {LiCl: 1 mol, PTFE: 0.1 kg}, next: mix",
        f"id: mix, inlets: {{dry: 1, more: {ratio}}}, batch: 100 kg",
        "id: blend",
        f"id: test, inspect: {{pass: {passing}, fail: rework -> blend}}",
        **ARGYRODITE,
        **THF,
    )
    shipped = flows.steps["test"].expected * passing

    assert flows.imbalance < 1e-9
    assert shipped == pytest.approx(1.0, rel=1e-9)
    for flow in flows.steps.values():
        assert sum(flow.primary.stream.kg_per_unit.values()) == pytest.approx(1.0)
