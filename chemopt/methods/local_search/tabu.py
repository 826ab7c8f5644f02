"""One-flip tabu search, on the loss of a selection problem as a binary quadratic program.

The search itself is `chemopt.methods.bqp.heuristics.tabu`. It proves nothing. With a time limit it
searches until then; without one it makes `MOVES` n + 2000 moves, which takes well under a
second for a hundred models.

With several threads there are as many searches, each from its own random point with its own seed:
the first has the seed of the run, so is the search of one thread, and the best answer wins; of
equal ones, that of the first. Each is a process, but where all of them take little time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from chemopt.methods.bqp.heuristics.tabu import TabuResult, tabu_search
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing
from chemopt.methods.infeasibility import conflict, feasible_ensemble
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.quadratic import binary_quadratic, interruptible
from chemopt.problem.problem import ChemistryProblem

MOVES = 200
# Without a time limit, this many models take so little time that processes would not pay.
_FEW = 200
# Seconds before the time limit at which other processes end, so that their answers come in time.
_RETURN = 0.2
SOLVER = "chemopt tabu search"


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Search until the time limit or the last move."""
    program, fixed = binary_quadratic(problem)
    before = run.clock.seconds
    with interruptible() as interrupted:
        answer = _best(program, fixed, run, interrupted)
        stopped = interrupted()
    reason = StopReason.STEP_LIMIT if run.time_limit is None else StopReason.TIME_LIMIT
    if stopped:
        reason = StopReason.INTERRUPTED
    if answer.x is None and feasible_ensemble(problem) is None:
        return conflict(problem)
    if answer.x is None:
        message = "the tabu search came to no ensemble that meets all constraints"
        return MethodOutcome(None, reason, SOLVER, message=message)
    models = tuple(int(i) for i in np.flatnonzero(_extended(answer.x, fixed)))
    progress = tuple((before + seconds, value) for seconds, value in answer.history)
    return MethodOutcome(models, reason, SOLVER, progress=progress)


def _best(
    program: BinaryQuadratic, fixed: Fixing, run: RunOptions, stop: Callable[[], bool]
) -> TabuResult:
    """Return the best answer of as many searches as the run has threads."""
    if run.threads == 1:
        return _search(program, fixed, run.seed, run.remaining, stop)
    from chemopt.execution.ordered import OrderedCalls

    few = run.time_limit is None and program.n <= _FEW
    seconds = None
    if run.remaining is not None:
        seconds = run.remaining - min(_RETURN, run.remaining / 10)
    with OrderedCalls[TabuResult](run.threads - 1, math.inf if few else 0.0) as calls:
        for k in range(1, run.threads):
            seed = int(np.random.SeedSequence([run.seed, k]).generate_state(1)[0])
            here = partial(_search, program, fixed, seed, None, stop)
            calls.submit(_search, program, fixed, seed, seconds, here=here)
        answers = [_search(program, fixed, run.seed, run.remaining, stop)]
        while len(calls):
            found = calls.next(lambda: stop() or run.out_of_time)
            if found is None:
                break
            answers.append(found)
    return min(answers, key=lambda answer: answer.value)


def _search(
    program: BinaryQuadratic,
    fixed: Fixing,
    seed: int,
    remaining: float | None,
    stop: Callable[[], bool] = lambda: False,
) -> TabuResult:
    """Search for some seconds, or with a number of moves."""
    restricted = program.restrict(fixed)
    return tabu_search(
        restricted,
        seed=seed,
        moves=MOVES * restricted.n + 2000 if remaining is None else None,
        time_limit=remaining,
        stop=stop,
        is_feasible=lambda point: program.is_feasible(_extended(point, fixed)),
    )


def _extended(point: Bools, fixed: Fixing) -> Bools:
    x: Bools = fixed == 1
    x[fixed == FREE] = point
    return x
