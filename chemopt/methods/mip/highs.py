"""A Pyomo model of `chemopt_models`, solved by HiGHS.

The formulation ``"triangle-cuts"`` solves the relaxation first, adds the triangle inequalities that
it violates, and repeats that until none is violated or the bound hardly moves; then the
mixed-integer model is solved with what was added. ``"rlt"`` is in
`chemopt.methods.mip.fixed_size`.
"""

from __future__ import annotations

from chemopt.methods.mip import fixed_size
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.formulations import MipOptions, build_formulation
from chemopt.methods.mip.solve import solve_mip
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Outcome
from chemopt.methods.solvers import HighsModel
from chemopt.problem.problem import SelectionProblem


def solve(problem: SelectionProblem, run: RunOptions, options: MipOptions) -> Outcome:
    """Build the formulation and solve it."""
    if options.formulation == "rlt":
        return fixed_size.solve(problem, run)
    return solve_mip(problem, run, lambda: _build(problem, run, options.formulation))


def _build(problem: SelectionProblem, run: RunOptions, formulation: str) -> HighsModel:
    model = build_formulation(problem, formulation)
    compiled = HighsModel(model)
    if formulation == "triangle-cuts":
        add_triangles(model, compiled, run)
    return compiled
