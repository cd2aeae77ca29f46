"""The scenario file: which lines to compare, in which plant, for how long, and with which changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from sim.errors import PlacedError
from sim.quantity import Quantity, Value
from sim.spec import Name, Sourced, Spec

__all__ = ["Axis", "LineSpec", "Link", "Plant", "PriceAxis", "Scenario", "Shutdown", "Sweep"]

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
    sizes: Literal["", "route", "target"] = ""
    """Sizes of this line's machines, if not as the scenario says."""
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


class Axis(Spec):
    """Values of a swept number, evenly spread between two ends."""

    from_: Any = Field(alias="from")
    """First value, as it would stand in a file: `1 t/y`, `20 USD/kg`, or a plain number."""
    to: Any
    """Last value, in the same unit; more than the first."""
    points: Annotated[int, Field(ge=2, le=1000, strict=True)]
    """Values in all, both ends included."""
    spacing: Literal["linear", "log"] = "linear"
    """Equal steps, or equal ratios."""


def _axis_form(raw: Any) -> str:
    return "a list of values" if isinstance(raw, list) else "from, to and points"


class Sweep(Spec):
    """The lines of the scenario at every point of a grid."""

    over: dict[
        str,
        Annotated[
            Annotated[Axis, Tag("from, to and points")]
            | Annotated[list[Any], Tag("a list of values"), Field(min_length=2)],
            Discriminator(_axis_form),
        ],
    ] = Field(min_length=1)
    """The axes: what is changed, as a path that `--set` understands (`ball_milling.steps.mill.dose`,
    `materials.Li2S.price`, `ball_milling.target`, `region`), and its values. `*.target` means all lines of the sweep.
    Several axes make a grid of all their combinations."""
    by: Literal["simulation", "expected"] = "simulation"
    """How a point is worked out: simulated, or in expected values without queues and chance, which takes hundredths
    of a second."""
    simulate: list[Annotated[int, Field(ge=1, strict=True)]] = []
    """Points, by number from 1, that are simulated beside the expected values, to see that both agree."""
    lines: list[str] = []
    """Lines that are swept; all if not given."""
    title: str = ""
    """Heading of the sweep in the report."""


def _as_sweeps(raw: Any) -> Any:
    return [raw] if isinstance(raw, dict) else raw


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
    sizes: Literal["route", "target"] = "route"
    """Sizes of machines: those of the route files, or, for a `target` that would leave them idle, smaller ones, with
    charges, rates and powers in proportion."""
    sweep: Annotated[
        list[Sweep], BeforeValidator(_as_sweeps, json_schema_input_type=Sweep | list[Sweep]), Field(max_length=10)
    ] = []
    """A sweep, or a list of sweeps, worked out beside the lines as they are."""
    confirm: bool = False
    """Confirm `auto` machine counts by simulation: where the output misses the target by more than 1 %, machines are
    added at the bottleneck before the lines are run."""
    bottleneck: list[str] = []
    """Lines of which to find out what one more machine, operator or shift, or a larger buffer, is worth."""
    optimise: list[str] = []
    """Lines of which to search the cheapest machine counts, buffers and shifts that meet the target with 95 %
    probability."""
    set: dict[str, Any] = {}
    """Changes: dotted paths that start with a line's name, `materials`, `equipment`, `utilities`, `rooms`,
    `consumables`, `services` or `economics`."""
