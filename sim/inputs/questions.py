"""What a scenario asks beside its lines as they are: a precision, sweeps, samples of all ranges, what matters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sim.inputs.quantity import Quantity, Value
from sim.inputs.spec import Spec

__all__ = [
    "FEWEST",
    "Axis",
    "Correlation",
    "Precision",
    "Sensitivity",
    "Sweep",
    "Uncertainty",
    "as_precision",
    "as_sweeps",
]

FEWEST = 10
"""Replications before a precision is believed: with fewer, the scatter itself is a guess."""


class Precision(Spec):
    """Replications until the means of good output and cost per unit are known well enough, in every line."""

    relative: Annotated[Value, Quantity("1", exclusive=True, maximum=0.5)]
    """Half width of the confidence interval over the mean; `1 %` by itself means this [1]."""
    confidence: Annotated[Value, Quantity("1", minimum=0.5, maximum=0.999)] = Quantity("1").read("95 %")
    """Chance that the interval holds the true mean [1]."""
    most: Annotated[int, Field(ge=FEWEST, le=100_000, strict=True)] = 200
    """Replications after which the run stops, precise or not [1]."""


def as_precision(raw: Any) -> Any:
    """Return a precision of which only the half width is given as a mapping."""
    return raw if isinstance(raw, dict | Precision) else {"relative": raw}


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
    `materials.Li2S.price`, `ball_milling.target`, `region`), and its values. `*.target` means all lines.
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


def as_sweeps(raw: Any) -> Any:
    """Return a single sweep as a list."""
    return [raw] if isinstance(raw, dict) else raw


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
    by: Literal["simulation", "expected"] = "simulation"
    """How a sample is worked out: rolled up on simulations of the line, of which there are `plans`; or in expected
    values, where every number may move, carried to the simulation by the ratio of both for the line as it is."""
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


class Sensitivity(Spec):
    """Which indicators are shared out among the ranges, and how."""

    method: Literal["sobol", "morris", "spearman"] = "sobol"
    """Shares of variance of the ten largest, elementary effects, or rank correlations; of the expected ledger."""
    kpis: list[str] = Field(default=["cost_per_unit"], min_length=1)
    """Names of [indicators](kpis.md)."""
    samples: Annotated[int, Field(ge=2, le=100_000, strict=True)] | None = None
    """Samples, of Sobol' a power of two, or trajectories of Morris; 128, 8 and 256 if not given."""
