"""Good points from a relaxation: random hyperplanes, then tabu search.

X = L Lᵀ places each node at a row of L. A random hyperplane through the origin splits the nodes in
two sides (Goemans and Williamson, 1995); node 0 tells which side is 1. The signs of X's row 0, and
of its leading eigenvector, are two more points.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats

_PLANES = 16


def rounded(problem: BinaryQuadratic, matrix: Floats, seed: tuple[int, ...]) -> Bools:
    """Return the best of some roundings, rows left out of account.

    Parameters
    ----------
    problem : BinaryQuadratic
    matrix : ndarray of shape (n + 1, n + 1)
        X; only nearly positive semidefinite.
    seed : tuple of int
    """
    values, vectors = np.linalg.eigh(matrix)
    places = vectors * np.sqrt(np.maximum(values, 0.0))
    planes = np.random.default_rng(seed).standard_normal((len(matrix), _PLANES))
    sides = np.concatenate([places @ planes, vectors[:, -1:], matrix[:, :1]], axis=1)
    points = (sides[1:] > 0) == (sides[0] > 0)
    inside = points.astype(float)
    losses = problem.linear @ inside + ((problem.quadratic @ inside) * inside).sum(axis=0) / 2
    found: Bools = points[:, int(losses.argmin())]
    return found
