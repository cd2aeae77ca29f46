"""The service of a square metre: area resistances worked out by hand, and which electrodes are ranked with which."""

import math

import pandas as pd
import pytest
from support.results import make

from sim.inputs.composites import kept, measured_composites
from sim.results import verdicts
from sim.results.tables import Tables
from sim.study import service
from sim.study.load import load_scenario

RICH = "set: {steps.dose_mix.inlets.premix: 2.6, product.thickness: 65 um}"
THICK = "set: {steps.dose_mix.inlets.premix: 2.6, product.thickness: 65 um, steps.dose_powder.quality.set: 0.1 mS/cm}"


def study(folder, *lines, cell=""):
    path = folder / "electrodes.yaml"
    rows = "".join(f"  - {{{line}}}\n" for line in lines)
    path.write_text(
        f"name: electrodes\ntitle: Electrodes\nquestion: Which?\n{cell}lines:\n{rows}horizon: 1000 h\nwarm_up: 100 h\n"
    )
    return load_scenario(str(path))


def told(found):
    """Return the table of service of a study, as if it had run without a cell."""
    frames = {"summary": pd.DataFrame(columns=["line", "kpi", "mean", "ci_low", "ci_high"])}
    return service.table(found, {**frames, "cells": Tables.cells.frame()}).set_index("line")


def test_the_area_resistance_of_an_electrode_is_a_third_of_its_thickness_over_what_it_conducts(tmp_path):
    found = study(tmp_path, f"name: rich, route: dry_ptfe_cathode, {RICH}")
    row = told(found).loc["rich"]
    (line,) = found.lines
    grams = line.flowsheet.steps["pack"].primary.stream.kg_per_unit["Li6PS5Cl"] * 1e3
    # g/m2 over 1.86 g/cm3 are cm3/m2, as many um; of a film of 65 um
    assert row["electrolyte_share"] == pytest.approx(grams / 1.86 / 65.0)
    assert 0.35 < row["electrolyte_share"] < 0.5
    conducts = 2.2e-3 * kept(measured_composites(line.library), row["electrolyte_share"]).mean
    assert row["resistance"] == pytest.approx(65e-4 / (3.0 * conducts))
    assert row["resistance_low"] < row["resistance"] < row["resistance_high"]


def test_too_little_electrolyte_and_infiltration_get_a_sentence_in_place_of_a_value(tmp_path):
    found = study(
        tmp_path,
        "name: dry, route: dry_ptfe_cathode",
        "name: dipped, route: infiltration",
        "name: chained, line: [ball_milling, infiltration]",
        "name: lithium, route: slurry_casting",
    )
    rows = told(found)
    assert math.isnan(rows.loc["dry", "resistance"])
    assert "31 % of the volume is electrolyte" in rows.loc["dry", "why"]
    assert "below 35 %" in rows.loc["dry", "why"]
    for line in ("dipped", "chained"):
        assert rows.loc[line, "why"] == "nobody has published what infiltrated electrodes conduct"
    # no solid electrolyte is in it: it soaks in the cell
    assert "lithium" not in rows.index


def test_electrodes_are_ranked_within_their_route_until_someone_measures_them(tmp_path):
    found = study(
        tmp_path,
        "name: bought, route: infiltration",
        "name: milled, line: [ball_milling, infiltration]",
        "name: dry, route: dry_ptfe_cathode",
        "name: painted, route: dry_painting",
        "name: cast, route: slurry_casting",
    )
    of = service.classes(found)
    assert of == {
        "bought": "infiltration", "milled": "infiltration", "dry": "dry_ptfe_cathode", "painted": "", "cast": "",
    }  # fmt: skip
    ranked = service.ranking_keys(found)
    assert ranked["bought"] == ranked["milled"] != ranked["dry"]


def test_measured_resistances_are_told_apart_only_where_their_ranges_do_not_overlap(tmp_path):
    lines = [f"name: {name}, route: dry_ptfe_cathode, {how}" for name, how in (("a", RICH), ("b", RICH), ("c", THICK))]
    of = service.classes(study(tmp_path, *lines))
    # a powder that conducts a twentieth makes twenty-two times the resistance
    assert of["a"] == of["b"] != of["c"]
    assert all(text.endswith("ohm cm2") for text in of.values())


def test_ranges_that_overlap_one_after_the_other_are_one_band():
    band = service._bands({"a": service.Kept(1, 2, 3), "b": service.Kept(2.5, 4, 5), "c": service.Kept(6, 7, 8)})
    assert band["a"] == band["b"] == "1 to 5 ohm cm2"
    assert band["c"] == "6 to 8 ohm cm2"


def test_a_third_of_an_hour_s_current_takes_its_voltage_off_the_energy(tmp_path):
    found = study(tmp_path, "name: film, route: dry_ptfe", cell="cell: nmc_lithium_sulfide\n")
    summary = pd.DataFrame(
        {"line": ["film"], "kpi": ["area_resistance"], "mean": 100.0, "ci_low": 90.0, "ci_high": 110.0}
    )
    bill = Tables.cells.frame([{"line": "film", "component": "separator", "made_by": "film", "usd_per_kwh": 300.0}])
    row = service.table(found, {"summary": summary, "cells": bill}).iloc[0]
    # 149 g/m2 x 185.6 mAh/g in three hours are 0.9218 mA/cm2, through 100 ohm cm2 92 mV of 3.75 V
    current = 149e-4 * 185.6 / 3.0 * 1e-3
    assert row["usable_low"] == pytest.approx(1.0 - 110.0 * current / 3.75)
    assert row["usd_per_usable_kwh_high"] == pytest.approx(300.0 / (1.0 - 110.0 * current / 3.75))
    assert row["usd_per_usable_kwh_low"] == pytest.approx(300.0 / (1.0 - 90.0 * current / 3.75))


def judged(*bounds):
    """Return the verdict on two separators of which one is always the cheaper one, with these costs per usable kWh."""
    results = make(("dry_ptfe", "infiltration"))
    lines = [{**line, "kind": "membrane", "function": "separator"} for line in results.manifest["lines"]]
    rows = [("dry_ptfe", "", 1.0, 0.95, 100), ("infiltration", "", 1.2, 0.05, 100)]
    own = [
        {"line": line, "usd_per_usable_kwh_low": low, "usd_per_usable_kwh_high": high, "why": ""}
        for line, (low, high) in zip(("dry_ptfe", "infiltration"), bounds, strict=True)
    ]
    tables = {**results.tables, "chances": Tables.chances.frame(rows), "service": Tables.service.frame(own)}
    (found,) = verdicts(results.__class__(tables, {**results.manifest, "lines": lines}, None))
    return found


def test_two_whose_usable_kwh_may_cost_the_same_are_not_told_apart():
    assert judged((300.0, 310.0), (311.0, 320.0))["winner"] == "dry_ptfe"
    close = judged((300.0, 310.0), (309.0, 320.0))
    assert (close["winner"], close["reason"]) == ("", "service")


def test_a_cathode_alone_in_its_service_is_not_called_incomparable_for_want_of_others(tmp_path):
    results = make(("dry_ptfe", "infiltration"))
    lines = [
        {**line, "kind": "electrode", "function": "cathode", "service": line["name"]}
        for line in results.manifest["lines"]
    ]
    found = verdicts(results.__class__(results.tables, {**results.manifest, "lines": lines}, None))
    assert [(one["reason"], one["service"]) for one in found] == [
        ("unequal", "dry_ptfe"), ("unequal", "infiltration"),
    ]  # fmt: skip
