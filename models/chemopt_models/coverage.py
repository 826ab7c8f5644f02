"""Maximum coverage: the ensemble that gets most items right, under constraints.

Sets and data
    I       the pool of models
    P       patterns of right and wrong; an item belongs to one pattern
    r_pi    1 if model i is right on pattern p, else 0
    w_p     the number of items with pattern p

Variables
    x_i ∈ {0, 1}   model i is chosen
    z_p ∈ [0, 1]   pattern p is covered: some chosen model is right

    maximise    Σ_p w_p z_p
    subject to  z_p ≤ Σ_i r_pi x_i        for p ∈ P
                the constraints on x (see `constraints`)

Size
    |I| + |P| variables, |P| constraints, with as many terms as there are right answers.
Strength
    For integral x the best z is integral, so z need not be declared so. The relaxation covers a
    pattern by parts of several models. Its bound was 0.1 to 0.8 % above the optimum on public
    tables of 22 to 71 models; a gap of up to 1 / (1 − 1/e) − 1 = 58 % is possible where only |X|
    is bounded (Cornuéjols, Fisher and Nemhauser, Management Science 23, 1977).

For CP-SAT, z_p is Boolean and z_p ≤ Σ r_pi x_i a clause. Weights are multiplied by a power of two,
unless they are whole, and rounded to integers.

References
----------
Church and ReVelle, The maximal covering location problem, Papers of the Regional Science
Association 32, 1974.
Cordeau, Furini and Ljubić, Benders decomposition for very large scale partial set covering and
maximal covering location problems, European Journal of Operational Research 275, 2019.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo

from chemopt_models.base import new_pool_model
from chemopt_models.constraints import add_constraints, add_cp_sat_constraints, power_of_two
from chemopt_models.cp_sat import CpSatModel
from chemopt_models.data import CoverageData
from chemopt_models.labels import model_labels

_LARGEST_SUM_BITS = 52


def build_coverage(problem: CoverageData) -> pyo.ConcreteModel:
    """Build the maximum-coverage model of a problem whose r is 0 or 1.

    Parameters
    ----------
    problem : CoverageData

    Returns
    -------
    ConcreteModel
        With variables `x`, `z`; the expression `size`; the objective `coverage`, in items. Indices
        of x are labels (see `model_labels`), those of z are 1, 2, …; ``model.name_of[label]`` is
        the model's name; ``model.point(labels)`` yields every variable with its value for an
        ensemble.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> patterns = SimpleNamespace(right=np.array([[1, 1], [0, 1]]), weights=np.array([2.0, 1.0]))
    >>> pool = SimpleNamespace(models=("a", "b"), patterns=patterns, size_bounds=(1, 1),
    ...                        require=(), exclude=(), side_constraints=())
    >>> model = build_coverage(pool)
    >>> print(model.covered_by_a_member[1].expr)
    z[1]  <=  x[m1_a] + x[m2_b]
    """
    model = new_pool_model(problem, "coverage")
    labels = list(model.I)
    right = {
        p: [labels[i] for i in np.flatnonzero(row)]
        for p, row in enumerate(problem.patterns.right, 1)
    }
    weights = dict(enumerate(problem.patterns.weights.tolist(), 1))
    model.P = pyo.RangeSet(len(right), doc="patterns")
    model.z = pyo.Var(model.P, bounds=(0, 1), doc="pattern is covered")
    model.size = pyo.Expression(expr=pyo.quicksum(model.x[i] for i in model.I))
    model.coverage = pyo.Objective(
        sense=pyo.maximize, expr=pyo.quicksum(weights[p] * model.z[p] for p in model.P)
    )

    @model.Constraint(model.P)
    def covered_by_a_member(m: Any, p: int) -> Any:
        return m.z[p] <= pyo.quicksum(m.x[i] for i in right[p])

    add_constraints(model, problem)

    def point(chosen: Any) -> Any:
        yield from ((model.x[i], float(i in chosen)) for i in model.I)
        yield from ((model.z[p], float(any(i in chosen for i in right[p]))) for p in model.P)

    model.point = point
    return model


def build_coverage_cp_sat(problem: CoverageData) -> CpSatModel:
    """Build the CP-SAT model of maximum coverage, for a problem whose r is 0 or 1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> patterns = SimpleNamespace(right=np.array([[1, 1], [0, 1]]), weights=np.array([2.0, 1.0]))
    >>> pool = SimpleNamespace(models=("a", "b"), patterns=patterns, size_bounds=(1, 1),
    ...                        require=(), exclude=(), side_constraints=())
    >>> built = build_coverage_cp_sat(pool)
    >>> built.scale, built.rounding_error, built.maximise
    (1.0, 0.0, True)
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{label}]") for label in model_labels(problem.models)]
    z = []
    for p, row in enumerate(problem.patterns.right, 1):
        covered = model.new_bool_var(f"z[{p}]")
        model.add_bool_or(covered.Not(), *(x[i] for i in np.flatnonzero(row)))
        z.append(covered)
    weights = problem.patterns.weights
    total = math.fsum(weights)
    whole = not (weights % 1).any() and total < 2.0**_LARGEST_SUM_BITS
    scale = 1.0 if whole else power_of_two(total, _LARGEST_SUM_BITS)
    integers = [round(scale * weight) for weight in weights.tolist()]
    model.maximize(cp_model.LinearExpr.weighted_sum(z, integers))
    add_cp_sat_constraints(model, x, problem)
    return CpSatModel(
        model=model,
        x=dict(zip(problem.models, x, strict=True)),
        scale=scale,
        constant=0.0,
        rounding_error=math.fsum(
            abs(scale * weight - integer)
            for weight, integer in zip(weights.tolist(), integers, strict=True)
        )
        / scale,
        maximise=True,
    )
