"""The Pareto front of inter, intra and size, unsupported ensembles included.

The loss puts three aims together with weights α, β: much chemistry across the border (inter), much
inside (intra), and few models. An ensemble is on the front when no other has at least as much of
both and at most as many models, and is better in one of them. For all weights some optimum of the
loss is on it, but not all of it is an optimum of some loss: unsupported ensembles lie behind the
hull. So up to 20 models all subsets are looked at; above, the supported ones are found size by
size, with a statement of what may lie between them. A budget can take the place of the size.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.analysis.breakpoints import breakpoints
from chemopt.analysis.phase.subsets import MODEL_LIMIT, Subsets, feasible_subsets
from chemopt.errors import InfeasibleError, InputError, UnansweredError
from chemopt.execution.deadline import Deadline
from chemopt.execution.gather import gather
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.infeasibility import conflict_message
from chemopt.methods.recommend import check_options
from chemopt.methods.registry import MethodName
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.problem.attributes import attribute_number
from chemopt.problem.decimal_sum import DecimalSum
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.progress import Progress, reporter
from chemopt.wording import counted

COLUMNS = ("inter", "intra", "size", "missing_within", "proved", "models")
# Rows looked up at once.
_CHUNK = 1 << 12

Ints = npt.NDArray[np.int64]


def pareto_front(
    problem: ChemistryProblem,
    third: str = "size",
    *,
    method: MethodName = "auto",
    time_limit: float | None = None,
    executor: str | Executor | None = None,
    progress: Progress = None,
    **options: Any,
) -> pd.DataFrame:
    """Find the ensembles that no other beats in inter, intra and size (or a budget) together.

    Parameters
    ----------
    problem : ChemistryProblem
        Its constraints hold, the inter constraint included; α and β are not used.
    third : str
        ``"size"``, or a numeric attribute of the problem, whose sum is to be small.
    method : str
        For pools of more than 20 models: a method of `recommend` that proves optima.
    time_limit : float, optional
        Seconds for the whole, for such pools; each size gets its share of what is left.
        ``attrs["partial"]`` says whether sizes are missing.
    executor : {"serial", "processes"} or str or Executor, optional
        Where sizes are computed; see `chemopt.execution.executors.open_executor`.
    progress : bool or callable, optional
        For pools of more than 20 models: True shows a bar; a function is called with the sizes done
        and their number.
    **options
        As for `recommend`, for such pools.

    Returns
    -------
    DataFrame
        A row for each ensemble, by the third aim and then by inter, falling: `inter`, `intra`, the
        third aim, `size`, `missing_within`, `proved`, `models`. Of ensembles equal in all three
        (inter and intra up to rounding, 1e-9; sums of an attribute as decimal numbers, exactly) the
        one with the fewest models, first by names, stands for all. `proved`
        says that no ensemble of its size beats this one. `missing_within` is about others: 0 when
        the front is complete. Else unsupported ensembles of this size may be missing whose inter is
        larger than this one's by at most that share of M_inter; supported ones only where `proved`
        is False.

    Raises
    ------
    InputError
        The attribute is not known or has no number for a model, or is asked for with more than 20
        models.
    UnansweredError
        No ensemble is feasible (`chemopt.errors.InfeasibleError`), or the method found none.
    Interrupted
        By Ctrl-C; it has the front of the sizes so far.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> pareto_front(ChemistryProblem(table, m_inter="total", min_size=1))[
    ...     ["inter", "intra", "size", "models"]]
       inter  intra  size     models
    0   1.50   0.00     1       (a,)
    1   1.50   0.25     2     (b, c)
    2   1.25   0.50     2     (a, c)
    3   0.75   1.00     2     (a, b)
    4   0.00   1.75     3  (a, b, c)
    """
    progress = reporter(progress, "sizes")
    check_problem("pareto_front", problem)
    check_options(method, {**options, "time_limit": time_limit})
    deadline = Deadline.after(time_limit)
    problem = resolve_m_inter(problem, time_limit=deadline.remaining)
    costs = None if third == "size" else _costs(problem, third)
    if len(problem.models) <= MODEL_LIMIT:
        front = _by_enumeration(problem, third, costs)
    elif third != "size":
        raise InputError(
            f"a front over {third!r} is for pools of up to {MODEL_LIMIT} models, and there are "
            f"{len(problem.models)}; over 'size' there is no such limit"
        )
    else:
        sizes = problem.feasible_sizes
        gathered = gather(
            _of_size, [(problem, k, method, options) for k in sizes], executor,
            deadline=deadline, progress=progress,
        )  # fmt: skip
        front = _by_sizes(problem, {sizes[k]: path for k, path in gathered.values.items()})
        front.attrs["about"] = problem.caption(alpha=False, beta=False)
        return gathered.finish(front, front.attrs)
    front.attrs["about"] = problem.caption(alpha=False, beta=False)
    return front


def _costs(problem: ChemistryProblem, third: str) -> DecimalSum:
    """Return what each model adds to the third aim, an attribute."""
    frame = problem.constraints.table
    known = [] if frame is None else [str(name) for name in frame.columns]
    if frame is None or third not in known or third in COLUMNS:
        raise InputError(
            f"third must be 'size' or an attribute of the models ({', '.join(known) or 'none'}), "
            f"not {third!r}"
        )
    return DecimalSum.of(
        (
            0.0 if name in problem.exclude else attribute_number(third, name, frame[third][name])
            for name in problem.models
        ),
        0.0,
    )


def _by_enumeration(
    problem: ChemistryProblem, third: str, costs: DecimalSum | None
) -> pd.DataFrame:
    subsets = feasible_subsets(problem)
    spent = subsets.sizes if costs is None else _ranks(subsets, costs)
    rows = []
    # rows in the order of preference: of equals the first is kept
    aims = -subsets.lacking_inter, -subsets.lacking_intra, spent
    for row in _undominated(*aims, problem.table.typical):
        chosen = subsets.models(row)
        terms = loss_terms(problem, chosen)
        value = len(chosen) if costs is None else costs.total(chosen)
        names = tuple(problem.models[k] for k in chosen)
        rows.append((terms.inter, terms.intra, value, len(chosen), 0.0, True, names))
    return _frame(rows, third)


def _ranks(subsets: Subsets, costs: DecimalSum) -> Ints:
    """Return the ranks of subsets by their exact costs; equal ones share a rank."""
    n = len(costs.values)
    # what all members of subsets are worth: a dear model in none of them does not count
    used = np.bitwise_or.reduce(subsets.masks)
    values = [costs.values[k] if used >> bit & 1 else 0 for bit, k in enumerate(subsets.by_name)]
    exact = np.int64 if sum(map(abs, values)) < 2**63 else object
    sums = np.zeros(1, dtype=exact)
    for bit in range(n):
        sums = np.concatenate([sums, sums + values[bit]])
    ranks: Ints = np.unique(sums[subsets.masks], return_inverse=True)[1].ravel()
    return ranks


def _undominated(inter: Floats, intra: Floats, third: npt.NDArray[Any], unit: float) -> Ints:
    """Return the rows that no other row beats: as good in all three, and better in one.

    Inter and intra are to be large, the third aim small. Differences of 1e-9 of the unit in inter
    and intra are none; of equal rows the first is returned. Rows are taken with the third aim
    rising, then inter falling, then intra. Then a row is beaten if and only if a row before it is
    as good in inter and intra; those that are best in these form a staircase, in which one looks
    up.
    """
    # the odd offset keeps sums that only rounding tells apart from falling on two sides of a bound
    step = SUM_TOLERANCE * max(unit, float(np.finfo(float).tiny))
    steps = np.floor(np.column_stack([inter, intra]) / step + 0.381966)
    order = np.lexsort((-steps[:, 1], -steps[:, 0], third))
    first: list[float] = []  # rising
    second: list[float] = []  # falling
    kept = []
    for start in range(0, len(order), _CHUNK):
        rows = order[start : start + _CHUNK]
        left = np.searchsorted(first, steps[rows, 0])
        best = np.array([*second, -np.inf])[left]
        for row in rows[best < steps[rows, 1]]:
            x, y = steps[row, :2].tolist()
            at = bisect_left(first, x)
            if at < len(second) and second[at] >= y:
                continue  # beaten by a row of this chunk
            kept.append(row)
            below = at
            while below > 0 and second[below - 1] <= y:
                below -= 1
            if at < len(first) and first[at] == x:
                at += 1
            first[below:at], second[below:at] = [x], [y]
    return np.array(kept, dtype=np.intp)


def _of_size(
    problem: ChemistryProblem,
    size: int,
    method: MethodName,
    options: Mapping[str, Any],
    seconds: float | None,
) -> list[dict[str, Any]] | None:
    """Return the breakpoints over α for a size; none if it has no ensemble, None without time."""
    of_size = problem.with_options(size=size, min_size=None, max_size=None, beta=0.0)
    try:
        path = breakpoints(of_size, "alpha", method=method, time_limit=seconds, **options)
    except InfeasibleError:
        return []
    except UnansweredError:
        if seconds is None:
            raise
        return None
    return [{str(name): value for name, value in row.items()} for row in path.to_dict("records")]


def _by_sizes(
    problem: ChemistryProblem, paths: Mapping[int, list[dict[str, Any]] | None]
) -> pd.DataFrame:
    """Put the supported ensembles of all sizes together."""
    rows: list[tuple[float, float, int, int, float, bool, tuple[str, ...]]] = []
    unit = max(problem.m_inter_value, np.finfo(float).tiny)
    for k, path in paths.items():
        pieces = path or []
        inters = [float(piece["inter"]) for piece in pieces]  # rising, as α does
        for piece, inter, after in zip(pieces, inters, [*inters[1:], *inters[-1:]], strict=True):
            within = (after - inter) / unit
            rows.append((inter, piece["intra"], k, k, within, piece["proved"], piece["models"]))
    sizes = problem.feasible_sizes
    late = [k for k in sizes if paths.get(k) is None]
    if not rows:
        if late:
            raise UnansweredError("the time limit ended it before there was an ensemble")
        raise InfeasibleError(conflict_message(problem))
    # one of another size may be better in everything
    terms = [loss_terms(problem, problem.positions(row[-1])) for row in rows]
    lacking = np.array([(one.lacking_inter, one.lacking_intra) for one in terms])
    third = np.array([row[2] for row in rows])
    front = _undominated(-lacking[:, 0], -lacking[:, 1], third, problem.table.typical)
    frame = _frame([rows[k] for k in front], "size")
    if late:
        frame.attrs["partial"] = (
            f"partial: there was no time for {counted(len(late), 'size')} of {len(sizes)}"
        )
    return frame


def _frame(rows: Sequence[tuple[Any, ...]], third: str) -> pd.DataFrame:
    columns = [*COLUMNS[:2], third, *COLUMNS[2:]]
    ordered = sorted(rows, key=lambda row: (row[2], -row[0], row[6]))
    frame = pd.DataFrame(ordered, columns=columns)
    return frame.loc[:, ~frame.columns.duplicated()]
