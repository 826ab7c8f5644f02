"""A Pyomo model of `chemopt_models`, solved by HiGHS.

The formulation ``"triangle-cuts"`` solves the relaxation first, adds the triangle inequalities that
it violates, and repeats that until none is violated or the bound hardly moves; then the
mixed-integer model is solved with what was added. ``"rlt"`` is in
`chemopt.methods.mip.fixed_size`, models with constraints of the user's own in
`chemopt.methods.mip.customised`.

``"glover"`` has big-M constants, sums of rows, next to single entries. HiGHS's tolerances cannot
tell the small ones from nothing: on 3,000 random tables whose entries reach over up to 14 orders of
magnitude, it cut off optima from 8 orders on (40 times), never below, and never with another
formulation. Scaling does not help, since both stand in one row, so such tables are refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chemopt.errors import InputError
from chemopt.methods.mip import customised, fixed_size
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.formulations import MipOptions, build_formulation
from chemopt.methods.mip.solve import solve_mip
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.methods.solvers import HighsModel
from chemopt.problem.problem import ChemistryProblem

# The largest entry of a table over the smallest that is not zero, for the formulation "glover".
_MOST_SPREAD = 1e6


def solve(problem: ChemistryProblem, run: RunOptions, options: MipOptions) -> MethodOutcome:
    """Build the formulation and solve it.

    Raises
    ------
    InputError
        The formulation is ``"glover"`` and the entries of the table are of too different size.
    """
    if options.formulation == "glover":
        _check_spread(problem)
    if options.customise is not None:
        return customised.solve(problem, run, options.formulation, options.customise)
    if options.formulation == "rlt":
        return fixed_size.solve(problem, run)
    outcome = solve_mip(
        problem, run, options.formulation, lambda: _build(problem, run, options.formulation)
    )
    if options.formulation == "products":
        # where it stops early, a product may be on the wrong side of what its ensemble has
        return replace(outcome, claimed_loss=None)
    return outcome


def _check_spread(problem: ChemistryProblem) -> None:
    entries = np.abs(problem.matrix[problem.matrix != 0])
    if entries.size and entries.max() > _MOST_SPREAD * entries.min():
        raise InputError(
            f"formulation 'glover': the chemistry reaches from {entries.min():g} to "
            f"{entries.max():g}, more than a factor of {_MOST_SPREAD:g}, which HiGHS's tolerances "
            "cannot tell apart in this formulation; use method 'exact', or another formulation"
        )


def _build(problem: ChemistryProblem, run: RunOptions, formulation: str) -> HighsModel:
    model = build_formulation(problem, formulation)
    compiled = HighsModel(model)
    if formulation == "triangle-cuts":
        add_triangles(model, compiled, run)
    return compiled
