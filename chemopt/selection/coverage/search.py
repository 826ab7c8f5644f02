"""Branch and bound for maximum coverage.

A node (`chemopt.selection.coverage.node`) is what is left of the problem once some models are
chosen and some are left out. It shrinks fast. At a node, until nothing is left,

1. side constraints choose models and leave some out (`chemopt.selection.coverage.sides`);
2. the linear relaxation gives multipliers, and these a bound of the node, of each child, and of the
   node without each model (`relaxation`, `bounds`); the node is pruned, or models are fixed;
3. the node is branched on the free model with the largest x in the relaxation.

The search dives: it goes on with the child that has this model, until a node is pruned, and then
with the open node of the largest bound.

A node with few models to choose is enumerated instead: in the order of their gains, with the sum of
the largest remaining gains as the bound. The last two models come from one matrix product: two
models cover g_i + g_j − (Rᵀ diag(w) R)_ij.

What is proved
    Bounds hold in floating point. Where all values are multiples of a step, a node is pruned when
    its bound is below the incumbent plus the step; else when it is at most the incumbent plus
    `PRUNE_TOLERANCE` of it. The bound returned is the largest of the incumbent, the bounds of nodes
    that tolerances pruned, and those of nodes that are open when the search is stopped.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chemopt.numerics import PRUNE_TOLERANCE, Floats, gamma
from chemopt.selection.coverage.bounds import bounds_from
from chemopt.selection.coverage.incumbent import Incumbent
from chemopt.selection.coverage.instance import Indices, Instance
from chemopt.selection.coverage.node import Node
from chemopt.selection.coverage.relaxation import relax
from chemopt.selection.coverage.sides import Bools, implied

# Nodes with this many models to choose, or fewer, are enumerated.
_ENUMERATED = 4
# A node is processed again, instead of branched on, when this share of its models was fixed.
_PROCESS_AGAIN = 0.2
# In steps above the incumbent: the relaxation stops below this. Rounding its multipliers costs less
# than what is missing to 1.
NEARLY = 0.95
# With this many open nodes, or entries of their matrices (200 MB), the search is depth-first.
_MOST_OPEN, _ENTRIES_OPEN = 2_000, 5e7


class Stopped(Exception):
    """The time is up, or Ctrl-C was pressed."""


class Search:
    """A search and what it has proved.

    Parameters
    ----------
    instance : Instance
    incumbent : Incumbent
        May hold an ensemble already.
    stop : callable
        Whether to stop; asked at every node.
    rel_gap : float
        Prune nodes whose bound is within this part of the incumbent.
    """

    def __init__(
        self,
        instance: Instance,
        incumbent: Incumbent,
        stop: Callable[[], bool] = lambda: False,
        rel_gap: float = 0.0,
    ) -> None:
        self.instance, self.incumbent = instance, incumbent
        self.nodes = 0
        self.work = 0
        self.finished = False
        self._stop, self._rel_gap = stop, rel_gap
        total = float(instance.weights.sum(dtype=float))
        # values of nodes are sums of up to P terms, and of further ones on the way down
        self._error = 0.0 if instance.step else gamma(4 * len(instance.weights) + 64) * total
        self._stack: list[tuple[float, Node]] = []
        # the largest bound of what is open, before there is a stack, and of what was pruned
        self._open, self._pruned = total + self._error, -math.inf

    @property
    def bound(self) -> float:
        """An upper bound of all values; valid at any time."""
        waiting = (bound for bound, _ in self._stack)
        return max(self.incumbent.value, self._pruned, self._open, *waiting)

    def run(self) -> None:
        """Search until all is proved, or until told to stop."""
        self._stack.append((self._open, self._root()))
        self._open = -math.inf
        try:
            while self._stack:
                bound, node = self._stack[-1]  # it stays there in case this is stopped
                children = self._process(node, bound)
                self._stack[-1:] = children
                if not children:
                    self._next_dive()
        except Stopped:
            return
        self.finished = True

    def _next_dive(self) -> None:
        """Put the open node with the largest bound last, unless too many are open."""
        few = 0 < len(self._stack) < _MOST_OPEN
        if few and sum(node.right.size for _, node in self._stack) < _ENTRIES_OPEN:
            best = max(range(len(self._stack)), key=lambda k: self._stack[k][0])
            self._stack.append(self._stack.pop(best))

    def _root(self) -> Node:
        instance = self.instance
        node = Node(
            right=instance.right,
            weights=instance.weights,
            free=np.arange(instance.right.shape[1]),
            chosen=(),
            value=0.0,
            sides=instance.sides,
            low=instance.low,
            high=instance.high,
        )
        wanted = np.isin(node.free, instance.required + instance.free)
        if not wanted.all():
            node = node.keep(wanted)
        return node.choose(np.flatnonzero(np.isin(node.free, instance.required)))

    def _rules_out(self, bounds: Floats | float) -> Bools:
        """Say which bounds rule a node out, and take note of them."""
        value, step = self.incumbent.value, self.instance.step
        bounds = np.asarray(bounds) + self._error
        if value == -math.inf:
            return np.asarray(bounds == -math.inf)
        if step:
            bounds = np.floor(bounds / step) * step
        tolerance = max(self._rel_gap, 0.0 if step else PRUNE_TOLERANCE)
        pruned = np.asarray(bounds <= value * (1 + tolerance))
        self._pruned = max(self._pruned, np.max(bounds, where=pruned, initial=-math.inf))
        return pruned

    @property
    def _target(self) -> float:
        """A bound below this rules a node out."""
        value, step = self.incumbent.value, self.instance.step
        return value * (1 + self._rel_gap) + NEARLY * step if value > -math.inf else 0.0

    def _process(self, node: Node, bound: float) -> list[tuple[float, Node]]:
        """Process a node of which an upper bound is known; return what is left of it."""
        self.work += node.right.size
        self._tick()
        reduced = self._presolve(node)
        if reduced is None or self._small(reduced):
            return []
        node = reduced.merged()
        sides, low, high = node.sides, node.low, node.high
        multipliers = relax(node.right, node.weights, sides, low, high, self._target - node.value)
        bounds = bounds_from(multipliers, node.right, node.weights, sides, low, high)
        bound = min(bound, node.value + bounds.all + self._error)
        if self._rules_out(node.value + bounds.all).any():
            return []
        include = node.value + bounds.include
        out = self._rules_out(include)
        must = self._rules_out(node.value + bounds.exclude) & ~out
        fixed = out | must
        if fixed.any():
            rest = node.fix(must, out)
            if not 0 <= max(0, rest.low) <= rest.high:
                return []
            if must.any() or fixed.sum() > _PROCESS_AGAIN * len(fixed):
                return [(bound, rest)]
            node = rest
        branch = self._branch(multipliers.x[~fixed])
        with_it = min(bound, include[~fixed][branch] + self._error)
        without = np.arange(len(node.free)) != branch
        return [(bound, node.keep(without)), (with_it, node.choose([branch]))]

    def _branch(self, x: Floats) -> int:
        """Return the column to branch on."""
        return int(x.argmax())

    def _tick(self) -> None:
        self.nodes += 1
        if self._stop():
            raise Stopped

    def _presolve(self, node: Node) -> Node | None:
        """Apply side constraints; None if the node is infeasible."""
        while True:
            found = implied(node.sides, node.low, node.high)
            if found.low > found.high or (found.chosen & found.left_out).any():
                return None
            node = replace(
                node,
                low=found.low,
                high=min(found.high, len(node.free)),
                sides=node.sides.binding(),
            )
            if not (found.chosen.any() or found.left_out.any()):
                return node if node.low <= node.high else None
            node = node.fix(found.chosen, found.left_out)
            if node.high < 0 or node.low > node.high:
                return None

    def _small(self, node: Node) -> bool:
        """Solve a node that needs no relaxation; say whether it was one."""
        n, constrained = len(node.free), bool(len(node.sides))
        if constrained:
            if not node.low:
                self.incumbent.offer(node.chosen, node.value)
        else:
            node = replace(node, low=node.high)  # more models never cover less
        gains = (node.weights @ node.right).astype(float)
        if self._rules_out(node.value + _largest(gains, node.high)).any():
            return True
        if node.high == 0 or n == 0:
            self.incumbent.offer(node.chosen, node.value)
        elif n == node.high and self._offered_all(node):
            pass
        elif node.high == 1:
            self._last(node, gains)
        elif node.high == 2:
            self._last_two(node)
        elif node.high <= _ENUMERATED:
            self._enumerate(node)
        else:
            return False
        return True

    def _offered_all(self, node: Node) -> bool:
        """Offer all free models together, if that is feasible; nothing covers more."""
        every = (*node.chosen, *(int(i) for i in node.free))
        if not self.instance.is_feasible(every):
            return False
        self.incumbent.offer(every)
        return True

    def _last(self, node: Node, gains: Floats) -> None:
        """Choose the last model."""
        feasible = (node.sides.weights <= node.sides.limits[:, None]).all(axis=0)
        self._offer_best(node, np.where(feasible, gains, -math.inf), np.arange(len(gains))[:, None])

    def _last_two(self, node: Node) -> None:
        """Choose the last two models, or the last one where side constraints allow no two."""
        together = ((node.right.T * node.weights) @ node.right).astype(float)
        gains = (node.weights @ node.right).astype(float)
        first, second = np.triu_indices(len(gains), k=1)
        values = (gains[:, None] + gains[None, :] - together)[first, second]
        weights, limits = node.sides.weights, node.sides.limits
        if len(limits):
            least = self.incumbent.value - node.value - self.instance.tie
            good = np.flatnonzero(values >= least)
            first, second, values = first[good], second[good], values[good]
            sums = weights[:, first] + weights[:, second]
            values = np.where((sums <= limits[:, None]).all(axis=0), values, -math.inf)
            if node.low <= 1:
                self._last(node, gains)
        self._offer_best(node, values, np.stack([first, second], axis=1))

    def _offer_best(self, node: Node, values: Floats, columns: Indices) -> None:
        """Offer the best choices, until one of the best is taken; constraints are checked again."""
        order = np.argsort(-values, kind="stable") if len(node.sides) else [int(values.argmax())]
        for k in order:
            value = node.value + values[k]
            if value == -math.inf or value < self.incumbent.value - self.instance.tie:
                return
            self.incumbent.offer((*node.chosen, *map(int, node.free[columns[k]])), value)
            if self.incumbent.value >= value - self.instance.tie:
                return

    def _enumerate(self, node: Node) -> None:
        """Try models in the order of gains; each child leaves out those before its own."""
        self.work += node.right.size
        self._tick()
        if node.high == 2:
            self._last_two(node)
            return
        n, more = len(node.free), node.high - 1
        together = (node.right.T * node.weights) @ node.right
        gains = node.weights @ node.right
        order = np.argsort(-gains, kind="stable")
        gains, together = gains[order], together[order][:, order]
        # what j adds to i, for j after i
        added = np.triu(gains[None, :] - together, k=1)
        top = np.partition(added, n - more, axis=1)[:, n - more :].astype(float)
        reached = node.value + gains.astype(float)
        # all models that are to come are needed, unless side constraints let there be fewer
        needed = more if not len(node.sides) else 0
        for i in np.flatnonzero(~self._rules_out((reached + top.sum(axis=1))[: n - needed])):
            # with j, the rest is at best as good as the best of all
            others = top[i].sum() - top[i].min()
            useful = ~self._rules_out(reached[i] + added[i] + others)
            useful[: i + 1] = False
            if useful.sum() < needed:
                continue
            left = np.zeros(n, dtype=bool)
            left[order] = useful
            child = node.choose([order[i]]).keep(np.delete(left, order[i]))
            if not len(child.sides):
                self._enumerate(child)
                continue
            reduced = self._presolve(child)
            if reduced is not None:
                self._small(reduced)


def _largest(values: Floats, count: int) -> float:
    """Return the sum of the largest values, none of them negative."""
    n = len(values)
    return float(
        (np.partition(values, n - count)[n - count :] if 0 < count < n else values[:count]).sum()
    )
