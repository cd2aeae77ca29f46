import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs import units
from sim.inputs.units import Split, convert, parse, split


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("45 min", "h", 0.75),
        ("45min", "h", 0.75),
        ("  45   min ", "h", 0.75),
        ("2 d", "h", 48.0),
        ("1 week", "h", 168.0),
        ("1 y", "h", 8760.0),
        ("1 a", "h", 8760.0),
        ("3 years", "h", 26280.0),
        ("1 month", "h", 730.0),
        ("3 t", "kg", 3000.0),
        ("3 cm2", "m2", 0.0003),
        ("3 m²", "m2", 3.0),
        ("10 Mm2", "m2", 1e7),
        ("1 L", "m3", 0.001),
        ("3 Nm3", "m3", 3.0),
        ("50 µm", "m", 5e-5),
        ("30 m/min", "m/h", 1800.0),
        ("3.6 MJ", "kWh", 1.0),
        ("300 W", "kW", 0.3),
        ("2.2 mS/cm", "mS/cm", 2.2),
        ("2 g/cm3", "kg/m3", 2000.0),
        ("1.5 kg CO2e/kWh", "kg/kWh", 1.5),
        ("7.2 kJ/(kg K)", "kWh/kg/K", 0.002),
        ("20 persons", "1", 20.0),
        ("80 degC", "K", 353.15),
        ("-5 °C", "K", 268.15),
        ("1 MUSD", "USD", 1e6),
        ("12 USD/kg", "USD/kg", 12.0),
        ("0.3 wt%", "1", 0.003),
        ("10 vol %", "1", 0.1),
        ("5 %", "1", 0.05),
        ("5%", "1", 0.05),
        ("100 ppm", "1", 0.0001),
        ("0.2 kg/kg", "1", 0.2),
        ("0.05", "1", 0.05),
        (0.05, "1", 0.05),
        (3, "1", 3.0),
        ("3 1/h", "1/h", 3.0),
        ("1e5 USD", "USD", 1e5),
    ],
)
def test_quantities_come_in_the_canonical_unit(text, unit, value):
    assert parse(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        (45, "h", "expected a quantity with a unit such as 'min' or 'h', found the bare number 45"),
        ("45", "h", "expected a quantity with a unit such as 'min' or 'h', found the bare number 45"),
        (45, "USD/kg", "expected a quantity with a unit such as 'USD/kg', found the bare number 45"),
        ("soon", "h", "expected a quantity with a unit such as 'min' or 'h', found 'soon'"),
        ("1.2.3 h", "h", "expected a quantity with a unit such as 'min' or 'h', found '1.2.3 h'"),
        ("nan h", "h", "expected a quantity with a unit such as 'min' or 'h', found 'nan h'"),
        (None, "h", "expected a quantity with a unit such as 'min' or 'h', found nothing"),
        ([1], "kg", "expected a quantity with a unit such as 'kg' or 't', found a list"),
        ({"a": 1}, "kg", "expected a quantity with a unit such as 'kg' or 't', found a mapping"),
        (True, "1", "expected a quantity with a unit such as '%' or 'ppm', or a bare number, found true"),
        (math.nan, "1", "expected a finite number, found nan"),
        (math.inf, "1", "expected a finite number, found inf"),
        ("1e999 h", "h", "expected a finite number, found '1e999 h'"),
        ("3 kg", "h", "expected a time (h), found a mass: '3 kg'"),
        ("3 kWh/m2", "kWh/kg", "expected an energy per mass (kWh/kg), found an energy per area: '3 kWh/m2'"),
        ("3 kg*kg", "m/h**2", "expected a quantity (m/h**2), found a quantity in kg*kg: '3 kg*kg'"),
        ("1,000 kg", "kg", "expected a number with a point and without commas, found '1,000 kg'"),
        ("3 kgg", "kg", "unknown unit 'kgg' in '3 kgg' (did you mean 'kg'?)"),
        ("3 hh", "h", "unknown unit 'hh' in '3 hh' (did you mean 'h'?)"),
        ("3 EUR", "USD", "unknown unit 'EUR' in '3 EUR'; money is in USD, EUR, CNY, JPY or KRW"),
        ("3 €/kg", "USD/kg", "unknown unit '€/kg' in '3 €/kg'; money is in USD, EUR, CNY, JPY or KRW"),
        ("20 kg product", "kg", "unknown unit 'kg product' in '20 kg product'"),
        ("1 h/0", "h", "unknown unit 'h/0' in '1 h/0'"),
        ("1 (h", "h", "unknown unit '(h' in '1 (h' (did you mean 'h'?)"),
        ("1 h**9**9**9**9", "h", "unknown unit 'h**9**9**9**9' in '1 h**9**9**9**9'"),
        ("1 __import__('os')", "h", "unknown unit \"__import__('os')\" in \"1 __import__('os')\""),
    ],
)
def test_a_wrong_quantity_says_what_was_expected_and_found(text, unit, message):
    with pytest.raises(ValueError) as caught:
        parse(text, unit)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("7.85 kg/kg product", Split(7.85, "kg/kg", "product")),
        ("0.2 mol/mol Li2S", Split(0.2, "mol/mol", "Li2S")),
        ("0.2 mol / mol Li2S", Split(0.2, "mol/mol", "Li2S")),
        ("3 kg/kg N2", Split(3.0, "kg/kg", "N2")),
        ("9 kg/kg 2-MeTHF", Split(9.0, "kg/kg", "2-MeTHF")),
        ("10 wt % LiOH solution", Split(10.0, "wt%", "LiOH solution")),
        ("5 %", Split(5.0, "%", "")),
        ("2.5 mol", Split(2.5, "mol", "")),
        ("0.3", Split(0.3, "", "")),
    ],
)
def test_a_quantity_is_split_from_the_words_behind_it(text, parts):
    assert split(text) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("product", "expected a quantity such as '7.85 kg/kg product', found 'product'"),
        ("3 widgets", "unknown unit 'widgets' in '3 widgets'"),
        ("1e400 kg", "expected a finite number, found '1e400 kg'"),
    ],
)
def test_a_text_that_begins_with_no_quantity_is_not_split(text, message):
    with pytest.raises(ValueError) as caught:
        split(text)

    assert str(caught.value) == message


def test_values_are_converted():
    assert convert(1, "h", "min") == 60
    assert convert(80, "degC", "K") == 353.15
    assert convert(0.1, "kWh/kg", "MJ/t") == 360


def test_values_of_different_kinds_are_not_converted():
    with pytest.raises(ValueError, match="cannot convert 'kg' to 'h'"):
        convert(1, "kg", "h")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["h", "kg", "USD/kg", "1", "mS/cm"]))
def test_a_number_in_the_canonical_unit_is_used_as_written(value, unit):
    assert parse(f"{value!r} {'' if unit == '1' else unit}", unit) == value


@given(st.text(max_size=20))
def test_any_text_is_either_a_quantity_or_a_value_error(text):
    try:
        value = parse(text, "h")
    except ValueError as error:
        assert str(error).startswith(("expected ", "unknown unit "))
    else:
        assert math.isfinite(value)


@given(st.text(alphabet="hkgmd0123 */^-()%.eEW", max_size=12))
def test_any_unit_is_either_known_or_a_value_error(word):
    try:
        parse(f"1 {word}", "h")
    except ValueError as error:
        assert str(error).startswith(("expected ", "unknown unit "))


@given(
    number=st.floats(-1e12, 1e12, allow_subnormal=False),
    one=st.sampled_from(sorted(units._PLAIN)),
    other=st.sampled_from(sorted(units._PLAIN)),
    form=st.sampled_from(["{}", "{}/{}", "{}*{}", "{}**2/{}", "{}/{}**3"]),
    wanted=st.sampled_from([*units._NAMES, "kg/kg", "mol/mol", "1/kg", "m3/kg", "kJ/kg/K"]),
)
def test_plain_units_are_those_of_pint(number, one, other, form, wanted):
    word = form.format(one, other)
    if not units._known_unit(word):
        return
    text = f"{number!r} {word}"
    found = value_or_error(text, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "_plain", lambda _: None)
        units._parse.cache_clear()
        asked = value_or_error(text, wanted)
    units._parse.cache_clear()

    if isinstance(asked, float):
        assert found == pytest.approx(asked, rel=1e-15, abs=0)
    else:
        # pint knows a few more kinds by name: kWh/m3 is a pressure, too
        assert found == asked or found.partition(", found")[0] == asked.partition(", found")[0]


def value_or_error(text, unit):
    try:
        return parse(text, unit)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("-10 degC", "K", 263.15),
        ("0 °C", "K", 273.15),
        ("15.5 degC", "K", 288.65),
        ("300 mbar", "Pa", 30000.0),
        ("1 bar", "Pa", 1e5),
        ("130 W/m2/K", "kW/m2/K", 0.13),
        ("110 g/h", "kg/h", 0.11),
    ],
)
def test_temperatures_and_pressures_are_read_as_exactly_as_pint_does(text, unit, number):
    assert parse(text, unit) == number
    value, _, word = text.partition(" ")
    assert convert(float(value), word.replace("°C", "degC"), unit) == pytest.approx(number, rel=1e-15)
