"""Budgets in exact arithmetic: a sum of decimal numbers and its limit.

Prices are decimal numbers, which binary floating point only approximates: 0.1 + 0.2 is more than
0.3 there. So every float stands for the shortest decimal number that reads as it, as it is printed,
and sums of these are whole numbers over a common denominator. No number of one model has a say in
what others may cost.

For solvers, `DecimalSum.row` gives the same condition with small whole numbers as weights, whose
sums are exact in floating point in any order. In terms of |w_i| and of literals (x_i where
w_i > 0, 1 − x_i where w_i < 0) the condition is Σ |w_i| ≤ c for the literals that hold, with the
capacity c = limit − Σ of the negative w_i. Then

1.  a literal with |w_i| > c holds in no feasible ensemble. Its weight becomes c + 1, so that the
    size of what is too dear does not matter;
2.  c becomes the sum of the other weights if that is less, and all are divided by their greatest
    common divisor;
3.  where that sum still has more than `_BITS` bits, low bits are dropped from the weights and from
    c. That keeps every feasible ensemble, since Σ ⌊w_i / 2ᵏ⌋ is a whole number and at most c / 2ᵏ.
    What it lets pass next to them is in doubt, and the exact sum decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

import numpy as np

from chemopt.numerics import Floats

# Bits of the sum of a row's weights. Doubles hold 53, but HiGHS, which gets the largest coefficient
# as 2¹⁰, decides by a tolerance of 10⁻⁹: with more bits than 38 it lets pass what is too much by
# one, and was seen to rule out what just fits.
_BITS = 32
_BITS_OF_PART = 40

#: Weights and high: weights · x ≤ high.
Row: TypeAlias = tuple[Floats, float]


@dataclass(frozen=True, eq=False)
class DecimalSum:
    """Σ_{i ∈ X} values_i ≤ limit, in whole numbers of 1 / `denominator`.

    Attributes
    ----------
    values : tuple of int
        In the order of the pool.
    limit : int
    denominator : int

    Examples
    --------
    >>> prices = DecimalSum.of([0.1, 0.2, 1e300], 0.3)
    >>> prices.is_met([0, 1]), prices.total([0, 1]), prices.is_met([1, 2])
    (True, 0.3, False)
    >>> weights, high = prices.row()
    >>> weights.tolist(), high
    ([1.0, 2.0, 4.0], 3.0)
    """

    values: tuple[int, ...]
    limit: int
    denominator: int

    @classmethod
    def of(cls, values: Iterable[float], limit: float) -> DecimalSum:
        """Return the sum of finite numbers with its limit."""
        ratios = [Decimal(repr(float(one))).as_integer_ratio() for one in (*values, limit)]
        denominator = math.lcm(*(below for _, below in ratios))
        *wholes, last = (above * (denominator // below) for above, below in ratios)
        return cls(tuple(wholes), last, denominator)

    def is_met(self, models: Iterable[int]) -> bool:
        """Say whether the sum over some models, given by number, is within the limit."""
        return sum(self.values[i] for i in models) <= self.limit

    def total(self, models: Iterable[int]) -> float:
        """Return the sum over some models as the nearest float, ±∞ beyond the largest."""
        return self._as_float(sum(self.values[i] for i in models))

    def slack(self, models: Iterable[int]) -> float:
        """Return limit − total, subtracted exactly, as the nearest float."""
        return self._as_float(self.limit - sum(self.values[i] for i in models))

    def less(self, models: Iterable[int]) -> DecimalSum:
        """Return the sum with what the limit leaves after some models."""
        return replace(self, limit=self.limit - sum(self.values[i] for i in models))

    def row(self) -> Row:
        """Return the condition in whole numbers, for solvers."""
        sizes, capacity, dropped = self._reduced
        return self._row([one >> dropped for one in sizes], capacity >> dropped)

    def lower_rows(self) -> list[tuple[Row, float]]:
        """Return the bits that `row` lacks, in parts, from high to low; none if it has all.

        With e the excess Σ weights · x − high of a row, whole numbers all, and e' that of the part
        below, whose weights are multiples of 1 / b, e + e' / b > 0 if and only if e + ⌈e' / b⌉ > 0.
        So the condition can be decided exactly for many ensembles at once.

        Returns
        -------
        list of (Row, float)
            Parts with their b.
        """
        sizes, capacity, dropped = self._reduced
        parts = []
        while dropped:
            bits = min(_BITS_OF_PART, dropped)
            dropped -= bits
            mask = (1 << bits) - 1
            part = self._row([one >> dropped & mask for one in sizes], capacity >> dropped & mask)
            parts.append((part, float(1 << bits)))
        return parts

    def _row(self, sizes: list[int], capacity: int) -> Row:
        signs = [-1 if one < 0 else 1 for one in self.values]
        weights = np.array([sign * size for sign, size in zip(signs, sizes, strict=True)], float)
        return weights, capacity + float(weights[weights < 0].sum())

    @cached_property
    def _reduced(self) -> tuple[list[int], int, int]:
        """Sizes of the weights, the capacity, and how many of their bits a row lacks."""
        sizes, capacity = [abs(one) for one in self.values], self._capacity
        if capacity < 0:  # nothing is feasible
            return [min(one, 1) for one in sizes], -1, 0
        possible = [one for one in sizes if one <= capacity]
        most = capacity
        divisor = math.gcd(*possible) or 1
        total = sum(possible) // divisor
        capacity = min(capacity // divisor, total)
        dropped = max(0, total.bit_length() - _BITS)
        beyond = ((capacity >> dropped) + 1) << dropped
        return [one // divisor if one <= most else beyond for one in sizes], capacity, dropped

    def cover(self, models: Iterable[int]) -> Row:
        """Return a row that every feasible ensemble meets, and some models that do not fit break.

        It is an extended cover inequality: of the fewest, largest literals that are too much
        together, and of all that are as large as the largest of them, not so many hold at once.

        Parameters
        ----------
        models : iterable of int
            By number; their sum is above the limit.
        """
        chosen, capacity = set(models), self._capacity
        held = [i for i, one in enumerate(self.values) if one and (one > 0) == (i in chosen)]
        held.sort(key=lambda i: -abs(self.values[i]))
        total = count = 0
        while total <= capacity and count < len(held):
            total += abs(self.values[held[count]])
            count += 1
        cover = set(held[:count])
        largest = max((abs(self.values[i]) for i in cover), default=0)
        weights = np.zeros(len(self.values))
        for i, one in enumerate(self.values):
            if i in cover or (one and abs(one) >= largest):
                weights[i] = 1.0 if one > 0 else -1.0
        return weights, count - 1.0 + float(weights[weights < 0].sum())

    @property
    def _capacity(self) -> int:
        return self.limit - sum(one for one in self.values if one < 0)

    def _as_float(self, whole: int) -> float:
        try:
            return whole / self.denominator
        except OverflowError:
            return math.inf if whole > 0 else -math.inf
