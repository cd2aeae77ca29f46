"""Heat, cold, vacuum and dry air: closed forms for the energy of one step, and the duties that follow from them.

Duties are per unit (kg or m2) of a step's primary inlet. Temperatures are in K, pressures in Pa.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sim.inputs import (
    Chiller,
    Condense,
    Cooling,
    Energy,
    Heat,
    Jacket,
    Library,
    Material,
    Room,
    Section,
    Step,
    formulas,
    samples,
)

__all__ = [
    "AMBIENT_K",
    "ATMOSPHERE_PA",
    "Charge",
    "Duty",
    "Hindrance",
    "coefficient_of_performance",
    "condensing_hindrance",
    "cylinder_area",
    "dry_air_per_person",
    "duties",
    "evaporated_mol",
    "humidity_ratio",
    "ice_pressure",
    "jacket_limit",
    "performance",
    "pump_work",
    "pumped",
    "saturation_pressure",
    "saturation_temperature",
]

AMBIENT_K = 298.15
"""Temperature of feeds [K]."""

ATMOSPHERE_PA = 101325.0
"""Pressure of the surroundings [Pa]."""

GAS_CONSTANT = 8.314462618e-3
"""Molar gas constant, exact since 2019 [kJ/mol/K]."""

KJ_PER_KWH = 3600.0

_LEAST_LIFT_K = 1e-9
"""Lift below which no chiller is needed [K]."""

WATER_TO_AIR = 18.015 / 28.965
"""Molar mass of water over that of dry air [1]."""

AIR_KG_PER_M3 = 1.2
"""Density of air at 20 degC [kg/m3]."""


# -- cold --------------------------------------------------------------------------------------------------------------


def coefficient_of_performance(
    cold_k: float, *, condensing_k: float, approach_k: float, efficiency: float, most: float
) -> float:
    """Return the heat that a chiller takes out at a temperature per electricity.

    COP = efficiency * T_evap / (T_cond - T_evap), T_evap = T_cold - approach, and *most* where that is more

    Parameters
    ----------
    cold_k : float
        Temperature of what is cooled [K].
    condensing_k : float
        Temperature at which the chiller gives its heat off [K].
    approach_k : float
        Temperature difference between what is cooled and the evaporating refrigerant [K].
    efficiency : float
        Second-law efficiency: share of the work of an ideal (Carnot) machine [1].
    most : float
        COP of cooling water, whose pumps and fans draw electricity as well [1].

    Returns
    -------
    float
        Coefficient of performance [1].

    References
    ----------
    S. Carnot, Reflexions sur la puissance motrice du feu (1824), in the form of any textbook of thermodynamics.

    Examples
    --------
    >>> chiller = {"condensing_k": 313.15, "approach_k": 7.0, "efficiency": 0.5, "most": 20.0}
    >>> [round(coefficient_of_performance(273.15 + t, **chiller), 2) for t in (7, -15, -40, 60)]
    [3.41, 2.03, 1.3, 20.0]
    """
    evaporating_k = cold_k - approach_k
    lift = condensing_k - evaporating_k
    # a lift of nothing or less needs no chiller
    return samples.lowest(most, efficiency * evaporating_k / samples.highest(lift, _LEAST_LIFT_K))


def performance(device: Cooling | Condense, chiller: Chiller) -> float:
    """Return the COP of a cooler or condenser: its own, or that of the plant's chiller at its temperature [1]."""
    if device.cop is not None:
        return device.cop.value
    assert device.at is not None
    return coefficient_of_performance(
        device.at.value,
        condensing_k=chiller.condensing.value,
        approach_k=chiller.approach.value,
        efficiency=chiller.efficiency.value,
        most=chiller.most.value,
    )


# -- vacuum ------------------------------------------------------------------------------------------------------------


def saturation_pressure(temperature_k: float, boiling_k: float, vaporisation_kj_per_mol: float) -> float:
    """Return the pressure at which a vapour condenses at a temperature.

    ln(p / p_atm) = (H_v / R) (1 / T_b - 1 / T)

    Parameters
    ----------
    temperature_k : float
        Temperature of the condenser [K].
    boiling_k : float
        Boiling point at 1 atm [K].
    vaporisation_kj_per_mol : float
        Heat of vaporisation, taken as constant [kJ/mol].

    Returns
    -------
    float
        Saturation pressure [Pa].

    Notes
    -----
    The heat of vaporisation is that at the boiling point; it rises towards lower temperatures, so the pressure comes
    out too high (water at 25 degC by a fifth), which is the cautious side.

    References
    ----------
    R. Clausius (1850) and E. Clapeyron (1834), integrated for an ideal gas; any textbook of physical chemistry.

    Examples
    --------
    >>> round(saturation_pressure(373.12, 373.12, 40.65))
    101325
    >>> round(saturation_pressure(263.15, 339.15, 29.85) / 100)  # THF at -10 degC [mbar]
    48
    """
    return ATMOSPHERE_PA * samples.exp(vaporisation_kj_per_mol / GAS_CONSTANT * (1.0 / boiling_k - 1.0 / temperature_k))


def saturation_temperature(pressure_pa: float, boiling_k: float, vaporisation_kj_per_mol: float) -> float:
    """Return the temperature at which a vapour condenses at a pressure [K]; inverse of `saturation_pressure`.

    >>> round(saturation_temperature(101325.0, 339.15, 29.85), 2)
    339.15
    """
    inverse = 1.0 / boiling_k - GAS_CONSTANT / vaporisation_kj_per_mol * samples.log(pressure_pa / ATMOSPHERE_PA)
    return 1.0 / inverse


def pumped(pressure_pa: float, saturation_pa: float, leak: float) -> float:
    """Return the gas that a vacuum pump carries per vapour that evaporates.

    n = leak * p / (p - p_sat), and all of the vapour with the leak gas, 1 + leak, where nothing condenses before

    Parameters
    ----------
    pressure_pa : float
        Total pressure in the condenser [Pa].
    saturation_pa : float
        Saturation pressure of the vapour at the condenser's temperature [Pa].
    leak : float
        Gas that leaks in or is purged, per vapour [mol/mol].

    Returns
    -------
    float
        Gas at the pump per vapour evaporated [mol/mol].

    Notes
    -----
    Leak gas leaves the condenser saturated: the share of vapour in it is p_sat / p (Dalton). The vapour arrives with a
    partial pressure of p / (1 + leak); a condenser at which it is not saturated condenses nothing.

    Examples
    --------
    >>> pumped(1000.0, 500.0, 0.1), pumped(1000.0, 0.0, 0.1), pumped(1000.0, 2000.0, 0.1)
    (0.2, 0.1, 1.1)
    """
    condenses = samples.above(pressure_pa, saturation_pa * (1.0 + leak))
    left = samples.where(condenses, pressure_pa - saturation_pa, pressure_pa)
    return samples.where(condenses, leak * pressure_pa / left, 1.0 + leak)


def pump_work(pressure_pa: float, efficiency: float) -> float:
    """Return the electricity that brings gas from a pressure to the atmosphere.

    w = R T ln(p_atm / p) / efficiency, at T = 25 degC

    Parameters
    ----------
    pressure_pa : float
        Pressure at the inlet of the pump [Pa].
    efficiency : float
        Isothermal work of an ideal pump over the electricity drawn [1].

    Returns
    -------
    float
        Electricity per gas carried [kWh/mol].

    Examples
    --------
    >>> round(pump_work(1000.0, 0.3) * 3600, 1)  # 10 mbar: 2.479 kJ/mol x 4.618 / 0.3
    38.2
    """
    return GAS_CONSTANT * AMBIENT_K * samples.log(ATMOSPHERE_PA / pressure_pa) / efficiency / KJ_PER_KWH


# -- dry air -----------------------------------------------------------------------------------------------------------


def ice_pressure(temperature_k: float) -> float:
    """Return the vapour pressure over ice.

    ln p = 9.550426 - 5723.265 / T + 3.53068 ln T - 0.00728332 T

    Parameters
    ----------
    temperature_k : float
        Temperature, above 110 K [K]; above 0 degC, where there is no ice, the value is an extrapolation.

    Returns
    -------
    float
        Vapour pressure [Pa].

    References
    ----------
    D. M. Murphy, T. Koop, Q. J. R. Meteorol. Soc. 131, 1539 (2005); coefficients from memory, checked at the triple
    point of water (611.66 Pa at 273.16 K).

    Examples
    --------
    >>> [round(ice_pressure(273.15 + t), 3) for t in (0.01, -40, -60)]
    [611.657, 12.844, 1.082]
    """
    t = temperature_k
    return samples.exp(9.550426 - 5723.265 / t + 3.53068 * samples.log(t) - 0.00728332 * t)


def humidity_ratio(dew_point_k: float) -> float:
    """Return the water in air of a dew point (frost point).

    x = 0.622 p / (p_atm - p)

    Parameters
    ----------
    dew_point_k : float
        Dew point [K].

    Returns
    -------
    float
        Water per dry air [kg/kg].

    Examples
    --------
    >>> round(1e6 * humidity_ratio(233.15), 1)
    78.9
    """
    pressure = ice_pressure(dew_point_k)
    return WATER_TO_AIR * pressure / (ATMOSPHERE_PA - pressure)


def dry_air_per_person(room: Room) -> float:
    """Return the dry air that carries off the water of one person, so that the room keeps its dew point.

    V = m / (rho (x_room - x_supply))

    Parameters
    ----------
    room : Room
        A room with a dew point, or one without, in which people need no dry air.

    Returns
    -------
    float
        Dry supply air per person [m3/h].
    """
    if room.dew_point is None or room.supply_dew_point is None or room.water_per_person is None:
        return 0.0
    carried = humidity_ratio(room.dew_point.value) - humidity_ratio(room.supply_dew_point.value)
    return room.water_per_person.value / (AIR_KG_PER_M3 * carried)


# -- jacket ------------------------------------------------------------------------------------------------------------


def cylinder_area(volume_m3: float, slenderness: float) -> float:
    """Return the shell of a cylinder without its ends.

    A = pi * s * D**2, D = (4 V / (pi s))**(1/3)

    Parameters
    ----------
    volume_m3 : float
        Volume [m3].
    slenderness : float
        Length over diameter [1].

    Returns
    -------
    float
        Area [m2].

    Examples
    --------
    >>> round(cylinder_area(0.9, 1.5), 2)
    3.94
    """
    diameter: float = (4.0 * volume_m3 / (math.pi * slenderness)) ** (1.0 / 3.0)
    return math.pi * slenderness * diameter**2


def jacket_limit(jacket: Jacket, volume_m3: float) -> float:
    """Return the heat that leaves a vessel through its jacket and cooled rotor, Q = U A dT.

    Parameters
    ----------
    jacket : Jacket
        Coefficient, shape and temperature difference.
    volume_m3 : float
        Volume of the vessel [m3].

    Returns
    -------
    float
        Largest heat flow [kW].
    """
    area = cylinder_area(volume_m3, jacket.slenderness.value) * (1.0 + jacket.rotor.value)
    return jacket.u.value * area * jacket.difference.value


# -- duties of a step --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """What one unit of primary inlet means for the energy of a step."""

    kg: Mapping[str, float]
    """In the vessel after feeds, before reactions [kg/unit]."""
    evaporated: Mapping[str, float]
    """Dried off [kg/unit]."""
    exotherm_kj: float
    """Heat that reactions set free [kJ/unit]."""
    endotherm_kj: float
    """Heat that reactions take up [kJ/unit]."""
    handled: float
    """Units that the machine handles [unit/unit]."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Energy or load per unit of primary inlet; loads are already divided by their COP."""

    section: str
    """Section of a coupled machine, or empty for the step."""
    utility: str
    use: str
    """`process`, `heat`, `condensing`, `vacuum`, `cooling`, `drives`."""
    kwh: float
    """[kWh/unit]"""


def duties(step: Step, charge: Charge, library: Library) -> list[Duty]:
    """Return heat, drives, condensing, vacuum and cooling of a step.

    Notes
    -----
    Latent and sensible heat are shared equally by the heated sections. Heat of reaction goes to one part: what is
    taken up to the first that is heated, what is set free to the first that is cooled. It is never a gain.
    """
    found: list[Duty] = []
    heated = [part for part in step.parts if part.heat is not None]
    cooled = next((part for part in step.parts if part.cooling is not None), None)
    for part in step.parts:
        section = _section(part)
        if part.energy is not None:
            found.append(Duty(section, "electricity", "process", part.energy.value * charge.handled))
        if part.heat is not None:
            kwh = _heat_kwh(charge, part.heat, library) / len(heated)
            kwh += charge.endotherm_kj / KJ_PER_KWH if part is heated[0] else 0.0
            found += _heating(section, part.heat, kwh, charge.handled)
        if part.condense is not None:
            found += _condensing(section, part.condense, charge.evaporated, library)
    if samples.largest(charge.exotherm_kj) > 0.0 and cooled is not None and cooled.cooling is not None:
        kwh = charge.exotherm_kj / KJ_PER_KWH / performance(cooled.cooling, library.services.chiller)
        found.append(Duty(_section(cooled), "electricity", "cooling", kwh))
    return [duty for duty in found if samples.largest(duty.kwh) > 0.0]


def _section(part: Energy) -> str:
    return part.id if isinstance(part, Section) else ""


def _heating(section: str, heat: Heat, kwh: float, handled: float) -> list[Duty]:
    """Return the heat supplied for a duty, and the drives of the dryer."""
    kwh += heat.extra.value * handled if heat.extra else 0.0
    found = [Duty(section, heat.by, "heat", kwh / heat.efficiency.value)]
    if heat.electricity is not None:
        found.append(Duty(section, "electricity", "drives", heat.electricity.value * handled))
    return found


def _heat_kwh(charge: Charge, heat: Heat, library: Library) -> float:
    """Return latent heat of what evaporates plus sensible heat of what stays, from 25 degC [kWh/unit]."""
    total = sum(kg * _vapour_kwh_per_kg(library.materials[name]) for name, kg in charge.evaporated.items())
    if heat.to is None:
        return total
    warmer = samples.highest(0.0, heat.to.value - AMBIENT_K)
    for name, kg in charge.kg.items():
        capacity = library.materials[name].heat_capacity
        stays = samples.highest(0.0, kg - charge.evaporated.get(name, 0.0))
        total += stays * (capacity.value if capacity else 1.0) * warmer / KJ_PER_KWH
    return total


def _vapour_kwh_per_kg(solvent: Material) -> float:
    """Return the heat from liquid at 25 degC to vapour at the boiling point [kWh/kg]."""
    assert solvent.vaporisation is not None
    assert solvent.boiling_point is not None
    assert solvent.heat_capacity is not None
    warm = solvent.heat_capacity.value * samples.highest(0.0, solvent.boiling_point.value - AMBIENT_K)
    return (warm + solvent.vaporisation.value) / KJ_PER_KWH


def _condensing(section: str, condense: Condense, evaporated: Mapping[str, float], library: Library) -> list[Duty]:
    """Return the electricity of a condenser and of the vacuum pump behind it."""
    services = library.services
    load = sum(kg * _vapour_kwh_per_kg(library.materials[name]) for name, kg in evaporated.items())
    found = [Duty(section, "electricity", "condensing", load / performance(condense, services.chiller))]
    if condense.vacuum is not None:
        found.append(Duty(section, "electricity", "vacuum", condense.vacuum.value * sum(evaporated.values())))
    if condense.pressure is not None:
        kwh = _vacuum_kwh(condense, evaporated, library)
        found.append(Duty(section, "electricity", "vacuum", kwh))
    return found


def _vacuum_kwh(condense: Condense, evaporated: Mapping[str, float], library: Library) -> float:
    """Return the electricity of a vacuum pump that holds the condenser's pressure [kWh/unit]."""
    assert condense.pressure is not None
    pump, pressure = library.services.vacuum_pump, condense.pressure.value
    carried = 0.0
    for name, mol in evaporated_mol(evaporated, library).items():
        carried += mol * pumped(pressure, _condenser_pressure(condense, library.materials[name]), pump.leak.value)
    return carried * pump_work(pressure, pump.efficiency.value)


def evaporated_mol(evaporated: Mapping[str, float], library: Library) -> dict[str, float]:
    """Return the amount of every vapour [mol per unit], from its mass [kg per unit]."""
    return {name: kg / formulas.molar_mass(library.materials[name].formula) for name, kg in evaporated.items()}


def _condenser_pressure(condense: Condense, solvent: Material) -> float:
    """Return the saturation pressure of a solvent at a condenser [Pa]."""
    assert condense.at is not None
    return saturation_pressure(condense.at.value, *_boiling(solvent))


def _boiling(solvent: Material) -> tuple[float, float]:
    """Return boiling point [K] and heat of vaporisation [kJ/mol]."""
    assert solvent.boiling_point is not None
    assert solvent.vaporisation is not None
    return solvent.boiling_point.value, solvent.vaporisation.value * formulas.molar_mass(solvent.formula)


class Hindrance(NamedTuple):
    """A vapour that a condenser does not condense, and what would."""

    solvent: str
    colder_k: float
    """Temperature below which it condenses at the given pressure [K]."""
    higher_pa: float
    """Pressure above which it condenses at the given temperature [Pa]."""


def condensing_hindrance(condense: Condense, evaporated: Mapping[str, float], library: Library) -> list[Hindrance]:
    """Return the vapours that pass a condenser at its temperature and pressure.

    Those of less than a tenth of all vapour (by amount) are left out: traces pass any condenser.
    """
    if condense.pressure is None:
        return []
    pressure, leak = condense.pressure.value, library.services.vacuum_pump.leak.value
    amounts = evaporated_mol(evaporated, library)
    found = []
    for name, mol in amounts.items():
        solvent = library.materials[name]
        saturation = _condenser_pressure(condense, solvent)
        if mol >= 0.1 * sum(amounts.values()) and pumped(pressure, saturation, leak) >= 1.0 + leak:
            colder = saturation_temperature(pressure / (1.0 + leak), *_boiling(solvent))
            found.append(Hindrance(name, colder, saturation * (1.0 + leak)))
    return found
