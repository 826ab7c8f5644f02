"""A bound from the inter constraint alone: the multiplier at which the products cancel.

For every μ ≥ 0 and every point that meets the constraint, f ≥ f + μ (inter − limit). The products
of f are (3α − 1) c_ij and those of inter −2 c_ij, so at μ = (3α − 1)/2 only a linear function is
left, and its least value for sizes from l to h is a sum of its smallest coefficients. At α = 1
that is β l up to rounding error, and where the constraint binds it is the value of the optimum:
what is left is to come close to the limit.

Nothing is assumed of Q here: μ is the one that fits best, and what is left of the products is
bounded by the sum of its negative entries.
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.numerics import gamma


def inter_bound(problem: BinaryQuadratic, low: int, high: int) -> float:
    """Return a lower bound of f over feasible points of sizes from `low` to `high`.

    Examples
    --------
    >>> from chemopt.methods.bqp.problem import InterConstraint
    >>> c = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> inter = InterConstraint.of(c, 1.0)
    >>> f = BinaryQuadratic(np.array([-0.5, -0.5]), 2 * c, 1.0, inter=inter)
    >>> round(inter_bound(f, 1, 2), 9)
    0.5
    """
    inter = problem.inter
    if inter is None or low > high:
        return -math.inf if inter is None else math.inf
    squares = float((inter.matrix**2).sum())
    if squares == 0:
        return -math.inf
    mu = max(0.0, float((problem.quadratic * inter.matrix).sum()) / (2 * squares))
    products = problem.quadratic - 2 * mu * inter.matrix
    linear = np.sort(problem.linear + mu * inter.linear)
    sums = np.append(0.0, np.cumsum(linear))[low : high + 1]
    pairs = float(np.minimum(products, 0.0).sum()) / 2
    size = problem.magnitude + mu * float(
        np.abs(inter.matrix).sum()
        + np.abs(inter.linear).sum()
        + abs(inter.constant)
        + abs(inter.limit)
    )
    constant = problem.constant + mu * (inter.constant - inter.limit)
    return constant + float(sums.min()) + pairs - gamma(4 * problem.n + 32) * size
