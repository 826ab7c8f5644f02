"""Reduced-cost fixing: fix variables by the bound of the semidefinite relaxation.

With K = t I − M̃ ⪰ 0, a feasible s has ⟨W, s sᵀ⟩ ≤ offset + N t − sᵀ K s. Among those with
s_0 s_i = σ,

    sᵀ K s ≥ (1, σ) D (1, σ)ᵀ,      D = the Schur complement of K on nodes 0 and i,

and D⁻¹ is the block of K⁻¹ on these nodes, so one inverse gives a bound for each value of each
variable. If the bound for a value is beyond the incumbent, x_i is fixed at the other one.

The inverse is not trusted: any vector w proves, by Cauchy and Schwarz in the norm of K,

    sᵀ K s ≥ (wᵀ K s)² / wᵀ K w,

and for w = a K⁻¹ e_0 + b K⁻¹ e_i with (a, b) = D (1, σ) this is the bound above. What is computed
has K w = a e_0 + b e_i + r with a residual r, so wᵀ K s is at least a + b σ − ‖r‖₁, and
wᵀ K w at most a w_0 + b w_i + max |w| ‖r‖₁. Residuals are bounded with their own rounding errors;
that K + δ I ⪰ 0 is proved by a factorisation, with the δ of `certify`.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.bound.certify import Certificate
from chemopt.methods.bqp.problem import FREE, Fixing, Floats
from chemopt.numerics import UNIT_ROUNDOFF, gamma

# The share of the gap given up by shifting K so that it can be inverted.
_GAP_SHARE = 0.02


def reduced_cost_fixing(certificate: Certificate, target: float) -> Fixing:
    """Return the value that each variable must have: 0, 1 or `FREE`.

    Parameters
    ----------
    certificate : Certificate
    target : float
        Points with ⟨W, s sᵀ⟩ ≤ target are pruned.
    """
    m = certificate.matrix
    nodes = len(m)
    values = np.full(nodes - 1, FREE, dtype=np.int8)
    gap = certificate.bound - target
    shift = certificate.shift + _GAP_SHARE * gap / nodes
    k = -m
    k.ravel()[:: nodes + 1] += shift
    try:
        np.linalg.cholesky(k)
        inverse = np.asarray(np.linalg.inv(k), dtype=np.float64)
    except np.linalg.LinAlgError:
        return values
    diagonal = float(np.abs(np.diag(k)).sum())
    delta = gamma(nodes + 1) / (1 - gamma(nodes + 1)) * diagonal * (1 + gamma(nodes))
    residual = _column_sums_of_residual(k, inverse, delta)
    largest = np.abs(inverse).max(axis=0)
    # sᵀ M s = N t − sᵀ K s, but for δ and for rounding the diagonal of K
    most = nodes * (shift + delta) + 4 * UNIT_ROUNDOFF * (diagonal + nodes * abs(shift))
    first, own, across = inverse[0, 0], np.diag(inverse)[1:], inverse[0, 1:]
    # s_0 s_i = −1 is x_i = 0
    for value, sigma in ((0, -1.0), (1, 1.0)):
        with np.errstate(all="ignore"):
            a, b = own - sigma * across, sigma * first - across
            a, b = a / (a + sigma * b), b / (a + sigma * b)
            error = np.abs(a) * residual[0] + np.abs(b) * residual[1:]
            size = np.abs(a) * largest[0] + np.abs(b) * largest[1:]
            reach = np.abs(a + sigma * b) - error
            reach -= 4 * UNIT_ROUNDOFF * (np.abs(a) + np.abs(b))
            length = a * (a * first + b * across) + b * (a * inverse[1:, 0] + b * own)
            length += size * (error + 16 * UNIT_ROUNDOFF * (np.abs(a) + np.abs(b)))
            loses = reach**2 / length * (1 - 16 * UNIT_ROUNDOFF)
            bound = certificate.offset + most - loses
            bound += 16 * UNIT_ROUNDOFF * (abs(certificate.offset) + abs(most) + loses)
        values[(reach > 0) & (length > 0) & (bound <= target)] = 1 - value
    return values


def _column_sums_of_residual(k: Floats, inverse: Floats, delta: float) -> Floats:
    """Bound ‖(K + δ I) w − e_j‖₁ for each column w of an inverse, in exact arithmetic."""
    residual = k @ inverse
    residual.ravel()[:: len(k) + 1] -= 1
    size = np.abs(inverse)
    # of each product of a row and a column, from sums of absolute values
    rounding = gamma(len(k) + 2) * (np.abs(k).sum(axis=0) @ size + 1)
    sums = np.abs(residual).sum(axis=0) + rounding + delta * size.sum(axis=0)
    exact: Floats = sums * (1 + gamma(2 * len(k) + 4))
    return exact
