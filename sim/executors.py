"""Doing many independent things, in this process or in several; the results do not depend on which."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["ordered", "pool", "stream"]

AHEAD = 64
"""Tasks that are handed out before the first of them is asked for: enough for all processes to be busy."""

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
) -> list[Result]:
    """Return function(task) of every task, in the order of the tasks, whatever order they end in."""
    found: list[Result] = []
    for result in stream(executor, function, tasks):
        found.append(result)
        if progress is not None:
            progress()
    return found


def stream(executor: Executor | None, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Yield function(task) of every task, in the order of the tasks; a few tasks ahead are worked on meanwhile.

    Tasks may be endless. When nobody asks for more, those not begun are dropped.
    """
    if executor is None:
        yield from map(function, tasks)
        return
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(function, task))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
