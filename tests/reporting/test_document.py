"""The report: what it says, that it is typeset from any text, and that it does not change."""

import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typst
from jsonschema import validate
from matplotlib import image
from support.films import make as films
from support.results import make
from support.said import text_of

import sim
from sim.errors import ReportError
from sim.reporting import blocks, contract, evidence, figures, sweeps, tables
from sim.reporting import document as report
from sim.reporting.backends import orders
from sim.reporting.figures import bars, style
from sim.reporting.regions import regions
from sim.reporting.verdict import finding, turning
from sim.results import verdicts, write

pypdf = pytest.importorskip("pypdf")
SMALL = Path(__file__).parents[1] / "cli" / "data" / "small.yaml"
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="160mm" height="100mm"/>'
HOSTILE = r'#panic("x") $x^2$ *b* _i_ ] ) \ " `raw` <a> @ref // /* = 1 ~ äß ∑ Figure 99'


@cache
def run():
    """A year of five routes, as they are run."""
    return sim.run(sim.load_scenario("five_routes", replications=1))


def plain(path):
    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return [" ".join(page.replace("\u2060", "").replace("\u200b", "").replace("\u00a0", " ").split()) for page in pages]


def blank(name, drawing):
    """Draw nothing, as large as most figures are."""
    (drawing.work / f"{name}.svg").write_text(BLANK)
    return (160.0, 100.0), b""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report of a run, figures and all."""
    folder = tmp_path_factory.mktemp("report")
    report.write_report(run(), folder)
    return folder


@pytest.fixture(scope="module")
def told(folder):
    """What report.json holds."""
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def said(told):
    """Return all that a report says, as one text."""
    parts = []
    for chapter in told["chapters"] + told["annex"]:
        parts.append(chapter["heading"])
        for block in chapter["blocks"]:
            parts += [block["lead"], block["text"], *(word for item in block["items"] for word in item)]
            for row in block["table"]["rows"] if block["table"] else ():
                parts += [row["head"], *row["cells"]]
    return " ".join(parts)


def test_the_first_page_says_which_how_much_how_sure_and_unless_what(folder):
    first = plain(folder / "report.pdf")[0]

    assert re.search(
        r"Metathesis is the cheapest in (more than )?\d+ % of cases, at \d+ USD/kg \([\d.]+ to \d+ in eight cases of",
        first,
    )
    assert "at the prices of “at scale” it is" in first
    assert re.search(r"What would turn the order: .* is cheaper below [\d.]+ USD/kg of Li", first)
    assert "What is in the cost." in first
    assert "prices: spot 2025" in first
    assert "version 0." in first


def test_five_routes_say_what_they_said():
    before = (Path(__file__).parent / "said" / "five_routes.txt").read_text(encoding="utf-8")

    assert text_of(run()).splitlines() == before.splitlines()


def test_a_report_of_five_routes_has_about_twelve_pages(folder):
    assert 10 <= len(plain(folder / "report.pdf")) <= 12


def test_every_route_has_a_page_to_itself(folder, told):
    pages = plain(folder / "report.pdf")
    for chapter in (one for one in told["chapters"] if one["alone"]):
        (page,) = [text for text in pages[1:] if text.startswith(chapter["heading"])]
        assert all(block["number"] in page for block in chapter["blocks"] if block["number"])
        assert not any(other["heading"] in page[60:] for other in told["chapters"] if other["key"] == "last")


def test_no_page_is_emptier_than_a_fifth(folder, told, tmp_path):
    for facts in told["figures"].values():
        drawn = f"{facts['file'].removesuffix('.svg').replace('.', '_')}.svg"
        (tmp_path / facts["file"]).write_bytes((folder / "figures" / drawn).read_bytes())
    report.typeset(told, tmp_path)
    pages = typst.compile(tmp_path / "report.typ", root=tmp_path, format="png", ppi=25.4)

    # a pixel is a millimetre: text begins 17 mm below the edge, and ends 18 mm above it, over the footer
    for number, page in enumerate(pages[:-1], 1):
        rows = (image.imread(io.BytesIO(page), format="png")[17:279, :, :3] < 0.9).any(axis=(1, 2))
        filled = np.flatnonzero(rows)
        assert 262 - filled.max() < 0.2 * 262, f"page {number}"


def test_every_figure_and_table_is_referred_to(told):
    for chapter in told["chapters"]:
        text = " ".join(
            f"{block['text']} {' '.join(word for item in block['items'] for word in item)}"
            for block in chapter["blocks"]
        )
        numbers = [block["number"] for block in chapter["blocks"] if block["number"]]
        assert [one for one in numbers if not re.search(rf"{one}\b", text)] == [], chapter["heading"]


def test_no_letter_is_smaller_than_six_and_a_half_points(folder):
    for path in sorted((folder / "figures").glob("*.svg")):
        sizes = [float(size) for size in re.findall(r"font(?:-size)?: ?(?:\w+ )*?([\d.]+)px", path.read_text("utf-8"))]
        assert sizes
        assert min(sizes) >= 6.5, path.name
    # small tables are set in 7.4 pt; sizes in em are parts of that
    template = report.TEMPLATE.read_text("utf-8")
    sizes = [float(size) * (7.4 if of == "em" else 1.0) for size, of in re.findall(r"text\(([\d.]+)(pt|em)", template)]
    sizes += [float(size) for size in re.findall(r"size: (?:if b.small \{ )?([\d.]+)pt", template)]
    assert len(sizes) > 8
    assert min(sizes) >= 6.5


def test_a_line_has_one_colour_that_nothing_else_has(folder, told):
    colours = {line["line"]: line["colour"] for line in told["lines"]}
    assert len(set(colours.values())) == len(colours)
    looks = [
        *style.RAMP,
        *(look.colour for look in bars.STATES.values()),
        *(look.colour for look in bars.GRADES.values()),
    ]
    assert not set(colours.values()) & set(looks)
    for block in (block for chapter in told["chapters"] for block in chapter["blocks"] if block["key"] == "side"):
        rows = [row for row in block["table"]["rows"] if not row["head"]]
        assert {row["colour"] for row in rows} == set(colours.values())
    answer = (folder / "figures" / "all_answer.svg").read_text("utf-8")
    assert all(colour in answer for colour in colours.values())


def test_what_a_run_says_fits_the_published_schema(told):
    validate(told, contract.schema())


def test_every_figure_and_table_is_numbered_and_every_figure_drawn(folder, told):
    every = [block for chapter in told["chapters"] for block in chapter["blocks"] if block["number"]]
    for kind in ("Figure", "Table"):
        numbers = [block["number"] for block in every if block["number"].startswith(kind)]
        assert numbers == [f"{kind} {at}" for at in range(1, len(numbers) + 1)]
    drawn = {block["key"].replace(".", "_") for block in every if block["number"].startswith("Figure")}
    there = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn == there
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".svg"}


def test_numbers_of_page_one_are_those_of_the_tables(told):
    results = run()
    spread = results.uncertainty[results.uncertainty["kpi"] == "cost_per_unit"].set_index("line")
    costs = results.costs.groupby("line")["usd_per_unit"].sum()
    assert {line["line"] for line in told["lines"]} == set(spread.index)
    for line in told["lines"]:
        if line["cost_median"] is not None:
            assert line["cost_median"] == spread["p50"][line["line"]]
            assert (line["cost_p10"], line["cost_p90"]) == (spread["p10"][line["line"]], spread["p90"][line["line"]])
        assert sum(line["categories"].values()) == pytest.approx(costs[line["line"]])
        assert sum(line["grades"].values()) == pytest.approx(1.0)


def test_text_of_the_page_and_of_the_contract_are_the_same(folder, told):
    pages = " ".join(plain(folder / "report.pdf"))
    assert told["finding"].replace("\u00a0", " ") in pages
    for reference in told["references"]:
        assert reference["text"][:30].replace("\u00a0", " ") in pages


def test_no_word_is_said_that_a_reader_stumbles_over(told):
    text = said(told)
    for words in (
        "of it conversion",
        "pairs apart",
        "growth only adds",
        "1 persons",
        "heat: heat",
        "one-time",
        "tells them apart",
        "scatters by",
        " e+0",
        "Lps",
        " nan ",
    ):
        assert words not in text
    assert not re.search(r"\b([\d.]+) to \1 [A-Z%]", text)
    assert not re.search(r"(?<![\d.])1 (numbers|lines|machines|persons|keys|replications)\b", text)
    assert not re.search(r"\d{7,}|\d\.\d{7,}", text)


def test_pages_are_numbered_one_by_one(folder):
    pages = plain(folder / "report.pdf")
    assert [re.search(r"(\d+) / (\d+)$", page).groups() for page in pages] == [
        (f"{number}", f"{len(pages)}") for number in range(1, len(pages) + 1)
    ]


def test_links_of_the_page_lead_somewhere(folder):
    reader = pypdf.PdfReader(folder / "report.pdf")
    found = [item.get_object() for page in reader.pages for item in page.get("/Annots", [])]
    inside = [item for item in found if item.get("/Dest") is not None or item.get("/A", {}).get("/S") == "/GoTo"]
    outside = [item["/A"]["/URI"] for item in found if item.get("/A", {}).get("/S") == "/URI"]
    assert len(inside) > 15
    assert outside
    assert all(address.startswith("http") for address in outside)


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes_for_any_number_of_processes(folder, tmp_path):
    report.write_report(run(), tmp_path, jobs=2)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_the_annex_of_a_run_with_all_of_its_figures_can_be_typeset(tmp_path):
    results = sim.run(sim.load_scenario("five_routes", horizon="6 week", warm_up="2 week", replications=1))

    assert report.write_report(results, tmp_path, with_annex=True, with_page=False).is_file()


def test_the_annex_has_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_draw", blank)
    report.write_report(make(("dry_ptfe",)), tmp_path, with_annex=True)
    text = " ".join(plain(tmp_path / "report.pdf"))

    for words in (
        "All key figures", "Capital by backend", "Losses", "Materials per unit shipped", "Annex: dry PTFE",
        "Annex: steps and machines", "Annex: assumptions", "materials.Li2S", "estimate: dust and hold-up",
        "13.5 USD/m² by the chemical plant and 13.1 USD/m² by the battery plant",
    ):  # fmt: skip
        assert words in text


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
    report.write_report(replace(results, tables=t, manifest=manifest), tmp_path, with_annex=True)

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


def test_a_text_that_refers_to_nothing_is_an_error():
    with pytest.raises(KeyError, match="nowhere"):
        blocks.numbered([blocks.chapter("x", "X", [blocks.words(f"see {blocks.see('nowhere')}")])])


def test_one_replication_without_samples_and_price_axis_can_be_reported(tmp_path):
    results = make(("dry_ptfe",))
    t = dict(results.tables)
    nan = float("nan")
    t["summary"] = t["summary"].assign(ci_low=nan, ci_high=nan, replications=1)
    t["kpis"] = t["kpis"][t["kpis"]["replication"] == 0]
    t["prices"], t["breakeven"] = t["prices"].iloc[:0], t["breakeven"].iloc[:0]
    scenario = {**results.manifest["scenario"], "replications": 1}
    report.write_report(replace(results, tables=t, manifest={**results.manifest, "scenario": scenario}), tmp_path)

    assert "Dry PTFE costs" in plain(tmp_path / "report.pdf")[0]


def test_a_warning_is_printed_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "_draw", blank)
    results = make(("dry_ptfe",))
    text = "routes/dry_ptfe.yaml:4:7: no machine costs less than the smallest of its kind"
    results.manifest["lines"][0]["warnings"].append(text)
    report.write_report(results, tmp_path)
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))

    assert f"dry_ptfe: {text}" in found["warnings"]
    assert "dry PTFE: no machine costs less than the smallest of its kind" in said(found)
    assert ".yaml:" not in said(found)


def test_assumptions_are_listed_once_with_their_sources():
    results = sim.run(sim.load_scenario(SMALL, replications=1))
    references = evidence.References(results.manifest["references"])
    sheet = evidence.assumptions(results.assumptions, references)
    heads = [row["head"].replace("\u200b", "") for row in sheet["rows"] if row["head"]]

    assert len(heads) == len(set(heads))
    # publisher, year and address come from the bibliography of the run
    texts = [entry["text"] for entry in references.entries]
    assert any(re.search(r"https?://|[A-Z]\w+.*, (19|20)\d\d", text) for text in texts)
    known = {facts["title"]: facts for facts in results.manifest["references"].values()}
    for text in texts:
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


def test_a_price_that_turns_the_order_is_said_with_its_side():
    results = make(("ball_milling", "metathesis"))
    (verdict,) = verdicts(results)
    (crossing,) = results.breakeven["price"]
    text = turning(verdict, results)

    # metathesis buys no lithium sulfide: it loses below the crossing
    assert f"Ball milling is cheaper below {crossing:.1f} USD/kg of Li₂S" in text
    assert finding(verdict, results).endswith("how sure that is was not asked.")


def test_no_table_has_more_lines_side_by_side_than_fit():
    _, lines = films()
    cathodes = [{**line, "name": f"{line['name']}_cathode", "function": "cathode"} for line in lines[:6]]
    every = [*lines, *cathodes]
    found = tables.by_scale(every)

    assert [len(part) for part in found] == [6, 6, 6]
    assert [line["name"] for part in found for line in part] == [line["name"] for line in every]
    assert tables.by_scale(every[:5]) == [every[:5]]


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


def test_a_sweep_is_answered_in_a_sentence():
    axis = {"path": "*.target", "unit": "t/y", "of_target": True, "numeric": True, "log": True, "values": [1.0, 1000.0]}
    sweep = {"number": 1, "title": "Powder", "axes": [axis]}
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

    assert sweeps.ends(rows, sweep) == [
        "Ball milling goes from 8000 USD/kg and 1900 kWh/kg at 1 t/y to 60.0 USD/kg and 40.0 kWh/kg at 1000 t/y."
    ]


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
        }
    )

    # 25 against 35 USD/kg: 10 - 3 = 7 of labour, 5 - 2 = 3 of utilities, nothing of materials
    assert regions(costs, lines) == [
        "Milled costs 25.0 USD/kg in CN and 35.0 USD/kg in EU; of the difference, 7.00 is labour and 3.00 is utilities."
    ]


def test_a_report_of_results_that_have_been_replaced_is_not_put_beside_the_new_ones(tmp_path, monkeypatch):
    old, new = make(("dry_ptfe",)), make(("infiltration",))

    def meanwhile(*_, **__):
        write(new, tmp_path / "run")
        return report._Made({}, {}, b"%PDF")

    monkeypatch.setattr(report, "_made", meanwhile)
    with pytest.raises(ReportError, match="other results have come into the folder"):
        report.write_report(old, write(old, tmp_path / "run"))
    assert sorted(path.name for path in (tmp_path / "run").iterdir() if path.suffix in (".pdf", "")) == []
    assert sim.load_run(tmp_path / "run").manifest["lines"][0]["name"] == "infiltration"


def test_every_figure_of_a_run_has_a_name_of_its_own():
    names = [name for name, _ in figures.figures(run())]
    assert len(names) == len(set(names))
