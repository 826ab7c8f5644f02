"""The linear relaxation of maximum coverage, by an interior-point method of its own.

    maximise    Σ_p w_p z_p
    subject to  z ≤ R x,  z ≤ 1,  0 ≤ x ≤ 1
                low ≤ Σ_i x_i ≤ high,  C x ≤ d          (the rows)

It is solved by a primal-dual method with predictor and corrector (Mehrotra, SIAM Journal on
Optimization 2, 1992). What is special here is its size: z and the multipliers of the P patterns are
eliminated, so that each step is a system of n equations with the matrix Rᵀ D R, D diagonal; a
hundred models and ten thousand patterns take a tenth of a second in all.

The rows may be violated at a price: Σ x_i ≤ high means a further pattern of weight M = Σ w with
z ≤ 1 + high − Σ x_i, and so on, all rows scaled to largest weight 1. So every x inside its bounds
is a start, and the multipliers of all patterns, w λ with 0 < λ < 1, give a bound at every step. For
a row c x ≤ d with nonnegative weights and d ≥ 1, no multiplier need be larger than M, since the
optimum is concave in d. Where only |X| ≤ high constrains, Σ x_i = high is kept exactly instead.

Multipliers are all that is used of the solution, and any multipliers give a valid bound
(`chemopt.selection.coverage.bounds`). So rounding errors here, and single precision, cost time and
not correctness.

References
----------
Church and ReVelle, The maximal covering location problem, Papers of the Regional Science
Association 32, 1974: the formulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from chemopt.numerics import Floats
from chemopt.selection.coverage.instance import Matrix
from chemopt.selection.coverage.sides import Sides

# The first complementarity products of patterns; what rows and bounds on x have of all products.
_START, _SMALL_PART = 0.3, 0.1
# The start uses this part of what the rows allow.
_INSIDE = 0.9
_LARGEST_STEP = 0.95
_STEPS = 50
# Stop when the duality gap is this part of the distance from the bound to its target, for then
# the multipliers serve to leave out models as well as the best ones; or this part of the weight.
_ENOUGH, _CONVERGED = 0.1, 1e-7
# Multipliers this close to 0 or 1 are rounded, where that is better.
_CLIP = 1e-3
# Relative, on the diagonal: what single precision may have spoilt.
_REGULARISED = 1e-6


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers of the patterns and of the rows, and a solution of the relaxation.

    Attributes
    ----------
    patterns : ndarray of shape (P,)
        Each from 0 to the pattern's weight.
    rows : ndarray of shape (m,)
        Nonnegative.
    x : ndarray of shape (n,)
    """

    patterns: Floats
    rows: Floats
    x: Floats


def best_sums(values: npt.NDArray[np.floating], low: int, high: int) -> Floats:
    """Return the largest sum of `low` to `high` of the values, along the last axis.

    Examples
    --------
    >>> best_sums(np.array([[3.0, -1.0, 2.0], [-3.0, -1.0, -2.0]]), 1, 2).tolist()
    [5.0, -1.0]
    """
    n = values.shape[-1]
    if high <= 0:
        return np.zeros(values.shape[:-1])
    top = np.partition(values, n - high, axis=-1)[..., n - high :] if high < n else values
    top = np.sort(top.astype(float), axis=-1)[..., ::-1]
    if low < high:
        top[..., low:] = np.maximum(top[..., low:], 0.0)
    sums: Floats = top.sum(axis=-1)
    return sums


def relax(
    right: Matrix, weights: Matrix, sides: Sides, low: int, high: int, target: float
) -> Multipliers:
    """Solve the relaxation, or stop as soon as the bound is below a target.

    Parameters
    ----------
    right : ndarray of shape (P, n)
    weights : ndarray of shape (P,)
    sides : Sides
    low, high : int
        Bounds on the number of models.
    target : float
    """
    with np.errstate(all="ignore"):
        return _InteriorPoint(right, weights, sides, low, high).solve(target)


class _InteriorPoint:
    """The method. The rows come after the patterns, those of |X| last.

    Four kinds of products of a dual and a primal variable go to 0: λ s, ν t, with s = u − z,
    t = 1 − z, ν = 1 − λ, and those of the bounds on x. All dual variables are one vector, and all
    primal ones another.
    """

    def __init__(self, right: Matrix, weights: Matrix, sides: Sides, low: int, high: int) -> None:
        self.right, self.turned = right, np.ascontiguousarray(right.T)
        self.patterns, self.n = right.shape
        self.low, self.high, self.rows = low, high, len(sides)
        self.whole = float(weights.sum(dtype=float))
        # f is monotone: without rows, as many as possible are chosen
        self.fixed_size = not self.rows
        c, d = sides.weights, sides.limits
        if not self.fixed_size:
            every = np.ones((1, self.n))
            c, d = np.vstack([c, every, -every]), np.append(d, [high, -low])
        self.unit = np.maximum(np.abs(c).max(axis=1, initial=0.0), np.finfo(float).tiny)
        self.c, self.d = c / self.unit[:, None], d / self.unit
        self.w = np.concatenate([weights, np.full(len(d), self.whole)], dtype=float)
        total, per_x = len(self.w), _SMALL_PART * self.whole / self.n
        self.cuts = [total, 2 * total, 2 * total + self.n]
        self.weigh = np.concatenate([self.w, self.w, np.ones(2 * self.n)])
        # rows, and bounds on x, have a small part of all products in the sum
        units = np.concatenate(
            [np.ones(self.patterns), np.full(len(d), _SMALL_PART / max(1, len(d)))]
        )
        self.units = np.concatenate([units, units, np.full(2 * self.n, per_x)])
        x = np.full(self.n, min(high / self.n, 1 - 0.5 / self.n))
        if self.rows:  # inside all rows that x near 0 can meet
            used, able = self.c[:-1] @ x, self.d[:-1] > 0
            room = self.d[:-1][able] / np.maximum(used[able], np.finfo(float).tiny)
            x *= _INSIDE * room.min(initial=1.0)
        self.centre(x)

    def centre(self, x: Floats) -> None:
        """Start where all products are as they should be: one equation for each pattern."""
        u = self.forth(x)
        u[self.patterns :] += 1 + self.d
        mu = _START * self.units
        q = (u - 1) / mu[: self.cuts[0]]
        # of the two forms of the root, the one without cancellation
        root = np.sqrt(q * q + 4)
        lam = np.where(q > 0, 2 / (root + q + 2), (root - q) / (root - q + 2))
        bounds = np.concatenate([x, 1 - x])
        nu = np.where(q > 0, (root + q) / (root + q + 2), 2 / (root - q + 2))
        self.primal = np.concatenate([mu[: self.cuts[1]] / np.concatenate([lam, nu]), bounds])
        duals = mu[self.cuts[1] :] / bounds
        self.dual = np.concatenate([lam, nu, duals])

    def forth(self, x: Floats) -> Floats:
        """Return R x and −C x."""
        return np.concatenate([self.right @ x.astype(self.right.dtype), -self.c @ x], dtype=float)

    def back(self, y: Floats) -> Floats:
        """Return Rᵀ y − Cᵀ y, each for its part of y."""
        head = y[: self.patterns].astype(self.right.dtype)
        back: Floats = self.turned @ head - self.c.T @ y[self.patterns :]
        return back

    def bound(self, y: Floats, values: Floats) -> float:
        """Return the bound of some multipliers, which `back` turned into values."""
        head, tail = y[: self.patterns].sum(), y[self.patterns :] @ self.d
        return float(self.whole - head + tail + best_sums(values, self.low, self.high))

    def solve(self, target: float) -> Multipliers:
        """Take steps until the bound is good enough."""
        best, found, x = np.inf, np.zeros(len(self.w)), np.zeros(self.n)
        for _ in range(_STEPS):
            lam = self.dual[: self.cuts[0]]
            y = self.w * lam
            values = self.back(y)
            bound = self.bound(y, values)
            products = float(self.weigh @ (self.dual * self.primal))
            if not np.isfinite(bound + products):
                break
            if bound < best:
                best, found, x = bound, y, self.primal[self.cuts[1] : self.cuts[2]]
            if products < 2 * abs(best - target):
                clipped = self.w * np.where(lam < _CLIP, 0.0, np.where(lam > 1 - _CLIP, 1.0, lam))
                bound = self.bound(clipped, self.back(clipped))
                if bound < best:
                    best, found, x = bound, clipped, self.primal[self.cuts[1] : self.cuts[2]]
            enough = max(_ENOUGH * (best - target), _CONVERGED * self.whole)
            if best < target or products < enough or not self.step(y, values, products):
                break
        tail = found[self.patterns :][: self.rows] / self.unit[: self.rows]
        return Multipliers(found[: self.patterns], tail, x)

    def step(self, y: Floats, values: Floats, products: float) -> bool:
        """Take a step; False if the matrix cannot be factored."""
        lam, nu, at_0, at_1 = np.split(self.dual, self.cuts)
        s, t, x, rest = np.split(self.primal, self.cuts)
        den = s + lam * t / nu
        try:
            factor = self._factor(y / den, at_0 / x + at_1 / rest)
        except (LinAlgError, ValueError):
            return False
        if self.fixed_size:
            along = cho_solve(factor, np.ones(self.n))

        def direction(wanted: Floats) -> tuple[Floats, Floats]:
            """Return the changes of dual and primal variables that change products so."""
            for_s, for_t, for_0, for_1 = np.split(wanted, self.cuts)
            e = (for_s - lam * for_t / nu) / den
            gradient = values + self.back(self.w * e) + at_0 + for_0 / x - at_1 - for_1 / rest
            dx = cho_solve(factor, gradient)
            if self.fixed_size:
                dx -= dx.sum() / along.sum() * along
            du = self.forth(dx)
            dlam = e - lam / den * du
            dt = (for_t + t * dlam) / nu
            d0, d1 = (for_0 - at_0 * dx) / x, (for_1 + at_1 * dx) / rest
            return np.concatenate([dlam, -dlam, d0, d1]), np.concatenate([du + dt, dt, dx, -dx])

        now = self.dual * self.primal
        d_dual, d_primal = direction(-now)
        after = self.dual + _reach(self.dual, d_dual) * d_dual
        after *= self.primal + _reach(self.primal, d_primal) * d_primal
        centring = (float(self.weigh @ after) / products) ** 2
        mu = centring * products / float(self.weigh @ self.units)
        d_dual, d_primal = direction(mu * self.units - now - d_dual * d_primal)
        self.dual = self.dual + _reach(self.dual, d_dual) * d_dual
        self.primal = self.primal + _reach(self.primal, d_primal) * d_primal
        return True

    def _factor(self, scales: Floats, diagonal: Floats) -> tuple[Floats, bool]:
        """Factor Rᵀ D R + Cᵀ D C + a diagonal."""
        head, tail = scales[: self.patterns].astype(self.right.dtype), scales[self.patterns :]
        matrix = ((self.turned * head) @ self.right).astype(float)
        matrix += (self.c.T * tail) @ self.c
        matrix[np.diag_indices(self.n)] += diagonal
        matrix[np.diag_indices(self.n)] *= 1 + _REGULARISED
        factor, lower = cho_factor(matrix, overwrite_a=True)
        return factor, bool(lower)


def _reach(values: Floats, changes: Floats) -> float:
    """Return the part of a step, 1 at most, after which values are still positive."""
    least = float((changes / values).min(initial=0.0))
    return 1.0 if least >= -_LARGEST_STEP else -_LARGEST_STEP / least
