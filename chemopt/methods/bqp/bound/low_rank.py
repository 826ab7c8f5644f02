"""The semidefinite bound of large problems: a low-rank factor, and a bound from its multipliers.

With X = V Vᵀ, V of shape (N, r) with rows of length 1, the relaxation of `relaxation` without
inequalities is: maximise ⟨W, V Vᵀ⟩. For r (r + 1)/2 > N it has, but for rare W, no local optimum
that is not global (Burer and Monteiro, *Mathematical Programming* 95, 2003; Boumal, Voroninski and
Bandeira, *CPAM* 73, 2020). The *mixing method* (Wang, Chang and Kolter, arXiv:1706.00476) replaces
one row after the other by the best one,

    v_i = g_i / ‖g_i‖,    g_i = Σ_j W_ij v_j,

at O(N r) each. Here rows are taken in blocks: the products with all other blocks are one matrix
product. Where nothing changes any more, y_i = ‖g_i‖ are the multipliers of X_ii = 1: then
(W − Diag(y)) V = 0 and Σ y = ⟨W, X⟩. Any y gives a bound that holds,

    ⟨W, s sᵀ⟩ ≤ Σ y + N λ_max(W − Diag(y)),

so the search may stop at any time; `certify` proves it with one factorisation. Memory is a few
matrices of N² numbers.

Conditions
    An equality v·s = 0, with a for v without its entry of node 0, leaves P's = s as it is, where
    P' = I − a vᵀ/‖a‖². So W is replaced by P'ᵀ W P', to which it makes no difference how large the
    size is, and less σ v vᵀ/‖a‖², which keeps Vᵀv small; `certify` projects it out. The inter
    constraint has a multiplier μ: with W − μ G, ⟨G, X⟩ falls in μ, so μ is bisected between 0 and
    where the products of the objective cancel (`inter_bound`). Other constraints are left out, so
    the bound is the one without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chemopt.methods.bqp.bound.certify import certify
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import NodeBound
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.problem import Floats

# Rows that are updated between two matrix products.
_BLOCK = 64
# Sweeps over all rows between two looks at the progress, and at most.
_SWEEPS, _MOST_SWEEPS = 10, 300
# Of the distance to the target: with less progress than this the sweeps end.
_PROGRESS = 0.003
_BISECTIONS = 8
# σ, relative to the lengths of rows: measured, from 10 to 30 is best.
_CHARGE = 20


def low_rank_bound(
    form: SignForm,
    target: float,
    *,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> NodeBound:
    """Bound ⟨W, s sᵀ⟩ from above.

    Parameters
    ----------
    form : SignForm
    target : float
        What the bound is compared with: the closer it comes, the more exact it is made.
    seed : int
        Of the factor to start from.
    stop : callable
        Polled once a sweep; return True to stop.

    Examples
    --------
    >>> from chemopt.methods.bqp.bound.sign_form import sign_form
    >>> from chemopt.methods.bqp.problem import BinaryQuadratic
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> form = sign_form(f, 1.0)
    >>> round(form.base - low_rank_bound(form, 0.0).certificate.bound, 4)
    -2.0
    """
    nodes = form.nodes
    factor = _random_factor(nodes, seed)
    matrix, charged = _with_equalities(form)
    mu = 0.0
    factor = _sweep(matrix, factor, _SWEEPS, stop)
    if form.inter is not None and _excess(form, factor) > 0:
        low, high = 0.0, _largest_multiplier(form)
        for _ in range(_BISECTIONS):
            mu = (low + high) / 2
            factor = _sweep(matrix - mu * form.inter, factor, _SWEEPS, stop)
            low, high = (mu, high) if _excess(form, factor) > 0 else (low, mu)
        matrix = matrix - mu * form.inter
    constant = mu * form.inter_limit
    value = -math.inf
    for _ in range(_MOST_SWEEPS // _SWEEPS):
        factor = _sweep(matrix, factor, _SWEEPS, stop)
        before, value = value, float((factor * (matrix @ factor)).sum()) + constant
        if stop() or value - before <= _PROGRESS * abs(value - target):
            break
    y = np.linalg.norm(matrix @ factor, axis=1) - charged
    relaxation = Relaxation(form)
    duals = replace(Duals.zero(nodes), y=y, inter=mu)
    certificate = certify(relaxation, relaxation.use(duals))
    # with λ_max in y the multipliers can be kept for children (`dual_warm_start`)
    duals = replace(duals, shift=certificate.shift)
    return NodeBound(certificate, duals, factor @ factor.T, 1)


def _random_factor(nodes: int, seed: int) -> Floats:
    """Return unit rows, so many columns that local optima are global."""
    rank = min(nodes, math.isqrt(2 * nodes) + 2)
    factor = np.random.default_rng([seed, nodes]).standard_normal((nodes, rank))
    factor /= np.linalg.norm(factor, axis=1)[:, None]
    return factor


def _sweep(matrix: Floats, factor: Floats, sweeps: int, stop: Callable[[], bool]) -> Floats:
    """Replace all rows, several times, by the best ones; the matrix has a zero diagonal."""
    nodes = len(matrix)
    for _ in range(sweeps):
        if stop():
            break
        for first in range(0, nodes, _BLOCK):
            rows = slice(first, min(first + _BLOCK, nodes))
            towards = matrix[rows] @ factor
            within = matrix[rows, rows]
            for i in range(rows.stop - first):
                length = math.sqrt(float(towards[i] @ towards[i]))
                if length > 0:
                    best = towards[i] / length
                    towards[i + 1 :] += within[i + 1 :, i, None] * (best - factor[first + i])
                    factor[first + i] = best
    return factor


def _with_equalities(form: SignForm) -> tuple[Floats, Floats]:
    """Return P'ᵀ W P' − σ Σ u uᵀ with a zero diagonal, and what was taken off its diagonal."""
    if not len(form.equalities):
        return form.matrix, np.zeros(form.nodes)
    v = form.equalities.T
    a = v.copy()
    a[0] = 0.0
    t = a @ np.linalg.pinv(v.T @ a)
    wt = form.matrix @ t
    half = v @ (wt.T - (t.T @ wt) @ v.T / 2)
    matrix = form.matrix - half - half.T
    sigma = _CHARGE * float(np.median(np.sqrt((matrix**2).sum(axis=1))))
    u = v / np.linalg.norm(a, axis=0)
    matrix -= sigma * (u @ u.T)
    charged = -np.diag(matrix)
    np.fill_diagonal(matrix, 0.0)
    return matrix, charged


def _excess(form: SignForm, factor: Floats) -> float:
    """Return ⟨G, X⟩ − g."""
    assert form.inter is not None
    return float((factor * (form.inter @ factor)).sum()) - form.inter_limit


def _largest_multiplier(form: SignForm) -> float:
    """Return the μ at which W − μ G has the smallest products."""
    assert form.inter is not None
    w, g = form.matrix[1:, 1:], form.inter[1:, 1:]
    squares = float((g**2).sum())
    return max(0.0, float((w * g).sum()) / squares) if squares else 0.0
