"""One pair of models: both extremes of Δ / cost over all X, with the subsets that attain them.

For a single pair the maximum over X of Δ − λ cost is a dynamic program over the models in the order
of ranks, with the number of members so far as its state; the largest ratio follows by Dinkelbach's
method (Management Science 13, 1967): solve for λ, set λ to the ratio of the solution, and repeat
until it does not grow. For negative Δ no λ is needed (see `chemopt.chemistry.rank_weighted.sweep`).
Every program keeps its values, so that a subset is read off by backtracking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.rank_weighted.pool import (
    RankedPool,
    difference,
    empty_set_ratio,
    lone_partners,
)
from chemopt.numerics import RATIO_ERROR, Floats

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Extreme:
    """A signed ratio Δ / cost and a subset X, as positions in the order of ranks.

    `subset` is None when no X has a Δ of this sign.
    """

    ratio: float
    subset: tuple[int, ...] | None


NO_EXTREME = Extreme(0.0, None)


class PairSolver:
    """Extremes for single pairs of a pool, over all X.

    Parameters
    ----------
    pool : RankedPool
    """

    def __init__(self, pool: RankedPool) -> None:
        self.pool = pool

    def largest(self, a: int, b: int) -> float:
        """Return max |Δ| / cost over X, for positions a < b."""
        prefix = _Prefix(self.pool, a, b)
        empty = abs(float(empty_set_ratio(self.pool, a, b)))
        largest = max(-self._negative(prefix).ratio, empty)
        return max(largest, self._positive(prefix, above=largest).ratio)

    def extremes(self, a: int, b: int) -> tuple[Extreme, Extreme]:
        """Return the most negative and the most positive ratio, for positions a < b.

        Ratios are not capped; 0 and no subset where no X has a Δ of that sign.
        """
        prefix = _Prefix(self.pool, a, b)
        negative, positive = self._negative(prefix), self._positive(prefix, above=0.0)
        empty = Extreme(float(empty_set_ratio(self.pool, a, b)), ())
        return (
            empty if empty.ratio < negative.ratio else negative,
            empty if empty.ratio > positive.ratio else positive,
        )

    def _negative(self, prefix: _Prefix) -> Extreme:
        """Return the most negative ratio over nonempty X."""
        pool, b = self.pool, prefix.b
        p, w = pool.penalty, pool.weight
        best = 0.0
        witness: tuple[int, tuple[int, float] | None] | None = None
        if p[b] == 0:
            return NO_EXTREME
        s = np.arange(1, b)
        if len(s):
            cost = prefix.varied(s) + p[b] * w[s + 1]
            ratio = p[b] * pool.first[s] / cost
            k = int(ratio.argmax())
            if ratio[k] > best:
                best, witness = float(ratio[k]), (int(s[k]), None)
        s = np.arange(min(int((p[:b] == 0).sum()), b - 1) + 1)
        for zeros, lone in lone_partners(pool, b):
            gain = difference(p[b] * pool.first[s], lone * pool.second[s + zeros])
            ratio = gain / (prefix.any(s) + p[b] * w[s + 1] + lone * w[s + zeros + 2])
            k = int(ratio.argmax())
            if ratio[k] > best:
                best, witness = float(ratio[k]), (int(s[k]), (zeros, lone))
        if witness is None:
            return NO_EXTREME
        count, partner = witness
        if partner is None:
            return Extreme(-best, prefix.members(count, varied=True))
        return Extreme(-best, prefix.members(count, varied=False) + self._tail(b, *partner))

    def _tail(self, b: int, zeros: int, lone: float) -> tuple[int, ...]:
        """Return `zeros` models of zero penalty after b and then one of penalty `lone`."""
        tail = self.pool.penalty[b + 1 :]
        enough = np.cumsum(tail == 0) >= zeros
        e = int(np.flatnonzero(enough & (tail == lone))[0])
        first = np.flatnonzero(tail[:e] == 0)[:zeros]
        return (*(int(k) + b + 1 for k in first), e + b + 1)

    def _positive(self, prefix: _Prefix, above: float) -> Extreme:
        """Return the most positive ratio over nonempty X, if it is more than `above`."""
        pool, b = self.pool, prefix.b
        p, w = pool.penalty, pool.weight
        if p[b + 1 :].max(initial=0.0) <= p[b]:
            return NO_EXTREME  # The sum of D2(r) over r > s is at most D1(s + 1).
        best = NO_EXTREME
        multiplier = above
        while True:
            values = self._suffix(b, multiplier)
            s = np.arange(min(b, len(values[0]) - 1))
            if not len(s):
                return best
            before = prefix.any(s) + p[b] * w[s + 1]
            total = values[0][s] - p[b] * pool.first[s] - multiplier * before
            count = int(total.argmax())
            after = self._suffix_members(b, values, count)
            ranks = count + np.arange(len(after))
            gain = float(difference(p[list(after)] @ pool.second[ranks], p[b] * pool.first[count]))
            cost = float(before[count] + p[list(after)] @ w[ranks + 2])
            if gain <= 0 or gain <= multiplier * (1 + RATIO_ERROR) * cost:
                return best
            ratio = gain / cost
            best = Extreme(ratio, prefix.members(count, varied=False) + after)
            multiplier = ratio

    def _suffix(self, b: int, multiplier: float) -> list[Floats]:
        """Return for k = b + 1, …, n the best value of models from k on, by their first rank.

        Ranks go up to the last at which a model can gain anything.
        """
        pool = self.pool
        gain = pool.second - multiplier * pool.weight[2:]
        gain = gain[: int(np.flatnonzero(gain > 0).max(initial=-1)) + 1]
        values: Floats = np.zeros(len(gain) + 1)
        layers = [values]
        for k in range(len(pool) - 1, b, -1):
            values = values.copy()
            values[:-1] = np.maximum(values[:-1], gain * pool.penalty[k] + values[1:])
            layers.append(values)
        return layers[::-1]

    def _suffix_members(self, b: int, values: list[Floats], rank: int) -> tuple[int, ...]:
        members = []
        for k in range(b + 1, len(self.pool)):
            here, later = values[k - b - 1], values[k - b]
            if here[rank] != later[rank]:
                members.append(k)
                rank += 1
        return tuple(members)


class _Prefix:
    """The cheapest models before b, by their number, with a among them."""

    def __init__(self, pool: RankedPool, a: int, b: int) -> None:
        self.pool, self.a, self.b = pool, a, b
        w = pool.weight[:b]
        any_costs, varied = np.full(b + 1, np.inf), np.full(b + 1, np.inf)
        any_costs[0] = 0.0
        # After each model: costs by number of models so far, of any and of those with some p > 0.
        self.layers = [(any_costs, varied)]
        for k in range(b):
            p = pool.penalty[k]
            with_k = any_costs[:-1] + w * p
            varied_with_k = with_k if p > 0 and k != a else varied[:-1] + w * p
            any_costs, varied = any_costs.copy(), varied.copy()
            if k == a:
                any_costs[0] = varied[0] = np.inf
                any_costs[1:], varied[1:] = with_k, varied_with_k
            else:
                np.minimum(any_costs[1:], with_k, out=any_costs[1:])
                np.minimum(varied[1:], varied_with_k, out=varied[1:])
            self.layers.append((any_costs, varied))

    def any(self, counts: Counts) -> Floats:
        """Return F(s): the least cost of a and s other models."""
        costs: Floats = self.layers[-1][0][counts + 1]
        return costs

    def varied(self, counts: Counts) -> Floats:
        """Return F⁺(s): the same with at least one p > 0 among the s."""
        costs: Floats = self.layers[-1][1][counts + 1]
        return costs

    def members(self, count: int, varied: bool) -> tuple[int, ...]:
        """Return the s models of `any` or `varied`, in order."""
        members, j, state = [], count + 1, int(varied)
        for k in range(self.b - 1, -1, -1):
            if k == self.a:
                j -= 1
                continue
            if self.layers[k + 1][state][j] == self.layers[k][state][j]:
                continue
            members.append(k)
            j -= 1
            if self.pool.penalty[k] > 0:
                state = 0
        return tuple(members[::-1])
