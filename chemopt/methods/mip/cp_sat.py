"""The integer model (`chemopt_models.cp_sat`), solved by CP-SAT."""

from __future__ import annotations

from chemopt_models import build_cp_sat

from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, DEFAULT_FORMULATION
from chemopt.methods.mip.solve import Formulation, Names, solve_mip
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.solvers import SolverOptions, SolverReport, load, solve_with_cp_sat
from chemopt.problem.problem import SelectionProblem
from chemopt.validation import choice


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Build the model and solve it.

    Raises
    ------
    InputError
        CP-SAT is not given this formulation.
    """
    wanted = options.formulation or DEFAULT_FORMULATION
    name = choice("formulation of method 'cp-sat'", wanted, CP_SAT_FORMULATIONS)
    return solve_mip(problem, options, lambda: _formulation(problem, name))


def _formulation(problem: SelectionProblem, name: str) -> Formulation:
    load("ortools", "ortools.sat.python.cp_model")
    built = build_cp_sat(problem, triangles=name == "triangles", clique=name == "clique")

    def run(solver_options: SolverOptions, start: Names | None) -> SolverReport:
        return solve_with_cp_sat(built, solver_options, start)

    def cut_off(chosen: Names) -> None:
        built.model.add_bool_or(x.Not() if name in chosen else x for name, x in built.x.items())

    return Formulation(run, cut_off)
