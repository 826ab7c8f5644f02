"""The linearised selection model: the baseline mixed-integer program.

The products x_i x_j are variables, one for each pair in P, the pairs with chemistry:

    y_ij ∈ [0, 1]    both i and j are chosen
    intra = Σ_{ij ∈ P} c_ij y_ij

    subject to  y_ij ≤ x_i,  y_ij ≤ x_j,  y_ij ≥ x_i + x_j − 1     for ij ∈ P

with the loss and the constraints of `base`. The three inequalities (Fortet, 1960; Glover and
Woolsey, 1974) make y the product whenever x is integral, so y need not be declared so. All of them
are needed as soon as a constraint speaks of y.

Size
    |I| + |P| variables, 3 |P| constraints.
Strength
    For α ≤ 1/3 products are rewarded, only the first two inequalities matter, and their matrix is
    that of a cut: the relaxation is exact. For α > 1/3 products are penalised, and x = ½, y = 0 is
    feasible: the bound is far off (by more than the loss itself where half of the models are
    best). This is the formulation to beat.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from chemopt_models.base import add_loss_and_constraints, new_model
from chemopt_models.data import ChemistryData, positive_pairs
from chemopt_models.labels import model_labels


def build_linearised(problem: ChemistryData, *, all_pairs: bool = False) -> pyo.ConcreteModel:
    """Build the linearised model of a selection problem.

    Parameters
    ----------
    problem : ChemistryData
        For instance a `chemopt.ChemistryProblem`.
    all_pairs : bool
        Have a variable y for every pair, whether it has chemistry or not. Stronger formulations
        need them.

    Returns
    -------
    ConcreteModel
        With variables `x`, `y`; expressions `inter`, `intra`, `size`; the objective `loss`;
        mutable parameters `alpha` and `beta`. Indices are labels (see `model_labels`);
        ``model.name_of[label]`` is the model's name, ``model.x_of[name]`` its variable;
        ``model.point(labels)`` yields every variable with its value for an ensemble.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> model = build_linearised(ChemistryProblem(table))
    >>> len(model.x), len(model.y)
    (3, 2)
    >>> print(model.intra.expr)
    y[m1_a,m2_b] + 0.5*y[m1_a,m3_c]
    """
    model = new_model(problem, "linearised")
    labels = model_labels(problem.models)
    chemistry = {(labels[i], labels[j]): c for i, j, c in positive_pairs(problem.matrix)}
    pairs = list(chemistry)
    if all_pairs:
        pairs = [(i, j) for k, i in enumerate(labels) for j in labels[k + 1 :]]
    model.P = pyo.Set(initialize=pairs, dimen=2, doc="pairs with a product")
    model.y = pyo.Var(model.P, bounds=(0, 1), doc="both models are chosen")

    @model.Constraint(model.P)
    def both_needs_first(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[i]

    @model.Constraint(model.P)
    def both_needs_second(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[j]

    @model.Constraint(model.P)
    def both_when_chosen(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] >= m.x[i] + m.x[j] - 1

    add_loss_and_constraints(
        model, problem, intra=pyo.quicksum(c * model.y[pair] for pair, c in chemistry.items())
    )

    def point(chosen: Any) -> Any:
        yield from ((model.x[i], float(i in chosen)) for i in model.I)
        yield from ((model.y[i, j], float(i in chosen and j in chosen)) for i, j in model.P)

    model.point = point
    return model
