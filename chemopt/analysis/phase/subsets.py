"""All feasible subsets of a small pool, with the chemistry they lack and their size, as arrays.

Sums of chemistry come from matrix products (`chemopt.methods.bqp.enumeration`), of layers that
leave no rounding errors (`chemopt.methods.many_losses`). Other constraints are exact, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.errors import InfeasibleError
from chemopt.methods.bqp.enumeration import members, subset_sizes
from chemopt.methods.infeasibility import conflict_message, subsets_that_meet
from chemopt.methods.many_losses import ManyLosses
from chemopt.numerics import Floats
from chemopt.problem.problem import ChemistryProblem

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
    lacking_inter, lacking_intra : ndarray of shape (m,)
        M_inter − inter and M_intra − intra.
    sizes : ndarray of int of shape (m,)
    """

    by_name: npt.NDArray[np.intp]
    masks: Ints
    lacking_inter: Floats
    lacking_intra: Floats
    sizes: Ints

    def models(self, row: int) -> list[int]:
        """Return the members of a subset, by numbers in the pool, in the order of names."""
        n = len(self.by_name)
        chosen: list[int] = self.by_name[members(int(self.masks[row]), n)].tolist()
        return chosen


def feasible_subsets(problem: ChemistryProblem) -> Subsets:
    """Go through all subsets of a pool and keep the feasible ones.

    Raises
    ------
    InfeasibleError
        There are none.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> found = feasible_subsets(ChemistryProblem(table, m_inter="total"))
    >>> found.sizes.tolist(), found.lacking_inter.tolist(), found.models(0)
    ([2, 2, 2, 3], [1.0, 0.5, 0.25, 1.75], [0, 1])
    """
    n = len(problem.models)
    by_name = np.array(sorted(range(n), key=lambda k: problem.models[k]), dtype=np.intp)
    inter, intra = ManyLosses(problem).lacking_of_all(by_name)
    sizes = subset_sizes(0, 1 << n).astype(np.int64)
    masks = np.flatnonzero(_feasible(problem, by_name, inter, sizes))
    if not masks.size:
        raise InfeasibleError(conflict_message(problem))
    masks = masks[np.lexsort((-_backwards(masks, n), sizes[masks]))]
    return Subsets(by_name, masks, inter[masks], intra[masks], sizes[masks])


def _backwards(masks: Ints, n: int) -> Ints:
    """Return masks read from the other end, for bits in the order of names.

    Of two of one size, the alphabetically first has the larger.
    """
    found = np.zeros(len(masks), dtype=np.int64)
    for k in range(n):
        found += (masks >> k & 1) << (n - 1 - k)
    return found


def _feasible(
    problem: ChemistryProblem, order: npt.NDArray[np.intp], lacking_inter: Floats, sizes: Ints
) -> Bools:
    """Return whether each subset, whose mask's bits are the models in some order, is feasible."""
    low, high = problem.size_bounds
    feasible = (low <= sizes) & (sizes <= high)
    feasible &= lacking_inter >= problem.least_lacking_inter
    masks = np.arange(len(sizes))
    for bit, k in enumerate(order):
        if problem.models[k] in problem.require:
            feasible &= masks >> bit & 1 == 1
        if problem.models[k] in problem.exclude:
            feasible &= masks >> bit & 1 == 0
    for row in problem.side_constraints:
        feasible &= subsets_that_meet(row, order)
    return np.asarray(feasible)
