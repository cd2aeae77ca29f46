from pathlib import Path

import pytest

from sim.errors import InputError
from sim.inputs.bundle import bundled
from sim.study.load import load_scenario

ROUTES = Path(__file__).parents[1] / "routes"
SCENARIO = (ROUTES / "base_scenario.yaml").read_text().replace("route: base.yaml", f"route: {ROUTES / 'base.yaml'}")


@pytest.fixture
def scenario(tmp_path):
    """Return a function that writes a scenario, with some text replaced, and loads it."""

    def load(*pairs, **more):
        text = SCENARIO
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "s.yaml"
        path.write_text(text)
        return load_scenario(path, **more)

    return load


def changes(study):
    return [(change.path, change.old, change.new, change.by) for change in study.changes]


def drying(study, line=0):
    return study.lines[line].graph.steps["dry"].duration.value


def test_a_scenario_is_read_with_its_lines(scenario):
    study = scenario()

    assert [line.name for line in study.lines] == ["a"]
    assert study.lines[0].target_per_year == 100_000.0
    assert study.lines[0].plan.warm_up_h == 4 * 168.0
    assert set(study.digests) == {str(path) for path in study.digests}
    assert len(study.digests) == 2


def test_the_scenario_beats_the_route_and_the_command_line_beats_the_scenario(scenario):
    assert drying(scenario(("  a.steps.dry.duration: 7 h\n", "  {}\n"))) == 8.0
    assert drying(scenario()) == 7.0
    assert drying(scenario(overrides=["a.steps.dry.duration=6 h"])) == 6.0


def test_the_more_special_change_of_a_line_beats_that_of_the_scenario(scenario):
    own = ("target: 100 t/y}", "target: 100 t/y, set: {steps.dry.duration: 5 h}}")

    assert drying(scenario(own)) == 5.0
    assert drying(scenario(own, overrides=["a.steps.dry.duration=6 h"])) == 6.0


def test_every_change_is_recorded_old_and_new_in_the_order_it_was_made(scenario):
    study = scenario(
        ("target: 100 t/y}", "target: 100 t/y, set: {steps.dry.duration: 5 h, materials.THF.price: 3 USD/kg}}"),
        overrides=["a.steps.dry.duration=6 h", "a.steps.test.hold=12 h", "utilities.heat.price=0.06 USD/kWh", "seed=7"],
        replications=3,
    )

    old = study.lines[0].library.changes[0][1]
    assert changes(study) == [
        ("seed", "not given", "7", "command line"),
        ("replications", "not given", "3", "command line"),
        ("utilities.heat.price", "0.05 USD/kWh", "0.06 USD/kWh", "command line"),
        ("a.materials.THF.price", old, "3 USD/kg", "line"),
        ("a.steps.dry.duration", "8 h", "7 h", "scenario"),
        ("a.steps.dry.duration", "7 h", "5 h", "line"),
        ("a.steps.dry.duration", "5 h", "6 h", "command line"),
        ("a.steps.test.hold", "24 h", "12 h", "command line"),
    ]


def test_a_catalogue_change_of_one_line_is_not_that_of_another_and_the_command_line_beats_it(scenario):
    two = (
        "target: 100 t/y}\n",
        "target: 100 t/y, set: {materials.THF.price: 3 USD/kg}}\n"
        f"  - {{name: b, route: {ROUTES / 'base.yaml'}, target: 100 t/y}}\n",
    )
    own, other = (line.library.materials["THF"].price for line in scenario(two).lines)
    assert (own.value, own.year) == (3.0, other.year)
    assert other.value != 3.0

    typed = scenario(two, overrides=["materials.THF.price=4 USD/kg"])
    assert [line.library.materials["THF"].price.value for line in typed.lines] == [4.0, 4.0]


def test_fields_of_the_scenario_may_be_replaced(scenario):
    study = scenario(seed=0, replications=None, overrides=["plant.days_per_week=5", "lines.a.target=50 t/y"])

    assert (study.scenario.seed, study.scenario.replications, study.scenario.plant.days_per_week) == (0, 10, 5)
    assert study.lines[0].target_per_year == 50_000.0


def test_a_wrong_field_is_reported_at_the_flag(scenario):
    with pytest.raises(InputError) as caught:
        scenario(replications=0)

    assert str(caught.value) == "--replications 0:1:1: 'replications': expected at least 1, found 0"


@pytest.mark.parametrize(
    ("path", "value", "number"),
    [
        ("a.steps.blend.duration", "3 h", lambda line: line.graph.steps["blend"].duration),
        ("a.steps.dry.heat.efficiency", "0.5", lambda line: line.graph.steps["dry"].heat.efficiency),
        (
            "a.steps.react.reactions.0.conversion.P2S5",
            "0.9",
            lambda line: line.route.steps[1].reactions[0].conversion["P2S5"],
        ),
        ("a.tanks.THF.initial", "4 t", lambda line: line.route.tanks["THF"].initial),
        ("materials.Li2S.price", "{value: 9 USD/kg, year: 2024}", lambda line: line.library.materials["Li2S"].price),
        ("materials.Li2S.density", "1.7 t/m3", lambda line: line.library.materials["Li2S"].density),
        ("price_sets.spot_2025.prices.Li2S", "9 USD/kg", lambda line: line.library.materials["Li2S"].price),
        ("regions.CN.electricity", "0.2 USD/kWh", lambda line: line.library.utilities["electricity"].price),
        (
            "equipment.cone_blender.price.value",
            "9 USD",
            lambda line: line.library.equipment["cone_blender"].price.value,
        ),
        ("economics.discount_rate", "0.1", lambda line: line.library.economics.discount_rate),
        ("services.chiller.efficiency", "0.4", lambda line: line.library.services.chiller.efficiency),
        ("batpac.least", "0.2", lambda line: line.library.batpac.least),
    ],
)
def test_a_number_from_outside_is_an_estimate_of_who_set_it_wherever_it_stands(scenario, path, value, number):
    region = ("prices: spot_2025", "prices: spot_2025\nregion: CN")
    found = number(scenario(region, overrides=[f"{path}={value}"]).lines[0])

    assert (found.source, found.grade, found.low, found.note) == ("estimate: set by the command line", "E", None, "")


def test_a_number_that_a_scenario_sets_says_which(scenario):
    own = ("target: 100 t/y}", "target: 100 t/y, set: {steps.pack.rate: 150 kg/h}}")
    steps = scenario(own).lines[0].graph.steps

    assert {steps["dry"].duration.source, steps["pack"].rate.source} == {"estimate: set by scenario s"}


@pytest.mark.parametrize(
    ("entry", "evidence"),
    [
        ("{price: {value: 9 USD/kg, year: 2024}}", ("estimate: set by overlay mine.yaml", "E")),
        ("{price: {value: 9 USD/kg, year: 2024, source: korff_decaluwe}}", ("korff_decaluwe", "B")),
        ("{price: {value: 9 USD/kg, year: 2024}, source: korff_decaluwe}", ("korff_decaluwe", "B")),
        ("{price: {value: 9 USD/kg, year: 2024}, source: korff_decaluwe, grade: D}", ("korff_decaluwe", "D")),
        ("{price: {value: 9 USD/kg, year: 2024}, estimate: a call}", ("estimate: a call", "E")),
    ],
)
def test_an_overlay_speaks_for_its_own_numbers_and_for_no_others(scenario, tmp_path, entry, evidence):
    (tmp_path / "mine.yaml").write_text(f"materials: {{Li2S: {entry}}}")
    plain, changed = scenario(), scenario(("prices: spot_2025", "prices: spot_2025\noverlays: [mine.yaml]"))
    before, after = (study.lines[0].library.materials["Li2S"] for study in (plain, changed))

    assert (after.price.source, after.price.grade, after.price.note) == (*evidence, "")
    assert (after.gwp, after.density, after.source) == (before.gwp, before.density, before.source)


def test_what_an_overlay_says_of_its_source_is_checked_where_it_stands(scenario, tmp_path):
    (tmp_path / "mine.yaml").write_text("materials:\n  Li2S: {price: {value: 9 USD/kg, year: 2024}, source: nobody}")
    with pytest.raises(InputError) as caught:
        scenario(("prices: spot_2025", "prices: spot_2025\noverlays: [mine.yaml]"))

    assert str(caught.value).startswith("mine.yaml:2:56: unknown source 'nobody'")


def test_the_same_doubt_of_two_lines_is_said_once(scenario):
    two = (
        "target: 100 t/y}\n",
        f"target: 100 t/y}}\n  - {{name: b, route: {ROUTES / 'base.yaml'}, target: 100 t/y}}\n",
    )
    small = scenario(two, overrides=["a.steps.dry.size=1 m3", "b.steps.dry.size=1 m3"])

    assert len(set(small.warnings)) == len(small.warnings)
    assert sum(text.endswith("m3 of working volume") for text in small.warnings) == 1


def test_problems_of_all_lines_and_of_the_command_line_come_together(scenario):
    two = ("target: 100 t/y}\n", "target: 100 t/y}\n  - {name: b, route: nowhere}\n")
    with pytest.raises(InputError) as caught:
        scenario(two, overrides=["a.steps.dry.duration=1 kg"])

    assert [issue.text for issue in caught.value.issues] == [
        "'duration': expected a time (h), found a mass: '1 kg'",
        f"nowhere: neither a file nor a bundled name; bundled routes are {', '.join(bundled('routes'))}",
    ]


def test_region_and_prices_are_switched_for_the_scenario_or_for_one_line(scenario):
    both = scenario(("prices: spot_2025", "prices: spot_2025\nregion: CN"))
    assert both.lines[0].library.utilities["electricity"].price.source == "china_business_power"

    typed = scenario(region="EU", prices="at_scale")
    assert typed.lines[0].library.economics.wage.source == "eurostat_labour"
    assert typed.lines[0].library.materials["Li2S"].price.value == pytest.approx(58.928, abs=1e-3)


def test_an_unknown_region_is_reported_where_it_is_asked_for(scenario):
    with pytest.raises(InputError) as caught:
        scenario(region="Atlantis")

    (issue,) = caught.value.issues
    assert str(issue) == "--region Atlantis:1:1: unknown region 'Atlantis'; there are US, EU, CN, KR, JP"


def test_private_files_are_read_beside_the_scenario_and_named_without_their_folder(scenario, tmp_path):
    (tmp_path / "mine.yaml").write_text("economics: {discount_rate: {value: 0.12, estimate: ours}}")
    study = scenario(("prices: spot_2025", "prices: spot_2025\noverlays: [mine.yaml]"))

    assert study.lines[0].library.economics.discount_rate.value == 0.12
    assert "mine.yaml" in study.digests
    assert ("economics.discount_rate", "0.12", "overlay mine.yaml") in [(c.path, c.new, c.by) for c in study.changes]


def test_a_private_file_that_is_not_there_is_an_error(scenario):
    with pytest.raises(InputError, match=r"nowhere\.yaml:1:1: no such file"):
        scenario(overlays=["nowhere.yaml"])
