"""Dual warm start: from the multipliers of a parent to those of a child, with the same bound.

Fixing variables merges their nodes with node 0: s = E s', where row i of E has ±1 in the column of
the node that i is merged with. If M ⪯ t I proves the parent's bound, then Eᵀ M E ⪯ t EᵀE, and EᵀE
is the identity but for the entry of node 0. So with

    target = Eᵀ M E − t (EᵀE − I) ⪯ t I

the child has the bound of its parent if its own matrix M' ⪯ target. The inequalities of the child
give M' up to its diagonal, which y' sets. Some inequalities are lost (a triangle with two nodes
merged, or a multiplier that was dropped), so M' − target may have entries D off the diagonal as
well; then

    y'_j = M'_jj(y' = 0) − target_jj + Σ_k |D_jk|

makes target − M' diagonally dominant, hence positive semidefinite. For triangles this loses
nothing: what is dropped is a multiple of (s_0 ± s_j)², whose matrix is just of this kind.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.problem import FREE, Fixing, Floats


def dual_warm_start(parent: SignForm, duals: Duals, values: Fixing, child: SignForm) -> Duals:
    """Return multipliers for a child that give the bound of its parent.

    Parameters
    ----------
    parent, child : SignForm
    duals : Duals
        Of the parent.
    values : ndarray of shape (N − 1,)
        0, 1 or `FREE` for the variables of the parent's nodes 1, …, N − 1.
    """
    count = len(values)
    kept = values == FREE
    nodes = int(kept.sum()) + 1
    onto, factor = np.zeros(count + 1, dtype=np.int64), np.ones(count + 1, dtype=np.int64)
    onto[1:][kept] = np.arange(1, nodes)
    factor[1:][values == 0] = -1
    start = Duals(
        np.zeros(nodes),
        duals.triangles.merge(onto, factor, nodes),
        duals.hypermetrics.merge(onto, factor, nodes),
        {
            key: _merged_products(both, values)
            for key, both in duals.products.items()
            if key in child.inequalities
        },
        duals.inter,
    )
    above = Relaxation(parent)
    merge = np.zeros((count + 1, nodes))
    merge[np.arange(count + 1), onto] = factor
    target = merge.T @ above.matrix(above.use(duals)) @ merge
    target[0, 0] -= duals.shift * (count + 1 - nodes)
    below = Relaxation(child)
    excess = below.matrix(below.use(start)) - target
    diagonal = np.diag(excess).copy()
    np.fill_diagonal(excess, 0.0)
    return replace(start, y=diagonal + np.abs(excess).sum(axis=1))


def _merged_products(both: Floats, values: Fixing) -> Floats:
    """Return the multipliers of the products of one constraint.

    A product with a fixed variable becomes 0 or 2 (Xv)_0. The latter is the sum of both products
    with any other variable, so its multiplier is added to those of the first.
    """
    plus, minus = both[: len(values)], both[len(values) :]
    merged = float(plus[values == 1].sum() + minus[values == 0].sum())
    plus, minus = plus[values == FREE].copy(), minus[values == FREE].copy()
    if len(plus):
        plus[0] += merged
        minus[0] += merged
    return np.concatenate([plus, minus])
