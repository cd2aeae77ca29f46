"""Rivals of a scenario: tables of every price set and size, Table 1 on one footing, and what is refused."""

import pandas as pd
import pytest

from sim.errors import InputError
from sim.inputs import DATA
from sim.reporting.figures.cell import cell_cost
from sim.reporting.rivals import explained
from sim.results.tables import Tables
from sim.study import rivals
from sim.study.load import load_scenario


def study(folder, *more):
    path = folder / "liquid.yaml"
    lines = [
        "name: liquid", "title: Liquid", "question: What does the rival cost?", "horizon: 1000 h", "warm_up: 100 h",
        "lines: [{name: film, route: dry_ptfe, target: 5 GWh/y}]", "prices: spot_2025", *more,
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return load_scenario(str(path))


CELL = "cell: nmc_lithium_sulfide"
BOTH = "rivals: [nmc811_graphite, lfp_graphite]"


def frames(whole=(), film=300.0, output=1e9):
    cells = [{"line": "film", "component": "separator", "made_by": "film", "usd_per_kwh": film}]
    cells += [{"line": "cell", "component": "cell", "made_by": "cell", "usd_per_kwh": usd} for usd in whole]
    left = [{"line": "film", "component": "Separator", "usd": 4.4, "grade": "E"}]
    return {
        "cells": Tables.cells.frame(cells),
        "cell_pairs": Tables.cell_pairs.frame(),
        "waterfall": Tables.waterfall.frame(left),
        "kpis": Tables.kpis.frame(("film", number, "throughput", "m2/y", output) for number in range(2)),
    }


def test_a_rival_stands_at_every_price_set_from_a_plant_of_the_lines_and_of_the_workbook(tmp_path):
    found = rivals.tables(study(tmp_path, CELL, BOTH), frames())["rivals"]
    assert set(found["rival"]) == {"nmc811_graphite", "lfp_graphite"}
    assert set(found["gwh_per_year"]) == {5.0, 50.0}
    assert set(found["price_set"]) == {"", "spot_2025", "spot_2026", "at_scale"}
    usd = found.groupby(["rival", "gwh_per_year", "price_set"])["usd_per_kwh"].sum()
    for rival in ("nmc811_graphite", "lfp_graphite"):
        assert usd[rival, 50.0, ""] == pytest.approx(usd[rival, 50.0, "spot_2025"])
        assert usd[rival, 50.0, "spot_2026"] > usd[rival, 50.0, "spot_2025"]
        assert usd[rival, 5.0, ""] > usd[rival, 50.0, ""]


def test_table_1_comes_to_one_footing_step_by_step(tmp_path):
    found = rivals.tables(study(tmp_path, CELL, BOTH), frames(whole=(400.0, 450.0)))
    steps, bill = found["footing"].set_index("assumption"), found["rivals"]
    ratio = dict(zip(range(len(steps)), steps["ratio"], strict=True))
    assert ratio[0] == pytest.approx(5700.48 / 456.09)
    # the lithium-ion column pays for 185.69 of NCM811 where the other has 695.5
    assert ratio[1] == pytest.approx(5700.48 / (456.09 * 695.5 / 185.69))
    assert ratio[2] == pytest.approx(ratio[1] * (212 * 3.68) / (185.6 * 3.75))
    assert ratio[3] == pytest.approx(ratio[2] * 4.4 / 5.70048)
    own = bill[(bill["rival"] == "nmc811_graphite") & (bill["price_set"] == "") & (bill["gwh_per_year"] == 5.0)]
    assert ratio[4] == pytest.approx(300.0 / own.loc[own["category"] == "materials", "usd_per_kwh"].sum())
    assert ratio[5] == pytest.approx(400.0 / own["usd_per_kwh"].sum())


def test_a_line_that_no_headline_may_price_stands_in_no_ratio(tmp_path):
    found = rivals.tables(study(tmp_path, CELL, BOTH), frames(output=1.0))["footing"]
    assert list(found["assumption"]) == [
        "as printed", "equal mass of cathode material", "per kWh, at the capacity and voltage of each",
    ]  # fmt: skip


def test_what_does_most_to_the_ratio_is_named():
    rows = [("as printed", 8.0, 1.0, "USD", 8.0), ("a", 8.0, 4.0, "USD", 2.0), ("b", 9.0, 3.0, "USD", 3.0)]
    text = explained(Tables.footing.frame(rows))
    assert "8.00 times" in text
    assert text.endswith("on one footing it is 3.00 times. What does most to the ratio: a, by which it falls to 2.00.")
    assert explained(pd.DataFrame(columns=Tables.footing.names)) == ""


def test_without_rivals_there_are_no_rows(tmp_path):
    found = rivals.tables(study(tmp_path, CELL), frames())
    assert found["rivals"].empty
    assert found["footing"].empty


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ((BOTH,), "there is no 'cell' to set a rival beside: name one"),
        ((CELL, "rivals: [nmc_lithium_sulfide]"), "'nmc_lithium_sulfide' does not say how a battery plant makes it"),
        ((CELL, "rivals: [nmc811]"), "nmc811"),
    ],
)
def test_a_rival_needs_a_cell_beside_it_and_a_plant_that_makes_it(tmp_path, more, text):
    with pytest.raises(InputError) as caught:
        study(tmp_path, *more)
    assert text in str(caught.value)
    assert "liquid.yaml:8:" in str(caught.value) or "liquid.yaml:9:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("material: graphite", "material: graphit", "unknown material 'graphit'"),
        ("negative: graphite", "negative: lithium", "unknown component 'lithium'"),
        ("material: PVDF\n", "material: PVDF\n    price: {value: 9 USD/kg, year: 2024}\n", "give it or these"),
        ("electricity: {value: 9.8", "electricity: {value: -9.8", "electricity"),
    ],
)
def test_a_wrong_word_of_a_design_is_named_with_its_place(tmp_path, old, new, text):
    design = (DATA / "cells" / "nmc811_graphite.yaml").read_text(encoding="utf-8")
    assert old in design
    (tmp_path / "mine.yaml").write_text(design.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        study(tmp_path, CELL, "rivals: [mine.yaml]")
    assert text in str(caught.value)
    assert "mine.yaml" in str(caught.value)


def test_the_picture_of_the_cells_has_a_bar_for_every_rival_with_its_whole_cost(tmp_path):
    found = rivals.tables(study(tmp_path, CELL, BOTH), frames())["rivals"]
    own = found[(found["price_set"] == "") & (found["gwh_per_year"] == 5.0)]
    facts = {"titles": {"separator": "separator"}, "functions": {"separator": "separator"}}
    axes = cell_cost(frames()["cells"], Tables.cell_pairs.frame(), facts, found).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["film", "liquid NMC811 graphite", "liquid LFP graphite"]
    told = [text.get_text() for text in axes.texts]
    assert told == ["300", *(f"{usd:.1f}" for usd in own.groupby("rival", sort=False)["usd_per_kwh"].sum())]
