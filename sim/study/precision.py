"""Replications to a requested precision: the sequential rule, and what to say when it is not reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.inputs import FEWEST, Precision, Scenario
from sim.results import Kpis, kpi_named, relative_half_width

__all__ = ["PRECISE", "Widest", "fewest", "most", "needed", "precise", "unreached", "widest"]

PRECISE = (Kpis.throughput.name, Kpis.cost_per_unit.name)
"""Key figures that a precision speaks of."""

Series = Callable[[str], Mapping[str, npt.NDArray[np.float64]]]
"""Values of a key figure by line, one a replication."""


class Widest(NamedTuple):
    """The mean that is known least."""

    share: float
    """Half width of its confidence interval over the mean [1]."""
    line: str
    kpi: str


def fewest(scenario: Scenario) -> int:
    """Return how many replications a run has at least."""
    return scenario.replications if scenario.precision is None else FEWEST


def most(scenario: Scenario) -> int:
    """Return how many replications a run has at most."""
    return scenario.replications if scenario.precision is None else scenario.precision.most


def widest(series: Series, precision: Precision) -> Widest:
    """Return which mean, of good output or cost per unit in any line, is known least."""
    return max(
        Widest(relative_half_width(values, precision.confidence.value), line, kpi)
        for kpi in PRECISE
        for line, values in series(kpi).items()
    )


def precise(found: Widest, precision: Precision) -> bool:
    """Return whether all means are known well enough to stop.

    Asked after every replication from the tenth on, in the order of their numbers, so that the answer is that of the
    replications alone: not of how many were worked on at a time.

    References
    ----------
    A. M. Law, Simulation Modeling and Analysis, 5th ed., McGraw-Hill 2015, section 9.4: the sequential procedure for
    a relative precision; it advises not to stop before ten replications.
    """
    return found.share <= precision.relative.value


def needed(found: Widest, precision: Precision, replications: int) -> float:
    """Return an estimate of the replications that the precision takes: half widths fall as 1 / sqrt(n)."""
    return replications * (found.share / precision.relative.value) ** 2


def unreached(found: Widest, precision: Precision, replications: int) -> str:
    """Return the warning of a run that has stopped at its limit."""
    more = needed(found, precision, replications)
    return (
        f"the precision of {precision.relative.text} was not reached within {replications} replications: "
        f"the {kpi_named(found.kpi).title.lower()} of {found.line} is known to ± {found.share:.2%}"
    ) + ("" if math.isinf(more) else f"; it would take about {more:,.0f}")
