"""One-flip tabu search, on the loss of a selection problem as a binary quadratic program.

The search itself is `chemopt.methods.bqp.heuristics.tabu`. It proves nothing. With a time limit it
searches until then; without one it makes `MOVES` n + 2000 moves, which takes well under a
second for a hundred models.
"""

from __future__ import annotations

import time

import numpy as np

from chemopt._version import __version__
from chemopt.methods.bqp.heuristics.tabu import tabu_search
from chemopt.methods.bqp.problem import FREE, Bools
from chemopt.methods.infeasibility import feasible_ensemble
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome, StopReason
from chemopt.methods.quadratic import binary_quadratic, interruptible, since_start
from chemopt.problem.problem import SelectionProblem

MOVES = 200
SOLVER = "chemopt tabu search"


def solve(problem: SelectionProblem, run: RunOptions) -> Outcome:
    """Search until the time limit or the last move."""
    program, fixed = binary_quadratic(problem)
    free, restricted = np.flatnonzero(fixed == FREE), program.restrict(fixed)

    def extended(point: Bools) -> Bools:
        x: Bools = fixed == 1
        x[free] = point
        return x

    began = time.perf_counter()
    with interruptible() as interrupted:
        answer = tabu_search(
            restricted,
            seed=run.seed,
            moves=None if run.time_limit is not None else MOVES * restricted.n + 2000,
            time_limit=run.remaining,
            stop=interrupted,
            is_feasible=lambda point: program.is_feasible(extended(point)),
        )
        stopped = interrupted()
    reason = StopReason.STEP_LIMIT if run.time_limit is None else StopReason.TIME_LIMIT
    if stopped:
        reason = StopReason.INTERRUPTED
    if answer.x is None and feasible_ensemble(problem) is None:
        return Outcome(None, StopReason.CONFLICT, SOLVER, __version__, infeasible=True)
    if answer.x is None:
        message = "the tabu search came to no ensemble that meets all constraints"
        return Outcome(None, reason, SOLVER, __version__, message=message)
    models = tuple(int(i) for i in np.flatnonzero(extended(answer.x)))
    progress = since_start(answer.history, run, began)
    return Outcome(models, reason, SOLVER, __version__, progress=progress)
