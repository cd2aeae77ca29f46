"""Fixed shares of a fork: whether they fit what its branches make and the route behind takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sim.flowsheet import Flowsheet, Graph, Problem, expected_flows
from sim.inputs import Value
from sim.plant.sizing import after_losses

__all__ = ["TOLERANCE", "fitting", "problems"]

TOLERANCE = 0.01
"""Relative misfit of a share that stores, rejects and losses by chance hide anyway [1]."""


def fitting(graph: Graph, flowsheet: Flowsheet) -> dict[str, float]:
    """Return the share that each branch of a fork needs, by the name of its route [1].

    Notes
    -----
    Expected rejects, rework and losses per event are taken off on the way from the fork to where its branches meet;
    starts are counted after cleanings and failures only.
    """
    _, forked = expected_flows(graph, after_losses(graph, flowsheet))
    between = {ends: amount for ends, amount in forked.items() if graph.delivers(*ends)}
    whole: dict[str, float] = {}
    for (source, _), amount in between.items():
        maker = source.partition("/")[0]
        whole[maker] = whole.get(maker, 0.0) + amount
    found: dict[str, float] = {}
    for (source, target), amount in between.items():
        taker = target.partition("/")[0]
        found[taker] = found.get(taker, 0.0) + amount / whole[source.partition("/")[0]]
    return found


def problems(given: Sequence[Mapping[str, tuple[int, Value]]], fits: Mapping[str, float]) -> Iterator[Problem]:
    """Yield the forks whose shares do not fit; the place begins with the number of the route in the chain.

    Parameters
    ----------
    given : sequence of mapping
        For every fork with fixed shares, by the name of the route: its number in the chain and its share [1].
    fits : mapping
        As `fitting` returns them.
    """
    for fork in given:
        wrong = [number for name, (number, share) in fork.items() if abs(share.value / fits[name] - 1.0) > TOLERANCE]
        if wrong:
            text = "the branches do not fit together: one would pile up while the route behind waits for the other; "
            text += "the shares that fit are " + " and ".join(f"{fits[name]:.3g} for '{name}'" for name in fork)
            yield Problem(f"{text}, or leave all shares out", (wrong[0], "share"))
