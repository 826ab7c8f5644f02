"""The linearised model with triangle inequalities.

For any three models i, j, k with products y_ij, y_ik, y_jk, every 0/1 point satisfies

    x_i + x_j + x_k − y_ij − y_ik − y_jk ≤ 1        (of three, two in common make a pair)
    y_ij + y_ik − y_jk ≤ x_i                        (and so for j and for k)

They are facets of the Boolean quadric polytope, and with the three inequalities of each pair they
describe it for three models (Padberg, Mathematical Programming 45, 1989). Of the first kind those
on more than three models are the clique inequalities (see `clique`).

Size
    4 (|I| choose 3) constraints more than the linearised model on a dense table: 16,240 for 30
    models. So they are either written down all at once, or only as the relaxation violates them,
    in rounds (`violated_triangles`).
Strength
    For three models exact; x = ½, y = 0 is cut off, but x = ⅓, y = 0 is not. On dense tables with
    α > 1/3 they bring a bound some way, seldom all the way. With |X| fixed they are far stronger
    (`rlt`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pyomo.environ as pyo

from chemopt_models.data import ChemistryData
from chemopt_models.linearised import build_linearised

Floats = npt.NDArray[np.float64]
# (i, j, k): three of a kind, or i in the middle
Triangle = tuple[str, int, int, int]


def build_triangles(problem: ChemistryData) -> pyo.ConcreteModel:
    """Build the linearised model with all triangle inequalities.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0.2], [0.5, 0.2, 0]])
    >>> model = build_triangles(ChemistryProblem(table))
    >>> print(model.triangle["three", 0, 1, 2].expr)  # doctest: +NORMALIZE_WHITESPACE
    x[m1_a] + x[m2_b] + x[m3_c] - y[m1_a,m2_b] - y[m1_a,m3_c] - y[m2_b,m3_c]  <=  1.0
    """
    model = build_linearised(problem)
    labels = list(model.I)
    found: list[Triangle] = []
    for i, j, k in combinations(range(len(labels)), 3):
        if all((labels[a], labels[b]) in model.P for a, b in ((i, j), (i, k), (j, k))):
            found += [("three", i, j, k), ("middle", i, j, k), ("middle", j, i, k),
                      ("middle", k, i, j)]  # fmt: skip

    @model.Constraint(found)
    def triangle(m: Any, kind: str, i: int, j: int, k: int) -> Any:
        terms, most = triangle_terms(m, (kind, i, j, k))
        return sum(a * variable for variable, a in terms) <= most

    return model


def triangle_terms(
    model: pyo.ConcreteModel, triangle: Triangle
) -> tuple[list[tuple[Any, float]], float]:
    """Return a triangle inequality as variables with coefficients, and its right-hand side."""
    kind, *numbers = triangle
    labels = list(model.I)
    i, j, k = (labels[number] for number in numbers)

    def y(a: str, b: str) -> Any:
        return model.y[a, b] if (a, b) in model.y else model.y[b, a]

    if kind == "three":
        terms = [(model.x[a], 1.0) for a in (i, j, k)]
        return [*terms, (y(i, j), -1.0), (y(i, k), -1.0), (y(j, k), -1.0)], 1.0
    return [(y(i, j), 1.0), (y(i, k), 1.0), (y(j, k), -1.0), (model.x[i], -1.0)], 0.0


def violated_triangles(
    model: pyo.ConcreteModel,
    value_of: Callable[[Any], float],
    most: int,
    tolerance: float = 1e-4,
) -> Iterator[tuple[list[tuple[Any, float]], float]]:
    """Yield the triangle inequalities that a point violates, the most violated first.

    Parameters
    ----------
    model : ConcreteModel
        With variables `x` and `y`.
    value_of : callable
        The value of a variable at the point.
    most : int
        How many at most.
    tolerance : float
        Smaller violations are passed over.

    Yields
    ------
    terms, right-hand side
        As `triangle_terms`.
    """
    n = len(model.I)
    number = {label: k for k, label in enumerate(model.I)}
    x = np.array([value_of(model.x[i]) for i in model.I])
    # a pair without a product takes part in no triangle
    y = np.full((n, n), np.nan)
    for i, j in model.P:
        y[number[i], number[j]] = y[number[j], number[i]] = value_of(model.y[i, j])
    violations: list[tuple[float, Triangle]] = []
    for i in range(n):
        # three[j, k]: x_i + x_j + x_k − y_ij − y_ik − y_jk − 1 for i < j < k
        three = (x[:, None] - y[i, :, None]) + (x - y[i])[None, :] - y + x[i] - 1
        middle = y[i, :, None] + y[i, None, :] - y - x[i]
        upper = np.triu(np.ones((n, n), dtype=bool), k=1)
        later = upper.copy()
        later[: i + 1] = False
        for kind, amount, where in (("three", three, later), ("middle", middle, upper)):
            with np.errstate(invalid="ignore"):
                hits = np.argwhere(where & (amount > tolerance))
            violations += [
                (float(amount[j, k]), (kind, i, int(j), int(k))) for j, k in hits if i not in (j, k)
            ]
    violations.sort(key=lambda item: (-item[0], item[1]))
    for _, found in violations[:most]:
        yield triangle_terms(model, found)
