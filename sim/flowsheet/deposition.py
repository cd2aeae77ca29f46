"""What a film from vapour takes and leaves, per m2, with every element accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.inputs import Deposit, Library, molar_mass
from sim.inputs import formulas as chem

__all__ = ["Film", "film_of"]


@dataclass(frozen=True, slots=True)
class Film:
    """A deposited film and what went into it, per m2 of substrate."""

    sources: Mapping[str, float]
    """Taken in from outside, what does not reach the film included [kg/m2]."""
    reacted: Mapping[str, float]
    """What becomes film and by-products, sources and substrate [kg/m2]."""
    made: Mapping[str, float]
    """Film and by-products [kg/m2]."""
    film: str
    """Material of the film."""

    @property
    def lost(self) -> dict[str, float]:
        """What leaves the machine beside the film: unused sources and by-products [kg/m2]."""
        found = {name: kg - self.reacted[name] for name, kg in self.sources.items()}
        for name, kg in self.made.items():
            if name != self.film:
                found[name] = found.get(name, 0.0) + kg
        return found


def film_of(deposit: Deposit, library: Library) -> Film:
    """Return what a deposition takes and leaves.

    m_film = thickness * density; n = m_film / (M_film * nu_film); source i: nu_i * M_i * n / utilisation_i

    Parameters
    ----------
    deposit : Deposit
        With a film whose density is in the catalogue and an equation that balances.
    library : Library
        The catalogue.

    Returns
    -------
    Film
    """
    density = library.materials[deposit.film].density
    assert density is not None
    kg = deposit.thickness.value * density.value
    if not deposit.reaction:
        return Film({deposit.film: kg / deposit.utilisation[deposit.film].value}, {deposit.film: kg},
                    {deposit.film: kg}, deposit.film)  # fmt: skip
    equation = chem.parse_equation(deposit.reaction)
    mass = {name: molar_mass(library.materials[name].formula) for _, name in (*equation.left, *equation.right)}
    extent = kg / mass[deposit.film] / _amount(equation.right, deposit.film)
    reacted, made = ({name: _amount(side, name) * mass[name] * extent for _, name in side}
                     for side in (equation.left, equation.right))  # fmt: skip
    sources = {name: reacted[name] / share.value for name, share in deposit.utilisation.items()}
    return Film(sources, reacted, made, deposit.film)


def _amount(side: Sequence[tuple[float, str]], name: str) -> float:
    """Return the coefficient of a species on one side of an equation, where it may stand twice [mol]."""
    return sum(number for number, other in side if other == name)
