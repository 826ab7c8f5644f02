"""The linearised model with the clique inequalities of the whole pool.

With s = |X| and t any whole number, (s − t)(s − t − 1) ≥ 0, since no whole number lies strictly
between t and t + 1. The number of pairs inside X is s (s − 1)/2, so

    Σ_{i<j} y_ij ≥ t Σ_i x_i − t (t + 1)/2          t = 1, …, |I| − 1

(clique inequalities of the Boolean quadric polytope, Padberg, Mathematical Programming 45, 1989,
here for the clique of all models). Together they say Σ y ≥ the smallest number of pairs that |X|
allows, as a convex piecewise linear function of |X|.

Size
    |I| − 1 constraints more than the linearised model with a product for every pair.
Strength
    Exact where all pairs have the same chemistry: the loss is then a function of |X| and Σ y, and
    the relaxation is its convex hull. On other tables they cut off x = ½, y = 0 at once, and the
    bound is that of the spread of the entries.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from chemopt_models.data import ChemistryData
from chemopt_models.linearised import build_linearised


def build_clique(problem: ChemistryData) -> pyo.ConcreteModel:
    """Build the linearised model with the clique inequalities of the whole pool.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> model = build_clique(ChemistryProblem(table))
    >>> len(model.clique)
    2
    """
    model = build_linearised(problem, all_pairs=True)
    pairs = pyo.quicksum(model.y[pair] for pair in model.P)

    @model.Constraint(range(1, len(model.I)))
    def clique(m: Any, t: int) -> Any:
        return pairs - t * m.size >= -t * (t + 1) / 2

    return model
