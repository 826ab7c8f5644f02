"""The loss of an ensemble X ⊆ S, and the constants in it.

With intra(X) = Σ c over the pairs inside X and inter(X) = Σ c over the pairs with exactly one
end in X,

    loss(X) = α (M_inter − inter(X)) + (1 − α) (M_intra − intra(X)) + β |X|.

M_intra is the sum over all pairs. M_inter follows a convention:

``"published"``
    What the published code computes: sort the models by total chemistry, largest first (ties by
    name), put them alternately in two groups, and sum c across. It is a lower bound of the
    maximum cut, and the *inter constraint* holds: an X with inter(X) > M_inter is infeasible.
``"greedy"``
    The same number without that constraint; losses may then fall below their usual range.
``"cut"``
    The maximum cut, proved: the smallest constant with which the inter term is never negative. It
    takes a search, so it is not computed here: `chemopt.methods.exact.max_cut.resolve_m_inter`
    puts it into the problem, and `recommend` calls that.
``"total"``
    The sum over all pairs, as for M_intra: nothing to compute, and never negative.

They differ by a constant, so only ``"published"``, by its constraint, can change which X is best.
Where c has negative entries, the alternating split means nothing, and only ``"cut"`` and
``"total"`` are accepted; the latter is then a constant like any other, without a sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chemopt.numerics import TIE_TOLERANCE, UNIT_ROUNDOFF, Floats
from chemopt.problem.problem import ChemistryProblem

# Up to this α no product is penalised: the loss is submodular, and minimising it polynomial.
POLYNOMIAL_ALPHA = 1 / 3


@dataclass(frozen=True)
class LossTerms:
    """The loss of one ensemble and what it is made of.

    Attributes
    ----------
    inter, intra : float
        Chemistry across the border of X, and inside X.
    lacking_inter, lacking_intra : float
        M_inter − inter and M_intra − intra: sums over pairs of their own, not differences of sums,
        so that a large entry in both leaves no trace.
    loss_inter, loss_intra, size_penalty : float
        α (M_inter − inter), (1 − α) (M_intra − intra), β |X|.
    loss : float
        Their sum.
    """

    inter: float
    intra: float
    lacking_inter: float
    lacking_intra: float
    loss_inter: float
    loss_intra: float
    size_penalty: float

    @property
    def loss(self) -> float:
        """The sum of the three terms."""
        return math.fsum((self.loss_inter, self.loss_intra, self.size_penalty))

    @property
    def rounding_error(self) -> float:
        """How far `loss` may be from its exact value.

        `lacking_inter` and `lacking_intra` are correctly rounded, and so is the sum of the terms; a
        factor and a product add one rounding each.
        """
        return 4 * UNIT_ROUNDOFF * (self._sizes + self.size_penalty)

    @property
    def tie(self) -> float:
        """By how much the chemistry of an ensemble of equal loss may differ; see `TIE_TOLERANCE`.

        β |X| has no part in it, so that a large β drowns nothing.
        """
        return TIE_TOLERANCE * self._sizes

    @property
    def _sizes(self) -> float:
        return abs(self.loss_inter) + abs(self.loss_intra)


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


def loss_terms(problem: ChemistryProblem, models: Sequence[int]) -> LossTerms:
    """Compute the terms of the loss by their definitions, from model numbers.

    Sums are correctly rounded (`math.fsum`), so they do not depend on the order of models.
    """
    table, inside = problem.table, np.zeros(len(problem.models), dtype=bool)
    inside[list(models)] = True
    (i, j), c = table.above_diagonal, table.upper
    both, across = inside[i] & inside[j], inside[i] != inside[j]
    side = problem.m_inter_side
    counted = np.ones(len(c), dtype=bool) if side is None else side[i] != side[j]
    lacking_inter = math.fsum([*c[counted & ~across], *-c[across & ~counted]])
    lacking_intra = math.fsum(c[~both])
    return LossTerms(
        inter=math.fsum(c[across]),
        intra=math.fsum(c[both]),
        lacking_inter=lacking_inter,
        lacking_intra=lacking_intra,
        loss_inter=problem.alpha * lacking_inter,
        loss_intra=(1 - problem.alpha) * lacking_intra,
        size_penalty=problem.beta * int(inside.sum()),
    )


def quadratic_loss(problem: ChemistryProblem) -> QuadraticLoss:
    """Write the loss of a problem as a quadratic function of 0/1 variables."""
    alpha, degree = problem.alpha, problem.table.degrees
    return QuadraticLoss(
        constant=alpha * problem.m_inter_value + (1 - alpha) * problem.m_intra_value,
        linear=problem.beta - alpha * degree,
        product=3 * alpha - 1,
        degree=degree,
    )


def loss_floor(problem: ChemistryProblem) -> float:
    """Return a lower bound of the loss of every feasible ensemble, from the signs of its parts.

    Weak, but immediate. Rounding errors, less than n² units in the last place of the sum of sizes,
    are subtracted. Where no term of the loss is negative, the size penalty is a bound as well.
    """
    form, n = quadratic_loss(problem), len(problem.models)
    products = form.product * problem.matrix[np.triu_indices(n, k=1)]
    parts = [form.constant, *np.minimum(form.linear, 0.0), *np.minimum(products, 0.0)]
    sizes = math.fsum(map(abs, parts))
    floor = math.fsum(parts) - (n + 2) ** 2 * UNIT_ROUNDOFF * sizes
    if not problem.table.nonnegative or problem.m_inter not in ("published", "total"):
        return floor
    above = 0.0 if problem.m_inter == "total" else -problem.least_lacking_inter
    penalty = problem.beta * problem.size_bounds[0]
    return max(floor, (1 - UNIT_ROUNDOFF) * penalty - 2 * problem.alpha * above)
