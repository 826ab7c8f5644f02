"""A bound for each size |x|: every chosen variable with its cheapest partners.

With k variables chosen, each has k − 1 partners, and half of each product belongs to each end. So
with S_i(m) the sum of the m smallest products of variable i,

    f(x) ≥ constant + Σ of the k smallest of  l_i + S_i(k − 1) / 2     for every x with |x| = k,

the bound of Gilmore and Lawler for quadratic assignment, for subsets instead of permutations. It
costs two sorts. It is weak where products differ, but it knows the size: where they are nearly
equal, it leaves one size or two, which the semidefinite bound, with its errors relative to the
whole objective, would take long to find.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats
from chemopt.numerics import gamma


def size_bounds(problem: BinaryQuadratic) -> Floats:
    """Return lower bounds of f over the points of each size.

    Of linear constraints only this is used: a row has no point of a size if its smallest (largest)
    weights alone are above (below) its limit.

    Returns
    -------
    ndarray of shape (n + 1,)
        For the sizes 0 to n; rounding errors are taken off. Infinite where no point is feasible.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]),
    ...                     weights=np.ones((1, 2)), low=np.array([1.0]), high=np.array([2.0]))
    >>> size_bounds(f).round(9).tolist()
    [inf, -2.0, -0.0]
    """
    n = problem.n
    partners = problem.quadratic[~np.eye(n, dtype=bool)].reshape(n, max(n - 1, 0))
    cheapest = np.zeros((n, n))
    np.cumsum(np.sort(partners, axis=1), axis=1, out=cheapest[:, 1:])
    # column k − 1: what each variable costs at least in an ensemble of size k
    costs = np.sort(problem.linear[:, None] + 0.5 * cheapest, axis=0)
    least = np.append(0.0, np.diagonal(np.cumsum(costs, axis=0)))
    # a sum of at most n² terms, taken in parts of at most n + 1
    bounds: Floats = problem.constant + least - problem.rounding_error
    bounds[~_sizes_of_rows(problem)] = np.inf
    return bounds


def _sizes_of_rows(problem: BinaryQuadratic) -> Bools:
    """Return for each size whether every row by itself has a point of it."""
    weights = np.sort(problem.weights, axis=1)
    start = np.zeros((len(weights), 1))
    least = np.hstack([start, np.cumsum(weights, axis=1)])
    most = np.hstack([start, np.cumsum(weights[:, ::-1], axis=1)])
    error = gamma(problem.n) * np.abs(weights).sum(axis=1)
    possible = (least <= (problem.high + error)[:, None]) & (most >= (problem.low - error)[:, None])
    return np.asarray(possible.all(axis=0))


def narrow_sizes(
    bounds: Floats, sizes: tuple[int, int], cutoff: float
) -> tuple[tuple[int, int], float]:
    """Leave out sizes at both ends whose bound reaches the cutoff.

    Parameters
    ----------
    bounds : ndarray
        For all sizes.
    sizes : tuple of int
        The least and the largest size.
    cutoff : float

    Returns
    -------
    sizes : tuple of int
        Empty (the least is above the largest) if no size is left.
    bound : float
        The least bound of the sizes left out; inf if there are none.

    Examples
    --------
    >>> narrow_sizes(np.array([5.0, 1.0, 2.0, 7.0, 0.0]), (0, 3), 4.0)
    ((1, 2), 5.0)
    """
    low, high = sizes
    bound = np.inf
    while low <= high and bounds[low] >= cutoff:
        bound = min(bound, float(bounds[low]))
        low += 1
    while high >= low and bounds[high] >= cutoff:
        bound = min(bound, float(bounds[high]))
        high -= 1
    return (low, high), bound
