"""What the two mixed-integer methods share: a warm start, and the check of each answer.

A solver's tolerances may accept an ensemble that slightly violates the inter constraint, or a
budget with one price much larger than others. Such an ensemble is cut off, and the solver runs
again. Its bound stays valid, since only infeasible ensembles are ever cut off. A solver's
*infeasible* is checked like its *optimal*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from chemopt.errors import SolverError
from chemopt.methods.infeasibility import feasible_ensemble
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.local_search.hill_climb import solve as hill_climb
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers.building import too_long_to_build
from chemopt.problem.check import checked_bound, cut_off, violations
from chemopt.problem.constraints import LinearConstraint
from chemopt.problem.loss import loss_floor, loss_terms
from chemopt.problem.problem import ChemistryProblem


class MipModel(Protocol):
    """A model of a selection problem inside a solver."""

    def solve(self, run: RunOptions, start: Sequence[int] | None = None) -> MethodOutcome:
        """Solve it, from a feasible ensemble if there is one."""
        ...

    def add(self, cut: LinearConstraint) -> None:
        """Add a linear constraint over the models from now on."""
        ...


def solve_mip(
    problem: ChemistryProblem, run: RunOptions, formulation: str, build: Callable[[], MipModel]
) -> MethodOutcome:
    """Run a solver from the hill climber's ensemble until its answer is feasible.

    Parameters
    ----------
    problem, run
    formulation : str
        A model that would take longer to build than there is time is not begun.
    build : callable
        Builds the model. The hill climber comes before it, so that there is an ensemble even if
        building takes all the time.
    """
    climbed = hill_climb(problem, run, HillClimbOptions())
    start = warm_start(climbed)
    outcome = MethodOutcome(None, StopReason.TIME_LIMIT, "chemopt", bound=loss_floor(problem))
    model = None
    if message := too_long_to_build(problem, formulation, run):
        return replace(with_start(problem, outcome, start), message=message)
    while not run.out_of_time:
        if model is None:
            model = build()
            continue  # and look at the clock again
        answer = model.solve(run, start)
        if answer.models is None or not _broken(problem, answer.models):
            outcome = answer
            break
        model.add(cut_off(problem, answer.models))
    return replace(with_start(problem, outcome, start), progress=climbed.progress)


def warm_start(climbed: MethodOutcome) -> tuple[int, ...] | None:
    """Return the hill climber's ensemble; None if it has none that meets all constraints."""
    return None if climbed.stop_reason is StopReason.FALLBACK else climbed.models


def with_start(
    problem: ChemistryProblem, outcome: MethodOutcome, start: tuple[int, ...] | None
) -> MethodOutcome:
    """Check a solver's outcome against a feasible ensemble, and return the better of the two.

    Raises
    ------
    SolverError
        The solver's bound is above the loss of that ensemble, or it says infeasible.
    """
    if outcome.infeasible:
        outcome, start = _not_infeasible(problem, outcome, start)
    if start is not None:
        terms = loss_terms(problem, start)
        if outcome.bound is not None:
            bound = checked_bound(problem, terms, outcome.bound, outcome.solver)
            outcome = replace(outcome, bound=bound)
        if outcome.models is None or loss_terms(problem, outcome.models).loss > terms.loss:
            outcome = replace(outcome, models=start, claimed_loss=None)
    if outcome.models is None and not outcome.infeasible and not outcome.message:
        reason = outcome.stop_reason.value.replace("_", " ")
        outcome = replace(outcome, message=f"{outcome.solver} has no ensemble: {reason}")
    return outcome


def _not_infeasible(
    problem: ChemistryProblem, outcome: MethodOutcome, start: tuple[int, ...] | None
) -> tuple[MethodOutcome, tuple[int, ...] | None]:
    """Hold the word of a solver that nothing is feasible against what is known.

    Where the linear constraints contradict each other, it is right. Else the inter constraint would
    have to rule all out, of which HiGHS knows nothing where its tolerances hide coefficients.
    """
    known = start
    if start is None:
        point = feasible_ensemble(problem)
        if point is None:
            return outcome, None
        known = None if _broken(problem, point) else point
    doubtful = outcome.solver == "HiGHS" and problem.table.is_wide
    if known is None and not doubtful:
        return outcome, None
    if start is not None and not doubtful:
        names = ", ".join(problem.models[i] for i in start)
        raise SolverError(f"{outcome.solver} says infeasible, but {names} is feasible")
    message = f"{outcome.solver} wrongly said that the problem is infeasible"
    if known is None:
        message = (
            f"{outcome.solver} says infeasible, but next to the largest entry its tolerances leave "
            "the others no say in the inter constraint; use 'exact'"
        )
    reason = StopReason.ACCURACY if doubtful else StopReason.SOLVER
    bound = loss_floor(problem)
    return replace(
        outcome, infeasible=False, stop_reason=reason, bound=bound, message=message
    ), known


def _broken(problem: ChemistryProblem, models: Iterable[int]) -> tuple[str, ...]:
    return violations(problem, [problem.models[i] for i in models])
