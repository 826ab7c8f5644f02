"""A bound without a matrix factorisation: each linear coefficient is shared among its pairs.

With weights w_ij = |Q_ij| / Σ_k |Q_ik|, f = constant + Σ_{i<j} f_ij(x_i, x_j) where

    f_ij(x_i, x_j) = w_ij l_i x_i + w_ji l_j x_j + Q_ij x_i x_j,

so f is at least the constant plus the sum of the least values of all f_ij. That is never less than
the sum of the negative coefficients, and costs O(n²). For the loss of a pool with β = 0 and
"total" it is min(α, 1 − α) Σ c_ij: each pair is either split or not chosen, or counts in full.
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.numerics import gamma


def pair_bound(problem: BinaryQuadratic) -> float:
    """Return a lower bound of f over all points, feasible or not.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> round(pair_bound(f), 9)
    -2.0
    """
    q, linear = problem.quadratic, problem.linear
    size = np.abs(q)
    sums = size.sum(axis=1)
    alone = np.minimum(linear, 0.0)[sums == 0]
    # in place: at thousands of variables a matrix is a good part of the memory
    share = size
    share /= np.where(sums == 0, 1.0, sums)[:, None]
    share *= linear[:, None]
    least = share + share.T
    least += q
    np.minimum(least, share, out=least)
    np.minimum(least, share.T, out=least)
    np.minimum(least, 0.0, out=least)
    total = math.fsum([problem.constant, *alone, *(least.sum(axis=1) / 2)])
    # each linear coefficient is shared within n + 3 roundings, and rows are sums of n terms
    return total - gamma(4 * problem.n + 32) * 2 * problem.magnitude
