"""The input of the polynomial algorithm: used models in the order of ranks, convex weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.chemistry.cost import CostOracle, ProfileCost, reciprocal
from chemopt.errors import InputError
from chemopt.numerics import WEIGHT_DIFFERENCE_ERROR, Floats


@dataclass(frozen=True, eq=False)
class RankedPool:
    """The used models in the order of ranks, and the weights with their differences.

    Attributes
    ----------
    penalty : ndarray of shape (n,)
    weight : ndarray of shape (n,)
        w_1, …, w_n.
    first : ndarray of shape (n − 1,)
        D1(r) = w_r − w_{r+1}, at least 0.
    second : ndarray of shape (n − 2,)
        D2(r) = w_r − 2 w_{r+1} + w_{r+2}, at least 0.
    empty_cost : float
        Cost of the empty set; 0 where the empty set does not count.
    """

    penalty: Floats
    weight: Floats
    first: Floats
    second: Floats
    empty_cost: float

    def __len__(self) -> int:
        """Return the number of used models."""
        return len(self.penalty)


def ranked_pool(oracle: ProfileCost) -> RankedPool:
    """Prepare a profile cost, or raise for weights for which the algorithm is not valid.

    Raises
    ------
    InputError
        The weights are not positive, nonincreasing and convex.
    """
    w, n = oracle.rank_weight, len(oracle.order)
    if oracle.options.rank_weight is reciprocal:
        # In closed form: subtracting nearly equal numbers would lose digits.
        r = np.arange(1, n + 1, dtype=float)
        first, second = 1 / (r[:-1] * r[1:]), 2 / (r[:-2] * r[1:-1] * r[2:])
    else:
        first, second = -np.diff(w), np.diff(w, n=2)
        first[np.abs(first) <= WEIGHT_DIFFERENCE_ERROR * w[:-1]] = 0.0
        second[np.abs(second) <= WEIGHT_DIFFERENCE_ERROR * w[:-2]] = 0.0
    if (w <= 0).any() or (first < 0).any() or (second < 0).any():
        raise InputError(
            f"method 'exact' needs rank weights that are positive, nonincreasing and convex, and "
            f"{oracle.options.weights_name} is not; method 'enumerate' takes any weights, for "
            "small pools"
        )
    return RankedPool(oracle.penalty, w, first, second, oracle.options.empty_cost or 0.0)


def has_polynomial_form(oracle: CostOracle) -> bool:
    """Return whether `ranked_pool` accepts this cost.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> from chemopt.chemistry.cost import ProfileCost
    >>> pool = Profiles.from_frame(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "quality": 5.0, "accuracy": 0.8}))
    >>> has_polynomial_form(ProfileCost(pool))
    True
    >>> has_polynomial_form(ProfileCost(pool, weights=lambda rank: rank))
    False
    """
    # A subclass may define another cost, so it is treated like any other oracle.
    if type(oracle) is not ProfileCost:
        return False
    try:
        ranked_pool(oracle)
    except InputError:
        return False
    return True


def empty_set_ratio(pool: RankedPool, a: int | slice, b: int) -> Floats:
    """Return the signed ratios of X = ∅ for b and one or more a, 0 where it does not count."""
    p, w = pool.penalty, pool.weight
    if pool.empty_cost == 0 or p[b] == 0:
        return np.zeros(np.shape(p[a]))
    ratio = (pool.empty_cost - p[b] * pool.first[0]) / (p[a] * w[0] + p[b] * w[1])
    return np.where(p[a] > 0, ratio, 0.0)


def difference(x: Floats | float, y: Floats | float) -> Floats:
    """Return x − y for x, y ≥ 0, and 0 where that is within the rounding allowance."""
    result = np.subtract(x, y)
    rounded: Floats = np.where(np.abs(result) > WEIGHT_DIFFERENCE_ERROR * np.add(x, y), result, 0.0)
    return rounded


def lone_partners(pool: RankedPool, b: int) -> list[tuple[int, float]]:
    """List the candidates for the one model e after b with p_e > 0, in a negative Δ.

    Returns
    -------
    list of (int, float)
        (k, p): k models of zero penalty are between b and e, which raises its rank by k; p is the
        least positive penalty of such an e. For each k, a smaller p is always better; and where D2
        is nonincreasing, for each p a larger k.
    """
    tail = pool.penalty[b + 1 :]
    zeros_so_far = np.cumsum(tail == 0)
    positive = np.flatnonzero(tail > 0)
    if not len(positive):
        return []
    # The least positive penalty among those with at least k zeros before them.
    least: dict[int, float] = {}
    for i in positive[::-1]:
        k = int(zeros_so_far[i])
        least[k] = min(float(tail[i]), least.get(k, np.inf))
    higher_is_better = bool((np.diff(pool.second) <= 0).all())
    partners: list[tuple[int, float]] = []
    best = np.inf
    for k in range(int(zeros_so_far[positive[-1]]), -1, -1):
        smaller = least.get(k, np.inf) < best
        best = min(best, least.get(k, np.inf))
        if smaller or not higher_is_better:
            partners.append((k, best))
    return partners
