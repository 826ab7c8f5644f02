"""The incumbent of branch and bound, and the heuristics that improve it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chemopt.execution.clock import Stopwatch
from chemopt.methods.bqp.heuristics.double_swap import perturb_and_double_swap
from chemopt.methods.bqp.heuristics.randomised_rounding import randomised_rounding
from chemopt.methods.bqp.heuristics.tabu import TabuSearch, tabu_search
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing, Floats

# Moves of tabu search at the root, for each variable and in addition, and at nodes.
_ROOT_MOVES_PER_VARIABLE, _ROOT_EXTRA_MOVES = 20, 1000
# In larger problems the search of the root goes on while the bound is computed, so it begins with
# fewer moves for each variable.
_LARGE, _LARGE_MOVES_PER_VARIABLE = 500, 4
_NODE_MOVES_PER_VARIABLE = 2
# Double swaps tried at the root, and at nodes, where there is an inter constraint.
_ROOT_DOUBLE_SWAPS = 300
_NODE_DOUBLE_SWAPS = 10


@dataclass(eq=False)
class Incumbent:
    """The best feasible point so far.

    Attributes
    ----------
    problem : BinaryQuadratic
    x : ndarray of bool or None
    value : float
        f(x); inf without a point.
    history : list of (seconds, value)
        Each improvement, by its time since the start.
    clock : Stopwatch
    improved : callable
        Told of each improvement.
    """

    problem: BinaryQuadratic
    x: Bools | None = None
    value: float = math.inf
    history: list[tuple[float, float]] = field(default_factory=list)
    clock: Stopwatch = field(default_factory=Stopwatch)
    improved: Callable[[Bools], None] = lambda _: None

    def offer(self, x: Bools) -> None:
        """Accept a point if it is feasible and better."""
        value = self.problem.value(x)
        if value < self.value and self.problem.is_feasible(x):
            self.x, self.value = x.copy(), value
            self.history.append((self.clock.seconds, value))
            self.improved(self.x)

    def offer_restricted(self, point: Bools, fixed: Fixing) -> None:
        """Offer a point of the free variables."""
        x = fixed == 1
        x[fixed == FREE] = point
        self.offer(x)


class PrimalHeuristics:
    """Improves the incumbent by tabu search, randomised rounding and double swaps."""

    def __init__(
        self, incumbent: Incumbent, root: Fixing, seed: int, stop: Callable[[], bool]
    ) -> None:
        self.incumbent, self.root, self.seed, self.stop = incumbent, root, seed, stop
        self.root_problem = incumbent.problem.restrict(root)
        self.search: TabuSearch | None = None

    def at_root(self, double_swaps: int = _ROOT_DOUBLE_SWAPS) -> None:
        """Find a first incumbent."""
        n = self.root_problem.n
        each = _ROOT_MOVES_PER_VARIABLE if n <= _LARGE else _LARGE_MOVES_PER_VARIABLE
        self.search = TabuSearch(self.root_problem, seed=self.seed)
        self.search_on(each * n + _ROOT_EXTRA_MOVES)
        self._double_swaps(double_swaps, 0)

    def search_on(self, moves: int) -> None:
        """Go on with the tabu search of the root, if there is one, as if it had not been paused."""
        if self.search is None:
            return
        before = self.search.best_value
        self.search.advance(moves, stop=self.stop)
        if self.search.best is not None and self.search.best_value < before:
            self.incumbent.offer_restricted(self.search.best, self.root)

    def at_node(
        self, restricted: BinaryQuadratic, matrix: Floats, fixed: Fixing, number: int
    ) -> None:
        """Look for a better point near the matrix of a node's relaxation.

        Parameters
        ----------
        restricted : BinaryQuadratic
            The problem of the node, in its free variables.
        matrix : ndarray of shape (n + 1, n + 1)
            X.
        fixed : ndarray
        number : int
            Of the node; different nodes draw different random numbers.
        """
        start = randomised_rounding(restricted, matrix, (self.seed, number))
        self.incumbent.offer_restricted(start, fixed)
        result = tabu_search(
            restricted,
            seed=self.seed + number,
            moves=_NODE_MOVES_PER_VARIABLE * restricted.n,
            start=start,
            stop=self.stop,
        )
        if result.x is not None:
            self.incumbent.offer_restricted(result.x, fixed)
        self._double_swaps(_NODE_DOUBLE_SWAPS, number)

    def _double_swaps(self, count: int, number: int) -> None:
        """Look near the incumbent for points that come closer to the limit on inter."""
        incumbent = self.incumbent
        if self.root_problem.inter is None or incumbent.x is None:
            return
        rng = np.random.default_rng([self.seed, number])
        free = self.root == FREE
        for _ in range(count):
            if self.stop():
                return
            swapped = perturb_and_double_swap(self.root_problem, incumbent.x[free], rng)
            if swapped is not None and swapped[1] < incumbent.value:
                incumbent.offer_restricted(swapped[0], self.root)
