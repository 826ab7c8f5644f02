"""Upper bounds of maximum coverage from multipliers, each of them valid whatever these are.

With multipliers 0 ≤ λ ≤ w of z ≤ R x and π ≥ 0 of C x ≤ d, every feasible x has

    f(x) ≤ Σ_p (w_p − λ_p) + π·d + Σ_i (Σ_p λ_p r_pi − (Cᵀπ)_i) x_i,

so the sum of the largest values of the last bracket, as many as |X| allows, gives a bound
(Lagrangian relaxation: Geoffrion, Mathematical Programming Study 2, 1974). With λ = w it is what is
covered and the sum of the largest gains.

The same multipliers bound each child. Once i is chosen, pattern p has the weight w_p (1 − r_pi) and
the multiplier λ_p (1 − r_pi), so one matrix product, Rᵀ diag(λ) R, makes the bounds of all n
children. To leave i out replaces it by the best model that is not among the largest.

Rounding
    In single precision λ is rounded to a multiple of a power of two such that all sums in
    matrix products are exact (`chemopt.selection.coverage.instance`). The rest is computed in
    double precision, and a bound on its rounding error is added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chemopt.numerics import Floats, gamma, power_of_two_below
from chemopt.selection.coverage.instance import EXACT_BITS, Matrix
from chemopt.selection.coverage.relaxation import Multipliers, best_sums
from chemopt.selection.coverage.sides import Sides


@dataclass(frozen=True, eq=False)
class Bounds:
    """Upper bounds of what can be added, rounding errors included.

    Attributes
    ----------
    all : float
        Of every choice.
    include, exclude : ndarray of shape (n,)
        Of those with, and those without each model.
    """

    all: float
    include: Floats
    exclude: Floats


def rounded(multipliers: Floats, weights: Matrix) -> Matrix:
    """Return multipliers within their bounds, of the type of the weights, on a grid if single.

    Examples
    --------
    >>> rounded(np.array([0.25, 1.5]), np.array([1, 1], dtype=np.float32)).tolist()
    [0.25, 1.0]
    """
    inside: Matrix = np.clip(np.nan_to_num(multipliers), 0.0, weights)
    if weights.dtype == np.float32:
        total = float(weights.sum(dtype=float))
        grid = math.ldexp(1.0, EXACT_BITS - 1) / power_of_two_below(total)
        inside = (np.rint(inside * grid) / grid).astype(np.float32)
    return inside


def bounds_from(
    multipliers: Multipliers, right: Matrix, weights: Matrix, sides: Sides, low: int, high: int
) -> Bounds:
    """Return the bounds that multipliers give.

    Parameters
    ----------
    multipliers : Multipliers
    right : ndarray of shape (P, n)
    weights : ndarray of shape (P,)
    sides : Sides
        m rows.
    low, high : int
        Bounds on the number of models; 0 < high ≤ n and low ≤ high.

    Examples
    --------
    >>> rows = Sides(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    >>> multipliers = Multipliers(np.array([3.0, 1.0, 1.0]), np.zeros(0), np.zeros(2))
    >>> found = bounds_from(multipliers, np.array([[1.0, 0], [0, 1], [0, 1]]), np.ones(3),
    ...                     rows, 1, 1)
    >>> found.include.round(6).tolist(), found.exclude.round(6).tolist()
    ([1.0, 2.0], [2.0, 1.0])
    """
    n = right.shape[1]
    lam = rounded(multipliers.patterns, weights)
    rows = np.maximum(np.nan_to_num(multipliers.rows), 0.0)
    scaled = right.T * lam
    together = scaled @ right
    values = (right.T @ lam).astype(float)
    prices = sides.weights.T @ rows
    spare = float((weights - lam).sum(dtype=float)) + float(rows @ sides.limits)
    # sums over patterns, models and rows: no term is in more than this many additions
    terms = right.shape[0] + n + len(sides) + 16
    magnitude = float(weights.sum(dtype=float)) * (high + 2)
    magnitude += float(rows @ (np.abs(sides.limits) + np.abs(sides.weights).sum(axis=1)))
    spare += gamma(terms) * magnitude

    worth = values - prices
    every = spare + float(best_sums(worth, low, high))
    others = values[None, :] - together - prices[None, :]
    np.fill_diagonal(others, -np.inf)
    exclude = every - _loss_without(worth, low, high)
    with_it = best_sums(others, max(0, low - 1), min(high, n) - 1)
    return Bounds(every, np.minimum(every, spare + worth + with_it), exclude)


def _loss_without(worth: Floats, low: int, high: int) -> Floats:
    """Return by how much the best sum falls when each model is left out."""
    order = np.argsort(-worth, kind="stable")
    ordered = worth[order]
    count = low + int((ordered[low:high] > 0).sum())
    # the next best takes its place, or none does where this many need not be; −∞ if one is needed
    substitute = ordered[count] if count < len(worth) else -np.inf
    if count > low:
        substitute = max(substitute, 0.0) if count == high else 0.0
    loss = np.zeros(len(worth))
    loss[order[:count]] = ordered[:count] - substitute
    return loss
