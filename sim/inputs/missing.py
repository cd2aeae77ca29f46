"""What to say of a name that no file of the catalogue knows: what may be meant, and how to add it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from sim.errors import nearest
from sim.inputs import formulas
from sim.inputs.catalogue import Material

__all__ = ["SMALLEST", "said_once", "unknown"]

SMALLEST: Mapping[str, str] = {
    "material": (
        "materials: {%s: {title: WORDS, formula: %s, price: {value: 10 USD/kg, year: 2024}, "
        "gwp: 5 kg/kg, disposal: {value: 1 USD/kg, year: 2024}, estimate: REASON}}"
    ),
    "equipment": (
        "equipment: {%s: {title: WORDS, price: {value: {value: 100000 USD, year: 2023}, at: 1 m3, exponent: 0.6}, "
        "sizes: [0.1 m3, 10 m3], footprint: 10 m2, room: open_hall, life: 15 y, estimate: REASON}}"
    ),
    "source": "bibliography: {%s: {title: WORDS, doi: 10.1000/1, grade: B}}",
}
"""The smallest block that adds an entry, by the word for it; `%s` is its name, and of a material also its formula."""

_ADD = "; to add it: "


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the message about a name that is not known.

    Parameters
    ----------
    kind : str
        `material`, `equipment`, `source` or another word for it.
    name : str
        What was found.
    known : iterable of str, or mapping to entries
        What is there; materials are also known by their titles and synonyms.

    Examples
    --------
    >>> unknown("room", "attic", ["hall"])
    "unknown room 'attic'"
    >>> unknown("source", "smith2026", [])
    "unknown source 'smith2026'; to add it: bibliography: {smith2026: {title: WORDS, doi: 10.1000/1, grade: B}}"
    """
    hint = _synonym(name, known) if isinstance(known, Mapping) else ""
    slip = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f"unknown {kind} '{name}'{hint or nearest(name, known) + ('' if slip else _block(kind, name))}"


def said_once(texts: Iterable[str]) -> Iterator[str]:
    """Yield messages in which the block that adds a name stands with the first of its mentions only."""
    told: set[str] = set()
    for text in texts:
        head, _, block = text.partition(_ADD)
        yield head if block in told else text
        told |= {block} if block else set()


def _block(kind: str, name: str) -> str:
    if kind not in SMALLEST:
        return ""
    names = (name, _formula(name) or "FORMULA") if kind == "material" else (name,)
    return f"{_ADD}{SMALLEST[kind] % names}"


def _formula(name: str) -> str:
    """Return a name that is a formula of elements, empty if it is none."""
    try:
        formulas.elements(name)
    except ValueError:
        return ""
    return name


def _synonym(name: str, known: Mapping[str, object]) -> str:
    """Return a hint to the material that has this name as well, empty if there is none."""
    for key, entry in known.items():
        if not isinstance(entry, Material):
            return ""
        if name in entry.synonyms or name.lower() == entry.title.lower():
            return f": the catalogue calls it '{key}'{_moles(name, entry.formula)}"
    return ""


def _moles(name: str, formula: str) -> str:
    """Return how many moles of a formula are one of another, if that is not one.

    >>> _moles("P4S10", "P2S5")
    ', of which 2 mol are 1 mol of P4S10'
    """
    if not formula or not _formula(name):
        return ""
    times = formulas.molar_mass(name) / formulas.molar_mass(formula)
    return "" if abs(times - 1.0) < 1e-6 else f", of which {times:.6g} mol are 1 mol of {name}"
