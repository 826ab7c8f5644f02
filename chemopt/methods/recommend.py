"""`recommend`: one function for every way of answering a selection problem."""

from __future__ import annotations

import time

from chemopt._version import __version__
from chemopt.errors import InputError, SolverError
from chemopt.methods.infeasibility import conflict_message, sizes_clash
from chemopt.methods.local_search.hill_climb import relaxed_for_fallback
from chemopt.methods.recommendation import Recommendation, Status, StopReason, proof_tolerance
from chemopt.methods.registry import METHODS, SOLVER_METHODS, MethodOptions, Outcome
from chemopt.methods.registry import method as find_method
from chemopt.problem.check import checked_loss, violations
from chemopt.problem.loss import loss_rounding
from chemopt.problem.problem import SelectionProblem
from chemopt.validation import choice


def recommend(
    problem: SelectionProblem,
    method: str = "auto",
    *,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    verbose: bool = False,
    formulation: str | None = None,
    steps: int = 10,
    fallback_good: str = "single",
    fallback_bad: str = "none",
) -> Recommendation:
    """Recommend an ensemble: the one of least loss, or a good one.

    Parameters
    ----------
    problem : SelectionProblem
    method : {"auto", "hill-climb", "multi-start", "annealing", "tabu", "exact", "highs", \
"cp-sat", "min-cut", "brute-force"}
        ``"hill-climb"`` is the published heuristic; ``"multi-start"``, ``"annealing"`` and
        ``"tabu"`` search longer. ``"highs"`` and ``"cp-sat"`` solve a
        mixed-integer model, starting from the heuristic's ensemble; ``"brute-force"`` looks
        at all subsets of up to 22 models; ``"min-cut"`` is for α ≤ 1/3, where the problem is
        polynomial, and any number of models. ``"exact"`` is chemopt's own branch and bound.
        ``"auto"`` takes the exact method that suits.
    time_limit : float, optional
        Seconds; the best ensemble found by then is returned, with its bound. Enumeration
        does not stop early, since it takes well under a second.
    rel_gap : float
        A solver may stop when (loss − bound) / |loss| is at most this; 0 asks for a full proof.
    threads : int
        Threads of a solver. Results do not depend on chance for any number.
    seed : int
        Seed of a solver, and of a method that draws ensembles.
    verbose : bool
        Show the solver's log.
    formulation : {"linearised", "triangles", "triangle-cuts", "clique", "glover", "slices"}
        How ``"highs"`` is given the problem (``"linearised"`` unless told otherwise); ``"cp-sat"``
        takes ``"linearised"``, ``"triangles"`` and ``"clique"``. With ``"auto"`` it means
        ``"highs"``; other methods have none.
    steps : int
        Moves that one hill climb may make.
    fallback_good : {"single", "all"}
        What the hill climber recommends when there is no chemistry and all models are good.
    fallback_bad : {"none", "single"}
        What it recommends when there is no chemistry and all models are bad.

    Returns
    -------
    Recommendation
        Whatever the outcome: an infeasible problem, a time limit and an empty hand are told
        by `Recommendation.status`, not by an exception. The loss is recomputed from the
        definitions, independently of the method.

    Raises
    ------
    InputError
        An option is not valid, or the problem is too large for the method.
    UnansweredError
        M_inter under the convention ``"cut"`` was not proved within the time limit.
    SolverError
        A solver is missing, or its answer does not check.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> best = recommend(SelectionProblem(table, m_inter="total"))
    >>> best.models, best.loss, best.status.value
    (('a', 'b'), 1.875, 'optimal')
    """
    choice("method", method, METHODS)
    options = MethodOptions(
        time_limit=time_limit,
        rel_gap=rel_gap,
        threads=threads,
        seed=seed,
        verbose=verbose,
        formulation=formulation,
        steps=steps,
        fallback_good=fallback_good,
        fallback_bad=fallback_bad,
    )
    if sizes_clash(problem):
        outcome = Outcome(None, StopReason.CONFLICT, "chemopt", __version__, infeasible=True)
    else:
        problem.prove_m_inter(time_limit=options.remaining, seed=seed)
        outcome = find_method(_method_for(method, formulation))(problem, options)
    return _checked(problem, method, outcome, options)


def _method_for(method: str, formulation: str | None) -> str:
    if formulation is None:
        return method
    if method not in ("auto", *SOLVER_METHODS):
        raise InputError(
            f"method {method!r} has no formulation; {' and '.join(SOLVER_METHODS)} have"
        )
    return SOLVER_METHODS[0] if method == "auto" else method


def _checked(
    problem: SelectionProblem,
    method: str,
    outcome: Outcome,
    options: MethodOptions,
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
        status = Status.FEASIBLE
        if bound is not None:
            bound -= loss_rounding(problem)
            distance = terms.loss - bound
            tolerance = proof_tolerance(problem, terms.loss)
            if distance < -tolerance:
                raise SolverError(
                    f"{outcome.solver} claims the bound {outcome.bound!r}, above the loss "
                    f"{terms.loss!r}"
                )
            bound = min(bound, terms.loss)
            if distance <= tolerance:
                status, reason = Status.OPTIMAL, StopReason.PROVED
            elif reason is StopReason.PROVED:
                reason = StopReason.GAP_LIMIT
        if not message and not problem.matrix.any():
            message = "no pair of models has chemistry, so all ensembles of one size are equal"
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
        runtime=time.perf_counter() - options.started,
        seed=options.seed,
        settings=options.settings,
        message=message,
        trace=outcome.trace,
        progress=outcome.progress,
        nodes=outcome.nodes,
    )
