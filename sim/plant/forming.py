"""Rules of the words `deposit` and `press`: what a film is made of, and that they say what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.errors import nearest
from sim.flowsheet import Problem
from sim.inputs import Deposit, Library, Path, Route
from sim.inputs import formulas as chem

__all__ = ["WAYS", "named", "problems"]

WAYS = ("rate", "speed", "dose", "duration", "deposit", "press")
"""Words that say how long a step takes."""

Faults = Callable[[str, Library], Iterator[str]]


def named(deposit: Deposit, here: Path) -> Iterator[tuple[str, Path, bool]]:
    """Yield the materials that a deposition names: name, path, and whether the key there is the name."""
    yield deposit.film, (*here, "film"), False
    yield from ((name, (*here, "utilisation", name), True) for name in deposit.utilisation)
    for number, pulse in enumerate(deposit.cycle.pulses if deposit.cycle else ()):
        yield pulse.of, (*here, "cycle", "pulses", number, "of"), False


def problems(route: Route, library: Library, faults: Faults) -> Iterator[Problem]:
    """Yield what is wrong with films from vapour and presses, as far as names tell.

    Parameters
    ----------
    faults : callable
        Returns what is wrong in an equation, as of a reaction.
    """
    for index, step in enumerate(route.steps):
        if step.press is not None and step.batch is None:
            text = "a press closes on a charge: give its 'batch'"
            yield Problem(text, ("steps", index, "press"), key=True)
        if step.deposit is None:
            continue
        here: Path = ("steps", index, "deposit")
        if step.deposit.zone is not None and step.width is None:
            yield Problem("'zone' needs the 'width' of the web", (*here, "zone"), key=True)
        film = library.materials.get(step.deposit.film)
        if film is not None and film.density is None:
            text = f"{step.deposit.film} has no density in the catalogue, so its thickness gives no mass"
            yield Problem(text, (*here, "film"))
        wrong = list(faults(step.deposit.reaction, library)) if step.deposit.reaction else []
        yield from (Problem(text, (*here, "reaction")) for text in wrong)
        yield from () if wrong or film is None else _sources(step.deposit, here)


def _sources(deposit: Deposit, here: Path) -> Iterator[Problem]:
    """Yield sources that do not make the film."""
    known = [deposit.film]
    if deposit.reaction:
        equation = chem.parse_equation(deposit.reaction)
        known = list(dict.fromkeys(name for _, name in equation.left))
        made = [name for _, name in equation.right]
        if deposit.film not in made:
            text = f"the equation makes {', '.join(made)}, and the film is {deposit.film}"
            yield Problem(text, (*here, "reaction"))
    for name in deposit.utilisation:
        if name not in known:
            text = f"{name} is no source of the film{nearest(name, known)}; there is {' and '.join(known)}"
            yield Problem(text, (*here, "utilisation", name), key=True)
    pulsed = [pulse.of for pulse in deposit.cycle.pulses] if deposit.cycle else []
    for name in deposit.utilisation if pulsed else ():
        if name in known and name not in pulsed:
            text = f"no pulse doses {name}, of which the film is made"
            yield Problem(text, (*here, "utilisation", name), key=True)
