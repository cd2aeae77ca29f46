import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs import units
from sim.inputs.units import Split, parse, split


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
        (
            "3 EUR",
            "USD",
            "unknown unit 'EUR' in '3 EUR'; money is in USD, EUR, CNY, JPY, KRW or a currency that an overlay adds",
        ),
        (
            "3 €/kg",
            "USD/kg",
            "unknown unit '€/kg' in '3 €/kg'; money is in USD, EUR, CNY, JPY, KRW or a currency that an overlay adds",
        ),
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
    one=st.sampled_from(sorted(units._known())),
    other=st.sampled_from(sorted(units._known())),
)
def test_a_unit_over_itself_is_one_whatever_stands_beside_it(number, one, other):
    assert parse(f"{number!r} {one}*{other}/{one}/{other}", "1") == number
    assert parse(f"{number!r} {one}/({other} {one})*{other}", "1") == number


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 kt/y", "kg/y", 2e6),
        ("500 short_ton", "kg", 453_592.37),
        ("500 long_ton", "kg", 508_023.4544),
        ("1 MMBtu", "MJ", 1055.05585262),
        ("10 MMBtu/h", "kW", 2930.710701722222),
        ("1 kcal", "kJ", 4.184),
        ("760 Torr", "Pa", 101_325.0),
        ("1 atm", "Pa", 101_325.0),
        ("100 sccm", "m3/h", 0.006),
        ("2 slm", "m3/h", 0.12),
        ("\u221210 \u00b0C", "K", 263.15),
        ("25 \u00b0 C", "K", 298.15),
        ("25 \u2103", "K", 298.15),
        ("77 degF", "K", 298.15),
        ("-81.8 kJ\u00b7mol\u207b\u00b9", "kJ/mol", -81.8),
        ("-81.8 kJ\u22c5mol\u207b\u00b9", "kJ/mol", -81.8),
        ("12 kg m\u207b\u00b2", "kg/m2", 12.0),
        ("130 W m\u207b\u00b2 K\u207b\u00b9", "kW/m2/K", 0.13),
        ("3 m\u00b3", "m3", 3.0),
        ("5 k\u03a9", "1/S", 5000.0),
        ("5\u202f%", "1", 0.05),
        ("0.3 wt.%", "1", 0.003),
        ("0.3 wt.-%", "1", 0.003),
        ("0.3 wt-%", "1", 0.003),
        ("3 mol%", "1", 0.03),
        ("3 at%", "1", 0.03),
        ("3 mass%", "1", 0.03),
        ("3 \u2030", "1", 0.003),
        ("50 ppb", "1", 5e-8),
        ("30 rpm", "1/h", 1800.0),
        ("2 bar g/bar", "g", 2.0),
    ],
)
def test_quantities_are_read_as_they_are_printed_and_as_engineers_write_them(text, unit, value):
    assert parse(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "name", "meant"),
    [
        ("500 ton/y", "kg/y", "ton", "t (1,000 kg), short_ton (907.18 kg) or long_ton (1,016.05 kg)"),
        ("3 tons", "kg", "tons", "t (1,000 kg), short_ton (907.18 kg) or long_ton (1,016.05 kg)"),
        ("20 gal", "m3", "gal", "3.785 L (of the US) or 4.546 L (imperial)"),
        ("20 hp", "kW", "hp", "0.7355 kW (metric) or 0.7457 kW (mechanical)"),
        ("20 C", "K", "C", "degC (a temperature) or A*s (a charge)"),
        ("3 oz", "kg", "oz", "28.35 g (avoirdupois) or 31.10 g (troy)"),
    ],
)
def test_a_name_of_several_meanings_is_refused_with_what_may_be_meant(text, unit, name, meant):
    with pytest.raises(ValueError, match=f"^unknown unit .*: '{name}' may mean {re.escape(meant)}$"):
        parse(text, unit)


@pytest.mark.parametrize("text", ["7 kJ/kg K", "7 kJ/kg\u00b7K", "7 kJ/kg (K)"])
def test_a_product_behind_a_slash_is_refused(text):
    with pytest.raises(ValueError, match="a product behind a slash may belong above or below it"):
        parse(text, "kJ/kg/K")


@pytest.mark.parametrize("word", ["furlong", "smoot", "dozen", "hh", "kWhh", "mmin", "kweek", "Ym", "speed_of_light"])
def test_the_list_of_names_is_closed(word):
    with pytest.raises(ValueError, match=f"^unknown unit '{word}' in '3 {word}'"):
        parse(f"3 {word}", "h")


@pytest.mark.parametrize(("text", "value"), [("1e-999999999 h", 0.0), ("1e308 h", 1e308), ("5e-324 h", 5e-324)])
def test_numbers_at_the_ends_of_what_floats_hold_are_read_at_once(text, value):
    assert parse(text, "h") == value


def test_a_number_too_large_in_the_canonical_unit_is_an_error():
    with pytest.raises(ValueError, match="expected a finite number, found '1e308 Mt'"):
        parse("1e308 Mt", "kg")


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
def test_temperatures_and_pressures_are_read_exactly(text, unit, number):
    assert parse(text, unit) == number
