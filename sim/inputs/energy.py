"""What a step or a section of a machine draws: power, heat, cold and inert gas."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from sim.errors import PlacedError
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Fraction, Name, Sourced, Spec

__all__ = ["Condense", "Cooling", "Energy", "Heat", "Power", "Section"]


class Heat(Sourced):
    """Heat duty over efficiency; latent and sensible heat are computed from the flowsheet."""

    to: Annotated[Value, Quantity("K", minimum=150.0, maximum=3000.0)] | None = Field(default=None, title="temperature")
    """Temperature that the charge is brought to; its sensible heat is part of the duty [K]."""
    extra: Annotated[Value, Quantity("kWh/kg", "kWh/m2")] | None = Field(
        default=None, title="beyond latent and sensible heat"
    )
    """Duty beyond sensible and latent heat (bound solvent, carriers, air), per unit out [kWh/kg or kWh/m2]."""
    efficiency: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
    """Duty over heat supplied; holds shell losses, saggers and gas [1]."""
    by: Literal["electricity", "heat", "gas"] = "heat"
    """Utility that supplies it."""
    electricity: Annotated[Value, Quantity("kWh/kg", "kWh/m2")] | None = Field(default=None, title="drives and fans")
    """Drives, fans and air of the dryer, per unit out [kWh/kg or kWh/m2]."""
    idle: Annotated[Value, Quantity("kW")] | None = Field(default=None, title="power kept up")
    """Power kept up by a hot furnace whenever it does not run, 8,760 h a year [kW]."""


class Power(Spec):
    """Electric power by machine state; states without a figure draw nothing, `idle` stands for all but run."""

    run: Annotated[Value, Quantity("kW")] = Field(title="")
    """Running [kW]."""
    idle: Annotated[Value, Quantity("kW")] | None = Field(default=None, title="when idle")
    """Starved, blocked, waiting, setup, off-shift [kW]."""
    clean: Annotated[Value, Quantity("kW")] | None = Field(default=None, title="when cleaning")
    """Cleaning [kW]."""


Cold = Quantity("K", minimum=150.0, maximum=2000.0)
"""Temperatures that a chiller or cooling water can hold."""


class Cooling(Sourced):
    """Heat taken out of a machine, that of reactions too: electricity = load / COP; give one of `at` and `cop`."""

    fraction: Fraction = Field(title="share of the electricity")
    """Share of the machine's electric energy that must be removed as heat [1]."""
    at: Annotated[Value, Cold] | None = Field(default=None, title="temperature")
    """Temperature of the coolant, such as `15 degC`; the COP follows from the plant's chiller [K]."""
    cop: Annotated[Value, Quantity("1", exclusive=True, maximum=100.0)] | None = Field(default=None, title="COP")
    """Coefficient of performance as the vendor states it [1]."""

    @model_validator(mode="after")
    def _one_performance(self) -> Cooling:
        return _performed(self)


class Condense(Sourced):
    """Condensing what evaporates; give one of `at` and `cop`, and for a vacuum one of `pressure` and `vacuum`."""

    at: Annotated[Value, Cold] | None = Field(default=None, title="temperature")
    """Temperature of the condenser, such as `-10 degC`; the COP follows from the plant's chiller [K]."""
    cop: Annotated[Value, Quantity("1", exclusive=True, maximum=100.0)] | None = Field(default=None, title="COP")
    """Coefficient of performance at the condenser's temperature as the vendor states it [1]."""
    pressure: Annotated[Value, Quantity("Pa", exclusive=True, maximum=101325.0)] | None = None
    """Pressure in the condenser, such as `300 mbar`; the work of the vacuum pump follows from it and `at` [Pa]."""
    vacuum: Annotated[Value, Quantity("kWh/kg")] | None = Field(default=None, title="vacuum pump")
    """Vacuum pump electricity per kg evaporated as the vendor states it [kWh/kg]."""

    @model_validator(mode="after")
    def _one_performance(self) -> Condense:
        if self.pressure is not None and self.vacuum is not None:
            raise PlacedError("both 'pressure' and 'vacuum' say what the vacuum pump draws; give one of them", "vacuum")
        if self.pressure is not None and self.at is None:
            text = "the pump's work needs the condenser's temperature 'at', which decides how much vapour reaches it"
            raise PlacedError(text, "pressure")
        return _performed(self)


_Cold = TypeVar("_Cold", Cooling, Condense)


def _performed(device: _Cold) -> _Cold:
    """Refuse a cooler or condenser that does not say in one way what it draws."""
    if device.at is not None and device.cop is not None:
        raise PlacedError("both 'at' and 'cop' say what the chiller draws; give one of them", "cop")
    if device.at is None and device.cop is None:
        raise ValueError("give 'at', the temperature, or 'cop', the vendor's figure")
    return device


def _as_power(raw: Any) -> Any:
    return raw if isinstance(raw, dict) and "value" not in raw else {"run": raw}


class Energy(Sourced):
    """Energy of a step or section on one basis, `power`, `energy` or `heat`; cooling, condensing and inert gas."""

    power: (
        Annotated[Power, BeforeValidator(_as_power, json_schema_input_type=Annotated[Value, Quantity("kW")] | Power)]
        | None
    ) = None
    """Power by machine state; a single figure is the running power [kW]."""
    energy: Annotated[Value, Quantity("kWh/kg", "kWh/m2")] | None = Field(default=None, title="electricity")
    """Electricity per unit out [kWh/kg or kWh/m2]."""
    heat: Heat | None = Field(default=None, title="heating")
    """Heat duty over efficiency."""
    cooling: Cooling | None = None
    """Cooling of the machine's own electric energy and of what reactions set free."""
    condense: Condense | None = Field(default=None, title="condenser")
    """Condenser and vacuum for what evaporates."""
    purge: dict[str, Annotated[Value, Quantity("m3/h")]] | None = Field(default=None, title="{} purge")
    """Inert gas of one machine around the clock, by material, if not that of the equipment [m3/h]."""

    @model_validator(mode="after")
    def _one_basis(self) -> Energy:
        given = [name for name in ("power", "energy", "heat") if getattr(self, name) is not None]
        if len(given) > 1:
            text = f"two energy bases on one step: {' and '.join(given)}; give one of power, energy, heat"
            raise PlacedError(text, given[1])
        return self


class Section(Energy):
    """One part of a coupled machine, with its own equipment, energy and cost; the step's machine is the server."""

    id: Name
    """Name within the step."""
    equipment: Name
    """Entry of the equipment catalogue."""
    size: Annotated[Value, Quantity("m3", "m2", "kg", "kg/h", "kW", "m", "m2/h", "kN", "1")] | None = None
    """Size bought, in the unit of the equipment's entry."""
    room: str = ""
    """Room class, if not that of the equipment."""
