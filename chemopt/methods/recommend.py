"""`recommend`: the entry point to every method of solving a selection problem.

RECOMMEND is the publication's name for it (arXiv 2510.03930, Algorithm 2); there it is the hill
climber, here `chemopt.methods.local_search.hill_climb`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from chemopt.errors import InputError, SolverError
from chemopt.execution.clock import LOADING, SOLVE
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.infeasibility import conflict, conflict_message, sizes_clash
from chemopt.methods.judge import judge
from chemopt.methods.local_search.fallback import relaxed_for_fallback
from chemopt.methods.mip.formulations import MipOptions
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, Status, StopReason
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import METHODS, MethodName, MethodOptions, method_for, run_method
from chemopt.methods.rounding import accuracy_message
from chemopt.methods.ties import in_order_of_names, more_accurate
from chemopt.problem.check import checked_bound, checked_loss, proof_distance, violations
from chemopt.problem.loss import loss_floor
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.validation import choice, known_option

logger = logging.getLogger(__name__)

# The keywords of `recommend` that every method understands.
_RUN_OPTIONS = tuple(field.name for field in fields(RunOptions) if field.name != "clock")


def recommend(
    problem: ChemistryProblem,
    method: MethodName = "auto",
    *,
    options: MethodOptions | None = None,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    verbose: bool = False,
) -> Recommendation:
    """Recommend an ensemble: the one of least loss, or a good one.

    Parameters
    ----------
    problem : ChemistryProblem
    method : {"auto", "hill-climb", "multi-start", "annealing", "tabu", "exact", "highs", \
"cp-sat", "min-cut", "brute-force", "performance", "random"}
        ``"hill-climb"`` is the published heuristic; ``"multi-start"``, ``"annealing"`` and
        ``"tabu"`` search longer. ``"highs"`` and ``"cp-sat"`` solve a mixed-integer model, starting
        from the hill climber's ensemble; ``"brute-force"`` enumerates all subsets of up to 22 free
        models, or all ensembles of few members; ``"min-cut"`` is for α ≤ 1/3, where the problem is
        polynomial, and any number of models. ``"exact"`` is chemopt's own branch and bound.
        ``"auto"`` is ``"brute-force"`` where that takes seconds, else ``"exact"``. Two are
        baselines: ``"performance"`` takes the most accurate models of the size that has the least
        loss, and needs profiles; ``"random"`` draws a feasible ensemble with the seed.
    options : HillClimbOptions or MipOptions, optional
        Options of the method itself: `HillClimbOptions` for ``"hill-climb"``, `MipOptions` for
        ``"highs"`` and ``"cp-sat"`` (and ``"auto"``, which then is ``"highs"``). Other methods
        have none. `MipOptions` can add constraints of your own to the model
        (`MipOptions.customise`), for ``"highs"``.
    time_limit : float, optional
        Seconds of building and solving, without the import of solvers; the best ensemble known by
        then is returned, with its bound. Enumeration does not stop early, since it takes well
        under a second.
    rel_gap : float
        A solver may stop when (loss − bound) / |loss| is at most this; 0 asks for a full proof.
    threads : int
        Cores that the method may use: threads of a solver, or processes that search together
        (docs/methods.md says what each method does with them). Results do not depend on chance for
        any number; status and loss of a proof do not depend on the number.
    seed : int
        Seed of a solver, and of a method that draws ensembles.
    verbose : bool
        Show the solver's log.

    Returns
    -------
    Recommendation
        Infeasible problems, time limits and missing ensembles are reported in
        `Recommendation.status`, not raised. The loss is recomputed from the definitions,
        independently of the method. Where profiles are known, ties go by accuracy: no swap of one
        model for another leads to more accurate members at the same loss (``"hill-climb"``, whose
        ties are those of the publication, and ``"random"`` excepted). What to know before
        trusting the answer is in `Recommendation.warnings`.

    Raises
    ------
    InputError
        An option is not valid or not the method's, or the problem is too large for the method, or
        has no profiles to go by.
    UnansweredError
        M_inter under the convention ``"cut"`` was not proved within the time limit.
    SolverError
        A solver is missing, or its answer does not check.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> best = recommend(ChemistryProblem(table, m_inter="total"))
    >>> best.models, best.loss, best.status.value
    (('a', 'b'), 1.875, 'optimal')
    """
    check_problem("recommend", problem)
    choice("method", method, METHODS)
    run = RunOptions(time_limit, rel_gap, threads, seed, verbose)
    return recommend_within(problem, method, run, options)


def recommend_within(
    problem: ChemistryProblem,
    method: MethodName,
    run: RunOptions,
    options: MethodOptions | None = None,
) -> Recommendation:
    """Do what `recommend` does, with limits, seed and known ensembles in one object."""
    name = method_for(method, options)
    logger.info(
        "%s: %d models, alpha %g, beta %g, %d side constraints%s",
        name, len(problem.models), problem.alpha, problem.beta, len(problem.side_constraints),
        "" if run.time_limit is None else f", at most {run.time_limit:g} s",
    )  # fmt: skip
    with run.clock.running():
        if sizes_clash(problem):
            outcome = conflict(problem)
        else:
            problem = resolve_m_inter(problem, time_limit=run.remaining, seed=run.seed)
            by_accuracy = METHODS[name].ties_by_accuracy and problem.profiles is not None
            asked = in_order_of_names(problem) if by_accuracy else problem
            outcome = run_method(name, asked, run, options)
            if by_accuracy and outcome.models is not None:
                # a swap may break constraints that the user added to the model
                own, best = outcome.added_constraints, outcome.models
                found = (asked.models[i] for i in (best if own else more_accurate(asked, best)))
                outcome = replace(outcome, models=tuple(problem.positions(found)))
        answer = _checked(problem, method, outcome, run, options)
    logger.info(
        "%s: %s after %.2f s (%s), loss %s, bound %s",
        name, answer.status.value, answer.runtime, answer.stop_reason.value, answer.loss,
        answer.bound,
    )  # fmt: skip
    return answer


def check_options(
    method: MethodName, options: Mapping[str, Any], *, customised: bool = False
) -> None:
    """Raise, before any work, if `recommend` would refuse a method or options.

    Parameters
    ----------
    method : str
    options : mapping
        Keyword arguments of `recommend`.
    customised : bool
        Whether the caller respects constraints that a user adds to the model.

    Raises
    ------
    InputError
        There is no such method or option, or a value is not valid.
    """
    choice("method", method, METHODS)
    run = {name: value for name, value in options.items() if name != "options"}
    for name in run:
        known_option("option", name, _RUN_OPTIONS)
    RunOptions(**run)
    own = options.get("options")
    method_for(method, own)
    if isinstance(own, MipOptions) and own.customise is not None and not customised:
        raise InputError(
            "customise is for recommend and best_ensembles; here, constraints that a problem has "
            "(budgets, groups, require, apart, ...) are respected only"
        )


def _checked(
    problem: ChemistryProblem,
    method: MethodName,
    outcome: MethodOutcome,
    run: RunOptions,
    options: MethodOptions | None,
) -> Recommendation:
    """Check the outcome from scratch and say what is proved."""
    models: tuple[str, ...] = ()
    terms, bound, reason = None, outcome.bound, outcome.stop_reason
    status = Status.INFEASIBLE if outcome.infeasible else Status.NO_RECOMMENDATION
    message = outcome.message
    if outcome.models is not None:
        models = tuple(sorted(problem.models[i] for i in outcome.models))
        fallback = reason is StopReason.FALLBACK
        broken = violations(relaxed_for_fallback(problem) if fallback else problem, models)
        if broken:
            raise SolverError(f"{outcome.solver} gave {', '.join(models)}, but {broken[0]}")
        terms = checked_loss(problem, models, outcome.claimed_loss, outcome.solver)
        tolerance = proof_distance(problem, terms)
        if bound is not None:
            bound = min(checked_bound(problem, terms, bound, outcome.solver), terms.loss)
            if terms.loss - bound > tolerance:
                bound = max(bound, loss_floor(problem))
        found = judge(
            terms.loss, bound, reason, maximised=False, tolerance=tolerance, accuracy=math.inf,
            solver=outcome.solver, rel_gap=run.rel_gap,
        )  # fmt: skip
        status, reason, bound = found.status, found.stop_reason, found.bound
        if reason is StopReason.ACCURACY:
            message = accuracy_message(problem, tolerance)
    elif outcome.infeasible and not message:
        message = conflict_message(problem)
    return Recommendation(
        problem=problem,
        models=models,
        method=method,
        status=status,
        stop_reason=reason,
        terms=terms,
        bound=bound,
        solver=outcome.solver,
        solver_version=outcome.version,
        timings={SOLVE: run.clock.seconds, LOADING: run.clock.loading},
        seed=run.seed,
        settings={**run.settings, **_plain(options)},
        options=options,
        message=message,
        trace=outcome.trace,
        progress=outcome.progress,
        nodes=outcome.nodes,
        added_constraints=outcome.added_constraints,
    )


def _plain(options: MethodOptions | None) -> dict[str, Any]:
    """Return a method's options as data; constraints that a function adds are listed elsewhere."""
    if options is None:
        return {}
    given = {field.name: getattr(options, field.name) for field in fields(options)}
    return {name: value for name, value in given.items() if name != "customise"}
