"""The linearised selection model: the baseline mixed-integer program.

Sets and data
    I            the pool of models
    P            pairs {i, j} of models with chemistry c_ij ≠ 0
    α, β         weight of the inter term, price of a model
    M_inter, M_intra   constants that turn gains into losses

Variables
    x_i ∈ {0, 1}     model i is chosen (i ∈ X)
    y_ij ∈ [0, 1]    both i and j are chosen: the product x_i x_j

Terms of the loss
    inter = Σ_{ij ∈ P} c_ij (x_i + x_j − 2 y_ij)     chemistry across the border of X
    intra = Σ_{ij ∈ P} c_ij y_ij                     chemistry inside X
    size  = Σ_i x_i

Model
    minimise    α (M_inter − inter) + (1 − α) (M_intra − intra) + β size
    subject to  y_ij ≤ x_i,  y_ij ≤ x_j,  y_ij ≥ x_i + x_j − 1     for ij ∈ P
                the conditions on x (see `conditions`)
                inter ≤ M_inter            (only with the reference's feasibility rule)

The three inequalities (Fortet, 1960; Glover and Woolsey, 1974) make y the product whenever x is
integral, so y need not be declared so. All of them are needed as soon as a constraint speaks
of y. For α > 1/3 products are penalised, and the relaxation (x = ½, y = 0) is weak: this is the
formulation to beat, with |I| + |P| variables and 3 |P| constraints.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from chemopt_models.conditions import add_conditions
from chemopt_models.data import SelectionData, positive_pairs
from chemopt_models.labels import model_labels


def build_linearised(problem: SelectionData) -> pyo.ConcreteModel:
    """Build the linearised model of a selection problem.

    Parameters
    ----------
    problem : SelectionData
        For instance a `chemopt.SelectionProblem`.

    Returns
    -------
    ConcreteModel
        With variables `x`, `y`; expressions `inter`, `intra`, `size`; the objective `loss`;
        mutable parameters `alpha` and `beta`. Indices are labels (see `model_labels`);
        ``model.name_of[label]`` is the model's name.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> model = build_linearised(SelectionProblem(table))
    >>> len(model.x), len(model.y)
    (3, 2)
    >>> print(model.intra.expr)
    y[m1_a,m2_b] + 0.5*y[m1_a,m3_c]
    """
    labels = model_labels(problem.models)
    chemistry = {(labels[i], labels[j]): c for i, j, c in positive_pairs(problem.matrix)}

    model = pyo.ConcreteModel(name="chemopt_linearised")
    model.name_of = dict(zip(labels, problem.models, strict=True))
    model.I = pyo.Set(initialize=labels, doc="models of the pool")
    model.P = pyo.Set(initialize=list(chemistry), dimen=2, doc="pairs with chemistry")
    model.alpha = pyo.Param(initialize=problem.alpha, mutable=True, doc="weight of inter")
    model.beta = pyo.Param(initialize=problem.beta, mutable=True, doc="price of a model")

    model.x = pyo.Var(model.I, domain=pyo.Binary, doc="model is chosen")
    model.y = pyo.Var(model.P, bounds=(0, 1), doc="both models are chosen")

    model.inter = pyo.Expression(
        expr=pyo.quicksum(
            c * (model.x[i] + model.x[j] - 2 * model.y[i, j]) for (i, j), c in chemistry.items()
        )
    )
    model.intra = pyo.Expression(
        expr=pyo.quicksum(c * model.y[i, j] for (i, j), c in chemistry.items())
    )
    model.size = pyo.Expression(expr=pyo.quicksum(model.x[i] for i in model.I))

    model.loss = pyo.Objective(
        sense=pyo.minimize,
        expr=model.alpha * (problem.m_inter_value - model.inter)
        + (1 - model.alpha) * (problem.m_intra_value - model.intra)
        + model.beta * model.size,
    )

    @model.Constraint(model.P)
    def both_needs_first(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[i]

    @model.Constraint(model.P)
    def both_needs_second(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[j]

    @model.Constraint(model.P)
    def both_when_chosen(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] >= m.x[i] + m.x[j] - 1

    add_conditions(model, problem)

    # inter(X) is at most the sum over all pairs, so a limit from there on says nothing
    if problem.inter_limit is not None and problem.inter_limit < problem.m_intra_value:
        model.inter_at_most_m_inter = pyo.Constraint(expr=model.inter <= problem.inter_limit)

    return model
