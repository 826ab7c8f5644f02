"""The ways of answering a selection problem, one a file.

Each module has a function ``solve(problem, options) -> Outcome``; `METHODS` names them. A method
says what it found and what bound it can prove; `chemopt.recommend` checks and reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from chemopt.methods.options import MethodOptions, Outcome
from chemopt.problem.problem import SelectionProblem

# Modules are imported when first used, since a solver's import takes a good part of a second.
METHODS = {
    "auto": "chemopt.methods.exact.auto",
    "hill-climb": "chemopt.methods.local_search.hill_climb",
    "multi-start": "chemopt.methods.local_search.multi_start",
    "annealing": "chemopt.methods.local_search.annealing",
    "tabu": "chemopt.methods.local_search.tabu",
    "exact": "chemopt.methods.exact.branch_and_bound",
    "highs": "chemopt.methods.mip.highs",
    "cp-sat": "chemopt.methods.mip.cp_sat",
    "min-cut": "chemopt.methods.exact.min_cut",
    "brute-force": "chemopt.methods.exact.brute_force",
}
HEURISTICS = ("hill-climb", "multi-start", "annealing", "tabu")
# Those that hand a declarative model to a solver, and so have a choice of formulation.
SOLVER_METHODS = ("highs", "cp-sat")

Solve = Callable[[SelectionProblem, MethodOptions], Outcome]


def method(name: str) -> Solve:
    """Return the `solve` function of a method in `METHODS`."""
    solve: Solve = import_module(METHODS[name]).solve
    return solve


__all__ = ["HEURISTICS", "METHODS", "SOLVER_METHODS", "MethodOptions", "Outcome", "Solve", "method"]
