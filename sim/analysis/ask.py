"""Asking a study: what every question is, what comes of it, and the one way in which all of them are asked."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import pandas as pd

from sim.engine import Checks, Engine
from sim.plant import Line
from sim.study import Study, remembering
from sim.workers import Progress, Staff, Workers

__all__ = ["Answer", "Question", "asked", "lines_of"]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Question(ABC, Generic[Found]):
    """What is asked of a study; the answer depends on the study and the fields alone."""

    keeps: ClassVar[bool] = False
    """Whether what was done stays when the question is answered, until its results are in their place."""

    @abstractmethod
    def ask(self, study: Study, jobs: Workers = 1, progress: Progress | None = None) -> Found:
        """Return what comes of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question that has a table."""

    name: str
    """What the table is called on disk."""
    table: pd.DataFrame
    text: str
    """For a terminal."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the table does not hold: what its figure needs to know, or the plants that were found."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the manifest of a run that asks this."""


def asked(
    study: Study,
    question: Question[Found],
    *,
    jobs: int | Executor | None = 1,
    progress: Progress | None = None,
    partial: str | Path | None = None,
    engine: Checks | str = "checked",
) -> Found:
    """Return what comes of a question, see `sim.run` for who works it out; with *partial* it goes on where it was."""
    checks = Checks(Engine(engine)) if isinstance(engine, str) else engine
    staff = Staff(jobs or os.cpu_count() or 1, checks=checks)
    key = (type(question).__name__, asdict(question))
    with remembering(study, staff, None if partial is None else Path(partial), *key, keep=question.keeps) as workers:
        return question.ask(study, workers, progress)


def lines_of(study: Study, names: Sequence[str]) -> list[Line]:
    """Return some lines of a study by their names, all if none are named."""
    lines = {line.name: line for line in study.lines}
    return [lines[name] for name in names or lines]
