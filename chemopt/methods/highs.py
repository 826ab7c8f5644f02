"""The linearised Pyomo model (`chemopt_models.linearised`), solved by HiGHS."""

from __future__ import annotations

from chemopt.methods.mip import Formulation, Names, solve_mip
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.models import build_linearised
from chemopt.problem import SelectionProblem
from chemopt.solvers import SolverOptions, SolverReport, load, solve_with_highs


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Build the model and solve it."""
    return solve_mip(problem, options, lambda: _formulation(problem))


def _formulation(problem: SelectionProblem) -> Formulation:
    load("pyomo")
    import pyomo.environ as pyo

    model = build_linearised(problem)
    x_of = {model.name_of[label]: model.x[label] for label in model.I}
    model.not_again = pyo.ConstraintList(doc="ensembles that only tolerances let pass")

    def run(solver_options: SolverOptions, start: Names | None) -> SolverReport:
        values = None
        if start is not None:
            inside = {label: float(model.name_of[label] in start) for label in model.I}
            values = [(model.x[i], inside[i]) for i in model.I]
            values += [(model.y[i, j], inside[i] * inside[j]) for i, j in model.P]
        return solve_with_highs(model, x_of, solver_options, values)

    def cut_off(chosen: Names) -> None:
        model.not_again.add(sum((1 - x) if name in chosen else x for name, x in x_of.items()) >= 1)

    return Formulation(run, cut_off)
