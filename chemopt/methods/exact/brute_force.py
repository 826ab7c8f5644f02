"""Exact enumeration: all subsets, for pools with up to 22 free models.

(Ensembles of few members are enumerated from larger pools, too: see
`chemopt.methods.exact.small_ensembles`.)

Required and excluded models are fixed, and the chemistry terms of every subset of the rest come
from matrix products (`chemopt.methods.bqp.enumeration`), with errors of at most `ENUMERATION_ERROR`
of the sum of all coefficients. They are a filter: what comes within the error of the best subset of
its size is evaluated again, exactly (`chemopt.methods.many_losses`), and so is a subset this close
to the limit of inter, or of which the row of a budget is in doubt. The size penalty β |X| is added
last, so that a large β cannot drown the chemistry. Subsets of equal loss (``TIE_TOLERANCE`` of
`chemopt.numerics`) are ties: the alphabetically first wins within a size, the fewest models among
sizes. So enumeration always proves, whatever the entries.

With several threads each goes through parts of the subsets: NumPy gives Python's lock away while it
works at large arrays. The answer is the same for any number.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from chemopt.errors import PoolTooLargeError
from chemopt.methods.bqp.enumeration import members, subset_sizes, subset_values
from chemopt.methods.exact import small_ensembles
from chemopt.methods.exact.small_ensembles import best_of
from chemopt.methods.many_losses import ManyLosses
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import ENUMERATION_ERROR, Floats
from chemopt.problem.constraints import LinearConstraint
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import ChemistryProblem

FREE_MODEL_LIMIT = 22
_SOLVER = "chemopt enumeration"

# Parts of the subsets for each thread: the last to end is then not long alone.
_PARTS = 2

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# By size: the best subsets of a part, within the error of the least value, and their values.
_Best: TypeAlias = dict[int, tuple[Ints, Floats]]


def free_models(problem: ChemistryProblem) -> list[int]:
    """Return the numbers of the models that are neither required nor excluded, by name."""
    fixed = set(problem.require) | set(problem.exclude)
    return problem.positions(name for name in problem.models if name not in fixed)


def can_enumerate(problem: ChemistryProblem) -> bool:
    """Return whether there are few enough subsets to go through."""
    few = len(free_models(problem)) <= FREE_MODEL_LIMIT
    return few or small_ensembles.is_small(problem)


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Evaluate every feasible subset.

    Raises
    ------
    PoolTooLargeError
        More than 22 free models, and many ensembles of them.
    """
    free = sorted(free_models(problem), key=lambda k: problem.models[k])
    if len(free) > FREE_MODEL_LIMIT:
        if small_ensembles.is_small(problem):
            return small_ensembles.solve(problem, run)
        raise PoolTooLargeError(
            f"method 'brute-force' handles at most {FREE_MODEL_LIMIT} models that are neither "
            f"required nor excluded, and there are {len(free)}, or ensembles of few members; use "
            "'auto' or 'exact'"
        )
    fixed = problem.positions(problem.require)
    losses = ManyLosses(problem)
    parts = _parts(lambda part: _best(problem, losses, free, fixed, part), run.threads)
    masks = []
    for size in sorted({size for part in parts for size in part}):
        found = [part[size] for part in parts if size in part]
        mask, value = (np.concatenate(column) for column in zip(*found, strict=True))
        near = mask[value <= value.min() + _error(problem)]
        if len(near) > 1 and not problem.table.is_constant:
            near = near[losses.least(_chosen(near, free, fixed, len(problem.models)))]
        masks.append(_first_by_name(near, len(free)))
    return _outcome(problem, masks, free, fixed)


def _error(problem: ChemistryProblem) -> float:
    """Return how far two chemistry terms of the filter may be off together."""
    return ENUMERATION_ERROR * 2 * problem.table.magnitude


def _chosen(masks: Ints, free: list[int], fixed: list[int], n: int) -> Bools:
    """Return subsets as rows of flags."""
    chosen = np.zeros((len(masks), n), dtype=bool)
    chosen[:, fixed] = True
    for bit, model in enumerate(free):
        chosen[:, model] = masks >> bit & 1
    return chosen


def _parts(best: Callable[[tuple[int, int]], _Best], threads: int) -> list[_Best]:
    """Go through all subsets, with some threads."""
    if threads == 1:
        return [best((0, 1))]
    count = _PARTS * threads
    with ThreadPoolExecutor(threads, thread_name_prefix="chemopt-enumeration") as pool:
        return list(pool.map(best, ((k, count) for k in range(count))))


def _best(
    problem: ChemistryProblem,
    losses: ManyLosses,
    free: list[int],
    fixed: list[int],
    part: tuple[int, int],
) -> _Best:
    """Find the best subsets of each size in a part of all of them."""
    form, c, error = quadratic_loss(problem), problem.matrix, _error(problem)
    inner = c[np.ix_(free, free)]
    to_fixed = c[np.ix_(free, fixed)].sum(axis=1)
    low, high = (bound - len(fixed) for bound in problem.size_bounds)
    limit = problem.inter_limit

    # of the free models alone; what the required add to every subset is a constant
    gains = subset_values(
        form.product * to_fixed - problem.alpha * form.degree[free],
        form.product * inner,
        part=part,
    )
    inters = subset_values(form.degree[free] - 2 * to_fixed, -2 * inner, part=part)
    sums = [subset_values(row.weights[free], part=part) for row in problem.side_constraints]
    inter_base = float(form.degree[fixed].sum() - c[np.ix_(fixed, fixed)].sum())
    best: _Best = {}
    for (first, value), (_, inter), *rest in zip(gains, inters, *sums, strict=True):
        inter += inter_base  # noqa: PLW2901 - in place: chunks are large
        sizes = subset_sizes(first, len(value))
        value[inter > limit + error] = np.inf
        close = np.flatnonzero((np.abs(inter - limit) <= error) & (value < np.inf))
        if close.size:
            subsets = _chosen(first + close, free, fixed, len(problem.models))
            value[close[~losses.meet_inter(subsets)]] = np.inf
        unclear = np.zeros(len(value), dtype=bool)
        for row, (_, total) in zip(problem.side_constraints, rest, strict=True):
            unclear |= _judge(row, total + row.weights[fixed].sum(), value)
        for k in np.flatnonzero(unclear & np.isfinite(value)):
            subset = [*fixed, *(free[i] for i in members(first + int(k), len(free)))]
            if not all(row.is_met(subset) for row in problem.side_constraints):
                value[k] = np.inf
        for size in range(max(low, 0), min(high, len(free)) + 1):
            of_size = np.flatnonzero(sizes == size)
            least = float(value[of_size].min(initial=np.inf))
            if least == np.inf:
                continue
            tied = of_size[value[of_size] <= least + error]
            masks, values = best.get(size, (tied[:0], value[:0]))
            best[size] = np.append(masks, first + tied), np.append(values, value[tied])
    return best


def _judge(row: LinearConstraint, total: Floats, value: Floats) -> npt.NDArray[np.bool_]:
    """Rule out subsets that break a constraint; return those of which its row is in doubt."""
    value[(total < row.low) | (total > row.high)] = np.inf  # sums of whole numbers are exact
    return np.asarray(total > row.high - row.doubt)


def _first_by_name(tied: Ints, n: int) -> int:
    """Return the alphabetically first of some subsets of one size."""
    # Models are in the order of names, so of two sets of one size the alphabetically first has the
    # larger number when the bits are read from the first model down.
    backwards = np.zeros(len(tied), dtype=np.int64)
    for i in range(n):
        backwards += (tied >> i & 1) << (n - 1 - i)
    return int(tied[backwards.argmax()])


def _outcome(
    problem: ChemistryProblem, masks: list[int], free: list[int], fixed: list[int]
) -> MethodOutcome:
    """Choose among the best subsets of each size, by their correctly rounded losses."""
    if not masks:
        return MethodOutcome(None, StopReason.PROVED, _SOLVER, infeasible=True)
    ensembles = [sorted([*fixed, *(free[i] for i in members(m, len(free)))]) for m in masks]
    chosen, bound = best_of(problem, ensembles)
    return MethodOutcome(chosen, StopReason.PROVED, _SOLVER, bound=bound)
