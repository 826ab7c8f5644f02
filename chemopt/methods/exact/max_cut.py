"""The maximum cut of a chemistry table: M_inter under the convention ``"cut"``.

Up to 28 models by enumeration, which splits the models in halves and is done by matrix products;
above, by branch and bound (`chemopt.methods.bqp`), which proves a hundred models within a minute or
so; with a time limit there may be no answer. `chemopt_models.max_cut` is the declarative model.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import UnansweredError
from chemopt.execution.clock import loading
from chemopt.methods.bqp.enumeration import subset_values
from chemopt.methods.many_losses import ManyLosses
from chemopt.numerics import ENUMERATION_ERROR, proof_tolerance
from chemopt.problem.problem import ChemistryProblem

ENUMERATION_LIMIT = 28


def resolve_m_inter(
    problem: ChemistryProblem, *, time_limit: float | None = None, seed: int = 0
) -> ChemistryProblem:
    """Return the problem with its M_inter computed.

    Only the convention ``"cut"`` needs that; any other problem is returned as it is.

    Raises
    ------
    UnansweredError
        The maximum cut was not proved within the time limit.

    Examples
    --------
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> resolve_m_inter(ChemistryProblem(table, m_inter="cut")).m_inter_value
    1.5
    """
    if problem.m_inter != "cut" or problem.maximum_cut is not None:
        return problem
    _, side = maximum_cut(problem.table, time_limit=time_limit, seed=seed)
    return problem.with_options(maximum_cut=side)


def maximum_cut(
    table: ChemistryTable, *, time_limit: float | None = None, seed: int = 0
) -> tuple[float, tuple[str, ...]]:
    """Return the largest chemistry across a split of the pool in two, and one side of it.

    Parameters
    ----------
    table : ChemistryTable
    time_limit : float, optional
        Seconds; pools of up to 28 models do not need one.
    seed : int
        Of the branch and bound.

    Raises
    ------
    UnansweredError
        The limit was reached before the maximum was proved; the message gives the bounds.

    Examples
    --------
    >>> maximum_cut(ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]]))
    (1.5, ('a',))
    """
    n = len(table.models)
    if n == 1:
        return 0.0, (table.models[0],)
    if n <= ENUMERATION_LIMIT:
        side = _best_side(table)
    else:
        side = _best_side_by_branching(table, time_limit, seed)
    inside = np.zeros(n, dtype=bool)
    inside[side] = True
    if not inside[0]:
        inside = ~inside
    return table.across(inside), tuple(
        m for m, chosen in zip(table.models, inside, strict=True) if chosen
    )


def _best_side(table: ChemistryTable) -> npt.NDArray[np.intp]:
    """Enumerate the sides without the last model: cut(x) = Σ d_i x_i − 2 Σ c_ij x_i x_j.

    Those that rounding does not tell from the best are evaluated again, exactly.
    """
    rest = table.matrix[:-1, :-1]
    error = ENUMERATION_ERROR * 2 * table.magnitude
    best, masks, found = -math.inf, np.zeros(0, dtype=np.intp), np.zeros(0)
    for first, values in subset_values(table.degrees[:-1], -2 * rest):
        best = max(best, float(values.max()))
        near = np.flatnonzero(values >= best - error)
        masks, found = np.append(masks, first + near), np.append(found, values[near])
        masks, found = masks[found >= best - error], found[found >= best - error]
    sides = (masks[:, None] >> np.arange(len(rest)) & 1).astype(bool)
    chosen = np.column_stack([sides, np.zeros(len(sides), dtype=bool)])
    # by the loss for α = 1 and β = 0, which is what one of them cuts more than another: an entry
    # that all of them cut, or none, leaves no trace
    one = [name for name, cut in zip(table.models, chosen[0], strict=True) if cut]
    losses = ManyLosses(
        ChemistryProblem(table, alpha=1.0, beta=0.0, m_inter="cut", maximum_cut=one)
    )
    return np.flatnonzero(chosen[losses.least(chosen)[0]])


def _best_side_by_branching(
    table: ChemistryTable, time_limit: float | None, seed: int
) -> npt.NDArray[np.intp]:
    """Minimise what is not cut: Σ c_ij − Σ d_i x_i + 2 Σ c_ij x_i x_j."""
    # SciPy takes a while to import
    with loading():  # many modules
        from chemopt.methods.bqp.problem import BinaryQuadratic
        from chemopt.methods.bqp.processing import NodeOptions
        from chemopt.methods.bqp.search import branch_and_bound

    uncut = BinaryQuadratic(-table.degrees, 2 * table.matrix, table.total)
    answer = branch_and_bound(uncut, nodes=NodeOptions(seed), time_limit=time_limit)
    value, above = table.total - answer.value, table.total - answer.bound
    between = f"it lies between {value:.6g} and {above:.6g}"
    instead = "use m_inter 'total', which has the same best ensemble"
    if answer.x is None or not answer.finished:
        raise UnansweredError(
            f"m_inter 'cut': the maximum cut of these {len(table)} models was not proved in time: "
            f"{between}; give more time, or {instead}"
        )
    cut = table.across(answer.x)
    if table.total - cut - answer.bound > proof_tolerance(cut, table.typical):
        raise UnansweredError(
            f"m_inter 'cut': rounding, because of entries up to {table.largest:g}, allows no proof "
            f"of the maximum cut of these {len(table)} models: {between}; {instead}"
        )
    return np.flatnonzero(answer.x)
