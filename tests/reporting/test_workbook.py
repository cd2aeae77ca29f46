"""The workbook of a run: LibreOffice works out what the program does, also once prices, wage and rate are others."""

import io
import shutil
import subprocess
from dataclasses import replace

import openpyxl
import pytest

import sim
from sim.errors import InputError
from sim.reporting import workbook_of
from sim.results import DOLLAR

OFFICE = shutil.which("soffice")
office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice: formulas of the workbook are not worked out")
LIMIT = 1e-9
CHANGES = {
    "materials.Li2S.price": (151.5, "USD/kg"),
    "economics.wage": (41.0, "USD/h"),
    "economics.discount_rate": (0.113, ""),
}
ROOT = {"materials.Li2CO3.price": (14.0, "USD/kg"), "utilities.electricity.price": (0.21, "USD/kWh")}
SHORT = {"horizon": "4 week", "warm_up": "1 week", "replications": 2}


def run(scenario="five_routes", *overrides):
    return sim.run(sim.load_scenario(scenario, overrides=overrides, **SHORT), ranges=False, engine="compiled")


def totals(book):
    """Cost of a unit of every line, as the sheet of totals says."""
    head, *rows = book["Totals"].iter_rows(values_only=True)
    return {row[0]: row[[str(name).split(" [")[0] for name in head].index("cost")] for row in rows}


def told(results):
    column = "usd_per_unit" if results.currency == DOLLAR else f"{results.currency.lower()}_per_unit"
    return results.costs.groupby("line")[column].sum().to_dict()


def recalculated(book, folder):
    """A workbook as LibreOffice saves it, all formulas worked out."""
    (folder / "made").mkdir()
    book.save(folder / "book.xlsx")
    words = [OFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*words, "--outdir", folder / "made", folder / "book.xlsx"], check=True, capture_output=True, timeout=120
    )
    return openpyxl.load_workbook(folder / "made" / "book.xlsx", data_only=True)


def opened(results):
    return openpyxl.load_workbook(io.BytesIO(workbook_of(results)))


def typed(book, changes):
    """Type numbers over the inputs, whichever lines they are of."""
    for row in book["Inputs"].iter_rows(min_row=2):
        if row[0].value in changes:
            row[3].value = changes[row[0].value][0]
    return book


@pytest.fixture(scope="module")
def results():
    return run()


@pytest.fixture(scope="module")
def book(results):
    return opened(results)


def test_the_same_results_give_the_same_bytes(results):
    assert workbook_of(results) == workbook_of(results)


def test_no_text_of_a_file_becomes_a_formula(results):
    spoiled = results.assumptions.assign(note="=cmd|' /C calc'!A0")
    found = opened(replace(results, tables={**results.tables, "assumptions": spoiled}))

    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row]
    assert sum(cell.value == "=cmd|' /C calc'!A0" for cell in cells) > len(spoiled)  # in the inputs, too
    assert {cell.data_type for cell in cells if str(cell.value).startswith("=cmd")} == {"s"}


def test_every_number_of_the_cost_is_a_formula_and_what_it_was_in_the_run_stands_beside_it(book, results):
    rows = list(book["Cost"].iter_rows(min_row=2))

    assert len(rows) == len(results.costs.groupby(["line", "step", "category", "item"]))
    assert {row[column].data_type for row in rows for column in (8, 9, 10)} == {"f"}
    assert sum(row[11].value for row in rows) == pytest.approx(results.costs["usd_per_unit"].sum(), rel=LIMIT)


def test_every_price_installed_is_a_formula_of_quote_size_exponent_and_factor(book, results):
    rows = list(book["Equipment"].iter_rows(min_row=2))

    assert len(rows) == len(results.equipment)
    assert {row[16].data_type for row in rows} == {"f"}


def test_all_tables_of_the_run_are_there_with_frozen_heads_and_units(book, results):
    assert {"summary", "steps", "streams", "assumptions", "Sources", "About"} <= set(book.sheetnames)
    assert all(sheet.freeze_panes for sheet in book)
    assert [cell.value for cell in book["energy"][1]][-3:-1] == ["kwh_per_year [kWh/y]", "kwh_per_unit [kWh/unit]"]
    assert book["Sources"].max_row == len(results.manifest["references"]) + 1


def test_a_price_that_follows_another_is_a_formula_of_it(book):
    cells = {row[0].value: row[3].value for row in book["Inputs"].iter_rows(min_row=2)}

    assert "materials_Li2CO3_price" in cells["materials.LiCl.price"]
    assert cells["economics.wage"] == 30


def test_a_folder_without_results_has_no_workbook(tmp_path):
    with pytest.raises(InputError, match="no results here"):
        sim.export(tmp_path)


@office
@pytest.mark.slow
@pytest.mark.parametrize(("name", "currency"), [("five_routes", "USD"), ("chains", "EUR")])
def test_recalculated_totals_are_those_of_the_cost_table(name, currency, tmp_path):
    results = run(name, f"currency={currency}")
    found = recalculated(opened(results), tmp_path)

    assert totals(found) == pytest.approx(told(results), rel=LIMIT)
    assert [
        (sheet.title, cell.coordinate)
        for sheet in found
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e"
    ] == []
    for row in found["Cost"].iter_rows(min_row=2, values_only=True):
        assert row[10] == pytest.approx(row[11], rel=LIMIT, abs=1e-15), row[:4]


@office
@pytest.mark.slow
@pytest.mark.parametrize("changes", [CHANGES, ROOT], ids=["price, wage and rate", "root of prices, electricity"])
def test_what_is_typed_into_the_sheet_moves_the_totals_as_an_override_moves_the_program(book, changes, tmp_path):
    moved = recalculated(typed(opened(run()), changes), tmp_path)
    overrides = [f"{path}={value} {unit}".strip() for path, (value, unit) in changes.items()]

    after = told(run("five_routes", *overrides))
    assert totals(moved) == pytest.approx(after, rel=LIMIT)
    assert after != pytest.approx(told(run()), rel=0.01)


@office
@pytest.mark.slow
def test_lines_with_wages_of_their_own_have_cells_of_their_own(tmp_path):
    book = opened(run("regions"))
    wages = {
        row[2].value: row[3].value for row in book["Inputs"].iter_rows(min_row=2) if row[0].value == "economics.wage"
    }
    moved = totals(recalculated(typed(book, {"economics.wage": (41.0, "USD/h")}), tmp_path))

    assert len(set(wages.values())) > 1
    assert moved == pytest.approx(told(run("regions", "economics.wage=41 USD/h")), rel=LIMIT)
