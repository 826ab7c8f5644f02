"""The exact method that suits the problem.

Up to 22 free models, enumeration proves the optimum in a fraction of a second, faster than a
solver can be imported; so it does where ensembles have few members. Else ``"exact"``: a minimum cut
where α ≤ 1/3 makes the problem polynomial, if its ensemble is feasible, and chemopt's own branch
and bound for the rest.
"""

from __future__ import annotations

from chemopt.execution.clock import loading
from chemopt.methods.exact import brute_force
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.problem.problem import ChemistryProblem


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Choose a method and run it."""
    if brute_force.can_enumerate(problem):
        return brute_force.solve(problem, run)
    with loading():
        from chemopt.methods.exact import branch_and_bound  # many modules

    return branch_and_bound.solve(problem, run)
