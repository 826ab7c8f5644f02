"""Undominated pairs of cost and coverage.

All costs are sums of numbers that are not negative, so each is off by at most a relative error of
γ_k with k terms, far below `SUM_TOLERANCE`. Costs that differ by less count as equal. Numbers of
items are exact; with a verifier that errs they are sums like the costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, SUM_TOLERANCE, Floats

Indices = npt.NDArray[np.intp]


def undominated(cost: Floats, covered: Floats, size: npt.NDArray[np.integer]) -> Indices:
    """Return the undominated ones of some pairs, in the order of cost.

    A pair is dominated if another costs no more and covers no less, and differs in one of the two.
    Of equal pairs, the one with the smallest size is kept, then the first.

    Parameters
    ----------
    cost, covered : ndarray of shape (k,)
    size : ndarray of int of shape (k,)

    Examples
    --------
    >>> undominated(np.array([1.0, 2, 2, 3]), np.array([1.0, 5, 5, 4]), np.array([1, 2, 1, 1]))
    array([0, 2])
    """
    if not len(cost):
        return np.zeros(0, dtype=np.intp)
    order = np.lexsort((size, cost, -covered))
    sorted_cost = cost[order]
    before = np.minimum.accumulate(np.concatenate([[np.inf], sorted_cost[:-1]]))
    kept = sorted_cost < before * (1 - SUM_TOLERANCE)
    kept[0] = True
    front = order[kept][::-1]
    # of coverages that differ by rounding alone, the cheapest
    gains = np.diff(covered[front], prepend=-np.inf)
    return np.asarray(front[gains > IMPROVEMENT_TOLERANCE * covered[front]], dtype=np.intp)


@dataclass
class Staircase:
    """Pairs that some cascade may reach, of which undominated ones are kept.

    Attributes
    ----------
    cost, covered : ndarray of shape (k,)
        Sorted by cost; a lower bound of cost, and an upper bound of coverage.
    """

    cost: Floats
    covered: Floats

    @classmethod
    def empty(cls) -> Staircase:
        """Return no pairs."""
        return cls(np.zeros(0), np.zeros(0))

    def add(self, cost: Floats, covered: Floats) -> None:
        """Add pairs."""
        cost, covered = np.append(self.cost, cost), np.append(self.covered, covered)
        kept = undominated(cost, covered, np.zeros(len(cost), dtype=np.intp))
        self.cost, self.covered = cost[kept], covered[kept]

    def most(self, max_cost: float) -> float:
        """Return the most coverage of pairs that cost at most so much; −∞ without any."""
        k = int(np.searchsorted(self.cost, max_cost, side="right"))
        return float(self.covered[k - 1]) if k else -np.inf

    def least(self, target: float) -> float:
        """Return the least cost of pairs that cover at least so much; ∞ without any."""
        k = int(np.searchsorted(self.covered, target, side="left"))
        return float(self.cost[k]) if k < len(self.cost) else np.inf

    def covers(self, cost: Floats, covered: Floats) -> npt.NDArray[np.bool_]:
        """Say of each pair whether a pair here costs no more and covers no less."""
        reached = np.append(-np.inf, self.covered)
        at = reached[np.searchsorted(self.cost, cost * (1 + SUM_TOLERANCE), side="right")]
        return np.asarray(at >= covered)

    def beats(self, cost: float, covered: float) -> bool:
        """Say whether a pair here costs less and covers no less, or covers more for no more."""
        tolerance = SUM_TOLERANCE * max(1.0, covered)
        return bool(
            self.least(covered - tolerance) < cost * (1 - SUM_TOLERANCE)
            or self.most(cost) > covered + tolerance
        )
