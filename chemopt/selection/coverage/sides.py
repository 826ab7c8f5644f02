"""Side constraints as rows C x ≤ d, and what they imply for the models that are still free.

A lower bound is a row with the signs turned round. What sums can do at most follows from bounds on
each term and on the number of terms (bounds on the activity of a row, as in presolving of
mixed-integer programs: Savelsbergh, ORSA Journal on Computing 6, 1994).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.problem.constraints import LinearConstraint

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sides:
    """Rows C x ≤ d.

    Attributes
    ----------
    weights : ndarray of shape (m, n)
        C.
    limits : ndarray of shape (m,)
        d: every feasible ensemble is within it. All numbers are whole, so sums have no error.
    doubts : ndarray of shape (m,)
        A sum by less than this below the limit may belong to an ensemble that is not feasible.
    """

    weights: Floats
    limits: Floats
    doubts: Floats

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.limits)

    def take(self, columns: npt.NDArray[np.intp] | Bools) -> Sides:
        """Return the rows for some of the columns."""
        return replace(self, weights=self.weights[:, columns])

    def choose(self, columns: npt.NDArray[np.intp] | Bools | list[int]) -> Sides:
        """Return the rows with what is left of the limits after some columns are chosen."""
        return replace(self, limits=self.limits - self.weights[:, columns].sum(axis=1))

    def binding(self) -> Sides:
        """Return the rows that choices of columns differ in, and some violate, or may."""
        most = np.maximum(self.weights, 0).sum(axis=1)
        kept = (most > self.limits - self.doubts) & (self.weights.any(axis=1) | (self.doubts > 0))
        return (
            self if kept.all() else Sides(self.weights[kept], self.limits[kept], self.doubts[kept])
        )


def sides_of(constraints: Sequence[LinearConstraint], order: npt.NDArray[np.intp]) -> Sides:
    """Return linear constraints as rows, with columns in another order."""
    weights, limits, doubts = [], [], []
    for row in constraints:
        for sign, end in ((1.0, row.high), (-1.0, -row.low)):
            if end == math.inf:
                continue
            weights.append(sign * row.weights[order])
            limits.append(end)
            doubts.append(row.doubt)
    return Sides(
        np.array(weights, dtype=float).reshape(len(weights), len(order)),
        np.array(limits, dtype=float),
        np.array(doubts, dtype=float),
    )


@dataclass(frozen=True, eq=False)
class Implied:
    """What side constraints imply.

    Attributes
    ----------
    low, high : int
        Bounds on the number of columns in a choice that meets all rows; if `low` is larger, there
        is no such choice.
    chosen, left_out : ndarray of bool of shape (n,)
        Columns that every such choice has, and those that none has.
    """

    low: int
    high: int
    chosen: Bools
    left_out: Bools


def implied(sides: Sides, low: int, high: int) -> Implied:
    """Return what rows imply for choices of `low` to `high` of their columns.

    With s(t) the sum of the t least weights of a row, t columns without j have at least the sum
    max(s(t), s(t + 1) − c_j), and t columns with j at least max(s(t), s(t − 1) + c_j).

    Examples
    --------
    >>> found = implied(Sides(np.array([[1.0, 2.0, 5.0]]), np.array([4.0]), np.zeros(1)), 0, 3)
    >>> found.high, found.chosen.tolist(), found.left_out.tolist()
    (2, [False, False, False], [False, False, True])
    """
    weights, limits = sides.weights, sides.limits
    m, n = weights.shape
    high = min(high, n)
    none = np.zeros(n, dtype=bool)
    if low > high or not m:
        return Implied(low, high, none, none)
    least = np.zeros((m, n + 1))
    np.cumsum(np.sort(weights, axis=1), axis=1, out=least[:, 1:])
    sizes = low + np.flatnonzero((least[:, low : high + 1] <= limits[:, None]).all(axis=0))
    if not sizes.size:
        return Implied(1, 0, none, none)
    # s is convex, so these sizes are an interval
    low, high = int(sizes[0]), int(sizes[-1])
    column, limit = weights[:, :, None], limits[:, None]
    if high > 0:
        t = np.arange(max(low, 1), high + 1)
        with_j = np.maximum(least[:, None, t], least[:, None, t - 1] + column)
        left_out = (with_j.min(axis=2) > limit).any(axis=0)
    else:
        left_out = ~none
    if low == n:
        chosen = ~none
    else:
        t = np.arange(low, min(high, n - 1) + 1)
        without_j = np.maximum(least[:, None, t], least[:, None, t + 1] - column)
        chosen = (without_j.min(axis=2) > limit).any(axis=0)
    return Implied(low, high, chosen, left_out)
