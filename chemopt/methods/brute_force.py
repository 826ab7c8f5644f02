"""All subsets: the proof that needs no theory, for pools with up to 22 free models.

Required and excluded models are fixed, and the loss of every subset of the rest comes from
matrix products (`chemopt.subsets`). With n ≤ 22 their rounding error is at most n² u Σ ≈ 5e-14 Σ,
where Σ is the sum of all coefficients and u the unit roundoff. `ERROR` times Σ is far above that:
losses closer than this count as equal (the fewest models win, then the first by names), the
bound reported is lower by it, and a subset this close to the limit on inter is judged by
correctly rounded sums.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

import chemopt
from chemopt.errors import PoolTooLargeError
from chemopt.loss import loss_terms, quadratic_loss
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem
from chemopt.recommendation import StopReason
from chemopt.subsets import members, subset_sizes, subset_values

FREE_MODEL_LIMIT = 22
ERROR = 1e-11

Ints = npt.NDArray[np.int64]


def free_models(problem: SelectionProblem) -> list[int]:
    """Return the numbers of the models that are neither required nor excluded, by name."""
    fixed = set(problem.require) | set(problem.exclude)
    return problem.positions(name for name in problem.models if name not in fixed)


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Evaluate every admissible subset.

    Raises
    ------
    PoolTooLargeError
        More than 22 free models.
    """
    free = sorted(free_models(problem), key=lambda k: problem.models[k])
    if len(free) > FREE_MODEL_LIMIT:
        raise PoolTooLargeError(
            f"method 'brute-force' handles at most {FREE_MODEL_LIMIT} models that are neither "
            f"required nor excluded, and there are {len(free)}; use 'auto', 'highs' or 'cp-sat'"
        )
    fixed = problem.positions(problem.require)
    form, c = quadratic_loss(problem), problem.matrix
    inner = c[np.ix_(free, free)]
    to_fixed = c[np.ix_(free, fixed)].sum(axis=1)
    fixed_intra = float(c[np.ix_(fixed, fixed)].sum()) / 2
    low, high = (bound - len(fixed) for bound in problem.size_bounds)
    limit = math.inf if problem.inter_limit is None else problem.inter_limit
    error = ERROR * max(1.0, float(np.abs(form.linear).sum() + form.degree.sum()))

    loss_base = form.constant + float(form.linear[fixed].sum()) + form.product * fixed_intra
    inter_base = float(form.degree[fixed].sum()) - 2 * fixed_intra
    losses = subset_values(form.linear[free] + form.product * to_fixed, form.product * inner)
    inters = subset_values(form.degree[free] - 2 * to_fixed, -2 * inner)
    best, best_mask = math.inf, -1
    for (first, loss), (_, inter) in zip(losses, inters, strict=True):
        loss += loss_base  # noqa: PLW2901 - in place: chunks are large
        inter += inter_base  # noqa: PLW2901
        sizes = subset_sizes(len(free), first, len(loss))
        loss[(sizes < low) | (sizes > high) | (inter > limit + error)] = np.inf
        for k in np.flatnonzero(np.abs(inter - limit) <= error):
            subset = [*fixed, *(free[i] for i in members(first + int(k), len(free)))]
            if loss_terms(problem, subset).inter > limit:
                loss[k] = np.inf
        least = float(loss.min())
        if least < best - error:
            tied = np.flatnonzero(loss <= least + error)
            best, best_mask = least, first + _preferred(tied, sizes, first, len(free))
    return _outcome(problem, None if best_mask < 0 else best_mask, free, fixed, error)


def _preferred(tied: Ints, sizes: Ints, first: int, n: int) -> int:
    """Return the tied subset with the fewest models, then the first by names."""
    tied = tied[sizes[tied] == sizes[tied].min()]
    # Models are in the order of names, so of two sets of one size the first by names has the
    # larger number when the bits are read from the first model down.
    backwards = np.zeros(len(tied), dtype=np.int64)
    for i in range(n):
        backwards += (tied + first >> i & 1) << (n - 1 - i)
    return int(tied[backwards.argmax()])


def _outcome(
    problem: SelectionProblem, mask: int | None, free: list[int], fixed: list[int], error: float
) -> Outcome:
    by = ("chemopt enumeration", chemopt.__version__)
    if mask is None:
        return Outcome(None, StopReason.PROVED, *by, infeasible=True)
    chosen = sorted([*fixed, *(free[i] for i in members(mask, len(free)))])
    loss = loss_terms(problem, chosen).loss
    return Outcome(tuple(chosen), StopReason.PROVED, *by, bound=loss - error)
