r"""What an ensemble is compared with, under its own constraints: one model, the k most accurate.

The *best single model* is the most accurate model that may be asked alone. A model may be asked
alone if it is not excluded, its own price is within every budget, no group has 0 as the most of its
kind, and ``forbid`` does not name it alone. What speaks of company does not count: required models,
pairs, the fewest models (of a group, or in all), the size.

*Top-k* are the k models with the largest sum of accuracies that together meet every constraint but
bounds on size. Of equally accurate ensembles it is the first in the order of accuracy, then of
names: the one with the most accurate model, then with the most accurate second one, and so on.

A *random ensemble* of k models meets the same constraints as top-k. Its models are drawn one after
another, each of those with which a feasible ensemble of k models remains; without constraints all
ensembles are equally likely.

The inter constraint of chemistry counts for none of them, since none is chosen by chemistry.

Top-k under constraints is a linear problem in zeros and ones,

    max Σ_i a_i x_i,    Σ_i x_i = k,    A x ≤ b,

which is solved by branch and bound, depth first in the order above. Nodes are pruned by what the
sum of each row is at least, and by the Lagrangian bound

    λᵀ b + max { Σ_i (a_i − λᵀ A_i) x_i : Σ_i x_i = k },    λ ≥ 0,

with λ by subgradients (Fisher, Management Science 27, 1981); models that either rules out are
fixed. Pairs that go together are one. A node limit ends it, never a clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, SUM_TOLERANCE, Floats
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.constraints import Group, parse_all

#: After this many nodes the best ensemble known is returned, without a proof.
NODES = 5_000
#: Random ensembles whose mean is taken.
DRAWN = 100
# Of a drawn ensemble; without one by then, another is drawn.
_NODES_OF_DRAW = 50
# Subgradient steps at the root and at other nodes.
_ROOT_STEPS, _STEPS = 60, 6

Indices = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


def single_models(pool: ConstrainedPool) -> tuple[str, ...]:
    """Return the models that may be asked alone, in the order of the pool.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> single_models(ChemistryProblem(table, together=[("a", "b")], forbid=[["c"]], require=["c"]))
    ('a', 'b')
    """
    groups = parse_all("groups", Group, pool.constraints.groups)
    alone = replace(
        pool.constraints,
        groups=[replace(one, low=None) for one in groups if one.high is not None],
        apart=(),
        together=(),
    )
    rows = alone.rows(pool.models)
    return tuple(
        name
        for k, name in enumerate(pool.models)
        if name not in pool.exclude and all(row.is_met([k]) for row in rows)
    )


def best_single_model(pool: ConstrainedPool, accuracy: Floats) -> str | None:
    """Return the most accurate model that may be asked alone, the first by name among equals.

    Parameters
    ----------
    pool : ConstrainedPool
    accuracy : ndarray of shape (n,)
        In the order of the pool; models of unknown accuracy, NaN, come last.
    """
    alone = set(single_models(pool))
    return next((pool.models[k] for k in _order(pool, accuracy) if pool.models[k] in alone), None)


@dataclass(frozen=True)
class TopK:
    """The most accurate ensemble known, by name and sorted; `proved` if there is no better one.

    Without an ensemble `models` is empty: if that is proved, none meets the constraints.
    """

    models: tuple[str, ...]
    proved: bool


def most_accurate(
    pool: ConstrainedPool,
    accuracy: Floats,
    size: int,
    known: Sequence[str] = (),
    nodes: int = NODES,
) -> TopK:
    """Return the most accurate models of a size that meet the constraints together.

    Parameters
    ----------
    pool : ConstrainedPool
        Its bounds on size do not count.
    accuracy : ndarray of shape (n,)
        In the order of the pool, as shares or in items; NaN, unknown, is worse than any accuracy.
    size : int
        Number of models.
    known : sequence of str
        An ensemble of this size that meets the constraints, to begin with.
    nodes : int
        After this many the search ends without a proof.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> problem = ChemistryProblem(table, apart=[("a", "b")])
    >>> most_accurate(problem, np.array([0.9, 0.8, 0.7]), 2)
    TopK(models=('a', 'c'), proved=True)
    """
    known_accuracy = accuracy[~np.isnan(accuracy)]
    worst = -size * float(np.abs(known_accuracy).max(initial=0.0)) - 1.0
    score = np.where(np.isnan(accuracy), worst, accuracy)
    order = _order(pool, accuracy)
    search = _Search(pool, score, order, size)
    proved = search.largest(nodes, tuple(pool.positions(known)) if len(known) == size else None)
    best = search.best
    if proved and best is not None:
        best = search.first(order, nodes) or best
    return TopK(tuple(sorted(pool.models[k] for k in best or ())), proved)


def is_constrained(pool: ConstrainedPool) -> bool:
    """Say whether constraints other than `exclude` narrow the ensembles of a size."""
    return bool(pool.require or pool.side_constraints)


def random_ensembles(
    pool: ConstrainedPool, size: int, draws: int, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Draw ensembles of a size that meet the constraints, by name and sorted.

    Returns
    -------
    list of tuple of str
        `draws` of them, or fewer where constraints are so tight that they are hard to find. Where
        the pool has no more than `draws` ensembles of that size, all that meet the constraints,
        each once: their mean is then exact, and goes by no order.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> problem = ChemistryProblem(table, apart=[("a", "b")], require=["a"])
    >>> random_ensembles(problem, 2, 3, np.random.default_rng(0))
    [('a', 'c')]
    """
    n = len(pool.models)
    names = sorted(set(pool.models) - set(pool.exclude))
    if math.comb(len(names), size) <= draws:
        rows, required = pool.side_constraints, set(pool.require)
        return [
            some
            for some in combinations(names, size)
            if required.issubset(some) and all(row.is_met(pool.positions(some)) for row in rows)
        ]
    search = _Search(pool, np.zeros(n), np.arange(n), size)
    found = [search.first(np.argsort(-rng.random(n)), _NODES_OF_DRAW) for _ in range(draws)]
    return [tuple(sorted(pool.models[k] for k in one)) for one in found if one is not None]


def _order(pool: ConstrainedPool, accuracy: Floats) -> Indices:
    """Return the models by falling accuracy, then by name; unknown accuracies last."""
    known = np.where(np.isnan(accuracy), -np.inf, accuracy)
    return np.array(
        sorted(range(len(known)), key=lambda k: (-known[k], pool.models[k])), dtype=np.intp
    )


@dataclass(frozen=True, eq=False)
class _Node:
    """Models that are chosen, those that are free in their order, and what the rows leave."""

    chosen: tuple[int, ...]
    free: Indices
    left: int
    limits: Floats
    value: float
    multipliers: Floats


class _Search:
    """A search for an ensemble of the largest sum of scores.

    Parameters
    ----------
    pool : ConstrainedPool
    score : ndarray of shape (n,)
    order : ndarray of int of shape (n,)
        All models; of equal ones the search takes the first.
    size : int
    """

    def __init__(self, pool: ConstrainedPool, score: Floats, order: Indices, size: int) -> None:
        self._pool, self._order, self._size = pool, order, size
        self._block = _blocks(pool)
        self._score = _mean_of_blocks(score, self._block)
        # whole scores, such as numbers of items, make all values whole
        self._whole = bool((score == np.rint(score)).all())
        self._reach = float(np.abs(score).sum())
        self._tie = IMPROVEMENT_TOLERANCE * self._reach
        self._weights, self._limits = self._rows()
        self._root = self._node_of_all()
        self._in_order = False
        self.best: tuple[int, ...] | None = None
        # at first below every ensemble, so that bounds tell where there is none
        self.value = -1.0 - self._reach

    def largest(self, nodes: int, known: tuple[int, ...] | None = None) -> bool:
        """Look for the largest sum; return whether all else was ruled out."""
        if known is not None:
            self._offer(known)
        self._in_order = False
        stack = [] if self._root is None else [self._root]
        for _ in range(nodes):
            if not stack:
                break
            stack += self._children(stack.pop())
        return not stack

    def first(self, order: Indices, nodes: int) -> tuple[int, ...] | None:
        """Return the first ensemble in an order whose sum is not below the largest one known."""
        if self._root is None:
            return None
        self._in_order, self.best = True, None
        stack = [replace(self._root, free=order[np.isin(order, self._root.free)])]
        for _ in range(nodes):
            if not stack or self.best is not None:
                break
            stack += self._children(stack.pop())
        return self.best

    def _rows(self) -> tuple[Floats, Floats]:
        """Return side constraints as rows A x ≤ b that every feasible ensemble meets."""
        weights, limits = [], []
        for row in self._pool.side_constraints:
            mean = _mean_of_blocks(row.weights, self._block)
            for sign, end in ((1.0, row.high), (-1.0, -row.low)):
                if mean.any() and end < math.inf:
                    weights.append(sign * mean)
                    limits.append(end)
        n = len(self._pool.models)
        return np.array(weights, dtype=float).reshape(len(weights), n), np.array(limits)

    def _node_of_all(self) -> _Node | None:
        """Return the node of all ensembles; None if there are none."""
        pool, block = self._pool, self._block
        required = np.isin(block, block[pool.positions(pool.require)])
        excluded = np.isin(block, block[pool.positions(pool.exclude)])
        if (required & excluded).any():
            return None
        chosen = np.flatnonzero(required)
        free = self._order[~(required | excluded)[self._order]]
        # a weight that no others make up for must not drown theirs
        columns = np.concatenate([chosen, free])
        others = -np.minimum(self._weights[:, columns], 0.0).sum(axis=1)
        room = self._limits + others + SUM_TOLERANCE * (np.abs(self._limits) + others)
        free = free[(self._weights[:, free] <= room[:, None]).all(axis=0)]
        # multipliers are found whatever the unit of a row
        columns = np.concatenate([chosen, free])
        scale = np.abs(self._weights[:, columns]).max(axis=1, initial=0.0)
        scale[scale == 0.0] = 1.0
        self._weights, self._limits = self._weights / scale[:, None], self._limits / scale
        # sums here may differ by rounding from those that decide whether an ensemble is feasible
        self._limits += IMPROVEMENT_TOLERANCE * (np.abs(self._limits) + self._size)
        node = _Node((), free, self._size, self._limits, 0.0, np.zeros(len(self._limits)))
        return self._with(node, chosen, free)

    def _with(self, node: _Node, chosen: Indices, free: Indices) -> _Node:
        """Return a node with more models chosen, and some free."""
        return replace(
            node,
            chosen=(*node.chosen, *map(int, chosen)),
            free=free,
            left=node.left - len(chosen),
            limits=node.limits - self._weights[:, chosen].sum(axis=1),
            value=node.value + float(self._score[chosen].sum()),
        )

    def _children(self, node: _Node) -> list[_Node]:
        """Process a node; return what is left of it, the part that comes first at the end."""
        reduced = self._reduced(node)
        if reduced is None:
            return []
        node, free = reduced, reduced.free
        if self._offer((*node.chosen, *map(int, free[: node.left]))) and self._in_order:
            return []
        if not node.left:
            return []
        branch = 0
        if not self._in_order:
            branch = int(np.argmax(self._score[free] - node.multipliers @ self._weights[:, free]))
        own = self._block[free] == self._block[free[branch]]
        return [replace(node, free=free[~own]), self._with(node, free[own], free[~own])]

    def _reduced(self, node: _Node) -> _Node | None:
        """Fix models that bounds decide; None if there is nothing left of a node."""
        while True:
            if not 0 <= node.left <= len(node.free):
                return None
            fixed = self._fixed(node)
            if fixed is None:
                return None
            node, chosen, out = fixed
            if not (chosen.any() or out.any()):
                return node
            blocks = self._block[node.free]
            chosen, out = np.isin(blocks, blocks[chosen]), np.isin(blocks, blocks[out])
            if (chosen & out).any():
                return None
            node = self._with(node, node.free[chosen], node.free[~(chosen | out)])

    def _fixed(self, node: _Node) -> tuple[_Node, Bools, Bools] | None:
        """Return a node with better multipliers, which free models are in, and which are out."""
        free, left, weights = node.free, node.left, self._weights[:, node.free]
        broken = _least(weights, left) > node.limits[:, None]
        if broken[:, 0].any():
            return None
        _, out, chosen = _parts(np.asarray(broken.any(axis=0)))
        multipliers = trial = node.multipliers
        best = math.inf
        steps = _STEPS if multipliers.any() else _ROOT_STEPS
        for _ in range(steps if self._reach else 0):
            profit = self._score[free] - trial @ weights
            bounds = node.value + float(trial @ node.limits) - _least(-profit[None], left)[0]
            if bounds[0] < best:
                best, multipliers = float(bounds[0]), trial
            ruled_out, with_it, without = _parts(self._ruled_out(bounds))
            if ruled_out:
                return None
            out, chosen = out | with_it, chosen | without
            taken = np.argsort(-profit, kind="stable")[:left]
            if not self._in_order:
                self._offer((*node.chosen, *map(int, free[taken])))
            excess = weights[:, taken].sum(axis=1) - node.limits
            excess[(excess < 0) & (trial == 0)] = 0.0  # a multiplier of 0 cannot fall
            distance, square = bounds[0] - self.value, float(excess @ excess)
            if square == 0 or distance <= 0:
                break
            trial = np.maximum(0.0, trial + distance / square * excess)
        return replace(node, multipliers=multipliers), chosen, out

    def _ruled_out(self, bounds: Floats) -> Bools:
        """Say which bounds leave nothing better than the best ensemble, or nothing as good."""
        if self._whole:
            bounds = np.floor(bounds + SUM_TOLERANCE * (1.0 + self._reach))
        if self._in_order:
            return np.asarray((bounds < self.value - self._tie) | (bounds == -math.inf))
        return np.asarray(bounds <= self.value + self._tie)

    def _offer(self, chosen: tuple[int, ...]) -> bool:
        """Take an ensemble if it is feasible and better, or in order as good; say whether."""
        members = list(chosen)
        value = math.fsum(self._score[members])
        good = value >= self.value - self._tie if self._in_order else value > self.value + self._tie
        if not good or (self._weights[:, members].sum(axis=1) > self._limits).any():
            return False
        if not all(row.is_met(members) for row in self._pool.side_constraints):
            return False
        self.best, self.value = chosen, max(value, self.value)
        return True


def _least(weights: Floats, count: int) -> Floats:
    """Return the least sums of `count` entries of each row: in all, with each, without each.

    Returns
    -------
    ndarray of shape (m, 1 + 2 n)
        Infinite where there is no such sum.
    """
    m, n = weights.shape
    ordered = np.sort(weights, axis=1)
    total = ordered[:, :count].sum(axis=1, keepdims=True)
    found = np.full((m, 1 + 2 * n), math.inf)
    found[:, :1] = total
    if count > 0:
        last = ordered[:, count - 1 : count]
        found[:, 1 : 1 + n] = total + np.maximum(0.0, weights - last)
    if count < n:
        found[:, 1 + n :] = total + np.maximum(0.0, ordered[:, count : count + 1] - weights)
    return found


def _parts(of: Bools) -> tuple[bool, Bools, Bools]:
    """Return what holds in all, with each model, and without each; see `_least`."""
    n = len(of) // 2
    return bool(of[0]), of[1 : 1 + n], of[1 + n :]


def _blocks(pool: ConstrainedPool) -> Indices:
    """Return a number for each model, the same for models that only go together."""
    block = np.arange(len(pool.models))
    for pair in pool.constraints.together:
        one, other = block[pool.positions(pair)]
        block[block == other] = one
    return block


def _mean_of_blocks(values: Floats, block: Indices) -> Floats:
    """Return the mean of the block of each model; sums over whole blocks stay the same."""
    count = np.bincount(block, minlength=len(block))
    sums = np.bincount(block, values, minlength=len(block))
    return np.asarray(sums[block] / count[block])
