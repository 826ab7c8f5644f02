"""The least loss over the slices |X| = k, each bounded before it is solved.

1.  Every size gets the bound of `chemopt.methods.mip.fixed_size_bound`. Sizes are taken in the
    order of their bounds, and those whose bound is not below the loss of the best ensemble known
    are ruled out.
2.  Of each size that is left, the relaxation of `chemopt_models.slices` is solved, with triangle
    inequalities added in rounds. Its point, rounded to the k models of largest x and improved by
    swaps, is often the best ensemble of that size.
3.  Sizes that these bounds do not rule out either are solved by branching on x, the node of least
    bound first; the inequalities found on the way hold for all nodes of a size.

The bound of the problem is the least of the bounds of the sizes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from chemopt_models import build_slice

from chemopt._version import __version__
from chemopt.methods.local_search.hill_climb import climb
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.fixed_size_bound import slice_bound, slice_sizes
from chemopt.methods.mip.solve import Names, outcome_of, warm_start
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.recommendation import proof_tolerance
from chemopt.methods.solvers import HighsModel, SolverReport, Termination, on_interrupt
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_floor, loss_terms
from chemopt.problem.problem import SelectionProblem

# A size is ruled out when its bound is this close to the best loss, as a part of what a proof
# allows.
_EQUAL = 1e-3


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Go through the sizes, the most promising first."""
    start = warm_start(problem, options)
    search = _Search(problem, options, start)
    termination = search.run()
    if search.best is None and termination is Termination.OPTIMAL:
        termination = Termination.INFEASIBLE
    infeasible = termination is Termination.INFEASIBLE
    report = SolverReport(
        termination=termination,
        chosen=search.best,
        objective=None if search.best is None else search.loss,
        bound=None if infeasible else min(search.loss, *search.bounds.values()),
        solver=search.solver,
        version=search.version,
        nodes=search.nodes,
    )
    return outcome_of(problem, report, start)


@dataclass(frozen=True)
class _Slice:
    """The model of one size, as it is written and inside HiGHS, with the inequalities so far."""

    k: int
    model: pyo.ConcreteModel
    compiled: HighsModel


class _Search:
    """The best ensemble so far, and a bound for each size."""

    def __init__(
        self, problem: SelectionProblem, options: MethodOptions, start: Names | None
    ) -> None:
        self.problem, self.options = problem, options
        self.neighbourhood = Neighbourhood(problem)
        self.best: Names | None = None
        self.loss, self.nodes = math.inf, 0
        self.bounds: dict[int, float] = {}
        self.stopped: Termination | None = None
        self.solver, self.version = "chemopt slice bounds", __version__
        if start is not None:
            self._keep(start)

    @property
    def cutoff(self) -> float:
        """A size whose bound is at least this is ruled out."""
        if self.best is None:
            return math.inf
        return self.loss - _EQUAL * proof_tolerance(self.problem, self.loss)

    def run(self) -> Termination:
        """Bound all sizes, then solve those that are left."""
        floor = loss_floor(self.problem)
        for size in slice_sizes(self.problem):
            late = self.options.out_of_time
            quick = floor if late else slice_bound(self.problem, size, target=self.cutoff)
            self.bounds[size] = max(floor, quick)
        slices: dict[int, _Slice] = {}
        solved: set[int] = set()
        with on_interrupt(self._interrupt):
            while (k := self._next(slices.keys())) is not None and self._goes_on:
                slices[k] = self._relax(k)
            while (k := self._next(solved)) is not None and self._goes_on:
                self._branch(slices[k])
                solved.add(k)
        return self.stopped or Termination.OPTIMAL

    @property
    def _goes_on(self) -> bool:
        if self.stopped is None and self.options.out_of_time:
            self.stopped = Termination.TIME_LIMIT
        return self.stopped is None

    def _interrupt(self) -> None:
        self.stopped = Termination.INTERRUPTED

    def _next(self, done: Collection[int]) -> int | None:
        """Return the size of least bound that is neither done nor ruled out."""
        open_ = [k for k in self.bounds if k not in done and self.bounds[k] < self.cutoff]
        return min(open_, key=lambda k: (self.bounds[k], k), default=None)

    def _relax(self, k: int) -> _Slice:
        """Bound a size by its relaxation."""
        model = build_slice(self.problem, k)
        of_size = _Slice(k, model, HighsModel(model))
        self.solver, self.version = "HiGHS", of_size.compiled.version
        bound, _ = self._bound(of_size, {})
        self.bounds[k] = max(self.bounds[k], bound)
        return of_size

    def _branch(self, of_size: _Slice) -> None:
        """Solve one size by branching on x, the node of least bound first."""
        k, number = of_size.k, 0
        nodes: list[tuple[float, int, dict[str, int]]] = [(self.bounds[k], number, {})]
        while nodes and nodes[0][0] < self.cutoff and self._goes_on:
            inherited, _, fixed = nodes[0]
            if len(fixed) == len(of_size.model.I):  # one ensemble
                heapq.heappop(nodes)
                name_of = of_size.model.name_of
                self._keep(frozenset(name_of[i] for i, value in fixed.items() if value))
                continue
            bound, x = self._bound(of_size, fixed)
            if self.stopped is not None:
                break  # the node stays open
            heapq.heappop(nodes)
            self.nodes += 1
            if bound >= self.cutoff:
                continue
            _, label = min((abs(x[i] - 0.5), i) for i in x if i not in fixed)
            for value in (0, 1):
                number += 1
                node = (max(bound, inherited), number, {**fixed, label: value})
                heapq.heappush(nodes, node)
        # what was dropped is not below the cutoff, which never rises
        self.bounds[k] = min(self.cutoff, nodes[0][0] if nodes else math.inf)

    def _bound(self, of_size: _Slice, fixed: Mapping[str, int]) -> tuple[float, dict[str, float]]:
        """Return the bound and the point of a relaxation, and try the point rounded.

        Rounded, it is the k models of largest x, from where a climb goes on.
        """
        model, compiled = of_size.model, of_size.compiled
        compiled.fix((model.x[i], float(value)) for i, value in fixed.items())
        relaxed = add_triangles(model, compiled, self.options, enough=self.cutoff)
        if relaxed.termination in (Termination.TIME_LIMIT, Termination.INTERRUPTED):
            self.stopped = self.stopped or relaxed.termination
        if relaxed.termination is not Termination.OPTIMAL:
            return relaxed.bound, dict.fromkeys(model.I, 0.5)
        x = {i: compiled.value_of(model.x[i], relaxed.values) for i in model.I}
        largest = sorted(x, key=lambda i: -x[i])[: of_size.k]
        chosen = self.neighbourhood.indicator(model.name_of[i] for i in largest)
        start = self.neighbourhood.repair(chosen)
        if start is not None:
            end, path, _ = climb(self.neighbourhood, start, steps=len(x))
            if path.loss < self.loss:
                self._keep(frozenset(self.problem.models[i] for i in np.flatnonzero(end)))
        return relaxed.bound, x

    def _keep(self, chosen: Names) -> None:
        if violations(self.problem, chosen):
            return
        loss = loss_terms(self.problem, self.problem.positions(chosen)).loss
        if loss < self.loss:
            self.best, self.loss = chosen, loss
