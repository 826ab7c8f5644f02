"""Double swaps: points that come close to the limit of the inter constraint.

Where the constraint binds, the best points are those whose inter is just below the limit, as in a
subset-sum problem: a search that goes downhill misses them. So two swaps (each of a chosen variable
for another) are evaluated together for a sample of swaps. With δ the change of x, f changes by
Σ h_i δ_i + Σ_{i<j} Q_ij δ_i δ_j, and for two disjoint swaps a → b and a' → b' this is the sum of
both changes and

    Q_aa' − Q_ab' − Q_ba' + Q_bb',

so 300 swaps give 45 000 points by adding matrices; inter changes in the same way.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats, Indices, InterConstraint

# Swaps of which all pairs are evaluated.
_SAMPLE = 300
# One start in this many has flips on both sides; the others are above the limit.
_FLIPPED = 2


def double_swap(
    problem: BinaryQuadratic, x: Bools, rng: np.random.Generator
) -> tuple[Bools, float] | None:
    """Return the best point two sampled swaps away that meets the inter constraint, and its value.

    Parameters
    ----------
    problem : BinaryQuadratic
        With an inter constraint. Linear constraints are ignored; sizes do not change.
    x : ndarray of bool
    rng : Generator
    """
    constraint = problem.inter
    inside, outside = np.flatnonzero(x), np.flatnonzero(~x)
    if constraint is None or len(inside) < 2 or len(outside) < 2:
        return None
    count = min(_SAMPLE, len(inside) * len(outside))
    drawn = rng.choice(len(inside) * len(outside), count, replace=False)
    a, b = inside[drawn // len(outside)], outside[drawn % len(outside)]
    derivative = problem.linear + problem.quadratic @ x
    value = problem.constant + float((problem.linear + derivative)[x].sum() / 2)
    slope = constraint.linear - 2 * (constraint.matrix @ x)
    inter = constraint.constant + float((constraint.linear + slope)[x].sum() / 2)
    values = _changes(derivative, problem.quadratic, a, b) + value
    inters = _changes(slope, -2 * constraint.matrix, a, b) + inter
    overlap = (a[:, None] == a[None, :]) | (b[:, None] == b[None, :])
    values[overlap | (inters > constraint.limit)] = np.inf
    first, second = divmod(int(values.argmin()), count)
    if not np.isfinite(values[first, second]):
        return None
    swapped = x.copy()
    swapped[[a[first], a[second]]] = False
    swapped[[b[first], b[second]]] = True
    return swapped, float(values[first, second])


def perturb_and_double_swap(
    problem: BinaryQuadratic, x: Bools, rng: np.random.Generator
) -> tuple[Bools, float] | None:
    """Change a few variables at random; return the best double swap from there."""
    if problem.inter is None:
        return None
    start = _flipped(x, rng) if rng.integers(_FLIPPED) == 0 else _above(problem.inter, x, rng)
    return double_swap(problem, start, rng)


def _flipped(x: Bools, rng: np.random.Generator) -> Bools:
    """Flip up to three variables in and three out, so that the size stays about the same."""
    start = x.copy()
    for side in (x, ~x):
        shuffled = rng.permutation(np.flatnonzero(side))
        start[shuffled[: int(rng.integers(4))]] ^= True
    return start


def _above(constraint: InterConstraint, x: Bools, rng: np.random.Generator) -> Bools:
    """Make up to three swaps that raise inter, after a change of the size by one or none.

    From a point below the limit most double swaps lead far below it, since they lower inter; from a
    point above it, many lead close to it.
    """
    start = x.copy()
    change = int(rng.integers(-2, 3))
    side = np.flatnonzero(start == (change < 0))
    if abs(change) == 1 and len(side):
        start[rng.choice(side)] ^= True
    for _ in range(int(rng.integers(1, 4))):
        inside, outside = np.flatnonzero(start), np.flatnonzero(~start)
        slope = constraint.linear - 2 * (constraint.matrix @ start)
        rise = slope[outside] - slope[inside, None]
        rise += 2 * constraint.matrix[np.ix_(inside, outside)]
        raising = np.argwhere(rise > 0)
        if not len(raising):
            break
        leaves, enters = raising[rng.integers(len(raising))]
        start[[inside[leaves], outside[enters]]] ^= True
    return start


def _changes(derivative: Floats, matrix: Floats, a: Indices, b: Indices) -> Floats:
    """Return by how much each pair of swaps a → b changes a quadratic function."""
    single = derivative[b] - derivative[a] - matrix[a, b]
    # Rows first, so that columns are looked up in small matrices.
    rows = matrix[a] - matrix[b]
    cross = rows[:, a] - rows[:, b]
    changes: Floats = single[:, None] + single[None, :] + cross
    return changes
