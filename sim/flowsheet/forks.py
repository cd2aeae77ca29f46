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
    matrix : ndarray of shape (n_rows, n_columns)
    vector : ndarray of shape (n_rows,)
    wishes : ndarray of shape (n_wishes, n_columns)
        What decides where the matrix leaves x open; without any, the shortest x is taken.
    """
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    solution: np.ndarray = np.linalg.lstsq(matrix / scale, vector, rcond=None)[0] / scale
    if len(wishes):
        _, values, directions = np.linalg.svd(matrix / scale)
        rank = int((values > values[0] * max(matrix.shape) * np.finfo(float).eps).sum())
        ways = directions[rank:].T / scale[:, None]  # the directions in which the matrix leaves x open
        if ways.size:
            solution -= ways @ np.linalg.lstsq(wishes @ ways, wishes @ solution, rcond=None)[0]
    return solution
