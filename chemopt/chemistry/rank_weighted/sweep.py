"""CHEME in polynomial time, for rank-weighted profile costs.

The argument and its proof are in ``docs/exact-chemistry.md``; in short, with the used models in
the order of ranks, a before b, and X = (s models before b) ∪ (B after b),

    Δ = Σ_{e ∈ B} p_e D2(rank of e) − p_b D1(s + 1),
    cost(X ∪ {a, b}) = F(s) + p_b w_{s+2} + Σ_{e ∈ B} p_e w(rank of e + 2),

where D1(r) = w_r − w_{r+1}, D2(r) = D1(r) − D1(r + 1), and F(s) is the cost of a with the s
models. For a given s, Δ does not depend on *which* models before b are in X, so the cheapest are
best: F(s) comes from one forward dynamic program for each a, shared by all b. And what B
adds does not depend on a: it comes from one backward sweep, shared by all pairs
(`chemopt.chemistry.rank_weighted.hulls`). For weights that are positive, nonincreasing and convex:

- Negative Δ: models after b only weaken it, so B is empty, or one model with p > 0 where that is
  needed for a nonzero cost(X).
- Positive Δ: the ratio is largest at a corner of a hull, for some s.

`chemistry_by_hulls` does so for all pairs, with arrays. It examines counts s up to `COUNTS` and
positive ratios above `FLOOR`; where bounds show that this may not suffice, the pair is solved
separately (`chemopt.chemistry.rank_weighted.pair`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chemopt.chemistry.rank_weighted.hulls import Hull, hulls_from_the_end, useful_ranks
from chemopt.chemistry.rank_weighted.pair import PairSolver
from chemopt.chemistry.rank_weighted.pool import (
    RankedPool,
    difference,
    empty_set_ratio,
    lone_partners,
)
from chemopt.numerics import Floats

Progress = Callable[[int, int], None]

# λ₀: multipliers up to this are left to `PairSolver`.
FLOOR = 0.05
# Counts s of models before b up to this are examined; more if later ranks are useful.
COUNTS = 64


def chemistry_by_hulls(
    pool: RankedPool, cap: bool = True, progress: Progress | None = None
) -> Floats:
    """Return the matrix of max |Δ(a, b, X)| / cost(X ∪ {a, b}), in the order of ranks.

    Parameters
    ----------
    pool : RankedPool
    cap : bool
        Ratios above 1 count as 1, so a pair with such a ratio is done.
    progress : callable, optional
        Called with the number of models done and of all models.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric; entries are correct up to rounding errors.
    """
    n = len(pool)
    chemistry = np.zeros((n, n))
    if n < 2:
        return chemistry
    sweep = _Sweep(pool)
    solver = PairSolver(pool)
    for b in range(n):
        if b > 0:
            ratios = np.maximum(sweep.negative(b), sweep.positive(b))
            ratios = np.maximum(ratios, np.abs(empty_set_ratio(pool, slice(b), b)))
            undecided = ratios < sweep.unexamined_bound(b)
            if cap:
                undecided &= ratios < 1
                ratios = np.minimum(ratios, 1.0)
            for a in np.flatnonzero(undecided):
                ratio = solver.largest(int(a), b)
                ratios[a] = min(ratio, 1.0) if cap else ratio
            chemistry[:b, b] = chemistry[b, :b] = ratios
        sweep.include(b)
        if progress is not None:
            progress(b + 1, n)
    return chemistry


class _Sweep:
    """State of the forward sweep over b, for all a < b at once.

    `cheapest[a, j]` is F of the page: the least cost of j models before b, including a;
    `varied[a, j]` is F⁺, the same with at least one p > 0 besides a. `any_prefix` and
    `varied_prefix` are the same without a.
    """

    def __init__(self, pool: RankedPool) -> None:
        n = len(pool)
        self.pool = pool
        self.ranks = useful_ranks(pool.second.tolist(), pool.weight[2:].tolist(), FLOOR)
        steepness = pool.first / pool.weight[1:]  # D1(s + 1) / w_{s+2}
        few = max(COUNTS, self.ranks)
        # Where later counts are as good as early ones, all have to be examined.
        fades = steepness[few:].max(initial=0.0) <= steepness.max(initial=0.0) / 2
        self.counts = min(n - 2, few if fades else n)
        self.hulls = self._all_hulls()
        size = self.counts + 2  # j = 0, …, counts + 1
        self.weight = np.append(0.0, pool.weight)[:size]  # w_j at index j
        self.has_zeros = bool((pool.penalty == 0).any())
        self.any_prefix = np.full(size, np.inf)
        self.any_prefix[0] = 0.0
        self.varied_prefix = np.full(size, np.inf)
        self.cheapest = np.full((n, size), np.inf)
        self.varied = np.full((n, size), np.inf) if self.has_zeros else self.cheapest
        # The largest penalty after b.
        self.largest_after = np.append(np.maximum.accumulate(pool.penalty[::-1])[-2::-1], 0.0)
        self.steepest_beyond = float(steepness[self.counts + 1 :].max(initial=0.0))
        # The sum of D2(r) over r > s is D1(s + 1) minus the last difference, D1(n − 1).
        self.rise = (pool.first - pool.first[-1]) / pool.weight[1:]
        self.steepness = steepness

    def _all_hulls(self) -> list[list[Hull]]:
        pool = self.pool
        second, after = pool.second.tolist(), pool.weight[2:].tolist()
        sweep = hulls_from_the_end(pool.penalty.tolist(), second, after, FLOOR, self.ranks)
        return [hulls for _, hulls in sweep][::-1]

    def include(self, k: int) -> None:
        """Add model k to those before b."""
        p, w = self.pool.penalty[k], self.weight[1:]
        before, varied = self.cheapest[:k], self.varied[:k]
        if self.has_zeros:
            source = before if p > 0 else varied
            np.minimum(varied[:, 1:], source[:, :-1] + w * p, out=varied[:, 1:])
            self.varied[k, 1:] = self.varied_prefix[:-1] + w * p
            source = self.any_prefix if p > 0 else self.varied_prefix
            self.varied_prefix[1:] = np.minimum(self.varied_prefix[1:], source[:-1] + w * p)
        np.minimum(before[:, 1:], before[:, :-1] + w * p, out=before[:, 1:])
        self.cheapest[k, 1:] = self.any_prefix[:-1] + w * p
        self.any_prefix[1:] = np.minimum(self.any_prefix[1:], self.any_prefix[:-1] + w * p)

    def negative(self, b: int) -> Floats:
        """Return the largest −Δ / cost for the pairs (a, b), a < b, and X not empty."""
        pool, p = self.pool, self.pool.penalty[b]
        largest = np.zeros(b)
        if p == 0:
            return largest
        most = min(b - 1, self.counts)
        if most >= 1:
            s = np.arange(1, most + 1)
            cost = self.varied[:b, 2 : most + 2] + p * pool.weight[s + 1]
            largest = (p * pool.first[s] / cost).max(axis=1)
        s = np.arange(min(int((pool.penalty[:b] == 0).sum()), most) + 1)
        for k, lone in lone_partners(pool, b):
            gain = difference(p * pool.first[s], lone * pool.second[s + k])
            cost = self.cheapest[:b, 1 : len(s) + 1] + p * pool.weight[s + 1]
            ratio = gain / (cost + lone * pool.weight[s + k + 2])
            largest = np.maximum(largest, ratio.max(axis=1, initial=0.0))
        return largest

    def positive(self, b: int) -> Floats:
        """Return the largest Δ / cost above `FLOOR` for the pairs (a, b), X not empty, or 0."""
        pool, p = self.pool, self.pool.penalty[b]
        if self.largest_after[b] <= p:
            return np.zeros(b)
        hulls = self.hulls[b + 1][: min(self.ranks, b)]
        corners = np.array([(s, *corner) for s, hull in enumerate(hulls) for corner in hull[1:]])
        if not len(corners):
            return np.zeros(b)
        s = corners[:, 0].astype(int)
        more = corners[:, 1] + p * pool.weight[s + 1]
        gain = difference(corners[:, 2], p * pool.first[s])
        useful = gain > 0
        cost = self.cheapest[:b, s[useful] + 1] + more[useful]
        best: Floats = (gain[useful] / cost).max(axis=1, initial=0.0)
        return best

    def unexamined_bound(self, b: int) -> Floats:
        """Return a bound on the ratios that `negative` and `positive` have not examined.

        With more than `counts` models before b, −Δ ≤ p_b D1(s + 1), and a costs at least
        p_a w_{s+1}. Positive ratios not examined are at most `FLOOR`; and the sum of D2(r) over
        r > s is at most D1(s + 1) − D1(n − 1), so Δ ≤ max p_e (D1(s + 1) − D1(n − 1)) −
        p_b D1(s + 1).
        """
        p = self.pool.penalty
        negative = self.steepest_beyond * p[b] if b - 1 > self.counts else 0.0
        rises = self.largest_after[b] * self.rise - p[b] * self.steepness
        positive = max(0.0, float(rises[:b].max(initial=0.0)))
        both = p[:b] + p[b]
        # Two models of zero penalty: −Δ is never positive, and Δ is if any later penalty is.
        bounds = np.zeros((2, b))
        bounds[1] = FLOOR if positive > 0 else 0.0
        np.divide(negative, both, out=bounds[0], where=both > 0)
        np.divide(positive, both, out=bounds[1], where=both > 0)
        bound: Floats = np.maximum(bounds[0], np.minimum(bounds[1], FLOOR))
        return bound
