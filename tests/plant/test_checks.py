import pytest
from support.routes import lined

from sim.errors import InputError

THF = {"THF": {"capacity": "10 t", "initial": "5 t"}}
WET = (
    "id: mix, feeds: {THF: 1 kg/kg}, batch: 200 kg",
    "id: dry, dry_to: {THF: 0}, recover: {THF: {recycle: 1, purge: 0, vent: 0}}",
)


def said(*steps, **more):
    """Return all that is wrong in a route."""
    with pytest.raises(InputError) as caught:
        lined(*steps, **more)
    return [issue.text for issue in caught.value.issues]


@pytest.mark.parametrize(
    ("steps", "more", "text"),
    [
        (["id: a"], {"tanks": THF}, "nobody draws from the tank of THF"),
        (WET, {"tanks": {"THF": {"capacity": "1 t", "initial": "5 t"}}}, "the first fill of 5 t is more than the tank holds, 1 t"),
        (["id: a"], {"places": {"operators": 3}}, "operators are counted by the program; call the place something else"),
        (["id: a"], {"auxiliaries": {"chiler": 1}}, "unknown equipment 'chiler'"),
        (["id: a"], {"product": {"material": "Li2S", "unit": "kg", "key_feed": "LiCl"}}, "no step feeds LiCl"),
        (["id: a", "id: b, release: {at: capacity}"], {}, "only a first step, one with a recipe, is released"),
        (["id: a, release: {at: interval}"], {}, "give the 'interval' itself"),
        (["id: a, release: {at: capacity, rate: 3 kg/h}"], {}, "'rate' is given, so 'at' is 'rate', found 'capacity'"),
        (["id: a, release: {interval: 1 h, rate: 3 kg/h}"], {}, "give one of 'interval' and 'rate'"),
        (["id: a, release: {rate: 3 m2/h}"], {}, "'a' puts out kg, so this is in kg/h, found '3 m2/h'"),
        (["id: a, slots: 3"], {}, "'slots' needs 'pitch'"),
        (["id: a, pitch: 3 h"], {}, "'pitch' needs 'slots'"),
        (["id: a", "id: b, min_batch: 0.5"], {}, "'min_batch' needs 'batch'"),
        (["id: a, operators: {load: 1}"], {}, "there is no phase 'load': give its duration in 'phases'"),
        (["id: a, buffer: 3 lots"], {}, "nothing hands to a first step, so it has no buffer"),
        (["id: a", "id: b, buffer: 1.5 lots"], {}, "expected a whole number of lots, found '1.5 lots'"),
        (["id: a", "id: b, speed: 3 m/min"], {}, "'speed' needs the 'width' of the web"),
        (["id: a", "id: b, inspect: {pass: 1, error: 0.1}"], {}, "an error of measurement needs the 'limit' of what is measured"),
        (["id: a, condense: {cop: 3}"], {}, "nothing evaporates here that could be condensed: give 'dry_to'"),
        (["id: a, energy: 3 kWh/m2"], {}, "'a' puts out kg, so this is in kWh/kg, found '3 kWh/m2'"),
        (["id: a, gas: {argon: 1 m3/m2}"], {}, "'a' puts out kg, so this is in m3/kg, found '1 m3/m2'"),
        (["id: a, consumables: {sagger: 1 1/m2}"], {}, "'a' puts out kg, so this is in 1/kg, found '1 1/m2'"),
        (["id: a, lot: 3 m2"], {}, "'a' puts out kg, so this is in kg, found '3 m2'"),
        (["id: a, loss: [{per: lot, amount: 3 m2}]"], {}, "'a' puts out kg, so this is in kg, found '3 m2'"),
        (["id: a, loss: [{per: lot, amount: 3 m}]"], {}, "metres of web need the step's 'width'"),
        (["id: a, failures: [{after: 3 m2, repair: 1 h}]"], {}, "'a' puts out kg, so this is in kg, found '3 m2'"),
        (["id: a, failures: [{after: 3 m, repair: 1 h}]"], {}, "metres of web need the step's 'width'"),
        (["id: a, gas: {Li2S: 1 m3/kg}, recipe: {PTFE: 1 kg}"], {"product": {"material": "PTFE", "unit": "kg"}}, None),
        (["id: a, feeds: {THF: 1 kg/m2}, dry_to: {THF: 0}"], {}, "a feed per m2 needs a web: an inlet in m2, or 'areal_mass', found '1 kg/m2'"),
        (["id: a, dry_to: {Li2S: 0}"], {}, "Li2S lacks boiling point, heat capacity or heat of vaporisation in the catalogue"),
        (["id: a, split: {waste: {Li2S: 1}}"], {}, "nothing is left to go on from 'a'"),
        (["id: a, feeds: {THF: 1 kg/kg}, dry_to: {THF: 1}"], {}, "the residuals add up to 1: nothing else would be left"),
        (["id: a, split: {b: {NaCl: 0}}, recipe: {Li2S: 1 kg, NaCl: 1 kg}", "id: b"], {}, "nothing goes to 'b': none of the species is in the vessel"),
        (["id: a, reactions: [{equation: Li2S + 2 water -> 2 LiOH + H2S, conversion: {Li2S: 1}}]"], {}, "water is to react, but there is none in the vessel"),
        (["id: a, recipe: {carbon_black: 1 mol}"], {"product": {"material": "carbon_black", "unit": "kg"}}, "carbon_black has no formula, so its amount cannot be in mol"),
        (["id: a, equipment: cone_blender, size: 3 kg"], {}, "'cone_blender' is sized in m3, not kg"),
        (["id: a, sections: [{id: s, equipment: cone_blender}]"], {}, "give the 'size' of 'cone_blender' in m3"),
        (["id: a, sections: [{id: s, equipment: qc_bench}, {id: s, equipment: qc_bench}]"], {}, "the section name 's' is used twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once(steps, more, text):
    if text is None:
        assert lined(*steps, **more)
    else:
        found = said(*steps, **more)
        assert len(found) == 1
        assert found[0].startswith(text)


def test_a_species_that_has_reacted_to_nothing_is_no_error():
    # a study that sets the conversion to 1 leaves nothing for the clean-up behind it
    line = lined(
        "id: a, recipe: {Li2S: 3 mol, P2S5: 1 mol}, reactions: [{equation: 3 Li2S + P2S5 -> 2 Li3PS4, conversion: {P2S5: 1}}]",
        "id: b, split: {waste: {P2S5: 0.5}}, reactions: [{equation: 3 Li2S + P2S5 -> 2 Li3PS4, conversion: {Li2S: 0.5}}]",
        product={"material": "Li3PS4", "unit": "kg"},
    )

    assert line.flowsheet.steps["b"].primary.stream.kg_per_unit == pytest.approx({"Li3PS4": 1.0})
