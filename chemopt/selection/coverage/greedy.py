"""The greedy algorithm: add the model with the largest gain, as long as constraints can be met.

With a bound on |X| alone it is the textbook algorithm, whose value is at least 1 − 1/e of the
optimum (Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978). With side constraints it
runs several times, and adds the model with the largest gain, or the largest gain for a power of the
share that it takes of the scarcest limit (for a budget, Khuller, Moss and Naor, Information
Processing Letters 70, 1999, take the better of the powers 0 and 1; a bound on |X| next to it asks
for powers between). A model is added only if the constraints do not rule out at once what then is
chosen (`chemopt.selection.coverage.sides`). Should no run end at a feasible ensemble, the greedy
algorithm goes on from one that CP-SAT finds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chemopt.execution.blas import blas_threads
from chemopt.methods.infeasibility import conflict, feasible_ensemble, sizes_clash
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.numerics import Floats
from chemopt.selection.coverage.incumbent import Incumbent
from chemopt.selection.coverage.instance import Instance, instance_of_problem
from chemopt.selection.coverage.sides import Sides, implied
from chemopt.selection.problem import CoverageProblem

SOLVER = "chemopt greedy"
# The textbook algorithm first.
_POWERS = (0.0, 0.25, 0.5, 1.0)
# Models that take nothing are as good as those that take this share.
_LEAST_SHARE = 1e-3


def solve(problem: CoverageProblem, run: RunOptions) -> MethodOutcome:
    """Find an ensemble by the greedy algorithm.

    Examples
    --------
    >>> import numpy as np
    >>> from chemopt.outcomes.patterns import Patterns
    >>> right = np.array([[1.0, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
    >>> from chemopt import Constraints
    >>> patterns = Patterns(("a", "b", "c"), right, np.ones(4), 4.0)
    >>> problem = CoverageProblem(patterns, Constraints(size=2))
    >>> solve(problem, RunOptions()).models
    (0, 2)
    """
    instance = instance_of_problem(problem)
    with blas_threads(run.threads):
        found = Incumbent(instance, run)
        for chosen in starts(instance):
            found.offer(chosen)
    if found.chosen is None:
        return conflict(problem)
    return MethodOutcome(
        instance.in_pool(found.chosen),
        StopReason.LOCAL_OPTIMUM,
        SOLVER,
        claimed_loss=found.value,
        progress=tuple(found.history),
    )


def starts(instance: Instance) -> list[tuple[int, ...]]:
    """Return the feasible ensembles of the greedy algorithm; none if the problem is infeasible."""
    if sizes_clash(instance.problem):
        return []
    powers = _POWERS if len(instance.sides) else _POWERS[:1]
    grown = dict.fromkeys(grow(instance, instance.required, power) for power in powers)
    feasible = [chosen for chosen in grown if instance.is_feasible(chosen)]
    if feasible:
        return feasible
    point = feasible_ensemble(instance.problem)
    if point is None:
        return []
    chosen = instance.from_pool(point)
    return [one for one in (chosen, grow(instance, chosen)) if instance.is_feasible(one)]


def grow(instance: Instance, chosen: Sequence[int], power: float = 0.0) -> tuple[int, ...]:
    """Add models to some, always the one with the largest gain per share to this power that fits.

    Parameters
    ----------
    instance : Instance
    chosen : sequence of int
    power : float
        0 looks at gains alone.
    """
    members = list(chosen)
    free = np.array([i for i in instance.free if i not in members], dtype=np.intp)
    sides = instance.sides.choose(members)
    rest = instance.weights * np.prod(1 - instance.right[:, members], axis=1)
    while len(members) < instance.high and len(free):
        scores = rest @ instance.right[:, free]
        if power:
            scores = scores / _shares(sides.take(free)) ** power
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
    """Return the share that each column takes of the limit that those that fit exceed most."""
    needed = np.maximum(sides.weights, 0)
    limits = np.maximum(sides.limits, 0)
    fits = (needed <= limits[:, None]).all(axis=0)
    # what is used up is needed by none that fits
    shares = needed / np.where(limits > 0, limits, np.inf)[:, None]
    scarcest: Floats = shares[shares[:, fits].sum(axis=1).argmax()]
    return np.maximum(scarcest, _LEAST_SHARE)
