"""Exact enumeration of small ensembles, from pools of any size.

With few members there are few ensembles, however large the pool: 34,220 of three of sixty models.
All but the last two members are enumerated; with a prefix P and g_i = l_i + q Σ_{p ∈ P} c_pi, the
values of all completions are one matrix,

    f(P ∪ {i, j}) = f(P) + g_i + g_j + q c_ij        i < j, both after P in the order of names.

Only ensembles that are better than the best so far, or within rounding of it, are looked at for
constraints. Those within rounding are compared exactly, as in `chemopt.methods.exact.brute_force`,
and the best of each size is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chemopt.methods.many_losses import ManyLosses
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import ENUMERATION_ERROR, Floats
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_floor, loss_terms, quadratic_loss
from chemopt.problem.problem import ChemistryProblem

# This many ensembles take seconds, and this many prefixes.
LARGEST_COUNT, LARGEST_PREFIXES = 20_000_000, 200_000
_SOLVER = "chemopt enumeration"
_CHECK_EVERY = 256
# Ensembles that rounding does not tell apart are compared when there are this many.
_MOST_NEAR = 10_000


def is_small(problem: ChemistryProblem) -> bool:
    """Return whether the feasible sizes leave few ensembles."""
    free = len(problem.models) - len(set(problem.require) | set(problem.exclude))
    more = [size - len(problem.require) for size in problem.feasible_sizes]
    return (
        sum(math.comb(free, k) for k in more) <= LARGEST_COUNT
        and sum(math.comb(free, max(0, k - 2)) for k in more) <= LARGEST_PREFIXES
    )


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Compare all ensembles of the feasible sizes."""
    search = _Search(problem, run)
    for size in problem.feasible_sizes:
        search.enumerate(size - len(problem.require))
    ensembles = [found for found in search.best if found is not None]
    reason = StopReason.TIME_LIMIT if search.stopped else StopReason.PROVED
    if not ensembles:
        return MethodOutcome(
            None, reason, _SOLVER, infeasible=not search.stopped,
            bound=loss_floor(problem) if search.stopped else None,
            message="the time limit came before an ensemble" if search.stopped else "",
        )  # fmt: skip
    chosen, bound = best_of(problem, ensembles)
    if search.stopped:
        bound = loss_floor(problem)
    return MethodOutcome(chosen, reason, _SOLVER, bound=bound)


def best_of(
    problem: ChemistryProblem, ensembles: Sequence[Sequence[int]]
) -> tuple[tuple[int, ...], float]:
    """Return the best of some ensembles, one for each size, and a lower bound of their losses.

    Of those whose losses differ by rounding only, the one with the fewest models.
    """
    terms = [loss_terms(problem, chosen) for chosen in ensembles]
    least = min(terms, key=lambda one: one.loss)
    tied = (
        (len(chosen), tuple(chosen))
        for chosen, one in zip(ensembles, terms, strict=True)
        if one.loss <= least.loss + least.tie
    )
    return min(tied)[1], least.loss - least.rounding_error


class _Search:
    """The best ensemble of each size, by numbers in the pool."""

    def __init__(self, problem: ChemistryProblem, run: RunOptions) -> None:
        self._problem, self._run = problem, run
        self._form, self._c = quadratic_loss(problem), problem.matrix
        self._fixed = problem.positions(problem.require)
        barred = {*self._fixed, *problem.positions(problem.exclude)}
        names = problem.models
        self._free = np.array(
            sorted((k for k in range(len(names)) if k not in barred), key=names.__getitem__),
            dtype=np.intp,
        )
        self._error = ENUMERATION_ERROR * 2 * problem.table.magnitude
        self._losses = ManyLosses(problem)
        self.best: list[tuple[int, ...] | None] = []
        self._least = math.inf
        # in the order of names, those that rounding does not tell from the best
        self._near: list[tuple[int, ...]] = []
        self.stopped = False

    def enumerate(self, more: int) -> None:
        """Compare all ensembles with this many members besides the required ones."""
        self._least, self._near = math.inf, []
        if more <= 1:
            for some in combinations(self._free.tolist(), more):
                self._offer(self._value(some), some)
        else:
            for count, prefix in enumerate(combinations(range(len(self._free)), more - 2)):
                if count % _CHECK_EVERY == 0 and self._run.out_of_time:
                    self.stopped = True
                    break
                self._complete(prefix)
        self._compare()
        self.best.append(self._near[0] if self._near else None)

    def _complete(self, prefix: tuple[int, ...]) -> None:
        """Look at all pairs after a prefix, given by places in the order of names."""
        rest = self._free[prefix[-1] + 1 if prefix else 0 :]
        if len(rest) < 2:
            return
        first = self._free[list(prefix)].tolist()
        inside = [*self._fixed, *first]
        q = self._form.product
        gains = -self._problem.alpha * self._form.degree[rest]
        gains = gains + q * self._c[rest][:, inside].sum(axis=1)
        values = gains[:, None] + gains + q * self._c[np.ix_(rest, rest)]
        values += self._value(first)
        values[np.tril_indices(len(rest))] = np.inf
        while (value := float(values.min())) < np.inf and value <= self._least + self._error:
            near = np.flatnonzero(values <= value + self._error)
            pairs = rest[np.column_stack(np.unravel_index(near, values.shape))]
            best = self._best(np.column_stack([np.tile(inside, (len(pairs), 1)), pairs]))
            if self._offer(float(values.flat[near[best]]), [*first, *pairs[best].tolist()]):
                return
            values.flat[near[best]] = np.inf
            self._drop_infeasible(values, rest, inside)

    def _drop_infeasible(
        self, values: Floats, rest: npt.NDArray[np.intp], inside: Sequence[int]
    ) -> None:
        """Rule out completions that break a row, or the inter constraint by more than rounding."""
        problem = self._problem
        for row in problem.side_constraints:
            at = row.weights[rest]
            total = float(row.weights[list(inside)].sum()) + at[:, None] + at
            values[(total > row.high) | (total < row.low)] = np.inf
        if problem.inter_limit < math.inf:
            degree, chosen = self._form.degree, list(inside)
            across = degree[rest] - 2 * self._c[rest][:, chosen].sum(axis=1)
            base = float(degree[chosen].sum() - self._c[chosen][:, chosen].sum())
            inter = base + across[:, None] + across - 2 * self._c[np.ix_(rest, rest)]
            values[inter > problem.inter_limit + self._error] = np.inf

    def _value(self, free: Sequence[int]) -> float:
        """Return what members besides the required ones add to the loss, but for β."""
        some, c = list(free), self._c
        inner = c[some][:, some].sum() / 2 + c[some][:, self._fixed].sum()
        return float(
            self._form.product * inner - self._problem.alpha * self._form.degree[some].sum()
        )

    def _offer(self, value: float, free: Sequence[int]) -> bool:
        """Keep an ensemble if it is feasible and not worse; say whether it is feasible."""
        chosen = tuple(sorted([*self._fixed, *free]))
        if violations(self._problem, [self._problem.models[k] for k in chosen]):
            return False
        if value < self._least - self._error:
            self._near = []
        self._least = min(self._least, value)
        self._near.append(chosen)
        if len(self._near) >= _MOST_NEAR:
            self._compare()
        return True

    def _compare(self) -> None:
        """Keep the best of those that rounding does not tell apart: the alphabetically first."""
        if self._near:
            self._near = [self._near[self._best(np.array(self._near))]]

    def _best(self, ensembles: npt.NDArray[np.float64]) -> int:
        """Return the first of some ensembles of one size that no other of them is better than."""
        if len(ensembles) < 2:
            return 0
        chosen = np.zeros((len(ensembles), len(self._problem.models)), dtype=bool)
        np.put_along_axis(chosen, ensembles.astype(np.intp), True, axis=1)
        return int(self._losses.least(chosen)[0])
