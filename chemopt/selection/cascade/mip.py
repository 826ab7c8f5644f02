"""The declarative model of `chemopt_models.cascade`, solved by HiGHS or CP-SAT.

A solver's answer is a set. Its cheapest order (within the limit of latency) is computed anew; a set
that a solver's tolerances let pass, though it is not feasible, is cut off, and the solver runs
again. There is one cascade and no front. With a budget it may hold models that add nothing, as far
as the budget allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from chemopt.errors import InputError, PoolTooLargeError, SolverError
from chemopt.methods.judge import judge
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, Status, StopReason
from chemopt.methods.solvers import CpSatSolver, HighsModel, load_cp_sat, load_highs
from chemopt.numerics import AGREEMENT_TOLERANCE, PROOF_TOLERANCE, SUM_TOLERANCE
from chemopt.problem.check import cut_off
from chemopt.problem.constrained import Constraints
from chemopt.problem.constraints import LinearConstraint
from chemopt.selection.cascade.heuristics import seeds
from chemopt.selection.cascade.labels import labelled_orders
from chemopt.selection.cascade.order import cheapest_order, stages
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance
from chemopt.selection.cascade.solved import Point, Solved

#: Larger models take minutes to build.
MOST_VARIABLES = 50_000
# The largest cost over the smallest beyond which a solver's claims are not held against it.
_WIDE = 1e6


class _Model(Protocol):
    """A model inside a solver."""

    def solve(self, run: RunOptions, start: Sequence[int] | None = None) -> MethodOutcome: ...

    def add(self, cut: LinearConstraint) -> None: ...


def solve_model(problem: CascadeProblem, solver: str, run: RunOptions) -> Solved:
    """Solve the model of a problem.

    Raises
    ------
    InputError
        The verifier errs.
    PoolTooLargeError
        The model would have more than `MOST_VARIABLES`.
    SolverError
        The solver's answer does not check.
    """
    if not problem.verifier.perfect:
        raise InputError(f"method {solver!r} takes no verifier that errs; 'auto' does")
    size = len(problem.items.weights) * len(problem.models) * problem.longest
    if size > MOST_VARIABLES:
        raise PoolTooLargeError(
            f"method {solver!r} is for small pools: its model would have {size:,} variables, one "
            f"for each pattern, model and position, and the limit is {MOST_VARIABLES:,}"
        )
    known = None if problem.max_cost is not None else _cheapest_known(problem)
    model = _built(problem if known is None else _without_dear(problem, known), solver)
    while True:
        outcome = model.solve(run)
        if outcome.models is None or (point := _point(problem, outcome.models)) is not None:
            break
        model.add(cut_off(problem, outcome.models))
    if outcome.models is None or point is None:
        proved = outcome.infeasible
        status = Status.INFEASIBLE if proved else Status.NO_RECOMMENDATION
        return Solved(
            (), None, status, outcome.stop_reason, None, outcome.solver,
            message="no feasible cascade reaches the goal" if proved else "no cascade was found",
        )  # fmt: skip
    if (best := _beyond_tolerances(problem, outcome, point, known)) is not None:
        return Solved(
            (best,), best, Status.FEASIBLE, StopReason.ACCURACY, None, outcome.solver,
            message=f"costs are beyond what {outcome.solver} can tell apart; use 'auto'",
        )  # fmt: skip
    value = point.covered if problem.max_cost is not None else point.cost
    claimed = outcome.claimed_loss
    scale = max(1.0, abs(value))
    if claimed is not None and abs(claimed - value) > AGREEMENT_TOLERANCE * scale:
        # a stopped solver may not have its set in the best order
        if outcome.stop_reason is StopReason.PROVED:
            raise SolverError(
                f"{outcome.solver} says its cascade is worth {claimed!r}, but it is {value!r}; "
                "please report this with the output of 'chemopt show-versions'"
            )
        claimed = value
    found = judge(
        value, outcome.bound, outcome.stop_reason, maximised=problem.max_cost is not None,
        tolerance=PROOF_TOLERANCE * scale, accuracy=AGREEMENT_TOLERANCE * scale,
        solver=outcome.solver, rel_gap=run.rel_gap,
    )  # fmt: skip
    # the goal is proved, not the point of the front: another may cover as much for less
    return Solved(
        (replace(point, proved=False),), replace(point, proved=found.proved), found.status,
        found.stop_reason, found.bound, outcome.solver,
    )  # fmt: skip


def _without_dear(problem: CascadeProblem, known: Point) -> CascadeProblem:
    """Return a problem with a target in which no cost is far above that of a known cascade.

    What costs more alone is asked in no better one, and its size would drown the other costs.
    """
    most = known.cost
    cost = np.where(problem.items.cost > most, 2 * most or 1.0, problem.items.cost)
    return replace(problem, items=replace(problem.items, cost=cost))


def _beyond_tolerances(
    problem: CascadeProblem, outcome: MethodOutcome, point: Point, known: Point | None
) -> Point | None:
    """Return the best cascade that is known where a solver's claims are beyond its tolerances.

    That is where its bound is above a known cost, or where what it proved of its own cascade is
    wrong and costs differ by many orders of magnitude. None where its claims may hold.
    """
    bound = -np.inf if outcome.bound is None else outcome.bound
    if known is not None and bound > known.cost * (1 + AGREEMENT_TOLERANCE):
        return known if known.cost < point.cost else point
    costs = problem.items.cost[problem.items.cost > 0]
    if not costs.size or costs.max() <= _WIDE * costs.min():
        return None
    value = point.covered if problem.max_cost is not None else point.cost
    claimed = value if outcome.claimed_loss is None else outcome.claimed_loss
    wrong = abs(claimed - value) > AGREEMENT_TOLERANCE * max(1.0, abs(value))
    return point if wrong and outcome.stop_reason is StopReason.PROVED else None


def _cheapest_known(problem: CascadeProblem) -> Point | None:
    """Return the cheapest cascade of simple searches that reaches the target; None without one."""
    names = [tuple(problem.pool[k] for k in one) for one in seeds(problem) if problem.allowed(one)]
    points = [point for one in names if (point := _point(problem, one)) is not None]
    return min(points, key=lambda point: point.cost, default=None)


def _built(problem: CascadeProblem, solver: str) -> _Model:
    if solver == "highs":
        load_highs()
        from chemopt_models import build_cascade

        return HighsModel(build_cascade(problem))
    load_cp_sat()
    from chemopt_models import build_cascade_cp_sat

    return CpSatSolver(build_cascade_cp_sat(problem))


def _point(problem: CascadeProblem, models: Sequence[int]) -> Point | None:
    """Return the cheapest feasible order of a set; None if there is none within the goal."""
    place = {k: number for number, k in enumerate(problem.pool)}
    if not set(models) <= set(place) or not problem.allowed([place[k] for k in models]):
        return None
    items = problem.items
    if problem.max_latency is None:
        order = cheapest_order(items, models, problem.verifier)
    else:
        members = sorted(models)
        alone = CascadeProblem(
            items.take_models(members),
            max_latency=problem.max_latency,
            constraints=Constraints(size=len(members)),
        )
        found = labelled_orders(alone)
        if not found:
            return None
        order = [members[k] for k in found[0]]
    followed = stages(items, order, problem.verifier)
    cost, covered = followed.total_cost, followed.total_covered
    if problem.max_cost is not None and cost > with_allowance(problem.max_cost):
        return None
    if problem.target is not None and covered < problem.target * (1 - SUM_TOLERANCE):
        return None
    return Point(tuple(order), cost, covered, False)
