"""The Pareto front of inter, intra and size, unsupported ensembles included.

The loss puts three aims together with weights α, β: much chemistry across the border (inter), much
inside (intra), and few models. An ensemble is on the front when no other has at least as much of
both and at most as many models, and is better in one of them. Optima of the loss are on it, but
not all of it is an optimum of some loss: unsupported ensembles lie behind the hull. So up to 20
models all subsets are looked at; above, the supported ones are found size by size, with a
statement of what may lie between them. A budget can take the place of the size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.conditions import Budget, budget_condition
from chemopt.errors import InputError
from chemopt.loss import SUM_TOLERANCE, degrees, loss_terms
from chemopt.problem import SelectionProblem
from chemopt.slice_bounds import slice_sizes
from chemopt.subsets import members, subset_sizes, subset_values
from chemopt.trade_offs import breakpoints

MODEL_LIMIT = 20

Floats = npt.NDArray[np.float64]


def pareto_front(
    problem: SelectionProblem,
    third: str = "size",
    *,
    method: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Find the ensembles that no other beats in inter, intra and size (or a budget) together.

    Parameters
    ----------
    problem : SelectionProblem
        Its conditions hold; α and β are not used. The rule inter(X) ≤ M_inter holds as well.
    third : str
        ``"size"``, or a numeric attribute of the problem, whose sum is to be small.
    method : str
        For pools of more than 20 models: a method of `recommend` that proves optima.
    progress : callable, optional
        Called with the sizes done and their number, for pools of more than 20 models.
    **options
        As for `recommend`, for such pools.

    Returns
    -------
    DataFrame
        A row for each ensemble, by the third aim and then by inter, falling: `inter`, `intra`, the
        third aim, `size`, `gap`, `models`. Of ensembles equal in all three the one with the fewest
        models, first by names, stands for all. `gap` is 0 when the front is complete; else what is
        between this ensemble and the next one of its size, relative to M_inter: an unsupported
        ensemble in between can have at most that much more inter than the next, and a supported one
        may be missing only where `proved` is False.

    Raises
    ------
    InputError
        The attribute is not known, or is asked for with more than 20 models.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> pareto_front(SelectionProblem(table, m_inter="total", min_size=1))[
    ...     ["inter", "intra", "size", "models"]]
       inter  intra  size     models
    0   1.50   0.00     1       (a,)
    1   1.50   0.25     2     (b, c)
    2   1.25   0.50     2     (a, c)
    3   0.75   1.00     2     (a, b)
    4   0.00   1.75     3  (a, b, c)
    """
    if len(problem.models) <= MODEL_LIMIT:
        return _by_enumeration(problem, third)
    if third != "size":
        raise InputError(
            f"a front over {third!r} is for pools of up to {MODEL_LIMIT} models, and there are "
            f"{len(problem.models)}; over 'size' there is no such limit"
        )
    return _by_slices(problem, method, progress, options)


def _by_enumeration(problem: SelectionProblem, third: str) -> pd.DataFrame:
    n, c = len(problem.models), problem.matrix
    intra = np.concatenate([values for _, values in subset_values(np.zeros(n), c)])
    inter = np.concatenate([values for _, values in subset_values(degrees(c), -2 * c)])
    sizes = subset_sizes(n, 0, 1 << n)
    costs = sizes.astype(float)
    if third != "size":
        row = budget_condition(Budget(third, 0.0), problem.models, (), problem.attributes)
        costs = np.concatenate([values for _, values in subset_values(row.weights)])
    masks = np.flatnonzero(_admissible(problem, inter, sizes))
    aims = np.column_stack([inter[masks], intra[masks], -costs[masks]])
    units = np.array([problem.m_intra_value, problem.m_intra_value, np.abs(costs).max()])
    front = masks[_undominated(aims, SUM_TOLERANCE * np.maximum(units, 1e-300), sizes[masks])]
    rows = []
    for mask in front:
        chosen = [int(k) for k in members(int(mask), n)]
        terms = loss_terms(problem, chosen)
        value = len(chosen) if third == "size" else float(costs[mask])
        names = tuple(sorted(problem.models[k] for k in chosen))
        rows.append((terms.inter, terms.intra, value, len(chosen), 0.0, True, names))
    return _frame(rows, third)


def _admissible(
    problem: SelectionProblem, inter: Floats, sizes: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    n = len(problem.models)
    low, high = problem.size_bounds
    found = (low <= sizes) & (sizes <= high)
    if problem.inter_limit is not None:
        found &= inter <= problem.inter_limit
    numbers = np.arange(1 << n)
    for k in problem.positions(problem.require):
        found &= numbers >> k & 1 == 1
    for k in problem.positions(problem.exclude):
        found &= numbers >> k & 1 == 0
    for condition in problem.conditions:
        total = np.concatenate([values for _, values in subset_values(condition.weights)])
        found &= total >= (-np.inf if condition.low is None else condition.low)
        found &= total <= (np.inf if condition.high is None else condition.high)
    return np.asarray(found)


def _undominated(aims: Floats, equal: Floats, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return the rows that no other row is at least as good as in every column.

    The row with the largest sum of aims is on the front, since whatever beats it has a larger sum.
    It is kept, what it beats is dropped, and so on; few rows are left after the first ones.
    """
    left = np.lexsort((np.arange(len(aims)), sizes, -(aims / equal).sum(axis=1)))
    kept = []
    while left.size:
        best = left[0]
        kept.append(best)
        left = left[(aims[left] > aims[best] + equal).any(axis=1)]
    return np.array(kept, dtype=np.intp)


def _by_slices(
    problem: SelectionProblem,
    method: str,
    progress: Callable[[int, int], None] | None,
    options: dict[str, Any],
) -> pd.DataFrame:
    """Find the supported ensembles of each size, from the breakpoints over α."""
    rows: list[tuple[object, ...]] = []
    sizes = slice_sizes(problem)
    unit = max(problem.m_inter_value, 1e-300)
    for done, k in enumerate(sizes):
        of_size = problem.with_options(size=k, min_size=None, max_size=None, beta=0.0)
        path = breakpoints(of_size, "alpha", method=method, **options).to_dict("records")
        inters = [float(row["inter"]) for row in path]
        for row, after in zip(path, [*inters[1:], inters[-1]], strict=True):
            gap = abs(after - float(row["inter"])) / unit
            rows.append((row["inter"], row["intra"], k, k, gap, row["proved"], row["models"]))
        if progress is not None:
            progress(done + 1, len(sizes))
    return _frame(rows, "size")


def _frame(rows: list[tuple[Any, ...]], third: str) -> pd.DataFrame:
    columns = ["inter", "intra", third, "size", "gap", "proved", "models"]
    ordered = sorted(rows, key=lambda row: (row[2], -row[0], row[6]))
    frame = pd.DataFrame(ordered, columns=columns)
    return frame.loc[:, ~frame.columns.duplicated()]
