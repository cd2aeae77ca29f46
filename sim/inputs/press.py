"""The word `press`: platens or a vessel that close on a charge."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import MOST, Hours, Sourced

__all__ = ["Press"]


class Press(Sourced):
    """One closing of a press on the step's `batch`; hot where the step has `heat`, isostatic where it is a vessel."""

    pressure: Annotated[Value, Quantity("Pa", exclusive=True)]
    """Pressure on the charge [Pa]."""
    dwell: Hours
    """Time under pressure [h]."""
    close: Hours
    """Time to close, build up pressure, release and open, heating and cooling under the platens included [h]."""
    openings: Annotated[int, Field(ge=1, le=MOST, strict=True)] = 1
    """Daylights between platens, each with its share of the charge: the force is pressure x charge / openings [1]."""

    @property
    def hours(self) -> float:
        """Time of one closing [h]."""
        return self.dwell.value + self.close.value

    def force(self, charge_m2: float) -> float:
        """Return the force that a charge needs [N]: a stack of platens is loaded in series.

        Parameters
        ----------
        charge_m2 : float
            Area of the charge [m2].
        """
        return self.pressure.value * charge_m2 / self.openings
