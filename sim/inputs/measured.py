"""Measured values: a law written `measured(FILE.csv) min` brings along what stands in its file.

The file holds one column: a number of 0 or more in each line, all in the unit behind the bracket. A first line that is
no number is a heading, and empty lines count for nothing. The path starts at the folder of the file that names it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["FEWEST", "MOST", "Files", "Measured"]

FEWEST, MOST = 2, 10_000
"""Numbers of values that a file may hold."""

_MAX_BYTES = 1_000_000
_SHOWN = 5
"""Most lines of a file that are complained about."""
_CALL = re.compile(r"\s*measured\s*\(([^()]*)\)[^()]*")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

Place = tuple[str | int, ...]


class Measured(str):
    """The text of a law as it is written, with the values of its file."""

    values: tuple[float, ...]
    """In rising order, in the unit that the text names."""


@dataclass(slots=True)
class Files:
    """The files of measured values that some data names."""

    folder: Path
    """Where their paths start."""
    problems: list[tuple[Place, str]] = field(default_factory=list)
    """Place in the data, and what is wrong."""
    digests: list[str] = field(default_factory=list)
    """SHA-256 of every file, in the order of the data."""

    def bring(self, data: Any, place: Place = ()) -> Any:
        """Return *data* with every text that names a file of values bringing them along."""
        if isinstance(data, dict):
            return {key: self.bring(value, (*place, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.bring(value, (*place, number)) for number, value in enumerate(data)]
        call = _CALL.fullmatch(data) if isinstance(data, str) else None
        if call is None:
            return data
        try:
            return self._read(data, call.group(1).strip())
        except ValueError as error:
            self.problems += [(place, line) for line in str(error).splitlines()]
        return data

    def _read(self, text: str, name: str) -> Measured:
        try:
            with (self.folder / name).open("rb") as file:
                raw = file.read(_MAX_BYTES + 1)
            lines = raw.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise ValueError(f"'{name}' is not UTF-8 text") from None
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise ValueError(f"the measured values cannot be read: '{name}': {problem}") from None
        if len(raw) > _MAX_BYTES:
            raise ValueError(f"'{name}' is too large: more than {_MAX_BYTES:_} bytes")
        found = Measured(text)
        found.values = _values(name, lines)
        self.digests.append(hashlib.sha256(raw).hexdigest())
        return found


def _values(name: str, lines: list[str]) -> tuple[float, ...]:
    """Return the values of a file in rising order."""
    given = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if given and not _NUMBER.match(given[0][1]):
        given = given[1:]
    bad = [
        f"{name}:{number}: expected one finite number of 0 or more, found '{text:.40}'"
        for number, text in given
        if not _NUMBER.fullmatch(text) or not 0.0 <= float(text) < float("inf")
    ]
    if bad:
        more = [f"{name}: {len(bad) - _SHOWN} further lines like these"] if len(bad) > _SHOWN else []
        raise ValueError("\n".join([*bad[:_SHOWN], *more]))
    if not FEWEST <= len(given) <= MOST:
        raise ValueError(f"'{name}' holds {len(given)} values; expected {FEWEST} to {MOST:_}, one a line")
    return tuple(sorted(float(text) for _, text in given))
