from pathlib import Path

import pytest

from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.library import load_library
from sim.inputs.overrides import Override
from sim.inputs.prices import Followed, by_roots, quoted, roots, settled

BASE = load_library()


def usd(library, name):
    return library.materials[name].price.value


def changed(**prices):
    document = yamlfile.Document("command line", {}, {}, {})
    return [
        Override(("materials", name, "price"), text, document, (), "command line", f"materials.{name}.price")
        for name, text in prices.items()
    ]


def private(tmp_path: Path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return [yamlfile.read(path)]


@pytest.mark.parametrize(
    ("good", "kg"),
    [
        # by lithium: 2 x 6.94 g in 73.89 g of carbonate
        ("LiCl", 0.872), ("Li2SO4", 0.672), ("Li2SO4_H2O", 0.577), ("Li2S", 1.608), ("lithium", 5.323),
        ("NCM811", 0.380), ("Li6PS5Cl", 0.826), ("Li3PS4", 0.616), ("Li2ZrCl6", 0.232),
    ],
)  # fmt: skip
def test_the_carbonate_in_a_good_follows_from_the_formulas(good, kg):
    (root,) = roots(good, "Li2CO3", BASE.materials)
    assert root.kg_per_kg == pytest.approx(kg, abs=6e-4)


def test_an_equation_names_all_that_a_good_is_made_of():
    found = roots("Li6PS5Cl", "5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl", BASE.materials)
    assert {root.name: pytest.approx(root.kg_per_kg, abs=5e-4) for root in found} == {
        "Li2S": 0.428, "P2S5": 0.414, "LiCl": 0.158,
    }  # fmt: skip


def test_a_good_costs_its_root_over_what_arrives_and_its_conversion():
    # 0.8715 x 8.4 / 0.97 + 4
    assert usd(BASE, "LiCl") == pytest.approx(11.547, abs=1e-3)
    assert by_roots("LiCl", BASE.materials) == usd(BASE, "LiCl")


def test_a_root_that_is_set_moves_worked_out_prices_and_quotes_alike():
    dear = load_library(overrides=changed(Li2CO3="23 USD/kg"))
    assert usd(dear, "LiCl") - usd(BASE, "LiCl") == pytest.approx(0.8715 * 14.6 / 0.97, rel=1e-3)
    # the quote of Li2S stays a quote: 280 and what 1.608 kg of carbonate have risen by
    assert usd(dear, "Li2S") == pytest.approx(280.0 + 1.6084 * 14.6 / 0.97, rel=1e-4)
    assert usd(dear, "NCM811") == pytest.approx(17.64 + 0.37977 * 14.6, rel=1e-4)
    # and coated material follows the bare one, whose quote moved
    assert usd(dear, "NCM811_coated") - usd(BASE, "NCM811_coated") == pytest.approx(0.99 * 0.37977 * 14.6, rel=1e-3)


def test_a_quote_holds_at_the_roots_of_the_set_or_change_that_gives_it():
    assert usd(load_library(prices="spot_2026"), "Li2S") == 245.0
    both = load_library(overrides=changed(Li2CO3="23 USD/kg", Li2S="300 USD/kg"))
    assert usd(both, "Li2S") == 300.0
    # what the set does not name moves by what the set moves its root
    assert usd(load_library(prices="spot_2026"), "NCM811") == pytest.approx(17.64 + 0.37977 * 14.6, rel=1e-4)


def test_the_electrolyte_of_a_set_without_a_quote_is_worked_out_along_the_chain():
    library = load_library(prices="spot_2026")
    chain = (0.42797 * 245.0 + 0.41406 * usd(library, "P2S5") + 0.15797 * usd(library, "LiCl")) / 0.90 + 45.0
    assert usd(library, "Li6PS5Cl") == pytest.approx(chain, rel=1e-4)


def test_a_quote_tells_how_far_it_stands_from_its_roots():
    assert BASE.materials["Li2S"].price.quote == 280.0
    assert by_roots("Li2S", BASE.materials) == pytest.approx(58.928, abs=1e-3)
    assert by_roots("NCM811", BASE.materials) is None, "nobody says what its conversion costs"


def test_a_new_quote_is_not_moved_and_does_not_add_up():
    materials = dict(BASE.materials)
    materials["Li2CO3"] = materials["Li2CO3"].model_copy(update={"price": quoted(materials["Li2CO3"].price, 18.4)})
    once = settled(materials)
    assert settled(once)["Li2S"].price.value == once["Li2S"].price.value
    assert once["Li2S"].price.value == pytest.approx(280.0 + 16.084 / 0.97, rel=1e-4)


def test_a_price_in_a_private_file_may_follow_another(tmp_path):
    text = (
        "materials: {LiOH: {price: {from: Li2CO3, yield: 0.95, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}}}\n"
    )
    library = load_library(files=private(tmp_path, text), prices="spot_2026")
    assert usd(library, "LiOH") == pytest.approx(1.5427 * 23.0 / 0.95 + 2.0, rel=1e-3)


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("{from: Li2C03, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "unknown material 'Li2C03' (did you mean 'Li2CO3'?)"),
        ("{from: Na2S, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "have no element in common"),
        ("{from: LiOH, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "follows itself"),
        ("{from: Li3PS4, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "'Li3PS4' has no price that could be followed"),
        ("{from: Li2S -> LiOH, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "does not balance: H, Li, O, S"),
        ("{from: Li2CO3, yield: 0.9}", "needs a 'plus', its conversion, or a 'value', its quote"),
        ("{from: Li2CO3, yield: 1.2, plus: {value: 2 USD/kg, year: 2025, estimate: ours}}", "expected at most 1"),
        ("{from: Li2CO3, plus: {value: 2 USD/kg, estimate: ours}}", "money needs its price year"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_said_at_its_place(tmp_path, price, text):
    with pytest.raises(InputError) as caught:
        load_library(files=private(tmp_path, f"materials:\n  LiOH:\n    price: {price}\n"))
    messages = [str(issue) for issue in caught.value.issues]
    assert any(text in message for message in messages), messages
    assert all("mine.yaml:3:" in message for message in messages), messages


def test_price_sets_tell_what_a_followed_price_comes_to_in_them():
    sets = BASE.price_sets
    for name in ("at_scale", "spot_2026"):
        told = load_library(prices=name)
        assert {key: price.value for key, price in sets[name].prices.items()} == {
            key: pytest.approx(usd(told, key)) for key in sets[name].prices
        }
    # whatever is set on the command line
    other = load_library(prices="at_scale", overrides=changed(Li2CO3="23 USD/kg"))
    assert other.price_sets["at_scale"].prices["Li2S"].value == pytest.approx(58.928, abs=1e-3)


def test_only_a_laboratory_buys_at_catalogue_prices():
    assert {name: item.scales for name, item in BASE.price_sets.items()}["catalogue"] == ["lab"]
    assert all("lab" not in item.scales for name, item in BASE.price_sets.items() if name != "catalogue")


def test_a_quote_laid_over_a_price_goes_on_following():
    price = load_library(overrides=changed(LiCl="20 USD/kg")).materials["LiCl"].price
    assert isinstance(price, Followed)
    assert (price.value, price.quote, price.year) == (20.0, 20.0, 2025)
