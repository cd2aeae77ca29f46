"""What is asked of a solid electrolyte before it can compete."""

from __future__ import annotations

from typing import Annotated

from sim.inputs.catalogue import Library
from sim.inputs.library import read_entry
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Spec

__all__ = ["Targets", "load_targets"]


class Targets(Spec):
    """Marks that a powder or a film is held to in the map of many routes."""

    powder_cost: Annotated[Value, Quantity("USD/kg", exclusive=True)]
    """Cost of an electrolyte powder [USD/kg]."""
    film_cost: Annotated[Value, Quantity("USD/m2", exclusive=True)]
    """Cost of a separator [USD/m2]."""
    film_resistance: Annotated[Value, Quantity("ohm cm2", exclusive=True)]
    """Area resistance of a separator [ohm cm2]."""


def load_targets(library: Library) -> Targets:
    """Return the bundled marks."""
    return read_entry("targets", Targets, library)
