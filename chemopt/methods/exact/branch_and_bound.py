"""chemopt's own exact solver: semidefinite bounds and branch and bound.

For α ≤ 1/3 a minimum cut is tried first (`chemopt.methods.exact.min_cut`); its ensemble is optimal
unless sizes, side constraints or the inter constraint exclude it. All else is done by
`chemopt.methods.bqp`.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace

import numpy as np

from chemopt._version import __version__
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.search import SearchResult, branch_and_bound, logger
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.local_search.hill_climb import solve as hill_climb
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome, StopReason
from chemopt.methods.quadratic import ERROR, binary_quadratic, interruptible, since_start
from chemopt.problem.loss import POLYNOMIAL_ALPHA, loss_floor
from chemopt.problem.problem import SelectionProblem

SOLVER = "chemopt branch and bound"


def solve(problem: SelectionProblem, run: RunOptions) -> Outcome:
    """Find the best ensemble and prove it, as far as time allows."""
    if problem.alpha <= POLYNOMIAL_ALPHA and problem.table.nonnegative:
        from chemopt.methods.exact import min_cut  # Pyomo takes a while to import

        outcome = min_cut.solve(problem, run)
        if outcome.stop_reason is StopReason.PROVED:
            return outcome
    program, fixed = binary_quadratic(problem)
    began = time.perf_counter()
    with interruptible() as interrupted:
        answer = branch_and_bound(
            program,
            fixed=fixed,
            seed=run.seed,
            time_limit=run.remaining,
            rel_gap=run.rel_gap,
            stop=interrupted,
            log=_show if run.verbose and not logger.isEnabledFor(logging.INFO) else logger.info,
        )
        stopped = interrupted()
    outcome = _outcome(program, answer, stopped)
    if answer.x is None and not answer.finished:
        # too little time for the first search: what a climb finds, and a bound that is immediate
        climbed = hill_climb(problem, run, HillClimbOptions())
        bound = max(loss_floor(problem), answer.bound - ERROR * program.magnitude)
        if climbed.models is not None and climbed.stop_reason is not StopReason.FALLBACK:
            outcome = replace(outcome, models=climbed.models, bound=bound, message="")
    return replace(
        outcome,
        nodes=answer.nodes,
        progress=since_start(answer.history, run, began),
    )


def _outcome(program: BinaryQuadratic, answer: SearchResult, interrupted: bool) -> Outcome:
    if answer.finished:
        reason = StopReason.PROVED
    elif interrupted:
        reason = StopReason.INTERRUPTED
    else:
        reason = StopReason.GAP_LIMIT if answer.gap_reached else StopReason.TIME_LIMIT
    bound = answer.bound - ERROR * program.magnitude
    if answer.x is None:
        return Outcome(
            None,
            reason,
            SOLVER,
            __version__,
            infeasible=answer.finished,
            message="" if answer.finished else "no ensemble that meets all constraints was found",
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
