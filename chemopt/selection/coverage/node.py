"""A node of the search: the patterns that are not covered, and the models that are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chemopt.selection.coverage.instance import Indices, Matrix
from chemopt.selection.coverage.sides import Bools, Sides

# Rows are merged if that leaves this share of them at most.
_WORTH_MERGING = 0.9


@dataclass(frozen=True, eq=False)
class Node:
    """A node: models chosen, and what is left.

    Attributes
    ----------
    right : ndarray of shape (P, n)
        Patterns that are not covered, and free models.
    weights : ndarray of shape (P,)
        w_p Π_{i chosen} (1 − r_pi).
    free : ndarray of int of shape (n,)
        The models of the columns.
    chosen : tuple of int
    value : float
        f(chosen).
    sides : Sides
        For the free models.
    low, high : int
        Bounds on how many of them to choose.
    """

    right: Matrix
    weights: Matrix
    free: Indices
    chosen: tuple[int, ...]
    value: float
    sides: Sides
    low: int
    high: int

    def choose(self, columns: Sequence[int] | Indices) -> Node:
        """Return the node with some free models chosen."""
        columns = list(map(int, columns))
        wrong = np.prod(1 - self.right[:, columns], axis=1)
        rest = self.weights * wrong
        left = np.ones(len(self.free), dtype=bool)
        left[columns] = False
        rows = rest > 0
        return Node(
            right=self.right[rows][:, left],
            weights=rest[rows],
            free=self.free[left],
            chosen=(*self.chosen, *(int(i) for i in self.free[columns])),
            value=self.value + float((self.weights - rest).sum(dtype=float)),
            sides=self.sides.choose(columns).take(left),
            low=max(0, self.low - len(columns)),
            high=self.high - len(columns),
        )

    def keep(self, columns: Bools) -> Node:
        """Return the node with only some of the free models left."""
        right = self.right[:, columns]
        rows = right.any(axis=1)
        kept = int(columns.sum())
        return replace(
            self,
            right=right[rows],
            weights=self.weights[rows],
            free=self.free[columns],
            sides=self.sides.take(columns),
            high=min(self.high, kept),
        )

    def merged(self) -> Node:
        """Return the node with equal rows merged, if there are enough of them."""
        right, weights = merge_rows(self.right, self.weights)
        return self if right is self.right else replace(self, right=right, weights=weights)

    def fix(self, chosen: Bools, left_out: Bools) -> Node:
        """Return the node with some free models chosen and others left out."""
        kept = self.keep(~left_out) if left_out.any() else self
        columns = np.flatnonzero(chosen[~left_out])
        return kept.choose(columns) if len(columns) else kept


def merge_rows(right: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Return rows of zeros and ones with equal ones merged, if that is worth it."""
    if right.dtype != np.float32 or not right.size:  # double precision: there may be chances
        return right, weights
    packed = np.packbits(right > 0, axis=1)
    width = -(-packed.shape[1] // 8) * 8
    words = np.zeros((len(packed), width), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    kind = np.dtype(np.uint64 if width == 8 else (np.void, width))
    _, first, which = np.unique(words.view(kind).ravel(), return_index=True, return_inverse=True)
    if len(first) > _WORTH_MERGING * len(right):
        return right, weights
    sums = np.bincount(which.ravel(), weights=weights, minlength=len(first))
    return right[first], sums.astype(weights.dtype)
