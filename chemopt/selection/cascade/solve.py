"""From a cascade problem to the front, a cascade and a bound."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from chemopt.errors import PoolTooLargeError
from chemopt.execution.blas import blas_threads
from chemopt.execution.clock import loading
from chemopt.methods.infeasibility import conflict, feasible_ensemble
from chemopt.methods.judge import judge
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.solvers import on_interrupt
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.selection.cascade.front import Staircase, undominated
from chemopt.selection.cascade.heuristics import seeds
from chemopt.selection.cascade.labels import MOST_SETS, labelled_orders
from chemopt.selection.cascade.layers import Layers, sets_up_to
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance
from chemopt.selection.cascade.solved import Order, Point, Solved
from chemopt.selection.cascade.subsets import MOST_MODELS, OutOfTimeError, Subsets

CascadeMethod = Literal["auto", "dp", "bb", "highs", "cp-sat"]
CASCADE_METHODS: tuple[CascadeMethod, ...] = get_args(CascadeMethod)
# Fewer sets than this are looked at by size rather than with all their supersets.
_FEW_SETS = 20_000
# With a time limit, the search for the goal alone takes at most this part of it.
_GOAL_SHARE = 2 / 3
# Weights of latency next to cost, when their sum is minimised to keep within a limit.
_MIXTURES = (0.3, 1.0, 3.0, np.inf)


@dataclass(frozen=True, eq=False)
class _Found:
    """A front by numbers of `CascadeProblem.pool`, and what may have been missed."""

    orders: Sequence[Order]
    missed: Staircase
    goal_bound: float | None = None
    stopped: bool = False
    solver: str = "chemopt"


def solve_cascade(
    problem: CascadeProblem, method: CascadeMethod, run: RunOptions, *, goal_only: bool = False
) -> Solved:
    """Solve a cascade problem.

    Parameters
    ----------
    problem : CascadeProblem
    method : {"auto", "dp", "bb", "highs", "cp-sat"}
    run : RunOptions
    goal_only : bool
        The front may have gaps, and what it says of other points than the one chosen may be wrong;
        that takes less time.

    Raises
    ------
    PoolTooLargeError
        The method takes fewer models.
    InputError
        A solver's model has no verifier that errs.
    SolverError
        A solver's answer does not check.
    """
    if method in ("highs", "cp-sat"):
        with loading():
            from chemopt.selection.cascade.mip import solve_model

        if feasible_ensemble(problem) is None:
            return _contradictory(problem)
        return solve_model(problem, method, run)
    interrupted = threading.Event()
    with on_interrupt(interrupted.set), blas_threads(run.threads):
        search = _Search(problem, method, run, interrupted.is_set, goal_only)
        found = search.run()
    reason = StopReason.INTERRUPTED if interrupted.is_set() else StopReason.TIME_LIMIT
    return judged(problem, found, reason)


class _Search:
    """The choice of a search, and its clock."""

    def __init__(
        self,
        problem: CascadeProblem,
        method: CascadeMethod,
        run: RunOptions,
        interrupted: Callable[[], bool] = lambda: False,
        goal_only: bool = False,
    ) -> None:
        self._problem, self._method, self._run = problem, method, run
        self._interrupted, self._goal_only = interrupted, goal_only

    def run(self) -> _Found:
        """Find the front, or what the goal needs of it."""
        problem = self._problem
        if problem.verifier.false_accept == 0 and problem.max_latency is None:
            return self.by_sets(problem)
        few = sets_up_to(len(problem.pool), problem.longest) <= MOST_SETS
        if self._method in ("auto", "dp") and few:
            try:
                return self._by_labels()
            except OutOfTimeError:
                pass
        # the best order for the goal need not be among those of the relaxed one
        self._goal_only = False
        return self._relaxed()

    def _stop(self) -> bool:
        return self._run.out_of_time or self._interrupted()

    def _stop_soon(self) -> bool:
        """Say whether so much of the time is gone that the front needs the rest."""
        run = self._run
        if run.time_limit is None or run.remaining is None:
            return self._interrupted()
        return run.remaining < (1 - _GOAL_SHARE) * run.time_limit or self._interrupted()

    def by_sets(self, problem: CascadeProblem) -> _Found:
        """Find the front where the cost of a set is that of its cheapest order."""
        n, method = len(problem.pool), self._method
        if method == "dp" and n > MOST_MODELS:
            raise PoolTooLargeError(
                f"method 'dp' takes up to {MOST_MODELS} models, not {n}; exclude some, or use 'bb'"
            )
        few = sets_up_to(n, problem.longest) <= min(_FEW_SETS, (1 << n) // 4)
        if method == "dp" or (method == "auto" and n <= MOST_MODELS and not few):
            try:
                table = Subsets(problem.free_items, problem.verifier, self._stop)
                orders = [tuple(table.order(int(mask))) for mask in table.front(problem)]
                return _Found(orders, Staircase.empty(), solver="chemopt dynamic programming")
            except OutOfTimeError:
                pass
        return self._by_size(problem, self._goal_only or not few)

    def _by_size(self, problem: CascadeProblem, goal_first: bool) -> _Found:
        """Search by size; first for the goal, which may be proved long before the front is."""
        solver, known = "chemopt branch and bound", seeds(problem)
        bounds = []
        if goal_first:
            stop = self._stop if self._goal_only else self._stop_soon
            search = Layers(problem, stop, goal_only=True)
            search.add(known)
            search.run()
            known, bounds = search.orders, [search.goal_bound]
        if not self._goal_only:
            search = Layers(problem, self._stop)
            search.add(known)
            search.run()
            bounds.append(search.goal_bound)
        bound = min(bounds) if problem.max_cost is not None else max(bounds)
        return _Found(search.orders, search.missed, bound, search.stopped, solver)

    def _by_labels(self) -> _Found:
        orders = labelled_orders(self._problem, self._stop)
        return _Found(orders, Staircase.empty(), solver="chemopt label setting")

    def _relaxed(self) -> _Found:
        """Find good orders where order matters, and bounds from a problem where it does not.

        Without the limit of latency, and with the coverage that there would be without false
        accepts, nothing that is feasible is lost, costs more or covers less.
        """
        problem = self._problem
        relaxation = self.by_sets(problem)
        verifier = problem.verifier.without_false_accepts()
        outlook = relaxation.missed
        for order in relaxation.orders:
            cost, _ = _sums(problem, order)
            covered = stages(problem.free_items, order, verifier).total_covered
            outlook.add(np.array([cost]), np.array([covered]))
        orders = list(relaxation.orders)
        items = problem.items
        if problem.max_latency is not None and items.latency is not None:
            scale = float(items.cost.sum()) / max(float(items.latency.sum()), 1e-300) or 1.0
            for weight in _MIXTURES:
                mixed = items.latency
                if weight < np.inf:
                    mixed = items.cost + weight * scale * items.latency
                other = replace(
                    problem, items=replace(items, cost=mixed, prices=None), max_cost=None
                )
                orders += self.by_sets(other).orders
        prefixes = {order[:k]: None for order in orders for k in range(1, len(order) + 1)}
        kept = [order for order in prefixes if problem.allowed(order) and _in_time(problem, order)]
        sums = [_sums(problem, order) for order in kept]
        best = undominated(
            np.array([cost for cost, _ in sums]),
            np.array([covered for _, covered in sums]),
            np.array([len(order) for order in kept], dtype=int),
        )
        solver = f"{relaxation.solver}, relaxed"
        return _Found([kept[k] for k in best], outlook, None, relaxation.stopped, solver)


def _sums(problem: CascadeProblem, order: Order) -> tuple[float, float]:
    followed = stages(problem.free_items, order, problem.verifier)
    return followed.total_cost, followed.total_covered


def _in_time(problem: CascadeProblem, order: Order) -> bool:
    if problem.max_latency is None:
        return True
    followed = stages(problem.free_items, order, problem.verifier)
    return followed.total_latency <= with_allowance(problem.max_latency)


def judged(problem: CascadeProblem, found: _Found, stopped: StopReason) -> Solved:
    """Compute every point anew, choose one, and say what is proved."""
    sums = np.array([_sums(problem, order) for order in found.orders]).reshape(-1, 2)
    points = tuple(
        Point(
            tuple(problem.pool[k] for k in order),
            float(cost),
            float(covered),
            not found.missed.beats(float(cost), float(covered)),
        )
        for order, (cost, covered) in zip(found.orders, sums, strict=True)
    )
    chosen = choose(problem, points)
    bound = _bound(problem, found)
    limit = stopped if found.stopped else StopReason.RELAXATION
    if chosen is None:
        if not points and bound is None and feasible_ensemble(problem) is None:
            return _contradictory(problem)
        if bound is None:
            return Solved(
                points, None, Status.INFEASIBLE, StopReason.PROVED, None, found.solver,
                message=_out_of_reach(problem, sums),
            )  # fmt: skip
        return Solved(
            points, None, Status.NO_RECOMMENDATION, limit, bound, found.solver,
            message="no cascade was found that reaches the goal, and none is ruled out",
        )  # fmt: skip
    maximised = problem.max_cost is not None
    value = chosen.covered if maximised else chosen.cost
    # where nothing was missed, what is chosen is the bound
    judgement = judge(
        value, value if bound is None else bound, limit, maximised=maximised, accuracy=math.inf,
        tolerance=SUM_TOLERANCE * (max(1.0, value) if maximised else value), solver=found.solver,
    )  # fmt: skip
    return Solved(
        points, chosen, judgement.status, judgement.stop_reason, judgement.bound, found.solver
    )


def _contradictory(problem: CascadeProblem) -> Solved:
    """Say which constraints on the members contradict each other."""
    found = conflict(problem)
    return Solved(
        (), None, Status.INFEASIBLE, found.stop_reason, None, found.solver, message=found.message
    )


def choose(problem: CascadeProblem, points: Sequence[Point]) -> Point | None:
    """Return the point that the goal asks for, of points sorted by cost; None without one."""
    if problem.max_cost is not None:
        within = [point for point in points if problem.within(point.cost)]
        return max(within, key=lambda point: (point.covered, -point.cost)) if within else None
    target = problem.target or 0.0
    enough = [
        point for point in points if point.covered >= target - SUM_TOLERANCE * max(1.0, target)
    ]
    return min(enough, key=lambda point: (point.cost, -point.covered)) if enough else None


def _bound(problem: CascadeProblem, found: _Found) -> float | None:
    """Return what cascades that were not looked at may reach; None if none reaches the goal."""
    if problem.max_cost is not None:
        most = found.missed.most(with_allowance(problem.max_cost))
        if found.goal_bound is not None:
            most = min(most, found.goal_bound)
        return most if most > -np.inf else None
    target = problem.target or 0.0
    least = found.missed.least(target * (1 - SUM_TOLERANCE))
    if found.goal_bound is not None and least < np.inf:
        least = max(least, found.goal_bound)
    return least if least < np.inf else None


def _out_of_reach(problem: CascadeProblem, sums: Floats) -> str:
    """Say why the goal is out of reach, with what can be reached."""
    total = problem.items.total
    if not len(sums):
        return "no feasible cascade is within the limit of latency"
    if problem.max_cost is not None:
        return (
            f"no feasible cascade costs at most {problem.max_cost / total:.6g} an item; the "
            f"cheapest costs {sums[:, 0].min() / total:.6g}"
        )
    return (
        f"no feasible cascade covers {(problem.target or 0.0) / total:.6g} of the items; the most "
        f"is {sums[:, 1].max() / total:.6g}"
    )
