"""All feasible subsets of a small pool, with their inter, intra and size, as arrays.

Sums come from matrix products (`chemopt.methods.bqp.enumeration`), so they have rounding errors;
a subset this close to M_inter counts as feasible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.errors import InfeasibleError
from chemopt.methods.bqp.enumeration import members, subset_sizes, subset_values
from chemopt.methods.infeasibility import conflict_message
from chemopt.numerics import PROOF_ROUNDING, Floats
from chemopt.problem.linear import constraint_rows
from chemopt.problem.problem import SelectionProblem

# A million subsets: about a second, and 100 MB.
MODEL_LIMIT = 20

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Subsets:
    """The feasible subsets of a pool, in the order of preference: fewest models, then by names.

    Attributes
    ----------
    by_name : ndarray of int of shape (n,)
        The models by name; bit i of a mask is model ``by_name[i]``.
    masks : ndarray of int of shape (m,)
    inter, intra : ndarray of shape (m,)
        Up to rounding.
    sizes : ndarray of int of shape (m,)
    """

    by_name: npt.NDArray[np.intp]
    masks: Ints
    inter: Floats
    intra: Floats
    sizes: Ints

    def models(self, row: int) -> list[int]:
        """Return the members of a subset, by numbers in the pool, in the order of names."""
        n = len(self.by_name)
        chosen: list[int] = self.by_name[members(int(self.masks[row]), n)].tolist()
        return chosen


def feasible_subsets(problem: SelectionProblem) -> Subsets:
    """Go through all subsets of a pool and keep the feasible ones.

    Raises
    ------
    InfeasibleError
        There are none.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> found = feasible_subsets(SelectionProblem(table, m_inter="total"))
    >>> found.sizes.tolist(), found.inter.tolist(), found.models(0)
    ([2, 2, 2, 3], [0.75, 1.25, 1.5, 0.0], [0, 1])
    """
    n = len(problem.models)
    by_name = np.array(sorted(range(n), key=lambda k: problem.models[k]), dtype=np.intp)
    c = problem.matrix[np.ix_(by_name, by_name)]
    intra = all_values(np.zeros(n), c)
    inter = all_values(problem.table.degrees[by_name], -2 * c)
    sizes = subset_sizes(0, 1 << n).astype(np.int64)
    masks = np.flatnonzero(_feasible(problem, by_name, inter, sizes))
    if not masks.size:
        raise InfeasibleError(conflict_message(problem))
    masks = masks[np.lexsort((-_backwards(masks, n), sizes[masks]))]
    return Subsets(by_name, masks, inter[masks], intra[masks], sizes[masks])


def all_values(linear: Floats, quadratic: Floats | None = None) -> Floats:
    """Return the value of a linear or quadratic function of 0/1 variables for every mask."""
    return np.concatenate([values for _, values in subset_values(linear, quadratic)])


def _backwards(masks: Ints, n: int) -> Ints:
    """Return masks read from the other end: of two of one size, the first by names has the larger.

    For bits in the order of names.
    """
    found = np.zeros(len(masks), dtype=np.int64)
    for k in range(n):
        found += (masks >> k & 1) << (n - 1 - k)
    return found


def _feasible(
    problem: SelectionProblem, order: npt.NDArray[np.intp], inter: Floats, sizes: Ints
) -> Bools:
    """Return whether each subset, whose mask's bits are the models in some order, is feasible."""
    rows = constraint_rows(problem)
    feasible = inter <= problem.inter_limit + PROOF_ROUNDING * problem.table.magnitude
    masks = np.arange(len(sizes))
    for bit, k in enumerate(order):
        if rows.required[k]:
            feasible &= masks >> bit & 1 == 1
        if rows.excluded[k]:
            feasible &= masks >> bit & 1 == 0
    for weights, low, high in zip(rows.weights, rows.low, rows.high, strict=True):
        total = all_values(weights[order])
        feasible &= (low <= total) & (total <= high)
    return np.asarray(feasible)
