"""How long a model takes to be built: one that takes longer than there is time is not begun."""

from __future__ import annotations

import numpy as np

from chemopt.methods.options import RunOptions
from chemopt.problem.problem import ChemistryProblem


def seconds_to_build(problem: ChemistryProblem, name: str) -> float:
    """Estimate how long a formulation takes to be built and handed to a solver.

    30 µs a row and 1.6 µs a coefficient were measured over formulations of 30 to 400 models, for
    HiGHS and CP-SAT alike; expect an error of a factor of two.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> problem = generate_problem(400, kind="uniform")
    >>> seconds_to_build(problem, "clique") > 10 * seconds_to_build(problem, "glover")
    True
    """
    n = len(problem.models)
    linked = (problem.matrix != 0).astype(float)
    pairs = float(linked.sum()) / 2
    rows, coefficients = 3 * pairs, 8 * pairs
    if name == "triangles":
        triangles = float(np.einsum("ij,ji->", linked @ linked, linked)) / 6
        rows, coefficients = rows + 4 * triangles, coefficients + 18 * triangles
    elif name == "clique":
        rows, coefficients = rows + n, coefficients + n * pairs
    elif name == "glover":
        rows, coefficients = 3.0 * n, 2 * pairs
    elif name == "products":
        conditions = 1 + len(problem.side_constraints)
        rows, coefficients = rows + 4.0 * n * conditions, coefficients + 8 * pairs * conditions
    return 30e-6 * rows + 1.6e-6 * coefficients


def too_long_to_build(problem: ChemistryProblem, name: str, run: RunOptions) -> str:
    """Say that building a formulation takes longer than there is time; empty if it does not."""
    if run.remaining is None or (seconds := seconds_to_build(problem, name)) <= run.remaining:
        return ""
    return f"the model alone would take about {seconds:.2g} s to build, so it was not begun"
