import pandas as pd

from sim.reporting.evidence import followed
from sim.results import Results

ROWS = Results.followed.frame(
    [
        ("film", "LiCl", "Li2CO3", "worked out", 11.547, 11.547, 0.158, 0.0),
        ("film", "Li6PS5Cl", "5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl", "quote", 185.0, 170.0, 0.06, -0.9),
        ("film", "NCM811", "Li2CO3", "quote", 17.64, float("nan"), 0.2, float("nan")),
    ]
)


def test_a_quote_is_set_beside_what_its_roots_make_of_it():
    words = followed(ROWS, "m2")
    licl, electrolyte, cathode = (
        words.split("; Li")[0],
        words[words.index("Li₆") : words.index("; NCM")],
        words.split("; ")[-1],
    )
    assert licl == "LiCl 11.5 USD/kg, worked out from Li₂CO₃"
    assert electrolyte.startswith("Li₆PS₅Cl 185 USD/kg, a quote; from 5 Li₂S + P₂S₅ + 2 LiCl")
    assert electrolyte.endswith("it would be 170 USD/kg (−0.900 USD/m²)")
    assert cathode == "NCM811 17.6 USD/kg, a quote that moves with Li₂CO₃"


def test_a_line_that_buys_nothing_of_the_kind_says_nothing():
    assert followed(pd.DataFrame(columns=ROWS.columns), "kg") == ""
