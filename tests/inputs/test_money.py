import pytest

from sim.inputs import money
from sim.inputs.quantity import Quantity

PRICE = Quantity("USD/kWh")


def test_a_price_in_euro_becomes_dollars_of_its_own_year():
    value = PRICE.read({"value": "0.18 EUR/kWh", "range": ["0.10 EUR/kWh", "0.20 EUR/kWh"], "year": 2023})

    assert value.value == pytest.approx(0.18 * 1.081)  # 1.081 USD/EUR in 2023
    assert (value.low, value.high) == pytest.approx((0.10 * 1.081, 0.20 * 1.081))
    assert (value.year, value.text) == (2023, "0.18 EUR/kWh")


def test_prefixes_of_units_stay_what_they_are():
    assert money.parse("180 EUR/MWh", "USD/kWh", 2023) == pytest.approx(0.18 * 1.081)


def test_thousands_and_millions_of_a_currency_are_read():
    assert money.parse("3 MEUR", "USD", 2023) == pytest.approx(3e6 * 1.081)


def test_dollars_need_no_year_to_be_read():
    assert PRICE.read("0.1 USD/kWh").value == 0.1


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            "0.18 EUR/kWh",
            "'0.18 EUR/kWh' needs its price year for the exchange rate: {value: 0.18 EUR/kWh, year: 2023}",
        ),
        (
            {"value": "0.18 EUR/kWh", "year": 1985},
            "there is no exchange rate of EUR for 1985; there are those of 2010 to 2025; "
            'an overlay can give one: currencies: {EUR: {usd: {"1985": RATE}, source: ...}}',
        ),
        (
            {"value": "0.18 GBP/kWh", "year": 2023},
            "unknown unit 'GBP/kWh' in '0.18 GBP/kWh'; money is in USD, EUR, CNY, JPY, KRW or a currency that an overlay adds; expected USD/kWh",
        ),
        (
            {"value": "5 EUR/kg", "year": 2023},
            "expected a price per energy (USD/kWh), found a price per mass: '5 USD/kg'",
        ),
    ],
)
def test_what_cannot_be_exchanged_is_said(raw, message):
    with pytest.raises(ValueError) as caught:
        PRICE.read(raw)

    assert str(caught.value) == message


def test_a_rate_of_every_currency_is_there_for_every_year_of_its_table():
    for code, table in money.rates().items():
        assert sorted(table) == list(range(min(table), max(table) + 1)), code
        assert all(rate > 0.0 for rate in table.values())
