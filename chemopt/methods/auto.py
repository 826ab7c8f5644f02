"""The exact method that suits the problem: all subsets while they are few, else HiGHS.

Up to 22 free models, enumeration proves the optimum in a fraction of a second, faster than a
solver can be imported. Above, HiGHS starts from the hill climber's ensemble.
"""

from __future__ import annotations

from chemopt.methods import brute_force, method
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Choose a method and run it."""
    few = len(brute_force.free_models(problem)) <= brute_force.FREE_MODEL_LIMIT
    return method("brute-force" if few else "highs")(problem, options)
