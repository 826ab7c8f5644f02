"""The selection model in integers, for CP-SAT.

The same x and y as in `linearised`, with y_ij = x_i ∧ x_j as clauses, and the loss in its
quadratic form (d_i = Σ_j c_ij):

    loss(X) = α M_inter + (1 − α) M_intra + Σ_i (β − α d_i) x_i + (3α − 1) Σ_{ij ∈ P} c_ij y_ij

CP-SAT computes with integers, so coefficients are multiplied by a power of two, 2^k, and
rounded. That multiplication is exact in floating point; the only error is the rounding. Hence
for every X

    |integer objective / 2^k + constant − loss(X)| ≤ rounding_error
                                                   = Σ |2^k value − integer| / 2^k,

and a bound on the integer objective, less `rounding_error`, is a bound on the loss. k is as large
as keeps the sum of all coefficients below 2^52, so the error is around 1e-11 for twelve models.
A linear constraint on inter(X) is rounded outwards: it may let X pass that are over the limit by
`rounding_error`-like amounts, and never cuts off one that is within it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from chemopt_models.constraints import add_cp_sat_constraints, power_of_two
from chemopt_models.data import ChemistryData, positive_pairs
from chemopt_models.labels import model_labels

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_LARGEST_SUM_BITS = 52


@dataclass(frozen=True)
class CpSatModel:
    """A CP-SAT model and what is needed to read its answers.

    Attributes
    ----------
    model : CpModel
    x : dict of str to BoolVar
        By model name.
    scale : float
        The power of two by which coefficients were multiplied.
    constant : float
        ``loss = objective / scale + constant``, up to `rounding_error`.
    rounding_error : float
        Largest difference between the two sides of that equation, for any X.
    maximise : bool
        The objective is a value to maximise, not a loss to minimise.
    """

    model: cp_model.CpModel
    x: dict[str, cp_model.IntVar]
    scale: float
    constant: float
    rounding_error: float
    maximise: bool = False


def build_cp_sat(
    problem: ChemistryData, *, triangles: bool = False, clique: bool = False
) -> CpSatModel:
    """Build the CP-SAT model of a selection problem.

    Parameters
    ----------
    problem : ChemistryData
    triangles, clique : bool
        Add the triangle inequalities (see `triangles`), or the clique inequalities of the whole
        pool (see `clique`), which need a product for every pair.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0], [0.5, 0, 0]])
    >>> sorted(build_cp_sat(ChemistryProblem(table)).x)
    ['a', 'b', 'c']
    """
    from ortools.sat.python import cp_model

    labels = model_labels(problem.models)
    alpha, beta = problem.alpha, problem.beta
    pairs = list(positive_pairs(problem.matrix))
    if clique:
        pairs = [
            (i, j, float(problem.matrix[i, j])) for i, j in combinations(range(len(labels)), 2)
        ]
    degree = [math.fsum(row) for row in problem.matrix]

    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{label}]") for label in labels]
    y = []
    for i, j, _ in pairs:
        both = model.new_bool_var(f"y[{labels[i]},{labels[j]}]")
        model.add_implication(both, x[i])
        model.add_implication(both, x[j])
        model.add_bool_or(x[i].Not(), x[j].Not(), both)
        y.append(both)

    if triangles:
        _add_triangles(model, x, {(i, j): both for (i, j, _), both in zip(pairs, y, strict=True)})
    if clique:
        for t in range(1, len(x)):
            model.add(sum(y) - t * sum(x) >= -(t * (t + 1) // 2)).with_name(f"clique[{t}]")

    linear = [beta - alpha * d for d in degree]
    product = [(3 * alpha - 1) * c for *_, c in pairs]
    scale = power_of_two(math.fsum(map(abs, linear + product)), _LARGEST_SUM_BITS)
    integers = [round(scale * value) for value in linear + product]
    model.minimize(cp_model.LinearExpr.weighted_sum(x + y, integers))

    add_cp_sat_constraints(model, x, problem)

    if problem.inter_limit < problem.m_intra_value:
        # inter(X) = Σ c_ij (x_i + x_j − 2 y_ij) and each bracket is 0 or 1
        inter_scale = power_of_two(math.fsum(c for *_, c in pairs), _LARGEST_SUM_BITS)
        weights = [math.floor(inter_scale * c) for *_, c in pairs]
        across = [x[i] + x[j] - 2 * both for (i, j, _), both in zip(pairs, y, strict=True)]
        model.add(
            cp_model.LinearExpr.weighted_sum(across, weights)
            <= math.ceil(inter_scale * problem.inter_limit)
        ).with_name("inter_constraint")

    return CpSatModel(
        model=model,
        x=dict(zip(problem.models, x, strict=True)),
        scale=scale,
        constant=alpha * problem.m_inter_value + (1 - alpha) * problem.m_intra_value,
        rounding_error=math.fsum(
            abs(scale * value - integer)
            for value, integer in zip(linear + product, integers, strict=True)
        )
        / scale,
    )


def _add_triangles(
    model: cp_model.CpModel,
    x: list[cp_model.IntVar],
    y: dict[tuple[int, int], cp_model.IntVar],
) -> None:
    for i, j, k in combinations(range(len(x)), 3):
        if not all(pair in y for pair in ((i, j), (i, k), (j, k))):
            continue
        ij, ik, jk = y[i, j], y[i, k], y[j, k]
        model.add(x[i] + x[j] + x[k] - ij - ik - jk <= 1)
        model.add(ij + ik - jk <= x[i])
        model.add(ij + jk - ik <= x[j])
        model.add(ik + jk - ij <= x[k])
