"""Exact enumeration: all subsets, for pools with up to 22 free models.

(Ensembles of few members are enumerated from larger pools, too: see
`chemopt.methods.exact.small_ensembles`.)

Required and excluded models are fixed, and the chemistry terms of every subset of the rest come
from matrix products (`chemopt.methods.bqp.enumeration`), with errors of at most `ENUMERATION_ERROR`
of the sum of all coefficients. The best subset of each size is kept, and the size penalty β |X| is
added last, by correctly rounded sums, so that a large β cannot drown the chemistry. Values closer
than the error count as equal: the first by names wins within a size, the fewest models among sizes.
The bound is lower by the error, which is below any tolerance of a proof; so enumeration always
proves. A subset this close to a limit is judged by correctly rounded sums.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chemopt._version import __version__
from chemopt.errors import PoolTooLargeError
from chemopt.methods.bqp.enumeration import members, subset_sizes, subset_values
from chemopt.methods.exact import small_ensembles
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome, StopReason
from chemopt.numerics import ENUMERATION_ERROR, Floats
from chemopt.problem.constraints import LinearConstraint
from chemopt.problem.loss import loss_terms, quadratic_loss
from chemopt.problem.problem import SelectionProblem

FREE_MODEL_LIMIT = 22

Ints = npt.NDArray[np.int64]


def free_models(problem: SelectionProblem) -> list[int]:
    """Return the numbers of the models that are neither required nor excluded, by name."""
    fixed = set(problem.require) | set(problem.exclude)
    return problem.positions(name for name in problem.models if name not in fixed)


def can_enumerate(problem: SelectionProblem) -> bool:
    """Return whether there are few enough subsets to go through."""
    few = len(free_models(problem)) <= FREE_MODEL_LIMIT
    return few or small_ensembles.is_small(problem)


def solve(problem: SelectionProblem, run: RunOptions) -> Outcome:
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
    form, c = quadratic_loss(problem), problem.matrix
    inner = c[np.ix_(free, free)]
    to_fixed = c[np.ix_(free, fixed)].sum(axis=1)
    low, high = (bound - len(fixed) for bound in problem.size_bounds)
    limit = problem.inter_limit
    error = ENUMERATION_ERROR * 2 * problem.table.magnitude

    # of the free models alone; what the required add to every subset is a constant
    gains = subset_values(
        form.product * to_fixed - problem.alpha * form.degree[free], form.product * inner
    )
    inters = subset_values(form.degree[free] - 2 * to_fixed, -2 * inner)
    sums = [subset_values(row.weights[free]) for row in problem.side_constraints]
    inter_base = float(form.degree[fixed].sum() - c[np.ix_(fixed, fixed)].sum())
    best: dict[int, tuple[float, int]] = {}
    for (first, value), (_, inter), *rest in zip(gains, inters, *sums, strict=True):
        inter += inter_base  # noqa: PLW2901 - in place: chunks are large
        sizes = subset_sizes(first, len(value))
        value[inter > limit + error] = np.inf
        unclear = np.abs(inter - limit) <= error
        for row, (_, total) in zip(problem.side_constraints, rest, strict=True):
            unclear |= _judge(row, total + row.value(fixed), value)
        for k in np.flatnonzero(unclear & np.isfinite(value)):
            subset = [*fixed, *(free[i] for i in members(first + int(k), len(free)))]
            if loss_terms(problem, subset).inter > limit or not all(
                row.is_met(subset) for row in problem.side_constraints
            ):
                value[k] = np.inf
        for size in range(max(low, 0), min(high, len(free)) + 1):
            of_size = np.flatnonzero(sizes == size)
            least = float(value[of_size].min(initial=np.inf))
            if least < best.get(size, (np.inf, -1))[0] - error:
                tied = of_size[value[of_size] <= least + error]
                best[size] = (least, first + _first_by_name(tied, first, len(free)))
    return _outcome(problem, [mask for _, mask in best.values()], free, fixed, error)


def _judge(row: LinearConstraint, total: Floats, value: Floats) -> npt.NDArray[np.bool_]:
    """Rule out subsets that break a constraint; return those too close to a bound to decide."""
    # sums of whole numbers have no rounding
    whole = not (row.weights % 1).any()
    error = 0.0 if whole else ENUMERATION_ERROR * float(np.abs(row.weights).sum())
    excess = np.maximum(row.low - total, total - row.high)
    value[excess > error] = np.inf
    return np.asarray((np.abs(excess) <= error) & (not whole))


def _first_by_name(tied: Ints, first: int, n: int) -> int:
    """Return the first by names of some subsets of one size."""
    # Models are in the order of names, so of two sets of one size the first by names has the
    # larger number when the bits are read from the first model down.
    backwards = np.zeros(len(tied), dtype=np.int64)
    for i in range(n):
        backwards += (tied + first >> i & 1) << (n - 1 - i)
    return int(tied[backwards.argmax()])


def _outcome(
    problem: SelectionProblem, masks: list[int], free: list[int], fixed: list[int], error: float
) -> Outcome:
    """Choose among the best subsets of each size, by their correctly rounded losses."""
    by = ("chemopt enumeration", __version__)
    if not masks:
        return Outcome(None, StopReason.PROVED, *by, infeasible=True)
    ensembles = [sorted([*fixed, *(free[i] for i in members(m, len(free)))]) for m in masks]
    losses = [loss_terms(problem, chosen).loss for chosen in ensembles]
    least = min(losses)
    tied = [x for x, loss in zip(ensembles, losses, strict=True) if loss <= least + error]
    _, chosen = min((len(ensemble), ensemble) for ensemble in tied)
    return Outcome(tuple(chosen), StopReason.PROVED, *by, bound=least - error)
