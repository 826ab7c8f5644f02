"""Of the ensembles that cover most, the one with the largest mean accuracy.

With few items many ensembles cover as much, and on new items the more accurate ones do better. So
once the value is proved, the search goes on for ensembles of that value, and leaves out nodes in
which none is more accurate than the best so far. What it may cost is bounded, by numbers and not by
time: an ensemble that it returns is optimal in any case, and nearly always the most accurate.
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.numerics import PRUNE_TOLERANCE, SUM_TOLERANCE, Floats
from chemopt.selection.coverage.instance import Indices
from chemopt.selection.coverage.node import Node
from chemopt.selection.coverage.search import NEARLY, Search, Stopped
from chemopt.selection.coverage.sides import Bools

# Nodes, and entries of their matrices, in all.
_NODES, _ENTRIES = 200, 4_000_000


class TieSearch(Search):
    """A search among the ensembles that are as good as the incumbent."""

    _nodes_left, _entries_left = _NODES, _ENTRIES

    def _tick(self) -> None:
        self._nodes_left -= 1
        if self._nodes_left < 0 or self._entries_left < 0:
            raise Stopped
        super()._tick()

    def _rules_out(self, bounds: Floats | float) -> Bools:
        value, step = self.incumbent.value, self.instance.step
        bounds = np.asarray(bounds) + self._error
        if step:
            return np.asarray(np.floor(bounds / step) * step < value)
        return np.asarray(bounds < value * (1 - PRUNE_TOLERANCE))

    @property
    def _target(self) -> float:
        value, step = self.incumbent.value, self.instance.step
        return value - (1 - NEARLY) * step if step else value * (1 - PRUNE_TOLERANCE)

    def _process(self, node: Node, bound: float) -> list[tuple[float, Node]]:
        self._entries_left -= node.right.size
        return [] if self._is_no_better(node) else super()._process(node, bound)

    def _enumerate(self, node: Node) -> None:
        self._entries_left -= node.right.size
        if not self._is_no_better(node):
            super()._enumerate(node)

    def _branch(self, x: Floats) -> int:
        return 0  # the most accurate model: the order of the instance

    def _is_no_better(self, node: Node) -> bool:
        """Say whether no ensemble of a node has a larger mean accuracy than the incumbent."""
        accuracy = self.instance.accuracy
        sums = np.cumsum([accuracy[list(node.chosen)].sum(), *np.sort(accuracy[node.free])[::-1]])
        most = min(node.high, len(node.free))
        least = node.low if len(node.sides) else most
        sizes = np.arange(least, most + 1)
        if not sizes.size:
            return True
        means = sums[sizes] / np.maximum(1, len(node.chosen) + sizes)
        known = self.instance.mean_accuracy(self.incumbent.chosen or ())
        return bool(means.max() <= known * (1 + SUM_TOLERANCE))

    def _offer_best(self, node: Node, values: Floats, columns: Indices) -> None:
        as_good = np.flatnonzero(node.value + values >= self.incumbent.value - self.instance.tie)
        accuracy = self.instance.accuracy[node.free[columns[as_good]]].sum(axis=1)
        for k in as_good[np.argsort(-accuracy, kind="stable")]:
            if values[k] == -math.inf:
                continue
            before = self.incumbent.chosen
            chosen = (*node.chosen, *(int(i) for i in node.free[columns[k]]))
            self.incumbent.offer(chosen, node.value + values[k])
            if self.incumbent.chosen != before or self.instance.is_feasible(chosen):
                return
