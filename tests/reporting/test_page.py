"""The page of a run: one file that asks no network, and moves prices as the program does."""

import base64
import json
import os
import re
import shutil
import subprocess
import zlib
from functools import cache
from pathlib import Path

import pytest

import sim
from sim.reporting import html

HERE = Path(__file__).parent
PAGE = Path(html.__file__).parent / "page"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TABS = ("answer", "pair", "plant", "numbers", "tables", "method")


@cache
def study(**changed):
    return sim.load_scenario("five_routes", replications=1, **changed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "run"
    return sim.save(sim.run(study()), folder)


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data(text):
    """What the page carries."""
    packed = re.search(r'id="data">([^<]+)<', text)[1]
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_the_page_is_one_file_below_seven_megabytes(text):
    assert len(text) < 7e6
    assert not re.search(r'(src|href)="(?!data:|#)', text)
    assert "/*" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S)[:2000]


def test_the_page_and_the_paper_carry_the_same(folder, data):
    assert data["report"] == json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_a_run_may_leave_the_page_out(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    sim.report(tmp_path / "run", page=False)
    assert not (tmp_path / "run" / "report.html").exists()
    assert (tmp_path / "run" / "report.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value", "unit"),
    [
        ("materials.Li2S.price", 150.0, "USD/kg"),
        ("economics.wage", 25.0, "USD/h"),
        ("utilities.electricity.price", 0.15, "USD/kWh"),
    ],
)
def test_slopes_give_what_a_run_at_that_price_gives(data, path, value, unit):
    there = sim.run(sim.load_scenario("five_routes", replications=1, overrides=[f"{path}={value} {unit}"], doubt=False))
    costs = there.costs.groupby("line")["usd_per_unit"].sum()
    for line in data["lines"]:
        slope = line["slopes"].get(path)
        moved = sum(slope["by"].values()) * (value - slope["value"]) if slope else 0.0
        assert sum(line["costs"].values()) + moved == pytest.approx(costs[line["line"]], rel=1e-9)


def test_the_table_of_rates_gives_what_a_run_at_that_rate_gives(data):
    there = sim.run(
        sim.load_scenario("five_routes", replications=1, overrides=["economics.discount_rate=0.12"], doubt=False)
    )
    costs = there.costs.groupby("line")["usd_per_unit"].sum()
    at = data["rates"].index(0.12)
    now = data["rates"].index(data["rate"])
    for line in data["lines"]:
        moved = sum(values[at] - values[now] for values in line["rates"].values())
        moved += line["costs"]["working_capital"] * (0.12 / data["rate"] - 1.0)
        assert sum(line["costs"].values()) + moved == pytest.approx(costs[line["line"]], rel=1e-9)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_the_arithmetic_of_the_page_holds():
    done = subprocess.run(
        ["node", "--test", str(HERE / "page")],
        env={**os.environ, "MODEL": str(PAGE / "model.js")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


# -- in a real browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not here: the page is not tried in a browser")
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not here: the page is not tried in a browser"
    )
    with api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, folder):
    """A page that says on leaving whether it complained or asked for anything."""
    wrong = []

    def at(address="", **looks):
        page = browser.new_page(**looks)
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(f"{(folder / 'report.html').as_uri()}{address}")
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield at
    assert wrong == []


def cost(page, line):
    """Return the cost as stated of a line, as the table of the page prints it."""
    row = page.locator("main tr", has=page.locator("td", has_text=line)).first
    return float(row.locator("td").nth(1).inner_text().replace(",", ""))


@pytest.mark.slow
def test_every_tab_opens_by_mouse_and_by_keyboard(opened):
    page = opened()
    for tab in TABS:
        page.click(f"#tab-{tab}")
        assert page.locator(f"#tab-{tab}").get_attribute("aria-selected") == "true"
        assert len(page.locator("main").inner_text()) > 100
    page.focus("#tab-method")
    for tab in (*reversed(TABS[:-1]), "method"):
        page.keyboard.press("ArrowLeft")
        assert page.locator(f"#tab-{tab}").get_attribute("aria-selected") == "true"


@pytest.mark.slow
def test_a_typed_price_moves_the_cost_and_stands_in_the_address(opened, data):
    page = opened()
    before = cost(page, "wet THF")
    page.locator('input[data-price="materials.Li2S.price"]').fill("150")
    (line,) = [one for one in data["lines"] if one["line"] == "wet_thf"]
    slope = line["slopes"]["materials.Li2S.price"]
    expected = sum(line["costs"].values()) + sum(slope["by"].values()) * (150.0 - slope["value"])
    assert cost(page, "wet THF") == pytest.approx(expected, rel=5e-4)
    assert cost(page, "wet THF") < before
    assert "materials.Li2S.price=150" in page.url
    again = opened(f"#{page.url.partition('#')[2]}")
    assert cost(again, "wet THF") == cost(page, "wet THF")
    page.get_by_role("button", name="As stated", exact=True).click()
    assert cost(page, "wet THF") == before


@pytest.mark.slow
def test_a_whole_price_set_gives_what_a_run_at_that_set_gives(opened, data):
    page = opened()
    for name in data["sets"]:
        page.locator(f'button[data-set="{name}"]').click()
        there = sim.run(sim.load_scenario("five_routes", replications=1, overrides=[f"prices={name}"], doubt=False))
        costs = there.costs.groupby("line")["usd_per_unit"].sum()
        for line in data["lines"]:
            assert line["sets"][name] == pytest.approx(costs[line["line"]], rel=1e-9)
        assert cost(page, "wet THF") == pytest.approx(costs["wet_thf"], rel=5e-4)


@pytest.mark.slow
def test_what_is_saved_as_overlay_gives_the_same_run(opened, data, tmp_path):
    page = opened("#materials.Li2S.price=150&economics.wage=25&rate=0.12")
    with page.expect_download() as waiting:
        page.click("#overlay")
    path = tmp_path / "overlay.yaml"
    waiting.value.save_as(path)
    there = sim.run(sim.load_scenario("five_routes", replications=1, overlays=[path], doubt=False))
    costs = there.costs.groupby("line")["usd_per_unit"].sum()
    shown = page.evaluate(
        """async () => {
          const { unpacked } = await import("sim/data.js");
          const { costs, total } = await import("sim/model.js");
          const data = JSON.parse(await unpacked("data"));
          const state = { prices: { "materials.Li2S.price": 150, "economics.wage": 25 }, rate: 0.12, set: "" };
          return Object.fromEntries(data.lines.map((line) => [line.line, total(costs(line, state, data))]));
        }"""
    )
    for line, usd in shown.items():
        assert usd == pytest.approx(costs[line], rel=1e-9)
    assert cost(page, "metathesis") == pytest.approx(costs["metathesis"], rel=5e-4)


@pytest.mark.slow
def test_the_replay_runs_to_its_end(opened):
    page = opened("#tab=plant")
    page.locator("#time").evaluate("bar => { bar.value = bar.max - 2; bar.dispatchEvent(new Event('input')); }")
    page.click("#play")
    page.get_by_role("button", name="Play").wait_for(timeout=20_000)
    assert float(page.locator("#time").input_value()) == pytest.approx(
        float(page.locator("#time").get_attribute("max")), abs=1.0
    )
    assert page.locator("svg.flow rect[fill]").count() > 10


@pytest.mark.slow
def test_the_replay_shows_the_lots_that_the_run_has_moved(opened, folder):
    traffic = sim.load_run(folder).traffic
    own = traffic[(traffic["line"] == "metathesis")]
    page = opened("#tab=plant")
    page.select_option("#plant", "metathesis")
    when = float(own["time_h"].median()) + 0.01
    page.locator("#time").evaluate(
        f"bar => {{ bar.step = 'any'; bar.value = {when}; bar.dispatchEvent(new Event('input')); }}"
    )
    so_far = own[own["time_h"] <= when]
    shipped = so_far[so_far["move"] == "ship"]
    assert page.locator("#clock").inner_text().endswith(f"in {len(shipped)} lots")
    left = so_far[so_far["target"] != ""].groupby("target", sort=False)["lots"].last()
    shown = [text for text in page.locator("svg.flow .queue").all_text_contents() if text]
    assert sorted(int(text.split()[0]) for text in shown) == sorted(left[left > 0])
    page.click("#play")
    page.locator("svg.flow circle[visibility=visible]").first.wait_for(timeout=20_000)


@pytest.mark.slow
def test_numbers_are_found_by_their_words(opened):
    page = opened("#tab=numbers")
    page.fill("#search", "lithium sulfide price")
    rows = page.locator("main tbody tr").all_inner_texts()
    assert rows
    assert all("ithium sulfide" in row for row in rows)


@pytest.mark.slow
def test_a_narrow_dark_and_a_printed_page_can_be_read(opened):
    narrow = opened(viewport={"width": 360, "height": 700}, color_scheme="dark")
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 365
    assert narrow.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)"
    narrow.emulate_media(media="print")
    assert not narrow.locator("nav").is_visible()
    assert narrow.locator("#finding").is_visible()
