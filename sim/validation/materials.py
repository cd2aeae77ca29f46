"""What the equations ask for."""

from __future__ import annotations

from collections.abc import Callable

from sim.validation.claims import Claim, Facts, Found
from sim.validation.plants import bought, by_product, line

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _milled(material: str, per: float = 1.0) -> Compute:
    """Return what the milling route buys of a material per kg shipped, or per so many kg."""

    def compute(facts: Facts, _: Claim) -> Found:
        return Found(per * bought(line("demand", "milled", facts.overrides), material))

    return compute


def _lost(facts: Facts, _: Claim) -> Found:
    """Return what the milling route buys of Li2S with all of its yields and rejects [kg/kg]."""
    return Found(bought(line("announced", "ball_milling_110", facts.overrides), "Li2S"))


def _metathesis(material: str) -> Compute:
    """Return what the metathesis route buys of a material per kg shipped."""

    def compute(facts: Facts, _: Claim) -> Found:
        return Found(bought(line("demand", "metathesis", facts.overrides), material))

    return compute


def _salt(facts: Facts, _: Claim) -> Found:
    return Found(by_product(line("demand", "metathesis", facts.overrides), "NaCl"))


COMPUTATIONS: dict[str, Compute] = {
    "demand_li2s": _milled("Li2S"),
    "demand_p2s5": _milled("P2S5"),
    "demand_licl": _milled("LiCl"),
    "demand_li2s_industry": _milled("Li2S", 1000.0),
    "demand_li2s_bought": _lost,
    "metathesis_na2s": _metathesis("Na2S"),
    "metathesis_licl": _metathesis("LiCl"),
    "metathesis_nacl": _salt,
}
