"""The exact method that suits the problem.

Up to 22 free models, enumeration proves the optimum in a fraction of a second, faster than a
solver can be imported. Above, ``"exact"``: a minimum cut where α ≤ 1/3 makes the problem
polynomial and settles it, and chemopt's own branch and bound for the rest.
"""

from __future__ import annotations

from chemopt.methods.exact import brute_force
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.registry import method
from chemopt.problem.problem import SelectionProblem


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Choose a method and run it."""
    if len(brute_force.free_models(problem)) <= brute_force.FREE_MODEL_LIMIT:
        return method("brute-force")(problem, options)
    return method("exact")(problem, options)
