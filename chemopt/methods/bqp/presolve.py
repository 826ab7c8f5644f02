"""Fixing variables without branching: by the sign of derivatives, and by the rows.

Over all completions of the free variables the derivative of f with respect to x_i lies in

    [l_i + Σ_j min(Q_ij, 0), l_i + Σ_j max(Q_ij, 0)].

If it is never negative, x_i = 0 is at least as good as x_i = 1 in every completion, so some optimum
has x_i = 0, provided that going from 1 to 0 never leaves a row or the rule; the other way
round for x_i = 1. This is the first-order persistency of Hammer, Hansen and Simeone (1984), and it
is repeated until nothing changes, since what is fixed narrows the other ranges.

A row fixes x_i where one of its values cannot be completed to a point inside the row.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Floats, gamma

Fixed = npt.NDArray[np.int8]


def fix(problem: BinaryQuadratic, fixed: Fixed) -> Fixed | None:
    """Fix what can be fixed beyond `fixed`; None if the rows cannot be met.

    Parameters
    ----------
    problem : BinaryQuadratic
    fixed : ndarray of shape (n,)
        0, 1 or `FREE`.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-3.0, 1.0]), np.array([[0.0, 2.0], [2.0, 0.0]]))
    >>> fix(f, np.array([FREE, FREE], dtype=np.int8)).tolist()
    [1, 0]
    """
    fixed = fixed.copy()
    while True:
        free = fixed == FREE
        by_rows = _by_rows(problem, fixed)
        if by_rows is None:
            return None
        if (by_rows != fixed).any():
            fixed = by_rows
            continue
        if not free.any():
            return fixed
        down, up = _safe(problem, fixed)
        low, high = _derivatives(problem, fixed)
        zero = free & (low >= 0) & down
        one = free & (high <= 0) & up & ~zero
        if not (zero | one).any():
            return fixed
        # Each of these is right by itself in every completion, hence all are together.
        fixed[zero], fixed[one] = 0, 1


def _derivatives(problem: BinaryQuadratic, fixed: Fixed) -> tuple[Floats, Floats]:
    """Return the ends of the derivatives, widened by the rounding of their sums."""
    free, one = fixed == FREE, (fixed == 1).astype(float)
    q = problem.quadratic
    base = problem.linear + q @ one
    pairs = q[:, free]
    error = gamma(problem.n + 2) * (np.abs(problem.linear) + np.abs(q).sum(axis=1))
    low = base + np.minimum(pairs, 0).sum(axis=1) - error
    high = base + np.maximum(pairs, 0).sum(axis=1) + error
    # Where nothing is left to sum, the derivative is exact zero for certain.
    lone = (problem.linear == 0) & (np.abs(q).sum(axis=1) == 0)
    low[lone] = high[lone] = 0.0
    return low, high


def _activities(problem: BinaryQuadratic, fixed: Fixed) -> tuple[Floats, Floats, Floats]:
    """Return the least and the largest activity of each row, and the error of those sums."""
    a, free = problem.weights, fixed == FREE
    base = a[:, fixed == 1].sum(axis=1)
    least = base + np.minimum(a[:, free], 0).sum(axis=1)
    most = base + np.maximum(a[:, free], 0).sum(axis=1)
    exact = (a == np.floor(a)).all(axis=1)
    error = np.where(exact, 0.0, gamma(2 * problem.n + 2) * np.abs(a).sum(axis=1))
    return least, most, error


def _by_rows(problem: BinaryQuadratic, fixed: Fixed) -> Fixed | None:
    if not len(problem.low):
        return fixed
    least, most, error = _activities(problem, fixed)
    if (least - error > problem.high).any() or (most + error < problem.low).any():
        return None
    a, free = problem.weights, fixed == FREE
    size = np.abs(a)
    # a variable whose move away from the least (largest) activity would break the row
    breaks_high = (least - error)[:, None] + size > problem.high[:, None]
    breaks_low = (most + error)[:, None] - size < problem.low[:, None]
    zero = (breaks_high & (a > 0)) | (breaks_low & (a < 0))
    one = (breaks_high & (a < 0)) | (breaks_low & (a > 0))
    found = fixed.copy()
    zeros, ones = zero.any(axis=0) & free, one.any(axis=0) & free
    if (zeros & ones).any():
        return None
    found[zeros], found[ones] = 0, 1
    return found


def _safe(problem: BinaryQuadratic, fixed: Fixed) -> tuple[Bools, Bools]:
    """Return for which variables going to 0, and going to 1, never leaves the rows or the rule."""
    down, up = np.ones(problem.n, dtype=bool), np.ones(problem.n, dtype=bool)
    if len(problem.low):
        a = problem.weights
        least, most, error = _activities(problem, fixed)
        may_fall = (least - error >= problem.low)[:, None]
        may_rise = (most + error <= problem.high)[:, None]
        down &= (((a <= 0) | may_fall) & ((a >= 0) | may_rise)).all(axis=0)
        up &= (((a >= 0) | may_fall) & ((a <= 0) | may_rise)).all(axis=0)
    if problem.rule is not None:
        rule = problem.rule
        inter = BinaryQuadratic(rule.lines, -2 * rule.matrix)
        low, high = _derivatives(inter, fixed)
        down &= low >= 0
        up &= high <= 0
    return down, up
