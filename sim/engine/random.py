"""Random number streams: one per purpose, so that a change in one place shifts no other stream."""

from hashlib import blake2b

import numpy as np

__all__ = ["generator"]


def generator(seed: int, replication: int, name: str) -> np.random.Generator:
    """Return the generator of one named purpose in one replication.

    Equal arguments give equal numbers on every machine; streams of different names are independent. All scenarios of
    a study share the numbers of a name, which makes their differences sharper (common random numbers).

    Parameters
    ----------
    seed : int
        Seed of the study; 0 is a seed like any other.
    replication : int
        Number of the replication, from 0.
    name : str
        What the numbers are for, such as ``route/step/machine/duration``.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    ValueError
        If *seed* or *replication* is negative.

    Examples
    --------
    >>> generator(0, 0, "mill/1/duration").random() == generator(0, 0, "mill/1/duration").random()
    True
    """
    if seed < 0 or replication < 0:
        raise ValueError(f"expected a seed and a replication of 0 or more, found {seed} and {replication}")
    digest = blake2b(f"{seed}/{replication}/{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
