"""Routes at several scales: how a scale is laid over a route, and how scales are compared, drawn and told."""

from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.results import make as plain
from support.scaled import make

from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.bundle import bundled
from sim.inputs.library import load_library
from sim.inputs.overrides import Overlay, Override
from sim.inputs.route import Route
from sim.inputs.scenario import Plant
from sim.plant.resolve import resolve, scales
from sim.reporting import document as report
from sim.reporting import figures, pages, tables, words
from sim.reporting.figures import style
from sim.reporting.leads import Lead
from sim.results import ladders, verdicts
from sim.study.load import load_scenario

HERE = Path(__file__).parent
SCALED = HERE.parent / "routes" / "scaled.yaml"


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def results():
    return make()


# -- the overlay --------------------------------------------------------------------------------------------------------


def laid(*changes):
    """Return base.yaml's overlay after changes, and what they say of themselves."""
    overlay = Overlay(yamlfile.read(HERE.parent / "routes" / "base.yaml", name="f.yaml"), Route)
    document = yamlfile.Document("s.yaml", None, {(): (1, 1)}, {})
    issues = [
        overlay.apply(Override(tuple(p.split(".")), v, document, (), "scale", p), tuple(p.split(".")))
        for p, v in changes
    ]
    return overlay, [issue.text for issue in issues if issue]


STEPS = ["weigh", "react", "dry", "blend", "test", "pack"]


@given(st.lists(st.sampled_from(STEPS), unique=True))
def test_removed_steps_are_gone_and_the_others_keep_their_place_in_the_file(removed):
    overlay, issues = laid(*((f"steps.{name}", None) for name in removed))

    left = [step["id"] for step in overlay.data["steps"]]
    assert issues == []
    assert left == [name for name in STEPS if name not in removed]
    for index, name in enumerate(left):
        there = overlay.document.at(("steps", STEPS.index(name), "id"))
        issue = overlay.issue(("steps", index, "id"), "x")
        assert (issue.line, issue.col) == there


@given(st.sampled_from(["steps.react.power", "tanks", "tanks.THF", "places.glovebox", "steps.blend.duration"]))
def test_what_was_removed_cannot_be_removed_again(path):
    overlay, first = laid((path, None))
    _, both = laid((path, None), (path, None))

    assert first == []
    assert len(both) == 1
    assert "removes nothing" in both[0] or "hits nothing" in both[0]
    assert overlay.changes[0][2] == "removed"


@given(st.text("abcdefghij_", min_size=1, max_size=8).filter(lambda name: name not in STEPS))
def test_removing_what_is_not_there_is_an_issue(name):
    _, issues = laid((f"steps.{name}", None))

    assert len(issues) == 1
    assert issues[0].startswith(f"'steps.{name}' hits nothing: no '{name}'")


def test_a_needed_key_that_was_removed_is_missed_at_the_line_that_removed_it():
    overlay = Overlay(yamlfile.read(HERE.parent / "routes" / "base.yaml", name="f.yaml"), Route)
    document = yamlfile.parse("a: {kind: null}\n", name="s.yaml")
    overlay.apply(Override(("kind",), None, document, ("a", "kind"), "scale", "kind"), ("kind",))
    issues = []
    overlay.validate(Route, overlay.data, (), issues)

    assert [str(issue) for issue in issues] == ["s.yaml:1:5: 'kind' is missing"]


# -- the line -----------------------------------------------------------------------------------------------------------


def test_a_scale_lies_over_the_route_and_overrides_lie_over_the_scale(library):
    document = yamlfile.parse("{x: 50 g}", name="c")
    override = Override(("steps", "weigh", "batch"), "50 g", document, (), "command line", "steps.weigh.batch")

    def charge(**options):
        return resolve("a", SCALED, library, Plant(), **options).sizing.steps["weigh"].charge

    assert charge() == charge(scale="industrial") == pytest.approx(100.0)
    assert charge(scale="lab") == pytest.approx(0.1)
    assert charge(scale="lab", overrides=[override]) == pytest.approx(0.05)


def test_a_scale_is_part_of_the_route_and_no_change_of_it(library):
    line = resolve("a", SCALED, library, Plant(), scale="lab")

    assert line.changes == ()
    assert line.scale == "lab"
    assert line.route.scales == {}
    assert [step.id for step in line.route.steps] == ["weigh", "react", "dry", "test", "pack"]


def test_an_unknown_scale_names_those_that_there_are(library):
    with pytest.raises(InputError) as caught:
        resolve("a", SCALED, library, Plant(), scale="moon")

    assert (
        caught.value.issues[0].text
        == "the route has no scale 'moon'; there are lab, faulty, holed, dangling, industrial"
    )


def test_only_lines_of_one_scale_are_comparable(library):
    lab, plant, also = (resolve("a", SCALED, library, Plant(), scale=scale) for scale in ("lab", "industrial", ""))

    assert plant.key == also.key != lab.key


def test_a_line_may_have_a_plant_of_its_own(tmp_path):
    path = tmp_path / "s.yaml"
    own = "plant: {days_per_week: 5, shifts_per_day: 1}"
    path.write_text(
        f"name: s\ntitle: s\nlines:\n"
        f"  - {{name: a, route: {SCALED}, scale: lab, target: 2 kg/y, {own}}}\n"
        f"  - {{name: b, route: {SCALED}, target: 100 t/y}}\n"
        "horizon: 1 y\nwarm_up: 1 week\n"
    )
    a, b = load_scenario(path).lines

    # 365 days are 52 weeks and a day: 5 days of 8 h a week, and one more shift
    assert a.sizing.open_hours_per_year == pytest.approx(261 * 8.0, abs=8.0)
    assert b.sizing.open_hours_per_year == pytest.approx(8760.0)
    assert (a.scale, b.scale) == ("lab", "industrial")


# -- comparison, figure, report -----------------------------------------------------------------------------------------


def test_lines_are_ranked_within_their_scale(results):
    assert [(verdict["scale"], len(verdict["lines"])) for verdict in verdicts(results)] == [
        ("lab", 2), ("lab", 1), ("pilot", 2), ("pilot", 1), ("industrial", 2), ("industrial", 1),
    ]  # fmt: skip


def test_ladders_rise_from_the_smallest_output_to_the_largest(results):
    lines = results.manifest["lines"]
    films, powders = ladders(list(reversed(lines)), results.summary)

    assert [[line["scale"] for line in ladder] for ladder in (*powders, *films)] == [["lab", "pilot", "industrial"]] * 3
    assert len(powders) == 2


def test_lines_without_scales_have_no_ladder_and_no_figure_of_it():
    without = plain(("dry_ptfe",))

    assert ladders(without.manifest["lines"], without.summary) == []
    assert not [name for name, _ in figures.figures(without) if name.startswith("scales")]


def test_the_figure_has_a_row_for_every_scale_and_prints_cost_energy_and_yield(results):
    figure = dict(figures.figures(results))["scales.1"]()
    with mpl.rc_context(style.RC):
        FigureCanvasAgg(figure).draw()
    share, cost, energy, _ = figure.axes
    rows = [label.get_text() for label in share.get_yticklabels()]

    assert [row for row in rows if row] == [
        f"{route}, {scale}" for route in ("Ball milling", "Wet THF") for scale in ("lab", "pilot", "industrial")
    ]
    for axes, kpi in ((cost, "cost_per_unit"), (energy, "energy_per_unit")):
        means = results.summary[results.summary["kpi"] == kpi].set_index("line")["mean"]
        assert axes.get_xscale() == "log"
        assert axes.texts[0].get_text() == words.number(means["ball_milling_lab"])
        assert len(axes.texts) == 6


def test_every_bar_of_the_figure_adds_up_to_the_whole_cost(results):
    figure = dict(figures.figures(results))["scales.2"]()
    share = figure.axes[0]
    ends = [patch.get_path().vertices for patch in share.patches]

    assert max(vertices[:, 0].max() for vertices in ends if len(vertices)) == pytest.approx(1.0)


def test_the_table_gives_the_factor_by_which_each_category_shrinks(results):
    ladder = ladders(results.manifest["lines"], results.summary)[0][0]
    table = tables.scales(results.costs, ladder)
    cells = {row["cells"][0]: row["cells"][1:] for row in table["rows"]}

    # everything is 400 times dearer in the laboratory, labour 400 x 100 = 40,000 times
    assert cells["Materials"][-1] == "400"
    assert cells["Labour"][-1] == "40 000"
    lab = results.costs.query("line == 'ball_milling_lab'")["usd_per_unit"].sum()
    assert cells["Total"][0] == words.number(lab)


def test_the_sentence_names_what_shrinks_most_and_least(results):
    ladder = ladders(results.manifest["lines"], results.summary)[0][0]
    costs = results.costs
    by = costs[costs["line"] == "ball_milling_lab"].groupby("category")["usd_per_unit"].sum()
    free = costs.assign(usd_per_unit=costs["usd_per_unit"].where(costs["category"] != "waste", 0.0))
    grown = free[(free["category"] != "waste") | (free["line"] == "ball_milling_industrial")].copy()
    grown.loc[grown["category"] == "waste", "usd_per_unit"] = 3.0

    said = tables.shrinking(costs, ladder)
    assert "What shrinks most is labour, from" in said
    assert f"what shrinks least is {words.name(by.idxmin())}, from" in said
    assert "what grows is waste, from 0 to" in tables.shrinking(grown, ladder)


def test_the_report_has_a_chapter_from_laboratory_to_plant(results):
    drawn = dict.fromkeys(name for name, _ in figures.figures(results))
    (found,) = [one for one in pages.questions(results, {}, drawn, Lead("scales.1", "", "")) if one["key"] == "scales"]

    # the first figure stands on page 1
    assert [block["key"] for block in found["blocks"] if block["kind"] == "figure"] == ["scales.2"]
    assert len([block for block in found["blocks"] if block["kind"] == "table"]) == 3
    assert not [
        one for one in pages.questions(plain(("dry_ptfe",)), {}, {}, Lead("", "", "")) if one["key"] == "scales"
    ]


@pytest.mark.slow
def test_a_report_with_scales_is_typeset(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    report.write_report(make(("dry_ptfe",)), tmp_path)

    text = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    assert "From laboratory to plant" in text
    assert "Separator, lab scale" in text


# -- the bundled routes -------------------------------------------------------------------------------------------------


FIVE = ("ball_milling", "wet_thf", "metathesis", "dry_ptfe", "infiltration")
"""The routes that have scales."""


@pytest.fixture(scope="module")
def bench(library):
    """The five routes in a laboratory of one researcher, one shift on working days."""
    plant = Plant(days_per_week=5, shifts_per_day=1)
    target = {"kg": 2.0, "m2": 20.0}
    found = {}
    for name in FIVE:
        path = bundled("routes")[name]
        unit = yamlfile.read(path).data["product"]["unit"]
        found[name] = resolve(name, path, library, plant, scale="lab", target_per_year=target[unit])
    return found


@pytest.mark.parametrize("name", FIVE)
def test_a_laboratory_is_one_researcher_who_handles_grams(bench, name):
    line = bench[name]

    assert line.sizing.operators == 1
    assert not line.route.staff
    assert line.sizing.people == pytest.approx(1.16, abs=0.01)
    assert all(size.charge_kg < 0.6 for size in line.sizing.steps.values())


def test_a_planetary_mill_takes_hundreds_of_kwh_per_kg(bench, library):
    line = bench["ball_milling"]
    mill = line.graph.steps["mill"]
    kwh_per_kg = mill.power.run.value * mill.duration.value / line.sizing.steps["mill"].charge_kg

    # 0.9 kW for 10 h on 15 g are 600 kWh/kg
    assert kwh_per_kg == pytest.approx(600.0, rel=0.05)
    assert 100.0 < kwh_per_kg < 4000.0
    plant = resolve("x", bundled("routes")["ball_milling"], library, Plant()).graph.steps["mill"]
    assert kwh_per_kg > 40.0 * plant.dose.value


def test_no_solvent_of_the_bench_is_recovered_but_the_ethanol_that_stage_3_takes_back(bench):
    for name, line in bench.items():
        back = {s: dict(flow.recovered) for s, flow in line.flowsheet.steps.items() if any(flow.recovered.values())}
        assert list(back) == (["evaporate_1"] if name == "metathesis" else []), name

    flows = bench["metathesis"].flowsheet.steps
    returned = flows["evaporate_1"].recovered["ethanol"] * flows["evaporate_1"].expected
    needed = flows["dissolve_3"].drawn["ethanol"] * flows["dissolve_3"].expected
    assert 0.6 < returned / needed < 1.0


@pytest.mark.parametrize("name", ["wet_thf", "metathesis"])
def test_a_pilot_plant_recovers_solvent_without_a_column(name, library):
    line = resolve(name, bundled("routes")[name], library, Plant(), scale="pilot")
    made = sum(flow.recovered.get("THF", 0.0) * flow.expected for flow in line.flowsheet.steps.values())
    used = sum(flow.drawn.get("THF", 0.0) * flow.expected for flow in line.flowsheet.steps.values())

    assert 0.85 < made / used < 0.98
    assert all(tank.regeneration is None for tank in line.route.tanks.values())


@pytest.mark.parametrize("name", FIVE)
def test_the_product_is_the_same_at_every_scale(name, library):
    path = bundled("routes")[name]
    per_unit = []
    for scale in scales(yamlfile.read(path)):
        line = resolve(name, path, library, Plant(), scale=scale)
        flow = line.flowsheet.steps[line.route.steps[-1].id]
        per_unit.append(flow.primary.stream.kg_per_unit)

    main = max(per_unit[-1], key=per_unit[-1].get)
    for found in per_unit:
        assert found[main] == pytest.approx(per_unit[-1][main], rel=0.03)


def test_small_outputs_are_printed_in_kilograms_and_square_metres(results):
    lab = [line for line in results.manifest["lines"] if line["scale"] == "lab"]
    cells = next(row["cells"] for row in tables.kpis(results.summary, lab)["rows"] if row["cells"][0] == "Good output")

    assert [cell.split()[-1] for cell in cells[2:]] == ["kg/y", "kg/y", "m²/y"]
