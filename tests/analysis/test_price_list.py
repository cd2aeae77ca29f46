import csv

import openpyxl
import pytest

from sim.analysis.price_list import overlay_of, price_list, write_list
from sim.errors import InputError
from sim.inputs import load_library, yamlfile

BY_HAND = "estimate: offer of a trader"


def sheet_of(path):
    """A written workbook, and the row of every price in it."""
    book = openpyxl.load_workbook(path)
    sheet = book["prices"]
    return book, sheet, {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}


def filled(path, cells):
    """Write the list of the catalogue, with cells (path of the price, column) of other content."""
    write_list(price_list(load_library()), path)
    if path.suffix == ".xlsx":
        book, sheet, rows = sheet_of(path)
        columns = {cell.value: cell.column for cell in sheet[1]}
        for (name, column), content in cells.items():
            sheet.cell(rows[name], columns[column]).value = content
        book.save(path)
    else:
        with path.open(newline="", encoding="utf-8") as file:
            head, *rest = csv.reader(file)
        for row in rest:
            for (name, column), content in cells.items():
                if row[0] == name:
                    row[head.index(column)] = str(content)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=";").writerows([head, *rest])
    return path


@pytest.fixture(params=["list.csv", "list.xlsx"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_a_list_that_nobody_touched_changes_nothing(path):
    text, number = overlay_of(filled(path, {}))

    assert (text, number) == ("format: 1\n", 0)


def test_a_list_holds_every_price_of_goods_and_energy_as_the_catalogue_has_it():
    library = load_library()
    table = price_list(library).set_index("path")

    priced = [name for name, material in library.materials.items() if material.price is not None]
    assert len(table) == len(priced) + len(library.utilities) + len(library.consumables)
    assert table.loc["materials.LiCl.price", "price"] == library.materials["LiCl"].price.value
    assert table.loc["utilities.electricity.price", "unit"] == "USD/kWh"


def test_a_changed_price_becomes_an_overlay_that_gives_just_this_price(path):
    cells = {
        ("materials.Li2S.price", "price"): 151.3,
        ("materials.Li2S.price", "source"): BY_HAND,
        ("utilities.electricity.price", "price"): 0.21,
        ("utilities.electricity.price", "unit"): "EUR/kWh",
        ("utilities.electricity.price", "source"): BY_HAND,
    }
    text, number = overlay_of(filled(path, cells))
    library, before = load_library(files=[yamlfile.parse(text, name="o.yaml")]), load_library()

    assert number == 2
    assert library.materials["Li2S"].price.value == pytest.approx(151.3, rel=1e-15)
    assert library.utilities["electricity"].price.value > 0.21
    assert library.materials["LiCl"] == before.materials["LiCl"]
    assert library.consumables == before.consumables


def test_what_was_said_of_the_price_before_is_not_said_of_a_new_one(path):
    cells = {("materials.Li2S.price", "price"): 900.0}
    text, _ = overlay_of(filled(path, cells), source=BY_HAND)
    price = load_library(files=[yamlfile.parse(text, name="o.yaml")]).materials["Li2S"].price

    # the range of the catalogue ends at 560 USD/kg and its grade is C
    assert (price.low, price.high, price.grade, price.source) == (None, None, "E", BY_HAND)


def test_a_range_alone_may_be_changed_and_leaves_the_evidence_as_it_is(path):
    text, number = overlay_of(filled(path, {("materials.Li2S.price", "high"): 600.0}))
    price = load_library(files=[yamlfile.parse(text, name="o.yaml")]).materials["Li2S"].price

    assert number == 1
    assert (price.low, price.value, price.high, price.grade) == (245.0, 280.0, 600.0, "C")


def test_every_refused_cell_is_named_at_once(tmp_path):
    path = filled(
        tmp_path / "list.xlsx",
        {
            ("materials.Li2S.price", "price"): "nine",
            ("materials.P2S5.price", "unit"): "USD/h",
            ("materials.LiCl.price", "source"): "nobody",
            ("utilities.gas.price", "year"): "soon",
            ("utilities.heat.price", "price"): 0.07,
            ("consumables.sagger.price", "path"): "consumables.saggar.price",
        },
    )
    _, _, rows = sheet_of(path)
    with pytest.raises(InputError) as caught:
        overlay_of(path)

    told = [str(issue) for issue in caught.value.issues]
    assert all(text.startswith(f"{path}, sheet prices:") for text in told)
    at = {name: [text for text in told if f"{row})" in text.rpartition("(cell ")[2]] for name, row in rows.items()}
    assert [text for text in at["materials.Li2S.price"] if "found 'nine USD/kg' (cell C" in text]
    assert [text for text in at["materials.P2S5.price"] if "found a price per time" in text]
    assert [text for text in at["materials.LiCl.price"] if "unknown source 'nobody'" in text and "(cell H" in text]
    assert [text for text in at["utilities.gas.price"] if "found 'soon' (cell G" in text]
    assert [text for text in at["utilities.heat.price"] if "no source:" in text and "(cell H" in text]
    assert [text for text in at["consumables.saggar.price"] if "did you mean 'consumables.sagger.price'" in text]


def test_the_same_list_gives_the_same_bytes_and_no_text_is_a_formula(path):
    table = price_list(load_library())
    table.loc[0, "note"] = "=1+1"
    write_list(table, path)
    first = path.read_bytes()
    write_list(table, path)

    assert path.read_bytes() == first
    if path.suffix == ".xlsx":
        _, sheet, _ = sheet_of(path)
        assert (sheet.cell(2, 10).value, sheet.cell(2, 10).data_type) == ("=1+1", "s")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("list.txt", "path", "expected '.csv' or '.xlsx'"),
        ("list.csv", "a,b", "'path' is missing"),
        ("list.csv", "path,price,unit", "'year' is missing"),
        ("list.xlsx", "no zip", "the file cannot be read"),
    ],
)
def test_what_is_no_price_list_is_refused(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        overlay_of(path)
