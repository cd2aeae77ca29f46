"""The report: what it says, that it is typeset from any text, and that it does not change."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from support.films import make as films
from support.results import make

import sim
from sim.errors import ReportError
from sim.reporting import certainty, evidence, figures, sweeps, tables
from sim.reporting import document as report
from sim.reporting.answer import answer
from sim.reporting.backends import orders
from sim.reporting.document import packed
from sim.reporting.short import short
from sim.results.compare import BreakEven, Rank, rank
from sim.results.folder import write

pypdf = pytest.importorskip("pypdf")
SMALL = Path(__file__).parents[1] / "cli" / "data" / "small.yaml"
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="160mm" height="100mm"/>'
HOSTILE = r'#panic("x") $x^2$ *b* _i_ ] ) \ " `raw` <a> @ref // /* = 1 ~ äß ∑'


def plain(path):
    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return [" ".join(page.replace("\u2060", "").replace("\u200b", "").replace("\u00a0", " ").split()) for page in pages]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report on one line, figures and all."""
    folder = tmp_path_factory.mktemp("report")
    report.write_report(make(("dry_ptfe",)), folder)
    return folder


def blank(name, drawing):
    """Draw nothing, as large as most figures are."""
    (drawing.work / f"{name}.svg").write_text(BLANK)
    return (160.0, 100.0), b""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The text of the report on five lines, which leaves its figures blank: test_figures.py draws them all."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "_draw", blank)
        report.write_report(make(), folder)
    return plain(folder / "report.pdf")


def test_the_first_page_answers_the_question(pages):
    first = pages[0]

    assert "No winner is named" in first
    assert "of the cost of wet THF" in first
    for words in ("cost the same at", "How sure.", "What drives it.", "so it is not ranked", "seed 7 · version 0.1.0"):
        assert words in first


def test_a_winner_is_named_where_the_numbers_allow():
    (found,) = report.content(make(("ball_milling", "metathesis"), grade="B"), {})["answers"]
    said = found["paragraphs"][0]["lead"].replace("\u2060", "").replace("\u00a0", " ")

    assert said.startswith("Metathesis is the cheapest route, at ")
    assert " below ball milling at " in said


@pytest.mark.parametrize(
    "words",
    [
        "All key figures", "Cost by category", "How sure is the order", "Cost at each price set, all of its prices at once", "What the numbers rest on",
        "The numbers that matter most", "Lithium sulfide: price", "People, capital and area",
        "Loss tree", "Materials per unit shipped", "Route: ball milling", "Route: infiltration",
        "Warnings", "Changed keys",
        "Steps and machines", "Assumptions", "References", "materials.Li2S", "280 USD/kg",
        "estimate: dust and hold-up",
        "upper end of the range",
    ],
)  # fmt: skip
def test_every_section_is_there(pages, words):
    assert words in " ".join(pages)


def test_no_number_is_printed_with_nine_digits(pages):
    assert not re.search(r"\d{7,}|\d\.\d{7,}", " ".join(pages))


def test_every_figure_lies_beside_it_as_png(folder):
    names = [path.name for path in sorted((folder / "figures").iterdir())]
    assert names == sorted(f"{name.replace('.', '_')}.png" for name, _ in figures.figures(make(("dry_ptfe",))))
    assert all((folder / "figures" / name).read_bytes().startswith(b"\x89PNG") for name in names)


def test_the_same_results_give_the_same_bytes_for_any_number_of_processes(folder, tmp_path):
    report.write_report(make(("dry_ptfe",)), tmp_path, jobs=2)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


def test_text_of_a_user_is_never_read_as_markup(tmp_path):
    results = make(("dry_ptfe",))
    lines = [
        {**line, "title": HOSTILE, "bottleneck_why": HOSTILE, "spec": {"x": HOSTILE}, "warnings": [HOSTILE]}
        for line in results.manifest["lines"]
    ]
    scenario = {**results.manifest["scenario"], "title": HOSTILE, "question": HOSTILE, "name": HOSTILE}
    manifest = {
        **results.manifest,
        "lines": lines,
        "scenario": scenario,
        "warnings": [HOSTILE],
        "changes": [{"path": HOSTILE, "old": HOSTILE, "new": HOSTILE, "by": HOSTILE}],
    }
    t = dict(results.tables)
    t["steps"] = t["steps"].assign(title=HOSTILE, equipment=HOSTILE)
    t["costs"] = t["costs"].assign(item=HOSTILE)
    t["assumptions"] = t["assumptions"].assign(source=HOSTILE, note=HOSTILE, where=HOSTILE)
    report.write_report(replace(results, tables=t, manifest=manifest), tmp_path)

    text = " ".join(plain(tmp_path / "report.pdf"))
    assert '#panic("x")' in text
    assert "$x^2$" in text


def test_a_missing_table_is_a_report_error(tmp_path):
    results = make(("wet_thf",))
    broken = {key: table for key, table in results.tables.items() if key != "energy"}

    with pytest.raises(ReportError, match="energy"):
        report.write_report(replace(results, tables=broken), tmp_path)
    assert not (tmp_path / "report.pdf").exists()


def test_a_document_that_typst_refuses_is_a_report_error(tmp_path):
    with pytest.raises(ReportError, match="typst"):
        report.typeset({}, tmp_path)


def test_one_replication_and_no_price_axis_can_be_reported(tmp_path):
    results = make(("dry_ptfe",))
    t = dict(results.tables)
    nan = float("nan")
    t["summary"] = t["summary"].assign(ci_low=nan, ci_high=nan, replications=1)
    t["kpis"] = t["kpis"][t["kpis"]["replication"] == 0]
    t["prices"], t["breakeven"] = t["prices"].iloc[:0], t["breakeven"].iloc[:0]
    scenario = {**results.manifest["scenario"], "replications": 1}
    report.write_report(replace(results, tables=t, manifest={**results.manifest, "scenario": scenario}), tmp_path)

    assert "Dry PTFE costs" in plain(tmp_path / "report.pdf")[0]


def test_the_numbers_that_matter_most_are_those_with_the_largest_swing():
    results = make(("wet_thf",))
    sheet = evidence.influential(results.tables["influence"], results.tables["costs"], results.manifest["lines"])
    head, *rows = sheet["rows"]

    assert re.match(r"wet THF: \d+ % of \d+ USD/kg rests on grade D and E", head["head"])
    assert [row["cells"][0] for row in rows] == [
        "Lithium sulfide: price", "High-energy mill: price", "Wage", "Anneal: duration", "Pusher kiln: price",
    ]  # fmt: skip
    assert rows[0]["cells"][1:4] == ["280 USD/kg", "270 – 560", "D"]


def test_every_line_says_how_much_of_its_cost_is_guessed(pages):
    first = pages[0]
    assert re.search(
        r"\d+ % of the cost of metathesis, \d+ % of that of wet THF and \d+ % of that of ball milling rest", first
    )
    assert re.search(r"% of the cost of dry PTFE rests on unchecked figures or estimates", first)


def test_a_path_in_a_warning_is_printed_as_it_is():
    results = make(("dry_ptfe",))
    text = "routes/dry_ptfe.yaml:4:7: no machine costs less than the smallest of its kind"
    results.manifest["lines"][0]["warnings"].append(text)
    found = report.content(results, {})

    assert found["lines"][0]["warnings"] == [text]
    assert f"dry_ptfe: {text}" in found["warnings"]


def test_assumptions_are_listed_once_with_their_sources():
    results = sim.run(sim.load_scenario(SMALL, replications=1))
    references = evidence.References(results.manifest["references"])
    sheet = evidence.assumptions(results.assumptions, references)
    heads = [row["head"].replace("\u200b", "") for row in sheet["rows"] if row["head"]]

    assert len(heads) == len(set(heads))
    # publisher, year and address come from the bibliography of the run
    assert any(re.search(r"https?://|[A-Z]\w+.*, (19|20)\d\d", text) for text in references.listed)
    known = {facts["title"]: facts for facts in results.manifest["references"].values()}
    for text in references.listed:
        facts = next(found for title, found in known.items() if title in text)
        assert facts["where"] in text
        assert str(facts["year"] or "") in text


@pytest.mark.parametrize(
    ("quantity", "figures", "shown"),
    [
        ("at", (288.15, 283.15, 293.15, "K"), ["15 °C", "10 – 20"]),
        ("difference", (20.0, 5.0, 30.0, "K"), ["20 K", "5 – 30"]),
        ("pressure", (3e4, 1e4, 5e4, "Pa"), ["300 mbar", "100 – 500"]),
        ("thickness", (3e-5, float("nan"), float("nan"), "m"), ["30 µm", ""]),
        ("width", (1.0, 0.6, 1.4, "m"), ["1 m", "0.6 – 1.4"]),
    ],
)
def test_assumptions_are_shown_in_the_units_that_people_read(quantity, figures, shown):
    value, low, high, unit = figures
    row = {"line": "x", "where": "materials.x", "quantity": quantity, "value": value, "unit": unit, "low": low}
    row |= {"high": high, "grade": "E", "source": "estimate: none", "note": ""}
    sheet = evidence.assumptions(pd.DataFrame([row]), evidence.References({}))

    assert sheet["rows"][-1]["cells"][1:3] == shown


def test_lines_that_rest_on_nothing_but_estimates_are_told_so():
    (found,) = report.content(make(("ball_milling", "metathesis"), grade="E"), {})["answers"]

    said = found["paragraphs"][0]["lead"].replace("\u2060", "").replace("\u00a0", " ")
    assert said.startswith("No winner is named: next to nothing of the cost of metathesis and ball milling rests on")


def told(verdict, results=None):
    results = results or make(("ball_milling", "wet_thf", "metathesis"))
    found = answer(verdict, results.tables["summary"], results.manifest)
    return " ".join(f"{paragraph['lead']} {paragraph['text']}" for paragraph in found["paragraphs"])


def many(verdict):
    """Return a verdict on nine lines, each of which costs as much as every other at some price."""
    ranking = tuple(Rank(f"line_{letter}", 10.0 + at, 9.0, 11.0, 0.1 * at) for at, letter in enumerate("abcdefghi"))
    pairs = [
        ("d", "e", 30.0),
        ("b", "a", 40.0),
        ("c", "a", 50.0),
        ("f", "g", 60.0),
        ("a", "h", 300.0),
        ("a", "i", 400.0),
    ]
    crossings = tuple(BreakEven(f"line_{one}", f"line_{other}", "Li2S", price) for one, other, price in pairs)
    return replace(verdict, ranking=ranking, break_evens=crossings)


def test_of_many_lines_the_first_page_tells_what_the_best_would_lose_to():
    verdict = rank(make(("ball_milling", "wet_thf", "metathesis")))[0]
    said = told(many(verdict))

    # line a is the cheapest between the crossing next below today's price and that next above it
    assert "Line c and line a cost the same at 50.0 USD/kg" in said
    assert "Line a and line h cost the same at 300 USD/kg" in said
    assert said.count("cost the same") == 2
    assert "line c at 12.0 USD/kg, line d at 13.0 USD/kg and 5 more, up to line i at 18.0 USD/kg." in said
    assert "20 % (of the cost of line i) to 100 % (line a) rest on unchecked figures" in said


def test_a_line_that_no_price_turns_is_said_to_be_the_cheapest_at_all():
    verdict = many(rank(make(("ball_milling", "wet_thf", "metathesis")))[0])
    crossings = tuple(replace(item, line="line_x", other="line_y") for item in verdict.break_evens)

    assert "Line a is the cheapest at every price within the price axis" in told(
        replace(verdict, break_evens=crossings)
    )


def test_films_of_different_resistance_are_not_ranked_by_cost_alone():
    results = make(("ball_milling", "wet_thf", "metathesis"))
    summary = results.tables["summary"]
    ohm = summary[summary["kpi"] == "oee"].assign(kpi="area_resistance", unit="ohm cm2", mean=[5.0, 2.0, 20.0])
    results.tables["summary"] = pd.concat([summary, ohm], ignore_index=True)

    assert "What a square metre buys." in told(rank(results)[0], results)
    assert "What a square metre buys." not in told(rank(results)[0])


def test_no_table_has_more_lines_side_by_side_than_fit():
    _, lines = films()
    cathodes = [{**line, "name": f"{line['name']}_cathode", "function": "cathode"} for line in lines[:6]]
    every = [*lines, *cathodes]
    found = tables.by_scale(every)

    assert [len(part) for part in found] == [6, 6, 6]
    assert [line["name"] for part in found for line in part] == [line["name"] for line in every]
    assert tables.by_scale(every[:5]) == [every[:5]]


def test_pictures_fill_pages_in_order():
    # 260 mm a page, 11 mm a caption: graph 46 + 211; mass 251; steps and time 239; states and influence 242; gantt
    heights = {
        "graph": 200.0,
        "time": 41.0,
        "mass": 240.0,
        "influence": 69.0,
        "gantt": 110.0,
        "steps": 176.0,
        "states": 151.0,
    }
    assert packed(heights) == ["graph", "mass", "steps", "time", "states", "influence", "gantt"]
    short = {**heights, "graph": 120.0}
    assert packed(short)[:3] == ["graph", "time", "mass"]
    assert packed({**heights, "graph": 205.0})[:2] == ["graph", "mass"]
    assert packed({}) == []


def test_both_backends_stand_side_by_side_for_films(pages):
    text = " ".join(pages)
    assert "Capital by backend" in text
    assert "13.5 USD/m² by the chemical plant and 13.1 USD/m² by the battery plant" in text
    assert "Backend by kind; equipment priced 50 % by the catalogue, 50 % as the smallest machine of its kind" in text


def ranked(**costs):
    found = [
        {
            "name": name,
            "kind": "electrode",
            "function": "cathode",
            "unit": "m2",
            "scale": "",
            "backend": {"cost_per_unit": {"chemical": one, "battery": other}},
        }
        for name, (one, other) in costs.items()
    ]
    return list(orders(found))


def test_the_report_says_whether_the_order_of_lines_depends_on_the_backend():
    assert ranked(a=(2.0, 1.0), b=(3.0, 2.0)) == ["Cathode: both backends rank the lines alike."]
    assert ranked(a=(2.0, 1.9), b=(3.0, 1.0), c=(9.0, 9.0)) == [
        "Cathode: which line is cheaper depends on the backend for a and b."
    ]
    assert ranked(a=(2.0, 1.0)) == ranked(a=(2.0, 2.0), b=(3.0, 3.0)) == []


def test_a_sweep_is_answered_at_the_top():
    sweep = {
        "number": 1,
        "title": "Powder",
        "axes": [
            {
                "path": "*.target",
                "unit": "t/y",
                "of_target": True,
                "numeric": True,
                "log": True,
                "values": [1.0, 1000.0],
            }
        ],
    }
    # two points of one line: 8000 USD/kg at 1 t/y, 60 USD/kg at 1000 t/y
    rows = pd.DataFrame(
        {
            "sweep": 1,
            "point": [1, 2],
            "line": "ball_milling",
            "by": "expected",
            "unit": "kg",
            "*.target": [1.0, 1000.0],
            "cost_per_unit": [8000.0, 60.0],
            "energy_per_unit": [1900.0, 40.0],
        }
    )

    (said,) = sweeps.ends(rows, sweep)

    assert (
        said
        == "Ball milling goes from 8000 USD/kg and 1900 kWh/kg at 1 t/y to 60.0 USD/kg and 40.0 kWh/kg at 1000 t/y."
    )


def test_regions_of_one_route_are_told_apart_by_what_they_change():
    results = make(("ball_milling", "wet_thf"))
    lines = [
        {**line, "region": region, "route": {"name": "milled"}}
        for line, region in zip(results.manifest["lines"], ("CN", "EU"), strict=True)
    ]
    costs = pd.DataFrame(
        {
            "line": ["ball_milling"] * 3 + ["wet_thf"] * 3,
            "category": ["labour", "utilities", "materials"] * 2,
            "usd_per_unit": [3.0, 2.0, 20.0, 10.0, 5.0, 20.0],
        },
        columns=results.costs.columns,
    )
    regional = replace(
        results, manifest={**results.manifest, "lines": lines}, tables={**results.tables, "costs": costs}
    )

    said = {part["lead"]: part["text"] for part in short(regional, {})}["By region."]

    # 25 against 35 USD/kg: 10 - 3 = 7 of labour, 5 - 2 = 3 of utilities, nothing of materials
    assert said == (
        "Milled costs 25.0 (CN) to 35.0 USD/kg (EU); of the difference of 10.0 USD/kg 7.00 is labour, "
        "3.00 is utilities and 0 is materials."
    )


def test_only_pairs_of_one_route_tell_what_shared_numbers_gain_and_two_replications_do_not():
    pair = SimpleNamespace(variance_reduction=-1.0, replications=2)
    assert certainty._common([pair]) == ""

    pair = SimpleNamespace(variance_reduction=-0.32, replications=20)
    assert certainty._common([pair]) == ""
    assert certainty._common([]) == (
        "Chance is not shared between these lines: only lines of one route draw the same random numbers."
    )
    pair = SimpleNamespace(variance_reduction=0.8, replications=20)
    assert certainty._common([pair]) == (
        "Random numbers that lines of one route share take 80 % off the variance of the difference; without them, it would "
        "take 5 times as many replications to be as sure."
    )


def test_a_line_that_buys_what_others_make_is_not_praised_for_its_small_site():
    def praised(*made):
        results = make(("ball_milling", "wet_thf"))
        manifest = results.manifest
        lines = [
            {**line, "route": {**line["route"], "segments": dict.fromkeys(range(number))}}
            for line, number in zip(manifest["lines"], made, strict=True)
        ]
        (found,) = report.content(replace(results, manifest={**manifest, "lines": lines}), {})["answers"]
        return next(item["text"] for item in found["paragraphs"] if item["lead"] == "By other measures.")

    assert "buy" not in praised(2, 2)
    assert "wet THF buys what other lines make on the site." in praised(2, 1)
    assert "buy" not in praised(1, 2)  # ball milling leads in nothing


def test_a_report_of_results_that_have_been_replaced_is_not_put_beside_the_new_ones(tmp_path, monkeypatch):
    old, new = make(("dry_ptfe",)), make(("infiltration",))
    monkeypatch.setattr(report, "_made", lambda *_: (write(new, tmp_path / "run"), ({}, b"%PDF"))[1])
    with pytest.raises(ReportError, match="other results have come into the folder"):
        report.write_report(old, write(old, tmp_path / "run"))
    assert sorted(path.name for path in (tmp_path / "run").iterdir() if path.suffix in (".pdf", "")) == []
    assert sim.load_run(tmp_path / "run").manifest["lines"][0]["name"] == "infiltration"
