"""Random numbers: a stream of its own for every purpose, so that a change in one place shifts no other stream.

A stream has a key, made of seed, replication and name, and a counter: block 0, 1, 2, ... of four numbers each is

    Philox4x64-10(counter = (block, 0, 0, 0), key = (key 0, key 1))

(J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, SC '11, 16 (2011)). Key 0 and key 1 are the first and the last
eight bytes, read big-endian, of the 16 byte BLAKE2b digest of the UTF-8 text `seed/replication/name`. So a stream is
its key: setting one up takes no time, and any number of it can be had without those before it.

The raw number r (64 bits) becomes u = ((r >> 12) + 1/2) / 2**52, which is exact, and so is 1 - u: 2**52 equally likely
numbers from 2**-53 to 1 - 2**-53.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Source", "Uniforms", "key"]

Uniforms = Callable[[int], NDArray[np.float64]]
"""Return the next so many numbers of a stream, each strictly between 0 and 1."""

_BLOCK = 4
"""Numbers that one value of the counter gives."""


def key(seed: int, replication: int, name: str) -> tuple[int, int]:
    """Return the key of a stream: two whole numbers of 64 bits.

    Parameters
    ----------
    seed : int
        Seed of the study; 0 is a seed like any other.
    replication : int
        Number of the replication, from 0.
    name : str
        What the numbers are for, such as ``route/step/machine/duration``.

    Raises
    ------
    ValueError
        If *seed* or *replication* is negative.

    Examples
    --------
    >>> [f"{half:016x}" for half in key(0, 0, "mill/1/duration")]
    ['dda28f2873954986', '06960e7c25fb7a9e']
    """
    if seed < 0 or replication < 0:
        raise ValueError(f"expected a seed and a replication of 0 or more, found {seed} and {replication}")
    digest = blake2b(f"{seed}/{replication}/{name}".encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


class Source:
    """The streams of one replication.

    Equal seeds, replications and names give equal numbers on every machine; streams of different names are
    independent. All scenarios of a study share the numbers of a name, which makes their differences sharper (common
    random numbers).

    Parameters
    ----------
    seed, replication : int
        See `key`.

    Examples
    --------
    >>> source = Source(0, 0)
    >>> uniforms = source.stream("mill/1/duration")
    >>> [*uniforms(2), *uniforms(1)] == [*source.stream("mill/1/duration")(3)]
    True
    """

    def __init__(self, seed: int, replication: int) -> None:
        self._seed = seed
        self._replication = replication
        # one generator serves all streams: it is set to the key and the block of whoever asks
        self._philox = np.random.Philox(key=0)
        self._state: Any = self._philox.state
        self._key = self._state["state"]["key"]
        self._counter = self._state["state"]["counter"]

    def stream(self, name: str) -> Uniforms:
        """Return what gives the numbers of a stream, from its first."""
        own = key(self._seed, self._replication, name)
        taken = 0

        def uniforms(count: int) -> NDArray[np.float64]:
            nonlocal taken
            raw = self._raw(own, taken, count)
            taken += count
            return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

        return uniforms

    def _raw(self, own: tuple[int, int], first: int, count: int) -> NDArray[np.uint64]:
        """Return raw numbers of a stream, from number *first* on."""
        block, skipped = divmod(first, _BLOCK)
        self._key[:] = own
        # numpy counts one up before it makes a block; before block 0 all bits are set
        self._counter[:] = (block - 1, 0, 0, 0) if block else _BEFORE_ALL
        self._philox.state = self._state
        raw: NDArray[np.uint64] = self._philox.random_raw(skipped + count)[skipped:]
        return raw


_BEFORE_ALL = (2**64 - 1,) * 4
