"""The loss of an ensemble X ⊆ S, and the constants in it.

With intra(X) = Σ c over the pairs inside X and inter(X) = Σ c over the pairs with exactly one
end in X,

    loss(X) = α (M_inter − inter(X)) + (1 − α) (M_intra − intra(X)) + β |X|.

M_intra is the sum over all pairs. M_inter follows a convention:

``"reference"``
    What the published code computes: sort the models by total chemistry, largest first (ties by
    name), put them alternately in two groups, and sum c across. It is a lower bound of the
    maximum cut, and an X with inter(X) > M_inter has infinite loss.
``"greedy"``
    The same number without that rule; losses may then fall below their usual range.
``"cut"``
    The exact maximum cut: the smallest constant with which the inter term is never negative.
``"total"``
    The sum over all pairs, as for M_intra: nothing to compute, and never negative.

They differ by a constant, so only ``"reference"``, by its rule, can change which X is best.
Where c has negative entries, the alternating split says nothing, and only ``"cut"`` and ``"total"``
are allowed; the latter is then a constant like any other, without a sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from chemopt_models import SelectionData

Floats = npt.NDArray[np.float64]

M_INTER_CONVENTIONS = ("reference", "greedy", "cut", "total")
# those of the alternating split, which entries below 0 would make pointless
SPLIT_CONVENTIONS = ("reference", "greedy")
# Two sums of the same chemistry in another order differ by rounding; a difference up to
# this, relative to the sum, is none.
SUM_TOLERANCE = 1e-9
# Up to this α no product is penalised: the loss is submodular, and minimising it polynomial.
POLYNOMIAL_ALPHA = 1 / 3


@dataclass(frozen=True)
class LossTerms:
    """The loss of one ensemble and what it is made of.

    Attributes
    ----------
    inter, intra : float
        Chemistry across the border of X, and inside X.
    loss_inter, loss_intra, size_penalty : float
        α (M_inter − inter), (1 − α) (M_intra − intra), β |X|.
    loss : float
        Their sum.
    """

    inter: float
    intra: float
    loss_inter: float
    loss_intra: float
    size_penalty: float

    @property
    def loss(self) -> float:
        """The sum of the three terms."""
        return math.fsum((self.loss_inter, self.loss_intra, self.size_penalty))


@dataclass(frozen=True, eq=False)
class QuadraticLoss:
    """The loss as a quadratic 0/1 function: what algorithms work with.

    loss(x) = constant + Σ_i linear_i x_i + product Σ_{i<j} c_ij x_i x_j, where
    linear_i = β − α d_i with d_i = Σ_j c_ij, and product = 3α − 1.

    Attributes
    ----------
    constant : float
    linear, degree : ndarray of shape (n,)
    product : float
    """

    constant: float
    linear: Floats
    product: float
    degree: Floats


def loss_terms(problem: SelectionData, models: Sequence[int]) -> LossTerms:
    """Compute the terms of the loss by their definitions, from model numbers.

    Sums are correctly rounded (`math.fsum`), so they do not depend on the order of models.
    """
    inside = np.zeros(len(problem.models), dtype=bool)
    inside[list(models)] = True
    c = problem.matrix
    intra = math.fsum(c[np.ix_(inside, inside)][np.triu_indices(int(inside.sum()), k=1)])
    inter = math.fsum(c[np.ix_(inside, ~inside)].ravel())
    return LossTerms(
        inter=inter,
        intra=intra,
        loss_inter=problem.alpha * (problem.m_inter_value - inter),
        loss_intra=(1 - problem.alpha) * (problem.m_intra_value - intra),
        size_penalty=problem.beta * int(inside.sum()),
    )


def quadratic_loss(problem: SelectionData) -> QuadraticLoss:
    """Write the loss of a problem as a quadratic function of 0/1 variables."""
    alpha, degree = problem.alpha, degrees(problem.matrix)
    return QuadraticLoss(
        constant=alpha * problem.m_inter_value + (1 - alpha) * problem.m_intra_value,
        linear=problem.beta - alpha * degree,
        product=3 * alpha - 1,
        degree=degree,
    )


def loss_rounding(problem: SelectionData) -> float:
    """Return how far a loss, as computed from correctly rounded sums, may be from the exact one.

    Sums, products and differences are each off by a unit in the last place of at most the sum of
    sizes; a claim about exact losses gives way by this much.
    """
    sizes = float(np.abs(problem.matrix).sum()) + problem.beta * len(problem.models)
    return 8 * 2.0**-53 * sizes


def loss_floor(problem: SelectionData) -> float:
    """Return a lower bound of the loss of every subset, from the signs of its coefficients.

    Weak, but there at once; rounding (less than n² units in the last place of the sum of sizes) is
    taken off.
    """
    form, n = quadratic_loss(problem), len(problem.models)
    products = form.product * problem.matrix[np.triu_indices(n, k=1)]
    parts = [form.constant, *np.minimum(form.linear, 0.0), *np.minimum(products, 0.0)]
    sizes = math.fsum(map(abs, parts))
    return math.fsum(parts) - (n + 2) ** 2 * 2.0**-53 * sizes


def degrees(matrix: Floats) -> Floats:
    """Return the total chemistry d_i = Σ_j c_ij of each model."""
    return np.array([math.fsum(row) for row in matrix])


def total_chemistry(matrix: Floats) -> float:
    """Return M_intra, the sum of chemistry over all pairs."""
    return math.fsum(matrix[np.triu_indices(len(matrix), k=1)])


def greedy_cut(models: Sequence[str], matrix: Floats) -> float:
    """Return the chemistry across the reference's alternating split.

    Models are sorted by total chemistry, largest first. Totals that differ by rounding only
    count as equal, and ties are broken by name, so that the value does not depend on the
    order of summation.
    """
    total = degrees(matrix)
    by_total = sorted(range(len(models)), key=lambda i: -total[i])
    ordered: list[int] = []
    tied: list[int] = []
    for i in by_total:
        if tied and total[tied[0]] - total[i] > SUM_TOLERANCE * total[tied[0]]:
            ordered += sorted(tied, key=lambda k: models[k])
            tied = []
        tied.append(i)
    ordered += sorted(tied, key=lambda k: models[k])
    return math.fsum(matrix[np.ix_(ordered[::2], ordered[1::2])].ravel())
