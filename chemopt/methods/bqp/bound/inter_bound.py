"""A bound from the rule on inter alone: the multiplier at which the products cancel.

For every μ ≥ 0 and every point that keeps the rule, f ≥ f + μ (inter − limit). The products of f
are (3α − 1) c_ij and those of inter −2 c_ij, so at μ = (3α − 1)/2 only a linear function is left,
and its least value for sizes from l to h is a sum of its smallest coefficients. At α = 1 that is β
l less rounding, and where the rule binds it is the value of the optimum: what is left is to come
close to the limit.

Nothing is assumed of Q here: μ is the one that fits best, and what is left of the products is
bounded by the sum of its negative entries.
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, gamma


def rule_bound(problem: BinaryQuadratic, low: int, high: int) -> float:
    """Return a lower bound of f over points of sizes from `low` to `high` that keep the rule.

    Examples
    --------
    >>> from chemopt.methods.bqp.problem import CutRule
    >>> c = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> f = BinaryQuadratic(np.array([-0.5, -0.5]), 2 * c, 1.0, rule=CutRule.of(c, 1.0))
    >>> round(rule_bound(f, 1, 2), 9)
    0.5
    """
    rule = problem.rule
    if rule is None or low > high:
        return -math.inf if rule is None else math.inf
    squares = float((rule.matrix**2).sum())
    if squares == 0:
        return -math.inf
    mu = max(0.0, float((problem.quadratic * rule.matrix).sum()) / (2 * squares))
    left = problem.quadratic - 2 * mu * rule.matrix
    linear = np.sort(problem.linear + mu * rule.lines)
    sums = np.append(0.0, np.cumsum(linear))[low : high + 1]
    pairs = float(np.minimum(left, 0.0).sum()) / 2
    size = problem.magnitude + mu * float(
        np.abs(rule.matrix).sum() + np.abs(rule.lines).sum() + abs(rule.base) + abs(rule.limit)
    )
    constant = problem.constant + mu * (rule.base - rule.limit)
    return constant + float(sums.min()) + pairs - gamma(4 * problem.n + 32) * size
