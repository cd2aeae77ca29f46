"""Composite electrodes: what they keep of the conductivity of their electrolyte, as measured by several groups."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import Field

from sim.inputs.catalogue import Library
from sim.inputs.library import read_entry
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Fraction, Share, Sourced

__all__ = ["Composites", "Kept", "kept", "measured_composites"]


class Point(Sourced):
    """A composite that was measured."""

    share: Share
    """Electrolyte in the volume, pores included [1]."""
    conductivity: Annotated[Value, Quantity("mS/cm", exclusive=True)]
    """Effective ionic conductivity [mS/cm]."""


class Series(Sourced):
    """Composites of one group from one powder, by rising share of electrolyte."""

    title: str
    powder: Annotated[Value, Quantity("mS/cm", exclusive=True)]
    """Conductivity of the electrolyte that they hold, by itself [mS/cm]."""
    points: list[Point] = Field(min_length=2)


class Composites(Sourced):
    """Measured composites of one electrolyte."""

    title: str
    electrolyte: str
    """By material."""
    least: Fraction
    """Share of electrolyte below which no value is given [1]."""
    series: dict[str, Series] = Field(min_length=2)


class Kept(NamedTuple):
    """Effective conductivity of a composite over that of its powder [1]: least, geometric mean, most of the groups."""

    low: float
    mean: float
    high: float


def measured_composites(library: Library) -> Composites:
    """Return the measured composites that come with the program."""
    return read_entry("composites", Composites, library)


def kept(measured: Composites, share: float) -> Kept | None:
    """Return what a composite keeps of the conductivity of its powder.

    Each group is interpolated between its own two neighbours, the logarithm of what is kept over the share; none is
    continued beyond its ends.

    Parameters
    ----------
    share : float
        Electrolyte in the volume, pores included [1].

    Returns
    -------
    Kept or None
        None below the least share, and where fewer than two groups have measured.
    """
    logs = [found for series in measured.series.values() for found in _between(series, share)]
    if share < measured.least.value or len(logs) < 2:
        return None
    return Kept(*(math.exp(log) for log in (min(logs), math.fsum(logs) / len(logs), max(logs))))


def _between(series: Series, share: float) -> Iterator[float]:
    """Yield the logarithm of what a group's composites keep at a share, nothing beyond its ends."""
    known = [(point.share.value, math.log(point.conductivity.value / series.powder.value)) for point in series.points]
    for (low, first), (high, second) in pairwise(known):
        if low <= share <= high:
            yield first + (second - first) * (share - low) / (high - low)
            return
