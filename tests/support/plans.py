"""Random plans: of everything that a plan may hold, and of what knots."""

import math
import random
from dataclasses import fields, is_dataclass, replace

from sim.engine.plan import (
    ALWAYS_OPEN,
    SHIP,
    WASTE,
    Calendar,
    Clean,
    Failure,
    Inspection,
    Loss,
    Outlet,
    Phase,
    Plan,
    PlanBuffer,
    PlanResource,
    PlanStep,
    PlanTank,
    Release,
)
from sim.inputs.laws import Law

END_H = 150.0
KNOTTY_H = 400.0
OPERATORS, PLACES = 0, 1
SOLVENT, MADE = 0, 1


class Dice(random.Random):
    """Draws parts of plans."""

    def law(self, mean):
        kind = self.choice(["fixed", "exponential", "uniform", "lognormal"])
        mean = mean * self.choice([0.5, 1.0, 2.0])
        parameters = {"fixed": (mean,), "exponential": (mean,), "uniform": (0.5 * mean, 1.5 * mean)}
        return Law(kind, parameters.get(kind, (mean, 0.3)))

    def phases(self, *, plain=False):
        phases = []
        for number in range(self.choice([1, 1, 2, 3])):
            crew = ((OPERATORS, self.choice([1, 1, 2])),) if self.random() < 0.4 and not plain else ()
            per_amount = self.random() < 0.2
            phases.append(Phase(f"p{number}", self.law(0.1 if per_amount else 1.0), per_amount, crew))
        return tuple(phases)

    def failures(self):
        clocks = self.sample(["hours", "amount", "operations"], self.choice([0, 0, 1, 2, 3]))
        crew = ((OPERATORS, 1),) if self.random() < 0.5 else ()
        return tuple(Failure(clock, self.law(20.0), self.law(1.5), crew) for clock in clocks)

    def losses(self):
        return tuple(Loss(per, self.random()) for per in ("start", "clean", "failure", "lot") if self.random() < 0.2)

    def extras(self):
        extras = {"failures": self.failures(), "losses": self.losses(), "machines": self.choice([1, 1, 2, 3])}
        if self.random() < 0.3:
            extras["clean"] = Clean(self.choice([1, 3, 10]), self.law(0.7), ((OPERATORS, 1),))
        if self.random() < 0.3:
            extras["setup_h"] = self.law(0.2)
        if self.random() < 0.2:
            extras["held"] = ((PLACES, 1),)
        if self.random() < 0.3:
            extras["hold_h"] = self.law(2.0)
        if self.random() < 0.3:
            extras["quality_set"] = Law("lognormal", (1.0, 0.1))
        if self.random() < 0.4:
            extras["calendar"] = 1
            extras["pause"] = self.random() < 0.5
        if self.random() < 0.3:
            extras["draws"] = ((SOLVENT, 0.5),)
            extras["recoveries"] = ((SOLVENT, 0.4),)
        return extras


def shifts(end_h=END_H):
    days = range(0, int(end_h) + 24, 24)
    return Calendar("shifts", True, tuple(float(hour) for day in days for hour in (day + 16, day + 24)))


def random_plan(seed):
    """Return source(s) -> merge or not -> chain with gathering, splitting, rework and a by-product -> ship."""
    dice = Dice(seed)
    steps, buffers = [], []
    sources = dice.choice([1, 1, 2])
    ratio = 1.0
    for number in range(sources):
        release = Release("interval", dice.law(1.0), dice.choice([-1, 3])) if dice.random() < 0.4 else Release()
        steps.append(
            PlanStep(
                f"r/source{number}", charge_max=10.0, charge_min=10.0, release=release, phases=dice.phases(),
                outlets=(Outlet((number,), 1.0, dice.choice([math.inf, 4.0])),), calendar=dice.choice([0, 1]),
            )
        )  # fmt: skip
    decays = [dice.choice([0.0, 0.01]) for _ in range(sources)]
    buffers += [PlanBuffer(f"b{number}", sources, 60.0, decay_per_h=decay) for number, decay in enumerate(decays)]
    length = dice.choice([1, 2, 3, 4])
    inlets = tuple((number, 1.0 if number == 0 else ratio) for number in range(sources))
    for number in range(length):
        place = len(buffers)
        index = len(steps)
        last = number == length - 1
        one_lot = len(inlets) == 1 and dice.random() < 0.4 and buffers[inlets[0][0]].capacity == 60.0
        charge = dice.choice([5.0, 10.0, 25.0])
        outlets = [Outlet((SHIP,) if last else (place,), dice.choice([1.0, 0.9]), dice.choice([math.inf, 5.0]))]
        if dice.random() < 0.3:
            outlets.append(Outlet((WASTE,), 0.1))
        extras = dice.extras()
        if not last:
            buffers.append(PlanBuffer(f"b{place}", index + 1, 60.0, max_wait_h=dice.choice([math.inf, math.inf, 15.0])))
        if dice.random() < 0.3:
            rework = None
            if len(inlets) == 1 and dice.random() < 0.6:
                rework = len(buffers)
                buffers.append(PlanBuffer(f"rework{index}", index, rework=True))
            measured = dice.random() < 0.5
            extras["inspection"] = Inspection(
                None if measured else 0.8, 0.9 if measured else None,
                Law("lognormal", (1.0, 0.1)) if measured else None, rework, 2,
            )  # fmt: skip
        slots = dice.choice([1, 1, 1, 3])
        steps.append(
            PlanStep(
                f"r/s{index}", inlets=inlets, charge_max=charge, charge_min=dice.choice([charge, 1.0]), one_lot=one_lot,
                phases=dice.phases(), outlets=tuple(outlets), slots=slots, pitch_h=0.3 if slots > 1 else 0.0, **extras,
            )
        )  # fmt: skip
        inlets = ((place, 1.0),)
    tanks = (PlanTank("solvent", 30.0, 10.0, "waste", "buy"),)
    resources = (PlanResource("operators", 3), PlanResource("places", 2, dice.choice([0, 1])))
    return Plan("fuzz", 0.0, END_H, tuple(steps), tuple(buffers), tanks, resources, (ALWAYS_OPEN, shifts()))


def knotty_plan(seed):  # noqa: C901
    """Return a plan with loops, crosswise places, wrong ratios and dry tanks, some of which knot."""
    dice = random.Random(seed)

    def phases():
        crew = [((dice.choice([0, 1]), 1),) if dice.random() < 0.4 else () for _ in range(dice.choice([1, 2]))]
        return tuple(Phase("p", Law("exponential", (1.0,)), resources=needs) for needs in crew)

    def extras():
        extras = {}
        if dice.random() < 0.4:
            extras["held"] = ((dice.choice([0, 1]), 1),)
        if dice.random() < 0.3:
            extras["draws"] = ((0, 1.0),)
        if dice.random() < 0.3:
            extras["recoveries"] = ((0, dice.choice([0.8, 1.0])),)
        if dice.random() < 0.2:
            extras["hold_h"] = Law("exponential", (1.0,))
        return extras

    length = dice.choice([2, 3, 4])
    split = dice.random() < 0.5
    steps, buffers = [], []
    for index in range(length + 1):
        last = index == length
        inlets = ((index - 1, 1.0),) if index else ()
        outlets = [Outlet((SHIP,) if last else (index,), 0.5 if split and index == 0 else 1.0)]
        if split and index == 0:
            outlets.append(Outlet((length,), 0.5))
        if split and last:
            inlets = (*inlets, (length, dice.choice([1.0, 1.0, 1.2, 0.8])))
        inspection = None
        if index and dice.random() < 0.3:
            inspection = Inspection(pass_probability=0.7, fail_place=dice.randrange(index))
        steps.append(
            PlanStep(
                f"r/s{index}", inlets=inlets, charge_max=dice.choice([1.0, 2.0]), phases=phases(),
                outlets=tuple(outlets), inspection=inspection, **extras(),
            )
        )  # fmt: skip
        if not last:
            buffers.append(PlanBuffer(f"b{index}", index + 1, dice.choice([2.5, 4.0, 8.0])))
    if split:
        buffers.append(PlanBuffer("side", length, 6.0))
    tanks = (PlanTank("t", dice.choice([5.0, 50.0]), dice.choice([2.0, 5.0]), dice.choice(["waste", "block"]), "wait"),)
    resources = (PlanResource("x", dice.choice([1, 2])), PlanResource("y", dice.choice([1, 2])))
    return Plan("knots", 0.0, KNOTTY_H, tuple(steps), tuple(buffers), tanks, resources)


def wild_plan(seed):  # noqa: C901
    """Return a random plan with every law and rule that the others leave out; it may knot."""
    dice = Dice(seed)
    plan = random_plan(seed)

    def law(mean):
        laws = [
            Law("fixed", (mean,)), Law("uniform", (0.0, mean)), Law("triangular", (0.0, mean, 3.0 * mean)),
            Law("triangular", (0.5 * mean, 0.5 * mean, mean)), Law("exponential", (mean,)), Law("weibull", (1.5, mean)),
            Law("lognormal", (mean, 0.5)), Law("normal", (mean, 0.2 * mean)), Law("truncnormal", (mean, 2.0 * mean)),
            Law("erlang", (3.0, mean)), Law("gamma", (mean, 0.7)), Law("beta", (0.0, 2.0 * mean, 0.8 * mean, 0.4 * mean)),
            Law("pert", (0.5 * mean, mean, 2.0 * mean)), Law("measured", (0.5 * mean, mean, 1.5 * mean)),
        ]  # fmt: skip
        return dice.choice(laws)

    def step(index, it):  # noqa: C901
        last = index == len(plan.steps) - 1
        new = {}
        if dice.random() < 0.6:
            new["phases"] = tuple(replace(phase, duration_h=law(1.0)) for phase in it.phases)
        if it.inlets and dice.random() < 0.1:
            new["phases"] = (Phase("mostly at once", Law("measured", (0.0, 0.0, 1.0))),)
        if it.failures and dice.random() < 0.5:
            new["failures"] = tuple(
                replace(failure, repair_h=law(1.0), calendar=dice.choice([-1, 0, 1])) for failure in it.failures
            )
        if it.inlets and not it.one_lot and dice.random() < 0.3:
            new["start_after_h"] = dice.choice([1.0, 3.0, 10.0])
        if dice.random() < 0.2:
            new["quality_factor"] = law(1.0)
        if it.hold_h and dice.random() < 0.6:
            new["hold_fills"] = True
        if dice.random() < 0.1:
            new["draws"] = ((SOLVENT, 0.5), (MADE, 0.3))
        if dice.random() < 0.1:
            new["recoveries"] = ((MADE, 0.3), (SOLVENT, 0.5))
        if not last and it.outlets[0].places[0] >= 0 and dice.random() < 0.2:
            other = dice.randrange(len(plan.buffers))
            places = tuple(dict.fromkeys((*it.outlets[0].places, other)))
            new["outlets"] = (replace(it.outlets[0], places=places), *it.outlets[1:])
        if it.inspection and dice.random() < 0.3:
            new["inspection"] = replace(it.inspection, fail_place=dice.randrange(len(plan.buffers)))
        if it.slots > 1:
            new["pitch_h"] = dice.choice([0.0, 0.3, 1.0])
        if it.slots == 1 and dice.random() < 0.05:
            new["pitch_h"] = 0.5
        return replace(it, **new)

    def crew(it):
        changes = tuple((float(hour), dice.choice([1, 2, 3])) for hour in range(8, int(END_H), 8))
        return replace(it, changes=changes) if dice.random() < 0.4 else it

    buffers = [
        replace(it, capacity=dice.choice([it.capacity, 25.0]), decay_per_h=dice.choice([it.decay_per_h, 0.02]))
        for it in plan.buffers
    ]
    tanks = [
        PlanTank(name, dice.choice([12.0, 60.0]), 10.0, dice.choice(["waste", "block"]), dice.choice(["buy", "wait"]))
        for name in ("solvent", "made")
    ]
    return replace(
        plan,
        warm_up_h=dice.choice([0.0, 20.0]),
        steps=tuple(step(index, it) for index, it in enumerate(plan.steps)),
        buffers=tuple(buffers),
        tanks=tuple(tanks),
        resources=tuple(map(crew, plan.resources)),
    )


def even_plan(seed):
    """Return a wild plan whose laws are all fixed, so that instants coincide, some but for roundings."""
    dice = Dice(seed)

    def even(value):
        if isinstance(value, Law):
            return Law("fixed", (dice.choice([0.1, 0.3, 1.0 / 3.0, 0.5, 0.7, 1.0, 2.0 / 3.0, 2.0]),))
        if isinstance(value, tuple):
            return tuple(map(even, value))
        if is_dataclass(value):
            return replace(value, **{field.name: even(getattr(value, field.name)) for field in fields(value)})
        return value

    return even(wild_plan(seed))
