"""Process-flow simulation of solid-electrolyte manufacturing routes.

Names are loaded when they are first used, so ``import sim`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.api import load_run, load_scenario, run
    from sim.errors import (
        DeadlockError,
        InputError,
        Issue,
        ReportError,
        SimError,
        SimulationError,
        SimWarning,
    )

__all__ = [
    "DeadlockError",
    "InputError",
    "Issue",
    "ReportError",
    "SimError",
    "SimWarning",
    "SimulationError",
    "__version__",
    "load_run",
    "load_scenario",
    "run",
]

__version__ = "0.1.0"

_API = frozenset({"load_run", "load_scenario", "run"})


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value: object = getattr(import_module("sim.api" if name in _API else "sim.errors"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
