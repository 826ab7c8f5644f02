"""Local search: each greedy ensemble, improved by the best addition, removal or exchange.

The values of all moves come from one matrix product: row a of the table is the ensemble without its
member a (or with all of them), column b adds model b (or none). A move that keeps the value and
raises the mean accuracy is an improvement too. The search ends where no move improves.
"""

from __future__ import annotations

import numpy as np

from chemopt.execution.blas import blas_threads
from chemopt.methods.infeasibility import conflict
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import Floats
from chemopt.selection.coverage.greedy import starts
from chemopt.selection.coverage.incumbent import Incumbent
from chemopt.selection.coverage.instance import Instance, instance_of_problem
from chemopt.selection.problem import CoverageProblem

SOLVER = "chemopt swap"


def solve(problem: CoverageProblem, run: RunOptions) -> MethodOutcome:
    """Find an ensemble that no single move improves.

    Examples
    --------
    >>> import numpy as np
    >>> from chemopt.outcomes.patterns import Patterns
    >>> right = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1]])
    >>> from chemopt import Constraints
    >>> patterns = Patterns(("a", "b", "c"), right, np.ones(6), 6.0)
    >>> problem = CoverageProblem(patterns, Constraints(size=2))
    >>> solve(problem, RunOptions()).models  # greedy begins with a
    (1, 2)
    """
    instance = instance_of_problem(problem)
    with blas_threads(run.threads):
        found, reason = search(instance, run)
    if found.chosen is None:
        return conflict(problem)
    return MethodOutcome(
        instance.in_pool(found.chosen),
        reason,
        SOLVER,
        claimed_loss=found.value,
        progress=tuple(found.history),
    )


def search(instance: Instance, run: RunOptions) -> tuple[Incumbent, StopReason]:
    """Improve each greedy ensemble until no move does, or time is up; say which."""
    best = Incumbent(instance, run)
    reason = StopReason.LOCAL_OPTIMUM
    for chosen in starts(instance):
        best.offer(chosen)
        one = Incumbent(instance, run)
        one.offer(chosen)
        before = None
        while one.chosen != before and not run.out_of_time:
            before = one.chosen
            _offer_best_move(instance, one)
        if one.chosen != before:
            reason = StopReason.TIME_LIMIT
        if one.chosen is not None:
            best.offer(one.chosen)
    return best, reason


def _offer_best_move(instance: Instance, incumbent: Incumbent) -> None:
    members = list(incumbent.chosen or ())
    removable = [i for i in members if i not in instance.required]
    addable = [i for i in instance.free if i not in members]
    right, weights = instance.right, instance.weights
    wrong = 1 - right[:, members]
    rests = np.array(
        [weights * np.prod(np.delete(wrong, members.index(a), axis=1), axis=1) for a in removable]
        + [weights * np.prod(wrong, axis=1)]
    )
    gains = np.zeros((len(rests), len(addable) + 1))
    gains[:, :-1] = rests @ right[:, addable]
    values = float(weights.sum(dtype=float)) - rests.sum(axis=1, dtype=float)[:, None] + gains

    def totals(of: Floats) -> Floats:
        """Return the sum of a property over the ensemble of each move, from its values by model."""
        none = np.zeros((*of.shape[:-1], 1))
        removed = np.concatenate([of[..., removable], none], axis=-1)[..., :, None]
        added = np.concatenate([of[..., addable], none], axis=-1)[..., None, :]
        sums: Floats = of[..., members].sum(axis=-1)[..., None, None] - removed + added
        return sums

    sizes = totals(np.ones(right.shape[1]))
    sums = totals(instance.sides.weights)
    feasible = (instance.low <= sizes) & (sizes <= instance.high)
    feasible &= (sums <= instance.sides.limits[:, None, None]).all(axis=0)
    feasible[-1, -1] = False
    values = np.where(feasible, values, -np.inf)
    accuracies = totals(instance.accuracy) / np.maximum(sizes, 1)
    # best first; among equal values the larger mean accuracy, then the order of models
    order = np.lexsort((-accuracies.ravel(), -values.ravel()))
    chosen = incumbent.chosen
    for k in order:
        a, b = divmod(int(k), values.shape[1])
        if values[a, b] < incumbent.value - instance.tie:
            return
        moved = [i for i in members if a == len(removable) or i != removable[a]]
        incumbent.offer([*moved, *addable[b : b + 1]], float(values[a, b]))
        if incumbent.chosen != chosen:
            return
