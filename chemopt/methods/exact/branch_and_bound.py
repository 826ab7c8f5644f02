"""chemopt's own exact solver: semidefinite bounds and branch and bound.

For α ≤ 1/3 a minimum cut is tried first (`chemopt.methods.exact.min_cut`); its ensemble is optimal
unless sizes, side constraints or the inter constraint exclude it. All else is done by
`chemopt.methods.bqp`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from chemopt.execution.clock import loading
from chemopt.methods.bqp.incumbent import Incumbent, PrimalHeuristics
from chemopt.methods.bqp.presolve import fix_variables
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools
from chemopt.methods.bqp.processing import NodeOptions
from chemopt.methods.bqp.search import SearchResult, branch_and_bound, logger
from chemopt.methods.bqp.tree import Log
from chemopt.methods.exact.decided_pairs import without_decided_pairs
from chemopt.methods.exact.linear_side import LinearSide
from chemopt.methods.exact.race import Race
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.local_search.hill_climb import solve as hill_climb
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.quadratic import ERROR, binary_quadratic, interruptible
from chemopt.problem.loss import POLYNOMIAL_ALPHA, loss_floor, loss_terms
from chemopt.problem.problem import ChemistryProblem
from chemopt.versions import TOGETHER

SOLVER = "chemopt branch and bound"


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Find the best ensemble and prove it, as far as time allows."""
    cut_bound: float | None = None
    if problem.alpha <= POLYNOMIAL_ALPHA and problem.table.nonnegative:
        with loading():
            from chemopt.methods.exact import min_cut  # Pyomo takes a while to import

        outcome = min_cut.solve(problem, run)
        if outcome.stop_reason is StopReason.PROVED:
            return outcome
        cut_bound = outcome.bound
    program, fixed = binary_quadratic(problem)
    if problem.table.is_wide:
        # sums of the table have no digits for a search on it, but a climb compares losses
        climbed = hill_climb(problem, run, HillClimbOptions())
        if climbed.models is not None and climbed.stop_reason is not StopReason.FALLBACK:
            program = without_decided_pairs(problem, loss_terms(problem, climbed.models))
    log = _show if run.verbose and not logger.isEnabledFor(logging.INFO) else logger.info
    with interruptible() as interrupted, Race(problem, program, run, interrupted) as race:
        answer = branch_and_bound(
            program,
            fixed=fixed,
            nodes=NodeOptions(seed=run.seed),
            time_limit=run.time_limit,
            rel_gap=run.rel_gap,
            stop=race.stop,
            log=log,
            offers=race.offers,
            improved=race.improved,
            known=[_indicator(problem, models) for models in run.known],
            threads=run.threads,
            over=race.over,
            clock=run.clock,
        )
        stopped = interrupted()
    outcome = _outcome(program, answer, stopped)
    if race.linear is not None:
        outcome = _with_linear(problem, outcome, race.linear, log)
    if outcome.models is None and not answer.finished:
        # too little time for the first search: what a climb finds, and a bound that is immediate
        climbed = hill_climb(problem, run, HillClimbOptions())
        bound = max(loss_floor(problem), answer.bound - ERROR * program.magnitude)
        if climbed.models is not None and climbed.stop_reason is not StopReason.FALLBACK:
            outcome = replace(outcome, models=climbed.models, bound=bound, message="")
    if cut_bound is not None and outcome.bound is not None:
        outcome = replace(outcome, bound=max(cut_bound, outcome.bound))
    return replace(
        outcome,
        nodes=(outcome.nodes or 0) + answer.nodes,
        progress=tuple(answer.history),
    )


def first_search(
    problem: ChemistryProblem,
    known: Sequence[Sequence[str]] = (),
    *,
    seed: int = 0,
    double_swaps: int = 10,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[str, ...] | None:
    """Return the best ensemble of a short search, by tabu search and double swaps.

    Parameters
    ----------
    problem : ChemistryProblem
    known : sequence of ensembles
        The search is never worse than these.
    seed : int
    double_swaps : int
        Where there is an inter constraint.
    stop : callable
        Polled now and then; return True to stop.
    """
    program, fixed = binary_quadratic(problem)
    root = fix_variables(program, fixed)
    incumbent = Incumbent(program)
    for models in known:
        incumbent.offer(_indicator(problem, models))
    if root is not None and (root == FREE).any():
        PrimalHeuristics(incumbent, root, seed, stop).at_root(double_swaps)
    if incumbent.x is None:
        return None
    return tuple(sorted(problem.models[k] for k in np.flatnonzero(incumbent.x)))


def _indicator(problem: ChemistryProblem, models: Sequence[str]) -> Bools:
    point = np.zeros(len(problem.models), dtype=bool)
    point[list(problem.positions(models))] = True
    return point


def _outcome(program: BinaryQuadratic, answer: SearchResult, interrupted: bool) -> MethodOutcome:
    if answer.finished:
        reason = StopReason.PROVED
    elif interrupted:
        reason = StopReason.INTERRUPTED
    else:
        reason = StopReason.GAP_LIMIT if answer.gap_reached else StopReason.TIME_LIMIT
    bound = answer.bound - ERROR * program.magnitude
    if answer.x is None:
        return MethodOutcome(
            None,
            reason,
            SOLVER,
            infeasible=answer.finished,
            message="" if answer.finished else "no ensemble that meets all constraints was found",
        )
    return MethodOutcome(
        tuple(int(i) for i in np.flatnonzero(answer.x)),
        reason,
        SOLVER,
        bound=bound if math.isfinite(bound) else None,
    )


def _with_linear(
    problem: ChemistryProblem, outcome: MethodOutcome, linear: LinearSide, log: Log
) -> MethodOutcome:
    """Return the better ensemble and the better bound of both sides.

    Raises
    ------
    Exception
        The linear side failed.
    """
    if linear.error is not None:
        raise linear.error
    loss = math.inf
    if outcome.models is not None:
        loss = loss_terms(problem, outcome.models).loss
    log(
        f"semidefinite: {outcome.stop_reason}, loss {loss:.8g}, bound {_number(outcome.bound)}; "
        f"linear: loss {linear.loss:.8g}, bound {linear.bound:.8g}"
    )
    if linear.loss < loss:
        loss = linear.loss
        outcome = replace(outcome, models=linear.best, infeasible=False, message="")
    if outcome.models is None or not math.isfinite(linear.bound):
        return outcome
    tolerance = problem.proof_tolerance(loss)
    if linear.bound > loss + tolerance:
        logger.warning("HiGHS claims the bound %r above the loss %r: ignored", linear.bound, loss)
        return outcome
    bound = linear.bound if outcome.bound is None else max(outcome.bound, linear.bound)
    proved = linear.has_proof(loss)
    reason = StopReason.PROVED if proved else outcome.stop_reason
    solver = SOLVER
    if proved and outcome.stop_reason is not StopReason.PROVED and linear.outcome is not None:
        solver = f"{SOLVER}{TOGETHER}{linear.outcome.solver}"
    nodes = 0 if linear.outcome is None else linear.outcome.nodes
    return replace(outcome, bound=bound, stop_reason=reason, solver=solver, nodes=nodes)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.8g}"


def _show(line: str) -> None:
    print(line, flush=True)
