import math

import pytest

from sim.errors import PlacedError
from sim.inputs.quantity import Quantity, Value


def wrong(quantity, raw):
    """Return the message and the place of the fault in *raw*."""
    with pytest.raises(ValueError) as caught:
        quantity.read(raw)
    return str(caught.value), getattr(caught.value, "where", ())


def test_a_short_quantity_is_a_number_in_canonical_units():
    value = Quantity("h").read("45 min")

    assert (value.value, value.unit, value.text, value.certain) == (0.75, "h", "45 min", True)
    assert (value.low, value.high, value.source, value.year) == (None, None, "", None)


def test_a_quantity_with_its_evidence():
    raw = {
        "value": "5 USD/kg",
        "range": ["3 USD/kg", "0.025 USD/g"],
        "source": "x",
        "grade": "C",
        "note": "n",
        "year": 2024,
    }
    value = Quantity("USD/kg").read(raw)

    assert (value.value, value.low, value.high) == (5.0, 3.0, 25.0)
    assert (value.source, value.grade, value.note, value.year) == ("x", "C", "n", 2024)


def test_an_estimate_is_a_source_with_its_reason():
    assert Quantity("1").read({"value": 0.5, "estimate": "a guess"}).source == "estimate: a guess"


def test_the_first_unit_that_fits_wins():
    both = Quantity("kg/h", "m2/h")

    assert both.read("1 t/d").unit == "kg/h"
    assert both.read("2 m2/min").value == 120.0


def test_what_is_written_in_mol_is_not_taken_for_a_mass():
    feed = Quantity("kg/kg", "mol/mol", "kg/m2", based=True)

    assert (feed.read("0.2 mol/mol Li2S").unit, feed.read("0.2 mol/mol Li2S").basis) == ("mol/mol", "Li2S")
    assert feed.read("200 mmol/mol Li2S").value == pytest.approx(0.2)
    assert feed.read("9 kg/kg P2S5").unit == "kg/kg"
    assert feed.read("5 g/kg").value == 0.005


def test_a_word_behind_the_unit_is_allowed_only_where_it_means_something():
    assert Quantity("kg", based=True).read("200 kg product").basis == "product"
    assert wrong(Quantity("kg"), "200 kg product")[0] == "unknown unit 'kg product' in '200 kg product'; expected kg"


def test_a_law_is_drawn_and_its_mean_is_the_value():
    value = Quantity("h", drawn=True).read("triangular(4, 6, 8) h")

    assert (value.value, value.certain, value.law.parameters) == (6.0, False, (4.0, 6.0, 8.0))
    assert Quantity("h", drawn=True).read({"value": "exponential(30) min", "range": ["0.1 h", "1 h"]}).low == 0.1


def test_negative_enthalpies_are_read():
    assert Quantity("kJ/mol", minimum=-1e9).read("-82 kJ/mol").value == pytest.approx(-82.0)


@pytest.mark.parametrize(
    ("quantity", "raw", "message", "where"),
    [
        (Quantity("h"), "-1 h", "expected at least 0 h, found '-1 h'", ()),
        (Quantity("h", exclusive=True), "0 h", "expected above 0 h, found '0 h'", ()),
        (Quantity("1", maximum=1.0), 1.5, "expected at most 1, found '1.5'", ()),
        (Quantity("1", maximum=1.0), "120 %", "expected at most 1, found '120 %'", ()),
        (Quantity("1"), math.nan, "expected a finite number, found nan", ()),
        (Quantity("1"), math.inf, "expected a finite number, found inf", ()),
        (Quantity("kg"), "1e16 kg", "expected at most 1e+15 kg, found '1e16 kg'", ()),
        (Quantity("kg"), "1e-30 kg", "expected 0 or more than 1e-15 kg, found '1e-30 kg'", ()),
        (Quantity("h"), None, "expected a quantity with a unit such as 'min' or 'h', found nothing", ()),
        (Quantity("h"), True, "expected a quantity with a unit such as 'min' or 'h', found true", ()),
        (Quantity("h"), ["1 h"], "expected a quantity with a unit such as 'min' or 'h', found a list", ()),
        (Quantity("h"), {"value": "1 kg"}, "expected a time (h), found a mass: '1 kg'", ("value",)),
        (Quantity("h"), {"range": ["1 h", "2 h"]}, "a quantity written as a mapping needs a 'value'", ()),
        (Quantity("h"), {"value": "1 h", "sorce": "x"}, "unknown key 'sorce' in a quantity (did you mean 'source'?)", ("sorce",)),
        (Quantity("h"), {"value": "1 h", "range": ["2 h", "3 h"]}, "the range [2 h, 3 h] does not contain the value 1 h", ("range",)),
        (Quantity("h"), {"value": "1 h", "range": ["2 h"]}, "a range is written [low, high], found ['2 h']", ("range",)),
        (Quantity("h"), {"value": "1 h", "range": ["-1 h", "2 h"]}, "expected at least 0 h, found '-1 h'", ("range", 0)),
        (Quantity("kg", "m2"), {"value": "1 kg", "range": ["0 kg", "2 m2"]}, "'2 m2' is not in the unit of the value, '1 kg'", ("range", 1)),
        (Quantity("h", drawn=True), {"value": "1 h", "range": ["exponential(1) h", "2 h"]}, "the ends of a range are plain quantities, found 'exponential(1) h'", ("range", 0)),
        (Quantity("h"), {"value": "1 h", "grade": "F"}, "unknown grade 'F'; allowed are A, B, C, D, E", ("grade",)),
        (Quantity("h"), {"value": "1 h", "grade": "AB"}, "unknown grade 'AB'; allowed are A, B, C, D, E", ("grade",)),
        (Quantity("h"), {"value": "1 h", "year": "2024"}, "a price year is a whole number such as 2024, found '2024'", ("year",)),
        (Quantity("h"), {"value": "1 h", "note": 5}, "'note' is text, found 5", ("note",)),
        (Quantity("h"), {"value": "1 h", "estimate": " "}, "an 'estimate' needs its reason", ("estimate",)),
        (Quantity("h"), {"value": "1 h", "estimate": "a", "source": "b"}, "give either a 'source' or an 'estimate', not both", ("estimate",)),
        (Quantity("h"), "exponential(1) h", "this figure does not vary from lot to lot: give one number and a 'range', found 'exponential(1) h'", ()),
        (Quantity("h", drawn=True), "gauss(1, 2) h", "unknown law 'gauss'; allowed are beta, erlang, exponential, fixed, gamma, lognormal, measured, normal, pert, triangular, truncnormal, uniform, weibull", ()),
    ],
)  # fmt: skip
def test_wrong_quantities_say_what_and_where(quantity, raw, message, where):
    assert wrong(quantity, raw) == (message, where)


def test_a_value_is_taken_as_it_is():
    value = Quantity("h").read("1 h")

    assert isinstance(value, Value)
    assert Quantity("h").read(value) is value


def test_a_placed_error_keeps_its_arguments():
    error = PlacedError("text", "range", 1)

    assert (str(error), error.where, type(error)(*error.args).args) == ("text", ("range", 1), error.args)


def test_a_range_may_say_how_likely_its_numbers_are():
    mill = Quantity("h")
    assert mill.read({"value": "4 h", "range": ["3 h", "8 h"]}).range_law == "triangular"
    assert mill.read({"value": "4 h", "range": ["3 h", "8 h"], "law": "uniform"}).range_law == "uniform"
    with pytest.raises(ValueError, match="unknown law 'normal' of a range; allowed are triangular and uniform"):
        mill.read({"value": "4 h", "range": ["3 h", "8 h"], "law": "normal"})
    with pytest.raises(ValueError, match="there is no range"):
        mill.read({"value": "4 h", "law": "uniform"})
