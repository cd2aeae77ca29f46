"""What one operation of a step is in expected values: how long it takes, how often it stops, whom it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.flowsheet import FlowsheetError, StepFlow
from sim.inputs import Library, Step, Value

__all__ = ["Operation", "StepSize", "crew_of", "failure_values", "failures_per_operation", "operation_of", "run_hours"]


@dataclass(frozen=True, slots=True)
class StepSize:
    """What one step needs for the target, in expected values."""

    machines: int
    charge: float
    """Full charge, or expected lot for a step that takes one lot, in units of the primary inlet [kg or m2]."""
    charge_kg: float
    """Mass in the vessel after feeds [kg]."""
    volume_m3: float
    """Volume of that mass [m3]."""
    operation_h: float
    """Expected machine time of one operation: phases, cleaning and repairs in proportion, slots shared [h]."""
    operations_per_year: float
    """Operations of all machines for the target [1/y]; 0 without a target."""
    open_h: float
    """Hours in which its machines may start in a year [h/y]."""
    load: float
    """Share of the open hours that the target keeps the machines of this step occupied [1]."""
    operator_h_per_year: float
    """Operator hours held by this step's operations [h/y]."""
    size: float | None
    """Size of one machine in the unit of its equipment entry; None without equipment."""
    size_unit: str = ""


def run_hours(step: Step, flow: StepFlow, charge: float) -> tuple[float, bool]:
    """Return (hours, per unit of inlet?) of the run phase; a drawn duration gives its mean."""
    if step.duration is not None and step.dose is None:
        return step.duration.value, False
    if step.rate is not None:
        if step.rate.unit[:-2] == flow.primary.stream.unit:
            return flow.run_units / step.rate.value, True
        if step.rate.unit[:-2] == flow.inlet.unit:
            return 1.0 / step.rate.value, True
        raise FlowsheetError(f"the step handles {flow.primary.stream.unit}, not {step.rate.unit[:-2]}", step.id, "rate")
    if step.speed is not None:
        if step.width is None or flow.primary.stream.unit != "m2":
            raise FlowsheetError("'speed' needs a web in m2 and its 'width'", step.id, "speed")
        return flow.run_units / (step.speed.value * step.width.value), True
    if step.dose is not None:
        return _dosed_hours(step, flow, charge), False
    if step.press is not None:
        return step.press.hours, False
    if step.deposit is not None:
        return _grown_hours(step, flow)
    raise FlowsheetError("how long does it take? give one of duration, rate, speed or dose", step.id, "id")


def _grown_hours(step: Step, flow: StepFlow) -> tuple[float, bool]:
    """Return the hours of a deposition, for a load or per unit of a web."""
    assert step.deposit is not None
    if step.deposit.zone is None:
        return step.deposit.hours, False
    if step.width is None:
        raise FlowsheetError("'zone' needs the 'width' of the web", step.id, "deposit", "zone")
    return flow.run_units / (step.deposit.speed * step.width.value), True


def _dosed_hours(step: Step, flow: StepFlow, charge: float) -> float:
    """Return t = E m / P, and hold the identity when the duration is given as well."""
    assert step.dose is not None
    if step.power is None:
        raise FlowsheetError("'dose' needs the machine's 'power': E = P t / m", step.id, "dose")
    mass = charge * sum(flow.charge_kg.values())
    hours = step.dose.value * mass / step.power.run.value
    if step.duration is not None and abs(step.duration.value / hours - 1.0) > 0.02:
        raise FlowsheetError(
            f"E = P t / m does not hold: {step.dose.text} on {mass:.4g} kg at {step.power.run.text} takes "
            f"{hours:.4g} h, not {step.duration.text}; leave one of them out",
            step.id,
            "duration",
        )
    return hours


def crew_of(step: Step) -> dict[str, int]:
    """Return operators by phase."""
    crew: dict[str, int] = {phase: number for phase, number in step.operators.items() if phase}
    everywhere = step.operators.get("", 0)
    for phase in (step.phases or ("run",)) if everywhere else ():
        crew.setdefault(phase, everywhere)
    return crew


class Operation(NamedTuple):
    """What one operation means in expected values; what happens only now and then in proportion."""

    run_h: float
    """All phases, in one slot [h]."""
    clean_h: float
    down_h: float
    cleans: float
    """Cleanings [1]."""
    failures: float
    """Failures of all modes [1]."""
    operator_h: float
    """Operator hours of phases and cleanings [h]."""

    @property
    def stops(self) -> float:
        """Cleanings and failures; after each the machine starts anew [1]."""
        return self.cleans + self.failures


def operation_of(step: Step, flow: StepFlow, library: Library, charge: float) -> Operation:
    """Return the expected course of one operation on *charge* units of the primary inlet."""
    hours, per_unit = run_hours(step, flow, charge)
    phases = {"run": hours * charge if per_unit else hours}
    phases.update((str(name), value.value) for name, value in step.phases.items())
    run_h = sum(phases.values())
    operator_h = sum(phases.get(phase, 0.0) * number for phase, number in crew_of(step).items())
    cleans, clean_h = 0.0, 0.0
    if step.clean is not None:
        cleans = 1.0 / step.clean.every
        clean_h = step.clean.duration.value * cleans
        operator_h += step.clean.operators * clean_h
    failures, down_h = 0.0, 0.0
    for after, repair in failure_values(step, library):
        number = failures_per_operation(step, flow, after, run_h, charge)
        failures += number
        down_h += number * repair.value
    return Operation(run_h, clean_h, down_h, cleans, failures, operator_h)


def failure_values(step: Step, library: Library) -> list[tuple[Value, Value]]:
    """Return (time to failure, repair time) of every failure mode, the equipment's where the step gives none."""
    if step.failures is not None:
        return [(mode.after, mode.repair) for mode in step.failures]
    found = []
    for part in step.parts:
        entry = library.equipment.get(part.equipment)
        if entry is not None and entry.mtbf is not None and entry.mttr is not None:
            found.append((entry.mtbf, entry.mttr))
    return found


def failures_per_operation(step: Step, flow: StepFlow, after: Value, busy_h: float, charge: float) -> float:
    """Return the expected number of failures of one mode in one operation [1]."""
    if after.unit == "h":
        return busy_h / after.value
    if after.unit == "operations":
        return 1.0 / after.value
    if after.unit == "m":
        if step.width is None:
            raise FlowsheetError("metres of web need the step's 'width'", step.id, "failures")
        return charge * flow.primary.factor / (after.value * step.width.value)
    return charge * flow.primary.factor / after.value
