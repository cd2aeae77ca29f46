"""The scenario file: which lines to compare, in which plant, for how long, and with which changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, model_validator

from sim.errors import PlacedError
from sim.inputs.quantity import Quantity, Value
from sim.inputs.questions import Precision, Sensitivity, Sweep, Uncertainty, as_precision, as_sweeps
from sim.inputs.route import GENERAL
from sim.inputs.spec import FORMAT, MOST, Format, Name, Share, Sourced, Spec

__all__ = [
    "AUTO", "BY_KIND", "Backend", "LineSpec", "Link", "Plant", "PriceAxis", "Scenario", "Shutdown",
]  # fmt: skip

AUTO: Literal["auto"] = "auto"
"""The warm-up is looked for."""
HOURS_PER_WEEK = 168.0
HOURS_PER_YEAR = 8760.0
LONGEST_H = 100 * HOURS_PER_YEAR
"""Longest time that is simulated [h]."""


BY_KIND = "by_kind"
"""The backend that goes by the kind of each route."""

Backend = Literal["by_kind", "chemical", "battery"]
"""Which plant says what machines cost: the battery plant for films, electrodes and cells and the chemical plant for all
else, or one of them wherever it can, as a cross-check."""


class Shutdown(Spec):
    """A planned shutdown, repeated every year."""

    start: Annotated[Value, Quantity("h", maximum=HOURS_PER_YEAR)]
    """Begin, from the start of the year [h]."""
    duration: Annotated[Value, Quantity("h", exclusive=True, maximum=HOURS_PER_YEAR)]
    """Length [h]."""


class Break(Spec):
    """A break of everybody in every shift."""

    after: Annotated[Value, Quantity("h")]
    """Begin, from the start of the shift [h]."""
    duration: Annotated[Value, Quantity("h", exclusive=True)]
    """Length [h]."""


_Number = Annotated[int, Field(ge=0, le=MOST, strict=True)]
_PerShift = _Number | Annotated[list[_Number], Field(min_length=1)]


def _as_team(raw: Any) -> Any:
    """Return operators by skill; a number or a list of shifts is for those without one."""
    return raw if isinstance(raw, dict) else {GENERAL: raw}


class Plant(Sourced):
    """When the plant is open, and who is there."""

    days_per_week: Annotated[int, Field(ge=1, le=7, strict=True)] = 7
    """Days of the week with shifts, from the first; the others are the weekend [1]."""
    shifts_per_day: Annotated[int, Field(ge=1, le=3, strict=True)] = 3
    """Shifts that follow each other; the day starts with the first [1]."""
    shift_hours: Annotated[Value, Quantity("h", exclusive=True, maximum=24.0)] | None = None
    """Length of a shift; 8 h if not given [h]."""
    shutdowns: list[Shutdown] = []
    """Planned shutdowns of every year."""
    holidays: list[Annotated[Value, Quantity("h", maximum=HOURS_PER_YEAR)]] = []
    """Days of every year without shifts, each by a time in it from the start of the year (`0 d`, `358 d`)."""
    breaks: list[Break] = []
    """Breaks of every shift. No operator is given out meanwhile; who holds one keeps it, and machines that need nobody
    go on."""
    handover: Annotated[Value, Quantity("h")] | None = None
    """Time at the beginning of every shift in which operators hand over and are not given out [h]."""
    operators: (
        Annotated[
            dict[Name, _PerShift],
            BeforeValidator(_as_team, json_schema_input_type=_PerShift | dict[Name, _PerShift]),
        ]
        | None
    ) = None
    """Operators on duty, and then that is what there is: a number, or a list with one for each shift of the day, or by
    skill (`{general: 4, furnace: [2, 2, 1]}`; `general` are those of steps without a `skill`). Not given: as many as
    the sizing finds [1]."""
    crews: Annotated[int, Field(ge=1, le=MOST, strict=True)] | None = None
    """Crews that take turns on each post; then so many people are employed for it. Not given: as many as the paid hours
    of a person ask for [1]."""
    repairs: Literal["always", "on_shift"] = "always"
    """Whether machines are repaired whatever the hour or on shift only; a step may say otherwise."""

    @property
    def shift_h(self) -> float:
        """Length of a shift [h]."""
        return self.shift_hours.value if self.shift_hours is not None else 8.0

    @model_validator(mode="after")
    def _fits_the_day(self) -> Plant:
        if self.shifts_per_day * self.shift_h > 24.0 * (1.0 + 1e-9):
            text = f"{self.shifts_per_day} shifts of {self.shift_h:g} h do not fit into a day"
            raise PlacedError(text, "shift_hours" if self.shift_hours is not None else "shifts_per_day")
        for number, pause in enumerate(self.breaks):
            if pause.after.value + pause.duration.value > self.shift_h * (1.0 + 1e-9):
                text = f"the break ends after the shift of {self.shift_h:g} h"
                raise PlacedError(text, "breaks", number, "duration")
        if self.handover is not None and self.handover.value >= self.shift_h:
            raise PlacedError(f"the handover leaves nothing of the shift of {self.shift_h:g} h", "handover")
        for skill, team in (self.operators or {}).items():
            if isinstance(team, list) and len(team) != self.shifts_per_day:
                text = f"expected one number for each of {self.shifts_per_day} shifts a day, found {len(team)}"
                raise PlacedError(text, "operators", skill)
        return self

    def team(self, skill: str) -> list[int]:
        """Return the operators of a skill on each shift of the day.

        >>> Plant(operators={"general": [2, 1], "furnace": 1}, shifts_per_day=2).team("general")
        [2, 1]
        """
        number = (self.operators or {}).get(skill, 0)
        return number if isinstance(number, list) else [number] * self.shifts_per_day


class Link(Spec):
    """One route of a chain; a name or path by itself is the route that takes what the one before ships."""

    route: str
    """A bundled route by name, or the path of a route file, from the scenario file."""
    from_: str = Field(default="", alias="from")
    """Step of the route before whose solution is taken instead of its shipped product. The steps behind it drop out,
    and so does the step that dissolves bought powder in this route."""
    variant: str = ""
    """A variant of the route, such as `bromide`; the file itself if not given."""
    share: Share | None = None
    """Of a branch: the fixed share of what the route before ships. All branches of a fork have one, adding to 1, or
    none has; then whole lots go to the first branch with room, and while all are full to the one that asks first [1].
    """


def _as_link(raw: Any) -> Any:
    return {"route": raw} if isinstance(raw, str) else raw


def _as_branch(raw: Any) -> Any:
    if isinstance(raw, list):
        raise ValueError("a fork in a fork: every branch is one route")  # noqa: TRY004 - pydantic reports these
    return _as_link(raw)


def _form(raw: Any) -> str:
    return "a fork" if isinstance(raw, list) else "a route"


_Link = Annotated[Link, BeforeValidator(_as_link, json_schema_input_type=str | Link)]
_Branch = Annotated[Link, BeforeValidator(_as_branch, json_schema_input_type=str | Link)]
_Fork = Annotated[list[_Branch], Field(min_length=2)]


class LineSpec(Spec):
    """One line of a scenario: a route, or a chain of routes."""

    name: Name
    route: str = ""
    """A bundled route by name, or the path of a route file, from the scenario file."""
    line: (
        Annotated[
            list[Annotated[Annotated[_Link, Tag("a route")] | Annotated[_Fork, Tag("a fork")], Discriminator(_form)]],
            Field(min_length=1),
        ]
        | None
    ) = None
    """In place of `route`, a chain: routes in order of flow, each of which takes what the one before ships. A list in
    this list is a fork: its routes all take what the one before ships, and the one behind takes what they all ship."""
    target: Annotated[Value, Quantity("kg/y", "m2/y", "kWh/y", exclusive=True)] | None = None
    """Good output to build the line for; without it the first step releases at capacity [kg/y or m2/y]. In a scenario
    with a `cell` also the energy of the cells that the output is for (`1 GWh/y`) [kWh/y]."""
    prices: str = ""
    """Price set of this line, if not that of the scenario."""
    region: str = ""
    """Region of this line, if not that of the scenario."""
    scale: str = ""
    """A scale of the route, or of all routes of the chain, such as `lab`; the route file itself is `industrial`."""
    variant: str = ""
    """A variant of the route, such as `bromide`; in a chain it stands beside the route."""
    backend: Backend | None = None
    """Backend of this line, if not that of the scenario."""
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
        if self.variant and self.line is not None:
            raise PlacedError("a 'variant' is one of a route: in a chain it stands beside that route", "variant")
        return self

    @property
    def links(self) -> list[Link]:
        """The routes of the line in order of flow."""
        return [link for stage in self.stages for link in stage]

    @property
    def stages(self) -> list[list[Link]]:
        """The routes of the line in order of flow, the branches of a fork together."""
        return [
            item if isinstance(item, list) else [item]
            for item in self.line or [Link(route=self.route, variant=self.variant)]
        ]

    @property
    def places(self) -> list[tuple[str | int, ...]]:
        """Where every route stands below the line, in order of flow."""
        found: list[tuple[str | int, ...]] = []
        for number, item in enumerate(self.line or []):
            here: tuple[str | int, ...] = ("line", number)
            found += [(*here, branch) for branch in range(len(item))] if isinstance(item, list) else [here]
        return found or [()]


class PriceAxis(Spec):
    """The price against which cost is drawn and break-evens are sought."""

    material: str
    low: Annotated[Value, Quantity("USD/kg", exclusive=True)]
    high: Annotated[Value, Quantity("USD/kg", exclusive=True)]


_WARM_UP = Quantity("h", maximum=LONGEST_H)


def _as_warm_up(raw: Any) -> Value | str:
    if raw == AUTO:
        return AUTO
    try:
        return _WARM_UP.read(raw)
    except ValueError as error:
        if isinstance(raw, str) and raw.isalpha():
            raise ValueError(f"expected a time or '{AUTO}', found {raw!r}") from error
        raise


class Scenario(Spec):
    """What to run."""

    format: Format = FORMAT
    """Format of the file; today there is one, 1."""
    name: Name
    """Name of the scenario, and of the folder of its results."""
    title: str
    """One line for reports."""
    question: str = ""
    """The question that the report answers, in a sentence."""
    lines: list[LineSpec] = Field(min_length=1, max_length=100)
    plant: Plant = Plant()
    horizon: Annotated[Value, Quantity("h", exclusive=True, maximum=LONGEST_H)]
    """Observed time after the warm-up; whole years keep planned shutdowns in proportion [h]."""
    warm_up: Annotated[
        Value | str,
        PlainValidator(_as_warm_up, json_schema_input_type=Annotated[Value, _WARM_UP] | Literal["auto"]),
    ]
    """Time before anything is counted; `auto` looks for it with MSER-5 [h]."""
    replications: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 10
    """Runs with other random numbers [1]."""
    precision: Annotated[Precision, BeforeValidator(as_precision, json_schema_input_type=str | Precision)] | None = None
    """In place of `replications`, how well the means shall be known."""
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 0
    prices: str = "spot_2025"
    """Price set of the catalogue."""
    region: str = ""
    """Region of the catalogue, whose electricity and wages are taken: US, EU, CN, KR, JP."""
    currency: str = ""
    """What money the results are in: `EUR`, `CNY`, `JPY`, `KRW` or a currency that an overlay adds, at the rate of the
    year of money; US dollars if not given."""
    backend: Backend = "by_kind"
    """What says what machines cost: `by_kind` takes the battery plant for membranes, electrodes and cells and the
    chemical plant for all else; `chemical` and `battery` force one of them, as a cross-check."""
    overlays: list[str] = []
    """Private files with the shape of the catalogue, from the scenario file; they replace what they name."""
    price_axis: PriceAxis | None = None
    cell: str = ""
    """A bundled cell design by name, or the path of a cell file, from the scenario file: what the lines cost per kWh of
    cell."""
    rivals: list[str] = Field(default=[], max_length=10)
    """Cell designs that a battery plant makes (`making`), bundled or by path: what a kWh of theirs costs, takes and
    emits beside the `cell` of the lines, from a plant of the same size and of the battery plant's own. Nothing is
    simulated for them."""
    sizes: Literal["route", "target"] = "route"
    """Sizes of machines: those of the route files, or, for a `target` that would leave them idle, smaller ones, with
    charges, rates and powers in proportion."""
    sweep: Annotated[
        list[Sweep], BeforeValidator(as_sweeps, json_schema_input_type=Sweep | list[Sweep]), Field(max_length=10)
    ] = []
    """A sweep, or a list of sweeps, worked out beside the lines as they are."""
    doubt: bool = True
    """Sample the ranges of all numbers in expected values, for the interval of every unit cost and the chance of every
    line to be the cheapest; `off` leaves that out."""
    replay: Annotated[Value, Quantity("h", exclusive=True, maximum=LONGEST_H)] | None = None
    """How much of the first replication is kept from the end of the warm-up on, for the page to show machine by machine
    and lot by lot; four weeks if not given [h]."""
    uncertainty: Uncertainty | None = None
    """Sample the ranges of all numbers in another way than `doubt` does, which it replaces."""
    sensitivity: Sensitivity | None = None
    """Ask which ranges matter; `sim sensitivity` asks the same without a run."""
    ranges: bool = True
    """Work out the cost at both ends of every range, for `influence.csv` and the figures of each line; a second or two
    a line."""
    confirm: bool = False
    """Confirm `auto` machine counts by simulation: where the output misses the target by more than 1 %, machines are
    added at the bottleneck before the lines are run."""
    bottleneck: list[str] = []
    """Lines of which to find out what one more machine, operator or shift, or a larger buffer, is worth."""
    optimise: list[str] = []
    """Lines of which to search the cheapest machine counts, buffers and shifts that meet the target with 95 %
    probability."""
    set: dict[str, Any] = {}
    """Changes: dotted paths that start with a line's name, `*` (all lines), `route` and the name of a route (all lines
    that hold it), `materials`, `equipment`, `utilities`, `rooms`, `consumables`, `services`, `economics` or `batpac`.
    """

    @model_validator(mode="after")
    def _one_rule(self) -> Scenario:
        if self.precision is not None and "replications" in self.model_fields_set:
            raise PlacedError("give either 'replications' or a 'precision', not both", "precision")
        return self

    @property
    def replay_h(self) -> float:
        """How much of the first replication is kept [h]."""
        return 672.0 if self.replay is None else self.replay.value

    @property
    def warm_up_h(self) -> float:
        """The warm-up, or the longest that is looked for: half of the horizon [h]."""
        return self.warm_up.value if isinstance(self.warm_up, Value) else 0.5 * self.horizon.value
