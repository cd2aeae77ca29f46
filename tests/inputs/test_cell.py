"""The cell: what m2 and kg become per kWh, what a target in kWh asks of a line, and Table 1 of the review."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.inputs import cell
from sim.inputs.bundle import bundled
from sim.inputs.library import load_library
from sim.reporting.cell import section
from sim.results import compare
from sim.results import folder as results
from sim.results.tables import TABLES
from sim.study import cells
from sim.study.load import load_scenario

CELL_TABLES = ("cells", "cell_pairs", "table1", "waterfall")

SMALL = Path(__file__).parents[1] / "cli" / "data" / "small.yaml"
LIBRARY = load_library()

DESIGN = """
name: round
title: A cell of round figures
active: NCM811_coated
loading: 150 g/m2
capacity: 200 mAh/g
voltage: 4 V
yield: 0.9
estimate: round figures
powder: {function: electrolyte powder, mass: 72 g/m2}
components:
  separator: {function: separator, mass: 50 g/m2, area: 1.08, price: {value: 200 USD/kg, year: 2024}, gwp: 20 kg/kg}
  cathode: {function: cathode, mass: 220 g/m2, price: {value: 13.5 USD/m2, year: 2024}, gwp: 2.7 kg/m2}
  foil: {mass: 9 g/m2, area: 0.5, price: {value: 60 USD/kg, year: 2024}, gwp: 10 kg/kg}
"""
# 150 g/m2 x 200 mAh/g = 30 Ah/m2, x 4 V = 0.12 kWh/m2; of it 90 % are good cells: 0.108 kWh per m2 that is stacked
SCENARIO = """
name: small
title: A cell
cell: design.yaml
lines:
  - {name: powder, route: ball_milling, target: 0.9 GWh/y}
  - {name: film, line: [ball_milling, dry_ptfe], target: 0.1 GWh/y}
  - {name: same, line: [ball_milling, dry_ptfe], target: 1 Mm2/y}
  - {name: cathode, line: [ball_milling, dry_ptfe_cathode], target: 1 Mm2/y}
  - {name: bought, route: dry_ptfe, target: 1 Mm2/y}
plant: {days_per_week: 6}
horizon: 1 y
warm_up: 4 week
prices: spot_2025
"""


def load(folder, *, design=DESIGN, scenario=SCENARIO):
    (folder / "design.yaml").write_text(design, encoding="utf-8")
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    return load_scenario(folder / "scenario.yaml")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return load(tmp_path_factory.mktemp("cell"))


def made_up(**changes):
    """Return tables of a run: film 8 USD/m2 of 0.05 kg/m2 that takes 0.06 kg/m2 of powder for 6 USD of its cost."""
    units = {"powder": "kg", "film": "m2", "same": "m2", "cathode": "m2", "bought": "m2"}
    usd = {"powder": 90.0, "film": 8.0, "same": 9.0, "cathode": 10.8, "bought": 7.0} | changes
    summary = [
        (line, kpi, value)
        for line in units
        for kpi, value in (("cost_per_unit", usd[line]), ("energy_per_unit", 2.0), ("gwp_per_unit", 1.0))
    ]
    costs = [(line, "line", "E", usd[line]) for line in ("powder", "bought")]
    costs += [
        ("film", "ball_milling/mill", "D", 5.0),
        ("film", "ball_milling/line", "C", 1.0),
        ("film", "line", "B", 0.5),
    ]
    costs += [
        ("film", "dry_ptfe/slit", "E", 1.5),
        ("same", "dry_ptfe/slit", "A", 9.0),
        ("cathode", "dry/slit", "A", 10.8),
    ]
    streams = [(line, f"{line}/pack", "ship", "main", 1.0, 1.0 if of == "kg" else 0.05) for line, of in units.items()]
    streams.append(("film", "ball_milling/pack", "dry_ptfe/dose_powder", "main", 0.06, 0.06))
    streams.append(("film", "ball_milling/pack", "ball_milling/crush", "rework", 0.5, 0.5))
    return {
        "summary": pd.DataFrame(summary, columns=["line", "kpi", "mean"]),
        "costs": pd.DataFrame(costs, columns=["line", "step", "grade", "usd_per_unit"]),
        "streams": pd.DataFrame(
            streams, columns=["line", "source", "target", "role", "amount_per_unit", "kg_per_unit"]
        ),
        "assumptions": pd.DataFrame(columns=["where", "quantity", "line"]),
    }


@pytest.fixture(scope="module")
def tables(study):
    return cells.tables(study, made_up())


def of(table, line):
    return table[table["line"] == line].set_index("component")


# -- the design --------------------------------------------------------------------------------------------------------


def test_a_m2_of_cell_holds_loading_times_capacity_times_voltage(study):
    assert study.cell.areal_ah_per_m2 == pytest.approx(30.0)  # 3 mAh/cm2
    assert study.cell.kwh_per_m2 == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("function", "unit", "amount"),
    [
        ("separator", "m2", 1.08 / 0.108),  # 10 m2: an overhang of 8 %, and one stack in ten fails
        ("cathode", "m2", 1.0 / 0.108),
        ("electrolyte powder", "kg", 0.072 / 0.108),
        ("cell", "m2", 1.0 / 0.12),  # ships good cells: no yield on top
        ("separator", "kg", None),
        ("electrolyte powder", "m2", None),
        ("lithium-ion cathode", "m2", None),
    ],
)
def test_a_kwh_takes_area_and_mass_of_what_is_stacked(study, function, unit, amount):
    assert cell.needed(study.cell, function, unit) == (None if amount is None else pytest.approx(amount))


@pytest.mark.parametrize("name", bundled("cells"))
def test_bundled_cells_keep_the_rules_of_the_catalogue(name):
    design, _ = cell.load_cell(name, LIBRARY)

    assert design.name == name
    assert not cell.unobtainable(design, ())


def test_the_cell_of_the_handbook_loads(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
    path = tmp_path / "my_cell.yaml"
    example = page.split("```yaml\nname: my_cell")[1].split("```")[0]
    path.write_text("name: my_cell" + example, encoding="utf-8")

    design, _ = cell.load_cell(str(path), LIBRARY)

    assert design.name == "my_cell"
    assert list(cell.unobtainable(design, {"cathode"})) == ["separator"]


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        ("4 V", "4 kWh", (7, 10), "'voltage': expected a voltage (V), found an energy: '4 kWh'"),
        ("13.5 USD/m2, year: 2024", "13.5 USD/m2", (13, 55), "money needs its price year"),
        ("estimate: round figures", "source: nobody", (9, 9), "unknown source 'nobody'"),
        ("mass: 9 g/m2, ", "", (14, 9), "'mass' is missing"),
    ],
)
def test_faults_of_a_cell_file_are_told_at_their_line(tmp_path, old, new, place, text):
    with pytest.raises(InputError) as caught:
        load(tmp_path, design=DESIGN.replace(old, new))

    (issue,) = caught.value.issues
    assert Path(issue.file).name == "design.yaml"
    assert (issue.line, issue.col) == place, issue
    assert text in issue.text, issue


def test_what_nobody_sells_a_line_of_the_scenario_may_make(tmp_path):
    design = DESIGN.replace(", price: {value: 13.5 USD/m2, year: 2024}", "")
    found = cells.tables(load(tmp_path, design=design), made_up())["cells"]

    assert of(found, "film").loc["cathode", "made_by"] == "cathode"
    assert "cathode" not in of(found, "").index

    without = SCENARIO.replace("  - {name: cathode, line: [ball_milling, dry_ptfe_cathode], target: 1 Mm2/y}\n", "")
    with pytest.raises(InputError, match="needs 'cathode', which has no price and which no line"):
        load(tmp_path, design=design, scenario=without)


def test_whole_cells_need_no_seller_of_parts(study):
    design = study.cell.model_copy(
        update={"components": {"lid": study.cell.components["foil"].model_copy(update={"price": None})}}
    )

    assert list(cell.unobtainable(design, {"separator"})) == ["lid"]
    assert not cell.unobtainable(design, {"cell"})


WHOLE = """
name: whole
title: Whole cells
cell: nmc_lithium_sulfide
lines:
  - {name: made, line: [metathesis, [dry_ptfe, dry_ptfe_cathode], cell_stacking], target: 0.1 GWh/y}
  - {name: bought, route: cell_stacking, target: 0.1 GWh/y}
plant: {days_per_week: 6}
horizon: 1 y
warm_up: 4 week
prices: spot_2025
"""


def test_a_target_in_energy_is_one_of_whole_cells_where_a_line_makes_them(tmp_path):
    made, bought = load(tmp_path, scenario=WHOLE).lines

    # 0.1 GWh / (0.149 kg/m2 x 185.6 Ah/kg x 3.75 V); good cells ship, so no yield on top
    assert made.target_per_year == bought.target_per_year == pytest.approx(1e8 / (149 * 185.6 * 3.75 / 1000))


def test_whole_cells_of_another_loading_are_no_cells_of_the_design(tmp_path):
    made = "cell_stacking], target: 0.1 GWh/y"
    thin = f"{made}, set: {{dry_ptfe_cathode.steps.film_line.areal_mass: 0.12 kg/m2}}"
    changed = WHOLE.replace(made, thin)

    with pytest.raises(InputError, match=r"the line's cell holds .* g of NCM811_coated per m2, and the cell"):
        load(tmp_path, scenario=changed)


def test_cells_of_a_bought_cathode_are_taken_at_their_word(study):
    assert not cell.misfit(study.cell, "cell", {"composite_cathode": 0.2194})
    assert not cell.misfit(study.cell, "cell", {"NCM811_coated": 0.15})
    assert "holds 100 g of NCM811_coated" in cell.misfit(study.cell, "cell", {"NCM811_coated": 0.1})


# -- targets -----------------------------------------------------------------------------------------------------------


def test_a_target_in_energy_becomes_one_in_m2_or_kg(study):
    powder, film, same, *_ = study.lines

    assert powder.target_per_year == pytest.approx(0.6e6)  # 0.9 GWh x 0.667 kg/kWh
    assert film.target_per_year == pytest.approx(1e6)  # 0.1 GWh x 10 m2/kWh
    machines = [{name: size.machines for name, size in line.sizing.steps.items()} for line in (film, same)]
    assert machines[0] == machines[1]


def test_powder_and_machines_follow_from_the_energy(tmp_path):
    more = SCENARIO.replace("target: 0.1 GWh/y", "target: 1 GWh/y")
    film, same = load(tmp_path, scenario=more).lines[1:3]
    weighed = [line.sizing.steps["ball_milling/pack"] for line in (film, same)]
    mills = [line.sizing.steps["ball_milling/mill"].machines for line in (film, same)]

    ratio = [size.operations_per_year * size.charge for size in weighed]
    assert ratio[0] == pytest.approx(10.0 * ratio[1], rel=1e-6)
    assert mills[0] > 5 * mills[1]


# -- cost of a cell ----------------------------------------------------------------------------------------------------


def test_one_part_is_made_and_the_others_are_bought(tables):
    film = of(tables["cells"], "film")

    assert film["made_by"].to_dict() == {"separator": "film", "cathode": "", "foil": ""}
    # separator 8 USD/m2 x 10 m2; cathode 13.5 USD/m2 / 0.108; foil 0.009 kg/m2 x 60 USD/kg x 0.5 / 0.108
    assert film["usd_per_kwh"].to_dict() == pytest.approx({"separator": 80.0, "cathode": 125.0, "foil": 2.5})
    # energy is that of the line alone: 2 kWh/m2 x 10 m2
    assert film.loc["separator", "kwh_per_kwh"] == pytest.approx(20.0)
    assert film["kwh_per_kwh"].isna().sum() == 2
    # 1 kg/m2 x 10; 2.7 kg/m2 / 0.108; 0.009 x 10 x 0.5 / 0.108
    assert film["kg_co2e_per_kwh"].to_dict() == pytest.approx(
        {"separator": 10.0, "cathode": 25.0, "foil": 0.09 / 0.216}
    )
    # per m2 of good cell: 1.08 / 0.9 m2 of film of 0.05 kg/m2
    assert film.loc["separator", ["m2_per_m2", "kg_per_m2"]].tolist() == pytest.approx([1.2, 0.06])
    assert film.loc["separator", "grade"] == "E"
    assert of(tables["cells"], "same").loc["separator", "grade"] == "A"


def test_all_parts_bought_stand_under_no_line(tables):
    bought = of(tables["cells"], "")

    # separator 0.05 kg/m2 x 200 USD/kg x 10 m2
    assert bought["usd_per_kwh"].to_dict() == pytest.approx({"separator": 100.0, "cathode": 125.0, "foil": 2.5})
    assert set(bought["grade"]) == {"E"}


def test_powder_has_the_row_of_what_a_kwh_takes_of_it(tables):
    powder = of(tables["cells"], "powder")

    assert powder["usd_per_kwh"].to_dict() == pytest.approx({"powder": 60.0})  # 90 USD/kg x 0.072 / 0.108


def test_a_line_of_whole_cells_is_divided_by_kwh_per_m2(study):
    line = study.lines[1]
    whole = replace(line, route=line.route.model_copy(update={"function": "cell"}))
    found = cells.tables(replace(study, lines=(whole,)), made_up())["cells"]

    assert of(found, "film")["usd_per_kwh"].to_dict() == pytest.approx({"cell": 8.0 / 0.12})


@pytest.fixture(scope="module")
def told(study):
    """What the report says of the film line as if it shipped whole cells, from powder on two branches of a fork."""
    line = study.lines[1]
    whole = replace(study, lines=(replace(line, route=line.route.model_copy(update={"function": "cell"})),))
    found = made_up()
    streams = [("film", "ball_milling/pack", "dry_ptfe_cathode/dose_powder", "main", 0.04, 0.04)]
    streams.append(("film", "dry_ptfe_cathode/ship", "stacking/take", "main", 1.0, 0.2))
    more = pd.DataFrame(streams, columns=found["streams"].columns)
    found["streams"] = pd.concat([found["streams"], more], ignore_index=True)
    output = pd.DataFrame([("film", "throughput", 1.2e6)], columns=["line", "kpi", "mean"])
    found["summary"] = pd.concat([found["summary"], output], ignore_index=True)
    found["steps"] = pd.DataFrame([("film", "a", 2), ("film", "b", 1)], columns=["line", "step", "machines"])
    units = {"ball_milling": "kg", "dry_ptfe": "m2", "dry_ptfe_cathode": "m2", "stacking": "m2"}
    segments = {name: {"unit": of} for name, of in units.items()}
    manifest = {
        "cell": cells.facts(whole),
        "lines": [{"name": "film", "function": "cell", "unit": "m2", "route": {"segments": segments}}],
    }
    return section(
        SimpleNamespace(manifest=manifest, service=TABLES["service"].frame(), **(found | cells.tables(whole, found)))
    )


def test_the_report_sets_a_whole_cell_beside_the_bill_of_bought_parts(told):
    text = " ".join(told["sentences"])

    # 8 USD/m2, 2 kWh/m2 and 1 kg/m2 over 0.12 kWh/m2; parts: 100 + 125 + 2.5 USD/kWh
    assert "The cheapest whole cell is that of film, with assembly, formation and tests" in text
    assert "66.7 USD/kWh, 16.7 kWh/kWh of energy and 8.33 kg CO₂e/kWh" in text
    # separator 10 kg/kWh, cathode 25, foil 0.42
    assert "bought parts, without assembly and formation, comes to 228 USD/kWh and 35.4 kg CO₂e/kWh." in text
    assert "its figures hold assembly, formation" in told["basis"]
    assert "whole cells with their assembly and formation" in told["bars"]
    assert told["table1"] is None


def test_the_powder_of_a_cell_is_that_of_all_branches(told):
    (row,) = told["bills"]["rows"]

    # 1.2 million m2 a year of 0.12 kWh/m2; 0.06 kg/m2 go to the film and 0.04 to the cathode
    assert [row["cells"][at] for at in (2, 3, 7, 9, 10)] == ["66.7", "228", "0.144", "120", "3"]


def test_pairs_are_of_one_powder(tables):
    pairs = tables["cell_pairs"].set_index("separator")

    assert pairs[["powder", "cathode"]].to_numpy().tolist() == [["ball_milling", "cathode"]] * 2
    # 80 + 10.8 / 0.108 + 2.5
    assert pairs["usd_per_kwh"].to_dict() == pytest.approx({"film": 182.5, "same": 192.5})
    assert pairs.loc["film", "kwh_per_kwh"] == pytest.approx(20.0 + 2.0 / 0.108)


# -- Table 1 -----------------------------------------------------------------------------------------------------------


def test_table_1_is_reproduced_with_its_true_totals_beside_the_printed(tables):
    table = tables["table1"].set_index("component")

    assert len(table) == 14
    assert table.loc["Separator", ["weight_g", "usd_per_kg", "usd"]].tolist() == [7.199, 271.6, 1.9551]
    assert table.loc["Electrolyte", ["weight_g", "usd_per_kg", "usd"]].tolist() == [9.66, 277.1, 2.6769]
    assert table.loc["total", ["weight_g", "usd"]].tolist() == pytest.approx([60.933, 5.7005], abs=1e-9)
    assert table.loc["total", ["printed_weight_g", "printed_usd"]].tolist() == [60.478, 5.6096]
    missing = table.loc["total", "weight_g"] - table.loc["total", "printed_weight_g"]
    assert missing == pytest.approx(table.loc["Lead tab (-)", "weight_g"])


def test_the_waterfall_replaces_separator_and_electrolyte_by_mass(tables):
    film = of(tables["waterfall"], "film")

    # 8 USD/m2 / 0.05 kg/m2 = 160 USD/kg; (5 + 1) USD/m2 / 0.06 kg/m2 = 100 USD/kg: what both share is the film's
    assert film["made_usd_per_kg"].to_list()[1:] == pytest.approx([160.0, 100.0])
    assert film["change_usd"].to_list() == pytest.approx([0.0, 0.007199 * 160.0 - 1.9551, 0.00966 * 100.0 - 2.6769])
    # 5.7005 - 1.9551 + 1.15184 - 2.6769 + 0.966
    assert film["usd"].to_list()[-1] == pytest.approx(3.18634)
    assert film["grade"].to_list() == ["B", "E", "D"]


def test_a_line_replaces_only_what_it_makes(tables):
    steps = tables["waterfall"].groupby("line")["component"].apply(list).to_dict()

    assert steps["powder"] == ["Table 1", "Electrolyte"]
    assert steps["bought"] == ["Table 1", "Separator"]
    assert of(tables["waterfall"], "powder").loc["Electrolyte", "usd"] == pytest.approx(5.7005 - 2.6769 + 0.8694)


# -- runs --------------------------------------------------------------------------------------------------------------


def test_without_a_cell_the_tables_are_empty(study):
    found = cells.tables(replace(study, cell=None), made_up())

    assert {name: (list(table.columns), len(table)) for name, table in found.items()} == {
        name: (TABLES[name].names, 0) for name in CELL_TABLES
    }
    assert cells.facts(replace(study, cell=None)) == {}


def test_a_run_with_a_cell_is_written_read_and_merged(tmp_path):
    run = sim.run(load_scenario(SMALL, cell="nmc_lithium_sulfide", replications=1), ranges=False)
    line = run.manifest["lines"][0]["name"]
    (row,) = compare.records(run.cells[run.cells["line"] == line])
    cost = run.summary.set_index(["line", "kpi"]).loc[(line, "cost_per_unit"), "mean"]
    needed = run.manifest["cell"]["needed_per_kwh"]["electrolyte powder/kg"]

    assert row.component == "powder"
    assert row.usd_per_kwh == pytest.approx(cost * needed)
    assert "cell.nmc_lithium_sulfide.components.separator" in set(run.assumptions["where"])
    results.write(run, tmp_path / "run")
    back = results.read(tmp_path / "run")
    for name in CELL_TABLES:
        pd.testing.assert_frame_equal(back.tables[name], run.tables[name], check_dtype=False)

    both = compare.merge([run, back], ["one", "two"])
    assert set(both.cells["line"]) == {"", f"one_{line}", f"two_{line}"}
    assert (both.cells["line"] == "").sum() == 8
    assert len(both.table1) == 14
    other = replace(back, manifest={**back.manifest, "cell": {**back.manifest["cell"], "voltage_v": 3.0}})
    assert compare.merge([run, other], ["one", "two"]).manifest["cell"] == {}
