"""Orders where a second sum counts: expected latency, or coverage under false accepts.

Then one order of a set may be cheaper and another faster, or right more often. Each of these sums
grows at every stage by an amount that depends on the set asked before, so of two orders of a set,
one that is worse in all sums is never the beginning of a best one. Each set keeps the undominated
vectors of sums (labels), as in shortest paths under resource constraints (Irnich and Desaulniers,
in: Column Generation, Springer 2005).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, Floats
from chemopt.selection.cascade.front import undominated
from chemopt.selection.cascade.problem import CascadeProblem, with_allowance
from chemopt.selection.cascade.subsets import OutOfTimeError

#: This many sets are looked at, at most: all those of 14 models.
MOST_SETS = 1 << 14
Set = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Labels:
    """The undominated orders of a set.

    Attributes
    ----------
    sums : ndarray of shape (k, d)
        Cost, latency (0 if it is not limited) and minus coverage.
    last : ndarray of int of shape (k,)
        The last model of each order.
    before : ndarray of int of shape (k,)
        The label of the set without it.
    """

    sums: Floats
    last: npt.NDArray[np.intp]
    before: npt.NDArray[np.intp]


def labelled_orders(
    problem: CascadeProblem, stop: Callable[[], bool] = lambda: False
) -> list[tuple[int, ...]]:
    """Return the orders of the front, sorted by cost.

    Raises
    ------
    OutOfTimeError
    """
    items, verifier = problem.free_items, problem.verifier
    n = len(items.models)
    passes = verifier.passes(items.right)
    solved = (1 - verifier.false_reject) * items.weights[:, None] * items.right
    latency = items.latency if problem.max_latency is not None else None
    columns = [items.cost, np.zeros_like(items.cost) if latency is None else latency, -solved]
    amounts = np.hstack(columns)
    longest = np.inf if problem.max_latency is None else with_allowance(problem.max_latency)
    sets: dict[Set, _Labels] = {(): _Labels(np.zeros((1, 3)), *(np.zeros((2, 1), dtype=np.intp)))}
    found: list[Set] = []
    layer: list[Set] = [()]
    for size in range(problem.longest):
        ways: dict[Set, list[tuple[Floats, int]]] = {}
        for members in layer:
            if stop():
                raise OutOfTimeError
            still_open = passes[:, list(members)].prod(axis=1)
            stage = (still_open @ amounts).reshape(3, n)
            labels = sets[members]
            for j in set(range(n)) - set(members):
                reached = labels.sums + stage[:, j]
                ways.setdefault(tuple(sorted((*members, j))), []).append((reached, j))
        layer = list(itertools.combinations(range(n), size + 1))
        for members in layer:
            sets[members] = _merged(ways.get(members, []), longest)
            if problem.allowed(members):
                found.append(members)
    if not found:
        return []
    sums = np.vstack([sets[members].sums for members in found])
    owner = np.repeat(np.arange(len(found)), [len(sets[members].sums) for members in found])
    label = np.concatenate([np.arange(len(sets[members].sums)) for members in found])
    sizes = np.array([len(members) for members in found])[owner]
    kept = undominated(sums[:, 0], -sums[:, 2], sizes)
    return [_order(sets, found[owner[k]], int(label[k])) for k in kept]


def _merged(ways: list[tuple[Floats, int]], longest: float) -> _Labels:
    """Return the undominated labels of a set, of those within the limit of latency."""
    sums = np.vstack([np.zeros((0, 3)), *(reached for reached, _ in ways)])
    last = np.repeat([j for _, j in ways], [len(reached) for reached, _ in ways]).astype(np.intp)
    before = np.concatenate([np.zeros(0, np.intp), *(np.arange(len(way)) for way, _ in ways)])
    kept = np.flatnonzero(sums[:, 1] <= longest)
    kept = kept[np.lexsort(sums[kept].T[::-1])]
    chosen = kept[_undominated(sums[kept])]
    return _Labels(sums[chosen], last[chosen], before[chosen])


def _undominated(sums: Floats) -> npt.NDArray[np.intp]:
    """Return the undominated ones of some labels, which are sorted by cost."""
    if len(sums) < 2:
        return np.arange(len(sums))
    # coverages that differ by rounding alone are equal
    slack = np.array([0.0, 0.0, IMPROVEMENT_TOLERANCE * float(np.abs(sums[:, 2]).max())])
    differ = [k for k in (1, 2) if np.ptp(sums[:, k]) > slack[k]]
    if len(differ) < 2:
        if not differ:
            return np.zeros(1, dtype=np.intp)
        other = sums[:, differ[0]]
        least = np.minimum.accumulate(np.concatenate([[np.inf], other[:-1]]))
        return np.flatnonzero(other < least - slack[differ[0]])
    chosen: list[int] = []
    for k, label in enumerate(sums):
        if not (sums[chosen] <= label + slack).all(axis=1).any():
            chosen.append(k)
    return np.array(chosen, dtype=np.intp)


def _order(sets: dict[Set, _Labels], members: Set, label: int) -> tuple[int, ...]:
    found: list[int] = []
    while members:
        labels = sets[members]
        last = int(labels.last[label])
        found.append(last)
        label = int(labels.before[label])
        members = tuple(k for k in members if k != last)
    return tuple(reversed(found))
