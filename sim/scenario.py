"""The scenario file: which lines to compare, in which plant, for how long, and with which changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.errors import PlacedError
from sim.quantity import Quantity, Value
from sim.spec import Name, Sourced, Spec

__all__ = [
    "Correlation",
    "LineSpec",
    "Link",
    "Plant",
    "PriceAxis",
    "Scenario",
    "Sensitivity",
    "Shutdown",
    "Uncertainty",
]

HOURS_PER_WEEK = 168.0
HOURS_PER_YEAR = 8760.0
LONGEST_H = 100 * HOURS_PER_YEAR
"""Longest time that is simulated [h]."""


class Shutdown(Spec):
    """A planned shutdown, repeated every year."""

    start: Annotated[Value, Quantity("h", maximum=HOURS_PER_YEAR)]
    """Begin, from the start of the year [h]."""
    duration: Annotated[Value, Quantity("h", exclusive=True, maximum=HOURS_PER_YEAR)]
    """Length [h]."""


class Plant(Sourced):
    """When the plant is open."""

    days_per_week: Annotated[int, Field(ge=1, le=7, strict=True)] = 7
    shifts_per_day: Annotated[int, Field(ge=1, le=3, strict=True)] = 3
    """Shifts of 8 h; the day starts with the first [1]."""
    shutdowns: list[Shutdown] = []
    """Planned shutdowns of every year."""


class Link(Spec):
    """One route of a chain; a name or path by itself is the route that takes what the one before ships."""

    route: str
    """A bundled route by name, or the path of a route file, from the scenario file."""
    from_: str = Field(default="", alias="from")
    """Step of the route before whose solution is taken instead of its shipped product. The steps behind it drop out,
    and so does the step that dissolves bought powder in this route."""


def _as_link(raw: Any) -> Any:
    return {"route": raw} if isinstance(raw, str) else raw


class LineSpec(Spec):
    """One line of a scenario: a route, or a chain of routes."""

    name: Name
    route: str = ""
    """A bundled route by name, or the path of a route file, from the scenario file."""
    line: (
        Annotated[
            list[Annotated[Link, BeforeValidator(_as_link, json_schema_input_type=str | Link)]], Field(min_length=1)
        ]
        | None
    ) = None
    """In place of `route`, a chain: routes in order of flow, each of which takes what the one before ships."""
    target: Annotated[Value, Quantity("kg/y", "m2/y", exclusive=True)] | None = None
    """Good output to build the line for; without it the first step releases at capacity [kg/y or m2/y]."""
    prices: str = ""
    """Price set of this line, if not that of the scenario."""
    region: str = ""
    """Region of this line, if not that of the scenario."""
    scale: str = ""
    """A scale of the route, or of all routes of the chain, such as `lab`; the route file itself is `industrial`."""
    plant: Plant | None = None
    """Opening hours of this line, if not those of the scenario."""
    set: dict[str, Any] = {}
    """Changes to this line only: dotted paths below the route (`steps.mill.dose`) or the catalogue; in a chain with
    the name of the route in front (`dry_ptfe.steps.slit.yield`)."""

    @model_validator(mode="after")
    def _one_form(self) -> LineSpec:
        if self.route and self.line is not None:
            raise PlacedError("give either a 'route' or a chain of them, 'line', not both", "line")
        if not self.route and self.line is None:
            raise ValueError("give a 'route', or a chain of routes as 'line'")
        return self

    @property
    def links(self) -> list[Link]:
        """The routes of the line in order of flow."""
        return self.line or [Link(route=self.route)]


class PriceAxis(Spec):
    """The price against which cost is drawn and break-evens are sought."""

    material: str
    low: Annotated[Value, Quantity("USD/kg", exclusive=True)]
    high: Annotated[Value, Quantity("USD/kg", exclusive=True)]


Rank = Annotated[float, Field(gt=-1.0, lt=1.0)]
"""A rank correlation [1]."""


class Correlation(Spec):
    """Uncertain parameters that are high or low together."""

    between: list[str] = Field(min_length=2)
    """Paths of parameters; `*` stands for any text. Each is correlated with each."""
    rank: Rank
    """Rank correlation of every pair [1]."""


class Uncertainty(Spec):
    """Which ranges are sampled, and how."""

    samples: Annotated[int, Field(ge=2, le=1_000_000, strict=True)] = 1024
    """Samples of every line; the k-th of two lines share the values of what both hold."""
    sampler: Literal["sobol", "latin_hypercube", "random"] = "sobol"
    only: list[str] = []
    """Paths of the parameters to sample, such as `materials.*.price`; nothing means all with a range."""
    factors: dict[Literal["capital", "footprints", "repairs", "yields"], Annotated[float, Field(ge=0.0, lt=1.0)]] = {}
    """Rank correlation within groups of parameters that were guessed alike; 0 makes them independent."""
    correlate: list[Correlation] = []
    """Further correlations; they beat those of `factors`."""
    plans: Annotated[int, Field(ge=0, le=100_000, strict=True)] = 32
    """Simulations of every line with other values of the parameters that change its plan; 0 holds these."""
    few: Annotated[int, Field(ge=1, le=100, strict=True)] = 6
    """How many of the parameters that change the plan are sampled; those with the largest effect."""


Indicator = Literal[
    "throughput",
    "cost_per_unit",
    "conversion_cost_per_unit",
    "energy_per_unit",
    "electricity_per_unit",
    "heat_per_unit",
    "gas_per_unit",
    "lead_time",
    "wip",
    "oee",
    "utilisation",
    "first_pass_yield",
    "yield_key",
    "gwp_per_unit",
    "e_factor",
    "pmi",
    "pmi_without_solvent",
    "capital",
    "people",
    "area",
    "solvent_per_unit",
    "waste_per_unit",
    "argon_per_unit",
    "h2s_per_unit",
]
"""Names of `sim.kpis.KPIS`, which a lower floor cannot ask."""


class Sensitivity(Spec):
    """Which indicators are shared out among the ranges, and how."""

    method: Literal["sobol", "morris", "spearman"] = "sobol"
    """Shares of variance of the ten largest, elementary effects, or rank correlations; of the expected ledger."""
    kpis: list[Indicator] = Field(default=["cost_per_unit"], min_length=1)
    samples: Annotated[int, Field(ge=2, le=100_000, strict=True)] | None = None
    """Samples, of Sobol' a power of two, or trajectories of Morris; 128, 8 and 256 if not given."""


class Scenario(Spec):
    """What to run."""

    name: Name
    title: str
    question: str = ""
    """The question that the report answers, in a sentence."""
    lines: list[LineSpec] = Field(min_length=1, max_length=100)
    plant: Plant = Plant()
    horizon: Annotated[Value, Quantity("h", exclusive=True, maximum=LONGEST_H)]
    """Observed time after the warm-up; whole years keep planned shutdowns in proportion [h]."""
    warm_up: Annotated[Value, Quantity("h", maximum=LONGEST_H)]
    """Time before anything is counted [h]."""
    replications: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 0
    prices: str = "spot_2025"
    """Price set of the catalogue."""
    region: str = ""
    """Region of the catalogue, whose electricity and wages are taken: US, EU, CN, KR, JP."""
    overlays: list[str] = []
    """Private files with the shape of the catalogue, from the scenario file; they replace what they name."""
    price_axis: PriceAxis | None = None
    uncertainty: Uncertainty | None = None
    """Sample the ranges of all numbers."""
    sensitivity: Sensitivity | None = None
    """Ask which ranges matter; `sim sensitivity` asks the same without a run."""
    set: dict[str, Any] = {}
    """Changes: dotted paths that start with a line's name, `materials`, `equipment`, `utilities`, `rooms`,
    `consumables`, `services` or `economics`."""
