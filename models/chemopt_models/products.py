"""Products of conditions with variables, and only those sides of a product that matter.

Let w_ij = (3α − 1) c_ij be the coefficient of x_i x_j in the loss. A product with w_ij < 0 is
rewarded, so y_ij is as large as it may be, and y_ij ≤ x_i, y_ij ≤ x_j are enough. One with w_ij > 0
is penalised, and y_ij ≥ x_i + x_j − 1 is enough. (The inter constraint asks for large y_ij where
c_ij > 0, so under it the upper sides are kept in any case.) That is a third to two thirds of the
rows of the linearised model.

What is gained is spent on the conditions. Let Σ_j a_j x_j ≤ h with a ≥ 0 be one of them: the
largest size, a budget, a limit of a group. Multiplied by x_i and by 1 − x_i (the level-1
reformulation-linearisation, RLT: Sherali and Adams, SIAM Journal on Discrete Mathematics 3, 1990)
it says

    Σ_{j ≠ i} a_j y_ij          ≤ (h − a_i) x_i
    Σ_{j ≠ i} a_j (x_j − y_ij)  ≤ h (1 − x_i)             for every model i

where terms of pairs without chemistry may be left out, since all terms are at least 0. In the same
way Σ_j a_j x_j ≥ l gives two inequalities the other way round, for those i that have chemistry
with every j of the sum; and where l = h the second of each pair follows from the others.

    minimise the loss of `base` subject to the sides above, the conditions and their products

Size
    |I| + |P| variables; |P| to 2 |P| constraints (3 |P| at most under the inter constraint), and up
    to 4 |I| for each condition.
Strength
    Where products are rewarded the relaxation without conditions is exact, and that of their
    products often nearly so. Where they are penalised it is weak without conditions (x = ½, y = 0),
    and good where tables are sparse or conditions leave few models.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo

from chemopt_models.base import add_loss_and_constraints, new_model
from chemopt_models.data import ChemistryData, positive_pairs
from chemopt_models.labels import model_labels

# Products of a condition on fewer models say little, and of a lower bound up to this even less.
_FEWEST_MODELS, _TRIVIAL_LOW = 3, 2.0


def build_products(problem: ChemistryData) -> pyo.ConcreteModel:
    """Build the model of a selection problem.

    The sides that are kept depend on whether α is above 1/3, so the parameter `alpha` of the model
    must stay on that side.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0.2], [0.5, 0.2, 0]])
    >>> model = build_products(ChemistryProblem(table, alpha=0.8, m_inter="total", size=2))
    >>> len(model.both_needs_first), len(model.both_when_chosen)
    (0, 3)
    >>> print(model.condition_times_model[1].expr)
    y[m1_a,m2_b] + y[m1_a,m3_c] - x[m1_a]  ==  0.0
    """
    model = new_model(problem, "products")
    labels = model_labels(problem.models)
    chemistry = {(labels[i], labels[j]): c for i, j, c in positive_pairs(problem.matrix)}
    factor = 3 * problem.alpha - 1
    limited = problem.inter_limit < problem.m_intra_value
    rewarded = [p for p, c in chemistry.items() if factor * c <= 0 or (limited and c > 0)]
    penalised = [p for p, c in chemistry.items() if factor * c >= 0 or (limited and c < 0)]
    model.P = pyo.Set(initialize=list(chemistry), dimen=2, doc="pairs with a product")
    model.y = pyo.Var(model.P, bounds=(0, 1), doc="both models are chosen")

    @model.Constraint(rewarded)
    def both_needs_first(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[i]

    @model.Constraint(rewarded)
    def both_needs_second(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] <= m.x[j]

    @model.Constraint(penalised)
    def both_when_chosen(m: Any, i: str, j: str) -> Any:
        return m.y[i, j] >= m.x[i] + m.x[j] - 1

    add_loss_and_constraints(
        model, problem, intra=pyo.quicksum(c * model.y[pair] for pair, c in chemistry.items())
    )
    model.condition_times_model = pyo.ConstraintList()
    for row in _products_of_conditions(model, problem):
        model.condition_times_model.add(row)

    def point(chosen: Any) -> Any:
        yield from ((model.x[i], float(i in chosen)) for i in model.I)
        yield from ((model.y[i, j], float(i in chosen and j in chosen)) for i, j in model.P)

    model.point = point
    return model


def _products_of_conditions(model: pyo.ConcreteModel, problem: ChemistryData) -> Iterator[Any]:
    """Yield the products of each condition with weights ≥ 0."""
    labels = list(model.I)
    product: dict[str, dict[str, Any]] = {i: {} for i in labels}
    for i, j in model.P:
        product[i][j] = product[j][i] = model.y[i, j]
    fewest, most = problem.size_bounds
    conditions = [(np.ones(len(labels)), float(fewest), float(most))]
    conditions += [(one.weights, one.low, one.high) for one in problem.side_constraints]
    for weights, low, high in conditions:
        parts = {i: float(a) for i, a in zip(labels, weights, strict=True) if a}
        if (weights < 0).any() or len(parts) < _FEWEST_MODELS:
            continue
        if low < high and not low > _TRIVIAL_LOW:
            low = -math.inf  # noqa: PLW2901 - too little to say
        if not high < math.fsum(weights):
            high = math.inf  # noqa: PLW2901 - every ensemble meets it
        for i in labels:
            yield from _products(model.x, i, product[i], parts, low, high)


def _products(
    x: Any, i: str, product: dict[str, Any], parts: dict[str, float], low: float, high: float
) -> Iterator[Any]:
    """Yield the products of one condition with x_i and 1 − x_i."""
    known = [j for j in parts if j in product]
    own, complete = parts.get(i, 0.0), len(known) == len(parts) - (i in parts)
    inside = pyo.quicksum(parts[j] * product[j] for j in known)
    outside = pyo.quicksum(parts[j] * (x[j] - product[j]) for j in known)
    if not known:
        return
    if complete and low == high:
        yield inside + (own - low) * x[i] == 0.0
        return
    if high < math.inf:
        yield inside + (own - high) * x[i] <= 0.0
        yield outside + high * x[i] <= high
    if complete and low > -math.inf:
        yield inside + (own - low) * x[i] >= 0.0
        yield outside + low * x[i] >= low
