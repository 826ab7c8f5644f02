"""The maximum cut of a chemistry table: the largest value that inter(X) can take.

Variables
    x_i ∈ {0, 1}     side of model i
    z_ij ∈ [0, 1]    i and j are on different sides

Model
    maximise    Σ_{ij ∈ P} c_ij z_ij
    subject to  z_ij ≤ x_i + x_j             for ij ∈ P with c_ij > 0
                z_ij ≤ 2 − x_i − x_j         for ij ∈ P with c_ij > 0
                z_ij ≥ x_i − x_j,  z_ij ≥ x_j − x_i    for ij ∈ P with c_ij < 0
                x_1 = 0                      (swapping the sides changes nothing)

Where c_ij > 0, z rises to its upper bounds, where c_ij < 0 it falls to its lower ones, so each
pair needs just one half of the linearisation of |x_i − x_j|. The relaxation is trivial (x = ½,
z = 1 or 0); it is the textbook start, not a strong formulation (Barahona and Mahjoub, 1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyomo.environ as pyo

from chemopt_models.data import positive_pairs
from chemopt_models.labels import model_labels


def build_max_cut(models: Sequence[str], matrix: npt.NDArray[np.float64]) -> pyo.ConcreteModel:
    """Build the maximum cut model of a table.

    Examples
    --------
    >>> import numpy as np
    >>> model = build_max_cut(["a", "b"], np.array([[0.0, 0.5], [0.5, 0.0]]))
    >>> print(model.cut.expr)
    0.5*z[m1_a,m2_b]
    """
    labels = model_labels(models)
    chemistry = {(labels[i], labels[j]): c for i, j, c in positive_pairs(matrix)}

    model = pyo.ConcreteModel(name="chemopt_max_cut")
    model.name_of = dict(zip(labels, models, strict=True))
    model.I = pyo.Set(initialize=labels, doc="models of the pool")
    model.P = pyo.Set(initialize=list(chemistry), dimen=2, doc="pairs with chemistry")
    model.x = pyo.Var(model.I, domain=pyo.Binary, doc="side of the model")
    model.z = pyo.Var(model.P, bounds=(0, 1), doc="the pair is cut")
    model.cut = pyo.Objective(
        sense=pyo.maximize,
        expr=pyo.quicksum(c * model.z[i, j] for (i, j), c in chemistry.items()),
    )

    positive = [pair for pair, c in chemistry.items() if c > 0]
    negative = [pair for pair, c in chemistry.items() if c < 0]

    @model.Constraint(positive)
    def not_both_on_side_0(m: Any, i: str, j: str) -> Any:
        return m.z[i, j] <= m.x[i] + m.x[j]

    @model.Constraint(positive)
    def not_both_on_side_1(m: Any, i: str, j: str) -> Any:
        return m.z[i, j] <= 2 - m.x[i] - m.x[j]

    @model.Constraint(negative)
    def cut_with_first_on_side_1(m: Any, i: str, j: str) -> Any:
        return m.z[i, j] >= m.x[i] - m.x[j]

    @model.Constraint(negative)
    def cut_with_second_on_side_1(m: Any, i: str, j: str) -> Any:
        return m.z[i, j] >= m.x[j] - m.x[i]

    model.first_on_side_0 = pyo.Constraint(expr=model.x[labels[0]] == 0)
    return model
