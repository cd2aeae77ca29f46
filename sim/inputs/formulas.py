"""Chemical formulas, molar masses and reaction equations.

Masses are always computed from atoms with one table of atomic weights, so whatever balances by atoms balances by mass.
The atomic weights are those that *periodictable* carries. Rounded to the digits of the abridged table of IUPAC 2021
they are equal to it for the elements of batteries; the tests hold this.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import periodictable

from sim.errors import nearest

__all__ = ["Equation", "elements", "imbalance", "mass_fractions", "molar_mass", "parse_equation"]

_TOLERANCE = 1e-9

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)?\s*(\S.*)")
_TOKEN = re.compile(r"(?:([A-Z][a-z]?)|([(\[])|([)\]]))([0-9]+(?:\.[0-9]+)?|\.[0-9]+)?")
_TERM = re.compile(r"(?:([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:\s*/\s*([0-9]+(?:\.[0-9]+)?))?\s+)?(\S+)")
_ARROW = re.compile(r"->|→|=")


@dataclass(frozen=True, slots=True)
class Equation:
    """A reaction equation: what reacts and what it becomes."""

    left: tuple[tuple[float, str], ...]
    """Stoichiometric coefficient [mol] and material name of each reactant."""

    right: tuple[tuple[float, str], ...]
    """Stoichiometric coefficient [mol] and material name of each product."""

    def __str__(self) -> str:
        sides = (
            " + ".join(name if number == 1 else f"{number:g} {name}" for number, name in side)
            for side in (self.left, self.right)
        )
        return " -> ".join(sides)


def elements(formula: str) -> dict[str, float]:
    """Return how many atoms of each element one formula unit holds, sorted by symbol.

    Parameters
    ----------
    formula : str
        Such as ``Li6PS5Cl``, ``Li5.4PS4.4Cl1.6``, ``Li3PS4(C4H8O)3`` or ``LiOH·H2O``.

    Raises
    ------
    ValueError
        If *formula* is not one, or names an unknown element.

    Examples
    --------
    >>> elements("Li3PS4(C4H8O)3")
    {'C': 12.0, 'H': 24.0, 'Li': 3.0, 'O': 3.0, 'P': 1.0, 'S': 4.0}
    """
    return dict(_atoms(formula))


@lru_cache(maxsize=4096)
def molar_mass(formula: str) -> float:
    """Return the molar mass of *formula* [kg/mol].

    >>> round(molar_mass("Li6PS5Cl"), 5)
    0.26836
    """
    return math.fsum(atoms * _weights()[symbol] for symbol, atoms in _atoms(formula)) / 1000


@lru_cache(maxsize=4096)
def mass_fractions(formula: str) -> Mapping[str, float]:
    """Return the mass fraction of each element in *formula* [1], sorted by symbol; they add up to 1.

    >>> round(mass_fractions("Li2S")["Li"], 4)
    0.3021
    """
    grams = {symbol: atoms * _weights()[symbol] for symbol, atoms in _atoms(formula)}
    total = math.fsum(grams.values())
    return MappingProxyType({symbol: mass / total for symbol, mass in grams.items()})


@lru_cache(maxsize=4096)
def parse_equation(text: str) -> Equation:
    """Read a reaction equation; species are material names, with coefficients such as ``12``, ``5/2`` and ``0.5``.

    Raises
    ------
    ValueError
        If *text* has not two sides with an arrow between them, or a term is not a coefficient and a name.

    Examples
    --------
    >>> print(parse_equation("5/2 Na2S + 6 LiCl + 1/2 P2S5 = Li6PS5Cl + 5 NaCl"))
    2.5 Na2S + 6 LiCl + 0.5 P2S5 -> Li6PS5Cl + 5 NaCl
    """
    sides = _ARROW.split(text)
    if len(sides) != 2:
        raise ValueError(f"expected an equation such as '2 Na + S -> Na2S', with one arrow, found {text!r}")
    left, right = (tuple(_term(term, text) for term in side.split("+")) for side in sides)
    return Equation(left, right)


def imbalance(equation: Equation, formulas: Mapping[str, str]) -> dict[str, float]:
    """Return how many more atoms of each element stand on the left than on the right; empty if balanced.

    Parameters
    ----------
    equation : Equation
        The reaction.
    formulas : mapping of str to str
        Formula of each material, such as ``C4H8O`` for ``THF``.

    Returns
    -------
    dict of str to float
        Atoms left less atoms right [1], sorted by symbol, of the elements that differ by more than 1e-9.

    Raises
    ------
    ValueError
        If a species has no formula.

    Examples
    --------
    >>> imbalance(parse_equation("Li + S -> Li2S"), {"Li": "Li", "S": "S", "Li2S": "Li2S"})
    {'Li': -1.0}
    """
    terms: dict[str, list[float]] = {}
    signed = [*equation.left, *((-number, name) for number, name in equation.right)]
    for number, name in signed:
        if name not in formulas:
            raise ValueError(f"no formula of {name!r} in '{equation}'{nearest(name, formulas)}")
        for symbol, atoms in _atoms(formulas[name]):
            terms.setdefault(symbol, []).append(number * atoms)
    sums = {symbol: math.fsum(terms[symbol]) for symbol in sorted(terms)}
    return {symbol: value for symbol, value in sums.items() if abs(value) > _TOLERANCE}


@cache
def _weights() -> dict[str, float]:
    """Return the atomic weight of each element by symbol [g/mol]."""
    return {element.symbol: float(element.mass) for element in periodictable.elements if element.number > 0}


@lru_cache(maxsize=4096)
def _atoms(formula: str) -> tuple[tuple[str, float], ...]:
    counts: dict[str, float] = {}
    for part in re.split(r"[·•∙⋅]", formula):
        match = _PART.fullmatch(part.strip())
        if not match:
            raise ValueError(f"expected a formula such as 'Li6PS5Cl', found {formula!r}")
        factor = float(match.group(1) or 1)
        for symbol, atoms in _count(match.group(2), formula).items():
            counts[symbol] = counts.get(symbol, 0.0) + factor * atoms
    if not all(counts.values()):
        raise ValueError(f"expected more than 0 atoms of each element, found {formula!r}")
    return tuple(sorted(counts.items()))


def _count(part: str, formula: str) -> dict[str, float]:
    """Count the atoms of a formula without dots; brackets may be nested."""
    stack: list[dict[str, float]] = [{}]
    position = 0
    while position < len(part):
        token = _TOKEN.match(part, position)
        if not token or (token.group(2) and token.group(4)) or (token.group(3) and len(stack) == 1):
            raise ValueError(f"expected a formula such as 'Li6PS5Cl', found {formula!r}")
        symbol, opening, closing, number = token.groups()
        position = token.end()
        if opening:
            stack.append({})
            continue
        if symbol and symbol not in _weights():
            raise ValueError(f"unknown element {symbol!r} in the formula {formula!r}")
        group = stack.pop() if closing else {symbol: 1.0}
        for inner, atoms in group.items():
            stack[-1][inner] = stack[-1].get(inner, 0.0) + atoms * float(number or 1)
    if len(stack) != 1:
        raise ValueError(f"a bracket is not closed in the formula {formula!r}")
    return stack[0]


def _term(term: str, text: str) -> tuple[float, str]:
    """Read one term of an equation."""
    match = _TERM.fullmatch(term.strip())
    if not match:
        raise ValueError(f"expected terms such as '5/2 Na2S' in {text!r}, found {term.strip() or 'nothing'!r}")
    number, divisor, name = match.groups()
    if divisor and not float(divisor):
        raise ValueError(f"expected a coefficient above 0 in {text!r}, found {term.strip()!r}")
    value = float(number or 1) / float(divisor or 1)
    if not value > 0:
        raise ValueError(f"expected a coefficient above 0 in {text!r}, found {term.strip()!r}")
    return value, name
