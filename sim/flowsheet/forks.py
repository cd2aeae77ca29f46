"""Forks: steps whose lots go to one of several others, and how their amounts follow from what these take."""

from __future__ import annotations

import numpy as np

from sim.flowsheet.graph import Edge, Graph
from sim.inputs import Chain

__all__ = ["of", "settle"]


def of(graph: Graph) -> list[tuple[Edge, ...]]:
    """Return the edges of every fork whose shares are not given.

    Such a fork is a list of steps in `next`, the first with room. Between routes of a chain fixed shares are free here
    as well: as much is expected to go each way as is taken there, so that a plant which loses now more, now less can be
    worked out; whether the shares fit is another question.
    """
    found = []
    for name, step in graph.steps.items():
        edges = tuple(edge for edge in graph.edges if edge.source == name and edge.role == "pass")
        between = isinstance(graph.route, Chain) and all(graph.delivers(name, edge.target) for edge in edges)
        if len(edges) > 1 and (isinstance(step.next, list) or between):
            found.append(edges)
    return found


def settle(matrix: np.ndarray, vector: np.ndarray, wishes: np.ndarray) -> np.ndarray:
    """Return the x of matrix x = vector that comes nearest to wishes x = 0, both in least squares.

    Parameters
    ----------
    matrix : ndarray of shape ([n_samples,] n_rows, n_columns)
        May be many, which are settled each by itself.
    vector : ndarray of shape (n_rows,)
    wishes : ndarray of shape ([n_samples,] n_wishes, n_columns)
        What decides where the matrix leaves x open; without any, the shortest x is taken.

    Returns
    -------
    ndarray of shape ([n_samples,] n_columns)
    """
    if matrix.ndim > 2:
        return _settled(matrix, vector, np.broadcast_to(wishes, (len(matrix), *wishes.shape[-2:])))
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    solution: np.ndarray = np.linalg.lstsq(matrix / scale, vector, rcond=None)[0] / scale
    if len(wishes):
        _, values, directions = np.linalg.svd(matrix / scale)
        rank = int((values > values[0] * max(matrix.shape) * np.finfo(float).eps).sum())
        ways = directions[rank:].T / scale[:, None]  # the directions in which the matrix leaves x open
        if ways.size:
            solution -= ways @ np.linalg.lstsq(wishes @ ways, wishes @ solution, rcond=None)[0]
    return solution


SINGULAR = 1e8
"""Condition number from which equations are not taken to determine x."""


def _settled(matrices: np.ndarray, vector: np.ndarray, wishes: np.ndarray) -> np.ndarray:
    """Settle many, all at once where there are as many equations as what they determine, and nothing is left open."""
    scale = np.maximum(np.abs(matrices).max(axis=-2), 1e-300)
    scaled = matrices / scale[:, None, :]
    if scaled.shape[-2] == scaled.shape[-1]:
        try:
            inverse = np.linalg.inv(scaled)
        except np.linalg.LinAlgError:
            inverse = np.full_like(scaled, np.inf)
        if (np.linalg.norm(inverse, axis=(-2, -1)) * np.linalg.norm(scaled, axis=(-2, -1)) < SINGULAR).all():
            found: np.ndarray = inverse @ vector / scale
            return found
    return np.array([settle(matrix, vector, own) for matrix, own in zip(matrices, wishes, strict=True)])
