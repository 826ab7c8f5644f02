"""The linearised Pyomo model (`chemopt_models.linearised`), solved by HiGHS."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from chemopt.loss import quadratic_loss
from chemopt.methods.mip import Formulation, Names, solve_mip
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.models import build_linearised
from chemopt.problem import SelectionProblem
from chemopt.solvers import SolverOptions, SolverReport, load, solve_with_highs
from chemopt.table import ChemistryTable


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Build the model and solve it."""
    return solve_mip(problem, options, lambda: _formulation(problem))


def _formulation(problem: SelectionProblem) -> Formulation:
    load("pyomo")
    import pyomo.environ as pyo

    scale = _scale(problem)
    model = build_linearised(_scaled(problem, scale))
    x_of = {model.name_of[label]: model.x[label] for label in model.I}
    model.not_again = pyo.ConstraintList(doc="ensembles that only tolerances let pass")

    def run(solver_options: SolverOptions, start: Names | None) -> SolverReport:
        values = None
        if start is not None:
            inside = {label: float(model.name_of[label] in start) for label in model.I}
            values = [(model.x[i], inside[i]) for i in model.I]
            values += [(model.y[i, j], inside[i] * inside[j]) for i, j in model.P]
        report = solve_with_highs(model, x_of, solver_options, values)
        objective, bound = report.objective, report.bound
        return replace(
            report,
            objective=None if objective is None else objective / scale,
            bound=None if bound is None else bound / scale,
        )

    def cut_off(chosen: Names) -> None:
        model.not_again.add(sum((1 - x) if name in chosen else x for name, x in x_of.items()) >= 1)

    return Formulation(run, cut_off)


def _scale(problem: SelectionProblem) -> float:
    """Return a power of two, at least 1, that lifts small losses above HiGHS's tolerances."""
    form = quadratic_loss(problem)
    largest = max(np.abs(form.linear).max(), abs(form.product) * np.abs(problem.matrix).max())
    return math.ldexp(1.0, min(max(0, -math.frexp(largest)[1]), 1000)) if largest > 0 else 1.0


def _scaled(problem: SelectionProblem, scale: float) -> SelectionProblem:
    if scale == 1.0:
        return problem
    table = ChemistryTable(problem.models, problem.matrix * scale, entries="signed")
    scaled = problem.with_options(table=table, beta=problem.beta * scale, profiles=None)
    # exact, since the scale is a power of two, and already proved where that takes time
    vars(scaled)["m_inter_value"] = problem.m_inter_value * scale
    return scaled
