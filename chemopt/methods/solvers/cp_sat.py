"""CP-SAT: selection models, and points that meet linear constraints.

CP-SAT computes with the integers it is given; how far the rounding to integers can shift a bound is
stated by the model (see `chemopt_models.cp_sat`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chemopt.errors import SolverError
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers.loading import load_cp_sat
from chemopt.problem.constraints import LinearConstraint

if TYPE_CHECKING:
    from chemopt_models import CpSatModel


class CpSatSolver:
    """A CP-SAT selection model with its solver.

    Parameters
    ----------
    built : CpSatModel
    """

    def __init__(self, built: CpSatModel) -> None:
        self._cp_model = load_cp_sat()
        self._built = built
        self._x = list(built.x.values())

    def add(self, cut: LinearConstraint) -> None:
        """Add a linear constraint over the models, which holds from now on."""
        from chemopt_models import add_linear_constraint

        add_linear_constraint(self._built.model, self._x, cut)

    def solve(self, run: RunOptions, start: Sequence[int] | None = None) -> MethodOutcome:
        """Solve the model.

        Parameters
        ----------
        run : RunOptions
        start : sequence of int, optional
            A feasible ensemble to begin with.
        """
        cp_model, model, built = self._cp_model, self._built.model, self._built
        model.clear_hints()  # type: ignore[no-untyped-call]
        if start is not None:
            for i, variable in enumerate(self._x):
                model.add_hint(variable, i in start)
        solver = cp_model.CpSolver()
        limit = run.remaining
        if limit is not None:
            solver.parameters.max_time_in_seconds = limit
        solver.parameters.relative_gap_limit = run.rel_gap
        solver.parameters.absolute_gap_limit = 0.0
        solver.parameters.num_workers = run.threads
        # several workers in turn, not at random, so that a run can be repeated
        solver.parameters.interleave_search = run.threads > 1
        solver.parameters.random_seed = run.seed
        solver.parameters.log_search_progress = run.verbose
        status = solver.solve(model)
        if status == cp_model.MODEL_INVALID:
            raise SolverError(f"CP-SAT calls the model invalid: {model.validate()}")
        if status in (cp_model.INFEASIBLE, cp_model.OPTIMAL):
            reason = StopReason.PROVED
        elif limit is not None and solver.wall_time > limit - max(0.1, 0.05 * limit):
            # CP-SAT does not tell a time limit, which it may undercut a little, from Ctrl-C
            reason = StopReason.TIME_LIMIT
        else:
            reason = StopReason.INTERRUPTED
        has_point = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        models = tuple(i for i, x in enumerate(self._x) if solver.value(x)) if has_point else None
        # Stopped before it has looked at the model, CP-SAT reports 0 as its bound, which is none.
        bound = None
        if has_point and math.isfinite(solver.best_objective_bound):
            bound = solver.best_objective_bound / built.scale + built.constant
            bound += built.rounding_error if built.maximise else -built.rounding_error
        return MethodOutcome(
            models,
            reason,
            "CP-SAT",
            bound=bound,
            infeasible=status == cp_model.INFEASIBLE,
            claimed_loss=solver.objective_value / built.scale + built.constant
            if has_point
            else None,
        )


def feasible_point(constraints: Sequence[LinearConstraint], n: int) -> tuple[int, ...] | None:
    """Return a subset of n models, by number, that meets some constraints; None if there is none.

    What the rows of budgets in doubt let pass is cut off.
    """
    cp_model = load_cp_sat()
    from chemopt_models import add_linear_constraint

    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{i}]") for i in range(n)]
    for constraint in constraints:
        add_linear_constraint(model, x, constraint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    while solver.solve(model) == cp_model.OPTIMAL:  # the status of any point, without objective
        point = tuple(i for i in range(n) if solver.value(x[i]))
        cuts = [cut for one in constraints if (cut := one.cut(point)) is not None]
        if not cuts:
            return point
        for cut in cuts:
            add_linear_constraint(model, x, cut)
    return None
