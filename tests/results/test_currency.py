"""Results in any currency: all money by one factor, everything else as it was."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.runs import BASE, HEAD, POWDER, contents, inside

import sim
from sim.errors import InputError
from sim.reporting import terminal
from sim.results import TABLES, merge, nameless, verdicts

RATE = 1.0 / 1.081
"""Euros for a dollar in 2023, the year of money."""
TEXT = f"""{HEAD}{POWDER}  - {{name: small, route: {BASE}, target: 80 t/y}}
horizon: 3 week
warm_up: 1 week
replications: 2
price_axis: {{material: Li2S, low: 20 USD/kg, high: 500 USD/kg}}
bottleneck: [powder]
sweep: {{over: {{materials.Li2S.price: {{from: 20 USD/kg, to: 80 USD/kg, points: 3}}}}, by: expected}}
sensitivity: {{method: morris}}
cell: nmc_lithium_sulfide
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("money") / "lines.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(scenario, *overrides, **fields):
    return sim.run(sim.load_scenario(scenario, overrides=overrides, **fields), engine="compiled")


@pytest.fixture(scope="module")
def dollars(scenario):
    return run(scenario)


@pytest.fixture(scope="module")
def euros(scenario):
    return run(scenario, "currency=EUR")


def test_every_amount_in_euros_is_that_in_dollars_times_the_rate_and_nothing_else_moves(dollars, euros):
    moved = {}
    assert euros.tables.keys() == dollars.tables.keys()
    for name, before in dollars.tables.items():
        after = nameless(euros).tables[name]
        assert list(after.columns) == list(before.columns)
        for head in before.select_dtypes("number"):
            old, new = before[head].to_numpy(dtype=float), after[head].to_numpy(dtype=float)
            same = np.isclose(new, old, rtol=1e-12, atol=0.0, equal_nan=True)
            times = np.isclose(new, old * RATE, rtol=1e-12, atol=0.0, equal_nan=True)
            assert (same | times).all(), (name, head)
            if not same.all():
                moved.setdefault(name, []).append(head)
    for name, table in dollars.tables.items():
        declared = [column.name for column in TABLES[name].columns if column.unit.startswith("USD")]
        money = [head for head in declared if np.nan_to_num(table[head]).any()]
        assert set(money) - {"slope"} <= set(moved.get(name, ())), name
    assert moved["costs"] == ["usd_per_year", "usd_per_unit"]
    assert moved["equipment"] == ["reference_usd", "purchase_usd", "installed_usd", "floor_usd", "room_usd"]
    assert moved["prices"] == ["intercept_usd_per_unit", "low", "high"]
    assert moved["summary"] == ["mean", "ci_low", "ci_high"]
    assert moved["sweep"] == ["materials.Li2S.price", "cost_per_unit", "conversion_cost_per_unit", "capital"]
    assert moved["bottleneck"] == ["cost", "cost_change", "cost_change_low", "cost_change_high"]
    assert moved["price_slopes"] == ["value"]  # money for a unit of money is as much of either
    assert moved["sample_slopes"] == ["value"]
    assert set(moved) >= {"kpis", "influence", "cells", "samples", "uncertainty", "sensitivity", "set_costs", "table1"}
    assert not set(moved) & {"energy", "materials", "machines", "losses", "timeline", "streams", "beats"}


def test_units_say_what_was_converted_and_only_that(dollars, euros):
    for name in ("summary", "kpis", "influence", "price_slopes", "assumptions", "uncertainty"):
        numbers = [column.name for column in TABLES[name].columns if column.unit == "`unit`"]
        before, after = dollars.tables[name], nameless(euros).tables[name]
        money = before["unit"].str.startswith("USD")

        assert (after["unit"] == before["unit"].str.replace("USD", "EUR")).all()
        assert np.allclose(after.loc[money, numbers], RATE * before.loc[money, numbers], rtol=1e-12, equal_nan=True)
        assert after.loc[~money, numbers].equals(before.loc[~money, numbers])


def test_order_chances_and_verdict_are_those_in_dollars(dollars, euros):
    assert verdicts(euros) == verdicts(dollars)
    assert euros.chances["chance_cheapest"].equals(dollars.chances["chance_cheapest"])
    assert euros.deciding["share"].equals(dollars.deciding["share"])


def test_columns_are_named_after_the_currency(euros):
    assert {"eur_per_year", "eur_per_unit"} <= set(euros.costs)
    assert not [head for table in euros.tables.values() for head in table if "usd" in head.split("_")]
    assert euros.manifest["currency"] == {"code": "EUR", "usd": 1.081, "year": 2023}


def test_dollars_said_are_dollars_unsaid(scenario, dollars, tmp_path):
    said = run(scenario, "currency=USD")

    assert "currency" not in said.manifest
    for name, table in dollars.tables.items():
        assert table.equals(said.tables[name])


def test_results_in_euros_come_back_from_their_folder_as_they_were(euros, tmp_path):
    sim.save(euros, tmp_path / "one", report=False)
    back = sim.load_run(tmp_path / "one")
    sim.save(back, tmp_path / "two", report=False)

    assert back.currency == "EUR"
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_terminal_report_page_and_figures_speak_of_euros(euros, tmp_path):
    shown = terminal.run(euros)
    assert "EUR/unit" in shown
    assert "USD" not in shown

    folder = sim.save(euros, tmp_path / "run")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    charts = {column["unit"] for chart in report["charts"].values() for column in chart["columns"]}
    tables = [block["table"] for part in report["chapters"] for block in part["blocks"] if block["table"]]
    heads = {column["unit"] for table in tables for column in table["columns"]}
    assert "EUR/unit" in charts & heads
    assert "EUR of 2023" in report["basis"]
    assert not [text for text in (*charts, *heads, report["finding"], *report["findings"][0]) if "USD" in text]
    for picture in (folder / "figures").glob("*.svg"):
        assert "USD" not in picture.read_text("utf-8"), picture.name


def test_a_currency_of_ones_own_comes_from_an_overlay(scenario, dollars, tmp_path):
    overlay = tmp_path / "pounds.yaml"
    overlay.write_text(
        'currencies: {GBP: {title: pound, usd: {"2023": 1.25}, source: general_knowledge}}\n', encoding="utf-8"
    )
    pounds = run(scenario, "currency=GBP", overlays=[overlay])

    assert pounds.manifest["currency"]["code"] == "GBP"
    assert np.allclose(pounds.costs["gbp_per_unit"], dollars.costs["usd_per_unit"] / 1.25, rtol=1e-12)


def test_a_currency_without_a_rate_is_refused_where_it_stands(scenario, tmp_path):
    text = TEXT.replace("replications: 2", "currency: eur")
    path = tmp_path / "lines.yaml"
    path.write_text(text, encoding="utf-8")
    line = text.splitlines().index("currency: eur") + 1

    with pytest.raises(InputError, match=rf"{line}:11: unknown currency 'eur' \(did you mean 'EUR'\?\)"):
        sim.load_scenario(path)
    with pytest.raises(InputError, match="there is no exchange rate of KRW for 2012; there are those of 2019 to 2025"):
        sim.load_scenario(scenario, overrides=["currency=KRW", "economics.year=2012"])


def test_runs_in_one_currency_are_compared_and_those_in_two_are_not(dollars, euros):
    both = merge([euros, euros])

    assert both.currency == "EUR"
    assert both.costs["eur_per_unit"].sum() == pytest.approx(2.0 * euros.costs["eur_per_unit"].sum())
    with pytest.raises(InputError, match="runs in EUR and USD cannot be compared"):
        merge([dollars, euros])


def test_a_sweep_prints_euros(scenario, tmp_path):
    table = tmp_path / "sweep.csv"
    shown = inside("sweep", scenario, "--set", "currency=EUR", "--out", tmp_path / "run", "--csv", table)

    assert shown.exit_code == 0
    assert "EUR/unit" in shown.output
    assert "USD" not in Path(table).read_text("utf-8")
