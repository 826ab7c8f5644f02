"""A coverage problem as arrays in an order of its own, in which sums are exact where they can be.

Models are sorted by accuracy and then by name, rows by their contents. So no result depends on the
order in which models came, and the first of several equal maxima is the one that ties go to.

Weights that are multiples of a power of two, `step`, and rows of zeros and ones make all values
multiples of it. With fewer than 2²³ steps in all, sums of weights are then exact even in single
precision, whatever the order of addition, and matrix products take half the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, Floats
from chemopt.selection.coverage.sides import Sides, sides_of
from chemopt.selection.problem import CoverageProblem

#: Single or double precision.
Matrix = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.intp]

# Of the 24 bits that single precision has, one is left for sums of two sums.
EXACT_BITS = 23
# Weights down to 2⁻¹⁰ are tried: marks with a few binary digits.
_FINEST = 10


@dataclass(frozen=True, eq=False)
class Instance:
    """A coverage problem as arrays; models are numbered in the order of the instance.

    Attributes
    ----------
    problem : CoverageProblem
    order : ndarray of int of shape (n,)
        The number in the pool of each model.
    right : ndarray of shape (P, n)
        Single precision if `step` is not 0.
    weights : ndarray of shape (P,)
    accuracy : ndarray of shape (n,)
        Σ_p w_p r_pi, in items.
    step : float
        All values are multiples of it; 0 if there is none.
    sides : Sides
        The side constraints.
    low, high : int
        Bounds on |X|.
    required, free : tuple of int
        Models that must, and those that may be chosen.
    """

    problem: CoverageProblem
    order: Indices
    right: Matrix
    weights: Matrix
    accuracy: Floats
    step: float
    sides: Sides
    low: int
    high: int
    required: tuple[int, ...]
    free: tuple[int, ...]

    @property
    def tie(self) -> float:
        """Differences between values up to this size are rounding errors."""
        return 0.0 if self.step else IMPROVEMENT_TOLERANCE * float(self.weights.sum())

    def is_feasible(self, chosen: Iterable[int]) -> bool:
        """Say whether required and some free models together meet all constraints."""
        members = sorted(chosen)
        positions = self.order[members]
        return self.low <= len(members) <= self.high and all(
            row.is_met(positions) for row in self.problem.side_constraints
        )

    def value(self, chosen: Iterable[int]) -> float:
        """Return the value of an ensemble."""
        return self.problem.patterns.value(self.in_pool(chosen))

    def in_pool(self, chosen: Iterable[int]) -> tuple[int, ...]:
        """Return an ensemble by numbers in the pool."""
        return tuple(sorted(int(self.order[i]) for i in chosen))

    def from_pool(self, models: Iterable[int]) -> tuple[int, ...]:
        """Return an ensemble that is given by numbers in the pool."""
        place = np.argsort(self.order)
        return tuple(sorted(int(place[i]) for i in models))

    def mean_accuracy(self, chosen: Iterable[int]) -> float:
        """Return the mean accuracy of the members, in items."""
        members = list(chosen)
        return math.fsum(self.accuracy[members]) / max(1, len(members))


def instance_of_problem(problem: CoverageProblem) -> Instance:
    """Return a problem as arrays.

    Examples
    --------
    >>> from chemopt.outcomes.patterns import Patterns
    >>> patterns = Patterns(("a", "b"), np.array([[1.0, 1.0], [0.0, 1.0]]), np.ones(2), 3.0)
    >>> found = instance_of_problem(CoverageProblem(patterns))
    >>> found.order.tolist(), found.accuracy.tolist(), found.step
    ([1, 0], [2.0, 1.0], 1.0)
    """
    patterns = problem.patterns
    accuracy = np.array([math.fsum(patterns.weights * column) for column in patterns.right.T])
    order = np.array(
        sorted(range(len(problem.models)), key=lambda i: (-accuracy[i], problem.models[i])),
        dtype=np.intp,
    )
    right, weights = patterns.right[:, order], patterns.weights
    rows = np.lexsort(right.T) if len(right) else np.arange(0)
    right, weights = right[rows], weights[rows]
    step = _step(right, weights)
    kind = np.float32 if step else np.float64
    low, high = problem.size_bounds
    required, excluded = set(problem.require), set(problem.exclude)
    names = [problem.models[i] for i in order]
    return Instance(
        problem=problem,
        order=order,
        right=np.ascontiguousarray(right, dtype=kind),
        weights=weights.astype(kind),
        accuracy=accuracy[order],
        step=step,
        sides=sides_of(problem.side_constraints, order),
        low=max(low, len(required)),
        high=min(high, len(names) - len(excluded)),
        required=tuple(i for i, name in enumerate(names) if name in required),
        free=tuple(i for i, name in enumerate(names) if name not in required | excluded),
    )


def _step(right: Floats, weights: Floats) -> float:
    """Return a power of two that all values are multiples of, if sums are exact; else 0."""
    if not ((right == 0) | (right == 1)).all():
        return 0.0
    for digits in range(_FINEST + 1):
        scaled = np.ldexp(weights, digits)
        if (scaled == np.rint(scaled)).all():
            return math.ldexp(1.0, -digits) if scaled.sum() < 2.0**EXACT_BITS else 0.0
    return 0.0
