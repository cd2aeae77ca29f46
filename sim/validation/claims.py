"""Claims of the literature as data: what was published, and how near a computed value has to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from sim.errors import PlacedError, nearest
from sim.inputs import ESTIMATE, BatPaC, CellTable, Library, Sourced, Spec, printed_table, read_entry
from sim.validation.plants import study

__all__ = ["Claim", "Claims", "Facts", "Found", "Group", "load_facts", "verdict"]

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Group(Spec):
    """Claims on one topic."""

    title: str
    how: str
    """How the values are computed, in a sentence or two."""


class Claim(Sourced):
    """One published result, and what it takes to call it reproduced."""

    group: str
    claim: str
    """In words."""
    published: Finite | Annotated[list[Finite], Field(min_length=2, max_length=2)]
    """As printed, or the ends of a range."""
    unit: str
    tolerance: Annotated[float, Field(ge=0.0, lt=1.0)]
    """Largest relative deviation from the published value, or from the range, that counts as reproduced [1]."""
    expected: Literal["reproduced", "fits", "not reproduced", "contradiction"] = "reproduced"
    """What the program is known to find; anything else fails the run."""
    against_itself: bool = False
    """Whether the published value is held against other figures of the same source or of a paper that it cites."""
    assuming: str = ""
    """What makes the claim fit, with the values of the computation in braces."""
    why: str = ""
    """Why it is not reproduced, or what should be known if it is."""
    given: dict[str, float] = {}
    """Figures that belong to the claim: rates, lives, sizes; `usd_NAME` is a price [USD/kg]."""

    @model_validator(mode="after")
    def _cited(self) -> Claim:
        if not self.source or self.source.startswith(ESTIMATE):
            raise ValueError("a claim was published somewhere: give its 'source', a key of the bibliography")
        return self

    @property
    def target(self) -> float:
        """The published value, or the lower end of its range."""
        return min(self.published) if isinstance(self.published, list) else self.published

    @property
    def given_prices(self) -> dict[str, float]:
        """Prices among the given figures, by material [USD/kg]."""
        return {name.removeprefix("usd_"): usd for name, usd in self.given.items() if name.startswith("usd_")}


class Claims(Spec):
    """The file of claims."""

    groups: dict[str, Group]
    """In order; their place is their number."""
    claims: dict[str, Claim]

    @model_validator(mode="after")
    def _names(self) -> Claims:
        for name, claim in self.claims.items():
            if claim.group not in self.groups:
                text = f"unknown group '{claim.group}'{nearest(claim.group, self.groups)}"
                raise PlacedError(text, "claims", name, "group")
        return self


@dataclass(frozen=True)
class Facts:
    """Everything that the computations may draw on."""

    library: Library
    claims: Claims
    batpac: BatPaC
    table: CellTable
    overrides: tuple[str, ...] = field(default=())
    """Changes of the catalogue, as on the command line."""


def load_facts(overrides: tuple[str, ...] = ()) -> Facts:
    """Read catalogue, claims, battery plant and cell table.

    Parameters
    ----------
    overrides : tuple of str, default=()
        Changes of the catalogue as on the command line, such as `materials.LiCl.price=25 USD/kg`.

    Raises
    ------
    InputError
        With everything that is wrong in one of the files.
    """
    library = study("demand", overrides).lines[0].library
    assert library.batpac is not None
    return Facts(
        library=library,
        claims=read_entry("claims", Claims, library),
        batpac=library.batpac,
        table=printed_table(library),
        overrides=overrides,
    )


class Found(NamedTuple):
    """What a computation has to say about a claim."""

    value: float
    """Computed with the numbers of the catalogue, in the unit of the claim."""
    fitted: float | None = None
    """Computed under the assumption that makes the claim fit."""
    half_width: float | None = None
    """Half the 95 % confidence interval of a simulated value."""
    details: Mapping[str, float] = {}
    """Values for the braces of `assuming` and `why`."""


def verdict(claim: Claim, found: Found) -> tuple[str, str]:
    """Return the verdict on a claim and what is to be said with it.

    A value is reproduced if it lies within the tolerance of the published value or range; a simulated mean, if its
    confidence interval holds the published value and is no wider than the tolerance either way. Otherwise a fitted
    value within the tolerance makes a fit, and anything else is not reproduced.

    Returns
    -------
    tuple of str
        `reproduced`, `fits`, `not reproduced` or `contradiction`, and the reason.
    """
    why = claim.why.format(**found.details)
    low, high = _ends(claim)
    if found.half_width is not None:
        inside = found.value - found.half_width <= high and found.value + found.half_width >= low
        good = inside and found.half_width <= claim.tolerance * abs(low)
    else:
        good = _within(claim, found.value)
    if good:
        return "reproduced", why
    if claim.against_itself:
        return "contradiction", why
    if found.fitted is not None and _within(claim, found.fitted):
        assuming = f"{claim.assuming.format(**found.details)} ({found.fitted:.4g} {claim.unit})"
        return "fits", f"{assuming}; {why}" if why else assuming
    return "not reproduced", why


def _within(claim: Claim, value: float) -> bool:
    """Whether a value is near enough to the published one; rounding of the last bit does not count."""
    low, high = _ends(claim)
    room = claim.tolerance + 1e-12
    return low - room * abs(low) <= value <= high + room * abs(high)


def _ends(claim: Claim) -> tuple[float, float]:
    ends = claim.published if isinstance(claim.published, list) else [claim.published]
    return min(ends), max(ends)
