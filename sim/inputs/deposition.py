"""The word `deposit`: a film grown from vapour by the hour or by the cycle, and the source materials that it takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.errors import PlacedError
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Hours, Share, Sourced

__all__ = ["Cycle", "Deposit", "Pulse"]


class Pulse(Sourced):
    """One dose in a cycle of atomic layer deposition, and the purge behind it."""

    of: str
    """Material that is dosed, a plasma's gas included."""
    dose: Hours
    """Time for which the valve is open or the plasma burns [h]."""
    purge: Hours
    """Time in which the chamber is swept or pumped before the next pulse [h]."""


class Cycle(Sourced):
    """One cycle of atomic layer deposition: its pulses, and what they add to the film."""

    growth: Annotated[Value, Quantity("m", exclusive=True)] = Field(title="growth per cycle")
    """Thickness that one cycle adds [m]."""
    pulses: list[Pulse] = Field(min_length=1, title="pulse")
    """Pulses of a cycle, one after the other."""

    @model_validator(mode="after")
    def _takes_time(self) -> Cycle:
        if not self.hours > 0.0:
            raise PlacedError("all pulses and purges take 0 h, so the film would grow in no time", "pulses")
        return self

    @property
    def hours(self) -> float:
        """Time of one cycle [h]."""
        return sum(pulse.dose.value + pulse.purge.value for pulse in self.pulses)


class Deposit(Sourced):
    """A film deposited from vapour, on a load of plates or on a web.

    What is deposited is thickness x density of the film, on every m2; each source is taken in as much more as its
    utilisation is below 1. Of what is not used and of by-products, gases are emitted and all else is trapped as waste.
    """

    film: str
    """Material of the film, with its density in the catalogue."""
    thickness: Annotated[Value, Quantity("m", exclusive=True)]
    """Thickness of the film [m]."""
    reaction: str = ""
    """Equation by which the film forms from vapour, such as `DEZ + water -> ZnO + 2 ethane`. Reactants without a
    utilisation are taken from what comes in, a substrate or a target. Not given: the film's own material is ablated,
    sputtered or evaporated."""
    utilisation: dict[str, Share] = Field(default={}, title="utilisation of {}")
    """Sources that are brought in here, and the share of each that ends up in the film or reacts to by-products [1]."""
    growth: Annotated[Value, Quantity("m/h", exclusive=True)] | None = Field(default=None, title="growth rate")
    """Rate at which the whole load, or the web in the zone, grows [m/h]; or give a `cycle`."""
    cycle: Cycle | None = Field(default=None, title="")
    """Growth by cycles of pulses and purges."""
    zone: Annotated[Value, Quantity("m", exclusive=True)] | None = Field(default=None, title="length of the zone")
    """Length of web that grows at a time, all zones of spatial ALD together: speed = zone x rate / thickness [m]."""
    phases: dict[Literal["pump_down", "heat_up", "cool_down", "vent"], Hours] = Field(default={}, title="time to {}")
    """Times of a load beside the growth [h]."""

    @model_validator(mode="after")
    def _has_a_source(self) -> Deposit:
        if not self.reaction and not self.utilisation:
            raise ValueError("without a 'reaction' the film is its own source: give its 'utilisation'")
        return self

    @model_validator(mode="after")
    def _grows_in_one_way(self) -> Deposit:
        if (self.growth is None) == (self.cycle is None):
            raise ValueError("give one of 'growth' (a rate) and 'cycle' (growth per cycle with its pulses)")
        if self.zone is not None and self.phases:
            text = "a web runs through the 'zone' without end: what a machine needs before it runs is its 'setup'"
            raise PlacedError(text, "phases")
        return self

    @property
    def rate(self) -> float:
        """Growth while the film grows [m/h]."""
        if self.cycle is not None:
            return self.cycle.growth.value / self.cycle.hours
        assert self.growth is not None
        return self.growth.value

    @property
    def hours(self) -> float:
        """Time of one load: growth and all phases [h]."""
        return self.thickness.value / self.rate + sum(value.value for value in self.phases.values())

    @property
    def speed(self) -> float:
        """Speed of a web [m/h]."""
        assert self.zone is not None
        return self.zone.value * self.rate / self.thickness.value
