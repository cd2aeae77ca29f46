import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.formulas import Equation, elements, imbalance, mass_fractions, molar_mass, parse_equation

# T. Prohaska et al., Standard atomic weights of the elements 2021, Pure Appl. Chem. 94 (2022) 573, abridged table
IUPAC_2021 = {
    "H": "1.0080", "Li": "6.94", "B": "10.81", "C": "12.011", "N": "14.007", "O": "15.999", "F": "18.998",
    "Na": "22.990", "Mg": "24.305", "Al": "26.982", "Si": "28.085", "P": "30.974", "S": "32.06", "Cl": "35.45",
    "Ar": "39.95", "K": "39.098", "Ca": "40.078", "Ti": "47.867", "Mn": "54.938", "Fe": "55.845", "Co": "58.933",
    "Ni": "58.693", "Cu": "63.546", "Zn": "65.38", "Ga": "69.723", "Ge": "72.630", "Br": "79.904", "Y": "88.906",
    "Zr": "91.224", "Nb": "92.906", "In": "114.82", "Sn": "118.71", "Sb": "121.76", "I": "126.90", "La": "138.91",
    "Ta": "180.95",
}  # fmt: skip
FORMULAS = {
    "Li2S": "Li2S", "P2S5": "P2S5", "LiCl": "LiCl", "Na2S": "Na2S", "NaCl": "NaCl", "LPSCl": "Li6PS5Cl",
    "THF": "C4H8O", "complex": "Li3PS4(C4H8O)3", "LPS": "Li3PS4",
}  # fmt: skip


@pytest.mark.parametrize(("symbol", "weight"), IUPAC_2021.items())
def test_atomic_weights_are_those_of_iupac(symbol, weight):
    digits = len(weight.partition(".")[2])

    assert round(molar_mass(symbol) * 1000, digits) == float(weight)


@pytest.mark.parametrize(
    ("formula", "atoms"),
    [
        ("Li6PS5Cl", {"Li": 6, "P": 1, "S": 5, "Cl": 1}),
        ("Li5.4PS4.4Cl1.6", {"Li": 5.4, "P": 1, "S": 4.4, "Cl": 1.6}),
        ("Li3PS4(C4H8O)3", {"Li": 3, "P": 1, "S": 4, "C": 12, "H": 24, "O": 3}),
        ("Al2(SO4)3", {"Al": 2, "S": 3, "O": 12}),
        ("K4[Fe(CN)6]", {"K": 4, "Fe": 1, "C": 6, "N": 6}),
        ("LiOH·H2O", {"Li": 1, "O": 2, "H": 3}),
        ("ZrOCl2 · 8 H2O", {"Zr": 1, "O": 9, "Cl": 2, "H": 16}),
        ("CO", {"C": 1, "O": 1}),
        ("Co", {"Co": 1}),
        ("(C2F4)100", {"C": 200, "F": 400}),
    ],
)
def test_atoms_are_counted(formula, atoms):
    assert elements(formula) == pytest.approx(atoms)
    assert list(elements(formula)) == sorted(atoms)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("", "expected a formula such as 'Li6PS5Cl', found ''"),
        ("thf", "expected a formula such as 'Li6PS5Cl', found 'thf'"),
        ("Li6 PS5", "expected a formula such as 'Li6PS5Cl', found 'Li6 PS5'"),
        ("LiCl)", "expected a formula such as 'Li6PS5Cl', found 'LiCl)'"),
        ("(2LiCl)", "expected a formula such as 'Li6PS5Cl', found '(2LiCl)'"),
        ("(LiCl", "a bracket is not closed in the formula '(LiCl'"),
        ("Xx2", "unknown element 'Xx' in the formula 'Xx2'"),
        ("Li0Cl", "expected more than 0 atoms of each element, found 'Li0Cl'"),
        ("LiOH·", "expected a formula such as 'Li6PS5Cl', found 'LiOH·'"),
    ],
)
def test_a_wrong_formula_says_so(formula, message):
    with pytest.raises(ValueError) as caught:
        elements(formula)

    assert str(caught.value) == message


def test_the_molar_mass_of_argyrodite():
    assert molar_mass("Li6PS5Cl") == pytest.approx(0.26836, abs=5e-6)


def test_counting_gives_a_new_dictionary_each_time():
    elements("LiCl").clear()

    assert elements("LiCl") == {"Cl": 1.0, "Li": 1.0}


@given(st.dictionaries(st.sampled_from(sorted(IUPAC_2021)), st.integers(1, 40), min_size=1, max_size=8))
def test_mass_fractions_add_up_and_agree_with_the_molar_mass(atoms):
    formula = "".join(f"{symbol}{number}" for symbol, number in atoms.items())

    fractions = mass_fractions(formula)

    assert math.fsum(fractions.values()) == pytest.approx(1.0, abs=1e-15)
    for symbol, fraction in fractions.items():
        assert fraction * molar_mass(formula) == pytest.approx(atoms[symbol] * molar_mass(symbol), rel=1e-14)


def test_an_equation_is_read():
    equation = parse_equation("5 Na2S + 12 LiCl + P2S5 -> 2 Li6PS5Cl + 10 NaCl")

    assert equation == Equation(
        ((5.0, "Na2S"), (12.0, "LiCl"), (1.0, "P2S5")),
        ((2.0, "Li6PS5Cl"), (10.0, "NaCl")),
    )
    assert str(equation) == "5 Na2S + 12 LiCl + P2S5 -> 2 Li6PS5Cl + 10 NaCl"


@pytest.mark.parametrize("text", ["5/2 A = B", "2.5 A -> B", "2.5 A->B", "5 / 2 A → 1 B"])
def test_coefficients_and_arrows_have_several_forms(text):
    assert parse_equation(text) == Equation(((2.5, "A"),), ((1.0, "B"),))


def test_a_name_may_begin_with_a_digit():
    assert parse_equation("2 2-MeTHF -> X").left == ((2.0, "2-MeTHF"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A + B", "expected an equation such as '2 Na + S -> Na2S', with one arrow, found 'A + B'"),
        ("A -> B -> C", "expected an equation such as '2 Na + S -> Na2S', with one arrow, found 'A -> B -> C'"),
        ("A + -> B", "expected terms such as '5/2 Na2S' in 'A + -> B', found 'nothing'"),
        ("-> B", "expected terms such as '5/2 Na2S' in '-> B', found 'nothing'"),
        ("A B -> C", "expected terms such as '5/2 Na2S' in 'A B -> C', found 'A B'"),
        ("0 A -> B", "expected a coefficient above 0 in '0 A -> B', found '0 A'"),
        ("1/0 A -> B", "expected a coefficient above 0 in '1/0 A -> B', found '1/0 A'"),
    ],
)
def test_a_wrong_equation_says_so(text, message):
    with pytest.raises(ValueError) as caught:
        parse_equation(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("5 Na2S + 12 LiCl + P2S5 -> 2 LPSCl + 10 NaCl", {}),
        ("5/2 Na2S + 6 LiCl + 1/2 P2S5 -> LPSCl + 5 NaCl", {}),
        ("3 Li2S + P2S5 + 6 THF -> 2 complex", {}),
        ("complex -> LPS + 3 THF", {}),
        ("5 Na2S + 12 LiCl + P2S5 -> 2 LPSCl + 9 NaCl", {"Cl": 1.0, "Na": 1.0}),
        ("Li2S -> LiCl", {"Cl": -1.0, "Li": 1.0, "S": 1.0}),
    ],
)
def test_what_is_out_of_balance_is_told_by_element(text, difference):
    assert imbalance(parse_equation(text), FORMULAS) == difference


def test_a_species_without_formula_is_named():
    with pytest.raises(ValueError) as caught:
        imbalance(parse_equation("2LiCl -> Li2S"), FORMULAS)

    assert str(caught.value) == "no formula of '2LiCl' in '2LiCl -> Li2S' (did you mean 'LiCl'?)"


def test_what_balances_by_atoms_balances_by_mass():
    equation = parse_equation("27/10 Li2S + 1/2 P2S5 + 3.3 LiCl -> X + 1.7 LiCl + 0.5 Li2S")
    formulas = FORMULAS | {"X": "Li6PS4.7Cl1.6"}
    assert imbalance(equation, formulas) == {}

    left, right = (
        math.fsum(number * molar_mass(formulas[name]) for number, name in side)
        for side in (equation.left, equation.right)
    )

    assert left == pytest.approx(right, rel=1e-12)
    assert Fraction(27, 10) == Fraction(str(equation.left[0][0]))
