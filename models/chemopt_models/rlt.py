"""The fixed-cardinality RLT: ensembles of exactly k models, with products tied to the size.

When |X| = k, every chosen model is in k − 1 chosen pairs, and a model that is not chosen in none:

    Σ_{j ≠ i} y_ij = (k − 1) x_i                     for every model i

which is the equation Σ_j x_j = k multiplied by x_i (the first level of the
reformulation-linearisation technique, RLT: Sherali and Adams, SIAM Journal on Discrete Mathematics
3, 1990). These n equations replace the clique inequalities, and make the triangle inequalities of
`triangles` bite: together they close most of the gap.

    minimise the loss of `base` over the linearised model with a product for every pair,
    subject to  Σ_i x_i = k,   the equations above,   triangle inequalities as they are violated

The least loss over all feasible k is that of the problem. A bound for each k
(`chemopt.methods.mip.fixed_size_bound` has one that needs no solver) prunes most sizes at once.

Size
    |I| + (|I| choose 2) variables, |I| equations, and the inequalities of each pair.
Strength
    On chemistry tables the relaxation for a size is nearly always tight with triangle
    inequalities; on uniform tables often.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from chemopt_models.data import ChemistryData
from chemopt_models.linearised import build_linearised


def build_rlt(problem: ChemistryData, k: int) -> pyo.ConcreteModel:
    """Build the model of the ensembles of k models.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> model = build_rlt(ChemistryProblem(table), 2)
    >>> print(model.pairs_of_a_chosen_model["m1_a"].expr)
    y[m1_a,m2_b] + y[m1_a,m3_c] - x[m1_a]  ==  0
    """
    model = build_linearised(problem, all_pairs=True)
    model.size_is = pyo.Constraint(expr=model.size == k)
    of: dict[str, list[Any]] = {i: [] for i in model.I}
    for i, j in model.P:
        of[i].append(model.y[i, j])
        of[j].append(model.y[i, j])

    @model.Constraint(model.I)
    def pairs_of_a_chosen_model(m: Any, i: str) -> Any:
        return pyo.quicksum(of[i]) - (k - 1) * m.x[i] == 0

    return model
