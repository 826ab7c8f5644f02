"""chemopt's own exact solver: semidefinite bounds and branch and bound.

For α ≤ 1/3 a minimum cut is tried first (`chemopt.methods.exact.min_cut`); it settles the problem
unless sizes, other conditions or the rule on inter bind. All else is done by `chemopt.methods.bqp`.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np

from chemopt._version import __version__
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.search import SearchResult, branch_and_bound, logger
from chemopt.methods.local_search import hill_climb
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.quadratic import ERROR, core_problem, interruptible, since_start
from chemopt.methods.recommendation import StopReason
from chemopt.methods.registry import method
from chemopt.problem.loss import POLYNOMIAL_ALPHA, loss_floor
from chemopt.problem.problem import SelectionProblem

SOLVER = "chemopt branch and bound"


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Find the best ensemble and prove it, as far as time allows."""
    if problem.alpha <= POLYNOMIAL_ALPHA and problem.table.nonnegative:
        outcome = method("min-cut")(problem, options)
        if outcome.stop_reason is StopReason.PROVED:
            return outcome
    core, fixed = core_problem(problem)
    began = time.perf_counter()
    with interruptible() as interrupted:
        answer = branch_and_bound(
            core,
            fixed=fixed,
            seed=options.seed,
            time_limit=options.remaining,
            rel_gap=options.rel_gap,
            stop=interrupted,
            log=_show if options.verbose else logger.debug,
        )
        stopped = interrupted()
    outcome = _outcome(core, answer, stopped)
    if answer.x is None and not answer.finished:
        # too little time for the first search: what a climb finds, and a bound that is at hand
        climbed = hill_climb.solve(problem, options)
        bound = max(loss_floor(problem), outcome.bound or -math.inf)
        if climbed.models is not None and climbed.stop_reason is not StopReason.FALLBACK:
            outcome = replace(outcome, models=climbed.models, bound=bound, message="")
    return replace(
        outcome,
        nodes=answer.nodes,
        progress=since_start(answer.history, options, began),
    )


def _outcome(core: BinaryQuadratic, answer: SearchResult, interrupted: bool) -> Outcome:
    if answer.finished:
        reason = StopReason.PROVED
    elif interrupted:
        reason = StopReason.INTERRUPTED
    else:
        reason = StopReason.GAP_LIMIT if answer.gap_reached else StopReason.TIME_LIMIT
    bound = answer.bound - ERROR * core.magnitude
    if answer.x is None:
        return Outcome(
            None,
            reason,
            SOLVER,
            __version__,
            infeasible=answer.finished,
            message="" if answer.finished else "no ensemble that meets all conditions was found",
        )
    return Outcome(
        tuple(int(i) for i in np.flatnonzero(answer.x)),
        reason,
        SOLVER,
        __version__,
        bound=bound if math.isfinite(bound) else None,
    )


def _show(line: str) -> None:
    print(line, flush=True)
