from support.routes import lined

WHOLE = {
    "staff": {"quality": "1 persons"},
    "auxiliaries": {"h2s_scrubber": 1},
}
"""What a line needs so that nobody doubts it."""
STEPS = (
    "id: mix, equipment: cone_blender, size: 1 m3, operators: 1, power: 5 kW",
    "id: judge, equipment: qc_bench, operators: 1, power: 1 kW, inspect: {pass: 0.9, fail: waste}",
)


def doubted(*steps, **more):
    """Return the doubts of a line, without their places."""
    return [text.partition(": ")[2] for text in lined(*steps, **more).warnings]


def test_a_line_that_says_all_has_no_doubt():
    assert doubted(*STEPS, **WHOLE) == []


def test_a_machine_without_people_or_energy_is_a_doubt():
    nobody = STEPS[0].replace(", operators: 1", "")
    assert doubted(nobody, STEPS[1], **WHOLE) == [
        "mix: nobody attends the machine: give 'operators' or 'crew', 0 if none"
    ]
    idle = STEPS[0].replace(", power: 5 kW", "")
    assert doubted(idle, STEPS[1], **WHOLE) == ["mix: the machine draws no energy: give 'power', 'energy' or 'heat'"]


def test_what_is_said_to_be_nothing_is_no_doubt():
    by_hand = STEPS[0].replace("operators: 1, power: 5 kW", "operators: 0, power: 0 kW")
    none = {"staff": {}, "auxiliaries": {"h2s_scrubber": 0}}
    assert doubted(by_hand, STEPS[1], **none) == []
    crewed = STEPS[0].replace("operators: 1", "crew: 1 persons")
    assert doubted(crewed, STEPS[1], **WHOLE) == []


def test_a_line_without_staff_or_inspection_is_a_doubt():
    without = {name: value for name, value in WHOLE.items() if name != "staff"}
    (text,) = doubted(*STEPS, **without)
    assert text.startswith("the line has no 'staff'")
    (text,) = doubted(STEPS[0], **WHOLE)
    assert text.startswith("no step inspects")


def test_what_forms_hydrogen_sulfide_needs_a_scrubber_for_it():
    for auxiliaries in ({}, {"acid_scrubber": 1}):
        (text,) = doubted(*STEPS, **{**WHOLE, "auxiliaries": auxiliaries})
        assert text.startswith("mix: Li2S forms H2S, and nothing in 'auxiliaries' scrubs it")
    assert doubted(*STEPS, **{**WHOLE, "auxiliaries": {"small_scrubber": 1}}) == []
    polymer = STEPS[0] + ", recipe: {PTFE: 1 kg}"
    assert doubted(polymer, STEPS[1], product={"material": "PTFE", "unit": "kg"}, staff=WHOLE["staff"]) == []


def test_a_cake_that_dissolves_is_a_doubt():
    found = doubted(
        "id: a, recipe: {LiCl: 1 kg}, feeds: {water: 1 kg/kg}, split: {waste: {LiCl: 0.6}}, dry_to: {water: 0}",
        STEPS[1],
        product={"material": "LiCl", "unit": "kg"},
        staff={},
    )

    assert found == ["a: LiCl is soluble in water, yet 60% of it leaves to waste"]


def test_sizes_out_of_range_and_full_vessels_are_doubts():
    (small,) = doubted(STEPS[0].replace("size: 1 m3", "size: 0.3 m3, batch: 400 kg"), STEPS[1], **WHOLE)
    assert "does not fit into" in small

    (large,) = doubted(STEPS[0].replace("size: 1 m3", "size: 90 m3"), STEPS[1], **WHOLE)
    assert large == "mix: 90 m3 is outside the range of its price, 0.3 to 7.6 m3"
