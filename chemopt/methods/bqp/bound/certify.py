"""Bounds that hold in floating point: one Cholesky factorisation proves an eigenvalue bound.

Theorem (Demmel 1989; Rump, *BIT* 46, 2006): if the Cholesky factorisation of a symmetric matrix A
of order N runs to completion in floating point, then λ_min(A) ≥ −c Σ A_ii, whatever the order of
its sums, with c = γ_{N+1} / (1 − γ_{N+1}). (Underflow adds less than N² 2⁻¹⁰⁰⁰; entries are near
1.)

So with M̃ the matrix M that was computed, and A = fl(t I − M̃) factorised, for every s ∈ {−1, 1}ᴺ

    sᵀ M̃ s ≤ N (t + c tr A) + 2u Σ |A_ii|,

the last term for forming the diagonal of A. The difference of M̃ and M, entry by entry, is at most
γ_K times the sum of absolute values of what was added up, where K is the largest number of terms of
an entry; and |s_i s_j| = 1, so

    sᵀ (M − M̃) s ≤ γ_K (‖W‖₁ + ‖y‖₁ + 3 ‖z‖₁ + Σ z_b ‖b‖₁² + Σ ‖v‖₁ ‖w‖₁ + μ ‖G‖₁),

where ‖·‖₁ sums all entries. The same term, with K a little larger, covers the rounding errors of v
and G (their entries are sums of at most N + 2 terms), for which v·s ≥ 0 and v·s = 0 hold up to
γ ‖v‖₁. The constant part Σ y + Σ z_k a_k is correctly rounded. If the factorisation fails, t is
raised; finally t is the largest row sum, for which no factorisation is needed (Gershgorin).

Equalities: instead of P M P, M − V Bᵀ − B Vᵀ is formed. Whatever B is, both have the same value at
every s with Vᵀs = 0. B is chosen such that it is P M P − κ Q up to rounding error, and has no
other role in the proof.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.problem import Floats
from chemopt.numerics import UNIT_ROUNDOFF, gamma


@dataclass(frozen=True, eq=False)
class Certificate:
    """A proved bound, and what is needed to prove more from it.

    Attributes
    ----------
    bound : float
        ⟨W, s sᵀ⟩ is at most this for every feasible s.
    offset : float
        The bound is `offset` plus the proved bound of sᵀ M̃ s.
    matrix : ndarray of shape (N, N)
        M̃.
    shift : float
        t.
    """

    bound: float
    offset: float
    matrix: Floats
    shift: float


def certify(relaxation: Relaxation, u: Floats) -> Certificate:
    """Prove the bound that some multipliers give."""
    m, added = _without_equalities(relaxation, u)
    form, layout = relaxation.form, relaxation.layout
    nodes = relaxation.nodes
    terms = [
        float(np.abs(form.matrix).sum()),
        float(np.abs(u[:nodes]).sum()),
        3 * float(u[layout.of_triangles].sum()),
        float(u[layout.of_hypermetrics] @ np.abs(layout.hypermetrics.vectors).sum(axis=1) ** 2),
        *(2 * float(np.abs(v).sum() * np.abs(w).sum()) for v, w in relaxation.product_factors(u)),
        added,
    ]
    constants = [
        *u[: layout.of_triangles.stop].tolist(),
        *(-u[layout.of_hypermetrics]).tolist(),
    ]
    if form.inter is not None:
        mu = float(u[-1])
        constants.append(mu * form.inter_limit)
        terms.append(mu * (float(np.abs(form.inter).sum()) + abs(form.inter_limit)))
    inequalities = len(layout.triangles) + len(layout.hypermetrics)
    count = inequalities + 4 * nodes + 8 * len(layout.keys) + 32
    offset = math.fsum([*constants, gamma(count) * math.fsum(terms)])
    offset += 4 * UNIT_ROUNDOFF * abs(offset)
    shift, largest = _proved_shift(m)
    return Certificate(round_up(offset + largest), offset, m, shift)


def quadratic_bound(m: Floats, shift: float) -> float | None:
    """Prove a bound of sᵀ M s by factorising t I − M; return None if that fails."""
    nodes = len(m)
    a = -m
    diagonal = shift - np.diag(m)
    a.ravel()[:: nodes + 1] = diagonal
    try:
        np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return None
    trace = float(diagonal.sum())
    c = gamma(nodes + 1) / (1 - gamma(nodes + 1))
    error = (nodes * c + 4 * UNIT_ROUNDOFF) * abs(trace) * (1 + gamma(nodes))
    return nodes * shift + error + 4 * UNIT_ROUNDOFF * abs(nodes * shift)


def round_up(value: float) -> float:
    """Return an upper bound of a value that was computed with a few rounded operations."""
    return value + 4 * UNIT_ROUNDOFF * abs(value)


def _proved_shift(m: Floats) -> tuple[float, float]:
    """Return t, just above λ_max(M), and the bound of sᵀ M s that it proves."""
    nodes = len(m)
    largest = float(np.linalg.eigvalsh(m)[-1])
    size = float(np.abs(m).sum(axis=1).max())
    margin = 8 * nodes * UNIT_ROUNDOFF * (size + abs(largest)) + 1e-300
    for _ in range(8):
        shift = largest + margin
        bound = quadratic_bound(m, shift)
        if bound is not None:
            return shift, bound
        margin *= 16
    return size, round_up(nodes * size * (1 + gamma(nodes)))


def _without_equalities(relaxation: Relaxation, u: Floats) -> tuple[Floats, float]:
    """Return M − V Bᵀ − B Vᵀ, and the sum of absolute values that this adds."""
    m = relaxation.matrix(u)
    v, inverse = relaxation.equalities, relaxation.pseudoinverse
    if not v.shape[1]:
        return m, 0.0
    half = inverse @ m
    b = (half - 0.5 * (half @ v) @ inverse + 0.5 * relaxation.kappa * inverse).T
    both = v @ b.T
    size = 4 * float((np.abs(v).sum(axis=0) * np.abs(b).sum(axis=0)).sum())
    without: Floats = m - both - both.T
    return without, size
