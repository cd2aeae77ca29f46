"""What can go wrong, as seen by the person who runs the program.

Tree of the exceptions, with the exit code of the command line::

    Exception
    └── SimError                1
        ├── InputError          2   the files are wrong; nothing was simulated
        ├── DifferenceError     3   the engines do not write the same log
        ├── SimulationError     3   the simulation could not go on
        │   └── DeadlockError   3   machines wait for each other for ever
        └── ReportError         4   the results are there, the report is not
    what the machine refuses    1   the disk is full, memory does not suffice, a worker was killed
    any other exception         5   a fault of this program
    KeyboardInterrupt         130   stopped by Ctrl-C
    UserWarning
    └── SimWarning                  doubtful input that can be run
    ValueError
    └── PlacedError                 one wrong value; becomes an issue of an InputError

Wrong arguments from Python callers stay ``ValueError``, ``TypeError`` and ``KeyError``.
Every exception keeps its arguments in ``args``, because SimPy and pickle both rebuild it as ``type(e)(*e.args)``.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import ClassVar
from unicodedata import category

__all__ = [
    "DeadlockError",
    "DifferenceError",
    "InputError",
    "Issue",
    "Kind",
    "PlacedError",
    "ReportError",
    "SimError",
    "SimWarning",
    "SimulationError",
    "kinds",
    "nearest",
    "printable",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem, declared in `sim/data/problems.toml`; `docs/errors.md` is made of it."""

    title: str
    says: str
    """Pattern of its messages; the first kind whose pattern is found in a message is that of the problem."""
    why: str
    mend: str
    example: str = ""
    """A file of `tests/routes/bad` that has this problem and no other."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds of problems by their code, such as `E101`."""
    text = (Path(__file__).parent / "data" / "problems.toml").read_text(encoding="utf-8")
    return {code: Kind(**told) for code, told in tomllib.loads(text).items()}


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One thing that is wrong in a file; issues sort by file, line and column.

    >>> str(Issue("routes/wet.yaml", 5, 17, "expected a time (h), found the bare number 45"))
    'routes/wet.yaml:5:17: expected a time (h), found the bare number 45'
    """

    file: str
    """Name of the file as the user gave it."""

    line: int
    """Line, counted from 1."""

    col: int
    """Column, counted from 1."""

    text: str
    """What is wrong, what was found and what is allowed."""

    path: str = field(default="", compare=False)
    """Where it stands below the top of the file, such as `steps[3].duration`; empty at the top."""

    @property
    def code(self) -> str:
        """Code of its kind, such as `E101`; see `docs/errors.md`."""
        return next(code for code, kind in kinds().items() if re.search(kind.says, self.text))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}: {self.text}"


class SimError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code: ClassVar[int] = 1
    """What the command line exits with."""


class InputError(SimError):
    """The user's files are wrong; nothing was simulated.

    Parameters
    ----------
    issues : iterable of Issue
        Everything that is wrong; kept sorted and without repetition.
    """

    exit_code = 2

    def __init__(self, issues: Iterable[Issue]) -> None:
        super().__init__(tuple(sorted(set(issues))))

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Everything that is wrong, sorted by file, line and column."""
        issues: tuple[Issue, ...] = self.args[0]
        return issues

    def __str__(self) -> str:
        return "\n".join(map(str, self.issues))


class PlacedError(ValueError):
    """A wrong value, and where below the value that was being read the fault stands.

    Parameters
    ----------
    text : str
        What is wrong, what was found and what is allowed.
    *where : str or int
        Keys and list indices that lead from that value to the fault.
    """

    def __init__(self, text: str, *where: str | int) -> None:
        super().__init__(text, *where)

    @property
    def where(self) -> tuple[str | int, ...]:
        """Keys and list indices that lead to the fault."""
        return tuple(self.args[1:])

    def __str__(self) -> str:
        return str(self.args[0])


class SimulationError(SimError):
    """The simulation could not go on.

    Parameters
    ----------
    text : str
        What happened.
    step : str, default=""
        ``route/step`` where it happened; empty where it concerns the whole line.
    time_h : float or None, default=None
        Simulated time [h]; None before the start.
    """

    exit_code = 3

    def __init__(self, text: str, step: str = "", time_h: float | None = None) -> None:
        super().__init__(text, step, time_h)

    @property
    def text(self) -> str:
        """What happened."""
        return str(self.args[0])

    @property
    def step(self) -> str:
        """Where it happened, as ``route/step``; empty where it concerns the whole line."""
        return str(self.args[1])

    @property
    def time_h(self) -> float | None:
        """Simulated time at which it happened [h]."""
        time_h: float | None = self.args[2]
        return time_h

    def __str__(self) -> str:
        where = f"{self.step}: " if self.step else ""
        when = "" if self.time_h is None else f"at {self.time_h:.6g} h: "
        return f"{when}{where}{self.text}"


class DeadlockError(SimulationError):
    """Machines wait for each other and no event can free them."""


class DifferenceError(SimError):
    """The compiled core does not write the log that SimPy writes."""

    exit_code = 3


class ReportError(SimError):
    """The results are there but the report could not be made of them."""

    exit_code = 4


class SimWarning(UserWarning):
    """Doubtful input that can be run all the same; ``sim check --strict`` makes it an error."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return a hint that names the allowed word most like *word*, to put at the end of a message.

    Parameters
    ----------
    word : str
        The word that was not known.
    allowed : iterable of str
        The words that would have been.

    Returns
    -------
    str
        Such as `` (did you mean 'scrap'?)``; empty when none is like it.

    Examples
    --------
    >>> nearest("scarp", ["scrap", "power"])
    " (did you mean 'scrap'?)"
    >>> nearest("xyz", ["scrap", "power"])
    ''
    """
    # sorted: a set must not decide between two equally good words
    words = sorted(set(allowed))
    close = get_close_matches(word, words, n=1) or [other for other in words if other.lower() == word.lower()][:1]
    return f" (did you mean {close[0]!r}?)" if close else ""


def printable(text: str) -> str:
    r"""Return a text in which what would steer a terminal or a typesetter is written out; line ends and tabs stay.

    >>> print(printable("mill " + chr(27) + "[31m" + chr(0x202E)))
    mill \x1b[31m\u202e
    """
    return "".join(
        letter if letter in "\n\t" or not _steers(letter) else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _steers(letter: str) -> bool:
    """Whether a letter is a control character, half of a surrogate, or turns the direction or the line."""
    return category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _TURNING


_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Letters that turn the direction of others, so that a text reads otherwise than it is."""
