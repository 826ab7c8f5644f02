"""The declarative model of `chemopt_models.coverage`, solved by HiGHS or CP-SAT.

Both begin with the ensemble of the local search. Every answer is checked: an ensemble that a
solver's tolerances let pass, though it breaks a constraint, is cut off, and the solver runs again;
its bound stays valid, since only infeasible ensembles are cut off. A claim that a known ensemble
contradicts is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from chemopt.errors import InputError, SolverError
from chemopt.execution.blas import blas_threads
from chemopt.methods.infeasibility import conflict
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import CpSatSolver, HighsModel, load_cp_sat, load_highs
from chemopt.numerics import AGREEMENT_TOLERANCE, PROOF_TOLERANCE
from chemopt.problem.check import cut_off, linear_violations
from chemopt.problem.constraints import LinearConstraint
from chemopt.selection.coverage.instance import instance_of_problem
from chemopt.selection.coverage.swap import SOLVER as SWAP
from chemopt.selection.coverage.swap import search as local_search
from chemopt.selection.problem import CoverageProblem


class _Model(Protocol):
    """A model inside a solver."""

    def solve(self, run: RunOptions, start: Sequence[int] | None = None) -> MethodOutcome: ...

    def add(self, cut: LinearConstraint) -> None: ...


def solve_highs(problem: CoverageProblem, run: RunOptions) -> MethodOutcome:
    """Solve the mixed-integer model by HiGHS.

    Raises
    ------
    InputError
        There are chances between 0 and 1.
    SolverError
        HiGHS contradicts a known ensemble.
    """

    def build() -> HighsModel:
        load_highs()
        from chemopt_models import build_coverage

        return HighsModel(build_coverage(problem))

    return _solve(problem, run, "HiGHS", build)


def solve_cp_sat(problem: CoverageProblem, run: RunOptions) -> MethodOutcome:
    """Solve the integer model by CP-SAT.

    Raises
    ------
    InputError
        There are chances between 0 and 1.
    SolverError
        CP-SAT contradicts a known ensemble.
    """

    def build() -> CpSatSolver:
        load_cp_sat()
        from chemopt_models import build_coverage_cp_sat

        return CpSatSolver(build_coverage_cp_sat(problem))

    return _solve(problem, run, "CP-SAT", build)


def _solve(
    problem: CoverageProblem, run: RunOptions, solver: str, build: Callable[[], _Model]
) -> MethodOutcome:
    right = problem.patterns.right
    if not ((right == 0) | (right == 1)).all():
        raise InputError(
            f"{solver} takes patterns of right and wrong only, and here are pseudo-items with "
            "chances between 0 and 1; 'exact', 'swap' and 'greedy' take them"
        )
    instance = instance_of_problem(problem)
    with blas_threads(run.threads):
        found, _ = local_search(instance, run)
    if found.chosen is None:
        return conflict(problem)
    first = instance.in_pool(found.chosen)
    total = float(problem.patterns.weights.sum())
    outcome = MethodOutcome(first, StopReason.TIME_LIMIT, SWAP, bound=total)
    if not len(problem.patterns.weights):  # nothing to cover
        return replace(outcome, stop_reason=StopReason.PROVED, claimed_loss=0.0)
    model = None
    while not run.out_of_time:
        if model is None:
            model = build()
            continue  # and look at the clock again
        answer = model.solve(run, first)
        if answer.models is None or not linear_violations(problem, _names(problem, answer.models)):
            outcome = answer
            break
        model.add(cut_off(problem, answer.models))
    checked = _checked(problem, outcome, first)
    bound = total if checked.bound is None else min(checked.bound, total)
    if instance.step:  # so is every value a multiple of it
        bound = math.floor(bound / instance.step) * instance.step
    return replace(
        checked,
        bound=max(bound, checked.claimed_loss or 0.0),
        progress=tuple(found.history),
    )


def _checked(
    problem: CoverageProblem, outcome: MethodOutcome, known: tuple[int, ...]
) -> MethodOutcome:
    """Check a solver's outcome against a feasible ensemble; return the better of the two."""
    names, least = ", ".join(_names(problem, known)), problem.patterns.value(known)
    if outcome.infeasible:
        raise SolverError(f"{outcome.solver} says infeasible, but {names} is feasible")
    tolerance = PROOF_TOLERANCE * max(1.0, least)
    if outcome.bound is not None and outcome.bound < least - tolerance:
        raise SolverError(
            f"{outcome.solver} claims the bound {outcome.bound!r}, but {names} covers {least!r}; "
            "please report this with the output of 'chemopt show-versions'"
        )
    if outcome.models is None:
        return replace(outcome, models=known, claimed_loss=least)
    value = problem.patterns.value(outcome.models)
    claimed = outcome.claimed_loss
    allowance = AGREEMENT_TOLERANCE * max(1.0, value)
    # stopped early, a solver may have patterns uncovered that its members do cover
    proved = outcome.stop_reason is StopReason.PROVED
    if claimed is not None and (
        claimed > value + allowance or (proved and claimed < value - allowance)
    ):
        raise SolverError(
            f"{outcome.solver} says its ensemble covers {claimed!r}, but it covers {value!r}; "
            "please report this with the output of 'chemopt show-versions'"
        )
    if value < least:
        return replace(outcome, models=known, claimed_loss=least)
    return replace(outcome, claimed_loss=value)


def _names(problem: CoverageProblem, models: Iterable[int]) -> list[str]:
    return [problem.models[i] for i in models]
