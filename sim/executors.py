"""Doing many independent things, in this process or in several; the results do not depend on which."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["ordered", "pool"]

Task = TypeVar("Task")
Result = TypeVar("Result")


@contextmanager
def pool(jobs: int, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> Iterator[Executor | None]:
    """Yield an executor of *jobs* processes, each made ready by *initializer*; None for a single job."""
    if jobs == 1:
        initializer(*arguments)
        yield None
        return
    context = multiprocessing.get_context(_start_method())
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=initializer, initargs=arguments)
    try:
        yield executor
    finally:
        # what runs is waited for: an executor left to itself may fail at the exit of the interpreter
        executor.shutdown(cancel_futures=True)


def _start_method() -> str:
    """Return how processes are started: a fork is at once ready, but would copy other threads in whatever state."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def ordered(
    executor: Executor | None,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    progress: Callable[[], None] | None = None,
) -> Iterator[Result]:
    """Return function(task) of every task, in the order of the tasks, whatever order they end in.

    An executor begins at once, behind what it was given before; without one, a task is done when its result is asked
    for.
    """
    return _told(map(function, tasks) if executor is None else executor.map(function, tasks), progress)


def _told(results: Iterator[Result], progress: Callable[[], None] | None) -> Iterator[Result]:
    for result in results:
        yield result
        if progress is not None:
            progress()
