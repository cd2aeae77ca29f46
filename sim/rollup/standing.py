"""How often machines stand still and start anew, in expected values: as deliveries come and queues last.

No mean tells that exactly. These rules follow the flow: who is slower, how much comes at once, how many machines it
wakes; simulations of the bundled lines bear them out (`tests/end_to_end/test_expected.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.flowsheet import Group
from sim.inputs import samples
from sim.plant import Line, StepSize

__all__ = ["stand_stills"]

LEAST = 1e-9
"""Events per operation that are none [1]."""
STOCK = 2.0
"""Charges that wait before a step which does not say how much room there is (see `sim.plant.lowering`) [1]."""


class _Waking(NamedTuple):
    """What ends the standing still of a step."""

    events: float
    """How often something comes while it stands, per operation [1]."""
    machines: float
    """How many machines that wakes."""

    @property
    def share(self) -> float:
        """Share of the operations before which their machine has stood still [1]."""
        return samples.lowest(1.0, self.events * self.machines)


def stand_stills(line: Line) -> dict[str, float]:
    """Return the share of every step's operations before which its machine has stood still [1].

    Notes
    -----
    - What is faster than the step that feeds it stands after every delivery. What is slower has a queue for as long as
      that goes on, and stands once for every time that it has stood.
    - Machines that were woken together deliver together. A delivery of k charges wakes one machine, and each further
      one, up to k, with the chance that it is done with the k charges before: 1 - load ** k.
    - A first step waits for each release of its own; one that is released at capacity for none.
    - Beside the first inlet there is a stock. It is waited for only if what feeds it is slower than the step, and the
      stock holds less than all but one of the charges of a delivery.
    """
    found: dict[str, _Waking] = {}
    for name in line.graph.order:
        found[name] = _first(line, name) if line.graph.is_source(name) else _fed(line, name, found)
    return {name: waking.share for name, waking in found.items()}


def _first(line: Line, name: str) -> _Waking:
    rule = line.graph.steps[name].release
    return _Waking(0.0 if rule is not None and rule.at == "capacity" else 1.0, 1.0)


def _fed(line: Line, name: str, known: Mapping[str, _Waking]) -> _Waking:
    first, *others = line.graph.inlets(name)
    events = _events(line, name, first, known)
    charges = 1.0 / samples.highest(events, LEAST)
    for inlet in others:
        before, own, brought = _sizes(line, name, inlet)
        short = samples.above(charges - 1.0, _stock(line, name, inlet))
        slow = samples.where(_slower(before, own, brought), samples.lowest(1.0, 1.0 / brought), 0.0)
        events = samples.highest(events, samples.where(short, slow, 0.0))
    return _Waking(events, _woken(line, name, 1.0 / samples.highest(events, LEAST)))


def _events(line: Line, name: str, inlet: Group, known: Mapping[str, _Waking]) -> float:
    """Return how often something comes by an inlet while the step stands, per operation [1]."""
    before, own, brought = _sizes(line, name, inlet)
    waking = known[inlet.edges[0].source]
    each, seldom = 1.0 / (waking.machines * brought), waking.events / brought
    return samples.lowest(1.0, samples.where(_slower(before, own, brought), each, seldom))


def _woken(line: Line, name: str, charges: float) -> float:
    """Return how many machines a delivery wakes."""
    size = line.sizing.steps[name]
    if line.target_per_year is None:
        return 1.0
    done = 1.0 - samples.lowest(1.0, size.load) ** charges
    more: float = samples.highest(0.0, samples.lowest(size.machines, charges) - 1.0) * done
    return 1.0 + more


def _sizes(line: Line, name: str, inlet: Group) -> tuple[StepSize, StepSize, float]:
    """Return the sizes of the step before and of the step, and the charges that one operation before brings [1]."""
    edge, sizes = inlet.edges[0], line.sizing.steps
    before, own = sizes[edge.source], sizes[name]
    amount = before.charge * line.flowsheet.steps[edge.source].outlets[edge.outlet].factor
    return before, own, amount / inlet.ratio / own.charge


def _slower(before: StepSize, own: StepSize, brought: float) -> bool:
    """Return whether the step before fills charges more slowly than the step takes them, of ensembles in which."""
    slower: bool = samples.above(before.operation_h / before.machines / brought, own.operation_h / own.machines)
    return slower


def _stock(line: Line, name: str, inlet: Group) -> float:
    """Return the charges for which there is room in front of an inlet [1]."""
    buffer = line.graph.steps[name].buffer.get(inlet.edges[0].source)
    if buffer is None or buffer.capacity is None or buffer.capacity.unit == "lots":
        return STOCK
    return buffer.capacity.value / inlet.ratio / line.sizing.steps[name].charge
