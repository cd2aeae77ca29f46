"""The crew of a run: workers who do its tasks, and how far they have come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, TypeVar

from sim.engine import Checks
from sim.workers import Pool, Progress

__all__ = ["Crew"]

Task = TypeVar("Task")
Result = TypeVar("Result")


class Crew:
    """Those who do the tasks, and how far they have come."""

    _workers: Pool

    def __init__(self, progress: Progress | None, checks: Checks) -> None:
        self._progress = progress
        self.checks = checks
        self._done = self._total = 0

    def led(self, workers: Pool) -> Crew:
        """Take these workers from now on."""
        self._workers = workers
        return self

    def expect(self, more: int) -> None:
        """Say how many tasks are still to come, as far as one can see."""
        self._total = self._done + more

    def each(self, function: Callable[[Task, Any], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """Return function(task, what is common) of every task, in their order; an executor begins at once."""
        return self._told(self._workers.stream(function, tasks))

    def _told(self, results: Generator[Result, None, None]) -> Generator[Result, None, None]:
        with closing(results):
            for result in results:
                self._done += 1
                if self._progress is not None:
                    self._progress(self._done, max(self._done, self._total))
                yield result
