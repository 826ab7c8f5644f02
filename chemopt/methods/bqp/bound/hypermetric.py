"""Hypermetric inequalities: (b·s)² ≥ 1 for integer vectors b with an odd sum.

b·s is then odd for every s ∈ {−1, 1}ᴺ, so bᵀXb ≥ 1 (Deza and Laurent, *Geometry of Cuts and
Metrics*, 1997, chapter 28). With three entries ±1 they are the triangle inequalities. Two more
kinds are used here.

Integrality of the size
    b = (n − 2k − 1, 1, …, 1) says (|X| − k)(|X| − k − 1) ≥ 0, which every integer |X| meets.
    Where all chemistry is nearly equal, a fractional size is most of what is wrong with the
    relaxation.
Odd cliques
    Five and seven entries ±1. An inequality with three (five) of them that is tight or nearly so
    is extended by the two entries that lower bᵀXb most: with g = Xb, by

        2 + 2 min(X_jk − |g_j + g_k|, −X_jk − |g_j − g_k|).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.problem import Bools, Floats, Ints

# The size counts as an integer within this.
_INTEGRAL_SIZE = 1e-3


@dataclass(frozen=True, eq=False)
class HypermetricInequalities:
    """Hypermetric inequalities with their multipliers.

    Attributes
    ----------
    vectors : ndarray of shape (r, N)
        b, integers as floats.
    z : ndarray of shape (r,)
        Multipliers, not negative.
    """

    vectors: Floats
    z: Floats

    def __len__(self) -> int:
        return len(self.z)

    @classmethod
    def none(cls, nodes: int) -> HypermetricInequalities:
        """Return the empty set of inequalities on N nodes."""
        return cls(np.zeros((0, nodes)), np.zeros(0))

    def slack(self, matrix: Floats) -> Floats:
        """Return bᵀXb − 1 for each inequality."""
        slack: Floats = ((self.vectors @ matrix) * self.vectors).sum(axis=1) - 1
        return slack

    def select(self, which: Bools) -> HypermetricInequalities:
        """Return some of the inequalities."""
        return HypermetricInequalities(self.vectors[which], self.z[which])

    def with_new(self, vectors: Floats) -> HypermetricInequalities:
        """Return the union with the inequalities of `vectors`; new ones have multiplier 0."""
        known = {v.tobytes() for v in _canonical(self.vectors)}
        new = []
        for v in _canonical(vectors):
            if v.tobytes() not in known:
                known.add(v.tobytes())
                new.append(v)
        if not new:
            return self
        return HypermetricInequalities(
            np.concatenate([self.vectors, np.array(new)]),
            np.concatenate([self.z, np.zeros(len(new))]),
        )

    def merge(self, onto: Ints, factor: Ints, count: int) -> HypermetricInequalities:
        """Merge nodes: replace s_i by factor_i s_{onto_i}.

        Sums stay odd. Multipliers of inequalities that become equal are added.
        """
        vectors = np.zeros((len(self), count))
        for node, (target, sign) in enumerate(zip(onto, factor, strict=True)):
            vectors[:, target] += sign * self.vectors[:, node]
        vectors = _canonical(vectors)
        merged: dict[bytes, int] = {}
        z: list[float] = []
        for v, value in zip(vectors, self.z, strict=True):
            if np.count_nonzero(v) < 2:
                continue  # b_0² ≥ 1 holds trivially
            key = v.tobytes()
            if key in merged:
                z[merged[key]] += float(value)
            else:
                merged[key] = len(z)
                z.append(float(value))
        if not z:
            return HypermetricInequalities.none(count)
        rows = np.array([np.frombuffer(key) for key in merged])
        return HypermetricInequalities(rows, np.array(z))


def size_inequality(matrix: Floats) -> Floats | None:
    """Return b of the inequality that cuts off a fractional size; None if the size is integral."""
    nodes = len(matrix)
    size = (nodes - 1 + matrix[0, 1:].sum()) / 2
    below = np.floor(size)
    if min(size - below, below + 1 - size) < _INTEGRAL_SIZE:
        return None
    vector = np.ones(nodes)
    vector[0] = nodes - 1 - 2 * below - 1
    return vector


def separate_odd_cliques(matrix: Floats, vectors: Floats, most: int, tolerance: float) -> Floats:
    """Extend `vectors` by two entries each; return the `most` most violated inequalities.

    Parameters
    ----------
    matrix : ndarray of shape (N, N)
        X.
    vectors : ndarray of shape (r, N)
        b of inequalities to extend, entries −1, 0 and 1.
    most : int
        How many to return.
    tolerance : float
        Violations up to this are ignored.
    """
    nodes = len(matrix)
    extended, values = [], []
    upper = np.triu(np.ones((nodes, nodes), dtype=bool), k=1)
    products = vectors @ matrix
    lengths = (products * vectors).sum(axis=1)
    for b, g, length in zip(vectors, products, lengths, strict=True):
        same = matrix - np.abs(g[:, None] + g[None, :])
        opposite = -matrix - np.abs(g[:, None] - g[None, :])
        best = np.minimum(same, opposite)
        best[~upper] = np.inf
        inside = b != 0
        best[inside] = np.inf
        best[:, inside] = np.inf
        j, k = divmod(int(best.argmin()), nodes)
        value = length + 2 + 2 * best[j, k]
        if value < 1 - tolerance:
            longer = b.copy()
            if same[j, k] <= opposite[j, k]:
                longer[j] = longer[k] = -1.0 if g[j] + g[k] > 0 else 1.0
            else:
                longer[j] = -1.0 if g[j] - g[k] > 0 else 1.0
                longer[k] = -longer[j]
            extended.append(longer)
            values.append(value)
    if not extended:
        return np.zeros((0, nodes))
    order = np.argsort(values, kind="stable")[:most]
    return np.array(extended)[order]


def _canonical(vectors: Floats) -> Floats:
    """Choose between b and −b: make the first nonzero entry positive; replace −0 by 0."""
    if not len(vectors):
        return vectors
    first = (vectors != 0).argmax(axis=1)
    sign = np.where(vectors[np.arange(len(vectors)), first] < 0, -1.0, 1.0)
    canonical: Floats = vectors * sign[:, None] + 0.0
    return canonical
