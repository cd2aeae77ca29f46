"""The route file: what a person writes about a manufacturing route, read into frozen data.

Every field says what it means and in which unit; `sim schema` and the reference page are made from here.
Quantities may be written short (`4 h`) or with their evidence
(`{value: 4 h, range: [3 h, 8 h], source: key}` or `estimate: reason` in place of `source`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, model_validator

from sim.errors import PlacedError
from sim.inputs.deposition import Deposit
from sim.inputs.energy import Energy, Section
from sim.inputs.press import Press
from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import FORMAT, MOST, Count, DrawnHours, Format, Fraction, Hours, Name, Share, Sourced, Spec

__all__ = [
    "GENERAL", "INDUSTRIAL", "RESERVED", "Accepts", "Buffer", "Chain", "Clean", "Component", "Dissolved", "FailureMode",
    "Inspect", "LossPerEvent", "Maintenance", "Product", "QualityRule", "Reaction", "Recovery", "Regeneration",
    "ReleaseRule", "Route", "Segment", "Setup", "Step", "TankSpec", "own_name",
]  # fmt: skip

RESERVED = ("ship", "waste", "emission", "by_product")
"""Destinations that are not steps."""

INDUSTRIAL = "industrial"
"""The scale of a route file itself."""

GENERAL = "general"
"""Skill of the operators who have none of their own."""


class Reaction(Sourced):
    """A balanced reaction and how far it goes."""

    equation: str
    """Such as `Na2S + 2 LiCl -> Li2S + 2 NaCl`; species are materials of the catalogue."""
    conversion: dict[str, Fraction] = Field(title="conversion of {}")
    """One reactant and the fraction of it that reacts [1]."""
    enthalpy: Annotated[Value, Quantity("kJ/mol", minimum=-1e9)] | None = Field(default=None, title="reaction enthalpy")
    """Reaction enthalpy per mole of the equation as written; negative = exothermic, a load of the step's `cooling`;
    positive = endothermic, part of the duty of its `heat` [kJ/mol]."""


class Recovery(Spec):
    """Where an evaporated solvent goes; the exits add to 1."""

    recycle: Fraction = Field(title="share recycled")
    """Back to its tank [1]."""
    purge: Fraction = Field(title="share purged")
    """To solvent waste [1]."""
    vent: Fraction = Field(title="share vented")
    """To the scrubber and the air: an emission [1]."""


class Buffer(Spec):
    """The place for lots in front of a step."""

    capacity: Annotated[Value, Quantity("kg", "m2", "lots")] | None = None
    """Room for lots: an amount, or `2 lots` before a step that takes one lot at a time."""
    max_wait: Annotated[Value, Quantity("h", exclusive=True)] | None = Field(default=None, title="longest wait")
    """Lots older than this are scrapped (pot life) [h]."""
    decay: Annotated[Value, Quantity("1/h", maximum=100.0)] | None = Field(default=None, title="loss of quality")
    """Relative loss of quality per hour of waiting [1/h]."""


_Room = Annotated[Value, Quantity("kg", "m2", "lots")]


def _as_buffer(raw: Any) -> Any:
    return raw if isinstance(raw, dict) and "value" not in raw else {"capacity": raw}


def _as_buffers(raw: Any) -> Any:
    """Return buffers by inlet; one given without a name stands for all inlets."""
    single = not isinstance(raw, dict) or bool({"value", *Buffer.model_fields} & set(raw))
    return {"": raw} if single else raw


def _as_operators(raw: Any) -> Any:
    """Return operators by phase; a single number is for the attended phases."""
    return raw if isinstance(raw, dict) else {"": raw}


def _as_machines(raw: Any) -> Any:
    if raw == "auto" or (isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= MOST):
        return raw
    raise ValueError(f"expected a number of machines from 1 to {MOST}, or 'auto', found {raw!r}")


def _form(raw: Any) -> str:
    """Name the form in which destinations are given, so that one mistake gives one message."""
    forms: dict[type, str] = {str: "a name", list: "a list", dict: "a mapping of shares"}
    return forms.get(type(raw), "something else")


class Setup(Sourced):
    """Machine time before every start, that is before an operation that does not directly follow another."""

    duration: DrawnHours
    """Duration [h]."""
    operators: Count = 0
    """Operators held [1]."""


class Clean(Sourced):
    """Cleaning after a number of operations."""

    every: Annotated[int, Field(ge=1, strict=True)]
    """Operations between two cleanings [1]."""
    duration: DrawnHours
    """Duration [h]."""
    operators: Count = 0
    """Operators held [1]."""


class LossPerEvent(Sourced):
    """Product lost with an event rather than with every kg."""

    per: Literal["start", "clean", "failure", "lot"]
    """Event: a start after a stop, a cleaning, a failure, or every operation."""
    amount: Annotated[Value, Quantity("kg", "m2", "m")] = Field(title="loss per event")
    """Amount of the stream out; metres of web count by the step's width [kg or m2]."""


class Maintenance(Sourced):
    """Planned maintenance of all machines of a step: nothing starts in it, what runs is finished first."""

    every: Annotated[Value, Quantity("h", exclusive=True)]
    """Time from one to the next [h]."""
    duration: Annotated[Value, Quantity("h", exclusive=True)]
    """Length [h]."""
    first: Annotated[Value, Quantity("h")] | None = None
    """Begin of the first, from the start of the year; `every` if not given [h]."""

    @model_validator(mode="after")
    def _leaves_time(self) -> Maintenance:
        if self.duration.value >= self.every.value:
            raise PlacedError(f"it lasts as long as the time from one to the next, {self.every.text}", "duration")
        return self


class FailureMode(Sourced):
    """One way to fail: when, and how long the repair takes."""

    after: Annotated[Value, Quantity("h", "kg", "m2", "m", "operations", exclusive=True, drawn=True)] = Field(
        title="run to failure"
    )
    """Run time, amount out, metres of web or operations between failures; a law such as `exponential(600) h`."""
    repair: DrawnHours = Field(title="time to repair")
    """Time to repair [h]."""
    operators: Count = 0
    """Operators held by the repair [1]."""


class QualityRule(Sourced):
    """What a step does to the quality (ionic conductivity) of a lot."""

    set: Annotated[Value, Quantity("mS/cm", exclusive=True, drawn=True)] | None = Field(
        default=None, title="quality set"
    )
    """Quality decided anew by this step, usually a law [mS/cm]."""
    factor: Annotated[Value, Quantity("1", exclusive=True, maximum=10.0, drawn=True)] | None = Field(
        default=None, title="factor on the quality"
    )
    """Factor on the quality of what comes in [1]."""
    temperature: Annotated[Value, Quantity("K", minimum=200.0, maximum=1500.0)] | None = Field(
        default=None, title="temperature of the measurement"
    )
    """Temperature at which it was measured, if not that of a room; such a line is no rival to others [K]."""

    @model_validator(mode="after")
    def _one_rule(self) -> QualityRule:
        if (self.set is None) == (self.factor is None):
            raise ValueError("give one of 'set' and 'factor'")
        if self.temperature is not None and self.set is None:
            raise ValueError("a 'temperature' belongs to a quality that is 'set'")
        return self


class Inspect(Sourced):
    """A decision on every lot: by probability, or by its measured quality."""

    pass_: Fraction | None = Field(default=None, alias="pass", title="share that passes")
    """Probability to pass [1]."""
    limit: Annotated[Value, Quantity("mS/cm", exclusive=True)] | None = Field(
        default=None, title="lowest quality that passes"
    )
    """Lowest measured quality that passes [mS/cm]."""
    error: Fraction | None = Field(default=None, title="error of the measurement")
    """Relative standard deviation of the measurement [1]."""
    fail: str = "waste"
    """Where failed lots go: `waste`, a step, or `rework -> step` (back to one whose inlet has the same composition)."""
    passes: Annotated[int, Field(ge=0, le=10, strict=True)] = 1
    """How often a lot may be reworked; then it is scrapped [1]."""

    @model_validator(mode="after")
    def _one_rule(self) -> Inspect:
        if (self.pass_ is None) == (self.limit is None):
            raise ValueError("give one of 'pass' (a probability) and 'limit' (of the measured quality)")
        return self


class ReleaseRule(Sourced):
    """How material reaches the first step. Without it: paced to the plant's target, or always available."""

    interval: Annotated[Value, Quantity("h", exclusive=True, drawn=True)] | None = None
    """Time between two charges [h]."""
    rate: Annotated[Value, Quantity("kg/h", "m2/h", exclusive=True)] | None = None
    """Amount of the stream out per open hour [kg/h or m2/h]."""
    at: Literal["capacity", "target", "interval", "rate"] = "target"
    """`capacity`: always available; `target`: paced to the plant's target output."""
    room: Annotated[int, Field(ge=0, strict=True)] | None = None
    """Charges that may wait; more are turned away. Unbounded if not given [1]."""


class Step(Energy):
    """One unit operation of a route."""

    id: Name
    """Name within the route."""
    title: str = ""
    """Plain words for reports; the id with spaces if not given."""
    equipment: Name = "none"
    """Entry of the equipment catalogue; a step with sections may leave it out."""
    size: Annotated[Value, Quantity("m3", "m2", "kg", "kg/h", "kW", "m", "m2/h", "kN", "1")] | None = None
    """Size of one machine, in the unit of the equipment's entry; checked against the charge."""
    machines: Annotated[int | str, PlainValidator(_as_machines, json_schema_input_type=int | Literal["auto"])] = "auto"
    """Machines, or `auto`: as many as the target output needs."""
    slots: Annotated[int, Field(ge=1, le=MOST, strict=True)] = 1
    """Charges that one machine holds in a staggered way, such as saggers in a pusher kiln [1]."""
    pitch: Hours | None = None
    """Least time between two starts in a machine with slots [h]."""
    sections: list[Section] = []
    """Parts of a coupled machine, such as coater, dryer and winder of one web."""

    inlets: dict[str, Annotated[Value, Quantity("1", "kg/m2", "m2/kg", exclusive=True)]] = Field(
        default={}, title="{} per first inlet"
    )
    """Steps whose streams are merged, with the amount of each per unit of the first."""
    next: Annotated[
        Annotated[str, Tag("a name")]
        | Annotated[list[str], Tag("a list"), Field(min_length=1)]
        | Annotated[dict[str, Share], Tag("a mapping of shares"), Field(min_length=1)],
        Discriminator(_form),
    ] = Field(default="", title="share to {}")
    """Where lots go: a step, `ship` or `waste`; a list (first with room) or shares. Not given: the following step."""
    recipe: dict[str, Annotated[Value, Quantity("mol", "kg", exclusive=True)]] = Field(
        default={}, title="{} weighed in"
    )
    """What a first step weighs in, in proportion [mol or kg]."""
    feeds: dict[str, Annotated[Value, Quantity("kg/kg", "mol/mol", "kg/m2", based=True)]] = Field(
        default={}, title="{} fed"
    )
    """Materials added: per kg or mol of a species that is there (`9 kg/kg P2S5`), per kg of the whole inlet
    (`7.85 kg/kg`), per kg of final product (`8.8 kg/kg product`), or per m2 of the web coming out."""
    reactions: list[Reaction] = Field(default=[], title="reaction")
    """Reactions in the vessel, one after the other."""
    split: dict[str, dict[str, Fraction]] = Field(default={}, title="{1} to {0}")
    """Fractions of species that leave to a destination: a step, `waste`, `by_product` or `emission`."""
    dry_to: dict[str, Fraction] = Field(default={}, title="residual {}")
    """Residual of a solvent in what goes on, by mass of the whole [1]."""
    recover: dict[str, Recovery] = Field(default={}, title="{} evaporated,")
    """Where each evaporated solvent goes; without it, it is an emission."""
    areal_mass: Annotated[Value, Quantity("kg/m2", exclusive=True)] | None = None
    """Turns a stream in kg into a web in m2: mass of the dry stream per m2, web materials not counted [kg/m2]."""
    yield_: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = Field(default=None, alias="yield")
    """Share of the stream that goes on; the rest is waste of the same composition (dust, trim) [1]."""
    regrind: Fraction | None = Field(default=None, title="share reground")
    """Share of that rest which returns to the machine's own feed [1]."""

    batch: Annotated[Value, Quantity("kg", "m2", exclusive=True, based=True)] | None = Field(
        default=None, title="charge"
    )
    """Charge: mass in the vessel after feeds (`2600 kg`), or what it will yield (`200 kg product`).
    Without it a step takes one lot, whatever its size."""
    min_batch: Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)] | None = Field(
        default=None, title="smallest charge"
    )
    """Smallest share of a full charge that may start; full charges only if not given [1]."""
    start_after: Annotated[Value, Quantity("h", exclusive=True)] | None = None
    """Longest wait for a charge: when the first lot has waited this long, it starts with what is there; only with
    `batch`. Not given: as long as it takes to be full, or `min_batch` [h]."""
    lot: Annotated[Value, Quantity("kg", "m2", exclusive=True)] | None = None
    """Amount at which outgoing lots are cut."""
    duration: DrawnHours | None = None
    """Run time of one charge [h]."""
    rate: Annotated[Value, Quantity("kg/h", "m2/h", exclusive=True)] | None = None
    """Run rate of the stream out [kg/h or m2/h]."""
    speed: Annotated[Value, Quantity("m/h", exclusive=True)] | None = Field(default=None, title="web speed")
    """Web speed [m/h]."""
    width: Annotated[Value, Quantity("m", exclusive=True)] | None = Field(default=None, title="web width")
    """Width of the web before trimming [m]."""
    dose: Annotated[Value, Quantity("kWh/kg", exclusive=True)] | None = Field(default=None, title="energy dose")
    """Energy that a charge must receive; with `power` and `batch` it gives the duration, E = P t / m [kWh/kg]."""
    deposit: Deposit | None = Field(default=None, title="deposition")
    """A film grown from vapour on a web or plates in m2; it says how long a load takes, or how fast the web goes."""
    press: Press | None = None
    """A press with platens or a vessel; it says how long one closing takes, and its force."""
    phases: dict[Literal["load", "unload"], DrawnHours] = Field(default={}, title="time to {}")
    """Attended time before and after the run [h]."""
    operators: Annotated[
        dict[Literal["", "load", "run", "unload"], Count],
        BeforeValidator(_as_operators, json_schema_input_type=Count | dict[Literal["load", "run", "unload"], Count]),
    ] = {}
    """Operators held: during load and unload if there are such phases, else during the run; or by phase [1]."""
    skill: Name = GENERAL
    """Which operators: those with this skill, and no others; if not given, those who have none."""
    crew: Annotated[Value, Quantity("persons")] | None = None
    """People who stay at this step's machines in open hours and are not lent to other steps, such as those of a web
    line; they come on top of `operators` [persons]."""
    resources: dict[str, Count] = {}
    """Places held from the first phase to the end of the last, such as a glovebox."""
    setup: Setup | None = None
    clean: Clean | None = Field(default=None, title="cleaning")
    loss: list[LossPerEvent] = Field(default=[], title="event")
    failures: list[FailureMode] | None = Field(default=None, title="failure")
    """Ways to fail; if not given, the MTBF and MTTR of the equipment. An empty list: never fails."""
    repairs: Literal["always", "on_shift"] | None = None
    """Whether repairs go on whatever the hour or in the step's shifts only; as the plant says if not given."""
    maintenance: list[Maintenance] = []
    """Planned maintenance by the calendar."""
    buffer: Annotated[
        dict[str, Annotated[Buffer, BeforeValidator(_as_buffer)]],
        BeforeValidator(_as_buffers, json_schema_input_type=_Room | Buffer | dict[str, _Room | Buffer]),
    ] = {}
    """Room in front of the step (`400 kg`, `2 lots` or a mapping); by the name of the inlet if it has several.
    Not given: two charges."""
    calendar: Literal["plant", "continuous"] = "plant"
    """Starts only in the plant's shifts, or around the clock."""
    pause: bool = False
    """Whether a run stops at the end of the shift; otherwise it is finished."""
    quality: QualityRule | None = Field(default=None, title="")
    inspect: Inspect | None = Field(default=None, title="")
    hold: DrawnHours | None = None
    """Time that a lot waits for its release, away from the machine [h]."""
    release: ReleaseRule | None = None

    gas: dict[str, Annotated[Value, Quantity("kg/kg", "m3/kg", "kg/m2", "m3/m2")]] = Field(
        default={}, title="{} with each charge"
    )
    """Gas per unit out (locks, blanket of a charge); it leaves as an emission. See `purge` for gas by the hour."""
    consumables: dict[str, Annotated[Value, Quantity("1/kg", "1/m2", "kg/kg", "kg/m2")]] = Field(
        default={}, title="{} used up"
    )
    """Things worn out, per unit out: saggers, filters, liners."""
    room: str = ""
    """Room class, if not that of the equipment."""

    @property
    def brought(self) -> tuple[str, ...]:
        """Materials that are brought in from outside, gases apart; one may be named twice."""
        return (*self.recipe, *self.feeds, *(self.deposit.utilisation if self.deposit is not None else ()))

    @property
    def parts(self) -> tuple[Step | Section, ...]:
        """The step itself and its sections: all that is bought and draws energy."""
        return (self, *self.sections)


class Regeneration(Sourced):
    """Purification train of a tank: what returns passes through it."""

    equipment: Name
    """Entry of the equipment catalogue."""
    heat: Annotated[Value, Quantity("kWh/kg")]
    """Heat per kg recovered [kWh/kg]."""
    electricity: Annotated[Value, Quantity("kWh/kg")] | None = None
    """Electricity per kg recovered [kWh/kg]."""


class TankSpec(Sourced):
    """Bulk inventory of one pure solvent."""

    capacity: Annotated[Value, Quantity("kg", exclusive=True)]
    """Room [kg]."""
    initial: Annotated[Value, Quantity("kg")] = Field(title="first fill")
    """First fill [kg]."""
    on_full: Literal["waste", "block"] = "waste"
    on_empty: Literal["buy", "wait"] = "buy"
    regeneration: Regeneration | None = None


class Product(Spec):
    """What the route ships, and to which specification."""

    material: str
    """Name in the catalogue, or of the web."""
    unit: Literal["kg", "m2"]
    """Functional unit; 1 m2 of membrane is one face, trimmed; 1 m2 of electrode is one coated side."""
    spec: dict[str, str] = {}
    """Specification in words, printed in the report; `published cell` stands beside membranes, too."""
    thickness: Annotated[Value, Quantity("m", exclusive=True)] | None = None
    """Thickness of a film, of an electrode without its foil [m]."""
    infiltrated: bool = False
    """Whether the electrolyte of an electrode came into its pores as a solution: no mixed composite tells what it
    conducts then."""
    key_feed: str = ""
    """Material whose own yield is reported beside that of the elements, such as the electrolyte in a cathode."""


def own_name(name: str) -> str:
    """Return the name that a file gives to something: in a chain the route's name stands in front.

    >>> own_name("metathesis/anneal"), own_name("anneal")
    ('anneal', 'anneal')
    """
    return name.rpartition("/")[2]


class Dissolved(Spec):
    """The solution that a route makes of bought electrolyte, and takes ready-made in a chain."""

    at: Name
    """First step that dissolves the electrolyte; in a chain that hands on a solution it falls away."""
    solvent: str
    """Solvent, by material."""


class Accepts(Sourced):
    """The electrolyte that a film or electrode is made of, bought or from another route of a chain."""

    electrolytes: list[str] = Field(min_length=1)
    """Electrolytes that it may be made of, by material."""
    at: Name
    """First step that weighs the bought electrolyte in, and nothing else. In a chain its recipe, its release and the
    quality that it sets fall away: lots of the route before arrive there, with the quality that they have."""
    buffer: Annotated[Buffer, BeforeValidator(_as_buffer, json_schema_input_type=_Room | Buffer)] | None = None
    """Store in front of that step in a chain. Not given: two charges."""
    dissolved: Dissolved | None = None
    """How a solution is taken in; without it the route takes powder only."""


class Component(Sourced):
    """A part that a cell is made of, bought or from another route of a chain."""

    at: Name
    """First step, which takes the part in and nothing else. In a chain its recipe, its `areal_mass`, its release and
    the quality that it sets fall away: lots of the route that makes the part arrive there as they are."""
    buffer: Annotated[Buffer, BeforeValidator(_as_buffer, json_schema_input_type=_Room | Buffer)] | None = None
    """Store in front of that step in a chain. Not given: two charges."""


class Route(Sourced):
    """A manufacturing route: unit operations in order, from weighing to packing."""

    format: Format = FORMAT
    """Format of the file; today there is one, 1."""
    name: Name
    """Name of the route, by which paths, tables and chains call it."""
    title: str
    """One line for reports."""
    kind: Literal["precursor", "synthesis", "membrane", "electrode", "cell", "recycling"]
    """Kind of route; only lines of one kind, function and unit are ranked against each other."""
    function: str
    """What the product is for, such as `electrolyte powder`, `separator`, `cathode`."""
    product: Product
    accepts: Accepts | None = None
    components: dict[str, Component] = {}
    """What a cell is made of, by the `function` of the routes that make it (`separator`, `cathode`), in m2; a part that
    no route of the chain makes is bought."""
    tanks: dict[str, TankSpec] = Field(default={}, title="{} tank")
    """Solvent tanks, by material."""
    places: dict[str, Annotated[int, Field(ge=1, le=MOST, strict=True)]] = {}
    """Shared places such as gloveboxes, by name: how many there are [1]."""
    staff: dict[str, Annotated[Value, Quantity("persons")]] = {}
    """Posts staffed around the open hours beside the operators of the steps (control room, quality) [persons]."""
    auxiliaries: dict[str, Annotated[Value, Quantity("1", maximum=float(MOST))]] = Field(
        default={}, title="number of {}"
    )
    """Equipment of the whole line that no step names (scrubber, chiller, isolator train): entry and number [1]."""
    steps: list[Step] = Field(min_length=1, max_length=300)
    materials: dict[str, dict[str, Any]] = {}
    """Materials of its own, as in the catalogue, with their sources; every line of a scenario can use them. What the
    catalogue has already is changed by an overlay or `set`."""
    equipment: dict[str, dict[str, Any]] = {}
    """Machines of its own, likewise."""
    bibliography: dict[str, dict[str, Any]] = {}
    """Sources of its own, likewise."""
    scales: dict[Name, dict[str, Any]] = {}
    """The same route at other scales, such as `lab` and `pilot`: dotted paths below the top of this file with the value
    that stands there at that scale; `null` removes a step or a setting. The file itself is the scale `industrial`."""

    variants: dict[Name, dict[str, Any]] = {}
    """Members of the family that the file describes, such as other halogens or solvents: dotted paths as in `scales`,
    which come on top of a variant; each has a `title` of its own."""

    @model_validator(mode="after")
    def _own_scale(self) -> Route:
        if INDUSTRIAL in self.scales:
            raise PlacedError(f"'{INDUSTRIAL}' is the scale of the file itself: change that", "scales", INDUSTRIAL)
        for name, changes in self.variants.items():
            if not changes.keys() - {"title"}:
                raise PlacedError(f"the variant '{name}' changes nothing", "variants", name)
            if "title" not in changes:
                raise PlacedError(f"the variant '{name}' needs a 'title' of its own", "variants", name)
        return self


class Segment(Spec):
    """One route of a chain: what it hands on, and what it counts as its product."""

    unit: Literal["kg", "m2"]
    """Unit in which the route counts its product."""
    material: str
    """Product of the route."""
    kind: str
    """Kind of the route."""
    solvent: str = ""
    """Solvent, if the route hands on a solution instead of what it ships; its product is then what is dissolved."""


class Chain(Route):
    """Several routes as one, each shipping into the next; made by `sim.flowsheet.chains.join`, never written in a file.

    Steps, places, staff and auxiliaries are called `route/name`.
    """

    segments: dict[str, Segment]
    """The routes, by name and in order of flow."""
    branches: tuple[str, ...] = ()
    """The routes that are branches of a fork, by name. They ask for no more than the route behind takes: once a lot
    that comes out of a hold finds no room, the step before it stops."""
