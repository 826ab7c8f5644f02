"""The cheapest order of every set of models, by dynamic programming over subsets.

D(∅) = 0 and D(S) = min_{j∈S} D(S∖j) + F_j(S∖j), where F_j(S) is the cost of asking j on what S
leaves open (Held and Karp, Journal of the Society for Industrial and Applied Mathematics 10, 1962,
for sequencing). With patterns R of right models, α and β the chances that a wrong and a right
answer are passed on,

    F_j(S) = Σ_R c_j(R) β^|S∩R| α^|S∖R|

for all S comes from one transform over the bits (Yates, The Design and Analysis of Factorial
Experiments, 1937): where S has not the bit, the values of both halves are added; where it has, they
are weighted with α and β. With α = 1, β = 0 it is the subset-sum (zeta) transform, F_j(S) being the
sum over R within the complement of S. It takes n 2ⁿ⁻¹ additions a model, or for all models together
where every item costs the same.

Memory: the transforms are made for blocks of 2ᵐ sets with the same high bits, so that D and the
coverage of all sets, 16 bytes a set, are most of it.

Rounding: nothing is subtracted and nothing is negative, so all values are right to a relative error
of γ_k, where k is the number of patterns plus 3n; `SUM_TOLERANCE` is far above it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, SUM_TOLERANCE, Floats
from chemopt.selection.cascade.front import undominated
from chemopt.selection.cascade.items import CascadeItems
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.verifier import Verifier

Masks = npt.NDArray[np.int64]
#: Largest pool for all subsets.
MOST_MODELS = 24
# A block has 2¹⁷ sets: with 24 models and costs, 25 MB.
_BLOCK_BITS = 17
# Below this bit, transforms go through pieces that fit into the cache.
_PIECE_BITS = 9


class OutOfTimeError(Exception):
    """The time limit was reached before all sets were done."""


class Subsets:
    """The least cost of every set, and how much it covers.

    Parameters
    ----------
    items : CascadeItems
        Of n models.
    verifier : Verifier
    stop : callable, optional
        Says whether time is up; asked between blocks.

    Attributes
    ----------
    least : ndarray of shape (2ⁿ,)
        D, by the set as a bit mask: bit k is model k.
    covered : ndarray of shape (2ⁿ,)
        Coverage in items, without false accepts.

    Raises
    ------
    OutOfTimeError

    Examples
    --------
    >>> right = np.array([[True, True], [False, True], [False, False]])
    >>> items = CascadeItems(("a", "b"), right, np.ones(3), np.array([[1.0, 4]] * 3))
    >>> table = Subsets(items, Verifier())
    >>> table.least.tolist(), table.covered.tolist(), table.order(3)
    ([0.0, 3.0, 12.0, 11.0], [0.0, 1.0, 2.0, 2.0], [0, 1])
    """

    def __init__(
        self, items: CascadeItems, verifier: Verifier, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._items, self._verifier = items, verifier
        n = len(items.models)
        self._low = min(n, _BLOCK_BITS)
        # rows of models, for single sets
        self._costs = np.ascontiguousarray(items.cost.T)
        self._passes = np.ascontiguousarray(verifier.passes(items.right).T)
        self._last: dict[int, int] = {}
        self.least: Floats = np.full(1 << n, np.inf)
        self.least[0] = 0.0
        self.covered: Floats = np.empty(1 << n)
        self._run(stop)

    def _run(self, stop: Callable[[], bool]) -> None:
        items, verifier = self._items, self._verifier
        n, low = len(items.models), self._low
        width, total = 1 << low, items.total
        columns = items.weights[:, None]
        if items.prices is None:
            columns = np.hstack([items.cost, columns])
        # items open for the question of cost, and of coverage
        asking = _Transform(items.right, columns, verifier, low)
        lenient = verifier.false_accept > 0
        covering = _Transform(
            items.right, items.weights[:, None], verifier.without_false_accepts(), low
        )
        steps = _steps(low)
        last = width - 1
        for high in range(1 << (n - low)):
            if stop():
                raise OutOfTimeError
            sums = asking.block(high)
            left = covering.block(high)[::-1, 0] if lenient else sums[::-1, -1]
            here = self.least[high * width : (high + 1) * width]
            self.covered[high * width : (high + 1) * width] = total - left
            for source, j in steps:
                reached = here[source]
                if items.prices is None:
                    reached += sums[last - source, j]
                else:
                    reached += items.prices[j] * sums[last - source, 0]
                into = source + (1 << j)
                here[into] = np.minimum(here[into], reached)
            for j in range(low, n):
                if not high >> (j - low) & 1:
                    more = (
                        sums[::-1, j] if items.prices is None else items.prices[j] * sums[::-1, 0]
                    )
                    other = high | 1 << (j - low)
                    there = self.least[other * width : (other + 1) * width]
                    np.minimum(there, here + more, out=there)

    def order(self, mask: int) -> list[int]:
        """Return the cheapest order of a set; among equals, the one that ends with the last model.

        Each last model in turn is the one that D is least with.
        """
        members = [k for k in range(len(self._items.models)) if mask >> k & 1]
        found = []
        while members:
            if mask not in self._last:
                others = _products_without(self._passes[members])
                sums = self.least[[mask ^ 1 << j for j in members]]
                sums = sums + np.einsum("jp,jp->j", self._costs[members], others)
                # sums that differ by rounding are equal
                near = np.flatnonzero(sums <= sums.min() * (1 + IMPROVEMENT_TOLERANCE))
                self._last[mask] = members[near[-1]]
            found.append(self._last[mask])
            members.remove(found[-1])
            mask ^= 1 << found[-1]
        return found[::-1]

    def front(self, problem: CascadeProblem) -> Masks:
        """Return the feasible sets whose cost and coverage no other feasible set beats.

        Sorted by cost, as bit masks.
        """
        width = 1 << self._low
        kept: Masks = np.zeros(0, dtype=np.int64)
        for high, allowed in feasible_blocks(problem, self._low):
            masks = high * width + np.flatnonzero(allowed)
            # the least cost so far of covering as much; what costs more is not looked at
            so_far = np.append(self.least[kept], np.inf)
            least = so_far[np.searchsorted(self.covered[kept], self.covered[masks])]
            masks = masks[self.least[masks] <= least * (1 + SUM_TOLERANCE)]
            kept = np.append(kept, masks)
            kept = kept[self._undominated(kept)]
        return kept

    def _undominated(self, masks: Masks) -> npt.NDArray[np.intp]:
        return undominated(self.least[masks], self.covered[masks], sizes_of(masks))


def _products_without(factors: Floats) -> Floats:
    """Return, for each row, the product of the others."""
    found = np.ones_like(factors)
    before, after = np.ones(factors.shape[1]), np.ones(factors.shape[1])
    for k in range(1, len(factors)):
        before *= factors[k - 1]
        after *= factors[-k]
        found[k] *= before
        found[-k - 1] *= after
    return found


class _Transform:
    """Sums over patterns for all sets of a block.

    Parameters
    ----------
    right : ndarray of bool of shape (P, n)
    values : ndarray of shape (P, k)
    verifier : Verifier
    low : int
        Bits of a block.
    """

    def __init__(
        self, right: npt.NDArray[np.bool_], values: Floats, verifier: Verifier, low: int
    ) -> None:
        codes = right[:, :low] @ (1 << np.arange(low))
        order = np.argsort(codes, kind="stable")
        self._codes, self._starts = np.unique(codes[order], return_index=True)
        self._values = values[order]
        self._passes = verifier.passes(right[order][:, low:])
        self._low = low
        self._wrong, self._right = 1.0 - verifier.false_accept, verifier.false_reject
        self._sums = np.empty((1 << low, values.shape[1]))

    def block(self, high: int) -> Floats:
        """Return the sums of sets with some high bits; row 2ᵐ − 1 − S is that of the low bits S.

        The array is overwritten by the next call.
        """
        chosen = [k for k in range(self._passes.shape[1]) if high >> k & 1]
        values = self._values
        if chosen:
            values = values * self._passes[:, chosen].prod(axis=1)[:, None]
        sums = self._sums
        sums.fill(0.0)
        if len(values):
            sums[self._codes] = np.add.reduceat(values, self._starts, axis=0)
        piece = min(self._low, _PIECE_BITS)
        for bit in range(piece, self._low):
            self._step(sums, bit)
        for begin in range(0, len(sums), 1 << piece):
            part = sums[begin : begin + (1 << piece)]
            for bit in range(piece):
                self._step(part, bit)
        return sums

    def _step(self, sums: Floats, bit: int) -> None:
        halves = sums.reshape(-1, 2, 1 << bit, sums.shape[1])
        asked, not_asked = halves[:, 0], halves[:, 1]
        if self._wrong == 1.0 and self._right == 0.0:
            not_asked += asked
            return
        both = asked + not_asked
        asked *= self._wrong
        asked += self._right * not_asked
        not_asked[...] = both


def sizes_of(masks: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return the number of models of each set, given as a bit mask.

    Examples
    --------
    >>> sizes_of(np.array([0, 1, 6, 7])).tolist()
    [0, 1, 2, 3]
    """
    sizes = np.zeros(len(masks), dtype=np.int64)
    for bit in range(MOST_MODELS):
        sizes += masks >> bit & 1
    return sizes


@functools.lru_cache(maxsize=2)
def _steps(bits: int) -> list[tuple[npt.NDArray[np.int32], int]]:
    """Return which sets a model is added to, by size: each set is complete before it is used."""
    masks = np.arange(1 << bits, dtype=np.int32)
    sizes = sizes_of(masks)
    layers = [masks[sizes == size] for size in range(bits)]
    return [(layer[layer >> j & 1 == 0], j) for layer in layers for j in range(bits)]


def feasible_blocks(
    problem: CascadeProblem, low: int
) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """Yield the high bits of each block with a feasible set, and which of its sets are feasible.

    Sums of weights that are not whole may be off by rounding; where that matters, the sum is
    computed anew, correctly rounded.
    """
    n = len(problem.pool)
    masks = np.arange(1 << low)
    sizes = sizes_of(masks)
    smallest, largest = problem.size_bounds
    wanted = sum(1 << k for k in problem.required)
    if set(problem.require) & set(problem.exclude):
        return
    weights, lows, highs = problem.rows
    sums = [_subset_sums(row[:low]) for row in weights]
    for high in range(1 << (n - low)):
        if (wanted >> low) & ~high:
            continue
        size = sizes + high.bit_count()
        allowed = (size >= smallest) & (size <= largest)
        allowed &= masks & wanted == wanted & ((1 << low) - 1)
        above = [k - low for k in range(low, n) if high >> (k - low) & 1]
        for row, own, least, most, constraint in zip(
            weights, sums, lows, highs, problem.side_constraints, strict=True
        ):
            total = own + row[low:][above].sum()
            allowed &= (total >= least) & (total <= most)
            for low_bits in np.flatnonzero(allowed & (total > most - constraint.doubt)):
                mask = int(low_bits) | high << low
                members = [problem.pool[k] for k in range(n) if mask >> k & 1]
                allowed[low_bits] = constraint.is_met(members)
        if allowed.any():
            yield high, allowed


def _subset_sums(weights: Floats) -> Floats:
    sums = np.zeros(1)
    for weight in weights:
        sums = np.concatenate([sums, sums + weight])
    return sums
