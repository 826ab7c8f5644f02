"""Triangle inequalities: valid for every ±1 vector, but not for the semidefinite relaxation.

For s ∈ {−1, 1}ᴺ and signs e, of any three products e_i e_j s_i s_j, e_i e_k s_i s_k and
e_j e_k s_j s_k either one or all three are +1. So X = s sᵀ has

    e_i e_j X_ij + e_i e_k X_ik + e_j e_k X_jk ≥ −1,

four inequalities for each triple i < j < k: e_k = 1, and e_i, e_j = ±1. If one of the four is
violated by a matrix with entries in [−1, 1], the other three are not (the sum of two of them is
±2 X ≥ −2), so with a = X_ij, b = X_ik, c = X_jk only

    min(a + b + c, 2 min(a, b, c) − (a + b + c)) ≥ −1

has to be checked. Triples are checked apex by apex: for the largest member k, the pairs i < j < k
come in an order (by j, then i) in which those of a smaller k are a prefix of those of a larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.problem import Bools, Floats, Indices, Ints

# Violated triangles that are held at once, at least; beyond that, the less violated ones are
# dropped.
_MOST_KEPT = 200_000


@dataclass(frozen=True, eq=False)
class TriangleInequalities:
    """Triangle inequalities with their multipliers.

    Attributes
    ----------
    nodes : ndarray of shape (m, 3)
        i < j < k.
    signs : ndarray of shape (m, 3)
        ±1: e_i e_j, e_i e_k, e_j e_k.
    z : ndarray of shape (m,)
        Multipliers, not negative.
    """

    nodes: Ints
    signs: Ints
    z: Floats

    def __len__(self) -> int:
        return len(self.z)

    @classmethod
    def none(cls) -> TriangleInequalities:
        """Return the empty set of inequalities."""
        return cls(np.zeros((0, 3), np.int64), np.zeros((0, 3), np.int64), np.zeros(0))

    def keys(self, count: int) -> Ints:
        """Return a unique number for each inequality on `count` nodes."""
        i, j, k = self.nodes.T
        kind = (self.signs[:, 0] < 0) * 2 + (self.signs[:, 1] < 0)
        keys: Ints = ((k * count + j) * count + i) * 4 + kind
        return keys

    def select(self, which: Ints | Bools) -> TriangleInequalities:
        """Return some of the inequalities."""
        return TriangleInequalities(self.nodes[which], self.signs[which], self.z[which])

    def heaviest(self, most: int, count: int) -> Floats:
        """Return the inequalities with the largest multipliers, as vectors e on `count` nodes."""
        chosen = np.argsort(-self.z, kind="stable")[:most]
        vectors = np.zeros((len(chosen), count))
        rows = np.arange(len(chosen))
        # e_k = 1, so that e_i = e_i e_k and e_j = e_j e_k
        vectors[rows, self.nodes[chosen, 0]] = self.signs[chosen, 1]
        vectors[rows, self.nodes[chosen, 1]] = self.signs[chosen, 2]
        vectors[rows, self.nodes[chosen, 2]] = 1
        return vectors

    def with_new(self, others: TriangleInequalities, count: int) -> TriangleInequalities:
        """Return the union with `others`, keeping the multipliers of those already present."""
        new = ~np.isin(others.keys(count), self.keys(count))
        return TriangleInequalities(
            np.concatenate([self.nodes, others.nodes[new]]),
            np.concatenate([self.signs, others.signs[new]]),
            np.concatenate([self.z, others.z[new]]),
        )

    def merge(self, onto: Ints, factor: Ints, count: int) -> TriangleInequalities:
        """Merge nodes: replace s_i by factor_i s_{onto_i}.

        Inequalities with two nodes merged into one hold trivially and are left out; multipliers of
        inequalities that become equal are added.
        """
        nodes, f = onto[self.nodes], factor[self.nodes]
        signs = self.signs * np.stack([f[:, 0] * f[:, 1], f[:, 0] * f[:, 2], f[:, 1] * f[:, 2]], 1)
        i, j, k = nodes.T
        proper = (i != j) & (i != k) & (j != k)
        nodes, signs, z = nodes[proper], signs[proper], self.z[proper]
        # Index each product by the node that is not in it, so that sorting nodes sorts these too.
        without = signs[:, ::-1]
        order = np.argsort(nodes, axis=1, kind="stable")
        nodes = np.take_along_axis(nodes, order, 1)
        signs = np.take_along_axis(without, order, 1)[:, ::-1]
        merged = TriangleInequalities(nodes, signs, z)
        _, first, back = np.unique(merged.keys(count), return_index=True, return_inverse=True)
        total = np.bincount(back.ravel(), weights=z, minlength=len(first)).astype(np.float64)
        return TriangleInequalities(nodes[first], signs[first], total)


def separate_triangles(matrix: Floats, most: int, tolerance: float) -> TriangleInequalities:
    """Return the triangle inequalities that a matrix violates most.

    Parameters
    ----------
    matrix : ndarray of shape (N, N)
        Symmetric, diagonal near 1.
    most : int
        How many to return.
    tolerance : float
        Violations up to this are ignored.
    """
    count = len(matrix)
    second, first = np.tril_indices(count, k=-1)  # pairs i < j, by j, then i
    pairs = matrix[second, first]
    found: list[tuple[Indices, Ints, Floats]] = []  # pair, apex, value
    count_found, limit = 0, -1 - tolerance
    for k in range(2, count):
        prefix = k * (k - 1) // 2
        row = matrix[k]
        a, b, c = pairs[:prefix], row[first[:prefix]], row[second[:prefix]]
        total = a + b + c
        least = np.minimum(np.minimum(a, b), c)
        least += least
        least -= total
        np.minimum(least, total, out=least)
        violated = np.flatnonzero(least < limit)
        if len(violated):
            found.append((violated, np.full(len(violated), k), least[violated]))
            count_found += len(violated)
        if count_found > max(_MOST_KEPT, 4 * most):
            pair, apex, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
            kept = np.sort(np.argpartition(value, most)[:most])
            found, count_found = [(pair[kept], apex[kept], value[kept])], most
            limit = float(value[kept].max())
    if not found:
        return TriangleInequalities.none()
    pair, apex, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(value) > most:
        chosen = np.sort(np.argpartition(value, most)[:most])
    else:
        chosen = np.arange(len(value))
    pair, apex = pair[chosen], apex[chosen]
    b, c = matrix[apex, first[pair]], matrix[apex, second[pair]]
    a, least = pairs[pair], value[chosen]
    signs = np.ones((len(chosen), 3), dtype=np.int64)
    mixed = np.flatnonzero(least < a + b + c)
    lowest = np.argmin(np.stack([a, b, c], axis=1)[mixed], axis=1)
    signs[mixed] = -1
    signs[mixed, lowest] = 1
    nodes = np.stack([first[pair], second[pair], apex], axis=1).astype(np.int64)
    return TriangleInequalities(nodes, signs, np.zeros(len(chosen)))
