"""What every formulation begins and ends with: the models of the pool, and the loss.

Sets and data
    I            the pool of models
    α, β         weight of the inter term, size penalty
    M_inter, M_intra   constants that turn gains into losses

Variables
    x_i ∈ {0, 1}     model i is chosen (i ∈ X)

In between, a formulation writes intra(X) = Σ_{i<j} c_ij x_i x_j in variables of its own. With
d_i = Σ_j c_ij,

    inter = Σ_i d_i x_i − 2 intra          chemistry across the border of X
    size  = Σ_i x_i

    minimise    α (M_inter − inter) + (1 − α) (M_intra − intra) + β size
    subject to  the linear constraints on x (see `constraints`)
                inter ≤ M_inter            (the inter constraint of the reference, if it holds)
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from chemopt_models.constraints import add_constraints
from chemopt_models.data import ChemistryData, ConstrainedData
from chemopt_models.labels import model_labels


def new_model(problem: ChemistryData, name: str) -> pyo.ConcreteModel:
    """Return a model with the set `I`, the variables `x`, the weights, and `name_of`."""
    model = new_pool_model(problem, name)
    model.alpha = pyo.Param(initialize=problem.alpha, mutable=True, doc="weight of inter")
    model.beta = pyo.Param(initialize=problem.beta, mutable=True, doc="size penalty")
    return model


def new_pool_model(problem: ConstrainedData, name: str) -> pyo.ConcreteModel:
    """Return a model with the set `I`, the variables `x`, `name_of`, and `x_of` by name."""
    labels = model_labels(problem.models)
    model = pyo.ConcreteModel(name=f"chemopt_{name}")
    model.name_of = dict(zip(labels, problem.models, strict=True))
    model.I = pyo.Set(initialize=labels, doc="models of the pool")
    model.x = pyo.Var(model.I, domain=pyo.Binary, doc="model is chosen")
    model.x_of = {name: model.x[label] for label, name in model.name_of.items()}
    return model


def add_loss_and_constraints(model: pyo.ConcreteModel, problem: ChemistryData, intra: Any) -> None:
    """Add the expressions `inter`, `intra`, `size`, the objective `loss`, and all constraints."""
    degree = {i: math.fsum(row) for i, row in zip(model.I, problem.matrix, strict=True)}
    model.intra = pyo.Expression(expr=intra)
    model.inter = pyo.Expression(
        expr=pyo.quicksum(degree[i] * model.x[i] for i in model.I) - 2 * model.intra
    )
    model.size = pyo.Expression(expr=pyo.quicksum(model.x[i] for i in model.I))
    model.loss = pyo.Objective(
        sense=pyo.minimize,
        expr=model.alpha * (problem.m_inter_value - model.inter)
        + (1 - model.alpha) * (problem.m_intra_value - model.intra)
        + model.beta * model.size,
    )
    add_constraints(model, problem)
    # inter(X) is at most the sum over all pairs, so a limit from there on says nothing
    if problem.inter_limit < problem.m_intra_value:
        model.inter_constraint = pyo.Constraint(expr=model.inter <= problem.inter_limit)
