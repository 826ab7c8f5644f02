"""Odd cuts: (b·s)² ≥ 1 for integer vectors b with an odd sum.

b·s is then odd for every s ∈ {−1, 1}ᴺ, so bᵀXb ≥ 1: hypermetric inequalities (Deza and Laurent,
*Geometry of Cuts and Metrics*, 1997, chapter 28). With three entries ±1 they are the triangle
inequalities. Two more kinds are used here.

The size: b = (n − 2k − 1, 1, …, 1) says (|X| − k)(|X| − k − 1) ≥ 0, which every whole |X| meets.
Where all chemistry is nearly equal, a fractional size is most of what is wrong with the
relaxation.

Five and seven entries ±1: an inequality with three (five) of them that is tight or nearly so
is lengthened by the two entries that lower bᵀXb most: with g = Xb, by

    2 + 2 min(X_jk − |g_j + g_k|, −X_jk − |g_j − g_k|).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.methods.bqp.problem import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class OddCuts:
    """Odd cuts with their multipliers.

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
    def none(cls, nodes: int) -> OddCuts:
        """Return no inequality on N nodes."""
        return cls(np.zeros((0, nodes)), np.zeros(0))

    def slack(self, matrix: Floats) -> Floats:
        """Return bᵀXb − 1."""
        found: Floats = ((self.vectors @ matrix) * self.vectors).sum(axis=1) - 1
        return found

    def select(self, which: Bools) -> OddCuts:
        """Return some of the inequalities."""
        return OddCuts(self.vectors[which], self.z[which])

    def with_new(self, vectors: Floats) -> OddCuts:
        """Return the inequalities and those of `vectors` that are not among them."""
        known = {v.tobytes() for v in _canonical(self.vectors)}
        new = []
        for v in _canonical(vectors):
            if v.tobytes() not in known:
                known.add(v.tobytes())
                new.append(v)
        if not new:
            return self
        return OddCuts(
            np.concatenate([self.vectors, np.array(new)]),
            np.concatenate([self.z, np.zeros(len(new))]),
        )

    def merge(self, onto: Ints, factor: Ints, count: int) -> OddCuts:
        """Replace s_i by factor_i s_{onto_i}; sums stay odd. Equal ones are joined."""
        vectors = np.zeros((len(self), count))
        for node, (target, sign) in enumerate(zip(onto, factor, strict=True)):
            vectors[:, target] += sign * self.vectors[:, node]
        vectors = _canonical(vectors)
        joined: dict[bytes, int] = {}
        z: list[float] = []
        for v, value in zip(vectors, self.z, strict=True):
            if np.count_nonzero(v) < 2:
                continue  # b_0² ≥ 1 holds anyway
            key = v.tobytes()
            if key in joined:
                z[joined[key]] += float(value)
            else:
                joined[key] = len(z)
                z.append(float(value))
        if not z:
            return OddCuts.none(count)
        rows = np.array([np.frombuffer(key) for key in joined])
        return OddCuts(rows, np.array(z))


def size_cut(matrix: Floats) -> Floats | None:
    """Return the vector of the size cut at the fractional size of X; None where it is whole."""
    nodes = len(matrix)
    size = (nodes - 1 + matrix[0, 1:].sum()) / 2
    below = np.floor(size)
    if min(size - below, below + 1 - size) < 1e-3:
        return None
    vector = np.ones(nodes)
    vector[0] = nodes - 1 - 2 * below - 1
    return vector


def lengthened(matrix: Floats, vectors: Floats, most: int, tolerance: float) -> Floats:
    """Return violated odd cuts with two entries more than `vectors`, the worst `most` of them."""
    nodes = len(matrix)
    found, values = [], []
    upper = np.triu(np.ones((nodes, nodes), dtype=bool), k=1)
    fields = vectors @ matrix
    lengths = (fields * vectors).sum(axis=1)
    for b, g, length in zip(vectors, fields, lengths, strict=True):
        same = matrix - np.abs(g[:, None] + g[None, :])
        other = -matrix - np.abs(g[:, None] - g[None, :])
        best = np.minimum(same, other)
        best[~upper] = np.inf
        inside = b != 0
        best[inside] = np.inf
        best[:, inside] = np.inf
        place = int(best.argmin())
        j, k = divmod(place, nodes)
        value = length + 2 + 2 * best[j, k]
        if value < 1 - tolerance:
            longer = b.copy()
            if same[j, k] <= other[j, k]:
                longer[j] = longer[k] = -1.0 if g[j] + g[k] > 0 else 1.0
            else:
                longer[j] = -1.0 if g[j] - g[k] > 0 else 1.0
                longer[k] = -longer[j]
            found.append(longer)
            values.append(value)
    if not found:
        return np.zeros((0, nodes))
    order = np.argsort(values, kind="stable")[:most]
    return np.array(found)[order]


def _canonical(vectors: Floats) -> Floats:
    """Give b and −b one form: the first entry that is not zero is positive; no −0."""
    if not len(vectors):
        return vectors
    first = (vectors != 0).argmax(axis=1)
    sign = np.where(vectors[np.arange(len(vectors)), first] < 0, -1.0, 1.0)
    found: Floats = vectors * sign[:, None] + 0.0
    return found
