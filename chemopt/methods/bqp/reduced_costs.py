"""Fixing variables by what the bound leaves: the reduced costs of a semidefinite relaxation.

With K = t I − M̃ ⪰ 0, a feasible s has ⟨W, s sᵀ⟩ ≤ offset + N t − sᵀ K s. Among those with
s_0 s_i = σ,

    sᵀ K s ≥ (1, σ) D (1, σ)ᵀ,      D = the Schur complement of K on nodes 0 and i,

and D⁻¹ is the block of K⁻¹ on these nodes, so one inverse gives the bounds of all 2n sides. If the
bound of a side is beyond the incumbent, x_i is fixed at the other value. Each such bound is then
proved as in `certify`: K − D (put at nodes 0 and i) ⪰ 0 is shown by a factorisation, for the D
that was computed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.bound.certify import Certificate, quadratic_bound, up
from chemopt.methods.bqp.problem import FREE, UNIT, Floats

# The part of the gap that may be lost by shifting K to where it can be inverted.
_LOSS = 0.02


def sides_ruled_out(certificate: Certificate, target: float) -> npt.NDArray[np.int8]:
    """Return for each variable the value that it must have: 0, 1 or `FREE`.

    Parameters
    ----------
    certificate : Certificate
    target : float
        Points with ⟨W, s sᵀ⟩ ≤ target are not wanted.
    """
    m = certificate.matrix
    nodes = len(m)
    values = np.full(nodes - 1, FREE, dtype=np.int8)
    gap = certificate.bound - target
    shift = certificate.shift + _LOSS * gap / nodes
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
    wanted = (1 + _LOSS) * gap  # what a side must lose to be ruled out
    for i in np.flatnonzero((gain > wanted).any(axis=0) & (determinant > 0)):
        # a little less, so that K − D has no eigenvalue 0
        block = 0.999 / determinant[i] * np.array([[own[i], -across[i]], [-across[i], first]])
        proved = _proved(m, int(i) + 1, block, shift)
        if proved is None:
            continue
        # s_0 s_i = −1 is x_i = 0
        for value, sigma in ((0, -1.0), (1, 1.0)):
            corner = float(block[0, 0] + block[1, 1] + 2 * sigma * block[0, 1])
            corner -= 8 * UNIT * float(np.abs(block).sum())
            if up(certificate.offset + proved) - corner <= target:
                values[i] = 1 - value
                break
    return values


def _proved(m: Floats, i: int, block: Floats, shift: float) -> float | None:
    """Return a proved bound of sᵀ (M + D) s."""
    changed = m.copy()
    pair = [0, i]
    changed[np.ix_(pair, pair)] += block
    return quadratic_bound(changed, shift)
