"""The least loss by fixed-cardinality RLT: each size |X| = k is bounded before it is solved.

1.  Every size gets the bound of `chemopt.methods.mip.fixed_size_bound`. Sizes are taken in the
    order of their bounds, and those whose bound is not below the loss of the incumbent are pruned.
2.  Of each size that is left, the relaxation of `chemopt_models.rlt` is solved, with triangle
    inequalities added in rounds. Its point, rounded to the k models of largest x and improved by a
    climb, is often the best ensemble of that size.
3.  Sizes that these bounds do not prune either are solved by branching on x, the node of least
    bound first; the inequalities added on the way hold for all nodes of a size.

The bound of the problem is the least of the bounds of the sizes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyomo.environ as pyo
from chemopt_models import build_rlt

from chemopt.methods.local_search.hill_climb import HillClimbOptions, climb
from chemopt.methods.local_search.hill_climb import solve as hill_climb
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.fixed_size_bound import fixed_size_bound
from chemopt.methods.mip.solve import warm_start, with_start
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import HighsModel, on_interrupt
from chemopt.numerics import Floats
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_floor, loss_terms
from chemopt.problem.problem import ChemistryProblem

# A size is pruned when its bound is this close to the best loss, as a part of the tolerance of a
# proof.
_EQUAL = 1e-3


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Go through the sizes, the most promising first."""
    start = warm_start(hill_climb(problem, run, HillClimbOptions()))
    search = _Search(problem, run)
    if start is not None:
        search.offer(start)
    reason = search.run_all()
    infeasible = search.best is None and reason is StopReason.PROVED
    outcome = MethodOutcome(
        search.best,
        reason,
        search.solver,
        bound=None if infeasible else min(search.loss, *search.bounds.values()),
        infeasible=infeasible,
        claimed_loss=None if search.best is None else search.loss,
        nodes=search.nodes,
    )
    return with_start(problem, outcome, start)


@dataclass(frozen=True)
class _FixedSize:
    """The model of one size, as it is written and inside HiGHS, with the inequalities so far."""

    k: int
    model: pyo.ConcreteModel
    compiled: HighsModel


@dataclass
class _Search:
    """The incumbent, and a bound for each size."""

    problem: ChemistryProblem
    run: RunOptions
    best: tuple[int, ...] | None = None
    loss: float = math.inf
    nodes: int = 0
    bounds: dict[int, float] = field(default_factory=dict)
    stopped: StopReason | None = None
    solver: str = "chemopt fixed-size bounds"
    neighbourhood: Neighbourhood = field(init=False)
    linear: Neighbourhood = field(init=False)

    def __post_init__(self) -> None:
        self.neighbourhood = Neighbourhood(self.problem)
        # without the inter constraint, for repairs
        self.linear = Neighbourhood(self.problem, inter_constraint=False)

    @property
    def cutoff(self) -> float:
        """A size whose bound is at least this is pruned."""
        if self.best is None:
            return math.inf
        return self.loss - _EQUAL * self.problem.proof_tolerance(self.loss)

    def run_all(self) -> StopReason:
        """Bound all sizes, then solve those that are left."""
        floor = loss_floor(self.problem)
        for size in self.problem.feasible_sizes:
            late = self.run.out_of_time
            quick = floor if late else fixed_size_bound(self.problem, size, target=self.cutoff)
            self.bounds[size] = max(floor, quick)
        relaxed: dict[int, _FixedSize] = {}
        solved: set[int] = set()
        with on_interrupt(self._interrupt):
            while (k := self._next(relaxed.keys())) is not None and self._continues:
                relaxed[k] = self._relax(k)
            while (k := self._next(solved)) is not None and self._continues:
                self._branch(relaxed[k])
                solved.add(k)
        return self.stopped or StopReason.PROVED

    def offer(self, models: tuple[int, ...]) -> None:
        """Keep an ensemble if it is feasible and better."""
        if violations(self.problem, [self.problem.models[i] for i in models]):
            return
        loss = loss_terms(self.problem, models).loss
        if loss < self.loss:
            self.best, self.loss = models, loss

    @property
    def _continues(self) -> bool:
        if self.stopped is None and self.run.out_of_time:
            self.stopped = StopReason.TIME_LIMIT
        return self.stopped is None

    def _interrupt(self) -> None:
        self.stopped = StopReason.INTERRUPTED

    def _next(self, done: Collection[int]) -> int | None:
        """Return the size of least bound that is neither done nor pruned."""
        open_ = [k for k in self.bounds if k not in done and self.bounds[k] < self.cutoff]
        return min(open_, key=lambda k: (self.bounds[k], k), default=None)

    def _relax(self, k: int) -> _FixedSize:
        """Bound a size by its relaxation."""
        model = build_rlt(self.problem, k)
        of_size = _FixedSize(k, model, HighsModel(model))
        self.solver = "HiGHS"
        bound, _ = self._bound(of_size, {})
        self.bounds[k] = max(self.bounds[k], bound)
        return of_size

    def _branch(self, of_size: _FixedSize) -> None:
        """Solve one size by branching on x, the node of least bound first."""
        n, number = len(self.problem.models), 0
        nodes: list[tuple[float, int, dict[int, int]]] = [(self.bounds[of_size.k], number, {})]
        while nodes and nodes[0][0] < self.cutoff and self._continues:
            parent_bound, _, fixed = nodes[0]
            if len(fixed) == n:  # one ensemble
                heapq.heappop(nodes)
                self.offer(tuple(sorted(i for i, value in fixed.items() if value)))
                continue
            bound, x = self._bound(of_size, fixed)
            if self.stopped is not None:
                break  # the node stays open
            heapq.heappop(nodes)
            self.nodes += 1
            if bound >= self.cutoff:
                continue
            _, branching = min((abs(x[i] - 0.5), i) for i in range(n) if i not in fixed)
            for value in (0, 1):
                number += 1
                child = (max(bound, parent_bound), number, {**fixed, branching: value})
                heapq.heappush(nodes, child)
        # pruned nodes are not below the cutoff, which never rises
        self.bounds[of_size.k] = min(self.cutoff, nodes[0][0] if nodes else math.inf)

    def _bound(self, of_size: _FixedSize, fixed: Mapping[int, int]) -> tuple[float, Floats]:
        """Return the bound and the point of a relaxation, and climb from the point rounded.

        Rounded, it is the k models of largest x.
        """
        compiled = of_size.compiled
        compiled.fix(fixed)
        relaxed = add_triangles(of_size.model, compiled, self.run, enough=self.cutoff)
        if relaxed.stop_reason in (StopReason.TIME_LIMIT, StopReason.INTERRUPTED):
            self.stopped = self.stopped or relaxed.stop_reason
        if not relaxed.solved:
            return relaxed.bound, np.full(len(self.problem.models), 0.5)
        x = compiled.x_of(relaxed.values)
        chosen = np.zeros(len(x), dtype=bool)
        chosen[np.argsort(-x, kind="stable")[: of_size.k]] = True
        self.linear.start(chosen)
        if self.linear.repair():
            self.neighbourhood.start(self.linear.chosen)
            path = climb(self.neighbourhood, steps=len(x))
            if path.loss < self.loss:
                self.offer(tuple(np.flatnonzero(self.neighbourhood.chosen).tolist()))
        return relaxed.bound, x
