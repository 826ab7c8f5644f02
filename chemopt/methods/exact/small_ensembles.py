"""Exact enumeration of small ensembles, from pools of any size.

With few members there are few ensembles, however large the pool: 34,220 of three of sixty models.
All but the last two members are enumerated; with a prefix P and g_i = l_i + q Σ_{p ∈ P} c_pi, the
values of all completions are one matrix,

    f(P ∪ {i, j}) = f(P) + g_i + g_j + q c_ij        i < j, both after P in the order of names.

Only ensembles that are better than the best so far are looked at for constraints. The best of each
size is kept, and rounding is treated as in `chemopt.methods.exact.brute_force`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chemopt._version import __version__
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome, StopReason
from chemopt.numerics import ENUMERATION_ERROR, Floats
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_floor, loss_terms, quadratic_loss
from chemopt.problem.problem import SelectionProblem

# So many ensembles take seconds, and so many prefixes.
LARGEST_COUNT, LARGEST_PREFIXES = 20_000_000, 200_000
_SOLVER = "chemopt enumeration"
_CHECK_EVERY = 256


def is_small(problem: SelectionProblem) -> bool:
    """Return whether the feasible sizes leave few ensembles."""
    free = len(problem.models) - len(set(problem.require) | set(problem.exclude))
    more = [size - len(problem.require) for size in problem.feasible_sizes]
    return (
        sum(math.comb(free, k) for k in more) <= LARGEST_COUNT
        and sum(math.comb(free, max(0, k - 2)) for k in more) <= LARGEST_PREFIXES
    )


def solve(problem: SelectionProblem, run: RunOptions) -> Outcome:
    """Compare all ensembles of the feasible sizes."""
    search = _Search(problem, run)
    for size in problem.feasible_sizes:
        search.enumerate(size - len(problem.require))
    ensembles = [found for found in search.best if found is not None]
    reason = StopReason.TIME_LIMIT if search.stopped else StopReason.PROVED
    if not ensembles:
        return Outcome(
            None, reason, _SOLVER, __version__, infeasible=not search.stopped,
            bound=loss_floor(problem) if search.stopped else None,
            message="the time limit came before an ensemble" if search.stopped else "",
        )  # fmt: skip
    losses = [loss_terms(problem, chosen).loss for chosen in ensembles]
    least = min(losses)
    chosen = next(
        X for X, loss in zip(ensembles, losses, strict=True) if loss <= least + search.error
    )
    bound = loss_floor(problem) if search.stopped else least - search.error
    return Outcome(chosen, reason, _SOLVER, __version__, bound=bound)


class _Search:
    """The best ensemble of each size, by numbers in the pool."""

    def __init__(self, problem: SelectionProblem, run: RunOptions) -> None:
        self._problem, self._run = problem, run
        self._form, self._c = quadratic_loss(problem), problem.matrix
        self._fixed = problem.positions(problem.require)
        barred = {*self._fixed, *problem.positions(problem.exclude)}
        names = problem.models
        self._free = np.array(
            sorted((k for k in range(len(names)) if k not in barred), key=names.__getitem__),
            dtype=np.intp,
        )
        self.error = ENUMERATION_ERROR * 2 * problem.table.magnitude
        self.best: list[tuple[int, ...] | None] = []
        self._least = math.inf
        self._chosen: tuple[int, ...] | None = None
        self.stopped = False

    def enumerate(self, more: int) -> None:
        """Compare all ensembles with so many members beside the required ones."""
        self._least, self._chosen = math.inf, None
        if more <= 1:
            for some in combinations(self._free.tolist(), more):
                self._offer(self._value(some), some)
        else:
            for count, prefix in enumerate(combinations(range(len(self._free)), more - 2)):
                if count % _CHECK_EVERY == 0 and self._run.out_of_time:
                    self.stopped = True
                    break
                self._complete(prefix)
        self.best.append(self._chosen)

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
        while True:
            place = int(values.argmin())
            value = float(values.flat[place])
            if not value < self._least - self.error:
                return
            # the first by names of those that rounding does not tell apart
            place = int((values.ravel() <= value + self.error).argmax())
            i, j = divmod(place, len(rest))
            if not self._offer(value, [*first, int(rest[i]), int(rest[j])]):
                self._drop_infeasible(values, rest, inside)
                values.flat[place] = np.inf

    def _drop_infeasible(
        self, values: Floats, rest: npt.NDArray[np.intp], inside: Sequence[int]
    ) -> None:
        """Rule out completions that break a constraint by more than rounding."""
        problem = self._problem
        for row in problem.side_constraints:
            at = row.weights[rest]
            total = float(row.weights[list(inside)].sum()) + at[:, None] + at
            error = ENUMERATION_ERROR * float(np.abs(row.weights).sum())
            values[(total > row.high + error) | (total < row.low - error)] = np.inf
        if problem.inter_limit < math.inf:
            degree, chosen = self._form.degree, list(inside)
            across = degree[rest] - 2 * self._c[rest][:, chosen].sum(axis=1)
            base = float(degree[chosen].sum() - self._c[chosen][:, chosen].sum())
            inter = base + across[:, None] + across - 2 * self._c[np.ix_(rest, rest)]
            values[inter > problem.inter_limit + self.error] = np.inf

    def _value(self, free: Sequence[int]) -> float:
        """Return what members beside the required ones add to the loss, but for β."""
        some, c = list(free), self._c
        inner = c[some][:, some].sum() / 2 + c[some][:, self._fixed].sum()
        return float(
            self._form.product * inner - self._problem.alpha * self._form.degree[some].sum()
        )

    def _offer(self, value: float, free: Sequence[int]) -> bool:
        """Keep an ensemble if it is feasible and better; say whether it is feasible."""
        chosen = tuple(sorted([*self._fixed, *free]))
        if violations(self._problem, [self._problem.models[k] for k in chosen]):
            return False
        if value < self._least - self.error:
            self._least, self._chosen = value, chosen
        return True
