"""Randomised rounding: from the matrix of a semidefinite relaxation to a point.

X = L Lᵀ places each node at a row of L. A random hyperplane through the origin splits the nodes
into two sides (Goemans and Williamson, 1995); the side of node 0 stands for 1. The signs of X's row
0, and of its leading eigenvector, are two more points.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats

_HYPERPLANES = 16
# Larger matrices are not factorised: their own rows serve as places.
_FACTORISED = 1000


def randomised_rounding(problem: BinaryQuadratic, matrix: Floats, seed: tuple[int, ...]) -> Bools:
    """Round several times and return the point of least value, ignoring the constraints.

    Parameters
    ----------
    problem : BinaryQuadratic
    matrix : ndarray of shape (n + 1, n + 1)
        X; only nearly positive semidefinite.
    seed : tuple of int
    """
    normals = np.random.default_rng(seed).standard_normal((len(matrix), _HYPERPLANES))
    if len(matrix) > _FACTORISED:
        sides = np.concatenate([matrix @ normals, matrix[:, :1]], axis=1)
    else:
        values, vectors = np.linalg.eigh(matrix)
        places = vectors * np.sqrt(np.maximum(values, 0.0))
        sides = np.concatenate([places @ normals, vectors[:, -1:], matrix[:, :1]], axis=1)
    points = (sides[1:] > 0) == (sides[0] > 0)
    chosen = points.astype(float)
    losses = problem.linear @ chosen + ((problem.quadratic @ chosen) * chosen).sum(axis=0) / 2
    best: Bools = points[:, int(losses.argmin())]
    return best
