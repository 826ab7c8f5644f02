"""The minimum cut of `chemopt_models.min_cut`: a proved optimum in polynomial time for α ≤ 1/3.

The network does not contain bounds on |X|, side constraints or the inter constraint. If its
best ensemble meets them, it is optimal. If not, the value of the cut is still a lower bound, and
the end of a climb from the nearest ensemble that meets the linear ones is returned with it.

At α = 1/3 products drop out of the loss, so models are taken in the order of β − α d_i, and
bounds on |X| are met exactly.
"""

from __future__ import annotations

import math

import numpy as np
from chemopt_models import build_min_cut

from chemopt.errors import InputError
from chemopt.methods.infeasibility import conflict
from chemopt.methods.local_search.hill_climb import HillClimbOptions, climb, start_near
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import minimum_cut
from chemopt.numerics import ENUMERATION_ERROR
from chemopt.problem.check import violations
from chemopt.problem.loss import POLYNOMIAL_ALPHA, loss_terms, quadratic_loss
from chemopt.problem.problem import ChemistryProblem

_NOT_MET = (
    "the best ensemble of the minimum cut does not meet all constraints, so it gives the bound "
    "only, and the ensemble is the end of a climb from there"
)


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Find a minimum cut, or sort.

    Raises
    ------
    InputError
        α is above 1/3, or the table has negative entries.
    """
    if problem.alpha > POLYNOMIAL_ALPHA:
        raise InputError(
            f"method 'min-cut' is for alpha ≤ 1/3, where the problem is polynomial, not "
            f"{problem.alpha!r}; use 'auto'"
        )
    if not problem.table.nonnegative:
        raise InputError(
            "method 'min-cut' is for tables without negative entries, which would be capacities "
            "below 0; use 'auto'"
        )
    chosen, bound, solver = _sorted(problem) if _separable(problem) else _cut(problem)
    if not violations(problem, (problem.models[i] for i in chosen)):
        return MethodOutcome(chosen, StopReason.PROVED, solver, bound=bound)
    by = (StopReason.RELAXATION, solver)
    start = start_near(problem, chosen)
    if start is None:
        return conflict(problem)
    neighbourhood = Neighbourhood(problem)
    neighbourhood.start(start)
    path = climb(neighbourhood, HillClimbOptions().steps)
    if math.isinf(path.loss):
        return MethodOutcome(None, *by, bound=bound, message=f"{_NOT_MET}, which finds none")
    end = tuple(map(int, np.flatnonzero(neighbourhood.chosen)))
    return MethodOutcome(end, *by, bound=bound, message=_NOT_MET)


def _separable(problem: ChemistryProblem) -> bool:
    return quadratic_loss(problem).product == 0 or not problem.matrix.any()


def _sorted(problem: ChemistryProblem) -> tuple[tuple[int, ...], float, str]:
    """Take models in the order of their part in the loss, as many as help or must be."""
    linear = quadratic_loss(problem).linear
    required = problem.positions(problem.require)
    excluded = set(problem.positions(problem.exclude))
    free = [i for i in range(len(linear)) if i not in excluded and i not in set(required)]
    free.sort(key=lambda i: (linear[i], problem.models[i]))
    low, high = (bound - len(required) for bound in problem.size_bounds)
    helpful = sum(1 for i in free if linear[i] < 0)
    chosen = tuple(sorted([*required, *free[: min(max(helpful, low), high)]]))
    form, loss = quadratic_loss(problem), loss_terms(problem, chosen).loss
    # β is exact, so a model that is not chosen brings the rounding of α d_i only
    scale = problem.alpha * float(form.degree.sum()) + abs(form.constant)
    scale += float(np.abs(linear[list(chosen)]).sum())
    return chosen, loss - ENUMERATION_ERROR * scale, "chemopt sorting"


def _cut(problem: ChemistryProblem) -> tuple[tuple[int, ...], float, str]:
    cut = minimum_cut(build_min_cut(problem))
    return cut.side, cut.bound, cut.solver
