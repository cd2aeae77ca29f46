"""The plants of the validation: scenarios of `sim/data/validation`, resolved and simulated once in every process."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

from sim.engine import Engine, simulate
from sim.inputs import DATA
from sim.plant import Line
from sim.rollup import Ledger, cost_items, priced, reduce, shipped_per_year
from sim.study import Study, load_scenario

__all__ = ["Run", "bought", "by_product", "cost", "line", "run", "study"]

Overrides = tuple[str, ...]


class Run(NamedTuple):
    """A line and what one replication made of it."""

    line: Line
    ledger: Ledger


@cache
def study(scenario: str, overrides: Overrides = ()) -> Study:
    """Return a scenario of the validation with all of its lines."""
    return load_scenario(DATA / "validation" / f"{scenario}.yaml", overrides=overrides)


def line(scenario: str, name: str, overrides: Overrides = ()) -> Line:
    """Return one line of a scenario."""
    return next(item for item in study(scenario, overrides).lines if item.name == name)


@cache
def run(scenario: str, name: str, overrides: Overrides = (), replication: int = 0) -> Run:
    """Return a line and the ledger of one replication."""
    found = line(scenario, name, overrides)
    seed = study(scenario, overrides).scenario.seed
    log = simulate(found.plan, seed=seed, replication=replication, engine=Engine.CHECKED)
    return Run(found, reduce(log, found))


def bought(found: Line, material: str) -> float:
    """Return what is fed of a pure material per unit shipped, in expected values of the flowsheet [kg/unit]."""
    return math.fsum(flow.expected * flow.feeds.get(material, 0.0) for flow in found.flowsheet.steps.values())


def by_product(found: Line, material: str) -> float:
    """Return what leaves of a material as by-product per unit shipped [kg/unit]."""
    return math.fsum(
        flow.expected * side.kg
        for flow in found.flowsheet.steps.values()
        for side in flow.sides
        if side.material == material and side.direction == "by_product"
    )


def cost(
    found: Run,
    prices: Mapping[str, float] | None = None,
    categories: Collection[str] = (),
    steps: Collection[str] = (),
) -> float:
    """Return the cost per unit shipped at other material prices [USD/unit].

    Parameters
    ----------
    prices : mapping of str to float, default=None
        Prices that differ from those of the catalogue [USD/kg].
    categories, steps : collection of str, default=()
        Count these only; empty counts all.
    """
    items = cost_items(priced(found.line, prices or {}), found.ledger)
    return math.fsum(
        item.usd_per_year
        for item in items
        if (not categories or item.category in categories) and (not steps or item.step in steps)
    ) / shipped_per_year(found.ledger)
