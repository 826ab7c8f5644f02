"""Contributions of models after b to a pair: upper hulls of gain over cost, for all b at once.

Let B be a set of models after position k of the order, the first of which gets rank r in X, the
next r + 1, and so on. It adds to Δ and to cost(X ∪ {a, b})

    N(B) = Σ p_e D2(rank of e),    D(B) = Σ p_e w(rank of e + 2),

with D2(r) = w_r − 2 w_{r+1} + w_{r+2}. For a multiplier λ the best B maximises N − λ D. The
sets that are best for some λ > `floor` are the corners of the upper hull of all points (D, N), as
far as its slope is above `floor`. This part of the hull obeys the recursion

    hull(k, r) = upper hull of  hull(k + 1, r)  ∪  ( hull(k + 1, r + 1) + p_k (w_{r+2}, D2(r)) ),

(model k is not in B, or is its first member), since the remaining models are best for the same λ.
Hulls do not depend on a, and those of all b result from one sweep from the last model to the first.
Ranks r with D2(s) ≤ floor · w_{s+2} for all s ≥ r have the hull {(0, 0)}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Point = tuple[float, float]  # (D, N)
Hull = list[Point]

_ORIGIN: Hull = [(0.0, 0.0)]


def useful_ranks(second: Sequence[float], after: Sequence[float], floor: float) -> int:
    """Return the last rank r (from 1) with D2(r) > floor · w_{r+2}; 0 if there is none.

    Parameters
    ----------
    second : sequence of float
        D2(1), D2(2), …
    after : sequence of float
        w_3, w_4, …
    floor : float
    """
    useful = [r for r, (d, w) in enumerate(zip(second, after, strict=True), 1) if d > floor * w]
    return useful[-1] if useful else 0


def hulls_from_the_end(
    penalty: Sequence[float],
    second: Sequence[float],
    after: Sequence[float],
    floor: float,
    ranks: int,
) -> Iterator[tuple[int, list[Hull]]]:
    """Yield, for k = n, n − 1, …, 0, the hulls of sets of models from k on.

    Parameters
    ----------
    penalty : sequence of float, length n
        In the order of ranks.
    second, after : sequence of float
        D2(r) and w_{r+2} for r = 1, 2, …
    floor : float
        Smallest multiplier of interest, at least 0.
    ranks : int
        `useful_ranks` of the floor.

    Yields
    ------
    k, hulls
        ``hulls[r - 1]`` is the hull for first rank r; points (D, N) from (0, 0) on, both
        increasing.
    """
    hulls = [_ORIGIN] * (ranks + 1)
    yield len(penalty), hulls
    for k in range(len(penalty) - 1, -1, -1):
        p = penalty[k]
        hulls = [
            _merge(hulls[r], hulls[r + 1], p * after[r], p * second[r], floor) for r in range(ranks)
        ]
        hulls.append(_ORIGIN)
        yield k, hulls


def _merge(without: Hull, rest: Hull, cost: float, gain: float, floor: float) -> Hull:
    """Return the hull of `without` and of `rest` moved by (cost, gain)."""
    moved = [(d + cost, n + gain) for d, n in rest]
    hull: Hull = []
    # Sort by D, and for equal D by N, largest first.
    for point in sorted(without + moved, key=lambda point: (point[0], -point[1])):
        _extend(hull, point, floor)
    return hull


def _extend(hull: Hull, point: Point, floor: float) -> None:
    """Add a point at the right end of a hull, if it is above it."""
    d, n = point
    while hull:
        d1, n1 = hull[-1]
        if n - n1 <= floor * (d - d1):
            return
        if len(hull) == 1:
            break
        d0, n0 = hull[-2]
        if (n1 - n0) * (d - d1) > (n - n1) * (d1 - d0):
            break
        hull.pop()
    hull.append(point)
