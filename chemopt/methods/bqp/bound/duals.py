"""Multipliers of the constraints of a node's semidefinite relaxation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chemopt.methods.bqp.bound.hypermetric import HypermetricInequalities
from chemopt.methods.bqp.bound.triangles import TriangleInequalities
from chemopt.methods.bqp.problem import Floats


@dataclass(frozen=True, eq=False)
class Duals:
    """Multipliers on N nodes.

    Attributes
    ----------
    y : ndarray of shape (N,)
        Of X_ii = 1; of any sign. All others are not negative.
    triangles : TriangleInequalities
    hypermetrics : HypermetricInequalities
    products : dict of int to ndarray of shape (2 (N − 1),)
        Of (Xv)_0 + (Xv)_j ≥ 0 for all j, then of (Xv)_0 − (Xv)_j ≥ 0; keys as in
        `SignForm.inequalities`.
    inter : float
        Of the inter constraint.
    shift : float
        t ≥ λ_max(M), as it was proved.
    """

    y: Floats
    triangles: TriangleInequalities
    hypermetrics: HypermetricInequalities
    products: dict[int, Floats]
    inter: float
    shift: float = 0.0

    @classmethod
    def zero(cls, nodes: int) -> Duals:
        """Return zero multipliers, with no inequalities."""
        triangles = TriangleInequalities.none()
        hypermetrics = HypermetricInequalities.none(nodes)
        return cls(np.zeros(nodes), triangles, hypermetrics, {}, 0.0)

    @classmethod
    def eigenvalue_bound(cls, matrix: Floats) -> Duals:
        """Return y_i = λ_max(W), with no inequalities: the multipliers of the eigenvalue bound."""
        largest = float(np.linalg.eigvalsh(matrix)[-1])
        nodes = len(matrix)
        return replace(cls.zero(nodes), y=np.full(nodes, largest))
