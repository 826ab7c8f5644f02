"""Presolve: fix variables without branching, by the sign of derivatives and by propagation.

Over all completions of the free variables the derivative of f with respect to x_i lies in

    [l_i + Σ_j min(Q_ij, 0), l_i + Σ_j max(Q_ij, 0)].

If it is never negative, x_i = 0 is at least as good as x_i = 1 in every completion, so some optimum
has x_i = 0, provided that going from 1 to 0 never violates a constraint; the other way round for
x_i = 1. This is the first-order persistency of Hammer, Hansen and Simeone (1984), and it is
repeated until nothing changes, since what is fixed narrows the other ranges. Ends of ranges that
are 0 up to rounding count as 0: at α = 1/2 and β = 0 a pool has whole plateaus of such variables.
An optimum may lose twice the rounding error of the derivative by each variable that is fixed, and
so 2 · `BinaryQuadratic.rounding_error` in all.

A linear constraint fixes x_i where one of its values cannot be completed to a feasible point.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing, Floats
from chemopt.numerics import gamma

_UNITS = 2.0**20


def fix_variables(problem: BinaryQuadratic, fixed: Fixing) -> Fixing | None:
    """Fix what can be fixed beyond `fixed`; return None if the constraints cannot be met.

    Parameters
    ----------
    problem : BinaryQuadratic
    fixed : ndarray of shape (n,)
        0, 1 or `FREE`.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-3.0, 1.0]), np.array([[0.0, 2.0], [2.0, 0.0]]))
    >>> fix_variables(f, np.array([FREE, FREE], dtype=np.int8)).tolist()
    [1, 0]
    """
    fixed = fixed.copy()
    while True:
        free = fixed == FREE
        propagated = _propagate(problem, fixed)
        if propagated is None:
            return None
        if (propagated != fixed).any():
            fixed = propagated
            continue
        if not free.any():
            return fixed
        down, up = _always_feasible_moves(problem, fixed)
        low, high, error = _derivative_ranges(problem, fixed)
        zero = free & (low >= -error) & down
        one = free & (high <= error) & up & ~zero
        if not (zero | one).any():
            return fixed
        # Each of these is right by itself in every completion, hence all are together.
        fixed[zero], fixed[one] = 0, 1


def _derivative_ranges(problem: BinaryQuadratic, fixed: Fixing) -> tuple[Floats, Floats, Floats]:
    """Return the ranges of the derivatives, and the rounding errors of their sums."""
    free, one = fixed == FREE, (fixed == 1).astype(float)
    q = problem.quadratic
    base = problem.linear + q @ one
    pairs = q[:, free]
    error = gamma(problem.n + 2) * (np.abs(problem.linear) + np.abs(q).sum(axis=1))
    low = base + np.minimum(pairs, 0).sum(axis=1)
    high = base + np.maximum(pairs, 0).sum(axis=1)
    return low, high, error


def _activity_ranges(problem: BinaryQuadratic, fixed: Fixing) -> tuple[Floats, Floats, Floats]:
    """Return the least and the largest activity of each row, and their rounding errors."""
    a, free = problem.weights, fixed == FREE
    base = a[:, fixed == 1].sum(axis=1)
    least = base + np.minimum(a[:, free], 0).sum(axis=1)
    most = base + np.maximum(a[:, free], 0).sum(axis=1)
    # sums of whole numbers, divided by a power of two (`scaled_rows`), have no rounding error
    units, size = a * _UNITS, np.abs(a).sum(axis=1)
    exact = (units == np.floor(units)).all(axis=1) & (size * _UNITS < 2.0**52)
    error = np.where(exact, 0.0, gamma(2 * problem.n + 2) * size)
    return least, most, error


def _propagate(problem: BinaryQuadratic, fixed: Fixing) -> Fixing | None:
    """Fix variables by the linear constraints; return None if they cannot be met."""
    if not len(problem.low):
        return fixed
    least, most, error = _activity_ranges(problem, fixed)
    if (least - error > problem.high).any() or (most + error < problem.low).any():
        return None
    a, free = problem.weights, fixed == FREE
    size = np.abs(a)
    # Moving this variable away from the least (largest) activity would violate the row.
    breaks_high = (least - error)[:, None] + size > problem.high[:, None]
    breaks_low = (most + error)[:, None] - size < problem.low[:, None]
    zero = (breaks_high & (a > 0)) | (breaks_low & (a < 0))
    one = (breaks_high & (a < 0)) | (breaks_low & (a > 0))
    propagated = fixed.copy()
    zeros, ones = zero.any(axis=0) & free, one.any(axis=0) & free
    if (zeros & ones).any():
        return None
    propagated[zeros], propagated[ones] = 0, 1
    return propagated


def _always_feasible_moves(problem: BinaryQuadratic, fixed: Fixing) -> tuple[Bools, Bools]:
    """Return which variables can go to 0, and which to 1, without violating any constraint."""
    known = problem.accepts is None
    down, up = np.full(problem.n, known), np.full(problem.n, known)
    if len(problem.low) and known:
        a = problem.weights
        least, most, error = _activity_ranges(problem, fixed)
        may_fall = (least - error >= problem.low)[:, None]
        may_rise = (most + error <= problem.high)[:, None]
        down &= (((a <= 0) | may_fall) & ((a >= 0) | may_rise)).all(axis=0)
        up &= (((a >= 0) | may_fall) & ((a <= 0) | may_rise)).all(axis=0)
    if problem.inter is not None:
        inter = BinaryQuadratic(problem.inter.linear, -2 * problem.inter.matrix)
        low, high, error = _derivative_ranges(inter, fixed)
        down &= low - error >= 0
        up &= high + error <= 0
    return down, up
