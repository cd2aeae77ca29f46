"""The manifest of a run: what names it, declared once; read with checks, written as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

__all__ = [
    "FORMAT",
    "AxisFacts",
    "BackendFacts",
    "CellFacts",
    "ChangeFacts",
    "CurrencyFacts",
    "LineFacts",
    "Manifest",
    "MeasuredFacts",
    "OptimumFacts",
    "PrecisionFacts",
    "ReferenceFacts",
    "ScenarioFacts",
    "SweepFacts",
    "TargetFacts",
    "UncertaintyFacts",
    "is_manifest",
    "read_manifest",
]

FORMAT = 1
"""Number of the layout of results folders; it goes up with the first version that changes it."""


class PrecisionFacts(TypedDict):
    """A precision that was asked for."""

    relative: float
    confidence: float
    most: int
    reached: bool


class ScenarioFacts(TypedDict):
    """What was run."""

    name: str
    title: str
    question: str
    seed: int
    replications: int
    horizon_h: float
    warm_up_h: float
    warm_up_found: bool
    """Whether the run has found its warm-up."""
    precision: PrecisionFacts | None
    prices: str
    """Price set."""
    region: str
    price_axis: str
    """Material of the axis, empty without one."""
    open_hours_per_year: float


class BackendFacts(TypedDict):
    """What the capital of a line rests on."""

    asked: str
    shares: dict[str, float]
    """Of the installed equipment, by what its price rests on [1]."""
    capital_usd: dict[str, float]
    cost_per_unit: dict[str, float]


class MeasuredFacts(TypedDict, total=False):
    """What the first replication of a line tells of it; nothing for the others."""

    backend: BackendFacts
    bottleneck_step: str
    bottleneck_why: str


class LineFacts(TypedDict):
    """One line."""

    name: str
    title: str
    kind: str
    function: str
    unit: str
    scale: str
    open_hours_per_year: float
    target: float | None
    product: str
    spec: dict[str, str]
    out_of_range: list[str]
    """Sizes outside the range for which their prices hold."""
    warnings: list[str]
    route: dict[str, Any]
    """The resolved route, as its file would say it."""
    backend: BackendFacts
    bottleneck_step: str
    bottleneck_why: str
    service: NotRequired[str]
    """What its square metre does, where that is not the same for all lines of its function: the route of an electrode
    whose area resistance nobody has measured, or a band of area resistances; lines are ranked within it."""
    unpriced: NotRequired[str]
    """Why no headline gives the line a price: it stays below its target, or its lead time grows; absent if one may."""
    measured_at_k: NotRequired[float]
    """Temperature at which the conductivity was measured; absent if that of a room [K]."""
    settled_h: float | None
    """When the line has settled; None if the run is too short to tell."""
    prices: str
    region: str


class ChangeFacts(TypedDict):
    """An override."""

    path: str
    old: str
    new: str
    by: str


class CurrencyFacts(TypedDict):
    """The money that results are in, if it is not the US dollar."""

    code: str
    usd: float
    """US dollars for one unit of it."""
    year: int
    """Year of that rate: that of the money of the run."""


class ReferenceFacts(TypedDict):
    """A source."""

    title: str
    authors: str
    year: int | None
    doi: str
    where: str
    """Publisher, page or address."""
    grade: str


class TargetFacts(TypedDict):
    """What is asked of a powder or a film."""

    value: float
    unit: str
    grade: str
    source: str
    note: str


CellFacts = TypedDict(
    "CellFacts",
    {
        "name": str,
        "title": str,
        "active": str,
        "loading_kg_per_m2": float,
        "capacity_ah_per_kg": float,
        "areal_mah_per_cm2": float,
        "voltage_v": float,
        "kwh_per_m2": float,
        "yield": float,
        "grade": str,
        "needed_per_kwh": dict[str, float],
        "functions": dict[str, str],
        "titles": dict[str, str],
        "rivals": dict[str, str],
    },
    total=False,
)
"""The cell design, what a kWh of it takes by `function/unit`, its parts, and the titles of its rivals;
nothing without one."""


class AxisFacts(TypedDict):
    """An axis of a sweep."""

    path: str
    unit: str
    log: bool
    numeric: bool
    of_target: bool
    """Whether it moves the output to build for."""
    values: list[Any]


class SweepFacts(TypedDict):
    """A sweep."""

    number: int
    title: str
    lines: list[str]
    axes: list[AxisFacts]
    points: int
    by: str
    simulated: list[Any]


class FactorFacts(TypedDict):
    """Parameters that go up and down together."""

    name: str
    parameters: int
    rank: float


class CorrelationFacts(TypedDict):
    """Parameters that are correlated."""

    between: list[str]
    rank: float


class SampledFacts(TypedDict):
    """What was sampled of a line."""

    name: str
    parameters: int
    plan_sampled: list[str]
    plan_held: int
    held_share: float
    failed: int


class UncertaintyFacts(TypedDict):
    """How the ranges were sampled."""

    samples: int
    by: str
    """Worked out by simulation or in expected values."""
    sampler: str
    plans: int
    parameters: int
    factors: list[FactorFacts]
    correlate: list[CorrelationFacts]
    lines: list[SampledFacts]


class OptimumFacts(TypedDict):
    """How a cheapest plant was searched."""

    line: str
    simulated: int
    looked_at: int
    met: bool


class Manifest(TypedDict):
    """Everything that names a run."""

    format: int
    """Number of the layout of the folder."""
    program_version: str
    """Of this program."""
    files: dict[str, str]
    """SHA-256 of scenario and routes."""
    scenario: ScenarioFacts
    """Name, seed, replications, horizon, warm-up, price set, open hours."""
    resolved: dict[str, Any]
    """The whole scenario, as its file would say it."""
    lines: list[LineFacts]
    """Name, kind, function, unit, target, bottleneck and why, when it has settled, warnings, backend, and the resolved
    route."""
    price_year: int
    """Year of money."""
    currency: NotRequired[CurrencyFacts]
    """What money the tables are in, and at which rate; US dollars without it."""
    price_sets: dict[str, dict[str, float]]
    """Prices of all sets, in the money of the tables [USD/kg]."""
    pacing: dict[str, float]
    """By how much the pilot run slowed the release of each line."""
    visits: int
    """Operations simulated, all lines and replications."""
    warnings: list[str]
    """Everything doubtful."""
    changes: list[ChangeFacts]
    """Every override: path, old, new, by whom."""
    references: dict[str, ReferenceFacts]
    """Authors, title, publisher or address, year and DOI of every source, by its name in the tables."""
    targets: NotRequired[dict[str, TargetFacts]]
    """What is asked of powders and films, for the map of many routes."""
    cell: CellFacts
    """The cell design, its kWh per m2 and what a kWh takes; empty without one."""
    sweeps: NotRequired[list[SweepFacts]]
    """With a sweep: its axes with units and values."""
    optimised: NotRequired[list[OptimumFacts]]
    """With a search of the cheapest plant: plants simulated and looked at, whether the target was met."""
    uncertainty: NotRequired[UncertaintyFacts]
    """With sampled ranges: samples, what goes together, what was held."""
    runs: NotRequired[list[ScenarioFacts]]
    """Of runs that were put side by side: their scenarios."""


def is_manifest(found: Any) -> bool:
    """Whether data is the manifest of a run, of whatever version of the program."""
    return isinstance(found, dict) and {"program_version", "lines"} <= found.keys()


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ValueError
        If the file is none, or one of another layout.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    if not is_manifest(found):
        raise ValueError(f"{path.name} is not that of a run")
    layout = found.get("format", 0)
    if layout != FORMAT:
        raise ValueError(
            f"they are of format {layout} (version {found['program_version']}), this version reads format {FORMAT}: "
            "run the scenario again"
        )
    try:
        TypeAdapter(Manifest).validate_python(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path.name}, {place}: {first['msg'].lower()}") from None
    manifest: Manifest = found  # as it is: the validated one would be a copy without what it does not know
    return manifest
