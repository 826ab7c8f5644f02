"""Branch and bound over sets in the order of size, for large pools or short cascades.

A state is a set S with the cheapest order known of it. All states of one size are extended by each
model at once, by one matrix product, and of the ways to reach a set the cheapest is kept, as in
`chemopt.selection.cascade.subsets`. Without pruning, all sets of up to L models are compared. With
g_j(S) the gain of model j after S and r models to come,

    coverage(S ∪ R) ≤ coverage(S) + the sum of the r largest g_j(S)

(Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978), and no order that begins with S
costs less than D(S). If a known feasible cascade costs no more and covers no less than these two,
nothing after S is missing from the front, and S is pruned. Of an item that a model of R gets right,
at least the cheapest right answer has to be paid, so what is left of a budget buys the cheapest
items first: that is a second bound, for the budget or the target alone.

Where there are too many states, those that promise most are kept. What the others could reach, at
most, stays in a staircase of pairs, and so does what is left when time is up. An order is either a
state at each step, or has a first set that was dropped; so the pairs bound all cascades that were
not looked at, and a point of the front that none of them beats is proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, SUM_TOLERANCE, Floats
from chemopt.selection.cascade.front import Staircase, undominated
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance

Order = tuple[int, ...]
# States extended in one layer, and in all before layers become narrow; with 10,000 items and 60
# models a thousand of them take about a quarter of a second.
_WIDTH, _ALL, _NARROW = 60_000, 300_000, 1_000
# Entries of the matrix of open items that are held at once.
_ENTRIES = 1 << 22


class Layers:
    """The search.

    Parameters
    ----------
    problem : CascadeProblem
        Models are numbered as in its `pool`.
    stop : callable
        Says whether time is up.
    goal_only : bool
        Drop what cannot matter for the budget or the target, too. Then the front has gaps, and
        `missed` does not know of them.

    Attributes
    ----------
    orders : list of tuple of int
        The front: cascades that no other known one beats, sorted by cost.
    cost, covered : ndarray of shape (k,)
        Of each of them. Coverage is without false accepts.
    missed : Staircase
        What cascades that were not looked at may reach.
    goal_bound : float
        With a largest cost: no cascade that was not looked at covers more. With a target: none
        costs less.
    stopped : bool
    expanded : int
        States that were extended.
    """

    def __init__(
        self, problem: CascadeProblem, stop: Callable[[], bool], *, goal_only: bool = False
    ) -> None:
        self._problem, self._stop, self._goal_only = problem, stop, goal_only
        items = self._items = problem.free_items
        lenient = problem.verifier.without_false_accepts()
        self._ask = problem.verifier.passes(items.right)
        self._cover = lenient.passes(items.right)
        self._same = problem.verifier.false_accept == 0
        self._accepted = 1 - problem.verifier.false_reject
        self._solved = self._accepted * items.weights[:, None] * items.right
        self._everything = float(items.weights @ items.right.any(axis=1))
        self.orders: list[Order] = []
        self.cost, self.covered = np.zeros(0), np.zeros(0)
        self.missed = Staircase.empty()
        self.goal_bound = -math.inf if problem.max_cost is not None else math.inf
        self.stopped = False
        self.expanded = 0
        # the cheapest right answer for each unit of coverage; items without one are never covered
        with np.errstate(divide="ignore"):
            unit = np.where(items.right, items.cost, np.inf).min(axis=1, initial=np.inf)
            unit = unit / items.weights / self._accepted
        self._unit_order = np.argsort(unit, kind="stable")[: int(np.isfinite(unit).sum())]
        self._unit = unit[self._unit_order]
        self._words = -(-len(items.models) // 64)
        self._lows, self._highs = problem.rows[1:]
        self._monotone = (problem.rows[0] >= 0).all(axis=1)

    def add(self, orders: Sequence[Order]) -> None:
        """Begin with known cascades; those that are not feasible are left out."""
        known = [order for order in orders if self._problem.allowed(order)]
        verifier = self._problem.verifier.without_false_accepts()
        found = [stages(self._items, order, self._problem.verifier).total_cost for order in known]
        covered = [stages(self._items, order, verifier).total_covered for order in known]
        self._merge(np.array(found), np.array(covered), known)

    def run(self) -> None:
        """Search."""
        n, longest = len(self._items.models), self._problem.longest
        paths = np.zeros((1, 0), dtype=np.int16)
        cost, covered = np.zeros(1), np.zeros(1)
        sums = np.zeros((1, len(self._highs)))
        for size in range(longest):
            if not len(paths):
                return
            paths, cost, covered, sums = self._narrowed(paths, cost, covered, sums, longest - size)
            children = []
            rows = max(1, _ENTRIES // max(1, len(self._items.weights)))
            for begin in range(0, len(paths), rows):
                part = slice(begin, begin + rows)
                if self._stop():
                    self.stopped = True
                    rest = slice(begin, None)
                    self._drop(paths[rest], cost[rest], covered[rest], longest - size)
                    break
                found = self._extended(paths[part], cost[part], covered[part], longest - size)
                children.append((found[0] + begin, *found[1:]))
                self.expanded += len(paths[part])
            if not children:
                return
            parent, model = (np.concatenate([part[k] for part in children]) for k in (0, 1))
            cost, covered = (np.concatenate([part[k] for part in children]) for k in (2, 3))
            chosen = self._distinct(paths, parent, model, cost, n)
            parent, model = parent[chosen], model[chosen]
            cost, covered = cost[chosen], covered[chosen]
            paths = np.hstack([paths[parent], model[:, None].astype(np.int16)])
            sums = sums[parent] + self._problem.rows[0].T[model]
            self._take(paths, cost, covered, sums)
            open_still = (sums[:, self._monotone] <= self._highs[self._monotone]).all(axis=1)
            paths, cost, covered, sums = (
                array[open_still] for array in (paths, cost, covered, sums)
            )
            if self.stopped:
                self._drop(paths, cost, covered, longest - size - 1)
                return

    def _extended(
        self, paths: npt.NDArray[np.int16], cost: Floats, covered: Floats, left: int
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats, Floats]:
        """Return parent, model, cost and coverage of the children that are not pruned."""
        asks, gains = self._open(paths)
        n = len(self._items.models)
        inside = np.zeros((len(paths), n), dtype=bool)
        np.put_along_axis(inside, paths.astype(np.intp), True, axis=1)
        gains[inside] = -np.inf
        best = -np.sort(-gains, axis=1)[:, :left]
        np.maximum(best, 0.0, out=best)
        after = best.cumsum(axis=1)
        # with j among the r − 1 best of the others, or not
        rest = after[:, left - 2] if left > 1 and best.shape[1] >= left - 1 else 0.0
        reached = cost[:, None] + asks
        most = covered[:, None] + np.where(
            gains >= best[:, -1:], after[:, -1:], gains + np.asarray(rest).reshape(-1, 1)
        )
        np.minimum(most, self._everything, out=most)
        dominated = Staircase(self.cost, self.covered).covers(reached.ravel(), most.ravel())
        kept = ~inside & ~dominated.reshape(inside.shape)
        if self._goal_only:
            kept &= reached <= self._dearest()
        parent, model = np.nonzero(kept)
        return parent, model, reached[kept], covered[parent] + gains[kept]

    def _dearest(self) -> float:
        """Return the largest cost that still matters for the goal."""
        problem = self._problem
        if problem.max_cost is not None:
            return with_allowance(problem.max_cost)
        target = (problem.target or 0.0) * (1 - SUM_TOLERANCE)
        return Staircase(self.cost, self.covered).least(target) * (1 - SUM_TOLERANCE)

    def _open(self, paths: npt.NDArray[np.int16]) -> tuple[Floats, Floats]:
        """Return the cost and the gain of each model after each state."""
        open_cost = self._passed(paths, self._ask)
        open_cover = open_cost if self._same else self._passed(paths, self._cover)
        prices = self._items.prices
        if prices is None:
            asks = open_cost @ self._items.cost
        else:
            asks = (open_cost @ self._items.weights)[:, None] * prices
        return asks, open_cover @ self._solved

    @staticmethod
    def _passed(paths: npt.NDArray[np.int16], passes: Floats) -> Floats:
        found = np.ones((len(paths), len(passes)))
        for column in paths.T:
            found *= passes.T[column]
        return found

    def _distinct(
        self, paths: npt.NDArray[np.int16], parent: npt.NDArray[np.intp],
        model: npt.NDArray[np.intp], cost: Floats, n: int,
    ) -> npt.NDArray[np.intp]:  # fmt: skip
        """Return the children that reach their set at the least cost, one for each set."""
        if not len(parent):
            return parent
        one = np.zeros((n, self._words), dtype=np.uint64)
        for k in range(n):
            one[k, k // 64] = np.uint64(1) << np.uint64(k % 64)
        of_parent = np.zeros((len(paths), self._words), dtype=np.uint64)
        for column in paths.T:
            of_parent |= one[column]
        masks = of_parent[parent] | one[model]
        order = np.lexsort((cost, *masks.T))
        ordered = masks[order]
        first = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
        return np.asarray(order[first], dtype=np.intp)

    def _take(
        self, paths: npt.NDArray[np.int16], cost: Floats, covered: Floats, sums: Floats
    ) -> None:
        """Put feasible states into the front."""
        problem, size = self._problem, paths.shape[1]
        if size < problem.size_bounds[0]:
            return
        allowed = ((sums >= self._lows) & (sums <= self._highs)).all(axis=1)
        for k in problem.required:
            allowed &= (paths == k).any(axis=1)
        allowed &= ~Staircase(self.cost, self.covered).covers(cost, covered)
        while True:
            some = np.flatnonzero(allowed)
            some = some[undominated(cost[some], covered[some], np.zeros(len(some), dtype=int))]
            broken = [k for k in some if not problem.allowed([int(i) for i in paths[k]])]
            if not broken:
                break
            allowed[broken] = False
        self._merge(cost[some], covered[some], [tuple(map(int, paths[k])) for k in some])

    def _merge(self, cost: Floats, covered: Floats, orders: Sequence[Order]) -> None:
        every = [*self.orders, *orders]
        cost, covered = np.append(self.cost, cost), np.append(self.covered, covered)
        kept = undominated(cost, covered, np.array([len(order) for order in every], dtype=int))
        self.orders = [every[k] for k in kept]
        self.cost, self.covered = cost[kept], covered[kept]

    def _narrowed(
        self, paths: npt.NDArray[np.int16], cost: Floats, covered: Floats, sums: Floats, left: int
    ) -> tuple[npt.NDArray[np.int16], Floats, Floats, Floats]:
        """Keep as many states as one layer may have, those that promise most for the goal."""
        width = _WIDTH if self.expanded + len(paths) <= _ALL else _NARROW
        if len(paths) <= width:
            return paths, cost, covered, sums
        problem = self._problem
        # what a state has for its cost; those beyond the goal come last
        worth = covered / np.maximum(cost, IMPROVEMENT_TOLERANCE * (float(cost.max()) or 1.0))
        if problem.max_cost is not None:
            worth = np.where(cost <= with_allowance(problem.max_cost), covered, -cost)
        order = np.argsort(-worth, kind="stable")
        kept, rest = order[:width], order[width:]
        self._drop(paths[rest], cost[rest], covered[rest], left)
        return paths[kept], cost[kept], covered[kept], sums[kept]

    def _drop(self, paths: npt.NDArray[np.int16], cost: Floats, covered: Floats, left: int) -> None:
        """Remember what states, and all that may follow them, could reach at most."""
        if left <= 0 or not len(paths):
            return
        problem = self._problem
        rows = max(1, _ENTRIES // max(1, len(self._items.weights)))
        hurried = self.stopped  # time is up: the weaker bound, which takes no products
        for begin in range(0, len(paths), rows):
            part = slice(begin, begin + rows)
            own, done = cost[part], covered[part]
            if hurried or self._stop():
                hurried = True
                most = np.full(len(own), self._everything)
                self.missed.add(own, most)
                self._bound_goal(own, most, own)
                continue
            inside = paths[part].astype(np.intp)
            open_cover = self._passed(paths[part], self._cover)
            gains = open_cover @ self._solved
            np.put_along_axis(gains, inside, 0.0, axis=1)
            best = -np.sort(-gains, axis=1)[:, :left]
            most = np.minimum(done + best.sum(axis=1), self._everything)
            most *= 1 + SUM_TOLERANCE
            self.missed.add(own, most)
            # items by the price of their cheapest right answer
            amounts = (open_cover * self._items.weights)[:, self._unit_order].cumsum(axis=1)
            paid = np.diff(amounts, axis=1, prepend=0.0) * self._unit
            paid = paid.cumsum(axis=1)
            if problem.max_cost is not None:
                spare = with_allowance(problem.max_cost) - own
                number = (paid <= spare[:, None]).sum(axis=1)
                # the item that is too dear is counted in whole, so this is an upper bound
                last = np.minimum(number, amounts.shape[1] - 1)
                bought = np.take_along_axis(amounts, last[:, None], axis=1)[:, 0]
                limit = np.minimum(most, (done + bought) * (1 + SUM_TOLERANCE))
                self._bound_goal(own, limit, own)
            elif problem.target is not None:
                lacking = np.maximum(0.0, problem.target * (1 - SUM_TOLERANCE) - done)
                number = (amounts < lacking[:, None]).sum(axis=1)
                before = np.hstack([np.zeros((len(own), 1)), paid])
                least = own + np.take_along_axis(before, number[:, None], axis=1)[:, 0]
                self._bound_goal(own, most, least * (1 - SUM_TOLERANCE))

    def _bound_goal(self, cost: Floats, most: Floats, least: Floats) -> None:
        problem = self._problem
        if problem.max_cost is not None:
            within = most[cost <= with_allowance(problem.max_cost)]
            self.goal_bound = max(self.goal_bound, float(within.max(initial=-math.inf)))
        elif problem.target is not None:
            able = least[most >= problem.target * (1 - SUM_TOLERANCE)]
            self.goal_bound = min(self.goal_bound, float(able.min(initial=math.inf)))


def sets_up_to(models: int, longest: int) -> int:
    """Return the number of sets of up to this many models."""
    return sum(math.comb(models, size) for size in range(longest + 1))
