"""Choosing the members of a vote: enumeration of small ensembles, else swaps.

The value of a vote is neither monotone nor submodular in the members, so there is no bound worth
having; up to `LARGEST_SIZE` members all ensembles are compared, if that takes no more than
`LARGEST_WORK` additions. Beyond that, the search starts from the most accurate feasible members and
swaps one for another as long as that helps.

Held-out, choosing members this way was never significantly better than taking the most accurate
(docs/outcomes.md), which is why they come first among equals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from chemopt.methods.infeasibility import conflict, feasible_ensemble
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.votes import Ballots, WeightRule, weights_by_rule
from chemopt.problem.check import linear_violations
from chemopt.selection.coverage import swap
from chemopt.selection.problem import CoverageProblem
from chemopt.selection.shrinkage import TOP_K, shrunk_patterns

LARGEST_SIZE = 5
LARGEST_WORK = 5e9
_SOLVER = "chemopt vote"


def solve_vote(
    outcomes: Outcomes,
    problem: CoverageProblem,
    rule: WeightRule,
    run: RunOptions,
    *,
    thorough: bool = True,
) -> MethodOutcome:
    """Choose the members of a vote.

    Parameters
    ----------
    outcomes : Outcomes
        The items that the value is the mean credit of.
    problem : CoverageProblem
        Its constraints; what it covers is not looked at.
    rule : {"equal", "log-odds"}
        Weights of votes.
    run : RunOptions
    thorough : bool
        Whether to enumerate where that is possible.

    Returns
    -------
    MethodOutcome
        `claimed_loss` is the value, in items, and so is `bound`.
    """
    search = _Search(outcomes, problem, rule, run, thorough)
    if not search.start():
        if feasible_ensemble(problem) is None:
            return conflict(problem)
        return MethodOutcome(
            None, StopReason.NO_START, _SOLVER,
            message="no ensemble that meets the constraints came up; use another objective",
        )  # fmt: skip
    reason = search.enumerate() if search.enumerable else search.swap()
    items = len(outcomes)
    proved = search.enumerable and reason is StopReason.PROVED
    return MethodOutcome(
        tuple(sorted(search.best)),
        reason,
        _SOLVER,
        bound=search.value * items if proved else None,
        claimed_loss=search.value * items,
    )


class _Search:
    """The best members so far, and what ensembles are worth."""

    def __init__(
        self,
        outcomes: Outcomes,
        problem: CoverageProblem,
        rule: WeightRule,
        run: RunOptions,
        thorough: bool,
    ) -> None:
        self._outcomes, self._problem, self._run = outcomes, problem, run
        self._ballots, self._weights = Ballots(outcomes), weights_by_rule(outcomes, rule)
        self._accuracy: Floats = np.asarray(outcomes.accuracy, dtype=np.float64)
        self.best: tuple[int, ...] = ()
        self.value = -math.inf
        sizes = problem.feasible_sizes
        free = len(problem.models)
        work = sum(math.comb(free, k) * k * k for k in sizes) * len(outcomes)
        small = max(sizes, default=0) <= LARGEST_SIZE and work <= LARGEST_WORK
        self.enumerable = thorough and small

    def start(self) -> bool:
        """Begin with the most accurate members; return False without a feasible ensemble."""
        problem = self._problem
        options = {"patterns": shrunk_patterns(self._outcomes, TOP_K)}
        for size in problem.feasible_sizes:
            of_size = problem.with_options(**options, size=size, min_size=None, max_size=None)
            found = swap.solve(of_size, self._run).models
            if found is not None:
                self.offer(tuple(found))
        return bool(self.best) or self.value > -math.inf

    def offer(self, chosen: tuple[int, ...]) -> bool:
        """Keep members if they are better, or equal and more accurate; say whether."""
        value = self._worth(chosen)
        allowance = SUM_TOLERANCE
        better = value > self.value + allowance
        equal = abs(value - self.value) <= allowance
        if better or (equal and self._mean(chosen) > self._mean(self.best) + allowance):
            self.best, self.value = chosen, max(value, self.value if equal else value)
            return True
        return False

    def enumerate(self) -> StopReason:
        """Compare all feasible ensembles."""
        for count, chosen in enumerate(self._feasible()):
            if count % 64 == 0 and self._run.out_of_time:
                return StopReason.TIME_LIMIT
            self.offer(chosen)
        return StopReason.PROVED

    def swap(self) -> StopReason:
        """Swap members as long as that helps, the best swap first."""
        while True:
            here, value = self.best, self.value
            for out in here:
                for new in range(len(self._problem.models)):
                    if self._run.out_of_time:
                        return StopReason.TIME_LIMIT
                    chosen = tuple(sorted({*here, new} - {out}))
                    if new not in here and self._meets(chosen):
                        self.offer(chosen)
            if not self.value > value + SUM_TOLERANCE:
                return StopReason.LOCAL_OPTIMUM

    def _feasible(self) -> Iterator[tuple[int, ...]]:
        models = range(len(self._problem.models))
        for size in self._problem.feasible_sizes:
            for chosen in combinations(models, size):
                if self._meets(chosen):
                    yield chosen

    def _meets(self, chosen: tuple[int, ...]) -> bool:
        problem = self._problem
        if not (problem.require or problem.exclude or problem.side_constraints):
            return True  # sizes are right
        return not linear_violations(problem, [problem.models[k] for k in chosen])

    def _worth(self, chosen: tuple[int, ...]) -> float:
        if not chosen:
            return 0.0
        members = list(chosen)
        return float(self._ballots.credit(members, self._weights[members]).mean())

    def _mean(self, chosen: tuple[int, ...]) -> float:
        return float(self._accuracy[list(chosen)].mean()) if chosen else 0.0
