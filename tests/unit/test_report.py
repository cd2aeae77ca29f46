"""The report: what it says, that it is typeset from any text, and that it does not change."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from sim import figures, report
from sim.errors import ReportError
from sim.report import evidence

pypdf = pytest.importorskip("pypdf")
make = runpy.run_path(str(Path(__file__).with_name("_results.py")))["make"]
HOSTILE = r'#panic("x") $x^2$ *b* _i_ ] ) \ " `raw` <a> @ref // /* = 1 ~ äß ∑'


def plain(path):
    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return [" ".join(page.replace("\u2060", "").replace("\u200b", "").replace("\u00a0", " ").split()) for page in pages]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    report.write_report(make(), folder)
    return folder


@pytest.fixture(scope="module")
def pages(folder):
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
        "All key figures", "Cost by category", "How sure is the order", "Cost at each price set", "What the numbers rest on",
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
    assert names == sorted(f"{name.replace('.', '_')}.png" for name, _ in figures.figures(make()))
    assert all((folder / "figures" / name).read_bytes().startswith(b"\x89PNG") for name in names)


def test_the_same_results_give_the_same_bytes_for_any_number_of_processes(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for path, jobs in ((one, 1), (other, 2)):
        path.mkdir()
        report.write_report(make(("dry_ptfe",)), path, jobs=jobs)

    files = [path for path in one.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        assert (other / path.relative_to(one)).read_bytes() == path.read_bytes(), path.name


def test_text_of_a_user_is_never_read_as_markup(tmp_path):
    results = make(("wet_thf",))
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

    assert re.match(r"wet THF: \d+ % of the cost rests on grade D and E; \d+ USD/kg in expected values", head["head"])
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


def test_assumptions_are_listed_once_with_their_sources():
    results = make()
    references = evidence.References(results.manifest["bibliography"])
    sheet = evidence.assumptions(results.tables["assumptions"], references)
    heads = [row["head"].replace("\u200b", "") for row in sheet["rows"] if row["head"]]

    assert len(heads) == len(set(heads))
    assert references.listed[0].startswith("Choi et al., Wet synthesis")


def test_lines_that_rest_on_nothing_but_estimates_are_told_so():
    (found,) = report.content(make(("ball_milling", "metathesis"), grade="E"), {})["answers"]

    said = found["paragraphs"][0]["lead"].replace("\u2060", "").replace("\u00a0", " ")
    assert said.startswith("No winner is named: next to nothing of the cost of metathesis and ball milling rests on")
