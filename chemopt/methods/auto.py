"""The exact method that suits the problem.

Up to 22 free models, enumeration proves the optimum in a fraction of a second, faster than a
solver can be imported. Above, a minimum cut where α ≤ 1/3 makes the problem polynomial; and HiGHS,
started from the hill climber's ensemble, for the rest and for tables with negative entries.
"""

from __future__ import annotations

from chemopt.loss import POLYNOMIAL_ALPHA
from chemopt.methods import brute_force, method
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem
from chemopt.recommendation import StopReason


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Choose a method and run it."""
    if len(brute_force.free_models(problem)) <= brute_force.FREE_MODEL_LIMIT:
        return method("brute-force")(problem, options)
    if problem.alpha <= POLYNOMIAL_ALPHA and problem.table.nonnegative:
        outcome = method("min-cut")(problem, options)
        if outcome.stop_reason is StopReason.PROVED:
            return outcome
    return method("highs")(problem, options)
