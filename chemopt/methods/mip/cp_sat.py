"""The integer model (`chemopt_models.cp_sat`), solved by CP-SAT."""

from __future__ import annotations

from chemopt_models import build_cp_sat

from chemopt.errors import InputError
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, MipOptions
from chemopt.methods.mip.solve import solve_mip
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.methods.solvers import CpSatSolver, load_cp_sat
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice


def solve(problem: ChemistryProblem, run: RunOptions, options: MipOptions) -> MethodOutcome:
    """Build the model and solve it.

    Raises
    ------
    InputError
        CP-SAT is not given this formulation, or constraints on a Pyomo model.
    """
    if options.customise is not None:
        raise InputError(
            "customise changes a Pyomo model, which method 'highs' solves, not 'cp-sat'"
        )
    name = choice("formulation of method 'cp-sat'", options.formulation, CP_SAT_FORMULATIONS)
    return solve_mip(problem, run, name, lambda: _build(problem, name))


def _build(problem: ChemistryProblem, formulation: str) -> CpSatSolver:
    load_cp_sat()
    return CpSatSolver(
        build_cp_sat(problem, triangles=formulation == "triangles", clique=formulation == "clique")
    )
