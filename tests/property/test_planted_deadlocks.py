"""Random lines with a deadlock planted in one step: it is reported with this step and a time, and no other is."""

import random
from dataclasses import replace

import pytest

from sim.engine import Engine, simulate
from sim.engine.plan import SHIP, Inspection, Outlet, Phase, Plan, PlanBuffer, PlanResource, PlanStep, PlanTank
from sim.errors import DeadlockError
from sim.inputs.laws import Law

END_H = 400.0
CREW, PLACE = 0, 1
ALL, BLOCK = 5000, 250


def healthy(dice):
    """Return a line of two to five steps in a row, with crew, a place, a tank that recovers what it gives, and holds."""
    length = dice.randint(2, 5)
    steps, buffers = [], []
    for index in range(length):
        law = Law(dice.choice(["fixed", "exponential"]), (dice.uniform(0.3, 1.5),))
        crew = ((CREW, 1),) if dice.random() < 0.5 else ()
        extras = {}
        if dice.random() < 0.3:
            extras["held"] = ((PLACE, 1),)
        if dice.random() < 0.3:
            extras |= {"draws": ((0, 1.0),), "recoveries": ((0, 1.0),)}
        if dice.random() < 0.3:
            extras["hold_h"] = Law("fixed", (dice.uniform(0.5, 3.0),))
            extras["hold_fills"] = True
        last = index == length - 1
        steps.append(
            PlanStep(
                f"r/s{index}", machines=dice.randint(1, 3), inlets=((index - 1, 1.0),) if index else (), charge_max=1.0,
                one_lot=True, phases=(Phase("run", law, resources=crew),),
                outlets=(Outlet((SHIP,) if last else (index,), 1.0),), **extras,
            )
        )  # fmt: skip
        if not last:
            buffers.append(PlanBuffer(f"b{index}", index + 1, float(dice.randint(2, 6)), "lots"))
    resources = (PlanResource("operators", dice.randint(1, 3)), PlanResource("place", dice.randint(1, 3)))
    tanks = (PlanTank("solvent", 1000.0, 100.0, on_empty="wait"),)
    return Plan("line", 0.0, END_H, tuple(steps), tuple(buffers), tanks, resources)


def changed(plan, at, **fields):
    steps = list(plan.steps)
    steps[at] = replace(steps[at], **fields)
    return replace(plan, steps=tuple(steps))


def shift(plan, at, dice):
    """A step asks for more people than any shift has."""
    day = replace(plan.resources[CREW], capacity=1, changes=tuple((8.0 * n, 1 - n % 2) for n in range(1, 50)))
    phases = tuple(replace(phase, resources=((CREW, 2),)) for phase in plan.steps[at].phases)
    return changed(replace(plan, resources=(day, plan.resources[PLACE])), at, phases=phases)


def resource(plan, at, dice):
    """A step holds the only place and asks for it once more."""
    only = replace(plan.resources[PLACE], capacity=1)
    phases = tuple(replace(phase, resources=((PLACE, 1),)) for phase in plan.steps[at].phases)
    return changed(replace(plan, resources=(plan.resources[CREW], only)), at, held=((PLACE, 1),), phases=phases)


def tank(plan, at, dice):
    """A step drinks from a tank that nobody fills."""
    dry = PlanTank("dry", 1000.0, dice.uniform(0.5, 9.0), on_empty="wait")
    return changed(replace(plan, tanks=(*plan.tanks, dry)), at, draws=((1, 1.0),), recoveries=())


def hold(plan, at, dice):
    """A charge never fits into the place in front of its step, whose lots come out of a hold."""
    at = max(at, 1)
    large = changed(plan, at, charge_max=9.0, charge_min=9.0, one_lot=False)
    return changed(large, at - 1, hold_h=Law("fixed", (dice.uniform(0.5, 3.0),)), hold_fills=True)


def merge(plan, at, dice):
    """Two streams of one step meet again in another ratio than that in which they were parted."""
    last, side = len(plan.steps) - 1, len(plan.buffers)
    parted = (Outlet((0,), 0.5), Outlet((side,), 0.5))
    ratio = dice.choice([0.5, 2.0])
    plan = replace(plan, buffers=(*plan.buffers, PlanBuffer("side", last, 6.0)))
    plan = changed(plan, 0, outlets=parted)
    return changed(plan, last, inlets=(*plan.steps[last].inlets, (side, ratio)), one_lot=False, charge_max=0.5)


def rework(plan, at, dice):
    """Every lot is sent back into a room that fresh ones fill."""
    last = len(plan.steps) - 1
    return changed(plan, last, inspection=Inspection(pass_probability=0.0, fail_place=dice.randrange(last)))


KINDS = [shift, resource, tank, hold, merge, rework]


def report(plan, seed):
    """Return the deadlock of a plan, of which both engines say the same; None if there is none."""
    try:
        simulate(plan, seed=seed, replication=0, engine=Engine.CHECKED, compare=True)
    except DeadlockError as error:
        return error
    return None


def verify(seed):
    dice = random.Random(seed)
    plan = healthy(dice)
    assert report(plan, seed) is None, f"seed {seed}: none is planted"
    at, plant = dice.randrange(len(plan.steps)), KINDS[seed % len(KINDS)]
    error = report(plant(plan, at, dice), seed)
    assert error is not None, f"seed {seed}: the planted {plant.__name__} is not reported"
    assert error.exit_code == 3
    assert error.step in {step.name for step in plan.steps}
    assert 0.0 <= error.time_h < END_H
    assert error.step in error.text


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[plant.__name__ for plant in KINDS])
def test_a_planted_deadlock_is_reported_with_step_and_time_and_no_other(kind):
    for seed in range(kind, 10 * len(KINDS), len(KINDS)):
        verify(seed)


def test_who_hands_on_to_two_places_is_not_woken_while_it_does():
    # what blocked the first way was taken while the second was filled, and the next operation ended early
    verify(592)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, ALL, BLOCK))
def test_so_it_is_in_thousands_of_lines(first):
    for seed in range(first, first + BLOCK):
        verify(seed)
