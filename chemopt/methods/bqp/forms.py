"""The sign forms of the nodes of a search, and what a bound of one proves about f.

A node of several sizes has the form of the problem, at one scale. In a node of one size,
coefficients are moved to about 0 first (`branching.centred`), where that makes them much smaller:
the semidefinite bound is then as sharp as the differences between points, not as the objective.
"""

from __future__ import annotations

from chemopt.methods.bqp.bound.sign_form import SignForm, natural_scale, sign_form
from chemopt.methods.bqp.branching import Subproblem, centred, with_size_row, with_sizes
from chemopt.methods.bqp.problem import BinaryQuadratic

# Coefficients are centred if they become this much smaller.
_SHARPER = 1 / 16


class Forms:
    """The sign forms of one problem.

    Attributes
    ----------
    problem : BinaryQuadratic
        With rows scaled, and a row for the size.
    scale : float
        Of the form, the same at all nodes of several sizes.
    """

    def __init__(self, problem: BinaryQuadratic) -> None:
        self.problem = with_size_row(problem).scaled_rows()
        self.scale = natural_scale(problem)
        self._of_one_size: dict[int, tuple[BinaryQuadratic, float]] = {}

    def of(self, left: Subproblem, restricted: BinaryQuadratic | None = None) -> SignForm:
        """Return a node in ±1 variables; of a node of one size, the differences of its points.

        `restricted` is the problem in the free variables, if it is known.
        """
        problem, scale = self.problem, self.scale
        if self.is_centred(left):
            (problem, scale), restricted = self._centred(left.sizes[0]), None
        if restricted is None:
            restricted = with_sizes(problem, left.sizes).restrict(left.fixed)
        return sign_form(restricted, scale)

    def objective_bound(self, form: SignForm, proved: float, left: Subproblem) -> float:
        """Return the lower bound of f from a proved upper bound of ⟨W, X⟩."""
        return form.base - form.scale * proved - self.rounding_error(left)

    def target(self, form: SignForm, cutoff: float, left: Subproblem) -> float:
        """Return the bound of ⟨W, X⟩ at which a node is pruned."""
        return (form.base - cutoff - self.rounding_error(left)) / form.scale

    def rounding_error(self, left: Subproblem) -> float:
        """Return how far the coefficients of a node's form may be off in all."""
        error = self.problem.rounding_error
        if self.is_centred(left):
            error += self._centred(left.sizes[0])[0].rounding_error
        return error

    def is_centred(self, left: Subproblem) -> bool:
        """Return whether a node's form is that of the centred problem."""
        return left.one_size and self.is_sharper(left.sizes[0])

    def is_sharper(self, size: int) -> bool:
        """Return whether the points of one size differ much less than the products say."""
        return self._centred(size)[1] <= _SHARPER * self.scale

    def _centred(self, size: int) -> tuple[BinaryQuadratic, float]:
        """Return the problem for points of one size, and the scale of its sign form."""
        if size not in self._of_one_size:
            problem = centred(self.problem, size)
            self._of_one_size[size] = problem, natural_scale(problem)
        return self._of_one_size[size]
