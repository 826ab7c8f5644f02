"""What the two mixed-integer methods share: a warm start, and the check of each answer.

A solver's tolerances can let an ensemble pass that breaks the rule on inter by a hair. Such
an ensemble is cut off and the solver asked again. Its bound stays valid, since only
ensembles that are not admissible are ever cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chemopt._version import __version__
from chemopt.errors import SolverError
from chemopt.methods.local_search import hill_climb
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.recommendation import StopReason, proof_tolerance
from chemopt.methods.solvers import HighsModel, Row, SolverOptions, SolverReport, Termination
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_floor, loss_terms
from chemopt.problem.problem import SelectionProblem

if TYPE_CHECKING:
    import pyomo.environ as pyo

Names = frozenset[str]


@dataclass(frozen=True)
class Formulation:
    """A model that is built, as two functions.

    Attributes
    ----------
    run : callable
        Solves the model, from a start if there is one.
    cut_off : callable
        Excludes one ensemble from the model.
    """

    run: Callable[[SolverOptions, Names | None], SolverReport]
    cut_off: Callable[[Names], None]


def solve_mip(
    problem: SelectionProblem, options: MethodOptions, build: Callable[[], Formulation]
) -> Outcome:
    """Run a solver from the hill climber's ensemble until its answer is admissible.

    Parameters
    ----------
    problem, options
    build : callable
        Builds the model. The heuristic comes before it, so that there is an ensemble even if
        building takes all the time.
    """
    climbed = hill_climb.solve(problem, options)
    start = _start_of(problem, climbed)
    floor = loss_floor(problem)
    report = SolverReport(Termination.TIME_LIMIT, None, None, floor, "chemopt", __version__)
    formulation = None
    while not options.out_of_time:
        if formulation is None:
            formulation = build()
            continue  # and look at the clock again
        found = formulation.run(solver_options(options), start)
        if found.chosen is None or not violations(problem, found.chosen):
            report = found
            break
        formulation.cut_off(found.chosen)
    return replace(outcome_of(problem, report, start), progress=climbed.progress)


def solver_options(options: MethodOptions) -> SolverOptions:
    """Return the options of a solver, for the time that is left."""
    return SolverOptions(
        options.remaining, options.rel_gap, options.threads, options.seed, options.verbose
    )


def pyomo_formulation(model: pyo.ConcreteModel, compiled: HighsModel) -> Formulation:
    """Return a model inside HiGHS as a `Formulation`."""
    x_of = {model.name_of[label]: model.x[label] for label in model.I}

    def run(options: SolverOptions, start: Names | None) -> SolverReport:
        values = None
        if start is not None:
            values = model.point({label for label in model.I if model.name_of[label] in start})
        return compiled.solve(x_of, options, values)

    def cut_off(chosen: Names) -> None:
        signs = [1.0 if name in chosen else -1.0 for name in x_of]
        compiled.add_rows([Row(list(x_of.values()), signs, high=len(chosen) - 1.0)])

    return Formulation(run, cut_off)


def warm_start(problem: SelectionProblem, options: MethodOptions) -> Names | None:
    """Return the heuristic's ensemble, to begin with; None if it has none."""
    return _start_of(problem, hill_climb.solve(problem, options))


def _start_of(problem: SelectionProblem, climbed: Outcome) -> Names | None:
    if climbed.models is None or climbed.stop_reason is StopReason.FALLBACK:
        return None
    return frozenset(problem.models[i] for i in climbed.models)


def outcome_of(problem: SelectionProblem, report: SolverReport, start: Names | None) -> Outcome:
    """Turn a solver's report into an outcome, after holding it against the start."""
    chosen, claimed = report.chosen, report.objective
    if start is not None:
        # The start is admissible, so it says something about what the solver claims.
        known = loss_terms(problem, problem.positions(start)).loss
        if report.termination is Termination.INFEASIBLE:
            raise SolverError(f"{report.solver} says infeasible, but {sorted(start)} is not")
        slack = proof_tolerance(problem, known)
        if report.bound is not None and report.bound > known + slack:
            raise SolverError(
                f"{report.solver} claims the bound {report.bound!r}, but {sorted(start)} has loss "
                f"{known!r}; please report this with the output of 'chemopt show-versions'"
            )
        if chosen is None or loss_terms(problem, problem.positions(chosen)).loss > known:
            chosen, claimed = start, None
    reason = {
        Termination.OPTIMAL: StopReason.PROVED,
        Termination.INFEASIBLE: StopReason.PROVED,
        Termination.TIME_LIMIT: StopReason.TIME_LIMIT,
        Termination.INTERRUPTED: StopReason.INTERRUPTED,
        Termination.OTHER: StopReason.SOLVER,
    }[report.termination]
    return Outcome(
        models=None if chosen is None else tuple(problem.positions(chosen)),
        stop_reason=reason,
        solver=report.solver,
        version=report.version,
        bound=report.bound,
        infeasible=report.termination is Termination.INFEASIBLE,
        claimed_loss=claimed,
        message=_without_answer(report) if chosen is None else "",
        nodes=report.nodes,
    )


def _without_answer(report: SolverReport) -> str:
    if report.termination is Termination.INFEASIBLE:
        return ""  # `recommend` explains which conditions
    return f"{report.solver} found no ensemble: {report.termination.value}"
