"""Reduced-cost fixing: fix variables by the bound of the semidefinite relaxation.

With K = t I − M̃ ⪰ 0, a feasible s has ⟨W, s sᵀ⟩ ≤ offset + N t − sᵀ K s. Among those with
s_0 s_i = σ,

    sᵀ K s ≥ (1, σ) D (1, σ)ᵀ,      D = the Schur complement of K on nodes 0 and i,

and D⁻¹ is the block of K⁻¹ on these nodes, so one inverse gives a bound for each value of each
variable. If the bound for a value is beyond the incumbent, x_i is fixed at the other one. Each such
bound is then proved as in `certify`: a factorisation shows that K − D (put at nodes 0 and i) ⪰ 0,
for the D that was computed.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.bound.certify import Certificate, quadratic_bound, round_up
from chemopt.methods.bqp.problem import FREE, Fixing, Floats
from chemopt.numerics import UNIT_ROUNDOFF

# The share of the gap given up by shifting K so that it can be inverted.
_GAP_SHARE = 0.02
# D is shrunk by this, so that K − D has no eigenvalue 0.
_SHRINK = 0.999


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
        inverse = np.linalg.inv(k)
    except np.linalg.LinAlgError:
        return values
    first, own, across = inverse[0, 0], np.diag(inverse)[1:], inverse[0, 1:]
    determinant = first * own - across**2
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.stack([(first + own + 2 * across), (first + own - 2 * across)]) / determinant
    needed = (1 + _GAP_SHARE) * gap  # what a value must lose to be excluded
    for i in np.flatnonzero((gain > needed).any(axis=0) & (determinant > 0)):
        block = _SHRINK / determinant[i] * np.array([[own[i], -across[i]], [-across[i], first]])
        proved = _proved_bound(m, int(i) + 1, block, shift)
        if proved is None:
            continue
        # s_0 s_i = −1 is x_i = 0
        for value, sigma in ((0, -1.0), (1, 1.0)):
            corner = float(block[0, 0] + block[1, 1] + 2 * sigma * block[0, 1])
            corner -= 8 * UNIT_ROUNDOFF * float(np.abs(block).sum())
            if round_up(certificate.offset + proved) - corner <= target:
                values[i] = 1 - value
                break
    return values


def _proved_bound(m: Floats, i: int, block: Floats, shift: float) -> float | None:
    """Prove a bound of sᵀ (M + D) s, D put at nodes 0 and i; return None if that fails."""
    changed = m.copy()
    pair = [0, i]
    changed[np.ix_(pair, pair)] += block
    return quadratic_bound(changed, shift)
