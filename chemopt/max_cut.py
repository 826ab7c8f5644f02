"""The exact maximum cut of a chemistry table: M_inter under the convention ``"cut"``.

Up to 28 models by enumeration, which splits the models in halves and is one matrix product
(`chemopt.subsets`); above, by the declarative model in HiGHS, which may need a time limit and
then may have no answer.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from chemopt.errors import UnansweredError
from chemopt.loss import SUM_TOLERANCE, degrees
from chemopt.subsets import members, subset_values
from chemopt.table import ChemistryTable

ENUMERATION_LIMIT = 28


def maximum_cut(
    table: ChemistryTable, *, time_limit: float | None = None, threads: int = 1, seed: int = 0
) -> tuple[float, tuple[str, ...]]:
    """Return the largest chemistry across a split of the pool in two, and one side of it.

    Parameters
    ----------
    table : ChemistryTable
    time_limit : float, optional
        Seconds for the solver; pools of up to 28 models do not need one.
    threads, seed : int
        For the solver.

    Raises
    ------
    UnansweredError
        The limit was reached before the maximum was proved; the message gives the bounds.

    Examples
    --------
    >>> maximum_cut(ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]]))
    (1.5, ('a',))
    """
    matrix, n = table.matrix, len(table.models)
    if n == 1:
        return 0.0, (table.models[0],)
    if n <= ENUMERATION_LIMIT:
        side = _best_side(matrix)
    else:
        side = _best_side_by_mip(table, time_limit, threads, seed)
    inside = np.zeros(n, dtype=bool)
    inside[side] = True
    value = math.fsum(matrix[np.ix_(inside, ~inside)].ravel())
    if not inside[0]:
        inside = ~inside
    return value, tuple(m for m, chosen in zip(table.models, inside, strict=True) if chosen)


def _best_side(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Enumerate the sides without the last model: cut(x) = Σ d_i x_i − 2 Σ c_ij x_i x_j."""
    rest = matrix[:-1, :-1]
    best, best_mask = -math.inf, 0
    for first, values in subset_values(degrees(matrix)[:-1], -2 * rest):
        k = int(values.argmax())
        if values[k] > best:
            best, best_mask = float(values[k]), first + k
    return members(best_mask, len(rest))


def _best_side_by_mip(
    table: ChemistryTable, time_limit: float | None, threads: int, seed: int
) -> npt.NDArray[np.intp]:
    from chemopt.models import build_max_cut
    from chemopt.solvers import SolverOptions, solve_with_highs

    model = build_max_cut(table.models, table.matrix)
    options = SolverOptions(time_limit=time_limit, threads=threads, seed=seed)
    report = solve_with_highs(model, {i: model.x[i] for i in model.I}, options)
    side = [k for k, label in enumerate(model.I) if report.chosen and label in report.chosen]
    inside = np.zeros(len(table), dtype=bool)
    inside[side] = True
    value = math.fsum(table.matrix[np.ix_(inside, ~inside)].ravel())
    if report.bound is None or report.bound - value > SUM_TOLERANCE * max(1.0, value) * len(table):
        above = "unknown" if report.bound is None else f"{report.bound:.6g}"
        raise UnansweredError(
            f"m_inter 'cut': the maximum cut of these {len(table)} models was not proved "
            f"({report.termination.value}): it lies between {value:.6g} and {above}; give more "
            "time, or use m_inter 'total', which has the same best ensemble"
        )
    return np.array(side, dtype=np.intp)
