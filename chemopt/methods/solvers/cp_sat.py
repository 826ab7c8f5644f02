"""CP-SAT: selection models, and points that meet linear conditions.

CP-SAT is exact on the integers it is given; what rounding to integers does to a bound is told by
the model (see `chemopt_models.cp_sat`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from chemopt.errors import SolverError
from chemopt.methods.solvers.loading import load
from chemopt.methods.solvers.report import SolverOptions, SolverReport, Termination
from chemopt.problem.constraints import Condition

if TYPE_CHECKING:
    from chemopt_models import CpSatModel


def solve_with_cp_sat(
    built: CpSatModel, options: SolverOptions, start: frozenset[str] | None = None
) -> SolverReport:
    """Solve a CP-SAT selection model; `start` names the models of a feasible ensemble."""
    cp_model = load("ortools", "ortools.sat.python.cp_model")
    model = built.model
    model.clear_hints()  # type: ignore[no-untyped-call]
    if start is not None:
        for name, variable in built.x.items():
            model.add_hint(variable, name in start)
    solver = cp_model.CpSolver()
    if options.time_limit is not None:
        solver.parameters.max_time_in_seconds = options.time_limit
    solver.parameters.relative_gap_limit = options.rel_gap
    solver.parameters.absolute_gap_limit = 0.0
    solver.parameters.num_workers = options.threads
    # several workers in turn, not at random, so that a run can be repeated
    solver.parameters.interleave_search = options.threads > 1
    solver.parameters.random_seed = options.seed
    solver.parameters.log_search_progress = options.verbose
    status = solver.solve(model)
    if status == cp_model.MODEL_INVALID:
        raise SolverError(f"CP-SAT calls the model invalid: {model.validate()}")
    if status == cp_model.INFEASIBLE:
        termination = Termination.INFEASIBLE
    elif status == cp_model.OPTIMAL:
        termination = Termination.OPTIMAL
    elif options.time_limit is not None and (
        solver.wall_time > options.time_limit - max(0.1, 0.05 * options.time_limit)
    ):
        # CP-SAT does not tell a time limit, which it may undercut a little, from Ctrl-C
        termination = Termination.TIME_LIMIT
    else:
        termination = Termination.INTERRUPTED
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    chosen = frozenset(m for m, x in built.x.items() if solver.value(x)) if found else None
    # Stopped before it has looked at the model, CP-SAT reports 0 as its bound, which is none.
    bound = None
    if found and math.isfinite(solver.best_objective_bound):
        bound = solver.best_objective_bound / built.scale + built.constant - built.rounding_error
    return SolverReport(
        termination=termination,
        chosen=chosen,
        objective=solver.objective_value / built.scale + built.constant if found else None,
        bound=bound,
        solver="CP-SAT",
        version=metadata.version("ortools"),
    )


def feasible_point(conditions: Sequence[Condition], n: int) -> tuple[int, ...] | None:
    """Return a subset of n models, by number, that meets some conditions; None if there is none.

    Bounds are rounded outwards to integers, and a point that only rounding lets pass is cut off.
    """
    cp_model = load("ortools", "ortools.sat.python.cp_model")
    from chemopt_models import add_linear_condition

    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{i}]") for i in range(n)]
    for condition in conditions:
        add_linear_condition(model, x, condition)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    while solver.solve(model) == cp_model.OPTIMAL:  # the status of any point, without objective
        point = tuple(i for i in range(n) if solver.value(x[i]))
        if all(condition.allows(point) for condition in conditions):
            return point
        model.add_bool_or(x[i].Not() if i in point else x[i] for i in range(n))
    return None
