"""Exact enumeration: all 2ⁿ values of a quadratic 0/1 function, by matrix products.

Split the n variables in two halves, u and v. Then

    f(x) = f_u(x_u) + f_v(x_v) + x_uᵀ Q_uv x_v,

so the values of all pairs of halves are one matrix product, which is far faster than evaluating
the subsets one by one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats
from chemopt.numerics import ENUMERATION_ERROR, gamma

# Subsets held at once: 4 million values are 32 MB.
_CHUNK = 1 << 22


def subset_values(
    linear: Floats, quadratic: Floats | None = None, *, part: tuple[int, int] = (0, 1)
) -> Iterator[tuple[int, Floats]]:
    """Yield the values of f(x) = Σ l_i x_i + Σ_{i<j} q_ij x_i x_j for all subsets, in chunks.

    Parameters
    ----------
    linear : ndarray of shape (n,)
    quadratic : ndarray of shape (n, n), optional
        Symmetric; the diagonal is not used. Without it, f is linear.
    part : tuple of (int, int)
        (k, m) is part k of m, about equal ones, of all subsets in the order of their masks.

    Yields
    ------
    first, values
        ``values[k]`` belongs to the subset whose mask is ``first + k``; bit i of a mask is
        variable i.

    Examples
    --------
    >>> import numpy as np
    >>> [(first, values.tolist()) for first, values
    ...  in subset_values(np.array([1.0, 2.0]), np.array([[0.0, 10.0], [10.0, 0.0]]))]
    [(0, [0.0, 1.0, 2.0, 13.0])]
    """
    n = len(linear)
    low = min(n, max(n // 2, 1))
    q = np.zeros((n, n)) if quadratic is None else quadratic
    low_bits, low_values = _half(linear[:low], q[:low, :low])
    high_bits, high_values = _half(linear[low:], q[low:, low:])
    step, (k, parts) = max(1, _CHUNK >> low), part
    begin, end = (len(high_values) * edge // parts for edge in (k, k + 1))
    for start in range(begin, end, step):
        rows = slice(start, min(start + step, end))
        if quadratic is None:
            block = high_values[rows, None] + low_values[None, :]
        else:
            block = high_bits[rows] @ q[:low, low:].T @ low_bits.T
            block += high_values[rows, None]
            block += low_values[None, :]
        yield start << low, block.ravel()


def all_values(linear: Floats, quadratic: Floats | None = None) -> Floats:
    """Return the values of `subset_values` for all subsets, in the order of their masks."""
    return np.concatenate([values for _, values in subset_values(linear, quadratic)])


def best_points(
    problem: BinaryQuadratic, most: int, sizes: tuple[int, int] | None = None
) -> tuple[list[Bools], float]:
    """Return the points that can be optimal, least value first, and a lower bound for all others.

    The sums have rounding errors, so points that violate a constraint by less than these are kept,
    and the caller checks them. At most `most` points are returned; the bound is a lower bound of f
    over the points left out, inf if there are none.

    Parameters
    ----------
    problem : BinaryQuadratic
        With few variables (20: a million points), or few points of the sizes given.
    most : int
    sizes : tuple of int, optional
        The least and the largest size of the points to go through; by default all.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> points, rest = best_points(f, 1, (1, 2))
    >>> points[0].tolist(), round(rest, 9)
    ([False, True], -1.0)
    """
    kept: list[tuple[float, int, Bools]] = []
    rest = math.inf
    for first, points, values in _all_points(problem) if sizes is None else _few(problem, *sizes):
        if len(values) > most:
            smallest = np.argpartition(values, most)[: most + 1]
        else:
            smallest = np.arange(len(values))
        kept += [
            (float(values[k]), first + int(k), points(int(k)))
            for k in smallest
            if values[k] < np.inf
        ]
        kept.sort(key=lambda one: one[:2])
        if len(kept) > most:
            rest = min(rest, kept[most][0])
            kept = kept[:most]
    return [x for _, _, x in kept], rest + problem.constant - problem.rounding_error


def count_points(n: int, low: int, high: int) -> int:
    """Return the number of 0/1 vectors of length n with sizes from `low` to `high`.

    Examples
    --------
    >>> count_points(50, 48, 50)
    1276
    """
    return sum(math.comb(n, size) for size in range(low, high + 1))


_Point = Callable[[int], Bools]


def _all_points(problem: BinaryQuadratic) -> Iterator[tuple[int, _Point, Floats]]:
    """Yield all points in chunks: the mask of the first, the points, and their values."""
    n, inter = problem.n, problem.inter
    zero = np.zeros((n, n))
    streams = [subset_values(problem.linear, problem.quadratic)]
    streams += [subset_values(row, zero) for row in problem.weights]
    if inter is not None:
        streams.append(subset_values(inter.linear, -2 * inter.matrix))
    for (first, values), *sums in zip(*streams, strict=True):
        _exclude(problem, values, [total for _, total in sums])

        def point(k: int, first: int = first) -> Bools:
            x = np.zeros(n, dtype=bool)
            x[members(first + k, n)] = True
            return x

        yield first, point, values


def _few(problem: BinaryQuadratic, low: int, high: int) -> Iterator[tuple[int, _Point, Floats]]:
    """Yield the points of some sizes, size by size."""
    n, inter, first = problem.n, problem.inter, 0
    for size in range(low, high + 1):
        fewer = min(size, n - size)
        some = np.array(list(combinations(range(n), fewer)), dtype=np.intp)
        x = np.zeros((len(some), n))
        np.put_along_axis(x, some, 1.0, axis=1)
        if fewer < size:
            x = 1 - x
        values = x @ problem.linear + ((x @ problem.quadratic) * x).sum(axis=1) / 2
        sums = [x @ row for row in problem.weights]
        if inter is not None:
            sums.append(x @ inter.linear - ((x @ inter.matrix) * x).sum(axis=1))
        _exclude(problem, values, sums)

        def point(k: int, x: Floats = x) -> Bools:
            chosen: Bools = x[k] > 0
            return chosen

        yield first, point, values
        first += len(some)


def _exclude(problem: BinaryQuadratic, values: Floats, sums: list[Floats]) -> None:
    """Set the values of points that violate a constraint by more than rounding to infinity."""
    for activity, row, low, high in zip(
        sums, problem.weights, problem.low, problem.high, strict=False
    ):
        error = gamma(2 * problem.n + 16) * float(np.abs(row).sum())
        values[(activity < low - error) | (activity > high + error)] = np.inf
    if (inter := problem.inter) is not None:
        terms = abs(inter.constant) + float(np.abs(inter.linear).sum())
        error = ENUMERATION_ERROR * (terms + float(np.abs(inter.matrix).sum()))
        values[sums[-1] + inter.constant > inter.limit + error] = np.inf


def members(mask: int, n: int) -> npt.NDArray[np.intp]:
    """Return the variables in the subset `mask`."""
    return np.array([i for i in range(n) if mask >> i & 1], dtype=np.intp)


def subset_sizes(first: int, count: int) -> npt.NDArray[np.int8]:
    """Return the sizes of the subsets with the masks `first`, …, `first + count − 1` (below 2³²).

    Examples
    --------
    >>> subset_sizes(4, 4).tolist()
    [1, 2, 2, 3]
    """
    masks = np.arange(first, first + count, dtype=np.uint32)
    halves = _sizes_of_16_bits()[masks.view(np.uint16)]
    sizes: npt.NDArray[np.int8] = halves[::2] + halves[1::2]
    return sizes


@functools.cache
def _sizes_of_16_bits() -> npt.NDArray[np.int8]:
    sizes = np.zeros(1, dtype=np.int8)
    for _ in range(16):
        sizes = np.concatenate([sizes, sizes + np.int8(1)])
    return sizes


def _half(linear: Floats, quadratic: Floats) -> tuple[Floats, Floats]:
    bits = (np.arange(1 << len(linear))[:, None] >> np.arange(len(linear)) & 1).astype(float)
    pairs = np.triu(quadratic, k=1)
    return bits, bits @ linear + np.einsum("ki,ki->k", bits @ pairs, bits)
