"""Lithium sulfide by carbothermic reduction."""

from __future__ import annotations

from collections.abc import Callable

from sim.validate.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]

COMPUTATIONS: dict[str, Callable[[Facts, Claim], Found]] = {}
