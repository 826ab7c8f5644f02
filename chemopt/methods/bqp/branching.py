"""Nodes of the branch and bound tree, and how a node is split."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.problem import BinaryQuadratic, Fixing, Floats, Indices

# A size closer to an integer than this is a part of its own.
_INTEGRAL = 0.02


@dataclass(frozen=True, eq=False)
class Subproblem:
    """The points of a node: the values of fixed variables, and the least and largest size."""

    fixed: Fixing
    sizes: tuple[int, int]

    @property
    def one_size(self) -> bool:
        """Whether all points have the same size."""
        return self.sizes[0] == self.sizes[1]

    def more(self, free: int) -> tuple[int, int]:
        """Return how many of the free variables, given by their number, are chosen: the range."""
        chosen = int((self.fixed == 1).sum())
        return max(0, self.sizes[0] - chosen), min(free, self.sizes[1] - chosen)


@dataclass(eq=False)
class Node:
    """An open node; nodes are ordered by bound, then by number.

    Attributes
    ----------
    bound : float
    number : int
    subproblem : Subproblem
    duals, parent
        Multipliers of the parent, and its subproblem, for a dual warm start.
    """

    bound: float
    number: int
    subproblem: Subproblem
    duals: Duals | None = None
    parent: Subproblem | None = None

    def __lt__(self, other: Node) -> bool:
        return (self.bound, self.number) < (other.bound, other.number)


def with_size_row(problem: BinaryQuadratic) -> BinaryQuadratic:
    """Append the row 0 ≤ |X| ≤ n, for nodes to narrow."""
    return problem.with_changes(
        weights=np.vstack([problem.weights, np.ones((1, problem.n))]),
        low=np.append(problem.low, 0.0),
        high=np.append(problem.high, float(problem.n)),
    )


def with_sizes(problem: BinaryQuadratic, sizes: tuple[int, int]) -> BinaryQuadratic:
    """Return the problem with the size row, its last one, narrowed to a range of sizes."""
    if sizes == (0, problem.n):
        return problem
    unit = float(problem.weights[-1, 0])
    low, high = problem.low.copy(), problem.high.copy()
    low[-1], high[-1] = sizes[0] * unit, sizes[1] * unit
    return problem.with_changes(low=low, high=high)


def centred(problem: BinaryQuadratic, size: int) -> BinaryQuadratic:
    """Return a problem with the same values at points of one size, and coefficients around 0.

    With |x| = k, Σ_{i<j} x_i x_j = k (k − 1)/2 and Σ x_i = k are constants, so any multiple of them
    may move to the constant. What is left is what distinguishes the points.

    Examples
    --------
    >>> q = np.array([[0.0, 7.0, 7.0], [7.0, 0.0, 8.0], [7.0, 8.0, 0.0]])
    >>> same = centred(BinaryQuadratic(np.array([5.0, 5.0, 5.0]), q), 2)
    >>> same.constant, same.quadratic[1].tolist()
    (18.0, [0.0, 0.0, 1.0])
    """
    n = problem.n
    off_diagonal = ~np.eye(n, dtype=bool)
    product = float(np.median(problem.quadratic[off_diagonal])) if n > 1 else 0.0
    quadratic = np.where(off_diagonal, problem.quadratic - product, 0.0)
    linear = float(np.median(problem.linear + quadratic.sum(axis=1) / 2))
    # rounded once
    constant = Fraction(problem.constant) + Fraction(linear) * size
    constant += Fraction(product) * (size * (size - 1) // 2)
    return problem.with_changes(
        linear=problem.linear - linear,
        quadratic=quadratic,
        constant=float(constant),
    )


def branch_on_size(fixed: Fixing, sizes: tuple[int, int], size: float) -> list[Subproblem]:
    """Split the range of sizes at the size of a relaxation; return nothing if it is one size.

    A size that is nearly integral is a part of its own.

    Examples
    --------
    >>> fixed = np.array([1, -1, -1, -1], dtype=np.int8)
    >>> [part.sizes for part in branch_on_size(fixed, (0, 4), 2.5)]
    [(0, 2), (3, 4)]
    >>> [part.sizes for part in branch_on_size(fixed, (0, 4), 3.01)]
    [(0, 2), (3, 3), (4, 4)]
    """
    low, high = sizes
    if low == high:
        return []
    below = min(max(math.floor(size), low), high - 1)
    parts = [(low, below), (below + 1, high)]
    nearest = min(max(round(size), low), high)
    if abs(size - nearest) <= _INTEGRAL:
        parts = [(low, nearest - 1), (nearest, nearest), (nearest + 1, high)]
    return [Subproblem(fixed, part) for part in parts if part[0] <= part[1]]


def branch_on_variable(
    fixed: Fixing, sizes: tuple[int, int], free: Indices, row: Floats
) -> list[Subproblem]:
    """Split on the free variable whose product with node 0, its entry in `row`, is closest to 0."""
    subproblems = []
    for value in (0, 1):
        child = fixed.copy()
        child[free[np.abs(row).argmin()]] = value
        subproblems.append(Subproblem(child, sizes))
    return subproblems
