"""Several processes: what they return does not depend on them, and what ends one ends all, whatever they are at."""

import time

import numpy as np
import pytest

from sim import workers


def _ship(task, context):
    """One task fails, one would take long, all others send much."""
    if task == 1:
        time.sleep(0.05 * context)
        raise ValueError("task 1")
    if task == 3:
        time.sleep(100.0)
    return np.zeros(2_000_000)


@pytest.mark.parametrize("delay", range(4))
def test_a_task_that_fails_ends_those_that_work_long_and_those_that_send_much(delay):
    begin = time.monotonic()
    with pytest.raises(ValueError, match="task 1"):
        workers.map(_ship, list(range(20)), delay, jobs=2)
    assert time.monotonic() - begin < 60.0


def _squared(task, context):
    return context * task**2


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_stand_in_the_order_of_the_tasks(jobs):
    assert workers.map(_squared, range(7), 2, jobs=jobs) == [2 * number**2 for number in range(7)]
