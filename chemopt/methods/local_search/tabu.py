"""One-flip tabu search: `chemopt.methods.bqp.heuristics.tabu` on the loss of a selection problem.

It proves nothing. With a time limit it searches until then; without one it makes `MOVES` moves for
each model, which takes well under a second for a hundred models.
"""

from __future__ import annotations

import time

import numpy as np

from chemopt._version import __version__
from chemopt.methods.bqp.heuristics.tabu import tabu_search
from chemopt.methods.bqp.problem import FREE, Bools
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.quadratic import core_problem, interruptible, since_start
from chemopt.methods.recommendation import StopReason
from chemopt.problem.problem import SelectionProblem

MOVES = 200
SOLVER = "chemopt tabu search"


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Search until the time limit or the last move."""
    core, fixed = core_problem(problem)
    free, part = np.flatnonzero(fixed == FREE), core.restrict(fixed)

    def whole(point: Bools) -> Bools:
        x: Bools = fixed == 1
        x[free] = point
        return x

    began = time.perf_counter()
    with interruptible() as interrupted:
        found = tabu_search(
            part,
            seed=options.seed,
            moves=None if options.time_limit is not None else MOVES * part.n + 2000,
            time_limit=options.remaining,
            stop=interrupted,
            is_feasible=lambda point: core.is_feasible(whole(point)),
        )
        stopped = interrupted()
    reason = StopReason.STEP_LIMIT if options.time_limit is None else StopReason.TIME_LIMIT
    if stopped:
        reason = StopReason.INTERRUPTED
    if found.x is None:
        message = "the tabu search came to no ensemble that meets all conditions"
        return Outcome(None, reason, SOLVER, __version__, message=message)
    models = tuple(int(i) for i in np.flatnonzero(whole(found.x)))
    progress = since_start(found.history, options, began)
    return Outcome(models, reason, SOLVER, __version__, progress=progress)
