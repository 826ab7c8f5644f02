"""A Pyomo model of `chemopt_models`, solved by HiGHS.

The formulation ``"triangle-cuts"`` solves the relaxation first, adds the triangle inequalities that
it violates, and repeats that until none is violated or the bound hardly moves; then the
mixed-integer model is solved with what was added. ``"slices"`` is in
`chemopt.methods.mip.fixed_size`.
"""

from __future__ import annotations

from chemopt.methods.mip import fixed_size as slices
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.formulations import DEFAULT_FORMULATION, build_formulation
from chemopt.methods.mip.solve import Formulation, pyomo_formulation, solve_mip
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.solvers import HighsModel
from chemopt.problem.problem import SelectionProblem


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Build the formulation and solve it."""
    name = options.formulation or DEFAULT_FORMULATION
    if name == "slices":
        return slices.solve(problem, options)
    return solve_mip(problem, options, lambda: _formulation(problem, name, options))


def _formulation(problem: SelectionProblem, name: str, options: MethodOptions) -> Formulation:
    model = build_formulation(problem, name)
    compiled = HighsModel(model)
    if name == "triangle-cuts":
        add_triangles(model, compiled, options)
    return pyomo_formulation(model, compiled)
