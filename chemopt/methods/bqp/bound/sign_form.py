"""A binary quadratic problem as a linear function of X = s sᵀ, s ∈ {−1, 1}ᴺ with N = n + 1.

With x_i = (1 + s_0 s_i)/2, where node 0 stands for the constant 1,

    f(x) = base − scale · ⟨W, X⟩,     W_0i = −(l_i/2 + Σ_j Q_ij/4)/(2 scale),
    W_ij = −Q_ij/(8 scale),

so minimising f is maximising ⟨W, X⟩: a maximum cut. `scale` is a power of two, so it causes no
rounding error. A constraint a·x ≤ h says v·s ≥ 0 for v = (2h − A, −a), A = Σ a_i, and a·x ≥ l says
it for v = (A − 2l, a). Since 1 ± s_0 s_j ≥ 0 as well, products of the two (reformulation-
linearisation, RLT) are

    (Xv)_0 ± (Xv)_j ≥ 0          for all j,

and an equality a·x = b gives Xv = 0. The inter constraint is ⟨G, X⟩ ≤ g.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Floats, InterConstraint
from chemopt.numerics import power_of_two_below


@dataclass(frozen=True, eq=False)
class SignForm:
    """A problem in ±1 variables, from which the semidefinite bound is computed.

    Attributes
    ----------
    base, scale : float
    matrix : ndarray of shape (N, N)
        W: symmetric, zero diagonal.
    equalities : ndarray of shape (r, N)
        Vectors with v·s = 0.
    inequalities : dict of int to ndarray of shape (N,)
        Vectors with v·s ≥ 0, by number: 2r for the lower limit of row r, 2r + 1 for the upper one.
        Limits that every point meets are left out.
    inter : ndarray of shape (N, N) or None
        G of the inter constraint.
    inter_limit : float
        g, with ⟨G, X⟩ ≤ g.
    """

    base: float
    scale: float
    matrix: Floats
    equalities: Floats
    inequalities: dict[int, Floats]
    inter: Floats | None
    inter_limit: float

    @property
    def nodes(self) -> int:
        """N."""
        return len(self.matrix)

    def exceeds_limit(self, matrix: Floats) -> bool:
        """Return whether a matrix X violates the inter constraint."""
        return self.inter is not None and float((self.inter * matrix).sum()) > self.inter_limit


def natural_scale(problem: BinaryQuadratic) -> float:
    """Return a power of two that makes the entries of W about 1 in the mean square."""
    _, matrix = _base_and_matrix(problem.constant, problem.linear, problem.quadratic)
    return power_of_two_below(float(np.sqrt((matrix**2).mean())))


def sign_form(problem: BinaryQuadratic, scale: float) -> SignForm:
    """Write a problem in ±1 variables."""
    base, matrix = _base_and_matrix(problem.constant, problem.linear, problem.quadratic)
    equalities, inequalities = [], {}
    for r, (row, low, high) in enumerate(
        zip(problem.weights, problem.low, problem.high, strict=True)
    ):
        total, least, most = row.sum(), row[row < 0].sum(), row[row > 0].sum()
        if not row.any():
            continue
        if low == high:
            equalities.append(np.append(total - 2 * low, row))
            continue
        if least < low:
            inequalities[2 * r] = np.append(total - 2 * low, row)
        if most > high:
            inequalities[2 * r + 1] = np.append(2 * high - total, -row)
    inter, inter_limit = None, 0.0
    if problem.inter is not None:
        inter, inter_limit = _inter_form(problem.inter)
    stacked = np.array(equalities) if equalities else np.zeros((0, problem.n + 1))
    return SignForm(base, scale, matrix / -scale, stacked, inequalities, inter, inter_limit)


def _base_and_matrix(constant: float, linear: Floats, quadratic: Floats) -> tuple[float, Floats]:
    """Return base and C with f = base + ⟨C, X⟩."""
    matrix = np.zeros((len(linear) + 1, len(linear) + 1))
    sums = quadratic.sum(axis=1)
    matrix[0, 1:] = matrix[1:, 0] = linear / 4 + sums / 8
    matrix[1:, 1:] = quadratic / 8
    base = math.fsum([constant, *(linear / 2).tolist(), *(quadratic.ravel() / 8).tolist()])
    return base, matrix


def _inter_form(inter: InterConstraint) -> tuple[Floats, float]:
    """Return G and g with ⟨G, X⟩ ≤ g."""
    base, matrix = _base_and_matrix(inter.constant, inter.linear, -2 * inter.matrix)
    return matrix / inter.scale, (inter.limit - base) / inter.scale
