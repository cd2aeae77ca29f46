"""Running sums of tables are the means of all of them together."""

import numpy as np
import pandas as pd
import pytest

from sim.study.means import EACH, ONCE, Replications

EMPTY = {table.name: table.frame().astype(table.dtypes) for table in EACH}


def replication(number, hours, names=("up", "down")):
    kpis = pd.DataFrame({"line": "a", "replication": number, "kpi": ["x", "y"], "unit": "1", "value": [number, 2.0]})
    machines = pd.DataFrame({"line": "a", "step": "s", "machine": 0, "state": names, "hours": hours})
    once = {name: pd.DataFrame({"line": ["a"]}) for name in ONCE} if number == 0 else {}
    return {**EMPTY, "kpis": kpis, "machines": machines, **once}


def gathered(*replications):
    found = Replications(["a"])
    for number, tables in enumerate(replications):
        found.add("a", number, tables, visits=3)
    return found


def test_means_are_those_of_all_replications():
    found = gathered(replication(0, [1.0, 2.0]), replication(1, [3.0, 6.0]))
    assert found.tables()["machines"][["state", "hours"]].to_numpy().tolist() == [["up", 2.0], ["down", 4.0]]
    assert (found.visits, found.number) == (6, 2)


def test_a_row_that_a_replication_lacks_counts_as_nothing():
    found = gathered(replication(0, [1.0, 2.0]), replication(1, [3.0, 6.0], ("up", "setup"))).tables()["machines"]
    assert found[["state", "hours"]].to_numpy().tolist() == [["up", 2.0], ["down", 1.0], ["setup", 3.0]]


def test_rows_that_differ_every_time_are_merged_all_the_same():
    found = gathered(*(replication(n, [1.0, 10.0], ("up", f"odd_{n}")) for n in range(40))).tables()["machines"]
    assert found["state"].tolist() == ["up", *(f"odd_{n}" for n in range(40))]
    assert found["hours"].to_numpy() == pytest.approx([1.0, *[0.25] * 40])


def test_rows_of_one_name_are_added_up():
    found = gathered(replication(0, [1.0, 2.0], ("up", "up")), replication(1, [1.0, 2.0], ("up", "up")))
    assert found.tables()["machines"][["state", "hours"]].to_numpy().tolist() == [["up", 3.0]]


def test_every_key_figure_is_kept():
    found = gathered(replication(0, [1.0, 2.0]), replication(1, [3.0, 6.0]))
    assert found.tables()["kpis"].to_numpy().tolist() == [
        ["a", 0, "x", "1", 0.0], ["a", 0, "y", "1", 2.0], ["a", 1, "x", "1", 1.0], ["a", 1, "y", "1", 2.0],
    ]  # fmt: skip
    assert np.array_equal(found.series("x")["a"], [0.0, 1.0])
