"""The terms of the loss of many ensembles at once, as exact as those of one.

Matrix products add in any order, so their sums have errors that grow with the largest entry. Here
the table is cut into layers, c = Σ_s c⁽ˢ⁾: each entry of a layer is a whole number of a unit, a
power of two, so small that every sum over entries of the layer is exact in double precision
(error-free splitting as in Ozaki, Ogita, Oishi and Rump, Numerical Algorithms 59, 2012). M_inter −
inter and M_intra − intra are differences within each layer, which are exact as well, and what is
left is a sum of a few numbers of falling size.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.enumeration import all_values
from chemopt.numerics import TIE_TOLERANCE, Floats
from chemopt.problem.problem import ChemistryProblem

Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

# Ensembles evaluated at once.
_CHUNK = 1 << 14


class ManyLosses:
    """Evaluates ensembles of one problem.

    Parameters
    ----------
    problem : ChemistryProblem

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> losses = ManyLosses(ChemistryProblem(table, m_inter="total"))
    >>> losses.lacking(np.array([[True, True, False], [False, True, True]]))
    (array([1.  , 0.25]), array([0.75, 1.5 ]))
    """

    def __init__(self, problem: ChemistryProblem) -> None:
        self._problem = problem
        side = problem.m_inter_side
        self._units, self._layers = _layers(problem.matrix)
        self._totals = [float(layer.sum()) / 2 for layer in self._layers]
        self._m_inter = self._totals
        if side is not None:
            self._m_inter = [float(layer[np.ix_(side, ~side)].sum()) for layer in self._layers]

    def lacking(self, chosen: Bools) -> tuple[Floats, Floats]:
        """Return M_inter − inter and M_intra − intra, each right to a unit in the last place.

        Parameters
        ----------
        chosen : ndarray of bool of shape (m, n)
            An ensemble in each row.

        Returns
        -------
        lacking_inter, lacking_intra : ndarray of shape (m,)
        """
        inter, intra = np.empty(len(chosen)), np.empty(len(chosen))
        for begin in range(0, len(chosen), _CHUNK):
            rows = slice(begin, begin + _CHUNK)
            inter[rows], intra[rows] = self._lacking(chosen[rows].astype(float))
        return inter, intra

    def chemistry(self, chosen: Bools) -> Floats:
        """Return the loss of each ensemble without β |X|: α (M_inter − inter) + (1 − α) (…)."""
        inter, intra = self.lacking(chosen)
        alpha = self._problem.alpha
        return np.asarray(alpha * inter + (1 - alpha) * intra)

    def least(self, chosen: Bools) -> Indices:
        """Return which of some ensembles of one size have the least loss, equal ones included."""
        if len(chosen) < 2 or self._problem.table.is_constant:
            return np.arange(len(chosen))
        inter, intra = self.lacking(chosen)
        alpha = self._problem.alpha
        terms = np.array([alpha * inter, (1 - alpha) * intra])
        values = terms.sum(axis=0)
        best = int(values.argmin())
        return np.flatnonzero(values <= values[best] + TIE_TOLERANCE * np.abs(terms[:, best]).sum())

    def meet_inter(self, chosen: Bools) -> Bools:
        """Return which of some ensembles meet the inter constraint, if there is one."""
        if self._problem.inter_limit == math.inf:
            return np.ones(len(chosen), dtype=bool)
        inter, _ = self.lacking(chosen)
        return np.asarray(inter >= self._problem.least_lacking_inter)

    def _lacking(self, x: Floats) -> tuple[Floats, Floats]:
        inters, intras = [], []
        for layer, m_inter, total in zip(self._layers, self._m_inter, self._totals, strict=True):
            gains = x @ layer
            inside = (gains * x).sum(axis=1)  # each pair twice
            inters.append(m_inter - (gains.sum(axis=1) - inside))
            intras.append(total - inside / 2)
        return self._sum(inters, len(x)), self._sum(intras, len(x))

    def lacking_of_all(self, order: Indices) -> tuple[Floats, Floats]:
        """Return what `lacking` does for every subset of the pool.

        Parameters
        ----------
        order : ndarray of int of shape (n,)
            Bit i of a mask is model ``order[i]``; of up to 20 or so.

        Returns
        -------
        lacking_inter, lacking_intra : ndarray of shape (2ⁿ,)
        """
        inters, intras = [], []
        for layer, m_inter, total in zip(self._layers, self._m_inter, self._totals, strict=True):
            c = layer[np.ix_(order, order)]
            inters.append(m_inter - all_values(c.sum(axis=1), -2 * c))
            intras.append(total - all_values(np.zeros(len(c)), c))
        return self._sum(inters, 1 << len(order)), self._sum(intras, 1 << len(order))

    def _sum(self, parts: list[Floats], count: int) -> Floats:
        """Add the parts of all layers; each is a multiple of its unit and at most 2⁵³ of it."""
        # the smaller layers give what exceeds half a unit to the layer above, so nothing cancels
        for k in range(len(parts) - 1, 0, -1):
            carried = np.rint(parts[k] / self._units[k - 1]) * self._units[k - 1]
            parts[k] = parts[k] - carried
            parts[k - 1] = parts[k - 1] + carried
        total = np.zeros(count)
        for part in reversed(parts):
            total = total + part
        return total


def _layers(matrix: Floats) -> tuple[list[float], list[Floats]]:
    """Cut a matrix into layers, the one of the largest unit first; also return the units."""
    bits = 53 - 2 * math.ceil(math.log2(len(matrix) + 1)) - 3
    rest, units, layers = matrix.copy(), [], []
    while (largest := float(np.abs(rest).max(initial=0.0))) > 0:
        # below 2⁻¹⁰⁷⁴ there is no unit, and none is needed
        unit = math.ldexp(1.0, max(math.frexp(largest)[1] - bits, -1074))
        layer = np.trunc(rest / unit) * unit
        units.append(unit)
        layers.append(layer)
        rest = rest - layer
    return units, layers
