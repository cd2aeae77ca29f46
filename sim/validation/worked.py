"""Plants whose year can be worked out by hand, simulated: each claim is a line of the scenario `worked`."""

from __future__ import annotations

from collections.abc import Callable

from sim.rollup import material_flows, shipped_per_year
from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import bought, line, run

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _output(name: str) -> Compute:
    """Return the output of a year [unit/y]."""
    return lambda facts, _: Found(shipped_per_year(run("worked", name, facts.overrides).ledger))


def _charge(facts: Facts, _: Claim) -> Found:
    """Return the mean charge of the furnace [kg]."""
    step = run("worked", "longest_wait", facts.overrides).ledger.steps["fire"]
    return Found(step.started / step.starts)


def _solvent(name: str) -> Compute:
    """Return the THF that is bought per kg shipped [kg/kg]."""

    def compute(facts: Facts, _: Claim) -> Found:
        found = run("worked", name, facts.overrides)
        flows = material_flows(*found)
        kg = sum(flow.kg for flow in flows if flow.material == "THF" and flow.direction == "feed")
        return Found(kg / found.ledger.shipped)

    return compute


def _fed(material: str) -> Compute:
    """Return what the recipe takes of a material [kg/kg]."""
    return lambda facts, _: Found(bought(line("worked", "bromide", facts.overrides), material))


COMPUTATIONS: dict[str, Compute] = {
    **{
        name: _output(name)
        for name in (
            *("shift_160", "shift_96", "shift_80", "shift_48", "shift_40", "shift_20", "shift_15"),
            *("two_shifts_160", "two_shifts_320", "long_shift", "six_operators", "one_operator", "shutdown"),
        )
    },
    "longest_wait": _charge,
    **{name: _solvent(name) for name in ("full_tank", "empty_tank")},
    **{f"bromide_{material}": _fed(material) for material in ("Li2S", "P2S5", "LiBr")},
}
