"""What a run holds grows with its replications by the table of key figures and no more."""

import gc
import tracemalloc
from pathlib import Path

import pytest

import sim
from sim.study import run

BASE = Path(__file__).parents[1] / "routes" / "base.yaml"
SCENARIO = f"""\
name: one
title: One line
lines:
  - {{name: powder, route: {BASE}, target: 100 t/y}}
horizon: 6 week
warm_up: 1 week
seed: 0
"""


def peak_and_table(path, replications):
    """Return the most that was held during a run, and the size of its table of key figures [B]."""
    study = sim.load_scenario(path, replications=replications)
    gc.collect()
    tracemalloc.start()
    try:
        results = sim.run(study, ranges=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert results.kpis["replication"].nunique() == replications
    return peak, int(results.kpis.memory_usage(deep=True).sum())


@pytest.mark.slow
def test_memory_grows_with_the_table_of_key_figures_alone(tmp_path, monkeypatch):
    path = tmp_path / "one.yaml"
    path.write_text(SCENARIO)
    real, first = run._replicate, {}

    def as_if_simulated(task, common):
        """Simulate once; the other replications are copies, since a thousand would take minutes."""
        (item,) = first.setdefault("items", None) or first.update(items=real(task, common)) or first["items"]
        kpis = item.tables["kpis"].assign(replication=task.replication)
        tables = {name: table.copy() for name, table in item.tables.items()}
        return [item._replace(number=task.replication, tables={**tables, "kpis": kpis})]

    monkeypatch.setattr(run, "_replicate", as_if_simulated)
    peak_and_table(path, 2)
    few, small = peak_and_table(path, 50)
    many, large = peak_and_table(path, 350)

    assert large - small > 4e5
    # at the end the table is there, the values that it is made of, and what the means are taken with; the frames of
    # all replications would be a hundred times as much
    assert many - few < 3 * (large - small)
