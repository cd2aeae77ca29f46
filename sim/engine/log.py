"""The event log: what happened, when, where and how much; append-only, and all that results are computed from.

A row is packed into 27 bytes while the simulation runs and read by numpy without copying afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from sim.engine.plan import Plan

__all__ = [
    "DTYPE",
    "NO_LOT",
    "NO_PLACE",
    "NO_SERVER",
    "ROW_FORMAT",
    "STATE_KINDS",
    "Kind",
    "Log",
    "server_table",
    "to_frame",
]

ROW_FORMAT = "<ddIHHHB"
"""struct format of one row: time_h, amount, lot, step, server, place, kind."""

DTYPE = np.dtype(
    [
        ("time_h", "<f8"),
        ("amount", "<f8"),
        ("lot", "<u4"),
        ("step", "<u2"),
        ("server", "<u2"),
        ("place", "<u2"),
        ("kind", "u1"),
    ]
)

NO_LOT = 0
NO_PLACE = 0xFFFF
NO_SERVER = 0xFFFF
"""Server of rows that no machine caused: arrivals, expired lots, stocks at the end."""


class Kind(IntEnum):
    """Kinds of rows. *server* counts the machine slots of the whole plan; *place* is a buffer, tank or resource."""

    TAKE = 1
    """amount of lot taken from buffer *place* (one row per lot or cut lot and inlet)"""
    START = 2
    """state run begins; amount = charge in units of the primary inlet; lot = number of the charge's outgoing lot"""
    FINISH = 3
    """operation ends; amount = charge of the primary inlet as at START; state starved from here on"""
    PUT = 4
    """amount of lot put into buffer *place*"""
    SHIP = 5
    """amount of lot left as good product"""
    DUMP = 6
    """amount of lot left through a waste outlet (cake, by-product), in that outlet's unit; place = outlet index"""
    BUY = 7
    """kg bought into tank *place*"""
    DRAW = 8
    """kg taken from tank *place*"""
    RECOVER = 9
    """kg returned to tank *place*, overflow included"""
    OVERFLOW = 10
    """kg of a RECOVER that found the tank full and went to waste"""
    SCRAP = 11
    """amount of lot scrapped: failed inspection for good (place = NO_PLACE) or waited too long in buffer *place*"""
    LOSS = 12
    """amount of the primary outlet lost per event; place = index in PlanStep.losses"""
    PASS = 13
    """inspection passed; amount of the lot; place = how often the lot has been reworked before"""
    FAIL = 14
    """inspection failed; amount of the lot (it is scrapped, put into a rework buffer or another place next);
    place = how often the lot has been reworked before"""
    MEASURE = 15
    """amount = measured quality of the lot"""
    DOWN = 16
    """state down begins; place = index in PlanStep.failures"""
    UP = 17
    """repair done, state run again"""
    SETUP = 18
    """state setup begins"""
    CLEAN = 19
    """state clean begins"""
    BLOCK = 20
    """state blocked begins"""
    WAIT = 21
    """state waiting (for a resource or a tank) begins"""
    IDLE = 22
    """state starved begins (end of clean, setup without start, or of blocking)"""
    HOLD = 23
    """amount of lot enters the hold after the operation"""
    FREE = 24
    """amount of lot leaves the hold (its PUT, SHIP or SCRAP follows)"""
    ARRIVE = 25
    """amount arrives for a source step with an interval release"""
    REFUSE = 26
    """an arrival found no room and is lost"""
    ACQUIRE = 27
    """amount = number of resource *place* taken"""
    RELEASE = 28
    """amount = number of resource *place* given back"""
    END_BUFFER = 29
    """at the end of the run: amount in buffer *place*"""
    END_TANK = 30
    """at the end of the run: kg in tank *place*"""
    END_CHARGE = 31
    """at the end of the run: charge of an unfinished operation inside *server*, in units of the primary inlet"""
    END_HOLD = 32
    """at the end of the run: amount of the lot in hold after *step*"""
    END_OUTLET = 33
    """at the end of the run: amount of outlet *place* still inside *server* after FINISH (blocked)"""
    CARRY = 34
    """birth time of a lot at the moment of SHIP: amount = birth time [h] (lead time = time_h - amount)"""
    RESUME = 35
    """state run again after a wait for the resources of the next phase"""
    QUALITY = 36
    """quality of a lot at the moment of SHIP: amount = quality; 1 if nothing on its way set one"""


STATE_KINDS: dict[Kind, str] = {
    Kind.START: "run",
    Kind.UP: "run",
    Kind.RESUME: "run",
    Kind.FINISH: "starved",
    Kind.DOWN: "down",
    Kind.SETUP: "setup",
    Kind.CLEAN: "clean",
    Kind.BLOCK: "blocked",
    Kind.WAIT: "waiting",
    Kind.IDLE: "starved",
}
"""Rows that change a server's state, and the state they begin; every server is starved at 0."""


@dataclass(frozen=True, slots=True)
class Log:
    """Rows of one replication of one line, in order of time."""

    plan: Plan
    seed: int
    replication: int
    rows: np.ndarray
    """Structured array of dtype DTYPE, shape (n_rows,)."""


def server_table(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return (step, machine) of every server; both arrays of shape (n_servers,), machine counted within its step."""
    step: list[int] = []
    machine: list[int] = []
    for index, item in enumerate(plan.steps):
        for number in range(item.machines):
            step += [index] * item.slots
            machine += [number] * item.slots
    return np.array(step, dtype=np.intp), np.array(machine, dtype=np.intp)


def to_frame(log: Log) -> pd.DataFrame:
    """Return the log with names instead of numbers: time_h, kind, step, machine, slot, lot, amount, place."""
    steps, machines = server_table(log.plan)
    names = np.array([step.name for step in log.plan.steps], dtype=object)
    slots = np.array([slot for item in log.plan.steps for _ in range(item.machines) for slot in range(item.slots)])
    server = np.minimum(log.rows["server"].astype(np.intp), len(steps) - 1)
    kinds = np.array(["", *[Kind(number).name.lower() for number in range(1, max(Kind) + 1)]], dtype=object)
    return pd.DataFrame(
        {
            "time_h": log.rows["time_h"],
            "kind": kinds[log.rows["kind"]],
            "step": names[log.rows["step"]],
            "machine": machines[server],
            "slot": slots[server],
            "lot": log.rows["lot"],
            "amount": log.rows["amount"],
            "place": log.rows["place"],
        }
    )
