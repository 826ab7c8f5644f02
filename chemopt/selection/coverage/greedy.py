"""The greedy algorithm: add the model with the largest gain, as long as constraints can be met.

With a bound on |X| alone it is the textbook algorithm, whose value is at least 1 − 1/e of the
optimum (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978). With side constraints it
runs twice, and adds the model with the largest gain, or with the largest gain for what it takes of
the constraints: the larger of its shares of their limits (Khuller, Moss and Naor, Information
Processing Letters 70, 1999, for one budget). A model is added only if the constraints do not rule
out at once what then is chosen (`chemopt.selection.coverage.sides`). Should that end at no feasible
ensemble, the greedy algorithm goes on from one that CP-SAT finds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chemopt._version import __version__
from chemopt.methods.infeasibility import conflict_message, feasible_ensemble, sizes_clash
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome, StopReason
from chemopt.numerics import Floats
from chemopt.selection.coverage.blas import blas_threads
from chemopt.selection.coverage.incumbent import Incumbent
from chemopt.selection.coverage.instance import Instance, instance_of_problem
from chemopt.selection.coverage.sides import Sides, implied
from chemopt.selection.problem import CoverageProblem

SOLVER = "chemopt greedy"
# Models that take nothing are as good as those that take this share.
_LEAST_SHARE = 1e-3


def solve(problem: CoverageProblem, run: RunOptions) -> Outcome:
    """Find an ensemble by the greedy algorithm.

    Examples
    --------
    >>> import numpy as np
    >>> from chemopt.outcomes.patterns import Patterns
    >>> right = np.array([[1.0, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
    >>> problem = CoverageProblem(Patterns(("a", "b", "c"), right, np.ones(4), 4.0), size=2)
    >>> solve(problem, RunOptions()).models
    (0, 2)
    """
    instance = instance_of_problem(problem)
    with blas_threads(run.threads):
        found = start(instance, run)
    if found is None:
        return infeasible(problem, SOLVER)
    return Outcome(
        instance.in_pool(found.chosen or ()),
        StopReason.LOCAL_OPTIMUM,
        SOLVER,
        __version__,
        claimed_loss=found.value,
        progress=tuple(found.history),
    )


def start(instance: Instance, run: RunOptions) -> Incumbent | None:
    """Return what the greedy algorithm finds; None if the problem is infeasible."""
    if sizes_clash(instance.problem):
        return None
    incumbent = Incumbent(instance, run)
    incumbent.offer(grow(instance, instance.required))
    if len(instance.sides):
        incumbent.offer(grow(instance, instance.required, by_share=True))
    if incumbent.chosen is None:
        point = feasible_ensemble(instance.problem)
        if point is None:
            return None
        incumbent.offer(instance.from_pool(point))
        incumbent.offer(grow(instance, instance.from_pool(point)))
    return incumbent


def infeasible(problem: CoverageProblem, solver: str) -> Outcome:
    """Return the outcome of an infeasible problem, which says why."""
    return Outcome(
        None,
        StopReason.CONFLICT,
        solver,
        __version__,
        infeasible=True,
        message=conflict_message(problem),
    )


def grow(instance: Instance, chosen: Sequence[int], *, by_share: bool = False) -> tuple[int, ...]:
    """Add models to some, always the best among those that fit: see the module."""
    members = list(chosen)
    free = np.array([i for i in instance.free if i not in members], dtype=np.intp)
    sides = instance.sides.choose(members)
    rest = instance.weights * np.prod(1 - instance.right[:, members], axis=1)
    while len(members) < instance.high and len(free):
        scores = rest @ instance.right[:, free]
        if by_share:
            scores = scores / _shares(sides.take(free))
        for k in np.argsort(-scores, kind="stable"):
            left = np.delete(free, k)
            after = sides.choose([int(free[k])])
            low, high = (max(0, end - len(members) - 1) for end in (instance.low, instance.high))
            found = implied(after.take(left), low, high)
            if found.low <= found.high:
                break
        else:
            break
        members.append(int(free[k]))
        rest = rest * (1 - instance.right[:, free[k]])
        free, sides = left, after
    return tuple(members)


def _shares(sides: Sides) -> Floats:
    """Return the largest share that each column takes of what is left of a limit."""
    tight = sides.limits > 0
    shares = sides.weights[tight] / sides.limits[tight, None]
    least: Floats = np.maximum(shares.max(axis=0, initial=0.0), _LEAST_SHARE)
    return least
