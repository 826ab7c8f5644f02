"""Multipliers of a node's relaxation, and what a child inherits of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.bound.hypermetric import OddCuts
from chemopt.methods.bqp.bound.triangles import Cuts
from chemopt.methods.bqp.problem import Floats


@dataclass(frozen=True, eq=False)
class Duals:
    """Multipliers on N nodes.

    Attributes
    ----------
    y : ndarray of shape (N,)
        Of X_ii = 1; of any sign. All others are not negative.
    triangles : Cuts
    odd : OddCuts
    sides : dict of int to ndarray of shape (2 (N − 1),)
        Of (Xv)_0 + (Xv)_j ≥ 0 for all j, then of (Xv)_0 − (Xv)_j ≥ 0; keys as in `SignForm.sides`.
    rule : float
    shift : float
        t ≥ λ_max(M), as it was proved.
    """

    y: Floats
    triangles: Cuts
    odd: OddCuts
    sides: dict[int, Floats]
    rule: float
    shift: float = 0.0

    @classmethod
    def at_start(cls, matrix: Floats) -> Duals:
        """Return y_i = λ_max(W): the eigenvalue bound."""
        largest = float(np.linalg.eigvalsh(matrix)[-1])
        nodes = len(matrix)
        return cls(np.full(nodes, largest), Cuts.none(), OddCuts.none(nodes), {}, 0.0)
