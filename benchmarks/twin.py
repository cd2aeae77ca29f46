"""A plain SimPy model of any powder line's plan: what somebody writes who wants its output, without a log of events.

Stores and containers between the steps, a container of hands for each crew, a process for each machine. It has the
charges, phases, crews, failures, cleanings, losses, inspections and rework of the plan and draws from the same laws. It
leaves out what the output of a powder hardly shows: closed hours, holds, and what fails at an inspection twice.
"""

import math

import simpy

from sim.engine import SHIP, Sampler, Source

__all__ = ["simulated"]


def simulated(plan, *, seed=0, replication=0):
    """Return how many operations of all steps began until the end of the plan."""
    model = Twin(plan, seed, replication)
    model.env.run(until=plan.end_h)
    return model.visits


class Twin:
    """The plant: places, crews, and a process for every machine."""

    def __init__(self, plan, seed, replication):
        self.plan, self.source = plan, Source(seed, replication)
        self.env = simpy.Environment()
        self.visits = 0
        self.crews = [simpy.Container(self.env, crew.capacity, init=crew.capacity) for crew in plan.resources]
        self.places = [
            simpy.Store(self.env, place.capacity) if place.unit == "lots" else simpy.Container(self.env, place.capacity)
            for place in plan.buffers
        ]
        for step in plan.steps:
            orders = simpy.Container(self.env) if step.release else None
            if orders is not None:
                self.env.process(self.released(orders, self.draw(step, 0, "release", step.release.interval_h)))
            for machine in range(step.machines):
                started = [-math.inf]  # the slots of one machine begin a pitch apart
                for slot in range(step.slots):
                    self.env.process(Machine(self, step, machine * step.slots + slot, started, orders).life())

    def draw(self, step, machine, purpose, law):
        return Sampler(law, self.source.stream(f"{step.name}/{machine}/{purpose}")).draw

    def released(self, orders, interval):
        while True:
            yield self.env.timeout(interval())
            yield orders.put(1)


class Machine:
    """A machine, or one slot of it."""

    def __init__(self, plant, step, number, started, orders):
        self.plant, self.env, self.step, self.started, self.orders = plant, plant.env, step, started, orders

        def draw(purpose, law):
            return plant.draw(step, number, purpose, law)

        self.phases = [(phase, draw(f"phase {at}", phase.duration_h)) for at, phase in enumerate(step.phases)]
        self.failures = [
            (draw(f"failure {at}", one.to_failure), draw(f"repair {at}", one.repair_h))
            for at, one in enumerate(step.failures)
        ]
        self.left_h = [to_failure() for to_failure, _ in self.failures]
        self.cleaning = step.clean and draw("clean", step.clean.duration_h)
        self.quality = step.quality_set and draw("quality", step.quality_set)
        self.error = step.inspection and draw("error", step.inspection.error)
        self.since_clean = 0

    def life(self):
        while True:
            amount, quality = yield from self.charge()
            self.plant.visits += 1
            ran_h = yield from self.run(amount)
            yield from self.break_down(ran_h)
            yield from self.hand_on(amount, self.quality() if self.quality else quality)
            yield from self.clean()

    def charge(self):
        amount, quality = self.step.charge_max, 1.0
        if self.orders is not None:
            yield self.orders.get(1)
        for place, _ in self.step.inlets[:1]:
            if self.step.one_lot:
                amount, quality = yield self.plant.places[place].get()
            else:
                amount = self.step.charge_min
                yield self.plant.places[place].get(amount)
                more = min(self.plant.places[place].level, self.step.charge_max - amount)
                if more > 0.0:
                    yield self.plant.places[place].get(more)
                    amount += more
        if self.step.pitch_h:
            yield self.env.timeout(max(0.0, self.started[0] + self.step.pitch_h - self.env.now))
            self.started[0] = self.env.now
        return amount, quality

    def run(self, amount):
        begin = self.env.now
        for phase, duration in self.phases:
            for crew, number in phase.resources:
                yield self.plant.crews[crew].get(number)
            yield self.env.timeout(duration() * (amount if phase.per_amount else 1.0))
            for crew, number in phase.resources:
                yield self.plant.crews[crew].put(number)
        return self.env.now - begin

    def break_down(self, ran_h):
        for at, (to_failure, repair) in enumerate(self.failures):
            self.left_h[at] -= ran_h
            if self.left_h[at] <= 0.0:
                yield self.env.timeout(repair())
                self.left_h[at] = to_failure()

    def hand_on(self, amount, quality):
        outlet, inspection = self.step.outlets[0], self.step.inspection
        lost = sum(loss.amount for loss in self.step.losses if loss.per == "lot")
        product = (amount - lost) * outlet.factor
        if inspection and quality * self.error() < inspection.limit:
            yield self.plant.places[inspection.rework].put(product)
        elif outlet.places[0] != SHIP:
            place = self.plant.places[outlet.places[0]]
            yield place.put((product, quality) if isinstance(place, simpy.Store) else product)

    def clean(self):
        self.since_clean += 1
        if self.cleaning and self.since_clean >= self.step.clean.every:
            self.since_clean = 0
            yield self.env.timeout(self.cleaning())
